"""What an order in Shopify means to a customer of ours."""

from actions.services.adapters.shopify_wire import (
    Fulfillment,
    LineItem,
    MailingAddress,
    ShopifyOrder,
    TrackingInfo,
    Variant,
)
from actions.services.adapters.wire import meaning
from actions.services.errors import Reason
from actions.services.facts import Address
from actions.services.orders import Line, Order, OrderState, RefundTotal, Shipment

_PACKING = frozenset({"IN_PROGRESS", "PENDING_FULFILLMENT"})
_REASONS = {
    OrderState.AWAITING_PAYMENT: None,
    OrderState.PLACED: None,
    OrderState.PACKING: Reason.PACKING_BEGAN,
    OrderState.PARTLY_DISPATCHED: Reason.PARTLY_DISPATCHED,
    OrderState.DISPATCHED: Reason.ALREADY_DISPATCHED,
    OrderState.DELIVERED: Reason.ALREADY_DELIVERED,
    OrderState.RETURNED: Reason.ALREADY_RETURNED,
    OrderState.CANCELLED: Reason.ALREADY_CANCELLED,
}
"""Why an order in a state can't be changed (any more)."""


def state_of(order: ShopifyOrder) -> OrderState:
    """Where an order stands: its three statuses and its parcels, in one word."""
    if order.cancelled_at is not None:
        return OrderState.CANCELLED
    if order.return_status == "RETURNED":
        return OrderState.RETURNED
    match order.display_fulfillment_status:
        case "FULFILLED" if order.left and all(one.delivered_at for one in order.left):
            return OrderState.DELIVERED
        case "FULFILLED":
            return OrderState.DISPATCHED
        case "PARTIALLY_FULFILLED":
            return OrderState.PARTLY_DISPATCHED
        case status if status in _PACKING:
            return OrderState.PACKING
        case _ if order.display_financial_status == "PENDING":
            return OrderState.AWAITING_PAYMENT
        case _:
            return OrderState.PLACED


@meaning("Shopify")
def order_of(order: ShopifyOrder, lines: list[LineItem]) -> Order:
    """An order with all its `lines`. Costs nothing to cancel: Shopify knows no fee."""
    state = state_of(order)
    fixed = _REASONS[state]
    kept = None if state is OrderState.PACKING else fixed  # packing can still be stopped
    locked = fixed or (None if order.merchant_editable else Reason.OTHER)
    gone = state in (OrderState.CANCELLED, OrderState.RETURNED)
    refunded = order.total_refunded_set.presentment_money.units
    total = order.total_price_set if gone else order.current_total_price_set
    return Order(
        number=order.name.removeprefix("#"),
        state=state,
        email=order.email or "",
        currency=order.presentment_currency_code,
        shipping_cents=order.current_shipping_price_set.presentment_money.units,
        total_cents=total.presentment_money.units,
        placed_at=order.created_at,
        lines=tuple(_line(line, gone) for line in lines if gone or line.current_quantity),
        shipments=tuple(parcel for one in order.left for parcel in _shipments(one)),
        address=_address(order.shipping_address),
        refund=RefundTotal(amount_cents=refunded) if refunded else None,
        cancellable=kept is None,
        not_cancellable_because=kept,
        cancellation_fee_cents=0,
        changeable=locked is None,
        not_changeable_because=locked,
        payment_url=order.status_page_url if state is OrderState.AWAITING_PAYMENT else "",
    )


def _line(line: LineItem, gone: bool) -> Line:
    variant = line.variant or Variant(id="")
    return Line(
        line_id=line.id,
        variant_id=variant.id,
        product=line.title,
        size=variant.option("size"),
        colour=variant.option("color", "colour"),
        quantity=line.quantity if gone else line.current_quantity,
        unit_price_cents=line.discounted_unit_price_after_all_discounts_set.presentment_money.units,
    )


def _shipments(one: Fulfillment) -> list[Shipment]:
    """A fulfillment as its parcels; one without a number is a parcel too."""
    expected = one.estimated_delivery_at
    return [
        Shipment(
            carrier=parcel.company or "",
            tracking_number=parcel.number or "",
            expected_on=expected.date() if expected else None,
            dispatched_at=one.created_at,
            delivered_at=one.delivered_at,
            products=tuple(line.line_item.name for line in one.fulfillment_line_items.nodes),
        )
        for parcel in one.tracking_info or [TrackingInfo(company=None, number=None)]
    ]


def _address(said: MailingAddress | None) -> Address | None:
    if said is None or said.country_code_v2 is None:
        return None
    return Address(
        name=said.name or "",
        street=", ".join(part for part in (said.address1, said.address2) if part),
        city=said.city or "",
        postcode=said.zip or "",
        country=said.country_code_v2,
        region=said.province_code or "",
        phone=said.phone or "",
    )
