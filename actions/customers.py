"""Accounts of customers who have shown that they are theirs: changing one, having one deleted."""

from collections.abc import Callable

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.asking import ServiceAction
from actions.confirming import ConfirmedForm
from actions.details import account_field, full_name, international, person_name
from actions.identity import customer_email, owner
from actions.services.customers import (
    CustomerChange,
    CustomerService,
    customer_service,
)
from actions.services.errors import Reason
from actions.slots import Slots
from actions.turn import effect_key
from actions.understanding import no_answer
from actions.wording import day, email_address

Customers = Callable[[], CustomerService]

CHANGEABLE = ("name", "phone", "email")


class ValidateEditAccountForm(ConfirmedForm):
    """Which of name, phone and e-mail should be changed, to what, and a yes to exactly that."""

    takes_earlier_answers = True

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_edit_account_form"

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """What the request itself says should be changed."""
        request = tracker.get_slot("request") or ""
        field = None if request[:1] == "/" else account_field(request)
        told = email_address(request) if field == "email" else None
        if told and told != customer_email(tracker):
            return _new("email", told)
        return {"account_field": field}

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
        """A name, or a sentence that says what is wrong with it.

        Where half of it was found in the request, or in the answer, the other half goes along.
        """
        told = full_name(str(value), tracker.get_slot("request") or "")
        name = person_name(full_name(told, tracker.latest_message.get("text") or ""))
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

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """A new e-mail address counts only after a click in the mail sent there."""
        # As it was said, where nothing is asked.
        field = account_field(str(tracker.get_slot("account_field") or ""))
        if field is None:
            dispatcher.utter_message(response="utter_account_kept")
            return {}
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

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
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


def _new(field: str, value: str) -> Slots:
    words = {"name": "name", "phone": "phone number", "email": "e-mail address"}
    change = f"{words[field]} to {value}"
    return {f"new_{field}": value, "account_field": field, "account_change": change}
