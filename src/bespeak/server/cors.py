"""Which other sites' pages may call the server."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Cors:
    """Starlette's, but for `spared` paths: the socketio channel answers for its own origins,
    and two answers in one response would be none to a browser.
    """

    def __init__(self, app: ASGIApp, *, origins: Sequence[str], spared: Sequence[str]) -> None:
        self.app = app
        self.spared = tuple(spared)
        self.checked = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials="*" not in origins,
            expose_headers=["filename", "X-Request-ID"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        spared = scope["type"] == "http" and scope["path"].startswith(self.spared)
        await (self.app if spared else self.checked)(scope, receive, send)
