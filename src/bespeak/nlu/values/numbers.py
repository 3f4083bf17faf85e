"""Numbers and ordinals: in digits as the locale writes them, and in English words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from bespeak.nlu.values.value import Value, before, in_name, plain

ONES = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
SUFFIXES = {"k": 1e3, "m": 1e6, "g": 1e9}
ODD = {
    "nil": 0,
    "naught": 0,
    "nought": 0,
    "single": 1,
    "a pair": 2,
    "pair": 2,
    "a couple": 2,
    "couple": 2,
    "a few": 3,
    "few": 3,
    "a dozen": 12,
    "dozen": 12,
}
ORDINALS = {
    word: number
    for number, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
        ],
        start=1,
    )
} | {word[:-1] + "ieth": number for word, number in TENS.items()}

_ONE = "|".join(sorted(ONES, key=len, reverse=True))
_TEN = "|".join(TENS)
_WORD = rf"(?:(?:{_TEN})(?:[\s-]+(?:{_ONE}))?|{_ONE})"
WORDS = re.compile(
    rf"\b(?:(?:minus|negative)\s+)?"
    rf"(?:{_WORD}|an?(?=\s+(?:hundred|thousand|million|billion|trillion)\b))"
    rf"(?:(?:\s+and)?[\s-]+(?:hundred|thousand|million|billion|trillion|{_WORD}))*"
    rf"(?:\s+point(?:\s+(?:{_ONE}))+)?(?:\s+(?:hundred|thousand|million|billion|trillion))*"
    rf"(?:\s+dozens?)?\b",
    re.IGNORECASE,
)
ODD_WORDS = re.compile(
    r"\b(?:" + "|".join(sorted(ODD, key=len, reverse=True)) + r")(?:\s+of)?\b", re.IGNORECASE
)
SCALE = re.compile(r"\s+(hundred|thousand|million|billion|trillion)s?\b", re.IGNORECASE)
DOZEN = re.compile(r"\s+dozens?\b", re.IGNORECASE)
MINUS = re.compile(r"\b(?:minus|negative)\s+$", re.IGNORECASE)
ORDINAL_DIGITS = re.compile(r"(?<!\d)(\d+)\s?(?:st|nd|rd|th)(?![a-z])", re.IGNORECASE)
ORDINAL_SIGN = re.compile(r"(?<!\d)(\d+)\s?[ºª]")
ORDINAL_WORDS = re.compile(
    rf"\b(?:({_TEN})[\s-]+)?({'|'.join(sorted(ORDINALS, key=len, reverse=True))})\b", re.IGNORECASE
)


WORD = re.compile(r"[^\W\d_]+")
LARGEST = 1e18  # what is beyond is no number, as for Duckling


@dataclass(frozen=True, slots=True)
class Number:
    """A number and where it stands; `in_words` where it is spelled out.

    `in_name` marks digits of something that is named and not counted: `CM-10412`, `1Z999AA1`,
    `2.0.1`.
    """

    value: float
    start: int
    end: int
    in_words: bool = False
    in_name: bool = False


def numbers(text: str, locale: str) -> list[Number]:
    """Return all numbers, longest readings only, in order."""
    found = [*_in_digits(text, locale)]
    if locale.startswith("en"):
        found += [*_in_words(text), *_odd(text)]
    kept: list[Number] = []
    for number in sorted(found, key=lambda number: (number.start, -number.end)):
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return kept


def as_values(found: list[Number]) -> list[Value]:
    return [
        Value("number", n.start, n.end, {"value": plain(n.value), "type": "value"})
        for n in found
        if not n.in_name
    ]


def ordinals(text: str, locale: str) -> list[Value]:
    """Return `first`, `21st` and the like."""
    found = [(int(m[1]), *m.span()) for m in ORDINAL_SIGN.finditer(text)]
    if locale.startswith("en"):
        found += [(int(m[1]), *m.span()) for m in ORDINAL_DIGITS.finditer(text)]
        for match in ORDINAL_WORDS.finditer(text):
            tens = TENS[match[1].lower()] if match[1] else 0
            unit = ORDINALS[match[2].lower()]
            if not tens or unit < 10:
                found.append((tens + unit, *match.span()))
    return [
        Value("ordinal", start, end, {"value": number, "type": "value"})
        for number, start, end in found
    ]


@lru_cache(maxsize=16)
def digits(locale: str) -> re.Pattern[str]:
    """Return the pattern of a number in digits: groups `whole`, `part` and `suffix`."""
    symbols = Locale.parse(locale).number_symbols
    latin = symbols.get("latn", symbols)
    point, group = re.escape(latin["decimal"]), re.escape(latin["group"])
    if not latin["group"].strip():  # a thin or unbreakable blank: people type an ordinary one
        group = r"[\s\u00a0\u202f]"
    suffix = (
        r"(?:\s?(?P<suffix>[kKMG])(?![^\W\d_]))?" if locale.startswith("en") else "(?P<suffix>)"
    )
    return re.compile(
        rf"(?<!\d)(?P<sign>(?<!\w)-\s?)?"
        rf"(?:(?P<whole>\d{{1,3}}(?:{group}\d{{3}})+(?!\d)|\d+)(?:{point}(?P<part>\d+))?"
        rf"|(?<!\w){point}(?P<bare>\d+))(?!\d){suffix}"
    )


def _in_digits(text: str, locale: str) -> Iterator[Number]:
    for match in digits(locale).finditer(text):
        whole = re.sub(r"\D", "", match["whole"] or "0")
        if len(whole) > 18:
            continue
        part = match["part"] or match["bare"]
        value = float(f"{whole}.{part}") if part else int(whole)
        start, end = match.span()
        named = in_name(text, start, end)
        if match["suffix"]:
            value *= SUFFIXES[match["suffix"].lower()]
        elif scale := SCALE.match(text, end):
            value *= SCALES[scale[1].lower()]
            end = scale.end()
        elif dozen := DOZEN.match(text, end):
            value *= 12
            end = dozen.end()
        minus = before(MINUS, text, start)
        if match["sign"] or minus:
            value, start = -value, minus.start() if minus else start
        if abs(value) < LARGEST:
            yield Number(value, start, end, in_name=named)


def _in_words(text: str) -> Iterator[Number]:
    for match in WORDS.finditer(text):
        for words in _numbers_in([*WORD.finditer(text, *match.span())]):
            said = [word[0].lower() for word in words]
            negative = said[0] in ("minus", "negative")
            value = _value(said[negative:])
            if value < LARGEST:
                span = words[0].start(), words[-1].end()
                yield Number(-value if negative else value, *span, in_words=True)


def _numbers_in(words: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Part words that make no one number: `one two`, `twenty and thirty`."""
    number: list[re.Match[str]] = []
    for word in words:
        if number and not _goes_on(number, word[0].lower()):
            yield _trimmed(number)
            number = []
        if number or word[0].lower() != "and":
            number.append(word)
    yield _trimmed(number)


def _goes_on(number: list[re.Match[str]], word: str) -> bool:
    said = [each[0].lower() for each in number]
    last = said[-1]
    if word == "and":
        return last in SCALES
    if "point" in said or (word not in ONES and word not in TENS):
        return True
    if last in TENS:
        return ONES.get(word) != 0
    return last not in ONES or word in TENS or ONES[word] > 9  # "nineteen eighty", "one twelve"


def _trimmed(number: list[re.Match[str]]) -> list[re.Match[str]]:
    """Leave out an `and` at the end."""
    return number[:-1] if number[-1][0].lower() == "and" else number


def _odd(text: str) -> Iterator[Number]:
    for match in ODD_WORDS.finditer(text):
        words = re.sub(r"\s+of$", "", match[0].lower())
        yield Number(ODD[re.sub(r"\s+", " ", words)], *match.span(), in_words=True)


def _value(words: list[str]) -> float:
    """Return the value of number words: `two hundred and five thousand` is 205,000."""
    total = current = 0.0
    place = 0
    for word in words:
        if word == "point":
            place = 1
        elif place and word in ONES and ONES[word] < 10:
            current += ONES[word] / 10**place
            place += 1
        elif word in ("a", "an"):
            current = 1.0
        elif word in ONES or word in TENS:
            number = ONES.get(word, TENS.get(word, 0))
            # "one twenty two" and "nineteen eighty": said in pairs of digits
            said_in_pairs = 0 < current < 100 and number >= 10
            current = current * 100 + number if said_in_pairs else current + number
        elif word == "hundred":
            current = (current or 1.0) * 100
        elif word in SCALES:
            total += (current or 1.0) * SCALES[word]
            current = 0.0
        elif word.startswith("dozen"):
            current *= 12
    return total + current
