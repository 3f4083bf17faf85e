"""Messages that say their meaning themselves: `/order_status@0.9{"order": "A17"}`."""

import json
import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from bespeak.message import Entity, Intent, Message

log = logging.getLogger(__name__)

SHORTCUT = re.compile(
    r"/(?P<intent>[^{@]+)(?P<confidence>@[0-9.]+)?(?P<entities>\{.+\})?(?P<rest>.*)"
)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a shortcut says; `start` and `end` are where its JSON stands, `rest` what follows."""

    intent: str
    confidence: float
    entities: tuple[tuple[str, Any], ...]
    start: int
    end: int
    rest: str


def read(text: str) -> Shortcut | None:
    """Read a shortcut, or return None where the text is none.

    Confidence is at most 1, and 0 where it is no number; JSON that cannot be read gives no
    entities. A list gives an entity for each element.
    """
    match = SHORTCUT.match(text)
    if match is None:
        return None
    entities: list[tuple[str, Any]] = []
    for name, value in _object(match["entities"]).items():
        entities.extend((name, each) for each in (value if isinstance(value, list) else [value]))
    return Shortcut(
        match["intent"].strip(),
        _confidence(match["confidence"]),
        tuple(entities),
        match.start("entities"),
        match.end("entities"),
        match["rest"],
    )


class RegexMessageHandler:
    """Understand shortcuts: the last component of every pipeline, unnamed in config.yml.

    `intents` and `entities` are those of the domain: a shortcut with another intent is an
    ordinary text, an entity of another type is dropped. None takes all.
    """

    serves_only = True

    def __init__(
        self,
        *,
        intents: Collection[str] | None = None,
        entities: Collection[str] | None = None,
    ) -> None:
        self.intents = None if intents is None else frozenset(intents)
        self.entities = None if entities is None else frozenset(entities)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._understand(message) for message in messages]

    def _understand(self, message: Message) -> Message:
        text = message.text.strip()
        if not text.startswith("/") or (shortcut := read(text)) is None:
            return message
        if self.intents is not None and shortcut.intent not in self.intents:
            log.warning("A message begins with '/', but not with an intent of the domain.")
            return message
        if shortcut.rest:
            log.warning("/%s: what follows the JSON object is left out.", shortcut.intent)
        intent = Intent(shortcut.intent, shortcut.confidence)
        return Message(
            text,
            intent=intent,
            ranking=(intent,),
            entities=tuple(self._known(shortcut)),
            metadata=message.metadata,
            received_at=message.received_at,
        )

    def _known(self, shortcut: Shortcut) -> list[Entity]:
        unknown = sorted(
            {
                name
                for name, _ in shortcut.entities
                if self.entities is not None and name not in self.entities
            }
        )
        if unknown:
            log.warning(
                "/%s: entities that the domain does not have are left out: %s",
                shortcut.intent,
                ", ".join(unknown),
            )
        return [
            Entity(name, value, shortcut.start, shortcut.end, extractor="RegexMessageHandler")
            for name, value in shortcut.entities
            if name not in unknown
        ]


def _confidence(text: str | None) -> float:
    if text is None:
        return 1.0
    try:
        return min(1.0, float(text.removeprefix("@")))
    except ValueError:
        log.warning("A shortcut's confidence is no number: it counts as 0.")
        return 0.0


def _object(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or a pile of brackets
        found = None
    if isinstance(found, dict):
        return found
    log.warning("A shortcut's entities are no JSON object: it counts as having none.")
    return {}
