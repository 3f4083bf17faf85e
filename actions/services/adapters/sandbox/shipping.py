"""Parcels in the sandbox."""

from urllib.parse import quote

from actions.services.adapters.sandbox.answers import answered
from actions.services.client import JsonClient
from actions.services.settings import ServiceSettings
from actions.services.shipping import CannotDeliver, DeliveryOption, Tracking, TrackingNotFound


class SandboxShipping:
    """See `ShippingService`."""

    def __init__(self, settings: ServiceSettings, client: JsonClient | None = None) -> None:
        self._client = client or JsonClient(settings)

    def track(self, tracking_number: str, *, carrier: str = "") -> Tracking:
        """See `ShippingService`; the sandbox knows the carrier by the number."""
        path = f"/tracking/{quote(tracking_number, safe='')}"
        found = answered(Tracking, lambda: self._client.get(path), missing=TrackingNotFound)
        if found.tracking_number.casefold() != tracking_number.strip().casefold():
            raise TrackingNotFound
        return found

    def options(
        self, country: str, postcode: str = "", *, weight_grams: int = 1000
    ) -> tuple[DeliveryOption, ...]:
        """See `ShippingService`."""
        query = {"country": country, "postcode": postcode, "weight_grams": str(weight_grams)}
        return answered(
            tuple[DeliveryOption, ...],
            lambda: self._client.get("/delivery-options", query),
            impossible=CannotDeliver,
        )
