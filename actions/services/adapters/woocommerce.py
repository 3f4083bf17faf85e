"""Orders in WooCommerce, by its REST API v3: found, cancelled, refunded, sent elsewhere.

WooCommerce's own Python library is left out: it is a thin wrapper of requests without retries,
and was last released in 2021.
"""

import base64
import re
import time
from collections.abc import Callable
from decimal import Decimal

from actions.services.adapters.money import minor_units
from actions.services.adapters.wire import Wire, require_tls, shaped
from actions.services.adapters.woocommerce_facts import (
    ShipmentTracking,
    WooOrder,
    order_of,
    state_of,
)
from actions.services.client import JsonClient
from actions.services.currencies import exponent
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
    OrderState,
)
from actions.services.settings import ServiceSettings

API = "/wp-json/wc/v3"
TRACKING = "/wp-json/wc-shipment-tracking/v3"
NUMBER = re.compile(r"#?([\w.-]{1,40})")
META = "_bespeak_cancelled"
"""The order's meta data by which a repeated cancellation is known."""

MOST_ORDERS, A_PAGE, MOST_PAGES = 50, 20, 10


class _Customer(Wire):
    email: str


class _Gateway(Wire):
    method_supports: tuple[str, ...] = ()


class _Note(Wire):
    note: str


class WooCommerceOrders:
    """See `OrderService`.

    `consumer_key` belongs to the secret in `token`. `tracking` says that the shop has the
    extension Shipment Tracking, which knows the parcels' numbers. `order_number` is the shape
    of the shop's numbers, which a plugin may have made its own.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        sleep: Callable[[float], object] = time.sleep,
        *,
        consumer_key: str,
        tracking: bool = False,
        order_number: str = "{1,}",
    ) -> None:
        require_tls(settings, "orders")
        if not re.fullmatch(r"[\w-]+", consumer_key):
            raise ServiceMisconfigured(
                "services: orders: consumer_key is the key, ck_…; its secret belongs in token."
            )
        said = base64.b64encode(f"{consumer_key}:{settings.token}".encode()).decode()
        headers = {"Authorization": f"Basic {said}"}
        self._client = JsonClient(settings, headers=headers, sleep=sleep)
        self._tracking = tracking
        self.numbers = OrderNumbers(order_number)
        self.takes_orders = False

    def find(self, number: str, email: str) -> Order:
        """See `OrderService`."""
        return self._whole(self._owned(number, email))

    def list_for(self, who: Identity) -> tuple[Order, ...]:
        """See `OrderService`. Of a guest, who has no account, only the order that is proof."""
        if who.order_number:
            order = self._owned(who.order_number, who.email)
            if not order.customer_id:
                return (self._whole(order),)
            customer = str(order.customer_id)
        else:
            customer = self._customer(who)
        found: list[WooOrder] = []
        for page in range(1, MOST_PAGES + 1):
            query = {
                "customer": customer,
                "per_page": str(A_PAGE),
                "page": str(page),
                "orderby": "date",
                "order": "desc",
            }
            said = self._client.get(f"{API}/orders", query)
            orders = shaped(list[WooOrder], said, "WooCommerce")
            found += [order for order in orders if who.owns(order.billing.email)]
            if len(orders) < A_PAGE or len(found) >= MOST_ORDERS:
                break
        return tuple(self._whole(order) for order in found[:MOST_ORDERS])

    def cancel(self, number: str, email: str, *, key: str, fee_cents: int | None = None) -> Order:
        """See `OrderService`. The money goes first: an order is cancelled once it is refunded."""
        order = self._owned(number, email)
        if order.status == "cancelled" and order.has_note(META, key):
            return self._whole(order)
        reason = f"Cancelled by the customer in chat ({key})."
        if not any(refund.reason == reason for refund in order.refunds):
            if fee_cents:
                raise CannotCancel(Reason.AMOUNT_CHANGED)
            if because := order_of(order, []).not_cancellable_because:
                raise CannotCancel(because)
            self._refund(order, reason, key)
        meta = [{"key": META, "value": key}]
        return self._whole(self._put(order, {"status": "cancelled", "meta_data": meta}, key))

    def change_item(self, number: str, email: str, change: ItemChange, *, key: str) -> Order:
        """Not possible: WooCommerce's API sets quantities, but recalculates no prices."""
        self._owned(number, email)
        raise CannotChange(Reason.NOT_SUPPORTED)

    def change_address(self, number: str, email: str, address: Address, *, key: str) -> Order:
        """See `OrderService`."""
        order = self._owned(number, email)
        if reason := order_of(order, []).not_changeable_because:
            raise CannotChange(reason)
        first, _, last = address.name.rpartition(" ")
        wanted = {
            "first_name": first,
            "last_name": last,
            "address_1": address.street,
            "address_2": "",
            "city": address.city,
            "state": address.region,
            "postcode": address.postcode,
            "country": address.country,
            "phone": address.phone,
        }
        try:
            changed = self._put(order, {"shipping": wanted}, key)
        except ServiceRefused as refusal:
            if refusal.status == 400:
                raise CannotChange(Reason.INVALID_ADDRESS) from None
            raise
        self._leave_note(order, f"Address changed by the customer in chat ({key}).", key)
        return self._whole(changed)

    def place(self, order: NewOrder, *, key: str) -> Order:
        """Not possible: WooCommerce's checkout is where shipping is priced."""
        raise CannotPlace(Reason.NOT_SUPPORTED)

    def _owned(self, number: str, email: str) -> WooOrder:
        """The order of this number, if it is theirs. Most shops number orders by their id."""
        said = NUMBER.fullmatch(number.strip())
        if said is None:
            raise OrderNotFound
        for order in self._called(said[1]):
            same_number = order.number.removeprefix("#").casefold() == said[1].casefold()
            if same_number and same_address(order.billing.email, email):
                return order
        raise OrderNotFound

    def _called(self, number: str) -> list[WooOrder]:
        if number.isdecimal():
            try:
                said = self._client.get(f"{API}/orders/{int(number)}")
            except ServiceRefused as refusal:
                if refusal.status != 404:
                    raise
            else:
                order = shaped(WooOrder, said, "WooCommerce")
                if order.number == number:
                    return [order]
        query = {"search": number, "per_page": str(A_PAGE)}
        return shaped(list[WooOrder], self._client.get(f"{API}/orders", query), "WooCommerce")

    def _customer(self, who: Identity) -> str:
        """The number of a signed-in customer, if the account has their address."""
        if not re.fullmatch(r"[1-9]\d{0,17}", who.customer_id):
            raise OrderNotFound
        try:
            said = self._client.get(f"{API}/customers/{who.customer_id}")
        except ServiceRefused as refusal:
            if refusal.status == 404:
                raise OrderNotFound from None
            raise
        if not who.owns(shaped(_Customer, said, "WooCommerce").email):
            raise OrderNotFound
        return who.customer_id

    def _refund(self, order: WooOrder, reason: str, key: str) -> None:
        """Give back what is left, by the way it was paid. Raises `CannotCancel`.

        Sent twice it does no harm, since nothing is left the second time; WooCommerce answers
        that with 500, so the order tells what came of it.
        """
        left = minor_units(order.total, order.currency) - order.refunded
        if order.date_paid_gmt is None or left <= 0:
            return
        path = f"{API}/payment_gateways/{order.payment_method}"
        gateway = shaped(_Gateway, self._client.get(path), "WooCommerce")
        if "refunds" not in gateway.method_supports:
            raise CannotCancel(Reason.NOT_SUPPORTED, "Its way to pay refunds by hand only.")
        amount = str(Decimal(left).scaleb(-exponent(order.currency)))
        wanted = {"amount": amount, "reason": reason, "api_refund": True}
        try:
            self._client.effect(f"{API}/orders/{order.id}/refunds", wanted, key=key)
        except (ServiceUnavailable, ServiceRefused):
            said = self._client.get(f"{API}/orders/{order.id}")
            after = shaped(WooOrder, said, "WooCommerce", effect=True)
            if not any(refund.reason == reason for refund in after.refunds):
                raise

    def _put(self, order: WooOrder, wanted: dict[str, object], key: str) -> WooOrder:
        said = self._client.effect(f"{API}/orders/{order.id}", wanted, key=key, method="PUT")
        after = shaped(WooOrder, said, "WooCommerce", effect=True)
        if after.id != order.id or not same_address(after.billing.email, order.billing.email):
            raise ServiceUnavailable("WooCommerce answered with another order.", maybe_done=True)
        return after

    def _leave_note(self, order: WooOrder, text: str, key: str) -> None:
        """Tell the shop's people, once, what was done in their absence."""
        path = f"{API}/orders/{order.id}/notes"
        notes = shaped(list[_Note], self._client.get(path), "WooCommerce")
        if not any(note.note == text for note in notes):
            self._client.effect(path, {"note": text, "customer_note": False}, key=key)

    def _whole(self, order: WooOrder) -> Order:
        parcels: list[ShipmentTracking] = []
        if self._tracking and state_of(order) in (OrderState.DISPATCHED, OrderState.PACKING):
            said = self._client.get(f"{TRACKING}/orders/{order.id}/shipment-trackings")
            parcels = shaped(list[ShipmentTracking], said, "WooCommerce")
        return order_of(order, parcels)
