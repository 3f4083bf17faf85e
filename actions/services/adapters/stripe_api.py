"""Stripe through its own client library: its objects as dictionaries, its errors as ours."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from actions.services.adapters.wire import require_tls
from actions.services.errors import ServiceMisconfigured, ServiceRefused
from actions.services.retries import Passing, Retries
from actions.services.settings import ServiceSettings

try:
    import stripe
except ImportError as error:
    raise ImportError(
        "this adapter needs Stripe's client library: pip install 'bespeak[stripe]'"
    ) from error

Said = TypeVar("Said")


class StripeApi:
    """Calls one account. The library keeps a connection for each thread; retries are ours."""

    def __init__(
        self, settings: ServiceSettings, *, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        require_tls(settings, "payments")
        self.client = stripe.StripeClient(
            settings.token,
            base_addresses={"api": settings.url},
            http_client=stripe.RequestsClient(timeout=settings.timeout),
            max_network_retries=0,
        )
        self._retries = Retries(settings.url, sleep=sleep)

    def ask(self, question: Callable[[], Any]) -> dict[str, Any]:
        """An object that the library gets."""
        return self._retries.call(lambda: _attempt(question), effect=False)

    def ask_all(self, question: Callable[[], Any]) -> list[dict[str, Any]]:
        """All of a list or of what a search finds, page by page."""
        pages = self._retries.call(
            lambda: _guarded(lambda: [_plain(one) for one in question().auto_paging_iter()]),
            effect=False,
        )
        return list(pages)

    def change(self, order: Callable[[stripe.RequestOptions], Any], *, key: str) -> dict[str, Any]:
        """An object that comes of an effect, once per `key`; `order` gets the options to pass."""
        options: stripe.RequestOptions = {"idempotency_key": key}
        return self._retries.call(lambda: _attempt(lambda: order(options)), effect=True)


def _attempt(call: Callable[[], Any]) -> dict[str, Any]:
    return _guarded(lambda: _plain(call()))


def _plain(said: Any) -> dict[str, Any]:
    plain: dict[str, Any] = said.to_dict()
    return plain


def _guarded(call: Callable[[], Said]) -> Said:
    """What `call` returns. Stripe's messages may name customers, so none of them goes on."""
    try:
        return call()
    except stripe.RateLimitError as error:
        raise Passing("429", reached=False, retry_after=_retry_after(error)) from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise ServiceMisconfigured(
            f"Stripe refused the key: {error.http_status}. docs/services.md has its permissions."
        ) from None
    except stripe.APIConnectionError:
        raise Passing("APIConnectionError") from None
    except stripe.StripeError as error:
        status = error.http_status or 0
        if status == 409 or status >= 500 or isinstance(error, stripe.APIError):
            raise Passing(f"{status}") from None
        raise ServiceRefused(status, error.code or "", None) from None
    except (AttributeError, TypeError):  # the library takes an answer for what it should be
        raise Passing("an answer of another shape") from None


def _retry_after(error: stripe.StripeError) -> float | None:
    said = (error.headers or {}).get("Retry-After", "")
    return float(said) if said.isdecimal() else None
