"""The shop's first stock, customers and orders: the same for the same seed and day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.tables import Customer, Order, OrderLine, OrderState, Product, Refund, Shipment

PRODUCTS = (
    ("Aurora desk lamp", 3990),
    ("Brook water bottle", 1850),
    ("Cedar bookshelf", 12900),
    ("Drift wireless headphones", 8900),
    ("Ember electric kettle", 4600),
    ("Fjord wool blanket", 6400),
    ("Glade yoga mat", 2900),
    ("Harbour backpack", 7450),
    ("Iris phone stand", 1290),
    ("Juniper scented candle", 1600),
)
PEOPLE = (
    ("Ana Morales", "ana.morales@example.com", "Valencia"),
    ("Ben Carter", "ben.carter@example.com", "Leeds"),
    ("Chiara Ricci", "chiara.ricci@example.com", "Bologna"),
    ("Dawit Bekele", "dawit.bekele@example.com", "Addis Ababa"),
    ("Elif Yildiz", "elif.yildiz@example.com", "Izmir"),
    ("Femi Adeyemi", "femi.adeyemi@example.com", "Lagos"),
    ("Greta Lindqvist", "greta.lindqvist@example.com", "Uppsala"),
    ("Haruto Tanaka", "haruto.tanaka@example.com", "Sapporo"),
    ("Isla O'Brien", "isla.obrien@example.com", "Galway"),
    ("Jonas Weber", "jonas.weber@example.com", "Leipzig"),
)
CARRIERS = (("Swiftpost", "SP"), ("Parcelway", "PW"), ("NordExpress", "NX"))
CURRENCY = "EUR"
FREE_SHIPPING_FROM = 5000
SHIPPING_CENTS = 490


def seed(session: Session, *, seed: int, now: datetime) -> None:
    """Fill an empty shop; leave one that has orders as it is.

    Each state of `OrderState` occurs, and every customer has three orders in
    different states. Dates are counted back from `now`, so a demo never looks old.
    """
    if session.scalars(select(Order).limit(1)).first() is not None:
        return
    random = Random(seed)
    products = [
        Product(name=name, price_cents=price, stock=random.randint(5, 60))
        for name, price in PRODUCTS
    ]
    customers = [Customer(name=name, email=email, city=city) for name, email, city in PEOPLE]
    session.add_all([*products, *customers])
    states = list(OrderState)
    number = 10400
    for turn in range(3):
        for place, customer in enumerate(customers):
            number += random.randint(3, 17)
            state = states[(place + 3 * turn) % len(states)]
            session.add(_order(f"CM-{number}", customer, state, products, random, now))
    session.flush()


def _order(
    number: str,
    customer: Customer,
    state: OrderState,
    products: Sequence[Product],
    random: Random,
    now: datetime,
) -> Order:
    parcels = 2 if state is OrderState.PARTLY_DISPATCHED else 1
    lines = [
        OrderLine(
            product=product, quantity=random.randint(1, 2), unit_price_cents=product.price_cents
        )
        for product in random.sample(products, k=random.randint(parcels, 3))
    ]
    goods = sum(line.quantity * line.unit_price_cents for line in lines)
    order = Order(
        number=number,
        customer=customer,
        currency=CURRENCY,
        shipping_cents=0 if goods >= FREE_SHIPPING_FROM else SHIPPING_CENTS,
        placed_at=now - timedelta(hours=random.randint(2, 20)),
        lines=lines,
    )
    match state:
        case OrderState.PLACED:
            pass
        case OrderState.PACKING:
            order.packed_at = order.placed_at + timedelta(hours=1)
        case OrderState.CANCELLED:
            _set_back(order, days=random.randint(2, 9))
            order.cancelled_at = order.placed_at + timedelta(hours=3)
            order.refund = Refund(amount_cents=order.total_cents, created_at=order.cancelled_at)
        case OrderState.PARTLY_DISPATCHED:
            _set_back(order, days=2)
            order.shipments = [
                _parcel(order, lines[:1], random, dispatched=True),
                _parcel(order, lines[1:], random, dispatched=False),
            ]
        case OrderState.DISPATCHED:
            _set_back(order, days=2)
            order.shipments = [_parcel(order, lines, random, dispatched=True)]
        case OrderState.DELIVERED | OrderState.RETURNED:
            _set_back(order, days=random.randint(8, 12))
            parcel = _parcel(order, lines, random, dispatched=True)
            parcel.delivered_at = order.placed_at + timedelta(days=3, hours=random.randint(1, 8))
            order.shipments = [parcel]
            if state is OrderState.RETURNED:
                order.returned_at = parcel.delivered_at + timedelta(days=4)
                goods_back = order.total_cents - order.shipping_cents
                order.refund = Refund(amount_cents=goods_back, created_at=order.returned_at)
    return order


def _set_back(order: Order, *, days: int) -> None:
    order.placed_at -= timedelta(days=days)
    order.packed_at = order.placed_at + timedelta(hours=2)


def _parcel(
    order: Order, lines: Sequence[OrderLine], random: Random, *, dispatched: bool
) -> Shipment:
    carrier, prefix = random.choice(CARRIERS)
    return Shipment(
        carrier=carrier,
        tracking_number=f"{prefix}{random.randint(10**8, 10**9 - 1)}",
        expected_on=(order.placed_at + timedelta(days=4 if dispatched else 7)).date(),
        dispatched_at=order.placed_at + timedelta(days=1) if dispatched else None,
        lines=list(lines),
    )
