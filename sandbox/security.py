"""Who may call the shop: those who hold its API key."""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sandbox.errors import ShopError

DEMO_API_KEY = "sandbox-demo-key"
"""The documented key of the demo. It guards made-up data on this computer, nothing else."""

_bearer = HTTPBearer(auto_error=False, description="The shop's API key.")


def require_api_key(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Let the request pass if it carries the key; compared in constant time."""
    expected: str = request.app.state.api_key
    if given is None or not hmac.compare_digest(given.credentials.encode(), expected.encode()):
        raise ShopError(401, "invalid_api_key", "Send the shop's API key as a bearer token.")
