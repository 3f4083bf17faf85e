"""A small HTTP server that stands where the engine sends to, and keeps what it got.

`/webhook…` is handed on to the real action server, `/callback` takes what the callback
channel delivers, `/nlg` answers as a response server would.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

KEPT_HEADERS = ("content-type", "content-encoding", "authorization", "x-compat")


@dataclass(frozen=True)
class Call:
    """One request the engine made."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Listener:
    """What was heard since somebody last asked."""

    url: str
    calls: list[Call] = field(default_factory=list)

    def heard(self) -> list[Call]:
        """The calls since the last time, which are forgotten with this."""
        calls, self.calls = self.calls, []
        return calls


@contextmanager
def listening(actions_url: str) -> Iterator[Listener]:
    """A listener on a free port that hands action calls on to `actions_url`.

    Without one it answers for every action that it has nothing to say.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self._body()
            parts = urlsplit(self.path)
            plain = raw
            if self.headers.get("Content-Encoding") == "deflate":
                plain = zlib.decompress(raw)
            body = json.loads(plain)
            listener.calls.append(
                Call(
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    {
                        key.lower(): value
                        for key, value in self.headers.items()
                        if key.lower() in KEPT_HEADERS
                    },
                    body,
                )
            )
            if parts.path == "/nlg":
                self._answer(200, json.dumps(_response_server(body)).encode())
            elif parts.path == "/callback":
                self._answer(200, b"{}")
            elif not actions_url:
                self._answer(200, b'{"events": [], "responses": []}')
            else:
                got = httpx.post(
                    f"{actions_url}/webhook",
                    content=plain,
                    headers={"Content-Type": "application/json"},
                    timeout=60,
                )
                self._answer(got.status_code, got.content)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """The engine's own log says enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _response_server(asked: dict[str, Any]) -> dict[str, Any]:
    """An answer that shows what the engine asked for."""
    slots = {name: value for name, value in asked["tracker"]["slots"].items() if value is not None}
    return {
        "text": f"{asked['response']} as {asked['id']} on {asked['channel']['name']}",
        "custom": {"arguments": asked["arguments"], "slots": slots},
        "buttons": [{"title": "One", "payload": "/one"}],
        "image": None,
        "elements": [],
        "attachment": None,
    }
