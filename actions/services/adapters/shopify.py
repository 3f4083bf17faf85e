"""Orders in Shopify, by its GraphQL Admin API: found, cancelled, edited, sent elsewhere.

Shopify's own Python library is left out: its GraphQL client knows no time-out. How to connect
a shop, and what is not possible here, stands in `docs/services.md`.
"""

import re
import time
from collections.abc import Callable

from actions.services.adapters.shopify_api import ShopifyApi
from actions.services.adapters.shopify_cancel import CancelApi
from actions.services.adapters.shopify_edit import EditApi, so_already
from actions.services.adapters.shopify_facts import order_of
from actions.services.adapters.shopify_wire import (
    LINES,
    ORDER,
    PARCELS,
    Connection,
    LineItem,
    ShopifyOrder,
)
from actions.services.adapters.wire import CamelWire, shaped
from actions.services.errors import (
    Reason,
    ServiceMisconfigured,
    ServiceRefused,
    ServiceUnavailable,
)
from actions.services.facts import Address
from actions.services.identity import Identity, same_address
from actions.services.order_numbers import OrderNumbers
from actions.services.orders import (
    CannotCancel,
    CannotChange,
    CannotPlace,
    ItemChange,
    NewOrder,
    Order,
    OrderNotFound,
)
from actions.services.settings import ServiceSettings

NUMBER = re.compile(r"#?([\w.-]{1,40})")
"""What an order may be called. Nothing else gets into a search, where it would mean something."""

EMAIL = re.compile(r"[^\s'\"\\]+@[^\s'\"\\]+")
CUSTOMER = re.compile(r"(?:gid://shopify/Customer/)?(\d+)")
MOST_ORDERS, ORDERS_A_PAGE, LINES_IN_LIST, PARCELS_IN_LIST = 50, 7, 10, 3
"""For lists: more a page would cost more than the 1000 points that one question may."""

FIND = """
query ($query: String!, $lines: Int!, $parcels: Int!) {
  orders(first: 1, query: $query) { nodes { ...OrderFacts } }
}
"""
FIND += ORDER
LIST = """
query ($query: String!, $first: Int!, $after: String, $lines: Int!, $parcels: Int!) {
  orders(first: $first, after: $after, query: $query, sortKey: CREATED_AT, reverse: true) {
    nodes { ...OrderFacts } pageInfo { hasNextPage endCursor }
  }
}
"""
LIST += ORDER
MORE_LINES = """
query ($id: ID!, $lines: Int!, $after: String) {
  order(id: $id) {
    lineItems(first: $lines, after: $after) {
      nodes { ...LineFacts } pageInfo { hasNextPage endCursor }
    }
  }
}
"""
MORE_LINES += ORDER[ORDER.index("fragment LineFacts") :]
CUSTOMER_EMAIL = "query ($id: ID!) { customer(id: $id) { defaultEmailAddress { emailAddress } } }"
SET_ADDRESS = """
mutation ($input: OrderInput!) { orderUpdate(input: $input) { userErrors { field } } }
"""


class _UserError(CamelWire):
    field: list[str] | None


class _Updated(CamelWire):
    user_errors: list[_UserError]


class _Email(CamelWire):
    email_address: str | None


class _Customer(CamelWire):
    default_email_address: _Email | None


class ShopifyOrders:
    """See `OrderService`. `version` is the Admin API's, a quarter that Shopify still serves.

    `order_number` is the shape of the orders' names, without the # that Shopify writes before
    those of a shop with no prefix of its own.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        sleep: Callable[[float], object] = time.sleep,
        *,
        version: str = "2026-10",
        order_number: str = "{4,}",
    ) -> None:
        if not re.fullmatch(r"20\d\d-(01|04|07|10)", version):
            raise ServiceMisconfigured(
                f"services: orders: version is a quarter like 2026-10, not {version!r}."
            )
        self._api = ShopifyApi(settings, version, sleep=sleep)
        self._edit = EditApi(self._api)
        self._cancel = CancelApi(self._api, sleep)
        self.numbers = OrderNumbers(order_number)
        self.takes_orders = False

    def find(self, number: str, email: str) -> Order:
        """See `OrderService`."""
        return self._whole(self._owned(number, email))

    def list_for(self, who: Identity) -> tuple[Order, ...]:
        """See `OrderService`. An order's number proves as much as being signed in."""
        if not EMAIL.fullmatch(who.email):
            raise OrderNotFound
        if who.order_number:
            self._owned(who.order_number, who.email)
            return self._list(f"email:'{who.email}'", who)
        said = CUSTOMER.fullmatch(who.customer_id)
        if said is None:
            raise OrderNotFound
        variables = {"id": f"gid://shopify/Customer/{said[1]}"}
        found = self._api.ask(CUSTOMER_EMAIL, variables).get("customer")
        if found is None:
            raise OrderNotFound
        address = shaped(_Customer, found, "Shopify").default_email_address
        if address is None or not who.owns(address.email_address or ""):
            raise OrderNotFound
        return self._list(f"customer_id:{said[1]}", who)

    def cancel(self, number: str, email: str, *, key: str, fee_cents: int | None = None) -> Order:
        """See `OrderService`. Shopify refunds all that was paid, so any fee is another one."""
        order = self._owned(number, email)
        note = f"Cancelled by the customer in chat ({key})."
        if order.cancelled_with(note):
            return self._whole(order)
        facts = self._whole(order)
        if fee_cents:
            raise CannotCancel(Reason.AMOUNT_CHANGED)
        if facts.not_cancellable_because:
            raise CannotCancel(facts.not_cancellable_because)
        after = self._cancel.apply(order, note, key=key)
        if not same_address(after.email or "", email):
            raise ServiceUnavailable("Shopify answered with another order.", maybe_done=True)
        return self._whole(after)

    def change_item(self, number: str, email: str, change: ItemChange, *, key: str) -> Order:
        """See `OrderService`. A paid order is changed for exactly the same price only: Shopify
        settles no difference by itself."""
        order = self._owned(number, email)
        lines = self._lines(order)
        if so_already(lines, change):
            return order_of(order, lines)
        self._edit.apply(order, lines, change, key=key)
        order = self._owned(number, email)
        lines = self._lines(order)
        if not so_already(lines, change):  # a commit sent twice is refused the second time
            raise CannotChange(Reason.OTHER)
        return order_of(order, lines)

    def change_address(self, number: str, email: str, address: Address, *, key: str) -> Order:
        """See `OrderService`."""
        order = self._owned(number, email)
        if reason := self._whole(order).not_changeable_because:
            raise CannotChange(reason)
        wanted = {"id": order.id, "shippingAddress": _mailing_address(address)}
        try:
            answer = self._api.change(SET_ADDRESS, {"input": wanted}, key=key)
        except ServiceRefused:  # the country is none of the schema's
            raise CannotChange(Reason.INVALID_ADDRESS) from None
        if shaped(_Updated, answer.get("orderUpdate"), "Shopify", effect=True).user_errors:
            raise CannotChange(Reason.INVALID_ADDRESS)
        return self._whole(self._owned(number, email))

    def place(self, order: NewOrder, *, key: str) -> Order:
        """Not possible: Shopify's checkout is where taxes and shipping are set."""
        raise CannotPlace(Reason.NOT_SUPPORTED)

    def _owned(self, number: str, email: str) -> ShopifyOrder:
        """The order of this number, if it is theirs; the search is Shopify's, the check ours."""
        said = NUMBER.fullmatch(number.strip())
        if said is None or not EMAIL.fullmatch(email.strip()):
            raise OrderNotFound
        query = f"name:'{said[1]}' email:'{email.strip()}'"
        variables = {"query": query, "lines": LINES, "parcels": PARCELS}
        answer = self._api.ask(FIND, variables)
        found = shaped(Connection[ShopifyOrder], answer.get("orders"), "Shopify")
        for order in found.nodes:
            same_name = order.name.removeprefix("#").casefold() == said[1].casefold()
            if same_name and same_address(order.email or "", email):
                return order
        raise OrderNotFound

    def _list(self, query: str, who: Identity) -> tuple[Order, ...]:
        orders: list[ShopifyOrder] = []
        after = None
        while len(orders) < MOST_ORDERS:
            variables = {
                "query": query,
                "first": min(ORDERS_A_PAGE, MOST_ORDERS - len(orders)),
                "after": after,
                "lines": LINES_IN_LIST,
                "parcels": PARCELS_IN_LIST,
            }
            answer = self._api.ask(LIST, variables)
            page = shaped(Connection[ShopifyOrder], answer.get("orders"), "Shopify")
            orders += page.nodes
            after = page.page_info.end_cursor
            if not page.page_info.has_next_page or after is None:
                break
        return tuple(self._whole(order) for order in orders if who.owns(order.email or ""))

    def _whole(self, order: ShopifyOrder) -> Order:
        return order_of(order, self._lines(order))

    def _lines(self, order: ShopifyOrder) -> list[LineItem]:
        """All lines of an order, beyond the first page too."""
        lines, page = list(order.line_items.nodes), order.line_items.page_info
        while page.has_next_page and page.end_cursor is not None:
            variables = {"id": order.id, "lines": LINES, "after": page.end_cursor}
            said = self._api.ask(MORE_LINES, variables).get("order")
            more = shaped(dict[str, Connection[LineItem]], said, "Shopify")["lineItems"]
            lines += more.nodes
            page = more.page_info
        return lines


def _mailing_address(address: Address) -> dict[str, str]:
    first, _, last = address.name.rpartition(" ")
    said = {
        "firstName": first,
        "lastName": last,
        "address1": address.street,
        "city": address.city,
        "zip": address.postcode,
        "countryCode": address.country,
        "provinceCode": address.region,
        "phone": address.phone,
    }
    return {name: value for name, value in said.items() if value}
