"""How facts are said: money, days, parcels, lists, and what an order number looks like."""

import re
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency

from actions.services.currencies import exponent
from actions.services.errors import ServiceMisconfigured
from actions.services.order_numbers import OrderNumbers
from actions.services.orders import Line, Order, Shipment, order_service

LOCALE = "en_GB"

EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


def order_numbers() -> OrderNumbers:
    """What order numbers look like at the shop that `endpoints.yml` names.

    Where that can't be told, any digits will do: whoever looks for the order says what is wrong.
    """
    try:
        return order_service().numbers
    except ServiceMisconfigured:
        return OrderNumbers("{1,}")


def order_number(said: str) -> str | None:
    """`CM-10412` for "cm 10412", "CM10412" or "10412"; `None` for anything else."""
    return order_numbers().find(said)


def email_address(said: str) -> str | None:
    """The first e-mail address in a text, in small letters."""
    found = EMAIL.search(said)
    return found[0].lower() if found else None


def money(cents: int, currency: str) -> str:
    """ "€17.80" for 1780 cents, "¥1,780" for as many yen. Nothing is rounded away."""
    amount = Decimal(cents).scaleb(-exponent(currency))
    said = format_currency(amount, currency, locale=LOCALE, decimal_quantization=False)
    return str(said)


def day(on: date) -> str:
    """ "Friday 20 November"."""
    return str(format_date(on, "EEEE d MMMM", locale=LOCALE))


def kind(size: str, colour: str, between: str = ", ") -> str:
    """ "white, M"."""
    return between.join(part for part in (colour, size) if part)


def of_kind(product: str, size: str, colour: str) -> str:
    """ "Linden T-shirt (white, M)"."""
    which = kind(size, colour)
    return f"{product} ({which})" if which else product


def item(line: Line) -> str:
    """A product as it was ordered."""
    return of_kind(line.product, line.size, line.colour)


def summary(order: Order) -> str:
    """What is in an order, as one would say it: "2 × Aurora desk lamp and 1 × …"."""
    return joined([f"{line.quantity} × {line.product}" for line in order.lines])


def parcel(shipment: Shipment) -> str:
    """A parcel in half a sentence."""
    if shipment.expected_on is None:
        return f"{shipment.carrier} {shipment.tracking_number}"
    return f"{shipment.carrier} {shipment.tracking_number}, expected on {day(shipment.expected_on)}"


def joined(parts: list[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {last} ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
