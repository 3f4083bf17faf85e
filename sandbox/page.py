"""The page at `/`: the made-up customers and orders that a visitor may try."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.tables import Customer, Order
from sandbox.views import TOO_LATE

router = APIRouter(include_in_schema=False)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CloudMart sandbox</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem;
         padding: 0 1rem; color: #1d2733; }}
  table {{ border-collapse: collapse; width: 100%; }}
  caption {{ text-align: left; padding-bottom: .5rem; }}
  th, td {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #d7dee6;
           vertical-align: top; }}
  code {{ background: #eef2f6; padding: .1rem .3rem; border-radius: .2rem;
         white-space: nowrap; }}
  @media (prefers-color-scheme: dark) {{
    body {{ background: #14191f; color: #e3e8ee; }}
    th, td {{ border-color: #36414d; }}
    code {{ background: #26303a; }}
  }}
</style>
</head>
<body>
<h1>CloudMart sandbox</h1>
<p>Everybody here is made up. Tell the assistant an order number and the e-mail address beside it.
The service describes itself in <a href="/openapi.json">openapi.json</a>.</p>
<table>
<caption>{count} orders to try</caption>
<thead><tr><th scope="col">Order</th><th scope="col">E-mail</th><th scope="col">State</th>
<th scope="col">In it</th><th scope="col">Total</th><th scope="col">Can be cancelled</th></tr>
</thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


@router.get("/")
def front_page(request: Request) -> HTMLResponse:
    """All orders, read at this moment."""
    with Session(request.app.state.database) as session, session.begin():
        orders = session.scalars(select(Order).join(Customer).order_by(Order.number)).all()
        return HTMLResponse(
            PAGE.format(count=len(orders), rows="\n".join(_row(order) for order in orders))
        )


def _row(order: Order) -> str:
    goods = ", ".join(f"{line.quantity} × {line.variant.product.name}" for line in order.lines)
    total = f"{order.total_cents / 100:.2f}\u00a0{order.currency}"
    cells = [
        f"<code>{escape(order.number)}</code>",
        f"<code>{escape(order.customer.email)}</code>",
        escape(order.state.replace("_", " ")),
        escape(goods),
        escape(total),
        "no" if order.state in TOO_LATE else "yes",
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
