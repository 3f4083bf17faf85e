"""How good answers are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bespeak.message import Example

BINS = 10


def figures(answers: Sequence[Mapping[str, Any]], expected: Sequence[Example]) -> dict[str, float]:
    """Return accuracy, span F1 and calibration error, each in per cent.

    An entity is right where its name, its start and its end are. The calibration error is the
    mean gap between confidence and accuracy over ten bins of confidence, weighed by their size.
    """
    right = np.array(
        [a["intent"]["name"] == e.base_intent for a, e in zip(answers, expected, strict=True)]
    )
    sure = np.array([float(answer["intent"]["confidence"]) for answer in answers])
    told = {"accuracy": float(right.mean()), "calibration error": _gap(sure, right)}
    if any(example.entities for example in expected):
        told["span F1"] = _span_f1(answers, expected)
    return {name: round(100 * value, 2) for name, value in told.items()}


def _gap(sure: Any, right: Any) -> float:
    bins = np.clip((sure * BINS).astype(int), 0, BINS - 1)
    gaps = [
        (bins == each).mean() * abs(sure[bins == each].mean() - right[bins == each].mean())
        for each in np.unique(bins)
    ]
    return float(sum(gaps))


def _span_f1(answers: Sequence[Mapping[str, Any]], expected: Sequence[Example]) -> float:
    hits = found = wanted = 0
    for answer, example in zip(answers, expected, strict=True):
        said = {(each["entity"], each["start"], each["end"]) for each in answer["entities"]}
        gold = {(each.name, each.start, each.end) for each in example.entities}
        hits += len(said & gold)
        found += len(said)
        wanted += len(gold)
    return 2 * hits / max(found + wanted, 1)
