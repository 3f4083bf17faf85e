"""A learned ranker: how likely each of several labels is in a situation, by its features.

It is a linear model, so that a second of training does and a prediction takes microseconds. The
penalty on its weights is chosen so that, on stories it has not seen, it is right about as often
as it says it is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bespeak import extend
from bespeak.dialogue.story import Story
from bespeak.policies.features import Columns, Name

GLUED: Final = 2000
"""How many decisions of glued stories are learned from at most: they repeat each other."""

GLUED_SHARE: Final = 0.5
"""What all glued decisions weigh together, beside what the written ones weigh."""


@dataclass(slots=True)
class Lesson:
    """A situation with all that is right in it; `written` counts how often a story says so.

    What no story has may be given a `weight` of its own.
    """

    row: Mapping[Name, float]
    labels: set[str] = field(default_factory=set)
    written: int = 0
    weight: float | None = None


class Lessons:
    """What a ranker learns from: situations that look the same are one lesson.

    With `one_answer`, only one label is right at a time, and each answer is a lesson of its own.
    """

    def __init__(self, *, one_answer: bool) -> None:
        self.one_answer = one_answer
        self._known: dict[object, Lesson] = {}
        self._rows: set[object] = set()

    def add(
        self, row: Mapping[Name, float], label: str, *, glued: bool, weight: float | None = None
    ) -> None:
        seen = frozenset(row.items())
        self._rows.add(seen)
        lesson = self._known.setdefault(
            (seen, label if self.one_answer else None), Lesson(row, weight=weight)
        )
        lesson.labels.add(label)
        lesson.written += not glued

    def has(self, row: Mapping[Name, float]) -> bool:
        """Say whether a situation that looks like this is among them, whatever is right in it."""
        return frozenset(row.items()) in self._rows

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Lesson]:
        return iter(self._known.values())

    def weights(self) -> NDArray[np.float64]:
        """Return what each lesson weighs; what is said often counts more, but not as often more."""
        lessons = list(self._known.values())
        weights = np.array(
            [lesson.weight or 1.0 + np.log(max(1, lesson.written)) for lesson in lessons]
        )
        glued = np.array([lesson.written == 0 and lesson.weight is None for lesson in lessons])
        told = np.array([lesson.written > 0 for lesson in lessons])
        if glued.any() and told.any():
            weights[glued] *= min(1.0, GLUED_SHARE * weights[told].sum() / weights[glued].sum())
        return weights


@dataclass(frozen=True)
class Ranker:
    """What was learned. `weights` has a row a feature and one for the bias, a column a label.

    With `one_answer` the scores of all labels add up to 1, otherwise each is a probability of
    its own.
    """

    columns: Columns = field(default_factory=Columns)
    labels: tuple[str, ...] = ()
    weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros((1, 0), np.float32))
    one_answer: bool = True

    @classmethod
    def learn(cls, lessons: Lessons) -> "Ranker":
        """Learn from lessons. Loads SciPy, which serving does without."""
        if not len(lessons):
            return cls(one_answer=lessons.one_answer)
        given = list(lessons)
        columns = Columns.of(lesson.row for lesson in given)
        labels = tuple(sorted({label for lesson in given for label in lesson.labels}))
        gold = np.array([[label in lesson.labels for label in labels] for lesson in given], float)
        rows = [columns.pick(lesson.row) for lesson in given]
        fit = extend.load("bespeak.policies.ranker_trainer.fit")
        weights = fit(rows, len(columns), gold, lessons.weights(), one_answer=lessons.one_answer)
        return cls(columns, labels, np.asarray(weights, np.float32), lessons.one_answer)

    def scores(self, row: Mapping[Name, float]) -> NDArray[np.float64]:
        """Return the score of each label, in the order of `labels`."""
        columns, values = self.columns.pick(row)
        logits = np.asarray(values @ self.weights[columns] + self.weights[-1], np.float64)
        if not self.one_answer:
            return np.asarray(1.0 / (1.0 + np.exp(-logits)))
        likely = np.exp(logits - logits.max(initial=-np.inf))
        return np.asarray(likely / likely.sum())

    def save(self, folder: Path) -> None:
        names = {"features": self.columns.names, "labels": self.labels}
        kept = json.dumps({**names, "one_answer": self.one_answer})
        (folder / "ranker.json").write_text(kept, encoding="utf-8")
        np.savez_compressed(folder / "ranker.npz", weights=self.weights)

    @classmethod
    def load(cls, folder: Path) -> "Ranker":
        kept: dict[str, Any] = json.loads((folder / "ranker.json").read_text(encoding="utf-8"))
        with np.load(folder / "ranker.npz", allow_pickle=False) as arrays:
            weights = arrays["weights"]
        columns = Columns(kept["features"])
        return cls(columns, tuple(kept["labels"]), weights, kept["one_answer"])


def to_learn_from(stories: Sequence[Story]) -> list[Story]:
    """Return all written stories, and of the glued ones (in no order) as many as are of use."""
    chosen = [story for story in stories if not story.is_rule and not story.augmented]
    decisions = 0
    for story in stories:
        if story.augmented and decisions < GLUED:
            chosen.append(story)
            decisions += len(story.actions)
    return chosen
