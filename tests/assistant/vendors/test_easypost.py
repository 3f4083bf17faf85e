"""Parcels and rates by EasyPost, through its own client library, against a server of its API."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from actions.services.adapters.easypost import EasyPostShipping
from actions.services.errors import Reason, ServiceMisconfigured, ServiceUnavailable
from actions.services.registry import adapter
from actions.services.retries import ATTEMPTS
from actions.services.settings import ServiceSettings
from actions.services.shipping import CannotDeliver, ParcelState, TrackingNotFound
from tests.assistant.contracts import ShippingServiceContract
from tests.assistant.vendors.contract import Ask, VendorContract
from tests.assistant.vendors.easypost_server import EasyPostServer, detail, failed, rate
from tests.assistant.vendors.server import GARBAGE, SECRET, Lost, Response, Silence, serving

POSTCODE = "28013"
NUMBER = "00340434161094000001"
FROM = {"from_country": "DE", "from_postcode": "10115"}


@pytest.fixture
def carrier() -> Iterator[EasyPostServer]:
    carrier = EasyPostServer()
    carrier.parcels[NUMBER] = {
        "carrier": "DHLParcel",
        "status": "in_transit",
        "est_delivery_date": "2026-11-23T23:00:00Z",
        "carrier_detail": {"est_delivery_date_local": "2026-11-24", "service": "Paket"},
        "tracking_details": [
            detail("in_transit", "2026-11-20T07:30:00+01:00", "Left the depot", "Leipzig"),
            detail("pre_transit", "2026-11-19T09:00:00Z", "Announced"),
        ],
    }
    carrier.rates = [
        rate("DHLExpress", "ExpressWorldwide", "24.90", 1),
        rate("DHLParcel", "Paket", "4.90", 2),
        rate("DPD", "Unknown", "1.00", None),
    ]
    with serving(carrier):
        yield carrier


def connect(
    carrier: EasyPostServer, *, token: str = SECRET, timeout: float = 5.0
) -> EasyPostShipping:
    settings = ServiceSettings("easypost", carrier.url, token, timeout)
    return EasyPostShipping(settings, lambda _: None, from_country="DE", from_postcode="10115")


class TestEasyPostShipping(ShippingServiceContract):
    tracking_number = NUMBER
    country = "ES"
    postcode = "28013"

    @pytest.fixture
    def service(self, carrier: EasyPostServer) -> EasyPostShipping:
        return connect(carrier)


def test_a_parcel_is_told_with_its_way(carrier: EasyPostServer) -> None:
    parcel = connect(carrier).track(NUMBER, carrier="DHLParcel")
    assert (parcel.carrier, parcel.state) == ("DHLParcel", ParcelState.IN_TRANSIT)
    assert parcel.expected_on == date(2026, 11, 24)
    assert parcel.url == f"https://track.easypost.com/{NUMBER}"
    last = parcel.checkpoints[-1]
    assert (last.text, last.place) == ("Left the depot", "Leipzig")
    assert last.at == datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


def test_the_shops_own_name_of_a_carrier_does_no_harm(carrier: EasyPostServer) -> None:
    assert connect(carrier).track(NUMBER, carrier="Yellow Van").carrier == "DHLParcel"
    assert len(carrier.trackers) == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("unknown", ParcelState.ANNOUNCED),
        ("pre_transit", ParcelState.ANNOUNCED),
        ("out_for_delivery", ParcelState.OUT_FOR_DELIVERY),
        ("available_for_pickup", ParcelState.READY_FOR_PICKUP),
        ("delivered", ParcelState.DELIVERED),
        ("return_to_sender", ParcelState.RETURNED_TO_SENDER),
        ("failure", ParcelState.FAILED),
        ("cancelled", ParcelState.FAILED),
    ],
)
def test_a_parcel_says_where_it_stands(
    carrier: EasyPostServer, status: str, state: ParcelState
) -> None:
    carrier.parcels[NUMBER] |= {"status": status, "tracking_details": []}
    assert connect(carrier).track(NUMBER).state is state


def test_a_parcel_that_easypost_cannot_follow_is_asked_for_later(carrier: EasyPostServer) -> None:
    carrier.parcels[NUMBER] |= {"status": "error"}
    with pytest.raises(ServiceUnavailable):
        connect(carrier).track(NUMBER)


@pytest.mark.parametrize("number", ["", "x", "../shipments", "1234567890", "a b c d e f"])
def test_a_number_of_no_parcel_is_not_found(carrier: EasyPostServer, number: str) -> None:
    with pytest.raises(TrackingNotFound):
        connect(carrier).track(number)


def test_options_are_told_with_days_and_price(carrier: EasyPostServer) -> None:
    cheap, fast = connect(carrier).options("ES", "28013", weight_grams=1000)
    assert (cheap.option_id, cheap.price_cents, cheap.currency) == ("DHLParcel/Paket", 490, "EUR")
    assert (fast.name, fast.days_min, fast.days_max) == ("Express Worldwide", 1, 1)
    [request] = carrier.asked("/shipments")
    shipment = request.json()["shipment"]
    assert shipment == {
        "from_address": {"country": "DE", "zip": "10115"},
        "to_address": {"country": "ES", "zip": "28013"},
        "parcel": {"weight": 35.3},
    }


def test_a_price_in_yen_has_no_cents(carrier: EasyPostServer) -> None:
    carrier.rates = [rate("YamatoTransport", "TaQBin", "1200.00", 2, "JPY")]
    [option] = connect(carrier).options("JP", "100-0001")
    assert option.price_cents == 1200


@pytest.mark.parametrize(
    ("postcode", "rates", "reason"),
    [
        ("", [], Reason.INVALID_ADDRESS),
        ("99999", [], Reason.NO_DELIVERY_THERE),
        ("99999", [rate("DPD", "Classic", "1.00", None)], Reason.NOT_SUPPORTED),
    ],
)
def test_where_nothing_goes_is_said(
    carrier: EasyPostServer, postcode: str, rates: list[dict[str, object]], reason: Reason
) -> None:
    carrier.rates = rates
    with pytest.raises(CannotDeliver) as caught:
        connect(carrier).options("AQ", postcode)
    assert caught.value.reason is reason


# --- failures -------------------------------------------------------------------------------------


class TestEasyPostOutOfOrder(VendorContract):
    service = "shipping"
    name = "easypost"
    denied = "401"
    private = (POSTCODE,)
    passing = (
        failed(429, "RATE_LIMITED", "Too many requests."),
        failed(500, "INTERNAL_SERVER_ERROR", ""),
        failed(502, "BAD_GATEWAY", ""),
        Response(503, ""),
        GARBAGE,
        Lost(),
    )
    lasting = (*passing, Silence(), Response(200, []), Response(200, {"id": "shp_1"}))
    wrong = (
        ("https://api.easypost.com", {}, r"needs \['from_country', 'from_postcode'\]"),
        ("https://api.easypost.com", {**FROM, "from_country": "Germany"}, "a code like DE"),
        ("http://api.easypost.com", FROM, "https://"),
    )

    @pytest.fixture
    def vendor(self, carrier: EasyPostServer) -> EasyPostServer:
        return carrier

    @pytest.fixture
    def ask(self, carrier: EasyPostServer) -> Ask:
        return lambda **how: connect(carrier, **how).options("ES", POSTCODE)

    def failure(self, told: str) -> Response:
        return failed(500, "X", told)


def test_a_parcel_is_followed_once_easypost_answers_again(carrier: EasyPostServer) -> None:
    carrier.faults = [Lost()]
    assert connect(carrier).track(NUMBER).state is ParcelState.IN_TRANSIT
    carrier.faults = [Response(200, {"id": "trk_1"})] * ATTEMPTS
    with pytest.raises(ServiceUnavailable):
        connect(carrier).track(NUMBER)


def test_an_unpaid_bill_is_our_mistake(carrier: EasyPostServer) -> None:
    carrier.faults = [failed(402, "BILLING.INSUFFICIENT", "Insufficient funds.")]
    with pytest.raises(ServiceMisconfigured, match="402"):
        connect(carrier).options("ES", "28013")


def test_the_missing_library_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "easypost", None)
    for name in ("easypost", "easypost_api"):
        monkeypatch.delitem(sys.modules, f"actions.services.adapters.{name}", raising=False)
    settings = ServiceSettings("easypost", "https://api.easypost.com", "t", options=FROM)
    with pytest.raises(ServiceMisconfigured, match=r"pip install 'bespeak\[easypost\]'"):
        adapter("shipping", settings)
