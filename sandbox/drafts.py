"""What all orders of the first day have in common."""

from collections.abc import Sequence
from datetime import datetime

from sandbox.ledger import REFUND_WORKING_DAYS
from sandbox.places import CURRENCY, working_days_after
from sandbox.tables import Customer, Order, OrderLine, Refund, RefundLine, RefundState

FREE_SHIPPING_FROM = 5000
SHIPPING_CENTS = 490


def order_of(
    number: str, customer: Customer, lines: Sequence[OrderLine], placed_at: datetime
) -> Order:
    """An order to the customer's first address."""
    goods = sum(line.quantity * line.unit_price_cents for line in lines)
    return Order(
        number=number,
        customer=customer,
        currency=CURRENCY,
        shipping_cents=0 if goods >= FREE_SHIPPING_FROM else SHIPPING_CENTS,
        address=customer.addresses[0].address,
        placed_at=placed_at,
        lines=list(lines),
    )


def refund_of(cents: int, reason: str, at: datetime, now: datetime) -> Refund:
    """Money that was sent back at `at` and has arrived, if it could have by now."""
    expected_on = working_days_after(at.date(), REFUND_WORKING_DAYS)
    return Refund(
        state=RefundState.ARRIVED if expected_on < now.date() else RefundState.PROCESSING,
        amount_cents=cents,
        reason=reason,
        created_at=at,
        expected_on=expected_on,
    )


def goods_back(order: Order, lines: Sequence[OrderLine], at: datetime, now: datetime) -> Refund:
    """The refund of all pieces of these lines. The order must be in the database already."""
    cents = sum(line.quantity * line.unit_price_cents for line in lines)
    refund = refund_of(cents, "returned", at, now)
    refund.lines = [RefundLine(order_line_id=line.id, quantity=line.quantity) for line in lines]
    order.refunds.append(refund)
    return refund
