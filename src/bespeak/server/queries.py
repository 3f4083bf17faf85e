"""Options in the query, read as Rasa reads them: one that makes no sense is as one not given."""

import logging
import math

from starlette.requests import Request

from bespeak.errors import RequestError
from bespeak.server.api import Parameter
from bespeak.tracker import Verbosity

logger = logging.getLogger(__name__)

INCLUDE_EVENTS = Parameter(
    "include_events",
    "Which events to show.",
    {"type": "string", "enum": list(Verbosity), "default": "AFTER_RESTART"},
)
OUTPUT_CHANNEL = Parameter(
    "output_channel",
    "Where answers go: a channel's name, `latest`, or (default) this response.",
)
UNTIL = Parameter("until", "Only events up to this time, in epoch seconds.", {"type": "number"})


def number(request: Request, name: str) -> float | None:
    """Return a number of the query, None where there is none."""
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        read = float(given)
    except ValueError:
        read = math.nan
    if not math.isfinite(read):
        logger.warning("The query's %r is no number: it is left out.", name)
        return None
    return read


def flag(request: Request, name: str, default: bool = False) -> bool:
    """Return a yes or no of the query: `true`, in any case, means yes."""
    given = request.query_params.get(name)
    return default if given is None else given.lower() == "true"


def verbosity(request: Request) -> Verbosity:
    """Return which events to show. Raises `RequestError` (400) for what is none of the four."""
    try:
        return Verbosity[request.query_params.get("include_events", "AFTER_RESTART").upper()]
    except KeyError:
        raise RequestError(
            400,
            "BadRequest",
            "Invalid parameter value for 'include_events'. Should be one of "
            + ", ".join(Verbosity),
            {"parameter": "include_events", "in": "query"},
        ) from None
