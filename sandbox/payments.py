"""The payment service: how an order was paid, refunds and invoices."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from sandbox.errors import RuleBroken
from sandbox.idempotency import Key, once
from sandbox.identity import Email, Number, owned_order, reading
from sandbox.ledger import begin_return, refusal, return_by, returnable
from sandbox.mails import send
from sandbox.places import POSTCODES
from sandbox.security import require_api_key, signature
from sandbox.tables import Order, PaymentFailure, Refund, RefundState
from sandbox.times import Moment
from sandbox.views import payment_url

TAX_PERCENT = 21

METHODS = (
    ("card", "Credit or debit card", "Visa, Mastercard and American Express.", None),
    ("paypal", "PayPal", "", None),
    ("apple_pay", "Apple Pay", "", None),
    ("google_pay", "Google Pay", "", None),
    ("bank_transfer", "Bank transfer", "We pack once the money has arrived.", None),
    ("klarna", "Klarna, pay in 30 days", "", frozenset({"AT", "BE", "DE", "GB", "NL", "SE"})),
    ("gift_card", "CloudMart gift card", "Can be combined with any other way to pay.", None),
)

router = APIRouter(tags=["payments"], dependencies=[Depends(require_api_key)])


class OrderOf(BaseModel):
    """Which order, and the e-mail address it was placed with."""

    number: Number
    email: Email


class PaymentView(BaseModel):
    """Where the money of an order is."""

    order_number: str
    email: str
    state: str
    method: str
    amount_cents: int
    refunded_cents: int
    currency: str
    failure: PaymentFailure | None
    paid_at: Moment | None
    retry_url: str


class RefundableLineView(BaseModel):
    """A line, how many of its pieces may go back, and what each gives."""

    line_id: str
    product: str
    quantity: int
    unit_amount_cents: int


class RefundableView(BaseModel):
    """What may be sent back for money now. Shipping is not given back."""

    order_number: str
    email: str
    amount_cents: int
    currency: str
    method: str
    lines: list[RefundableLineView]
    return_by: date | None
    not_refundable_because: str | None


class ReturnedLine(BaseModel):
    """Pieces that go back."""

    line_id: str
    quantity: Annotated[int, Field(ge=1)]


class RefundRequest(OrderOf):
    """What the customer agreed to: this amount for these lines (none: for all that may go back)."""

    amount_cents: int
    lines: list[ReturnedLine] = []
    reason: Annotated[str, Field(max_length=500)] = ""


class RefundView(BaseModel):
    """Money that goes back."""

    refund_id: str
    order_number: str
    email: str
    state: RefundState
    amount_cents: int
    currency: str
    method: str
    created_at: Moment
    expected_on: date | None
    products: list[str]
    return_label_url: str


class InvoiceLineView(BaseModel):
    """A row of an invoice."""

    text: str
    quantity: int
    total_cents: int


class InvoiceView(BaseModel):
    """An invoice; its lines add up to `total_cents`, in which `tax_cents` are included."""

    number: str
    order_number: str
    email: str
    issued_on: date
    lines: list[InvoiceLineView]
    tax_cents: int
    total_cents: int
    currency: str
    url: str


class MethodView(BaseModel):
    """A way to pay."""

    code: str
    name: str
    note: str


@router.post("/payments/lookup", summary="See how an order was paid")
def payment(wanted: OrderOf, request: Request) -> PaymentView:
    """Why a payment failed, and where to try again, if it did."""
    with reading(request, wanted.email) as session:
        order = owned_order(session, wanted.number, wanted.email)
        paid = order.payment
        return PaymentView(
            order_number=order.number,
            email=order.customer.email,
            state=_payment_state(order),
            method=paid.method,
            amount_cents=paid.paid_cents or order.total_cents,
            refunded_cents=order.refunded_cents,
            currency=order.currency,
            failure=paid.failure,
            paid_at=paid.paid_at,
            retry_url=payment_url(order, request),
        )


@router.post("/refunds/quote", summary="See what may be sent back, and for how much")
def quote(wanted: OrderOf, request: Request) -> RefundableView:
    """Nothing is changed."""
    with reading(request, wanted.email) as session:
        order = owned_order(session, wanted.number, wanted.email)
        reason = refusal(order, request.app.state.clock())
        left = {} if reason else returnable(order)
        lines = [
            RefundableLineView(
                line_id=str(line.id),
                product=line.variant.product.name,
                quantity=left[line.id],
                unit_amount_cents=line.unit_price_cents,
            )
            for line in order.lines
            if left.get(line.id)
        ]
        return RefundableView(
            order_number=order.number,
            email=order.customer.email,
            amount_cents=sum(line.quantity * line.unit_amount_cents for line in lines),
            currency=order.currency,
            method=order.payment.method,
            lines=lines,
            return_by=return_by(order),
            not_refundable_because=reason,
        )


@router.post("/refunds", summary="Send goods back for money")
def refund(body: RefundRequest, request: Request, key: Key) -> RefundView:
    """Begin a return. 409 if the amount is not exactly what the lines give."""
    with reading(request, body.email) as session:
        order = owned_order(session, body.number, body.email)

        def effect(now: datetime) -> RefundView:
            pieces: dict[str, int] = {}
            for line in body.lines:
                pieces[line.line_id] = pieces.get(line.line_id, 0) + line.quantity
            made = begin_return(session, order, pieces, body.amount_cents, body.reason, now)
            return _refund_view(order, made, request)

        return once(session, request, key, body, RefundView, effect)


@router.post("/refunds/list", summary="List an order's refunds")
def refunds(wanted: OrderOf, request: Request) -> list[RefundView]:
    """Newest first."""
    with reading(request, wanted.email) as session:
        order = owned_order(session, wanted.number, wanted.email)
        return [_refund_view(order, made, request) for made in reversed(order.refunds)]


@router.post("/invoices/lookup", summary="See an order's invoice")
def invoice(wanted: OrderOf, request: Request) -> InvoiceView:
    """There is one as soon as the order is paid."""
    with reading(request, wanted.email) as session:
        return invoice_view(owned_order(session, wanted.number, wanted.email), request)


@router.post("/invoices/send", summary="Mail an order's invoice to its customer")
def send_invoice(body: OrderOf, request: Request, key: Key) -> InvoiceView:
    """To the address the order was placed with; there is no other."""
    with reading(request, body.email) as session:
        order = owned_order(session, body.number, body.email)

        def effect(now: datetime) -> InvoiceView:
            view = invoice_view(order, request)
            send(session, order.customer.email, f"Your invoice {view.number}", now)
            return view

        return once(session, request, key, body, InvoiceView, effect)


@router.get("/payment-methods", summary="List the ways to pay")
def methods(
    country: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = "",
) -> list[MethodView]:
    """In a country, or at all."""
    places = {country} if country else set(POSTCODES)
    return [
        MethodView(code=code, name=name, note=note)
        for code, name, note, where in METHODS
        if where is None or where & places
    ]


def _payment_state(order: Order) -> str:
    if order.payment.paid_at is None:
        return "failed" if order.payment.failure else "pending"
    back = order.refunded_cents
    if back == 0:
        return "paid"
    return "refunded" if back == order.payment.paid_cents else "partly_refunded"


def _refund_view(order: Order, refund: Refund, request: Request) -> RefundView:
    number = f"R-{7000 + refund.id}"
    names = {line.id: line.variant.product.name for line in order.lines}
    waiting = refund.state is RefundState.AWAITING_RETURN
    secret = signature(request, "label", number) if waiting else ""
    return RefundView(
        refund_id=number,
        order_number=order.number,
        email=order.customer.email,
        state=refund.state,
        amount_cents=refund.amount_cents,
        currency=order.currency,
        method=order.payment.method,
        created_at=refund.created_at,
        expected_on=refund.expected_on,
        products=[names[line.order_line_id] for line in refund.lines],
        return_label_url=f"{request.base_url}labels/{number}/{secret}" if waiting else "",
    )


def invoice_view(order: Order, request: Request) -> InvoiceView:
    """The order's invoice. Raises `RuleBroken` where there is none yet."""
    if order.invoice is None:
        raise RuleBroken("no_invoice_yet", "An order has an invoice once it is paid.")
    number = order.invoice.number
    lines = [
        InvoiceLineView(
            text=line.variant.product.name,
            quantity=line.quantity,
            total_cents=line.quantity * line.unit_price_cents,
        )
        for line in order.lines
    ]
    if order.shipping_cents:
        lines.append(InvoiceLineView(text="Delivery", quantity=1, total_cents=order.shipping_cents))
    total = order.total_cents
    return InvoiceView(
        number=number,
        order_number=order.number,
        email=order.customer.email,
        issued_on=order.invoice.issued_on,
        lines=lines,
        tax_cents=total - round(total * 100 / (100 + TAX_PERCENT)),
        total_cents=total,
        currency=order.currency,
        url=f"{request.base_url}invoices/{number}/{signature(request, 'invoice', number)}",
    )
