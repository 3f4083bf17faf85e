"""Fine-tune an encoder's upper layers on intents and entities at once.

Intents are told by the cosine between a text's vector and one vector a class; tags by a linear
layer on each word's first piece, after the fine-tuned layers and before them, by a table of the
word's attributes, and by a conditional random field.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from bespeak.message import Array
from bespeak.networks import transformer
from bespeak.networks.fields import Field, Order
from bespeak.networks.packing import Packed, packed

SHARPNESS = 0.1  # of the contrast between texts: the less, the more the nearest count

Numbers = NDArray[np.int64]


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
    """The fine-tuned layers, under BERT's names; the classes' vectors (K, H), times the scale."""

    weights: Mapping[str, Array]
    classes: Array
    tags: Sequence[TagWeights] = field(default_factory=tuple)


Report = Callable[[float], None]


def train(
    texts: Texts,
    which: Numbers,
    weights: Mapping[str, Array],
    frame: Frame,
    classes: Array,
    recipe: Recipe,
    report: Report,
) -> Learned:
    """Fine-tune `weights` on those texts that `which` numbers.

    It begins at the class vectors `classes` (K, H); K = 0 where there are none. The same
    arguments give the same result on the same machine, unless `recipe.seconds` ran out.
    """
    torch.set_num_threads(recipe.threads)
    random = np.random.default_rng(recipe.seed)
    torch.manual_seed(recipe.seed)
    model = _Model.of(weights, frame, classes, texts.tags)
    dense = torch.optim.AdamW(model.groups(recipe), betas=(0.9, 0.98), eps=1e-6, fused=True)
    tables = [head.table for head in model.heads]
    sparse = torch.optim.SparseAdam(tables, lr=recipe.table_rate, eps=1e-6) if tables else None
    optimizers = [dense, *([sparse] if sparse else [])]
    rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    steps = recipe.epochs * -(-len(which) // recipe.batch)
    began = time.perf_counter()
    for step, batch in enumerate(_batches(which, recipe, random)):
        share = max(step / steps, (time.perf_counter() - began) / recipe.seconds)
        if share >= 1:
            break
        rise, fall = share / recipe.warmup, (1 - share) / (1 - recipe.warmup)
        for optimizer, given in zip(optimizers, rates, strict=True):
            for group, rate in zip(optimizer.param_groups, given, strict=True):
                group["lr"] = rate * max(min(rise, fall), 0.2 / steps)
        with _reduced():
            loss = model.loss(texts, batch, recipe, random)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.dense(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        report(share)
    return model.learned(recipe)


def scores(learned: Learned, hidden: Sequence[NDArray[Any]], frame: Frame) -> Array:
    """Return each class's score (N, K) for texts with these states before the layers."""
    weights = {name: torch.from_numpy(array) for name, array in learned.weights.items()}
    classes = torch.from_numpy(learned.classes)
    found = []
    with torch.no_grad(), _reduced():
        for start in range(0, len(hidden), 64):
            rows = hidden[start : start + 64]
            grid = packed([len(each) for each in rows])
            given = torch.from_numpy(np.concatenate(rows).astype(np.float32))
            top = transformer.forward(
                given, weights, frame.layers, frame.heads, frame.epsilon, grid
            )
            found.append((transformer.pooled(top, grid, frame.pooling) @ classes.T).numpy())
    return np.concatenate(found)


def averaged(runs: Sequence[Learned]) -> Learned:
    """Return the mean of several trainings that began at the same weights.

    It is about as good as asking them all (Wortsman et al. 2022, "Model soups").
    """

    def mean(arrays: Sequence[Array]) -> Array:
        found: Array = np.mean(arrays, axis=0, dtype=np.float32)
        return found

    return Learned(
        weights={name: mean([run.weights[name] for run in runs]) for name in runs[0].weights},
        classes=mean([run.classes for run in runs]),
        tags=[
            TagWeights(
                mean([each.dense for each in layer]),
                mean([each.table for each in layer]),
                mean([each.transitions for each in layer]),
            )
            for layer in zip(*(run.tags for run in runs), strict=True)
        ],
    )


class _Head:
    """What one layer of tags is told by."""

    def __init__(self, tags: Tags, width: int) -> None:
        size = len(tags.order.first)
        self.linear = torch.zeros(2 * width, size, requires_grad=True)
        self.table = torch.zeros(tags.attributes, size, requires_grad=True)
        self.field = Field(tags.order)


class _Model:
    def __init__(self, weights: dict[str, Any], frame: Frame, classes: Any, heads: list[_Head]):
        self.weights = weights
        self.frame = frame
        self.classes = classes
        self.heads = heads

    @classmethod
    def of(
        cls, weights: Mapping[str, Array], frame: Frame, classes: Array, tags: Sequence[Tags]
    ) -> "_Model":
        width = classes.shape[1]
        return cls(
            {name: torch.tensor(each, requires_grad=True) for name, each in weights.items()},
            frame,
            torch.tensor(classes, requires_grad=True),
            [_Head(each, width) for each in tags],
        )

    def groups(self, recipe: Recipe) -> list[dict[str, Any]]:
        """Return the dense parameters with their learning rates; the upper layers learn faster."""
        made = []
        for i in self.frame.layers:
            rate = recipe.rate * recipe.decay ** (self.frame.layers[-1] - i)
            own = [w for name, w in self.weights.items() if name.startswith(f"encoder.layer.{i}.")]
            matrices, vectors = ([w for w in own if w.dim() == size] for size in (2, 1))
            made.append({"params": matrices, "lr": rate, "weight_decay": recipe.weight_decay})
            made.append({"params": vectors, "lr": rate, "weight_decay": 0.0})
        heads = [self.classes, *(head.linear for head in self.heads)]
        made.append({"params": heads, "lr": recipe.head_rate, "weight_decay": 0.0})
        if self.heads:
            fields = [head.field.transitions for head in self.heads]
            made.append({"params": fields, "lr": 5 * recipe.head_rate, "weight_decay": 0.0})
        return made

    def dense(self) -> list[Any]:
        fields = [head.field.transitions for head in self.heads]
        return [*self.weights.values(), self.classes, *(h.linear for h in self.heads), *fields]

    def loss(
        self, texts: Texts, batch: Numbers, recipe: Recipe, random: np.random.Generator
    ) -> Any:
        rows = [texts.hidden[i] for i in batch]
        grid = packed([len(each) for each in rows])
        base = torch.from_numpy(np.concatenate(rows).astype(np.float32))
        frame = self.frame
        top = transformer.forward(
            base, self.weights, frame.layers, frame.heads, frame.epsilon, grid, recipe.dropout
        )
        loss = torch.zeros(())
        wanted = torch.from_numpy(texts.intents[batch])
        if len(self.classes) and bool((wanted >= 0).any()):
            vectors = transformer.pooled(top, grid, frame.pooling)
            cosines = vectors @ functional.normalize(self.classes, dim=-1).T
            loss = functional.cross_entropy(recipe.scale * cosines, wanted, ignore_index=-1)
            if recipe.contrast:
                loss = loss + recipe.contrast * _contrast(vectors, wanted)
        for head, tags in zip(self.heads, texts.tags, strict=True):
            nll = self._tag_loss(head, tags, texts.pieces, batch, grid, base, top, recipe, random)
            loss = loss + recipe.tag_weight * nll / len(batch)
        return loss

    def _tag_loss(
        self,
        head: _Head,
        tags: Tags,
        pieces: Sequence[Numbers],
        batch: Numbers,
        grid: Packed,
        base: Any,
        top: Any,
        recipe: Recipe,
        random: np.random.Generator,
    ) -> Any:
        worded = [k for k, i in enumerate(batch) if len(tags.tags[i])]
        if not worded:
            return torch.zeros(())
        lengths = [len(tags.tags[batch[k]]) for k in worded]
        longest = max(lengths)
        rows = np.concatenate(
            [np.where(pieces[batch[k]] < 0, -1, pieces[batch[k]] + grid.starts[k]) for k in worded]
        )
        there = torch.from_numpy((rows >= 0).astype(np.float32))[:, None]
        at = torch.from_numpy(np.maximum(rows, 0))
        seen = torch.cat([top[at].float(), base[at]], dim=1) * there
        bags = [bag for k in worded for bag in tags.words[batch[k]]]
        sizes = np.array([len(bag) for bag in bags])
        flat = np.concatenate(bags)
        kept = random.random(len(flat)) >= recipe.forgotten
        owners = np.repeat(np.arange(len(bags)), sizes)[kept]
        offsets = np.searchsorted(owners, np.arange(len(bags)))
        known = functional.embedding_bag(
            torch.from_numpy(flat[kept]),
            head.table,
            torch.from_numpy(offsets),
            mode="sum",
            sparse=True,
        )
        scored = functional.dropout(seen, recipe.dropout) @ head.linear + known
        cells = np.concatenate([r * longest + np.arange(n) for r, n in enumerate(lengths)])
        cells_ = torch.from_numpy(cells)
        size = scored.shape[1]
        emissions = torch.zeros(len(worded) * longest, size).index_copy(0, cells_, scored)
        wanted = torch.zeros(len(worded) * longest, dtype=torch.int64)
        wanted[cells_] = torch.from_numpy(np.concatenate([tags.tags[batch[k]] for k in worded]))
        shape = (len(worded), longest)
        return head.field.loss(
            emissions.view(*shape, size), wanted.view(shape), torch.tensor(lengths)
        )

    def learned(self, recipe: Recipe) -> Learned:
        with torch.no_grad():
            classes = recipe.scale * functional.normalize(self.classes, dim=-1)
            tags = [
                TagWeights(
                    head.linear.numpy().copy(),
                    (head.table * (1 - recipe.forgotten)).numpy(),
                    head.field.transitions.numpy().copy(),
                )
                for head in self.heads
            ]
            weights = {name: each.detach().numpy().copy() for name, each in self.weights.items()}
        return Learned(weights, classes.numpy(), tags)


def _contrast(vectors: Any, wanted: Any) -> Any:
    """Return how unlike the texts of one class are, compared with those of others in the batch.

    The supervised contrastive loss of Khosla et al. 2020.
    """
    size = len(wanted)
    same = (wanted[:, None] == wanted[None]).float().fill_diagonal_(0.0)
    same = same * (wanted >= 0)[:, None]
    likeness = vectors @ vectors.T / SHARPNESS - 1e4 * torch.eye(size)
    likely = (functional.log_softmax(likeness, dim=1) * same).sum(dim=1)
    counts = same.sum(dim=1)
    return -(likely / counts.clamp_min(1)).sum() / (counts > 0).sum().clamp_min(1)


def _batches(which: Numbers, recipe: Recipe, random: np.random.Generator) -> Iterator[Numbers]:
    for _ in range(recipe.epochs):
        order = random.permutation(which)
        for start in range(0, len(which), recipe.batch):
            yield order[start : start + recipe.batch]


def _reduced() -> Any:
    """Compute in bfloat16 where the processor multiplies it, else in float32."""
    if torch.cpu._is_avx512_bf16_supported():
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return nullcontext()
