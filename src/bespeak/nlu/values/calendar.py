"""Days and feasts by their English names."""

from collections.abc import Callable
from datetime import date, timedelta

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mondays", "mon"),
            ("tuesday", "tuesdays", "tues", "tue"),
            ("wednesday", "wednesdays", "wed"),
            ("thursday", "thursdays", "thurs", "thur", "thu"),
            ("friday", "fridays", "fri"),
            ("saturday", "saturdays", "sat"),
            ("sunday", "sundays", "sun"),
        )
    )
    for name in names
}
PARTS = {
    "early morning": (4, 9),
    "morning": (4, 12),
    "lunchtime": (12, 14),
    "lunch": (12, 14),
    "afternoon": (12, 19),
    "evening": (18, 24),
    "night": (18, 24),
}
"""Parts of the day, in hours."""


def on(month: int, day: int) -> Callable[[int], date]:
    """Return the feast that is on the same day each year."""
    return lambda year: date(year, month, day)


def nth(month: int, weekday: int, n: int, plus: int = 0) -> Callable[[int], date]:
    """Return the feast on the n-th weekday of a month, counted from its end where n is -1."""

    def feast(year: int) -> date:
        if n > 0:
            first = date(year, month, 1)
            day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
        else:
            last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            day = last - timedelta(days=(last.weekday() - weekday) % 7)
        return day + timedelta(days=plus)

    return feast


def easter(plus: int = 0) -> Callable[[int], date]:
    """Return Easter Sunday, or so many days after it, by the Gregorian computus of Meeus."""

    def feast(year: int) -> date:
        a, (b, c) = year % 19, divmod(year, 100)
        d, e = divmod(b, 4)
        g = (8 * b + 13) // 25
        h = (19 * a + b - d - g + 15) % 30
        i, k = divmod(c, 4)
        j = (32 + 2 * e + 2 * i - h - k) % 7
        m = (a + 11 * h + 22 * j) // 451
        month, day = divmod(h + j - 7 * m + 114, 31)
        return date(year, month, day + 1) + timedelta(days=plus)

    return feast


FEASTS = {
    r"new\s+year'?s?\s+eve": on(12, 31),
    r"new\s+year'?s?(?:\s+day)?": on(1, 1),
    r"valentine'?s?(?:\s+day)?": on(2, 14),
    r"good\s+friday": easter(-2),
    r"easter\s+monday": easter(1),
    r"easter(?:\s+sunday)?": easter(),
    r"mother'?s\s+day": nth(5, 6, 2),
    r"memorial\s+day": nth(5, 0, -1),
    r"father'?s\s+day": nth(6, 6, 3),
    r"independence\s+day": on(7, 4),
    r"labou?r\s+day": nth(9, 0, 1),
    r"hallowe?en": on(10, 31),
    r"thanksgiving(?:\s+day)?": nth(11, 3, 4),
    r"black\s+friday": nth(11, 3, 4, plus=1),
    r"cyber\s+monday": nth(11, 3, 4, plus=4),
    r"(?:christmas|xmas)\s+eve": on(12, 24),
    r"(?:christmas|xmas)(?:\s+day)?": on(12, 25),
}
