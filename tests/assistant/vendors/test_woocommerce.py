"""Orders in WooCommerce, against a shop that follows its REST API."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from actions.services.adapters.woocommerce import WooCommerceOrders
from actions.services.errors import Reason, ServiceUnavailable
from actions.services.facts import Address
from actions.services.identity import Identity
from actions.services.orders import (
    CannotCancel,
    CannotChange,
    CannotPlace,
    ItemChange,
    NewLine,
    NewOrder,
    OrderNotFound,
    OrderState,
)
from actions.services.retries import ATTEMPTS
from actions.services.settings import ServiceSettings
from tests.assistant.contracts import OrderServiceContract
from tests.assistant.vendors.contract import Ask, VendorContract
from tests.assistant.vendors.server import GARBAGE, SECRET, Lost, Response, Silence, serving
from tests.assistant.vendors.woocommerce_server import KEY, Line, Order, WooCommerceServer

ANA = "ana.morales@example.com"
HOME = Address(
    name="Ana Morales", street="Calle Mayor 1", city="Madrid", postcode="28013", country="ES"
)


@pytest.fixture
def shop() -> Iterator[WooCommerceServer]:
    shop = WooCommerceServer()
    shop.customers = {7: ANA, 8: "ben@example.com"}
    shop.orders = [
        order(1001),
        order(1002, "ben@example.com", customer=8),
        order(1003, status="completed", completed="2026-11-19T10:00:00"),
        order(1004, number="CM-10412"),
    ]
    with serving(shop):
        yield shop


def order(
    id: int,
    email: str = ANA,
    customer: int = 7,
    status: str = "processing",
    completed: str | None = None,
    number: str = "",
    created: str = "2026-11-18T08:30:00",
) -> Order:
    lines = [
        Line(1, "Fern shirt", 2, "42.02", "7.98", {"Size": "S", "Color": "Green"}),
        Line(2, "Moss hat", 1, "12.50"),
    ]
    return Order(
        id, email, lines, number, status, customer=customer, completed=completed, created=created
    )


def connect(
    shop: WooCommerceServer, *, token: str = SECRET, timeout: float = 5.0, tracking: bool = False
) -> WooCommerceOrders:
    settings = ServiceSettings("woocommerce", shop.url, token, timeout)
    return WooCommerceOrders(settings, lambda _: None, consumer_key=KEY, tracking=tracking)


class TestWooCommerceOrders(OrderServiceContract):
    owner = ANA
    cancellable = "1001"
    dispatched = ("1003", ANA)

    @pytest.fixture
    def service(self, shop: WooCommerceServer) -> WooCommerceOrders:
        return connect(shop)


def test_an_order_is_told_with_its_taxes_and_in_utc(shop: WooCommerceServer) -> None:
    found = connect(shop).find("#1001", ANA)
    assert (found.number, found.state, found.currency) == ("1001", OrderState.PLACED, "EUR")
    assert (found.total_cents, found.shipping_cents) == (6740, 490)
    assert found.placed_at == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
    shirt = found.lines[0]
    assert (shirt.size, shirt.colour, shirt.quantity, shirt.unit_price_cents) == (
        "S",
        "Green",
        2,
        2500,
    )


def test_a_number_that_is_not_the_id_is_searched_for(shop: WooCommerceServer) -> None:
    orders = connect(shop)
    assert orders.find("cm-10412", ANA).number == "CM-10412"
    with pytest.raises(OrderNotFound):
        orders.find("1004", ANA)


@pytest.mark.parametrize(
    ("number", "email"),
    [("1001", "ben@example.com"), ("1002", ANA), ("9", ANA), ("1001/refunds", ANA), ("1001", "")],
)
def test_somebody_elses_order_and_none_look_the_same(
    shop: WooCommerceServer, number: str, email: str
) -> None:
    with pytest.raises(OrderNotFound) as caught:
        connect(shop).find(number, email)
    assert str(caught.value) == ""


def test_yen_have_no_cents(shop: WooCommerceServer) -> None:
    shop.orders[0].currency, shop.orders[0].shipping = "JPY", "600"
    shop.orders[0].lines = [Line(1, "Fern shirt", 2, "5000", "500")]
    found = connect(shop).find("1001", ANA)
    assert (found.total_cents, found.lines[0].unit_price_cents) == (6100, 2750)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", OrderState.AWAITING_PAYMENT),
        ("failed", OrderState.AWAITING_PAYMENT),
        ("on-hold", OrderState.AWAITING_PAYMENT),
        ("processing", OrderState.PLACED),
        ("completed", OrderState.DISPATCHED),
        ("cancelled", OrderState.CANCELLED),
        ("refunded", OrderState.CANCELLED),
        ("a-plugins-own", OrderState.PACKING),
    ],
)
def test_an_order_says_where_it_stands(
    shop: WooCommerceServer, status: str, state: OrderState
) -> None:
    shop.orders[0].status = status
    found = connect(shop).find("1001", ANA)
    assert found.state is state
    assert bool(found.payment_url) is (status in ("pending", "failed"))


def test_what_was_refunded_after_it_was_sent_came_back(shop: WooCommerceServer) -> None:
    shop.orders[2].status = "refunded"
    assert connect(shop).find("1003", ANA).state is OrderState.RETURNED


def test_parcels_come_from_the_shipment_tracking_extension(shop: WooCommerceServer) -> None:
    shop.orders[2].parcels = [
        {
            "tracking_id": "1",
            "tracking_provider": "DHL",
            "tracking_link": "https://dhl.example",
            "tracking_number": "0034",
            "date_shipped": "2026-11-19",
        }
    ]
    [parcel] = connect(shop, tracking=True).find("1003", ANA).shipments
    assert (parcel.carrier, parcel.tracking_number) == ("DHL", "0034")
    assert parcel.dispatched_at is not None and parcel.dispatched_at.day == 19
    [plain] = connect(shop).find("1003", ANA).shipments
    assert (plain.tracking_number, plain.products) == ("", ("Fern shirt", "Moss hat"))


# --- lists ----------------------------------------------------------------------------------------


def test_a_customers_orders_come_newest_first_page_by_page(shop: WooCommerceServer) -> None:
    shop.orders += [order(2000 + n, created=f"2026-10-01T00:00:{n:02}") for n in range(1, 46)]
    listed = connect(shop).list_for(Identity(ANA, customer_id="7"))
    assert len(listed) == 48
    assert listed == connect(shop).list_for(Identity(ANA, order_number="1001"))
    assert [request.query["page"] for request in shop.asked("/orders")[:3]] == ["1", "2", "3"]


def test_a_guests_order_is_all_that_it_proves(shop: WooCommerceServer) -> None:
    shop.orders[0].customer = 0
    shop.orders.append(order(1005, "ben@example.com", customer=0))
    [listed] = connect(shop).list_for(Identity(ANA, order_number="1001"))
    assert listed.number == "1001"


@pytest.mark.parametrize(
    "who",
    [
        Identity("ben@example.com", customer_id="7"),
        Identity(ANA, customer_id="8"),
        Identity(ANA, customer_id="99"),
        Identity(ANA, customer_id="7/../8"),
        Identity(ANA, order_number="1002"),
    ],
)
def test_a_wrong_proof_lists_nothing(shop: WooCommerceServer, who: Identity) -> None:
    with pytest.raises(OrderNotFound):
        connect(shop).list_for(who)


# --- cancelling -----------------------------------------------------------------------------------


def test_a_cancelled_order_is_refunded_the_way_it_was_paid(shop: WooCommerceServer) -> None:
    cancelled = connect(shop).cancel("1001", ANA, key="key-1", fee_cents=0)
    assert cancelled.state is OrderState.CANCELLED
    assert cancelled.refund is not None and cancelled.refund.amount_cents == 6740
    [request] = shop.asked("/refunds")
    assert request.json() == {
        "amount": "67.40",
        "reason": "Cancelled by the customer in chat (key-1).",
        "api_refund": True,
    }


def test_an_unpaid_order_is_cancelled_without_a_refund(shop: WooCommerceServer) -> None:
    shop.orders[0].paid, shop.orders[0].status = False, "pending"
    assert connect(shop).cancel("1001", ANA, key="key-1").refund is None
    assert shop.asked("/refunds") == []


def test_only_what_is_left_is_refunded(shop: WooCommerceServer) -> None:
    shop.orders[0].refunds = [{"id": 1, "reason": "late", "total": "-7.40"}]
    cancelled = connect(shop).cancel("1001", ANA, key="key-1")
    assert cancelled.refund is not None and cancelled.refund.amount_cents == 6740
    assert shop.asked("/refunds")[0].json()["amount"] == "60.00"


@pytest.mark.parametrize("word", ["api_refund", '"status": "cancelled"'])
def test_a_cancellation_whose_answer_is_lost_is_one(shop: WooCommerceServer, word: str) -> None:
    shop.lose(word)
    cancelled = connect(shop).cancel("1001", ANA, key="key-1")
    assert cancelled.state is OrderState.CANCELLED
    assert len(shop.orders[0].refunds) == 1


def test_a_cancellation_cut_short_after_the_refund_is_finished(shop: WooCommerceServer) -> None:
    reason = "Cancelled by the customer in chat (key-1)."
    shop.orders[0].refunds = [{"id": 1, "reason": reason, "total": "-67.40"}]
    shop.orders[0].status = "refunded"
    assert connect(shop).cancel("1001", ANA, key="key-1").state is OrderState.CANCELLED
    assert (shop.orders[0].status, len(shop.orders[0].refunds)) == ("cancelled", 1)


def test_what_can_be_refunded_by_hand_only_is_for_a_person(shop: WooCommerceServer) -> None:
    shop.orders[0].gateway = "bacs"
    with pytest.raises(CannotCancel) as caught:
        connect(shop).cancel("1001", ANA, key="key-1")
    assert caught.value.reason is Reason.NOT_SUPPORTED
    assert (shop.orders[0].status, shop.orders[0].refunds) == ("processing", [])


def test_a_refund_that_fails_leaves_the_order_as_it_is(shop: WooCommerceServer) -> None:
    orders = connect(shop)
    shown = shop._shown(shop.orders[0])
    gateway = {"id": "stripe", "method_supports": ["refunds"]}
    down = Response(500, {"code": "woocommerce_rest_cannot_create_order_refund"})
    shop.faults = [Response(200, shown), Response(200, gateway), *[down] * ATTEMPTS]
    with pytest.raises(ServiceUnavailable):
        orders.cancel("1001", ANA, key="key-1")
    assert (shop.orders[0].status, shop.orders[0].refunds) == ("processing", [])


def test_a_fee_that_woocommerce_does_not_know_is_not_taken(shop: WooCommerceServer) -> None:
    with pytest.raises(CannotCancel) as caught:
        connect(shop).cancel("1001", ANA, key="key-1", fee_cents=300)
    assert caught.value.reason is Reason.AMOUNT_CHANGED


# --- changing -------------------------------------------------------------------------------------


def test_an_address_is_changed_and_the_shop_is_told_once(shop: WooCommerceServer) -> None:
    orders = connect(shop)
    assert orders.change_address("1001", ANA, HOME, key="key-1").address == HOME
    orders.change_address("1001", ANA, HOME, key="key-1")
    assert shop.orders[0].notes == ["Address changed by the customer in chat (key-1)."]


def test_what_left_is_not_sent_elsewhere(shop: WooCommerceServer) -> None:
    with pytest.raises(CannotChange) as caught:
        connect(shop).change_address("1003", ANA, HOME, key="key-1")
    assert caught.value.reason is Reason.ALREADY_DISPATCHED


def test_an_address_that_woocommerce_refuses_is_not_taken(shop: WooCommerceServer) -> None:
    orders = connect(shop)
    refused = Response(400, {"code": "rest_invalid_param", "message": "x", "data": {"status": 400}})
    shop.faults = [Response(200, shop._shown(shop.orders[0])), refused]
    with pytest.raises(CannotChange) as caught:
        orders.change_address("1001", ANA, HOME, key="key-1")
    assert caught.value.reason is Reason.INVALID_ADDRESS


def test_items_and_new_orders_are_for_the_shop_itself(shop: WooCommerceServer) -> None:
    orders = connect(shop)
    with pytest.raises(CannotChange) as changed:
        orders.change_item("1001", ANA, ItemChange(line_id="1", quantity=3), key="k")
    new = NewOrder(
        name="Ana", email=ANA, address=HOME, lines=(NewLine(variant_id="11", quantity=1),)
    )
    with pytest.raises(CannotPlace) as placed:
        orders.place(new, key="k")
    assert changed.value.reason is placed.value.reason is Reason.NOT_SUPPORTED


# --- failures -------------------------------------------------------------------------------------


class TestWooCommerceOutOfOrder(VendorContract):
    service = "orders"
    name = "woocommerce"
    passing = (Response(429, "", {"Retry-After": "1"}), Response(503, ""), Lost())
    lasting = (*passing, GARBAGE, Silence(), Response(200, []), Response(200, {"id": 1001}))
    wrong = (
        ("https://shop.example", {}, r"needs \['consumer_key'\]"),
        ("https://shop.example", {"consumer_key": "ck_x:cs_y"}, "its secret belongs in token"),
        ("http://shop.example", {"consumer_key": KEY}, "https://"),
    )

    @pytest.fixture
    def vendor(self, shop: WooCommerceServer) -> WooCommerceServer:
        return shop

    @pytest.fixture
    def ask(self, shop: WooCommerceServer) -> Ask:
        def ask(**how: Any) -> object:
            orders = connect(shop, **how)
            return orders.find("1001", ANA), orders.list_for(Identity(ANA, order_number="1001"))

        return ask
