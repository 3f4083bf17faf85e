"""Whether confidences mean what they say: of messages at 0.8, eight in ten should be right."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from bespeak.evaluation.case import Case

BINS: Final = 10


@dataclass(frozen=True)
class Bin:
    """The messages whose confidence lies from `low` up to `high`.

    `confidence` is its mean, `accuracy` the share of them that was right; both are 0 where
    `count` is.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(cases: Sequence[Case], bins: int = BINS) -> list[Bin]:
    """Return the messages by confidence, in bins of equal width; empty ones too.

    What counts is the classifier's own first intent and its confidence: what a fallback puts
    before it says by its threshold, not by a confidence, what it is.
    """
    binned: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for case in cases:
        at = min(int(case.guess.confidence * bins), bins - 1)
        binned[at].append((case.guess.confidence, case.guessed_right))
    found = []
    for at in range(bins):
        members = binned[at]
        share = len(members) or 1
        sure = sum(confidence for confidence, _ in members) / share
        right = sum(correct for _, correct in members) / share
        found.append(Bin(at / bins, (at + 1) / bins, len(members), sure, right))
    return found


def calibration_error(cases: Sequence[Case], bins: int = BINS) -> float:
    """Return the expected calibration error of the intents' confidences, 0 (best) to 1.

    It is the distance of accuracy and mean confidence in each bin of `reliability`, on average
    over messages. Source: Guo et al., 2017, "On Calibration of Modern Neural Networks".
    """
    distances = (abs(one.accuracy - one.confidence) * one.count for one in reliability(cases, bins))
    return sum(distances) / len(cases) if cases else 0.0


def calibration_dict(cases: Sequence[Case]) -> Mapping[str, Any]:
    """Return the content of `intent_calibration.json`."""
    return {
        "expected_calibration_error": calibration_error(cases),
        "bins": [asdict(one) for one in reliability(cases)],
    }
