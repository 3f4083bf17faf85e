"""Who may use the HTTP API: a token, a JWT, or, where neither is configured, everybody."""

import hmac
import logging
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.requests import Request

from bespeak.errors import ProjectError, RequestError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gate:
    """Checks each request to the API; channels check their own.

    `token` may come as `?token=` (as Rasa's clients send it, though it then lands in access logs)
    or, better, as `Authorization: Bearer`. A JWT's payload is `{"user": {"username", "role"}}`:
    an "admin" may do everything, a "user" only what concerns the conversation of that name.
    """

    token: str | None = None
    jwt_secret: str | None = None
    jwt_method: str = "HS256"

    def __post_init__(self) -> None:
        if self.token == "" or self.jwt_secret == "":
            raise ProjectError("An empty token or JWT secret protects nothing: set one, or none.")

    @property
    def open(self) -> bool:
        return self.token is None and self.jwt_secret is None

    def admit(self, request: Request, conversation_id: str | None = None) -> None:
        """Let the request pass, or raise `RequestError` with 401 or 403."""
        if self.open or self._has_token(request):
            return
        user = self._user(request)
        if user is None:
            raise RequestError(401, "NotAuthenticated", "User is not authenticated.")
        role = user.get("role")
        own = role == "user" and conversation_id is not None
        if role == "admin" or (own and user.get("username") == conversation_id):
            return
        raise RequestError(403, "NotAuthorized", "User has insufficient permissions.")

    def _has_token(self, request: Request) -> bool:
        if self.token is None:
            return False
        given = [request.query_params.get("token"), _bearer(request)]
        return any(
            text is not None and hmac.compare_digest(text.encode(), self.token.encode())
            for text in given
        )

    def _user(self, request: Request) -> dict[str, Any] | None:
        """Return who a valid JWT names, None without one."""
        token = _bearer(request)
        if self.jwt_secret is None or token is None:
            return None
        try:
            payload = jwt.decode(token, self.jwt_secret, algorithms=[self.jwt_method])
        except jwt.PyJWTError as error:
            logger.info("A JWT is refused: %s", error)
            return None
        user = payload.get("user")
        return user if isinstance(user, dict) else {}


def _bearer(request: Request) -> str | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" and credentials else None
