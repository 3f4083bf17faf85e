"""Tickets in the sandbox."""

from actions.services.adapters.sandbox.answers import answered
from actions.services.client import JsonClient
from actions.services.identity import same_address
from actions.services.settings import ServiceSettings
from actions.services.tickets import CannotOpen, NewTicket, Ticket, TicketNotFound


class SandboxTickets:
    """See `TicketService`."""

    def __init__(self, settings: ServiceSettings, client: JsonClient | None = None) -> None:
        self._client = client or JsonClient(settings)

    def open(self, ticket: NewTicket, *, key: str) -> Ticket:
        """See `TicketService`."""
        opened = answered(
            Ticket,
            lambda: self._client.effect("/tickets", ticket.model_dump(), key=key),
            impossible=CannotOpen,
            effect=True,
        )
        return _owned(opened, ticket.email)

    def find(self, number: str, email: str) -> Ticket:
        """See `TicketService`."""
        wanted = {"number": number, "email": email}
        found = answered(
            Ticket, lambda: self._client.read("/tickets/lookup", wanted), missing=TicketNotFound
        )
        return _owned(found, email)


def _owned(ticket: Ticket, email: str) -> Ticket:
    if not same_address(ticket.email, email):
        raise TicketNotFound
    return ticket
