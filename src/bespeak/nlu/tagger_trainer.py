"""Train a tagger: CRFsuite on attributes, and on the main directions of the tokens' vectors.

Loaded by name while a model trains, as `crf_trainer` is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bespeak.extend import load as load_by_name
from bespeak.message import Array, Entity, Example
from bespeak.nlu.crf_model import Crf
from bespeak.nlu.crf_trainer import fit
from bespeak.nlu.extents import Extents
from bespeak.nlu.tagger import Look, Tagger
from bespeak.nlu.tagging import LAYERS, NONE, name_in, parted, tagged

DIRECTIONS = 64  # of the vectors, by variance: more did not help on held-out examples
CHUNK = 256  # texts whose vectors are in memory at full precision at a time
WORK = 3e7  # tokens x labels², beyond which labels are too many for BILOU's four each


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train: `bilou`, and CRFsuite's `options` for L-BFGS.

    With `thrifty`, BILOU gives way to plain tags where it would take minutes: that is, for many
    kinds of entities in thousands of examples.
    """

    bilou: bool = True
    thrifty: bool = False
    options: Mapping[str, float] = field(
        default_factory=lambda: {"c1": 0.05, "c2": 0.05, "max_iterations": 60}
    )


def train(
    examples: Sequence[Example],
    annotated: Sequence[Sequence[Entity]],
    look: Look,
    vectors: Sequence[Array] | None,
    settings: Settings,
) -> Tagger:
    """Learn the layers that the annotated entities have, each example's own in `annotated`.

    `vectors` are each example's token vectors (L, D), NaN where a token has none.
    """
    with load_by_name("threadpoolctl.threadpool_limits")(limits=1):  # the same on any machine
        projection = _Projection.of(vectors) if vectors is not None else None
    projected = [projection.apply(rows) for rows in vectors or ()] if projection else None
    bilou = settings.bilou and not (settings.thrifty and too_much(examples, annotated))
    layers: dict[str, Crf] = {}
    names: list[list[str]] = []
    for layer in LAYERS:
        if not any(name_in(entity, layer) for entities in annotated for entity in entities):
            continue
        tags = [
            tagged(example.message.tokens, entities, layer, bilou=bilou)
            for example, entities in zip(examples, annotated, strict=True)
        ]
        if all(tag == NONE for row in tags for tag in row):
            continue  # no annotation begins and ends where tokens do
        known: Sequence[Sequence[str] | None] = names or [None] * len(examples)
        seen = [look(example.message, row) for example, row in zip(examples, known, strict=True)]
        crf = fit(seen, projected, tags, options=settings.options)
        layers[layer] = projection.undone(crf) if projection else crf
        if layer == LAYERS[0]:
            names = [[parted(tag)[1] for tag in row] for row in tags]
    if LAYERS[0] not in layers:
        return Tagger()
    return Tagger(layers, Extents.learned(examples, annotated))


def too_much(examples: Sequence[Example], annotated: Sequence[Sequence[Entity]]) -> bool:
    tokens = sum(len(example.message.tokens) for example in examples)
    kinds = {entity.name for entities in annotated for entity in entities}
    return tokens * (4 * len(kinds) + 1) ** 2 > WORK


@dataclass(frozen=True, slots=True)
class _Projection:
    """The main directions of many vectors, each scaled to a variance of 1."""

    centre: Array
    matrix: Array

    @classmethod
    def of(cls, vectors: Sequence[Array]) -> "_Projection | None":
        """Return None where there are too few vectors to say."""
        width = vectors[0].shape[1]
        count, total = 0, np.zeros(width)
        squares = np.zeros((width, width))
        for i in range(0, len(vectors), CHUNK):
            rows = np.concatenate(vectors[i : i + CHUNK]).astype(np.float32)
            rows = rows[~np.isnan(rows[:, 0])]
            count += len(rows)
            total += rows.sum(axis=0)
            squares += rows.T @ rows
        if count < 2:
            return None
        centre = total / count
        variances, directions = np.linalg.eigh(squares / count - np.outer(centre, centre))
        kept = min(DIRECTIONS, count - 1, width)
        strongest = variances[::-1][:kept]
        matrix = directions[:, ::-1][:, :kept] / np.sqrt(np.maximum(strongest, 1e-6))
        return cls(centre.astype(np.float32), matrix.astype(np.float32))

    def apply(self, rows: Array) -> Array:
        projected: Array = np.nan_to_num(rows - self.centre) @ self.matrix
        return projected

    def undone(self, crf: Crf) -> Crf:
        """Return the same field for vectors that are not projected."""
        return replace(crf, dense=self.matrix @ crf.dense, centre=self.centre)
