"""Where an order goes, and where parcels should go from now on."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.asking import ServiceAction
from actions.confirming import AgreedAction, AskConfirmed, ConfirmedForm
from actions.identity import customer_email, find_order, owner
from actions.places import completed, lacking, one_line, read_address
from actions.services.customers import CustomerService, customer_service
from actions.services.errors import Reason, ServiceError
from actions.services.facts import Address
from actions.services.orders import Order, OrderService, OrderState, order_service
from actions.slots import Slots
from actions.turn import effect_key
from actions.understanding import no_answer

CHANGEABLE = {OrderState.AWAITING_PAYMENT, OrderState.PLACED, OrderState.PACKING}
"""The states in which nothing of an order has left."""

HOUSE_NUMBER = re.compile(
    r"(?:(?:no|sorry|wait|it'?s|is|the|house|rather|actually|number|nr)\b[\s,.!]*)*"
    r"(?P<n>\d+[a-z]?)[.!]*",
    re.IGNORECASE,
)
"""A correction of nothing but the house number: "no, number 14"."""

SO_FAR = "address_so_far"
"""The slot for a part of an address, and what it lacks."""

logger = logging.getLogger(__name__)


class ValidateChangeShippingAddressForm(ConfirmedForm):
    """A complete address, then a yes to exactly that one, for an order that is still here."""

    slot = "new_address"

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_change_shipping_address_form"

    def changeable(self, order: Order) -> bool:
        """Whether another address would still do anything."""
        return order.state in CHANGEABLE

    def possible(self, tracker: Tracker) -> bool:
        """Nothing is asked of an order that has left."""
        return bool(tracker.get_slot("present_address"))

    def means_other_things(self, tracker: Tracker) -> bool:
        """Five digits are a postcode here; another order's number is written whole."""
        heard = tracker.latest_message.get("entities") or []
        numbers = [str(one["value"]) for one in heard if one.get("entity") == "order_id"]
        if all(number.strip().isdecimal() for number in numbers):
            return False
        return super().means_other_things(tracker)

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Where it goes now, and the address that the request names."""
        begun: Slots = {self.slot: None, "present_address": None, SO_FAR: None}
        try:
            order = find_order(self._orders, tracker)
        except ServiceError:
            logger.exception("An order's address could not be found out; the action tells why.")
            return begun
        if order.address is None or not self.changeable(order):
            return begun
        present = {**order.address.model_dump(), "order_id": order.number}
        request = tracker.get_slot("request") or ""
        told_before = tracker.get_slot(self.slot) or ""  # the topic was left, and is taken up again
        said = self._read(told_before if request[:1] == "/" else request, present)
        return {**begun, "present_address": present, **said}

    def validate_new_address(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """Street and number, postcode, town, in one message or in several; the country is the
        present one unless it is said. "No, number 15" corrects what is to be confirmed."""
        present = tracker.get_slot("present_address") or {}
        told, lacks = tracker.get_slot(SO_FAR) or ("", "")
        tries = [str(value), *completed(told, lacks, str(value)), *_corrected(str(value), tracker)]
        for text in tries:
            if found := self._read(text, present):
                return {**found, SO_FAR: None}
        for text in tries[1::-1] if told else tries[:1]:
            if (open_ := lacking(text)) and open_ != lacks:
                return {self.slot: None, SO_FAR: [text, open_]}
        return {
            SO_FAR: None,
            **no_answer(self.slot, dispatcher, tracker, response="utter_address_incomplete"),
        }

    validate_saved_address = validate_new_address

    def _read(self, said: str, present: Slots) -> Slots:
        found = read_address(said, present.get("name", ""), present.get("country", ""))
        if found is None:
            return {}
        proposal = {
            "order_id": present.get("order_id"),
            "destination": found.model_dump(),
            "address": one_line(found),
        }
        return {self.slot: said, "proposal": proposal, "confirmed": None}


class ValidateSetUpShippingAddressForm(ValidateChangeShippingAddressForm):
    """The same for an account, whatever has become of the order that shows whose it is."""

    slot = "saved_address"

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_set_up_shipping_address_form"

    def changeable(self, order: Order) -> bool:
        """An account may always have another address."""
        return True


class ActionAskNewAddress(Action):
    """Ask where an order should go, or for what is still missing of that."""

    whole: ClassVar[str] = "utter_ask_address_of_order"

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_new_address"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """One question."""
        _, lacks = tracker.get_slot(SO_FAR) or ("", "")
        dispatcher.utter_message(response=f"utter_ask_address_{lacks}" if lacks else self.whole)
        return []


class ActionAskSavedAddress(ActionAskNewAddress):
    """The same for an account."""

    whole = "utter_ask_address_of_account"

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_saved_address"


class ActionAskChangeShippingAddressFormConfirmed(AskConfirmed):
    """Ask for the yes, with the address as it will be written."""

    def name(self) -> str:
        """The form and the slot it asks for."""
        return "action_ask_change_shipping_address_form_confirmed"

    def question(self, proposal: Slots) -> str:
        """See `AskConfirmed`."""
        return "utter_ask_readdress"


class ActionAskSetUpShippingAddressFormConfirmed(AskConfirmed):
    """The same for an account."""

    def name(self) -> str:
        """The form and the slot it asks for."""
        return "action_ask_set_up_shipping_address_form_confirmed"

    def question(self, proposal: Slots) -> str:
        """See `AskConfirmed`."""
        return "utter_ask_save_address"


class ActionChangeShippingAddress(AgreedAction):
    """Send the order elsewhere as agreed; else say why it goes where it went."""

    refused = "utter_cannot_readdress"
    refusals = frozenset(
        {
            Reason.PARTLY_DISPATCHED,
            Reason.ALREADY_DISPATCHED,
            Reason.ALREADY_DELIVERED,
            Reason.ALREADY_RETURNED,
            Reason.ALREADY_CANCELLED,
            Reason.INVALID_ADDRESS,
            Reason.NO_DELIVERY_THERE,
        }
    )
    kept = "utter_address_kept"
    suggests: ClassVar[Mapping[Reason, str]] = {
        Reason.PARTLY_DISPATCHED: "set_up_shipping_address",
        Reason.ALREADY_DISPATCHED: "set_up_shipping_address",
        Reason.ALREADY_DELIVERED: "set_up_shipping_address",
        Reason.ALREADY_RETURNED: "set_up_shipping_address",
        Reason.ALREADY_CANCELLED: "set_up_shipping_address",
    }
    forgets = ("present_address", SO_FAR)

    def name(self) -> str:
        """The name in the domain."""
        return "action_change_shipping_address"

    def do(self, proposal: Slots, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Change it at the shop."""
        number = proposal["order_id"]
        address = Address.model_validate(proposal["destination"])
        key = effect_key(tracker, self.name(), number)
        self._orders().change_address(number, customer_email(tracker), address, key=key)
        dispatcher.utter_message(
            response="utter_readdressed", order_id=number, address=proposal["address"]
        )
        return {}

    def obstacle(self, order: Order) -> Reason | None:
        """What keeps an order from being cancelled keeps it from being sent elsewhere."""
        if order.state in CHANGEABLE:
            return None
        return order.not_cancellable_because or Reason.OTHER


class ActionSaveShippingAddress(ServiceAction):
    """Write the address into the customer's account, as agreed."""

    refused = "utter_cannot_save_address"
    refusals = frozenset({Reason.INVALID_ADDRESS, Reason.NO_DELIVERY_THERE})
    forgets = ("present_address", SO_FAR)

    def __init__(self, customers: Callable[[], CustomerService] = customer_service) -> None:
        self._customers = customers

    def name(self) -> str:
        """The name in the domain."""
        return "action_save_shipping_address"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Save it as the address that new orders take."""
        proposal = tracker.get_slot("proposal") or {}
        if tracker.get_slot("confirmed") is not True or not proposal:
            dispatcher.utter_message(response="utter_address_not_saved")
            return {}
        address = Address.model_validate(proposal["destination"])
        self._customers().save_address(
            owner(tracker), address, key=effect_key(tracker, self.name())
        )
        dispatcher.utter_message(response="utter_address_saved", address=proposal["address"])
        return {}


def _corrected(said: str, tracker: Tracker) -> list[str]:
    """The address that waits for a yes, with what is said in place of its street, or after it."""
    proposal = tracker.get_slot("proposal")
    if tracker.get_slot("requested_slot") != "confirmed" or not proposal:
        return []
    now = Address.model_validate(proposal["destination"])
    if number := HOUSE_NUMBER.fullmatch(said.strip()):
        said = re.sub(r"\d+(?: ?[a-z]\b)?", number["n"], now.street, count=1, flags=re.IGNORECASE)
    return [f"{said}, {now.postcode} {now.city}", f"{now.street}, {said}"]
