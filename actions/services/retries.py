"""Another attempt where one may help, with growing pauses, behind a circuit breaker.

For our own HTTP (`client`) and around a vendor's client library alike.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from actions.services.breaker import CircuitBreaker
from actions.services.errors import ServiceUnavailable
from actions.services.reads import TURN_READS

ATTEMPTS = 3
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 2.0

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class Passing(Exception):
    """An attempt failed in a way that the next may not: a time-out, a 503, too many requests.

    `cause` goes to the log, so nothing personal is in it. `reached` is false where the
    service surely did nothing (no connection, 429). `retry_after` is in seconds.
    """

    def __init__(
        self, cause: str, *, reached: bool = True, retry_after: float | None = None
    ) -> None:
        super().__init__(cause)
        self.reached = reached
        self.retry_after = retry_after


class Retries:
    """Makes the attempts of one service's calls. One for an adapter; its circuit is the service's.

    What is tried again must be harmless to repeat: a question, or an effect with its key.
    """

    def __init__(
        self,
        service: str,
        *,
        breaker: CircuitBreaker | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._service = service
        self._breaker = breaker or CircuitBreaker()
        self._sleep = sleep

    def call(self, attempt: Callable[[], Result], *, effect: bool) -> Result:
        """What `attempt` returns; it raises `Passing` for what another attempt may mend.

        Any other error of it is an answer. Raises `ServiceUnavailable` after the last
        attempt, and without one while the circuit is open. After an effect, whatever became of
        it, nothing that was read before counts any more.
        """
        try:
            return self._tried(attempt, effect)
        finally:
            if effect:
                TURN_READS.forget()

    def _tried(self, attempt: Callable[[], Result], effect: bool) -> Result:
        maybe_done = False
        cause = "the circuit is open"
        for turn in range(1, ATTEMPTS + 1):
            if wait := self._breaker.wait():
                raise ServiceUnavailable(
                    f"{self._service} is left alone for {wait:.0f} s: {cause}.",
                    maybe_done=maybe_done,
                    retry_after=wait,
                )
            try:
                result = attempt()
            except Passing as failure:
                self._breaker.failed()
                maybe_done = maybe_done or (effect and failure.reached)
                cause, asked_for = str(failure), failure.retry_after
            except Exception:
                self._breaker.succeeded()
                raise
            else:
                self._breaker.succeeded()
                return result
            logger.warning("%s: attempt %d of %d: %s", self._service, turn, ATTEMPTS, cause)
            if turn < ATTEMPTS:
                self._sleep(_pause(turn, asked_for))
        raise ServiceUnavailable(
            f"{self._service} failed {ATTEMPTS} times: {cause}.",
            maybe_done=maybe_done,
            retry_after=asked_for,
        )


def _pause(attempt: int, asked_for: float | None) -> float:
    """Seconds before the next attempt: twice as long each time, spread so that callers part."""
    backoff = FIRST_PAUSE * 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)
    return min(max(backoff, asked_for or 0.0), LONGEST_PAUSE)
