"""Payments and invoices: why one failed, where to pay again, what is on a bill."""

from abc import ABC
from collections.abc import Callable

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import ServiceAction
from actions.identity import proof
from actions.services.errors import Reason, ServiceError
from actions.services.payments import (
    Invoice,
    Payment,
    PaymentService,
    PaymentState,
    payment_service,
)
from actions.slots import Slots
from actions.turn import effect_key
from actions.wording import EMAIL, day, money

Payments = Callable[[], PaymentService]


class PaymentAction(ServiceAction, ABC):
    """Answers from the payment service."""

    def __init__(self, payments: Payments = payment_service) -> None:
        self._payments = payments


class ActionExplainPayment(PaymentAction):
    """Tell whether an order is paid, why not, and where to try again."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_explain_payment"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """A sentence for each state, and for each reason of a failure; then the link."""
        number, email = proof(tracker)
        payment = self._payments().payment(number, email)
        response = f"utter_payment_{payment.state}"
        if payment.state is PaymentState.FAILED:
            response += f"_{payment.failure or 'other'}"
        dispatcher.utter_message(
            response=response,
            order_id=payment.order_number,
            amount=money(payment.amount_cents, payment.currency),
            refunded=money(payment.refunded_cents, payment.currency),
            method=payment.method,
            paid_on=day(payment.paid_at.date()) if payment.paid_at else "",
        )
        self._tell_where(payment, dispatcher)
        return {}

    def _tell_where(self, payment: Payment, dispatcher: CollectingDispatcher) -> None:
        if payment.state in (PaymentState.FAILED, PaymentState.PENDING):
            response = "utter_pay_here" if payment.retry_url else "utter_pay_nowhere"
            dispatcher.utter_message(response=response, url=payment.retry_url)


class ActionTellPaymentMethods(PaymentAction):
    """List the ways to pay, as the shop has them."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_payment_methods"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Where they can't be asked for, where else to see them."""
        methods = self._payments().methods()
        listed = "\n".join(
            f"- {method.name}{f' ({note})' if (note := method.note.rstrip('.')) else ''}"
            for method in methods
        )
        dispatcher.utter_message(response="utter_payment_methods", methods=listed)
        return {}

    def worded(self, error: ServiceError) -> str:
        """See `ServiceAction`."""
        super().worded(error)
        return "utter_payment_methods_unknown"


class ActionTellInvoice(PaymentAction):
    """Tell what is on an order's invoice."""

    refused = "utter_no_invoice"
    refusals = frozenset({Reason.NO_INVOICE_YET})

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_invoice"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Number, day, each row, tax, total, and where to see it whole."""
        number, email = proof(tracker)
        invoice = self._payments().invoice(number, email)
        dispatcher.utter_message(
            response="utter_invoice",
            order_id=invoice.order_number,
            invoice=invoice.number,
            issued_on=day(invoice.issued_on),
            rows=_rows(invoice),
            tax=money(invoice.tax_cents, invoice.currency),
            total=money(invoice.total_cents, invoice.currency),
            url=invoice.url,
        )
        return {}


class ActionSendInvoice(PaymentAction):
    """Mail an order's invoice to the address that it was ordered with."""

    refused = "utter_no_invoice"
    refusals = frozenset({Reason.NO_INVOICE_YET})
    unsure = "utter_invoice_unsure"

    def name(self) -> str:
        """The name in the domain."""
        return "action_send_invoice"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Once for each message that asks for it; to no other address, whatever was said."""
        number, email = proof(tracker)
        key = effect_key(tracker, self.name(), number)
        invoice = self._payments().send_invoice(number, email, key=key)
        dispatcher.utter_message(
            response="utter_invoice_sent",
            order_id=invoice.order_number,
            invoice=invoice.number,
            email=invoice.email,
            url=invoice.url,
        )
        asked = EMAIL.findall(str(tracker.get_slot("request") or ""))
        if any(address.casefold() != invoice.email.casefold() for address in asked):
            dispatcher.utter_message(response="utter_invoice_only_there")
        return {}


def _rows(invoice: Invoice) -> str:
    """A line for each row, "- 2 × Glade yoga mat: €58.00"."""
    return "\n".join(
        f"- {row.quantity} × {row.text}: {money(row.total_cents, invoice.currency)}"
        for row in invoice.lines
    )
