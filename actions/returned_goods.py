"""Which goods of an order a customer means, from "one of the yoga mats" or "everything"."""

from collections.abc import Mapping, Sequence

from actions.matching import NUMBERS, naming, words_of
from actions.services.payments import Refundable, RefundableLine
from actions.wording import joined

EVERYTHING = frozenset({"everything", "all", "both", "whole", "entire", "complete", "lot"})
COUNTS = {**NUMBERS, "a": 1, "an": 1, "single": 1, "couple": 2, "pair": 2}

BETWEEN = frozenset({"of", "the", "my", "these", "those", "your", "them", "piece", "pieces"})
"""Words that may stand between a number and what it counts."""

UNKNOWN = "utter_return_items_unknown"
TOO_MANY = "utter_return_items_too_many"


def chosen(said: str, offer: Refundable) -> dict[str, int] | str:
    """The pieces of each line that are meant, or the response that says why they can't be told.

    A line is meant where a word of its product's name is said; a number just before that word
    is how many, and without one all pieces of the line are meant. Of a single line, the number
    alone will do: "just one of them".
    """
    words = words_of(said)
    pieces: dict[str, int] = {}
    for line in offer.lines:
        place = _mentioned(line, words)
        if place is None:
            continue
        count = _count(words[:place])
        if count is not None and not 0 < count <= line.quantity:
            return TOO_MANY
        pieces[line.line_id] = count or line.quantity
    if pieces:
        return pieces
    if len(offer.lines) == 1 and (count := _count(words)) is not None:
        [line] = offer.lines
        return {line.line_id: count} if 0 < count <= line.quantity else TOO_MANY
    if EVERYTHING & set(words):
        return {line.line_id: line.quantity for line in offer.lines}
    return UNKNOWN


def named(pieces: Mapping[str, int], offer: Refundable) -> str:
    """ "1 × Aurora desk lamp and 2 × Glade yoga mat"; all there is where nothing is chosen."""
    counts = pieces or {line.line_id: line.quantity for line in offer.lines}
    parts = [
        f"{counts[line.line_id]} × {line.product}" for line in offer.lines if line.line_id in counts
    ]
    return joined(parts) if parts else "everything"


def total_cents(pieces: Mapping[str, int], offer: Refundable) -> int:
    """What these pieces give back."""
    if pieces == {line.line_id: line.quantity for line in offer.lines}:
        return offer.amount_cents
    return sum(pieces.get(line.line_id, 0) * line.unit_amount_cents for line in offer.lines)


def _mentioned(line: RefundableLine, words: Sequence[str]) -> int | None:
    """Where the first word of the product's name stands."""
    first = next(iter(naming(line.product, words)), None)
    return None if first is None else words.index(first)


def _count(before: Sequence[str]) -> int | None:
    """The number just before a product, as in "one of the lamps"."""
    word = next((word for word in reversed(before) if word not in BETWEEN), "")
    return int(word) if word.isdecimal() else COUNTS.get(word)
