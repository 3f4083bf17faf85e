"""What was read in a turn, for the actions that come next in it: the same question, one call."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

READ_FOR = 5.0
"""Seconds after which a turn reads anew: it waited for something, or was cut short meanwhile."""

MOST_READS = 200
"""How many answers are kept; a turn needs one or two."""

Fact = TypeVar("Fact")

Key = tuple[str, ...]


class TurnReads:
    """Answers of the turns under way. Used from several threads at once.

    Nothing outlives an effect: after one, whatever it was about, everything is read anew. An
    effect checks at the service itself what it rests on, so it never rests on what is kept here.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._effects = 0
        self._kept: OrderedDict[Key, tuple[float, object, Any]] = OrderedDict()

    def once(self, turn: str, service: object, question: Key, ask: Callable[[], Fact]) -> Fact:
        """What `ask` says, or said when this service was asked the question in this turn.

        An empty `turn` is none: it asks each time. What `ask` raises is not kept.
        """
        key = (turn, *question)
        with self._lock:
            effects, now = self._effects, self._clock()
            at, asked, known = self._kept.get(key, (now, None, None))
        if turn and asked is service and now - at < READ_FOR:
            kept: Fact = known
            return kept
        fact = ask()
        with self._lock:
            if turn and effects == self._effects:
                self._kept[key] = (now, service, fact)
                if len(self._kept) > MOST_READS:
                    self._kept.popitem(last=False)
        return fact

    def forget(self) -> None:
        """Have everything read anew, also by who is reading now."""
        with self._lock:
            self._effects += 1
            self._kept.clear()


TURN_READS = TurnReads()
"""Of this process: all effects of its services are told to it."""
