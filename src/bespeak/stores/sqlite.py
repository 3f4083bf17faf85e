"""Conversations in a SQLite file: the default, and the same file that Rasa would use.

The file is in WAL mode: reading never waits for writing, and what was committed survives the death
of the process. With `synchronous: NORMAL` a power cut may take the last few commits with it (never
the file's integrity); with `FULL` it does not, at the price of a disk flush for every group of
commits.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any, Final, TypeVar

from bespeak.errors import ProjectError, StoreError
from bespeak.events import BotUttered, Event
from bespeak.message import UserMessage
from bespeak.stores import schema, sqlite_rows, wire
from bespeak.stores.sqlite_taking import take
from bespeak.stores.store import (
    ATTEMPTS,
    CLAIM_SECONDS,
    HANDED_OUT,
    KEEP_ANSWERED,
    Arrival,
    Kept,
    Lease,
    Reminder,
    Waiting,
)
from bespeak.stores.threads import Readers, Transaction, Writer
from bespeak.stores.turns import LEASE_SECONDS, Holder, Turns

log = logging.getLogger(__name__)

T = TypeVar("T")

BUSY_SECONDS: Final = 10.0
"""How long a write waits for other processes' writes before it fails."""


class SQLiteTrackerStore:
    """Keep conversations in the file `path`.

    `synchronous` is `NORMAL` or `FULL`. `lease_seconds` is how long a conversation stays with a
    process of another machine that died; those of this machine are seen to be dead.
    """

    def __init__(
        self,
        path: str | Path = "rasa.db",
        *,
        synchronous: str = "NORMAL",
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        if synchronous.upper() not in ("NORMAL", "FULL"):
            raise ProjectError(
                f"tracker_store: synchronous is {synchronous!r}: it can be NORMAL or FULL."
            )
        self.path = Path(path)
        self.synchronous = synchronous.upper()
        self.lease_seconds = lease_seconds
        self._holder = Holder(lease_seconds)
        self._turns = Turns(self, lease_seconds)
        self._writer = Writer(self._connect_to_write, "bespeak-store-writer")
        self._readers = Readers(self._connect, "bespeak-store-reader")
        self._opened = False
        self._next_sweep = 0.0

    # --- turns ---

    def turn(
        self, conversation_id: str, message_id: str = "", *, arriving: UserMessage | None = None
    ) -> AbstractAsyncContextManager[Lease]:
        return self._turns.turn(conversation_id, message_id, arriving=arriving)

    async def take(
        self, conversation_id: str, message_id: str, arriving: UserMessage | None = None
    ) -> Lease | None:
        written = None if arriving is None else _written(arriving)

        def work(tx: Transaction) -> Lease | None:
            if written is not None:
                self._arrive(tx, *written)
            return take(tx, self._holder, self.lease_seconds, conversation_id, message_id)

        return await self._write(work)

    async def renew(self, lease: Lease) -> bool:
        return await self._write(
            lambda tx: (
                tx.execute(
                    "UPDATE bespeak_conversations SET expires = ? "
                    "WHERE conversation_id = ? AND epoch = ?",
                    (time() + self.lease_seconds, lease.conversation_id, lease.epoch),
                ).rowcount
                == 1
            )
        )

    async def release(self, lease: Lease) -> None:
        await self._write(
            lambda tx: tx.execute(
                "UPDATE bespeak_conversations SET expires = 0 "
                "WHERE conversation_id = ? AND epoch = ?",
                (lease.conversation_id, lease.epoch),
            )
        )

    async def give_up(self, conversation_id: str, message_id: str) -> None:
        await self._write(
            lambda tx: tx.execute(
                "UPDATE bespeak_inbox SET place = 0 WHERE conversation_id = ? AND message_id = ?",
                (conversation_id, message_id),
            )
        )

    async def released(self, conversation_id: str, timeout: float) -> None:
        await asyncio.sleep(timeout)

    # --- events ---

    async def load(self, conversation_id: str) -> Kept:
        return await self._read(lambda connection: sqlite_rows.load(connection, conversation_id))

    async def events(self, conversation_id: str, after: int = 0) -> list[Event]:
        def work(connection: sqlite3.Connection) -> list[Event]:
            rows = connection.execute(
                "SELECT data FROM events WHERE sender_id = ? ORDER BY id LIMIT -1 OFFSET ?",
                (conversation_id, after),
            )
            return [wire.event(data, conversation_id) for (data,) in rows]

        return await self._read(work)

    async def append(
        self,
        lease: Lease,
        events: Sequence[Event],
        *,
        after: int,
        answered: str | None = None,
        reminders: Sequence[Reminder] = (),
        cancelled: Sequence[str] = (),
        snapshot: Mapping[str, Any] | None = None,
        outgoing: Sequence[Waiting] = (),
    ) -> list[Waiting]:
        rows = [wire.row(event) for event in events]
        scheduled = [wire.reminder_row(reminder) for reminder in reminders]
        state = None if snapshot is None else wire.dumped(snapshot)
        sent = [wire.waiting_row(waiting) for waiting in outgoing]
        name, sequence = lease.conversation_id, after + len(rows)

        def work(tx: Transaction) -> list[Waiting]:
            last_id = sqlite_rows.extend(tx, lease, rows, after)
            if answered is not None:
                tx.execute(
                    "UPDATE bespeak_inbox SET answered = ?, payload = NULL, place = 0 "
                    "WHERE conversation_id = ? AND message_id = ?",
                    (last_id, name, answered),
                )
            if cancelled:
                tx.executemany(
                    "DELETE FROM bespeak_reminders WHERE conversation_id = ? AND name = ?",
                    [(name, reminder) for reminder in cancelled],
                )
            if scheduled:
                tx.executemany(
                    "INSERT OR REPLACE INTO bespeak_reminders VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                    scheduled,
                )
            if state is not None:
                tx.execute(
                    "INSERT OR REPLACE INTO bespeak_snapshots VALUES (?, ?, ?, ?)",
                    (name, sequence, last_id, state),
                )
            ids = [sqlite_rows.put(tx, row) for row in sent]
            return [replace(waiting, id=id) for waiting, id in zip(outgoing, ids, strict=True)]

        return await self._write(work)

    async def replace(self, lease: Lease, events: Sequence[Event]) -> None:
        rows, name = [wire.row(event) for event in events], lease.conversation_id

        def work(tx: Transaction) -> None:
            forgotten = tx.execute(
                "UPDATE bespeak_conversations SET sequence = 0, last_id = 0 "
                "WHERE conversation_id = ? AND epoch = ?",
                (name, lease.epoch),
            )
            if not forgotten.rowcount:
                raise sqlite_rows.lost(lease)
            tx.execute("DELETE FROM events WHERE sender_id = ?", (name,))
            tx.execute("DELETE FROM bespeak_snapshots WHERE conversation_id = ?", (name,))
            tx.execute(
                "UPDATE bespeak_inbox SET begun = begun * 0, answered = answered * 0 "
                "WHERE conversation_id = ?",
                (name,),
            )
            sqlite_rows.extend(tx, lease, rows, 0)

        await self._write(work)

    # --- messages ---

    async def arrive(self, message: UserMessage) -> Arrival:
        written = _written(message)
        return await self._write(lambda tx: self._arrive(tx, *written))

    def _arrive(self, tx: Transaction, key: tuple[str, str], payload: str) -> Arrival:
        now = time()
        place = now + self.lease_seconds
        added = tx.execute(
            "INSERT INTO bespeak_inbox "
            "(conversation_id, message_id, payload, arrived, holder, place) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*key, payload, now, self._holder.name, place),
        )
        if now > self._next_sweep:
            self._next_sweep = now + 3600.0
            sqlite_rows.forget_answered(tx, now - KEEP_ANSWERED)
        if added.rowcount:
            return Arrival.NEW
        waits = tx.execute(
            "UPDATE bespeak_inbox SET holder = ?, place = ? "
            "WHERE conversation_id = ? AND message_id = ? AND answered IS NULL",
            (self._holder.name, place, *key),
        )
        return Arrival.UNFINISHED if waits.rowcount else Arrival.ANSWERED

    async def replies(self, conversation_id: str, message_id: str) -> list[BotUttered]:
        def work(connection: sqlite3.Connection) -> list[BotUttered]:
            rows = connection.execute(
                "SELECT data FROM bespeak_inbox JOIN events ON sender_id = conversation_id "
                "AND id > begun AND (answered IS NULL OR id <= answered) "
                "WHERE conversation_id = ? AND message_id = ? "
                "AND (attempts > 0 OR answered IS NOT NULL) "
                "AND type_name IN ('bot', 'user') ORDER BY id",
                (conversation_id, message_id),
            )
            events = [wire.event(data, conversation_id) for (data,) in rows]
            return wire.replies(events, message_id)

        return await self._read(work)

    async def unfinished(self) -> list[UserMessage]:
        def work(connection: sqlite3.Connection) -> list[UserMessage]:
            now = time()
            rows = connection.execute(
                "SELECT i.conversation_id, i.message_id, i.payload, i.holder, i.place, c.holder, "
                "c.expires FROM bespeak_inbox i "
                "LEFT JOIN bespeak_conversations c ON c.conversation_id = i.conversation_id "
                "WHERE i.answered IS NULL AND i.attempts < ? ORDER BY i.number",
                (ATTEMPTS,),
            )
            return [
                wire.message(name, message_id, payload)
                for name, message_id, payload, waiter, place, holder, expires in rows.fetchall()
                if not self._holder.is_alive(waiter, place, now)
                and not (holder and self._holder.is_alive(holder, expires, now))
            ]

        return await self._read(work)

    # --- outbox and reminders ---

    async def put_aside(self, waiting: Waiting) -> None:
        row = wire.waiting_row(waiting)
        await self._write(lambda tx: sqlite_rows.put(tx, row))

    async def waiting(self, now: float) -> list[Waiting]:
        def work(tx: Transaction) -> list[Waiting]:
            rows = tx.execute(
                f"SELECT {wire.WAITING} FROM bespeak_outbox "
                "WHERE due <= ? AND claimed <= ? ORDER BY due, id LIMIT ?",
                (now, now, HANDED_OUT),
            ).fetchall()
            tx.executemany(
                "UPDATE bespeak_outbox SET claimed = ? WHERE id = ?",
                [(now + CLAIM_SECONDS, row[0]) for row in rows],
            )
            return [wire.waiting(row) for row in rows]

        return await self._write(work)

    async def delivered(self, waiting: Waiting) -> None:
        await self._write(
            lambda tx: tx.execute("DELETE FROM bespeak_outbox WHERE id = ?", (waiting.id,))
        )

    async def due(self, now: float) -> list[Reminder]:
        def work(tx: Transaction) -> list[Reminder]:
            rows = tx.execute(
                f"SELECT {wire.REMINDER} FROM bespeak_reminders "
                "WHERE due <= ? AND claimed <= ? ORDER BY due, name LIMIT ?",
                (now, now, HANDED_OUT),
            ).fetchall()
            tx.executemany(
                "UPDATE bespeak_reminders SET claimed = ? WHERE conversation_id = ? AND name = ?",
                [(now + CLAIM_SECONDS, row[0], row[1]) for row in rows],
            )
            return [wire.reminder(row) for row in rows]

        return await self._write(work)

    async def reminded(self, reminder: Reminder) -> None:
        await self._write(
            lambda tx: tx.execute(
                "DELETE FROM bespeak_reminders WHERE conversation_id = ? AND name = ? AND due = ?",
                (reminder.conversation_id, reminder.name, reminder.due),
            )
        )

    async def reminders(self, conversation_id: str) -> list[Reminder]:
        def work(connection: sqlite3.Connection) -> list[Reminder]:
            rows = connection.execute(
                f"SELECT {wire.REMINDER} FROM bespeak_reminders "
                "WHERE conversation_id = ? ORDER BY due, name",
                (conversation_id,),
            )
            return [wire.reminder(row) for row in rows]

        return await self._read(work)

    # --- all of them ---

    async def conversation_ids(self) -> list[str]:
        return await self._read(
            lambda connection: [
                name
                for (name,) in connection.execute(
                    "SELECT sender_id FROM events GROUP BY sender_id ORDER BY max(id) DESC"
                )
            ]
        )

    async def delete(self, conversation_id: str) -> None:
        def work(tx: Transaction) -> None:
            for table, column in schema.OF_A_CONVERSATION.items():
                tx.execute(f"DELETE FROM {table} WHERE {column} = ?", (conversation_id,))

        await self._write(work)

    async def ping(self) -> None:
        def work(tx: Transaction) -> None:
            (version,) = tx.execute("PRAGMA user_version").fetchone()
            tx.execute(f"PRAGMA user_version = {version}")  # a page to write: is the disk full?

        await self._write(work)
        await self._read(lambda connection: connection.execute("SELECT 1 FROM events LIMIT 1"))

    async def close(self) -> None:
        await self._turns.settled()
        await self._writer.close()
        await self._readers.close()

    # --- the file ---

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _connect_to_write(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode != "wal":
                log.warning("'%s' cannot have a WAL here: writing will hold up reading.", self.path)
            connection.execute(f"PRAGMA synchronous = {self.synchronous}")
            sqlite_rows.create(connection, self.path)
        except Exception:
            connection.close()
            raise
        return connection

    async def _write(self, work: Callable[[Transaction], T]) -> T:
        return await self._said(self._writer.write(work))

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if not self._opened:
            await self._write(lambda tx: None)  # the tables must be there
            self._opened = True
        return await self._said(self._readers.read(work))

    async def _said(self, done: Awaitable[T]) -> T:
        try:
            return await done
        except sqlite3.Error as error:
            raise StoreError(sqlite_rows.explained(self.path, error)) from error


def _written(message: UserMessage) -> tuple[tuple[str, str], str]:
    """Return a message's key and payload. Raises `StoreError` where it has no id."""
    key = (message.conversation_id, wire.checked(message).message_id)
    return key, wire.message_text(message)
