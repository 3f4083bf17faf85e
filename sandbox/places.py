"""Addresses that a parcel can reach, and what it costs to send one there."""

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from sandbox.errors import RuleBroken

CURRENCY = "EUR"

POSTCODES = {
    "AT": r"\d{4}",
    "BE": r"\d{4}",
    "DE": r"\d{5}",
    "ES": r"\d{5}",
    "FR": r"\d{5}",
    "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}",
    "IT": r"\d{5}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "PT": r"\d{4}-\d{3}",
    "SE": r"\d{3} ?\d{2}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "CH": r"\d{4}",
    "NO": r"\d{4}",
    "US": r"\d{5}(-\d{4})?",
    "JP": r"\d{3}-?\d{4}",
    "TR": r"\d{5}",
    "NG": r"\d{6}",
    "ET": r"\d{4}",
}
"""Where the shop sends parcels, and what a postcode looks like there."""

NEAR = frozenset({"AT", "BE", "DE", "ES", "FR", "IE", "IT", "NL", "PT", "SE"})


class AddressView(BaseModel):
    """Where parcels go; the country as two letters."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    street: Annotated[str, Field(min_length=1, max_length=150)]
    city: Annotated[str, Field(min_length=1, max_length=100)]
    postcode: Annotated[str, Field(min_length=1, max_length=12)]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    region: Annotated[str, Field(max_length=100)] = ""
    phone: Annotated[str, Field(max_length=32)] = ""


class OptionView(BaseModel):
    """A way to send a parcel. Days are working days, from dispatch."""

    option_id: str
    name: str
    carrier: str
    price_cents: int
    currency: str = CURRENCY
    days_min: int
    days_max: int
    free_from_cents: int | None = None


def checked(address: AddressView) -> dict[str, str]:
    """The address as the tables keep it. Raises `RuleBroken` where no parcel would arrive."""
    _check(address.country, address.postcode)
    if not any(sign.isdigit() for sign in address.street):
        raise RuleBroken("invalid_address", "The street has no house number.")
    return address.model_dump()


def options(country: str, postcode: str = "", weight_grams: int = 1000) -> list[OptionView]:
    """The ways to send something there, cheapest first. Raises `RuleBroken` if there is none."""
    _check(country, postcode)
    heavy = 600 if weight_grams > 10_000 else 0
    if country not in NEAR and country != "GB":
        return [_option("worldwide", "Worldwide", "NordExpress", 1990 + heavy, 7, 14)]
    far = 300 if country == "GB" else 0
    found = [
        _option("standard", "Standard", "Swiftpost", 490 + far, 3, 5, 5000),
        _option("express", "Express", "NordExpress", 990 + far, 1, 2),
    ]
    if not heavy:
        found.insert(0, _option("pickup", "Pick-up point", "Parcelway", 290 + far, 3, 6, 3500))
        return found
    return [
        option.model_copy(update={"price_cents": option.price_cents + heavy}) for option in found
    ]


def usual(country: str) -> str:
    """The option that is taken where nobody chose one."""
    return "standard" if country in NEAR or country == "GB" else "worldwide"


def working_days_after(day: date, days: int) -> date:
    """The day so many working days later, Monday to Friday."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def _option(
    option_id: str,
    name: str,
    carrier: str,
    cents: int,
    days_min: int,
    days_max: int,
    free_from: int | None = None,
) -> OptionView:
    return OptionView(
        option_id=option_id,
        name=name,
        carrier=carrier,
        price_cents=cents,
        days_min=days_min,
        days_max=days_max,
        free_from_cents=free_from,
    )


def _check(country: str, postcode: str) -> None:
    pattern = POSTCODES.get(country)
    if pattern is None:
        raise RuleBroken("no_delivery_there", f"The shop does not deliver to {country!r}.")
    if postcode and not re.fullmatch(pattern, postcode.strip().upper()):
        raise RuleBroken("invalid_address", f"Postcodes of {country} look different.")
