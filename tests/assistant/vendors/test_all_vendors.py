"""What holds for every vendor's adapter: wrong data are no facts, and threads do not mix."""

import copy
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from actions.services.adapters.easypost import EasyPostShipping
from actions.services.adapters.hubspot import HubSpotCustomers
from actions.services.adapters.shopify import ShopifyOrders
from actions.services.adapters.stripe import StripePayments
from actions.services.adapters.woocommerce import WooCommerceOrders
from actions.services.adapters.zendesk import ZendeskTickets
from actions.services.customers import CustomerChange
from actions.services.errors import ServiceError
from actions.services.facts import Address, Facts
from actions.services.identity import Identity
from actions.services.orders import order_service
from actions.services.settings import ServiceSettings
from actions.services.tickets import NewTicket, TicketKind
from tests.assistant.vendors import easypost_server as easypost
from tests.assistant.vendors import shopify_server as shopify
from tests.assistant.vendors import stripe_server as stripe
from tests.assistant.vendors import woocommerce_server as woocommerce
from tests.assistant.vendors import zendesk_server as zendesk
from tests.assistant.vendors.hubspot_server import NEWSLETTER, Contact, HubSpotServer
from tests.assistant.vendors.server import SECRET, Response, Vendor, serving

ANA = "ana.morales@example.com"
HOME = Address(
    name="Ana Morales", street="Calle Mayor 1", city="Madrid", postcode="28013", country="ES"
)
WRONG: list[Any] = [
    None,
    "",
    "x",
    -1,
    10**30,
    1.5,
    True,
    [],
    {},
    "NaN",
    "1e999999",
    [None],
    "9" * 99,
]
TIMES = 2
"""Wrong values for each part; which of `WRONG` goes round from part to part."""

Ask = Callable[[], Facts | tuple[Facts, ...]]


def settings(vendor: Vendor) -> ServiceSettings:
    return ServiceSettings("vendor", vendor.url, SECRET)


def pause(seconds: float) -> None:
    """Tests don't wait."""


def shopify_order(vendor: Vendor) -> list[Ask]:
    assert isinstance(vendor, shopify.ShopifyServer)
    variant = "gid://shopify/ProductVariant/1"
    vendor.stock = {variant: shopify.Stock("25.00", 9, "Fern shirt", {"Size": "S"})}
    line = shopify.Line(1, "Fern shirt", variant, "25.00", 2, 2)
    home: dict[str, object] = {"countryCodeV2": "ES", "city": "Madrid", "name": "Ana Morales"}
    vendor.orders = [
        shopify.Order(1001, ANA, [line], parcels=[shopify.Parcel([line])], address=home)
    ]
    vendor.orders.append(shopify.Order(1002, ANA, [line], address=home))
    orders = ShopifyOrders(settings(vendor), pause)
    return [
        lambda: orders.find("1001", ANA),
        lambda: orders.change_address("1002", ANA, HOME, key="key-1"),
        lambda: orders.list_for(Identity(ANA, order_number="1001")),
    ]


def woocommerce_order(vendor: Vendor) -> list[Ask]:
    assert isinstance(vendor, woocommerce.WooCommerceServer)
    line = woocommerce.Line(1, "Fern shirt", 2, "42.02", "7.98", {"Size": "S"})
    home: dict[str, object] = {"country": "ES", "city": "Madrid", "first_name": "Ana"}
    parcel: dict[str, object] = {
        "tracking_provider": "DHL",
        "tracking_number": "1",
        "date_shipped": "2026-11-19",
    }
    refund: dict[str, object] = {"id": 1, "reason": "late", "total": "-1.00"}
    vendor.orders = [
        woocommerce.Order(
            1001, ANA, [line], status="completed", address=home, parcels=[parcel], refunds=[refund]
        )
    ]
    orders = WooCommerceOrders(settings(vendor), pause, consumer_key=woocommerce.KEY, tracking=True)
    vendor.orders.append(woocommerce.Order(1002, ANA, [line]))
    return [
        lambda: orders.find("1001", ANA),
        lambda: orders.change_address("1002", ANA, HOME, key="key-1"),
    ]


def stripe_payment(vendor: Vendor) -> list[Ask]:
    assert isinstance(vendor, stripe.StripeServer)
    metadata = {"order_number": "1001"}
    intent = stripe.Intent("pi_1", 6740, metadata=metadata, receipt_email=ANA, customer_email=ANA)
    vendor.intents = [intent]
    vendor.add_refund(intent, 1000, {"metadata[x]": "y"})
    lines = [("Fern shirt", 2, 5000, 500, 760)]
    vendor.invoices = [stripe.Invoice("in_1", "pi_1", ANA, lines, shipping=230)]
    payments = StripePayments(settings(vendor), pause)
    return [
        lambda: payments.payment("1001", ANA),
        lambda: payments.refundable("1001", ANA),
        lambda: payments.refunds("1001", ANA),
        lambda: payments.invoice("1001", ANA),
        lambda: payments.send_invoice("1001", ANA, key="key-1"),
        payments.methods,
    ]


def zendesk_ticket(vendor: Vendor) -> list[Ask]:
    tickets = ZendeskTickets(settings(vendor), pause, user=zendesk.AGENT)
    wanted = NewTicket(kind=TicketKind.COMPLAINT, subject="Lamp", text="Broken.", email=ANA)
    number = tickets.open(wanted, key="key-1").number
    assert isinstance(vendor, zendesk.ZendeskServer)
    vendor.tickets[int(number)].comments.append(zendesk.Comment(zendesk.AGENT_ID, "Sorry!"))
    return [lambda: tickets.find(number, ANA), lambda: tickets.open(wanted, key="key-1")]


def easypost_parcel(vendor: Vendor) -> list[Ask]:
    assert isinstance(vendor, easypost.EasyPostServer)
    details = [easypost.detail("in_transit", "2026-11-20T07:30:00+01:00", "Left", "Leipzig")]
    vendor.parcels["00340434161094000001"] = {
        "carrier": "DHLParcel",
        "status": "in_transit",
        "est_delivery_date": "2026-11-23T23:00:00Z",
        "carrier_detail": {"est_delivery_date_local": "2026-11-24"},
        "tracking_details": details,
    }
    vendor.rates = [easypost.rate("DHLParcel", "Paket", "4.90", 2)]
    shipping = EasyPostShipping(settings(vendor), pause, from_country="DE", from_postcode="10115")
    return [
        lambda: shipping.track("00340434161094000001"),
        lambda: shipping.options("ES", "28013"),
    ]


def hubspot_customer(vendor: Vendor) -> list[Ask]:
    assert isinstance(vendor, HubSpotServer)
    vendor.contacts[501] = Contact(501, {"email": ANA, "firstname": "Ana", "country": "ES"})
    customers = HubSpotCustomers(settings(vendor), pause, order_service, newsletter_id=NEWSLETTER)
    who = Identity(ANA, customer_id="501")
    return [
        lambda: customers.find(who),
        lambda: customers.update(who, CustomerChange(phone="+34600998877"), key="key-1"),
    ]


ALL = pytest.mark.parametrize(
    ("vendor", "prepare"),
    [
        pytest.param(shopify.ShopifyServer, shopify_order, id="shopify"),
        pytest.param(woocommerce.WooCommerceServer, woocommerce_order, id="woocommerce"),
        pytest.param(stripe.StripeServer, stripe_payment, id="stripe"),
        pytest.param(zendesk.ZendeskServer, zendesk_ticket, id="zendesk"),
        pytest.param(easypost.EasyPostServer, easypost_parcel, id="easypost"),
        pytest.param(HubSpotServer, hubspot_customer, id="hubspot"),
    ],
)


@ALL
def test_threads_ask_at_once_and_get_their_own_answers(
    vendor: Callable[[], Vendor], prepare: Callable[[Vendor], list[Ask]]
) -> None:
    served = vendor()
    with serving(served), ThreadPoolExecutor(8) as threads:
        for ask in prepare(served):
            alone = ask()
            together = [thread.result() for thread in [threads.submit(ask) for _ in range(16)]]
            assert together == [alone] * 16


@ALL
def test_wrong_data_are_no_facts(
    vendor: Callable[[], Vendor], prepare: Callable[[Vendor], list[Ask]]
) -> None:
    """Every part of every answer is replaced by something that it never should be.

    Whatever a vendor says, an adapter gives facts or one of our errors, and never another
    customer's facts.
    """
    served = vendor()
    wrong = itertools.cycle(WRONG)
    done: set[bytes] = set()
    with serving(served):
        for ask in prepare(served):
            served.given.clear()
            assert told(ask)
            answers = list(served.given)
            for place, answer in enumerate(answers):
                if answer.content() in done:
                    continue  # as when two questions begin alike
                done.add(answer.content())
                for path in paths(answer.body):
                    for value in itertools.islice(wrong, TIMES):
                        broken = Response(200, replaced(answer.body, path, value))
                        served.faults = [*answers[:place], broken]
                        assert told(ask) is not None, (path, value)


def told(ask: Ask) -> bool | None:
    """Whether there were facts: true, or false for one of our errors. `None` for foreign facts."""
    try:
        facts = ask()
    except ServiceError:
        return False
    emails = {
        getattr(fact, "email", ANA).casefold()
        for fact in (facts if isinstance(facts, tuple) else (facts,))
    }
    return True if emails <= {ANA} else None


def paths(body: object) -> Iterator[tuple[str | int, ...]]:
    """The ways to all parts of an answer, the whole first."""
    yield ()
    parts: list[tuple[Any, object]] = list(enumerate(body)) if isinstance(body, list) else []
    if isinstance(body, dict):
        parts = list(body.items())
    for name, part in parts:
        for rest in paths(part):
            yield (name, *rest)


def replaced(body: Any, path: tuple[str | int, ...], value: object) -> object:
    """A copy of an answer, with another value at the end of a way."""
    if not path:
        return value
    changed = copy.copy(body)
    changed[path[0]] = replaced(body[path[0]], path[1:], value)
    return changed
