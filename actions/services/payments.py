"""The payment service: whether an order is paid, money back, and invoices."""

import functools
from datetime import date
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime

from actions.services.errors import NotFound, NotPossible, Reason
from actions.services.facts import Cents, Currency, Facts
from actions.services.registry import connect


class PaymentState(StrEnum):
    """Where the money of an order is."""

    PENDING = "pending"
    FAILED = "failed"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"


class PaymentFailure(StrEnum):
    """Why a payment failed, as far as a customer may know it."""

    CARD_DECLINED = "card_declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    CARD_EXPIRED = "card_expired"
    AUTHENTICATION_FAILED = "authentication_failed"
    PROCESSING_ERROR = "processing_error"
    OTHER = "other"


class Payment(Facts):
    """An order's payment. `method` is for a customer's eyes, "Visa ending in 4242"."""

    order_number: str
    email: str
    state: PaymentState
    method: str
    amount_cents: Cents
    refunded_cents: Cents
    currency: Currency
    failure: PaymentFailure | None
    """Set where `state` is `FAILED`."""
    paid_at: AwareDatetime | None
    retry_url: str = ""
    """Where the customer can pay (again), while `state` is `PENDING` or `FAILED`."""


class RefundState(StrEnum):
    """Where money on its way back is."""

    AWAITING_RETURN = "awaiting_return"
    PROCESSING = "processing"
    SENT = "sent"
    ARRIVED = "arrived"
    FAILED = "failed"


class Refund(Facts):
    """Money on its way back. `expected_on` is when the customer should have it."""

    refund_id: str
    order_number: str
    email: str
    state: RefundState
    amount_cents: Cents
    currency: Currency
    method: str
    created_at: AwareDatetime
    expected_on: date | None
    products: tuple[str, ...] = ()
    return_label_url: str = ""
    """Where to print the label for sending goods back, while `state` is `AWAITING_RETURN`."""


class RefundableLine(Facts):
    """A line of an order, how many pieces may still be returned, and what one gives back."""

    line_id: str
    product: str
    quantity: int
    unit_amount_cents: Cents


class Refundable(Facts):
    """What of an order may be returned for money at this moment.

    `amount_cents` is all of it, shipping included where the shop gives that back: what
    `refund` with no lines pays. `lines` is empty where the service knows only amounts.
    `not_refundable_because` is set where `amount_cents` is 0.
    """

    order_number: str
    email: str
    amount_cents: Cents
    currency: Currency
    method: str
    lines: tuple[RefundableLine, ...]
    return_by: date | None
    """The last day for returns, where it has begun to run."""
    not_refundable_because: Reason | None


class RefundLine(Facts):
    """Pieces of one line that go back."""

    line_id: str
    quantity: int


class RefundRequest(Facts):
    """What the customer agreed to: exactly this amount for these lines (none: for everything).

    `reason` is the customer's own, in their words.
    """

    amount_cents: Cents
    lines: tuple[RefundLine, ...] = ()
    reason: str = ""


class InvoiceLine(Facts):
    """A row of an invoice."""

    text: str
    quantity: int
    total_cents: Cents


class Invoice(Facts):
    """An invoice. Its lines, shipping among them, add up to `total_cents`, `tax_cents` included."""

    number: str
    order_number: str
    email: str
    issued_on: date
    lines: tuple[InvoiceLine, ...]
    tax_cents: Cents
    total_cents: Cents
    currency: Currency
    url: str
    """A page or PDF that only who knows the address can open."""


class PaymentMethod(Facts):
    """A way to pay. `note` is a sentence for customers, empty where there is nothing to say."""

    code: str
    name: str
    note: str = ""


class PaymentNotFound(NotFound):
    """No payment belongs to an order of this number together with this e-mail address."""


class CannotRefund(NotPossible):
    """No money moved: `not_paid`, `not_delivered_yet` (cancel instead), `already_refunded`,
    `already_cancelled`, `outside_return_window`, `unknown_line`, or `amount_changed` where the
    amount agreed to is not what these lines give."""


class NoInvoice(NotPossible):
    """There is no invoice (yet): `no_invoice_yet` before an order is paid."""


class PaymentService(Protocol):
    """What every adapter does. Each method blocks, and may raise any `ServiceError`.

    `number` and `email` together show whose order it is; methods that take both raise
    `PaymentNotFound` for a pair that does not fit. Each effect happens once per `key`.
    """

    def payment(self, number: str, email: str) -> Payment:
        """Where the order's money is, and why it failed."""

    def refundable(self, number: str, email: str) -> Refundable:
        """What may be returned, and for how much: what to confirm before `refund`."""

    def refund(self, number: str, email: str, request: RefundRequest, *, key: str) -> Refund:
        """Give money back, or begin a return that does. Raises `CannotRefund`."""

    def refunds(self, number: str, email: str) -> tuple[Refund, ...]:
        """All refunds of the order, newest first."""

    def invoice(self, number: str, email: str) -> Invoice:
        """The order's invoice. Raises `NoInvoice`."""

    def send_invoice(self, number: str, email: str, *, key: str) -> Invoice:
        """E-mail the invoice to the order's own address, no other. Raises `NoInvoice`."""

    def methods(self, country: str = "") -> tuple[PaymentMethod, ...]:
        """How one can pay, in a country or at all."""


@functools.cache
def payment_service() -> PaymentService:
    """The adapter that `endpoints.yml` chooses, made on first use."""
    service: PaymentService = connect("payments")
    return service
