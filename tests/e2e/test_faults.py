"""What may go wrong while a server runs, made to happen: with real processes and databases."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.serving import (
    Listener,
    Server,
    at_once,
    bespeak,
    endpoints,
    free_port,
    listening,
    until,
)

ANSWERS = ["You asked: parcel.", "It is on its way."]


def answered(server: Server, sender: str) -> Callable[[], bool]:
    """Say whether the conversation's turn is over: its last event is that the bot listens."""

    def over() -> bool:
        events = server.events(sender)
        return bool(events) and events[-1].get("name") == "action_listen" and len(events) > 3

    return over


def post_and_be_cut_off(server: Server, message_id: str) -> Callable[[], None]:
    def post() -> None:
        with pytest.raises(httpx.TransportError):
            server.say("ann", "parcel", message_id)

    return post


def test_a_turn_cut_by_a_kill_is_finished_when_the_process_returns(
    durable: Path, actions: Listener
) -> None:
    server = Server(durable).start()
    actions.open.clear()

    def cut() -> None:
        until(lambda: len(actions.heard) == 1, "the action is asked")
        server.kill()

    at_once(post_and_be_cut_off(server, "m1"), cut)
    actions.open.set()
    with server.start():
        until(answered(server, "ann"), "the turn is finished")
        assert server.texts("ann") == ["> parcel", *ANSWERS]
        assert server.say("ann", "parcel", "m1") == ANSWERS
        assert server.texts("ann") == ["> parcel", *ANSWERS]
        assert len(actions.heard) == 2
        assert len(set(actions.keys)) == 1, "the action can tell that it is the same call"


def test_a_turn_cut_by_a_kill_is_finished_when_its_message_comes_again(
    durable: Path, actions: Listener
) -> None:
    server = Server(durable).start()
    actions.open.clear()

    def cut() -> None:
        until(lambda: len(actions.heard) == 1, "the action is asked")
        server.kill()

    at_once(post_and_be_cut_off(server, "m1"), cut)
    actions.open.set()
    with server.start():
        assert server.say("ann", "parcel", "m1") == ANSWERS
        assert server.say("ann", "parcel", "m1") == ANSWERS
        assert server.texts("ann") == ["> parcel", *ANSWERS]
        assert server.say("ann", "hello") == ["Hello!"]


def test_a_message_that_comes_twice_at_once_is_answered_once(
    durable: Path, actions: Listener
) -> None:
    with Server(durable) as server:
        both = at_once(*[lambda: server.say("ann", "parcel", "m1")] * 2)
        assert list(both) == [ANSWERS, ANSWERS]
        assert len(actions.heard) == 1
        assert server.texts("ann") == ["> parcel", *ANSWERS]


def test_two_messages_at_once_from_one_sender_are_answered_one_after_the_other(
    durable: Path, actions: Listener
) -> None:
    with Server(durable) as server:
        actions.open.clear()

        def let_go() -> None:
            until(lambda: len(actions.heard) == 1, "the first message is at work")
            time.sleep(0.3)
            actions.open.set()

        first, second, other, _ = at_once(
            lambda: server.say("ann", "parcel"),
            lambda: server.say("ann", "hello"),
            lambda: server.say("bob", "hello"),
            let_go,
            apart=0.1,
        )
        assert (first, second, other) == (ANSWERS, ["Hello!"], ["Hello!"])
        assert server.texts("ann") == ["> parcel", *ANSWERS, "> hello", "Hello!"]
        assert len(actions.heard) == 1


def test_a_reminder_outlives_a_kill(
    project: Callable[..., Path], actions: Listener, store: Mapping[str, Any]
) -> None:
    with listening(lambda said: (200, {})) as customer:
        folder = project(endpoints(actions.url, store), f"callback: {{url: '{customer.url}'}}\n")
        server = Server(folder).start()
        httpx.post(
            f"{server.url}/webhooks/callback/webhook", json={"sender": "ann", "message": "tea"}
        )
        server.kill()
        with server.start():
            until(lambda: len(customer.heard) == 2, "the reminder comes")
            time.sleep(1.5)  # it must come once
        assert [said["text"] for said in customer.heard] == ["I will.", "Your tea is ready."]


def test_an_answer_that_could_not_be_delivered_outlives_a_kill(
    project: Callable[..., Path], store: Mapping[str, Any]
) -> None:
    port = free_port()  # where nobody listens yet
    folder = project(
        endpoints(store=store), f"callback: {{url: 'http://127.0.0.1:{port}', timeout: 1}}\n"
    )
    server = Server(folder).start()
    answer = httpx.post(
        f"{server.url}/webhooks/callback/webhook",
        json={"sender": "ann", "message": "hello", "message_id": "m1"},
    )
    assert answer.text == "success"
    server.kill()
    with listening(lambda said: (200, {}), port) as customer, server.start():
        until(lambda: bool(customer.heard), "the answer comes")
        time.sleep(2.5)  # it must come once
        assert customer.heard == [{"recipient_id": "ann", "text": "Hello!"}]


def test_a_model_is_swapped_without_dropping_a_turn(
    project: Callable[..., Path], actions: Listener
) -> None:
    store = {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}
    folder = project(endpoints(actions.url, store))
    domain = folder / "domain.yml"
    domain.write_text(domain.read_text().replace('"Hello!"', '"Good day!"'))
    bespeak("train", "--data", "data.yml", "--fixed-model-name", "other", cwd=folder)
    first = next(path for path in (folder / "models").iterdir() if "other" not in path.name)
    with Server(folder, "--model", str(first)) as server:
        actions.open.clear()

        def swap() -> int:
            until(lambda: len(actions.heard) == 1, "a turn is under way")
            put = httpx.put(
                f"{server.url}/model", json={"model_file": "models/other.tar.gz"}, timeout=20
            )
            after = server.say("bob", "hello")
            actions.open.set()
            assert after == ["Good day!"]
            return put.status_code

        def talk(name: str) -> list[str]:
            return [said for _ in range(25) for said in server.say(name, "hello")]

        slow, status, *quick = at_once(
            lambda: server.say("ann", "parcel"),
            swap,
            *[lambda name=f"c{i}": talk(name) for i in range(4)],
        )
        assert slow == ANSWERS
        assert status == 204
        for said in quick:
            assert len(said) == 25
            assert set(said) <= {"Hello!", "Good day!"}
            assert said == sorted(said, key=lambda text: text == "Good day!"), "no way back"
        models = {
            event["metadata"]["model_id"]
            for event in server.events("ann")
            if "model_id" in event.get("metadata", {})
        }
        assert len(models) == 1, "a turn ends with the model that it began with"


def test_a_server_that_is_told_to_end_ends_its_turns_first(
    durable: Path, actions: Listener
) -> None:
    with Server(durable) as server:
        actions.open.clear()

        def end() -> int:
            until(lambda: len(actions.heard) == 1, "a turn is under way")
            assert server.process is not None
            server.process.terminate()
            time.sleep(0.5)
            actions.open.set()
            return server.process.wait(20)

        said, code = at_once(lambda: server.say("ann", "parcel"), end)
        assert (said, code) == (ANSWERS, 0)


def test_two_workers_keep_the_order_and_answer_once(durable: Path, actions: Listener) -> None:
    with Server(durable, "--workers", "2") as server:
        numbers = range(12)
        at_once(*[lambda n=n: server.say(f"b{n}", "hello") for n in numbers])  # both are awake
        said = at_once(
            *[lambda n=n: server.say("ann", f"parcel {n}", f"m{n}") for n in numbers], apart=0.15
        )
        assert [answers[0] for answers in said] == [f"You asked: parcel {n}." for n in numbers]
        asked = [text for text in server.texts("ann") if text.startswith("> ")]
        assert asked == [f"> parcel {n}" for n in numbers]
        again = at_once(*[lambda n=n: server.say("ann", f"parcel {n}", f"m{n}") for n in numbers])
        assert list(again) == list(said)
        assert len(actions.heard) == len(numbers)
        assert server.stop() == 0


def test_a_worker_that_dies_leaves_its_turn_to_the_other(durable: Path, actions: Listener) -> None:
    with Server(durable, "--workers", "2") as server:
        time.sleep(5)  # it must not look as if workers could not even begin
        actions.open.clear()

        def kill_the_one_at_work() -> None:
            until(lambda: len(actions.heard) == 1, "the action is asked")
            for pid in server.children():
                if str(actions.port) in connections(pid):
                    os.kill(pid, signal.SIGKILL)
            actions.open.set()

        before = set(server.children())
        at_once(post_and_be_cut_off(server, "m1"), kill_the_one_at_work)
        until(answered(server, "ann"), "the other worker finishes the turn")
        assert server.texts("ann") == ["> parcel", *ANSWERS]
        until(lambda: len(server.children()) == 2, "another worker takes its place")
        assert len(before & set(server.children())) == 1
        assert server.say("ann", "parcel", "m1") == ANSWERS


def test_workers_end_with_the_first_process_and_leave_the_port(
    durable: Path, actions: Listener
) -> None:
    with Server(durable, "--workers", "2") as server:
        left = server.children()
        assert len(left) == 2
        server.kill()
        until(lambda: not any(map(is_running, left)), "they end too")
        server.start()  # on the same port
        assert server.say("ann", "parcel") == ANSWERS


def test_a_message_that_cannot_be_stored_is_told_and_may_be_sent_again(
    project: Callable[..., Path], actions: Listener
) -> None:
    store = {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}
    with Server(project(endpoints(actions.url, store))) as server:
        assert server.say("ann", "hello") == ["Hello!"]
        asked = {"sender": "ann", "message": "parcel"}
        webhook = f"{server.url}/webhooks/rest/webhook"
        with no_room(server):
            for query in ("", "?stream=true"):
                answer = httpx.post(webhook + query, json=asked, timeout=20)
                assert (answer.status_code, answer.json()["reason"]) == (503, "StoreUnavailable")
                assert "may be sent again" in answer.json()["message"]
            ready = httpx.get(f"{server.url}/readyz")
            assert ready.status_code == 503
            assert "conversations.db" in ready.json()["problems"][0]
            assert httpx.get(f"{server.url}/livez").status_code == 200
        counted = httpx.get(f"{server.url}/metrics").text
        assert 'bespeak_messages_unstored_total{channel="rest"} 2' in counted.splitlines()
        assert httpx.get(f"{server.url}/readyz").status_code == 200
        message_id = answer.json()["details"]["message_id"]
        assert server.say("ann", "parcel", message_id) == ANSWERS
        assert server.texts("ann") == ["> hello", "Hello!", "> parcel", *ANSWERS]


@contextmanager
def no_room(server: Server) -> Iterator[None]:
    """Let a server write no file while the block lasts, as if the disk were full."""
    assert server.process is not None
    pid, kind = server.process.pid, resource.RLIMIT_FSIZE
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, before)


def is_running(pid: int) -> bool:
    """Say whether a process is more than an entry that nobody has asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def connections(pid: int) -> set[str]:
    """Return the ports that a process is connected to, from what the kernel tells of it."""
    sockets = {
        os.readlink(link).removeprefix("socket:[").removesuffix("]")
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if os.readlink(link).startswith("socket:")
    }
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {str(int(row[2].split(":")[1], 16)) for row in rows if row[9] in sockets}
