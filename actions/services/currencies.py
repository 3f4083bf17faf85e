"""How many digits currencies have after the point, as ISO 4217 says.

CLDR (and so Babel) knows how many are usually written, which is not the same: it has none for
the Albanian lek, whose amounts in all services' facts are in qindarka all the same.
"""

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


def exponent(currency: str) -> int:
    """The digits after the point that ISO 4217 gives a currency: 2 for `EUR`, 0 for `JPY`."""
    return _EXPONENTS.get(currency.upper(), 2)
