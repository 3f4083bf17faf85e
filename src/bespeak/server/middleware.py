"""Around every request: an id that the log repeats, and an answer even to what nobody foresaw."""

import re
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bespeak.server.answers import on_error
from bespeak.server.logs import REQUEST_ID

FIT: Final = re.compile(rb"[\w.:/+=@-]{1,128}")


class RequestId:
    """Take the request's `X-Request-ID` over, or give it one; answer with it.

    Whatever a route raises becomes an answer in the API's shape: the innermost guard has its
    cause in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = _given(scope) or uuid4().hex.encode()
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], (b"x-request-id", name)]
            await send(message)

        token = REQUEST_ID.set(name.decode())
        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            response = await on_error(Request(scope), error)
            if not begun:
                await response(scope, receive, answer)
        finally:
            REQUEST_ID.reset(token)


def _given(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return bytes(value) if FIT.fullmatch(value) else None
    return None
