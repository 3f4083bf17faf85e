"""A small bot, its action server, and `bespeak run` as a process that can be killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import yaml

PATIENCE = 60.0
"""Seconds that anything here may take on a busy machine."""

FILES = {
    "config.yml": """
        recipe: default.v1
        language: en
        assistant_id: parcels
        pipeline:
        - name: WhitespaceTokenizer
        - name: KeywordIntentClassifier
          case_sensitive: false
        policies:
        - name: RulePolicy
        """,
    "domain.yml": """
        version: "3.1"
        intents: [greet, look, remind, remembered, choose, show]
        actions: [action_look_up, action_remind]
        responses:
          utter_greet: [{text: "Hello!"}]
          utter_remembered: [{text: "Your tea is ready."}]
          utter_choose:
          - text: "Above.\\n\\nWhich one?"
            buttons: [{title: First, payload: /greet}, {title: Second, payload: /look}]
          utter_show: [{text: "Look:", image: "http://localhost/cat.png"}]
          utter_map: [{custom: {data: {place: Rome}}}]
        """,
    "data.yml": """
        version: "3.1"
        nlu:
        - intent: greet
          examples: |
            - hello
        - intent: look
          examples: |
            - parcel
        - intent: remind
          examples: |
            - tea
        - intent: choose
          examples: |
            - choose
        - intent: show
          examples: |
            - show
        rules:
        - rule: greet
          steps: [{intent: greet}, {action: utter_greet}]
        - rule: look
          steps: [{intent: look}, {action: action_look_up}]
        - rule: remind
          steps: [{intent: remind}, {action: action_remind}]
        - rule: remembered
          steps: [{intent: remembered}, {action: utter_remembered}]
        - rule: choose
          steps: [{intent: choose}, {action: utter_choose}]
        - rule: show
          steps: [{intent: show}, {action: utter_show}, {action: utter_map}]
        """,
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"It did not happen in time: {what}"
        time.sleep(0.02)


def write_project(folder: Path, **more: str) -> Path:
    """Write the bot's files; `more` are further ones, by their name without `.yml`."""
    for name, text in {**FILES, **{f"{key}.yml": text for key, text in more.items()}}.items():
        (folder / name).write_text(dedent(text), encoding="utf-8")
    return folder


def bespeak(*arguments: str, cwd: Path) -> str:
    """Run a command to its end; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "bespeak", *arguments], cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Listener:
    """An HTTP server that writes down what is posted to it.

    While `open` is not set, requests wait. `answer` makes the response's status and JSON.
    """

    answer: Callable[[Any], tuple[int, Any]]
    heard: list[Any] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening(
    answer: Callable[[Any], tuple[int, Any]], port: int = 0, *, raw: bool = False
) -> Iterator[Listener]:
    """Listen while the block lasts; with `raw`, to bytes that are no JSON."""
    listener = Listener(answer)
    listener.open.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            read = body if raw else json.loads(body)
            listener.heard.append(read)
            listener.keys.append(self.headers.get("Idempotency-Key", ""))
            listener.open.wait(PATIENCE)
            status, told = listener.answer(read)
            body = json.dumps(told).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # whoever asked is dead, as some tests want it

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


def act(call: Mapping[str, Any]) -> tuple[int, Any]:
    """Answer as the bot's action server."""
    if call["next_action"] == "action_remind":
        due = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 2))
        reminder = {
            "event": "reminder",
            "intent": "remembered",
            "date_time": due,
            "name": "tea",
            "kill_on_user_msg": False,
        }
        return 200, {"events": [reminder], "responses": [{"text": "I will."}]}
    said = call["tracker"]["latest_message"]["text"]
    return 200, {
        "events": [],
        "responses": [{"text": f"You asked: {said}."}, {"text": "It is on its way."}],
    }


class Server:
    """`bespeak run` in a project's folder, as a process of its own."""

    def __init__(
        self, folder: Path, *options: str, port: int | None = None, api: bool = True
    ) -> None:
        self.folder = folder
        self.options = [*(["--enable-api"] if api else []), *options]
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: bool = True) -> "Server":
        command = ["-m", "bespeak", "run", "-i", "127.0.0.1"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, "-p", str(self.port), *self.options],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "BESPEAK_TELEMETRY": "off"},
            )
        if ready:
            until(self._is_ready, f"the server is ready; its log:\n{self.log.read_text()}")
        return self

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def children(self) -> list[int]:
        """Return the process ids of its workers."""
        assert self.process is not None
        task = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in Path(task).read_text().split()]

    def kill(self) -> None:
        """As if the machine had lost power."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def __enter__(self) -> "Server":
        return self if self.process else self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def say(self, sender: str, text: str, message_id: str = "") -> list[str]:
        """Say something over rest and return the texts of the answers."""
        body = {"sender": sender, "message": text, "message_id": message_id or None}
        answer = httpx.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return [said.get("text", "") for said in answer.json()]

    def events(self, sender: str) -> list[dict[str, Any]]:
        answer = httpx.get(
            f"{self.url}/conversations/{sender}/tracker", params={"include_events": "ALL"}
        )
        return list(answer.json()["events"])

    def texts(self, sender: str) -> list[str]:
        """All that was said in a conversation, by whom it was said: `> ` is the user's."""
        told = {"user": "> ", "bot": ""}
        return [
            told[event["event"]] + (event["text"] or "")
            for event in self.events(sender)
            if event["event"] in told
        ]


def endpoints(actions: str = "", store: Mapping[str, Any] | None = None) -> str:
    """Return an endpoints.yml: where actions are, and where conversations are kept."""
    told: dict[str, Any] = {}
    if actions:
        told["action_endpoint"] = {"url": f"{actions}/webhook"}
    if store is not None:
        told["tracker_store"] = dict(store)
    return yaml.safe_dump(told)


def at_once(*calls: Callable[[], Any], apart: float = 0.0) -> Sequence[Any]:
    """Do several things at the same time (each begun a moment `apart`); return what each gave."""
    given: list[Any] = [None] * len(calls)

    def work(i: int) -> None:
        given[i] = calls[i]()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
        time.sleep(apart)
    for thread in threads:
        thread.join()
    return given
