"""What is found: a value, where it stands, and which of several readings holds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Wire: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """`dimension` is Duckling's name of the kind, `wire` its JSON."""

    dimension: str
    start: int
    end: int
    wire: Wire


NAME_BEFORE = re.compile(r"[^\W\d_]-?$|\d\.$")
NAME_AFTER = re.compile(r"-?[^\W\d_]+\d|\.\d")


def in_name(text: str, start: int, end: int) -> bool:
    """Say whether digits belong to something that is named, not counted: `CM-10412`, `2.0.1`."""
    return bool(before(NAME_BEFORE, text, start) or NAME_AFTER.match(text, end))


def longest(values: Iterable[Value]) -> list[Value]:
    """Return the values that no longer one contains, in the order of the text.

    Of one dimension and one span, the first holds; other dimensions may have the same span.
    """
    kept: list[Value] = []
    seen: set[tuple[str, int, int]] = set()
    widest = (0, -1)  # the span that reaches furthest
    for value in sorted(values, key=lambda value: (value.start, -value.end)):
        span, key = (value.start, value.end), (value.dimension, value.start, value.end)
        if (widest[1] >= value.end and widest != span) or key in seen:
            continue
        seen.add(key)
        kept.append(value)
        widest = max(widest, span, key=lambda span: span[1])
    return kept


def plain(number: float) -> int | float:
    """Return a whole number without its decimal point, and others without binary dust."""
    number = round(number, 10)
    return int(number) if number == int(number) else number


def before(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str] | None:
    """Return the match that ends at the position, at most 24 characters long.

    The pattern ends in `$`. Looking no further back keeps a long text from costing its square.
    """
    return pattern.search(text, max(0, position - 24), position)
