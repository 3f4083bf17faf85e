"""The page at `/`: the made-up customers and orders that a visitor may try."""

from collections.abc import Sequence
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from sandbox.html import code, money, page, section, state, table
from sandbox.situations import SITUATIONS
from sandbox.tables import (
    Customer,
    Mail,
    Order,
    OrderLine,
    OrderState,
    Product,
    Refund,
    Ticket,
    Variant,
)
from sandbox.views import TOO_LATE, cancellation_fee

router = APIRouter(include_in_schema=False)

INTRO = (
    "A shop that does not exist, for an assistant that does. Everybody here is made up: tell the "
    "assistant an order number and the e-mail address beside it, then watch this page. "
    'The services describe themselves in <a href="/openapi.json">openapi.json</a>.'
)
PARTS = (
    ("try", "Things to try"),
    ("orders", "Orders by state"),
    ("customers", "Customers"),
    ("refunds", "Refunds"),
    ("tickets", "Tickets"),
    ("mails", "Mail"),
    ("products", "Products"),
)


@router.get("/")
async def front_page(request: Request) -> HTMLResponse:
    """Everything, read at this moment."""
    everything = (
        select(Order)
        .options(
            joinedload(Order.customer),
            joinedload(Order.payment),
            selectinload(Order.lines).joinedload(OrderLine.variant).joinedload(Variant.product),
            selectinload(Order.shipments),
            selectinload(Order.refunds),
        )
        .order_by(Order.number)
    )
    with Session(request.app.state.database) as session, session.begin():
        orders = session.scalars(everything).all()
        bodies = [
            _to_try(orders),
            _orders(orders),
            _customers(session),
            _refunds(session, orders),
            _tickets(session),
            _mails(session),
            _products(session),
        ]
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in PARTS)
    parts = [section(title, body, name) for (name, title), body in zip(PARTS, bodies, strict=True)]
    return HTMLResponse(
        page("CloudMart sandbox", INTRO, f"<nav>{links}</nav><br>" + "\n".join(parts))
    )


def _to_try(orders: Sequence[Order]) -> str:
    """The situations, which were made in this order after the everyday orders."""
    made = [order for order in orders if order.number > "CM-11000"][: len(SITUATIONS)]
    rows = [
        [escape(situation.title), code(order.number), code(order.customer.email)]
        for situation, order in zip(SITUATIONS, made, strict=False)
    ]
    return table(["What", "Order", "E-mail"], rows)


def _orders(orders: Sequence[Order]) -> str:
    places = {word: place for place, word in enumerate(OrderState)}
    rows = [
        [
            state(order.state),
            code(order.number),
            code(order.customer.email),
            escape(", ".join(_described(line) for line in order.lines)),
            money(order.total_cents, order.currency),
            _cancellable(order),
        ]
        for order in sorted(orders, key=lambda order: places[order.state])
    ]
    return table(["State", "Order", "E-mail", "In it", "Total", "Can be cancelled"], rows)


def _described(line: OrderLine) -> str:
    kind = " ".join(word for word in (line.variant.colour, line.variant.size) if word)
    return f"{line.quantity} × {line.variant.product.name}" + (f" ({kind})" if kind else "")


def _cancellable(order: Order) -> str:
    if order.state in TOO_LATE:
        return "no"
    fee = cancellation_fee(order)
    return f"for {money(fee, order.currency)}" if fee else "yes"


def _customers(session: Session) -> str:
    known = session.scalars(select(Customer).options(selectinload(Customer.addresses)))
    rows = [
        [
            escape(customer.name),
            code(customer.email),
            code(customer.public_id),
            escape(customer.phone),
            escape(
                "; ".join(
                    f"{kept.address['street']}, {kept.address['postcode']} "
                    f"{kept.address['city']}, {kept.address['country']}"
                    for kept in customer.addresses
                )
            ),
            "yes" if customer.newsletter else "no",
        ]
        for customer in known
    ]
    return table(["Name", "E-mail", "Id", "Phone", "Addresses", "Newsletter"], rows)


def _refunds(session: Session, orders: Sequence[Order]) -> str:
    order_of = {order.id: order for order in orders}
    rows = [
        [
            code(order_of[refund.order_id].number),
            state(refund.state),
            money(refund.amount_cents, order_of[refund.order_id].currency),
            escape(refund.reason),
            f"{refund.created_at:%d %b %Y}",
        ]
        for refund in session.scalars(select(Refund).order_by(Refund.id.desc()))
    ]
    return table(["Order", "State", "Amount", "Reason", "Begun"], rows)


def _tickets(session: Session) -> str:
    rows = [
        [
            code(ticket.number),
            state(ticket.state),
            escape(ticket.kind.replace("_", " ")),
            code(ticket.email),
            escape(ticket.subject),
        ]
        for ticket in session.scalars(select(Ticket).order_by(Ticket.id.desc()))
    ]
    return table(["Ticket", "State", "Kind", "E-mail", "Subject"], rows)


def _mails(session: Session) -> str:
    newest = select(Mail).order_by(Mail.id.desc()).limit(50)
    rows = [
        [f"{mail.sent_at:%d %b %H:%M}", code(mail.to), escape(mail.subject)]
        for mail in session.scalars(newest)
    ]
    if not rows:
        return "<p>None yet. What the shop mails to its customers is shown here.</p>"
    return table(["Sent", "To", "Subject"], rows)


def _products(session: Session) -> str:
    rows = [
        [
            escape(product.name),
            escape(product.category),
            escape(", ".join(dict.fromkeys(v.size for v in product.variants if v.size))),
            escape(", ".join(dict.fromkeys(v.colour for v in product.variants if v.colour))),
            money(product.variants[0].price_cents, "EUR"),
            str(sum(variant.stock for variant in product.variants)),
        ]
        for product in session.scalars(select(Product).options(selectinload(Product.variants)))
    ]
    return table(["Product", "Category", "Sizes", "Colours", "From", "In stock"], rows)
