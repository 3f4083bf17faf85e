"""The pages that customers are sent to: where to pay, an invoice, a label for sending back.

Whoever has the address may see one; it ends with a signature that only the shop can make.
"""

import hmac
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import NotTheirs
from sandbox.html import code, money, page, section, table
from sandbox.invoices import invoice_view
from sandbox.security import signature
from sandbox.tables import Invoice, Order, OrderState, Refund

router = APIRouter(include_in_schema=False)


@router.get("/pay/{number}/{secret}")
async def payment_page(number: str, secret: str, request: Request) -> HTMLResponse:
    """A button instead of a form: nobody shall type a card number here."""
    _check(request, secret, "pay", number)
    with Session(request.app.state.database) as session, session.begin():
        order = session.scalars(select(Order).where(Order.number == number)).one()
        total = money(order.total_cents, order.currency)
        if order.state is OrderState.AWAITING_PAYMENT:
            body = f'<form method="post"><p>To pay: {total}</p><button>Pay</button></form>'
        else:
            body = f"<p>There is nothing to pay: {escape(order.state.replace('_', ' '))}.</p>"
    return HTMLResponse(page("Payment", "CloudMart", section(f"Order {number}", body)))


@router.get("/invoices/{number}/{secret}")
async def invoice_page(number: str, secret: str, request: Request) -> HTMLResponse:
    """The invoice, to print."""
    _check(request, secret, "invoice", number)
    with Session(request.app.state.database) as session, session.begin():
        kept = session.scalars(select(Invoice).where(Invoice.number == number)).one()
        invoice = invoice_view(session.get_one(Order, kept.order_id), request)
    currency = invoice.currency
    rows = [
        [escape(line.text), str(line.quantity), money(line.total_cents, currency)]
        for line in invoice.lines
    ]
    rows.append(["<strong>Total</strong>", "", money(invoice.total_cents, currency)])
    rows.append(["VAT in it", "", money(invoice.tax_cents, currency)])
    intro = f"Order {escape(invoice.order_number)}, {invoice.issued_on:%d %B %Y}"
    return HTMLResponse(
        page(f"Invoice {number}", intro, section("What it is for", table(["", "", ""], rows)))
    )


@router.get("/labels/{number}/{secret}")
async def label_page(number: str, secret: str, request: Request) -> HTMLResponse:
    """The label for a parcel that goes back."""
    _check(request, secret, "label", number)
    with Session(request.app.state.database) as session, session.begin():
        refund = session.get_one(Refund, int(number.removeprefix("R-")) - 7000)
        order = session.get_one(Order, refund.order_id)
        body = (
            "<p>CloudMart returns, Calle del Comercio 1, 50018 Zaragoza, Spain</p>"
            f"<p>Return {code(number)} of order {code(order.number)}</p>"
        )
    return HTMLResponse(page("Return label", "Stick it on the parcel.", section("To", body)))


def _check(request: Request, secret: str, kind: str, number: str) -> None:
    if not hmac.compare_digest(secret.encode(), signature(request, kind, number).encode()):
        raise NotTheirs(kind)
