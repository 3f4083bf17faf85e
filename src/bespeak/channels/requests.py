"""Reading what a client posts: once, at the door, with an answer that helps where it is wrong."""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.requests import Request

from bespeak.channels.customers import FIELD, Customers, marked
from bespeak.errors import RequestError
from bespeak.message import UserMessage

LARGEST_BODY: Final = 1_000_000

NO_CUSTOMERS: Final = Customers()

NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
LONGEST_TEXT: Final = 100_000
LONGEST_ID: Final = 255
"""As many characters as the `sender_id` column of Rasa's tables holds."""


async def body(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """Return the raw body. Raises `RequestError` (413) where it is larger than allowed."""
    announced = request.headers.get("content-length", "0")
    content = bytearray()
    if not announced.isdigit() or int(announced) <= largest:
        async for chunk in request.stream():
            content += chunk
            if len(content) > largest:
                break
        else:
            return bytes(content)
    raise RequestError(413, "PayloadTooLarge", f"A request may have {largest:,} bytes at most.")


async def json_object(request: Request, largest: int = LARGEST_BODY) -> dict[str, Any]:
    """Return the body as a JSON object. Raises `RequestError` (400) where it is none."""
    return as_object(await body(request, largest))


def as_object(content: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises `RequestError` (400) where it is none."""
    try:
        read = parsed(content or b"{}")
    except ValueError as error:
        raise RequestError(400, "BadRequest", str(error), {"in": "body"}) from None
    if not isinstance(read, dict):
        raise RequestError(400, "BadRequest", "The body must be a JSON object.", {"in": "body"})
    return read


def parsed(content: bytes) -> Any:
    """Read JSON. Raises `ValueError` where it is none, or holds what no database keeps: NUL."""
    try:
        read = orjson.loads(content)
    except ValueError as error:
        raise ValueError(f"The body is not valid JSON: {error}.") from None
    if NUL.search(content):
        raise ValueError("The body holds the character NUL (\\u0000), which no text may.")
    return read


def user_message(
    read: Mapping[str, Any], channel: str, customers: Customers = NO_CUSTOMERS
) -> UserMessage | None:
    """Return the message of a rest-like body, None where it has none.

    Fields: `sender` (default "default"), `message`, `input_channel`, `metadata`, `message_id`,
    `customer_token`. Raises `RequestError` (400) where one has the wrong type or is too long,
    and (401) where the token is not to be believed.
    """
    text = _string(read, "message", LONGEST_TEXT)
    if text is None:
        return None
    metadata = read.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise RequestError(
            400, "BadRequest", "'metadata' must be an object.", {"parameter": "metadata"}
        )
    return UserMessage(
        _string(read, "sender", LONGEST_ID) or "default",
        text.strip(),
        _string(read, "input_channel", LONGEST_ID) or channel,
        _string(read, "message_id", LONGEST_ID) or "",
        metadata=marked(metadata or {}, customers.claims(read.get(FIELD))),
    )


def _string(read: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = read.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and name in ("sender", "message_id"):
        return str(value)  # many clients number their users
    if not isinstance(value, str) or "\x00" in value:
        raise RequestError(
            400, "BadRequest", f"{name!r} must be a text.", {"parameter": name, "in": "body"}
        )
    if len(value) > longest:
        raise RequestError(
            413,
            "PayloadTooLarge",
            f"{name!r} may have {longest:,} characters at most.",
            {"parameter": name, "in": "body"},
        )
    return value
