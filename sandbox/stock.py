"""Promising pieces to customers, and taking promises back."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import RuleBroken
from sandbox.tables import Variant


def variant_called(session: Session, sku: str) -> Variant:
    """The variant. Raises `RuleBroken` if there is none."""
    found = session.scalars(select(Variant).where(Variant.sku == sku)).first()
    if found is None:
        raise RuleBroken("unknown_variant", f"Nothing on sale is called {sku!r}.")
    return found


def promise(variant: Variant, quantity: int) -> None:
    """Take pieces out of stock. Raises `RuleBroken` if there are not so many."""
    if variant.stock < quantity:
        raise RuleBroken(
            "out_of_stock",
            "There are not so many left.",
            product=variant.product.name,
            available=variant.stock,
        )
    variant.stock -= quantity


def put_back(variant: Variant, quantity: int) -> None:
    """Take a promise back."""
    variant.stock += quantity
