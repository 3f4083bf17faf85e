"""An append-only sequence of events that shares its memory with what it grows into."""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from bespeak.events import Event


class Log(Sequence[Event]):
    """An append-only sequence: `extended` shares the memory of what it extends.

    Appending to the longest log of a family is O(1) for each event; appending to a shorter one
    copies it first, so no log ever changes.
    """

    __slots__ = ("_items", "_length")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._items = list(events)
        self._length = len(self._items)

    def extended(self, event: Event) -> "Log":
        longer = Log.__new__(Log)
        longer._items = (
            self._items if len(self._items) == self._length else self._items[: self._length]
        )
        longer._items.append(event)
        longer._length = self._length + 1
        return longer

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        if isinstance(index, slice):
            return [self._items[i] for i in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._items[index if index >= 0 else self._length + index]

    def __iter__(self) -> Iterator[Event]:
        for i in range(self._length):
            yield self._items[i]

    def __reversed__(self) -> Iterator[Event]:
        for i in range(self._length - 1, -1, -1):
            yield self._items[i]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __repr__(self) -> str:
        return f"Log({list(self)!r})"
