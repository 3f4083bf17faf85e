"""What Stripe's payments, refunds and invoices mean to a customer."""

from datetime import UTC, date, datetime, timedelta

from actions.services.adapters.stripe_money import from_stripe
from actions.services.adapters.stripe_wire import (
    Intent,
    InvoiceLineWire,
    InvoiceWire,
    RefundWire,
)
from actions.services.adapters.wire import meaning
from actions.services.errors import Reason
from actions.services.payments import (
    Invoice,
    InvoiceLine,
    Payment,
    PaymentFailure,
    PaymentState,
    Refund,
    Refundable,
    RefundState,
)

ARRIVAL = timedelta(days=14)
"""Stripe: a refund reaches the customer within 5 to 10 business days."""

_FAILURES = {
    "insufficient_funds": PaymentFailure.INSUFFICIENT_FUNDS,
    "withdrawal_count_limit_exceeded": PaymentFailure.INSUFFICIENT_FUNDS,
    "card_velocity_exceeded": PaymentFailure.INSUFFICIENT_FUNDS,
    "expired_card": PaymentFailure.CARD_EXPIRED,
    "authentication_required": PaymentFailure.AUTHENTICATION_FAILED,
    "authentication_not_handled": PaymentFailure.AUTHENTICATION_FAILED,
    "payment_intent_authentication_failure": PaymentFailure.AUTHENTICATION_FAILED,
    "offline_pin_required": PaymentFailure.AUTHENTICATION_FAILED,
    "processing_error": PaymentFailure.PROCESSING_ERROR,
    "issuer_not_available": PaymentFailure.PROCESSING_ERROR,
    "reenter_transaction": PaymentFailure.PROCESSING_ERROR,
    "try_again_later": PaymentFailure.PROCESSING_ERROR,
}
"""https://docs.stripe.com/declines/codes. Fraud, a lost or stolen card and the like are plain
declines to a customer: Stripe asks not to tell more."""

_REFUND_STATES = {
    "pending": RefundState.PROCESSING,
    "requires_action": RefundState.PROCESSING,
    "succeeded": RefundState.SENT,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


@meaning("Stripe")
def payment_of(intent: Intent, number: str, email: str, pay_url: str) -> Payment:
    """A payment of an order. `pay_url` is where to pay (again)."""
    charge = intent.latest_charge
    state = _state(intent)
    refunded = charge.amount_refunded if charge else 0
    open_ = state in (PaymentState.PENDING, PaymentState.FAILED)
    return Payment(
        order_number=number,
        email=email,
        state=state,
        method=method_of(intent),
        amount_cents=from_stripe(intent.amount, intent.currency),
        refunded_cents=from_stripe(refunded, intent.currency),
        currency=intent.currency.upper(),
        failure=_failure(intent) if state is PaymentState.FAILED else None,
        paid_at=_moment(charge.created) if charge and charge.paid else None,
        retry_url=pay_url if open_ else "",
    )


@meaning("Stripe")
def refundable_of(intent: Intent, number: str, email: str) -> Refundable:
    """What is left of a payment. Stripe knows amounts only, and no window for returns."""
    return Refundable(
        order_number=number,
        email=email,
        amount_cents=from_stripe(intent.refundable, intent.currency),
        currency=intent.currency.upper(),
        method=method_of(intent),
        lines=(),
        return_by=None,
        not_refundable_because=not_refundable(intent),
    )


def not_refundable(intent: Intent) -> Reason | None:
    """Why nothing of a payment can be given back, if so."""
    charge = intent.latest_charge
    if intent.status != "succeeded" or charge is None or not charge.paid:
        return Reason.NOT_PAID
    if not intent.refundable:
        return Reason.ALREADY_REFUNDED
    return Reason.OTHER if charge.disputed else None


def method_of(intent: Intent) -> str:
    """How it was paid, as its owner knows it: "Visa ending in 4242"."""
    details = intent.latest_charge.payment_method_details if intent.latest_charge else None
    if details is None:
        return ""
    if details.card and details.card.last4:
        brand = (details.card.brand or "card").replace("_", " ")
        return f"{brand.title()} ending in {details.card.last4}"
    return details.type.replace("_", " ").capitalize()


@meaning("Stripe")
def refund_of(refund: RefundWire, number: str, email: str, method: str) -> Refund:
    """A refund of an order's payment."""
    created = _moment(refund.created)
    state = _REFUND_STATES.get(refund.status or "", RefundState.PROCESSING)
    coming = state is not RefundState.FAILED
    return Refund(
        refund_id=refund.id,
        order_number=number,
        email=email,
        state=state,
        amount_cents=from_stripe(refund.amount, refund.currency),
        currency=refund.currency.upper(),
        method=method,
        created_at=created,
        expected_on=(created + ARRIVAL).date() if coming else None,
    )


@meaning("Stripe")
def invoice_of(invoice: InvoiceWire, number: str, email: str) -> Invoice:
    """An invoice, each line with its share of discounts and taxes, so that all of it adds up."""
    lines = [
        InvoiceLine(
            text=line.description or "",
            quantity=line.quantity or 1,
            total_cents=from_stripe(_line_total(line), invoice.currency),
        )
        for line in invoice.lines.data
    ]
    if invoice.shipping_cost is not None:
        total = from_stripe(invoice.shipping_cost.amount_total, invoice.currency)
        lines.append(InvoiceLine(text="Shipping", quantity=1, total_cents=total))
    total = from_stripe(invoice.total, invoice.currency)
    if invoice.lines.has_more or sum(line.total_cents for line in lines) != total:
        lines = [InvoiceLine(text="All items", quantity=1, total_cents=total)]
    taxes = sum(tax.amount for tax in invoice.total_taxes or ())
    return Invoice(
        number=invoice.number or "",
        order_number=number,
        email=email,
        issued_on=_issued_on(invoice),
        lines=tuple(lines),
        tax_cents=from_stripe(taxes, invoice.currency),
        total_cents=total,
        currency=invoice.currency.upper(),
        url=invoice.hosted_invoice_url or invoice.invoice_pdf or "",
    )


def _state(intent: Intent) -> PaymentState:
    charge = intent.latest_charge
    if intent.status == "succeeded" and charge is not None:
        if not charge.amount_refunded:
            return PaymentState.PAID
        return PaymentState.PARTLY_REFUNDED if intent.refundable else PaymentState.REFUNDED
    failed = intent.status == "requires_payment_method" and intent.last_payment_error
    return PaymentState.FAILED if failed or intent.status == "canceled" else PaymentState.PENDING


def _failure(intent: Intent) -> PaymentFailure:
    error = intent.last_payment_error
    if error is None:
        return PaymentFailure.OTHER
    for code in (error.decline_code, error.code):
        if code in _FAILURES:
            return _FAILURES[code]
    return PaymentFailure.CARD_DECLINED if error.type == "card_error" else PaymentFailure.OTHER


def _line_total(line: InvoiceLineWire) -> int:
    off = sum(discount.amount for discount in line.discount_amounts or ())
    on_top = sum(tax.amount for tax in line.taxes or () if tax.tax_behavior == "exclusive")
    return line.amount - off + on_top


def _issued_on(invoice: InvoiceWire) -> date:
    return _moment(invoice.status_transitions.finalized_at or 0).date()


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
