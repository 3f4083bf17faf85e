"""The rest channel: what clients post, and what they get."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bespeak.channels.channel import Deliver
from bespeak.channels.rest import Rest
from bespeak.errors import EngineError, RequestError, StoreError
from bespeak.events import BotUttered
from bespeak.message import UserMessage
from bespeak.server.answers import on_error


class Heard:
    """Stands where the engine would: remembers messages, answers each twice, and may fail."""

    def __init__(self) -> None:
        self.messages: list[UserMessage] = []

    async def __call__(self, message: UserMessage, deliver: Deliver) -> None:
        self.messages.append(message)
        if message.text == "full":
            raise StoreError("The disk of '/srv/secret' is full.")
        await deliver(BotUttered(f"You said {message.text}."))
        if message.text == "fail":
            raise EngineError("The assistant got lost.")
        await deliver(BotUttered("Bye."))


def post(heard: Heard, content: Any, **query: str) -> httpx.Response:
    app = Starlette(routes=Rest().routes(heard), exception_handlers={RequestError: on_error})

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            return await client.post("/webhooks/rest/webhook", content=body, params=query)

    return asyncio.run(send())


def test_a_message_gets_its_answers_in_the_response() -> None:
    heard = Heard()
    answer = post(heard, {"sender": "ann", "message": "  hi ", "metadata": {"a": 1}})
    assert answer.json() == [
        {"recipient_id": "ann", "text": "You said hi."},
        {"recipient_id": "ann", "text": "Bye."},
    ]
    [message] = heard.messages
    assert message.message_id  # so that it can be told where the message has to come again
    assert replace(message, message_id="") == UserMessage("ann", "hi", "rest", metadata={"a": 1})


def test_the_sender_is_default_and_may_be_a_number() -> None:
    heard = Heard()
    post(heard, {"message": "hi"})
    post(heard, {"sender": 7, "message": "hi", "input_channel": "app", "message_id": 3})
    assert [m.conversation_id for m in heard.messages] == ["default", "7"]
    assert (heard.messages[1].channel, heard.messages[1].message_id) == ("app", "3")


def test_without_a_message_nothing_is_done() -> None:
    heard = Heard()
    assert post(heard, {"sender": "ann"}).json() == []
    assert heard.messages == []


def test_an_error_costs_none_of_the_answers_so_far() -> None:
    answer = post(Heard(), {"sender": "ann", "message": "fail"})
    assert answer.status_code == 200
    assert [a["text"] for a in answer.json()] == ["You said fail."]


@pytest.mark.parametrize("query", [{}, {"stream": "true"}], ids=["at once", "stream"])
def test_what_could_not_be_stored_is_no_answer(query: dict[str, str]) -> None:
    heard = Heard()
    answer = post(heard, {"sender": "ann", "message": "full"}, **query)
    assert answer.status_code == 503
    assert answer.json()["details"] == {"message_id": heard.messages[0].message_id}
    assert "secret" not in answer.text
    again = post(heard, {"sender": "ann", "message": "full", "message_id": "m1"}, **query)
    assert again.json()["details"] == {"message_id": "m1"}


def test_with_stream_each_answer_is_a_line() -> None:
    answer = post(Heard(), {"sender": "ann", "message": "hi"}, stream="true")
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["text"] for line in lines] == ["You said hi.", "Bye."]


def test_what_is_wrong_is_refused_with_what_and_where() -> None:
    heard = Heard()
    for content, told in [
        (b"{", "not valid JSON"),
        ([1], "must be a JSON object"),
        ({"message": ["hi"]}, "'message' must be a text"),
        ({"message": "hi", "metadata": "x"}, "'metadata' must be an object"),
        ({"message": "hi", "sender": {}}, "'sender' must be a text"),
        ({"message": "a\x00b"}, "the character NUL"),
    ]:
        answer = post(heard, content)
        assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")
        assert told in answer.json()["message"]
    assert heard.messages == []


def test_what_is_too_large_is_refused() -> None:
    heard = Heard()
    assert post(heard, {"message": "x" * 100_001}).status_code == 413
    assert post(heard, b" " * 1_000_001).status_code == 413
    assert post(heard, {"sender": "x" * 256, "message": "hi"}).status_code == 413
    assert heard.messages == []


def test_any_unicode_is_a_message() -> None:
    heard = Heard()
    text = "Ünïcode 🙂 ‏עברית 漢字 \u0301"
    assert post(heard, {"sender": "ann", "message": text}).status_code == 200
    assert heard.messages[0].text == text
