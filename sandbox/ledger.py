"""The shop's money: what comes in for an order and what goes back, each cent once."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from sandbox.errors import RuleBroken
from sandbox.places import working_days_after
from sandbox.tables import Invoice, Order, OrderState, Refund, RefundLine, RefundState

RETURN_DAYS = 30
"""How long after delivery goods may be sent back."""

REFUND_WORKING_DAYS = 5
"""How long money takes to arrive."""


def settle(session: Session, order: Order, now: datetime) -> None:
    """The order's payment comes in, if it has not yet."""
    if order.payment.paid_at is not None:
        return
    order.payment.paid_at, order.payment.paid_cents = now, order.total_cents
    order.payment.failure = None
    order.invoice = Invoice(number=f"INV-{order.number[3:]}", issued_on=now.date())
    session.flush()


def give_back(session: Session, order: Order, cents: int, reason: str, now: datetime) -> None:
    """Send money back at once, if there is any to send."""
    if cents > 0:
        order.refunds.append(
            Refund(
                state=RefundState.PROCESSING,
                amount_cents=cents,
                reason=reason,
                created_at=now,
                expected_on=working_days_after(now.date(), REFUND_WORKING_DAYS),
            )
        )
    session.flush()


def returnable(order: Order) -> dict[int, int]:
    """The pieces of each line, by its id, that no refund was begun for, be it one that failed."""
    left = {line.id: line.quantity for line in order.lines}
    for refund in order.refunds:
        for line in refund.lines:
            left[line.order_line_id] -= line.quantity
    return left


def return_by(order: Order) -> date | None:
    """The last day on which the order's goods may be sent back, once they have come."""
    came = order.delivered_at
    return None if came is None else (came + timedelta(days=RETURN_DAYS)).date()


def refusal(order: Order, now: datetime) -> str | None:
    """Why nothing of the order may be sent back for money, or `None`."""
    if order.state is OrderState.AWAITING_PAYMENT:
        return "not_paid"
    if order.state is OrderState.CANCELLED:
        return "already_cancelled"
    if order.state is OrderState.RETURNED or not any(returnable(order).values()):
        return "already_refunded"
    last = return_by(order)
    if last is None:
        return "not_delivered_yet"
    return "outside_return_window" if now.date() > last else None


def begin_return(
    session: Session,
    order: Order,
    pieces: dict[str, int],
    cents: int,
    reason: str,
    now: datetime,
) -> Refund:
    """Promise money for goods that go back: so many pieces of each line, or of all with none.

    Raises `RuleBroken` where the rules say no, and where `cents` is not the goods' price.
    """
    if why_not := refusal(order, now):
        raise RuleBroken(why_not, "Nothing of the order may be sent back.")
    left = {str(line): pieces for line, pieces in returnable(order).items() if pieces}
    wanted = pieces or left
    for line, quantity in wanted.items():
        if quantity > left.get(line, 0):
            known = any(str(ours.id) == line for ours in order.lines)
            raise RuleBroken(
                "already_refunded" if known else "unknown_line",
                f"{left.get(line, 0)} pieces of this line may go back.",
            )
    chosen = [line for line in order.lines if str(line.id) in wanted]
    amount = sum(wanted[str(line.id)] * line.unit_price_cents for line in chosen)
    if amount != cents:
        raise RuleBroken("amount_changed", f"These lines give {amount} cents.")
    refund = Refund(
        state=RefundState.AWAITING_RETURN,
        amount_cents=amount,
        reason=reason,
        created_at=now,
        lines=[RefundLine(order_line_id=line.id, quantity=wanted[str(line.id)]) for line in chosen],
    )
    order.refunds.append(refund)
    session.flush()
    return refund
