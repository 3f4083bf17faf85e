"""What a customer's words change in an order: which line, and into what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actions.matching import NUMBERS, naming, words_of
from actions.services.orders import Line, Order
from actions.services.products import Product, Variant
from actions.wording import order_numbers

REMOVING = re.compile(
    r"\b(remove|delete|drop|without|no longer|don'?t (?:want|need)"
    r"|take (?:\w+ ){0,4}(?:out|off))\b",
    re.IGNORECASE,
)
PIECES = re.compile(
    r"\b(?:(?:make it|only|just|order|want|need|get|have|to|instead of \w+,?|quantity)\s+)?"
    r"(?P<n>\d{1,2}|" + "|".join(NUMBERS) + r")\b(?!\s*(?:ml|cm|kg|l\b|×|x\s*\d|inch))",
    re.IGNORECASE,
)
MORE = re.compile(
    rf"\b(?P<n>\d{{1,2}}|{'|'.join(NUMBERS)})\s+more\b"
    r"|\banother\b(?!\s+(?:size|colou?r|kind|model|address|way))",
    re.IGNORECASE,
)
"""How one asks for more than there is already: "two more", "another T-shirt"."""

ADDING = re.compile(r"\b(?:add|also|too|as well|plus)\b", re.IGNORECASE)
"""How one names something beside what was named before, or is in the order."""

NO_NUMBER = re.compile(r"\b(?:the|this|that|which|\w*other|right|wrong|\w+(?:ger|ler))\s*$", re.I)
"""What stands before a "one" that counts nothing."""

LONGEST_BEFORE = 40
"""Characters before a number in which `NO_NUMBER` is looked for: a word and blanks."""

SIZES = {"xs": "extra small", "s": "small", "m": "medium", "l": "large", "xl": "extra large"}
COLOURS = {"gray": "grey"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a line should become. `variant` is the one it has where that stays."""

    line: Line
    variant: Variant
    product: str
    quantity: int


def meant_line(text: str, order: Order) -> Line | None:
    """The line that is meant: the only one, or the one with most of its name in the text."""
    if len(order.lines) == 1:
        return order.lines[0]
    words = set(words_of(text))
    scored = [(len(naming(line.product, words)), line) for line in order.lines]
    best = max(score for score, _ in scored)
    found = [line for score, line in scored if score == best]
    return found[0] if best and len(found) == 1 else None


def wished(text: str, line: Line, product: Product) -> Wish | None:
    """What the text makes of this line within its product; `None` where it says nothing of it."""
    now = next((v for v in product.variants if v.variant_id == line.variant_id), None)
    if REMOVING.search(text):
        return Wish(line, now or product.variants[0], product.name, 0)
    size, colour = kind_said(text, product, but_size=line.size, but_colour=line.colour)
    pieces = pieces_said(text, but=(size, line.size, colour, line.colour, line.product))
    if more := pieces_more(text):
        pieces = line.quantity + more
    if not (size or colour or pieces is not None):
        return None
    variant = next(
        (
            v
            for v in product.variants
            if v.size == (size or line.size) and v.colour == (colour or line.colour)
        ),
        None,
    )
    if variant is None:
        return None
    return Wish(line, variant, product.name, line.quantity if pieces is None else pieces)


def swapped(text: str, line: Line, product: Product) -> Wish | None:
    """As much of another product in place of the line, in the size and colour said, if any."""
    size, colour = kind_said(text, product)
    fitting = [v for v in product.variants if size in ("", v.size) and colour in ("", v.colour)]
    in_stock = [v for v in fitting if v.stock >= line.quantity]
    found = next(iter(in_stock or fitting), None)
    return Wish(line, found, product.name, line.quantity) if found else None


def kind_said(
    text: str, product: Product, *, but_size: str = "", but_colour: str = ""
) -> tuple[str, str]:
    """The size and the colour of the product that a text names last, empty where it names none.

    `but_size` and `but_colour` are how things are already, so not what is wished.
    """
    return (
        _last_said(text, {variant.size for variant in product.variants}, but=but_size),
        _last_said(text, {variant.colour for variant in product.variants}, but=but_colour),
    )


def pieces_said(text: str, *, but: Sequence[str] = ()) -> int | None:
    """The number of pieces in a text, of which the parts `but` count nothing: sizes and names
    may have digits. "The black one" is no number."""
    return _pieces(_without(text, *but))


def pieces_more(text: str) -> int:
    """How many pieces more a text asks for, 0 where it does not."""
    found = MORE.search(text)
    if found is None:
        return 0
    number = (found["n"] or "one").casefold()
    return NUMBERS.get(number) or int(number)


def other_thing(text: str) -> str:
    """What stands after "for" or "with": "the kettle" in "swap the lamp for the kettle"."""
    found = re.search(r"\b(?:for|with|into)\s+(?:an?\s+|the\s+|some\s+)?(.{3,60})$", text, re.I)
    return found[1].strip(" .!?") if found else ""


def available(product: Product, wish: Wish) -> list[Variant]:
    """Other variants of the product of which there are enough, the most alike first."""

    def alike(variant: Variant) -> int:
        return (variant.size == wish.variant.size) + (variant.colour == wish.variant.colour)

    others = [
        v
        for v in product.variants
        if v.stock >= wish.quantity
        and v.variant_id not in (wish.variant.variant_id, wish.line.variant_id)
    ]
    return sorted(others, key=alike, reverse=True)[:3]


def _last_said(text: str, values: set[str], *, but: str) -> str:
    """The value mentioned last that is not how things are already; empty where there is none."""
    said = text.casefold()
    for wrong, right in COLOURS.items():
        said = re.sub(rf"\b{wrong}\b", right, said)
    places = {
        value: found[-1] for value in values if value and (found := _places(said, value.casefold()))
    }
    new = {value: place for value, place in places.items() if value != but}
    return max(new, key=lambda value: new[value]) if new else ""


def _places(said: str, value: str) -> list[int]:
    spellings = [re.escape(value), *([SIZES[value]] if value in SIZES else [])]
    found: list[int] = []
    for spelling in spellings:
        apart = r"(?<![\w'’])" if len(spelling) < 3 else r"(?<!\w)(?<!extra )"
        found += [match.start() for match in re.finditer(rf"{apart}{spelling}(?!\w)", said)]
    return sorted(found)


def _without(text: str, *parts: str) -> str:
    for part in parts:
        if part:
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return re.sub(r"(?i)\binstead of \w+|\bfrom \w+|\bone of\b", " ", order_numbers().without(text))


def _pieces(text: str) -> int | None:
    """The number of pieces in a text; "the black one" is none."""
    said = [match["n"].casefold() for match in PIECES.finditer(text) if _counts(match)]
    return NUMBERS.get(said[-1]) or int(said[-1]) if said else None


def _counts(found: re.Match[str]) -> bool:
    start = found.start("n")
    before = found.string[max(0, start - LONGEST_BEFORE) : start]
    return found["n"].isdigit() or not NO_NUMBER.search(before)
