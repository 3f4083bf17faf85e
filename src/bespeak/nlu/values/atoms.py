"""Pieces of English that say something of a time: "tomorrow", "5pm", "the 3rd of May"."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bespeak.nlu.values.calendar import FEASTS, MONTHS, PARTS, WEEKDAYS
from bespeak.nlu.values.durations import Duration
from bespeak.nlu.values.numbers import ONES, ORDINALS, TENS
from bespeak.nlu.values.value import before
from bespeak.nlu.values.when import Stretch, When, cycle, plus, rounded

DAY_FIRST = ("en_GB", "en_AU", "en_NZ", "en_IE", "en_IN", "en_ZA")


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of the text that says something of a time."""

    when: When
    start: int
    end: int


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
_TENTH = r"(?:(?:twenty|thirty)[\s-])"
_NTH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|{_TENTH}?(?:{_ORDINAL}))"
_YEAR = r"(?:19|20)\d\d"
_HOUR_WORDS = "|".join(
    sorted((word for word, n in ONES.items() if 0 < n < 13), key=len, reverse=True)
)
_MINUTE_WORDS = (
    rf"(?:twenty|thirty|forty|fifty)(?:[\s-](?:{_HOUR_WORDS}))?|ten|fifteen|eleven|twelve"
    r"|(?:oh?|o')\s(?:" + _HOUR_WORDS + ")"
)
_HALF = r"(?P<half>[ap])\.?\s?m\b\.?|(?P<half_letter>[ap])(?![\w.'])"
_PART = "|".join(sorted((part.replace(" ", r"\s+") for part in PARTS), key=len, reverse=True))
_FEAST = "|".join(f"(?P<feast{i}>{feast})" for i, feast in enumerate(FEASTS))


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w]){pattern}", re.IGNORECASE)


RELATIVE = _re(
    r"(?:(?P<now>(?:right|just)\s+now|now)|(?P<after>(?:the\s+)?day\s+after\s+tomorrow)|"
    r"(?P<before>(?:the\s+)?day\s+before\s+yesterday)|(?P<today>today)|(?P<tonight>tonight)|"
    r"(?P<tomorrow>tomorrow|tmrw|tmr)|(?P<yesterday>yesterday)|(?P<night>last\s+night))(?:'?s)?\b"
)
DAY_NAME = _re(
    rf"(?:(?P<which>this\s+past|this|next|last|past|coming|current|upcoming)\s+)?"
    rf"(?P<day>{_WEEKDAY})\b\.?(?P<after>\s+after\s+next)?"
)
CYCLE = _re(
    r"(?:the\s+)?(?P<which>this\s+past|this|next|last|past|previous|coming|current|following|"
    r"upcoming)\s+(?P<grain>week-?end|week|month|quarter|qtr|year|yr)\b"
)
END_OF = _re(
    r"(?:the\s+)?(?:end\s+of\s+(?:the\s+)?(?:(?P<which>this|next|last|current|coming)\s+)?"
    r"(?P<grain>day|week|month|quarter|year)|eo(?P<letter>[dwmqy]))\b"
)
PARTED = _re(rf"(?:(?P<lead>this|in\s+the|at|during\s+the|the)\s+)?(?P<part>{_PART})(?:ish)?\b")
MONTH_DAY = _re(
    rf"(?P<month>{_MONTH})\b\.?,?\s*(?:the\s+)?(?P<day>{_NTH}|\d{{1,2}}(?!\d|:|\s?[ap]\.?m))"
    rf"(?:(?:\s*,\s*|\s+(?:of\s+)?)(?P<year>{_YEAR})(?![\d:]))?\b"
)
DAY_MONTH = _re(
    rf"(?:the\s+)?(?P<day>{_NTH}|\d{{1,2}})\s*(?:day\s+)?(?:of\s+)?(?P<month>{_MONTH})\b\.?"
    rf"(?:,?\s*(?:of\s+)?(?P<year>{_YEAR})(?![\d:]))?"
)
MONTH_ONLY = _re(
    rf"(?:(?P<which>this|next|last|past|coming|current)\s+)?(?P<month>{_MONTH})\b\.?"
    rf"(?:,?\s*(?:of\s+)?(?P<year>{_YEAR})(?![\d:]))?"
)
NTH = _re(rf"(?:(?P<lead>on\s+the|the|on)\s+)(?P<day>{_NTH})(?!\w)")
BARE_NTH = _re(r"(?P<day>\d{1,2}(?:st|nd|rd|th))(?!\w)")
YEAR = _re(rf"(?:(?P<lead>in|of|year|the\s+year)\s+)?(?P<year>{_YEAR})(?![\w:/-])(?!\.\d)")
ISO = _re(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?!\d)")
NUMERIC = _re(
    r"(?P<one>\d{1,2})(?P<sign>\s?/\s?|[-.])(?P<two>\d{1,2})"
    r"(?:(?P=sign)(?P<year>\d{4}|\d{2}))?(?![\d/]|[-.]\d)"
)
CLOCK = _re(
    rf"(?P<hour>[012]?\d|3[01])(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?|"
    rf"(?P<run>[0-5]\d)(?=\s?[ap]\.?\s?m)|(?P<oclock>\s?o'?\s?clock))?"
    rf"(?:\s?-?ish)?\s?(?:{_HALF})?(?![\w:])"
)
SPOKEN_CLOCK = _re(
    rf"(?P<hour>{_HOUR_WORDS})(?:[\s-](?P<minute>{_MINUTE_WORDS}))?(?P<oclock>\s?o'?\s?clock)?"
    rf"(?:\s?-?ish)?(?:\s(?:{_HALF}))?(?!\w)"
)
NOON = _re(r"(?P<name>noon|midday|mid-day|midnight)\b")
PAST_HOUR = _re(
    rf"(?<!from\s)(?<!between\s)(?:(?P<half_past>half)|(?P<quarter>(?:a\s+)?quarter)|"
    rf"(?P<n>[1-5]?[05]|ten|five|twenty)(?:\s+min(?:ute)?s?)?)\s+(?P<way>past|after|to|till|before)"
    rf"\s+(?P<hour>1[0-2]|[1-9]|{_HOUR_WORDS}|noon|midnight)(?:\s?(?:{_HALF}))?(?!\w)"
    rf"(?!\s+(?:{_MONTH})\b)"
)
FEAST = _re(rf"(?:(?P<which>this|next|last)\s+)?(?:{_FEAST})\b(?:\s+(?:of\s+)?(?P<year>{_YEAR}))?")
SPAN = _re(r"(?:the\s+)?(?P<which>last|past|previous|next|coming)\s+$")
AGO = re.compile(r"\s+(?:ago|before\s+now|earlier)\b", re.IGNORECASE)
HENCE = re.compile(r"\s+(?:hence|from\s+(?:right\s+)?now|later)\b", re.IGNORECASE)
IN = re.compile(r"\b(?:in|after)(?:\s+(?:about|around|exactly))?\s+$", re.IGNORECASE)
WITHIN = re.compile(r"\bwithin(?:\s+the\s+next)?\s+$", re.IGNORECASE)


def atoms(text: str, locale: str, now: datetime, durations: Sequence[Duration]) -> list[Atom]:
    """Return the atoms; of two that overlap, the one that starts first, then the longer."""
    readers: list[tuple[re.Pattern[str], Callable[[re.Match[str]], When | None]]] = [
        (RELATIVE, lambda match: _relative(match, now)),
        (FEAST, lambda match: _feast(match, now)),
        (MONTH_DAY, _month_day),
        (DAY_MONTH, _month_day),
        (ISO, _month_day),
        (NUMERIC, lambda match: _numeric(match, locale)),
        (MONTH_ONLY, lambda match: _month(match, now)),
        (CYCLE, lambda match: _cycle(match, now)),
        (END_OF, lambda match: _end_of(match, now)),
        (DAY_NAME, lambda match: _day_name(match, now)),
        (PARTED, lambda match: _part(match, now)),
        (NTH, _nth),
        (BARE_NTH, _nth),
        (YEAR, lambda m: When(year=int(m["year"]), is_vague=not m["lead"])),
        (PAST_HOUR, _past_hour),
        (NOON, lambda m: When(hour=24 if m["name"].lower() == "midnight" else 12)),
        (CLOCK, _clock),
        (SPOKEN_CLOCK, _clock),
    ]
    found = [*_counted(text, now, durations)]
    for pattern, read in readers:
        for match in pattern.finditer(text):
            when = read(match)
            if when is not None:
                found.append(Atom(when, *match.span()))
    kept: list[Atom] = []
    lengths = iter(durations)
    length = next(lengths, None)
    for atom in sorted(found, key=lambda atom: (atom.start, -atom.end)):
        while length is not None and length.end <= atom.start:
            length = next(lengths, None)
        counts = length is not None and length.start <= atom.start and atom.end <= length.end
        if counts and atom.when.is_clock:  # "5 minutes" is no hour
            continue
        if not kept or atom.start >= kept[-1].end:
            kept.append(atom)
    return kept


def _relative(match: re.Match[str], now: datetime) -> When:
    kind = str(match.lastgroup)
    if kind == "now":
        second = rounded(now, "second")
        return When(fixed=Stretch(second, second + timedelta(seconds=1), "second"))
    offset = {"tomorrow": 1, "after": 2, "yesterday": -1, "before": -2, "night": -1}.get(kind, 0)
    part = PARTS["evening"] if kind in ("tonight", "night") else None
    return When(fixed=cycle(now, "day", offset), part=part)


def _day_name(match: re.Match[str], now: datetime) -> When:
    weekday = WEEKDAYS[match["day"].lower()]
    which = re.sub(r"\s+", " ", (match["which"] or "").lower())
    if which in ("last", "past", "this past"):
        day = cycle(now, "day", -((now.weekday() - weekday - 1) % 7) - 1)
        return When(fixed=day)
    days = (weekday - now.weekday() - 1) % 7 + 1
    if match["after"]:
        return When(fixed=cycle(now, "day", days + 7))
    if which == "next":
        return When(fixed=cycle(now, "day", days))
    short = match["day"].lower() in ("sat", "sun", "wed", "mon") and not which
    return When(weekday=weekday, later=True, is_vague=short)


def _cycle(match: re.Match[str], now: datetime) -> When:
    which = re.sub(r"\s+", " ", match["which"].lower())
    offset = {"next": 1, "following": 1, "last": -1, "past": -1, "previous": -1, "this past": -1}
    grain = {"qtr": "quarter", "yr": "year"}.get(match["grain"].lower(), match["grain"].lower())
    step = offset.get(which, 0)
    if grain.startswith("week") and grain != "week":
        week = cycle(now, "week", step).start
        friday = week + timedelta(days=4, hours=18)
        return When(fixed=Stretch(friday, week + timedelta(days=7), "hour", is_interval=True))
    return When(fixed=cycle(now, grain, step))


def _end_of(match: re.Match[str], now: datetime) -> When:
    """Return the last day of the week, month …: all of it, so that "by" means until it is over."""
    letters = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
    grain = match["grain"] or letters[match["letter"].lower()]
    step = {"next": 1, "last": -1}.get((match["which"] or "").lower(), 0)
    end = cycle(now, grain.lower(), step).end
    return When(fixed=Stretch(end - timedelta(days=1), end, "day", is_interval=True))


def _part(match: re.Match[str], now: datetime) -> When:
    part = PARTS[re.sub(r"\s+", " ", match["part"].lower())]
    lead = re.sub(r"\s+", " ", (match["lead"] or "").lower())
    if lead == "this":
        return When(fixed=cycle(now, "day", 0), part=part)
    return When(part=part, is_vague=lead not in ("in the", "during the"))


def _month_day(match: re.Match[str]) -> When | None:
    month = match["month"].lower()
    number = int(month) if month.isdigit() else MONTHS[month]
    day = _ordinal(match["day"])
    if not 1 <= number <= 12 or not 1 <= day <= (29 if number == 2 else 31):
        return None
    return When(month=number, day=day, year=int(match["year"]) if match["year"] else None)


def _numeric(match: re.Match[str], locale: str) -> When | None:
    sign = match["sign"].strip()
    if match["year"] is None and sign != "/":
        return None
    day_first = locale in DAY_FIRST
    one, two = int(match["one"]), int(match["two"])
    month, day = (two, one) if day_first else (one, two)
    if month > 12 and day <= 12 and match["year"]:
        month, day = day, month
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    year = int(match["year"]) if match["year"] else None
    if year is not None and year < 100:
        year = (year + 50) % 100 + 1950  # of the hundred years around the year 2000
    return When(month=month, day=day, year=year)


def _month(match: re.Match[str], now: datetime) -> When:
    name = match["month"].lower()
    month = MONTHS[name]
    which = (match["which"] or "").lower()
    if match["year"]:
        return When(month=month, year=int(match["year"]))
    if which in ("last", "past"):
        year = now.year if month < now.month else now.year - 1
        return When(month=month, year=year)
    if which == "next":
        year = now.year if month > now.month else now.year + 1
        return When(month=month, year=year)
    return When(month=month, is_vague=name in ("may", "mar") and not which)


def _nth(match: re.Match[str]) -> When | None:
    day = _ordinal(match["day"])
    lead = match.groupdict().get("lead") or ""
    digits = match["day"][0].isdigit()
    if not 1 <= day <= 31:
        return None
    # "the first" may be anything; "on the first" and "the 1st" are days
    return When(day=day, is_vague=not (digits and lead) and not lead.lower().startswith("on"))


def _ordinal(text: str) -> int:
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits[0])
    words = re.split(r"[\s-]+", text.lower())
    return sum(TENS.get(word, 0) for word in words[:-1]) + ORDINALS[words[-1]]


def _feast(match: re.Match[str], now: datetime) -> When:
    names = match.groupdict()
    i = next(i for i in range(len(FEASTS)) if names[f"feast{i}"])
    feast = list(FEASTS.values())[i]
    which = (match["which"] or "").lower()
    if match["year"]:
        return When(feast=feast, year=int(match["year"]))
    if which == "last":
        year = now.year if feast(now.year) < now.date() else now.year - 1
        return When(feast=feast, year=year)
    return When(feast=feast, later=which == "next")


def _clock(match: re.Match[str]) -> When | None:
    hour = _hour(match["hour"])
    names = match.groupdict()
    minute = names.get("minute") or names.get("run")
    half = (match["half"] or match["half_letter"] or "").lower()
    if (half and hour > 12) or (minute and hour > 24):
        return None
    if match["half_letter"] and not match["half"] and match["hour"].isalpha():
        return None  # "five a"
    is_vague = not half and not names.get("oclock") and (not minute or match["hour"].isalpha())
    either = not half and 0 < hour <= 12 and not match["hour"].startswith("0")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
        if half == "a" and hour == 0:
            hour = 24 if minute is None else 0  # "12am" ends the day
    second = names.get("second")
    return When(
        hour=hour,
        minute=_minutes(minute) if minute else None,
        second=int(second) if second else None,
        either_half=either,
        is_vague=is_vague,
    )


def _past_hour(match: re.Match[str]) -> When:
    name = match["hour"].lower()
    hour = {"noon": 12, "midnight": 24}.get(name) or _hour(name)
    half = (match["half"] or match["half_letter"] or "").lower()
    minutes = 30 if match["half_past"] else 15
    if match["n"]:
        minutes = int(match["n"]) if match["n"].isdigit() else _minutes(match["n"])
    either = not half and name not in ("noon", "midnight") and hour <= 12
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if match["way"].lower() not in ("past", "after"):
        hour, minutes = hour - 1, 60 - minutes
    return When(hour=hour, minute=minutes, either_half=either)


def _hour(text: str) -> int:
    return int(text) if text.isdigit() else ONES[text.lower()]


def _minutes(text: str) -> int:
    if text.isdigit():
        return int(text)
    words = re.split(r"[\s-]+", text.lower())
    return sum(TENS.get(word, ONES.get(word, 0)) for word in words)


def _counted(text: str, now: datetime, durations: Sequence[Duration]) -> Iterator[Atom]:
    """Yield `in two days`, `a week ago`, `the next three months`, `within an hour`."""
    finer = {"minute": "second", "hour": "minute", "day": "hour", "week": "day", "month": "day"}
    finer |= {"quarter": "month", "year": "month"}
    for duration in durations:
        grain = finer.get(duration.unit, "second")
        if duration.amount > 100_000:
            continue
        ago = AGO.match(text, duration.end)
        hence = HENCE.match(text, duration.end)
        lead = before(IN, text, duration.start)
        if span := before(SPAN, text, duration.start):
            forward = span["which"].lower() in ("next", "coming")
            base = rounded(now, duration.unit)
            first = plus(base, 1 if forward else -duration.amount, duration.unit)
            last = plus(first, duration.amount, duration.unit)
            stretch = Stretch(first, last, duration.unit, is_interval=True)
            yield Atom(When(fixed=stretch), span.start(), duration.end)
        elif within := before(WITHIN, text, duration.start):
            last = plus(rounded(now, "second"), duration.amount, duration.unit)
            stretch = Stretch(rounded(now, "second"), last, "second", is_interval=True)
            yield Atom(When(fixed=stretch), within.start(), duration.end)
        elif ago or hence or lead:
            amount = -duration.amount if ago else duration.amount
            start = rounded(plus(now, amount, duration.unit), grain)
            stretch = Stretch(start, plus(start, 1, grain), grain)
            end = (ago or hence).end() if ago or hence else duration.end  # type: ignore[union-attr]
            first_char = lead.start() if lead and not ago else duration.start
            yield Atom(When(fixed=stretch), first_char, end)
