"""Complaints: listened to, and passed on."""

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.identity import customer_email
from actions.services.tickets import NewTicket, TicketKind
from actions.slots import Slots
from actions.tickets import TicketAction, kept, subject
from actions.turn import upset
from actions.wording import email_address, order_number

NOTHING_MORE = "nothing more"
"""What a no fills the slot with (domain/service.yml): the request has told everything."""

FEWEST_WORDS = 7
"""From so many words on a request tells what happened, so that is not asked again."""


class ActionAskComplaintText(Action):
    """Ask what happened, or whether there is more to it than the request has told."""

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_complaint_text"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """One question."""
        told = _has_told(tracker)
        dispatcher.utter_message(
            response="utter_ask_more_about_it" if told else "utter_ask_what_happened"
        )
        return []


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
        more = str(value).strip()
        if more == NOTHING_MORE and not _has_told(tracker):
            dispatcher.utter_message(response="utter_say_stop")
            return {"complaint_text": None}
        parts = [str(tracker.get_slot("request") or ""), "" if more == NOTHING_MORE else more]
        text = "\n".join(part for part in parts if part and not part.startswith("/"))
        known = {"order_id": order_number(text), "email": email_address(text)}
        return {"complaint_text": text, **{slot: said for slot, said in known.items() if said}}


class ActionFileComplaint(TicketAction):
    """Pass a complaint on, in the customer's own words."""

    forgets = ("complaint_text",)

    def name(self) -> str:
        """The name in the domain."""
        return "action_file_complaint"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Urgent where the customer is upset. The order number is a reference only."""
        ticket = NewTicket(
            kind=TicketKind.COMPLAINT,
            subject=subject("Complaint", tracker),
            text=kept(tracker.get_slot("complaint_text")),
            email=customer_email(tracker),
            order_number=tracker.get_slot("order_id") or "",
            urgent=upset(tracker),
        )
        self.open(ticket, "utter_complaint_filed", dispatcher, tracker)
        return {}


def _has_told(tracker: Tracker) -> bool:
    return len(str(tracker.get_slot("request") or "").split()) >= FEWEST_WORDS
