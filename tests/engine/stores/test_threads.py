"""SQLite beside the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bespeak.errors import StoreError
from bespeak.stores.threads import Readers, Transaction, Writer

pytestmark = pytest.mark.anyio


@pytest.fixture
def connect(tmp_path: Path) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            tmp_path / "x.db", isolation_level=None, check_same_thread=False
        )
        connection.execute("CREATE TABLE IF NOT EXISTS numbers (number INTEGER UNIQUE)")
        return connection

    return connect


def adding(number: int) -> Callable[[Transaction], int]:
    def work(tx: Transaction) -> int:
        tx.execute("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return work


async def test_only_who_is_at_fault_in_a_group_fails(
    connect: Callable[[], sqlite3.Connection],
) -> None:
    def refuse(tx: Transaction) -> None:
        raise StoreError("no")

    writer = Writer(connect, "test")
    done = await asyncio.gather(
        writer.write(adding(1)),
        writer.write(adding(2)),
        writer.write(adding(1)),  # not unique: the group is undone and done again one by one
        writer.write(refuse),
        writer.write(adding(3)),
        return_exceptions=True,
    )
    assert (done[0], done[1]) == (1, 2)
    assert isinstance(done[2], sqlite3.IntegrityError)
    assert isinstance(done[3], StoreError)
    assert done[4] == 3
    readers = Readers(connect, "test")
    query = "SELECT number FROM numbers ORDER BY number"
    found = await readers.read(lambda connection: connection.execute(query).fetchall())
    assert found == [(1,), (2,), (3,)]
    await writer.close()
    await readers.close()


async def test_what_is_queued_is_done_before_the_end(
    connect: Callable[[], sqlite3.Connection],
) -> None:
    writer = Writer(connect, "test")
    writes = [writer.write(adding(number)) for number in range(100)]
    await writer.close()
    assert await asyncio.gather(*writes) == list(range(100))


async def test_who_goes_away_disturbs_nobody(connect: Callable[[], sqlite3.Connection]) -> None:
    writer = Writer(connect, "test")
    gone = writer.write(adding(1))
    gone.cancel()
    assert await writer.write(adding(2)) == 2
    await writer.close()


async def test_a_file_that_cannot_be_opened_is_tried_again(
    connect: Callable[[], sqlite3.Connection],
) -> None:
    tries = 0

    def second_time() -> sqlite3.Connection:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise sqlite3.OperationalError("unable to open database file")
        return connect()

    writer = Writer(second_time, "test")
    with pytest.raises(sqlite3.OperationalError):
        await writer.write(adding(1))
    assert await writer.write(adding(1)) == 1
    await writer.close()
