"""What a message says of an order in the making: which thing, what kind, how many, for whom."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker

from actions.matching import naming, words_of
from actions.order_draft import Draft
from actions.services.products import Product
from actions.wishes import kind_said, pieces_more, pieces_said

ANSWERS = frozenset({"inform", "place_order", "change_order", "nlu_fallback"})
"""The intents of messages that can only be answers while an order is in the making. Any other one
is an answer where its words say something of the order, else what it is elsewhere."""

ASKS_ELSEWHERE = frozenset(
    {
        "ask_price",
        "ask_size",
        "chitchat",
        "delivery_options",
        "delivery_period",
        "faq",
        "out_of_scope",
        "repeat",
    }
)
"""The intents of messages that are questions where they look like one; "pick-up point" does not."""

QUESTION = re.compile(
    r"\?\s*$|^\W*(?:what|how|when|where|which|who|why|do|does|is|are|can|could|will|would)\b", re.I
)

NEWSLETTER = re.compile(r"newsletter|subscri", re.IGNORECASE)

ABOUT_GOODS = frozenset(
    {None, "ordered_product", "ordered_variant", "ordered_quantity", "confirmed"}
)
"""What is asked for (`None`: nothing yet) where any word may be about the goods."""

ANYWHERE = ABOUT_GOODS | {"delivery_way"}
"""What is asked for where the name of a product is no other name."""

CORRECTS = re.compile(
    r"\b(?:no|nope|not|wait|actually|rather|instead|change|(?:make|take) (?:it|that|them)"
    r"|of (?:them|those|these)|pieces|more|another|the \w+ ones?|in size|size \w+|colour|color)\b",
    re.IGNORECASE,
)
"""Where something else is asked for, goods are corrected by such words only: a name may be "Olive",
and a street has numbers."""

COUNTS = re.compile(
    r"\b(?:make (?:it|that|them)|of (?:them|those|these)|pieces|only|just)\b", re.IGNORECASE
)
AGREES = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|ok(?:ay)?|sure|please|do|go ahead|and|just|now)\b\W*)*"
    r"(?:(?:order|buy|place|take|get|do) (?:it|that|them|the order)|go ahead)\b",
    re.IGNORECASE,
)
"""A yes to an order that sounds like one."""

REFERS = re.compile(
    r"\b(?:it|this|that|those|these|them|one|some|two|three|four|five|both|take|\d{1,2})\b", re.I
)
"""How one says that the thing is the one talked of before, where none is named."""

ASKING = re.compile(
    r"^(?:(?:yes|yeah|no|ok(?:ay)?|well|then|hi|hello|please|can|could|may|you|i|i'?d|i'?ll|we|want"
    r"|wanna|would|like|love|need|to|have|get|give|me|us|buy|order|take|a|an|the|some|your|rather"
    r"|actually|instead|it'?s|is)\b[\s,.!:-]*)+",
    re.IGNORECASE,
)
"""How one asks for a thing, before its name."""

POLITE = re.compile(
    r"(?:[\s,.!?-]+(?:then|please|pls|plz|thanks|thank you|instead|maybe|for me|now))+[\s.!?]*$",
    re.I,
)
"""What comes after it."""

BY_SIZE = (re.compile(r"\bsmall", re.I), re.compile(r"\b(?:big|large)", re.I))
"""How one names the first of two sizes, and the second."""

ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1}
LONGEST_WORDS = 100
LARGEST_SMALL_NUMBER = 12
"""Up to here a number by itself counts pieces, even of what has sizes in numbers."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and the slot that it answers (`None`: it opened the topic)."""

    text: str
    asked: str | None
    intent: str = "inform"
    entities: Sequence[Mapping[str, Any]] = ()

    def values(self, entity: str, *, old: bool = False) -> list[str]:
        """The values of an entity, without what should not be any more; with `old`, only that."""
        return [
            str(found["value"])
            for found in self.entities
            if found.get("entity") == entity and (found.get("role") == "old") is old
        ]

    def without(self, *parts: str) -> "Said":
        """The message without these parts of its text."""
        text = self.text
        for part in parts:
            text = re.sub(re.escape(part), " ", text, flags=re.IGNORECASE)
        return replace(self, text=text)


def asks_elsewhere(said: Said) -> bool:
    """Whether a message is a question, or about the newsletter, and has nothing to tell."""
    if said.intent == "newsletter_subscription":
        return bool(NEWSLETTER.search(said.text))
    return said.intent in ASKS_ELSEWHERE and bool(QUESTION.search(said.text))


def product_words(said: Said) -> str:
    """The words that name a product; the whole answer where one was asked for."""
    words = next(iter(said.values("product")[::-1]), "")
    if not words and said.asked == "ordered_product" and said.intent in ANSWERS:
        words = POLITE.sub("", ASKING.sub("", said.text)).strip(" .!?") or said.text.strip()
    return words[:LONGEST_WORDS]


def choice_said(said: Said, choices: Sequence[str], *, agrees: bool) -> str:
    """The name that "the second one", or a yes to a single one, takes; empty without one."""
    if len(choices) == 1 and agrees:
        return choices[0]
    for word, place in ORDINALS.items():
        if place < len(choices) and re.search(rf"\b{word}\b", said.text, re.IGNORECASE):
            return choices[place]
    return ""


def meant_products(words: str, found: Sequence[Product]) -> tuple[list[Product], bool]:
    """Those of the products found whose names share the most with the words, and whether the words
    surely name them: their last one, which says what a thing is, must be in the name."""
    if not found:
        return [], False
    scores = [len(naming(one.name, _content(words, one))) for one in found]
    best = [one for one, score in zip(found, scores, strict=True) if score == max(scores)]
    return best, bool(naming(best[0].name, _content(words, best[0])[-1:]))


def names(words: str, product: Product) -> bool:
    """Whether the words are nothing but a product's name, or a part of it."""
    content = _content(words, product)
    return naming(product.name, content) == content


def mentions(said: str, product: Product) -> bool:
    """Whether a text has a word of the product's name."""
    return bool(naming(product.name, _content(said, product)))


def talked_of(draft: Draft, said: Said, tracker: Tracker) -> Draft:
    """The draft of a request in which no product was recognised: it may name one nevertheless, or
    mean the one that was talked of before ("I'll take two")."""
    if draft.words:
        return draft
    before = tracker.get_slot("product") or ""
    return draft.but(said=said.text, talked_of=before if REFERS.search(said.text) else "")


def with_goods(draft: Draft, said: Said) -> Draft:
    """The draft with the size, colour and number of pieces that the message names."""
    product = draft.product
    if product is None or not _about_goods(said):
        return draft
    text = re.sub(r"(?<=\d)(?=(?:ml|cm)\b)", " ", said.text)
    size, colour = kind_said(text, product, but_size=draft.size, but_colour=draft.colour)
    size = size or _size_otherwise(text, product)
    kinds = (size, draft.size, *size.split()[:1], colour, draft.colour)
    pieces = _pieces(text, said, but=(*kinds, product.name))
    in_numbers = any(variant.size[:1].isdigit() for variant in product.variants)
    if in_numbers and not (size or draft.size) and (pieces or 0) > LARGEST_SMALL_NUMBER:
        pieces = None  # a size that there is none of
    if more := pieces_more(text):
        pieces = (draft.quantity or 0) + more
    return draft.but(
        size=size or draft.size,
        colour=colour or draft.colour,
        quantity=draft.quantity if pieces is None else pieces,
    )


def repeats(draft: Draft, said: Said) -> bool:
    """Whether a message corrects the goods to what they are already."""
    if draft.product is None or not (_about_goods(said) and CORRECTS.search(said.text)):
        return False
    return any(kind_said(said.text, draft.product)) or _pieces(said.text, said) == draft.quantity


def _about_goods(said: Said) -> bool:
    return said.asked in ABOUT_GOODS or bool(CORRECTS.search(said.text))


def _pieces(text: str, said: Said, but: Sequence[str] = ()) -> int | None:
    """The number of pieces. Only a number in words can be too large to be read from the text."""
    free = said.asked in ABOUT_GOODS
    if not (free or COUNTS.search(text)):
        return None
    pieces = pieces_said(text, but=but)
    return _many(said) if pieces is None and free else pieces


def _many(said: Said) -> int | None:
    """A number of pieces that is too large to be read from the words."""
    numbers = [int(value) for value in said.values("quantity") if value.isdecimal()]
    return numbers[-1] if numbers else None


def _size_otherwise(text: str, product: Product) -> str:
    """ "750 ml" for "the 750"; of two sizes in numbers, "150 × 220 cm" for "the bigger one"."""
    sizes = list(dict.fromkeys(v.size for v in product.variants if v.size[:1].isdigit()))
    numbers = set(re.findall(r"\d+", text))
    named = [size for size in sizes if size.split()[0] in numbers]
    if not named and len(sizes) == 2:
        named = [size for size, words in zip(sizes, BY_SIZE, strict=True) if words.search(text)]
    return named[0] if len(named) == 1 else ""


def _content(words: str, product: Product) -> list[str]:
    """The words that may name a product: none of its colours and sizes, and no numbers."""
    kinds = {word for v in product.variants for word in words_of(f"{v.colour} {v.size}")}
    return [
        word
        for word in words_of(POLITE.sub("", ASKING.sub("", words)))
        if len(word) > 2 and word not in kinds and not word.isdecimal()
    ]
