"""Retries and the circuit breaker, by a clock that is moved by hand."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from actions.services.breaker import FAILURES, PAUSE, CircuitBreaker
from actions.services.errors import NotFound, ServiceUnavailable
from actions.services.retries import ATTEMPTS, Passing, Retries
from tests.assistant.test_order_client import run_together


@dataclass
class Clock:
    """Seconds, at will."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock=clock)


@pytest.fixture
def retries(breaker: CircuitBreaker) -> Retries:
    return Retries("the shop", breaker=breaker, sleep=lambda _: None)


def script(*outcomes: Exception | str) -> Callable[[], str]:
    """Attempts that end so, one after the other."""
    left: Iterator[Exception | str] = iter(outcomes)

    def attempt() -> str:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return attempt


def open_circuit(breaker: CircuitBreaker) -> None:
    """Fail as often as it takes."""
    for _ in range(FAILURES):
        assert breaker.wait() == 0
        breaker.failed()


def test_what_passes_is_tried_again(retries: Retries) -> None:
    attempt = script(Passing("503"), Passing("503"), "done")
    assert retries.call(attempt, effect=False) == "done"


def test_an_answer_is_not_tried_again_and_closes_the_circuit(retries: Retries) -> None:
    for _ in range(FAILURES):
        with pytest.raises(NotFound):
            retries.call(script(Passing("503"), NotFound()), effect=False)
    assert retries.call(script("done"), effect=False) == "done"


@pytest.mark.parametrize(
    ("effect", "reached", "maybe_done"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_only_an_effect_that_reached_the_service_is_in_doubt(
    retries: Retries, effect: bool, reached: bool, maybe_done: bool
) -> None:
    failures = [Passing("x", reached=reached) for _ in range(ATTEMPTS)]
    with pytest.raises(ServiceUnavailable) as caught:
        retries.call(script(*failures), effect=effect)
    assert caught.value.maybe_done is maybe_done


def test_repeated_failures_open_the_circuit_in_the_middle_of_a_call(retries: Retries) -> None:
    tried: list[int] = []

    def attempt() -> str:
        tried.append(1)
        raise Passing("503")

    for _ in range(4):
        with pytest.raises(ServiceUnavailable):
            retries.call(attempt, effect=True)
    assert len(tried) == FAILURES


def test_an_open_circuit_says_for_how_long(
    retries: Retries, breaker: CircuitBreaker, clock: Clock
) -> None:
    open_circuit(breaker)
    clock.now += PAUSE - 7
    with pytest.raises(ServiceUnavailable) as caught:
        retries.call(script("not reached"), effect=True)
    assert (caught.value.retry_after, caught.value.maybe_done) == (7, False)


def test_one_probe_passes_and_closes_the_circuit(breaker: CircuitBreaker, clock: Clock) -> None:
    open_circuit(breaker)
    clock.now += PAUSE
    assert breaker.wait() == 0
    assert breaker.wait() == PAUSE  # the probe is under way
    breaker.succeeded()
    assert [breaker.wait(), breaker.wait()] == [0, 0]


def test_a_failed_probe_opens_the_circuit_again(breaker: CircuitBreaker, clock: Clock) -> None:
    open_circuit(breaker)
    clock.now += PAUSE
    assert breaker.wait() == 0
    breaker.failed()
    assert breaker.wait() == PAUSE
    clock.now += PAUSE
    assert breaker.wait() == 0


def test_a_probe_that_is_never_reported_blocks_nobody_for_ever(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    open_circuit(breaker)
    for _ in range(3):
        clock.now += PAUSE
        assert breaker.wait() == 0


def test_of_many_threads_one_is_the_probe(breaker: CircuitBreaker, clock: Clock) -> None:
    open_circuit(breaker)
    clock.now += PAUSE
    passed: list[float] = []
    gate = threading.Barrier(8)

    def ask() -> None:
        gate.wait()
        passed.append(breaker.wait())

    run_together([ask] * 8)
    assert sorted(passed) == [0] + [PAUSE] * 7
