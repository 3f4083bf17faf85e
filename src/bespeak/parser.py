"""One thread that understands messages, so that the event loop never waits for arithmetic.

Messages that arrive while it is busy are understood together (micro-batching): a burst costs one
hop to the thread, not one a message.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bespeak.message import UserMessage

Understand: TypeAlias = Callable[[Sequence[UserMessage]], list[dict[str, Any]]]

BATCH = 16


@dataclass(frozen=True, slots=True)
class _Asked:
    message: UserMessage
    understand: Understand
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[dict[str, Any]]"


class Parser:
    """Runs `understand` of whichever assistant a message is for, on a thread of its own."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="bespeak-parser", daemon=True)
        self._thread.start()

    async def parse(self, understand: Understand, message: UserMessage) -> dict[str, Any]:
        """Return the parse data of a message."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._asked.put(_Asked(message, understand, loop, answer))
        return await answer

    def close(self) -> None:
        """Finish what was asked for and end the thread."""
        self._asked.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            batch = [asked]
            while len(batch) < BATCH:
                try:
                    more = self._asked.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._asked.put(None)
                    break
                batch.append(more)
            while batch:
                # A new model may be swapped in between two messages of one batch.
                same = [one for one in batch if one.understand == batch[0].understand]
                batch = [one for one in batch if one.understand != batch[0].understand]
                self._answer(same)

    def _answer(self, batch: Sequence[_Asked]) -> None:
        try:
            understood = batch[0].understand([asked.message for asked in batch])
        except Exception as error:  # the thread must outlive a component's fault
            self._fail(batch, error)
            return
        for asked, parse_data in zip(batch, understood, strict=True):
            asked.loop.call_soon_threadsafe(_settle, asked.answer, parse_data)

    def _fail(self, batch: Sequence[_Asked], error: Exception) -> None:
        if len(batch) > 1:  # one bad message must not take its neighbours down
            for asked in batch:
                self._answer([asked])
            return
        batch[0].loop.call_soon_threadsafe(_settle_error, batch[0].answer, error)


def _settle(answer: "asyncio.Future[dict[str, Any]]", parse_data: dict[str, Any]) -> None:
    if not answer.done():
        answer.set_result(parse_data)


def _settle_error(answer: "asyncio.Future[dict[str, Any]]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
