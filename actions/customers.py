"""Accounts of customers who have shown that they are theirs: changing one, having one deleted."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import phonenumbers
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.asking import ServiceAction
from actions.confirming import ConfirmedForm
from actions.identity import signed_in
from actions.services.customers import (
    CustomerChange,
    CustomerNotFound,
    CustomerService,
    customer_service,
)
from actions.services.errors import Reason
from actions.services.identity import Identity
from actions.slots import Slots
from actions.topic import no_answer
from actions.turn import effect_key
from actions.wording import day, email_address

Customers = Callable[[], CustomerService]

FIELDS = {
    "password": re.compile(r"\b(?:password|pw)\b"),
    "birthday": re.compile(r"\bbirth"),
    "email": re.compile(r"\be-?mail\b"),
    "phone": re.compile(r"\b(?:tele)?phone\b|\bmobile\b|\bcell\b|\bnumber\b"),
    "address": re.compile(r"\baddress\b|\bstreet\b|\bmoved\b"),
    "name": re.compile(r"name\b|\bmarried\b|\bspel"),
}
"""Words by which one says what should be changed, the more telling first."""

CHANGEABLE = ("name", "phone", "email")
LONGEST_NAME = 100


class ValidateEditAccountForm(ConfirmedForm):
    """Which of name, phone and e-mail should be changed, to what, and a yes to exactly that."""

    takes_earlier_answers = True

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_edit_account_form"

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """What the request itself says should be changed."""
        request = tracker.get_slot("request") or ""
        return {"account_field": None if request[:1] == "/" else account_field(request)}

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """Only the new value of what is to be changed; nothing where it can't be changed here."""
        field = account_field(tracker.get_slot("account_field") or "")
        if field is None:
            return ["account_field", *(f"new_{each}" for each in CHANGEABLE)]
        return ["account_field", f"new_{field}", "confirmed"] if field in CHANGEABLE else []

    def validate_account_field(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """A word for what an account holds."""
        field = account_field(str(value))
        if field is None:
            unknown = "utter_account_field_unknown"
            return no_answer("account_field", dispatcher, tracker, response=unknown)
        return {"account_field": field}

    def validate_new_name(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """A name, or a sentence that says what is wrong with it."""
        name = person_name(full_name(str(value), tracker.get_slot("request") or ""))
        if name is None:
            return no_answer("new_name", dispatcher, tracker, response="utter_name_malformed")
        return _new("name", name)

    def validate_new_phone(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """A number with its country's code, since nobody can tell the country otherwise."""
        number = international(str(value))
        if number is None:
            return no_answer("new_phone", dispatcher, tracker, response="utter_phone_malformed")
        return _new("phone", number)

    def validate_new_email(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """An e-mail address."""
        email = email_address(str(value))
        if email is None:
            return no_answer("new_email", dispatcher, tracker, response="utter_email_malformed")
        return _new("email", email)


class ValidateDeleteAccountForm(ConfirmedForm):
    """A yes to the deletion."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_delete_account_form"


class ActionEditAccount(ServiceAction):
    """Change the account, after the customer's yes."""

    refused = "utter_cannot_edit"
    refusals = frozenset(
        {
            Reason.INVALID_EMAIL,
            Reason.INVALID_PHONE,
            Reason.DELETION_REQUESTED,
            Reason.NOT_SUPPORTED,
        }
    )
    unsure = "utter_edit_unsure"
    forgets = ("account_field", "account_change", "new_name", "new_phone", "new_email", "confirmed")

    def __init__(self, customers: Customers = customer_service) -> None:
        self._customers = customers

    def name(self) -> str:
        """The name in the domain."""
        return "action_edit_account"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Mapping[str, Any]:
        """A new e-mail address counts only after a click in the mail sent there."""
        field = str(tracker.get_slot("account_field"))
        if field not in CHANGEABLE:
            dispatcher.utter_message(response=f"utter_edit_elsewhere_{field}")
            return {}
        value = tracker.get_slot(f"new_{field}")
        if tracker.get_slot("confirmed") is not True or not value:
            dispatcher.utter_message(response="utter_account_kept")
            return {}
        changed = self._customers().update(
            owner(tracker),
            CustomerChange.model_validate({field: value}),
            key=effect_key(tracker, self.name(), field),
        )
        dispatcher.utter_message(
            response=f"utter_{field}_changed",
            name=changed.name,
            phone=international(changed.phone) or changed.phone,
            email=changed.pending_email or changed.email,
            old_email=changed.email,
        )
        return {}


class ActionDeleteAccount(ServiceAction):
    """Have the account deleted, after the customer's yes."""

    refused = "utter_cannot_delete"
    refusals = frozenset({Reason.OPEN_ORDERS, Reason.NOT_SUPPORTED})
    unsure = "utter_deletion_unsure"
    forgets = ("confirmed",)

    def __init__(self, customers: Customers = customer_service) -> None:
        self._customers = customers

    def name(self) -> str:
        """The name in the domain."""
        return "action_delete_account"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Mapping[str, Any]:
        """The day on which it goes, and how to keep it."""
        if tracker.get_slot("confirmed") is not True:
            dispatcher.utter_message(response="utter_account_kept")
            return {}
        leaving = self._customers().request_deletion(
            owner(tracker), key=effect_key(tracker, self.name())
        )
        dispatcher.utter_message(
            response="utter_deletion_requested",
            email=leaving.email,
            deletion=day(leaving.deletion_on) if leaving.deletion_on else "",
        )
        return {}


def owner(tracker: Tracker) -> Identity:
    """Who the customer has shown to be. Raises `CustomerNotFound` where they have not."""
    if who := signed_in(tracker):
        return who
    number, email = tracker.get_slot("order_id"), tracker.get_slot("email")
    if not number or not email:
        raise CustomerNotFound
    return Identity(email, order_number=number)


def person_name(said: str) -> str | None:
    """A name with single blanks; `None` for what is too long, or has digits, to be one."""
    name = " ".join(said.split()).removeprefix("my name is ").removeprefix("My name is ")
    fits = 0 < len(name) <= LONGEST_NAME and not any(letter.isdecimal() for letter in name)
    return name if fits and "@" not in name else None


def full_name(part: str, said: str) -> str:
    """The name that `part` belongs to in what was said: its capitalised neighbours with it."""
    words = said.split()
    last = part.split()[-1:]
    place = next((i for i, word in enumerate(words) if [word.strip(".,!")] == last), None)
    if place is None:
        return part
    first = place
    while first > 0 and words[first - 1][:1].isupper():
        first -= 1
    return max(part, " ".join(words[first : place + 1]).strip(".,!"), key=len)


def account_field(said: str) -> str | None:
    """What of an account a text is about: `name`, `phone`, `email`, or what is kept elsewhere."""
    text = email_free(said.lower())
    return next((field for field, word in FIELDS.items() if word.search(text)), None)


def email_free(text: str) -> str:
    """The text without the address that may stand in it: "phone@shop.example" is no phone."""
    address = email_address(text)
    return text.replace(address, " ") if address else text


def international(said: str) -> str | None:
    """The number as the world writes it, "+44 20 7946 0958"; `None` without a country's code."""
    try:
        number = phonenumbers.parse(said, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    written: str = phonenumbers.format_number(number, form)
    return written


def _new(field: str, value: str) -> Slots:
    words = {"name": "name", "phone": "phone number", "email": "e-mail address"}
    change = f"{words[field]} to {value}"
    return {f"new_{field}": value, "account_field": field, "account_change": change}
