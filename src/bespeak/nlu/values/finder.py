"""All values of a text: the door to this package."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from bespeak.errors import ExtensionError
from bespeak.extend import load
from bespeak.nlu.values import durations as lengths
from bespeak.nlu.values import numbers as numerals
from bespeak.nlu.values.contacts import card_numbers, emails, urls
from bespeak.nlu.values.measures import PATTERNS, measures
from bespeak.nlu.values.money import amounts
from bespeak.nlu.values.times import Time, times
from bespeak.nlu.values.value import Value, Wire, longest
from bespeak.nlu.values.when import Stretch

DIMENSIONS = (
    "amount-of-money",
    "credit-card-number",
    "distance",
    "duration",
    "email",
    "number",
    "ordinal",
    "phone-number",
    "quantity",
    "temperature",
    "time",
    "url",
    "volume",
)


class Finder:
    """Finds values as a Duckling server of that locale and time zone would name them."""

    def __init__(self, *, locale: str, timezone: str) -> None:
        try:
            self.locale = str(Locale.parse(locale.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            raise ExtensionError(
                f"The locale {locale!r} is not known. It is written as 'en' or 'en_GB'."
            ) from None
        try:
            self.zone = ZoneInfo(timezone)
        except (ValueError, ZoneInfoNotFoundError, OSError):
            raise ExtensionError(
                f"The time zone {timezone!r} is not known. It is written as 'Europe/Berlin'."
            ) from None

    def find(self, text: str, *, at: float, dimensions: Collection[str] | None) -> list[Value]:
        """Return the values; `at` is when it was said, in seconds since the epoch."""
        wanted = DIMENSIONS if dimensions is None else dimensions
        return longest(value for value in self._all(text, at, wanted))

    def _all(self, text: str, at: float, wanted: Collection[str]) -> Iterator[Value]:
        numbers = numerals.numbers(text, self.locale)
        if "number" in wanted:
            yield from numerals.as_values(numbers)
        if "ordinal" in wanted:
            yield from numerals.ordinals(text, self.locale)
        if "email" in wanted:
            yield from emails(text)
        if "url" in wanted:
            yield from urls(text)
        if "phone-number" in wanted:
            # By name, as below: these packages take long to import, and many need none of them.
            yield from load("bespeak.nlu.values.phones.phone_numbers")(text, self.locale)
        if "credit-card-number" in wanted:
            yield from card_numbers(text)
        if "amount-of-money" in wanted:
            yield from amounts(text, self.locale, numbers)
        yield from measures(text, numbers, [each for each in PATTERNS if each in wanted])
        if {"duration", "time"} & set(wanted):
            found = lengths.durations(text, numbers)
            if "duration" in wanted:
                yield from lengths.as_values(found)
            if "time" in wanted:
                yield from self._times(text, at, found)

    def _times(self, text: str, at: float, found: list[lengths.Duration]) -> Iterator[Value]:
        now = datetime.fromtimestamp(at, self.zone).replace(tzinfo=None)
        if self.locale.startswith("en"):
            spoken = times(text, self.locale, now, found)
        else:
            foreign_times = load("bespeak.nlu.values.foreign.foreign_times")
            spoken = [*foreign_times(text, self.locale, now)]
        for time in spoken:
            yield Value("time", time.start, time.end, self._wire(time))

    def _wire(self, time: Time) -> Wire:
        values = [self._one(stretch, time.side) for stretch in time.stretches]
        return {**values[0], "values": values if time.is_ahead else []}

    def _one(self, stretch: Stretch, side: str) -> Wire:
        start = {"value": self._written(stretch.start), "grain": stretch.grain}
        if side:
            return {"type": "interval", side: start}
        if stretch.is_interval:
            end = {"value": self._written(stretch.end), "grain": stretch.grain}
            return {"type": "interval", "from": start, "to": end}
        return {"type": "value", **start}

    def _written(self, moment: datetime) -> str:
        # fold-safe: a local time that a clock change skips is moved on, as clocks are
        local = (moment.replace(tzinfo=self.zone) + timedelta(0)).astimezone(self.zone)
        return local.isoformat(timespec="milliseconds")
