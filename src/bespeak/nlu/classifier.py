"""One of several labels for a text: what DIETClassifier and ResponseSelector have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bespeak.extend import load as load_by_name
from bespeak.message import Array, Message
from bespeak.nlu.intent_head import IntentHead, ranked
from bespeak.nlu.sentence_features import SentenceFeatures


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeliest labels, best first, with their confidences, and how familiar the text is.

    `familiarity` is as `IntentHead.judged` says. A text of which nothing is known has no ranking,
    and is not familiar at all.
    """

    ranking: tuple[tuple[str, float], ...] = ()
    familiarity: float | None = 0.0


@dataclass(frozen=True, eq=False)
class Classifier:
    """A linear model on all that is known of a text."""

    features: SentenceFeatures
    head: IntentHead

    @classmethod
    def trained(
        cls,
        messages: Sequence[Message],
        vectors: Sequence[Array] | None,
        classes: Sequence[str],
        featurizers: Sequence[str] = (),
        label_of: Callable[[str], str] = str,
    ) -> "Classifier":
        """Learn the class of each message, by its features and its sentence vector.

        `featurizers` are the origins of the features that count, all where it is empty. With one
        class only, every text is of it. What it says of a text is `label_of` the class.
        """
        width = len(vectors[0]) if vectors else 0
        features = SentenceFeatures.learned(messages, width, featurizers)
        if len(set(classes)) == 1:
            dense, sparse = (
                np.zeros((size, 1), np.float32)
                for size in (features.dense_width, features.sparse_width)
            )
            label = label_of(classes[0])
            return cls(features, IntentHead((label,), dense, sparse, np.zeros(1, np.float32)))
        rows = [
            features.row(message, vectors[i] if vectors else None)
            for i, message in enumerate(messages)
        ]
        fit = load_by_name("bespeak.nlu.intent_trainer.fit")
        return cls(features, fit(rows, classes, features.sparse_width, label_of))

    @property
    def needs_vector(self) -> bool:
        """Whether it learned from sentence vectors, and so must be given them."""
        return self.features.vector > 0

    def ranking(
        self, message: Message, vector: Array | None, length: int, *, renormalize: bool = False
    ) -> list[tuple[str, float]]:
        """Return the likeliest labels, best first; none for a text of which nothing is known."""
        return [*self.verdict(message, vector, length, renormalize=renormalize).ranking]

    def verdict(
        self, message: Message, vector: Array | None, length: int, *, renormalize: bool = False
    ) -> Verdict:
        """Return the likeliest labels and how familiar the message is."""
        row = self.features.row(message, vector)
        if row.empty:
            return Verdict()
        confidences, familiarity = self.head.judged(row)
        listed = ranked(self.head.names, confidences, length, renormalize=renormalize)
        return Verdict(tuple(listed), familiarity)

    def save(self, folder: Path) -> None:
        self.features.save(folder)
        self.head.save(folder)

    @classmethod
    def load(cls, folder: Path) -> "Classifier":
        """Read what `save` wrote."""
        return cls(SentenceFeatures.load(folder), IntentHead.load(folder))
