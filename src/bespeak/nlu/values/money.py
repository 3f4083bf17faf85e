"""Amounts of money: a number and a currency, a range of them, or a limit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from babel import Locale

from bespeak.nlu.values.numbers import Number
from bespeak.nlu.values.value import Value, Wire, before, plain

# What people write, and Duckling's unit: a code where the currency is certain, else its sign.
UNITS = {
    "$": "$",
    "dollar": "$",
    "dollars": "$",
    "usd": "USD",
    "us$": "USD",
    "us dollar": "USD",
    "us dollars": "USD",
    "bucks": "unknown",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "eur": "EUR",
    "£": "£",
    "pound": "£",
    "pounds": "£",
    "quid": "£",
    "gbp": "GBP",
    "¥": "JPY",
    "yen": "JPY",
    "jpy": "JPY",
    "yuan": "CNY",
    "rmb": "CNY",
    "cny": "CNY",
    "₹": "INR",
    "rs": "INR",
    "rs.": "INR",
    "rupee": "INR",
    "rupees": "INR",
    "inr": "INR",
    "₩": "KRW",
    "won": "KRW",
    "₽": "RUB",
    "rubles": "RUB",
    "₪": "ILS",
    "shekel": "ILS",
    "shekels": "ILS",
    "francs": "CHF",
    "franken": "CHF",
    "chf": "CHF",
    "c$": "CAD",
    "ca$": "CAD",
    "cad": "CAD",
    "a$": "AUD",
    "aud": "AUD",
    "rm": "MYR",
    "ringgit": "MYR",
    "dinar": "dinar",
    "dinars": "dinar",
    "dirham": "dirham",
    "dirhams": "dirham",
    "rial": "rial",
    "rials": "rial",
    "riyal": "riyal",
    "riyals": "riyal",
    "¢": "cent",
    "cent": "cent",
    "cents": "cent",
    "penny": "cent",
    "pennies": "cent",
    "pence": "cent",
    "c": "cent",
}
FOREIGN = {
    "de": {"pfund": "£"},
    "es": {"dólar": "$", "dólares": "$", "libra": "£", "libras": "£", "céntimos": "cent"},
    "fr": {"livre": "£", "livres": "£", "centime": "cent", "centimes": "cent"},
    "it": {"dollaro": "$", "dollari": "$", "sterlina": "£", "sterline": "£", "centesimi": "cent"},
    "pt": {"dólar": "$", "dólares": "$", "libra": "£", "libras": "£", "r$": "BRL", "reais": "BRL"},
}
SPELLED = frozenset(
    unit
    for unit in {*UNITS, *(name for names in FOREIGN.values() for name in names)}
    if (unit.isalpha() and len(unit) > 3) or unit == "c"
) - {"ringgit"}
"""What stands after a number only: `43` of `20 dollars 43` is not in dollars by this."""

BETWEEN = re.compile(r"\b(?:between|from)\s+$", re.IGNORECASE)
AND = re.compile(r"\s*(?:-|–|\band\b|\bto\b)\s*", re.IGNORECASE)
UNDER = re.compile(r"\b(?:under|below|less than|lower than|at most|up to|no more than)\s+$", re.I)
ABOVE = re.compile(r"\b(?:over|above|more than|at least|no less than)\s+$", re.IGNORECASE)
ABOUT = re.compile(r"\b(?:about|around|approximately|roughly|almost|exactly|nearly)\s+$", re.I)
PLUS_CENTS = re.compile(r"\s*(?:,|\band\b)?\s*", re.IGNORECASE)
A_DOLLAR = re.compile(r"\ban?\s+(dollar|euro|pound|rupee|cent|penny|buck)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount: `unit` is None where the other end of a range has it."""

    value: float
    unit: str | None
    start: int
    end: int


def amounts(text: str, locale: str, numbers: Sequence[Number]) -> list[Value]:
    """Return amounts of money among the numbers, ranges and limits included."""
    single = [_amount(text, locale, number) for number in numbers]
    single += [
        Amount(1.0, UNITS.get(m[1].lower(), "unknown"), *m.span()) for m in A_DOLLAR.finditer(text)
    ]
    merged = _with_cents(text, sorted(single, key=lambda amount: amount.start))
    ranges, ends = _ranges(text, merged)
    return [*ranges, *_limits(text, [amount for amount in merged if amount not in ends])]


def _amount(text: str, locale: str, number: Number) -> Amount:
    leading, trailing = _currency(locale)
    left = before(leading, text, number.start)
    right = trailing.match(text, number.end)
    units = _units(locale)
    if right:
        unit, end = right["unit"].lower(), right.end()
        start = number.start
        if left and units.get(left["unit"].lower(), "") == "$":  # "$10 USD"
            start = left.start()
        return Amount(number.value, units.get(unit, unit.upper()), start, end)
    if left:
        unit = left["unit"].lower()
        return Amount(number.value, units.get(unit, unit.upper()), left.start(), number.end)
    return Amount(number.value, None, number.start, number.end)


def _with_cents(text: str, amounts: Sequence[Amount]) -> list[Amount]:
    """Join `20 dollars and 43 cents`, and `$20 43`."""
    merged: list[Amount] = []
    for amount in amounts:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.unit not in (None, "cent")
            and last.value == int(last.value)
            and 0 < amount.value < 100
            and (joint := PLUS_CENTS.fullmatch(text, last.end, amount.start)) is not None
            and (amount.unit == "cent" or (amount.unit is None and joint[0].strip() != ","))
            and joint[0]
        ):
            value = last.value + amount.value / 100
            merged[-1] = Amount(value, last.unit, last.start, amount.end)
        else:
            merged.append(amount)
    return merged


def _ranges(text: str, amounts: Sequence[Amount]) -> tuple[list[Value], set[Amount]]:
    """Return the ranges, and the amounts that are their ends."""
    found = []
    ends: set[Amount] = set()
    for low, high in pairwise(amounts):
        joint = AND.fullmatch(text, low.end, high.start)
        opening = before(BETWEEN, text, low.start)
        spoken = joint is not None and joint[0].strip().lower() == "and"
        unit = high.unit or low.unit
        if (
            joint is None
            or unit is None
            or (spoken and not opening)
            or low.unit not in (None, unit)
            or low.value >= high.value
        ):
            continue
        start = opening.start() if opening else low.start
        wire = {
            "type": "interval",
            "from": {"value": plain(low.value), "unit": unit},
            "to": {"value": plain(high.value), "unit": unit},
        }
        found.append(Value("amount-of-money", start, high.end, wire))
        ends |= {low, high}
    return found, ends


def _limits(text: str, amounts: Sequence[Amount]) -> list[Value]:
    found = []
    for amount in amounts:
        if amount.unit is None:
            continue
        one: Wire = {"value": plain(amount.value), "unit": amount.unit}
        start: int = amount.start
        wire: Wire = {"type": "value", **one}
        if under := before(UNDER, text, amount.start):
            start, wire = under.start(), {"type": "interval", "to": one}
        elif above := before(ABOVE, text, amount.start):
            start, wire = above.start(), {"type": "interval", "from": one}
        elif about := before(ABOUT, text, amount.start):
            start = about.start()
        found.append(Value("amount-of-money", start, amount.end, wire))
    return found


@lru_cache(maxsize=16)
def _units(locale: str) -> dict[str, str]:
    return UNITS | FOREIGN.get(locale.partition("_")[0], {})


@lru_cache(maxsize=16)
def _currency(locale: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what stands before a number, and what after it: signs, names and codes."""
    names = sorted(_units(locale), key=len, reverse=True)
    written = "|".join(map(re.escape, names))
    signs = "|".join(re.escape(name) for name in names if name not in SPELLED)
    codes = "|".join(sorted(Locale.parse(locale).currencies))
    leading = re.compile(rf"(?<![\w$])(?P<unit>(?i:{signs})|(?:{codes}))\s?$")
    trailing = re.compile(rf"\s?(?P<unit>(?i:{written})|(?:{codes}))(?!\w)")
    return leading, trailing
