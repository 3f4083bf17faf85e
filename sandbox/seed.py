"""The shop's first stock, customers and orders: the same for the same seed and day."""

import re
from datetime import datetime, timedelta
from itertools import cycle, product
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox import people
from sandbox.catalog import STORES, WARES, Ware, week
from sandbox.drafts import goods_back
from sandbox.everyday import everyday_orders
from sandbox.ledger import settle
from sandbox.letters import tickets
from sandbox.situations import SITUATIONS, placed, take_back
from sandbox.tables import Order, Payment, Product, Store, Variant

SOLD_OUT = frozenset({"KESTREL-RED-L", "MAPLE-BLUE-44", "LINDEN-GREEN-XS"})
EVERYDAY = 10
"""So many wares, from the first, are in the everyday orders."""

METHODS = ("Visa ending in 4242", "Mastercard ending in 5454", "PayPal", "Bank transfer")


def seed(session: Session, *, seed: int, now: datetime) -> None:
    """Fill an empty shop; leave one that has orders as it is.

    Each of ten known customers has three everyday orders in different states; then every
    situation of `situations` is there once, for one of them. Some more customers, whose names
    change with Faker's lists, fill the shop. Dates are counted back from `now`, so a demo never
    looks old.
    """
    if session.scalars(select(Order).limit(1)).first() is not None:
        return
    random = Random(seed)
    stocks = [random.randint(5, 60) for _ in range(EVERYDAY)]
    extra = Random(seed + 1)
    wares = [_product(ware, extra) for ware in WARES]
    for everyday, stock in zip(wares, stocks, strict=False):
        everyday.variants[0].stock = stock
    customers = [
        people.customer(
            person,
            registered_at=now - timedelta(days=extra.randint(60, 900)),
            newsletter=extra.random() < 0.4,
        )
        for person in [*people.known(), *people.others(8, seed)]
    ]
    stores = [
        Store(name=name, street=street, city=city, phone=phone, hours=week(opens, closes))
        for name, street, city, phone, opens, closes in STORES
    ]
    session.add_all([*wares, *customers, *stores])
    variants = {variant.sku: variant for ware in wares for variant in ware.variants}
    known, others = customers[: len(people.KNOWN)], customers[len(people.KNOWN) :]
    usual = wares[:EVERYDAY]
    for order in everyday_orders(known, usual, random, now, after=10400, each=3):
        _settle(session, order, extra.choice(METHODS), now)
    number = 11000
    for situation, customer in zip(SITUATIONS, cycle(known), strict=False):
        number += extra.randint(3, 17)
        order = placed(situation, f"CM-{number}", customer, variants, extra, now)
        if situation.unpaid:
            order.payment = Payment(method=extra.choice(METHODS), failure=situation.failure)
            session.add(order)
        else:
            _settle(session, order, extra.choice(METHODS), now)
        take_back(situation, order, now)
    for order in everyday_orders(others, usual, extra, now, after=12000, each=2):
        _settle(session, order, extra.choice(METHODS), now)
    session.add_all(tickets(now))
    session.flush()


def _product(ware: Ware, random: Random) -> Product:
    variants = []
    for (place, size), colour in product(enumerate(ware.sizes), ware.colours):
        words = (ware.name.split()[0], colour, size)
        sku = "-".join(re.sub(r"\W+", "-", word).upper() for word in words if word)
        variants.append(
            Variant(
                sku=sku,
                size=size,
                colour=colour,
                price_cents=ware.cents + place * ware.more_per_size,
                stock=0 if sku in SOLD_OUT else random.randint(2, 40),
            )
        )
    return Product(
        name=ware.name,
        category=ware.category,
        description=ware.description,
        attributes=ware.attributes,
        variants=variants,
    )


def _settle(session: Session, order: Order, method: str, now: datetime) -> None:
    order.payment = Payment(method=method)
    session.add(order)
    settle(session, order, order.placed_at)
    if order.returned_at is not None:
        goods_back(order, order.lines, order.returned_at, now)
