"""What WooCommerce says of an order, and what that means to a customer of ours."""

from datetime import UTC, date, datetime

from actions.services.adapters.money import minor_units
from actions.services.adapters.wire import Wire, meaning
from actions.services.errors import Reason
from actions.services.facts import Address
from actions.services.orders import Line, Order, OrderState, RefundTotal, Shipment


class Meta(Wire):
    """A note of a plugin's in an order or a line. What is shown may be text or more."""

    key: str
    value: object = None
    display_key: object = None
    display_value: object = None


class LineItem(Wire):
    """A line; `total` is after discounts, without tax."""

    id: int
    name: str
    product_id: int
    variation_id: int
    quantity: int
    total: str
    total_tax: str
    meta_data: tuple[Meta, ...] = ()

    def option(self, *names: str) -> str:
        """The value of the first option that is called one of `names`: `Size`, `XL`."""
        for meta in self.meta_data:
            if str(meta.display_key or meta.key).removeprefix("pa_").casefold() in names:
                return str(meta.display_value or meta.value or "")
        return ""


class Billing(Wire):
    """Who pays."""

    email: str = ""


class ShippingAddress(Wire):
    """Where an order goes."""

    first_name: str = ""
    last_name: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


class RefundLine(Wire):
    """A refund of an order; `total` is negative."""

    id: int
    reason: str = ""
    total: str


class WooOrder(Wire):
    """An order. Times that end in `_gmt` are UTC and do not say so."""

    id: int
    number: str
    status: str
    currency: str
    total: str
    shipping_total: str
    shipping_tax: str
    customer_id: int
    payment_method: str = ""
    payment_url: str = ""
    date_created_gmt: datetime
    date_paid_gmt: datetime | None
    date_completed_gmt: datetime | None
    billing: Billing
    shipping: ShippingAddress
    line_items: list[LineItem]
    refunds: tuple[RefundLine, ...] = ()
    meta_data: tuple[Meta, ...] = ()

    @property
    def refunded(self) -> int:
        """What was given back, in minor units."""
        return sum(minor_units(one.total.lstrip("-"), self.currency) for one in self.refunds)

    def has_note(self, key: str, value: str) -> bool:
        """Whether the order's meta data hold this."""
        return any(meta.key == key and meta.value == value for meta in self.meta_data)


class ShipmentTracking(Wire):
    """A parcel, as the extension Shipment Tracking knows it."""

    tracking_provider: str
    tracking_number: str
    date_shipped: date | None = None


_STATES = {
    "pending": OrderState.AWAITING_PAYMENT,
    "failed": OrderState.AWAITING_PAYMENT,
    "checkout-draft": OrderState.AWAITING_PAYMENT,
    "on-hold": OrderState.AWAITING_PAYMENT,
    "processing": OrderState.PLACED,
    "completed": OrderState.DISPATCHED,
    "cancelled": OrderState.CANCELLED,
}
"""WooCommerce's own statuses. One of a plugin's own is taken for packing: hands off."""

_REASONS = {
    OrderState.PACKING: Reason.PACKING_BEGAN,
    OrderState.DISPATCHED: Reason.ALREADY_DISPATCHED,
    OrderState.RETURNED: Reason.ALREADY_RETURNED,
    OrderState.CANCELLED: Reason.ALREADY_CANCELLED,
}


def state_of(order: WooOrder) -> OrderState:
    """Where an order stands."""
    if order.status == "refunded":
        returned = order.date_completed_gmt is not None
        return OrderState.RETURNED if returned else OrderState.CANCELLED
    return _STATES.get(order.status, OrderState.PACKING)


@meaning("WooCommerce")
def order_of(order: WooOrder, parcels: list[ShipmentTracking]) -> Order:
    """An order with its parcels. WooCommerce knows no fee for a cancellation."""
    state = state_of(order)
    reason = _REASONS.get(state)
    currency = order.currency
    refunded = order.refunded
    shipping = minor_units(order.shipping_total, currency)
    shipping += minor_units(order.shipping_tax, currency)
    pay = order.payment_url if order.status in ("pending", "failed") else ""
    return Order(
        number=order.number,
        state=state,
        email=order.billing.email,
        currency=currency,
        shipping_cents=shipping,
        total_cents=minor_units(order.total, currency),
        placed_at=order.date_created_gmt.replace(tzinfo=UTC),
        lines=tuple(_line(line, currency) for line in order.line_items),
        shipments=_shipments(order, parcels, state),
        address=_address(order.shipping),
        refund=RefundTotal(amount_cents=refunded) if refunded else None,
        cancellable=reason is None,
        not_cancellable_because=reason,
        cancellation_fee_cents=0,
        changeable=reason is None,
        not_changeable_because=reason,
        payment_url=pay,
    )


def _line(line: LineItem, currency: str) -> Line:
    """A line, tax included; what does not divide by its pieces is rounded."""
    total = minor_units(line.total, currency) + minor_units(line.total_tax, currency)
    return Line(
        line_id=str(line.id),
        variant_id=str(line.variation_id or line.product_id),
        product=line.name,
        size=line.option("size"),
        colour=line.option("color", "colour"),
        quantity=line.quantity,
        unit_price_cents=round(total / max(line.quantity, 1)),
    )


def _shipments(
    order: WooOrder, parcels: list[ShipmentTracking], state: OrderState
) -> tuple[Shipment, ...]:
    products = tuple(line.name for line in order.line_items)
    completed = order.date_completed_gmt
    left = completed.replace(tzinfo=UTC) if completed else None
    if not parcels and state is OrderState.DISPATCHED:
        parcels = [ShipmentTracking(tracking_provider="", tracking_number="")]
    return tuple(
        Shipment(
            carrier=parcel.tracking_provider,
            tracking_number=parcel.tracking_number,
            expected_on=None,
            dispatched_at=_noon(parcel.date_shipped) or left,
            delivered_at=None,
            products=products if len(parcels) == 1 else (),
        )
        for parcel in parcels
    )


def _noon(day: date | None) -> datetime | None:
    """A moment of a day of which nothing else is known, the same day almost everywhere."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC) if day else None


def _address(said: ShippingAddress) -> Address | None:
    if not said.country:
        return None
    return Address(
        name=f"{said.first_name} {said.last_name}".strip(),
        street=", ".join(part for part in (said.address_1, said.address_2) if part),
        city=said.city,
        postcode=said.postcode,
        country=said.country,
        region=said.state,
        phone=said.phone,
    )
