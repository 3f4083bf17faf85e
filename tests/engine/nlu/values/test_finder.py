"""Values other than times, and which of several readings of a text holds."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bespeak.errors import ExtensionError
from bespeak.nlu.values.finder import Finder

FINDER = Finder(locale="en", timezone="Europe/Berlin")


def found(text: str, *dimensions: str, locale: str = "en") -> list[tuple[str, Any]]:
    finder = FINDER if locale == "en" else Finder(locale=locale, timezone="Europe/Berlin")
    values = finder.find(text, at=1_781_075_700.0, dimensions=dimensions or None)
    return [(text[value.start : value.end], dict(value.wire)) for value in values]


def value(text: str, dimension: str, locale: str = "en") -> Any:
    ((words, wire),) = found(text, dimension, locale=locale)
    assert words == text
    return wire


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17", 17),
        ("0042", 42),
        ("1,250,000", 1_250_000),
        ("1,250.75", 1250.75),
        (".5", 0.5),
        ("2.5k", 2500),
        ("3 million", 3_000_000),
        ("-12", -12),
        ("minus 12", -12),
        ("seventeen", 17),
        ("forty-two", 42),
        ("one hundred and five", 105),
        ("a thousand", 1000),
        ("twelve thousand three hundred forty five", 12_345),
        ("two million and six", 2_000_006),
        ("one point two five", 1.25),
        ("a dozen", 12),
        ("two dozen", 24),
        ("a couple of", 2),
    ],
)
def test_a_number(text: str, number: float) -> None:
    assert value(text, "number") == {"value": number, "type": "value"}


@pytest.mark.parametrize(
    ("locale", "text", "number"),
    [("de", "1.234,5", 1234.5), ("fr", "1 234,5", 1234.5), ("es", "3,14", 3.14)],
)
def test_digits_are_read_as_the_locale_writes_them(locale: str, text: str, number: float) -> None:
    assert value(text, "number", locale)["value"] == number


def test_numbers_within_a_sentence() -> None:
    numbers = [wire["value"] for _, wire in found("5 of 12, room 4b, one more: 17", "number")]
    assert numbers == [5, 12, 4, 1, 17]


@pytest.mark.parametrize(
    "text",
    ["CM-10412 is late", "code SAVE20", "1Z999AA10123456784", "JD014600003828392837", "covid-19"],
)
def test_digits_of_a_name_are_no_number(text: str) -> None:
    assert found(text, "number", "phone-number") == []
    assert found(text) == []


def test_digits_of_a_name_are_no_phone_number_elsewhere_either() -> None:
    assert found("wo ist CM-1041289?", "phone-number", locale="de") == []


@pytest.mark.parametrize("text", ["version 2.0.1", "192.168.1.1"])
def test_a_version_or_an_address_is_no_number(text: str) -> None:
    assert found(text, "number") == []


def test_a_currency_may_touch_its_number() -> None:
    assert value("USD20", "amount-of-money") == {"type": "value", "value": 20, "unit": "USD"}
    assert found("256GB", "number") == [("256", {"value": 256, "type": "value"})]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("one two three", [1, 2, 3]),
        ("twenty and thirty", [20, 30]),
        ("two hundred and five and six", [205, 6]),
        ("twenty twenty", [2020]),
        ("nineteen eighty", [1980]),
        ("5 or one hundred and", [5, 100]),
    ],
)
def test_words_that_make_no_one_number_are_several(text: str, numbers: list[int]) -> None:
    assert [wire["value"] for _, wire in found(text, "number")] == numbers


def test_a_number_is_exact_up_to_18_digits_and_beyond_is_none() -> None:
    assert value("123456789012345678", "number")["value"] == 123456789012345678
    assert found("1" * 19, "number") == []
    assert found("two hundred " * 400, "number") == []


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(
                ("$", "5", "12:30", "may", "-", "and", "two", "hundred", "in", "days", "3rd of")
            ),
        ),
        max_size=12,
    ),
    st.sampled_from(("en", "en_GB", "de", "fr")),
)
def test_any_text_can_be_read(parts: list[str], locale: str) -> None:
    text = " ".join(parts)
    finder = FINDER if locale == "en" else Finder(locale=locale, timezone="Asia/Kolkata")
    for each in finder.find(text, at=1_781_075_700.0, dimensions=None):
        assert 0 <= each.start < each.end <= len(text)
        json.dumps(each.wire, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "number"), [("first", 1), ("3rd", 3), ("twenty-second", 22), ("101st", 101)]
)
def test_an_ordinal(text: str, number: int) -> None:
    assert value(text, "ordinal") == {"value": number, "type": "value"}


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("$20", 20, "$"),
        ("20$", 20, "$"),
        ("$1,299.99", 1299.99, "$"),
        ("twenty dollars", 20, "$"),
        ("a dollar", 1, "$"),
        ("20 USD", 20, "USD"),
        ("€9.50", 9.5, "EUR"),
        ("15 euros", 15, "EUR"),
        ("£3", 3, "£"),
        ("GBP 3", 3, "GBP"),
        ("50 cents", 50, "cent"),
        ("Rs. 500", 500, "INR"),
        ("30 bucks", 30, "unknown"),
        ("12 NOK", 12, "NOK"),
        ("$5 and 20 cents", 5.2, "$"),
        ("5 dollars 20", 5.2, "$"),
        ("$2.5k", 2500, "$"),
        ("about $40", 40, "$"),
    ],
)
def test_an_amount_of_money(text: str, amount: float, unit: str) -> None:
    assert value(text, "amount-of-money") == {"type": "value", "value": amount, "unit": unit}


def test_ranges_and_limits_of_money() -> None:
    between = {
        "type": "interval",
        "from": {"value": 10, "unit": "$"},
        "to": {"value": 20, "unit": "$"},
    }
    for text in ("between 10 and 20 dollars", "from $10 to $20", "10-20 dollars", "$10 - $20"):
        assert value(text, "amount-of-money") == between
    assert value("under 7 euros", "amount-of-money") == {
        "type": "interval",
        "to": {"value": 7, "unit": "EUR"},
    }
    assert value("at least £5", "amount-of-money") == {
        "type": "interval",
        "from": {"value": 5, "unit": "£"},
    }


@pytest.mark.parametrize("text", ["all 5 of them", "top 10", "I paid you 5 times", "try 3 cups"])
def test_what_is_no_money(text: str) -> None:
    assert found(text, "amount-of-money") == []


def test_money_in_other_languages() -> None:
    assert value("1.234,50 €", "amount-of-money", "de")["value"] == 1234.5
    assert value("20 dólares", "amount-of-money", "es")["unit"] == "$"


@pytest.mark.parametrize(
    ("text", "amount", "unit", "seconds"),
    [
        ("3 days", 3, "day", 259_200),
        ("an hour", 1, "hour", 3600),
        ("half an hour", 30, "minute", 1800),
        ("2 hours and 30 minutes", 150, "minute", 9000),
        ("two and a half hours", 150, "minute", 9000),
        ("a year and a half", 18, "month", 46_656_000),
        ("a fortnight", 14, "day", 1_209_600),
        ("90s", 90, "second", 90),
    ],
)
def test_a_duration(text: str, amount: int, unit: str, seconds: int) -> None:
    assert value(text, "duration") == {
        "value": amount,
        unit: amount,
        "type": "value",
        "unit": unit,
        "normalized": {"value": seconds, "unit": "second"},
    }


@pytest.mark.parametrize(
    ("dimension", "text", "wire"),
    [
        ("distance", "3 km", {"value": 3, "type": "value", "unit": "kilometre"}),
        ("temperature", "21 degrees", {"value": 21, "type": "value", "unit": "degree"}),
        ("temperature", "-5°C", {"value": -5, "type": "value", "unit": "celsius"}),
        ("volume", "two litres", {"value": 2, "type": "value", "unit": "litre"}),
        (
            "quantity",
            "2 kg of flour",
            {"value": 2000, "type": "value", "product": "flour", "unit": "gram"},
        ),
        ("quantity", "3 cups", {"value": 3, "type": "value", "unit": "cup"}),
    ],
)
def test_a_measure(dimension: str, text: str, wire: dict[str, Any]) -> None:
    assert value(text, dimension) == wire


@pytest.mark.parametrize(
    ("dimension", "text", "wire"),
    [
        ("email", "jo.doe+x@mail.example.co.uk", {"value": "jo.doe+x@mail.example.co.uk"}),
        ("phone-number", "650-701-8887", {"value": "6507018887"}),
        ("phone-number", "+49 30 901820", {"value": "(+49) 30901820"}),
        ("phone-number", "(650) 701-8887 ext 12", {"value": "6507018887 ext 12"}),
        ("url", "https://a.org/x?y=1", {"value": "https://a.org/x?y=1", "domain": "a.org"}),
        ("url", "www.example.com", {"value": "www.example.com", "domain": "example.com"}),
        (
            "credit-card-number",
            "4111 1111 1111 1111",
            {"value": "4111111111111111", "issuer": "visa"},
        ),
        ("credit-card-number", "371449635398431", {"value": "371449635398431", "issuer": "amex"}),
    ],
)
def test_an_address_or_a_card(dimension: str, text: str, wire: dict[str, Any]) -> None:
    assert value(text, dimension) == wire


@pytest.mark.parametrize(
    ("dimension", "text"),
    [
        ("email", "me at example dot com, @home, a@b"),
        ("url", "hello.how are you, e.g. node.js"),
        ("credit-card-number", "4111 1111 1111 1112"),
        ("phone-number", "order 12"),
        ("phone-number", "order 10412"),
    ],
)
def test_what_is_no_address_and_no_card(dimension: str, text: str) -> None:
    assert found(text, dimension) == []


def test_the_longest_reading_holds() -> None:
    assert [words for words, _ in found("$20 in 3 days")] == ["$20", "in 3 days"]
    assert [words for words, _ in found("mail jo@example.com")] == ["jo@example.com"]


def test_only_wanted_dimensions_compete() -> None:
    assert found("$20 in 3 days", "number") == [
        ("20", {"value": 20, "type": "value"}),
        ("3", {"value": 3, "type": "value"}),
    ]


def test_punctuation_at_the_end_is_no_part_of_a_link() -> None:
    assert [words for words, _ in found("(see http://a.org/b).", "url")] == ["http://a.org/b"]


@pytest.mark.parametrize(
    "options", [{"locale": "xx_YY", "timezone": "UTC"}, {"locale": "en", "timezone": "Nowhere/No"}]
)
def test_a_locale_or_time_zone_that_is_not_known_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(ExtensionError, match="is not known"):
        Finder(**options)
