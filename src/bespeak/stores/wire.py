"""What is kept, as JSON text: events in Rasa's form, and the messages and answers beside them.

Rasa must be able to open what we wrote, and it refuses a conversation with an event it does not
know. So an event of ours travels in the metadata of an `export` event, which Rasa reads and which
changes nothing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bespeak.errors import StoreError
from bespeak.events import BotUttered, Event, UserUttered, from_dict, is_ours, to_dict
from bespeak.message import UserMessage
from bespeak.stores.store import Reminder, Waiting

ENVELOPE: Final = "bespeak_event"
"""The metadata key under which an `export` event carries one of ours."""

REMINDER: Final = "conversation_id, name, intent, entities, due, kill_on_message, channel"
WAITING: Final = "id, conversation_id, channel, said, attempts, due"

NAME_LENGTH: Final = 255
"""How long Rasa's columns of names are."""

_LONG_NUMBER: Final = re.compile(r"\d{19}")


@dataclass(frozen=True, slots=True)
class Row:
    """An event as a row of Rasa's table `events`, all but its id and its conversation."""

    type_name: str
    timestamp: float | None
    intent_name: str | None
    action_name: str | None
    data: str


def dumped(value: Any) -> str:
    """Return the value as JSON.

    What the fast writer cannot take (integers beyond 64 bits, lone surrogates) the slow one does.
    Raises `StoreError` for a value that has no JSON.
    """
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS).decode()
    except TypeError:
        pass
    try:
        return json.dumps(value, default=_plain)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"A value in the conversation cannot be kept as JSON: {error}. Slots, metadata and "
            "payloads hold text, numbers, booleans, lists and objects only."
        ) from None


def parsed(text: str | bytes) -> Any:
    """Return what the JSON says, whoever wrote it (`NaN` and surrogates of Rasa's included)."""
    if isinstance(text, bytes):
        text = text.decode()
    if _LONG_NUMBER.search(text):
        return json.loads(text)  # the fast reader would round an integer beyond 64 bits
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def row(event: Event) -> Row:
    """Return the event as Rasa would write it."""
    wire = to_dict(event)
    kept = wire
    if is_ours(event):
        kept = {"event": "export", "timestamp": event.timestamp, "metadata": {ENVELOPE: wire}}
    intent = wire.get("parse_data", {}).get("intent", {}).get("name")
    return Row(
        event.type, event.timestamp, _column(intent), _column(wire.get("name")), dumped(kept)
    )


def event(text: str | bytes, conversation_id: str) -> Event:
    """Return the event that a row's `data` stands for."""
    try:
        return unwrapped(parsed(text))
    except ValueError as error:
        raise StoreError(f"The conversation {conversation_id!r} cannot be read: {error}") from None


def unwrapped(wire: Any) -> Event:
    """Return the event of a wire form as we keep it. Raises `ValueError`, saying what is wrong."""
    if isinstance(wire, Mapping) and wire.get("event") == "export":
        return from_dict((wire.get("metadata") or {}).get(ENVELOPE, wire))
    return from_dict(wire)


def replies(events: Sequence[Event], message_id: str) -> list[BotUttered]:
    """Return what was said before the next message was heard, given the events since this one's
    turn began."""
    said: list[BotUttered] = []
    for event in events:
        if isinstance(event, BotUttered):
            said.append(event)
        elif isinstance(event, UserUttered) and event.message_id not in (None, message_id):
            break
    return said


def reminder_row(reminder: Reminder) -> tuple[Any, ...]:
    """Return the values of the columns `REMINDER`."""
    return (
        reminder.conversation_id,
        reminder.name,
        reminder.intent,
        dumped(reminder.entities),
        reminder.due,
        reminder.kill_on_message,
        reminder.channel,
    )


def reminder(row: Sequence[Any]) -> Reminder:
    name, reminder, intent, entities, due, kill_on_message, channel = row
    return Reminder(name, reminder, intent, parsed(entities), due, bool(kill_on_message), channel)


def waiting_row(waiting: Waiting) -> tuple[Any, ...]:
    """Return the values of the columns `WAITING`; the id of a new one is None."""
    return (
        waiting.id or None,
        waiting.conversation_id,
        waiting.channel,
        dumped(to_dict(waiting.said)),
        waiting.attempts,
        waiting.due,
    )


def waiting(row: Sequence[Any]) -> Waiting:
    id, name, channel, said, attempts, due = row
    answer = from_dict(parsed(said))
    if not isinstance(answer, BotUttered):
        raise StoreError(f"The outbox holds a {answer.type!r} event where an answer should be.")
    return Waiting(id, name, channel, answer, attempts, due)


def message_text(message: UserMessage) -> str:
    """Return the message as JSON, all but its conversation and its id."""
    return dumped(
        {
            "text": message.text,
            "channel": message.channel,
            "received_at": message.received_at,
            "metadata": message.metadata,
            "parse_data": message.parse_data,
        }
    )


def message(conversation_id: str, message_id: str, text: str | bytes) -> UserMessage:
    payload = parsed(text)
    return UserMessage(
        conversation_id,
        payload["text"],
        payload["channel"],
        message_id,
        payload["received_at"],
        payload["metadata"],
        payload["parse_data"],
    )


def checked(message: UserMessage) -> UserMessage:
    """Return the message if it can be known again. Raises `StoreError` if it has no id."""
    if not message.message_id:
        raise StoreError(
            f"A message of {message.conversation_id!r} has no id, so it could not be known again: "
            "the door through which it came must give it one."
        )
    return message


def _column(name: str | None) -> str | None:
    """Return what fits the column; whole and exact it is in `data`."""
    return name if name is None else name.replace("\0", "")[:NAME_LENGTH]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{value!r} is a {type(value).__name__}")


_OPTIONS: Final = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
