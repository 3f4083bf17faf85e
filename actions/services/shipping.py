"""The shipping service: where a parcel is, and how a new one could go."""

import functools
from datetime import date
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime

from actions.services.errors import NotFound, NotPossible
from actions.services.facts import Cents, Currency, Facts
from actions.services.registry import connect


class ParcelState(StrEnum):
    """Where a parcel stands, as its carrier sees it."""

    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    RETURNED_TO_SENDER = "returned_to_sender"
    FAILED = "failed"


class Checkpoint(Facts):
    """Something that happened to a parcel. `place` is a town, never a customer's address."""

    at: AwareDatetime
    state: ParcelState
    text: str
    place: str = ""


class Tracking(Facts):
    """A parcel's way so far, oldest checkpoint first. Tells nothing of who gets it."""

    tracking_number: str
    carrier: str
    state: ParcelState
    expected_on: date | None
    checkpoints: tuple[Checkpoint, ...]
    url: str = ""


class DeliveryOption(Facts):
    """A way to send a new parcel; `option_id` is the service's own. Days are working days."""

    option_id: str
    name: str
    carrier: str
    price_cents: Cents
    currency: Currency
    days_min: int
    days_max: int
    free_from_cents: Cents | None = None
    """The value of goods from which it costs nothing, where there is one."""


class TrackingNotFound(NotFound):
    """No parcel of the shop has this number."""


class CannotDeliver(NotPossible):
    """No parcel goes there: `no_delivery_there`, or `invalid_address` for an unknown postcode."""


class ShippingService(Protocol):
    """What every adapter does. Each method blocks, and may raise any `ServiceError`."""

    def track(self, tracking_number: str, *, carrier: str = "") -> Tracking:
        """Where a parcel is. Raises `TrackingNotFound`.

        The number must come from an order that was shown to be the customer's; `carrier` is
        the order's word for who carries it.
        """

    def options(
        self, country: str, postcode: str = "", *, weight_grams: int = 1000
    ) -> tuple[DeliveryOption, ...]:
        """The ways to send something there, cheapest first. Raises `CannotDeliver`."""


@functools.cache
def shipping_service() -> ShippingService:
    """The adapter that `endpoints.yml` chooses, made on first use."""
    service: ShippingService = connect("shipping")
    return service
