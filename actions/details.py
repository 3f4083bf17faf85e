"""Personal details in a customer's words: which of them is meant, a name, a phone number."""

import re

import phonenumbers

from actions.wording import email_address

FIELDS = {
    "password": re.compile(r"\b(?:password|pw)\b"),
    "birthday": re.compile(r"\bbirth"),
    "email": re.compile(r"\b(?:e-?)?mail\b"),
    "phone": re.compile(r"\b(?:tele)?phone\b|\bmobile\b|\bcell\b|\bnumber\b"),
    "address": re.compile(r"\baddress\b|\bstreet\b|\bmoved\b"),
    "name": re.compile(r"name\b|\bmarried\b|\bspel"),
}
"""Words by which one says what should be changed, the more telling first."""

LONGEST_NAME = 100


def person_name(said: str) -> str | None:
    """A name with single blanks; `None` for what is too long, has digits, or asks, to be one."""
    name = " ".join(said.split()).removeprefix("my name is ").removeprefix("My name is ")
    fits = 0 < len(name) <= LONGEST_NAME and not any(letter.isdecimal() for letter in name)
    return name if fits and not {"@", "?"} & {*name} else None


def full_name(part: str, said: str) -> str:
    """The name that `part` belongs to in what was said: its capitalised neighbours with it."""
    words = said.split()
    last = part.split()[-1:]
    place = next((i for i, word in enumerate(words) if [word.strip(".,!")] == last), None)
    if place is None:
        return part
    first = place
    while first > 0 and words[first - 1][:1].isupper():
        first -= 1
    return max(part, " ".join(words[first : place + 1]).strip(".,!"), key=len)


def account_field(said: str) -> str | None:
    """What of an account a text is about: `name`, `phone`, `email`, or what is kept elsewhere."""
    text = email_free(said.lower())
    return next((field for field, word in FIELDS.items() if word.search(text)), None)


def email_free(text: str) -> str:
    """The text without the address that may stand in it: "phone@shop.example" is no phone."""
    address = email_address(text)
    return text.replace(address, " ") if address else text


def international(said: str) -> str | None:
    """The number as the world writes it, "+44 20 7946 0958"; `None` without a country's code."""
    try:
        number = phonenumbers.parse(said, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    written: str = phonenumbers.format_number(number, form)
    return written
