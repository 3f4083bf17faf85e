"""What HubSpot says of a contact, and what that means to a customer of ours."""

import re
from collections.abc import Mapping

from pydantic import AwareDatetime

from actions.services.adapters.wire import CamelWire
from actions.services.customers import CannotUpdate, SavedAddress
from actions.services.errors import Reason, ServiceRefused
from actions.services.facts import Address

ADDRESS = ("address", "city", "zip", "state", "country")
PROPERTIES = ("email", "firstname", "lastname", "phone", *ADDRESS)
THE_ADDRESS = "1"
"""What the one address of a contact is called."""


class Contact(CamelWire):
    """A contact, with the properties that were asked for."""

    id: str
    created_at: AwareDatetime
    properties: dict[str, str | None]

    def value(self, name: str) -> str:
        """A property's value, empty where it has none."""
        return self.properties.get(name) or ""


class Contacts(CamelWire):
    """What a batch read found."""

    results: list[Contact]


class Status(CamelWire):
    """Where an address stands with one subscription type."""

    subscription_id: int
    status: str


class Subscriber(CamelWire):
    """An address with all its subscriptions."""

    statuses: list[Status]


class Subscribers(CamelWire):
    """What a batch read of subscriptions found."""

    results: list[Subscriber]


def cannot_update(refusal: ServiceRefused) -> Exception:
    """Why HubSpot refused properties: its errors name them, as a text or a list."""
    body = refusal.body if isinstance(refusal.body, Mapping) else {}
    if refusal.status != 400 or body.get("category") != "VALIDATION_ERROR":
        return refusal
    named = str([error.get("context") for error in body.get("errors") or () if error])
    if "phone" in named:
        return CannotUpdate(Reason.INVALID_PHONE)
    if any(name in named for name in ADDRESS):
        return CannotUpdate(Reason.INVALID_ADDRESS)
    return CannotUpdate(Reason.OTHER)


def addresses_of(contact: Contact) -> tuple[SavedAddress, ...]:
    """The contact's address, if its country is a code: HubSpot takes any words for one."""
    country = contact.value("country").upper()
    if not re.fullmatch("[A-Z]{2}", country):
        return ()
    address = Address(
        name=f"{contact.value('firstname')} {contact.value('lastname')}".strip(),
        street=contact.value("address"),
        city=contact.value("city"),
        postcode=contact.value("zip"),
        country=country,
        region=contact.value("state"),
        phone=contact.value("phone"),
    )
    return (SavedAddress(address_id=THE_ADDRESS, address=address, default=True),)
