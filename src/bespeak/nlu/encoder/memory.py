"""What encoders read, kept in mind while one command has them read the same texts again and again.

Nothing is kept unless `remembering` says so: a server seldom reads a text twice, and one training
reads each once. What is kept is what the frozen layers make of word pieces, which nothing that is
learned can change; so with it and without it, a text's vectors are the same.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeAlias

from bespeak.message import Array

MOST: Final = 512 * 2**20
"""Bytes that are kept at most: for MiniLM, of some 14,000 messages of twelve word pieces."""

Key: TypeAlias = tuple[str, str, bytes]
"""An encoder's identity, the graph that read, and the word pieces that it read."""


class Memory:
    """States by what they were computed from: `most` bytes of them.

    When it is full, what is in it stays and nothing more goes in: where the same texts come round
    again, as in folds, forgetting the oldest would forget each just before it comes.
    """

    def __init__(self, most: int = MOST) -> None:
        self.room = most
        self._states: dict[Key, Array] = {}

    def recall(self, key: Key, read: Callable[[], Array]) -> Array:
        """Return what was kept under the key, or what `read` returns: not to be written to."""
        known = self._states.get(key)
        if known is not None:
            return known
        states = read()
        if states.nbytes <= self.room:
            states.setflags(write=False)
            self._states[key] = states
            self.room -= states.nbytes
        return states


_current: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering(most: int = MOST) -> Iterator[None]:
    """Within the block, encoders that read the same word pieces again recall what they made of
    them; within such a block already, that one's memory goes on."""
    if _current.get() is not None:
        yield
        return
    token = _current.set(Memory(most))
    try:
        yield
    finally:
        _current.reset(token)


def recalled(key: Key, read: Callable[[], Array]) -> Array:
    """Return what the current memory has under the key; without one, what `read` returns."""
    memory = _current.get()
    return read() if memory is None else memory.recall(key, read)
