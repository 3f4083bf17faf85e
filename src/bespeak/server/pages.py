"""The two pages for people: the chat at `/`, and the API's documentation at `/docs`."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bespeak.channels.channel import Channel
from bespeak.server.answers import Json
from bespeak.server.api import Operation, document
from bespeak.version import RASA_VERSION

STATIC: Final = Path(str(files("bespeak.server"))) / "static"

SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

CHAT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src * data:; base-uri 'none'; form-action 'none'"
)

DOCS: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bespeak: HTTP API</title>
<link rel="icon" href="/docs/static/favicon-32x32.png">
<link rel="stylesheet" href="/docs/static/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/static/docs.js"></script>
</body>
</html>
"""


def chat(channels: Sequence[Channel]) -> Sequence[BaseRoute]:
    """Return the page to try the assistant on, where the channel it talks by is there."""
    page = (STATIC / "chat" / "index.html").read_text(encoding="utf-8")
    can_talk = any(channel.name == "rest" for channel in channels)

    async def root(request: Request) -> Response:
        """Rasa's greeting; to a browser, which asks for HTML, the chat."""
        vary = {"Vary": "Accept"}
        if can_talk and "text/html" in request.headers.get("Accept", ""):
            policy = {"Content-Security-Policy": CHAT_POLICY}
            return HTMLResponse(page, headers={**SAFE, **policy, **vary})
        return PlainTextResponse(f"Hello from Rasa: {RASA_VERSION}", headers=vary)

    return [
        Route("/", root, methods=["GET"]),
        Mount("/chat", StaticFiles(directory=STATIC / "chat")),
    ]


def documentation(operations: Sequence[Operation], *, guarded: bool) -> Sequence[BaseRoute]:
    """Return the OpenAPI document and a page that shows it, from files of our own."""
    told = document(operations, guarded=guarded)

    async def openapi(request: Request) -> Response:
        return Json(told)

    async def page(request: Request) -> Response:
        return HTMLResponse(DOCS, headers=SAFE)

    return [
        Route("/openapi.json", openapi, methods=["GET"]),
        Route("/docs", page, methods=["GET"]),
        Mount("/docs/static", StaticFiles(directory=STATIC / "swagger")),
    ]
