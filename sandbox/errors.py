"""What the shop refuses, as every client gets it: `{"error": {"code": …, "message": …}}`."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class ShopError(Exception):
    """A request the shop understood and refuses.

    `code` is for programs and never changes its meaning; `message` is for developers' logs.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


async def refused(request: Request, error: Exception) -> JSONResponse:
    """Answer a `ShopError` in the shop's own form."""
    assert isinstance(error, ShopError)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(_body(error.code, error.message), error.status, headers)


async def malformed(request: Request, error: Exception) -> JSONResponse:
    """Answer a body that does not fit its schema; what was sent is not repeated in the answer."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse(_body("malformed_request", f"{where}: {first['msg']}"), 422)


def _body(code: str, message: str) -> dict[str, dict[str, str]]:
    return {"error": {"code": code, "message": message}}
