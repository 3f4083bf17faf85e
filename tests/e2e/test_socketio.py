"""The socketio channel, as python-socketio's own client meets it."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import socketio

from tests.e2e.serving import Listener, Server, endpoints, until

SECRET = "a secret that is long enough for HS256"

PERSISTENT = "rest:\nsocketio:\n  session_persistence: true\n"


class Widget:
    """A chat widget: what it heard, in order."""

    def __init__(self, server: Server, token: str = "", path: str = "/socket.io") -> None:
        self.heard: list[Any] = []
        self.session = ""
        self.client = socketio.Client(reconnection=False)
        self.client.on("bot_uttered", self.heard.append)
        self.client.on("session_confirm", self._confirmed)
        self.client.connect(
            server.url,
            auth={"token": token} if token else None,
            transports=["polling"],
            socketio_path=path,
            wait_timeout=5,
        )

    def _confirmed(self, session: str) -> None:
        self.session = session

    def join(self, session: str | None = None) -> str:
        self.session = ""
        self.client.emit("session_request", {"session_id": session})
        until(lambda: bool(self.session), "the session is confirmed")
        return self.session

    def say(self, text: str, **more: Any) -> None:
        self.client.emit("user_uttered", {"message": text, "session_id": self.session, **more})

    def hears(self, count: int) -> list[Any]:
        until(lambda: len(self.heard) >= count, f"{count} messages come; so far: {self.heard}")
        return self.heard

    def leave(self) -> None:
        """Say goodbye, and do not wait until the request under way comes to its end."""
        threading.Thread(target=self.client.disconnect, daemon=True).start()
        until(lambda: not self.client.connected, "the widget has left")


@contextmanager
def widget(server: Server, **options: Any) -> Iterator[Widget]:
    opened = Widget(server, **options)
    try:
        yield opened
    finally:
        opened.leave()


@pytest.fixture
def served(project: Callable[..., Path], actions: Listener) -> Iterator[Server]:
    with Server(project(endpoints(actions.url), PERSISTENT)) as server:
        yield server


def test_texts_choices_pictures_and_custom_payloads_arrive_as_widgets_know_them(
    served: Server,
) -> None:
    with widget(served) as ann:
        ann.join()
        ann.say("choose")
        assert ann.hears(2) == [
            {"text": "Above.", "quick_replies": []},
            {
                "text": "Which one?",
                "quick_replies": [
                    {"content_type": "text", "title": "First", "payload": "/greet"},
                    {"content_type": "text", "title": "Second", "payload": "/look"},
                ],
            },
        ]
        ann.say("show")
        assert ann.hears(5)[2:] == [
            {"text": "Look:"},
            {"attachment": {"type": "image", "payload": {"src": "http://localhost/cat.png"}}},
            {"place": "Rome"},
        ]


def test_a_session_is_its_conversation_and_is_confirmed(served: Server) -> None:
    with widget(served) as ann:
        assert len(ann.join()) == 32
        assert ann.join("session-7") == "session-7"
        ann.say("hello", metadata={"page": "home"})
        ann.hears(1)
        said = next(event for event in served.events("session-7") if event["event"] == "user")
        assert (said["input_channel"], said["parse_data"]["metadata"]) == (
            "socketio",
            {"page": "home"},
        )


def test_a_message_of_no_session_is_ignored_and_each_hears_only_their_own(served: Server) -> None:
    with widget(served) as ann, widget(served) as bob:
        ann.join("ann")
        bob.join("bob")
        bob.client.emit("user_uttered", {"message": "hello"})
        bob.client.emit("user_uttered", "hello")
        ann.say("hello")
        ann.hears(1)
        time.sleep(0.5)
        assert (len(ann.heard), len(bob.heard)) == (1, 0)


def test_without_persistence_the_socket_is_the_conversation(project: Callable[..., Path]) -> None:
    with Server(project(credentials="socketio:\n")) as server, widget(server) as ann:
        ann.join("anything")
        ann.say("hello")
        assert ann.hears(1) == [{"text": "Hello!"}]
        assert server.texts("anything") == []
        assert server.texts(ann.client.get_sid()) == ["> hello", "Hello!"]


def test_a_repeated_message_is_answered_again_without_work(
    served: Server, actions: Listener
) -> None:
    with widget(served) as ann:
        ann.join("ann")
        for _ in range(2):
            ann.say("parcel", message_id="m1")
        ann.hears(4)
        assert len(actions.heard) == 1
        assert served.texts("ann") == ["> parcel", "You asked: parcel.", "It is on its way."]


def test_answers_given_while_the_user_was_away_arrive_when_they_return(
    served: Server, actions: Listener
) -> None:
    actions.open.clear()
    with widget(served) as ann:
        ann.join("ann")
        ann.say("parcel")
        until(lambda: len(actions.heard) == 1, "the action is asked")
    actions.open.set()
    until(lambda: len(served.texts("ann")) == 3, "the turn ends, though nobody listens")
    with widget(served) as ann:
        ann.join("ann")
        assert ann.hears(2) == [{"text": "You asked: parcel."}, {"text": "It is on its way."}]
        time.sleep(2.5)  # each must come once
        assert len(ann.heard) == 2


def test_answers_outlive_the_process_and_reach_a_widget_that_returns(
    project: Callable[..., Path], actions: Listener, store: Mapping[str, Any]
) -> None:
    server = Server(project(endpoints(actions.url, store), PERSISTENT)).start()
    actions.open.clear()
    ann = Widget(server)
    ann.join("ann")
    ann.say("parcel")
    until(lambda: len(actions.heard) == 1, "the action is asked")
    server.kill()
    ann.leave()
    actions.open.set()
    with server.start(), widget(server) as again:
        again.join("ann")
        said = [{"text": "You asked: parcel."}, {"text": "It is on its way."}]
        assert again.hears(2) == said
        time.sleep(2.5)
        assert again.heard == said


def test_a_reminder_reaches_the_widget(served: Server) -> None:
    with widget(served) as ann:
        ann.join("ann")
        ann.say("tea")
        assert ann.hears(2) == [{"text": "I will."}, {"text": "Your tea is ready."}]


def test_with_a_key_only_signed_clients_connect(project: Callable[..., Path]) -> None:
    credentials = f"socketio: {{session_persistence: true, jwt_key: '{SECRET}'}}\n"
    with Server(project(credentials=credentials)) as server:
        for token in ("", "nonsense", jwt.encode({"user": "ann"}, SECRET[::-1])):
            with pytest.raises(socketio.exceptions.ConnectionError):
                Widget(server, token=token)
        expired = jwt.encode({"user": "ann", "exp": time.time() - 60}, SECRET)
        with pytest.raises(socketio.exceptions.ConnectionError):
            Widget(server, token=expired)
        good = jwt.encode({"user": "ann"}, SECRET)
        for token in (good, f"Bearer {good}"):
            with widget(server, token=token) as ann:
                ann.join("ann")
                ann.say("hello")
                assert ann.hears(1) == [{"text": "Hello!"}]


def test_the_path_may_be_another(project: Callable[..., Path]) -> None:
    with (
        Server(project(credentials="socketio: {socketio_path: /chat-socket}\n")) as server,
        widget(server, path="/chat-socket") as ann,
    ):
        ann.say("hello")
        assert ann.hears(1) == [{"text": "Hello!"}]


def test_a_client_that_fell_silent_does_not_keep_the_server_from_ending(
    project: Callable[..., Path],
) -> None:
    with Server(project(credentials="socketio:\n")) as server:
        handshake = httpx.get(
            f"{server.url}/socket.io/", params={"EIO": "4", "transport": "polling"}
        )
        assert handshake.status_code == 200
        assert server.stop() == 0
