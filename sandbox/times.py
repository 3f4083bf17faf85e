"""Times as the shop tells them: the tables keep UTC without a zone, the world hears the zone."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

Moment = Annotated[datetime, AfterValidator(lambda kept: kept.replace(tzinfo=UTC))]
"""A time of the tables, with its zone."""


def utc_now() -> datetime:
    """The time as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)
