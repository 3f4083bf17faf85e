"""EasyPost's API, as far as trackers and rates go.

Written from:
- https://docs.easypost.com/docs/authentication (the key as user of basic authentication; the
  client library sends it as a bearer token)
- https://docs.easypost.com/docs/trackers (object, statuses, the same tracker within three months)
- https://docs.easypost.com/guides/tracking-guide (a code of no known carrier is an error)
- https://docs.easypost.com/docs/shipments, /docs/shipments/rates
- https://docs.easypost.com/docs/errors, /guides/errors-guide
"""

import json

from tests.assistant.vendors.server import SECRET, Request, Response, Vendor

Json = dict[str, object]


class EasyPostServer(Vendor):
    """One account. `parcels` are what the carriers know, by tracking code."""

    def __init__(self) -> None:
        super().__init__()
        self.parcels: dict[str, Json] = {}
        self.trackers: dict[str, Json] = {}
        self.rates: list[Json] = []

    def handle(self, request: Request) -> Response:
        """One call: who asks, then what."""
        basic = request.basic()
        bearer = request.headers.get("authorization") == f"Bearer {SECRET}"
        if not bearer and basic != (SECRET, ""):
            return failed(401, "UNAUTHORIZED", "Authentication required.")
        match request.method, request.path:
            case "POST", "/v2/trackers":
                return self._track(request.json().get("tracker"))
            case "POST", "/v2/shipments":
                return self._shipment(request.json().get("shipment"))
        return failed(404, "NOT_FOUND", "The requested resource could not be found.")

    def _track(self, said: object) -> Response:
        if not isinstance(said, dict) or not said.get("tracking_code"):
            return failed(422, "PARAMETER.REQUIRED", "Missing required parameter: tracking_code.")
        assert not said.keys() - {"tracking_code", "carrier"}
        code = str(said["tracking_code"])
        parcel = self.parcels.get(code)
        wrong = parcel is None or said.get("carrier", parcel["carrier"]) != parcel["carrier"]
        if parcel is None or wrong:
            text = "The carrier could not be determined for the given tracking code."
            return failed(422, "TRACKER.CARRIER.UNKNOWN", text)
        about: Json = {
            "id": f"trk_{len(self.trackers)}",
            "object": "Tracker",
            "mode": "test",
            "tracking_code": code,
            "created_at": "2026-11-20T10:00:00Z",
            "signed_by": None,
            "weight": None,
            "public_url": f"https://track.easypost.com/{code}",
            "carrier_detail": None,
            "est_delivery_date": None,
        }
        return Response(200, self.trackers.setdefault(code, about) | parcel)

    def _shipment(self, said: object) -> Response:
        if not isinstance(said, dict):
            return failed(422, "PARAMETER.REQUIRED", "Missing required parameter: shipment.")
        for name in ("from_address", "to_address", "parcel"):
            if not said.get(name):
                text = f"Missing required parameter: {name}."
                return failed(422, "PARAMETER.REQUIRED", text)
        if said["parcel"].get("weight", 0) <= 0:
            return failed(422, "PARCEL.WEIGHT.INVALID", "Weight must be greater than zero.")
        if not said["to_address"].get("zip") or not said["to_address"].get("country"):
            return failed(422, "ADDRESS.INVALID", "Invalid address: zip and country.")
        body = json.dumps(said["to_address"])
        shipment: Json = {
            "id": "shp_1",
            "object": "Shipment",
            "mode": "test",
            "to_address": json.loads(body),
            "rates": self.rates,
            "messages": [],
        }
        return Response(201, shipment)


def failed(status: int, code: str, message: str) -> Response:
    """An error in EasyPost's shape."""
    return Response(status, {"error": {"code": code, "message": message, "errors": []}})


def rate(carrier: str, service: str, price: str, days: int | None, currency: str = "EUR") -> Json:
    """A rate's JSON."""
    return {
        "id": f"rate_{carrier}{service}",
        "object": "Rate",
        "carrier": carrier,
        "service": service,
        "rate": price,
        "currency": currency,
        "list_rate": price,
        "list_currency": currency,
        "delivery_days": days,
        "delivery_date": None,
        "delivery_date_guaranteed": False,
    }


def detail(status: str, at: str, message: str, city: str | None = None) -> Json:
    """A tracking detail's JSON."""
    return {
        "object": "TrackingDetail",
        "message": message,
        "status": status,
        "datetime": at,
        "source": "DHL",
        "tracking_location": {"city": city, "state": None, "country": None, "zip": None},
    }
