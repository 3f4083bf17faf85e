"""The shop's tables. What can be derived (an order's state, its total) is derived, not stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PACKING = "packing"
    PARTLY_DISPATCHED = "partly_dispatched"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Table(DeclarativeBase):
    """What all tables share. Times are UTC without a zone, money is whole cents."""


class Customer(Table):
    """Somebody who has ordered."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    city: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer", order_by="Order.number")


class Product(Table):
    """Something on sale; `stock` is what can still be promised."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    price_cents: Mapped[int]
    stock: Mapped[int]


class Order(Table):
    """One purchase."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    currency: Mapped[str]
    shipping_cents: Mapped[int]
    placed_at: Mapped[datetime]
    packed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id")
    shipments: Mapped[list["Shipment"]] = relationship(order_by="Shipment.id")
    refund: Mapped["Refund | None"] = relationship()

    @property
    def state(self) -> OrderState:
        """What the order's dates and parcels add up to."""
        if self.cancelled_at is not None:
            return OrderState.CANCELLED
        if self.returned_at is not None:
            return OrderState.RETURNED
        dispatched = [parcel.dispatched_at is not None for parcel in self.shipments]
        if any(dispatched) and not all(dispatched):
            return OrderState.PARTLY_DISPATCHED
        if any(dispatched):
            delivered = all(parcel.delivered_at is not None for parcel in self.shipments)
            return OrderState.DELIVERED if delivered else OrderState.DISPATCHED
        return OrderState.PLACED if self.packed_at is None else OrderState.PACKING

    @property
    def total_cents(self) -> int:
        """What the customer paid."""
        return self.shipping_cents + sum(
            line.quantity * line.unit_price_cents for line in self.lines
        )


class OrderLine(Table):
    """A product in an order, at the price of that day."""

    __tablename__ = "order_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipments.id"))
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]
    product: Mapped[Product] = relationship()


class Shipment(Table):
    """One parcel of an order. It is on its way once `dispatched_at` is set."""

    __tablename__ = "shipments"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    carrier: Mapped[str]
    tracking_number: Mapped[str] = mapped_column(unique=True)
    expected_on: Mapped[date]
    dispatched_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    lines: Mapped[list[OrderLine]] = relationship(order_by="OrderLine.id")


class Refund(Table):
    """Money on its way back; an order has one at most, and the table says so."""

    __tablename__ = "refunds"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    amount_cents: Mapped[int]
    created_at: Mapped[datetime]


class StoredReply(Table):
    """What was answered to an `Idempotency-Key`, kept to be answered again."""

    __tablename__ = "stored_replies"

    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
