"""Numbers, times, amounts and addresses: from a Duckling server, or without one."""

import json
import logging
import os
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx

from bespeak.errors import ExtensionError
from bespeak.extend import load
from bespeak.message import Entity, Message, TrainingData

log = logging.getLogger(__name__)

URL_VARIABLE = "RASA_DUCKLING_HTTP_URL"
RETRY_SECONDS = 30.0
"""How long a server that did not answer is left alone, so that it delays no message."""
TIMEZONE = "America/Los_Angeles"
"""What a Duckling server takes where none is given."""


class DucklingEntityExtractor:
    """Entities named by Duckling's dimensions: `number`, `time`, `amount-of-money`, `email` …

    `dimensions` are those that count, None means all. The server is at `url`, or where the
    environment variable RASA_DUCKLING_HTTP_URL says. Where there is none, or it does not answer
    within `timeout` seconds, values are found here, under the same names and in the same shapes.
    `timezone` is Duckling's own default, America/Los_Angeles, if not given; `locale` is, without a
    server, the project's language.
    """

    serves_only = True

    down: ClassVar[dict[str, float]] = {}
    """The servers that did not answer, by URL, and when each may be asked again (monotonic time).

    Shared, so that what cross-validation builds anew for each fold neither waits nor says it again.
    """

    def __init__(
        self,
        *,
        dimensions: Sequence[str] | None = None,
        url: str | None = None,
        locale: str | None = None,
        timezone: str | None = None,
        timeout: float = 3,
    ) -> None:
        if isinstance(dimensions, str):
            raise ExtensionError(
                f"DucklingEntityExtractor: dimensions must be a list; found {dimensions!r}."
            )
        if locale is not None and not re.fullmatch(r"[a-z]{2}([_-][A-Z]{2})?", locale):
            raise ExtensionError(
                f"DucklingEntityExtractor: locale is written as 'en' or 'en_GB'; found {locale!r}."
            )
        try:
            ZoneInfo(timezone or TIMEZONE)
        except (ValueError, ZoneInfoNotFoundError, OSError):
            raise ExtensionError(
                "DucklingEntityExtractor: timezone is written as 'Europe/Berlin'; found "
                f"{timezone!r}."
            ) from None
        self.dimensions = None if dimensions is None else list(dimensions)
        self.url, self.locale, self.timezone = url, locale, timezone
        self.timeout = timeout
        self.language = "en"
        self._client: httpx.Client | None = None
        self._finder: Any = None

    def train(self, data: TrainingData) -> None:
        self.language = data.language

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._extract(message) for message in messages]

    def save(self, folder: Path) -> None:
        (folder / "language.json").write_text(json.dumps(self.language), "utf-8")

    def load(self, folder: Path) -> None:
        self.language = json.loads((folder / "language.json").read_text("utf-8"))
        if not (os.environ.get(URL_VARIABLE) or self.url):
            self._found("today", 0.0)  # so that the first message need not wait for imports

    def _extract(self, message: Message) -> Message:
        if not message.text:
            return message
        at = message.received_at or float(int(time.time()))
        found = self._asked(message.text, at)
        if found is None:
            found = self._found(message.text, at)
        entities = [
            entity for entity in found if self.dimensions is None or entity.name in self.dimensions
        ]
        return replace(message, entities=(*message.entities, *entities)) if entities else message

    def _asked(self, text: str, at: float) -> list[Entity] | None:
        """Return what the server says, or None where there is none that answers."""
        url = os.environ.get(URL_VARIABLE) or self.url
        if not url or time.monotonic() < self.down.get(url, 0.0):
            return None
        form = {
            "text": text,
            "locale": self.locale,
            "tz": self.timezone,
            "dims": json.dumps(self.dimensions),
            "reftime": str(int(at * 1000)),
        }
        if self._client is None:
            self._client = httpx.Client(timeout=self.timeout)
        try:
            response = self._client.post(
                f"{url.rstrip('/')}/parse",
                data={name: value for name, value in form.items() if value is not None},
            )
            response.raise_for_status()
            found = [_entity(match) for match in response.json()]
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
        ) as error:
            if url not in self.down:
                log.error(
                    "DucklingEntityExtractor: no Duckling server answers at %s (%s). Values are "
                    "found without it until it does.",
                    url,
                    type(error).__name__,
                )
            self.down[url] = time.monotonic() + RETRY_SECONDS
            return None
        if self.down.pop(url, None) is not None:
            log.info("DucklingEntityExtractor: the Duckling server at %s answers again.", url)
        return found

    def _found(self, text: str, at: float) -> list[Entity]:
        if self._finder is None:
            # By name: what finds values takes 0.4 s to import, which a server makes needless.
            self._finder = load("bespeak.nlu.values.finder.Finder")(
                locale=self.locale or self.language, timezone=self.timezone or TIMEZONE
            )
        return [
            _entity(
                {
                    "dim": value.dimension,
                    "start": value.start,
                    "end": value.end,
                    "body": text[value.start : value.end],
                    "value": value.wire,
                }
            )
            for value in self._finder.find(text, at=at, dimensions=self.dimensions)
        ]


def _entity(match: dict[str, Any]) -> Entity:
    """Read one of Duckling's matches as Rasa does; an interval's value is its two ends."""
    wire = match["value"]
    value = wire.get("value")
    if wire.get("type") == "interval":
        value = {end: wire.get(end, {}).get("value") for end in ("to", "from")}
    return Entity(
        match["dim"],
        value,
        int(match["start"]),
        int(match["end"]),
        extractor="DucklingEntityExtractor",
        confidence=1.0,
        extra={
            "text": match.get("body", match.get("text")),
            "confidence": 1.0,
            "additional_info": dict(wire),
        },
    )
