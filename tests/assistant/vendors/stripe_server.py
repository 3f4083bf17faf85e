"""A Stripe account's API, as far as payments of orders go.

Written from:
- https://docs.stripe.com/api/authentication, /api/versioning, /api/errors, /api/expanding_objects
- https://docs.stripe.com/api/idempotent_requests (same key and parameters: the same answer)
- https://docs.stripe.com/api/pagination, /api/pagination/search, /search
- https://docs.stripe.com/api/payment_intents/object, /api/charges/object, /declines/codes
- https://docs.stripe.com/api/refunds/create, /api/refunds/list
- https://docs.stripe.com/api/invoice-payment/list, /api/invoices/object, /api/invoices/send
- https://docs.stripe.com/api/payment_method_configurations/list
- https://docs.stripe.com/rate-limits (429 with Stripe-Rate-Limited-Reason)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from tests.assistant.vendors.server import SECRET, Request, Response, Vendor

Json = dict[str, object]
CREATED = 1_763_632_800  # 2025-11-20 10:00 UTC


@dataclass
class Intent:
    """A payment intent, with the charge that it led to, if any."""

    id: str
    amount: int
    currency: str = "eur"
    status: str = "succeeded"
    metadata: dict[str, str] = field(default_factory=dict)
    receipt_email: str | None = None
    billing_email: str | None = None
    customer_email: str | None = None
    created: int = CREATED
    refunded: int = 0
    disputed: bool = False
    error: Json | None = None
    card: tuple[str, str] | None = ("visa", "4242")


@dataclass
class Invoice:
    """An invoice that an intent paid. Lines are text, quantity, amount, discount, tax on top."""

    id: str
    intent: str
    email: str
    lines: list[tuple[str, int, int, int, int]]
    shipping: int | None = None
    currency: str = "eur"
    finalized: bool = True
    sent: int = 0


class StripeServer(Vendor):
    """One account. Its search knows which intents there are, and of each only how it began."""

    def __init__(self) -> None:
        super().__init__()
        self.intents: list[Intent] = []
        self.invoices: list[Invoice] = []
        self.refunds: list[Json] = []
        self.methods: dict[str, bool] = {"card": True, "sepa_debit": True, "klarna": False}
        self.answered: dict[str, tuple[bytes, Response]] = {}
        self.may_refund = True

    def handle(self, request: Request) -> Response:
        """One call: who asks, whether it was asked before, then what is asked."""
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return failed(401, "invalid_request_error", "Invalid API Key provided: sk_****")
        if not re.fullmatch(r"20\d\d-\d\d-\d\d\.\w+", request.headers.get("stripe-version", "")):
            return failed(400, "invalid_request_error", "Invalid Stripe API version")
        key = request.headers.get("idempotency-key")
        if request.method == "POST" and key in self.answered:
            body, answer = self.answered[key]
            if body != request.body:
                text = "Keys for idempotent requests can only be used with the same parameters."
                return failed(400, "idempotency_error", text)
            return Response(answer.status, answer.body, {"Idempotent-Replayed": "true"})
        answer = self._route(request)
        if request.method == "POST" and key and answer.status < 500:
            self.answered[key] = (request.body, answer)
        return answer

    def _route(self, request: Request) -> Response:
        said = dict(parse_qsl(request.body.decode())) if request.method == "POST" else request.query
        match request.method, request.path.strip("/").split("/")[1:]:
            case "GET", ["payment_intents", "search"]:
                return self._search(said)
            case "GET", ["payment_intents", id]:
                expand = {value for name, value in said.items() if name.startswith("expand[")}
                for one in self.intents:
                    if one.id == id:
                        return Response(200, self._intent(one, expand))
                text = f"No such payment_intent: '{id}'"
                return failed(404, "invalid_request_error", text, "resource_missing")
            case "GET", ["refunds"]:
                wanted = said.get("payment_intent")
                found = [one for one in self.refunds if one["payment_intent"] == wanted]
                return listed(found[::-1], said, "/v1/refunds")
            case "POST", ["refunds"]:
                return self._refund(said)
            case "GET", ["invoice_payments"]:
                return self._invoice_payments(said)
            case "POST", ["invoices", id, "send"]:
                return self._send(id)
            case "GET", ["payment_method_configurations"]:
                return listed([self._configuration()], said, "/v1/payment_method_configurations")
        return failed(404, "invalid_request_error", f"Unrecognized request URL ({request.path}).")

    def _search(self, said: Mapping[str, str]) -> Response:
        wanted = re.fullmatch(r"metadata\['(\w+)'\]:'([^']*)'", said.get("query", ""))
        if wanted is None:
            return failed(
                400, "invalid_request_error", "We were unable to parse your search query."
            )
        found = [
            {**self._intent(one, set()), "status": "processing"}  # the index lags behind
            for one in self.intents
            if one.metadata.get(wanted[1]) == wanted[2]
        ]
        limit, start = int(said.get("limit", 10)), int(said.get("page", 0))
        if not 1 <= limit <= 100:
            return failed(400, "invalid_request_error", "limit must be between 1 and 100")
        more = start + limit < len(found)
        page: Json = {
            "object": "search_result",
            "url": "/v1/payment_intents/search",
            "data": found[start : start + limit],
            "has_more": more,
            "next_page": str(start + limit) if more else None,
        }
        return Response(200, page)

    def _intent(self, intent: Intent, expand: set[str]) -> Json:
        charge = f"ch_{intent.id[3:]}" if intent.status == "succeeded" or intent.error else None
        customer = f"cus_{intent.id[3:]}" if intent.customer_email else None
        return {
            "id": intent.id,
            "object": "payment_intent",
            "amount": intent.amount,
            "currency": intent.currency,
            "status": intent.status,
            "created": intent.created,
            "metadata": intent.metadata,
            "receipt_email": intent.receipt_email,
            "last_payment_error": intent.error,
            "customer": {"id": customer, "object": "customer", "email": intent.customer_email}
            if customer and "customer" in expand
            else customer,
            "latest_charge": self._charge(intent, charge)
            if charge and "latest_charge" in expand
            else charge,
        }

    def _charge(self, intent: Intent, id: str) -> Json:
        paid = intent.status == "succeeded"
        details: Json = {"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}
        if intent.card:
            details = {"type": "card", "card": {"brand": intent.card[0], "last4": intent.card[1]}}
        return {
            "id": id,
            "object": "charge",
            "paid": paid,
            "created": intent.created,
            "amount_captured": intent.amount if paid else 0,
            "amount_refunded": intent.refunded,
            "disputed": intent.disputed,
            "billing_details": {"email": intent.billing_email, "name": None},
            "payment_method_details": details,
        }

    def _refund(self, said: Mapping[str, str]) -> Response:
        intent = next((one for one in self.intents if one.id == said.get("payment_intent")), None)
        if not self.may_refund:
            text = "The provided key 'rk_****' does not have the required permissions."
            return failed(403, "invalid_request_error", text)
        if intent is None:
            return failed(
                404, "invalid_request_error", "No such payment_intent", "resource_missing"
            )
        if said.get("reason") not in (None, "duplicate", "fraudulent", "requested_by_customer"):
            return failed(400, "invalid_request_error", "Invalid reason")
        if intent.refunded >= intent.amount:
            text = "Charge has already been refunded."
            return failed(400, "invalid_request_error", text, "charge_already_refunded")
        if intent.disputed:
            text = "This charge has been charged back."
            return failed(400, "invalid_request_error", text, "charge_disputed")
        amount = int(said.get("amount", intent.amount - intent.refunded))
        if amount > intent.amount - intent.refunded:
            text = "Refund amount is greater than unrefunded amount on charge"
            return failed(400, "invalid_request_error", text)
        intent.refunded += amount
        return Response(200, self.add_refund(intent, amount, said))

    def add_refund(self, intent: Intent, amount: int, said: Mapping[str, str]) -> Json:
        """A refund in the account's books."""
        metadata = {
            name[9:-1]: value for name, value in said.items() if name.startswith("metadata[")
        }
        refund: Json = {
            "id": f"re_{len(self.refunds) + 1}",
            "object": "refund",
            "amount": amount,
            "currency": intent.currency,
            "created": CREATED + 60 * len(self.refunds),
            "payment_intent": intent.id,
            "status": "succeeded",
            "reason": said.get("reason"),
            "metadata": metadata,
        }
        self.refunds.append(refund)
        return refund

    def _invoice_payments(self, said: Mapping[str, str]) -> Response:
        if said.get("payment[type]") != "payment_intent":
            return failed(400, "invalid_request_error", "Missing required param: payment[type].")
        wanted = said.get("payment[payment_intent]")
        whole = "data.invoice" in {v for name, v in said.items() if name.startswith("expand[")}
        found: list[Json] = [
            {
                "id": f"inpay_{one.id}",
                "object": "invoice_payment",
                "invoice": self._invoice(one) if whole else one.id,
            }
            for one in self.invoices
            if one.intent == wanted
        ]
        return listed(found, said, "/v1/invoice_payments")

    def _send(self, id: str) -> Response:
        for invoice in self.invoices:
            if invoice.id == id:
                invoice.sent += 1
                return Response(200, self._invoice(invoice))
        return failed(404, "invalid_request_error", "No such invoice", "resource_missing")

    def _invoice(self, invoice: Invoice) -> Json:
        shipping = invoice.shipping or 0
        lines = [
            {
                "id": f"il_{place}",
                "object": "line_item",
                "description": text,
                "quantity": quantity,
                "amount": amount,
                "discount_amounts": [{"amount": discount, "discount": "di_1"}] if discount else [],
                "taxes": [{"amount": tax, "tax_behavior": "exclusive"}] if tax else None,
            }
            for place, (text, quantity, amount, discount, tax) in enumerate(invoice.lines)
        ]
        taxes = sum(line[4] for line in invoice.lines)
        total = sum(line[2] - line[3] + line[4] for line in invoice.lines) + shipping
        return {
            "id": invoice.id,
            "object": "invoice",
            "number": "CM-2025-0001" if invoice.finalized else None,
            "currency": invoice.currency,
            "total": total,
            "customer_email": invoice.email,
            "hosted_invoice_url": "https://invoice.stripe.com/i/acct_1/test_1",
            "invoice_pdf": "https://pay.stripe.com/invoice/acct_1/test_1/pdf",
            "lines": {"object": "list", "data": lines, "has_more": False},
            "shipping_cost": {"amount_total": shipping} if invoice.shipping else None,
            "total_taxes": [{"amount": taxes, "tax_behavior": "exclusive"}] if taxes else [],
            "status_transitions": {"finalized_at": CREATED if invoice.finalized else None},
        }

    def _configuration(self) -> Json:
        shown: Json = {
            code: {"available": available, "display_preference": {"value": "on"}}
            for code, available in self.methods.items()
        }
        about: Json = {
            "id": "pmc_1",
            "object": "payment_method_configuration",
            "active": True,
            "is_default": True,
            "name": "Default",
        }
        return about | shown


def listed(found: list[Json], said: Mapping[str, str], url: str) -> Response:
    """A page of a list, after the object that `starting_after` names."""
    limit = int(said.get("limit", 10))
    if not 1 <= limit <= 100:
        return failed(400, "invalid_request_error", "limit must be between 1 and 100")
    ids = [one["id"] for one in found]
    start = ids.index(said["starting_after"]) + 1 if "starting_after" in said else 0
    page = found[start : start + limit]
    more = start + limit < len(found)
    return Response(200, {"object": "list", "url": url, "data": page, "has_more": more})


def failed(status: int, kind: str, message: str, code: str | None = None) -> Response:
    """An error in Stripe's shape."""
    error = {"type": kind, "message": message}
    return Response(status, {"error": error | ({"code": code} if code else {})})
