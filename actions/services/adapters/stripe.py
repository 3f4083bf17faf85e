"""Payments, refunds and invoices in Stripe, through its own client library."""

import re
import time
from collections.abc import Callable

from actions.services.adapters.stripe_api import StripeApi
from actions.services.adapters.stripe_facts import (
    invoice_of,
    method_of,
    not_refundable,
    payment_of,
    refund_of,
    refundable_of,
)
from actions.services.adapters.stripe_money import to_stripe
from actions.services.adapters.stripe_wire import Found, Intent, InvoiceWire, RefundWire
from actions.services.adapters.wire import shaped
from actions.services.errors import (
    Reason,
    ServiceMisconfigured,
    ServiceRefused,
    ServiceUnavailable,
)
from actions.services.identity import same_address
from actions.services.payments import (
    CannotRefund,
    Invoice,
    NoInvoice,
    Payment,
    PaymentMethod,
    PaymentNotFound,
    Refund,
    Refundable,
    RefundRequest,
)
from actions.services.settings import ServiceSettings

NUMBER = re.compile(r"[\w.#-]{1,40}")
"""What an order may be called. Nothing else gets into a search, where it would mean something."""

KEY_OF_REFUND = "bespeak_key"
"""The metadata of a refund by which a repetition is known for longer than Stripe's 24 hours."""

MOST_TRIES = 5
"""The newest payment intents of an order that are looked at."""

_METHODS = frozenset({"object", "id", "name", "active", "livemode", "is_default"})


class StripePayments:
    """See `PaymentService`.

    `order_key` is the metadata key under which the shop writes an order's number into its
    payment intents. `pay_url` is the shop's page to pay an order, with `{number}` in it.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        sleep: Callable[[float], object] = time.sleep,
        *,
        order_key: str = "order_number",
        pay_url: str = "",
    ) -> None:
        if not re.fullmatch(r"\w{1,40}", order_key):
            raise ServiceMisconfigured(
                "services: payments: order_key is a metadata key of letters, digits and _."
            )
        self._api = StripeApi(settings, sleep=sleep)
        self._order_key = order_key
        self._pay_url = pay_url

    def payment(self, number: str, email: str) -> Payment:
        """See `PaymentService`."""
        intent = self._owned(number, email)
        return payment_of(intent, number, email, self._pay_url.replace("{number}", number))

    def refundable(self, number: str, email: str) -> Refundable:
        """See `PaymentService`. Stripe knows amounts only, and no window for returns."""
        intent = self._owned(number, email)
        return refundable_of(intent, number, email)

    def refund(self, number: str, email: str, request: RefundRequest, *, key: str) -> Refund:
        """See `PaymentService`. Everything goes back or nothing: Stripe knows no lines."""
        intent = self._owned(number, email)
        for refund in self._refunds(intent):
            if (refund.metadata or {}).get(KEY_OF_REFUND) == key:
                return refund_of(refund, number, email, method_of(intent))
        if request.lines:
            raise CannotRefund(Reason.NOT_SUPPORTED)
        if reason := not_refundable(intent):
            raise CannotRefund(reason)
        if to_stripe(request.amount_cents, intent.currency) != intent.refundable:
            raise CannotRefund(Reason.AMOUNT_CHANGED)
        try:
            said = self._api.change(
                lambda options: self._api.client.v1.refunds.create(
                    {
                        "payment_intent": intent.id,
                        "amount": intent.refundable,
                        "reason": "requested_by_customer",
                        "metadata": {
                            KEY_OF_REFUND: key,
                            "customer_reason": request.reason[:500],
                        },
                    },
                    options,
                ),
                key=key,
            )
        except ServiceRefused as refusal:
            if refusal.code == "charge_already_refunded":
                raise CannotRefund(Reason.ALREADY_REFUNDED) from None
            if refusal.code == "charge_disputed":
                raise CannotRefund(Reason.OTHER) from None
            raise
        refund = shaped(RefundWire, said, "Stripe", effect=True)
        return refund_of(refund, number, email, method_of(intent))

    def refunds(self, number: str, email: str) -> tuple[Refund, ...]:
        """See `PaymentService`."""
        intent = self._owned(number, email)
        method = method_of(intent)
        return tuple(refund_of(one, number, email, method) for one in self._refunds(intent))

    def invoice(self, number: str, email: str) -> Invoice:
        """See `PaymentService`."""
        return invoice_of(self._invoice(self._owned(number, email), email), number, email)

    def send_invoice(self, number: str, email: str, *, key: str) -> Invoice:
        """See `PaymentService`. Stripe mails it to the invoice's own address."""
        found = self._invoice(self._owned(number, email), email)
        invoices = self._api.client.v1.invoices
        said = self._api.change(
            lambda options: invoices.send_invoice(found.id, {}, options), key=key
        )
        sent = shaped(InvoiceWire, said, "Stripe", effect=True)
        if sent.id != found.id:
            raise ServiceUnavailable("Stripe answered with another invoice.", maybe_done=True)
        return invoice_of(sent, number, email)

    def methods(self, country: str = "") -> tuple[PaymentMethod, ...]:
        """See `PaymentService`. Stripe decides about countries at its checkout, so all are told."""
        configurations = self._api.client.v1.payment_method_configurations
        for one in self._api.ask_all(lambda: configurations.list({"limit": 100})):
            if one.get("is_default") and one.get("active"):
                return tuple(
                    PaymentMethod(code=code, name=code.replace("_", " ").capitalize())
                    for code, method in one.items()
                    if code not in _METHODS and isinstance(method, dict) and method.get("available")
                )
        return ()

    def _owned(self, number: str, email: str) -> Intent:
        """The order's payment intent, if it is theirs: the one that was paid, else the newest."""
        if not NUMBER.fullmatch(number):
            raise PaymentNotFound
        intents = self._api.client.v1.payment_intents
        query = f"metadata['{self._order_key}']:'{number}'"
        said = self._api.ask_all(lambda: intents.search({"query": query, "limit": 100}))
        found = sorted((shaped(Found, one, "Stripe") for one in said), key=lambda one: one.created)
        owned = [
            intent
            for intent in (self._intent(one.id) for one in found[-MOST_TRIES:])
            if intent.metadata.get(self._order_key) == number
            and any(same_address(email, known) for known in intent.emails)
        ]
        if not owned:
            raise PaymentNotFound
        return max(owned, key=lambda one: (one.status == "succeeded", one.created))

    def _intent(self, id: str) -> Intent:
        """An intent as it is now: what a search says of it may be an hour old."""
        said = self._api.ask(
            lambda: self._api.client.v1.payment_intents.retrieve(
                id, {"expand": ["latest_charge", "customer"]}
            )
        )
        return shaped(Intent, said, "Stripe")

    def _refunds(self, intent: Intent) -> list[RefundWire]:
        found = self._api.ask_all(
            lambda: self._api.client.v1.refunds.list({"payment_intent": intent.id, "limit": 100})
        )
        return [shaped(RefundWire, one, "Stripe") for one in found]

    def _invoice(self, intent: Intent, email: str) -> InvoiceWire:
        """The invoice that the intent paid, if it goes to the customer's own address."""
        found = self._api.ask_all(
            lambda: self._api.client.v1.invoice_payments.list(
                {
                    "payment": {"type": "payment_intent", "payment_intent": intent.id},
                    "expand": ["data.invoice"],
                }
            )
        )
        if not found:
            raise NoInvoice(Reason.NO_INVOICE_YET)
        invoice = shaped(InvoiceWire, found[0].get("invoice"), "Stripe")
        if invoice.status_transitions.finalized_at is None:
            raise NoInvoice(Reason.NO_INVOICE_YET)
        if not same_address(invoice.customer_email or "", email):
            raise NoInvoice(Reason.OTHER, "It goes to another address.")
        return invoice
