"""All that featurizers say of a whole text, as one row for a linear model.

Each block of columns (one featurizer's, or the encoder's) has length 1, so that none drowns the
others. Counts are damped and weighted by how few texts have them. `plain` leaves all as it is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bespeak.errors import ModelError
from bespeak.message import Array, Message, Sparse

BESIDE_VECTORS = 0.5  # what a block of counts weighs where there is a dense one


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One text: its dense columns, and those of its sparse columns that are not zero."""

    dense: Array
    columns: NDArray[np.int64]
    values: Array

    @property
    def empty(self) -> bool:
        """Whether nothing is known of the text."""
        return not self.values.any() and not self.dense.any()


@dataclass(frozen=True, slots=True)
class _Block:
    """The features of one featurizer: the `nth` of the same `origin`."""

    origin: str
    nth: int
    width: int
    sparse: bool


class SentenceFeatures:
    """What the rows are made of: learned from the training messages."""

    def __init__(self) -> None:
        self.blocks: tuple[_Block, ...] = ()
        self.vector = 0
        self.plain = False
        self.weight = 1.0
        self.rarity: list[Array] = []

    @classmethod
    def learned(
        cls,
        messages: Sequence[Message],
        vector: int,
        featurizers: Sequence[str] = (),
        *,
        sparse: bool = True,
        plain: bool = False,
    ) -> "SentenceFeatures":
        """Learn which blocks there are, and how rare their columns.

        `vector` is the width of the sentence vectors, 0 without them. `featurizers` are the
        origins that count, all where it is empty. Without `sparse` only dense ones do.
        """
        made = cls()
        made.vector, made.plain = vector, plain
        blocks: dict[tuple[str, int], _Block] = {}
        for message in messages:
            for key, rows in _by_origin(message).items():
                is_sparse = isinstance(rows, Sparse)
                if (featurizers and key[0] not in featurizers) or (is_sparse and not sparse):
                    continue
                width = rows.width if isinstance(rows, Sparse) else rows.shape[1]
                blocks.setdefault(key, _Block(*key, width, is_sparse))
        made.blocks = tuple(blocks.values())
        dense = vector or any(not block.sparse for block in made.blocks)
        made.weight = BESIDE_VECTORS if dense else 1.0
        for block in made.blocks:
            if block.sparse:
                counts = np.zeros(block.width, np.float32)
                for message in messages:
                    found = _by_origin(message).get((block.origin, block.nth))
                    if isinstance(found, Sparse):
                        counts[np.unique(found.indices)] += 1
                made.rarity.append(np.log((1 + len(messages)) / (1 + counts)) + 1)
        return made

    @property
    def dense_width(self) -> int:
        return self.vector + sum(block.width for block in self.blocks if not block.sparse)

    @property
    def sparse_width(self) -> int:
        return sum(block.width for block in self.blocks if block.sparse)

    def row(self, message: Message, vector: Array | None) -> Row:
        """Return a message's row; a block that the message lacks is zero."""
        found = _by_origin(message)
        dense = [vector if vector is not None else np.zeros(self.vector, np.float32)]
        columns: list[NDArray[np.int64]] = []
        values: list[Array] = []
        offset, nth_sparse = 0, 0
        for block in self.blocks:
            rows = found.get((block.origin, block.nth))
            if not block.sparse:
                given = np.zeros(block.width, np.float32)
                if rows is not None and not isinstance(rows, Sparse):
                    given = rows[0] if self.plain else _unit(rows[0])
                dense.append(given)
                continue
            if isinstance(rows, Sparse) and len(rows.indices):
                weights = rows.values
                if not self.plain:
                    damped = 1 + np.log(np.maximum(rows.values, 1e-6))
                    weights = _unit(damped * self.rarity[nth_sparse][rows.indices]) * self.weight
                columns.append(rows.indices + offset)
                values.append(weights.astype(np.float32))
            offset += block.width
            nth_sparse += 1
        return Row(
            np.concatenate(dense).astype(np.float32),
            np.concatenate(columns) if columns else np.zeros(0, np.int64),
            np.concatenate(values) if values else np.zeros(0, np.float32),
        )

    def save(self, folder: Path) -> None:
        described = {
            "vector": self.vector,
            "plain": self.plain,
            "weight": self.weight,
            "blocks": [[b.origin, b.nth, b.width, b.sparse] for b in self.blocks],
        }
        (folder / "features.json").write_text(json.dumps(described), encoding="utf-8")
        arrays = {f"rarity{i}": each for i, each in enumerate(self.rarity)}
        np.savez_compressed(folder / "features.npz", allow_pickle=False, **arrays)

    @classmethod
    def load(cls, folder: Path) -> "SentenceFeatures":
        """Read what `save` wrote."""
        made = cls()
        try:
            described = json.loads((folder / "features.json").read_text(encoding="utf-8"))
            made.vector, made.weight = int(described["vector"]), float(described["weight"])
            made.plain = bool(described["plain"])
            made.blocks = tuple(_Block(*each) for each in described["blocks"])
            with np.load(folder / "features.npz", allow_pickle=False) as arrays:
                made.rarity = [arrays[f"rarity{i}"] for i in range(len(arrays.files))]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"What {str(folder)!r} says of features cannot be read: {error}. "
                "Train the model again."
            ) from error
        return made


def _by_origin(message: Message) -> dict[tuple[str, int], Array | Sparse]:
    """Return the sentence features by origin, and by order among the same."""
    found: dict[tuple[str, int], Array | Sparse] = {}
    seen: dict[str, int] = {}
    for features in message.features:
        if features.sentence is not None:
            nth = seen[features.origin] = seen.get(features.origin, -1) + 1
            found[features.origin, nth] = features.sentence
    return found


def _unit(values: Array) -> Array:
    length = float(np.linalg.norm(values))
    unit: Array = values / length if length else values
    return unit
