"""The payment service: how an order was paid, and how one can pay."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from sandbox.identity import OrderOf, owned_order, reading
from sandbox.places import POSTCODES
from sandbox.security import require_api_key
from sandbox.tables import Order, PaymentFailure
from sandbox.times import Moment
from sandbox.views import payment_url

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


class MethodView(BaseModel):
    """A way to pay."""

    code: str
    name: str
    note: str


@router.post("/payments/lookup", summary="See how an order was paid")
async def payment(wanted: OrderOf, request: Request) -> PaymentView:
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


@router.get("/payment-methods", summary="List the ways to pay")
async def methods(
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
