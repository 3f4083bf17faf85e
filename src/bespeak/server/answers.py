"""What the server answers with: JSON, quickly, and errors in Rasa's shape."""

import logging
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from bespeak.errors import BespeakError, ModelError, RequestError, StoreError
from bespeak.version import RASA_VERSION

logger = logging.getLogger(__name__)


class Json(Response):
    """A JSON response by orjson; what JSON does not know (a path, a set) is told as text."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS)


def failure(status: int, reason: str, message: str, details: dict[str, Any] | None = None) -> Json:
    """Return an error as Rasa's API tells it."""
    return Json(
        {
            "version": RASA_VERSION,
            "status": "failure",
            "message": message,
            "reason": reason,
            "details": details or {},
            "help": None,
            "code": status,
        },
        status_code=status,
    )


async def on_error(request: Request, error: Exception) -> Response:
    """Answer what a route raised."""
    match error:
        case RequestError():
            return failure(error.status, error.reason, str(error), error.details)
        case ModelError():
            return failure(409, "Conflict", str(error))
        case StoreError():
            logger.error("%s", error)
            return failure(503, "StoreUnavailable", str(error))
        case BespeakError():
            logger.error("%s", error)
            return failure(500, "ConversationError", str(error))
        case _:
            logger.exception("%s %s failed.", request.method, request.url.path, exc_info=error)
            return failure(
                500, "UnexpectedError", "An unexpected error occurred; the log has its cause."
            )
