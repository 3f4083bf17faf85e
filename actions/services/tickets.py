"""The ticket service: what people have to answer, from complaints to reviews."""

import functools
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from actions.services.errors import NotFound, NotPossible
from actions.services.facts import Facts
from actions.services.registry import connect


class TicketKind(StrEnum):
    """What a ticket is about."""

    QUESTION = "question"
    COMPLAINT = "complaint"
    REVIEW = "review"
    CALL_BACK = "call_back"
    PAYMENT_PROBLEM = "payment_problem"
    ACCOUNT_PROBLEM = "account_problem"


class TicketState(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    SOLVED = "solved"


class NewTicket(Facts):
    """What somebody wants to be heard about. `rating` is 1 to 5 stars, for reviews.

    An `order_number` is only a reference for the person who reads it: it proves nothing.
    """

    kind: TicketKind
    subject: Annotated[str, Field(min_length=1, max_length=150)]
    text: Annotated[str, Field(min_length=1, max_length=5000)]
    email: str
    name: str = ""
    phone: str = ""
    order_number: str = ""
    product: str = ""
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    urgent: bool = False


class Ticket(Facts):
    """A ticket as its customer may see it. `answer` is the shop's last public word, if any."""

    number: str
    kind: TicketKind
    state: TicketState
    subject: str
    email: str
    created_at: AwareDatetime
    answer: str = ""


class TicketNotFound(NotFound):
    """No ticket has this number together with this e-mail address."""


class CannotOpen(NotPossible):
    """`invalid_email`: nobody could be answered."""


class TicketService(Protocol):
    """What every adapter does. Each method blocks, and may raise any `ServiceError`."""

    def open(self, ticket: NewTicket, *, key: str) -> Ticket:
        """Open a ticket, once per `key`. Raises `CannotOpen`."""

    def find(self, number: str, email: str) -> Ticket:
        """A ticket of the customer's. Raises `TicketNotFound`."""


@functools.cache
def ticket_service() -> TicketService:
    """The adapter that `endpoints.yml` chooses, made on first use."""
    service: TicketService = connect("tickets")
    return service
