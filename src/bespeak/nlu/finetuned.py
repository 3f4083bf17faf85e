"""Fine-tune the encoder's upper layers on a project's intents and entities.

Loaded by name while a model trains; it needs PyTorch (`bespeak.networks`).

The layers are trained several times from the same start: at last on all texts, before on all but
a part, another each time. The mean of the results serves. What each says of the part that it has
not seen shows how far its scores, and those of a linear model on all other features, are to be
trusted: the two are added with the weights that make the left-out labels likeliest. Where texts
are many, one run without a twentieth of them has to do, unless more is to be spent.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bespeak.errors import ModelError
from bespeak.message import Array, base
from bespeak.networks import joint
from bespeak.networks.task import Frame, Learned, Recipe, Texts
from bespeak.nlu.classifier import Classifier
from bespeak.nlu.diet_model import DietModel, look
from bespeak.nlu.diet_trainer import Task
from bespeak.nlu.encoder import graph, tensors, weights
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.encoder.top import Top
from bespeak.nlu.extents import Extents
from bespeak.nlu.finetuned_tags import Layer, layers
from bespeak.nlu.intent_head import IntentHead, calibrated, doubt
from bespeak.nlu.intent_trainer import Linear, cross_validated
from bespeak.nlu.presets import Budget, Preset, Progress
from bespeak.nlu.recipes import planned
from bespeak.nlu.sentence_features import SentenceFeatures
from bespeak.nlu.tagger import Tagger
from bespeak.nlu.tagger_trainer import too_much

FOLDS = 10  # into which the texts are parted, where they are few
LEFT_OUT = 2  # of them in each run but the last: fewer texts would say too little
SHARES = np.geomspace(0.05, 2, 20)  # among which the weights of the two models' scores are chosen


def train(
    task: Task, encoder: Encoder, preset: Preset, budget: Budget, report: Progress
) -> DietModel:
    """Learn intents, and entities where some are annotated."""
    plan = planned(task, preset)
    encoder = encoder.parted(plan.upper)
    recipe = replace(plan.recipe, threads=budget.threads, seed=budget.seed)
    clock = _Clock(budget.seconds, plan.runs, report)
    tags = _layers(task)
    hidden, general, pieces = _read(task, encoder, with_pieces=bool(tags))
    linear = _Beside.learned(task, general) if any(task.labels) else None
    texts = Texts(
        hidden=hidden,
        intents=linear.numbers if linear else np.full(len(hidden), -1),
        pieces=pieces,
        tags=[layer.tags for layer in tags],
    )
    tuning = _Tuning(encoder, recipe, clock)
    found, left_out = tuning.learned(texts, general, linear.folds if linear else None, plan.runs)
    classifier = linear.joined(found.classes, left_out) if linear else None
    fields = [layer.field(each) for layer, each in zip(tags, found.tags, strict=True)]
    return DietModel(
        encoder=encoder,
        top=Top(graph.top(found.weights, encoder.shape, encoder.split)),
        classifier=classifier,
        tagger=Tagger(
            {layer.name: crf for layer, crf in zip(tags, fields, strict=True)},
            Extents.learned(task.examples, task.annotated),
        ),
        general=task.general or linear is not None,
    )


class _Clock:
    """The time that a user allows, over several runs."""

    def __init__(self, seconds: float | None, runs: int, report: Progress) -> None:
        self.began = time.perf_counter()
        self.seconds = seconds
        self.runs = runs
        self.report = report

    def left(self) -> float:
        """Return the seconds that may still be spent."""
        if self.seconds is None:
            return float("inf")
        return max(self.seconds - (time.perf_counter() - self.began), 0.0)

    def room(self, run: int) -> float:
        """Return the seconds for a run: an equal part of what is left."""
        return max(self.left() / (self.runs - run), 0.1)

    def tell(self, run: int, began: float, share: float) -> None:
        """Report that a share of a run is done, which began at that time."""
        if share:
            each = (time.perf_counter() - began) / share
            seconds = each * (self.runs - run - share)
            self.report((run + share) / self.runs, min(seconds, self.left()))


@dataclass(frozen=True, slots=True)
class _Tuning:
    encoder: Encoder
    recipe: Recipe
    clock: _Clock

    def learned(
        self,
        texts: Texts,
        general: Array,
        folds: NDArray[np.int64] | None,
        runs: int,
    ) -> tuple[Learned, Array]:
        """Return the mean of all runs, and each text's scores by the run that did not see it.

        Scores are NaN for texts that all have seen; `folds` (N,) are -1 for those to see.
        """
        encoder = self.encoder
        layers = range(encoder.split, encoder.shape.layers)
        shape = encoder.shape
        frame = Frame(layers, shape.heads, shape.epsilon, shape.pooling)
        begin = tensors.read(_weights_of(encoder), layers=layers)
        count = int(texts.intents.max()) + 1
        scores = np.full((len(general), count), np.nan, np.float32)
        readable = np.array([len(states) > 0 for states in texts.hidden])
        found = []
        for run in range(runs):
            began = time.perf_counter()
            seconds = self.clock.room(run)
            out = np.zeros(len(general), bool)
            if folds is not None and (run < runs - 1 or runs == 1):
                out = folds // LEFT_OUT == run
                out &= np.isin(texts.intents, texts.intents[~out])  # each class has to be learned
            # What is left out may not shape the classes either, or it would seem familiar.
            classes = _prototypes(np.where(out, -1, texts.intents), general, count)
            recipe = replace(self.recipe, seed=self.recipe.seed + run, seconds=seconds)
            learned = joint.train(
                texts,
                np.flatnonzero(~out & readable),
                begin,
                frame,
                classes,
                recipe,
                partial(self.clock.tell, run, began),
            )
            found.append(learned)
            asked = np.flatnonzero(out & readable).tolist()
            if asked:
                states = [texts.hidden[i] for i in asked]
                scores[asked] = joint.scores(learned, states, frame)
        return joint.averaged(found), scores


@dataclass(frozen=True, slots=True)
class _Beside:
    """A linear model on the encoder's own vectors and all other features.

    `chosen` are the texts with an intent. `numbers` (N,) are all texts' classes, -1 without one;
    `folds` (N,) the parts in which it left them out, -1 for those that it never did.
    """

    features: SentenceFeatures
    linear: Linear
    chosen: Sequence[int]
    numbers: NDArray[np.int64]
    folds: NDArray[np.int64]

    @classmethod
    def learned(cls, task: Task, general: Array) -> "_Beside":
        chosen = task.chosen
        messages = [task.examples[i].message for i in chosen]
        features = SentenceFeatures.learned(messages, general.shape[1], task.featurizers)
        rows = [features.row(m, general[i]) for i, m in zip(chosen, messages, strict=True)]
        labels = [str(task.labels[i]) for i in chosen]
        linear = cross_validated(rows, labels, features.sparse_width, base, folds=FOLDS)
        numbers, folds = np.full((2, len(task.labels)), -1)
        numbers[chosen] = linear.wanted
        folds[chosen] = np.where(np.isnan(linear.left_out[:, 0]), -1, linear.folds)
        return cls(features, linear, chosen, numbers, folds)

    def joined(self, classes: Array, scores: Array) -> Classifier:
        """Return the classifier that adds both models' scores: it is told both vectors.

        `scores` (N, K) are the network's of left-out texts, NaN where there are none.
        """
        head, wanted = self.linear.head, self.linear.wanted
        mine, other = scores[list(self.chosen)], self.linear.left_out
        both = np.flatnonzero(~np.isnan(mine[:, 0]) & ~np.isnan(other[:, 0]))
        own, beside = _weights(mine[both], other[both], wanted[both], head.owners)
        joined = IntentHead(
            head.labels,
            np.concatenate([own * classes.T, beside * head.dense]),
            beside * head.sparse,
            beside * head.bias,
        )
        if len(both):
            joined = calibrated(joined, own * mine[both] + beside * other[both], wanted[both])
        self.features.vector += classes.shape[1]
        return Classifier(self.features, joined)


def _weights_of(encoder: Encoder) -> Path:
    if encoder.source is None:
        raise ModelError("An encoder from a model's archive has no weights to go on training.")
    return encoder.source / weights.WEIGHTS


def _weights(
    own: Array, beside: Array, wanted: NDArray[np.int64], owners: NDArray[np.int64]
) -> tuple[float, float]:
    """Return the weights of two models' scores that make the wanted classes' labels likeliest."""
    if not len(wanted):
        return 0.5, 0.5
    losses = {
        (float(a), float(b)): doubt(a * own + b * beside, wanted, owners)
        for a in SHARES
        for b in SHARES
    }
    return min(losses, key=lambda pair: losses[pair])


def _layers(task: Task) -> list[Layer]:
    if not any(task.annotated):
        return []
    bilou = task.bilou and not too_much(task.examples, task.annotated)
    return layers(task.examples, task.annotated, look, bilou=bilou)


def _read(
    task: Task, encoder: Encoder, *, with_pieces: bool
) -> tuple[list[NDArray[np.float16]], Array, list[NDArray[np.int64]]]:
    """Return each text's states after BASE, the encoder's own vectors (N, H), the words' rows.

    States are kept at half precision: they are most of the memory, and precise enough.
    """
    hidden, vectors, pieces = [], [], []
    for example in task.examples:
        begun = encoder.begin(example.message.text)
        hidden.append(begun.base.astype(np.float16))
        vectors.append(encoder.finish(begun).sentence)
        if with_pieces:
            spans = [(token.start, token.end) for token in example.message.tokens]
            pieces.append(begun.pieces(spans))
    return hidden, np.stack(vectors), pieces


def _prototypes(numbers: NDArray[np.int64], vectors: Array, count: int) -> Array:
    """Return the mean vector of each class (`count`, H), of length 1; -1 is no class."""
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(sums, numbers[numbers >= 0], vectors[numbers >= 0])
    lengths: Array = np.linalg.norm(sums, axis=1, keepdims=True)
    means: Array = (sums / np.maximum(lengths, 1e-9)).astype(np.float32)
    return means
