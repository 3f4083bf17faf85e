"""The shop's made-up customers: ten who are always there, and some whom chance adds."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from faker import Faker

from sandbox.tables import Customer, SavedAddress

KNOWN = (
    ("Ana Morales", "Valencia", "ES", "46004", "Carrer de la Pau 12", "+34600112233"),
    ("Ben Carter", "Leeds", "GB", "LS1 4AP", "7 Park Row", "+447700900123"),
    ("Chiara Ricci", "Bologna", "IT", "40121", "Via Galliera 31", "+393201234567"),
    ("Dawit Bekele", "Addis Ababa", "ET", "1000", "Bole Road 5", "+251911223344"),
    ("Elif Yildiz", "Izmir", "TR", "35220", "Kıbrıs Şehitleri Cd. 40", "+905321112233"),
    ("Femi Adeyemi", "Lagos", "NG", "101233", "14 Awolowo Road", "+2348031234567"),
    ("Greta Lindqvist", "Uppsala", "SE", "753 20", "Kungsgatan 8", "+46701234567"),
    ("Haruto Tanaka", "Sapporo", "JP", "060-0042", "Odori Nishi 3-6", "+819012345678"),
    ("Isla O'Brien", "Galway", "IE", "H91 E2K3", "22 Shop Street", "+353871234567"),
    ("Jonas Weber", "Leipzig", "DE", "04109", "Nikolaistraße 55", "+4915112345678"),
)
"""Name, town, country, postcode, street, phone."""

LOCALES = (("de_DE", "DE"), ("es_ES", "ES"), ("fr_FR", "FR"), ("it_IT", "IT"))
"""Where the others come from: countries whose postcodes Faker gets right."""


@dataclass(frozen=True)
class Person:
    """Somebody, before the shop knows them."""

    name: str
    phone: str
    address: dict[str, str]

    @property
    def email(self) -> str:
        """`ana.morales@example.com`."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        words = ["".join(sign for sign in word if sign.isalpha()) for word in plain.split()]
        return f"{'.'.join(words).lower()}@example.com"


def known() -> Iterator[Person]:
    """The ten that examples, tests and documentation talk about."""
    for name, city, country, postcode, street, phone in KNOWN:
        yield Person(name, phone, _address(name, street, city, postcode, country))


def others(number: int, seed: int) -> Iterator[Person]:
    """So many more, the same for the same seed, no two with one e-mail address."""
    fakers = [(Faker(locale, use_weighting=False), country) for locale, country in LOCALES]
    for place, (fake, _) in enumerate(fakers):
        fake.seed_instance(seed + place)
    met = {person.email for person in known()}
    while number:
        fake, country = fakers[number % len(fakers)]
        name = f"{fake.first_name()} {fake.last_name()}"
        street = f"{fake.street_name()} {fake.random_int(1, 120)}"
        address = _address(name, street, fake.city(), fake.postcode(), country)
        person = Person(name, f"+3460{fake.random_int(1_000_000, 9_999_999)}", address)
        if person.email not in met:
            met.add(person.email)
            number -= 1
            yield person


def customer(person: Person, *, registered_at: datetime, newsletter: bool) -> Customer:
    """The person as a customer with an account and one address."""
    return Customer(
        name=person.name,
        email=person.email,
        phone=person.phone,
        newsletter=newsletter,
        registered_at=registered_at,
        confirmed_at=registered_at + timedelta(minutes=4),
        addresses=[SavedAddress(address=person.address, default=True)],
    )


def _address(name: str, street: str, city: str, postcode: str, country: str) -> dict[str, str]:
    return {
        "name": name,
        "street": street,
        "city": city,
        "postcode": postcode,
        "country": country,
        "region": "",
        "phone": "",
    }
