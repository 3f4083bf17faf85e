"""Times in English: dates, hours, and from when until when.

The text is first searched for atoms; then neighbours are put together as long as they do not
contradict.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bespeak.nlu.values.atoms import Atom, atoms
from bespeak.nlu.values.durations import Duration
from bespeak.nlu.values.value import before
from bespeak.nlu.values.when import GRAINS, Stretch, When, both, occurrences, rounded

LEAD = re.compile(
    r"(?:\b(?:at|on|in|for|about|around|by|until|untill|till|before|after|since|from|between|"
    r"approximately|during|of)|@)\s*(?:about\s+|around\s+)?$",
    re.IGNORECASE,
)
AT = re.compile(
    r"(?:\b(?:at|by|until|untill|till|before|after|since|from|around|about)|@)\s*"
    r"(?:about\s+|around\s+)?$",
    re.IGNORECASE,
)
JOINT = re.compile(
    r"\s*(?:,|\bat\b|@|\bon\b|\bof\b|\bin\b|\bin\s+the\b|\bthe\b|\bfor\b|\bfrom\b|\b(?:at\s+)?"
    r"(?:about|around)\b|,\s*(?:at|on|in\s+the))?\s*",
    re.IGNORECASE,
)
AT_GAP = re.compile(r"\s*,?\s*(?:at|@|for|from|(?:at\s+)?(?:about|around))\s*", re.IGNORECASE)
TO = re.compile(r"\s*(?:-|–|\bto\b|\btill?\b|\buntill?\b|\bthrough\b|\bthru\b)\s*", re.IGNORECASE)
AND = re.compile(r"\s*(?:\band\b|\bto\b|-|–)\s*(?:the\s+)?", re.IGNORECASE)
BETWEEN = re.compile(r"\b(?:in\s+)?between\s+(?:the\s+)?$", re.IGNORECASE)
FROM = re.compile(r"\bfrom\s+(?:the\s+)?$", re.IGNORECASE)
OPEN = re.compile(
    r"\b(?P<word>by|before|until|untill|till|through|up\s+to|after|since|from|starting|later\s+than"
    r"|earlier\s+than)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"(?:\b(?:at|on|in|around|about|approximately|during)|@)\s*(?:about\s+|around\s+|the\s+)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Time:
    """A time found: what it may be, and `side` where it is open: `from` or `to`."""

    stretches: Sequence[Stretch]
    is_ahead: bool
    start: int
    end: int
    side: str = ""


def times(text: str, locale: str, now: datetime, durations: Sequence[Duration]) -> list[Time]:
    """Return the times in a text, in order; `now` is local, without a zone."""
    return [*_phrases(text, atoms(text, locale, now, durations), now)]


def _phrases(text: str, found: Sequence[Atom], now: datetime) -> Iterator[Time]:
    groups = _grouped(text, found)
    i = 0
    while i < len(groups):
        one = groups[i]
        time = None
        if i + 1 < len(groups):
            time = _between(text, one, groups[i + 1], groups[i + 2 : i + 3], now)
        if time is not None:
            yield time
            i += 1
            while i < len(groups) and groups[i].end <= time.end:
                i += 1
            continue
        i += 1
        time = _single(text, one, now)
        if time is not None:
            yield time


def _grouped(text: str, found: Sequence[Atom]) -> list[Atom]:
    """Put neighbours together that speak of one time."""
    groups: list[Atom] = []
    for i, atom in enumerate(found):
        last = groups[-1] if groups else None
        if last is not None and _belong(text, last, atom, found[i + 1 : i + 2]):
            joined = both(last.when, atom.when)
            if joined is not None:
                groups[-1] = Atom(joined, last.start, atom.end)
                continue
        groups.append(atom)
    return groups


def _belong(text: str, one: Atom, other: Atom, rest: Sequence[Atom]) -> bool:
    """Say whether two neighbours may be one time, not only stand side by side."""
    joint = JOINT.fullmatch(text, one.end, other.start)
    if joint is None:
        return False
    vague = [atom for atom in (one, other) if atom.when.is_vague and atom.when.hour is not None]
    if not vague or one.when.part is not None or other.when.part is not None:  # "8 tonight"
        return True
    if other.when.is_vague:
        starts_range = any(  # "Thursday 9-11am"
            after.when.hour is not None
            and not after.when.is_vague
            and TO.fullmatch(text, other.end, after.start)
            for after in rest
        )
        return starts_range or AT_GAP.fullmatch(joint[0]) is not None
    return before(AT, text, one.start) is not None  # "at 5 tomorrow"


def _between(text: str, low: Atom, high: Atom, rest: Sequence[Atom], now: datetime) -> Time | None:
    """Read `from … to …`, `… - …` and `between … and …`, with a day before or after."""
    between = before(BETWEEN, text, low.start)
    opening = between or before(FROM, text, low.start)
    joint = (AND if between else TO).fullmatch(text, low.end, high.start)
    if joint is None:
        return None
    one, other, end = low.when, high.when, high.end
    if one.is_vague and other.is_vague and not opening:
        return None
    if one.is_clock and other.is_clock:  # "from 9 to 11 on Monday"
        for day in rest:
            joined = both(other, day.when)
            if (
                joined is not None
                and day.when.hour is None
                and not day.when.is_vague
                and JOINT.fullmatch(text, high.end, day.start)
            ):
                other, end = joined, day.end
    one, other = _same_day(one, other)
    if not (one.is_possible and other.is_possible):
        return None
    starts, ahead = occurrences(replace(one, is_vague=False), now)
    if not starts:
        return None
    first = starts[0]
    finish = _first_after(replace(other, is_vague=False, later=False), first, now)
    if finish is None:
        return None
    grain = min(first.grain, finish.grain, key=GRAINS.index)
    stretch = Stretch(first.start, finish.end, grain, is_interval=True)
    start = opening.start() if opening else _with_preposition(text, low.start)
    return Time([stretch], ahead, start, end)


def _same_day(one: When, other: When) -> tuple[When, When]:
    """Give either end what only the other says: the day, the month, the half of the day."""
    if one.hour is not None and other.hour is not None:
        if not one.has_date and other.has_date:
            one = both(one, replace(other, hour=None, minute=None, second=None)) or one
        if not other.has_date and one.has_date:
            other = both(other, replace(one, hour=None, minute=None, second=None)) or other
        if one.either_half and not other.either_half:  # "3-4pm"
            one = _half_before(one, other)
        return one, other
    if one.month is not None and other.month is None and other.is_bare:  # "July 13-15"
        other = When(month=one.month, day=other.hour, year=one.year)
    if one.is_bare and other.month is not None:  # "13 to 15 July"
        one = When(month=other.month, day=one.hour, year=other.year)
    if one.day is not None and one.month is None and other.month is not None:
        one = replace(one, month=other.month, year=other.year)
    if one.month is not None and one.year is None and other.year is not None:
        one = replace(one, year=other.year)
    return one, other


def _half_before(one: When, other: When) -> When:
    """Choose the half of the day in which `one` is before `other`."""
    hour, end = one.hour or 0, (other.hour or 0) * 60 + (other.minute or 0)
    for chosen in (hour % 12 + 12, hour % 12):
        if chosen * 60 + (one.minute or 0) < end:
            return replace(one, hour=chosen, either_half=False)
    return one


def _first_after(when: When, first: Stretch, now: datetime) -> Stretch | None:
    seen = first.start if first.start > now else now
    candidates, _ = occurrences(when, min(first.start, seen))
    for candidate in candidates:
        if candidate.start > first.start or (
            candidate.end > first.end and candidate.start >= first.start
        ):
            return candidate
    return None


def _single(text: str, atom: Atom, now: datetime) -> Time | None:
    opening = before(OPEN, text, atom.start)
    if atom.when.is_vague and not opening:
        lead = AT if atom.when.hour is not None else LEAD
        if before(lead, text, atom.start) is None:
            return None
    when = replace(atom.when, is_vague=False)
    stretches, ahead = occurrences(when, now)
    if not stretches or not when.is_possible:
        return None
    if opening is None:
        return Time(stretches, ahead, _with_preposition(text, atom.start), atom.end)
    word = opening["word"].lower()
    if word == "by":
        until = stretches[0]
        interval = Stretch(rounded(now, "second"), until.start, "second", is_interval=True)
        if until.start <= now or (until.is_interval and until.grain == "day"):
            interval = replace(interval, end=until.end)
        return Time([interval], True, opening.start(), atom.end)
    ahead_words = ("after", "since", "from", "starting", "later than")
    side = "from" if re.sub(r"\s+", " ", word) in ahead_words else "to"
    return Time(stretches, ahead, opening.start(), atom.end, side)


def _with_preposition(text: str, start: int) -> int:
    lead = before(PREPOSITION, text, start)
    return lead.start() if lead else start
