"""Stripe's amounts, which are whole units too, but not always those of ISO 4217.

https://docs.stripe.com/currencies#zero-decimal
"""

from actions.services.currencies import exponent
from actions.services.errors import ServiceUnavailable

_DIGITS = {"MGA": 0, "ISK": 2, "UGX": 2}
"""Where Stripe counts other digits than ISO 4217."""


def from_stripe(amount: int, currency: str) -> int:
    """An amount of Stripe's as minor units of ISO 4217."""
    shift = exponent(currency) - _digits(currency)
    if shift >= 0:
        return amount * int(10**shift)
    units, rest = divmod(amount, 10**-shift)
    if rest:
        raise ServiceUnavailable(f"An amount is not one that {currency.upper()} can have.")
    return int(units)


def to_stripe(units: int, currency: str) -> int:
    """Minor units of ISO 4217 as Stripe wants to be told them."""
    shift = _digits(currency) - exponent(currency)
    return units * int(10**shift) if shift >= 0 else int(units // 10**-shift)


def _digits(currency: str) -> int:
    return _DIGITS.get(currency.upper(), exponent(currency))
