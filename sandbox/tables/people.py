"""Customers and their addresses."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sandbox.tables.base import Table


class Customer(Table):
    """Somebody the shop knows by e-mail; with an account once `registered_at` is set.

    `confirmed_at` is when they clicked on the link in the registration's mail.
    """

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str] = mapped_column(default="")
    newsletter: Mapped[bool] = mapped_column(default=False)
    pending_email: Mapped[str] = mapped_column(default="")
    registered_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    deletion_on: Mapped[date | None]
    addresses: Mapped[list["SavedAddress"]] = relationship(order_by="SavedAddress.id")

    @property
    def public_id(self) -> str:
        """What others call the customer."""
        return f"cus-{self.id:04}"


class SavedAddress(Table):
    """An address in an account. One of them is the default."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    address: Mapped[dict[str, str]]
    default: Mapped[bool]
