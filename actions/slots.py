"""Slots by their names, as actions hand them to each other, and as the events that set them."""

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk.events import EventType, SlotSet

Slots = dict[str, Any]


def as_events(slots: Mapping[str, Any]) -> list[EventType]:
    """The events that set these slots, in order."""
    return [SlotSet(name, value) for name, value in slots.items()]


def as_slots(events: Iterable[EventType]) -> Slots:
    """What `SlotSet` events set; a later one wins."""
    return {event["name"]: event["value"] for event in events}


def emptied(*slots: str) -> list[EventType]:
    """The events that empty slots."""
    return [SlotSet(slot, None) for slot in slots]
