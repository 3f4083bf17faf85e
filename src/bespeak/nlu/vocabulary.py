"""The words of the training messages, and which texts have so few of them as to be in others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import regex

WORD = regex.compile(r"[\p{L}\p{M}]+")
NO_WORDS = regex.compile(r"\S*[\d@/]\S*")  # addresses, numbers, what is named by both
UNHEARD_WORDS = 3  # fewer may be somebody's name
RARE = 0.99
"""Texts with more unknown words than this share of the training messages had are foreign."""


class Wording(Enum):
    """How a text is worded: `FOREIGN` with more unknown words than a message of the project would
    have, `UNHEARD` without a single known one (of three at least, or of signs)."""

    KNOWN = "known"
    FOREIGN = "foreign"
    UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a project.

    `rate` is the share of words that are unknown where each training message is left out in turn,
    `limit` how many standard deviations above what that lets expect a message has (for `RARE`
    of them): where messages are few, most words are unknown, and no text is foreign for it.
    """

    words: frozenset[str] = frozenset()
    rate: float = 1.0
    limit: float = 0.0

    @classmethod
    def learned(cls, texts: Sequence[str]) -> "Vocabulary":
        """Learn from the training messages."""
        said = [words for text in texts if (words := _words(text))]
        if not said:
            return cls()
        counts = Counter(word for words in said for word in set(words))
        unknown = [sum(counts[word] == 1 for word in words) for words in said]
        rate = sum(unknown) / sum(map(len, said))
        excesses = [
            _excess(strange, len(words), rate) for strange, words in zip(unknown, said, strict=True)
        ]
        limit = float(np.quantile(excesses, RARE, method="higher"))
        return cls(frozenset(counts), rate, limit)

    def wording(self, text: str) -> Wording:
        """Say how a text is worded."""
        words = _words(text)
        if not words or not self.words:
            return Wording.KNOWN
        unknown = sum(word not in self.words for word in words)
        if unknown == len(words) and (unknown >= UNHEARD_WORDS or not WORD.search(text)):
            return Wording.UNHEARD
        is_foreign = _excess(unknown, len(words), self.rate) > self.limit
        return Wording.FOREIGN if is_foreign else Wording.KNOWN


def _words(text: str) -> list[str]:
    """Return the words in lower case; of a text without any, what it is as a whole."""
    text = NO_WORDS.sub(" ", text)
    words: list[str] = WORD.findall(text.lower())
    return words or ([text.strip()] if text.strip() else [])


def _excess(unknown: int, words: int, rate: float) -> float:
    """Return by how many standard deviations unknown words are more than expected."""
    if not 0 < rate < 1:
        return 0.0
    return float((unknown - words * rate) / np.sqrt(words * rate * (1 - rate)))
