"""The network: the encoder's upper layers, a vector a class, and what tells tags."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from bespeak.message import Array
from bespeak.networks import transformer
from bespeak.networks.fields import Field
from bespeak.networks.packing import Packed, packed
from bespeak.networks.task import Frame, Learned, Numbers, Recipe, Tags, TagWeights, Texts

SHARPNESS = 0.1  # of the contrast between texts: the less, the more the nearest count


class Head:
    """What one layer of tags is told by."""

    def __init__(self, tags: Tags, width: int) -> None:
        size = len(tags.order.first)
        self.linear = torch.zeros(2 * width, size, requires_grad=True)
        self.table = torch.zeros(tags.attributes, size, requires_grad=True)
        self.field = Field(tags.order)


class Model:
    def __init__(self, weights: dict[str, Any], frame: Frame, classes: Any, heads: list[Head]):
        self.weights = weights
        self.frame = frame
        self.classes = classes
        self.heads = heads

    @classmethod
    def of(
        cls, weights: Mapping[str, Array], frame: Frame, classes: Array, tags: Sequence[Tags]
    ) -> "Model":
        width = classes.shape[1]
        return cls(
            {  # what layers share belongs to the lower ones as well, and stays as it is
                name: torch.tensor(each, requires_grad=name.startswith("encoder.layer."))
                for name, each in weights.items()
            },
            frame,
            torch.tensor(classes, requires_grad=True),
            [Head(each, width) for each in tags],
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
                loss = loss + recipe.contrast * contrast(vectors, wanted)
        for head, tags in zip(self.heads, texts.tags, strict=True):
            nll = self._tag_loss(head, tags, texts.pieces, batch, grid, base, top, recipe, random)
            loss = loss + recipe.tag_weight * nll / len(batch)
        return loss

    def _tag_loss(
        self,
        head: Head,
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


def contrast(vectors: Any, wanted: Any) -> Any:
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
