"""What becomes of the messages at other thresholds of FallbackClassifier, by the tested ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bespeak.domain import NLU_FALLBACK
from bespeak.evaluation.case import Case
from bespeak.nlu.component import Component
from bespeak.nlu.fallback import AMBIGUITY, THRESHOLD, FallbackClassifier
from bespeak.nlu.languages import LanguageRouter
from bespeak.nlu.pipeline import Pipeline

STEPS: Final = 20
"""Thresholds that are tried are parts of 1 with this denominator."""

WRONG_COSTS: Final = 2
"""Messages understood that one which is misunderstood outweighs."""


@dataclass(frozen=True)
class Threshold:
    """A threshold that FallbackClassifier goes by, set in config.yml or, with none, its default.

    `ambiguity` is how far the first intent must be ahead of the second.
    """

    value: float
    ambiguity: float = AMBIGUITY


@dataclass(frozen=True)
class Outcome:
    """How many messages are understood at a threshold, misunderstood, and asked again."""

    threshold: float
    understood: int
    misunderstood: int
    asked: int

    @property
    def worth(self) -> int:
        return self.understood - WRONG_COSTS * self.misunderstood


def threshold_of(pipeline: Pipeline, cases: Sequence[Case]) -> Threshold | None:
    """Return the threshold by which the pipeline falls back.

    None where it has no FallbackClassifier, or one that goes by how familiar a message is: none of
    its confidences is a threshold then. None as well where languages have thresholds of their own.
    """
    found = set(_thresholds(pipeline.components))
    if len(found) != 1:
        return None
    [(value, ambiguity)] = found
    gap = AMBIGUITY if ambiguity is None else ambiguity
    if value is not None:
        return Threshold(value, gap)
    fallen = {case.confidence for case in cases if case.fell_back}
    return Threshold(THRESHOLD, gap) if fallen == {THRESHOLD} else None


def _thresholds(components: Iterable[Component]) -> Iterable[tuple[float | None, float | None]]:
    for component in components:
        match component:
            case FallbackClassifier(threshold=value, ambiguity_threshold=ambiguity):
                yield value, ambiguity
            case LanguageRouter(parts=parts):
                yield from _thresholds(parts)
            case _:
                pass


def outcome(cases: Sequence[Case], threshold: float, ambiguity: float) -> Outcome:
    """Return what becomes of the messages at a threshold."""
    sure = [case for case in cases if _is_sure(case, threshold, ambiguity)]
    right = sum(case.guessed_right for case in sure)
    return Outcome(threshold, right, len(sure) - right, len(cases) - len(sure))


def outcomes(cases: Sequence[Case], now: Threshold) -> list[Outcome]:
    """Return what becomes of the messages at every threshold in steps, and at that of now."""
    tried = sorted({step / STEPS for step in range(1, STEPS)} | {now.value})
    return [outcome(cases, value, now.ambiguity) for value in tried]


def _is_sure(case: Case, threshold: float, ambiguity: float) -> bool:
    if case.guess.name is None or case.guess.confidence < threshold:
        return False
    ranked = [one for one in case.said.ranking if one.name != NLU_FALLBACK]
    return len(ranked) < 2 or ranked[0].confidence - ranked[1].confidence >= ambiguity
