"""What is asked of an action server, and what becomes of each kind of answer."""

import asyncio
import socket
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bespeak.actions.remote import COMPRESS_VARIABLE, RemoteActions
from bespeak.actions.wire import Answer, DomainJson
from bespeak.domain import LISTEN
from bespeak.errors import ActionError, ActionRejected
from bespeak.events import ActionExecuted, SlotSet
from bespeak.tracker import Tracker
from tests.engine.actions.conftest import Reply, Told
from tests.engine.actions.situation import DOMAIN, said, tracker

ASKED: Sequence[str] = ("action_greet",)


def ask(told: Told, *actions: str, now: Tracker | None = None, **options: Any) -> list[Answer]:
    async def asked() -> list[Answer]:
        server = RemoteActions(told.url, **options)
        try:
            return [
                await server.run(action, now or tracker(), DOMAIN) for action in actions or ASKED
            ]
        finally:
            await server.close()

    return asyncio.run(asked())


def failure(told: Told, **options: Any) -> ActionError:
    with pytest.raises(ActionError) as failed:
        ask(told, **options)
    assert not isinstance(failed.value, ActionRejected)
    assert failed.value.action == "action_greet"
    return failed.value


class TestRequest:
    def test_the_body_is_rasas(self, told: Told) -> None:
        ask(told)
        [heard] = told.heard
        body = orjson.loads(heard.body)
        assert list(body) == ["next_action", "sender_id", "tracker", "version", "domain"]
        assert (body["next_action"], body["sender_id"]) == ("action_greet", "anna")
        assert body["version"] == "3.6.21"
        assert body["domain"] == DOMAIN.wire
        assert heard.headers["content-type"] == "application/json"

    def test_each_call_can_be_found_again(self, told: Told) -> None:
        ask(told, "action_greet", "action_greet")
        first, second = (heard.headers["x-request-id"] for heard in told.heard)
        assert first != second

    def test_the_same_call_made_again_has_the_same_idempotency_key(self, told: Told) -> None:
        later = tracker(said(id="m1"), ActionExecuted("action_x"))
        ask(told, "action_greet", "action_greet")
        ask(told, now=later)
        keys = [heard.headers["idempotency-key"] for heard in told.heard]
        assert keys == ["anna/m1:0", "anna/m1:0", "anna/m1:1"]

    def test_credentials_headers_and_parameters_are_sent(self, told: Told) -> None:
        ask(
            told,
            token="s3cret",
            token_name="key",
            params={"shop": 1},
            headers={"X-Shop": "one"},
            basic_auth={"username": "u", "password": "p"},
        )
        [heard] = told.heard
        assert heard.path == "/webhook?shop=1&key=s3cret"
        assert heard.headers["x-shop"] == "one"
        assert heard.headers["authorization"] == "Basic dTpw"

    def test_it_is_compressed_where_that_is_asked_for(
        self, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask(told)
        monkeypatch.setenv(COMPRESS_VARIABLE, "True")
        ask(told)
        ask(told, compress=False)
        plain, compressed, off = told.heard
        assert compressed.headers["content-encoding"] == "deflate"
        assert zlib.decompress(compressed.body) == plain.body
        assert off.body == plain.body

    def test_connections_are_used_again(self, told: Told) -> None:
        ask(told, *["action_greet"] * 5)
        assert len(told.connections) == 1

    def test_what_has_no_json_form_is_told(self, told: Told) -> None:
        odd = tracker(said(), SlotSet("seen", {1, 2}))
        assert "cannot be written as JSON" in str(failure(told, now=odd))
        assert not told.heard


class TestSelectiveDomain:
    needs_domain = Reply(449, b'{"error": "no domain", "action_name": "action_greet"}')

    def bodies(self, told: Told) -> list[dict[str, Any]]:
        return [orjson.loads(heard.body) for heard in told.heard]

    def test_it_travels_only_with_actions_that_want_it(self, told: Told) -> None:
        ask(told, "action_greet", "action_look", "validate_trip_form", selective_domain=True)
        assert ["domain" in body for body in self.bodies(told)] == [False, True, True]
        assert not any("domain_digest" in body for body in self.bodies(told))

    def test_a_server_without_it_gets_it_once_and_then_its_digest(self, told: Told) -> None:
        told.replies = [self.needs_domain, Reply()]
        ask(told, "action_greet", "action_greet", selective_domain=True)
        digest = DomainJson().of(DOMAIN).digest
        assert [(b.get("domain"), b.get("domain_digest")) for b in self.bodies(told)] == [
            (None, None),
            (DOMAIN.wire, digest),
            (None, digest),
        ]

    def test_another_domain_has_another_digest(self) -> None:
        json = DomainJson()
        first = json.of(DOMAIN).digest
        assert json.of(replace(DOMAIN, wire={"version": "3.1"})).digest != first
        assert json.of(DOMAIN).digest == first

    def test_a_server_that_never_gets_enough_has_failed(self, told: Told) -> None:
        told.replies = [self.needs_domain]
        assert "449: no domain" in str(failure(told))
        assert len(told.heard) == 2


class TestAnswer:
    def test_a_rejection(self, told: Told) -> None:
        told.replies = [Reply(400, b'{"error": "no", "action_name": "validate_x"}')]
        with pytest.raises(ActionRejected, match="no") as rejected:
            ask(told)
        assert rejected.value.action == "validate_x"

    @pytest.mark.parametrize(
        ("reply", "what"),
        [
            (Reply(400, b"Bad Request"), "answered 400: Bad Request"),
            (Reply(400, b'{"error": "Invalid body request"}'), "Invalid body request"),
            (Reply(401, b"{}"), "answered 401"),
            (
                Reply(404, b'{"error": "gone", "action_name": "action_greet"}'),
                r"knows no action 'action_greet' \(gone\)",
            ),
            (Reply(500, b'{"error": "boom", "request_body": {}}'), "answered 500: boom"),
            (Reply(503, b""), "answered 503: Service Unavailable"),
            (Reply(308, b"", {"Location": "http://new/"}), "sends to 'http://new/'"),
            (Reply(204, b""), "it is no JSON"),
            (Reply(200, b"<html>"), "it is no JSON"),
            (Reply(200, b"null"), "an object with 'events' and 'responses' is expected"),
            (Reply(200, b'{"events": {}}'), "'events' must be a list"),
            (Reply(200, b'{"responses": ["hi"]}'), "response 1 must be an object"),
            (Reply(200, b'{"events": [{"event": "unheard"}]}'), "event 1: Unknown event 'unheard'"),
            (Reply(hangs_up=True), "The connection to .* broke"),
        ],
    )
    def test_a_failure_says_what_came(self, told: Told, reply: Reply, what: str) -> None:
        told.replies = [reply]
        with pytest.raises(ActionError, match=what):
            ask(told)
        assert failure(told).request_id == told.heard[-1].headers["x-request-id"]

    def test_nothing_in_it_is_nothing_done(self, told: Told) -> None:
        told.replies = [Reply(200, b"{}")]
        assert ask(told) == [Answer()]

    def test_no_answer_in_time(self, told: Told) -> None:
        told.replies = [Reply(hangs=0.5)]
        assert "did not answer within 0.1 s" in str(failure(told, timeout=0.1))

    def test_no_server(self, told: Told) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            told.url = f"http://127.0.0.1:{free.getsockname()[1]}/webhook"
        assert "Is the server running?" in str(failure(told))

    def test_a_fault_leaves_the_next_call_unharmed(self, told: Told) -> None:
        told.replies = [Reply(hangs_up=True), Reply(200, b'{"events": [{"event": "pause"}]}')]

        async def twice() -> Answer:
            server = RemoteActions(told.url)
            with pytest.raises(ActionError):
                await server.run("action_greet", tracker(), DOMAIN)
            answer = await server.run("action_greet", tracker(), DOMAIN)
            await server.close()
            return answer

        assert [event.type for event in asyncio.run(twice()).events] == ["pause"]


def test_many_calls_at_once_do_not_wait_for_each_other(told: Told) -> None:
    told.replies = [Reply(hangs=0.3)]

    async def at_once() -> list[Answer]:
        server = RemoteActions(told.url, timeout=2.0)
        calls = [server.run("action_greet", tracker(), DOMAIN) for _ in range(20)]
        answers = await asyncio.gather(*calls)
        await server.close()
        return answers

    # One after the other they would take 6 s, and run out of their time.
    assert len(asyncio.run(at_once())) == 20


def test_a_listening_tracker_without_messages_has_a_key_too(told: Told) -> None:
    silent = Tracker.start("änna/1", DOMAIN).record([ActionExecuted(LISTEN)])
    ask(told, now=silent)
    assert told.heard[0].headers["idempotency-key"] == "%C3%A4nna%2F1/:1"
