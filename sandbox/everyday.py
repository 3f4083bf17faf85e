"""Everyday orders of the first day: several for each customer, all in different states."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sandbox.drafts import order_of, refund_of
from sandbox.parcels import parcel, tell
from sandbox.tables import Customer, Order, OrderLine, OrderState, ParcelState, Product

STATES = (
    OrderState.PLACED,
    OrderState.PACKING,
    OrderState.PARTLY_DISPATCHED,
    OrderState.DISPATCHED,
    OrderState.DELIVERED,
    OrderState.RETURNED,
    OrderState.CANCELLED,
)
"""The states that the orders take in turn."""


def everyday_orders(
    customers: Sequence[Customer],
    wares: Sequence[Product],
    random: Random,
    now: datetime,
    *,
    after: int,
    each: int,
) -> list[Order]:
    """So many orders for each customer, in the first variant of the wares, numbered from `after`.

    What was returned has no refund yet.
    """
    number, orders = after, []
    for turn in range(each):
        for place, customer in enumerate(customers):
            number += random.randint(3, 17)
            state = STATES[(place + 3 * turn) % len(STATES)]
            orders.append(_everyday(f"CM-{number}", customer, state, wares, random, now))
    return orders


def _everyday(
    number: str,
    customer: Customer,
    state: OrderState,
    wares: Sequence[Product],
    random: Random,
    now: datetime,
) -> Order:
    parcels = 2 if state is OrderState.PARTLY_DISPATCHED else 1
    lines = [
        OrderLine(
            variant=ware.variants[0],
            quantity=random.randint(1, 2),
            unit_price_cents=ware.variants[0].price_cents,
        )
        for ware in random.sample(wares, k=random.randint(parcels, 3))
    ]
    order = order_of(number, customer, lines, now - timedelta(hours=random.randint(2, 20)))
    match state:
        case OrderState.PACKING:
            order.packed_at = order.placed_at + timedelta(hours=1)
        case OrderState.CANCELLED:
            _set_back(order, days=random.randint(2, 9))
            order.cancelled_at = order.placed_at + timedelta(hours=3)
            order.refunds = [refund_of(order.total_cents, "cancelled", order.cancelled_at, now)]
        case OrderState.PARTLY_DISPATCHED:
            _set_back(order, days=2)
            order.shipments = [
                parcel(order, lines[:1], random, dispatched=True),
                parcel(order, lines[1:], random, dispatched=False),
            ]
        case OrderState.DISPATCHED:
            _set_back(order, days=2)
            order.shipments = [parcel(order, lines, random, dispatched=True)]
        case OrderState.DELIVERED | OrderState.RETURNED:
            _set_back(order, days=random.randint(8, 12))
            came = parcel(order, lines, random, dispatched=True)
            came.delivered_at = order.placed_at + timedelta(days=3, hours=random.randint(1, 8))
            order.shipments = [came]
            if state is OrderState.RETURNED:
                order.returned_at = came.delivered_at + timedelta(days=4)
    for sent in order.shipments:
        here = ParcelState.DELIVERED if sent.delivered_at else ParcelState.IN_TRANSIT
        tell(sent, order.address["city"], here, now)
    return order


def _set_back(order: Order, *, days: int) -> None:
    order.placed_at -= timedelta(days=days)
    order.packed_at = order.placed_at + timedelta(hours=2)
