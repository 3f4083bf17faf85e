"""A WooCommerce shop's REST API v3, as far as orders go.

Written from:
- https://woocommerce.github.io/woocommerce-rest-api-docs/ (authentication over HTTPS, errors,
  pagination headers, orders, order notes, refunds, customers, payment gateways)
- https://woocommerce.com/wc-apidocs (class-wc-rest-order-refunds-controller: errors with 500)
- https://woocommerce.com/document/shipment-tracking/ (the extension's REST API)
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from tests.assistant.vendors.server import SECRET, Request, Response, Vendor

Json = dict[str, object]
KEY = "ck_test"


@dataclass
class Line:
    """A line; totals are after discounts."""

    id: int
    name: str
    quantity: int
    total: str
    tax: str = "0.00"
    meta: dict[str, str] = field(default_factory=dict)


@dataclass
class Order:
    """An order in the shop's database."""

    id: int
    email: str
    lines: list[Line]
    number: str = ""
    status: str = "processing"
    currency: str = "EUR"
    shipping: str = "4.90"
    shipping_tax: str = "0.00"
    customer: int = 7
    paid: bool = True
    gateway: str = "stripe"
    created: str = "2026-11-18T08:30:00"
    completed: str | None = None
    refunds: list[Json] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    meta: list[Json] = field(default_factory=list)
    address: Json = field(default_factory=dict)
    parcels: list[Json] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """What it costs."""
        lines = sum((Decimal(line.total) + Decimal(line.tax) for line in self.lines), Decimal(0))
        return lines + Decimal(self.shipping) + Decimal(self.shipping_tax)

    @property
    def left(self) -> Decimal:
        """What may still be refunded."""
        return self.total + sum((Decimal(str(one["total"])) for one in self.refunds), Decimal(0))


class WooCommerceServer(Vendor):
    """One shop."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Order] = []
        self.customers: dict[int, str] = {}
        self.gateways = {"stripe": ["products", "refunds"], "bacs": ["products"]}

    def handle(self, request: Request) -> Response:
        """One call: who asks, then what."""
        if request.basic() != (KEY, SECRET):
            text = "Sorry, you cannot list resources."
            return failed(401, "woocommerce_rest_cannot_view", text)
        parts = request.path.strip("/").split("/")
        match request.method, parts[1], parts[2:]:
            case "GET", "wc", ["v3", "orders"]:
                return self._list(request)
            case "GET", "wc", ["v3", "customers", id]:
                return self._customer(int(id))
            case "GET", "wc", ["v3", "payment_gateways", id]:
                supports = self.gateways.get(id, [])
                return Response(200, {"id": id, "enabled": True, "method_supports": supports})
            case method, "wc", ["v3", "orders", id, *rest]:
                return self._order(method, int(id), rest, request)
            case "GET", "wc-shipment-tracking", ["v3", "orders", id, "shipment-trackings"]:
                order = self._find(int(id))
                return Response(200, order.parcels if order else [])
        text = "No route was found matching the URL and request method."
        return failed(404, "rest_no_route", text)

    def _find(self, id: int) -> Order | None:
        return next((order for order in self.orders if order.id == id), None)

    def _list(self, request: Request) -> Response:
        query = request.query
        known = {"customer", "search", "per_page", "page", "orderby", "order", "status"}
        assert not query.keys() - known, f"the reference has no {query.keys() - known}"
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        if not 1 <= size <= 100:
            text = "Invalid parameter(s): per_page"
            return failed(400, "rest_invalid_param", text)
        found = [
            order
            for order in self.orders
            if query.get("customer") in (None, str(order.customer))
            and query.get("search", "").casefold()
            in f"{order.id} {order.number} {order.email}".casefold()
        ]
        found.sort(key=lambda order: order.created, reverse=query.get("order", "desc") == "desc")
        headers = {
            "X-WP-Total": str(len(found)),
            "X-WP-TotalPages": str(-(-len(found) // size)),
        }
        shown = [self._shown(order) for order in found[(page - 1) * size : page * size]]
        return Response(200, shown, headers)

    def _customer(self, id: int) -> Response:
        if id not in self.customers:
            return failed(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
        return Response(200, {"id": id, "email": self.customers[id], "role": "customer"})

    def _order(self, method: str, id: int, rest: list[str], request: Request) -> Response:
        order = self._find(id)
        if order is None:
            return failed(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        match method, rest:
            case "GET", []:
                return Response(200, self._shown(order))
            case "PUT", []:
                return self._update(order, request.json())
            case "POST", ["refunds"]:
                return self._refund(order, request.json())
            case "GET", ["notes"]:
                return Response(
                    200, [{"id": n, "note": text} for n, text in enumerate(order.notes)]
                )
            case "POST", ["notes"]:
                order.notes.append(str(request.json()["note"]))
                return Response(201, {"id": len(order.notes), "note": order.notes[-1]})
        return failed(404, "rest_no_route", "No route was found.")

    def _update(self, order: Order, said: Json) -> Response:
        assert not said.keys() - {"status", "meta_data", "shipping"}
        shipping = said.get("shipping")
        if isinstance(shipping, dict):
            if not re.fullmatch("([A-Z]{2})?", str(shipping.get("country", ""))) or not all(
                isinstance(value, str) for value in shipping.values()
            ):
                return failed(400, "rest_invalid_param", "Invalid parameter(s): shipping")
            order.address |= shipping
        if "status" in said:
            order.status = str(said["status"])
            order.notes.append(f"Order status changed to {order.status}.")
        new = said.get("meta_data")
        for meta in new if isinstance(new, list) else []:
            order.meta = [one for one in order.meta if one["key"] != meta["key"]] + [meta]
        return Response(200, self._shown(order))

    def _refund(self, order: Order, said: Json) -> Response:
        code = "woocommerce_rest_cannot_create_order_refund"
        if not isinstance(said.get("amount"), str):
            return failed(400, "rest_invalid_param", "Invalid parameter(s): amount")
        amount = Decimal(str(said["amount"]))
        if amount > order.left or amount <= 0:
            return failed(500, code, "Invalid refund amount.")
        if said.get("api_refund", True) and "refunds" not in self.gateways.get(order.gateway, []):
            return failed(500, code, "The payment gateway does not support automatic refunds.")
        refund: Json = {
            "id": 900 + len(order.refunds),
            "reason": said.get("reason", ""),
            "total": f"-{amount}",
        }
        order.refunds.append(refund)
        if not order.left:
            order.status = "refunded"
        return Response(201, {**refund, "amount": str(amount), "refunded_payment": True})

    def _shown(self, order: Order) -> Json:
        return {
            "id": order.id,
            "number": order.number or str(order.id),
            "status": order.status,
            "currency": order.currency,
            "date_created": order.created,
            "date_created_gmt": order.created,
            "date_paid_gmt": order.created if order.paid else None,
            "date_completed_gmt": order.completed,
            "total": str(order.total),
            "shipping_total": order.shipping,
            "shipping_tax": order.shipping_tax,
            "customer_id": order.customer,
            "payment_method": order.gateway if order.paid else "",
            "payment_url": f"https://shop.example/checkout/order-pay/{order.id}/",
            "billing": {"email": order.email, "first_name": "Ana"},
            "shipping": order.address,
            "refunds": order.refunds,
            "meta_data": [{"id": n, **meta} for n, meta in enumerate(order.meta)],
            "line_items": [
                {
                    "id": line.id,
                    "name": line.name,
                    "product_id": 10,
                    "variation_id": 11,
                    "quantity": line.quantity,
                    "subtotal": line.total,
                    "total": line.total,
                    "total_tax": line.tax,
                    "price": 0,
                    "meta_data": [
                        {
                            "id": n,
                            "key": f"pa_{name.lower()}",
                            "value": value.lower(),
                            "display_key": name,
                            "display_value": value,
                        }
                        for n, (name, value) in enumerate(line.meta.items())
                    ],
                }
                for line in order.lines
            ],
        }


def failed(status: int, code: str, message: str) -> Response:
    """An error in WordPress' shape."""
    return Response(status, {"code": code, "message": message, "data": {"status": status}})
