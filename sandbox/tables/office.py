"""What the shop's people and machines keep: tickets, mail sent, replies given, attempts counted."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from sandbox.tables.base import Table


class Ticket(Table):
    """Something a person has to answer."""

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str]
    order_number: Mapped[str]
    product: Mapped[str]
    rating: Mapped[int | None]
    urgent: Mapped[bool]
    answer: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def number(self) -> str:
        """What the customer calls it."""
        return f"T-{5000 + self.id}"


class Mail(Table):
    """A mail the shop has sent. It goes nowhere but into this table."""

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str]
    subject: Mapped[str]
    sent_at: Mapped[datetime]


class StoredReply(Table):
    """What was answered to an `Idempotency-Key`, kept to be answered again."""

    __tablename__ = "stored_replies"

    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]


class FailedLookup(Table):
    """An attempt to see something with a wrong proof; `email_hash` may be anybody's or nobody's."""

    __tablename__ = "failed_lookups"

    id: Mapped[int] = mapped_column(primary_key=True)
    email_hash: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
