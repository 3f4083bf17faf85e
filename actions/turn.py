"""What an action may know of the turn it is part of."""

from hashlib import sha256
from typing import Any

from rasa_sdk import Tracker


def effect_key(tracker: Tracker, *effect: str) -> str:
    """The `Idempotency-Key` of an effect: the same when the same message is handled again.

    A turn that was cut short and is finished later must not cancel or pay twice,
    so the key is made of the conversation, the customer's message and the effect.
    """
    named = [tracker.sender_id, _message(tracker), *effect]
    return sha256("\n".join(named).encode()).hexdigest()


def turn_of(tracker: Tracker) -> str:
    """What tells this turn from all others, empty where the message has nothing of its own."""
    message = _message(tracker)
    return f"{tracker.sender_id}\n{message}" if message else ""


def intent_of(tracker: Tracker) -> str:
    """The name of the latest message's intent, empty where there is none."""
    intent = tracker.latest_message.get("intent") or {}
    return intent.get("name") or ""


def intents_before(tracker: Tracker) -> list[str]:
    """The intents of the messages before the latest one, the latest of them first."""
    heard = [event for event in reversed(tracker.events) if event.get("event") == "user"]
    parses = [event.get("parse_data") or {} for event in heard[1:]]
    return [str((parse.get("intent") or {}).get("name") or "") for parse in parses]


def confidence_of(tracker: Tracker) -> float:
    """How surely the latest message was understood, from 0 to 1; 1 where nobody says."""
    intent = tracker.latest_message.get("intent") or {}
    return float(intent.get("confidence", 1.0))


def upset(tracker: Tracker) -> bool:
    """Whether the customer has had enough."""
    return bool(tracker.get_slot("frustration") == "upset")


def _message(tracker: Tracker) -> str:
    said: dict[str, Any] = next(
        (event for event in reversed(tracker.events) if event.get("event") == "user"), {}
    )
    return str(said.get("message_id") or said.get("timestamp") or "")
