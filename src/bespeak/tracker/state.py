"""A tracker as JSON: what the HTTP API, action servers and NLG servers see."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from bespeak.domain import SESSION_START
from bespeak.events import (
    ActionExecuted,
    Event,
    Restarted,
    SessionStarted,
    UserUttered,
    is_ours,
    told,
)
from bespeak.tracker.tracker import Loop, Tracker


class Verbosity(StrEnum):
    """Which events a tracker's JSON shows."""

    NONE = "NONE"
    APPLIED = "APPLIED"
    AFTER_RESTART = "AFTER_RESTART"
    ALL = "ALL"


def state(tracker: Tracker, verbosity: Verbosity = Verbosity.NONE) -> dict[str, Any]:
    """Return the tracker as the HTTP API, action servers and NLG servers see it.

    Events of our own, which none of these would know, are left out.
    """
    now = tracker.now
    message = now.latest_message
    latest = (message or UserUttered(None)).parse_data
    return {
        "sender_id": tracker.conversation_id,
        "slots": dict(now.slots),
        "latest_message": latest,
        "latest_event_time": tracker.events[-1].timestamp if tracker.events else None,
        "followup_action": now.followup_action,
        "paused": now.paused,
        "events": _shown(tracker, verbosity),
        "latest_input_channel": latest_channel(tracker),
        "active_loop": _loop_dict(now.loop),
        "latest_action": _action_dict(now.latest_action),
        "latest_action_name": now.latest_action.name if now.latest_action else None,
    }


def latest_channel(tracker: Tracker) -> str | None:
    """Return the channel that the latest message came by."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return event.channel
    message = tracker.now.latest_message  # where the events begin late
    return message.channel if message else None


def _shown(tracker: Tracker, verbosity: Verbosity) -> list[dict[str, Any]] | None:
    match verbosity:
        case Verbosity.NONE:
            return None
        case Verbosity.ALL:
            events: Sequence[Event] = tracker.events
        case Verbosity.APPLIED:
            events = tracker.history
        case Verbosity.AFTER_RESTART:
            events = after_restart(tracker.events)
    return [told(event) for event in events if not is_ours(event)]


def after_restart(events: Sequence[Event]) -> list[Event]:
    """Return the events after the latest restart."""
    for i in range(len(events) - 1, -1, -1):
        if isinstance(events[i], Restarted):
            return list(events[i + 1 :])
    return list(events)


def current_session(events: Sequence[Event]) -> list[Event]:
    """Return the events of the session that is on, its start included.

    A session begins with the `action_session_start` that precedes `session_started`.
    """
    for i in range(len(events) - 1, -1, -1):
        if isinstance(events[i], SessionStarted):
            before = events[i - 1] if i else None
            starts = isinstance(before, ActionExecuted) and before.name == SESSION_START
            return list(events[i - 1 if starts else i :])
    return list(events)


def _loop_dict(loop: Loop | None) -> dict[str, Any]:
    if loop is None:
        return {}
    return {
        "name": loop.name,
        "is_interrupted": loop.interrupted,
        "rejected": loop.rejected,
        "trigger_message": loop.trigger.parse_data if loop.trigger else None,
    }


def _action_dict(action: ActionExecuted | None) -> dict[str, Any]:
    if action is None:
        return {}
    return {"action_name": action.name} if action.name else {"action_text": action.text}
