"""Conversations in a SQLite file."""

import sqlite3
from pathlib import Path

import pytest

from bespeak.errors import StoreError
from bespeak.stores.sqlite import SQLiteTrackerStore
from bespeak.stores.store import KEEP_ANSWERED, Arrival
from bespeak.testing.stores import Opened, TrackerStoreContract, message, said


class TestSQLiteTrackerStore(TrackerStoreContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        return lambda: SQLiteTrackerStore(tmp_path / "rasa.db")


def changed(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


@pytest.mark.anyio
async def test_a_file_of_a_newer_bespeak_is_left_alone(tmp_path: Path) -> None:
    store = SQLiteTrackerStore(tmp_path / "rasa.db")
    await store.ping()
    await store.close()
    changed(tmp_path / "rasa.db", "UPDATE bespeak_schema SET version = 99")
    store = SQLiteTrackerStore(tmp_path / "rasa.db")
    with pytest.raises(StoreError, match=r"newer Bespeak \(tables of version 99"):
        await store.ping()
    await store.close()


@pytest.mark.anyio
async def test_answered_messages_are_known_for_a_week_and_unanswered_ones_for_ever(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rasa.db"
    store = SQLiteTrackerStore(path)
    for id in ("answered", "cut", "young"):
        await store.arrive(message(id=id))
        async with store.turn("ada", id) as lease:
            done = None if id == "cut" else id
            await store.append(lease, [said(id)], after=lease.sequence, answered=done)
    await store.close()
    changed(
        path,
        "UPDATE bespeak_inbox SET arrived = arrived - ? WHERE message_id <> 'young'",
        KEEP_ANSWERED + 60,
    )
    store = SQLiteTrackerStore(path)
    await store.arrive(message(id="another"))
    assert await store.arrive(message(id="young")) is Arrival.ANSWERED
    assert await store.arrive(message(id="cut")) is Arrival.UNFINISHED
    assert await store.arrive(message(id="answered")) is Arrival.NEW
    await store.close()


@pytest.mark.anyio
async def test_an_answered_message_is_kept_without_what_it_said(tmp_path: Path) -> None:
    store = SQLiteTrackerStore(tmp_path / "rasa.db")
    await store.arrive(message("my card is 4111"))
    async with store.turn("ada", "m1") as lease:
        await store.append(lease, [], after=0, answered="m1")
    await store.close()
    with sqlite3.connect(tmp_path / "rasa.db") as connection:
        assert connection.execute("SELECT payload FROM bespeak_inbox").fetchall() == [(None,)]
    connection.close()


@pytest.mark.anyio
@pytest.mark.parametrize("synchronous", ["normal", "FULL"])
async def test_the_file_is_flushed_as_told(tmp_path: Path, synchronous: str) -> None:
    store = SQLiteTrackerStore(tmp_path / "rasa.db", synchronous=synchronous)
    level = await store._write(lambda tx: tx.execute("PRAGMA synchronous").fetchone()[0])
    assert level == {"normal": 1, "FULL": 2}[synchronous]
    await store.close()
