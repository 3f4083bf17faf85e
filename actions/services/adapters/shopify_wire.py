"""What Shopify says of an order, under the names of its reference."""

from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, Field

from actions.services.adapters.money import minor_units
from actions.services.adapters.wire import CamelWire

LINES, PARCELS = 50, 10
"""How many lines and parcels of an order one question asks for; Shopify counts their cost."""

ORDER = """
fragment OrderFacts on Order {
  id name email createdAt cancelledAt presentmentCurrencyCode merchantEditable returnStatus
  displayFinancialStatus displayFulfillmentStatus statusPageUrl
  cancellation { staffNote }
  currentTotalPriceSet { presentmentMoney { amount currencyCode } }
  totalPriceSet { presentmentMoney { amount currencyCode } }
  currentShippingPriceSet { presentmentMoney { amount currencyCode } }
  totalRefundedSet { presentmentMoney { amount currencyCode } }
  shippingAddress { name address1 address2 city zip provinceCode countryCodeV2 phone }
  lineItems(first: $lines) { nodes { ...LineFacts } pageInfo { hasNextPage endCursor } }
  fulfillments(first: $parcels) {
    createdAt deliveredAt estimatedDeliveryAt status displayStatus
    trackingInfo { company number }
    fulfillmentLineItems(first: $parcels) { nodes { lineItem { name } } }
  }
}
fragment LineFacts on LineItem {
  id name title quantity currentQuantity
  discountedUnitPriceAfterAllDiscountsSet { presentmentMoney { amount currencyCode } }
  variant { id selectedOptions { name value } }
}
"""

Node = TypeVar("Node")


class Page(CamelWire):
    """Where a page of a connection ends."""

    has_next_page: bool
    end_cursor: str | None = None


class Connection(CamelWire, Generic[Node]):
    """A page of things."""

    nodes: list[Node]
    page_info: Page = Page(has_next_page=False)


class Money(CamelWire):
    """`MoneyV2`: an amount as a decimal text."""

    amount: str
    currency_code: str

    @property
    def units(self) -> int:
        """The amount in the currency's smallest unit."""
        return minor_units(self.amount, self.currency_code)


class MoneyBag(CamelWire):
    """An amount in the customer's own currency."""

    presentment_money: Money


class Option(CamelWire):
    """What a variant is: `Size`, `XL`."""

    name: str
    value: str


class Variant(CamelWire):
    """A variant of a product; `null` in a line once it was deleted."""

    id: str
    selected_options: tuple[Option, ...] = ()

    def option(self, *names: str) -> str:
        """The value of the first option that is called one of `names`."""
        said = (one.value for one in self.selected_options if one.name.casefold() in names)
        return next(said, "")


class LineItem(CamelWire):
    """A line; `current_quantity` is without what was removed or refunded."""

    id: str
    name: str
    title: str
    quantity: int
    current_quantity: int
    discounted_unit_price_after_all_discounts_set: MoneyBag
    variant: Variant | None


class TrackingInfo(CamelWire):
    """A parcel's number and who carries it."""

    company: str | None
    number: str | None


class NamedLine(CamelWire):
    """A line's name."""

    name: str


class FulfillmentLine(CamelWire):
    """What is in a parcel."""

    line_item: NamedLine


class Fulfillment(CamelWire):
    """Parcels that left together. `status` is about the record, `display_status` about them."""

    created_at: AwareDatetime
    delivered_at: AwareDatetime | None
    estimated_delivery_at: AwareDatetime | None
    status: str
    display_status: str | None
    tracking_info: list[TrackingInfo]
    fulfillment_line_items: Connection[FulfillmentLine]


class MailingAddress(CamelWire):
    """Where an order goes; any part may be missing."""

    name: str | None
    address1: str | None
    address2: str | None
    city: str | None
    zip: str | None
    province_code: str | None
    country_code_v2: Annotated[str | None, Field(alias="countryCodeV2")]
    phone: str | None


class Cancellation(CamelWire):
    """What whoever cancelled wrote down."""

    staff_note: str | None


class ShopifyOrder(CamelWire):
    """`Order`, as far as `ORDER` asks for it."""

    id: str
    name: str
    email: str | None
    created_at: AwareDatetime
    cancelled_at: AwareDatetime | None
    presentment_currency_code: str
    merchant_editable: bool
    return_status: str
    display_financial_status: str | None
    display_fulfillment_status: str
    status_page_url: str
    cancellation: Cancellation | None
    current_total_price_set: MoneyBag
    total_price_set: MoneyBag
    current_shipping_price_set: MoneyBag
    total_refunded_set: MoneyBag
    shipping_address: MailingAddress | None
    line_items: Connection[LineItem]
    fulfillments: list[Fulfillment]

    @property
    def paid(self) -> bool:
        """Whether money was taken or promised, so that a new total would have to be settled."""
        return self.display_financial_status not in _UNPAID

    def cancelled_with(self, note: str) -> bool:
        """Whether it was cancelled by who left this note."""
        return self.cancellation is not None and self.cancellation.staff_note == note

    @property
    def left(self) -> list[Fulfillment]:
        """The parcels that really left."""
        return [one for one in self.fulfillments if one.status == "SUCCESS"]


_UNPAID = frozenset({None, "PENDING", "EXPIRED", "VOIDED"})
