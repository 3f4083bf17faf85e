"""Servers for the actions' tests: rasa-sdk's own, and one that answers what it is told to."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def sdk_server() -> Iterator[str]:
    """The address of rasa-sdk's action server with the actions of `shop.py`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "rasa_sdk", "-p", str(port)]
    server = subprocess.Popen(
        [*command, "--actions", "tests.engine.actions.shop"],
        cwd=ROOT,
        env={**os.environ, "SANIC_HOST": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
                break
            except httpx.HTTPError:
                assert server.poll() is None, "the action server did not start"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        server.terminate()
        server.wait(10)


@dataclass
class Reply:
    """What the server answers to one request; `hangs` seconds later, or by hanging up."""

    status: int = 200
    body: bytes = b'{"events": [], "responses": []}'
    headers: dict[str, str] = field(default_factory=dict)
    hangs: float = 0.0
    hangs_up: bool = False


@dataclass
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Told:
    """A server that answers what it is told to, in order (the last again and again)."""

    url: str = ""
    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    heard: list[Heard] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def told() -> Iterator[Told]:
    it = Told()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            it.heard.append(Heard(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            it.connections.add(self.client_address)
            reply = it.next()
            time.sleep(reply.hangs)
            if reply.hangs_up:
                self.close_connection = True
                return
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client did not wait

        def log_message(self, format: str, *args: Any) -> None:
            pass  # not into the test's output

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    it.url = f"http://127.0.0.1:{server.server_port}/webhook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield it
    server.shutdown()
    server.server_close()
    thread.join()
