"""Orders in the sandbox."""

from collections.abc import Callable
from urllib.parse import quote

from actions.services.adapters.sandbox.answers import answered
from actions.services.client import JsonClient
from actions.services.errors import NotPossible, Reason
from actions.services.identity import same_address
from actions.services.orders import CannotCancel, Order, OrderNotFound
from actions.services.settings import ServiceSettings


class SandboxOrders:
    """See `OrderService`."""

    def __init__(self, settings: ServiceSettings, client: JsonClient | None = None) -> None:
        self._client = client or JsonClient(settings)

    def find(self, number: str, email: str) -> Order:
        """See `OrderService`."""
        wanted = {"number": number, "email": email}
        return _owned(email, lambda: self._client.read("/orders/lookup", wanted))

    def cancel(self, number: str, email: str, *, key: str) -> Order:
        """See `OrderService`."""
        path = f"/orders/{quote(number, safe='')}/cancel"
        return _owned(
            email, lambda: self._client.effect(path, {"email": email}, key=key), CannotCancel
        )


def _owned(
    email: str,
    ask: Callable[[], object],
    impossible: Callable[[Reason], NotPossible] | None = None,
) -> Order:
    order = answered(Order, ask, missing=OrderNotFound, impossible=impossible)
    if not same_address(order.email, email):
        raise OrderNotFound  # whatever the service thinks: an order is shown to its owner only
    return order
