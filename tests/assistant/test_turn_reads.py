"""What a turn has read counts for that turn alone, and until anything is changed."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from actions.services.errors import ServiceUnavailable
from actions.services.reads import MOST_READS, READ_FOR, TURN_READS, TurnReads
from actions.services.retries import Passing, Retries

QUESTION = ("CM-1", "ana@example.com")


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def answers() -> Callable[[], int]:
    """Asked for the first time, 1; then 2."""
    return itertools.count(1).__next__


@pytest.fixture
def forgetting() -> Iterator[None]:
    """The reads that all services share, empty before and after."""
    TURN_READS.forget()
    yield
    TURN_READS.forget()


def test_the_same_question_in_a_turn_is_asked_once(answers: Callable[[], int]) -> None:
    reads, shop = TurnReads(), object()
    assert [reads.once("ana 1", shop, QUESTION, answers) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("turn", "question"),
    [("ana 2", QUESTION), ("ben 1", QUESTION), ("ana 1", ("CM-1", "ben@example.com"))],
)
def test_another_turn_or_question_is_asked(
    answers: Callable[[], int], turn: str, question: tuple[str, ...]
) -> None:
    reads, shop = TurnReads(), object()
    reads.once("ana 1", shop, QUESTION, answers)
    assert reads.once(turn, shop, question, answers) == 2


def test_another_service_is_asked(answers: Callable[[], int]) -> None:
    reads = TurnReads()
    assert [reads.once("ana 1", object(), QUESTION, answers) for _ in range(2)] == [1, 2]


def test_a_message_that_nothing_tells_from_others_asks_each_time(
    answers: Callable[[], int],
) -> None:
    reads, shop = TurnReads(), object()
    assert [reads.once("", shop, QUESTION, answers) for _ in range(2)] == [1, 2]


def test_a_turn_that_took_long_reads_anew(answers: Callable[[], int]) -> None:
    clock, shop = Clock(), object()
    reads = TurnReads(clock)
    reads.once("ana 1", shop, QUESTION, answers)
    clock.now = READ_FOR
    assert reads.once("ana 1", shop, QUESTION, answers) == 2


def test_what_failed_is_asked_again(answers: Callable[[], int]) -> None:
    reads, shop = TurnReads(), object()

    def failing() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        reads.once("ana 1", shop, QUESTION, failing)
    assert reads.once("ana 1", shop, QUESTION, answers) == 1


def test_what_was_read_while_something_changed_is_not_kept(answers: Callable[[], int]) -> None:
    reads, shop = TurnReads(), object()

    def overtaken() -> int:
        said = answers()
        reads.forget()
        return said

    assert reads.once("ana 1", shop, QUESTION, overtaken) == 1
    assert reads.once("ana 1", shop, QUESTION, answers) == 2


def test_no_more_is_kept_than_turns_under_way_need(answers: Callable[[], int]) -> None:
    reads, shop = TurnReads(), object()
    for i in range(MOST_READS + 1):
        reads.once(f"ana {i}", shop, QUESTION, answers)
    assert reads.once("ana 1", shop, QUESTION, answers) == 2
    assert reads.once("ana 0", shop, QUESTION, answers) == MOST_READS + 2


@pytest.mark.usefixtures("forgetting")
@pytest.mark.parametrize("lost", [False, True])
def test_after_an_effect_everything_is_read_anew(answers: Callable[[], int], lost: bool) -> None:
    shop = object()

    def change() -> str:
        if lost:
            raise Passing("a time-out")
        return "done"

    TURN_READS.once("ana 1", shop, QUESTION, answers)
    Retries("the shop").call(lambda: "looked", effect=False)
    assert TURN_READS.once("ana 1", shop, QUESTION, answers) == 1
    with suppress(ServiceUnavailable):
        Retries("the shop", sleep=lambda _: None).call(change, effect=True)
    assert TURN_READS.once("ana 1", shop, QUESTION, answers) == 2
