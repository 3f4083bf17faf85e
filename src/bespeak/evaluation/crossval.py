"""Cross-validation: train on most of the data, test on the rest, until all of it was tested."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, pstdev

from bespeak.errors import TrainingError
from bespeak.evaluation.case import Case, evaluate
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.robustness import Noisy, Paste, pasted, under_noise
from bespeak.evaluation.similarity import groups, members
from bespeak.message import Example, TrainingData
from bespeak.nlu.folds import stratified_folds
from bespeak.nlu.pipeline import Pipeline
from bespeak.training import Report, quiet


@dataclass(frozen=True)
class Fold:
    """One round: how it went on what was learned, on what was held out, and on that under noise."""

    train: Understanding
    test: Understanding
    noisy: Noisy = field(default_factory=dict)
    pastes: Sequence[Paste] = ()


@dataclass(frozen=True)
class CrossValidation:
    folds: tuple[Fold, ...]

    @property
    def tested(self) -> Understanding:
        """All held-out cases of all rounds: each example once."""
        return Understanding(tuple(case for fold in self.folds for case in fold.test.cases))

    @property
    def learned(self) -> Understanding:
        """All cases on which a round had learned: each example once less than there are folds."""
        return Understanding(tuple(case for fold in self.folds for case in fold.train.cases))

    @property
    def noisy(self) -> Noisy:
        """The held-out cases under each kind of noise, of all rounds."""
        found: defaultdict[str, list[Case]] = defaultdict(list)
        for fold in self.folds:
            for kind, cases in fold.noisy.items():
                found[kind] += cases
        return found

    @property
    def pastes(self) -> Sequence[Paste]:
        """What long and strange messages took in the first round."""
        return self.folds[0].pastes if self.folds else ()

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
    noise: bool = False,
    report: Report = quiet,
) -> Iterator[Fold]:
    """Yield each round's outcome as soon as it is there; `build` gives an untrained pipeline.

    With `noise`, what was held out is tested under every kind of noise as well. Raises
    `TrainingError` where the examples cannot be parted.
    """
    parts = parted(data.examples, folds, seed)
    if len(parts) < 2:
        raise TrainingError(
            "Cross-validation needs examples that can be parted: there are "
            f"{len(data.examples)}, and all of them are nearly the same."
            if data.examples
            else "Cross-validation needs examples: none were found. Name them with `--nlu`."
        )
    for number, held_out in enumerate(parts):
        learned = tuple(e for i, e in enumerate(data.examples) if i not in held_out)
        tested = [e for i, e in enumerate(data.examples) if i in held_out]
        pipeline = build()
        about = f"Fold {number + 1} of {len(parts)}"
        report(f"{about}: learning", number / len(parts))
        pipeline.train(replace(data, examples=learned))
        report(f"{about}: testing", (number + 0.6) / len(parts))
        on_train: Sequence[Case] = ()
        if score_train:
            on_train = tuple(evaluate(pipeline, [e for e in learned if e.intent]))
        on_test = Understanding(tuple(evaluate(pipeline, tested)))
        noisy: Noisy = {}
        pastes: Sequence[Paste] = ()
        if noise:
            report(f"{about}: noise", (number + 0.8) / len(parts))
            noisy = under_noise(
                pipeline, on_test.cases, seed=seed, language=data.language, parts=len(parts)
            )
            pastes = () if number else pasted(pipeline, data.examples)
        yield Fold(Understanding(tuple(on_train)), on_test, noisy, pastes)


def parted(examples: Sequence[Example], count: int, seed: int = 42) -> list[frozenset[int]]:
    """Part examples into folds: stratified by label, near-duplicates never parted.

    Near-duplicates are those of `similarity.groups`, whatever their labels say.
    """
    alike = groups([example.message.text for example in examples])
    labels = [example.intent or "" for example in examples]
    found = members(stratified_folds(alike, labels, count, seed=seed).tolist())
    return [frozenset(found[fold]) for fold in sorted(found)]
