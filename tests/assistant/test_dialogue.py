"""CloudMart trained and tested by the commands that the README names, and talked to over HTTP."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from tests.assistant.conftest import ROOT, Shop, Trained, bespeak, environment, write_endpoints

ANA = "ana.morales@example.com"


@pytest.fixture
def endpoints(shop: Shop, tmp_path: Path) -> Path:
    """The project's `endpoints.yml` with this test's shop and database."""
    file = tmp_path / "endpoints.yml"
    write_endpoints(file, shop.url)
    services = yaml.safe_load(file.read_text())
    store = {"type": "SQL", "dialect": "sqlite", "db": str(tmp_path / "conversations.db")}
    file.write_text(
        yaml.safe_dump(
            {"action_endpoint": {"module": "actions"}, "tracker_store": store, **services}
        )
    )
    return file


def test_the_project_is_without_errors_and_a_second_training_has_nothing_to_do(
    trained: Trained,
) -> None:
    assert ": error:" not in trained.said
    before = sorted(trained.models.iterdir())
    again = bespeak("train", "--config", str(trained.config), "--out", str(trained.models))
    assert again.returncode == 0
    assert sorted(trained.models.iterdir()) == before


@pytest.mark.parametrize("how", [[], ["--e2e"]], ids=["dialogue alone", "with understanding"])
def test_every_test_story_passes(trained: Trained, tmp_path: Path, how: list[str]) -> None:
    stories = ROOT / "tests/assistant/stories"
    done = bespeak(
        "test", "core", *how, "--fail-on-prediction-errors", "--no-plot",
        "-m", str(trained.models), "-s", str(stories), "--out", str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    count = sum(len(yaml.safe_load(file.read_text())["stories"]) for file in stories.iterdir())
    assert f"{count} of {count}" in done.stderr
    reached = json.loads((tmp_path / "story_coverage.json").read_text())
    kinds = ("rules", "actions and forms", "intents")
    assert [name for kind in kinds for name in reached[kind]["untouched"]] == []


def test_every_conversation_with_the_real_actions_passes(trained: Trained, endpoints: Path) -> None:
    done = bespeak(
        "test", "e2e", "-m", str(trained.models), "--endpoints", str(endpoints),
        "-s", str(ROOT / "tests/assistant/e2e"), endpoints=endpoints,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def server(trained: Trained, endpoints: Path) -> Iterator[str]:
    """`bespeak run` with this model, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "bespeak", "run", "--interface", "127.0.0.1"),
            *("--port", str(port), "-m", str(trained.models), "--endpoints", str(endpoints)),
        ],
        cwd=ROOT,
        env=environment(endpoints),
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_a_customer_cancels_an_order_over_http(server: str, shop: Shop) -> None:
    assert talk(server, "where is CM-10412? my email is ana.morales@example.com")[0] == (
        "We have received order CM-10412 (1 × Iris phone stand) and will pack it soon. "
        "You can still cancel it."
    )
    assert talk(server, "cancel it please") == [
        "Shall I cancel order CM-10412 (1 × Iris phone stand)? That is free, and can't be undone."
    ]
    assert talk(server, "yes")[:2] == [
        "Done, order CM-10412 is cancelled.",
        "Your refund of €17.80 goes back to where you paid from. It takes up to five working days.",
    ]
    order = requests.post(
        f"{shop.url}/orders/lookup",
        json={"number": "CM-10412", "email": ANA},
        headers={"Authorization": f"Bearer {shop.settings.token}"},
        timeout=10,
    ).json()
    assert order["state"] == "cancelled"


def talk(server: str, text: str) -> list[str]:
    """What the assistant answers on the channel `rest`."""
    answers = requests.post(
        f"{server}/webhooks/rest/webhook", json={"sender": "ana", "message": text}, timeout=30
    ).json()
    return [answer["text"] for answer in answers]


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended before it was ready"
        try:
            if requests.get(f"{url}/readyz", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server was not ready within a minute")
