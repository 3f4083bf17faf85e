"""Phone numbers, by the package phonenumbers."""

import re
from collections.abc import Iterator

import phonenumbers

from bespeak.nlu.values.value import Value, in_name

REGIONS = {"en": "US", "da": "DK", "sv": "SE", "cs": "CZ", "el": "GR", "uk": "UA", "zh": "CN"}
REGIONS |= {"ja": "JP", "ko": "KR", "he": "IL", "hi": "IN", "ar": "EG", "et": "EE", "sl": "SI"}
FEWEST_DIGITS = 6  # as for Duckling: fewer are a room, an extension, an order


def phone_numbers(text: str, locale: str) -> Iterator[Value]:
    """Yield what can be a phone number in the locale's country, or has a country's code."""
    language, _, country = locale.partition("_")
    region = country or REGIONS.get(language, language.upper())
    possible = phonenumbers.Leniency.POSSIBLE
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=possible):
        digits = re.sub(r"\D", "", match.raw_string)
        if len(digits) < FEWEST_DIGITS or in_name(text, match.start, match.end):
            continue
        number = match.number
        extension = f" ext {number.extension}" if number.extension else ""
        digits = digits.removesuffix(number.extension or "")
        code = ""
        if match.raw_string.lstrip("( ").startswith("+"):
            code = f"(+{number.country_code}) "
            digits = digits.removeprefix(str(number.country_code))
        yield Value("phone-number", match.start, match.end, {"value": f"{code}{digits}{extension}"})
