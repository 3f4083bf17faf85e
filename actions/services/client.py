"""JSON over HTTP with the manners that a shop's services need: time-outs, retries, keys."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
import urllib3

from actions.services.breaker import CircuitBreaker
from actions.services.errors import ServiceMisconfigured, ServiceRefused
from actions.services.retries import Passing, Retries
from actions.services.settings import ServiceSettings

LONGEST_ANSWER = 2_000_000
"""Bytes; what is longer is no answer to any question of ours."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another attempt may turn into an answer."""


class JsonClient:
    """Calls one service. Used from several threads at once, with a connection for each.

    All ways to call may be repeated without harm: `get` and `read` change nothing, and
    `effect` carries a key by which the service knows a repetition. All of them raise
    `ServiceUnavailable`, `ServiceRefused` or `ServiceMisconfigured`. `headers` replace the
    bearer token where a service wants to be greeted otherwise.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        *,
        headers: Mapping[str, str] | None = None,
        breaker: CircuitBreaker | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._headers = dict(headers) if headers is not None else _bearer(settings.token)
        self._retries = Retries(settings.url, breaker=breaker, sleep=sleep)
        self._clock = clock
        self._local = threading.local()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> object:
        """The answer to a question with nothing personal in it: addresses are logged anywhere."""
        return self._retries.call(
            lambda: self._attempt("GET", path, query=query or {}), effect=False
        )

    def read(self, path: str, body: Mapping[str, object]) -> object:
        """The answer to a question; `body` keeps personal data out of the address."""
        return self._retries.call(lambda: self._attempt("POST", path, body=body), effect=False)

    def effect(
        self, path: str, body: Mapping[str, object], *, key: str, method: str = "POST"
    ) -> object:
        """The answer to an order that has an effect, once per `key`.

        After `ServiceUnavailable` with `maybe_done`, the same call with the same key finds
        out what happened.
        """
        headers = {"Idempotency-Key": key}
        return self._retries.call(
            lambda: self._attempt(method, path, body=body, headers=headers), effect=True
        )

    def _attempt(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> object:
        deadline = self._clock() + self._settings.timeout
        try:
            with self._session().request(
                method,
                self._settings.url + path,
                params=query,
                json=body,
                headers=headers,
                timeout=self._settings.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                said = self._body(response, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            unreached = isinstance(error, requests.ConnectTimeout) or _refused_connection(error)
            raise Passing(type(error).__name__, reached=not unreached) from error
        return _answer(response, said)

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        """The whole body. A time-out of a socket starts anew with each byte, so count ourselves."""
        said = b""
        while part := response.raw.read1(65536, decode_content=True):
            said += part
            if len(said) > LONGEST_ANSWER:
                raise Passing(f"more than {LONGEST_ANSWER} bytes")
            if self._clock() > deadline:
                raise Passing("a body that came too slowly")
        return said

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.trust_env = False  # neither .netrc nor a proxy may change who gets the key
            session.headers.update(self._headers)
            self._local.session = session
        kept: requests.Session = self._local.session
        return kept


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _refused_connection(error: Exception) -> bool:
    """Whether no connection came about, so that the service can't have heard of the call."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _answer(response: requests.Response, said: bytes) -> object:
    status = response.status_code
    if status in PASSING:
        raise Passing(str(status), reached=status != 429, retry_after=_retry_after(response))
    if status in (401, 403):
        raise ServiceMisconfigured(f"{response.url} refused the key: {status}.")
    if 300 <= status < 400:
        raise ServiceMisconfigured(
            f"{response.url} answered {status}: it is somewhere else, and our key stays here."
        )
    if status == 204:
        return None  # done, with nothing to say
    try:
        body: object = json.loads(said)
    except ValueError:
        body = None
    if 200 <= status < 300 and body is not None:
        return body
    if 400 <= status < 500:
        raise ServiceRefused(status, _code(body), body)
    raise Passing(f"{status} without JSON")


def _code(body: object) -> str:
    error = body.get("error") if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, str) else ""


def _retry_after(response: requests.Response) -> float | None:
    """Seconds, from either form that RFC 9110 (10.2.3) allows."""
    said = response.headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max((at - datetime.now(UTC)).total_seconds(), 0.0) if at.tzinfo else None
