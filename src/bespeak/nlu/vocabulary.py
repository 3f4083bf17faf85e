"""The words of the training messages, and which texts have so few of them as to be in others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex

WORD = regex.compile(r"[\p{L}\p{M}]+")
FEWEST = 3  # words that a text must have: fewer say nothing of its language
RARE = 0.99
"""Texts with more unknown words than this share of the training messages had are foreign."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a project. `limit` is the share of unknown words beyond which a text is foreign.

    The limit is learned by leaving out each training message in turn: where messages are few, most
    words of a message are unknown, and no text is foreign.
    """

    words: frozenset[str] = frozenset()
    limit: float = 1.0

    @classmethod
    def learned(cls, texts: Sequence[str]) -> "Vocabulary":
        """Learn from the training messages."""
        said = [_words(text) for text in texts]
        counts = Counter(word for words in said for word in set(words))
        shares = [
            sum(counts[word] == 1 for word in words) / len(words)
            for words in said
            if len(words) >= FEWEST
        ]
        limit = float(np.quantile(shares, RARE, method="higher")) if shares else 1.0
        return cls(frozenset(counts), limit)

    def is_foreign(self, text: str) -> bool:
        """Say whether a text has more unknown words than a message of this project would."""
        words = _words(text)
        if len(words) < FEWEST:
            return False
        return sum(word not in self.words for word in words) / len(words) > self.limit


def _words(text: str) -> list[str]:
    words: list[str] = WORD.findall(text.lower())
    return words
