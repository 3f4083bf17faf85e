"""Times as a Duckling server gives them, said on Wednesday, 10 June 2026, at 09:15 in Berlin."""

from typing import Any

import pytest

from bespeak.nlu.values.finder import Finder

AT = 1_781_075_700.0
FINDER = Finder(locale="en", timezone="Europe/Berlin")


def times(text: str, finder: Finder = FINDER) -> list[tuple[str, dict[str, Any]]]:
    values = finder.find(text, at=AT, dimensions=["time"])
    return [(text[value.start : value.end], dict(value.wire)) for value in values]


def one(text: str) -> dict[str, Any]:
    ((words, wire),) = times(text)
    assert words == text
    return wire


@pytest.mark.parametrize(
    ("text", "value", "grain"),
    [
        ("now", "2026-06-10T09:15:00", "second"),
        ("today", "2026-06-10T00:00:00", "day"),
        ("tomorrow", "2026-06-11T00:00:00", "day"),
        ("the day after tomorrow", "2026-06-12T00:00:00", "day"),
        ("yesterday", "2026-06-09T00:00:00", "day"),
        ("on friday", "2026-06-12T00:00:00", "day"),
        ("wednesday", "2026-06-17T00:00:00", "day"),
        ("next thursday", "2026-06-11T00:00:00", "day"),
        ("last wednesday", "2026-06-03T00:00:00", "day"),
        ("friday next week", "2026-06-19T00:00:00", "day"),
        ("thursday after next", "2026-06-18T00:00:00", "day"),
        ("the 5th", "2026-07-05T00:00:00", "day"),
        ("on the twenty-first", "2026-06-21T00:00:00", "day"),
        ("5 May", "2027-05-05T00:00:00", "day"),
        ("the 3rd of December 2026", "2026-12-03T00:00:00", "day"),
        ("Dec 3rd, 2026", "2026-12-03T00:00:00", "day"),
        ("in May", "2027-05-01T00:00:00", "month"),
        ("June", "2026-06-01T00:00:00", "month"),
        ("last June", "2025-06-01T00:00:00", "month"),
        ("January 2019", "2019-01-01T00:00:00", "month"),
        ("in 2019", "2019-01-01T00:00:00", "year"),
        ("2027-02-28", "2027-02-28T00:00:00", "day"),
        ("12/24", "2026-12-24T00:00:00", "day"),
        ("12/24/99", "1999-12-24T00:00:00", "day"),
        ("24.12.2026", "2026-12-24T00:00:00", "day"),
        ("february 29", "2028-02-29T00:00:00", "day"),
        ("this week", "2026-06-08T00:00:00", "week"),
        ("next month", "2026-07-01T00:00:00", "month"),
        ("last quarter", "2026-01-01T00:00:00", "quarter"),
        ("in 3 days", "2026-06-13T09:00:00", "hour"),
        ("two weeks ago", "2026-05-27T00:00:00", "day"),
        ("in an hour and a half", "2026-06-10T10:45:00", "second"),
        ("20 minutes from now", "2026-06-10T09:35:00", "second"),
        ("a year ago", "2025-06-01T00:00:00", "month"),
        ("at 5", "2026-06-10T17:00:00", "hour"),
        ("8am", "2026-06-11T08:00:00", "hour"),
        ("at 9:30", "2026-06-10T09:30:00", "minute"),
        ("at 08:30", "2026-06-11T08:30:00", "minute"),
        ("17:45", "2026-06-10T17:45:00", "minute"),
        ("half past four", "2026-06-10T16:30:00", "minute"),
        ("quarter to six pm", "2026-06-10T17:45:00", "minute"),
        ("five thirty pm", "2026-06-10T17:30:00", "minute"),
        ("at noon", "2026-06-10T12:00:00", "hour"),
        ("at midnight", "2026-06-11T00:00:00", "hour"),
        ("tomorrow at 5pm", "2026-06-11T17:00:00", "hour"),
        ("5 o'clock tomorrow", "2026-06-11T05:00:00", "hour"),
        ("at 7 in the evening", "2026-06-10T19:00:00", "hour"),
        ("on Friday, June 12 at 6:15 pm", "2026-06-12T18:15:00", "minute"),
        ("christmas eve", "2026-12-24T00:00:00", "day"),
        ("thanksgiving", "2026-11-26T00:00:00", "day"),
        ("easter 2027", "2027-03-28T00:00:00", "day"),
        ("last halloween", "2025-10-31T00:00:00", "day"),
    ],
)
def test_a_time(text: str, value: str, grain: str) -> None:
    wire = one(text)
    assert (wire["type"], wire["value"][:19], wire["grain"]) == ("value", value, grain)


@pytest.mark.parametrize(
    ("text", "start", "end", "grain"),
    [
        ("tonight", "2026-06-10T18:00:00", "2026-06-11T00:00:00", "hour"),
        ("tomorrow morning", "2026-06-11T04:00:00", "2026-06-11T12:00:00", "hour"),
        ("this weekend", "2026-06-12T18:00:00", "2026-06-15T00:00:00", "hour"),
        ("from 9 to 11am", "2026-06-10T09:00:00", "2026-06-10T12:00:00", "hour"),
        ("between 2 and 4pm", "2026-06-10T14:00:00", "2026-06-10T17:00:00", "hour"),
        ("3:30-6pm", "2026-06-10T15:30:00", "2026-06-10T19:00:00", "minute"),
        ("friday 9-11am", "2026-06-12T09:00:00", "2026-06-12T12:00:00", "hour"),
        (
            "from 10:00 until 12:00 on Monday",
            "2026-06-15T10:00:00",
            "2026-06-15T12:01:00",
            "minute",
        ),
        ("from the 20th to the 25th of June", "2026-06-20T00:00:00", "2026-06-26T00:00:00", "day"),
        ("June 20 - 25", "2026-06-20T00:00:00", "2026-06-26T00:00:00", "day"),
        ("from monday to friday", "2026-06-15T00:00:00", "2026-06-20T00:00:00", "day"),
        ("the next 3 days", "2026-06-11T00:00:00", "2026-06-14T00:00:00", "day"),
        ("last two weeks", "2026-05-25T00:00:00", "2026-06-08T00:00:00", "week"),
        ("within 2 hours", "2026-06-10T09:15:00", "2026-06-10T11:15:00", "second"),
        ("the end of the month", "2026-06-30T00:00:00", "2026-07-01T00:00:00", "day"),
        ("by the end of next week", "2026-06-10T09:15:00", "2026-06-22T00:00:00", "second"),
        ("by EOD", "2026-06-10T09:15:00", "2026-06-11T00:00:00", "second"),
        ("by 5pm", "2026-06-10T09:15:00", "2026-06-10T17:00:00", "second"),
    ],
)
def test_a_stretch_of_time(text: str, start: str, end: str, grain: str) -> None:
    wire = one(text)
    assert (wire["type"], wire["from"]["value"][:19], wire["to"]["value"][:19]) == (
        "interval",
        start,
        end,
    )
    assert wire["from"]["grain"] == grain


@pytest.mark.parametrize(
    ("text", "side", "value"),
    [
        ("until friday", "to", "2026-06-12T00:00:00"),
        ("before 11 am", "to", "2026-06-10T11:00:00"),
        ("after 5pm", "from", "2026-06-10T17:00:00"),
        ("since yesterday", "from", "2026-06-09T00:00:00"),
        ("from July 1st", "from", "2026-07-01T00:00:00"),
    ],
)
def test_a_time_with_one_end(text: str, side: str, value: str) -> None:
    wire = one(text)
    assert wire["type"] == "interval"
    assert wire[side]["value"][:19] == value
    assert ("to" in wire) != ("from" in wire)


@pytest.mark.parametrize(
    "text",
    [
        "25",
        "order 1800",
        "a table for 5",
        "may I ask something",
        "good morning",
        "he sat in the sun",
        "this one",
        "the first",
        "version 3.5.2",
        "call 030-123-4567",
        "a second opinion",
        "it takes 5 minutes",
        "the 45th",
        "at 27",
        "from 25 to 28",
        "13/13",
        "99:99",
        "a five a day",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert times(text) == []


def test_a_time_is_found_within_a_sentence() -> None:
    found = times("can you move my delivery from tomorrow to friday at 6pm please?")
    assert [words for words, _ in found] == ["from tomorrow to friday at 6pm"]
    found = times("I was here on Monday, and I come back in two weeks.")
    assert [words for words, _ in found] == ["on Monday", "in two weeks"]


def test_values_are_the_next_three_and_of_the_past_there_are_none() -> None:
    wire = one("on friday")
    assert [value["value"][:10] for value in wire["values"]] == [
        "2026-06-12",
        "2026-06-19",
        "2026-06-26",
    ]
    assert one("yesterday")["values"] == []


def test_the_offset_is_the_time_zones_on_that_day() -> None:
    assert one("june 12")["value"] == "2026-06-12T00:00:00.000+02:00"
    assert one("december 12")["value"] == "2026-12-12T00:00:00.000+01:00"
    (_, wire) = times("june 12", Finder(locale="en", timezone="America/Los_Angeles"))[0]
    assert wire["value"] == "2026-06-12T00:00:00.000-07:00"


def test_in_british_dates_the_day_comes_first() -> None:
    (_, wire) = times("5/6/2027", Finder(locale="en_GB", timezone="Europe/London"))[0]
    assert wire["value"][:10] == "2027-06-05"


@pytest.mark.parametrize(
    ("locale", "text", "words", "value"),
    [
        (
            "de",
            "wir kommen am 3. März 2027 um 15:30 Uhr",
            "am 3. März 2027 um 15:30 Uhr",
            "2027-03-03T15:30",
        ),
        ("fr", "demain à 14h30", "demain à 14h30", "2026-06-11T14:30"),
        ("es", "el 5 de mayo", "5 de mayo", "2027-05-05T00:00"),
        ("de", "morgen um 17 Uhr", "morgen um 17 Uhr", "2026-06-11T17:00"),
        ("es", "mañana a las 5, por favor", "mañana a las 5", "2026-06-11T05:00"),
        ("de", "seit letztem Montag", "letztem Montag", "2026-06-08T00:00"),
        ("de", "letzten Montag gekauft", "letzten Montag", "2026-06-08T00:00"),
    ],
)
def test_other_languages_are_read_by_dateparser(
    locale: str, text: str, words: str, value: str
) -> None:
    ((found, wire),) = times(text, Finder(locale=locale, timezone="Europe/Berlin"))
    assert (found, wire["value"][:16]) == (words, value)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("fr", "où est ma commande"),
        ("fr", "je veux la rendre"),
        ("es", "¿dónde está mi pedido?"),
        ("de", "so geht das nicht"),
        ("de", "Bestellung CM-10412 und 2 davon"),
    ],
)
def test_small_words_of_other_languages_are_no_times(locale: str, text: str) -> None:
    assert times(text, Finder(locale=locale, timezone="Europe/Berlin")) == []
