"""How the customer's latest messages sounded, which is what a trend is made of."""

from dataclasses import dataclass
from typing import Final

from bespeak.events import UserUttered

REMEMBERED: Final = 12
"""How many messages are kept: with a half-life of 2, an older one weighs less than 2 %."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message whose sentiment is known: a score from -1 (negative) to 1 (positive)."""

    score: float
    text: str
    intent: str | None


def remembered(heard: tuple[Heard, ...], message: UserUttered) -> tuple[Heard, ...]:
    """Return what is remembered once this message came: the latest, oldest first.

    A message without a sentiment (a button, or no component that finds one) adds nothing, nor
    does one whose score is no number, as others may have written it.
    """
    sentiment = message.parse.get("sentiment")
    score = sentiment.get("score") if isinstance(sentiment, dict) else None
    if isinstance(score, bool) or not isinstance(score, int | float) or not -1 <= score <= 1:
        return heard
    return (*heard, Heard(score, message.text or "", message.intent_name))[-REMEMBERED:]
