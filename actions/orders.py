"""Orders: tell where one is, and cancel one."""

import asyncio
import logging
from collections.abc import Callable
from datetime import date
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.identity import customer_email, find_order
from actions.services.errors import Reason, ServiceError
from actions.services.orders import (
    CannotCancel,
    Order,
    OrderNotFound,
    OrderService,
    OrderState,
    order_service,
)
from actions.turn import effect_key
from actions.wording import joined, money, order_number, parcel, summary

CANNOT_CANCEL = {
    Reason.PARTLY_DISPATCHED,
    Reason.ALREADY_DISPATCHED,
    Reason.ALREADY_DELIVERED,
    Reason.ALREADY_RETURNED,
    Reason.ALREADY_CANCELLED,
    Reason.AMOUNT_CHANGED,
}
"""The reasons that have a response of their own, `utter_cannot_cancel_<reason>`."""

logger = logging.getLogger(__name__)

Slots = dict[str, Any]


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
        """The name in the domain."""
        return "action_track_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """One sentence for each state, another where a parcel is late."""
        try:
            order = await asyncio.to_thread(find_order, self._orders, tracker)
        except OrderNotFound:
            dispatcher.utter_message(response="utter_order_not_found")
        except ServiceError:
            logger.exception("The order service could not be asked.")
            dispatcher.utter_message(response="utter_service_unavailable")
        else:
            self._tell(order, dispatcher)
        return []

    def _tell(self, order: Order, dispatcher: CollectingDispatcher) -> None:
        under_way = [
            shipment
            for shipment in order.shipments
            if shipment.dispatched_at is not None and shipment.delivered_at is None
        ]
        late = any(
            shipment.expected_on is not None and shipment.expected_on < self._today()
            for shipment in under_way
        )
        response = f"utter_order_{order.state}"
        if late and order.state is OrderState.DISPATCHED:
            response += "_late"
        dispatcher.utter_message(
            response=response,
            order_id=order.number,
            goods=summary(order),
            parcels=joined([parcel(shipment) for shipment in under_way]),
            waiting=joined(
                [
                    product
                    for shipment in order.shipments
                    if shipment.dispatched_at is None
                    for product in shipment.products
                ]
            ),
            link=order.payment_url,
        )
        tell_refund(order, dispatcher)


class ValidateCancelOrderForm(FormValidationAction):
    """Asks for a yes to the exact cancellation, where there is something to cancel."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_cancel_order_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """No yes is asked where nothing can be cancelled: the action says why."""
        return domain_slots if tracker.get_slot("proposal") else []

    async def get_validation_events(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[EventType]:
        """At the beginning: what the cancellation would mean, so that it can be told."""
        if tracker.get_slot("requested_slot") is not None:
            return await super().get_validation_events(dispatcher, tracker, domain)
        proposal = await asyncio.to_thread(self._propose, tracker)
        tracker.slots["proposal"] = proposal
        return [SlotSet("proposal", proposal), SlotSet("confirmed", None)]

    def _propose(self, tracker: Tracker) -> Slots | None:
        try:
            order = find_order(self._orders, tracker)
        except ServiceError:
            logger.exception("What a cancellation means could not be found out.")
            return None
        if not order.cancellable:
            return None
        return {
            "order_id": order.number,
            "goods": summary(order),
            "fee_cents": order.cancellation_fee_cents,
            "fee": money(order.cancellation_fee_cents, order.currency),
        }

    def validate_confirmed(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """See `confirmation`."""
        return confirmation(value, dispatcher, tracker)


class ActionAskCancelOrderFormConfirmed(Action):
    """Ask for the yes, with the order and the fee."""

    def name(self) -> str:
        """The form and the slot it asks for."""
        return "action_ask_cancel_order_form_confirmed"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Where it costs something, that is said."""
        proposal = tracker.get_slot("proposal") or {}
        costs = "_for_a_fee" if proposal.get("fee_cents") else ""
        dispatcher.utter_message(response=f"utter_ask_cancel{costs}", **proposal)
        return []


class ActionCancelOrder(Action):
    """Cancel an order, after the customer's yes; else say why it stays."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The name in the domain."""
        return "action_cancel_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Cancel at the shop, once, and say what came of it."""
        proposal = tracker.get_slot("proposal") or {}
        number = tracker.get_slot("order_id")
        if proposal and tracker.get_slot("confirmed") is not True:
            dispatcher.utter_message(response="utter_order_kept")
            return []
        try:
            if not proposal or proposal.get("order_id") != number:
                order = await asyncio.to_thread(find_order, self._orders, tracker)
                explain(order, dispatcher)
                return []
            order = await asyncio.to_thread(
                self._orders().cancel,
                number,
                customer_email(tracker),
                key=effect_key(tracker, self.name(), number),
                fee_cents=proposal["fee_cents"],
            )
        except OrderNotFound:
            dispatcher.utter_message(response="utter_order_not_found")
        except CannotCancel as refusal:
            dispatcher.utter_message(response=cannot_cancel(refusal.reason))
        except ServiceError as error:
            logger.exception("An order could not be cancelled.")
            unsure = getattr(error, "maybe_done", False)
            dispatcher.utter_message(
                response="utter_cancellation_unsure" if unsure else "utter_service_unavailable"
            )
        else:
            dispatcher.utter_message(response="utter_order_cancelled_now", order_id=order.number)
            tell_refund(order, dispatcher)
        return []


def confirmation(value: object, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """What `confirmed` becomes. A yes counts only as the answer to our last question, about the
    order it was asked for: not one from before, to another offer, or with another number."""
    if tracker.get_slot("requested_slot") != "confirmed" or not isinstance(value, bool):
        return {"confirmed": None}
    if tracker.get_slot("offered") not in (None, "nothing"):
        return {"confirmed": None, "offered": "nothing"}
    named = {order_number(said) for said in tracker.get_latest_entity_values("order_id")}
    if value and named - {None, tracker.get_slot("order_id")}:
        dispatcher.utter_message(response="utter_about_this_order")
        return {"confirmed": None}
    return {"confirmed": value}


def explain(order: Order, dispatcher: CollectingDispatcher) -> None:
    """Say why an order can't be cancelled, or that nothing has happened to one that can."""
    if order.cancellable:
        dispatcher.utter_message(response="utter_order_kept")
    else:
        dispatcher.utter_message(response=cannot_cancel(order.not_cancellable_because))


def cannot_cancel(reason: Reason | None) -> str:
    """The response for a reason."""
    return f"utter_cannot_cancel_{reason}" if reason in CANNOT_CANCEL else "utter_cannot_cancel"


def tell_refund(order: Order, dispatcher: CollectingDispatcher) -> None:
    """Say what money is on its way back, if any is."""
    if order.refund is not None:
        refund = money(order.refund.amount_cents, order.currency)
        dispatcher.utter_message(response="utter_refund", refund=refund)
