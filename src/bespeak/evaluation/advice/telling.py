"""Words that lead astray: usual where a message is put, and unusual where it belongs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from bespeak.evaluation.case import Case
from bespeak.evaluation.similarity import free_words
from bespeak.message import Example

FEWEST: Final = 2
"""Misunderstood messages that must have a word."""

SHORTEST: Final = 3
"""Letters of a word that may tell something: "do", and the "t" of "don't", do not."""

TIMES: Final = 5
"""How many times as usual it must be where they are put as where they belong."""

USUAL: Final = 0.2
"""Share of the examples of the intent where they are put that must have it."""

MOST: Final = 3


@dataclass(frozen=True)
class Word:
    """A word of `count` misunderstood messages; shares are of the two intents' examples."""

    text: str
    count: int
    share_there: float
    share_here: float


def telling(
    astray: Sequence[Case], there: Sequence[Example], here: Sequence[Example]
) -> list[Word]:
    """Return the words that speak for the intent that messages are taken for, the weightiest first.

    `there` are the examples of that intent, `here` those of the messages' own. What stands in
    entities does not count: it is what differs from message to message.
    """
    counts = _counts(case.gold for case in astray)
    usual, own = _counts(there), _counts(here)
    own.subtract(counts)
    others = max(0, len(here) - len(astray))
    found: list[tuple[float, Word]] = []
    for text, count in counts.items():
        share_there = usual[text] / (len(there) or 1)
        share_here = max(0, own[text]) / (others or 1)
        odds = ((usual[text] + 0.5) / (len(there) + 1)) / ((max(0, own[text]) + 0.5) / (others + 1))
        is_word = len(text) >= SHORTEST and count >= FEWEST
        if is_word and share_there >= USUAL and odds >= TIMES:
            found.append((count * log(odds), Word(text, count, share_there, share_here)))
    return [word for _, word in sorted(found, key=lambda one: (-one[0], one[1].text))[:MOST]]


def _counts(examples: Iterable[Example]) -> Counter[str]:
    """Count the examples that have each word outside of entities."""
    return Counter(
        word for example in examples for word in {word for word, _, _ in free_words(example)} - {""}
    )
