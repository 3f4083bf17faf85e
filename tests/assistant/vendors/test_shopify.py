"""Orders in Shopify, against a shop that follows the Admin API's schema."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from actions.services.adapters.shopify import ShopifyOrders
from actions.services.errors import (
    Reason,
    ServiceMisconfigured,
    ServiceUnavailable,
)
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
    OutOfStock,
)
from actions.services.registry import adapter
from actions.services.retries import LONGEST_PAUSE
from actions.services.settings import ServiceSettings
from tests.assistant.contracts import OrderServiceContract
from tests.assistant.vendors.contract import Ask, VendorContract
from tests.assistant.vendors.server import (
    GARBAGE,
    SECRET,
    Lost,
    Response,
    Silence,
    serving,
)
from tests.assistant.vendors.shopify_server import (
    Line,
    Order,
    Parcel,
    ShopifyServer,
    Stock,
)

ANA = "Ana.Morales@example.com"
HOME = Address(
    name="Ana Morales", street="Calle Mayor 1", city="Madrid", postcode="28013", country="ES"
)
SMALL, LARGE, HAT = (f"gid://shopify/ProductVariant/{number}" for number in (1, 2, 3))


@pytest.fixture
def shop() -> Iterator[ShopifyServer]:
    shop = ShopifyServer()
    shop.stock = {
        SMALL: Stock("25.00", 9, "Fern shirt", {"Size": "S", "Color": "green"}),
        LARGE: Stock("25.00", 2, "Fern shirt", {"Size": "L", "Color": "green"}),
        HAT: Stock("12.50", 0, "Moss hat"),
    }
    shop.customers = {7: "ana.morales@example.com"}
    shop.orders = [order(1001), replace(order(1002), email="ben@example.com", customer=8)]
    with serving(shop):
        yield shop


def order(number: int) -> Order:
    lines = [
        Line(number * 100 + 1, "Fern shirt", SMALL, "25.00", 2, 2),
        Line(number * 100 + 2, "Moss hat", HAT, "12.50", 1, 1),
    ]
    return Order(number, "ana.morales@example.com", lines, customer=7)


def connect(shop: ShopifyServer, *, token: str = SECRET, timeout: float = 5.0) -> ShopifyOrders:
    settings = ServiceSettings("shopify", shop.url, token, timeout)
    return ShopifyOrders(settings, lambda _: None)


class TestShopifyOrders(OrderServiceContract):
    owner = "ana.morales@example.com"
    cancellable = "1001"
    dispatched = ("1003", "ana.morales@example.com")

    @pytest.fixture
    def service(self, shop: ShopifyServer) -> ShopifyOrders:
        sent = order(1003)
        sent.parcels = [Parcel(sent.lines)]
        shop.orders.append(sent)
        return connect(shop)


def test_an_order_is_found_by_number_and_address(shop: ShopifyServer) -> None:
    found = connect(shop).find("#1001", ANA)
    assert (found.number, found.state, found.currency) == ("1001", OrderState.PLACED, "EUR")
    assert (found.total_cents, found.shipping_cents) == (6740, 490)
    assert found.placed_at == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
    shirt, hat = found.lines
    assert (shirt.size, shirt.colour, shirt.quantity) == ("S", "green", 2)
    assert (hat.product, hat.unit_price_cents, hat.variant_id) == ("Moss hat", 1250, HAT)
    assert (found.cancellable, found.changeable) == (True, True)


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("1001", "ben@example.com"),
        ("1002", ANA),
        ("9999", ANA),
        ("1001' OR name:'1002", ANA),
        ("1001", "x' OR name:'1001"),
        ("1001", ""),
        ("", ANA),
    ],
)
def test_somebody_elses_order_and_none_look_the_same(
    shop: ShopifyServer, number: str, email: str
) -> None:
    with pytest.raises(OrderNotFound) as caught:
        connect(shop).find(number, email)
    assert str(caught.value) == ""


def test_an_order_without_an_address_is_nobodys(shop: ShopifyServer) -> None:
    shop.orders[0].email = None
    with pytest.raises(OrderNotFound):
        connect(shop).find("1001", "")


def test_yen_have_no_cents(shop: ShopifyServer) -> None:
    shop.orders[0].currency, shop.orders[0].shipping = "JPY", "600.0"
    shop.orders[0].lines = [Line(1, "Fern shirt", SMALL, "2500.0", 2, 2)]
    found = connect(shop).find("1001", ANA)
    assert (found.total_cents, found.shipping_cents) == (5600, 600)
    assert found.lines[0].unit_price_cents == 2500


def test_parcels_come_with_their_numbers(shop: ShopifyServer) -> None:
    shirt, hat = shop.orders[0].lines
    shop.orders[0].parcels = [Parcel([shirt]), Parcel([hat], status="CANCELLED")]
    found = connect(shop).find("1001", ANA)
    assert found.state is OrderState.PARTLY_DISPATCHED
    [parcel] = found.shipments
    assert (parcel.carrier, parcel.tracking_number) == ("DHL", "00340434161094000001")
    assert (parcel.expected_on, parcel.products) == (date(2026, 11, 23), ("Fern shirt",))
    assert parcel.delivered_at is None


@pytest.mark.parametrize(
    ("delivered", "lines", "state", "reason"),
    [
        (None, 1, OrderState.PARTLY_DISPATCHED, Reason.PARTLY_DISPATCHED),
        (None, 2, OrderState.DISPATCHED, Reason.ALREADY_DISPATCHED),
        ("2026-11-20T10:00:00Z", 2, OrderState.DELIVERED, Reason.ALREADY_DELIVERED),
    ],
)
def test_what_left_is_not_cancelled_and_not_changed(
    shop: ShopifyServer, delivered: str | None, lines: int, state: OrderState, reason: Reason
) -> None:
    shop.orders[0].parcels = [Parcel(shop.orders[0].lines[:lines], delivered_at=delivered)]
    orders = connect(shop)
    found = orders.find("1001", ANA)
    assert (found.state, found.not_cancellable_because) == (state, reason)
    with pytest.raises(CannotCancel) as cancelled:
        orders.cancel("1001", ANA, key="k")
    with pytest.raises(CannotChange) as moved:
        orders.change_address("1001", ANA, HOME, key="k")
    with pytest.raises(CannotChange) as changed:
        orders.change_item(
            "1001", ANA, ItemChange(line_id=found.lines[0].line_id, quantity=9), key="k"
        )
    assert {cancelled.value.reason, moved.value.reason, changed.value.reason} == {reason}


def test_packing_can_be_stopped_but_not_changed(shop: ShopifyServer) -> None:
    shop.orders[0].in_progress = True
    found = connect(shop).find("1001", ANA)
    assert (found.state, found.cancellable) == (OrderState.PACKING, True)
    assert found.not_changeable_because is Reason.PACKING_BEGAN


def test_an_unpaid_order_says_where_to_pay(shop: ShopifyServer) -> None:
    shop.orders[0].paid = False
    found = connect(shop).find("1001", ANA)
    assert found.state is OrderState.AWAITING_PAYMENT
    assert found.payment_url == "https://shop.example/orders/1001/status"


def test_an_order_with_many_lines_is_read_to_its_end(shop: ShopifyServer) -> None:
    shop.orders[0].lines = [Line(n, f"Thing {n}", "", "1.00", 1, 1) for n in range(1, 121)]
    found = connect(shop).find("1001", ANA)
    assert len(found.lines) == 120
    assert found.total_cents == 12490


# --- lists ----------------------------------------------------------------------------------------


def test_a_customers_orders_come_newest_first_page_by_page(shop: ShopifyServer) -> None:
    shop.orders += [
        replace(order(2000 + n), created_at=f"2026-10-{n:02}T00:00:00Z") for n in range(1, 21)
    ]
    listed = connect(shop).list_for(Identity(ANA, customer_id="7"))
    assert [one.number for one in listed[:2]] == ["1001", "2020"]
    assert len(listed) == 21
    assert connect(shop).list_for(Identity(ANA, order_number="1001")) == listed


def test_no_more_than_fifty_are_listed(shop: ShopifyServer) -> None:
    shop.orders += [order(2000 + n) for n in range(60)]
    assert len(connect(shop).list_for(Identity(ANA, customer_id="7"))) == 50


@pytest.mark.parametrize(
    "who",
    [
        Identity("ben@example.com", customer_id="7"),
        Identity(ANA, customer_id="8"),
        Identity(ANA, customer_id="7' OR name:1002"),
        Identity(ANA, order_number="1002"),
        Identity("x'y@example.com", customer_id="7"),
    ],
)
def test_a_wrong_proof_lists_nothing(shop: ShopifyServer, who: Identity) -> None:
    with pytest.raises(OrderNotFound):
        connect(shop).list_for(who)


# --- cancelling -----------------------------------------------------------------------------------


def test_a_cancelled_order_is_refunded(shop: ShopifyServer) -> None:
    shop.work = 3
    cancelled = connect(shop).cancel("1001", ANA, key="key-1", fee_cents=0)
    assert cancelled.state is OrderState.CANCELLED
    assert cancelled.refund is not None and cancelled.refund.amount_cents == 6740
    assert (cancelled.total_cents, len(cancelled.lines)) == (6740, 2)


def test_a_cancellation_repeated_with_its_key_is_one(shop: ShopifyServer) -> None:
    orders = connect(shop)
    first = orders.cancel("1001", ANA, key="key-1")
    assert orders.cancel("1001", ANA, key="key-1") == first
    with pytest.raises(CannotCancel) as caught:
        orders.cancel("1001", ANA, key="key-2")
    assert caught.value.reason is Reason.ALREADY_CANCELLED
    assert len(shop.cancelling) == 1


def test_a_cancellation_whose_answer_is_lost_is_one_cancellation(shop: ShopifyServer) -> None:
    shop.work = 3
    shop.faults = [answered(shop), Lost()]
    assert connect(shop).cancel("1001", ANA, key="key-1").state is OrderState.CANCELLED
    assert len(shop.cancelling) == 1


def test_a_commit_whose_answer_is_lost_is_one_change(shop: ShopifyServer) -> None:
    shop.orders[0].paid = False
    orders = connect(shop)
    shirt = orders.find("1001", ANA).lines[0]
    shop.lose("orderEditCommit")
    change = ItemChange(line_id=shirt.line_id, quantity=1)
    changed = orders.change_item("1001", ANA, change, key="key-1")
    assert (changed.lines[0].quantity, shop.commits) == (1, 1)


def test_an_order_that_shopify_will_not_cancel_stays(shop: ShopifyServer) -> None:
    shop.on_hold = True
    with pytest.raises(CannotCancel) as caught:
        connect(shop).cancel("1001", ANA, key="key-1")
    assert caught.value.reason is Reason.OTHER


def answered(shop: ShopifyServer) -> Response:
    """What the shop answers to the look-up of 1001 by Ana."""
    connect(shop).find("1001", ANA)
    return shop.handle(shop.seen.pop())


def test_a_cancellation_that_takes_too_long_may_have_happened(shop: ShopifyServer) -> None:
    shop.work = 100
    with pytest.raises(ServiceUnavailable) as caught:
        connect(shop).cancel("1001", ANA, key="key-1")
    assert caught.value.maybe_done


def test_a_fee_that_shopify_does_not_know_is_not_taken(shop: ShopifyServer) -> None:
    with pytest.raises(CannotCancel) as caught:
        connect(shop).cancel("1001", ANA, key="key-1", fee_cents=300)
    assert caught.value.reason is Reason.AMOUNT_CHANGED
    assert shop.cancelling == {}


def test_a_token_that_may_not_refund_is_our_mistake(shop: ShopifyServer) -> None:
    shop.may_refund = False
    with pytest.raises(ServiceMisconfigured, match="refund"):
        connect(shop).cancel("1001", ANA, key="key-1")


# --- changing -------------------------------------------------------------------------------------


def test_a_size_is_swapped_for_the_same_price(shop: ShopifyServer) -> None:
    orders = connect(shop)
    shirt = orders.find("1001", ANA).lines[0]
    change = ItemChange(line_id=shirt.line_id, variant_id=LARGE)
    changed = orders.change_item("1001", ANA, change, key="key-1")
    assert {(line.product, line.size, line.quantity) for line in changed.lines} == {
        ("Moss hat", "", 1),
        ("Fern shirt", "L", 2),
    }
    assert changed.total_cents == 6740
    assert orders.change_item("1001", ANA, change, key="key-1") == changed
    assert shop.commits == 1


def test_a_paid_order_is_not_changed_for_another_price(shop: ShopifyServer) -> None:
    orders = connect(shop)
    shirt = orders.find("1001", ANA).lines[0]
    with pytest.raises(CannotChange) as caught:
        orders.change_item("1001", ANA, ItemChange(line_id=shirt.line_id, quantity=3), key="k")
    assert caught.value.reason is Reason.PRICE_DIFFERS
    assert (shop.commits, shop.orders[0].lines[0].left) == (0, 2)


def test_an_unpaid_order_may_get_more_or_less(shop: ShopifyServer) -> None:
    shop.orders[0].paid = False
    orders = connect(shop)
    shirt, hat = orders.find("1001", ANA).lines
    more = orders.change_item("1001", ANA, ItemChange(line_id=shirt.line_id, quantity=3), key="a")
    assert (more.lines[0].quantity, more.total_cents) == (3, 9240)
    less = orders.change_item("1001", ANA, ItemChange(line_id=hat.line_id, quantity=0), key="b")
    assert [line.product for line in less.lines] == ["Fern shirt"]
    with pytest.raises(CannotChange) as caught:
        orders.change_item("1001", ANA, ItemChange(line_id=shirt.line_id, quantity=0), key="c")
    assert caught.value.reason is Reason.LAST_LINE


def test_what_is_not_there_is_not_promised(shop: ShopifyServer) -> None:
    shop.orders[0].paid = False
    orders = connect(shop)
    shirt, hat = orders.find("1001", ANA).lines
    with pytest.raises(OutOfStock) as few:
        orders.change_item(
            "1001", ANA, ItemChange(line_id=shirt.line_id, variant_id=LARGE, quantity=3), key="a"
        )
    assert (few.value.product, few.value.available) == ("Fern shirt", 2)
    with pytest.raises(OutOfStock):
        orders.change_item("1001", ANA, ItemChange(line_id=hat.line_id, quantity=2), key="b")
    shop.stock[HAT].policy = "CONTINUE"
    assert orders.change_item("1001", ANA, ItemChange(line_id=hat.line_id, quantity=2), key="c")


@pytest.mark.parametrize(
    ("line", "variant", "reason"),
    [
        ("gid://shopify/LineItem/1", None, Reason.UNKNOWN_LINE),
        (None, "gid://shopify/ProductVariant/99", Reason.UNKNOWN_VARIANT),
    ],
)
def test_an_unknown_line_or_variant_is_named(
    shop: ShopifyServer, line: str | None, variant: str | None, reason: Reason
) -> None:
    orders = connect(shop)
    line_id = line or orders.find("1001", ANA).lines[0].line_id
    with pytest.raises(CannotChange) as caught:
        orders.change_item(
            "1001", ANA, ItemChange(line_id=line_id, variant_id=variant, quantity=1), key="k"
        )
    assert caught.value.reason is reason


def test_an_address_is_changed(shop: ShopifyServer) -> None:
    changed = connect(shop).change_address("1001", ANA, HOME, key="key-1")
    assert changed.address == HOME


@pytest.mark.parametrize("wrong", [{"city": ""}, {"country": "XX"}])
def test_an_address_that_shopify_refuses_is_not_taken(
    shop: ShopifyServer, wrong: dict[str, str]
) -> None:
    nowhere = HOME.model_copy(update=wrong)
    with pytest.raises(CannotChange) as caught:
        connect(shop).change_address("1001", ANA, nowhere, key="key-1")
    assert caught.value.reason is Reason.INVALID_ADDRESS
    assert shop.orders[0].address is None


def test_an_order_begins_in_the_shops_own_checkout(shop: ShopifyServer) -> None:
    new = NewOrder(
        name="Ana", email=ANA, address=HOME, lines=(NewLine(variant_id=SMALL, quantity=1),)
    )
    with pytest.raises(CannotPlace) as caught:
        connect(shop).place(new, key="key-1")
    assert caught.value.reason is Reason.NOT_SUPPORTED


# --- failures -------------------------------------------------------------------------------------


class TestShopifyOutOfOrder(VendorContract):
    service = "orders"
    name = "shopify"
    passing = (
        Response(429, "", {"Retry-After": "1"}),
        Response(500, ""),
        Response(503, ""),
        Lost(),
    )
    lasting = (
        Response(500, {"errors": "Internal Server Error"}),
        GARBAGE,
        Response(200, {"data": None}),
        Response(200, {"data": {"orders": {"nodes": [{"name": "#1001"}]}}}),
        Response(
            200, {"errors": [{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}
        ),
        Silence(),
    )
    wrong = (
        ("https://x.example", {"version": "2026-11"}, "version"),
        ("http://my-shop.example", {}, "https://"),
        ("my-shop.example", {}, "url must be"),
        ("https://my:pass@my-shop.example", {}, "no password"),
    )

    @pytest.fixture
    def vendor(self, shop: ShopifyServer) -> ShopifyServer:
        return shop

    @pytest.fixture
    def ask(self, shop: ShopifyServer) -> Ask:
        return lambda **how: connect(shop, **how).find("1001", ANA)

    def refusal(self, told: str) -> Response:
        return Response(200, {"errors": [{"message": f"{told} is wrong"}]})


def test_over_its_limit_the_question_waits_for_the_bucket(shop: ShopifyServer) -> None:
    pauses: list[float] = []
    settings = ServiceSettings("shopify", shop.url, SECRET)
    shop.bucket = 500.0
    assert ShopifyOrders(settings, pauses.append).find("1001", ANA).number == "1001"
    assert pauses == [pytest.approx(LONGEST_PAUSE, abs=0.5)]
    assert len(shop.seen) == 2


def test_a_missing_token_is_named() -> None:
    with pytest.raises(ServiceMisconfigured, match="needs a token"):
        adapter("orders", ServiceSettings("shopify", "https://my-shop.example"))


def test_a_missing_scope_is_named(shop: ShopifyServer) -> None:
    shop.scopes_missing = True
    with pytest.raises(ServiceMisconfigured, match="read_orders"):
        connect(shop).find("1001", ANA)
