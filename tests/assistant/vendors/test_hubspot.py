"""Customers in HubSpot, against an account that follows its API, beside a WooCommerce shop."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from actions.services.adapters.hubspot import HubSpotCustomers
from actions.services.adapters.woocommerce import WooCommerceOrders
from actions.services.customers import (
    CannotDelete,
    CannotRegister,
    CannotUpdate,
    CustomerChange,
    CustomerNotFound,
    CustomerService,
    NewCustomer,
)
from actions.services.errors import NotPossible, Reason, ServiceUnavailable
from actions.services.facts import Address
from actions.services.identity import Identity
from actions.services.retries import ATTEMPTS
from actions.services.settings import ServiceSettings
from tests.assistant.contracts import STRANGER, CustomerServiceContract
from tests.assistant.vendors.contract import Ask, VendorContract
from tests.assistant.vendors.hubspot_server import NEWSLETTER, Contact, HubSpotServer, failed
from tests.assistant.vendors.server import GARBAGE, SECRET, Lost, Response, Silence, serving
from tests.assistant.vendors.woocommerce_server import KEY, Line, Order, WooCommerceServer

ANA = "ana.morales@example.com"
SIGNED_IN = Identity("Ana.Morales@example.com", customer_id="501")
BY_ORDER = Identity(ANA, order_number="1001")


@pytest.fixture
def crm() -> Iterator[HubSpotServer]:
    crm = HubSpotServer()
    crm.contacts = {
        501: Contact(
            501,
            {
                "email": ANA,
                "firstname": "Ana",
                "lastname": "Morales",
                "phone": "+34600123456",
                "shop_customer_id": "7",
            },
        ),
        502: Contact(502, {"email": "ben@example.com", "firstname": "Ben"}),
    }
    crm.subscribed = {ANA}
    with serving(crm):
        yield crm


@pytest.fixture
def shop() -> Iterator[WooCommerceServer]:
    shop = WooCommerceServer()
    shop.orders = [Order(1001, ANA, [Line(1, "Fern shirt", 1, "25.00")], status="cancelled")]
    with serving(shop):
        yield shop


Connect = Callable[..., HubSpotCustomers]


@pytest.fixture
def connect(crm: HubSpotServer, shop: WooCommerceServer) -> Connect:
    orders = WooCommerceOrders(
        ServiceSettings("woocommerce", shop.url, SECRET), lambda _: None, consumer_key=KEY
    )

    def connect(
        *,
        token: str = SECRET,
        timeout: float = 5.0,
        customer_property: str = "",
        single_opt_in: bool = False,
    ) -> HubSpotCustomers:
        return HubSpotCustomers(
            ServiceSettings("hubspot", crm.url, token, timeout),
            lambda _: None,
            lambda: orders,
            newsletter_id=NEWSLETTER,
            customer_property=customer_property,
            single_opt_in=single_opt_in,
        )

    return connect


class TestHubSpotCustomers(CustomerServiceContract):
    who = SIGNED_IN

    @pytest.fixture
    def service(self, connect: Connect) -> HubSpotCustomers:
        return connect()

    def test_known_and_unknown_addresses_get_the_same_answer(
        self, service: CustomerService
    ) -> None:
        """HubSpot has no passwords and no registrations, whoever asks."""
        for place, email in enumerate((ANA, STRANGER)):
            service.set_newsletter(email, False, key=f"turn-{place}:1")
            for ask in (service.send_password_reset, service.resend_confirmation):
                with pytest.raises(NotPossible) as caught:
                    ask(email, key=f"turn-{place}:2")
                assert caught.value.reason is Reason.NOT_SUPPORTED


def test_a_customer_is_told_what_is_known_of_them(connect: Connect) -> None:
    for who in (SIGNED_IN, BY_ORDER):
        customer = connect().find(who)
        assert (customer.name, customer.email, customer.phone) == (
            "Ana Morales",
            ANA,
            "+34600123456",
        )
        assert customer.newsletter
        assert customer.addresses == ()
        assert customer.created_at == datetime(2024, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "who",
    [
        Identity(ANA, customer_id="502"),
        Identity("ben@example.com", customer_id="501"),
        Identity("nobody@example.com", customer_id="501"),
        Identity(ANA, order_number="9999"),
        Identity("ben@example.com", order_number="1001"),
        Identity("nobody@example.com", order_number="1001"),
    ],
)
def test_a_wrong_proof_and_no_customer_look_the_same(connect: Connect, who: Identity) -> None:
    customers = connect()
    told = set()
    home = Address(name="x", street="x", city="x", postcode="x", country="ES")
    calls: list[Callable[[], object]] = [
        lambda: customers.find(who),
        lambda: customers.update(who, CustomerChange(name="x"), key="k"),
        lambda: customers.save_address(who, home, key="k"),
        lambda: customers.request_deletion(who, key="k"),
    ]
    for ask in calls:
        with pytest.raises(CustomerNotFound) as caught:
            ask()
        told.add(str(caught.value))
    assert told == {""}


def test_the_shops_own_number_of_a_customer_may_be_the_proof(connect: Connect) -> None:
    customers = connect(customer_property="shop_customer_id")
    assert customers.find(Identity(ANA, customer_id="7")).customer_id == "501"
    with pytest.raises(CustomerNotFound):
        customers.find(Identity(ANA, customer_id="501"))
    with pytest.raises(CustomerNotFound):
        customers.find(Identity("ben@example.com", customer_id="7"))


def test_a_new_address_takes_the_place_of_the_old(connect: Connect, crm: HubSpotServer) -> None:
    home = Address(
        name="Ana Morales", street="Gran Vía 2", city="Madrid", postcode="28013", country="ES"
    )
    customers = connect()
    [saved] = customers.save_address(SIGNED_IN, home, key="k").addresses
    assert (saved.address.street, saved.address.country, saved.default) == (
        "Gran Vía 2",
        "ES",
        True,
    )
    with pytest.raises(CannotUpdate) as caught:
        customers.save_address(SIGNED_IN, home, key="k", default=False)
    assert caught.value.reason is Reason.NOT_SUPPORTED
    crm.contacts[501].properties["country"] = "Spain, probably"
    assert customers.find(SIGNED_IN).addresses == ()


def test_what_hubspot_refuses_is_named(connect: Connect, crm: HubSpotServer) -> None:
    customers = connect()
    with pytest.raises(CannotUpdate) as phone:
        customers.update(SIGNED_IN, CustomerChange(phone="call me"), key="k")
    with pytest.raises(CannotUpdate) as email:
        customers.update(SIGNED_IN, CustomerChange(email="ana@new.example"), key="k")
    assert phone.value.reason is Reason.INVALID_PHONE
    assert email.value.reason is Reason.NOT_SUPPORTED
    assert crm.contacts[501].properties["email"] == ANA


def test_the_newsletter_stops_at_once_for_any_address(connect: Connect, crm: HubSpotServer) -> None:
    customers = connect()
    for email in (ANA, "nobody@example.com"):
        customers.set_newsletter(email, False, key="k")
    assert crm.opted_out == {ANA, "nobody@example.com"}
    assert not customers.find(SIGNED_IN).newsletter


def test_nobody_is_subscribed_without_a_mail_unless_the_shop_says_so(
    connect: Connect, crm: HubSpotServer
) -> None:
    with pytest.raises(CannotUpdate) as caught:
        connect().set_newsletter("ben@example.com", True, key="k")
    assert caught.value.reason is Reason.NOT_SUPPORTED
    connect(single_opt_in=True).set_newsletter("ben@example.com", True, key="k")
    assert "ben@example.com" in crm.subscribed


def test_a_contact_is_deleted_by_gdpr(connect: Connect, crm: HubSpotServer) -> None:
    gone = connect().request_deletion(BY_ORDER, key="k")
    assert gone.deletion_on is not None
    assert (501 in crm.contacts, crm.blocked) == (False, {ANA})


def test_a_deletion_whose_answer_is_lost_is_a_deletion(
    connect: Connect, crm: HubSpotServer
) -> None:
    crm.lose("objectId")
    assert connect().request_deletion(BY_ORDER, key="k").email == ANA
    assert 501 not in crm.contacts


def test_who_still_waits_for_an_order_is_not_deleted(
    connect: Connect, crm: HubSpotServer, shop: WooCommerceServer
) -> None:
    shop.orders[0].status = "processing"
    with pytest.raises(CannotDelete) as caught:
        connect().request_deletion(BY_ORDER, key="k")
    assert caught.value.reason is Reason.OPEN_ORDERS
    assert 501 in crm.contacts


def test_accounts_are_opened_in_the_shop(connect: Connect) -> None:
    with pytest.raises(CannotRegister) as caught:
        connect().create(NewCustomer(name="Ana", email="new@example.com"), key="k")
    assert caught.value.reason is Reason.NOT_SUPPORTED


# --- failures -------------------------------------------------------------------------------------


class TestHubSpotOutOfOrder(VendorContract):
    service = "customers"
    name = "hubspot"
    passing = (
        failed(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit."),
        failed(502, "INTERNAL_ERROR", ""),
        Response(503, ""),
        Lost(),
        GARBAGE,
    )
    lasting = (
        *passing,
        Silence(),
        Response(200, {"results": [{"id": 501}]}),
        Response(200, []),
    )
    wrong = (
        ("https://api.hubapi.com", {}, r"needs \['newsletter_id'\]"),
        (
            "https://api.hubapi.com",
            {"newsletter_id": 1, "version": "v3"},
            "version is half a year",
        ),
        ("http://api.hubapi.com", {"newsletter_id": 1}, "https://"),
    )

    @pytest.fixture
    def vendor(self, crm: HubSpotServer) -> HubSpotServer:
        return crm

    @pytest.fixture
    def ask(self, connect: Connect) -> Ask:
        return lambda **how: connect(**how).find(SIGNED_IN)


def test_what_is_written_gets_into_no_addresses_and_logs(
    connect: Connect, crm: HubSpotServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connect().update(SIGNED_IN, CustomerChange(name="Ana M. Ruiz"), key="k")
    connect().set_newsletter(ANA, False, key="k")
    assert SECRET not in caplog.text
    assert ANA not in caplog.text and "Ruiz" not in caplog.text
    assert all(ANA not in request.path for request in crm.seen)


def test_a_shop_that_is_down_proves_nothing(connect: Connect, shop: WooCommerceServer) -> None:
    shop.faults = [Response(503, "")] * ATTEMPTS
    with pytest.raises(ServiceUnavailable):
        connect().find(BY_ORDER)
