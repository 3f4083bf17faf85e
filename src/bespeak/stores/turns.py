"""One turn at a time: in this process by a queue, among processes by a lease that is renewed.

A lease is a row that says who holds a conversation, until when, and under which epoch. This module
keeps the queue and the clock; how a lease is taken, renewed and released is the store's to say.
"""

import asyncio
import logging
import os
import random
import socket
import sys
import uuid
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from bespeak.errors import StoreError
from bespeak.message import UserMessage
from bespeak.stores.store import Lease

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 10.0
"""How long a lease outlives the process that held it, if nobody can see that it died."""

_FIRST_LOOK, _LAST_LOOK = 0.005, 0.05


class Leases(Protocol):
    """How a store keeps leases."""

    async def arrive(self, message: UserMessage) -> object:
        """Write a message down before any work on it."""
        ...

    async def take(
        self, conversation_id: str, message_id: str, arriving: UserMessage | None = None
    ) -> Lease | None:
        """Take the lease if it is free, ran out, or is this store's own; None if it is held.

        A message that is `arriving` is written down first, whatever comes of the lease.
        """
        ...

    async def renew(self, lease: Lease) -> bool:
        """Hold the lease for longer; False if somebody else has it now."""
        ...

    async def release(self, lease: Lease) -> None:
        """Let others have it at once."""
        ...

    async def give_up(self, conversation_id: str, message_id: str) -> None:
        """Leave a message, whose turn never came, to whoever looks for unfinished ones."""
        ...

    async def released(self, conversation_id: str, timeout: float) -> None:
        """Wait until somebody released the conversation, or for `timeout` seconds."""
        ...


class Line:
    """Who waits for what, first come, first served; the front of each line is being served."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._waiting

    async def enter(self, name: str) -> None:
        """Return when it is our turn."""
        if name not in self._waiting:
            self._waiting[name] = deque()
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[name].append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave(name)  # our turn came in the same moment as the end
            raise

    def leave(self, name: str) -> None:
        """Let the next one come."""
        waiting = self._waiting[name]
        while waiting:
            place = waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        del self._waiting[name]


class Turns:
    """The turns of one store in one process. `seconds` is how long a lease lasts unrenewed."""

    def __init__(self, leases: Leases, seconds: float) -> None:
        self._leases = leases
        self._seconds = seconds
        self._line = Line()
        self._errands: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def turn(
        self, conversation_id: str, message_id: str = "", *, arriving: UserMessage | None = None
    ) -> AsyncIterator[Lease]:
        if arriving is not None and conversation_id in self._line:
            await self._leases.arrive(arriving)  # it has to wait, and must not be lost meanwhile
            arriving = None
        try:
            await self._line.enter(conversation_id)
        except asyncio.CancelledError:
            self._give_up(conversation_id, message_id)
            raise
        try:
            lease = await self._taken(conversation_id, message_id, arriving)
            renewal = _Renewal(self, lease)
            try:
                yield lease
            finally:
                renewal.stop()
                self.errand(self._leases.release(lease))
        finally:
            self._line.leave(conversation_id)

    async def settled(self) -> None:
        """Wait for what is still to be written after turns that ended."""
        while self._errands:
            await asyncio.wait(self._errands)

    def errand(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something that nobody waits for; if it fails, the lease runs out by itself."""
        task = asyncio.ensure_future(work)
        self._errands.add(task)
        task.add_done_callback(self._done)

    async def _taken(
        self, conversation_id: str, message_id: str, arriving: UserMessage | None
    ) -> Lease:
        pause = _FIRST_LOOK
        while True:
            taking = asyncio.ensure_future(self._leases.take(conversation_id, message_id, arriving))
            arriving = None
            try:
                lease = await asyncio.shield(taking)
            except asyncio.CancelledError:
                self.errand(self._undone(taking, conversation_id, message_id))
                raise
            if lease is not None:
                return lease
            try:
                await self._leases.released(conversation_id, pause * random.uniform(0.5, 1.0))
            except asyncio.CancelledError:
                self._give_up(conversation_id, message_id)
                raise
            pause = min(2 * pause, _LAST_LOOK)

    async def _undone(
        self, taking: "asyncio.Future[Lease | None]", conversation_id: str, message_id: str
    ) -> None:
        lease = await taking
        if lease is not None:
            await self._leases.release(lease)
        elif message_id:
            await self._leases.give_up(conversation_id, message_id)

    def _give_up(self, conversation_id: str, message_id: str) -> None:
        if message_id:
            self.errand(self._leases.give_up(conversation_id, message_id))

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("A lease was left to run out: %s", error)

    async def renew(self, lease: Lease) -> bool:
        """Renew the lease; True if it should be renewed again later."""
        try:
            return await self._leases.renew(lease)
        except StoreError as error:
            log.warning("The lease of a conversation could not be renewed: %s", error)
            return True

    @property
    def interval(self) -> float:
        return self._seconds / 3


class _Renewal:
    """Renews a lease from time to time until it is stopped; a short turn costs it one timer."""

    def __init__(self, turns: Turns, lease: Lease) -> None:
        self._turns, self._lease, self._stopped = turns, lease, False
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(turns.interval, self._start)

    def stop(self) -> None:
        self._stopped = True
        self._timer.cancel()

    def _start(self) -> None:
        self._turns.errand(self._renew())

    async def _renew(self) -> None:
        if await self._turns.renew(self._lease) and not self._stopped:
            self._timer = self._loop.call_later(self._turns.interval, self._start)


class Holder:
    """Who holds a lease: one store of one process, and whether that process still lives.

    Its text is `host/process namespace/process id/process mark/store mark`. Only a process of the
    same host and namespace can be seen to be dead; of others their leases must run out. `seconds`
    is how long a lease lasts.
    """

    def __init__(self, seconds: float) -> None:
        self.name = "/".join((_HOST, _NAMESPACE, str(os.getpid()), _MARK, uuid.uuid4().hex[:8]))
        self._seconds = seconds

    def is_other(self, name: str, until: float, now: float) -> bool:
        """Say whether somebody else has it (a lease, a place in line) until then, and lives."""
        return name != self.name and self.is_alive(name, until, now)

    def is_alive(self, name: str, until: float, now: float) -> bool:
        """Say whether what `name` has until then still counts.

        What ends much later than any lease was given before the clock was set back.
        """
        return now < until < now + 10 * self._seconds and not self.is_gone(name)

    def is_gone(self, name: str) -> bool:
        """Say whether the process behind a holder's name is known to have ended."""
        host, namespace, process, mark, *_ = (name + "////").split("/")
        if (host, namespace) != (_HOST, _NAMESPACE) or not process.isdecimal():
            return False
        if int(process) == os.getpid():
            return mark != _MARK  # it had our number before us
        return not _runs(int(process))


def _runs(process: int) -> bool:
    if sys.platform == "linux":
        try:
            status = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            return False
        return status.rpartition(")")[2].split()[0] not in "ZX"  # killed, but not yet buried
    if os.name != "posix":
        return True  # there, looking would mean killing
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


_HOST: Final = socket.gethostname().replace("/", "-")
_NAMESPACE: Final = _namespace().replace("/", "-")
_MARK: Final = uuid.uuid4().hex[:8]
