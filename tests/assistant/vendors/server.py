"""A vendor on this machine: a real HTTP server that can also fail in the ways that real ones do."""

import base64
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

SECRET = "s3cret-key-of-the-shop"
"""The key that every vendor here wants; no log and no error may show it."""


@dataclass(frozen=True)
class Request:
    """What came in. `headers` has lower-case names, `query` the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """The body as the object it should be; anything else is no object."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP basic authentication."""
        kind, _, said = self.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            return None
        user, _, password = base64.b64decode(said).decode().partition(":")
        return user, password


@dataclass(frozen=True)
class Response:
    """What goes out: a text as it is, anything else as JSON."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The bytes of the body."""
        said = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return said.encode()


class Lost:
    """The request is handled, and the connection breaks before the answer."""


class Silence:
    """The request is handled never, and the connection stays open until the test ends."""


GARBAGE = Response(200, "<html><h1>Welcome to nginx!</h1></html>")

Fault = Response | Lost | Silence


class Vendor(ABC):
    """A vendor's side. `faults` come instead of the next answers, one each.

    `seen` are all requests, `given` the answers that were no faults.
    """

    def __init__(self) -> None:
        self.url = ""
        self.faults: list[Fault] = []
        self.seen: list[Request] = []
        self.given: list[Response] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.losing = b""

    @abstractmethod
    def handle(self, request: Request) -> Response:
        """What the vendor answers. Called by one thread at a time."""

    def asked(self, path: str) -> list[Request]:
        """The requests to paths that end so."""
        return [request for request in self.seen if request.path.endswith(path)]

    def lose(self, word: str) -> None:
        """Handle the next request whose body has this word, and lose the answer."""
        self.losing = word.encode()

    def answer(self, request: Request) -> Response | None:
        """The answer, or `None` where the connection breaks."""
        with self.lock:
            self.seen.append(request)
            fault = self.faults.pop(0) if self.faults else None
            if self.losing and self.losing in request.body:
                fault, self.losing = Lost(), b""
            match fault:
                case Response():
                    return fault
                case None | Lost():
                    answer = self.handle(request)
                    self.given.append(answer)
        if isinstance(fault, Silence):
            self.closing.wait()
            return None
        return answer if fault is None else None


@contextmanager
def serving(vendor: Vendor) -> Iterator[None]:
    """Serve a vendor at `vendor.url`, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet, or each answer waits for an acknowledgement

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query, keep_blank_values=True)
            request = Request(
                self.command,
                unquote(parts.path),
                {name: values[-1] for name, values in query.items()},
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
            answer = vendor.answer(request)
            if answer is None:
                self.close_connection = True
                return
            content = answer.content()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    vendor.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield
    finally:
        vendor.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
