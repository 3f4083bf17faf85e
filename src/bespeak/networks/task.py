"""What a network is to learn, how, and what it has learned: arrays and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bespeak.message import Array
from bespeak.networks.fields import Order

Numbers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where in an encoder the layers belong: `layers` are trained, `pooling` is "mean" or "cls"."""

    layers: range
    heads: int
    epsilon: float
    pooling: str


@dataclass(frozen=True, slots=True, eq=False)
class Tags:
    """One layer of tags: each text's (W,), one a word, and each word's attributes by number."""

    order: Order
    attributes: int
    words: Sequence[Sequence[Numbers]]
    tags: Sequence[Numbers]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """What is learned from: N texts.

    `hidden` are each text's states (L, H) before the layers that are trained; `intents` (N,) its
    class, -1 where it has none; `pieces` each word's row in `hidden` (W,), -1 where it has none.
    """

    hidden: Sequence[NDArray[Any]]
    intents: Numbers
    pieces: Sequence[Numbers] = ()
    tags: Sequence[Tags] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train.

    `rate` is the last layer's learning rate, each below has `decay` times it. Rates rise over
    `warmup` (a share of all steps), then fall to zero: after `seconds` at the latest. Cosines are
    multiplied by `scale`. `forgotten` is the share of words' attributes that a step does not see,
    `contrast` what the contrast between texts weighs.
    """

    epochs: int
    batch: int
    rate: float
    scale: float
    tag_weight: float = 1.0
    decay: float = 0.9
    head_rate: float = 2e-3
    table_rate: float = 1e-2
    weight_decay: float = 0.01
    dropout: float = 0.0
    forgotten: float = 0.3
    warmup: float = 0.1
    seconds: float = float("inf")
    seed: int = 0
    threads: int = 1
    contrast: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class TagWeights:
    """`dense` (2H, T) for [after, before] the layers, `table` (A, T), `transitions` (T, T)."""

    dense: Array
    table: Array
    transitions: Array


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The fine-tuned layers, under BERT's names, with what they share with the frozen ones; the
    classes' vectors (K, H), times the scale."""

    weights: Mapping[str, Array]
    classes: Array
    tags: Sequence[TagWeights] = ()
