"""Tickets, by which people are asked to go on: what is in one, and when it is answered."""

from abc import ABC
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import ServiceAction
from actions.cards import masked
from actions.services.errors import Reason
from actions.services.tickets import NewTicket, TicketService, ticket_service
from actions.turn import effect_key
from actions.wording import day

OFFICE = ZoneInfo("Europe/London")
CLOSES = 19
"""The hour of a weekday from which on a message is the next working day's."""

LONGEST_TEXT = 5000


def office_time() -> datetime:
    """Now, where those sit who answer."""
    return datetime.now(OFFICE)


class TicketAction(ServiceAction, ABC):
    """Opens a ticket, once for each message that asks for it, and says by when it is answered."""

    refused = "utter_ticket_refused"
    refusals = frozenset({Reason.INVALID_EMAIL})
    unsure = "utter_ticket_unsure"

    def __init__(
        self,
        tickets: Callable[[], TicketService] = ticket_service,
        clock: Callable[[], datetime] = office_time,
    ) -> None:
        self._tickets = tickets
        self._clock = clock

    def open(
        self, ticket: NewTicket, response: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> None:
        """Say its number, and the day by which somebody has answered, in `response`."""
        opened = self._tickets().open(ticket, key=effect_key(tracker, self.name(), ticket.kind))
        dispatcher.utter_message(
            response=response,
            ticket=opened.number,
            email=opened.email,
            answered=day(answered_by(self._clock())),
        )


def subject(what: str, tracker: Tracker) -> str:
    """What a ticket is about, with the order in hand, if any, as a reference."""
    number = tracker.get_slot("order_id")
    return f"{what} ({number})" if number else what


def kept(text: object) -> str:
    """A ticket's text, without card numbers and no longer than the service takes."""
    return masked(str(text or ""))[:LONGEST_TEXT] or "(nothing more was said)"


def answered_by(now: datetime) -> date:
    """The day by which somebody has answered: within one working day of the office's."""
    late = now.hour >= CLOSES
    on = _working(now.date() + timedelta(days=1 if late else 0))
    return _working(on + timedelta(days=1))


def _working(on: date) -> date:
    """This day or the next that is no weekend."""
    return on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() >= 5 else 0)
