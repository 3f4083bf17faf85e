"""Whose something is. Asked for on every call, and not for ever."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from sandbox.errors import NotTheirs, ShopError
from sandbox.tables import Customer, FailedLookup, Order

MOST_FAILED = 10
"""Wrong proofs for one e-mail address, in `WINDOW`, after which nothing is shown for it."""

WINDOW = timedelta(minutes=15)

# Made once, since that takes longer than to run them. An order's lists are short enough to come
# with it in one query, as all their combinations.
_ORDER = (
    select(Order)
    .where(Order.number == bindparam("number"))
    .options(joinedload(Order.lines), joinedload(Order.shipments), joinedload(Order.refunds))
)
_FAILED = (
    select(func.count())
    .select_from(FailedLookup)
    .where(FailedLookup.email_hash == bindparam("hash"), FailedLookup.at > bindparam("since"))
)

Email = Annotated[str, Field(max_length=254, examples=["ana.morales@example.com"])]
Number = Annotated[str, Field(max_length=32, examples=["CM-10412"])]


class OrderOf(BaseModel):
    """Which order, and the e-mail address it was placed with."""

    number: Number
    email: Email


class Who(BaseModel):
    """A customer's e-mail address with one proof: a number of their orders, or their own id."""

    email: Email
    order_number: Number | None = None
    customer_id: Annotated[str | None, Field(max_length=32)] = None


@contextmanager
def reading(request: Request, email: str) -> Iterator[Session]:
    """A transaction for somebody who says that `email` is theirs.

    Counts wrong proofs by address, whether or not a customer has it, and refuses (423) after
    too many: order numbers have five digits, so they could be guessed.
    """
    now = request.app.state.clock()
    try:
        with Session(request.app.state.database) as session, session.begin():
            _refuse_guessing(session, email, now)
            yield session
    except NotTheirs:
        with Session(request.app.state.database) as session, session.begin():
            session.add(FailedLookup(email_hash=_hash(email), at=now))
        raise


def owned_order(session: Session, number: str, email: str) -> Order:
    """The order with this number, if this is its customer's address. Raises `NotTheirs`."""
    order = _order(session, number)
    if order is None or not _same(order.customer.email, email):
        raise NotTheirs("order")
    return order


def proven_customer(session: Session, who: Who) -> Customer:
    """The customer with this address, if the proof is right. Raises `NotTheirs`."""
    customer = customer_of(session, who.email)
    if customer is None:
        raise NotTheirs("customer")
    if who.customer_id is not None:
        proven = hmac.compare_digest(customer.public_id.encode(), who.customer_id.encode())
    else:
        order = _order(session, who.order_number or "")
        proven = order is not None and order.customer_id == customer.id and _paid(order)
    if not proven:
        raise NotTheirs("customer")
    return customer


def customer_of(session: Session, email: str) -> Customer | None:
    """The customer with this address, in any letter case."""
    wanted = email.strip().lower()
    return session.scalars(select(Customer).where(func.lower(Customer.email) == wanted)).first()


def _order(session: Session, number: str) -> Order | None:
    return session.scalars(_ORDER, {"number": number.strip().upper()}).unique().first()


def _paid(order: Order) -> bool:
    """Anybody can order in anybody's name: whose address it is shows when somebody has paid."""
    return order.payment.paid_at is not None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.casefold().encode(), other.strip().casefold().encode())


def _hash(email: str) -> str:
    return sha256(email.strip().casefold().encode()).hexdigest()


def _refuse_guessing(session: Session, email: str, now: datetime) -> None:
    failed = session.scalars(_FAILED, {"hash": _hash(email), "since": now - WINDOW}).one()
    if failed >= MOST_FAILED:
        raise ShopError(
            423, "too_many_attempts", "Too many wrong numbers for this address; try again later."
        )
