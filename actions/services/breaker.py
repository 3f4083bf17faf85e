"""A circuit breaker: who keeps failing is left alone for a while, then tried with one call."""

import threading
import time
from collections.abc import Callable

FAILURES = 5
"""Failed attempts in a row that open the circuit: with three attempts a call, the second call."""

PAUSE = 20.0
"""Seconds for which an open circuit lets nobody through."""


class CircuitBreaker:
    """Counts one service's failures. Used from several threads at once.

    Closed: everybody passes. Open, after `failures` in a row: nobody does, for `pause`
    seconds. Then half-open: one attempt passes as a probe, and what becomes of it closes the
    circuit or opens it again. A probe that nobody reports on gives its place away after
    another pause.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until_probe = 0.0

    def wait(self) -> float:
        """0 where an attempt may be made now (it must be reported), else seconds until one may."""
        with self._lock:
            if self._failed < self._most:
                return 0.0
            now = self._clock()
            if now < self._closed_until_probe:
                return self._closed_until_probe - now
            self._closed_until_probe = now + self._pause  # this caller is the probe
            return 0.0

    def succeeded(self) -> None:
        """The service answered, be it with a refusal."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """The service did not answer, or not like itself."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._most:
                self._closed_until_probe = self._clock() + self._pause
