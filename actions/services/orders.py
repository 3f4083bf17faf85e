"""The order service: what the assistant needs of it, and the adapters that provide it."""

import difflib
import functools
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Protocol
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from actions.services.client import JsonClient
from actions.services.errors import (
    ServiceError,
    ServiceMisconfigured,
    ServiceRefused,
    ServiceUnavailable,
)
from actions.services.settings import ServiceSettings, endpoints_file, read_settings


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PACKING = "packing"
    PARTLY_DISPATCHED = "partly_dispatched"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Line(_Facts):
    """A product in an order."""

    product: str
    quantity: int


class Shipment(_Facts):
    """A parcel; what is not dispatched yet is only planned."""

    carrier: str
    tracking_number: str
    expected_on: date
    dispatched_at: str | None
    delivered_at: str | None
    products: tuple[str, ...]


class Refund(_Facts):
    """Money on its way back, in cents of the order's currency."""

    amount_cents: int


class Order(_Facts):
    """An order. `not_cancellable_because` is a code where `cancellable` is false."""

    number: str
    state: OrderState
    email: str
    currency: str
    total_cents: int
    lines: tuple[Line, ...]
    shipments: tuple[Shipment, ...]
    refund: Refund | None
    cancellable: bool
    not_cancellable_because: str | None


class OrderNotFound(ServiceError):
    """No order has this number together with this e-mail address."""


class CannotCancel(ServiceError):
    """The order exists and can't be cancelled. `reason` is a code as in `Order`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The order cannot be cancelled: {reason}.")
        self.reason = reason


class OrderService(Protocol):
    """What every adapter does. Each method blocks, and may raise any `ServiceError`."""

    def find(self, number: str, email: str) -> Order:
        """The order, if it belongs to `email`. Raises `OrderNotFound` in either other case."""

    def cancel(self, number: str, email: str, *, key: str) -> Order:
        """Cancel the order, once per `key`. Raises `OrderNotFound` or `CannotCancel`."""


class SandboxOrders:
    """The order service of `sandbox/`."""

    def __init__(self, settings: ServiceSettings, client: JsonClient | None = None) -> None:
        self._client = client or JsonClient(settings)

    def find(self, number: str, email: str) -> Order:
        """See `OrderService`."""
        return _owned(
            email, lambda: self._client.read("/orders/lookup", {"number": number, "email": email})
        )

    def cancel(self, number: str, email: str, *, key: str) -> Order:
        """See `OrderService`."""
        path = f"/orders/{quote(number, safe='')}/cancel"
        return _owned(email, lambda: self._client.effect(path, {"email": email}, key=key))


ADAPTERS: Mapping[str, Callable[[ServiceSettings], OrderService]] = {"sandbox": SandboxOrders}
"""The names that `services: orders: adapter` may have."""


@functools.cache
def order_service() -> OrderService:
    """The adapter that `endpoints.yml` chooses, made on first use."""
    return adapter(read_settings("orders", endpoints_file()))


def adapter(settings: ServiceSettings) -> OrderService:
    """The adapter for these settings. Raises `ServiceMisconfigured` for an unknown name."""
    if settings.adapter not in ADAPTERS:
        near = difflib.get_close_matches(settings.adapter, ADAPTERS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ServiceMisconfigured(
            f"No order adapter is called {settings.adapter!r}.{hint} Known: {', '.join(ADAPTERS)}."
        )
    return ADAPTERS[settings.adapter](settings)


def _owned(email: str, ask: Callable[[], object]) -> Order:
    try:
        order = Order.model_validate(ask())
    except ServiceRefused as refusal:
        if refusal.status == 404:
            raise OrderNotFound from refusal
        if refusal.status == 409:
            raise CannotCancel(refusal.code) from refusal
        raise
    except ValidationError as error:
        raise ServiceUnavailable(
            f"The order service sent no order: {error.error_count()} fields do not fit."
        ) from error
    if order.email.casefold() != email.strip().casefold():
        raise OrderNotFound  # whatever the service thinks: an order is shown to its owner only
    return order
