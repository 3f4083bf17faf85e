"""Tickets in Zendesk, by its Support API: opened for a customer, and found again by them.

There is no client library of Zendesk's own for Python.
"""

import base64
import re
import time
from collections.abc import Callable, Mapping

from pydantic import AwareDatetime

from actions.services.adapters.wire import Wire, meaning, require_tls, shaped
from actions.services.client import JsonClient
from actions.services.errors import Reason, ServiceMisconfigured, ServiceRefused
from actions.services.identity import same_address
from actions.services.settings import ServiceSettings
from actions.services.tickets import (
    CannotOpen,
    NewTicket,
    Ticket,
    TicketKind,
    TicketNotFound,
    TicketState,
)

TAG = "cloudmart_"
"""Before a ticket's kind, as a tag: `cloudmart_complaint`."""

MOST_PAGES = 50
"""Pages of a hundred comments: as many as a ticket may have."""

_STATES = {
    "new": TicketState.OPEN,
    "open": TicketState.OPEN,
    "hold": TicketState.OPEN,
    "pending": TicketState.WAITING_FOR_CUSTOMER,
    "solved": TicketState.SOLVED,
    "closed": TicketState.SOLVED,
}


class _User(Wire):
    id: int
    email: str | None = None


class _Ticket(Wire):
    id: int
    subject: str | None
    status: str
    tags: list[str]
    requester_id: int
    created_at: AwareDatetime


class _Shown(Wire):
    ticket: _Ticket
    users: tuple[_User, ...] = ()


class _Found(Wire):
    tickets: list[_Ticket]


class _Comment(Wire):
    author_id: int
    public: bool
    plain_body: str
    created_at: AwareDatetime


class _Meta(Wire):
    has_more: bool
    after_cursor: str | None = None


class _Comments(Wire):
    comments: list[_Comment]
    meta: _Meta


class ZendeskTickets:
    """See `TicketService`. `user` is the agent's e-mail address to whom the API token belongs."""

    def __init__(
        self,
        settings: ServiceSettings,
        sleep: Callable[[float], object] = time.sleep,
        *,
        user: str,
    ) -> None:
        require_tls(settings, "tickets")
        if not re.fullmatch(r"[^\s:/]+@[^\s:/]+", user):
            raise ServiceMisconfigured(
                "services: tickets: user is the e-mail address of the token's agent."
            )
        said = base64.b64encode(f"{user}/token:{settings.token}".encode()).decode()
        self._client = JsonClient(
            settings,
            headers={"Authorization": f"Basic {said}", "Accept": "application/json"},
            sleep=sleep,
        )

    def open(self, ticket: NewTicket, *, key: str) -> Ticket:
        """See `TicketService`. Zendesk forgets a key after two hours, the ticket does not."""
        said = self._client.get("/api/v2/tickets.json", {"external_id": key})
        if known := shaped(_Found, said, "Zendesk").tickets:
            return _ticket(known[0], ticket.email)
        try:
            said = self._client.effect("/api/v2/tickets.json", _wanted(ticket, key), key=key)
        except ServiceRefused as refusal:
            if _about_requester(refusal):
                raise CannotOpen(Reason.INVALID_EMAIL) from None
            raise
        return _ticket(shaped(_Shown, said, "Zendesk", effect=True).ticket, ticket.email)

    def find(self, number: str, email: str) -> Ticket:
        """See `TicketService`."""
        if not re.fullmatch(r"\d{1,18}", number):
            raise TicketNotFound
        path = f"/api/v2/tickets/{number}"
        try:
            said = self._client.get(f"{path}.json", {"include": "users"})
        except ServiceRefused as refusal:
            if refusal.status == 404:
                raise TicketNotFound from None
            raise
        shown = shaped(_Shown, said, "Zendesk")
        owners = [user for user in shown.users if user.id == shown.ticket.requester_id]
        if not any(same_address(user.email or "", email) for user in owners):
            raise TicketNotFound
        return _ticket(shown.ticket, email, self._answer(path, shown.ticket.requester_id))

    def _answer(self, path: str, requester: int) -> str:
        """The last public comment that is not the customer's own."""
        query = {"page[size]": "100"}
        answers: list[_Comment] = []
        for _ in range(MOST_PAGES):
            page = shaped(_Comments, self._client.get(f"{path}/comments.json", query), "Zendesk")
            answers += [one for one in page.comments if one.public and one.author_id != requester]
            if not page.meta.has_more or page.meta.after_cursor is None:
                break
            query["page[after]"] = page.meta.after_cursor
        last = max(answers, key=lambda answer: answer.created_at, default=None)
        return last.plain_body if last else ""


def _wanted(ticket: NewTicket, key: str) -> dict[str, object]:
    """The body of the request. The customer is the requester, so Zendesk answers to them."""
    rating = f"{ticket.rating} of 5" if ticket.rating else ""
    about = {
        "Order": ticket.order_number,
        "Product": ticket.product,
        "Rating": rating,
        "Phone": ticket.phone,
    }
    details = [f"{name}: {value}" for name, value in about.items() if value]
    return {
        "ticket": {
            "subject": ticket.subject,
            "comment": {"body": "\n".join([ticket.text, "", *details]).rstrip()},
            "requester": {
                "name": ticket.name or ticket.email.partition("@")[0],
                "email": ticket.email,
            },
            "priority": "urgent" if ticket.urgent else "normal",
            "tags": [TAG + ticket.kind],
            "external_id": key,
        }
    }


def _about_requester(refusal: ServiceRefused) -> bool:
    """Whether Zendesk refused the customer's address: a 422 names the fields it is about."""
    body = refusal.body if isinstance(refusal.body, Mapping) else {}
    details = body.get("details")
    named = set(details) if isinstance(details, Mapping) else set()
    return refusal.status == 422 and bool(named & {"requester", "email"})


@meaning("Zendesk")
def _ticket(said: _Ticket, email: str, answer: str = "") -> Ticket:
    kinds = [tag.removeprefix(TAG) for tag in said.tags if tag.startswith(TAG)]
    known = [kind for kind in kinds if kind in set(TicketKind)]
    return Ticket(
        number=str(said.id),
        kind=TicketKind(known[0]) if known else TicketKind.QUESTION,
        state=_STATES.get(said.status, TicketState.OPEN),
        subject=said.subject or "",
        email=email,
        created_at=said.created_at,
        answer=answer,
    )
