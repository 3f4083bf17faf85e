"""Addresses and cards: of mail, of the web, and to pay with."""

import re
from collections.abc import Iterator

from bespeak.nlu.values.value import Value

EMAIL = re.compile(r"(?<![\w.+-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w-])")
URL = re.compile(
    r"(?<![\w@.-])(?:(?P<scheme>https?|ftp)://)?"
    r"(?P<host>(?:localhost|(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}))(?P<port>:\d{2,5})?"
    r"(?P<rest>[/?#][^\s<>\"]*)?(?![\w@-])",
    re.IGNORECASE,
)
ENDING = re.compile(r"\.(?:com|org|net|edu|gov|info|shop|io|(?!js$|ts$)[a-z]{2})$")
CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
ISSUERS = (
    ("visa", re.compile(r"4\d{15}")),
    ("amex", re.compile(r"3[47]\d{13}")),
    ("discover", re.compile(r"6(?:011|[45]\d\d)\d{12}")),
    ("mastercard", re.compile(r"5[1-5]\d{14}")),
    ("diner club", re.compile(r"3(?:0[0-5]|[68]\d)\d{11}")),
)


def emails(text: str) -> Iterator[Value]:
    for match in EMAIL.finditer(text):
        yield Value("email", *match.span(), {"value": match[0]})


def urls(text: str) -> Iterator[Value]:
    """Yield links; one without a scheme must have a path or a well-known ending."""
    for match in URL.finditer(text):
        host = match["host"].lower()
        known = match["scheme"] or match["rest"] or host.startswith("www.") or match["port"]
        if not known and not ENDING.search(host):
            continue
        end = match.end() - len(match[0]) + len(match[0].rstrip(".,;:!?)'\""))
        domain = re.sub(r"^www\d*\.", "", host)
        yield Value(
            "url", match.start(), end, {"value": text[match.start() : end], "domain": domain}
        )


def card_numbers(text: str) -> Iterator[Value]:
    """Yield numbers of payment cards whose check digit is right."""
    for match in CARD.finditer(text):
        number = re.sub(r"\D", "", match[0])
        if _luhn(number):
            issuer = next((name for name, form in ISSUERS if form.fullmatch(number)), "other")
            yield Value("credit-card-number", *match.span(), {"value": number, "issuer": issuer})


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(number))]
    return sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0
