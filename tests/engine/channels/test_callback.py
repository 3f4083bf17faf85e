"""The callback channel, against a real HTTP server."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bespeak.channels.callback import Callback
from bespeak.channels.channel import Deliver
from bespeak.errors import ChannelError
from bespeak.events import BotUttered
from bespeak.message import UserMessage
from tests.e2e.serving import listening


def accepted(_: Any) -> tuple[int, Any]:
    return 200, {}


def posted(channel: Callback, content: Any, said: BotUttered) -> tuple[list[UserMessage], str]:
    """Post a message to the channel's webhook; return what it took in and what it answered."""
    heard: list[UserMessage] = []

    async def receive(message: UserMessage, deliver: Deliver) -> None:
        heard.append(message)
        await deliver(said)

    async def scenario() -> str:
        transport = httpx.ASGITransport(Starlette(routes=channel.routes(receive)))
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            answer = await client.post("/webhooks/callback/webhook", json=content)
        await channel.close()
        return answer.text

    answer = asyncio.run(scenario())
    return heard, answer


def test_what_is_said_is_posted_message_by_message() -> None:
    with listening(accepted) as customer:
        said = BotUttered("One.\n\nTwo.", {"image": "http://a/b.png"})
        heard, answer = posted(
            Callback(url=customer.url),
            {"sender": "ann", "message": " hi ", "metadata": {"a": 1}, "input_channel": "app"},
            said,
        )
    assert answer == "success"
    assert heard == [UserMessage("ann", "hi", "callback")]
    assert customer.heard == [
        {"recipient_id": "ann", "text": "One."},
        {"recipient_id": "ann", "text": "Two."},
        {"recipient_id": "ann", "image": "http://a/b.png"},
    ]


def test_without_a_message_nothing_is_done() -> None:
    heard, answer = posted(Callback(url="http://127.0.0.1:1"), {"sender": "ann"}, BotUttered("x"))
    assert (heard, answer) == ([], "success")


@pytest.mark.parametrize("make", [lambda url: "http://127.0.0.1:1", lambda url: url])
def test_what_cannot_be_delivered_is_an_error_that_says_where(make: Callable[[str], str]) -> None:
    async def scenario(url: str) -> None:
        channel = Callback(url=url, timeout=1)
        try:
            await channel.send("ann", BotUttered("Hello!"))
        finally:
            await channel.close()

    with listening(lambda _: (500, {})) as customer:
        url = make(customer.url)
        with pytest.raises(ChannelError, match=url):
            asyncio.run(scenario(url))
