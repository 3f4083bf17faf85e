"""Whatever customers do and in whatever order: the shop's money and stock add up."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sandbox.app import create_app
from sandbox.database import open_database
from sandbox.security import DEMO_API_KEY
from sandbox.tables import Order, OrderLine, OrderState, Variant
from sandbox.views import CANCELLATION_FEE_CENTS

ORDERS = (
    ("CM-11008", "ana.morales@example.com"),
    ("CM-11021", "ben.carter@example.com"),
    ("CM-11027", "chiara.ricci@example.com"),
    ("CM-11083", "isla.obrien@example.com"),
    ("CM-10432", "elif.yildiz@example.com"),
)
"""Unpaid, placed, delivered, being packed, delivered."""

SKUS = ("IRIS-BLACK", "LINDEN-WHITE-M", "KESTREL-RED-M", "KESTREL-RED-L", "DRIFT-BLACK")

ADDRESS = {
    "name": "Ana Morales",
    "street": "Calle Mayor 1",
    "city": "Madrid",
    "postcode": "28013",
    "country": "ES",
}


@dataclass(frozen=True)
class Step:
    """Something a customer does to one of `ORDERS`, or a new order; lines are by their place."""

    deed: str
    order: tuple[str, str]
    line: int
    sku: str | None
    quantity: int


STEPS = st.lists(
    st.builds(
        Step,
        deed=st.sampled_from(["cancel", "change", "return", "return all", "place", "pay"]),
        order=st.sampled_from(ORDERS),
        line=st.integers(0, 2),
        sku=st.sampled_from([None, *SKUS]),
        quantity=st.integers(0, 20),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(steps=STEPS)
def test_money_and_goods_are_neither_made_nor_lost(stocked: Path, steps: Sequence[Step]) -> None:
    with TemporaryDirectory() as folder:
        database = open_database(str(shutil.copy(stocked, Path(folder) / "shop.db")))
        with Session(database) as session, session.begin():
            goods = _goods(session)
        transport = httpx.ASGITransport(create_app(database, calls_per_second=10_000))

        async def act() -> None:
            headers = {"Authorization": f"Bearer {DEMO_API_KEY}"}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://shop", headers=headers
            ) as client:
                for place, step in enumerate(steps):
                    for _ in range(2):  # everything twice, with the same key
                        answer = await _do(client, step, f"step-{place:03}")
                    assert answer.status_code in (200, 303, 409, 422), answer.text
                    with Session(database) as session, session.begin():
                        assert _goods(session) == goods
                        touched = select(Order).where(Order.number.in_(dict(ORDERS)))
                        for order in session.scalars(touched):
                            _check(order)

        asyncio.run(act())
        database.dispose()


async def _do(client: httpx.AsyncClient, step: Step, key: str) -> httpx.Response:
    number, email = step.order
    headers = {"Idempotency-Key": key}
    seen = (await client.post("/orders/lookup", json={"number": number, "email": email})).json()
    lines: Sequence[Mapping[str, str]] = seen["lines"]
    line = lines[step.line % len(lines)]["line_id"]
    path: str
    body: dict[str, object]
    match step.deed:
        case "cancel":
            path, body = f"/orders/{number}/cancel", {"email": email}
        case "change":
            change: dict[str, object] = {
                "line_id": line,
                "variant_id": step.sku,
                "quantity": step.quantity,
            }
            path, body = f"/orders/{number}/items", {"email": email, **change}
        case "place":
            wanted: dict[str, object] = {
                "variant_id": step.sku or "IRIS-BLACK",
                "quantity": step.quantity,
            }
            buyer: dict[str, object] = {"name": "Ana", "email": email, "address": ADDRESS}
            path, body = "/orders", {**buyer, "lines": [wanted]}
        case "pay":
            path, body = seen["payment_url"] or "/orders/lookup", {"number": number, "email": email}
        case _:
            path, body = "/refunds", await _refund(client, step, line)
    return await client.post(path, json=body, headers=headers)


async def _refund(client: httpx.AsyncClient, step: Step, line: str) -> dict[str, object]:
    number, email = step.order
    offer = (await client.post("/refunds/quote", json={"number": number, "email": email})).json()
    wanted: dict[str, object] = {"number": number, "email": email}
    if step.deed == "return all":
        return {**wanted, "amount_cents": offer["amount_cents"]}
    each = {row["line_id"]: row["unit_amount_cents"] for row in offer["lines"]}
    cents = each.get(line, 1) * step.quantity
    returned = [{"line_id": line, "quantity": step.quantity}]
    return {**wanted, "amount_cents": cents, "lines": returned}


def _goods(session: Session) -> dict[str, int]:
    """The pieces of each article, in stock or with customers."""
    assert session.scalars(select(func.min(Variant.stock))).one() >= 0
    sold = (
        select(OrderLine.variant_id, func.sum(OrderLine.quantity).label("pieces"))
        .join(Order)
        .where(Order.cancelled_at.is_(None))
        .group_by(OrderLine.variant_id)
        .subquery()
    )
    everywhere = Variant.stock + func.coalesce(sold.c.pieces, 0)
    counted = select(Variant.sku, everywhere).outerjoin(sold, sold.c.variant_id == Variant.id)
    return dict(session.execute(counted).all())


def _check(order: Order) -> None:
    paid, refunded = order.payment.paid_cents, order.refunded_cents
    assert 0 <= refunded <= paid
    if order.state is OrderState.CANCELLED:
        assert refunded == paid or refunded == paid - CANCELLATION_FEE_CENTS
    elif paid:
        saved = sum(made.amount_cents for made in order.refunds if made.reason == "changed")
        assert paid == order.total_cents + saved
    back = Counter[int]()
    for refund in order.refunds:
        back.update({line.order_line_id: line.quantity for line in refund.lines})
    assert all(back[line.id] <= line.quantity for line in order.lines)
