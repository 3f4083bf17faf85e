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

OUTWEIGHS: Final = 2
"""How many times what another threshold mends must outweigh what it spoils."""


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

    def gain(self, now: "Outcome") -> int:
        """Return by how many messages this threshold is better, or how much worse if negative.

        What a lower one mends are messages understood instead of asked again, and what it spoils
        messages misunderstood instead; a higher one mends and spoils the other way round.
        """
        understood = self.understood - now.understood
        misunderstood = self.misunderstood - now.misunderstood
        if self.threshold < now.threshold:
            return understood - OUTWEIGHS * misunderstood
        return OUTWEIGHS * understood - misunderstood


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
