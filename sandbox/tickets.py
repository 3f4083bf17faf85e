"""The ticket service: what people have to answer."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import NotTheirs
from sandbox.idempotency import Key, once
from sandbox.identity import Email, Who, proven_customer, reading
from sandbox.mails import deliverable, send
from sandbox.security import require_api_key
from sandbox.tables import Ticket
from sandbox.times import Moment

router = APIRouter(prefix="/tickets", tags=["tickets"], dependencies=[Depends(require_api_key)])

Kind = Literal["question", "complaint", "review", "call_back", "payment_problem", "account_problem"]


class NewTicket(BaseModel):
    """What somebody wants to be heard about. The order number is a reference, not a proof."""

    kind: Kind
    subject: Annotated[str, Field(min_length=1, max_length=150)]
    text: Annotated[str, Field(min_length=1, max_length=5000)]
    email: Email
    name: Annotated[str, Field(max_length=100)] = ""
    phone: Annotated[str, Field(max_length=32)] = ""
    order_number: Annotated[str, Field(max_length=32)] = ""
    product: Annotated[str, Field(max_length=100)] = ""
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    urgent: bool = False


class TicketLookup(BaseModel):
    """Which ticket, and the address it was opened with."""

    number: Annotated[str, Field(max_length=32)]
    email: Email


class TicketView(BaseModel):
    """A ticket as its customer may see it."""

    number: str
    kind: str
    state: str
    subject: str
    email: str
    created_at: Moment
    answer: str


@router.post("", summary="Open a ticket")
async def open_ticket(body: NewTicket, request: Request, key: Key) -> TicketView:
    """The customer gets its number by mail as well."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> TicketView:
            email = deliverable(body.email)
            ticket = Ticket(**body.model_dump(), state="open", answer="", created_at=now)
            ticket.email = email
            session.add(ticket)
            session.flush()
            send(session, ticket.email, f"We have your message, {ticket.number}", now)
            return _view(ticket)

        return once(session, request, key, body, TicketView, effect)


@router.post("/lookup", summary="See a ticket")
async def look_up(wanted: TicketLookup, request: Request) -> TicketView:
    """For whoever opened it."""
    with reading(request, wanted.email) as session:
        return _view(_owned(session, wanted))


@router.post("/list", summary="List a customer's tickets")
async def list_tickets(who: Who, request: Request) -> list[TicketView]:
    """The newest fifty, newest first."""
    with reading(request, who.email) as session:
        customer = proven_customer(session, who)
        theirs = (
            select(Ticket)
            .where(Ticket.email == customer.email.lower())
            .order_by(Ticket.id.desc())
            .limit(50)
        )
        return [_view(ticket) for ticket in session.scalars(theirs)]


def _owned(session: Session, wanted: TicketLookup) -> Ticket:
    number = wanted.number.strip().upper().removeprefix("T-")
    ticket = session.get(Ticket, int(number) - 5000) if number.isdecimal() else None
    if ticket is None or ticket.email != wanted.email.strip().lower():
        raise NotTheirs("ticket")
    return ticket


def _view(ticket: Ticket) -> TicketView:
    return TicketView(
        number=ticket.number,
        kind=ticket.kind,
        state=ticket.state,
        subject=ticket.subject,
        email=ticket.email,
        created_at=ticket.created_at,
        answer=ticket.answer,
    )
