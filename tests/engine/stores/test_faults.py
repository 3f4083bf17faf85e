"""What survives when processes die, stop, race and come back: with real processes."""

import asyncio
import json
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bespeak.errors import StoreError
from bespeak.events import BotUttered, SlotSet
from bespeak.stores.build import tracker_store
from bespeak.stores.store import Arrival, TrackerStore
from bespeak.testing.stores import message, said, told
from tests.engine.stores.conftest import free_port, running_postgres, running_redis
from tests.engine.stores.process import answer

pytestmark = pytest.mark.anyio

PROCESS = Path(__file__).with_name("process.py")
Section = Mapping[str, Any]


@contextmanager
def process(section: Section, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run another process over the same store; it is dead afterwards."""
    command = [sys.executable, str(PROCESS), json.dumps(dict(section)), *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[str]) -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


@pytest.fixture
async def store(section: Section) -> AsyncIterator[TrackerStore]:
    store = tracker_store(section)
    yield store
    await store.close()


async def test_a_killed_process_loses_the_turn_and_the_message_is_finished(
    store: TrackerStore, section: Section
) -> None:
    with process(section, "hold", "ada") as other:
        assert line(other) == "holding"
        assert await store.unfinished() == []  # the other one is at it
        other.send_signal(signal.SIGKILL)
        other.wait()

    (cut,) = await store.unfinished()
    assert (cut.conversation_id, cut.message_id, cut.text) == ("ada", "m1", "hi")
    assert await store.arrive(cut) is Arrival.UNFINISHED
    async with store.turn("ada", "m1") as lease:
        assert (lease.arrival, lease.sequence) == (Arrival.UNFINISHED, 1)
        await store.append(lease, [said("done")], after=1, answered="m1")
    assert await store.unfinished() == []
    assert await store.replies("ada", "m1") == [BotUttered("begun"), said("done")]


async def test_a_process_that_hung_cannot_write_when_it_wakes(section: Section) -> None:
    section = {**section, "lease_seconds": 0.5}
    store = tracker_store(section)
    with process(section, "late", "ada") as other:
        assert line(other) == "holding"
        other.send_signal(signal.SIGSTOP)  # it lives, but renews nothing
        async with store.turn("ada") as lease:
            await store.append(lease, [said("meanwhile")], after=1)
            other.send_signal(signal.SIGCONT)
            assert other.stdin is not None
            print("go on", file=other.stdin, flush=True)
            assert await asyncio.to_thread(line, other) == "conflict"
    assert await store.events("ada") == [BotUttered("begun"), said("meanwhile")]
    await store.close()


async def test_a_long_action_keeps_its_turn(section: Section) -> None:
    section = {**section, "lease_seconds": 0.5}
    store = tracker_store(section)
    with process(section, "late", "ada") as other:
        assert line(other) == "holding"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(told(store, said("x")), 2)  # four times its lease
        assert other.stdin is not None
        print("go on", file=other.stdin, flush=True)
        assert await asyncio.to_thread(line, other) == "appended"
    await store.close()


async def test_two_processes_append_to_one_conversation_without_loss(
    store: TrackerStore, section: Section
) -> None:
    with (
        process(section, "count", "ada", "40") as one,
        process(section, "count", "ada", "40") as two,
    ):
        for number in range(20):
            await told(store, SlotSet("ours", number))
        assert await asyncio.to_thread(one.wait) == 0
        assert await asyncio.to_thread(two.wait) == 0
    events = await store.events("ada")
    assert len(events) == 100
    assert [event for event in events if event.name == "ours"] == [  # type: ignore[union-attr]
        SlotSet("ours", number) for number in range(20)
    ]


async def test_what_was_kept_is_there_after_a_kill_and_steps_are_whole(
    store: TrackerStore, section: Section
) -> None:
    with process(section, "flood", "ada") as other:
        numbers = [int(line(other)) for _ in range(50)]
        other.send_signal(signal.SIGKILL)
        other.wait()
    events = await store.events("ada")
    assert len(events) >= 2 * len(numbers)
    assert events == [SlotSet("n", number // 2) for number in range(len(events))]


async def test_every_accepted_message_is_answered_once_whatever_dies(
    store: TrackerStore, section: Section
) -> None:
    """Processes that share three conversations are killed again and again, in mid-turn."""
    chance = random.Random(7)
    accepted: list[str] = []
    for round_ in range(4):
        with (
            process(section, "serve", "user", f"a{round_}") as one,
            process(section, "serve", "user", f"b{round_}") as two,
        ):
            for _ in range(chance.randrange(5, 40)):
                accepted.append(await asyncio.to_thread(line, one))
                accepted.append(await asyncio.to_thread(line, two))
            for other in (one, two):
                other.send_signal(signal.SIGKILL)
                assert other.stdout is not None
                accepted += [each.strip() for each in other.stdout]
    async with asyncio.timeout(20):
        while left := await store.unfinished():
            for each in left:
                await answer(store, each)

    said_in: dict[str, list[str]] = {}
    for name in ("user0", "user1", "user2"):
        events = await store.events(name)
        texts = [event.text if isinstance(event, BotUttered) else event.value for event in events]  # type: ignore[union-attr]
        assert texts == [text for text in texts[::3] for _ in range(3)]  # turns never interleave
        for text in texts[::3]:
            said_in.setdefault(str(text), []).append(name)
            assert await store.replies(name, str(text)) == [BotUttered(str(text))]
    assert set(accepted) <= set(said_in)
    assert all(len(names) == 1 for names in said_in.values())


async def test_a_message_that_waits_in_line_comes_before_a_later_one_of_another_process(
    section: Section,
) -> None:
    one, two = tracker_store(section), tracker_store(section)
    order: list[str] = []

    async def answer(store: TrackerStore, id: str) -> None:
        async with store.turn("ada", id) as lease:
            order.append(id)
            await store.append(lease, [said(id)], after=lease.sequence, answered=id)

    await one.ping()
    async with one.turn("ada"):
        turns = []
        for number in range(10):
            store, id = (one, two)[number % 2], f"m{number}"
            await store.arrive(message(id=id))
            turns.append(asyncio.ensure_future(answer(store, id)))
        await asyncio.sleep(0.1)
    await asyncio.gather(*turns)
    assert order == [f"m{number}" for number in range(10)]
    await one.close()
    await two.close()


async def test_who_gives_up_in_line_lets_later_ones_pass(section: Section) -> None:
    one, two = tracker_store(section), tracker_store(section)
    async with one.turn("ada"):
        await two.arrive(message(id="first"))
        waiting = asyncio.ensure_future(two.turn("ada", "first").__aenter__())
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.sleep(0.1)
        await one.arrive(message(id="second"))
    async with one.turn("ada", "second") as lease:
        await one.append(lease, [], after=0, answered="second")
    async with asyncio.timeout(5):
        while [each.message_id for each in await one.unfinished()] != ["first"]:
            await asyncio.sleep(0.01)
    await one.close()
    await two.close()


async def test_a_locked_file_is_waited_for_and_named_when_it_stays_locked(
    sqlite_section: Section, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bespeak.stores.sqlite.BUSY_SECONDS", 0.2)
    store = tracker_store(sqlite_section)
    await told(store, said("before"))
    other = sqlite3.connect(sqlite_section["db"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"rasa\.db.*locked"):
        await store.arrive(message())
    assert await store.events("ada") == [said("before")]  # reading goes on
    other.execute("COMMIT")
    other.close()
    assert await store.arrive(message()) is Arrival.NEW
    await store.close()


async def test_the_file_is_whole_after_a_kill(sqlite_section: Section) -> None:
    for _ in range(3):
        with process(sqlite_section, "flood", "ada") as other:
            for _ in range(20):
                line(other)
    with sqlite3.connect(sqlite_section["db"]) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_a_full_disk_is_named_and_costs_nothing_that_was_kept(
    sqlite_section: Section,
) -> None:
    with process(sqlite_section, "fill", "ada") as other:
        kept, error = json.loads(await asyncio.to_thread(line, other))
    assert "rasa.db' cannot be reached" in error
    store = tracker_store(sqlite_section)
    events = await store.events("ada")
    assert len(events) == kept
    assert events[-1] == SlotSet("n", "after")
    await store.close()
    with sqlite3.connect(sqlite_section["db"]) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_a_postgresql_that_was_killed_is_used_again_when_it_is_back() -> None:
    with running_postgres() as server:
        store = tracker_store(
            {"type": "SQL", "dialect": "postgresql", "db": "postgres", **server.section}
        )
        await asyncio.gather(*(told(store, said("x"), to=f"user{n}") for n in range(5)))
        async with store.turn("ada") as lease:
            await store.append(lease, [said("before")], after=0)
            server.kill()
            with pytest.raises(StoreError, match="Does the server run"):
                await store.append(lease, [said("lost")], after=1)
            with pytest.raises(StoreError, match="cannot be used"):
                await store.arrive(message())
            server.start()
            assert await store.arrive(message()) is Arrival.NEW
            await store.append(lease, [said("after")], after=1)
        assert await store.events("ada") == [said("before"), said("after")]
        await store.close()


async def test_a_redis_that_was_killed_is_used_again_when_it_is_back() -> None:
    port = free_port()
    store = tracker_store({"type": "redis", "url": "127.0.0.1", "port": port})
    with running_redis(port):
        await told(store, said("before"))
    with pytest.raises(StoreError, match="Does the server run"):
        await store.arrive(message())
    with running_redis(port):
        assert await store.arrive(message()) is Arrival.NEW
    await store.close()
