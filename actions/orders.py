"""Orders: tell where one is, and cancel one."""

import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import ClassVar

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import ServiceAction
from actions.confirming import AgreedAction, AskConfirmed, ConfirmedForm
from actions.identity import customer_email, find_order
from actions.services.errors import Reason, ServiceError
from actions.services.orders import Order, OrderService, OrderState, order_service
from actions.services.shipping import ShippingService, shipping_service
from actions.shipping import late, tell_parcels, under_way, waiting
from actions.slots import Slots
from actions.topic import PAUSED
from actions.turn import effect_key
from actions.wording import joined, money, parcel, summary

CANNOT_CANCEL = frozenset(
    {
        Reason.PARTLY_DISPATCHED,
        Reason.ALREADY_DISPATCHED,
        Reason.ALREADY_DELIVERED,
        Reason.ALREADY_RETURNED,
        Reason.ALREADY_CANCELLED,
        Reason.AMOUNT_CHANGED,
    }
)
"""The reasons that have a response of their own, `utter_cannot_cancel_<reason>`."""

ENDS_WITH_IT = {"change_order", "change_shipping_address", "check_cancellation_fee"}
"""Topics that make no sense of an order once it is cancelled."""

logger = logging.getLogger(__name__)


class ActionTrackOrder(ServiceAction):
    """Tell where an order is, to the person it belongs to."""

    def __init__(
        self,
        orders: Callable[[], OrderService] = order_service,
        shipping: Callable[[], ShippingService] = shipping_service,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._orders = orders
        self._shipping = shipping
        self._today = today

    def name(self) -> str:
        """The name in the domain."""
        return "action_track_order"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """One sentence for each state, another where a parcel is late, then the parcels."""
        order = find_order(self._orders, tracker)
        response = f"utter_order_{order.state}"
        if order.state is OrderState.DISPATCHED and late(order, self._today()):
            response += "_late"
        elif order.state is OrderState.PARTLY_DISPATCHED and not under_way(order):
            response += "_and_come"
        dispatcher.utter_message(
            response=response,
            order_id=order.number,
            goods=summary(order),
            parcels=joined([parcel(shipment) for shipment in under_way(order)]),
            waiting=joined(waiting(order)),
            link=order.payment_url,
        )
        tell_parcels(order, dispatcher, self._shipping)
        tell_refund(order, dispatcher)
        return {}


class ActionTellCancellationFee(ServiceAction):
    """Tell what cancelling this order would cost now."""

    refused = "utter_cannot_cancel"
    refusals = CANNOT_CANCEL

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_cancellation_fee"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The fee and what would come back, or why it can't be cancelled."""
        order = find_order(self._orders, tracker)
        if not order.cancellable:
            why_not = self.refusal(order.not_cancellable_because)
            dispatcher.utter_message(response=why_not, order_id=order.number)
            return {}
        fee = order.cancellation_fee_cents
        dispatcher.utter_message(
            response="utter_cancellation_costs" if fee else "utter_cancellation_is_free",
            order_id=order.number,
            fee=money(fee, order.currency),
        )
        return {"suggested_topic": "cancel_order"}


class ValidateCancelOrderForm(ConfirmedForm):
    """Asks for a yes to the exact cancellation, where there is something to cancel."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_cancel_order_form"

    def possible(self, tracker: Tracker) -> bool:
        """No yes is asked where nothing can be cancelled."""
        return bool(tracker.get_slot("proposal"))

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """What the cancellation would mean, so that it can be told."""
        return {"proposal": self._propose(tracker)}

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


class ActionAskCancelOrderFormConfirmed(AskConfirmed):
    """Ask for the yes, with the order and the fee."""

    def name(self) -> str:
        """The form and the slot it asks for."""
        return "action_ask_cancel_order_form_confirmed"

    def question(self, proposal: Slots) -> str:
        """Where it costs something, that is said."""
        return "utter_ask_cancel_for_a_fee" if proposal.get("fee_cents") else "utter_ask_cancel"


class ActionCancelOrder(AgreedAction):
    """Cancel an order, after the customer's yes; else say why it stays."""

    refused = "utter_cannot_cancel"
    refusals = CANNOT_CANCEL
    unsure = "utter_cancellation_unsure"
    kept = "utter_order_kept"
    suggests: ClassVar[Mapping[Reason, str]] = {Reason.ALREADY_DELIVERED: "get_refund"}

    def name(self) -> str:
        """The name in the domain."""
        return "action_cancel_order"

    def do(self, proposal: Slots, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Cancel at the shop, for no other fee than was told. Nothing else is left to be done to
        the order then."""
        number = proposal["order_id"]
        order = self._orders().cancel(
            number,
            customer_email(tracker),
            key=effect_key(tracker, self.name(), number),
            fee_cents=proposal["fee_cents"],
        )
        dispatcher.utter_message(response="utter_order_cancelled_now", order_id=order.number)
        tell_refund(order, dispatcher)
        of_it = tracker.get_slot("paused_order") == order.number
        settled = of_it and tracker.get_slot("paused_topic") in ENDS_WITH_IT
        return dict.fromkeys(PAUSED) if settled else {}

    def obstacle(self, order: Order) -> Reason | None:
        """See `AgreedAction`."""
        return order.not_cancellable_because


def tell_refund(order: Order, dispatcher: CollectingDispatcher) -> None:
    """Say what money is on its way back, if any is."""
    if order.refund is not None:
        refund = money(order.refund.amount_cents, order.currency)
        dispatcher.utter_message(response="utter_refund", refund=refund)
