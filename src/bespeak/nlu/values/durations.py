"""Lengths of time: a number and a unit, or several of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bespeak.nlu.values.numbers import Number
from bespeak.nlu.values.value import Value

SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "quarter": 7_776_000,
    "year": 31_536_000,
}
UNIT = re.compile(
    r"\s*-?\s*(?:more\s+)?(?:(?P<second>seconds?|secs?|s)|(?P<minute>minutes?|mins?|m(?=\b)|')|"
    r"(?P<hour>hours?|hrs?|h)|(?P<day>days?)|(?P<week>weeks?|wks?)|(?P<month>months?)|"
    r"(?P<quarter>quarters?|qtrs?)|(?P<year>years?|yrs?))(?![\w'])",
    re.IGNORECASE,
)
SPOKEN = re.compile(
    r"\b(?:(?P<half>(?:an?\s+)?half(?:\s+(?:an?|of\s+an?))?)|"
    r"(?P<three>(?:three|3)[\s-]quarters\s+of\s+an?)|"
    r"(?P<quarter_of>(?:a\s+)?quarter[\s-](?:of\s+)?(?:an?|(?=hour)))|"
    r"(?P<one>an?|one))"
    r"[\s-]+(?P<unit>seconds?|sec|minutes?|min|hour|day|week|fortnight|month|quarter|year)\b"
    r"(?P<more>\s+and\s+a\s+half\b)?",
    re.IGNORECASE,
)
AND_A_HALF = re.compile(r"\s+and\s+(?:a|an)\s+half\b", re.IGNORECASE)
JOINT = re.compile(r"\s*(?:,|\band\b)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duration:
    """So many of a unit, and where it stands."""

    amount: int
    unit: str
    start: int
    end: int

    @property
    def seconds(self) -> int:
        return self.amount * SECONDS[self.unit]


def durations(text: str, numbers: Sequence[Number]) -> list[Duration]:
    """Return durations, neighbours joined: `2 hours and 30 minutes` is 150 minutes."""
    found = [*_counted(text, numbers), *_spoken(text)]
    joined: list[Duration] = []
    for duration in sorted(found, key=lambda duration: (duration.start, -duration.end)):
        last = joined[-1] if joined else None
        if last is not None and duration.start < last.end:
            continue
        if (
            last is not None
            and SECONDS[duration.unit] < SECONDS[last.unit]
            and JOINT.fullmatch(text, last.end, duration.start)
        ):
            amount = last.seconds // SECONDS[duration.unit] + duration.amount
            joined[-1] = Duration(amount, duration.unit, last.start, duration.end)
        else:
            joined.append(duration)
    return joined


def as_values(found: Sequence[Duration]) -> list[Value]:
    return [
        Value(
            "duration",
            duration.start,
            duration.end,
            {
                "value": duration.amount,
                duration.unit: duration.amount,
                "type": "value",
                "unit": duration.unit,
                "normalized": {"value": duration.seconds, "unit": "second"},
            },
        )
        for duration in found
    ]


def _counted(text: str, numbers: Sequence[Number]) -> list[Duration]:
    found = []
    for number in numbers:
        unit = UNIT.match(text, number.end)
        if unit is None or number.value < 0:
            continue
        half = AND_A_HALF.match(text, number.end)
        name = str(unit.lastgroup)
        end = unit.end()
        if half is None and (after := AND_A_HALF.match(text, end)):
            half, end = after, after.end()
        found.append(_scaled(number.value + (0.5 if half else 0), name, number.start, end))
    for number in numbers:  # "2 and a half hours"
        half = AND_A_HALF.match(text, number.end)
        unit = UNIT.match(text, half.end()) if half else None
        if unit is not None:
            name = str(unit.lastgroup)
            found.append(_scaled(number.value + 0.5, name, number.start, unit.end()))
    return found


def _spoken(text: str) -> list[Duration]:
    found = []
    for match in SPOKEN.finditer(text):
        unit = match["unit"].lower().rstrip("s")
        amount = 0.5 if match["half"] else 0.75 if match["three"] else 1.0
        amount = 0.25 if match["quarter_of"] else amount
        if unit == "fortnight":
            unit, amount = "day", 14 * amount
        unit = {"sec": "second", "min": "minute"}.get(unit, unit)
        found.append(_scaled(amount + (0.5 if match["more"] else 0), unit, *match.span()))
    return found


def _scaled(amount: float, unit: str, start: int, end: int) -> Duration:
    """Return a duration in whole units: two and a half hours are 150 minutes."""
    smaller = {"year": ("month", 12), "week": ("day", 7), "day": ("hour", 24)}
    smaller |= {"hour": ("minute", 60), "minute": ("second", 60), "month": ("day", 30)}
    smaller |= {"quarter": ("month", 3)}
    while amount != int(amount) and unit in smaller:
        unit, times = smaller[unit]
        amount *= times
    return Duration(round(amount), unit, start, end)
