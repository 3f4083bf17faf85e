"""Distances, temperatures, volumes and quantities: a number and a unit."""

import re
from collections.abc import Sequence

from bespeak.nlu.values.numbers import Number
from bespeak.nlu.values.value import Value, plain

UNITS = {
    "distance": {
        "kilometre": r"km|kilometers?|kilometres?",
        "metre": r"meters?|metres?",
        "centimetre": r"cm|centimeters?|centimetres?",
        "millimetre": r"mm|millimeters?|millimetres?",
        "mile": r"miles?|mi",
        "yard": r"yards?|yd",
        "foot": r"feet|foot|ft",
        "inch": r"inch(?:es)?",
    },
    "temperature": {
        "celsius": r"(?:°|degrees?)\s?(?:celsius|c)|celsius",
        "fahrenheit": r"(?:°|degrees?)\s?(?:fahrenheit|f)|fahrenheit",
        "degree": r"°|degrees?",
    },
    "volume": {
        "millilitre": r"ml|milliliters?|millilitres?",
        "litre": r"l|liters?|litres?",
        "gallon": r"gal|gallons?",
        "hectolitre": r"hl|hectoliters?|hectolitres?",
    },
    "quantity": {
        "gram": r"g|grams?|gms?",
        "kilogram": r"kg|kgs|kilos?|kilograms?",
        "milligram": r"mg|milligrams?",
        "pound": r"lbs?|pounds?",
        "ounce": r"oz|ounces?",
        "cup": r"cups?",
    },
}
IN_GRAMS = {"kilogram": 1000.0, "milligram": 0.001}
PRODUCT = re.compile(r"\s+of\s+([^\W\d_]+)", re.IGNORECASE)
PATTERNS = {
    dimension: re.compile(
        r"\s*-?\s*(?:"
        + "|".join(f"(?P<{unit}>{written})" for unit, written in units.items())
        + r")(?!\w)",
        re.IGNORECASE,
    )
    for dimension, units in UNITS.items()
}


def measures(text: str, numbers: Sequence[Number], dimensions: Sequence[str]) -> list[Value]:
    """Return what the numbers measure in the given dimensions."""
    return [
        value
        for dimension in dimensions
        if dimension in PATTERNS
        for number in numbers
        if (value := _measure(text, number, dimension)) is not None
    ]


def _measure(text: str, number: Number, dimension: str) -> Value | None:
    match = PATTERNS[dimension].match(text, number.end)
    if match is None:
        return None
    unit, end, amount = str(match.lastgroup), match.end(), number.value
    wire: dict[str, object] = {}
    if dimension == "quantity":
        if unit in IN_GRAMS:
            unit, amount = "gram", amount * IN_GRAMS[unit]
        if product := PRODUCT.match(text, end):
            end = product.end()
            wire["product"] = product[1].lower()
    wire = {"value": plain(amount), "type": "value", **wire, "unit": unit}
    return Value(dimension, number.start, end, wire)
