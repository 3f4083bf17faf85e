"""What a label is like: one vector each, so that two examples are enough to tell labels apart."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bespeak.errors import ModelError
from bespeak.message import Array

ANSWER = 0.5  # what a response's own words count beside the examples that ask for it
SCALE = 10.0  # what a cosine counts beside a log-probability
SHARE = 0.5  # what the log-probability counts itself: both say much the same


@dataclass(frozen=True, eq=False)
class Prototypes:
    """K labels and a vector of each (K, H): the mean of its examples, and what it answers."""

    labels: tuple[str, ...]
    vectors: Array

    def __post_init__(self) -> None:
        # At half precision from the start, so that it says the same after it was saved and loaded.
        kept = self.vectors.astype(np.float16).astype(np.float32)
        object.__setattr__(self, "vectors", kept)

    @classmethod
    def learned(
        cls, vectors: Sequence[Array], labels: Sequence[str], answers: Mapping[str, Array]
    ) -> "Prototypes":
        """Learn from the sentence vectors of examples (of length 1) and of answers, by label."""
        names = tuple(sorted(set(labels)))
        rows = []
        for name in names:
            mean = np.mean([v for v, of in zip(vectors, labels, strict=True) if of == name], axis=0)
            row = mean / max(float(np.linalg.norm(mean)), 1e-12)
            rows.append(row + ANSWER * answers[name] if name in answers else row)
        return cls(names, np.stack(rows))

    def weighed(
        self, ranking: Sequence[tuple[str, float]], vector: Array
    ) -> list[tuple[str, float]]:
        """Return all labels with a confidence that goes by likeness too, the likeliest first.

        `ranking` has every label's probability, `vector` (H,) is the text's. The weights were
        chosen with 2 to 10 examples a label: confidences stay calibrated.
        """
        alike = dict(zip(self.labels, (self.vectors @ vector).tolist(), strict=True))
        scores = [
            (label, SHARE * float(np.log(max(share, 1e-9))) + SCALE * alike.get(label, 0.0))
            for label, share in ranking
        ]
        highest = max((score for _, score in scores), default=0.0)
        odds = [(label, float(np.exp(score - highest))) for label, score in scores]
        total = sum(odd for _, odd in odds)
        return sorted(((label, odd / total) for label, odd in odds), key=lambda each: -each[1])

    def save(self, folder: Path) -> None:
        np.savez_compressed(
            folder / "prototypes.npz",
            allow_pickle=False,
            vectors=self.vectors.astype(np.float16),
        )
        (folder / "prototypes.json").write_text(json.dumps(self.labels), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Prototypes":
        """Read what `save` wrote."""
        try:
            labels = json.loads((folder / "prototypes.json").read_text(encoding="utf-8"))
            with np.load(folder / "prototypes.npz", allow_pickle=False) as arrays:
                return cls(tuple(labels), arrays["vectors"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The prototypes in {str(folder)!r} cannot be read: {error}. Train the model again."
            ) from error
