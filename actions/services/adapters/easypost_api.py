"""EasyPost through its own client library: its objects as dictionaries, its errors as ours."""

import threading
import time
from collections.abc import Callable
from typing import Any

from actions.services.adapters.wire import require_tls
from actions.services.errors import ServiceMisconfigured, ServiceRefused
from actions.services.retries import Passing, Retries
from actions.services.settings import ServiceSettings

try:
    import easypost
    from easypost import errors
except ImportError as error:
    raise ImportError(
        "this adapter needs EasyPost's client library: pip install 'bespeak[easypost]'"
    ) from error

Question = Callable[[Any], Any]
"""What to ask a `easypost.EasyPostClient`."""


class EasyPostApi:
    """Asks one account, with a client for each thread. All that is asked may be repeated."""

    def __init__(
        self, settings: ServiceSettings, *, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        require_tls(settings, "shipping")
        self._settings = settings
        self._retries = Retries(settings.url, sleep=sleep)
        self._local = threading.local()

    def ask(self, question: Question) -> dict[str, Any]:
        """The object that the library gets."""
        return self._retries.call(lambda: self._attempt(question), effect=False)

    def _attempt(self, question: Question) -> dict[str, Any]:
        """EasyPost's messages may repeat an address, so none of them goes on."""
        try:
            said: dict[str, Any] = question(self._client()).to_dict()
        except errors.RateLimitError:
            raise Passing("429", reached=False) from None
        except (errors.UnauthorizedError, errors.ForbiddenError) as error:
            raise ServiceMisconfigured(f"EasyPost refused the key: {error.http_status}.") from None
        except errors.PaymentError:
            raise ServiceMisconfigured("EasyPost wants to be paid first: 402.") from None
        except (errors.TimeoutError, errors.HttpError, errors.JsonError) as error:
            raise Passing(type(error).__name__) from None
        except errors.ApiError as error:
            if (error.http_status or 500) >= 500:
                raise Passing(str(error.http_status)) from None
            raise ServiceRefused(error.http_status or 0, error.code or "") from None
        except (AttributeError, TypeError):  # the library takes an answer for what it should be
            raise Passing("an answer of another shape") from None
        return said

    def _client(self) -> Any:
        if not hasattr(self._local, "client"):
            self._local.client = easypost.EasyPostClient(
                self._settings.token,
                api_base=f"{self._settings.url}/v2",
                timeout=self._settings.timeout,
            )
        return self._local.client
