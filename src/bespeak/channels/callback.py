"""`callback`: a message in the request, each answer posted to a URL of yours."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bespeak.channels.channel import Receive
from bespeak.channels.output import as_json
from bespeak.channels.requests import json_object, user_message
from bespeak.errors import ChannelError
from bespeak.events import BotUttered


class Callback:
    """Answers `success` at once and posts what the assistant says to `url`, message by message.

    `headers`, `params`, `basic_auth` and `token` are those of any endpoint.
    """

    name = "callback"
    output_name = "callback"
    pushes = True

    def __init__(
        self,
        *,
        url: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        basic_auth: Mapping[str, str] | None = None,
        token: str | None = None,
        token_name: str = "token",
        timeout: float = 10.0,
    ) -> None:
        self.url = url
        self.params = {**(params or {}), **({token_name: token} if token else {})}
        auth = (basic_auth["username"], basic_auth["password"]) if basic_auth else None
        self.client = httpx.AsyncClient(headers=headers, auth=auth, timeout=timeout)

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        async def health(request: Request) -> Response:
            return JSONResponse({"status": "ok"})

        async def webhook(request: Request) -> Response:
            read = await json_object(request)
            # Rasa's callback channel takes neither metadata nor another channel's name.
            kept = {key: read.get(key) for key in ("sender", "message", "message_id")}
            message = user_message(kept, self.name)
            if message is not None:
                recipient = message.conversation_id

                async def deliver(said: BotUttered) -> None:
                    await self.send(recipient, said)

                await receive(message, deliver)
            return PlainTextResponse("success")

        return [
            Route(f"/webhooks/{self.name}/", health, methods=["GET"]),
            Route(f"/webhooks/{self.name}/webhook", webhook, methods=["POST"]),
        ]

    async def send(self, recipient: str, said: BotUttered) -> None:
        for answer in as_json(recipient, said):
            await self._post(answer)

    async def _post(self, answer: Mapping[str, Any]) -> None:
        try:
            response = await self.client.post(self.url, json=answer, params=self.params)
        except httpx.HTTPError as error:
            raise ChannelError(f"The callback {self.url} cannot be reached: {error!r}.") from error
        if response.is_error:
            raise ChannelError(
                f"The callback {self.url} answered {response.status_code}. Is its URL in "
                "credentials.yml still right?"
            )

    async def close(self) -> None:
        await self.client.aclose()
