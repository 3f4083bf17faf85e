"""Parcels and their prices by EasyPost, through its own client library."""

import re
import time
from collections.abc import Callable
from datetime import date

from pydantic import AwareDatetime

from actions.services.adapters.easypost_api import EasyPostApi
from actions.services.adapters.money import minor_units
from actions.services.adapters.wire import Wire, meaning, shaped
from actions.services.errors import (
    Reason,
    ServiceMisconfigured,
    ServiceRefused,
    ServiceUnavailable,
)
from actions.services.settings import ServiceSettings
from actions.services.shipping import (
    CannotDeliver,
    Checkpoint,
    DeliveryOption,
    ParcelState,
    Tracking,
    TrackingNotFound,
)

NUMBER = re.compile(r"[A-Za-z0-9-]{6,40}")
GRAMS_IN_OUNCE = 28.349523125

_STATES = {
    "unknown": ParcelState.ANNOUNCED,
    "pre_transit": ParcelState.ANNOUNCED,
    "in_transit": ParcelState.IN_TRANSIT,
    "out_for_delivery": ParcelState.OUT_FOR_DELIVERY,
    "available_for_pickup": ParcelState.READY_FOR_PICKUP,
    "delivered": ParcelState.DELIVERED,
    "return_to_sender": ParcelState.RETURNED_TO_SENDER,
    "failure": ParcelState.FAILED,
    "cancelled": ParcelState.FAILED,
}
"""https://docs.easypost.com/docs/trackers. `error` is left out: EasyPost knows nothing then."""


class _Place(Wire):
    city: str | None = None


class _Detail(Wire):
    message: str | None
    status: str
    datetime: AwareDatetime
    tracking_location: _Place | None = None


class _Carrier(Wire):
    est_delivery_date_local: date | None = None


class _Tracker(Wire):
    tracking_code: str
    carrier: str | None
    status: str
    est_delivery_date: AwareDatetime | None = None
    public_url: str | None = None
    carrier_detail: _Carrier | None = None
    tracking_details: list[_Detail]


class _Rate(Wire):
    carrier: str
    service: str
    rate: str
    currency: str
    delivery_days: int | None = None


class _Shipment(Wire):
    rates: list[_Rate]


class EasyPostShipping:
    """See `ShippingService`. Parcels leave from `from_postcode` in `from_country`."""

    def __init__(
        self,
        settings: ServiceSettings,
        sleep: Callable[[float], object] = time.sleep,
        *,
        from_country: str,
        from_postcode: str,
    ) -> None:
        if not re.fullmatch("[A-Z]{2}", from_country):
            raise ServiceMisconfigured(
                f"services: shipping: from_country is a code like DE, not {from_country!r}."
            )
        self._api = EasyPostApi(settings, sleep=sleep)
        self._from = {"country": from_country, "zip": from_postcode}

    def track(self, tracking_number: str, *, carrier: str = "") -> Tracking:
        """See `ShippingService`. EasyPost finds the carrier out where it does not know the name."""
        if not NUMBER.fullmatch(tracking_number):
            raise TrackingNotFound
        wanted = {"tracking_code": tracking_number}
        try:
            if carrier:
                try:
                    return _tracking(self._tracker({**wanted, "carrier": carrier}))
                except ServiceRefused:
                    pass  # the shop's name of the carrier is not EasyPost's
            return _tracking(self._tracker(wanted))
        except ServiceRefused as refusal:
            if refusal.status in (404, 422):
                raise TrackingNotFound from None
            raise

    def options(
        self, country: str, postcode: str = "", *, weight_grams: int = 1000
    ) -> tuple[DeliveryOption, ...]:
        """See `ShippingService`. Rates that name no number of days are left out."""
        to = {"country": country, "zip": postcode}
        parcel = {"weight": round(weight_grams / GRAMS_IN_OUNCE, 1)}
        try:
            said = self._api.ask(
                lambda client: client.shipment.create(
                    from_address=self._from, to_address=to, parcel=parcel
                )
            )
        except ServiceRefused as refusal:
            if refusal.status == 422:
                raise CannotDeliver(Reason.INVALID_ADDRESS) from None
            raise
        rates = shaped(_Shipment, said, "EasyPost").rates
        options = [_option(rate, rate.delivery_days) for rate in rates if rate.delivery_days]
        if not options:
            raise CannotDeliver(Reason.NOT_SUPPORTED if rates else Reason.NO_DELIVERY_THERE)
        return tuple(sorted(options, key=lambda option: option.price_cents))

    def _tracker(self, wanted: dict[str, str]) -> _Tracker:
        """A tracker; to create one again within three months gives the same."""
        said = self._api.ask(lambda client: client.tracker.create(**wanted))
        return shaped(_Tracker, said, "EasyPost")


@meaning("EasyPost")
def _tracking(tracker: _Tracker) -> Tracking:
    if tracker.status not in _STATES:
        raise ServiceUnavailable("EasyPost cannot follow this parcel at the moment.")
    details = sorted(tracker.tracking_details, key=lambda detail: detail.datetime)
    detail = tracker.carrier_detail
    expected = tracker.est_delivery_date.date() if tracker.est_delivery_date else None
    if detail is not None and detail.est_delivery_date_local is not None:
        expected = detail.est_delivery_date_local  # the day where the customer lives
    return Tracking(
        tracking_number=tracker.tracking_code,
        carrier=tracker.carrier or "",
        state=_STATES[tracker.status],
        expected_on=expected,
        checkpoints=tuple(
            Checkpoint(
                at=one.datetime,
                state=_STATES.get(one.status, ParcelState.IN_TRANSIT),
                text=one.message or "",
                place=(one.tracking_location.city if one.tracking_location else None) or "",
            )
            for one in details
        ),
        url=tracker.public_url or "",
    )


@meaning("EasyPost")
def _option(rate: _Rate, days: int) -> DeliveryOption:
    return DeliveryOption(
        option_id=f"{rate.carrier}/{rate.service}",
        name=re.sub(r"(?<=[a-z])(?=[A-Z])", " ", rate.service),
        carrier=rate.carrier,
        price_cents=minor_units(rate.rate, rate.currency),
        currency=rate.currency,
        days_min=days,
        days_max=days,
    )
