"""What the shop sells and where its stores are."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ware:
    """A product to be put on sale, in every size and colour. `cents` is for the first size."""

    name: str
    category: str
    cents: int
    description: str
    attributes: dict[str, str]
    colours: Sequence[str] = ("",)
    sizes: Sequence[str] = ("",)
    more_per_size: int = 0


WARES = (
    Ware(
        "Aurora desk lamp",
        "Lighting",
        3990,
        "A dimmable LED lamp with a long arm.",
        {"Weight": "1.2 kg", "Power": "9 W", "Guarantee": "2 years"},
        ("white", "black"),
    ),
    Ware(
        "Brook water bottle",
        "Kitchen",
        1850,
        "An insulated steel bottle that keeps drinks cold all day.",
        {"Weight": "0.3 kg", "Material": "Steel", "Guarantee": "2 years"},
        ("green", "blue", "silver"),
        ("500 ml", "750 ml"),
        400,
    ),
    Ware(
        "Cedar bookshelf",
        "Furniture",
        12900,
        "Five shelves of solid cedar, put together in ten minutes.",
        {"Weight": "18 kg", "Material": "Cedar", "Guarantee": "5 years"},
        ("natural", "white"),
    ),
    Ware(
        "Drift wireless headphones",
        "Audio",
        8900,
        "Over-ear headphones that keep the noise out.",
        {"Weight": "0.25 kg", "Battery": "30 hours", "Guarantee": "2 years"},
        ("black", "sand"),
    ),
    Ware(
        "Ember electric kettle",
        "Kitchen",
        4600,
        "Boils to the degree you set.",
        {"Weight": "1.1 kg", "Capacity": "1.5 l", "Power": "2200 W", "Guarantee": "2 years"},
        ("black", "red"),
    ),
    Ware(
        "Fjord wool blanket",
        "Home",
        6400,
        "Woven from Norwegian lambswool.",
        {"Weight": "1.4 kg", "Material": "Wool", "Guarantee": "2 years"},
        ("grey", "blue"),
        ("130 × 200 cm", "150 × 220 cm"),
        1500,
    ),
    Ware(
        "Glade yoga mat",
        "Sport",
        2900,
        "Six millimetres of natural rubber.",
        {"Weight": "2.1 kg", "Material": "Natural rubber", "Guarantee": "2 years"},
        ("green", "purple"),
    ),
    Ware(
        "Harbour backpack",
        "Bags",
        7450,
        "Waterproof, with room for a 15-inch laptop.",
        {"Weight": "0.9 kg", "Capacity": "24 l", "Guarantee": "5 years"},
        ("navy", "black", "yellow"),
    ),
    Ware(
        "Iris phone stand",
        "Office",
        1290,
        "Holds a phone upright or across.",
        {"Weight": "0.2 kg", "Material": "Aluminium", "Guarantee": "2 years"},
        ("silver", "black"),
    ),
    Ware(
        "Juniper scented candle",
        "Home",
        1600,
        "Juniper and orange peel, burns forty hours.",
        {"Weight": "0.4 kg", "Material": "Soy wax", "Guarantee": "2 years"},
    ),
    Ware(
        "Kestrel rain jacket",
        "Clothing",
        9900,
        "Light, tight and packed into its own pocket.",
        {"Weight": "0.3 kg", "Material": "Recycled nylon", "Guarantee": "2 years"},
        ("red", "navy", "olive"),
        ("S", "M", "L", "XL"),
    ),
    Ware(
        "Linden T-shirt",
        "Clothing",
        2400,
        "Heavy organic cotton.",
        {"Weight": "0.2 kg", "Material": "Organic cotton", "Guarantee": "2 years"},
        ("white", "black", "green"),
        ("XS", "S", "M", "L", "XL"),
    ),
    Ware(
        "Maple running shoes",
        "Clothing",
        11900,
        "Cushioned shoes for long runs on the road.",
        {"Weight": "0.5 kg", "Material": "Recycled mesh", "Guarantee": "2 years"},
        ("blue", "orange"),
        ("38", "39", "40", "41", "42", "43", "44"),
    ),
    Ware(
        "Nimbus bluetooth speaker",
        "Audio",
        5900,
        "A speaker for kitchen and beach.",
        {"Weight": "0.6 kg", "Battery": "14 hours", "Guarantee": "2 years"},
        ("black", "teal"),
    ),
    Ware(
        "Orchard cast-iron pan",
        "Kitchen",
        5200,
        "For every kind of stove, seasoned already.",
        {"Weight": "2.6 kg", "Material": "Cast iron", "Guarantee": "10 years"},
        ("",),
        ("24 cm", "28 cm"),
        900,
    ),
)

STORES = (
    ("CloudMart Valencia", "Carrer de Colom 18", "Valencia", "+34961230018", "10:00", "15:00"),
    ("CloudMart Leeds", "41 Briggate", "Leeds", "+441132960041", "10:00", "17:00"),
    ("CloudMart Leipzig", "Petersstraße 12", "Leipzig", "+493412250012", None, None),
)
"""Name, street, town, phone, and Sunday's hours; the rest of the week is alike."""


def week(sunday_opens: str | None, sunday_closes: str | None) -> list[list[str | None]]:
    """Seven pairs of hours, Monday's first."""
    working_days: list[list[str | None]] = [["09:00", "19:00"] for _ in range(5)]
    return [*working_days, ["10:00", "18:00"], [sunday_opens, sunday_closes]]
