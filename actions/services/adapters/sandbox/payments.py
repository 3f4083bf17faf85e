"""Payments, refunds and invoices in the sandbox."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from actions.services.adapters.sandbox.answers import answered
from actions.services.client import JsonClient
from actions.services.errors import NotPossible, Reason
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

Owned = TypeVar("Owned", Payment, Refundable, Refund, Invoice)


class SandboxPayments:
    """See `PaymentService`."""

    def __init__(self, settings: ServiceSettings, client: JsonClient | None = None) -> None:
        self._client = client or JsonClient(settings)

    def payment(self, number: str, email: str) -> Payment:
        """See `PaymentService`."""
        return self._read(Payment, "/payments/lookup", number, email)

    def refundable(self, number: str, email: str) -> Refundable:
        """See `PaymentService`."""
        return self._read(Refundable, "/refunds/quote", number, email)

    def refund(self, number: str, email: str, request: RefundRequest, *, key: str) -> Refund:
        """See `PaymentService`."""
        body = {"number": number, "email": email, **request.model_dump()}
        return _owned(
            Refund,
            number,
            email,
            lambda: self._client.effect("/refunds", body, key=key),
            CannotRefund,
            effect=True,
        )

    def refunds(self, number: str, email: str) -> tuple[Refund, ...]:
        """See `PaymentService`."""
        body = {"number": number, "email": email}
        found = answered(
            tuple[Refund, ...],
            lambda: self._client.read("/refunds/list", body),
            missing=PaymentNotFound,
        )
        _refuse_others(found, number, email)
        return found

    def invoice(self, number: str, email: str) -> Invoice:
        """See `PaymentService`."""
        return self._read(Invoice, "/invoices/lookup", number, email, NoInvoice)

    def send_invoice(self, number: str, email: str, *, key: str) -> Invoice:
        """See `PaymentService`."""
        body = {"number": number, "email": email}
        return _owned(
            Invoice,
            number,
            email,
            lambda: self._client.effect("/invoices/send", body, key=key),
            NoInvoice,
            effect=True,
        )

    def methods(self, country: str = "") -> tuple[PaymentMethod, ...]:
        """See `PaymentService`."""
        return answered(
            tuple[PaymentMethod, ...],
            lambda: self._client.get("/payment-methods", {"country": country}),
        )

    def _read(
        self,
        shape: type[Owned],
        path: str,
        number: str,
        email: str,
        impossible: Callable[[Reason], NotPossible] | None = None,
    ) -> Owned:
        body = {"number": number, "email": email}
        return _owned(shape, number, email, lambda: self._client.read(path, body), impossible)


def _owned(
    shape: type[Owned],
    number: str,
    email: str,
    ask: Callable[[], object],
    impossible: Callable[[Reason], NotPossible] | None = None,
    *,
    effect: bool = False,
) -> Owned:
    found = answered(shape, ask, missing=PaymentNotFound, impossible=impossible, effect=effect)
    _refuse_others([found], number, email)
    return found


def _refuse_others(
    found: Sequence[Payment | Refundable | Refund | Invoice], number: str, email: str
) -> None:
    """Whatever the service thinks: an order's money is shown to its owner only."""
    wanted = number.strip().casefold()
    for fact in found:
        if fact.order_number.casefold() != wanted or not same_address(fact.email, email):
            raise PaymentNotFound
