"""Which token belongs to which entity: a conditional random field for each layer of tags."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from bespeak.errors import ModelError
from bespeak.message import Array, Entity, Message
from bespeak.nlu.crf_model import Crf
from bespeak.nlu.extents import Extents
from bespeak.nlu.tagging import LAYERS, NONE, CommaSplit, entities, parted

FILE = "layers.json"

Look: TypeAlias = Callable[[Message, Sequence[str] | None], list[list[str]]]
"""Gives each token's attributes; roles and groups are told the tokens' entity tags as well."""


@dataclass(frozen=True, eq=False)
class Tagger:
    """The layers that were trained, `entity` first: none where nothing was annotated.

    `extents` say what belongs to entities beside their words.
    """

    layers: Mapping[str, Crf] = field(default_factory=dict)
    extents: Extents = field(default_factory=Extents)

    def entities(
        self,
        message: Message,
        look: Look,
        vectors: Array | None,
        split: CommaSplit,
        extractor: str,
    ) -> tuple[Entity, ...]:
        """Return the entities found in a message; `vectors` are (L, D), one row a token."""
        if not self.layers or not message.tokens:
            return ()
        tags: dict[str, list[str]] = {}
        confidences: dict[str, list[float]] = {}
        for layer, crf in self.layers.items():
            known = None if layer == LAYERS[0] else [parted(tag)[1] for tag in tags[LAYERS[0]]]
            emissions = crf.emissions(look(message, known), vectors)
            path = crf.decode(emissions)
            tags[layer] = [crf.labels[label] for label in path]
            if all(tag == NONE for tag in tags[LAYERS[0]]):
                return ()
            confidences[layer] = self._confidences(crf, path, crf.marginals(emissions))
        return entities(
            message.text, message.tokens, tags, confidences, split, self.extents, extractor
        )

    def _confidences(self, crf: Crf, path: Sequence[int], marginals: Array) -> list[float]:
        """Return how likely each token has the name it was given, wherever in the entity."""
        return [
            float(min(1.0, shares[crf.same_name[label]].sum()))
            for label, shares in zip(path, marginals, strict=True)
        ]

    def save(self, folder: Path) -> None:
        described = {"layers": list(self.layers), "extents": self.extents.to_dict()}
        (folder / FILE).write_text(json.dumps(described), encoding="utf-8")
        for layer, crf in self.layers.items():
            crf.save(folder, layer)

    @classmethod
    def load(cls, folder: Path) -> "Tagger":
        """Read what `save` wrote."""
        try:
            described = json.loads((folder / FILE).read_text(encoding="utf-8"))
            if isinstance(described, list):  # as archives from before there were extents have it
                described = {"layers": described, "extents": Extents().to_dict()}
            names, extents = described["layers"], Extents.from_dict(described["extents"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"The tagger in {str(folder)!r} cannot be read: {error}. Train the model again."
            ) from error
        return cls({name: Crf.load(folder, name) for name in names if name in LAYERS}, extents)
