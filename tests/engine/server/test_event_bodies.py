"""Events that API clients post: what is read, and what is refused."""

import asyncio
import json
from typing import Any

import pytest
from starlette.requests import Request

from bespeak.errors import RequestError
from bespeak.events import ActiveLoop, Event, LoopInterrupted, SlotSet, UserUttered
from bespeak.message import Entity, Intent
from bespeak.server import event_bodies


def read(content: Any) -> list[Event]:
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [], "path": "/"}
    return asyncio.run(event_bodies.read(Request(scope, receive)))


def test_one_event_or_a_list_of_them_is_read() -> None:
    slot = {"event": "slot", "name": "city", "value": "Rome", "timestamp": 7.5}
    (event,) = read(slot)
    assert (event, event.timestamp) == (SlotSet("city", "Rome"), 7.5)
    assert read([slot, {"event": "form", "name": "book"}]) == [
        SlotSet("city", "Rome"),
        ActiveLoop("book"),
    ]
    assert read({"event": "form_validation", "validate": False}) == [LoopInterrupted(True)]
    assert read([]) == []


def test_a_message_is_read_with_what_was_understood() -> None:
    parse_data = {"intent": {"name": "go"}, "entities": [{"entity": "city", "value": "Rome"}]}
    (event,) = read({"event": "user", "text": "to Rome", "parse_data": parse_data})
    assert event == UserUttered("to Rome", Intent("go"), (Entity("city", "Rome"),))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not json", "not valid JSON"),
        (b'{"event": "slot", "name": "a", "value": "\\u0000"}', "NUL"),
        ("slot", "is no object"),
        ({"name": "city"}, "has the type None"),
        ({"event": "unheard"}, "'unheard'"),
        ({"event": "session_ended"}, "'session_ended'"),
        ({"event": "bespeak_turn_stopped", "actions": 1}, "'bespeak_turn_stopped'"),
        ({"event": "slot", "name": "city"}, "lacks 'value'"),
        ({"event": "slot", "name": 7, "value": 1}, "'name' of the wrong type"),
        ({"event": "pause", "timestamp": "now"}, "'timestamp' of the wrong type"),
        ({"event": "pause", "timestamp": True}, "'timestamp' of the wrong type"),
        ({"event": "action"}, "name"),
        ({"event": "user"}, "neither 'text' nor 'parse_data'"),
        ({"event": "user", "text": "a", "parse_data": {"entities": [1]}}, "wrong type"),
        ({"event": "reminder", "intent": "a", "date_time": "soon"}, "reminder"),
        ([{"event": "pause"}, {"event": "resume", "metadata": []}], "event 1 (resume)"),
    ],
)
def test_what_is_no_event_is_refused_saying_which_and_why(content: Any, told: str) -> None:
    with pytest.raises(RequestError) as refused:
        read(content)
    assert refused.value.status == 400
    assert told in str(refused.value)
