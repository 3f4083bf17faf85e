"""Counts and times, told in the text format that Prometheus reads.

Written out here since it is so little: the client library takes longer to import than the model
to load. No label ever holds what a user said or is called. With several workers each counts its
own turns.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from bespeak.channels.channel import Deliver, Receive
from bespeak.engine.turn import Turn
from bespeak.errors import StoreError
from bespeak.events import ActionFailed, TurnStopped
from bespeak.message import UserMessage

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""Upper bounds, in seconds."""

OTHER: Final = "other"
"""Stands for channel names that are not ours: any request may claim one."""


class Histogram:
    """How many observations fell below each bound, and their sum."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds


class Metrics:
    """What has happened since the process began."""

    def __init__(self, channels: Iterable[str] = ()) -> None:
        self.channels = frozenset(channels)
        self.turns: dict[str, int] = defaultdict(int)
        self.failures: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, Histogram] = defaultdict(Histogram)
        self.stopped = 0
        self.unstored: dict[str, int] = defaultdict(int)

    def counting(self, receive: Receive) -> Receive:
        """Return the way to the engine, with messages counted that could not be stored."""

        async def counted(message: UserMessage, deliver: Deliver) -> None:
            try:
                await receive(message, deliver)
            except StoreError:
                self.unstored[self._label(message.channel)] += 1
                raise

        return counted

    def saw(self, channel: str, turn: Turn) -> None:
        """Count one turn; what it added tells what went wrong."""
        self.turns[self._label(channel)] += 1
        for part, milliseconds in turn.timings.as_dict().items():
            self.seconds[part.removesuffix("_ms")].observe(milliseconds / 1000)
        for event in turn.came:
            if isinstance(event, ActionFailed):
                self.failures[event.name] += 1
            elif isinstance(event, TurnStopped):
                self.stopped += 1

    def text(self, *, model_loaded: bool) -> str:
        """Return everything in Prometheus's text format."""
        return "\n".join(self._lines(model_loaded)) + "\n"

    def _label(self, channel: str) -> str:
        return channel if channel in self.channels else OTHER

    def _lines(self, model_loaded: bool) -> Iterator[str]:
        yield from _head("bespeak_turns_total", "counter", "Turns answered.")
        for channel, count in self.turns.items():
            yield f'bespeak_turns_total{{channel="{_escaped(channel)}"}} {count}'
        told = "Messages that could not be stored, and were not answered."
        yield from _head("bespeak_messages_unstored_total", "counter", told)
        for channel, count in self.unstored.items():
            yield f'bespeak_messages_unstored_total{{channel="{_escaped(channel)}"}} {count}'
        yield from _head("bespeak_action_failures_total", "counter", "Actions that failed.")
        for action, count in self.failures.items():
            yield f'bespeak_action_failures_total{{action="{_escaped(action)}"}} {count}'
        told = "Turns ended by the circuit breaker."
        yield from _head("bespeak_turns_stopped_total", "counter", told)
        yield f"bespeak_turns_stopped_total {self.stopped}"
        yield from _head("bespeak_model_loaded", "gauge", "1 while a model is loaded.")
        yield f"bespeak_model_loaded {int(model_loaded)}"
        yield from _head("bespeak_turn_seconds", "histogram", "Where the time of turns went.")
        for part, histogram in self.seconds.items():
            bounds = [*map(repr, BUCKETS), "+Inf"]
            below = accumulate(histogram.counts)
            for bound, count in zip(bounds, below, strict=True):
                yield f'bespeak_turn_seconds_bucket{{part="{part}",le="{bound}"}} {count}'
            yield f'bespeak_turn_seconds_sum{{part="{part}"}} {histogram.sum!r}'
            yield f'bespeak_turn_seconds_count{{part="{part}"}} {sum(histogram.counts)}'


def _head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
