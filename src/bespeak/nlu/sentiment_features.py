"""How something is said: runs of words, signs and emoji that training has seen, and emphasis."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from bespeak.message import Array
from bespeak.nlu.sentence_features import Row

_PIECE: Final = re.compile(
    r"[^\W_]+(?:['’][^\W_]+)*"  # a word, don't included
    r"|[!?]+|\.\.+|[:;]-?[()DP]"  # signs that say something together
    r"|[^\w\s]"
)
_LONGEST: Final = 3  # words in a run: "thanks for nothing"
_SHOUTED: Final = 4  # letters from which capitals mean something: "OK" and "XL" do not
_EDGES: Final = ("^", "$")
_WEIGHT: Final = 0.5  # of emphasis, beside blocks of length 1

EMPHASIS: Final = 5
"""How many dense columns there are beside the vector's."""


class SentimentFeatures:
    """Which runs of pieces count, and how telling each is: learned from the training texts."""

    def __init__(self, rarity: dict[str, float] | None = None) -> None:
        self.rarity = rarity or {}
        self._columns = {run: column for column, run in enumerate(self.rarity)}
        self._rarity = np.array(list(self.rarity.values()), np.float32)

    @classmethod
    def learned(cls, texts: Sequence[str]) -> "SentimentFeatures":
        counts = Counter(run for text in texts for run in set(_runs(text)))
        return cls(
            {
                run: round(math.log((1 + len(texts)) / (1 + count)) + 1, 4)
                for run, count in sorted(counts.items())
            }
        )

    @property
    def width(self) -> int:
        """The number of sparse columns."""
        return len(self.rarity)

    def row(self, text: str, vector: Array | None) -> Row:
        """Return a text's row: its vector, if it has one, emphasis, and the runs it contains."""
        counts: dict[int, int] = {}
        for run in _runs(text):
            column = self._columns.get(run)
            if column is not None:
                counts[column] = counts.get(column, 0) + 1
        columns = np.fromiter(counts, np.int64, len(counts))
        damped = 1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))
        weights = damped * self._rarity[columns]
        length = math.sqrt(weights @ weights)
        emphasis = np.array(_emphasis(text), np.float32)
        return Row(
            emphasis if vector is None else np.concatenate([vector, emphasis]),
            columns,
            weights / length if length else weights,
        )


def _pieces(text: str) -> list[str]:
    """Return words and signs, small; an emoji is the words of its Unicode name."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if len(piece) == 1 and not piece.isascii() and not piece.isalnum():
            pieces += unicodedata.name(piece, "").lower().split()
        else:
            pieces.append(piece.lower().replace("’", "'"))
    return pieces


def _runs(text: str) -> list[str]:
    pieces = [_EDGES[0], *_pieces(text), _EDGES[1]]
    return [
        " ".join(pieces[i : i + size])
        for size in range(1, _LONGEST + 1)
        for i in range(len(pieces) - size + 1)
    ]


def _emphasis(text: str) -> tuple[float, ...]:
    """Return `EMPHASIS` numbers, 0 to `_WEIGHT`: capitals, exclamations, questions, length."""
    letters = sum(map(str.isalpha, text))
    upper = sum(map(str.isupper, text)) / letters if letters >= _SHOUTED else 0.0
    return (
        _WEIGHT * upper,
        _WEIGHT * min(text.count("!"), 3) / 3,
        _WEIGHT * min(text.count("?"), 3) / 3,
        _WEIGHT * text.rstrip().endswith("?"),
        _WEIGHT * min(text.count(" "), 30) / 30,
    )
