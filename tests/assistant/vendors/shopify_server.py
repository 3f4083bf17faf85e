"""A Shopify shop's Admin API, by the schema excerpt in `shopify.graphql`.

Written from:
- https://shopify.dev/docs/api/admin-graphql/latest (types, mutations, authentication header)
- https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits (cost, bucket, THROTTLED)
- https://shopify.dev/docs/api/usage/versioning (a version that is not served falls forward)
- https://shopify.dev/docs/api/usage/search-syntax (`name:`, `email:`, `customer_id:`)
- https://shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/edit-orders
- https://shopify.dev/docs/api/admin-graphql/latest/mutations/orderCancel (a job; when it may)
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.assistant.vendors.server import SECRET, Request, Response, Vendor

SCHEMA = build_schema((Path(__file__).parent / "shopify.graphql").read_text())
PATH = re.compile(r"/admin/api/(20\d\d-(?:01|04|07|10))/graphql\.json")
MOST_COST = 1000
BUCKET, RESTORED = 2000.0, 100.0
NO_TIME = "2026-11-20T12:00:00Z"

Json = dict[str, object]


@dataclass
class Line:
    """A line of an order; `left` is what was not removed or refunded."""

    number: int
    title: str
    variant: str
    price: str
    left: int
    quantity: int
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Parcel:
    """A fulfillment of lines, with a tracking number."""

    lines: list[Line]
    carrier: str = "DHL"
    tracking: str = "00340434161094000001"
    delivered_at: str | None = None
    status: str = "SUCCESS"


@dataclass
class Order:
    """An order in the shop's database. `customer` is a customer's number or 0 for a guest."""

    number: int
    email: str | None
    lines: list[Line]
    currency: str = "EUR"
    shipping: str = "4.90"
    customer: int = 0
    paid: bool = True
    parcels: list[Parcel] = field(default_factory=list)
    created_at: str = "2026-11-18T09:30:00+01:00"
    cancelled_at: str | None = None
    staff_note: str | None = None
    refunded: str = "0.0"
    in_progress: bool = False
    address: Json | None = None

    @property
    def gid(self) -> str:
        """The order's global id."""
        return f"gid://shopify/Order/{self.number + 5_000_000}"


@dataclass
class Stock:
    """A variant on sale: its price, and how many there are."""

    price: str
    pieces: int
    title: str
    options: Mapping[str, str] = field(default_factory=dict)
    policy: str = "DENY"
    tracked: bool = True


class ShopifyServer(Vendor):
    """One shop. `work` is how many requests later a cancellation's job is done."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Order] = []
        self.stock: dict[str, Stock] = {}
        self.customers: dict[int, str] = {}
        self.edits: dict[str, tuple[Order, list[Line]]] = {}
        self.bucket = BUCKET
        self.work = 1
        self.may_refund = True
        self.on_hold = False
        self.scopes_missing = False
        self.cancelling: dict[str, tuple[Order, str, int]] = {}
        self.commits = 0

    def handle(self, request: Request) -> Response:
        """One GraphQL request over HTTP."""
        if request.method != "POST" or PATH.fullmatch(request.path) is None:
            return Response(404, {"errors": "Not Found"})
        if request.headers.get("x-shopify-access-token") != SECRET:
            wrong = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return Response(401, {"errors": wrong})
        if request.headers.get("content-type") != "application/json":
            return Response(400, {"errors": {"query": "Required parameter missing or invalid"}})
        self._work()
        said = request.json()
        query, variables = said.get("query"), said.get("variables") or {}
        if not isinstance(query, str) or not isinstance(variables, dict):
            return Response(400, {"errors": {"query": "Required parameter missing or invalid"}})
        return Response(200, self._execute(query, variables))

    def _execute(self, query: str, variables: Json) -> Json:
        try:
            document, errors = checked(query)
        except GraphQLError as error:
            return {"errors": [{"message": error.message}]}
        if errors:
            code = {"code": "undefinedField"}
            return {"errors": [{"message": one.message, "extensions": code} for one in errors]}
        cost = cost_of(document, variables)
        if cost > MOST_COST:
            text = f"Query cost is {cost}, which exceeds the single query max cost limit (1000)."
            return {"errors": [{"message": text, "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        if self.scopes_missing:
            text = "Access denied for orders field."
            denied = {"code": "ACCESS_DENIED", "requiredAccess": "`read_orders` access scope."}
            return {"errors": [{"message": text, "extensions": denied}]}
        if cost > self.bucket:
            limits = self._limits(cost, None)
            self.bucket = BUCKET  # who waits finds it full
            return {
                "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
                "extensions": limits,
            }
        result = execute_sync(SCHEMA, document, self._root(), variable_values=variables)
        answer: Json = {"data": result.data, "extensions": self._limits(cost, cost)}
        if result.errors:
            answer["errors"] = [{"message": error.message} for error in result.errors]
        return answer

    def _limits(self, requested: int, actual: int | None) -> Json:
        bucket = {
            "maximumAvailable": BUCKET,
            "currentlyAvailable": self.bucket,
            "restoreRate": RESTORED,
        }
        cost = {"requestedQueryCost": requested, "actualQueryCost": actual}
        return {"cost": {**cost, "throttleStatus": bucket}}

    def _root(self) -> dict[str, Callable[..., object]]:
        return {
            "order": lambda _, id: self._shown(self._order(id)),
            "orders": self._search,
            "customer": self._customer,
            "job": self._job,
            "productVariant": lambda _, id: self._variant(id) if id in self.stock else None,
            "orderCancel": self._cancel,
            "orderUpdate": self._update,
            "orderEditBegin": self._edit_begin,
            "orderEditSetQuantity": self._edit_quantity,
            "orderEditAddVariant": self._edit_add,
            "orderEditCommit": self._edit_commit,
        }

    def _order(self, gid: str) -> Order | None:
        return next((order for order in self.orders if order.gid == gid), None)

    def _search(
        self,
        _: object,
        first: int | None = None,
        after: str | None = None,
        query: str = "",
        reverse: bool = False,
        sortKey: str = "",
        **other: object,
    ) -> Json:
        if first is None:
            raise GraphQLError("you must provide one of first or last")
        found = [order for order in self.orders if holds(query, order)]
        found.sort(key=lambda order: order.created_at, reverse=reverse)
        return page([self._shown(order) for order in found], first, after)

    def _customer(self, _: object, id: str) -> Json | None:
        email = self.customers.get(int(id.rpartition("/")[2]))
        return {"id": id, "defaultEmailAddress": {"emailAddress": email}} if email else None

    def _job(self, _: object, id: str) -> Json | None:
        if id not in self.cancelling:
            return None
        return {"id": id, "done": self.cancelling[id][2] <= 0}

    def _work(self) -> None:
        """Go on with the jobs: a request later each is nearer to its end."""
        for job, (order, note, left) in self.cancelling.items():
            self.cancelling[job] = (order, note, left - 1)
            if left == 1:
                total = self._total(order.lines, order)
                order.cancelled_at, order.staff_note = NO_TIME, note
                order.refunded = str(total) if order.paid else "0.0"
                for line in order.lines:
                    line.left = 0

    def _cancel(
        self,
        _: object,
        orderId: str,
        restock: bool,
        reason: str,
        staffNote: str = "",
        refundMethod: Json | None = None,
        notifyCustomer: bool = False,
    ) -> Json:
        order = self._order(orderId)
        refused = None
        if order is None:
            refused = ("NOT_FOUND", "Order does not exist")
        elif order.cancelled_at or order.gid in {one.gid for one, *_ in self.cancelling.values()}:
            refused = ("INVALID", "Cannot cancel an order that has already been canceled")
        elif self.on_hold:
            refused = ("INVALID", "Cannot cancel an order with a return in progress")
        elif order.parcels:
            refused = ("INVALID", "Cannot cancel an order with fulfillments")
        elif refundMethod and not self.may_refund:
            refused = ("NO_REFUND_PERMISSION", "You do not have permission to refund orders")
        if refused or order is None:
            code, message = refused or ("INVALID", "")
            error = {"code": code, "field": ["orderId"], "message": message}
            return {"job": None, "orderCancelUserErrors": [error]}
        job = f"gid://shopify/Job/{len(self.cancelling) + 1}"
        self.cancelling[job] = (order, staffNote, self.work)
        return {"job": {"id": job, "done": False}, "orderCancelUserErrors": []}

    def _update(self, _: object, input: Json) -> Json:
        order = self._order(str(input["id"]))
        said = input.get("shippingAddress")
        if order is None:
            return {"order": None, "userErrors": [wrong("id", "Order does not exist")]}
        if isinstance(said, dict):
            missing = [name for name in ("address1", "city", "zip") if not said.get(name)]
            if missing:
                errors = [wrong(name, "can't be blank") for name in missing]
                return {"order": None, "userErrors": errors}
            country = said.pop("countryCode", None)
            name = f"{said.get('firstName', '')} {said.get('lastName', '')}".strip()
            order.address = {**said, "countryCodeV2": country, "name": name}
        return {"order": self._shown(order), "userErrors": []}

    def _edit_begin(self, _: object, id: str) -> Json:
        order = self._order(id)
        if order is None or order.cancelled_at:
            error = wrong("id", "The order cannot be edited.")
            return {"calculatedOrder": None, "userErrors": [error]}
        edit = f"gid://shopify/CalculatedOrder/{len(self.edits) + 1}"
        self.edits[edit] = (order, [replace(line) for line in order.lines])
        return {"calculatedOrder": self._calculated(edit), "userErrors": []}

    def _edit_quantity(
        self, _: object, id: str, lineItemId: str, quantity: int, restock: bool = False
    ) -> Json:
        for line in self.edits[id][1]:
            if lineItemId == f"gid://shopify/CalculatedLineItem/{line.number}":
                line.left = quantity
                return {"calculatedOrder": self._calculated(id), "userErrors": []}
        error = wrong("lineItemId", "The calculated line item does not exist.")
        return {"calculatedOrder": None, "userErrors": [error]}

    def _edit_add(
        self, _: object, id: str, variantId: str, quantity: int, allowDuplicates: bool = False
    ) -> Json:
        order, lines = self.edits[id]
        on_sale = self.stock.get(variantId)
        if on_sale is None or quantity < 1:
            error = wrong("variantId", "can't be found")
            return {"calculatedOrder": None, "userErrors": [error]}
        number = order.number * 100 + len(lines) + 1
        new = Line(
            number, on_sale.title, variantId, on_sale.price, quantity, quantity, on_sale.options
        )
        lines.append(new)
        return {"calculatedOrder": self._calculated(id), "userErrors": []}

    def _edit_commit(
        self, _: object, id: str, notifyCustomer: bool = False, staffNote: str = ""
    ) -> Json:
        if id not in self.edits:
            error = wrong("id", "The order edit has already been committed.")
            return {"order": None, "userErrors": [error]}
        order, lines = self.edits.pop(id)
        order.lines = lines
        self.commits += 1
        return {"order": self._shown(order), "userErrors": []}

    def _calculated(self, edit: str) -> Json:
        order, lines = self.edits[edit]
        items = [
            {
                "id": f"gid://shopify/CalculatedLineItem/{line.number}",
                "quantity": line.left,
                "editableQuantity": line.left,
                "title": line.title,
                "variant": self._variant(line.variant),
            }
            for line in lines
        ]
        return {
            "id": edit,
            "lineItems": connection(items),
            "originalOrder": self._shown(order),
            "totalPriceSet": self._money(str(self._total(lines, order)), order),
        }

    def _total(self, lines: list[Line], order: Order) -> Decimal:
        return sum((Decimal(line.price) * line.left for line in lines), Decimal(order.shipping))

    def _money(self, amount: str, order: Order) -> Json:
        money = {"amount": amount, "currencyCode": order.currency}
        return {"presentmentMoney": money, "shopMoney": money}

    def _variant(self, gid: str) -> Json:
        stock = self.stock[gid]
        return {
            "id": gid,
            "displayName": stock.title,
            "inventoryPolicy": stock.policy,
            "sellableOnlineQuantity": stock.pieces,
            "inventoryItem": {"id": "gid://shopify/InventoryItem/1", "tracked": stock.tracked},
            "selectedOptions": [
                {"name": name, "value": value} for name, value in stock.options.items()
            ],
        }

    def _shown(self, order: Order | None) -> Json | None:
        if order is None:
            return None
        lines = [self._line(line, order) for line in order.lines]
        sent = [parcel for parcel in order.parcels if parcel.status == "SUCCESS"]
        dispatched = {id(line) for parcel in sent for line in parcel.lines}
        status = "IN_PROGRESS" if order.in_progress else "UNFULFILLED"
        if sent:
            whole = dispatched >= {id(line) for line in order.lines}
            status = "FULFILLED" if whole else "PARTIALLY_FULFILLED"
        before = sum((Decimal(line.price) * line.quantity for line in order.lines), Decimal(0))
        return {
            "id": order.gid,
            "name": f"#{order.number}",
            "email": order.email,
            "createdAt": order.created_at,
            "cancelledAt": order.cancelled_at,
            "cancellation": {"staffNote": order.staff_note} if order.cancelled_at else None,
            "currencyCode": order.currency,
            "presentmentCurrencyCode": order.currency,
            "currentShippingPriceSet": self._money(order.shipping, order),
            "currentTotalPriceSet": self._money(str(self._total(order.lines, order)), order),
            "totalPriceSet": self._money(str(before + Decimal(order.shipping)), order),
            "totalRefundedSet": self._money(order.refunded, order),
            "displayFinancialStatus": "PAID" if order.paid else "PENDING",
            "displayFulfillmentStatus": status,
            "fulfillments": lambda _, first=None: [
                self._parcel(parcel, order) for parcel in order.parcels[:first]
            ],
            "lineItems": connection(lines),
            "merchantEditable": order.cancelled_at is None,
            "returnStatus": "NO_RETURN",
            "shippingAddress": order.address,
            "statusPageUrl": f"https://shop.example/orders/{order.number}/status",
        }

    def _line(self, line: Line, order: Order) -> Json:
        return {
            "id": f"gid://shopify/LineItem/{line.number}",
            "name": line.title,
            "title": line.title,
            "quantity": line.quantity,
            "currentQuantity": line.left,
            "discountedUnitPriceAfterAllDiscountsSet": self._money(line.price, order),
            "variant": self._variant(line.variant) if line.variant in self.stock else None,
        }

    def _parcel(self, parcel: Parcel, order: Order) -> Json:
        items = [{"lineItem": self._line(line, order), "quantity": 1} for line in parcel.lines]
        return {
            "createdAt": "2026-11-19T07:00:00Z",
            "deliveredAt": parcel.delivered_at,
            "displayStatus": "DELIVERED" if parcel.delivered_at else "IN_TRANSIT",
            "estimatedDeliveryAt": "2026-11-23T18:00:00Z",
            "status": parcel.status,
            "trackingInfo": [{"company": parcel.carrier, "number": parcel.tracking}],
            "fulfillmentLineItems": connection(items),
        }


@functools.cache
def checked(query: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """A document, and what in it the schema does not know."""
    document = parse(query)
    return document, validate(SCHEMA, document)


def holds(query: str, order: Order) -> bool:
    """Whether an order fits all terms of a search; texts are compared without letter case."""
    said = {
        "name": (f"#{order.number}", str(order.number)),
        "email": ((order.email or "").casefold(),),
        "customer_id": (str(order.customer),),
    }
    terms = re.findall(r"(name|email|customer_id):(?:'([^']*)'|(\S+))", query)
    assert terms, "a search that this shop does not understand"
    return all((quoted or bare).casefold() in said[name] for name, quoted, bare in terms)


def wrong(name: str, message: str) -> Json:
    """A user error about an argument."""
    return {"field": [name], "message": message}


def page(nodes: list[Json | None] | list[Json], first: int, after: str | None) -> Json:
    """The part of a connection after a cursor."""
    start = int(after) if after else 0
    end = start + first
    return {
        "nodes": nodes[start:end],
        "pageInfo": {
            "hasNextPage": end < len(nodes),
            "hasPreviousPage": start > 0,
            "startCursor": str(start),
            "endCursor": str(min(end, len(nodes))),
        },
    }


def connection(nodes: list[Json]) -> Callable[..., Json]:
    """The field of a connection; like Shopify it wants to know how many are wanted."""

    def paged(
        _: object, first: int | None = None, after: str | None = None, **other: object
    ) -> Json:
        if first is None:
            raise GraphQLError("you must provide one of first or last")
        return page(nodes, first, after)

    return paged


def cost_of(document: DocumentNode, variables: Mapping[str, object]) -> int:
    """The most that a document may cost: an object is 1, a page as much as all it may hold."""
    fragments = {
        one.name.value: one.selection_set
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }

    def cost(selection: SelectionSetNode) -> int:
        total = 0
        for one in selection.selections:
            match one:
                case FieldNode(selection_set=SelectionSetNode() as inner):
                    total += _asked_for(one, variables) * (1 + cost(inner))
                case FragmentSpreadNode():
                    total += cost(fragments[one.name.value])
        return total

    [operation] = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    extra = 10 if operation.operation.value == "mutation" else 0
    return extra + cost(operation.selection_set)


def _asked_for(field: FieldNode, variables: Mapping[str, object]) -> int:
    for argument in field.arguments or ():
        if argument.name.value == "first":
            match argument.value:
                case IntValueNode(value=value):
                    return int(value)
                case VariableNode(name=name):
                    return int(str(variables[name.value]))
    return 1
