"""Parcels of the first day: their carriers, and how they came as far as they did."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sandbox.tables import Order, OrderLine, ParcelState, Shipment, TrackingEvent

CARRIERS = (("Swiftpost", "SP"), ("Parcelway", "PW"), ("NordExpress", "NX"))

WAREHOUSE = "Zaragoza"
HUB = "Paris"

_LAST = {
    ParcelState.OUT_FOR_DELIVERY: "The courier has the parcel and is on the way.",
    ParcelState.READY_FOR_PICKUP: "The parcel waits at the pick-up point.",
    ParcelState.FAILED: "Nobody was at home. There will be another attempt.",
    ParcelState.RETURNED_TO_SENDER: "The parcel goes back to the shop.",
    ParcelState.DELIVERED: "The parcel was handed over.",
}


def parcel(
    order: Order, lines: Sequence[OrderLine], random: Random, *, dispatched: bool
) -> Shipment:
    """A parcel of the order, which leaves a day after it was placed, if it has left."""
    carrier, prefix = random.choice(CARRIERS)
    return Shipment(
        carrier=carrier,
        tracking_number=f"{prefix}{random.randint(10**8, 10**9 - 1)}",
        expected_on=(order.placed_at + timedelta(days=4 if dispatched else 7)).date(),
        dispatched_at=order.placed_at + timedelta(days=1) if dispatched else None,
        lines=list(lines),
    )


def tell(parcel: Shipment, town: str, state: ParcelState, now: datetime) -> None:
    """Write down the parcel's way up to `state`, none of it after `now` or its delivery."""
    left = parcel.dispatched_at
    if left is None:
        return
    way = [
        (left, ParcelState.IN_TRANSIT, "The parcel has left the shop.", WAREHOUSE),
        (left + timedelta(hours=14), ParcelState.IN_TRANSIT, "The parcel was sorted.", HUB),
    ]
    end = parcel.delivered_at or now - timedelta(hours=2)
    way = [step for step in way if step[0] < end]
    if state in _LAST:
        way.append((end, state, _LAST[state], town))
    parcel.events = [
        TrackingEvent(at=at, state=state, text=text, place=place) for at, state, text, place in way
    ]
