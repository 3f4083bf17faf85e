"""An address as people write it in one message, and as it is read back to them."""

import re

from babel import Locale

from actions.services.facts import Address
from actions.wording import EMAIL, LOCALE, order_numbers

POSTCODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[\dW] ?[A-Z\d]{4}"
    r"|\d{4} ?[A-Z]{2}(?![a-z])|\d{4}-\d{3}|\d{3} \d{2}|\d{4,6})\b"
)
"""The shapes of postcodes where the shop delivers; the shop knows which one is right where."""

COUNTRY_BY_POSTCODE = (
    (re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"), "GB"),
    (re.compile(r"[A-Z]\d[\dW] ?[A-Z\d]{4}"), "IE"),
    (re.compile(r"\d{4} ?[A-Z]{2}"), "NL"),
    (re.compile(r"\d{4}-\d{3}"), "PT"),
)
"""Postcodes that look like those of no other country where the shop delivers. Others are only
digits, so the country has to be said."""

BEFORE_COUNTRY = re.compile(
    r"^(?:it'?s|that'?s|that is|it is|this is)?\s*(?:in\s+)?(?:the\s+)?", re.IGNORECASE
)
ANY_COUNTRY = "GB"
"""Stands for the country while we look whether all the rest is there."""

NO_ADDRESS = re.compile(
    rf"{EMAIL.pattern}"
    r"|\s+(?:please|instead|thanks|from now on)(?=[.!,]|$)|\s+as (?:my|the) .*$",
    re.IGNORECASE,
)

STREET = re.compile(r"(?:.*(?:\b(?:to|at|is|address|save|add)\b|:)\s+)?(.*\d.*)", re.I | re.S)
"""What comes before an address in a sentence is left out."""

LONGEST = 300
"""Characters in which an address is looked for: more of them would take `STREET` long."""

COUNTRIES = {
    **{
        name.casefold(): code
        for code, name in Locale.parse(LOCALE).territories.items()
        if len(code) == 2 and code.isalpha()
    },
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "great britain": "GB",
    "usa": "US",
    "holland": "NL",
}


def read_address(said: str, name: str, country: str) -> Address | None:
    """The address in a text, for `name`; `None` unless street, number, postcode and town are there.

    `country` is the two letters of the one that is meant where none is said. A text of more
    than `LONGEST` characters is a report and no address.
    """
    if len(said) > LONGEST:
        return None
    text = NO_ADDRESS.sub("", order_numbers().without(said))
    parts = [part.strip(" .!?") for part in re.split(r"[,\n;]", text) if part.strip(" .!?")]
    said_country = COUNTRIES.get(parts[-1].casefold(), "") if parts else ""
    if said_country:
        parts.pop()
    while parts and not any(sign.isdigit() for sign in parts[0]):  # "no wait, 14 Quay Street"
        parts.pop(0)
    street = STREET.search(parts[0]) if parts else None
    where, postcode = _postcode(parts[1:])
    by_postcode = (code for shape, code in COUNTRY_BY_POSTCODE if shape.fullmatch(postcode))
    country = said_country or next(by_postcode, country)
    if street is None or not postcode or not country:
        return None
    more, city = parts[1 : where + 1], parts[where + 1].replace(postcode, "", 1).strip()
    if not city:  # the postcode stands alone, after or before its town
        more, city = (more[:-1], more[-1]) if more else ([], "".join(parts[where + 2 : where + 3]))
    if not re.search(r"[^\W\d]{2}", city):
        return None
    return Address(
        name=name or "Customer",
        street=", ".join([street[1].strip(), *more]),
        city=city,
        postcode=postcode.upper(),
        country=country,
    )


def _postcode(parts: list[str]) -> tuple[int, str]:
    """The last part with a postcode in it, and the postcode; empty where there is none."""
    for place in range(len(parts) - 1, -1, -1):
        if found := POSTCODE.search(parts[place].upper()):
            return place, parts[place][found.start() : found.end()]
    return 0, ""


def one_line(address: Address) -> str:
    """ "8 Victoria Terrace, LS3 1BX Leeds, United Kingdom"."""
    country = Locale.parse(LOCALE).territories.get(address.country, address.country)
    return f"{address.street}, {address.postcode} {address.city}, {country}"


def lacking(told: str) -> str:
    """What an incomplete address lacks: `country`, `postcode`, `street` (with its number) or
    `town`; empty where too much does."""
    postcode = _last_postcode(told)
    has_number = any(sign.isdigit() for sign in told.upper().replace(postcode, "", 1))
    if len(told) > LONGEST or not (postcode or has_number):
        return ""
    if read_address(told, "", ANY_COUNTRY) is not None:
        return "country"
    if not postcode:
        return "postcode"
    return "town" if has_number else "street"


def completed(part: str, lacks: str, answer: str) -> list[str]:
    """A part of an address that was told before, with the answer at its place; none without one."""
    if not part:
        return []
    parts = [part, _named_country(answer)]
    return [", ".join(parts[::-1] if lacks == "street" else parts)]


def _last_postcode(text: str) -> str:
    """What looks like a postcode in a text, the last of it; empty where nothing does."""
    return next(iter([found[0] for found in POSTCODE.finditer(text.upper())][::-1]), "")


def _named_country(answer: str) -> str:
    """ "Germany" for "it's in Germany"; any other answer as it is."""
    name = BEFORE_COUNTRY.sub("", answer.strip()).strip(" .!")
    return name if name.casefold() in COUNTRIES else answer
