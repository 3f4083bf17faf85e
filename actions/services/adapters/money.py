"""Vendors' amounts as whole minor units, each currency with as many digits as it has."""

from decimal import Decimal

from actions.services.errors import ServiceUnavailable

_EXPONENTS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}
"""ISO 4217's digits after the point, where they are not two."""

MOST = 10**15
"""Minor units; a larger amount is an error and no order."""


def exponent(currency: str) -> int:
    """The digits after the point that ISO 4217 gives a currency: 2 for `EUR`, 0 for `JPY`."""
    return _EXPONENTS.get(currency.upper(), 2)


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
