"""Events as JSON, both ways: Rasa 3.6's form, field for field."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bespeak.events.kinds import (
    OURS,
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActionReverted,
    ActiveLoop,
    AgentUttered,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    HandoffAccepted,
    HandoffClosed,
    HandoffRequested,
    LoopInterrupted,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SessionEnded,
    SessionStarted,
    SlotSet,
    StoryExported,
    TurnStopped,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.message import Entity, Intent


def to_dict(event: Event, *, ours: bool = True) -> dict[str, Any]:
    """Return the wire form, keys in Rasa's order.

    Without `ours`, what only we note in metadata is left out, as others do not know it.
    """
    wire: dict[str, Any] = {"event": event.type, "timestamp": event.timestamp}
    if event.metadata:
        wire["metadata"] = dict(event.metadata)
    match event:
        case UserUttered():
            wire["text"] = event.text
            wire["parse_data"] = event.parse_data
            wire["input_channel"] = event.channel
            wire["message_id"] = event.message_id
            wire["metadata"] = dict(event.metadata)
        case BotUttered():
            wire["text"] = event.text
            wire["data"] = dict(event.data)
            wire["metadata"] = dict(event.metadata)
        case AgentUttered():
            wire["text"] = event.text
            wire["data"] = dict(event.data) or None
        case ActionExecuted():
            wire["name"] = event.name
            wire["policy"] = event.policy
            wire["confidence"] = event.confidence
            wire["action_text"] = event.text
            wire["hide_rule_turn"] = event.hide_rule_turn
        case ActionExecutionRejected():
            wire["name"] = event.name
            wire["policy"] = event.policy
            wire["confidence"] = event.confidence
        case SlotSet():
            wire["name"] = event.name
            wire["value"] = event.value
        case ActiveLoop() | FollowupAction():
            wire["name"] = event.name
        case LoopInterrupted():
            wire["is_interrupted"] = event.interrupted
        case UserFeaturization():
            wire["use_text_for_featurization"] = event.use_text
        case EntitiesAdded():
            wire["entities"] = [entity.to_dict() for entity in event.entities]
        case ReminderScheduled():
            wire["intent"] = event.intent
            wire["date_time"] = event.at.isoformat()
            wire["entities"] = event.entities
            wire["name"] = event.name
            wire["kill_on_user_msg"] = event.kill_on_message
        case ReminderCancelled():
            for key in ("name", "intent", "entities"):
                if getattr(event, key) is not None:
                    wire[key] = getattr(event, key)
        case ActionFailed():
            wire["name"] = event.name
            wire["cause"] = event.cause
            wire["request_id"] = event.request_id
        case TurnStopped():
            wire["actions"] = event.actions
            wire["last"] = event.last
        case HandoffRequested():
            wire["reason"] = event.reason
            wire["team"] = event.team
        case HandoffAccepted() | HandoffClosed():
            wire["agent"] = event.agent
        case _:
            pass  # nothing more to tell
    metadata = wire.get("metadata")
    if metadata and not ours:
        wire["metadata"] = {k: v for k, v in metadata.items() if not k.startswith(OURS)}
    return wire


def told(event: Event) -> dict[str, Any]:
    """Return the wire form as others know it."""
    return to_dict(event, ours=False)


def from_dict(wire: Mapping[str, Any]) -> Event:
    """Return the event that a wire form stands for.

    Raises `ValueError`, saying what is wrong, where the type is unknown or a field is missing:
    the door that reads the wire turns it into the error of its kind.
    """
    if not isinstance(wire, Mapping):
        raise ValueError(f"An event is an object with a key 'event', not {wire!r}.")
    name = wire.get("event")
    if not isinstance(name, str) or name not in _READERS:
        raise ValueError(f"Unknown event {name!r}. Known: {', '.join(sorted(_READERS))}.")
    try:
        event = _READERS[name](wire)
    except KeyError as missing:
        raise ValueError(f"The event {name!r} lacks its field {missing}.") from None
    except (TypeError, AttributeError) as wrong:
        raise ValueError(f"The event {name!r} has a field of the wrong type: {wrong}.") from None
    timestamp = wire.get("timestamp")
    if timestamp is not None and not isinstance(timestamp, int | float):
        raise ValueError(f"The event {name!r} has the timestamp {timestamp!r}: not a number.")
    return replace(event, timestamp=timestamp, metadata=wire.get("metadata") or {})


def user_uttered(
    text: str | None,
    parse_data: Mapping[str, Any],
    *,
    message_id: str | None = None,
    channel: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: float | None = None,
) -> UserUttered:
    """Return the event of a message whose parse data (wire form) is known."""
    known = {"intent", "entities", "text", "message_id", "metadata"}
    rest = {key: value for key, value in parse_data.items() if key not in known}
    intent = parse_data.get("intent")
    understood = Intent.from_dict(intent) if intent else None
    if understood is not None and understood.to_dict() != intent:
        rest["intent"] = intent  # as others wrote it: without a confidence, or with more
    return UserUttered(
        text,
        understood,
        tuple(Entity.from_dict(entity) for entity in parse_data.get("entities") or ()),
        message_id=message_id,
        channel=channel,
        parse=rest,
        metadata=metadata or {},
        timestamp=timestamp,
    )


def _read_user(wire: Mapping[str, Any]) -> UserUttered:
    parse_data = wire.get("parse_data") or {}
    return user_uttered(
        wire.get("text"),
        parse_data,
        message_id=wire.get("message_id"),
        channel=wire.get("input_channel"),
    )


def _read_action(wire: Mapping[str, Any]) -> ActionExecuted:
    name, text = wire.get("name"), wire.get("action_text")
    if not name and not text:
        raise KeyError("name")
    return ActionExecuted(
        name,
        wire.get("policy"),
        wire.get("confidence"),
        text,
        bool(wire.get("hide_rule_turn", False)),
    )


def _read_reminder(wire: Mapping[str, Any]) -> ReminderScheduled:
    return ReminderScheduled(
        wire["intent"],
        datetime.fromisoformat(wire["date_time"]),
        wire.get("entities"),
        wire.get("name"),
        wire.get("kill_on_user_msg", True),
    )


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Event]]] = {
    "user": _read_user,
    "bot": lambda wire: BotUttered(wire.get("text"), wire.get("data") or {}),
    "agent": lambda wire: AgentUttered(wire.get("text"), wire.get("data") or {}),
    "action": _read_action,
    "action_execution_rejected": lambda wire: ActionExecutionRejected(
        wire["name"], wire.get("policy"), wire.get("confidence")
    ),
    "slot": lambda wire: SlotSet(wire["name"], wire.get("value")),
    "reset_slots": lambda wire: AllSlotsReset(),
    "active_loop": lambda wire: ActiveLoop(wire.get("name")),
    "form": lambda wire: ActiveLoop(wire.get("name")),  # before Rasa 2.0
    "loop_interrupted": lambda wire: LoopInterrupted(bool(wire.get("is_interrupted"))),
    "form_validation": lambda wire: LoopInterrupted(not wire.get("validate", True)),
    "user_featurization": lambda wire: UserFeaturization(
        bool(wire.get("use_text_for_featurization"))
    ),
    "entities": lambda wire: EntitiesAdded(
        tuple(Entity.from_dict(entity) for entity in wire["entities"])
    ),
    "followup": lambda wire: FollowupAction(wire["name"]),
    "session_started": lambda wire: SessionStarted(),
    "session_ended": lambda wire: SessionEnded(),
    "restart": lambda wire: Restarted(),
    "rewind": lambda wire: UserUtteranceReverted(),
    "undo": lambda wire: ActionReverted(),
    "pause": lambda wire: ConversationPaused(),
    "resume": lambda wire: ConversationResumed(),
    "reminder": _read_reminder,
    "cancel_reminder": lambda wire: ReminderCancelled(
        wire.get("name"), wire.get("intent"), wire.get("entities")
    ),
    "export": lambda wire: StoryExported(),
    "bespeak_action_failed": lambda wire: ActionFailed(
        wire["name"], wire.get("cause", ""), wire.get("request_id", "")
    ),
    "bespeak_turn_stopped": lambda wire: TurnStopped(wire["actions"], wire.get("last", "")),
    "bespeak_handoff_requested": lambda wire: HandoffRequested(
        wire.get("reason", ""), wire.get("team", "")
    ),
    "bespeak_handoff_accepted": lambda wire: HandoffAccepted(wire["agent"]),
    "bespeak_handoff_closed": lambda wire: HandoffClosed(wire.get("agent", "")),
}

EVENT_TYPES: Final[frozenset[str]] = frozenset(_READERS)
