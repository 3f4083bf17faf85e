"""What every adapter of a service must do, whoever provides it.

Subclass a contract in a test module, give it the fixture `service` (and the facts that its
shop holds, as the properties say), and pytest runs it:

    class TestSandboxOrders(OrderServiceContract):
        owner = "ana.morales@example.com"
        cancellable = "CM-10412"
        ...
"""

from collections.abc import Callable
from typing import ClassVar

import pytest

from actions.services.customers import CustomerChange, CustomerNotFound, CustomerService
from actions.services.errors import Reason, ServiceError, ServiceUnavailable
from actions.services.facts import Address
from actions.services.identity import Identity
from actions.services.orders import (
    CannotCancel,
    OrderNotFound,
    OrderService,
    OrderState,
)
from actions.services.payments import (
    CannotRefund,
    PaymentNotFound,
    PaymentService,
    RefundRequest,
)
from actions.services.products import ProductNotFound, ProductService
from actions.services.shipping import ShippingService, TrackingNotFound
from actions.services.tickets import NewTicket, TicketKind, TicketNotFound, TicketService

STRANGER = "nobody.knows@example.org"
KEY = "turn-1:1"


class OrderServiceContract:
    """For an adapter of orders. `service` must be fresh for each test."""

    owner: ClassVar[str]
    cancellable: ClassVar[str]
    """A paid order of the owner's that can be cancelled for nothing."""
    dispatched: ClassVar[tuple[str, str]]
    """Number and address of an order that has left."""

    def test_an_order_is_found_in_any_letter_case(self, service: OrderService) -> None:
        order = service.find(self.cancellable, self.owner.upper())
        assert order.number == self.cancellable
        assert order.email.casefold() == self.owner.casefold()
        assert (order.cancellable, order.not_cancellable_because) == (True, None)

    def test_the_money_of_an_order_adds_up(self, service: OrderService) -> None:
        order = service.find(self.cancellable, self.owner)
        goods = sum(line.quantity * line.unit_price_cents for line in order.lines)
        assert order.total_cents == goods + order.shipping_cents

    def test_somebody_elses_order_and_none_are_the_same(self, service: OrderService) -> None:
        said = {
            (type(error), str(error))
            for error in (
                _error(lambda: service.find(self.cancellable, STRANGER)),
                _error(lambda: service.find("CM-00000", STRANGER)),
                _error(lambda: service.cancel(self.cancellable, STRANGER, key=KEY)),
            )
        }
        assert said == {(OrderNotFound, str(OrderNotFound()))}
        assert service.find(self.cancellable, self.owner).state is not OrderState.CANCELLED

    def test_an_identity_lists_only_its_own_orders(self, service: OrderService) -> None:
        orders = service.list_for(Identity(self.owner, order_number=self.cancellable))
        assert self.cancellable in {order.number for order in orders}
        assert {order.email.casefold() for order in orders} == {self.owner.casefold()}
        assert list(orders) == sorted(orders, key=lambda order: order.placed_at, reverse=True)
        with pytest.raises(OrderNotFound):
            service.list_for(Identity(STRANGER, order_number=self.cancellable))

    def test_a_cancellation_repeated_with_its_key_is_one(self, service: OrderService) -> None:
        paid = service.find(self.cancellable, self.owner).total_cents
        first = service.cancel(self.cancellable, self.owner, key=KEY)
        again = service.cancel(self.cancellable, self.owner, key=KEY)
        assert first.state is again.state is OrderState.CANCELLED
        assert again.refund is not None
        assert again.refund.amount_cents == paid

    def test_a_cancelled_order_cannot_be_cancelled_with_another_key(
        self, service: OrderService
    ) -> None:
        service.cancel(self.cancellable, self.owner, key=KEY)
        with pytest.raises(CannotCancel) as caught:
            service.cancel(self.cancellable, self.owner, key="turn-2:1")
        assert caught.value.reason is Reason.ALREADY_CANCELLED

    def test_what_has_left_is_not_cancelled(self, service: OrderService) -> None:
        number, email = self.dispatched
        with pytest.raises(CannotCancel) as caught:
            service.cancel(number, email, key=KEY)
        order = service.find(number, email)
        assert order.state is OrderState.DISPATCHED
        assert order.not_cancellable_because is caught.value.reason is Reason.ALREADY_DISPATCHED


class ShippingServiceContract:
    """For an adapter of shipping."""

    tracking_number: ClassVar[str]
    country: ClassVar[str]
    postcode: ClassVar[str]

    def test_a_parcel_is_followed_from_the_first_checkpoint(self, service: ShippingService) -> None:
        parcel = service.track(self.tracking_number)
        assert parcel.tracking_number == self.tracking_number
        moments = [checkpoint.at for checkpoint in parcel.checkpoints]
        assert moments and moments == sorted(moments)
        assert parcel.state is parcel.checkpoints[-1].state

    def test_an_unknown_number_is_not_found(self, service: ShippingService) -> None:
        with pytest.raises(TrackingNotFound):
            service.track("XX000000000")

    def test_options_are_cheapest_first(self, service: ShippingService) -> None:
        options = service.options(self.country, self.postcode)
        prices = [option.price_cents for option in options]
        assert prices and prices == sorted(prices)
        assert all(0 <= option.days_min <= option.days_max for option in options)


class PaymentServiceContract:
    """For an adapter of payments. `service` must be fresh for each test."""

    paid: ClassVar[tuple[str, str]]
    """Number and address of a paid order of which everything may go back."""
    failed: ClassVar[tuple[str, str]]
    """Number and address of an order whose payment failed."""

    def test_a_payment_is_told_to_its_owner_only(self, service: PaymentService) -> None:
        number, email = self.paid
        payment = service.payment(number, email)
        assert (payment.order_number, payment.failure) == (number, None)
        assert payment.paid_at is not None
        for ask in (service.payment, service.refundable, service.refunds, service.invoice):
            with pytest.raises(PaymentNotFound):
                ask(number, STRANGER)
        with pytest.raises(PaymentNotFound):
            service.refund(number, STRANGER, RefundRequest(amount_cents=1), key=KEY)

    def test_a_failed_payment_says_why_and_where_to_try_again(
        self, service: PaymentService
    ) -> None:
        payment = service.payment(*self.failed)
        assert payment.failure is not None
        assert payment.retry_url.startswith("http")

    def test_exactly_what_was_agreed_to_goes_back_once(self, service: PaymentService) -> None:
        number, email = self.paid
        offer = service.refundable(number, email)
        assert offer.amount_cents > 0
        request = RefundRequest(amount_cents=offer.amount_cents, reason="does not fit")
        first = service.refund(number, email, request, key=KEY)
        again = service.refund(number, email, request, key=KEY)
        assert first.amount_cents == offer.amount_cents
        assert [refund.refund_id for refund in service.refunds(number, email)] == [first.refund_id]
        assert again.refund_id == first.refund_id
        assert service.payment(number, email).refunded_cents == offer.amount_cents
        with pytest.raises(CannotRefund) as caught:
            service.refund(number, email, request, key="turn-2:1")
        assert caught.value.reason is Reason.ALREADY_REFUNDED

    def test_more_than_there_is_never_goes_back(self, service: PaymentService) -> None:
        number, email = self.paid
        offer = service.refundable(number, email)
        request = RefundRequest(amount_cents=offer.amount_cents + 1)
        with pytest.raises(CannotRefund) as caught:
            service.refund(number, email, request, key=KEY)
        assert caught.value.reason is Reason.AMOUNT_CHANGED
        assert service.refunds(number, email) == ()

    def test_an_invoice_adds_up(self, service: PaymentService) -> None:
        number, email = self.paid
        invoice = service.invoice(number, email)
        assert sum(line.total_cents for line in invoice.lines) == invoice.total_cents
        assert invoice.tax_cents <= invoice.total_cents
        assert service.send_invoice(number, email, key=KEY) == invoice

    def test_there_is_a_way_to_pay(self, service: PaymentService) -> None:
        assert all(method.code and method.name for method in service.methods())
        assert service.methods()


class CustomerServiceContract:
    """For an adapter of customers. `service` must be fresh for each test."""

    who: ClassVar[Identity]
    address = Address(
        name="Ana Morales", street="Calle Mayor 1", city="Madrid", postcode="28013", country="ES"
    )

    def test_an_account_is_shown_to_its_owner_only(self, service: CustomerService) -> None:
        assert self.who.owns(service.find(self.who).email)
        with pytest.raises(CustomerNotFound):
            service.find(Identity(STRANGER, customer_id="cus-0000"))

    def test_a_change_repeated_with_its_key_is_one(self, service: CustomerService) -> None:
        change = CustomerChange(name="Ana M. Ruiz", phone="+34600998877")
        first = service.update(self.who, change, key=KEY)
        assert (first.name, first.phone) == ("Ana M. Ruiz", "+34600998877")
        assert service.update(self.who, change, key=KEY) == first == service.find(self.who)

    def test_an_address_is_saved_once(self, service: CustomerService) -> None:
        service.save_address(self.who, self.address, key=KEY)
        saved = service.save_address(self.who, self.address, key=KEY).addresses
        assert [kept.address.street for kept in saved if kept.default] == ["Calle Mayor 1"]
        assert [kept.address.street for kept in saved].count("Calle Mayor 1") == 1

    def test_known_and_unknown_addresses_get_the_same_answer(
        self, service: CustomerService
    ) -> None:
        for place, email in enumerate((self.who.email, STRANGER)):
            service.send_password_reset(email, key=f"turn-{place}:1")
            service.resend_confirmation(email, key=f"turn-{place}:2")
            service.set_newsletter(email, False, key=f"turn-{place}:3")


class TicketServiceContract:
    """For an adapter of tickets. `service` must be fresh for each test."""

    def test_a_ticket_opened_twice_with_one_key_is_one(self, service: TicketService) -> None:
        wanted = NewTicket(
            kind=TicketKind.COMPLAINT,
            subject="Broken lamp",
            text="The lamp came in two pieces.",
            email="ana.morales@example.com",
            order_number="CM-10412",
        )
        first = service.open(wanted, key=KEY)
        assert service.open(wanted, key=KEY).number == first.number
        assert service.open(wanted, key="turn-2:1").number != first.number
        found = service.find(first.number, "Ana.Morales@example.com")
        assert (found.kind, found.subject) == (TicketKind.COMPLAINT, "Broken lamp")
        with pytest.raises(TicketNotFound):
            service.find(first.number, STRANGER)


class ProductServiceContract:
    """For an adapter of products."""

    words: ClassVar[str]
    name: ClassVar[str]

    def test_a_product_is_found_by_its_words(self, service: ProductService) -> None:
        found = service.search(self.words)
        assert found[0].name == self.name
        assert service.find(found[0].product_id) == found[0]

    def test_what_is_not_sold_is_not_found(self, service: ProductService) -> None:
        assert service.search("zeppelin") == ()
        with pytest.raises(ProductNotFound):
            service.find("no-such-product")


def unavailable(call: Callable[[], object]) -> ServiceUnavailable:
    """The error of a call that must find its service out of order."""
    error = _error(call)
    assert isinstance(error, ServiceUnavailable), error
    return error


def _error(call: Callable[[], object]) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        call()
    return caught.value
