"""When a session begins anew, and what it carries over from the one before."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bespeak.domain import LISTEN, SESSION_METADATA, Domain
from bespeak.events import ActionExecuted, Event, SessionStarted, SlotSet
from bespeak.tracker import Tracker


def needs_session(tracker: Tracker, domain: Domain, now: float) -> bool:
    """Say whether a session has to begin before the next message; `now` in epoch seconds."""
    return tracker.past is None or expired(tracker, domain, now)


def expired(tracker: Tracker, domain: Domain, now: float) -> bool:
    """Say whether the latest message is older than a session may be silent.

    Without a message there is nothing to expire; `expiration_minutes` 0 switches it off.
    """
    minutes = domain.session.expiration_minutes
    message = tracker.latest_message
    if minutes <= 0 or message is None or message.timestamp is None:
        return False
    return (now - message.timestamp) / 60 > minutes


def metadata_events(metadata: Mapping[str, Any]) -> list[Event]:
    """Return what is recorded before `action_session_start` runs: where the message carries
    metadata, the action finds it in a slot."""
    return [SlotSet(SESSION_METADATA, dict(metadata))] if metadata else []


def session_start(tracker: Tracker, domain: Domain) -> list[Event]:
    """Return what `action_session_start` does: a new session, with the old slots if so configured.

    The metadata of the message that began it is part of the new session in any case.
    """
    kept = _slot_events(tracker) if domain.session.carry_over_slots else _metadata_event(tracker)
    carried = [replace(event, timestamp=None) for event in kept]
    return [SessionStarted(), *carried, ActionExecuted(LISTEN)]


def _slot_events(tracker: Tracker) -> list[SlotSet]:
    """Return every slot event that still holds; for those too old to be at hand, their result."""
    origin = tracker.origin
    older = [
        SlotSet(name, origin.slots[name]) for name in origin.slots if name in origin.known_slots
    ]
    return [*older, *(event for event in tracker.history if isinstance(event, SlotSet))]


def _metadata_event(tracker: Tracker) -> list[SlotSet]:
    newest = tracker.past.event if tracker.past else None
    return [newest] if isinstance(newest, SlotSet) and newest.name == SESSION_METADATA else []
