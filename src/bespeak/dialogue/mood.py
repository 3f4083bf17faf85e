"""The trend of a conversation's sentiment, and how frustrated the customer is, as of now.

Both are folded from the messages that the tracker remembers, so that they are the same however
often a conversation is read back. A message counts half as much after every `half_life` messages.
"""

import re
from collections.abc import Sequence
from typing import Final

from bespeak.domain import NLU_FALLBACK, SlotMapping, SlotType
from bespeak.message import SENTIMENTS
from bespeak.tracker import Heard

MOODS: Final = ("sentiment", "frustration")
FRUSTRATIONS: Final = ("calm", "annoyed", "upset")

HALF_LIFE: Final = 2.0
CLEAR: Final = 0.25  # from which a trend is positive, below whose negation it is negative
ANNOYED, UPSET = 0.3, 0.6

FEELING: Final = 0.4  # what a message of score -1 adds to the frustration, and one of 1 takes away
UNHEARD: Final = 0.3  # what a message adds that we did not understand, or that had to be repeated

_WORD: Final = re.compile(r"\w+")
_WORDS_OF_A_REQUEST: Final = 3  # fewer ("yes", "the first") are said again for other reasons
_SAME: Final = 0.6  # share of words that two requests have in common if one repeats the other


def value(mapping: SlotMapping, slot_type: SlotType, heard: Sequence[Heard]) -> float | str:
    """Return what a mapping of type from_sentiment gives: a number to a float slot, else a word."""
    half_life = mapping.half_life or HALF_LIFE
    if mapping.value == "frustration":
        number = frustration(heard, half_life)
        word = FRUSTRATIONS[(number >= ANNOYED) + (number >= UPSET)]
    else:
        number = trend(heard, half_life)
        word = SENTIMENTS[(number > -CLEAR) + (number >= CLEAR)]
    return number if slot_type is SlotType.FLOAT else word


def trend(heard: Sequence[Heard], half_life: float = HALF_LIFE) -> float:
    """Return the weighted mean of the scores, from -1 to 1; 0 before the first message."""
    kept = 0.5 ** (1 / half_life)
    total = weight = 0.0
    for message in heard:
        total, weight = total * kept + message.score, weight * kept + 1
    return round(total / weight, 3) if weight else 0.0


def frustration(heard: Sequence[Heard], half_life: float = HALF_LIFE) -> float:
    """Return the frustration, from 0 to 1.

    It rises with negative messages, with those that were not understood and with requests that had
    to be repeated; it sinks with positive ones, and by itself.
    """
    kept = 0.5 ** (1 / half_life)
    level = 0.0
    for i, message in enumerate(heard):
        unheard = message.intent == NLU_FALLBACK or _repeats(message, heard[:i])
        level = kept * level - FEELING * message.score + UNHEARD * unheard
        level = min(1.0, max(0.0, level))
    return round(level, 3)


def _repeats(message: Heard, before: Sequence[Heard]) -> bool:
    """Say whether the message is a request that one of the three before it made already.

    A request for another number ("track 10412", "track 10413") is another one.
    """
    words = _words(message)
    if len(words) < _WORDS_OF_A_REQUEST:
        return False
    numbers = {word for word in words if word.isdigit()}
    return any(
        len(words & earlier) >= _SAME * len(words | earlier)
        and numbers == {word for word in earlier if word.isdigit()}
        for earlier in map(_words, before[-3:])
    )


def _words(message: Heard) -> set[str]:
    return set(_WORD.findall(message.text.lower()))
