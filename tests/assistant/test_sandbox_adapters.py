"""The sandbox's adapters: the contracts, every fault, and what only the sandbox can show."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.services.adapters.sandbox.customers import SandboxCustomers
from actions.services.adapters.sandbox.orders import SandboxOrders
from actions.services.adapters.sandbox.payments import SandboxPayments
from actions.services.adapters.sandbox.products import SandboxProducts
from actions.services.adapters.sandbox.shipping import SandboxShipping
from actions.services.adapters.sandbox.tickets import SandboxTickets
from actions.services.client import JsonClient
from actions.services.customers import CannotDelete, CannotUpdate, CustomerChange, NewCustomer
from actions.services.errors import (
    NotFound,
    Reason,
    ServiceUnavailable,
    TooManyAttempts,
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
from actions.services.payments import (
    CannotRefund,
    NoInvoice,
    PaymentFailure,
    PaymentState,
    RefundLine,
    RefundRequest,
    RefundState,
)
from actions.services.registry import adapter
from actions.services.settings import ServiceSettings
from actions.services.shipping import CannotDeliver, ParcelState
from actions.services.tickets import CannotOpen, NewTicket, TicketKind
from sandbox.faults import Fault
from sandbox.security import DEMO_API_KEY
from sandbox.tables import Mail, Shipment
from tests.assistant.conftest import FaultyShop, Shop
from tests.assistant.contracts import (
    KEY,
    CustomerServiceContract,
    OrderServiceContract,
    PaymentServiceContract,
    ProductServiceContract,
    ShippingServiceContract,
    TicketServiceContract,
    unavailable,
)

ANA = "ana.morales@example.com"
BEN = "ben.carter@example.com"
CHIARA = "chiara.ricci@example.com"
DAWIT = "dawit.bekele@example.com"
ISLA = "isla.obrien@example.com"

UNPAID = ("CM-11008", ANA)
TO_CHANGE = ("CM-11021", BEN)
TO_RETURN = ("CM-11027", CHIARA)
TOO_OLD = ("CM-11032", DAWIT)
PACKING = ("CM-11083", ISLA)

SPAIN = Address(
    name="Ana Morales", street="Calle Mayor 1", city="Madrid", postcode="28013", country="ES"
)


class TestSandboxOrders(OrderServiceContract):
    owner = ANA
    cancellable = "CM-10412"
    dispatched = ("CM-10490", ANA)

    @pytest.fixture
    def service(self, shop: Shop) -> SandboxOrders:
        return SandboxOrders(shop.settings)

    def test_packing_costs_a_fee_that_must_be_agreed_to(self, service: SandboxOrders) -> None:
        order = service.find(*PACKING)
        assert (order.state, order.cancellation_fee_cents) == (OrderState.PACKING, 500)
        with pytest.raises(CannotCancel) as caught:
            service.cancel(*PACKING, key=KEY, fee_cents=0)
        assert caught.value.reason is Reason.AMOUNT_CHANGED
        cancelled = service.cancel(*PACKING, key=KEY, fee_cents=500)
        assert cancelled.refund is not None
        assert cancelled.refund.amount_cents == order.total_cents - 500

    def test_a_size_is_changed_if_there_is_one(self, service: SandboxOrders) -> None:
        jacket = service.find(*TO_CHANGE).lines[0]
        assert (jacket.product, jacket.size, jacket.colour) == ("Kestrel rain jacket", "S", "red")
        large = ItemChange(line_id=jacket.line_id, variant_id="KESTREL-RED-L")
        with pytest.raises(OutOfStock) as caught:
            service.change_item(*TO_CHANGE, large, key=KEY)
        assert (caught.value.product, caught.value.available) == ("Kestrel rain jacket", 0)
        medium = ItemChange(line_id=jacket.line_id, variant_id="KESTREL-RED-M")
        changed = service.change_item(*TO_CHANGE, medium, key=KEY)
        assert [line.size for line in changed.lines] == ["M", "M"]
        assert changed.refund is None

    def test_fewer_pieces_give_money_back_and_more_are_refused(
        self, service: SandboxOrders
    ) -> None:
        shirt = service.find(*TO_CHANGE).lines[1]
        with pytest.raises(CannotChange) as caught:
            service.change_item(*TO_CHANGE, ItemChange(line_id=shirt.line_id, quantity=3), key=KEY)
        assert caught.value.reason is Reason.PRICE_DIFFERS
        one = ItemChange(line_id=shirt.line_id, quantity=1)
        changed = service.change_item(*TO_CHANGE, one, key=KEY)
        assert changed.refund is not None
        assert changed.refund.amount_cents == shirt.unit_price_cents
        assert service.change_item(*TO_CHANGE, one, key=KEY) == changed

    def test_the_last_line_and_unknown_things_are_not_changed(self, service: SandboxOrders) -> None:
        jacket, shirt = service.find(*TO_CHANGE).lines
        nothing = ItemChange(line_id=shirt.line_id, quantity=0)
        assert len(service.change_item(*TO_CHANGE, nothing, key="turn-0:1").lines) == 1
        for place, (change, reason) in enumerate(
            [
                (ItemChange(line_id=jacket.line_id, quantity=0), Reason.LAST_LINE),
                (ItemChange(line_id="0", quantity=1), Reason.UNKNOWN_LINE),
                (
                    ItemChange(line_id=jacket.line_id, variant_id="ZEPPELIN"),
                    Reason.UNKNOWN_VARIANT,
                ),
            ]
        ):
            with pytest.raises(CannotChange) as caught:
                service.change_item(*TO_CHANGE, change, key=f"turn-{place}:2")
            assert caught.value.reason is reason

    def test_an_address_is_changed_before_dispatch(self, service: SandboxOrders) -> None:
        elsewhere = SPAIN.model_copy(update={"street": "Calle Nueva 4"})
        assert service.change_address("CM-10412", ANA, elsewhere, key=KEY).address == elsewhere
        for place, (number, address, reason) in enumerate(
            [
                ("CM-10490", elsewhere, Reason.ALREADY_DISPATCHED),
                ("CM-10412", SPAIN.model_copy(update={"postcode": "12"}), Reason.INVALID_ADDRESS),
                ("CM-10412", SPAIN.model_copy(update={"country": "AQ"}), Reason.NO_DELIVERY_THERE),
            ]
        ):
            with pytest.raises(CannotChange) as caught:
                service.change_address(number, ANA, address, key=f"turn-{place}:2")
            assert caught.value.reason is reason

    def test_an_order_is_placed_once_and_waits_for_its_payment(
        self, service: SandboxOrders
    ) -> None:
        wanted = NewOrder(
            name="Zoe Neumann",
            email="zoe@example.com",
            address=SPAIN,
            lines=(NewLine(variant_id="IRIS-BLACK", quantity=2),),
            total_cents=2 * 1290 + 490,
        )
        placed = service.place(wanted, key=KEY)
        assert placed.state is OrderState.AWAITING_PAYMENT
        assert placed.payment_url.startswith("http")
        assert service.place(wanted, key=KEY) == placed
        assert service.find(placed.number, "zoe@example.com") == placed

    def test_nothing_is_ordered_for_another_price_or_beyond_the_stock(
        self, service: SandboxOrders
    ) -> None:
        wanted = NewOrder(
            name="Zoe Neumann",
            email="zoe@example.com",
            address=SPAIN,
            lines=(NewLine(variant_id="KESTREL-RED-L", quantity=1),),
        )
        with pytest.raises(OutOfStock):
            service.place(wanted, key=KEY)
        other = wanted.model_copy(
            update={"lines": (NewLine(variant_id="IRIS-BLACK", quantity=1),), "total_cents": 1}
        )
        with pytest.raises(CannotPlace) as caught:
            service.place(other, key=KEY)
        assert caught.value.reason is Reason.AMOUNT_CHANGED

    def test_guessing_ends_for_everybody_alike(self, service: SandboxOrders) -> None:
        for email in (ANA, "nobody@example.com"):
            for guess in range(10):
                with pytest.raises(OrderNotFound):
                    service.find(f"CM-2000{guess}", email)
            with pytest.raises(TooManyAttempts):
                service.find("CM-10412", email)
        assert service.find(*TO_CHANGE).number == TO_CHANGE[0]


class TestSandboxShipping(ShippingServiceContract):
    country, postcode = "DE", "04109"

    @pytest.fixture
    def service(self, shop: Shop) -> SandboxShipping:
        with Session(shop.database) as session, session.begin():
            sent = select(Shipment).where(Shipment.dispatched_at.is_not(None))
            type(self).tracking_number = session.scalars(sent).all()[0].tracking_number
        return SandboxShipping(shop.settings)

    def test_a_parcel_at_the_door_and_one_not_sent_are_told_apart(
        self, shop: Shop, service: SandboxShipping
    ) -> None:
        orders = SandboxOrders(shop.settings)
        today = orders.find("CM-11109", ANA).shipments[0]
        assert service.track(today.tracking_number).state is ParcelState.OUT_FOR_DELIVERY
        waiting = orders.find("CM-11099", "jonas.weber@example.com").shipments[1]
        assert service.track(waiting.tracking_number).state is ParcelState.ANNOUNCED

    @pytest.mark.parametrize(
        ("country", "postcode", "reason"),
        [("AQ", "", Reason.NO_DELIVERY_THERE), ("DE", "ABC", Reason.INVALID_ADDRESS)],
    )
    def test_nothing_goes_where_nothing_can_arrive(
        self, service: SandboxShipping, country: str, postcode: str, reason: Reason
    ) -> None:
        with pytest.raises(CannotDeliver) as caught:
            service.options(country, postcode)
        assert caught.value.reason is reason


class TestSandboxPayments(PaymentServiceContract):
    paid = TO_RETURN
    failed = UNPAID

    @pytest.fixture
    def service(self, shop: Shop) -> SandboxPayments:
        return SandboxPayments(shop.settings)

    def test_some_pieces_go_back_and_the_rest_later(self, service: SandboxPayments) -> None:
        offer = service.refundable(*TO_RETURN)
        lamp, mats = offer.lines
        assert (lamp.quantity, mats.quantity) == (1, 2)
        one_mat = RefundRequest(
            amount_cents=mats.unit_amount_cents,
            lines=(RefundLine(line_id=mats.line_id, quantity=1),),
        )
        begun = service.refund(*TO_RETURN, one_mat, key=KEY)
        assert begun.state is RefundState.AWAITING_RETURN
        assert begun.return_label_url.startswith("http")
        assert begun.products == (mats.product,)
        left = service.refundable(*TO_RETURN)
        assert left.amount_cents == offer.amount_cents - mats.unit_amount_cents
        two_mats = RefundRequest(
            amount_cents=2 * mats.unit_amount_cents,
            lines=(RefundLine(line_id=mats.line_id, quantity=2),),
        )
        with pytest.raises(CannotRefund) as caught:
            service.refund(*TO_RETURN, two_mats, key="turn-2:1")
        assert caught.value.reason is Reason.ALREADY_REFUNDED

    @pytest.mark.parametrize(
        ("order", "reason"),
        [
            (UNPAID, Reason.NOT_PAID),
            (TO_CHANGE, Reason.NOT_DELIVERED_YET),
            (TOO_OLD, Reason.OUTSIDE_RETURN_WINDOW),
            (("CM-11055", "greta.lindqvist@example.com"), Reason.ALREADY_REFUNDED),
            (("CM-10564", ANA), Reason.ALREADY_CANCELLED),
        ],
    )
    def test_a_reason_is_given_before_and_after_asking(
        self, service: SandboxPayments, order: tuple[str, str], reason: Reason
    ) -> None:
        assert service.refundable(*order).not_refundable_because is reason
        with pytest.raises(CannotRefund) as caught:
            service.refund(*order, RefundRequest(amount_cents=100), key=KEY)
        assert caught.value.reason is reason

    def test_an_unpaid_order_has_a_reason_and_no_invoice(self, service: SandboxPayments) -> None:
        payment = service.payment(*UNPAID)
        assert payment.state is PaymentState.FAILED
        assert payment.failure is PaymentFailure.CARD_DECLINED
        with pytest.raises(NoInvoice):
            service.invoice(*UNPAID)

    def test_an_invoice_is_mailed_once_to_the_orders_own_address(
        self, shop: Shop, service: SandboxPayments
    ) -> None:
        for _ in range(2):
            service.send_invoice(*TO_RETURN, key=KEY)
        assert mails(shop) == [(CHIARA, "Your invoice INV-11027")]

    def test_some_ways_to_pay_are_for_some_countries(self, service: SandboxPayments) -> None:
        codes = [{method.code for method in service.methods(place)} for place in ("DE", "ES")]
        assert codes[0] - codes[1] == {"klarna"}


class TestSandboxCustomers(CustomerServiceContract):
    who = Identity(ANA, order_number="CM-10412")

    @pytest.fixture
    def service(self, shop: Shop) -> SandboxCustomers:
        return SandboxCustomers(shop.settings)

    def test_a_signed_in_customer_needs_no_order(self, service: SandboxCustomers) -> None:
        found = service.find(self.who)
        assert service.find(Identity(ANA, customer_id=found.customer_id)) == found
        for wrong in (
            Identity(BEN, customer_id=found.customer_id),
            Identity(BEN, order_number="CM-10412"),
            Identity(ANA, customer_id="cus-9999"),
        ):
            with pytest.raises(NotFound):
                service.find(wrong)

    def test_who_registers_hears_of_an_account_by_mail_only(
        self, shop: Shop, service: SandboxCustomers
    ) -> None:
        service.create(NewCustomer(name="Zoe", email="zoe@example.com"), key="turn-1:1")
        service.create(NewCustomer(name="Ana", email=ANA), key="turn-2:1")
        service.resend_confirmation("zoe@example.com", key="turn-3:1")
        service.resend_confirmation(ANA, key="turn-4:1")
        service.send_password_reset(ANA, key="turn-5:1")
        service.send_password_reset("nobody@example.com", key="turn-6:1")
        assert mails(shop) == [
            ("zoe@example.com", "Confirm your account and choose a password"),
            (ANA, "You already have an account"),
            ("zoe@example.com", "Confirm your account and choose a password"),
            (ANA, "Set a new password"),
        ]

    def test_a_new_address_waits_for_a_click(self, shop: Shop, service: SandboxCustomers) -> None:
        changed = service.update(self.who, CustomerChange(email="Ana@example.org"), key=KEY)
        assert (changed.email, changed.pending_email) == (ANA, "ana@example.org")
        assert [to for to, _ in mails(shop)] == ["ana@example.org", ANA]

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (CustomerChange(email="ana at example"), Reason.INVALID_EMAIL),
            (CustomerChange(phone="call me"), Reason.INVALID_PHONE),
        ],
    )
    def test_what_cannot_be_reached_is_not_saved(
        self, service: SandboxCustomers, change: CustomerChange, reason: Reason
    ) -> None:
        with pytest.raises(CannotUpdate) as caught:
            service.update(self.who, change, key=KEY)
        assert caught.value.reason is reason

    def test_an_account_goes_only_without_open_business(self, service: SandboxCustomers) -> None:
        with pytest.raises(CannotDelete) as caught:
            service.request_deletion(self.who, key=KEY)
        assert caught.value.reason is Reason.OPEN_ORDERS

    def test_unsubscribing_works_at_once_and_subscribing_by_mail(
        self, shop: Shop, service: SandboxCustomers
    ) -> None:
        service.set_newsletter(ANA, False, key="turn-1:1")
        assert service.find(self.who).newsletter is False
        service.set_newsletter(ANA, True, key="turn-2:1")
        assert service.find(self.who).newsletter is False
        assert mails(shop) == [(ANA, "Please confirm your subscription")]


class TestSandboxTickets(TicketServiceContract):
    @pytest.fixture
    def service(self, shop: Shop) -> SandboxTickets:
        return SandboxTickets(shop.settings)

    def test_somebody_who_cannot_be_answered_is_told_so(self, service: SandboxTickets) -> None:
        ticket = NewTicket(kind=TicketKind.QUESTION, subject="?", text="?", email="nowhere")
        with pytest.raises(CannotOpen) as caught:
            service.open(ticket, key=KEY)
        assert caught.value.reason is Reason.INVALID_EMAIL


class TestSandboxProducts(ProductServiceContract):
    words, name = "do you have those runing shoes in blue", "Maple running shoes"

    @pytest.fixture
    def service(self, shop: Shop) -> SandboxProducts:
        return SandboxProducts(shop.settings)

    def test_stores_are_open_at_their_hours(self, service: SandboxProducts) -> None:
        [leipzig] = service.stores("leipzig")
        assert [day.weekday for day in leipzig.hours] == [1, 2, 3, 4, 5, 6, 7]
        assert [day.opens is None for day in leipzig.hours] == [False] * 6 + [True]
        assert len(service.stores()) == 3


Call = Callable[[Any], object]

READS: Mapping[str, Call] = {
    "orders": lambda service: service.find("CM-10412", ANA),
    "shipping": lambda service: service.options("ES"),
    "payments": lambda service: service.payment("CM-10412", ANA),
    "customers": lambda service: service.find(Identity(ANA, order_number="CM-10412")),
    "tickets": lambda service: service.find("T-5001", ANA),
    "products": lambda service: service.search("lamp"),
}
EFFECTS: Mapping[str, Call] = {
    "orders": lambda service: service.cancel("CM-10412", ANA, key=KEY),
    "payments": lambda service: service.refund(
        *TO_RETURN, RefundRequest(amount_cents=9790), key="turn-1:3"
    ),
    "customers": lambda service: service.update(
        Identity(ANA, order_number="CM-10412"), CustomerChange(name="Ana Ruiz"), key="turn-1:2"
    ),
    "tickets": lambda service: service.open(
        NewTicket(kind=TicketKind.COMPLAINT, subject="!", text="!", email=ANA), key="turn-1:4"
    ),
}


class TestFaults:
    """Every service, with everything that can go wrong with it."""

    @pytest.mark.parametrize("fault", list(Fault))
    def test_a_fault_is_never_an_answer(self, faulty: FaultyShop, fault: Fault) -> None:
        for name, call in READS.items():
            self._fails(name, call, faulty, fault)

    @pytest.mark.parametrize("fault", list(Fault))
    def test_an_effect_is_in_doubt_only_where_it_may_have_happened(
        self, faulty: FaultyShop, fault: Fault
    ) -> None:
        for name, call in EFFECTS.items():
            error = self._fails(name, call, faulty, fault)
            assert error.maybe_done is (fault is not Fault.LIMITED)

    def test_a_lost_answer_is_found_again_with_the_key(
        self, shop: Shop, faulty: FaultyShop
    ) -> None:
        for name, call in EFFECTS.items():
            self._fails(name, call, faulty, Fault.LOST)
            call(adapter(name, shop.settings))
        payments = SandboxPayments(shop.settings)
        assert len(payments.refunds(*TO_RETURN)) == 1
        assert [subject for _, subject in mails(shop)] == ["We have your message, T-5004"]

    def test_a_fault_passes_and_the_next_attempt_succeeds(self, faulty: FaultyShop) -> None:
        for plan in ("500:/orders:1", "429:/orders:2", "garbage:/orders:1", "lost:/orders:2"):
            faulty.breaks(plan)
            client = JsonClient(faulty.settings, sleep=lambda _: None)
            order = SandboxOrders(faulty.settings, client).find("CM-10412", ANA)
            assert order.number == "CM-10412"

    def test_nothing_happens_to_a_service_that_is_down(self, shop: Shop) -> None:
        with socket.create_server(("127.0.0.1", 0)) as door:
            nowhere = replace(shop, url=f"http://127.0.0.1:{door.getsockname()[1]}")
        for name, call in EFFECTS.items():
            assert self._fails(name, call, nowhere, None).maybe_done is False

    def _fails(self, name: str, call: Call, shop: Shop, fault: Fault | None) -> ServiceUnavailable:
        """What comes of a call whose requests ask for a fault, without waiting in between."""
        timeout = 0.15 if fault is Fault.SLOW else 5.0
        settings = ServiceSettings("sandbox", shop.url, DEMO_API_KEY, timeout)
        headers = {"Authorization": f"Bearer {DEMO_API_KEY}"}
        if fault is not None:
            headers["X-Sandbox-Fault"] = fault
        client = JsonClient(settings, headers=headers, sleep=lambda _: None)
        service = SANDBOX[name](settings, client)
        return unavailable(lambda: call(service))


SANDBOX: Mapping[str, Callable[[ServiceSettings, JsonClient], object]] = {
    "orders": SandboxOrders,
    "shipping": SandboxShipping,
    "payments": SandboxPayments,
    "customers": SandboxCustomers,
    "tickets": SandboxTickets,
    "products": SandboxProducts,
}


def mails(shop: Shop) -> list[tuple[str, str]]:
    """What the shop has mailed: to whom, and the subject."""
    with Session(shop.database) as session, session.begin():
        return [(mail.to, mail.subject) for mail in session.scalars(select(Mail).order_by(Mail.id))]
