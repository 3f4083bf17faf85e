"""The product service: what is on sale, and the stores."""

import difflib
import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import NotTheirs
from sandbox.places import CURRENCY
from sandbox.security import require_api_key
from sandbox.tables import Product, Store

SILENT = frozenset(
    [
        "and",
        "any",
        "are",
        "can",
        "does",
        "for",
        "from",
        "get",
        "have",
        "how",
        "much",
        "that",
        "the",
        "thi",
        "what",
        "with",
        "you",
        "your",
    ]
)
"""Words that are in every question and say nothing about what is looked for, without their s."""

router = APIRouter(tags=["products"], dependencies=[Depends(require_api_key)])


class VariantView(BaseModel):
    """One size and colour."""

    variant_id: str
    size: str
    colour: str
    price_cents: int
    currency: str = CURRENCY
    stock: int


class AttributeView(BaseModel):
    """Something to compare products by."""

    name: str
    value: str


class ProductView(BaseModel):
    """Something on sale."""

    product_id: str
    name: str
    category: str
    description: str
    attributes: list[AttributeView]
    variants: list[VariantView]


class HoursView(BaseModel):
    """When a store opens and closes on a weekday, 1 for Monday; null: closed."""

    weekday: int
    opens: str | None
    closes: str | None


class StoreView(BaseModel):
    """A store."""

    name: str
    street: str
    city: str
    phone: str
    hours: list[HoursView]


@router.get("/products", summary="Search for products")
async def search(
    request: Request,
    q: Annotated[str, Field(max_length=200)],
    limit: Annotated[int, Field(ge=1, le=20)] = 5,
) -> list[ProductView]:
    """Those that share words with `q`, the most words first; in its name a word counts thrice."""
    with Session(request.app.state.database) as session, session.begin():
        products = session.scalars(select(Product).order_by(Product.id)).all()
        known = {word for product in products for word in _words(product.name)}
        wanted = {_nearest(word, known) for word in _words(q)}
        scored = [
            (3 * len(wanted & _words(product.name)) + len(wanted & _more_words(product)), product)
            for product in products
        ]
        found = sorted((pair for pair in scored if pair[0]), key=lambda pair: pair[0], reverse=True)
        return [_view(product) for _, product in found[:limit]]


@router.get("/products/{product_id}", summary="See a product")
async def find(product_id: str, request: Request) -> ProductView:
    """By the id that a search gives."""
    number = product_id.removeprefix("p-")
    with Session(request.app.state.database) as session, session.begin():
        product = session.get(Product, int(number)) if number.isdecimal() else None
        if product is None:
            raise NotTheirs("product")
        return _view(product)


@router.get("/stores", summary="List the stores")
async def stores(
    request: Request, city: Annotated[str, Field(max_length=100)] = ""
) -> list[StoreView]:
    """In a city, or all."""
    with Session(request.app.state.database) as session, session.begin():
        return [
            StoreView(
                name=store.name,
                street=store.street,
                city=store.city,
                phone=store.phone,
                hours=[
                    HoursView(weekday=day, opens=opens, closes=closes)
                    for day, (opens, closes) in enumerate(store.hours, start=1)
                ],
            )
            for store in session.scalars(select(Store).order_by(Store.id))
            if city.strip().casefold() in ("", store.city.casefold())
        ]


def _words(text: str) -> set[str]:
    """The words that say something, without the end that makes many of one."""
    found = (word.removesuffix("s") for word in re.findall(r"[^\W_]+", text.casefold()))
    return {word for word in found if len(word) > 2 and word not in SILENT}


def _nearest(word: str, known: set[str]) -> str:
    """The word of a product's name that was meant, where one is so near that it must have been."""
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.8)), word)


def _more_words(product: Product) -> set[str]:
    variants = " ".join(variant.colour for variant in product.variants)
    return _words(f"{product.category} {product.description} {variants}")


def _view(product: Product) -> ProductView:
    return ProductView(
        product_id=f"p-{product.id}",
        name=product.name,
        category=product.category,
        description=product.description,
        attributes=[AttributeView(name=k, value=v) for k, v in product.attributes.items()],
        variants=[
            VariantView(
                variant_id=variant.sku,
                size=variant.size,
                colour=variant.colour,
                price_cents=variant.price_cents,
                stock=variant.stock,
            )
            for variant in product.variants
        ],
    )
