"""Annotated entities as a network learns them, and what it learned as a field that serves.

Loaded by name while a model trains.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bespeak.message import Entity, Example
from bespeak.networks.fields import Order
from bespeak.networks.task import Tags, TagWeights
from bespeak.nlu.crf_model import Crf
from bespeak.nlu.tagger import Look
from bespeak.nlu.tagging import LAYERS, NONE, may_follow, parted, tagged

ATTRIBUTES = 2**15  # the most frequent of them
RARE = 0.01  # weights below this change nothing, and are left out


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer of tags: its name, its labels, the attributes that count, and what is learned."""

    name: str
    labels: tuple[str, ...]
    attributes: tuple[str, ...]
    tags: Tags

    @classmethod
    def of(
        cls,
        name: str,
        wanted: Sequence[Sequence[str]],
        seen: Sequence[Sequence[Sequence[str]]],
    ) -> "Layer":
        """Number the tags and the attributes of each text's words."""
        labels = tuple(sorted({tag for row in wanted for tag in row}))
        counts = Counter(each for words in seen for word in words for each in word)
        least = 2 if len(counts) > ATTRIBUTES // 4 else 1
        attributes = tuple(
            sorted(word for word, count in counts.most_common(ATTRIBUTES) if count >= least)
        )
        number = {each: i for i, each in enumerate(attributes)}
        place = {label: i for i, label in enumerate(labels)}
        tags = Tags(
            order=_order(labels),
            attributes=len(attributes),
            words=[
                [np.array([number[each] for each in word if each in number]) for word in words]
                for words in seen
            ],
            tags=[np.array([place[tag] for tag in row], np.int64) for row in wanted],
        )
        return cls(name, labels, attributes, tags)

    def field(self, learned: TagWeights) -> Crf:
        """Return the field that serves."""
        kept = np.abs(learned.table) > RARE
        rows, columns = np.nonzero(kept)
        return Crf(
            labels=self.labels,
            transitions=learned.transitions,
            attributes={each: i for i, each in enumerate(self.attributes)},
            indptr=np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int64),
            columns=columns.astype(np.int64),
            values=learned.table[rows, columns],
            dense=learned.dense,
            centre=np.zeros(len(learned.dense), np.float32),
        )


def layers(
    examples: Sequence[Example],
    annotated: Sequence[Sequence[Entity]],
    look: Look,
    *,
    bilou: bool,
) -> list[Layer]:
    """Return the layers that the annotated entities have: none where no tag is to be learned."""
    found: list[Layer] = []
    names: list[list[str]] | None = None
    for layer in LAYERS:
        wanted = [
            tagged(example.message.tokens, entities, layer, bilou=bilou)
            for example, entities in zip(examples, annotated, strict=True)
        ]
        if all(tag == NONE for row in wanted for tag in row):
            if layer == LAYERS[0]:
                return []
            continue
        seen = [
            look(example.message, names[i] if names is not None else None)
            for i, example in enumerate(examples)
        ]
        found.append(Layer.of(layer, wanted, seen))
        if layer == LAYERS[0]:
            names = [[parted(tag)[1] for tag in row] for row in wanted]
    return found


def _order(labels: Sequence[str]) -> Order:
    def allowed(pairs: Sequence[tuple[str, str]]) -> NDArray[np.bool_]:
        return np.array([may_follow(*pair) for pair in pairs], dtype=np.bool_)

    size = len(labels)
    follow = allowed([(before, after) for before in labels for after in labels])
    return Order(
        follow=follow.reshape(size, size),
        first=allowed([("", label) for label in labels]),
        last=allowed([(label, NONE) for label in labels]),
    )
