"""Entity values to canonical ones."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bespeak.message import Entity, Message, TrainingData

log = logging.getLogger(__name__)


class EntitySynonymMapper:
    """Replace an entity's value by the canonical value that the training data gives for it.

    Upper and lower case make no difference; a canonical value stands for itself, so that
    "AUSTRIA" becomes "Austria" where that is the canonical one. A mapped entity names the mapper
    among its `processors`.
    """

    serves_only = True

    def __init__(self) -> None:
        self.synonyms: dict[str, str] = {}

    def train(self, data: TrainingData) -> None:
        self.synonyms = {}
        for surface, canonical in data.synonyms.items():
            self._add(surface, canonical)
        for example in data.examples:
            for entity in example.entities:
                if entity.start is not None and entity.end is not None:
                    surface = example.message.text[entity.start : entity.end]
                    self._add(surface, str(entity.value))

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [
            replace(message, entities=tuple(map(self._map, message.entities)))
            if message.entities
            else message
            for message in messages
        ]

    def save(self, folder: Path) -> None:
        (folder / "synonyms.json").write_text(json.dumps(self.synonyms, indent=1), "utf-8")

    def load(self, folder: Path) -> None:
        self.synonyms = json.loads((folder / "synonyms.json").read_text("utf-8"))

    def _map(self, entity: Entity) -> Entity:
        canonical = self.synonyms.get(str(entity.value).lower())
        if canonical is None:
            return entity
        processors = [*entity.extra.get("processors", ()), "EntitySynonymMapper"]
        return replace(entity, value=canonical, extra={**entity.extra, "processors": processors})

    def _add(self, surface: str, canonical: str) -> None:
        if surface != canonical:
            known = self.synonyms.get(surface.lower(), canonical)
            if known != canonical:
                log.warning(
                    "%r is a synonym of %r and of %r: the last one counts.",
                    surface.lower(),
                    known,
                    canonical,
                )
            self.synonyms[surface.lower()] = canonical
        self.synonyms.setdefault(canonical.lower(), canonical)
