"""Payments, refunds and invoices."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sandbox.tables.base import Table


class PaymentFailure(StrEnum):
    """Why a payment failed."""

    CARD_DECLINED = "card_declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    CARD_EXPIRED = "card_expired"
    AUTHENTICATION_FAILED = "authentication_failed"
    PROCESSING_ERROR = "processing_error"


class Payment(Table):
    """The payment of an order; `paid_cents` is what came in, 0 until `paid_at`."""

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    method: Mapped[str]
    paid_cents: Mapped[int] = mapped_column(default=0)
    paid_at: Mapped[datetime | None]
    failure: Mapped[PaymentFailure | None]


class RefundState(StrEnum):
    """Where money on its way back is."""

    AWAITING_RETURN = "awaiting_return"
    PROCESSING = "processing"
    SENT = "sent"
    ARRIVED = "arrived"
    FAILED = "failed"


class Refund(Table):
    """Money that goes back, and what for. Goods that must come back first are its `lines`."""

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("amount_cents > 0"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    state: Mapped[RefundState]
    amount_cents: Mapped[int]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    expected_on: Mapped[date | None]
    lines: Mapped[list["RefundLine"]] = relationship(order_by="RefundLine.id")


class RefundLine(Table):
    """Pieces of an order's line that go back."""

    __tablename__ = "refund_lines"
    __table_args__ = (CheckConstraint("quantity > 0"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    quantity: Mapped[int]


class Invoice(Table):
    """The invoice of a paid order; its lines are the order's."""

    __tablename__ = "invoices"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    issued_on: Mapped[date]
