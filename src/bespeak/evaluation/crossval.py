"""Cross-validation: train on most of the data, test on the rest, until all of it was tested."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, pstdev

from bespeak.evaluation.nlu import Case, Understanding, evaluate
from bespeak.message import Example, TrainingData
from bespeak.nlu.pipeline import Pipeline


@dataclass(frozen=True)
class Fold:
    """One round: how it went on what was learned, and on what was held out."""

    train: Understanding
    test: Understanding


@dataclass(frozen=True)
class CrossValidation:
    folds: tuple[Fold, ...]

    @property
    def tested(self) -> Understanding:
        """All held-out cases of all rounds: each example once."""
        return Understanding(tuple(case for fold in self.folds for case in fold.test.cases))

    def spread(self) -> Mapping[str, Mapping[str, tuple[float, float]]]:
        """Return mean and standard deviation of the intents' scores, for train and test."""
        told: dict[str, dict[str, tuple[float, float]]] = {}
        for name in ("train", "test"):
            reports = [getattr(fold, name).intents() for fold in self.folds]
            scores = {
                "Accuracy": [report.accuracy for report in reports],
                "F1-score": [report.weighted.f1 for report in reports],
                "Precision": [report.weighted.precision for report in reports],
            }
            told[name] = {key: (fmean(values), pstdev(values)) for key, values in scores.items()}
        return told


def cross_validated(
    data: TrainingData,
    build: Callable[[], Pipeline],
    *,
    folds: int = 5,
    seed: int = 42,
    score_train: bool = True,
) -> Iterator[Fold]:
    """Yield each round's outcome as soon as it is there; `build` gives an untrained pipeline."""
    for held_out in parted(data.examples, folds, seed):
        learned = tuple(e for i, e in enumerate(data.examples) if i not in held_out)
        tested = [e for i, e in enumerate(data.examples) if i in held_out]
        pipeline = build()
        pipeline.train(replace(data, examples=learned))
        on_train: Sequence[Case] = ()
        if score_train:
            on_train = tuple(evaluate(pipeline, [e for e in learned if e.intent]))
        yield Fold(Understanding(tuple(on_train)), Understanding(tuple(evaluate(pipeline, tested))))


def parted(examples: Sequence[Example], folds: int, seed: int = 42) -> list[frozenset[int]]:
    """Part examples into folds: stratified by label, near-duplicates never parted.

    Examples whose texts differ only in case, digits, punctuation or spaces are near-duplicates.
    """
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        groups[example.intent or "", _essence(example.message.text)].append(i)
    by_label: defaultdict[str, list[list[int]]] = defaultdict(list)
    for (label, _), members in sorted(groups.items()):
        by_label[label].append(members)
    chance = random.Random(seed)
    found: list[set[int]] = [set() for _ in range(folds)]
    for label in sorted(by_label):
        alike = by_label[label]
        chance.shuffle(alike)
        of_label = [0] * folds
        for group in sorted(alike, key=len, reverse=True):
            at = min(range(folds), key=lambda f: (of_label[f], len(found[f]), f))
            found[at].update(group)
            of_label[at] += len(group)
    return [frozenset(fold) for fold in found if fold]


def _essence(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.casefold())
