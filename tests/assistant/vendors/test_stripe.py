"""Payments in Stripe, through its own client library, against an account that follows its API."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from actions.services.adapters.stripe import KEY_OF_REFUND, StripePayments
from actions.services.errors import (
    Reason,
    ServiceMisconfigured,
    ServiceRefused,
)
from actions.services.payments import (
    CannotRefund,
    NoInvoice,
    PaymentFailure,
    PaymentNotFound,
    PaymentState,
    RefundLine,
    RefundRequest,
    RefundState,
)
from actions.services.registry import adapter
from actions.services.settings import ServiceSettings
from tests.assistant.contracts import PaymentServiceContract
from tests.assistant.vendors.contract import Ask, VendorContract
from tests.assistant.vendors.server import GARBAGE, SECRET, Lost, Response, Silence, serving
from tests.assistant.vendors.stripe_server import CREATED, Intent, Invoice, StripeServer

ANA = "Ana.Morales@example.com"
PAY = "https://shop.example/pay/{number}"


@pytest.fixture
def account() -> Iterator[StripeServer]:
    account = StripeServer()
    account.intents = [
        intent("1001", 6740, receipt_email="ana.morales@example.com"),
        intent("1002", 5000, billing_email="ben@example.com"),
        Intent(
            "pi_1003",
            2500,
            status="requires_payment_method",
            metadata={"order_number": "1003"},
            customer_email="ana.morales@example.com",
            error={
                "type": "card_error",
                "code": "card_declined",
                "decline_code": "insufficient_funds",
            },
        ),
    ]
    lines = [("Fern shirt", 2, 5000, 500, 760), ("Moss hat", 1, 1250, 0, 0)]
    account.invoices = [Invoice("in_1", "pi_1001", "ana.morales@example.com", lines, shipping=230)]
    with serving(account):
        yield account


def intent(
    number: str, amount: int, receipt_email: str | None = None, billing_email: str | None = None
) -> Intent:
    return Intent(
        f"pi_{number}",
        amount,
        metadata={"order_number": number},
        receipt_email=receipt_email,
        billing_email=billing_email,
    )


def connect(account: StripeServer, *, token: str = SECRET, timeout: float = 5.0) -> StripePayments:
    settings = ServiceSettings("stripe", account.url, token, timeout)
    return StripePayments(settings, lambda _: None, pay_url=PAY)


class TestStripePayments(PaymentServiceContract):
    paid = ("1001", "ana.morales@example.com")
    failed = ("1003", "ana.morales@example.com")

    @pytest.fixture
    def service(self, account: StripeServer) -> StripePayments:
        return connect(account)


def test_a_payment_is_told_as_its_owner_knows_it(account: StripeServer) -> None:
    payment = connect(account).payment("1001", ANA)
    assert (payment.state, payment.method) == (PaymentState.PAID, "Visa ending in 4242")
    assert (payment.amount_cents, payment.currency) == (6740, "EUR")
    assert payment.paid_at == datetime.fromtimestamp(CREATED, UTC)
    assert payment.retry_url == ""


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("1001", "ben@example.com"),
        ("1002", ANA),
        ("9999", ANA),
        ("1001' OR metadata['order_number']:'1002", ANA),
        ("1001", ""),
    ],
)
def test_somebody_elses_payment_and_none_look_the_same(
    account: StripeServer, number: str, email: str
) -> None:
    with pytest.raises(PaymentNotFound) as caught:
        connect(account).payment(number, email)
    assert str(caught.value) == ""


def test_a_payment_that_knows_no_address_is_nobodys(account: StripeServer) -> None:
    account.intents[0].receipt_email = None
    with pytest.raises(PaymentNotFound):
        connect(account).payment("1001", "")


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"decline_code": "insufficient_funds"}, PaymentFailure.INSUFFICIENT_FUNDS),
        ({"code": "expired_card", "decline_code": "expired_card"}, PaymentFailure.CARD_EXPIRED),
        ({"decline_code": "authentication_required"}, PaymentFailure.AUTHENTICATION_FAILED),
        ({"code": "payment_intent_authentication_failure"}, PaymentFailure.AUTHENTICATION_FAILED),
        ({"code": "processing_error"}, PaymentFailure.PROCESSING_ERROR),
        ({"decline_code": "stolen_card"}, PaymentFailure.CARD_DECLINED),
        ({"decline_code": "a_code_of_2027"}, PaymentFailure.CARD_DECLINED),
    ],
)
def test_a_failed_payment_says_why_as_far_as_a_customer_may_know(
    account: StripeServer, error: dict[str, object], failure: PaymentFailure
) -> None:
    account.intents[2].error = {"type": "card_error", "code": "card_declined", **error}
    payment = connect(account).payment("1003", ANA)
    assert (payment.state, payment.failure) == (PaymentState.FAILED, failure)
    assert payment.retry_url == "https://shop.example/pay/1003"


def test_the_try_that_was_paid_counts(account: StripeServer) -> None:
    account.intents[2].metadata = {"order_number": "1001"}
    account.intents[2].created = CREATED + 900
    assert connect(account).payment("1001", ANA).state is PaymentState.PAID


def test_a_payment_that_is_not_tried_yet_is_pending(account: StripeServer) -> None:
    account.intents[2].error = None
    payment = connect(account).payment("1003", ANA)
    assert (payment.state, payment.failure, payment.method) == (PaymentState.PENDING, None, "")


@pytest.mark.parametrize(
    ("currency", "amount", "units"),
    [("jpy", 2500, 2500), ("isk", 250000, 2500), ("mga", 2500, 250000), ("kwd", 2500, 2500)],
)
def test_every_currency_has_its_own_digits(
    account: StripeServer, currency: str, amount: int, units: int
) -> None:
    account.intents[0].currency, account.intents[0].amount = currency, amount
    payments = connect(account)
    assert payments.payment("1001", ANA).amount_cents == units
    refund = payments.refund("1001", ANA, RefundRequest(amount_cents=units), key="k")
    assert (refund.amount_cents, account.intents[0].refunded) == (units, amount)


# --- refunds --------------------------------------------------------------------------------------


def test_a_refund_goes_to_the_way_it_was_paid(account: StripeServer) -> None:
    request = RefundRequest(amount_cents=6740, reason="too small")
    refund = connect(account).refund("1001", ANA, request, key="key-1")
    assert (refund.state, refund.method) == (RefundState.SENT, "Visa ending in 4242")
    assert refund.expected_on is not None and refund.expected_on > refund.created_at.date()
    assert account.refunds[0]["metadata"] == {
        KEY_OF_REFUND: "key-1",
        "customer_reason": "too small",
    }


def test_a_refund_whose_answer_is_lost_is_one_refund(account: StripeServer) -> None:
    account.lose("requested_by_customer")
    refund = connect(account).refund("1001", ANA, RefundRequest(amount_cents=6740), key="key-1")
    assert (refund.amount_cents, len(account.refunds)) == (6740, 1)


def test_a_refund_is_known_after_stripe_forgot_the_key(account: StripeServer) -> None:
    payments, request = connect(account), RefundRequest(amount_cents=6740)
    first = payments.refund("1001", ANA, request, key="key-1")
    account.answered.clear()
    assert payments.refund("1001", ANA, request, key="key-1") == first
    assert len(account.refunds) == 1


def test_lines_and_parts_are_for_people(account: StripeServer) -> None:
    payments = connect(account)
    lines = (RefundLine(line_id="1", quantity=1),)
    with pytest.raises(CannotRefund) as by_line:
        payments.refund("1001", ANA, RefundRequest(amount_cents=2500, lines=lines), key="a")
    with pytest.raises(CannotRefund) as in_part:
        payments.refund("1001", ANA, RefundRequest(amount_cents=2500), key="b")
    assert by_line.value.reason is Reason.NOT_SUPPORTED
    assert in_part.value.reason is Reason.AMOUNT_CHANGED
    assert account.refunds == []


def test_what_was_refunded_by_hand_is_taken_off(account: StripeServer) -> None:
    account.intents[0].refunded = 1740
    account.add_refund(account.intents[0], 1740, {})
    payments = connect(account)
    assert payments.payment("1001", ANA).state is PaymentState.PARTLY_REFUNDED
    assert payments.refundable("1001", ANA).amount_cents == 5000
    payments.refund("1001", ANA, RefundRequest(amount_cents=5000), key="key-1")
    assert payments.payment("1001", ANA).state is PaymentState.REFUNDED
    assert payments.refundable("1001", ANA).not_refundable_because is Reason.ALREADY_REFUNDED


def test_nothing_is_refunded_that_was_not_paid_or_is_disputed(account: StripeServer) -> None:
    payments = connect(account)
    with pytest.raises(CannotRefund) as unpaid:
        payments.refund("1003", ANA, RefundRequest(amount_cents=2500), key="a")
    account.intents[0].disputed = True
    with pytest.raises(CannotRefund) as disputed:
        payments.refund("1001", ANA, RefundRequest(amount_cents=6740), key="b")
    assert (unpaid.value.reason, disputed.value.reason) == (Reason.NOT_PAID, Reason.OTHER)


def test_all_refunds_are_listed_newest_first_page_by_page(account: StripeServer) -> None:
    for _ in range(120):
        account.add_refund(account.intents[0], 10, {})
    refunds = connect(account).refunds("1001", ANA)
    assert len(refunds) == 120
    assert [one.created_at for one in refunds] == sorted(
        (one.created_at for one in refunds), reverse=True
    )


# --- invoices and methods -------------------------------------------------------------------------


def test_an_invoice_shows_discounts_and_taxes_in_its_lines(account: StripeServer) -> None:
    invoice = connect(account).invoice("1001", ANA)
    assert [(line.text, line.total_cents) for line in invoice.lines] == [
        ("Fern shirt", 5260),
        ("Moss hat", 1250),
        ("Shipping", 230),
    ]
    assert (invoice.total_cents, invoice.tax_cents, invoice.number) == (6740, 760, "CM-2025-0001")
    assert invoice.url.startswith("https://invoice.stripe.com/")


def test_an_invoice_is_sent_once_to_its_own_address(account: StripeServer) -> None:
    payments = connect(account)
    payments.send_invoice("1001", ANA, key="key-1")
    payments.send_invoice("1001", ANA, key="key-1")
    assert account.invoices[0].sent == 1
    account.invoices[0].email = "accounting@example.com"
    with pytest.raises(NoInvoice):
        payments.send_invoice("1001", ANA, key="key-2")
    assert account.invoices[0].sent == 1


def test_a_payment_without_an_invoice_says_so(account: StripeServer) -> None:
    account.invoices[0].finalized = False
    for number in ("1001", "1003"):
        with pytest.raises(NoInvoice) as caught:
            connect(account).invoice(number, ANA)
        assert caught.value.reason is Reason.NO_INVOICE_YET


def test_only_what_can_be_used_is_offered(account: StripeServer) -> None:
    assert [method.name for method in connect(account).methods()] == ["Card", "Sepa debit"]


# --- failures -------------------------------------------------------------------------------------


class TestStripeOutOfOrder(VendorContract):
    service = "payments"
    name = "stripe"
    denied = "401"
    logger = "actions"  # Stripe's own library tells what Stripe says, to who wants to hear it
    passing = (
        Response(
            429, {"error": {"type": "rate_limit_error", "message": "x"}}, {"Retry-After": "1"}
        ),
        Response(500, {"error": {"type": "api_error", "message": "x"}}),
        Response(409, {"error": {"type": "idempotency_error", "message": "in progress"}}),
        Response(503, ""),
        Lost(),
        GARBAGE,
    )
    lasting = (
        *passing,
        Silence(),
        Response(200, []),
        Response(200, {}),
        Response(200, {"object": "search_result", "data": [{"id": "pi_1"}], "has_more": False}),
        Response(200, {"object": "search_result", "data": None, "has_more": False}),
    )
    wrong = (
        ("https://api.stripe.com", {"order_key": "x']"}, "order_key"),
        ("http://api.stripe.com", {}, "https://"),
    )

    @pytest.fixture
    def vendor(self, account: StripeServer) -> StripeServer:
        return account

    @pytest.fixture
    def ask(self, account: StripeServer) -> Ask:
        return lambda **how: connect(account, **how).payment("1001", ANA)

    def failure(self, told: str) -> Response:
        return Response(500, {"error": {"type": "invalid_request_error", "message": told}})

    def refusal(self, told: str) -> Response:
        return Response(400, {"error": {"type": "invalid_request_error", "message": told}})


def test_a_missing_permission_is_our_mistake(account: StripeServer) -> None:
    account.may_refund = False
    with pytest.raises(ServiceMisconfigured, match="403"):
        connect(account).refund("1001", ANA, RefundRequest(amount_cents=6740), key="k")


def test_retry_after_is_heeded(account: StripeServer) -> None:
    pauses: list[float] = []
    limited = Response(
        429, {"error": {"type": "rate_limit_error", "message": ""}}, {"Retry-After": "2"}
    )
    account.faults = [limited]
    StripePayments(ServiceSettings("stripe", account.url, SECRET), pauses.append).methods()
    assert pauses == [2.0]


def test_one_key_for_two_things_is_refused(account: StripeServer) -> None:
    payments = connect(account)
    payments.send_invoice("1001", ANA, key="k")
    with pytest.raises(ServiceRefused):
        payments.refund("1001", ANA, RefundRequest(amount_cents=6740), key="k")


def test_the_missing_library_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stripe", None)
    for name in ("stripe", "stripe_api"):
        monkeypatch.delitem(sys.modules, f"actions.services.adapters.{name}", raising=False)
    with pytest.raises(ServiceMisconfigured, match=r"pip install 'bespeak\[stripe\]'"):
        adapter("payments", ServiceSettings("stripe", "https://api.stripe.com", "sk"))
