"""What is on sale, and where."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sandbox.tables.base import Table


class Product(Table):
    """Something on sale, in one variant or several."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    category: Mapped[str]
    description: Mapped[str]
    attributes: Mapped[dict[str, str]]
    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", order_by="Variant.id"
    )


class Variant(Table):
    """One size and colour; `stock` is what can still be promised, and the table keeps it so."""

    __tablename__ = "variants"
    __table_args__ = (CheckConstraint("stock >= 0"), CheckConstraint("price_cents > 0"))

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    size: Mapped[str]
    colour: Mapped[str]
    price_cents: Mapped[int]
    stock: Mapped[int]
    product: Mapped[Product] = relationship(
        back_populates="variants", lazy="joined", innerjoin=True
    )


class Store(Table):
    """A store one can walk into. `hours` has seven pairs, Monday's first: opens, closes or null."""

    __tablename__ = "stores"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    phone: Mapped[str]
    hours: Mapped[list[list[str | None]]]
