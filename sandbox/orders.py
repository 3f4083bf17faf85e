"""The order service: find an order, cancel an order, and the rules of both."""

import hmac
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import ShopError
from sandbox.idempotency import once
from sandbox.security import require_api_key
from sandbox.tables import Order, OrderState, Refund

TOO_LATE = {
    OrderState.PARTLY_DISPATCHED: "partly_dispatched",
    OrderState.DISPATCHED: "already_dispatched",
    OrderState.DELIVERED: "already_delivered",
    OrderState.RETURNED: "already_returned",
    OrderState.CANCELLED: "already_cancelled",
}
"""Why an order in this state cannot be cancelled. What is not here can be."""

Moment = Annotated[datetime, AfterValidator(lambda naive: naive.replace(tzinfo=UTC))]
"""A time of the tables, which are in UTC, with its zone."""

router = APIRouter(prefix="/orders", tags=["orders"], dependencies=[Depends(require_api_key)])


class Lookup(BaseModel):
    """Which order, and the e-mail address it was placed with."""

    number: Annotated[str, Field(max_length=32, examples=["CM-10413"])]
    email: Annotated[str, Field(max_length=254, examples=["ana.morales@example.com"])]


class Cancellation(BaseModel):
    """Who cancels."""

    email: Annotated[str, Field(max_length=254)]


class LineView(BaseModel):
    """A product in an order."""

    line_id: str
    variant_id: str
    product: str
    quantity: int
    unit_price_cents: int


class ShipmentView(BaseModel):
    """A parcel, and what is in it."""

    carrier: str
    tracking_number: str
    expected_on: date
    dispatched_at: Moment | None
    delivered_at: Moment | None
    products: list[str]


class RefundView(BaseModel):
    """Money on its way back."""

    amount_cents: int
    created_at: Moment


class OrderView(BaseModel):
    """An order as its customer may see it."""

    number: str
    state: OrderState
    customer_name: str
    email: str
    currency: str
    placed_at: Moment
    shipping_cents: int
    total_cents: int
    lines: list[LineView]
    shipments: list[ShipmentView]
    refund: RefundView | None
    address: None = None
    cancellable: bool
    not_cancellable_because: str | None
    cancellation_fee_cents: int = 0
    changeable: bool = False
    not_changeable_because: str | None = "not_supported"


@router.post("/lookup", summary="Find an order of a customer")
def look_up(wanted: Lookup, request: Request) -> OrderView:
    """The order, if number and e-mail address belong together; otherwise 404.

    An order that does not exist and one of somebody else give the same answer.
    """
    with Session(request.app.state.database) as session, session.begin():
        return _view(_owned(session, wanted.number, wanted.email))


@router.post("/{number}/cancel", summary="Cancel an order before it is dispatched")
def cancel(
    number: str,
    cancellation: Cancellation,
    request: Request,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=200)],
) -> OrderView:
    """Cancel, put the goods back into stock and refund the whole amount.

    409 with a code of its own for each reason why it is too late.
    """
    now = request.app.state.clock()
    with Session(request.app.state.database) as session, session.begin():
        return once(
            session,
            key=idempotency_key,
            request=(request.url.path, cancellation),
            reply=OrderView,
            effect=lambda: _cancelled(session, _owned(session, number, cancellation.email), now),
            now=now,
        )


def _owned(session: Session, number: str, email: str) -> Order:
    order = session.scalars(select(Order).where(Order.number == number.upper())).first()
    if order is None or not hmac.compare_digest(
        order.customer.email.casefold().encode(), email.strip().casefold().encode()
    ):
        raise ShopError(
            404, "order_not_found", "No order has this number together with this e-mail address."
        )
    return order


def _cancelled(session: Session, order: Order, now: datetime) -> OrderView:
    if reason := TOO_LATE.get(order.state):
        raise ShopError(409, reason, f"An order that is {order.state} cannot be cancelled.")
    order.cancelled_at = now
    order.refund = Refund(amount_cents=order.total_cents, created_at=now)
    for line in order.lines:
        line.product.stock += line.quantity
    session.flush()
    return _view(order)


def _view(order: Order) -> OrderView:
    return OrderView(
        number=order.number,
        state=order.state,
        customer_name=order.customer.name,
        email=order.customer.email,
        currency=order.currency,
        placed_at=order.placed_at,
        shipping_cents=order.shipping_cents,
        total_cents=order.total_cents,
        lines=[
            LineView(
                line_id=str(line.id),
                variant_id=str(line.product_id),
                product=line.product.name,
                quantity=line.quantity,
                unit_price_cents=line.unit_price_cents,
            )
            for line in order.lines
        ],
        shipments=[
            ShipmentView(
                carrier=parcel.carrier,
                tracking_number=parcel.tracking_number,
                expected_on=parcel.expected_on,
                dispatched_at=parcel.dispatched_at,
                delivered_at=parcel.delivered_at,
                products=[line.product.name for line in parcel.lines],
            )
            for parcel in order.shipments
        ],
        refund=None
        if order.refund is None
        else RefundView(amount_cents=order.refund.amount_cents, created_at=order.refund.created_at),
        cancellable=order.state not in TOO_LATE,
        not_cancellable_because=TOO_LATE.get(order.state),
    )
