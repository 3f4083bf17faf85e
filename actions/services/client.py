"""JSON over HTTP with the manners that a shop's services need: time-outs, retries, keys."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping

import requests

from actions.services.errors import ServiceMisconfigured, ServiceRefused, ServiceUnavailable
from actions.services.settings import ServiceSettings

ATTEMPTS = 3
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 2.0
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another attempt may turn into an answer."""

logger = logging.getLogger(__name__)


class JsonClient:
    """Calls one service. Used from several threads at once, with a connection for each.

    There are only two ways to call, since both may be repeated without harm: `read`
    changes nothing, and `effect` carries a key by which the service knows a repetition.
    """

    def __init__(
        self, settings: ServiceSettings, *, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._settings = settings
        self._sleep = sleep
        self._local = threading.local()

    def read(self, path: str, body: Mapping[str, str]) -> object:
        """The service's answer to a question; `body` keeps personal data out of the address.

        Raises `ServiceUnavailable`, `ServiceRefused` or `ServiceMisconfigured`.
        """
        return self._call(path, body, {})

    def effect(self, path: str, body: Mapping[str, str], *, key: str) -> object:
        """The service's answer to an order that has an effect, once per `key`.

        Raises as `read` does. After `ServiceUnavailable` the effect may have
        happened: the same call with the same key finds out.
        """
        return self._call(path, body, {"Idempotency-Key": key})

    def _call(self, path: str, body: Mapping[str, str], headers: Mapping[str, str]) -> object:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._session().post(
                    self._settings.url + path,
                    json=body,
                    headers=headers,
                    timeout=self._settings.timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                cause, asked_for = type(error).__name__, None
            else:
                if response.status_code not in PASSING:
                    return _answer(response)
                cause, asked_for = str(response.status_code), response.headers.get("Retry-After")
            logger.warning("%s: attempt %d of %d: %s", path, attempt, ATTEMPTS, cause)
            if attempt < ATTEMPTS:
                self._sleep(_pause(attempt, asked_for))
        raise ServiceUnavailable(f"{self._settings.url}{path} failed {ATTEMPTS} times: {cause}.")

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.trust_env = False  # neither .netrc nor a proxy may change who gets the key
            if self._settings.token:
                session.headers["Authorization"] = f"Bearer {self._settings.token}"
            self._local.session = session
        kept: requests.Session = self._local.session
        return kept


def _answer(response: requests.Response) -> object:
    if response.status_code in (401, 403):
        raise ServiceMisconfigured(f"{response.url} refused the key: {response.status_code}.")
    try:
        body: object = response.json()
    except requests.JSONDecodeError:
        body = None
    if 200 <= response.status_code < 300 and body is not None:
        return body
    if 400 <= response.status_code < 500:
        raise ServiceRefused(response.status_code, _code(body))
    raise ServiceUnavailable(f"{response.url} answered {response.status_code} without JSON.")


def _code(body: object) -> str:
    error = body.get("error") if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, str) else ""


def _pause(attempt: int, asked_for: str | None) -> float:
    """Seconds before the next attempt: twice as long each time, spread so that callers part."""
    backoff = FIRST_PAUSE * 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25)
    wanted = float(asked_for) if asked_for and asked_for.isdecimal() else 0.0
    return min(max(backoff, wanted), LONGEST_PAUSE)
