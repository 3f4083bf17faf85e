"""A small assistant, and conversations with it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bespeak.actions.wire import Answer
from bespeak.domain import (
    REQUESTED_SLOT,
    Domain,
    EntityType,
    Form,
    IntentType,
    MappingType,
    Slot,
    SlotMapping,
    SlotType,
    Variation,
)
from bespeak.events import ActionExecuted, Event, SessionStarted, UserUttered
from bespeak.message import Entity, Intent
from bespeak.tracker import Tracker

WIRE: Final = {
    "version": "3.1",
    "responses": {"utter_greet": [{"text": "Hello {who}"}]},
    "slots": {"city": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]}},
    "forms": {"trip_form": {"required_slots": ["city"]}},
}


def says(**content: Any) -> tuple[Variation, ...]:
    return (Variation(content),)


DOMAIN: Final = Domain(
    intents={name: IntentType(name) for name in ("greet", "inform")},
    entities={"city": EntityType("city")},
    slots={
        "city": Slot("city", mappings=(SlotMapping(MappingType.FROM_ENTITY, entity="city"),)),
        "seen": Slot("seen", SlotType.ANY),
        REQUESTED_SLOT: Slot(REQUESTED_SLOT),
    },
    responses={
        "utter_greet": says(text="Hello {who} of {city}", mood="calm"),
        "utter_bye": says(text="Bye"),
        "utter_order": says(text="Ordered", buttons=[{"title": "A", "payload": "/a"}], image="x"),
        "utter_ask_city": says(text="Which city?"),
    },
    actions=(
        "action_greet",
        "action_order",
        "action_says_unknown",
        "action_refuse",
        "action_break",
        "action_sleep",
        "action_unwritable",
        "action_no_slot",
        "action_look",
        "action_missing",
        "validate_trip_form",
    ),
    actions_with_domain=frozenset({"action_look"}),
    forms={"trip_form": Form("trip_form", ("city",))},
    wire=WIRE,
)


def said(text: str = "hello", intent: str = "greet", id: str | None = "m1", **found: Any) -> Event:
    entities = tuple(Entity(name, value) for name, value in found.items())
    return UserUttered(text, Intent(intent), entities, message_id=id, channel="rest", timestamp=3.0)


def tracker(*events: Event, domain: Domain = DOMAIN, name: str = "anna") -> Tracker:
    begun: list[Event] = [
        ActionExecuted("action_session_start", timestamp=1.0),
        SessionStarted(timestamp=1.0),
        ActionExecuted("action_listen", timestamp=1.0),
    ]
    fresh = replace(Tracker.start(name, domain), output_channel="collector")
    return fresh.record([*begun, *(events or [said()])])


class Scripted:
    """An executor whose actions do what they are told, and that keeps what they were shown."""

    def __init__(self, **does: Sequence[Event] | Exception) -> None:
        self.does = does
        self.calls: list[tuple[str, str, Tracker]] = []

    async def run(self, action: str, tracker: Tracker, domain: Domain, within: str = "") -> Answer:
        self.calls.append((action, within, tracker))
        done = self.does[action]
        if isinstance(done, Exception):
            raise done
        return Answer(tuple(done))

    async def close(self) -> None:
        pass  # nothing is open
