"""Orders, what is in them, and their parcels."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sandbox.tables.base import Table
from sandbox.tables.goods import Variant
from sandbox.tables.money import Invoice, Payment, Refund, RefundState
from sandbox.tables.people import Customer


class OrderState(StrEnum):
    """Where an order stands."""

    AWAITING_PAYMENT = "awaiting_payment"
    PLACED = "placed"
    PACKING = "packing"
    PARTLY_DISPATCHED = "partly_dispatched"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Order(Table):
    """One purchase. `address` is where it goes, as it was when that was last decided."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    currency: Mapped[str]
    shipping_cents: Mapped[int]
    address: Mapped[dict[str, str]]
    placed_at: Mapped[datetime]
    packed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # An order is shown as a whole, so it is read as a whole: one query for each list in it.
    customer: Mapped[Customer] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list["OrderLine"]] = relationship(
        order_by="OrderLine.id", cascade="all, delete-orphan", lazy="selectin"
    )
    shipments: Mapped[list["Shipment"]] = relationship(order_by="Shipment.id", lazy="selectin")
    payment: Mapped[Payment] = relationship(lazy="joined", innerjoin=True)
    invoice: Mapped[Invoice | None] = relationship()
    refunds: Mapped[list[Refund]] = relationship(order_by="Refund.id", lazy="selectin")

    @property
    def state(self) -> OrderState:
        """What the order's dates, parcels and payment add up to."""
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
        if self.payment.paid_at is None:
            return OrderState.AWAITING_PAYMENT
        return OrderState.PLACED if self.packed_at is None else OrderState.PACKING

    @property
    def total_cents(self) -> int:
        """What the order costs."""
        return self.shipping_cents + sum(
            line.quantity * line.unit_price_cents for line in self.lines
        )

    @property
    def refunded_cents(self) -> int:
        """All money that went or goes back."""
        return sum(
            refund.amount_cents for refund in self.refunds if refund.state is not RefundState.FAILED
        )

    @property
    def delivered_at(self) -> datetime | None:
        """When the last parcel came, if all have come."""
        if self.state not in (OrderState.DELIVERED, OrderState.RETURNED):
            return None
        return max(parcel.delivered_at for parcel in self.shipments if parcel.delivered_at)


class OrderLine(Table):
    """A variant in an order, at the price of that day."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipments.id"))
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]
    variant: Mapped[Variant] = relationship(lazy="joined", innerjoin=True)


class ParcelState(StrEnum):
    """Where a parcel stands, as its carrier sees it."""

    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    RETURNED_TO_SENDER = "returned_to_sender"
    FAILED = "failed"


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
    events: Mapped[list["TrackingEvent"]] = relationship(order_by="TrackingEvent.at")

    @property
    def state(self) -> ParcelState:
        """The last event's."""
        return self.events[-1].state if self.events else ParcelState.ANNOUNCED


class TrackingEvent(Table):
    """Something that happened to a parcel."""

    __tablename__ = "tracking_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"))
    at: Mapped[datetime]
    state: Mapped[ParcelState]
    text: Mapped[str]
    place: Mapped[str]
