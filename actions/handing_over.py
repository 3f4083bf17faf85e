"""Handing over to a person: what they should help with, and whom they answer."""

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.cards import masked
from actions.identity import customer_email, signed_in
from actions.services.tickets import NewTicket, TicketKind
from actions.slots import Slots
from actions.tickets import TicketAction, kept, subject
from actions.topic import PAUSED
from actions.turn import upset
from actions.understanding import no_answer
from actions.wording import email_address, order_number

MESSAGES_KEPT = 12


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
        """An e-mail address, alone. An order's number corrects, or adds, what it is about."""
        email, number = email_address(str(value)), order_number(str(value))
        if email is None and number is not None:
            return {"email": None, "order_id": number}
        if email is None:
            return no_answer("email", dispatcher, tracker, response="utter_email_malformed")
        return {"email": email}


class ActionHandOver(TicketAction):
    """Ask a person to go on, with what was said so far."""

    forgets = ("handover_concern", *PAUSED)  # what was begun is the colleague's now

    def name(self) -> str:
        """The name in the domain."""
        return "action_hand_over"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The customer's latest messages, so that nobody has to ask for them again."""
        concern = str(tracker.get_slot("handover_concern") or "")
        said = [masked(text) for text in _messages(tracker)]
        ticket = NewTicket(
            kind=TicketKind.CALL_BACK,
            subject=subject("A customer wants to talk to a person", tracker),
            text=kept("\n".join([f"Concern: {concern}", "The customer wrote:", *said])),
            email=customer_email(tracker),
            order_number=tracker.get_slot("order_id") or "",
            urgent=upset(tracker),
        )
        self.open(ticket, "utter_handed_over", dispatcher, tracker)
        return {}


def _messages(tracker: Tracker) -> list[str]:
    said = [
        str(event.get("text") or "") for event in tracker.events if event.get("event") == "user"
    ]
    return [text for text in said if text and not text.startswith("/")][-MESSAGES_KEPT:]
