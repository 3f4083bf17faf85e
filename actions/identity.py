"""Whose order it is: asked for in one form, for all topics, and looked up at the shop."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.services.customers import CustomerNotFound
from actions.services.errors import ServiceError, TooManyAttempts
from actions.services.identity import Identity
from actions.services.orders import Order, OrderNotFound, OrderService, order_service
from actions.services.reads import TURN_READS
from actions.slots import Slots, as_events, as_slots
from actions.topic import orders_named
from actions.turn import intent_of, turn_of
from actions.understanding import no_answer
from actions.wording import EMAIL, email_address, order_number

CLAIMS = "bespeak_customer"
"""Where a channel puts what a shop's verified token says of a signed-in customer; only a channel
can write there."""

OF_AN_ACCOUNT = {"edit_account", "delete_account"}
"""Topics for which a signed-in customer needs no order."""

MOST_FAILED_LOOKUPS = 3
"""Wrong pairs of number and address per session; after them no order is looked up."""

TOLD_EARLY: Mapping[str, frozenset[str]] = {
    "change_shipping_address": frozenset({"address"}),
    "set_up_shipping_address": frozenset({"address"}),
    "change_order": frozenset({"product", "size", "colour", "quantity"}),
    "get_refund": frozenset({"product", "quantity"}),
}
"""By topic: entities that it needs once it is known whose order it is."""

logger = logging.getLogger(__name__)


def signed_in(tracker: Tracker) -> Identity | None:
    """The customer whom the shop's own site has signed in, if that is so for this message."""
    claims = (tracker.latest_message.get("metadata") or {}).get(CLAIMS) or {}
    email, customer = claims.get("email"), claims.get("customer_id")
    return Identity(email, customer_id=customer) if email and customer else None


def customer_email(tracker: Tracker) -> str:
    """The address that an order is asked for with: the signed-in customer's, else the one said."""
    who = signed_in(tracker)
    return who.email if who else tracker.get_slot("email") or ""


def proof(tracker: Tracker) -> tuple[str, str]:
    """Number and address of the order in hand, which together show whose it is."""
    return tracker.get_slot("order_id") or "", customer_email(tracker)


def find_order(orders: Callable[[], OrderService], tracker: Tracker) -> Order:
    """The order in hand, if it is this customer's. Blocks; raises as `OrderService.find` does."""
    return _found(orders, tracker, *proof(tracker))


def owner(tracker: Tracker) -> Identity:
    """Who the customer has shown to be. Raises `CustomerNotFound` where they have not."""
    if who := signed_in(tracker):
        return who
    number, email = tracker.get_slot("order_id"), tracker.get_slot("email")
    if not number or not email:
        raise CustomerNotFound
    return Identity(email, order_number=number)


class ValidateIdentityForm(FormValidationAction):
    """A number and an address, each well formed, and that they belong together."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_identity_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """Nothing more once the look-up has failed for good; no address of who is signed in."""
        if tracker.get_slot("access") in ("refused", "unavailable"):
            return []
        if signed_in(tracker) and tracker.get_slot("topic") in OF_AN_ACCOUNT:
            return []
        if signed_in(tracker):
            return [slot for slot in domain_slots if slot != "email"]
        return domain_slots

    def validate_order_id(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """An order number as the shop writes it, `CM-10412`."""
        if len(set(orders_named(tracker, intent_of(tracker)))) > 1:
            dispatcher.utter_message(response="utter_one_order_at_a_time")
            return {"order_id": None}
        number = order_number(str(value))
        if number is None and not EMAIL.search(str(value)):
            return _noted("order_id", dispatcher, tracker) or no_answer(
                "order_id", dispatcher, tracker, response="utter_order_id_malformed"
            )
        return {"order_id": number}

    def validate_email(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """An e-mail address, alone."""
        found = email_address(str(value))
        if found is None and order_number(str(value)) is None:
            return _noted("email", dispatcher, tracker) or no_answer(
                "email", dispatcher, tracker, response="utter_email_malformed"
            )
        return {"email": found}

    async def get_validation_events(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[EventType]:
        """The single slots first; then number and address together, at the shop."""
        begins = tracker.get_slot("requested_slot") is None
        if begins and self._locked(tracker):
            tracker.slots["access"] = "refused"
            return as_events({"access": "refused"})
        slots = as_slots(await super().get_validation_events(dispatcher, tracker, domain))
        if slots.keys() & {"order_id", "email"}:
            completed = _with_other_half(tracker)
            tracker.slots.update(completed)
            slots |= completed
        number, email = tracker.get_slot("order_id"), customer_email(tracker)
        if signed_in(tracker) and tracker.get_slot("topic") in OF_AN_ACCOUNT:
            slots["access"] = "granted"  # to the account that the token names, and the action asks
        elif slots.keys() & {"order_id", "email"} and number and email:
            outcome = await self._look_up(number, email, dispatcher, tracker)
            tracker.slots.update(outcome)
            slots |= outcome
        return as_events(slots)

    def _locked(self, tracker: Tracker) -> bool:
        """Whether there were too many wrong pairs for another one to be asked for."""
        wrong = int(tracker.get_slot("failed_lookups") or 0)
        return wrong >= MOST_FAILED_LOOKUPS and not signed_in(tracker)

    async def _look_up(
        self, number: str, email: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Slots:
        attempts = int(tracker.get_slot("failed_lookups") or 0)
        if attempts >= MOST_FAILED_LOOKUPS:
            return {"access": "refused"}
        try:
            order = await asyncio.to_thread(_found, self._orders, tracker, number, email)
        except OrderNotFound:
            attempts += 1
            refused = attempts >= MOST_FAILED_LOOKUPS
            if not refused:
                dispatcher.utter_message(
                    response="utter_order_not_found", order_id=number, email=email
                )
            return {
                "order_id": None,
                "email": None,
                "tried_order": [number, email],
                "failed_lookups": attempts,
                "access": "refused" if refused else None,
            }
        except TooManyAttempts:
            return {"access": "refused", "failed_lookups": MOST_FAILED_LOOKUPS}
        except ServiceError:
            logger.exception("The order service could not be asked.")
            return {"access": "unavailable"}
        return {
            "access": "granted",
            "failed_lookups": 0,
            "order_id": order.number,  # as the shop writes it
            "verified_order": [order.number, email],
        }


def _found(orders: Callable[[], OrderService], tracker: Tracker, number: str, email: str) -> Order:
    """What the shop says of an order: a turn that checks whose it is and then tells of it asks
    once."""
    service = orders()
    return TURN_READS.once(
        turn_of(tracker), service, (number, email), lambda: service.find(number, email)
    )


def _noted(slot: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """What slots become where the answer tells something else that the topic needs later: it joins
    the request. Nothing where it does not."""
    needed = TOLD_EARLY.get(tracker.get_slot("topic") or "", frozenset())
    heard = tracker.latest_message.get("entities") or []
    if not needed & {entity.get("entity") for entity in heard}:
        return {}
    dispatcher.utter_message(response="utter_noted")
    said = [tracker.get_slot("request") or "", tracker.latest_message.get("text") or ""]
    request = "\n".join(text for text in said if text and not text.startswith("/"))
    return {slot: None, "request": request}


def _with_other_half(tracker: Tracker) -> Slots:
    """After a wrong pair, a new number goes with the old address, or a new address with the old
    number, since that is the half which was corrected."""
    number, email = tracker.get_slot("order_id"), customer_email(tracker)
    tried_number, tried_email = tracker.get_slot("tried_order") or (None, None)
    if tried_number and email and not number and email != tried_email:
        return {"order_id": tried_number}
    if tried_email and number and not email and number != tried_number:
        return {"email": tried_email}
    return {}
