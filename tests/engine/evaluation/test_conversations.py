import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bespeak.assistant import Assistant
from bespeak.data.conversations import read_scripts
from bespeak.data.problems import ProblemsFound
from bespeak.evaluation.conversations import Held, Stage

ORDERS = {"state": "cancelled", "items": [{"name": "lamp", "count": 1}], "total": 12}


class Orders(BaseHTTPRequestHandler):
    """A service that knows one order, for whoever has the token."""

    def do_GET(self) -> None:
        allowed = self.headers.get("Authorization") == "Bearer secret"
        known = self.path == "/orders/1"
        self.send_response(200 if allowed and known else 404 if allowed else 401)
        self.end_headers()
        if allowed and known:
            self.wfile.write(json.dumps(ORDERS).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def orders() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Orders) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def hold(assistant: Assistant, folder: Path, steps: str, url: str = "") -> Held:
    path = folder / "conversations.yml"
    path.write_text(f"conversations:\n- conversation: one\n  steps:\n{steps}")
    [script] = read_scripts([path])
    services = {"orders": {"url": url, "token": "secret"}}

    async def run() -> Held:
        return await Stage(assistant, services).hold(script)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("written", "lines", "said"),
    [
        ("conversations:\n- conversation: one\n- hello\n- 7\n", [3, 4], "no conversation"),
        ("conversations: {conversation: one}\n", [1], "Expected a list under 'conversations'"),
        ("conversations:\n- conversation: one\n  steps: hello\n", [3], "list under 'steps'"),
        ("conversations:\n- steps:\n  - user: hi\n  - hello\n", [4], "no step"),
    ],
)
def test_what_is_no_conversation_is_reported_with_its_line(
    tmp_path: Path, written: str, lines: list[int], said: str
) -> None:
    path = tmp_path / "conversations.yml"
    path.write_text(written)
    with pytest.raises(ProblemsFound) as found:
        read_scripts([path])
    assert [problem.line for problem in found.value.problems] == lines
    assert all(problem.file == str(path) for problem in found.value.problems)
    assert said in str(found.value)


def test_a_conversation_passes_if_all_that_is_expected_comes_in_order(
    trips: Assistant, tmp_path: Path
) -> None:
    held = hold(
        trips,
        tmp_path,
        """\
  - user: hello
  - action: utter_greet
  - bot: Hello!
  - user: travel to Oslo
  - action: trip
  - slot: {city: Oslo, requested_slot: guests}
  - user: four
  - action: trip
  - action: utter_done
  - bot: Booked.
  - slot: {guests: four, requested_slot: null}
""",
    )
    assert held.failures == ()
    assert held.passed


def test_what_did_not_come_is_told_with_its_line_and_what_came(
    trips: Assistant, tmp_path: Path
) -> None:
    held = hold(
        trips,
        tmp_path,
        """\
  - user: thanks
  - user: hello
  - bot: Good day!
  - action: utter_bye
  - slot: {city: Rome}
""",
    )
    assert [(failure.line, failure.text) for failure in held.failures] == [
        (6, "expected 'Good day!'; was said 'Hello!'"),
        (7, "expected action utter_bye; came 'utter_greet', 'action_listen'"),
        (8, "expected slot city = 'Rome'; is None"),
    ]


def test_the_order_within_a_turn_counts(trips: Assistant, tmp_path: Path) -> None:
    steps = "  - user: travel to Oslo\n  - user: four\n  - action: utter_done\n  - action: trip\n"
    [failure] = hold(trips, tmp_path, steps).failures
    assert "expected action trip" in failure.text


@pytest.mark.parametrize(
    "effect, told",
    [
        ("get: /orders/1, expect: {state: cancelled, items: [{name: lamp}]}", None),
        ("get: /orders/1, expect: {total: 13}", "/orders/1: expected total = 13; is 12"),
        (
            "get: /orders/1, expect: {items: [{name: cup}]}",
            "/orders/1: expected items[0].name = 'cup'; is 'lamp'",
        ),
        ("get: /orders/2", "expected status 200 of /orders/2; came 404"),
        ("get: /orders/2, status: 404", None),
    ],
)
def test_an_effect_is_what_a_service_answers_afterwards(
    trips: Assistant, tmp_path: Path, orders: str, effect: str, told: str | None
) -> None:
    steps = f"  - user: hello\n  - effect: {{service: orders, {effect}}}\n"
    failures = [failure.text for failure in hold(trips, tmp_path, steps, orders).failures]
    assert failures == ([told] if told else [])


def test_an_unknown_service_is_told_with_the_known_ones(trips: Assistant, tmp_path: Path) -> None:
    steps = "  - user: hello\n  - effect: {service: order, get: /}\n"
    [failure] = hold(trips, tmp_path, steps).failures
    assert failure.text == "endpoints.yml has no service 'order'; it has orders"


def test_a_service_out_of_reach_is_a_failure_and_no_crash(trips: Assistant, tmp_path: Path) -> None:
    steps = "  - user: hello\n  - effect: {service: orders, get: /}\n"
    [failure] = hold(trips, tmp_path, steps, "http://127.0.0.1:9").failures
    assert failure.text.startswith("the service 'orders' cannot be reached")
