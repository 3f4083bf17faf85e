"""Tickets of the first day."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sandbox.tables import Ticket


def tickets(now: datetime) -> Sequence[Ticket]:
    """One that was solved, one that waits for the customer, one that is open."""
    return [
        _ticket(
            "Ana Morales",
            "question",
            "solved",
            "Can I have the stand engraved?",
            "We do not engrave, but our store in Valencia does so for a small fee.",
            now - timedelta(days=6),
        ),
        _ticket(
            "Ben Carter",
            "complaint",
            "waiting_for_customer",
            "One of the lamps flickers",
            "Could you send us a picture of the label under its foot?",
            now - timedelta(days=3),
            order_number="CM-10494",
        ),
        _ticket(
            "Haruto Tanaka",
            "payment_problem",
            "open",
            "My refund did not arrive",
            "",
            now - timedelta(hours=30),
            order_number="CM-11069",
        ),
    ]


def _ticket(
    name: str,
    kind: str,
    state: str,
    subject: str,
    answer: str,
    created_at: datetime,
    order_number: str = "",
) -> Ticket:
    return Ticket(
        name=name,
        email=f"{name.lower().replace(' ', '.')}@example.com",
        kind=kind,
        state=state,
        subject=subject,
        text=subject,
        answer=answer,
        created_at=created_at,
        order_number=order_number,
        phone="",
        product="",
        rating=None,
        urgent=False,
    )
