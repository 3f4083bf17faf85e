"""The payment service: invoices."""

from datetime import date, datetime

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from sandbox.errors import RuleBroken
from sandbox.idempotency import Key, once
from sandbox.identity import OrderOf, owned_order, reading
from sandbox.mails import send
from sandbox.security import require_api_key, signature
from sandbox.tables import Order

TAX_PERCENT = 21

router = APIRouter(tags=["payments"], dependencies=[Depends(require_api_key)])


class InvoiceLineView(BaseModel):
    """A row of an invoice."""

    text: str
    quantity: int
    total_cents: int


class InvoiceView(BaseModel):
    """An invoice; its lines add up to `total_cents`, in which `tax_cents` are included."""

    number: str
    order_number: str
    email: str
    issued_on: date
    lines: list[InvoiceLineView]
    tax_cents: int
    total_cents: int
    currency: str
    url: str


@router.post("/invoices/lookup", summary="See an order's invoice")
async def invoice(wanted: OrderOf, request: Request) -> InvoiceView:
    """There is one as soon as the order is paid."""
    with reading(request, wanted.email) as session:
        return invoice_view(owned_order(session, wanted.number, wanted.email), request)


@router.post("/invoices/send", summary="Mail an order's invoice to its customer")
async def send_invoice(body: OrderOf, request: Request, key: Key) -> InvoiceView:
    """To the address the order was placed with; there is no other."""
    with reading(request, body.email) as session:
        order = owned_order(session, body.number, body.email)

        def effect(now: datetime) -> InvoiceView:
            view = invoice_view(order, request)
            send(session, order.customer.email, f"Your invoice {view.number}", now)
            return view

        return once(session, request, key, body, InvoiceView, effect)


def invoice_view(order: Order, request: Request) -> InvoiceView:
    """The order's invoice. Raises `RuleBroken` where there is none yet."""
    if order.invoice is None:
        raise RuleBroken("no_invoice_yet", "An order has an invoice once it is paid.")
    number = order.invoice.number
    lines = [
        InvoiceLineView(
            text=line.variant.product.name,
            quantity=line.quantity,
            total_cents=line.quantity * line.unit_price_cents,
        )
        for line in order.lines
    ]
    if order.shipping_cents:
        lines.append(InvoiceLineView(text="Delivery", quantity=1, total_cents=order.shipping_cents))
    total = order.total_cents
    return InvoiceView(
        number=number,
        order_number=order.number,
        email=order.customer.email,
        issued_on=order.invoice.issued_on,
        lines=lines,
        tax_cents=total - round(total * 100 / (100 + TAX_PERCENT)),
        total_cents=total,
        currency=order.currency,
        url=f"{request.base_url}invoices/{number}/{signature(request, 'invoice', number)}",
    )
