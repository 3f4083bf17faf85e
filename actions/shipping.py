"""Parcels: what their carriers say of them, and when they come."""

import logging
import re
from collections.abc import Callable
from datetime import date

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import ServiceAction
from actions.identity import customer_email, find_order
from actions.services.errors import ServiceError
from actions.services.orders import Order, OrderService, OrderState, Shipment, order_service
from actions.services.shipping import ParcelState, ShippingService, Tracking
from actions.slots import Slots
from actions.wording import day, joined

ABOUT_PARCELS = re.compile(r"deliver|ship|parcel|packag|order|arriv|post|carrier", re.IGNORECASE)

PERIODS = {
    "complaint": "utter_answer_period",
    "review": "utter_answer_period",
    "contact_human_agent": "utter_answer_period",
    "cancel_order": "utter_refund_period",
    "get_refund": "utter_refund_period",
    "track_refund": "utter_refund_period",
    "create_account": "utter_mail_period",
    "recover_password": "utter_mail_period",
    "registration_problems": "utter_mail_period",
}
"""By the topic that was talked of: what else there is to wait for."""

logger = logging.getLogger(__name__)


class ActionTellDeliveryPeriod(ServiceAction):
    """How long parcels take; of an order that was shown to be the customer's, when they come."""

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_delivery_period"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The rule always; the order's own days where there are any. Who has just complained does
        not ask about parcels with "how long does that take?"."""
        topic = tracker.get_slot("topic") or tracker.get_slot("last_topic")
        said = str(tracker.latest_message.get("text") or "")
        if topic in PERIODS and not ABOUT_PARCELS.search(said) and said[:1] != "/":
            dispatcher.utter_message(response=PERIODS[topic])
            return {}
        dispatcher.utter_message(response="utter_delivery_period")
        if tracker.get_slot("verified_order") != [
            tracker.get_slot("order_id"),
            customer_email(tracker),
        ]:
            return {}
        order = find_order(self._orders, tracker)
        days = [day(one.expected_on) for one in order.shipments if one.expected_on is not None]
        if days and order.state not in (OrderState.DELIVERED, OrderState.CANCELLED):
            dispatcher.utter_message(
                response="utter_delivery_expected",
                order_id=order.number,
                days=joined(list(dict.fromkeys(days))),
            )
        return {}


def under_way(order: Order) -> list[Shipment]:
    """The parcels that have left and have not come."""
    return [
        shipment
        for shipment in order.shipments
        if shipment.dispatched_at is not None and shipment.delivered_at is None
    ]


def waiting(order: Order) -> list[str]:
    """The products that have not left."""
    return [
        product
        for shipment in order.shipments
        if shipment.dispatched_at is None
        for product in shipment.products
    ]


def late(order: Order, today: date) -> bool:
    """Whether a parcel should have come before today."""
    return any(
        shipment.expected_on is not None and shipment.expected_on < today
        for shipment in under_way(order)
    )


def tell_parcels(
    order: Order, dispatcher: CollectingDispatcher, shipping: Callable[[], ShippingService]
) -> None:
    """Say where each parcel under way was seen last; a carrier that is silent is left out.

    What the order itself says has been told by then, so nothing is missing without it.
    """
    for shipment in under_way(order):
        try:
            seen = shipping().track(shipment.tracking_number, carrier=shipment.carrier)
        except ServiceError:
            logger.warning("A parcel could not be followed.", exc_info=True)
            dispatcher.utter_message(response="utter_parcel_unknown", carrier=shipment.carrier)
        else:
            _tell(seen, dispatcher)


def _tell(seen: Tracking, dispatcher: CollectingDispatcher) -> None:
    if not seen.checkpoints:
        return
    last = seen.checkpoints[-1]
    if seen.state is ParcelState.IN_TRANSIT and not last.place:
        return
    dispatcher.utter_message(
        response=f"utter_parcel_{seen.state}",
        carrier=seen.carrier,
        number=seen.tracking_number,
        place=last.place,
        day=day(last.at.date()),
    )
    if seen.url:
        dispatcher.utter_message(response="utter_parcel_link", link=seen.url)
