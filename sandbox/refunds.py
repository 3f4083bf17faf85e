"""The payment service: what may be sent back for money, and where that money is."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from sandbox.idempotency import Key, once
from sandbox.identity import OrderOf, owned_order, reading
from sandbox.ledger import begin_return, refusal, return_by, returnable
from sandbox.security import require_api_key, signature
from sandbox.tables import Order, Refund, RefundState
from sandbox.times import Moment

router = APIRouter(tags=["payments"], dependencies=[Depends(require_api_key)])


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
    lines: tuple[ReturnedLine, ...] = ()
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


@router.post("/refunds/quote", summary="See what may be sent back, and for how much")
async def quote(wanted: OrderOf, request: Request) -> RefundableView:
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
async def refund(body: RefundRequest, request: Request, key: Key) -> RefundView:
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
async def refunds(wanted: OrderOf, request: Request) -> list[RefundView]:
    """Newest first."""
    with reading(request, wanted.email) as session:
        order = owned_order(session, wanted.number, wanted.email)
        return [_refund_view(order, made, request) for made in reversed(order.refunds)]


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
