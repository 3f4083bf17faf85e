"""Times in languages other than English, by the package dateparser."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from dateparser.search import search_dates

from bespeak.nlu.values.times import Time
from bespeak.nlu.values.value import before
from bespeak.nlu.values.when import Stretch, plus, rounded

SHORTEST = 4  # letters of a word that is a time by itself: "ma", "je", "mi" and "so" are not
CLOCKS = {
    "de": re.compile(
        r"(?<![\w:.])(?P<hour>[0-2]?\d) Uhr(?: (?P<minute>[0-5]\d)\b)?", re.IGNORECASE
    ),
    "es": re.compile(r"\ba las? (?P<hour>[0-2]?\d)(?P<minute>)\b(?![:.]\d)", re.IGNORECASE),
    "it": re.compile(r"\balle (?P<hour>[0-2]?\d)(?P<minute>)\b(?![:.]\d)", re.IGNORECASE),
    "nl": re.compile(r"(?<![\w:.])(?P<hour>[0-2]?\d) uur\b(?P<minute>)", re.IGNORECASE),
    "pt": re.compile(r"\b[àa]s (?P<hour>[0-2]?\d)(?P<minute>)\b(?![:.]\d)", re.IGNORECASE),
}
"""Hours that dateparser does not read, by language."""
PAST = re.compile(
    r"\b(?:letzt|vergangen|vorig)e[mnrs]?\s+$|\b(?:dernier|dernière|passée?)\s+$"
    r"|\b(?:pasad[oa]|scors[oa]|passad[oa]|vorige|afgelopen)\s+$",
    re.IGNORECASE,
)
PAST_AFTER = re.compile(r"\s+(?:derni(?:er|ère)|pasad[oa]|scors[oa]|passad[oa])\b", re.IGNORECASE)


def foreign_times(text: str, locale: str, now: datetime) -> Iterator[Time]:
    """Yield dates and times as dateparser finds them; what it leaves open lies ahead."""
    language = locale.partition("_")[0]
    clock = CLOCKS.get(language)
    clocks = [match.span() for match in clock.finditer(text)] if clock else []
    text = clock.sub(_written, text) if clock else text
    settings = {
        "RELATIVE_BASE": now,
        "PREFER_DATES_FROM": "future",
        "RETURN_TIME_SPAN": False,
    }
    try:
        found = search_dates(text, languages=[language], settings=settings) or []
    except ValueError:  # a language that dateparser does not know
        return
    end = 0
    for words, moment in found:
        start = text.find(words, end)
        if start < 0 or not _is_time(words):
            continue
        end = start + len(words.rstrip())
        end = next((last for first, last in clocks if first < end <= last), end)
        moment = moment.replace(tzinfo=None)
        grain = _grain(moment, now)
        lead, after = before(PAST, text, start), PAST_AFTER.match(text, end)
        if (lead or after) and now < moment <= now + timedelta(days=7):  # "letzten Montag"
            moment -= timedelta(days=7)
            start, end = lead.start() if lead else start, after.end() if after else end
        begin = rounded(moment, grain)
        stretch = Stretch(begin, plus(begin, 1, grain), grain)
        yield Time([stretch], stretch.end > now, start, end)


def _written(clock: re.Match[str]) -> str:
    """Write an hour as dateparser reads it, in as many characters: `17 Uhr` is `17:00 `."""
    return f"{clock['hour']}:{clock['minute'] or '00'}".ljust(len(clock[0]))


def _is_time(words: str) -> bool:
    """Say whether words that dateparser takes for a time are one."""
    words = words.strip()
    if words.isdigit() or not any(char.isalnum() for char in words):
        return False
    return len(words) >= SHORTEST or any(char.isdigit() for char in words)


def _grain(moment: datetime, now: datetime) -> str:
    """Tell how exact the words were: dateparser fills in the present's clock, or midnight."""
    if (moment.hour, moment.minute, moment.second) == (now.hour, now.minute, now.second):
        return "day" if abs(moment - now) >= timedelta(hours=20) else "second"
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return "day"
    return "hour" if moment.minute == 0 else "minute"
