"""Times in languages other than English, by the package dateparser."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dateparser.search import search_dates

from bespeak.nlu.values.times import Time
from bespeak.nlu.values.when import Stretch, plus, rounded


def foreign_times(text: str, locale: str, now: datetime) -> Iterator[Time]:
    """Yield dates and times as dateparser finds them; what it leaves open lies ahead."""
    language = locale.partition("_")[0]
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
        if start < 0 or not any(char.isalnum() for char in words) or words.strip().isdigit():
            continue
        end = start + len(words)
        moment = moment.replace(tzinfo=None)
        grain = _grain(moment, now)
        first = rounded(moment, grain)
        stretch = Stretch(first, plus(first, 1, grain), grain)
        yield Time([stretch], stretch.end > now, start, end)


def _grain(moment: datetime, now: datetime) -> str:
    """Tell how exact the words were: dateparser fills in the present's clock, or midnight."""
    if (moment.hour, moment.minute, moment.second) == (now.hour, now.minute, now.second):
        return "day" if abs(moment - now) >= timedelta(hours=20) else "second"
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return "day"
    return "hour" if moment.minute == 0 else "minute"
