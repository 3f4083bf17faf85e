"""What an action server is asked and what it answers, as JSON."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import orjson

from bespeak.domain import Domain
from bespeak.errors import ActionError
from bespeak.events import ActionExecuted, Event, UserUttered, from_dict, is_ours, told
from bespeak.tracker import Tracker, current_session, state
from bespeak.version import RASA_VERSION

CONVERSATIONS: Final = 64
"""How many conversations' events are kept as JSON, since a turn asks for them several times."""


class Scope(StrEnum):
    """Which events of a conversation are sent: those of the session that is on, or all."""

    SESSION = "session"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action did: messages to send, as wire forms, and what happened after them."""

    events: tuple[Event, ...] = ()
    responses: tuple[Mapping[str, Any], ...] = ()


def tracker_state(tracker: Tracker, scope: Scope) -> dict[str, Any]:
    """Return the conversation as action and NLG servers know it, without events of our own."""
    return {**state(tracker), "events": [told(event) for event in _shown_to_others(tracker, scope)]}


class EventJson:
    """Events as JSON, each written once: what is sent with an action was mostly sent before."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, dict[int, tuple[Event, bytes]]] = OrderedDict()

    def of(self, tracker: Tracker, scope: Scope) -> orjson.Fragment:
        """Return the events as `tracker_state` has them; raises `TypeError` as `orjson.dumps`."""
        events = _shown_to_others(tracker, scope)
        before = self._written.pop(tracker.conversation_id, {})
        after = {  # with the events themselves, so that each id stays its own
            id(event): before.get(id(event)) or (event, _dumped(told(event))) for event in events
        }
        self._written[tracker.conversation_id] = after
        if len(self._written) > CONVERSATIONS:
            self._written.popitem(last=False)
        return orjson.Fragment(b"[" + b",".join(after[id(event)][1] for event in events) + b"]")


def _shown_to_others(tracker: Tracker, scope: Scope) -> list[Event]:
    events: Sequence[Event] = tracker.events
    if scope is Scope.SESSION:
        events = current_session(events)
    return [event for event in events if not is_ours(event)]


def request(
    action: str,
    tracker: Tracker,
    *,
    events: EventJson,
    scope: Scope = Scope.SESSION,
    domain: bytes | None = None,
    digest: str | None = None,
) -> bytes:
    """Return the body of the call, keys in Rasa's order.

    `domain` is the domain's JSON, put in as it is. Raises `ActionError` where something in the
    conversation has no JSON form.
    """
    try:
        call = {
            "next_action": action,
            "sender_id": tracker.conversation_id,
            "tracker": {**state(tracker), "events": events.of(tracker, scope)},
            "version": RASA_VERSION,
        }
        if digest is not None:
            call["domain_digest"] = digest
        body = _dumped(call)
    except TypeError as wrong:
        raise ActionError(
            f"The conversation cannot be written as JSON for the action {action!r}: {wrong}. "
            "Only text, numbers, booleans, lists and mappings may be in slots and metadata.",
            action=action,
        ) from None
    return body if domain is None else body[:-1] + b',"domain":' + domain + b"}"


class DomainJson:
    """The domain as JSON and its digest, worked out once for each domain."""

    def __init__(self) -> None:
        self._domain: Domain | None = None
        self.body = b"{}"
        self.digest = ""

    def of(self, domain: Domain) -> "DomainJson":
        if self._domain is not domain:
            self.body = _dumped(domain.wire)
            self.digest = sha256(self.body).hexdigest()
            self._domain = domain
        return self


def idempotency_key(action: str, tracker: Tracker, within: str = "") -> str:
    """Return a key that is the same when this very call is made again, and otherwise never.

    It is `<turn>:<step>`: the turn is conversation and message id (channels number messages for
    each conversation), the step counts the actions carried out since that message. What is undone
    counts as well, since its calls were made. A call from inside another action (`within`) says so.
    """
    turn, step, actions = "", 0, 0
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            actions += 1
        elif isinstance(event, UserUttered) and event.message_id:
            if turn and event.message_id != turn:
                break
            # The same message may stand twice: an action that clarified it said it again.
            turn, step = event.message_id, actions
    if not turn:
        message = tracker.latest_message
        turn, step = (message.message_id if message else "") or "", actions
    call = f"{quote(tracker.conversation_id, safe='')}/{quote(turn, safe='')}:{step}"
    return f"{call}/{quote(within, safe='')}/{quote(action, safe='')}" if within else call


def answer(body: bytes | str, action: str, request_id: str = "") -> Answer:
    """Read what an action server answered; raises `ActionError` saying what is wrong with it."""

    def wrong(what: str) -> ActionError:
        return ActionError(
            f"The answer to the action {action!r} cannot be used: {what}.",
            action=action,
            request_id=request_id,
        )

    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise wrong(f"it is no JSON ({error})") from None
    if not isinstance(found, dict):
        raise wrong(f"an object with 'events' and 'responses' is expected, not {_shown(found)}")
    lists = {}
    for key in ("events", "responses"):
        lists[key] = found.get(key, [])
        if not isinstance(lists[key], list):
            raise wrong(f"{key!r} must be a list, not {_shown(lists[key])}")
    for i, response in enumerate(lists["responses"]):
        if not isinstance(response, dict):
            raise wrong(f"response {i + 1} must be an object, not {_shown(response)}")
    events = []
    for i, event in enumerate(lists["events"]):
        try:
            events.append(_event(event))
        except ValueError as error:
            raise wrong(f"event {i + 1}: {error}") from None
    return Answer(tuple(events), tuple(lists["responses"]))


def _event(wire: Any) -> Event:
    """Read one event, stricter than the log does: what is left out here was forgotten."""
    event = from_dict(wire)
    name = wire.get("name")
    match wire["event"]:
        case "slot" if not isinstance(name, str) or "value" not in wire:
            raise ValueError(f"the event 'slot' needs a 'name' and a 'value': {_shown(wire)}")
        case "followup" | "action_execution_rejected" if not isinstance(name, str):
            raise ValueError(f"the event {wire['event']!r} needs a 'name': {_shown(wire)}")
        case "active_loop" | "form" | "action" if not isinstance(name, str | None):
            raise ValueError(f"the 'name' of {wire['event']!r} must be a text: {_shown(wire)}")
        case "user" if not wire.get("text") and not wire.get("parse_data"):
            raise ValueError(f"the event 'user' needs 'text' or 'parse_data': {_shown(wire)}")
        case "bot" | "agent" if not isinstance(wire.get("data"), Mapping | None):
            raise ValueError(f"the 'data' of {wire['event']!r} must be an object: {_shown(wire)}")
        case "reminder" if not isinstance(wire["intent"], str):
            raise ValueError(f"the event 'reminder' needs an 'intent': {_shown(wire)}")
    if not isinstance(wire.get("metadata"), Mapping | None):
        raise ValueError(f"the 'metadata' of an event must be an object: {_shown(wire)}")
    return event


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"
