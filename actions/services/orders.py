"""The order service: what the assistant needs to know of orders and to do with them."""

import functools
from datetime import date
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from actions.services.errors import NotFound, NotPossible, Reason
from actions.services.facts import Address, Cents, Currency, Facts
from actions.services.identity import Identity
from actions.services.order_numbers import OrderNumbers
from actions.services.registry import connect


class OrderState(StrEnum):
    """Where an order stands."""

    AWAITING_PAYMENT = "awaiting_payment"
    PLACED = "placed"
    PACKING = "packing"
    PARTLY_DISPATCHED = "partly_dispatched"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Line(Facts):
    """A product in an order. `line_id` and `variant_id` are the service's own."""

    line_id: str
    variant_id: str
    product: str
    size: str = ""
    colour: str = ""
    quantity: int
    unit_price_cents: Cents


class Shipment(Facts):
    """A parcel; what is not dispatched yet is only planned, perhaps without carrier or number."""

    carrier: str
    tracking_number: str
    expected_on: date | None
    dispatched_at: AwareDatetime | None
    delivered_at: AwareDatetime | None
    products: tuple[str, ...]


class RefundTotal(Facts):
    """All money of an order that went or goes back. `payments.PaymentService` has the details."""

    amount_cents: Annotated[Cents, Field(gt=0)]


class Order(Facts):
    """An order as its customer may see it.

    `total_cents` = lines + `shipping_cents`, after discounts. `cancellation_fee_cents` is
    what a cancellation now would cost (0: nothing), kept back from its refund. Where
    `cancellable` or `changeable` is false, the field beside it has a `Reason`.
    """

    number: str
    state: OrderState
    email: str
    currency: Currency
    shipping_cents: Cents
    total_cents: Cents
    placed_at: AwareDatetime
    lines: tuple[Line, ...]
    shipments: tuple[Shipment, ...]
    address: Address | None
    refund: RefundTotal | None
    cancellable: bool
    not_cancellable_because: Reason | None
    cancellation_fee_cents: Cents
    changeable: bool
    not_changeable_because: Reason | None
    payment_url: str = ""
    """Where the customer pays, while the order awaits payment; the assistant never takes cards."""


class ItemChange(Facts):
    """Another variant (size, colour, product) or number of pieces for one line; 0 removes it.

    What is `None` stays as it is.
    """

    line_id: str
    variant_id: str | None = None
    quantity: int | None = None


class NewLine(Facts):
    """A variant to order, as `products.ProductService` knows it."""

    variant_id: str
    quantity: int


class NewOrder(Facts):
    """What a customer wants to order. `total_cents` is what they were told and agreed to.

    `delivery_option` is an `option_id` of `shipping.ShippingService.options`, empty for the
    shop's usual one.
    """

    name: str
    email: str
    address: Address
    lines: tuple[NewLine, ...]
    delivery_option: str = ""
    total_cents: Cents | None = None


class OrderNotFound(NotFound):
    """No order has this number together with this e-mail address."""


class CannotCancel(NotPossible):
    """The order can't be cancelled (any more).

    `partly_dispatched`, `already_dispatched`, `already_delivered`, `already_returned`,
    `already_cancelled`; `amount_changed`: the fee is not the one that was agreed to.
    """


class CannotChange(NotPossible):
    """Items or address can't be changed.

    `packing_began` and the reasons of `CannotCancel`; `unknown_line`, `unknown_variant`,
    `last_line` (an order without lines is a cancellation), `price_differs` (a paid order is
    changed for the same or a lower price only), `invalid_address`, `no_delivery_there`.
    """


class CannotPlace(NotPossible):
    """Nothing was ordered: `unknown_variant`, `invalid_address`, `invalid_email`,
    `no_delivery_there`, or `amount_changed` where the total is not the one agreed to."""


class OutOfStock(NotPossible):
    """There are only `available` pieces of `product` left; nothing was ordered or changed."""

    def __init__(self, product: str, available: int) -> None:
        super().__init__(Reason.OUT_OF_STOCK, f"{available} of {product!r} left.")
        self.product = product
        self.available = available


class OrderService(Protocol):
    """What every adapter does. Each method blocks, and may raise any `ServiceError`.

    `number` and `email` together show whose order it is, in any letter case; all methods
    that take both raise `OrderNotFound` for a pair that does not fit, and `TooManyAttempts`
    where the service counts such pairs. Each effect happens once per `key`.
    """

    @property
    def numbers(self) -> OrderNumbers:
        """What the numbers of the shop's orders look like; `Order.number` is one of them."""

    @property
    def takes_orders(self) -> bool:
        """Whether `place` can do more than raise `CannotPlace` with `not_supported`."""

    def find(self, number: str, email: str) -> Order:
        """The order."""

    def list_for(self, who: Identity) -> tuple[Order, ...]:
        """The customer's orders, newest first, 50 at most. Raises `OrderNotFound` for a wrong
        proof."""

    def cancel(self, number: str, email: str, *, key: str, fee_cents: int | None = None) -> Order:
        """Cancel the order and refund what was paid, less the fee. Raises `CannotCancel`.

        `fee_cents` is the fee the customer agreed to; any other fee is refused with
        `amount_changed`. `None` agrees to whatever it is.
        """

    def change_item(self, number: str, email: str, change: ItemChange, *, key: str) -> Order:
        """Change one line. What gets cheaper is refunded. Raises `CannotChange`, `OutOfStock`."""

    def change_address(self, number: str, email: str, address: Address, *, key: str) -> Order:
        """Send the order elsewhere, while nothing of it has left. Raises `CannotChange`."""

    def place(self, order: NewOrder, *, key: str) -> Order:
        """Order something; it awaits payment at `payment_url`. Raises `CannotPlace`, `OutOfStock`.

        Needs no proof: it tells nothing of whoever else uses this address.
        """


@functools.cache
def order_service() -> OrderService:
    """The adapter that `endpoints.yml` chooses, made on first use."""
    service: OrderService = connect("orders")
    return service
