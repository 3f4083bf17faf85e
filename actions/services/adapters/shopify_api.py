"""Shopify's GraphQL Admin API: one question or mutation, its limits and its ways to say no.

https://shopify.dev/docs/api/admin-graphql and …/docs/api/usage/limits.
"""

import time
from collections.abc import Callable, Mapping

from actions.services.adapters.wire import CamelWire, require_tls, shaped
from actions.services.client import JsonClient
from actions.services.errors import ServiceMisconfigured, ServiceRefused
from actions.services.retries import Passing, Retries
from actions.services.settings import ServiceSettings

Variables = Mapping[str, object]


class _Extensions(CamelWire):
    code: str = ""


class _Error(CamelWire):
    message: str = ""
    extensions: _Extensions = _Extensions()


class _Throttle(CamelWire):
    currently_available: float
    restore_rate: float


class _Cost(CamelWire):
    requested_query_cost: float = 0
    throttle_status: _Throttle | None = None


class _AnswerExtensions(CamelWire):
    cost: _Cost | None = None


class _Answer(CamelWire):
    data: dict[str, object] | None = None
    errors: tuple[_Error, ...] = ()
    extensions: _AnswerExtensions | None = None


class ShopifyApi:
    """Asks one shop. `version` is a quarter, `2026-10`; Shopify keeps each for a year.

    A question over the rate limit waits until the bucket holds its cost again, within reason.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        version: str,
        *,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        require_tls(settings, "orders")
        headers = {"X-Shopify-Access-Token": settings.token}
        self._client = JsonClient(settings, headers=headers, sleep=sleep)
        self._throttled = Retries(settings.url, sleep=sleep)
        self._path = f"/admin/api/{version}/graphql.json"

    def ask(self, document: str, variables: Variables) -> dict[str, object]:
        """The `data` of a question."""
        body = {"query": document, "variables": variables}
        return self._throttled.call(
            lambda: _data(self._client.read(self._path, body), effect=False), effect=False
        )

    def change(self, document: str, variables: Variables, *, key: str) -> dict[str, object]:
        """The `data` of a mutation. Shopify knows no keys for those used here.

        So it may be sent twice, and whoever calls looks at the order to see what came of it.
        """
        body = {"query": document, "variables": variables}
        return self._throttled.call(
            lambda: _data(self._client.effect(self._path, body, key=key), effect=True), effect=True
        )


def _data(said: object, *, effect: bool) -> dict[str, object]:
    answer = shaped(_Answer, said, "Shopify", effect=effect)
    if answer.errors:
        code = answer.errors[0].extensions.code
        if code == "THROTTLED":
            raise Passing("THROTTLED", reached=False, retry_after=_wait(answer))
        if code == "INTERNAL_SERVER_ERROR":
            raise Passing(code)
        if code == "ACCESS_DENIED":
            raise ServiceMisconfigured(
                "Shopify denies access: the token lacks a scope. It needs read_orders, "
                "write_orders, read_order_edits, write_order_edits, read_customers."
            )
        raise ServiceRefused(200, code)  # the message may repeat what the customer said
    if answer.data is None:
        raise Passing("an answer without data")
    return answer.data


def _wait(answer: _Answer) -> float | None:
    """Seconds until the bucket holds what the question costs."""
    cost = answer.extensions.cost if answer.extensions else None
    if cost is None or cost.throttle_status is None or cost.throttle_status.restore_rate <= 0:
        return None
    bucket = cost.throttle_status
    missing = cost.requested_query_cost - bucket.currently_available
    return max(missing, 0.0) / bucket.restore_rate
