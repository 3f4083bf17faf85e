"""Customers whom the shop's own site has signed in: a short token, verified at the door.

The site, which knows who is signed in, signs a JSON Web Token (RFC 7519) for the chat to send
along. What the token claims goes into the message's metadata under `CLAIMS`, where actions read
it. Nobody else can put anything there: what a client sends under that name is dropped.
"""

from collections.abc import Mapping
from typing import Any, Final

import jwt

from bespeak.errors import ExtensionError, RequestError

CLAIMS: Final = "bespeak_customer"
"""The key in a message's metadata: `{"customer_id", "email", …}`, verified; absent otherwise."""

FIELD: Final = "customer_token"
"""Where a client puts the token, beside `message`."""

METHODS: Final = ("HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA")
LONGEST_LIFE: Final = 24 * 3600
"""Seconds that a token may be valid for: one that leaks should soon be worth nothing."""

_REGISTERED: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_SHORTEST_SECRET: Final = 32
"""Bytes, as RFC 7518 §3.2 asks for HS256."""


class Customers:
    """Verifies tokens with `key`: a secret of the shop (HS…) or its public key (PEM).

    A token needs `sub` (the customer's id at the shop), `iat` and `exp`, at most a day apart.
    Without a key there are no signed-in customers, and a token is refused as a mistake.
    Raises `ExtensionError` for a key or method that protects nothing.
    """

    def __init__(self, key: str | None = None, method: str = "HS256") -> None:
        if method not in METHODS:
            raise ExtensionError(
                f"customer_method is {method!r}: it can be one of {', '.join(METHODS)}."
            )
        if key is not None and method.startswith("HS") and len(key.encode()) < _SHORTEST_SECRET:
            raise ExtensionError(
                f"customer_key is too short to protect anybody: {method} needs "
                f"{_SHORTEST_SECRET} bytes at least, such as `openssl rand -hex 32` prints."
            )
        self._key, self._method = key, method

    def claims(self, token: object) -> dict[str, Any]:
        """Return what a token says of its customer; nothing where there is no token.

        Raises `RequestError` (401) for one that is not to be believed; the site should then
        send a new one.
        """
        if token is None or token == "":
            return {}
        if not isinstance(token, str):
            raise RequestError(
                400, "BadRequest", f"{FIELD!r} must be a text.", {"parameter": FIELD}
            )
        if self._key is None:
            raise _refused("this channel has no customer_key in credentials.yml")
        try:
            read = jwt.decode(
                token,
                self._key,
                algorithms=[self._method],
                options={"require": ["sub", "iat", "exp"], "verify_aud": False},
            )
        except jwt.PyJWTError as error:
            raise _refused(str(error)) from None
        if read["exp"] - read["iat"] > LONGEST_LIFE:
            raise _refused("it is valid for more than a day")
        said = {name: value for name, value in read.items() if name not in _REGISTERED}
        return {**said, "customer_id": read["sub"]}


def marked(metadata: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return a client's metadata with the verified claims, and no others, under `CLAIMS`."""
    kept = {name: value for name, value in metadata.items() if name != CLAIMS}
    return {**kept, CLAIMS: dict(claims)} if claims else kept


def _refused(why: str) -> RequestError:
    return RequestError(
        401, "CustomerTokenRefused", f"The customer token is refused: {why}.", {"parameter": FIELD}
    )
