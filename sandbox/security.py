"""Who may call the shop, and how often: those who hold an API key, within its limit."""

import hmac
import threading
import time
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sandbox.errors import ShopError

DEMO_API_KEY = "sandbox-demo-key"
"""The documented key of the demo. It guards made-up data on this computer, nothing else."""

CALLS_PER_SECOND = 100
"""What one key may ask for in the long run; as much again at once."""

_bearer = HTTPBearer(auto_error=False, description="The shop's API key.")


class RateLimit:
    """A token bucket for each key: it fills at `rate` a second, up to `rate` or one."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """0 where a call may pass, which is then counted; else the seconds until one may."""
        with self._lock:
            now = self._clock()
            most = max(self._rate, 1.0)
            left, since = self._buckets.get(key, (most, now))
            left = min(most, left + (now - since) * self._rate)
            if left < 1.0:
                self._buckets[key] = (left, now)
                return (1.0 - left) / self._rate
            self._buckets[key] = (left - 1.0, now)
            return 0.0


async def require_api_key(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Let the request pass if it carries a key (compared in constant time) within its limit."""
    keys: Sequence[str] = request.app.state.api_keys
    sent = given.credentials.encode() if given else b""
    fits = [hmac.compare_digest(sent, key.encode()) for key in keys]  # each, so all take as long
    if not any(fits):
        raise ShopError(
            401,
            "invalid_api_key",
            "Send the shop's API key as a bearer token.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    limit: RateLimit = request.app.state.rate_limit
    if wait := limit.wait(keys[fits.index(True)]):
        raise ShopError(
            429,
            "too_many_requests",
            "This key is over its limit.",
            headers={"Retry-After": str(int(wait) + 1)},
        )


def signature(request: Request, *parts: str) -> str:
    """The end of an address that only who got it from the shop can know."""
    key: str = request.app.state.api_keys[0]
    return hmac.digest(key.encode(), "\n".join(parts).encode(), "sha256").hex()[:32]
