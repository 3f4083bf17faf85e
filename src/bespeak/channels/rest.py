"""`rest`: a message in the request, the answers in the response, all at once or as they come."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bespeak.channels.channel import Deliver, Receive
from bespeak.channels.customers import Customers
from bespeak.channels.output import as_json
from bespeak.channels.requests import json_object, user_message
from bespeak.errors import BespeakError, ChannelError, RequestError, StoreError
from bespeak.events import BotUttered
from bespeak.message import UserMessage

logger = logging.getLogger(__name__)


class Rest:
    """`POST /webhooks/rest/webhook {sender, message, …}` answers `[{recipient_id, text …}]`.

    With `?stream=true` each answer comes as a line of JSON as soon as it is there. A repeated
    `message_id` gets the stored answers again. Errors are logged, and what was said so far is
    answered with 200, as Rasa does; but where the conversation could not be stored the answer is
    503, and its `details` have the `message_id` with which to send the message again.

    `customer_key` and `customer_method` verify a `customer_token`, see `customers`.
    """

    name = "rest"
    output_name = "collector"
    pushes = False

    def __init__(self, *, customer_key: str | None = None, customer_method: str = "HS256") -> None:
        self._customers = Customers(customer_key, customer_method)

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        async def health(request: Request) -> Response:
            return JSONResponse({"status": "ok"})

        async def webhook(request: Request) -> Response:
            message = user_message(await json_object(request), self.name, self._customers)
            if message is None:
                logger.error("A request to the rest channel had no 'message': nothing was done.")
                return JSONResponse([])
            if not message.message_id:  # so that it can be told, should it have to come again
                message = replace(message, message_id=uuid4().hex)
            if request.query_params.get("stream", "").lower() in ("true", "1", "yes"):
                lines = self._stream(receive, message)
                first = await anext(lines, "")  # until then, the status can still tell of a fault
                return StreamingResponse(_after(first, lines), media_type="text/event-stream")
            return JSONResponse(await self._collect(receive, message))

        return [
            Route(f"/webhooks/{self.name}/", health, methods=["GET"]),
            Route(f"/webhooks/{self.name}/webhook", webhook, methods=["POST"]),
        ]

    async def send(self, recipient: str, said: BotUttered) -> None:
        raise ChannelError("The rest channel has no way to reach a user outside of a request.")

    async def _collect(self, receive: Receive, message: UserMessage) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []

        async def deliver(said: BotUttered) -> None:
            answers.extend(as_json(message.conversation_id, said))

        await self._handed_over(receive, message, deliver)
        return answers

    async def _stream(self, receive: Receive, message: UserMessage) -> AsyncGenerator[str]:
        lines: asyncio.Queue[str | None] = asyncio.Queue()

        async def deliver(said: BotUttered) -> None:
            for answer in as_json(message.conversation_id, said):
                await lines.put(json.dumps(answer) + "\n")

        async def work() -> None:
            try:
                await self._handed_over(receive, message, deliver)
            finally:
                await lines.put(None)

        # The turn ends even if the client leaves: its events are not half a conversation.
        task = asyncio.create_task(work())
        while (line := await lines.get()) is not None:
            yield line
        await task

    async def _handed_over(self, receive: Receive, message: UserMessage, deliver: Deliver) -> None:
        """Have a message answered. Raises `RequestError` (503) where it could not be stored."""
        try:
            await receive(message, deliver)
        except StoreError as error:
            logger.error("A message could not be stored: %s", error)
            raise RequestError(
                503,
                "StoreUnavailable",
                "The message could not be stored. It may be sent again, with this message_id.",
                {"message_id": message.message_id},
            ) from error
        except BespeakError as error:
            logger.error("A message could not be answered: %s", error)
        except Exception:  # the second guard: a fault must not cost the answers so far
            logger.exception("A message could not be answered.")


async def _after(first: str, lines: AsyncGenerator[str]) -> AsyncIterator[str]:
    """Yield the first line and then the others; a fault among those can only end them."""
    if first:
        yield first
    with suppress(RequestError):
        async for line in lines:
            yield line
