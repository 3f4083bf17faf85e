"""What Stripe says of payments, refunds and invoices, under the names of its reference."""

from collections.abc import Mapping

from actions.services.adapters.wire import Wire


class Card(Wire):
    """What is told of a card."""

    brand: str | None = None
    last4: str | None = None


class MethodDetails(Wire):
    """How a charge was paid."""

    type: str
    card: Card | None = None


class BillingDetails(Wire):
    """Who paid a charge."""

    email: str | None = None


class Charge(Wire):
    """Money that moved, or did not."""

    id: str
    paid: bool
    created: int
    amount_captured: int
    amount_refunded: int
    disputed: bool = False
    billing_details: BillingDetails = BillingDetails()
    payment_method_details: MethodDetails | None = None


class PayError(Wire):
    """Why the last try to pay failed."""

    type: str = ""
    code: str | None = None
    decline_code: str | None = None


class Customer(Wire):
    """A customer of the account; all but the id is missing once it is deleted."""

    id: str
    email: str | None = None


class Found(Wire):
    """What is believed of a payment intent that a search found."""

    id: str
    created: int


class Intent(Wire):
    """A payment intent with its latest charge and its customer."""

    id: str
    status: str
    created: int
    amount: int
    currency: str
    receipt_email: str | None = None
    metadata: Mapping[str, str]
    customer: Customer | None = None
    latest_charge: Charge | None = None
    last_payment_error: PayError | None = None

    @property
    def emails(self) -> list[str]:
        """The addresses that this payment knows as its payer's."""
        charge = self.latest_charge.billing_details.email if self.latest_charge else None
        customer = self.customer.email if self.customer else None
        return [email for email in (self.receipt_email, charge, customer) if email]

    @property
    def refundable(self) -> int:
        """What is left of what was captured, in Stripe's units."""
        charge = self.latest_charge
        return charge.amount_captured - charge.amount_refunded if charge and charge.paid else 0


class RefundWire(Wire):
    """A refund."""

    id: str
    status: str | None
    amount: int
    currency: str
    created: int
    metadata: Mapping[str, str] | None = None


class LineTax(Wire):
    """A tax on an invoice's line."""

    amount: int
    tax_behavior: str


class LineDiscount(Wire):
    """A discount on an invoice's line."""

    amount: int


class InvoiceLineWire(Wire):
    """A line of an invoice; `amount` is before discounts and without exclusive taxes."""

    description: str | None
    quantity: int | None
    amount: int
    discount_amounts: list[LineDiscount] | None = None
    taxes: list[LineTax] | None = None


class Lines(Wire):
    """The lines of an invoice."""

    data: list[InvoiceLineWire]
    has_more: bool


class Shipping(Wire):
    """What shipping costs on an invoice, tax included."""

    amount_total: int


class Tax(Wire):
    """A tax of a whole invoice."""

    amount: int


class Transitions(Wire):
    """When an invoice became what it is."""

    finalized_at: int | None


class InvoiceWire(Wire):
    """An invoice."""

    id: str
    number: str | None
    currency: str
    total: int
    customer_email: str | None
    hosted_invoice_url: str | None
    invoice_pdf: str | None
    lines: Lines
    shipping_cost: Shipping | None = None
    total_taxes: list[Tax] | None = None
    status_transitions: Transitions
