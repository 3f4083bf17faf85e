"""Ordering something, and the page where it is paid."""

import hmac
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sandbox.errors import NotTheirs, RuleBroken
from sandbox.idempotency import Key, once
from sandbox.identity import Email, customer_of, reading
from sandbox.ledger import settle
from sandbox.mails import deliverable
from sandbox.orders import MOST_PIECES
from sandbox.places import CURRENCY, AddressView, checked, options, usual
from sandbox.security import require_api_key, signature
from sandbox.stock import promise, variant_called
from sandbox.tables import Customer, Order, OrderLine, Payment
from sandbox.views import OrderView, order_view

router = APIRouter(tags=["orders"])


class NewLine(BaseModel):
    """A variant to order."""

    variant_id: str
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)]


class NewOrder(BaseModel):
    """What is ordered, by whom, to where, and the total that was agreed to (null: any)."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    email: Email
    address: AddressView
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=20)]
    delivery_option: str = ""
    total_cents: int | None = None


@router.post("/orders", summary="Place an order", dependencies=[Depends(require_api_key)])
async def place(body: NewOrder, request: Request, key: Key) -> OrderView:
    """Promise the goods and wait for the payment at `payment_url`.

    The answer is the same for new and known customers.
    """
    with reading(request, body.email) as session:
        return once(
            session,
            request,
            key,
            body,
            OrderView,
            lambda now: order_view(_placed(session, body, now), request),
        )


@router.post("/pay/{number}/{secret}", include_in_schema=False)
async def pay(number: str, secret: str, request: Request) -> RedirectResponse:
    """Pay an order, for whoever has its payment address. Paying twice is paying once."""
    if not hmac.compare_digest(secret.encode(), signature(request, "pay", number).encode()):
        raise NotTheirs("order")
    with Session(request.app.state.database) as session, session.begin():
        order = session.scalars(select(Order).where(Order.number == number)).one()
        if order.cancelled_at is None:
            settle(session, order, request.app.state.clock())
    return RedirectResponse(request.url.path, 303)


def _placed(session: Session, body: NewOrder, now: datetime) -> Order:
    email = deliverable(body.email)
    address = checked(body.address)
    lines = [_line(session, line) for line in body.lines]
    goods = sum(line.quantity * line.unit_price_cents for line in lines)
    order = Order(
        number=_next_number(session),
        customer=customer_of(session, body.email) or Customer(name=body.name, email=email),
        currency=CURRENCY,
        shipping_cents=_shipping(body, goods),
        address=address,
        placed_at=now,
        lines=lines,
        payment=Payment(method="Not chosen yet"),
    )
    if body.total_cents not in (None, order.total_cents):
        raise RuleBroken("amount_changed", f"It costs {order.total_cents} cents now.")
    session.add(order)
    session.flush()
    return order


def _line(session: Session, wanted: NewLine) -> OrderLine:
    variant = variant_called(session, wanted.variant_id)
    promise(variant, wanted.quantity)
    return OrderLine(
        variant=variant, quantity=wanted.quantity, unit_price_cents=variant.price_cents
    )


def _shipping(body: NewOrder, goods: int) -> int:
    country = body.address.country
    wanted = body.delivery_option or usual(country)
    option = next((way for way in options(country) if way.option_id == wanted), None)
    if option is None:
        raise RuleBroken("no_delivery_there", f"{wanted!r} does not go there.")
    free = option.free_from_cents is not None and goods >= option.free_from_cents
    return 0 if free else option.price_cents


def _next_number(session: Session) -> str:
    last = session.scalars(select(func.max(Order.number))).one_or_none() or "CM-10000"
    return f"CM-{int(last[3:]) + 7}"
