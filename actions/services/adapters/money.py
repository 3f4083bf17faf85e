"""Vendors' amounts as whole minor units, each currency with as many digits as it has."""

from decimal import Decimal

from actions.services.currencies import exponent
from actions.services.errors import ServiceUnavailable

MOST = 10**15
"""Minor units; a larger amount is an error and no order."""


def minor_units(amount: str, currency: str) -> int:
    """A vendor's decimal text in the currency's smallest unit: `12.50` of `EUR` is 1250.

    Zeros beyond the currency's digits are fine (`1200.00` of `JPY`); a fraction of the
    smallest unit, a negative or an unreadable amount is nonsense: `ServiceUnavailable`.
    """
    try:
        units = Decimal(amount).scaleb(exponent(currency))
        possible = 0 <= units <= MOST and units == units.to_integral_value()
    except ArithmeticError:  # no number, or one beyond all bounds
        possible = False
    if not possible:
        raise ServiceUnavailable("An amount is not one that its currency can have.")
    return int(units)
