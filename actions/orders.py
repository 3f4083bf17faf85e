"""Orders: tell where one is, cancel one, and check first whose it is."""

import asyncio
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.services.errors import ServiceError
from actions.services.orders import (
    CannotCancel,
    Order,
    OrderNotFound,
    OrderService,
    OrderState,
    Shipment,
    order_service,
)
from actions.turn import effect_key

LOCALE = "en_GB"
MOST_FAILED_LOOKUPS = 3
"""Wrong pairs of number and address per session; after them no order is looked up."""

ORDER_NUMBER = re.compile(r"(?<![\w-])(?:CM[\s-]{0,2})?(\d{5})(?![\w-])", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
CANNOT_CANCEL = {
    "partly_dispatched",
    "already_dispatched",
    "already_delivered",
    "already_returned",
    "already_cancelled",
}
"""The reasons that have a response of their own, `utter_cannot_cancel_<reason>`."""

logger = logging.getLogger(__name__)

Slots = dict[str, Any]


class OrderFormValidation(FormValidationAction, ABC):
    """What both order forms check: a number, an address, and that they belong together."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    @abstractmethod
    def name(self) -> str:
        """The form's name after `validate_`."""

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """Nothing more is asked once the look-up has failed for good."""
        failed = tracker.get_slot("order_access") in ("refused", "unavailable")
        return [] if failed else domain_slots

    def validate_order_id(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """An order number as the shop writes it, `CM-10412`."""
        said = {order_number(found) for found in tracker.get_latest_entity_values("order_id")}
        if len(said - {None}) > 1:
            dispatcher.utter_message(response="utter_one_order_at_a_time")
            return {"order_id": None}
        number = order_number(str(value))
        if number is None and not EMAIL.search(str(value)):
            dispatcher.utter_message(response="utter_order_id_malformed")
        return {"order_id": number}

    def validate_email(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """An e-mail address, alone."""
        found = EMAIL.search(str(value))
        if found is None and order_number(str(value)) is None:
            dispatcher.utter_message(response="utter_email_malformed")
        return {"email": found[0].lower() if found else None}

    async def get_validation_events(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[EventType]:
        """The single slots first; then number and address together, at the shop."""
        events = await super().get_validation_events(dispatcher, tracker, domain)
        slots: Slots = {event["name"]: event["value"] for event in events}
        pair = [tracker.get_slot("order_id"), tracker.get_slot("email")]
        asks_to_confirm = tracker.get_slot("requested_slot") == "confirm_cancellation"
        unchanged = asks_to_confirm and pair == tracker.get_slot("checked_order")
        if slots.keys() & {"order_id", "email"} and all(pair) and not unchanged:
            outcome = await self._look_up(pair[0], pair[1], dispatcher, tracker)
            tracker.slots.update(outcome)
            slots |= outcome
        return [SlotSet(name, value) for name, value in slots.items()]

    async def _look_up(
        self, number: str, email: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Slots:
        failed = int(tracker.get_slot("failed_lookups") or 0)
        if failed >= MOST_FAILED_LOOKUPS:
            return {"order_access": "refused"}
        try:
            order = await asyncio.to_thread(self._orders().find, number, email)
        except OrderNotFound:
            failed += 1
            refused = failed >= MOST_FAILED_LOOKUPS
            if not refused:
                dispatcher.utter_message(
                    response="utter_order_not_found", order_id=number, email=email
                )
            return {
                "order_id": None,
                "email": None,
                "failed_lookups": failed,
                "order_access": "refused" if refused else None,
            }
        except ServiceError:
            logger.exception("The order service could not be asked.")
            return {"order_access": "unavailable"}
        return {
            "order_access": "granted",
            "failed_lookups": 0,
            "checked_order": [number, email],
            "order_summary": summary(order),
            "order_cancellable": order.cancellable,
            "confirm_cancellation": None,
        }


class ValidateTrackOrderForm(OrderFormValidation):
    """The form of an order's status."""

    def name(self) -> str:
        """See `OrderFormValidation`."""
        return "validate_track_order_form"


class ValidateCancelOrderForm(OrderFormValidation):
    """The form of a cancellation, which asks for a yes where there is something to cancel."""

    def name(self) -> str:
        """See `OrderFormValidation`."""
        return "validate_cancel_order_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """No yes is asked for an order that can't be cancelled any more."""
        required = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        too_late = tracker.get_slot("order_cancellable") is False
        if tracker.get_slot("order_access") == "granted" and too_late:
            return [slot for slot in required if slot != "confirm_cancellation"]
        return required

    def validate_confirm_cancellation(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """A yes counts only as the answer to our question, never one from before."""
        asked = tracker.get_slot("requested_slot") == "confirm_cancellation"
        return {"confirm_cancellation": value if asked and isinstance(value, bool) else None}


class ActionTrackOrder(Action):
    """Tell where an order is, to the person it belongs to."""

    def __init__(
        self,
        orders: Callable[[], OrderService] = order_service,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._orders = orders
        self._today = today

    def name(self) -> str:
        """The name in `domain.yml`."""
        return "action_track_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """One sentence for each state, another where a parcel is late."""
        number, email = tracker.get_slot("order_id"), tracker.get_slot("email")
        try:
            order = await asyncio.to_thread(self._orders().find, number or "", email or "")
        except OrderNotFound:
            dispatcher.utter_message(response="utter_order_not_found")
        except ServiceError:
            logger.exception("The order service could not be asked.")
            dispatcher.utter_message(response="utter_service_unavailable")
        else:
            self._tell(order, dispatcher)
        return [SlotSet("order_access", None)]

    def _tell(self, order: Order, dispatcher: CollectingDispatcher) -> None:
        under_way = [
            parcel
            for parcel in order.shipments
            if parcel.dispatched_at is not None and parcel.delivered_at is None
        ]
        late = any(
            parcel.expected_on is not None and parcel.expected_on < self._today()
            for parcel in under_way
        )
        response = f"utter_order_{order.state}"
        if late and order.state is OrderState.DISPATCHED:
            response += "_late"
        dispatcher.utter_message(
            response=response,
            order_id=order.number,
            goods=summary(order),
            parcels=joined([described(parcel) for parcel in under_way]),
            waiting=joined(
                [
                    product
                    for parcel in order.shipments
                    if parcel.dispatched_at is None
                    for product in parcel.products
                ]
            ),
        )
        tell_refund(order, dispatcher)


class ActionCancelOrder(Action):
    """Cancel an order, after the customer's yes."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The name in `domain.yml`."""
        return "action_cancel_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Cancel at the shop, once, and say what came of it."""
        number, email = tracker.get_slot("order_id"), tracker.get_slot("email")
        if tracker.get_slot("confirm_cancellation") is not True or not number or not email:
            logger.error("action_cancel_order was reached without a yes; nothing is cancelled.")
            dispatcher.utter_message(response="utter_order_kept")
            return forgotten()
        key = effect_key(tracker, self.name(), number)
        try:
            order = await asyncio.to_thread(self._orders().cancel, number, email, key=key)
        except OrderNotFound:
            dispatcher.utter_message(response="utter_order_not_found")
        except CannotCancel as refusal:
            dispatcher.utter_message(response=cannot_cancel(refusal.reason))
        except ServiceError:
            logger.exception("The cancellation may or may not have happened.")
            dispatcher.utter_message(response="utter_cancellation_unsure")
        else:
            dispatcher.utter_message(response="utter_order_cancelled_now", order_id=order.number)
            tell_refund(order, dispatcher)
        return forgotten()


class ActionExplainNoCancellation(Action):
    """Say why an order can't be cancelled any more, and what can be done instead."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The name in `domain.yml`."""
        return "action_explain_no_cancellation"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """The reason is the shop's; the sentence for it is in `domain.yml`."""
        number, email = tracker.get_slot("order_id"), tracker.get_slot("email")
        try:
            order = await asyncio.to_thread(self._orders().find, number or "", email or "")
        except OrderNotFound:
            dispatcher.utter_message(response="utter_order_not_found")
        except ServiceError:
            logger.exception("The order service could not be asked.")
            dispatcher.utter_message(response="utter_service_unavailable")
        else:
            dispatcher.utter_message(response=cannot_cancel(order.not_cancellable_because or ""))
        return forgotten()


class ActionForgetOrder(Action):
    """Put the order in hand aside; who the customer is stays known for this session."""

    def name(self) -> str:
        """The name in `domain.yml`."""
        return "action_forget_order"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Nothing is said. "No, CM-10490" names the order that is in hand from now on."""
        corrected = tracker.latest_message.get("intent", {}).get("name") == "other_order"
        named = tracker.get_latest_entity_values("order_id") if corrected else []
        numbers = [order_number(found) for found in named]
        return [*forgotten(), *(SlotSet("order_id", number) for number in numbers[-1:])]


class ActionForgetLookup(Action):
    """Forget what came of the last look-up, so that the same order can be tried again."""

    def name(self) -> str:
        """The name in `domain.yml`."""
        return "action_forget_lookup"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Nothing is said."""
        return [SlotSet("order_access", None), SlotSet("confirm_cancellation", None)]


def forgotten() -> list[EventType]:
    """The slots of the order in hand, emptied."""
    return [
        SlotSet(slot, None)
        for slot in (
            "order_id",
            "order_access",
            "checked_order",
            "order_summary",
            "order_cancellable",
            "confirm_cancellation",
        )
    ]


def order_number(said: str) -> str | None:
    """`CM-10412` for "cm 10412", "CM10412" or "10412"; `None` for anything else."""
    found = ORDER_NUMBER.search(said)
    return f"CM-{found[1]}" if found else None


def cannot_cancel(reason: str) -> str:
    """The response for a reason."""
    return f"utter_cannot_cancel_{reason}" if reason in CANNOT_CANCEL else "utter_cannot_cancel"


def summary(order: Order) -> str:
    """What is in an order, as one would say it: "2 × Aurora desk lamp and 1 × …"."""
    return joined([f"{line.quantity} × {line.product}" for line in order.lines])


def described(parcel: Shipment) -> str:
    """A parcel in half a sentence."""
    if parcel.expected_on is None:
        return f"{parcel.carrier} {parcel.tracking_number}"
    day = format_date(parcel.expected_on, "EEEE d MMMM", locale=LOCALE)
    return f"{parcel.carrier} {parcel.tracking_number}, expected on {day}"


def tell_refund(order: Order, dispatcher: CollectingDispatcher) -> None:
    """Say what money is on its way back, if any is."""
    if order.refund is not None:
        amount = order.refund.amount_cents / 100
        money = format_currency(amount, order.currency, locale=LOCALE)
        dispatcher.utter_message(response="utter_refund", refund=money)


def joined(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
