"""A text into the pieces that are counted: words or characters, and runs of them.

The pieces are those of scikit-learn's CountVectorizer, without scikit-learn: serving does not
load it.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import TypeAlias

from bespeak.data.accents import without_accents

Analyzer: TypeAlias = Callable[[str], list[str]]

WORD = re.compile(r"\b\w+\b")
BLANKS = re.compile(r"\s\s+")


def words(shortest: int, longest: int, stop_words: Collection[str] = ()) -> Analyzer:
    """Runs of `shortest` to `longest` words, joined by a blank; stop words do not count."""

    def analyze(text: str) -> list[str]:
        found = WORD.findall(text)
        if stop_words:
            found = [word for word in found if word not in stop_words]
        if longest == 1:
            return found
        return [
            " ".join(found[start : start + size])
            for size in range(shortest, min(longest, len(found)) + 1)
            for start in range(len(found) - size + 1)
        ]

    return analyze


def characters(shortest: int, longest: int) -> Analyzer:
    """Runs of `shortest` to `longest` characters, across words."""

    def analyze(text: str) -> list[str]:
        text = BLANKS.sub(" ", text)
        return [
            text[start : start + size]
            for size in range(shortest, min(longest, len(text)) + 1)
            for start in range(len(text) - size + 1)
        ]

    return analyze


def characters_in_words(shortest: int, longest: int) -> Analyzer:
    """Runs of characters that do not cross a word's edge, which counts as a blank.

    A word too short for a run is taken as it is, once.
    """

    def analyze(text: str) -> list[str]:
        padded = [f" {word} " for word in text.split()]
        pieces = [
            word[start : start + size]
            for word in padded
            for size in range(shortest, longest + 1)
            for start in range(len(word) - size + 1)
        ]
        if shortest > 3:  # the length of the shortest word
            pieces += [word for word in padded if len(word) < shortest]
        return pieces

    return analyze


def stripping(how: str | None) -> Callable[[str], str] | None:
    """The option `strip_accents`: `unicode` takes accents off, `ascii` all that is not ASCII."""
    return {"ascii": _to_ascii, "unicode": without_accents}.get(how or "")


def _to_ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
