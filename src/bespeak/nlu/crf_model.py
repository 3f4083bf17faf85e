"""A linear-chain conditional random field, as it serves: numpy alone, whoever trained it.

A token's score for each label is the sum of the weights of its attributes (strings) and of its
dense vector; a sequence's score adds the transitions between neighbours. `decode` finds the best
sequence, `marginals` how likely each label is at each token.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bespeak.errors import ModelError
from bespeak.message import Array
from bespeak.nlu.tagging import may_follow, parted

NEVER = np.float32(-1e4)  # the score of a transition that cannot be


@dataclass(frozen=True, eq=False)
class Crf:
    """T labels, A attributes, D dense dimensions.

    `transitions[a, b]` scores label b after label a. The weights of attribute i are those of
    rows `indptr[i]:indptr[i + 1]` of `columns` (labels) and `values`: most are zero and left out.
    `dense` is (D, T), with D = 0 where tokens have no vectors; `centre` (D,) is taken from a
    vector first, so that a token without one counts as an average one.
    """

    labels: tuple[str, ...]
    transitions: Array
    attributes: dict[str, int]
    indptr: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Array
    dense: Array
    centre: Array

    def emissions(self, tokens: Sequence[Sequence[str]], vectors: Array | None = None) -> Array:
        """Return the scores (L, T) of L tokens by their attributes and their vectors (L, D).

        The row of a token without a vector is NaN.
        """
        size = len(self.labels)
        scores = np.zeros((len(tokens), size), np.float32)
        places, slices = [], []
        for i, attributes in enumerate(tokens):
            for attribute in attributes:
                row = self.attributes.get(attribute)
                if row is not None:
                    places.append(i)
                    slices.append(row)
        if slices:
            rows = np.array(slices)
            lengths = self.indptr[rows + 1] - self.indptr[rows]
            # The positions of all rows' entries, one after the other.
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            entries = np.repeat(self.indptr[rows], lengths) + within
            cells = np.repeat(np.array(places) * size, lengths) + self.columns[entries]
            summed = np.bincount(cells, self.values[entries], minlength=scores.size)
            scores += summed.reshape(scores.shape).astype(np.float32)
        if vectors is not None and self.dense.size:
            scores += np.nan_to_num(vectors - self.centre) @ self.dense
        return scores

    def decode(self, emissions: Array) -> list[int]:
        """Return the indices of the best labels that BILOU allows in this order."""
        if not len(emissions):
            return []
        best = emissions[0] + self._first
        back = []
        for scores in emissions[1:]:
            ways = best[:, None] + self._allowed
            back.append(ways.argmax(axis=0))
            best = ways.max(axis=0) + scores
        path = [int((best + self._last).argmax())]
        for pointers in reversed(back):
            path.append(int(pointers[path[-1]]))
        return path[::-1]

    def marginals(self, emissions: Array) -> Array:
        """Return each label's probability at each token, (L, T): rows add up to 1."""
        size = len(emissions)
        # In double precision, and with no label quite impossible, so that a long text with
        # improbable tokens leaves something to divide by: BILOU allows every label a neighbour.
        relative = (emissions - emissions.max(axis=1, keepdims=True)).astype(np.float64)
        odds = np.exp(np.maximum(relative, -100))
        forward, backward = np.empty_like(odds), np.empty_like(odds)
        forward[0] = _scaled(odds[0] * np.exp(self._first))
        for i in range(1, size):
            forward[i] = _scaled((forward[i - 1] @ self._odds) * odds[i])
        backward[-1] = _scaled(np.exp(self._last))
        for i in range(size - 2, -1, -1):
            backward[i] = _scaled(self._odds @ (odds[i + 1] * backward[i + 1]))
        together = np.maximum(forward * backward, 1e-300)
        shares = together / together.sum(axis=1, keepdims=True)
        narrow: Array = shares.astype(np.float32)
        return narrow

    def save(self, folder: Path, name: str) -> None:
        """Write `name.npz` and `name.json` into the folder."""
        np.savez_compressed(
            folder / f"{name}.npz",
            allow_pickle=False,
            transitions=self.transitions,
            indptr=self.indptr.astype(np.int32),
            columns=self.columns.astype(np.int16),
            values=self.values.astype(np.float32),
            dense=self.dense,
            centre=self.centre,
        )
        words = {"labels": self.labels, "attributes": list(self.attributes)}
        (folder / f"{name}.json").write_text(json.dumps(words), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, name: str) -> "Crf":
        """Read what `save` wrote."""
        try:
            words = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
                return cls(
                    labels=tuple(words["labels"]),
                    transitions=arrays["transitions"],
                    attributes={word: i for i, word in enumerate(words["attributes"])},
                    indptr=arrays["indptr"].astype(np.int64),
                    columns=arrays["columns"].astype(np.int64),
                    values=arrays["values"],
                    dense=arrays["dense"],
                    centre=arrays["centre"],
                )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The tagger in {str(folder)!r} cannot be read: {error}. Train the model again."
            ) from error

    @cached_property
    def same_name(self) -> list[list[int]]:
        """For each label the labels of the same name: `B-city` has I-, L- and U-city as well."""
        names = [parted(label)[1] for label in self.labels]
        return [[i for i, other in enumerate(names) if other == name] for name in names]

    @cached_property
    def _allowed(self) -> Array:
        """The transitions, with what BILOU forbids out of reach."""
        allowed = self.transitions.copy()
        for a, before in enumerate(self.labels):
            for b, after in enumerate(self.labels):
                if not may_follow(before, after):
                    allowed[a, b] = NEVER
        return allowed

    @cached_property
    def _odds(self) -> NDArray[np.float64]:
        odds: NDArray[np.float64] = np.exp((self._allowed - self.transitions.max()).astype("f8"))
        return odds

    @cached_property
    def _first(self) -> Array:
        return np.array([0 if may_follow("", label) else NEVER for label in self.labels], "f4")

    @cached_property
    def _last(self) -> Array:
        return np.array([0 if may_follow(label, "O") else NEVER for label in self.labels], "f4")


def _scaled(row: NDArray[np.float64]) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = row / row.sum()
    return scaled
