"""All the advice that a test of understanding gives, in the order of what it may gain."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from bespeak.evaluation.advice import (
    confusions,
    duplicates,
    entities,
    fallback,
    label_errors,
    values,
    variety,
    wordings,
)
from bespeak.evaluation.advice.finding import Error, Finding, intent_error, ordered
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case

Finder: TypeAlias = Callable[[Ground, Sequence[Case]], Iterator[Finding]]

CAUSES: Final[Sequence[Finder]] = (
    lambda ground, wrong: duplicates.same_words(ground),
    variety.never,
    label_errors.mislabelled,
    duplicates.similar,
    wordings.strange,
    confusions.confused,
)
"""What a message may be misunderstood for, the most certain first."""


def advice(ground: Ground) -> list[Finding]:
    """Return what to do about the examples, the most rewarding first.

    A message that is taken for another intent stands under one cause: the first that explains it.
    """
    wrong = [case for case in ground.cases if not case.guessed_right]
    found: list[Finding] = []
    for find in CAUSES:
        found += find(ground, wrong)
        explained: set[Error] = {error for one in found for error in one.errors}
        wrong = [case for case in wrong if intent_error(case) not in explained]
    found += [
        *fallback.discarded(ground),
        *entities.inconsistent(ground),
        *values.wrong(ground),
        *variety.few(ground),
        *variety.uniform(ground),
    ]
    return ordered(found)
