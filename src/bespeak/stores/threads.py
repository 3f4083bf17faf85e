"""SQLite beside the event loop: one thread that writes, a few that read.

All writes of the process go through one connection, in one thread. While it commits, others
queue up; it takes them all into its next transaction (group commit), so that under load a hundred
small steps cost one commit, and each caller hears of its step only once that is on disk.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from bespeak.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")
Connect = Callable[[], sqlite3.Connection]

LARGEST_GROUP: Final = 256
READERS: Final = 2


class Transaction:
    """What a piece of work may do while it has the database to itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self.executemany = connection.executemany
        self._newest: int | None = None

    def ids(self, count: int) -> range:
        """Return the next ids for rows of `events`: nobody else adds any meanwhile."""
        if self._newest is None:
            self._newest = self.execute("SELECT max(id) FROM events").fetchone()[0] or 0
        first, self._newest = self._newest + 1, self._newest + count
        return range(first, first + count)


@dataclass(slots=True)
class _Job:
    work: Callable[[Transaction], Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: Exception | None = None


class Writer:
    """The one thread that writes.

    A piece of work that means to fail (`StoreError`) must do so before its first write: it shares
    its transaction with others. After any other error the group is undone, and each piece of work
    is done again by itself, so that only the one at fault fails.
    """

    def __init__(self, connect: Connect, name: str) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._name = name

    def write(self, work: Callable[[Transaction], T]) -> "asyncio.Future[T]":
        """Have the work done and committed; the future has its result, or a `StoreError`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, future, loop))
        return future

    async def close(self) -> None:
        """Do what is queued, then end."""
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            group, last = self._group(job)
            self._do(group)
            _tell(group)
            if last:
                break
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _group(self, job: _Job) -> tuple[list[_Job], bool]:
        """Return the job and those that queued up behind it, and whether the end came after."""
        group = [job]
        while len(group) < LARGEST_GROUP:
            try:
                after = self._jobs.get_nowait()
            except queue.Empty:
                break
            if after is None:
                return group, True
            group.append(after)
        return group, False

    def _do(self, group: list[_Job]) -> None:
        try:
            self._commit(group)
        except Exception as error:  # whatever it was, those who wait must hear of it
            self._roll_back()
            if len(group) == 1:
                group[0].error = error
                return
            log.debug("A group of %d writes is done one by one: %s", len(group), error)
            for job in group:
                job.result = job.error = None
                self._do([job])

    def _commit(self, group: list[_Job]) -> None:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.execute("BEGIN IMMEDIATE")
        transaction = Transaction(self._connection)
        for job in group:
            try:
                job.result = job.work(transaction)
            except StoreError as refused:
                job.error = refused
        self._connection.execute("COMMIT")

    def _roll_back(self) -> None:
        if self._connection is None or not self._connection.in_transaction:
            return
        try:
            self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection.close()  # the next group opens it anew
            self._connection = None


def _tell(group: list[_Job]) -> None:
    """Wake those who wait, each loop once."""
    for loop in {job.loop for job in group}:
        jobs = [job for job in group if job.loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, jobs)
        except RuntimeError:
            log.debug("%d writes were done after their event loop had ended.", len(jobs))


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue  # whoever waited has gone away
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


class Readers:
    """The threads that read, each on its own connection; they never wait for the writer."""

    def __init__(self, connect: Connect, name: str) -> None:
        self._connect = connect
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix=name)
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []

    def read(self, work: Callable[[sqlite3.Connection], T]) -> "asyncio.Future[T]":
        return asyncio.get_running_loop().run_in_executor(self._pool, self._read, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._all:
            connection.close()
        self._all.clear()

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._connect()
            self._all.append(connection)
        connection.execute("BEGIN")  # all that the work reads is of one moment
        try:
            return work(connection)
        finally:
            connection.execute("COMMIT")
