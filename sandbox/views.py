"""An order as its customer may see it."""

from datetime import date
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from sandbox.places import AddressView
from sandbox.security import signature
from sandbox.tables import Order, OrderState
from sandbox.times import Moment

TOO_LATE = {
    OrderState.PARTLY_DISPATCHED: "partly_dispatched",
    OrderState.DISPATCHED: "already_dispatched",
    OrderState.DELIVERED: "already_delivered",
    OrderState.RETURNED: "already_returned",
    OrderState.CANCELLED: "already_cancelled",
}
"""Why an order in this state can be neither cancelled nor sent elsewhere. Others can be."""

TOO_LATE_FOR_ITEMS = TOO_LATE | {OrderState.PACKING: "packing_began"}
"""Why the items of an order in this state cannot be changed."""

CANCELLATION_FEE_CENTS = 500
"""What a cancellation costs once packing has begun, though never more than the order."""


class LineView(BaseModel):
    """A variant in an order."""

    line_id: str
    variant_id: str
    product: str
    size: str
    colour: str
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


class RefundTotalView(BaseModel):
    """All money that went or goes back; a refund that failed is none."""

    amount_cents: int


class OrderView(BaseModel):
    """An order. `cancellation_fee_cents` is what cancelling it now would cost."""

    number: str
    state: OrderState
    email: str
    currency: str
    placed_at: Moment
    shipping_cents: int
    total_cents: int
    lines: list[LineView]
    shipments: list[ShipmentView]
    address: AddressView
    refund: RefundTotalView | None
    cancellable: bool
    not_cancellable_because: str | None
    cancellation_fee_cents: int
    changeable: bool
    not_changeable_because: str | None
    payment_url: Annotated[str, Field(description="Where to pay; empty once that is done")]


def cancellation_fee(order: Order) -> int:
    """What cancelling the order now would cost."""
    packing = order.state is OrderState.PACKING
    return min(CANCELLATION_FEE_CENTS, order.payment.paid_cents) if packing else 0


def payment_url(order: Order, request: Request) -> str:
    """Where the customer pays, while there is something to pay."""
    if order.state is not OrderState.AWAITING_PAYMENT:
        return ""
    return f"{request.base_url}pay/{order.number}/{signature(request, 'pay', order.number)}"


def order_view(order: Order, request: Request) -> OrderView:
    """The order as it stands."""
    state = order.state
    return OrderView(
        number=order.number,
        state=state,
        email=order.customer.email,
        currency=order.currency,
        placed_at=order.placed_at,
        shipping_cents=order.shipping_cents,
        total_cents=order.total_cents,
        lines=[
            LineView(
                line_id=str(line.id),
                variant_id=line.variant.sku,
                product=line.variant.product.name,
                size=line.variant.size,
                colour=line.variant.colour,
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
                products=[
                    line.variant.product.name
                    for line in order.lines
                    if line.shipment_id == parcel.id
                ],
            )
            for parcel in order.shipments
        ],
        address=AddressView.model_validate(order.address),
        refund=RefundTotalView(amount_cents=back) if (back := order.refunded_cents) else None,
        cancellable=state not in TOO_LATE,
        not_cancellable_because=TOO_LATE.get(state),
        cancellation_fee_cents=cancellation_fee(order),
        changeable=state not in TOO_LATE_FOR_ITEMS,
        not_changeable_because=TOO_LATE_FOR_ITEMS.get(state),
        payment_url=payment_url(order, request),
    )
