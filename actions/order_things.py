"""Several things in one order: told at once, added, taken out, and which of them is meant."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from actions.order_draft import Draft, Goods, Wanted
from actions.order_words import Said, names, with_goods
from actions.wishes import REMOVING, kind_said

BETWEEN = re.compile(r"[,;&+]|\b(?:and|plus|also|as well as)\b", re.IGNORECASE)
"""What parts two things; the last of them, as the first thing's kind may hold one, too."""

ADDS = re.compile(
    r"\b(?:also|too|as well|add(?:itionally)?|plus|on top|(?:and|then) (?:now |also )?"
    r"(?:an?|the|some|one|two|three|four|\d{1,2})|another)\b",
    re.IGNORECASE,
)
"""How one asks for a thing beside those that were asked for before, not in their place."""

LEAVES_OUT = re.compile(r"\b(?:leave (?:\w+ ){0,3}out|skip|forget)\b", re.IGNORECASE)
"""How one takes a thing out of an order, beside what `REMOVING` knows."""


def things(said: Said) -> list[Said]:
    """The message in as many parts as it names things, each as if it were alone."""
    named = [one for one in said.entities if _is_new(one)]
    if len(named) < 2 or any("start" not in one for one in named):
        return [said]
    cuts = [0]
    for one, other in pairwise(named):
        end = one["end"]
        parting = [found.end() for found in BETWEEN.finditer(said.text[end : other["start"]])]
        cuts.append(end + (parting[-1] if parting else 0))
    parts = [_part(said, *span) for span in zip(cuts, [*cuts[1:], len(said.text)], strict=True)]
    return [part for place, part in enumerate(parts) if not _repeats(part, parts[:place])]


def with_thing(draft: Draft, said: Said, words: str, *, added: bool = False) -> Draft:
    """The draft after a message about the thing that the words name: taken out, chosen otherwise,
    put beside the others, or in the place of the one in hand."""
    place = next(
        (at for at, one in enumerate(draft.chosen) if one.product and names(words, one.product)),
        None,
    )
    if takes_out(said):
        return _without(draft, words, place)
    if place is not None and not _another(said, draft.chosen[place]):
        return _otherwise(draft, place, said)
    if any(one.words == words for one in draft.more):
        return _told_more(draft, said, words)
    in_hand = draft.product is not None or bool(draft.words)
    if in_hand and (added or ADDS.search(said.text)):
        return draft.but(more=(*draft.more, Wanted(words=words, said=said.text)))
    before = f"{draft.said} " if draft.choices else ""
    return draft.but(words=words, said=before + said.text, choices=())


def in_hand(draft: Draft, said: Said, words: str) -> bool:
    """Whether the words name the thing in hand, and the message says which one or how many."""
    if draft.product is None or not names(words, draft.product) or takes_out(said):
        return False
    return not _another(said, draft.in_hand)


def taken_out(said: Said) -> str:
    """The words for what a message takes out; empty where it takes out nothing by name."""
    named = [*said.values("product"), *said.values("product", old=True)]
    return named[-1] if named and takes_out(said) else ""


def takes_out(said: Said) -> bool:
    """Whether a message takes out what it names."""
    return bool(REMOVING.search(said.text) or LEAVES_OUT.search(said.text))


def held(draft: Draft, product: str) -> Draft:
    """The draft with the thing of this name in hand, if it is one of those chosen."""
    place = next(
        (at for at, one in enumerate(draft.chosen) if one.product and one.product.name == product),
        None,
    )
    return draft if place is None else _taken_up(draft, place, draft.chosen[place])


def _told_more(draft: Draft, said: Said, words: str) -> Draft:
    """The draft with more about a thing whose turn comes later: "black ones, and the kettle in
    red". What is said before it is about the one in hand."""
    before = said.text[: max(said.text.casefold().rfind(words.casefold()), 0)]
    cut = max((found.end() for found in BETWEEN.finditer(before)), default=0)
    own = said.text[cut:]
    more = tuple(
        one.model_copy(update={"said": f"{one.said} {own}"}) if one.words == words else one
        for one in draft.more
    )
    return with_goods(draft.but(more=more), _part(said, 0, cut))


def _otherwise(draft: Draft, place: int, said: Said) -> Draft:
    """The draft with another size, colour or number of a thing that is chosen already; the thing
    is in hand again where there is something to ask about it."""
    asked = replace(said, asked="confirmed")
    changed = with_goods(Draft().taking(draft.chosen[place]), asked).in_hand
    enough = changed.variant is not None and 0 < (changed.quantity or 0) <= changed.variant.stock
    if not enough:
        return _taken_up(draft, place, changed)
    return _but(draft, place, changed)


def _taken_up(draft: Draft, place: int, thing: Goods) -> Draft:
    return _but(draft, place).put_down().taking(thing)


def _another(said: Said, thing: Goods) -> bool:
    """Whether one of another kind is asked for, beside those there are: "another one in white"."""
    if thing.product is None or not ADDS.search(said.text):
        return False
    return any(kind_said(said.text, thing.product, but_size=thing.size, but_colour=thing.colour))


def _without(draft: Draft, words: str, place: int | None) -> Draft:
    if place is not None:
        return _but(draft, place)
    if draft.product is not None and names(words, draft.product):
        return draft.without_product()
    return draft.but(more=tuple(one for one in draft.more if one.words != words))


def _but(draft: Draft, place: int, *instead: Goods) -> Draft:
    """The draft with this, or nothing, in the place of a thing that is chosen already."""
    return draft.but(chosen=(*draft.chosen[:place], *instead, *draft.chosen[place + 1 :]))


def _is_new(entity: Mapping[str, Any]) -> bool:
    return entity.get("entity") == "product" and entity.get("role") != "old"


def _part(said: Said, start: int, end: int) -> Said:
    own = [one for one in said.entities if start <= (one.get("start") or 0) < end]
    return replace(said, text=said.text[start:end], entities=own)


def _repeats(part: Said, before: list[Said]) -> bool:
    """Whether a part only names again what was named: "I want a lamp, can I get a lamp?"."""
    kinds = [*part.values("colour"), *part.values("size"), *part.values("quantity")]
    return not kinds and any(one.values("product") == part.values("product") for one in before)
