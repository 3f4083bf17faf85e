"""The cancellation of a Shopify order: a job that is asked for, waited for, and looked up.

https://shopify.dev/docs/api/admin-graphql/latest/mutations/orderCancel
"""

from collections.abc import Callable

from actions.services.adapters.shopify_api import ShopifyApi
from actions.services.adapters.shopify_wire import LINES, ORDER, PARCELS, ShopifyOrder
from actions.services.adapters.wire import CamelWire, shaped
from actions.services.errors import Reason, ServiceMisconfigured, ServiceUnavailable
from actions.services.orders import CannotCancel, OrderNotFound

POLLS, PAUSE = 8, 0.5
"""How often, and every how many seconds, to ask whether a cancellation is through."""

CANCEL = """
mutation ($id: ID!, $note: String!) {
  orderCancel(
    orderId: $id, reason: CUSTOMER, restock: true, notifyCustomer: true, staffNote: $note,
    refundMethod: { originalPaymentMethodsRefund: true }
  ) { job { id done } orderCancelUserErrors { field code } }
}
"""
LOOK = """
query ($job: ID!, $id: ID!, $lines: Int!, $parcels: Int!) {
  job(id: $job) { id done } order(id: $id) { ...OrderFacts }
}
"""
LOOK += ORDER


class _Job(CamelWire):
    id: str
    done: bool


class _Error(CamelWire):
    code: str | None


class _Cancelled(CamelWire):
    job: _Job | None
    order_cancel_user_errors: list[_Error]


class CancelApi:
    """Cancels orders. Shopify knows no keys here: the staff's note tells whose doing it is."""

    def __init__(self, api: ShopifyApi, sleep: Callable[[float], object]) -> None:
        self._api = api
        self._sleep = sleep

    def apply(self, order: ShopifyOrder, note: str, *, key: str) -> ShopifyOrder:
        """The order, cancelled with this `note` and refunded. Raises `CannotCancel`.

        A refusal is believed only where the order does not show the note a little later: the
        mutation may have been sent twice, and then it is the second that is refused.
        """
        answer = self._api.change(CANCEL, {"id": order.id, "note": note}, key=key)
        said = shaped(_Cancelled, answer.get("orderCancel"), "Shopify", effect=True)
        if refusal := _refusal(said):
            raise refusal
        job = said.job.id if said.job else "gid://shopify/Job/0"
        for _ in range(POLLS):
            running, order = self._look(job, order.id)
            if order.cancelled_with(note):
                return order
            if running is not None and running.done:
                raise CannotCancel(Reason.OTHER)
            self._sleep(PAUSE)
        if said.job is None:
            raise CannotCancel(Reason.OTHER)
        raise ServiceUnavailable("Shopify is still at the cancellation.", maybe_done=True)

    def _look(self, job: str, order: str) -> tuple[_Job | None, ShopifyOrder]:
        variables = {"job": job, "id": order, "lines": LINES, "parcels": PARCELS}
        said = self._api.ask(LOOK, variables)
        running = said.get("job")
        found = shaped(ShopifyOrder, said.get("order"), "Shopify", effect=True)
        return (shaped(_Job, running, "Shopify", effect=True) if running else None), found


def _refusal(said: _Cancelled) -> Exception | None:
    """What surely stopped the cancellation; `INVALID` may be the echo of our own."""
    codes = {error.code for error in said.order_cancel_user_errors}
    if "NO_REFUND_PERMISSION" in codes:
        return ServiceMisconfigured("Shopify's token may cancel orders, but not refund them.")
    if "NOT_FOUND" in codes:
        return OrderNotFound()
    if "INTERNAL_ERROR" in codes:
        return ServiceUnavailable("Shopify failed within the cancellation.", maybe_done=True)
    return None
