"""What a message says of who orders something, and how it should be sent."""

import re
from collections.abc import Sequence

from actions.details import full_name, person_name
from actions.order_draft import Draft
from actions.order_words import ANSWERS, ASKS_ELSEWHERE, Said
from actions.services.shipping import DeliveryOption
from actions.wording import email_address

NAMED = re.compile(
    r"^.*\bname(?:\s+is|'s|\s+should be|:)\s+|^(?:i am|i'm|it is|it's|this is|for|to)\s+", re.I
)
TELLS_NAME = re.compile(r"\bname(?:\s+is|'s|\s+should be|:)\s", re.IGNORECASE)
"""How one says, among other things, what one is called."""

AFTER_NAME = re.compile(r"[,.;]|\s(?:and|my|mail|e-?mail)\b.*", re.IGNORECASE | re.DOTALL)

LIKE_A_NAME = re.compile(r"(?:[^\W\d_a-z][\w'’.-]*\s*){2,4}")
NAME = re.compile(r"[^\W\d_][\w '’.-]*")
MOST_WORDS_OF_A_NAME = 5


def with_email(draft: Draft, said: Said) -> tuple[Draft, Said]:
    """The draft with the e-mail address of the message, and the message without it."""
    email = email_address(said.text)
    return (draft.but(email=email), said.without(email)) if email else (draft, said)


def with_name(draft: Draft, said: Said) -> Draft:
    """The draft with the name that the message tells: asked for, or said to be one."""
    tells = TELLS_NAME.search(said.text)
    part = next(iter(said.values("person")[::-1]), "")
    may_be = said.intent in ASKS_ELSEWHERE and LIKE_A_NAME.fullmatch(said.text.strip())
    shaped = said.intent in ANSWERS or may_be
    answers = said.asked == "buyer_name" and (part or shaped)
    if not (answers or tells):
        return draft
    text = NAMED.sub("", said.text.strip()).strip(" .,!")
    if tells:
        text = AFTER_NAME.split(text, maxsplit=1)[0].strip()
    name = person_name(full_name(part, said.text) if part else text)
    if name is None or not NAME.fullmatch(name) or len(name.split()) > MOST_WORDS_OF_A_NAME:
        return draft
    return draft.but(name=name)


def with_way(draft: Draft, said: Said) -> Draft:
    """The draft with the way of delivery that the message names."""
    way = _way(said.text.casefold(), draft.ways)
    return draft.but(way_id=way.option_id) if way else draft


def _way(text: str, ways: Sequence[DeliveryOption]) -> DeliveryOption | None:
    if not ways:
        return None
    if re.search(r"\bcheap|\bleast expensive\b", text):
        return min(ways, key=lambda way: way.price_cents)
    if re.search(r"\bfast|\bquick|\bsoon", text):
        return min(ways, key=lambda way: way.days_max)
    words = set(re.findall(r"\w{4,}", text.replace("-", "")))
    for way in ways:
        if words & set(
            re.findall(r"\w{4,}", f"{way.name} {way.carrier}".casefold().replace("-", ""))
        ):
            return way
    return None
