"""What is said of a time, and which times that may be.

Times are local and without a zone here; the zone is put on when they are written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice

GRAINS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
YEARS_AHEAD = 9
"""As far as we look for a date: the 29th of February may be eight years away."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to before `end`, said to the `grain`. `is_interval` if it has two ends."""

    start: datetime
    end: datetime
    grain: str
    is_interval: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """What is known of a time; what is None is open.

    `fixed` is a stretch that needs no looking for ("tomorrow"). `hour` may be of either half of
    the day where `either_half`. `part` is a part of the day, in hours. `feast` gives a date for a
    year. `later` means not the one that is now: "Tuesday", said on a Tuesday. `is_vague` marks
    what is a time only beside another or after a word such as "at".
    """

    fixed: Stretch | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    part: tuple[int, int] | None = None
    feast: Callable[[int], date] | None = None
    either_half: bool = False
    later: bool = False
    is_vague: bool = False

    @property
    def is_clock(self) -> bool:
        """Whether it says nothing but a time of day."""
        return self.hour is not None and not self.has_date

    @property
    def is_bare(self) -> bool:
        """Whether it is a mere number, which may be an hour or a day."""
        return self.is_clock and self.is_vague and self.minute is None

    @property
    def is_possible(self) -> bool:
        """Whether the hour is one; a mere number up to 31 may still become a day."""
        return self.hour is None or self.hour <= 24

    @property
    def has_date(self) -> bool:
        return (
            self.feast is not None
            or any(known is not None for known in (self.fixed, self.year, self.month, self.day))
            or self.weekday is not None
        )


def both(one: When, other: When) -> When | None:
    """Return what is known where both hold, or None where they contradict."""
    merged: dict[str, object] = {}
    for field in fields(When):
        name = field.name
        if name in ("either_half", "later", "is_vague"):
            continue
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and mine != theirs:
            return None
        merged[name] = theirs if mine is None else mine
    fixed = merged["fixed"]
    if isinstance(fixed, Stretch) and GRAINS.index(fixed.grain) < GRAINS.index("day"):
        return None  # "in two hours" leaves nothing open
    clock = one if one.hour is not None else other
    return replace(When(**merged), either_half=clock.either_half)  # type: ignore[arg-type]


def occurrences(when: When, now: datetime) -> tuple[list[Stretch], bool]:
    """Return up to three stretches it may be, the first of them first.

    They lie ahead, or hold the present; the flag says so. Where none does, the latest before is
    returned.
    """
    ahead = (stretch for stretch in _all(when, now) if stretch.end > now)
    if when.later:
        ahead = (stretch for stretch in ahead if stretch.start > now)
    found = list(islice(ahead, 3))
    if found:
        return found, True
    past = list(_all(when, now))
    return past[-1:], False


def plus(start: datetime, amount: int, grain: str) -> datetime:
    """Return the time so many grains later; a day that the month does not have is its last."""
    if grain in ("year", "quarter", "month"):
        months = amount * {"year": 12, "quarter": 3, "month": 1}[grain]
        index = start.year * 12 + start.month - 1 + months
        year, month = divmod(index, 12)
        day = min(start.day, _days_in(year, month + 1))
        return start.replace(year=year, month=month + 1, day=day)
    return start + amount * timedelta(**{f"{grain}s": 1})


def rounded(moment: datetime, grain: str) -> datetime:
    """Return the start of the second, …, year that holds the moment; weeks start on Monday."""
    moment = moment.replace(microsecond=0)
    if grain == "second":
        return moment
    if grain == "minute":
        return moment.replace(second=0)
    if grain == "hour":
        return moment.replace(minute=0, second=0)
    midnight = moment.replace(hour=0, minute=0, second=0)
    match grain:
        case "day":
            return midnight
        case "week":
            return midnight - timedelta(days=midnight.weekday())
        case "month":
            return midnight.replace(day=1)
        case "quarter":
            return midnight.replace(day=1, month=midnight.month - (midnight.month - 1) % 3)
        case _:
            return midnight.replace(day=1, month=1)


def cycle(now: datetime, grain: str, offset: int) -> Stretch:
    """Return this week (`offset` 0), the next month (1), the last year (-1) …"""
    start = plus(rounded(now, grain), offset, grain)
    return Stretch(start, plus(start, 1, grain), grain)


def _all(when: When, now: datetime) -> Iterator[Stretch]:
    has_clock = when.hour is not None or when.part is not None
    for span in _dates(when, now):
        if not has_clock:
            yield span
            continue
        day = span.start
        while day < span.end:
            yield from _clock(when, day)
            day += timedelta(days=1)


def _dates(when: When, now: datetime) -> Iterator[Stretch]:
    """Yield the stretches of a day or more that the date allows, in order."""
    open_day = when.day is None and when.weekday is None and when.feast is None
    if when.fixed is not None:
        if open_day and when.month is None and when.year is None:
            yield when.fixed
        else:
            yield from _days(when, when.fixed.start, when.fixed.end)
        return
    first = when.year if when.year is not None else now.year
    last = first if when.year is not None else now.year + YEARS_AHEAD
    for year in range(max(first, 1), min(last, 9998) + 1):
        start = datetime(year, when.month or 1, 1)
        if open_day and when.month is not None:
            yield Stretch(start, plus(start, 1, "month"), "month")
        elif open_day and when.year is not None:
            yield Stretch(start, plus(start, 1, "year"), "year")
        else:
            begin = max(start, rounded(now, "day")) if when.year is None else start
            yield from _days(when, begin, datetime(year + 1, 1, 1))


def _days(when: When, start: datetime, end: datetime) -> Iterator[Stretch]:
    for day in _candidates(when, start, end):
        if (
            start <= day < end
            and when.month in (None, day.month)
            and when.day in (None, day.day)
            and when.weekday in (None, day.weekday())
            and when.year in (None, day.year)
        ):
            yield Stretch(day, day + timedelta(days=1), "day")


def _candidates(when: When, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the days it may be: one a year where that is known, else all of them."""
    if when.feast is None and (when.month is None or when.day is None):
        while start < end:
            yield start
            start += timedelta(days=1)
        return
    for year in range(start.year, min(end.year, 9998) + 1):
        if when.feast is not None:
            yield datetime.combine(when.feast(year), datetime.min.time())
        elif when.day is not None and when.day <= _days_in(year, when.month or 1):
            yield datetime(year, when.month or 1, when.day)


def _clock(when: When, day: datetime) -> Iterator[Stretch]:
    if when.hour is None:
        first, last = when.part or (0, 24)
        yield Stretch(
            day + timedelta(hours=first), day + timedelta(hours=last), "hour", is_interval=True
        )
        return
    hours = [when.hour]
    if when.either_half:
        hours = [when.hour % 12, when.hour % 12 + 12]
        if when.hour == 12 and when.part is None:
            hours = [12, 24]
    if when.part is not None:
        first, last = when.part
        hours = [hour for hour in hours if first <= hour < last] or hours[-1:]
    for hour in hours:
        start = day + timedelta(hours=hour, minutes=when.minute or 0, seconds=when.second or 0)
        grain = (
            "second" if when.second is not None else "minute" if when.minute is not None else "hour"
        )
        yield Stretch(start, plus(start, 1, grain), grain)


@lru_cache(maxsize=64)
def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day
