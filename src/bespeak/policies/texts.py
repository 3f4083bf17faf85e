"""The texts that end-to-end stories hold, and which of them a new text resembles."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import log, sqrt
from typing import Final, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

TextFeatures: TypeAlias = Callable[[str], NDArray[np.float32]]
"""Turns a text into a vector; texts that mean the same have vectors of the same direction."""

GRAM: Final = 3


@runtime_checkable
class ReadsTexts(Protocol):
    """A policy that looks at what users said in so many words, where stories have such turns.

    `text_features` are handed in before it is trained, and after it was loaded if `reads_texts`.
    """

    text_features: TextFeatures | None

    @property
    def reads_texts(self) -> bool:
        """Say whether stories that it learned from have texts."""
        ...


class KnownTexts:
    """Known texts, compared by their words and pieces of words, or by vectors where there are.

    `vectors` has a row a text, of length 1.
    """

    def __init__(
        self, texts: Sequence[str] = (), vectors: NDArray[np.float32] | None = None
    ) -> None:
        self.texts = tuple(dict.fromkeys(texts))
        self.vectors = vectors
        self._same = {_plain(text): i for i, text in enumerate(self.texts)}
        counts = [Counter(_pieces(text)) for text in self.texts]
        spread = Counter(piece for count in counts for piece in count)
        self._rarity = {p: log(1 + len(self.texts) / n) for p, n in spread.items()}
        self._unknown = log(1 + len(self.texts))
        self._texts_with: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for i, count in enumerate(counts):
            for piece, weight in self._unit(count).items():
                self._texts_with[piece].append((i, weight))

    def __len__(self) -> int:
        return len(self.texts)

    def with_vectors(self, features: TextFeatures) -> "KnownTexts":
        """Return the same texts, each with its vector."""
        if not self.texts:
            return self
        return KnownTexts(self.texts, np.stack([_direction(features(t)) for t in self.texts]))

    def nearest(self, text: str, features: TextFeatures | None = None) -> tuple[str, float]:
        """Return the known text most like this one, and how like it is (1: the same).

        Raises `ValueError` where no text is known.
        """
        if not self.texts:
            raise ValueError("No text is known.")
        same = self._same.get(_plain(text))
        if same is not None:
            return self.texts[same], 1.0
        if features is not None and self.vectors is not None:
            likeness = self.vectors @ _direction(features(text))
        else:
            likeness = np.zeros(len(self.texts))
            for piece, weight in self._unit(Counter(_pieces(text))).items():
                for i, other in self._texts_with.get(piece, ()):
                    likeness[i] += weight * other
        best = int(likeness.argmax())
        return self.texts[best], float(np.clip(likeness[best], 0.0, 1.0))

    def _unit(self, count: Counter[str]) -> dict[str, float]:
        weighed = {p: n * self._rarity.get(p, self._unknown) for p, n in count.items()}
        length = sqrt(sum(weight * weight for weight in weighed.values())) or 1.0
        return {piece: weight / length for piece, weight in weighed.items()}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold())) or text.strip()


def _pieces(text: str) -> Iterator[str]:
    for word in re.findall(r"\w+", text.casefold()):
        yield f"={word}"
        padded = f" {word} "
        yield from (padded[i : i + GRAM] for i in range(len(padded) - GRAM + 1))


def _direction(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector if length == 0.0 else vector / length, np.float32).ravel()
