"""Orders in the sandbox."""

from collections.abc import Callable
from urllib.parse import quote

from actions.services.adapters.sandbox.answers import answered, proof
from actions.services.client import JsonClient
from actions.services.errors import NotPossible, Reason, ServiceRefused
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
    OutOfStock,
)
from actions.services.settings import ServiceSettings


class SandboxOrders:
    """See `OrderService`. `order_number` is the shape of the shop's numbers."""

    def __init__(
        self,
        settings: ServiceSettings,
        client: JsonClient | None = None,
        *,
        order_number: str = "CM-{5}",
    ) -> None:
        self._client = client or JsonClient(settings)
        self.numbers = OrderNumbers(order_number)
        self.takes_orders = True

    def find(self, number: str, email: str) -> Order:
        """See `OrderService`."""
        wanted = {"number": number, "email": email}
        return _owned(email, lambda: self._client.read("/orders/lookup", wanted))

    def list_for(self, who: Identity) -> tuple[Order, ...]:
        """See `OrderService`."""
        found = answered(
            tuple[Order, ...],
            lambda: self._client.read("/orders/list", proof(who)),
            missing=OrderNotFound,
        )
        if not all(who.owns(order.email) for order in found):
            raise OrderNotFound
        return found

    def cancel(self, number: str, email: str, *, key: str, fee_cents: int | None = None) -> Order:
        """See `OrderService`."""
        body = {"email": email, "fee_cents": fee_cents}
        return _owned(
            email,
            lambda: self._client.effect(_path(number, "cancel"), body, key=key),
            CannotCancel,
        )

    def change_item(self, number: str, email: str, change: ItemChange, *, key: str) -> Order:
        """See `OrderService`."""
        body = {"email": email, **change.model_dump()}
        return _owned(
            email,
            lambda: self._client.effect(_path(number, "items"), body, key=key),
            CannotChange,
        )

    def change_address(self, number: str, email: str, address: Address, *, key: str) -> Order:
        """See `OrderService`."""
        body = {"email": email, "address": address.model_dump()}
        return _owned(
            email,
            lambda: self._client.effect(_path(number, "address"), body, key=key),
            CannotChange,
        )

    def place(self, order: NewOrder, *, key: str) -> Order:
        """See `OrderService`."""
        return _owned(
            order.email,
            lambda: self._client.effect("/orders", order.model_dump(), key=key),
            CannotPlace,
        )


def _path(number: str, what: str) -> str:
    return f"/orders/{quote(number, safe='')}/{what}"


def _owned(
    email: str,
    ask: Callable[[], object],
    impossible: Callable[[Reason], NotPossible] | None = None,
) -> Order:
    order = answered(
        Order,
        lambda: _in_stock(ask),
        missing=OrderNotFound,
        impossible=impossible,
        effect=impossible is not None,  # only an effect can be impossible
    )
    if not same_address(order.email, email):
        raise OrderNotFound  # whatever the service thinks: an order is shown to its owner only
    return order


def _in_stock(ask: Callable[[], object]) -> object:
    """What `ask` gives. Raises `OutOfStock`, with what is left, where that is the refusal."""
    try:
        return ask()
    except ServiceRefused as refusal:
        match refusal.body:
            case {
                "error": {"code": Reason.OUT_OF_STOCK, "product": str(name), "available": int(n)}
            }:
                raise OutOfStock(name, n) from refusal
        raise
