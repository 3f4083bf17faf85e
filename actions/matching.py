"""Products and numbers in a customer's words, be they in the plural or misspelt."""

import difflib
import re
from collections.abc import Iterable

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
"""Number words, in small letters."""

ALIKE = 0.75
"""Least similarity of two words that count as one, so that "lmap" is a lamp."""

WORD = re.compile(r"[^\W\d_]+|\d+")


def words_of(text: str) -> list[str]:
    """The words and numbers of a text in order, in small letters and the singular."""
    return [_singular(word) for word in WORD.findall(text.casefold())]


def naming(product: str, words: Iterable[str]) -> list[str]:
    """Those of the words that belong to a product's name; a short word only as it is written."""
    name = [word for word in words_of(product) if len(word) > 2]
    return [
        word
        for word in words
        if word in name
        or (len(word) > 3 and difflib.get_close_matches(word, name, n=1, cutoff=ALIKE))
    ]


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word
