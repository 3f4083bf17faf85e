"""Which of several labels a text has, by a linear model: numpy alone, whoever trained it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bespeak.errors import ModelError
from bespeak.message import Array
from bespeak.nlu.sentence_features import Row

TEMPERATURES = np.geomspace(0.1, 5, 80)  # among which calibration chooses
QUANTILES = 101  # of the energies of texts that were left out: enough for a share in per cent

ENOUGH = 200  # texts that were left out, to trust their distribution as it is
RARE = NormalDist().inv_cdf(0.965)  # deviations from the mean, where a message begins to be strange
SURELY = NormalDist().inv_cdf(0.99)  # how sure to be that no more are called so
EDGE = 4  # standard deviations from the mean, beyond which nothing is stranger or more familiar


@dataclass(frozen=True, eq=False)
class IntentHead:
    """K classes: weights for D dense columns (D, K) and S sparse ones (S, K), biases (K,).

    `labels` are the classes' own (K,). Several classes may have the same one, being different
    ways to mean it: their probabilities add up.

    The scores are divided by `temperature`, which cross-validation chose so that a confidence of
    0.8 is right four times out of five. `energies` are quantiles, in order and evenly spaced, of
    the energy of texts that were left out while learning: none where nobody cross-validated.
    """

    labels: tuple[str, ...]
    dense: Array
    sparse: Array
    bias: Array
    temperature: float = 1.0
    energies: Array = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        # Many and small, the sparse weights are kept at half precision: from the start, so that a
        # head says the same before it was saved and after it was loaded.
        object.__setattr__(self, "sparse", self.sparse.astype(np.float16).astype(np.float32))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The labels, each once (L,)."""
        return tuple(dict.fromkeys(self.labels))

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """Each class's place in `names` (K,)."""
        place = {name: i for i, name in enumerate(self.names)}
        return np.array([place[label] for label in self.labels], np.int64)

    def scores(self, row: Row) -> Array:
        """Return each class's score (K,)."""
        scores: Array = row.dense @ self.dense + row.values @ self.sparse[row.columns] + self.bias
        return scores

    def confidences(self, row: Row) -> Array:
        """Return the probability of each of `names` (L,): they add up to 1."""
        return self.judged(row)[0]

    def judged(self, row: Row) -> tuple[Array, float | None]:
        """Return the probability of each of `names` (L,), and how familiar the text is.

        Familiar is the share of left-out training texts whose energy was lower, from 0 (a text
        like none of them) to 1; None where their energies are not known. Energy is the logarithm
        of the summed odds (Liu et al. 2020, "Energy-based out-of-distribution detection").
        """
        scores = self.scores(row) / self.temperature
        odds = np.exp(scores - scores.max())
        shares = np.zeros(len(self.names), np.float32)
        np.add.at(shares, self.owners, odds / odds.sum())
        if not len(self.energies):
            return shares, None
        energy = float(scores.max() + np.log(odds.sum()))
        steps = np.linspace(0, 1, len(self.energies))
        return shares, float(np.interp(energy, self.energies, steps))

    def save(self, folder: Path) -> None:
        np.savez_compressed(
            folder / "head.npz",
            allow_pickle=False,
            dense=self.dense,
            sparse=self.sparse.astype(np.float16),
            bias=self.bias,
            energies=self.energies,
        )
        described = {"labels": self.labels, "temperature": self.temperature}
        (folder / "head.json").write_text(json.dumps(described), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "IntentHead":
        """Read what `save` wrote."""
        try:
            described = json.loads((folder / "head.json").read_text(encoding="utf-8"))
            with np.load(folder / "head.npz", allow_pickle=False) as arrays:
                known = "energies" in arrays.files  # not in archives from before they were kept
                return cls(
                    labels=tuple(described["labels"]),
                    dense=arrays["dense"],
                    sparse=arrays["sparse"],
                    bias=arrays["bias"],
                    temperature=float(described["temperature"]),
                    energies=arrays["energies"] if known else np.zeros(0, np.float32),
                )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The classifier in {str(folder)!r} cannot be read: {error}. Train the model again."
            ) from error


def calibrated(head: IntentHead, scores: Array, wanted: NDArray[np.int64]) -> IntentHead:
    """Return the head at the temperature that makes the wanted labels likeliest.

    `scores` (N, K) are those of texts that were left out while learning, of classes `wanted` (N,).
    At that temperature their energies say what is familiar.
    """
    losses = [doubt(scores / temperature, wanted, head.owners) for temperature in TEMPERATURES]
    temperature = float(TEMPERATURES[int(np.argmin(losses))])
    scaled = scores.astype(np.float64) / temperature
    highest = scaled.max(axis=1)
    energies = highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1))
    return replace(head, temperature=temperature, energies=_quantiles(energies))


def _quantiles(energies: NDArray[np.float64]) -> Array:
    """Return evenly spaced quantiles, those of a normal distribution where energies are few.

    A few dozen texts do not show how strange the strangest in a hundred is. Nor are their mean and
    deviation exact: the deviation is widened to the tolerance limit below which there is no more
    than one in thirty, for all that is known (Natrella 1963, "Experimental Statistics", 2-13).
    """
    shares = np.linspace(0, 1, QUANTILES)
    if len(energies) >= ENOUGH:
        return np.quantile(energies, shares).astype(np.float32)
    spread = float(energies.std(ddof=1)) if len(energies) > 1 else 0.0
    spread *= 1 + SURELY / RARE * float(np.sqrt((1 + RARE**2 / 2) / len(energies)))
    normal = NormalDist(float(energies.mean()), max(spread, 1e-3))
    lowest, highest = (normal.cdf(normal.mean + side * normal.stdev) for side in (-EDGE, EDGE))
    return np.array([normal.inv_cdf(min(max(s, lowest), highest)) for s in shares], np.float32)


def doubt(scores: Array, wanted: NDArray[np.int64], owners: NDArray[np.int64]) -> float:
    """Return how unlikely scores (N, K) find the labels of the wanted classes (N,).

    It is the mean of -log p. `owners` (K,) are as `IntentHead` has them.

    One text more is counted that may have had any label, so that a few lucky guesses do not make
    for certainty (Platt 1999).
    """
    wide = scores.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    logarithms = wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))
    if owners.max() + 1 < len(owners):  # some labels have several classes
        added = np.full((owners.max() + 1, len(wide)), -np.inf)
        np.logaddexp.at(added, owners, logarithms.T)
        logarithms = added.T
    likely = logarithms[np.arange(len(wanted)), owners[wanted]].sum() + logarithms.mean()
    return float(-likely / (len(wanted) + 1))


def ranked(
    labels: Sequence[str], confidences: Array, length: int, *, renormalize: bool = False
) -> list[tuple[str, float]]:
    """Return the `length` likeliest labels (all where it is 0), with their confidences.

    With `renormalize` those that are left add up to 1.
    """
    order = np.argsort(-confidences, kind="stable")
    if 0 < length < len(order):
        order = order[:length]
        if renormalize:
            confidences = confidences / max(float(confidences[order].sum()), 1e-12)
    return [(labels[i], float(confidences[i])) for i in order]
