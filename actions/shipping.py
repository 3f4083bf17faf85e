"""Parcels: what their carriers say of them, and when they come."""

import logging
from collections.abc import Callable
from datetime import date

from rasa_sdk.executor import CollectingDispatcher

from actions.services.errors import ServiceError
from actions.services.orders import Order, Shipment
from actions.services.shipping import ParcelState, ShippingService, Tracking
from actions.wording import day

logger = logging.getLogger(__name__)


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
