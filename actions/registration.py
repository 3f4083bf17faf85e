"""What needs no proof since it is answered by mail: new accounts, passwords, the newsletter."""

import re
from collections.abc import Callable

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.asking import ServiceAction
from actions.details import person_name
from actions.identity import customer_email, signed_in
from actions.services.customers import CustomerService, NewCustomer, customer_service
from actions.services.errors import Reason
from actions.slots import Slots, emptied
from actions.topic import PAUSED
from actions.turn import effect_key
from actions.understanding import no_answer

Customers = Callable[[], CustomerService]

JOINS_AGAIN = re.compile(r"\bback on\b|\bagain\b|\bstopped (?:getting|receiving)\b")
LEAVES = re.compile(
    r"\bunsu|\bstop|\bcancel|\bremove|\bdelete|\boff\b|\bno more\b|\bno longer\b|n't want\b"
    r"|\bnot want\b|\bdont want\b|\brid of\b|\bquit\b|\bleave\b|\bno newsletter\b"
)
JOINS = re.compile(
    r"\bsubsc?ri?be\b|\bsign (?:me )?up\b|\bregister\b|\badd\b|\breceive\b|\bjoin\b|\bkeep me\b"
    r"|\bsend me\b|\be-?mail me\b|\blike to (?:get|hear)\b|\bwant (?:to get|your|the) newsletter\b"
)
"""What says neither is asked about: nobody is signed up or off by a guess."""


class MailAction(ServiceAction):
    """Has the shop send a mail to an address, whoever has it; the answer tells nothing of them."""

    refused = "utter_mail_refused"
    refusals = frozenset({Reason.INVALID_EMAIL})
    unsure = "utter_mail_unsure"

    def __init__(self, customers: Customers = customer_service) -> None:
        self._customers = customers


class ActionCreateAccount(MailAction):
    """Open an account; its owner chooses a password by mail."""

    forgets = ("account_name",)

    def name(self) -> str:
        """The name in the domain."""
        return "action_create_account"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The same answer whether there is an account already or not."""
        email = customer_email(tracker)
        new = NewCustomer(name=tracker.get_slot("account_name") or "", email=email)
        self._customers().create(new, key=effect_key(tracker, self.name(), email))
        dispatcher.utter_message(response="utter_account_created", email=email)
        return {}


class ActionResendConfirmation(MailAction):
    """Send the registration's mail once more."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_resend_confirmation"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """And what else may be in the way."""
        email = customer_email(tracker)
        self._customers().resend_confirmation(email, key=effect_key(tracker, self.name(), email))
        dispatcher.utter_message(response="utter_confirmation_resent", email=email)
        return {}


class ActionRecoverPassword(MailAction):
    """Send a link to set a new password."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_recover_password"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """To the address only; no password is ever said here."""
        email = customer_email(tracker)
        self._customers().send_password_reset(email, key=effect_key(tracker, self.name(), email))
        dispatcher.utter_message(response="utter_password_link_sent", email=email)
        return {}


class ActionSetNewsletter(MailAction):
    """Subscribe to the newsletter, or leave it."""

    forgets = ("newsletter_wish",)

    def name(self) -> str:
        """The name in the domain."""
        return "action_set_newsletter"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Leaving works at once, subscribing after a click in a mail."""
        email = customer_email(tracker)
        wish = tracker.get_slot("newsletter_wish")
        if wish not in ("on", "off"):
            raise ValueError(f"action_set_newsletter was reached with the wish {wish!r}.")
        key = effect_key(tracker, self.name(), email, wish)
        self._customers().set_newsletter(email, wish == "on", key=key)
        dispatcher.utter_message(response=f"utter_newsletter_{wish}", email=email)
        return {}


class ValidateNewsletterSubscriptionForm(FormValidationAction):
    """Whether the newsletter is wanted or not."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_newsletter_subscription_form"

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """At the beginning, what the request itself wishes."""
        if tracker.get_slot("requested_slot") is None:
            wish = newsletter_wish(tracker.get_slot("request") or "")
            return [SlotSet("newsletter_wish", wish)]
        events: list[EventType] = await super().get_validation_events(dispatcher, tracker, domain)
        return events

    def validate_newsletter_wish(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """`on` or `off`."""
        wish = newsletter_wish(str(value))
        if wish is None:
            return no_answer("newsletter_wish", dispatcher, tracker, response="utter_default")
        return {"newsletter_wish": wish}


class ValidateCreateAccountForm(FormValidationAction):
    """The name of who wants an account."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_create_account_form"

    def validate_account_name(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """A name, or a sentence that says what is wrong with it."""
        name = person_name(str(value))
        if name is None:
            return no_answer("account_name", dispatcher, tracker, response="utter_name_malformed")
        return {"account_name": name}


class ActionSwitchAccount(Action):
    """Forget whose account this was about; who comes next has to show it anew."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_switch_account"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Failed attempts stay counted. Who is signed in on the site can only sign out there."""
        if signed_in(tracker):
            dispatcher.utter_message(response="utter_sign_out_first")
            return []
        dispatcher.utter_message(response="utter_account_switched")
        return emptied("order_id", "email", "known_buyer", *PAUSED)


def newsletter_wish(said: str) -> str | None:
    """`on`, `off`, or `None` where a text says neither."""
    text = said.lower()
    if text in ("on", "off") or JOINS_AGAIN.search(text):
        return "off" if text == "off" else "on"
    if LEAVES.search(text):
        return "off"
    return "on" if JOINS.search(text) else None
