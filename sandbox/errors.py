"""What the shop refuses, as every client gets it: `{"error": {"code": …, "message": …}}`."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class ShopError(Exception):
    """A request the shop understood and refuses.

    `code` is for programs and never changes its meaning; `message` is for developers' logs.
    `more` is what a program may want to know beside the code.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.more = more or {}


class NotTheirs(ShopError):
    """What is asked for does not exist, or belongs to somebody else: the answer is the same."""

    def __init__(self, what: str) -> None:
        super().__init__(404, f"{what}_not_found", f"No {what} fits what was sent.")


class RuleBroken(ShopError):
    """The shop's rules say no. Nothing has changed."""

    def __init__(self, code: str, message: str, **more: str | int) -> None:
        super().__init__(409, code, message, more=more)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """Answer a `ShopError` in the shop's own form."""
    assert isinstance(error, ShopError)
    body = {"code": error.code, "message": error.message, **error.more}
    return JSONResponse({"error": body}, error.status, error.headers)


async def malformed(request: Request, error: Exception) -> JSONResponse:
    """Answer a body that does not fit its schema; what was sent is not repeated in the answer."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    body = {"code": "malformed_request", "message": f"{where}: {first['msg']}"}
    return JSONResponse({"error": body}, 422)
