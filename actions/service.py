"""Being heard: complaints, reviews and handing over to a person, each a ticket for people."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.asking import ServiceAction
from actions.cards import masked
from actions.identity import customer_email, signed_in
from actions.services.errors import Reason
from actions.services.tickets import NewTicket, TicketKind, TicketService, ticket_service
from actions.topic import no_answer, upset
from actions.turn import effect_key
from actions.wording import day, email_address, order_number

Slots = dict[str, Any]
Tickets = Callable[[], TicketService]
Clock = Callable[[], datetime]

OFFICE = ZoneInfo("Europe/London")
CLOSES = 19
"""The hour of a weekday from which on a message is the next working day's."""

MESSAGES_KEPT = 12
LONGEST_TEXT = 5000
LONGEST_REFERENCE = 100
STARS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
STAR_COUNT = re.compile(r"(?<![\w.,])([1-5])(?![\w]|[.,]\d)|\b(one|two|three|four|five)\b|(★+)")

OUT_OF_FIVE = re.compile(r"\s*(?:/|out of|of)\s*(?:5|five)\b")


def office_time() -> datetime:
    """Now, where those sit who answer."""
    return datetime.now(OFFICE)


class TicketAction(ServiceAction):
    """Opens a ticket, once for each message that asks for it, and says by when it is answered."""

    refused = "utter_ticket_refused"
    refusals = frozenset({Reason.INVALID_EMAIL})
    unsure = "utter_ticket_unsure"

    def __init__(self, tickets: Tickets = ticket_service, clock: Clock = office_time) -> None:
        self._tickets = tickets
        self._clock = clock

    def _open(
        self, ticket: NewTicket, response: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> None:
        opened = self._tickets().open(ticket, key=effect_key(tracker, self.name(), ticket.kind))
        dispatcher.utter_message(
            response=response,
            ticket=opened.number,
            email=opened.email,
            answered=day(answered_by(self._clock())),
        )


class ActionFileComplaint(TicketAction):
    """Pass a complaint on, in the customer's own words."""

    forgets = ("complaint_text",)

    def name(self) -> str:
        """The name in the domain."""
        return "action_file_complaint"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Mapping[str, Any]:
        """Urgent where the customer is upset. The order number is a reference only."""
        ticket = NewTicket(
            kind=TicketKind.COMPLAINT,
            subject=_subject("Complaint", tracker),
            text=_kept(tracker.get_slot("complaint_text")),
            email=customer_email(tracker),
            order_number=tracker.get_slot("order_id") or "",
            urgent=upset(tracker),
        )
        self._open(ticket, "utter_complaint_filed", dispatcher, tracker)
        return {}


class ActionSendReview(TicketAction):
    """Pass a review on, to be published."""

    forgets = ("review_product", "review_stars", "review_text")

    def name(self) -> str:
        """The name in the domain."""
        return "action_send_review"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Mapping[str, Any]:
        """Stars, words, and what they are about."""
        product = str(tracker.get_slot("review_product") or "")
        ticket = NewTicket(
            kind=TicketKind.REVIEW,
            subject=f"Review: {masked(product)}"[:150],
            text=_kept(tracker.get_slot("review_text")),
            email=customer_email(tracker),
            product=masked(product)[:LONGEST_REFERENCE],
            rating=int(tracker.get_slot("review_stars") or 0) or None,
        )
        self._open(ticket, "utter_review_sent", dispatcher, tracker)
        return {}


class ActionHandOver(TicketAction):
    """Ask a person to go on, with what was said so far."""

    forgets = ("handover_concern", "paused_topic")  # what was begun is the colleague's now

    def name(self) -> str:
        """The name in the domain."""
        return "action_hand_over"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Mapping[str, Any]:
        """The customer's latest messages, so that nobody has to ask for them again."""
        concern = str(tracker.get_slot("handover_concern") or "")
        said = [masked(text) for text in _messages(tracker)]
        ticket = NewTicket(
            kind=TicketKind.CALL_BACK,
            subject=_subject("A customer wants to talk to a person", tracker),
            text=_kept("\n".join([f"Concern: {concern}", "The customer wrote:", *said])),
            email=customer_email(tracker),
            order_number=tracker.get_slot("order_id") or "",
            urgent=upset(tracker),
        )
        self._open(ticket, "utter_handed_over", dispatcher, tracker)
        return {}


class ValidateComplaintForm(FormValidationAction):
    """Listens to a complaint."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_complaint_form"

    def validate_complaint_text(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """The request itself and what was said when asked belong together.

        An order number or an address in it is taken as a reference.
        """
        parts = [str(tracker.get_slot("request") or ""), str(value).strip()]
        text = "\n".join(part for part in parts if part and not part.startswith("/"))
        known = {"order_id": order_number(text), "email": email_address(text)}
        return {"complaint_text": text, **{slot: said for slot, said in known.items() if said}}


class ValidateReviewForm(FormValidationAction):
    """A review's product, stars and words."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_review_form"

    def validate_review_stars(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """1 to 5, as a digit, a word or in stars."""
        count = stars(str(value))
        if count is None and tracker.get_slot("requested_slot") == "review_stars":
            return no_answer("review_stars", dispatcher, tracker, response="utter_stars_malformed")
        return {"review_stars": count}


class ValidateContactHumanAgentForm(FormValidationAction):
    """What a person should help with, where the conversation does not tell yet."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_contact_human_agent_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """Who had a topic before, or is upset, need not say it again."""
        told = tracker.get_slot("paused_topic") or tracker.get_slot("last_topic")
        return [] if told or upset(tracker) else domain_slots

    def validate_handover_concern(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """In the customer's own words."""
        return {"handover_concern": str(value).strip() or None}


class ValidateContactForm(FormValidationAction):
    """Whom to answer. Shows nothing of whoever has the address, so nothing has to be proven."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_contact_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """Nothing of who is signed in."""
        return [] if signed_in(tracker) else domain_slots

    def validate_email(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """An e-mail address, alone."""
        email = email_address(str(value))
        if email is None:
            return no_answer("email", dispatcher, tracker, response="utter_email_malformed")
        return {"email": email}


def stars(said: str) -> int | None:
    """4 for "4", "four stars", "4 out of 5" or "★★★★"; `None` for anything else."""
    found = STAR_COUNT.findall(OUT_OF_FIVE.sub("", said.lower()))
    if len(found) != 1:
        return None
    digit, word, drawn = found[0]
    count = int(digit) if digit else STARS.get(word) or len(drawn)
    return count if count <= 5 else None


def answered_by(now: datetime) -> date:
    """The day by which somebody has answered: within one working day of the office's."""
    late = now.hour >= CLOSES
    on = _working(now.date() + timedelta(days=1 if late else 0))
    return _working(on + timedelta(days=1))


def _working(on: date) -> date:
    """This day or the next that is no weekend."""
    return on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() >= 5 else 0)


def _subject(what: str, tracker: Tracker) -> str:
    number = tracker.get_slot("order_id")
    return f"{what} ({number})" if number else what


def _kept(text: object) -> str:
    """A ticket's text, without card numbers and no longer than the service takes."""
    return masked(str(text or ""))[:LONGEST_TEXT] or "(nothing more was said)"


def _messages(tracker: Tracker) -> list[str]:
    said = [
        str(event.get("text") or "") for event in tracker.events if event.get("event") == "user"
    ]
    return [text for text in said if text and not text.startswith("/")][-MESSAGES_KEPT:]
