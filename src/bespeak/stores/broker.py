"""Events out to others: into a file, a table, or a queue (`pika.py`, `kafka.py`).

Publishing never holds up a turn, and never ends one: events wait in memory, in order, until they
could be sent, and what fails is tried again. They are in the tracker store in any case, from where
`bespeak export` publishes them once more. Others get each at least once, as Rasa writes it: the
event's JSON with `sender_id` in front. Events of our own stay here, since nobody would know them.
"""

import asyncio
import json
import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bespeak.errors import StoreError
from bespeak.events import Event, is_ours, to_dict
from bespeak.stores.threads import Transaction, Writer

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 5.0
MOST_WAITING: Final = 100_000
"""How many events wait at most for a broker that does not answer; beyond that the oldest go."""

CLOSING_SECONDS: Final = 10.0
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Published:
    """An event on its way out."""

    conversation_id: str
    body: str


def published(conversation_id: str, events: Iterable[Event]) -> list[Published]:
    """Return what others get to see of the events."""
    return [
        Published(
            conversation_id,
            json.dumps({"sender_id": conversation_id, **to_dict(event, ours=False)}, default=str),
        )
        for event in events
        if not is_ours(event)
    ]


class Relay:
    """Sends in the background, in order; what fails is tried again after `retry_seconds`.

    `what` names the broker in the log. Without `keep`, what fails is let go.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Published]], Awaitable[None]],
        what: str,
        *,
        retry_seconds: float = RETRY_SECONDS,
        keep: bool = True,
    ) -> None:
        self._send, self._what = send, what
        self._retry_seconds, self._keep = retry_seconds, keep
        self._waiting: deque[Published] = deque()
        self._lost = 0
        self._task: asyncio.Task[None] | None = None

    def put(self, items: Sequence[Published]) -> None:
        self._waiting.extend(items)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._lost += 1
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Send what waits. Raises `StoreError` if that takes too long, saying how much is left."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=CLOSING_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._waiting or self._lost:
            raise StoreError(
                f"{len(self._waiting) + self._lost} events did not reach {self._what}. They are in "
                "the tracker store: publish them with 'bespeak export' once it works again."
            )

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting[i] for i in range(min(BATCH, len(self._waiting)))]
            try:
                await self._send(batch)
            except (StoreError, OSError) as error:
                if self._keep:
                    log.error("Events wait for %s: %s", self._what, error)
                    await asyncio.sleep(self._retry_seconds)
                    continue
                log.error("%d events are lost to %s: %s", len(batch), self._what, error)
                self._lost += len(batch)
            for item in batch:
                if self._waiting and self._waiting[0] is item:  # else it made room for newer ones
                    self._waiting.popleft()


class FileEventBroker:
    """Write each event as a line of JSON to the end of the file `path`."""

    def __init__(self, path: str = "rasa_event.log") -> None:
        self.path = Path(path)
        self._relay = Relay(self._append, f"the file '{path}'")

    async def publish(self, conversation_id: str, events: Sequence[Event]) -> None:
        self._relay.put(published(conversation_id, events))

    async def close(self) -> None:
        await self._relay.close()

    async def _append(self, batch: Sequence[Published]) -> None:
        await asyncio.to_thread(self._write, "".join(f"{item.body}\n" for item in batch))

    def _write(self, lines: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(lines)


class SQLiteEventBroker:
    """Add each event to the table `events(id, sender_id, data)` of a SQLite file."""

    def __init__(self, path: str = "events.db") -> None:
        self.path = path
        self._writer = Writer(self._connect, "bespeak-broker")
        self._relay = Relay(self._insert, f"the database '{path}'")

    async def publish(self, conversation_id: str, events: Sequence[Event]) -> None:
        self._relay.put(published(conversation_id, events))

    async def close(self) -> None:
        try:
            await self._relay.close()
        finally:
            await self._writer.close()

    async def _insert(self, batch: Sequence[Published]) -> None:
        rows = [(item.conversation_id, item.body) for item in batch]

        def work(tx: Transaction) -> None:
            tx.executemany("INSERT INTO events (sender_id, data) VALUES (?, ?)", rows)

        try:
            await self._writer.write(work)
        except sqlite3.Error as error:
            raise StoreError(f"The database '{self.path}' cannot be written: {error}.") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=10, isolation_level=None, check_same_thread=False
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS events "
            "(id INTEGER NOT NULL, sender_id VARCHAR(255), data TEXT, PRIMARY KEY (id))"
        )
        return connection
