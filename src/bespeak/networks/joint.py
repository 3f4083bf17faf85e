"""Fine-tune an encoder's upper layers on intents and entities at once.

Intents are told by the cosine between a text's vector and one vector a class; tags by a linear
layer on each word's first piece, after the fine-tuned layers and before them, by a table of the
word's attributes, and by a conditional random field.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bespeak.message import Array
from bespeak.networks import transformer
from bespeak.networks.model import Model
from bespeak.networks.packing import packed
from bespeak.networks.task import Frame, Learned, Numbers, Recipe, TagWeights, Texts


def train(
    texts: Texts,
    which: Numbers,
    weights: Mapping[str, Array],
    frame: Frame,
    classes: Array,
    recipe: Recipe,
    report: Callable[[float], None],
) -> Learned:
    """Fine-tune `weights` on those texts that `which` numbers.

    It begins at the class vectors `classes` (K, H); K = 0 where there are none. The same
    arguments give the same result on the same machine, unless `recipe.seconds` ran out.
    `report` is told the share that is done, from 0 to 1.
    """
    torch.set_num_threads(recipe.threads)
    random = np.random.default_rng(recipe.seed)
    torch.manual_seed(recipe.seed)
    model = Model.of(weights, frame, classes, texts.tags)
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
    with torch.no_grad():
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

    It is about as good as asking them all (Wortsman et al. 2022, "Model soups"). The classes'
    vectors keep their length, on which scores and their calibration depend.
    """

    def mean(arrays: Sequence[Array]) -> Array:
        found: Array = np.mean(arrays, axis=0, dtype=np.float32)
        return found

    return Learned(
        weights={name: mean([run.weights[name] for run in runs]) for name in runs[0].weights},
        classes=_as_long([run.classes for run in runs]),
        tags=[
            TagWeights(
                mean([each.dense for each in layer]),
                mean([each.table for each in layer]),
                mean([each.transitions for each in layer]),
            )
            for layer in zip(*(run.tags for run in runs), strict=True)
        ],
    )


def _as_long(runs: Sequence[Array]) -> Array:
    """Return the mean directions of vectors (K, H), as long as they were: cosines stay such."""
    sums = np.sum([run.astype(np.float64) for run in runs], axis=0)
    length = np.linalg.norm(runs[0], axis=1, keepdims=True)
    directions = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    found: Array = (directions * length).astype(np.float32)
    return found


def _batches(which: Numbers, recipe: Recipe, random: np.random.Generator) -> Iterator[Numbers]:
    for _ in range(recipe.epochs):
        order = random.permutation(which)
        for start in range(0, len(which), recipe.batch):
            yield order[start : start + recipe.batch]
