"""Precision, recall and F1 of labels, in the shape of the report files that Rasa writes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """How well one label (or an average) was told from the rest; `support` counts its gold."""

    precision: float
    recall: float
    f1: float
    support: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1-score": self.f1,
            "support": self.support,
        }


@dataclass(frozen=True)
class ClassificationReport:
    """Scores of each label, and their averages; `confusions` counts (gold, predicted) pairs."""

    labels: Mapping[str, Score]
    accuracy: float
    micro: Score
    macro: Score
    weighted: Score
    confusions: Mapping[tuple[str, str], int]

    def confused_with(self, label: str, most: int = 3) -> dict[str, int]:
        """Return what a label was taken for most often."""
        wrong = {
            predicted: count
            for (gold, predicted), count in self.confusions.items()
            if gold == label and predicted != label
        }
        return dict(sorted(wrong.items(), key=lambda one: (-one[1], one[0]))[:most])

    def as_dict(self, *, confused: bool = False) -> dict[str, Any]:
        """Return the report file's content; with `confused`, what labels are taken for."""
        told: dict[str, Any] = {}
        for label, score in self.labels.items():
            told[label] = score.as_dict()
            if confused:
                told[label]["confused_with"] = self.confused_with(label)
        told["accuracy"] = self.accuracy
        told["macro avg"] = self.macro.as_dict()
        told["weighted avg"] = self.weighted.as_dict()
        told["micro avg"] = self.micro.as_dict()
        return told


def report(
    gold: Sequence[str], predicted: Sequence[str], *, ignored: Collection[str] = ()
) -> ClassificationReport:
    """Score predictions against gold labels; `ignored` labels ("no entity") are not scored."""
    confusions = Counter(zip(gold, predicted, strict=True))
    right: Counter[str] = Counter()
    of_gold, of_predicted = Counter(gold), Counter(predicted)
    for (wanted, said), count in confusions.items():
        if wanted == said:
            right[wanted] += count
    names = sorted(({*gold, *predicted}) - set(ignored))
    labels = {name: _score(right[name], of_predicted[name], of_gold[name]) for name in names}
    support = sum(of_gold[name] for name in names)
    micro = _score(
        sum(right[name] for name in names), sum(of_predicted[name] for name in names), support
    )
    total = len(gold)
    return ClassificationReport(
        labels,
        sum(right.values()) / total if total else 0.0,
        micro,
        _average(list(labels.values()), [1] * len(labels), support),
        _average(list(labels.values()), [s.support for s in labels.values()], support),
        confusions,
    )


def matrix(confusions: Mapping[tuple[str, str], int]) -> tuple[list[str], list[list[int]]]:
    """Return labels and the confusion matrix: rows are gold, columns predicted.

    Labels that are confused with each other stand side by side.
    """
    names = _side_by_side(confusions)
    return names, [[confusions.get((wanted, said), 0) for said in names] for wanted in names]


def _side_by_side(confusions: Mapping[tuple[str, str], int]) -> list[str]:
    """Order labels: the two that are confused most are neighbours, then the next two, and so on.

    Each is put beside another as long as one of its sides is free. Last are those with no
    confusions, and then those that are only predicted, as the fallback's intent is.
    """
    names = {name for pair in confusions for name in pair}
    never = names - {gold for gold, _ in confusions}
    between: Counter[tuple[str, str]] = Counter()
    for (gold, said), count in confusions.items():
        if gold != said and said not in never:
            between[min(gold, said), max(gold, said)] += count
    chains = {name: [name] for name in sorted(names - never)}
    for (one, other), _ in sorted(between.items(), key=lambda pair: (-pair[1], pair[0])):
        left, right = chains[one], chains[other]
        if left is right or one not in (left[0], left[-1]) or other not in (right[0], right[-1]):
            continue
        left = left if left[-1] == one else left[::-1]
        joined = left + (right if right[0] == other else right[::-1])
        chains |= dict.fromkeys(joined, joined)
    weights = Counter(dict.fromkeys(chains, 0))
    for pair, count in between.items():
        weights.update(dict.fromkeys(pair, count))
    ordered = sorted(chains.values(), key=lambda chain: (-sum(weights[n] for n in chain), chain))
    return list(dict.fromkeys([name for chain in ordered for name in chain] + sorted(never)))


def most_confused(
    confusions: Mapping[tuple[str, str], int], most: int
) -> Mapping[tuple[str, str], int]:
    """Keep the `most` labels that have a part in most confusions; all where there are no more."""
    wrong: Counter[str] = Counter()
    for (gold, said), count in confusions.items():
        wrong.update({gold: 0, said: 0} if gold == said else {gold: count, said: count})
    if len(wrong) <= most:
        return confusions
    kept = set(sorted(wrong, key=lambda name: (-wrong[name], name))[:most])
    return {pair: count for pair, count in confusions.items() if kept.issuperset(pair)}


def _score(right: int, predicted: int, gold: int) -> Score:
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Score(precision, recall, f1, gold)


def _average(scores: Sequence[Score], weights: Sequence[int], support: int) -> Score:
    total = sum(weights)
    if not total:
        return Score(0.0, 0.0, 0.0, support)

    def mean(values: Sequence[float]) -> float:
        return sum(v * w for v, w in zip(values, weights, strict=True)) / total

    return Score(
        mean([s.precision for s in scores]),
        mean([s.recall for s in scores]),
        mean([s.f1 for s in scores]),
        support,
    )
