"""The product service: what is on sale, in which sizes and colours, and where the stores are."""

import functools
from datetime import time
from typing import Annotated, Protocol

from pydantic import Field

from actions.services.errors import NotFound
from actions.services.facts import Cents, Currency, Facts
from actions.services.registry import connect


class Variant(Facts):
    """One size and colour of a product (empty where it has none). `stock` is pieces on sale."""

    variant_id: str
    size: str = ""
    colour: str = ""
    price_cents: Cents
    currency: Currency
    stock: Annotated[int, Field(ge=0)]


class Attribute(Facts):
    """Something to compare products by: "Weight", "1.2 kg"."""

    name: str
    value: str


class Product(Facts):
    """Something on sale. Has one variant at least."""

    product_id: str
    name: str
    description: str
    category: str
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    attributes: tuple[Attribute, ...] = ()
    url: str = ""


class OpeningHours(Facts):
    """When a store opens and closes on a weekday (1 Monday to 7 Sunday); `None`: closed."""

    weekday: Annotated[int, Field(ge=1, le=7)]
    opens: time | None
    closes: time | None


class Store(Facts):
    """A store one can walk into, with the hours of all seven days."""

    name: str
    street: str
    city: str
    phone: str
    hours: tuple[OpeningHours, ...]


class ProductNotFound(NotFound):
    """No product has this id."""


class ProductService(Protocol):
    """What every adapter does. Each method blocks, and may raise any `ServiceError`."""

    def search(self, text: str, *, limit: int = 5) -> tuple[Product, ...]:
        """The products that fit a customer's words, best first; none where nothing does."""

    def find(self, product_id: str) -> Product:
        """A product. Raises `ProductNotFound`."""

    def stores(self, city: str = "") -> tuple[Store, ...]:
        """The stores, in a city or all."""


@functools.cache
def product_service() -> ProductService:
    """The adapter that `endpoints.yml` chooses, made on first use."""
    service: ProductService = connect("products")
    return service
