"""Another item, size or number of pieces in a Shopify order: begun, weighed, then committed.

https://shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/edit-orders
"""

from actions.services.adapters.shopify_api import ShopifyApi, Variables
from actions.services.adapters.shopify_facts import order_of
from actions.services.adapters.shopify_wire import Connection, LineItem, MoneyBag, ShopifyOrder
from actions.services.adapters.wire import CamelWire, shaped
from actions.services.errors import Reason
from actions.services.orders import CannotChange, ItemChange, OutOfStock

_CALCULATED = """
calculatedOrder { id totalPriceSet { presentmentMoney { amount currencyCode } } }
userErrors { field }
"""
BEGIN = """
mutation ($id: ID!, $lines: Int!) {
  orderEditBegin(id: $id) {
    calculatedOrder { id lineItems(first: $lines) { nodes { id variant { id } } } }
    userErrors { field }
  }
}
"""
SET_QUANTITY = f"""
mutation ($id: ID!, $line: ID!, $quantity: Int!) {{
  orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $quantity, restock: true) {{
    {_CALCULATED}
  }}
}}
"""
ADD_VARIANT = f"""
mutation ($id: ID!, $variant: ID!, $quantity: Int!) {{
  orderEditAddVariant(id: $id, variantId: $variant, quantity: $quantity, allowDuplicates: true) {{
    {_CALCULATED}
  }}
}}
"""
COMMIT = """
mutation ($id: ID!, $note: String!) {
  orderEditCommit(id: $id, notifyCustomer: true, staffNote: $note) { userErrors { field } }
}
"""
STOCK = """
query ($id: ID!) {
  productVariant(id: $id) {
    displayName inventoryPolicy sellableOnlineQuantity inventoryItem { tracked }
  }
}
"""
LINES = 250
"""The most that a page of Shopify's holds."""


class _Id(CamelWire):
    id: str


class _CalculatedLine(CamelWire):
    id: str
    variant: _Id | None


class _Begun(CamelWire):
    id: str
    line_items: Connection[_CalculatedLine]


class _Calculated(CamelWire):
    id: str
    total_price_set: MoneyBag


class _UserError(CamelWire):
    field: list[str] | None


class _Staged(CamelWire):
    calculated_order: _Calculated | None = None
    user_errors: list[_UserError]


class _Began(CamelWire):
    calculated_order: _Begun | None
    user_errors: list[_UserError]


class _InventoryItem(CamelWire):
    tracked: bool


class _Stock(CamelWire):
    display_name: str
    inventory_policy: str
    sellable_online_quantity: int
    inventory_item: _InventoryItem


class EditApi:
    """Edits lines. An edit that is not committed leaves no trace, so it may be begun again."""

    def __init__(self, api: ShopifyApi) -> None:
        self._api = api

    def apply(
        self, order: ShopifyOrder, lines: list[LineItem], change: ItemChange, *, key: str
    ) -> None:
        """Ask for a change that is not so already. Whether it came about, the order shows.

        Raises `CannotChange` or `OutOfStock`.
        """
        line = next((one for one in lines if one.id == change.line_id), None)
        if line is None:
            raise CannotChange(Reason.UNKNOWN_LINE)
        old = line.variant.id if line.variant else ""
        variant = change.variant_id or old
        quantity = line.current_quantity if change.quantity is None else change.quantity
        if line.current_quantity == 0:
            raise CannotChange(Reason.UNKNOWN_LINE)
        if reason := order_of(order, lines).not_changeable_because:
            raise CannotChange(reason)
        if quantity == 0 and not any(one.current_quantity for one in lines if one is not line):
            raise CannotChange(Reason.LAST_LINE)
        needed = quantity - (line.current_quantity if variant == old else 0)
        if needed > 0:
            self._check_stock(variant, needed)
        self._edit(order, line, variant, quantity, key)

    def _check_stock(self, variant: str, needed: int) -> None:
        said = self._api.ask(STOCK, {"id": variant}).get("productVariant")
        if said is None:
            raise CannotChange(Reason.UNKNOWN_VARIANT)
        stock = shaped(_Stock, said, "Shopify")
        endless = stock.inventory_policy == "CONTINUE" or not stock.inventory_item.tracked
        if not endless and stock.sellable_online_quantity < needed:
            raise OutOfStock(stock.display_name, max(stock.sellable_online_quantity, 0))

    def _edit(
        self, order: ShopifyOrder, line: LineItem, variant: str, quantity: int, key: str
    ) -> None:
        said = self._api.change(BEGIN, {"id": order.id, "lines": LINES}, key=key)
        began = shaped(_Began, said.get("orderEditBegin"), "Shopify").calculated_order
        if began is None:
            raise CannotChange(Reason.OTHER)
        calculated = _same_line(began, line)
        if line.variant is None or variant == line.variant.id:
            total = self._set_quantity(began.id, calculated, quantity, key)
        else:
            new = {"id": began.id, "variant": variant, "quantity": quantity}
            self._stage(ADD_VARIANT, "orderEditAddVariant", new, key)
            total = self._set_quantity(began.id, calculated, 0, key)
        if order.paid and total != order.current_total_price_set.presentment_money.units:
            raise CannotChange(Reason.PRICE_DIFFERS)
        note = f"Changed by the customer in chat ({key})."
        self._api.change(COMMIT, {"id": began.id, "note": note}, key=key)

    def _set_quantity(self, edit: str, line: str, quantity: int, key: str) -> int:
        wanted = {"id": edit, "line": line, "quantity": quantity}
        return self._stage(SET_QUANTITY, "orderEditSetQuantity", wanted, key)

    def _stage(self, document: str, name: str, variables: Variables, key: str) -> int:
        """Note a change in the edit; what the order would cost then, in minor units."""
        said = self._api.change(document, variables, key=key)
        staged = shaped(_Staged, said.get(name), "Shopify")
        if staged.calculated_order is None or staged.user_errors:
            raise CannotChange(Reason.OTHER)
        return staged.calculated_order.total_price_set.presentment_money.units


def so_already(lines: list[LineItem], change: ItemChange) -> bool:
    """Whether the lines are as a change wants them, as after the same call before."""
    line = next((one for one in lines if one.id == change.line_id), None)
    if line is None:
        return False
    if line.variant is None or change.variant_id in (None, line.variant.id):
        return change.quantity in (None, line.current_quantity)
    wanted = (change.variant_id, line.quantity if change.quantity is None else change.quantity)
    return line.current_quantity == 0 and any(
        one.variant is not None and (one.variant.id, one.current_quantity) == wanted
        for one in lines
    )


def _same_line(began: _Begun, line: LineItem) -> str:
    """The edit's id of a line: Shopify gives it the line's own number in another type."""
    number = line.id.rpartition("/")[2]
    for one in began.line_items.nodes:
        if one.id.rpartition("/")[2] == number:
            return one.id
    raise CannotChange(Reason.OTHER)
