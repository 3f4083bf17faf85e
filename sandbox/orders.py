"""The order service: find orders, place, change and cancel them, and the rules of all that."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import RuleBroken
from sandbox.idempotency import Key, once
from sandbox.identity import Email, OrderOf, Who, owned_order, proven_customer, reading
from sandbox.ledger import give_back
from sandbox.places import AddressView, checked
from sandbox.security import require_api_key
from sandbox.stock import promise, put_back, variant_called
from sandbox.tables import Order, OrderLine, OrderState
from sandbox.views import (
    TOO_LATE,
    TOO_LATE_FOR_ITEMS,
    OrderView,
    cancellation_fee,
    order_view,
)

MOST_PIECES = 20

router = APIRouter(prefix="/orders", tags=["orders"], dependencies=[Depends(require_api_key)])


class Cancellation(BaseModel):
    """Who cancels, and the fee they agreed to (null: whatever it is)."""

    email: Email
    fee_cents: int | None = None


class ItemChange(BaseModel):
    """Another variant or number of pieces for one line; 0 pieces remove it."""

    email: Email
    line_id: str
    variant_id: str | None = None
    quantity: Annotated[int, Field(ge=0, le=MOST_PIECES)] | None = None


class AddressChange(BaseModel):
    """Where the order should go instead."""

    email: Email
    address: AddressView


@router.post("/lookup", summary="Find an order of a customer")
async def look_up(wanted: OrderOf, request: Request) -> OrderView:
    """The order, if number and e-mail address belong together; otherwise 404.

    An order that does not exist and one of somebody else give the same answer.
    """
    with reading(request, wanted.email) as session:
        return order_view(owned_order(session, wanted.number, wanted.email), request)


@router.post("/list", summary="List a customer's orders")
async def list_orders(who: Who, request: Request) -> list[OrderView]:
    """The newest fifty, newest first."""
    with reading(request, who.email) as session:
        customer = proven_customer(session, who)
        theirs = (
            select(Order)
            .where(Order.customer_id == customer.id)
            .order_by(Order.placed_at.desc())
            .limit(50)
        )
        return [order_view(order, request) for order in session.scalars(theirs)]


@router.post("/{number}/cancel", summary="Cancel an order before it is dispatched")
async def cancel(number: str, body: Cancellation, request: Request, key: Key) -> OrderView:
    """Cancel, put the goods back into stock and refund what was paid, less the fee.

    409 with a code of its own for each reason why it is too late.
    """
    with reading(request, body.email) as session:
        order = owned_order(session, number, body.email)

        def effect(now: datetime) -> OrderView:
            _refuse(TOO_LATE, order)
            fee = cancellation_fee(order)
            if body.fee_cents not in (None, fee):
                raise RuleBroken("amount_changed", f"Cancelling costs {fee} cents now.")
            _cancel(session, order, fee, now)
            return order_view(order, request)

        return once(session, request, key, body, OrderView, effect)


@router.post("/{number}/items", summary="Change a line of an order before it is packed")
async def change_item(number: str, body: ItemChange, request: Request, key: Key) -> OrderView:
    """Swap the variant, change the number of pieces, or remove the line.

    A paid order may only become cheaper or stay: the difference is refunded.
    """
    with reading(request, body.email) as session:
        order = owned_order(session, number, body.email)

        def effect(now: datetime) -> OrderView:
            _refuse(TOO_LATE_FOR_ITEMS, order)
            _change_item(session, order, body, now)
            return order_view(order, request)

        return once(session, request, key, body, OrderView, effect)


@router.post("/{number}/address", summary="Send an order elsewhere before it is dispatched")
async def change_address(number: str, body: AddressChange, request: Request, key: Key) -> OrderView:
    """The country must stay within what the shipping price was for."""
    with reading(request, body.email) as session:
        order = owned_order(session, number, body.email)

        def effect(now: datetime) -> OrderView:
            _refuse(TOO_LATE, order)
            address = checked(body.address)
            if address["country"] != order.address["country"]:
                raise RuleBroken("no_delivery_there", "Shipping was paid for another country.")
            order.address = address
            return order_view(order, request)

        return once(session, request, key, body, OrderView, effect)


def _refuse(reasons: dict[OrderState, str], order: Order) -> None:
    if reason := reasons.get(order.state):
        raise RuleBroken(reason, f"The order is {order.state}.")


def _cancel(session: Session, order: Order, fee: int, now: datetime) -> None:
    back = order.payment.paid_cents - order.refunded_cents - fee
    order.cancelled_at = now
    for line in order.lines:
        put_back(line.variant, line.quantity)
    give_back(session, order, back, "cancelled", now)


def _change_item(session: Session, order: Order, change: ItemChange, now: datetime) -> None:
    line = next((line for line in order.lines if str(line.id) == change.line_id), None)
    if line is None:
        raise RuleBroken("unknown_line", "The order has no such line.")
    quantity = line.quantity if change.quantity is None else change.quantity
    if quantity == 0 and len(order.lines) == 1:
        raise RuleBroken("last_line", "Nothing would be left of the order: cancel it.")
    before = order.total_cents
    put_back(line.variant, line.quantity)
    if quantity == 0:
        order.lines.remove(line)
    else:
        _reprice(session, line, change.variant_id, quantity)
    saved = before - order.total_cents
    if order.payment.paid_at is not None:
        if saved < 0:
            raise RuleBroken("price_differs", "A paid order can't become dearer.")
        give_back(session, order, saved, "changed", now)


def _reprice(session: Session, line: OrderLine, sku: str | None, quantity: int) -> None:
    """The price of the day of the order stays, unless the product is another one."""
    variant = line.variant if sku is None else variant_called(session, sku)
    promise(variant, quantity)
    if variant.id != line.variant_id:
        line.variant, line.unit_price_cents = variant, variant.price_cents
    line.quantity = quantity
