"""Train a conditional random field with CRFsuite, and take the weights out of it.

This module imports `pycrfsuite` and is loaded by name while a model trains. What comes out is a
`Crf`: neither CRFsuite nor its file format is needed to serve it.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite

from bespeak.message import Array
from bespeak.nlu.crf_model import Crf


def fit(
    sequences: Sequence[Sequence[Sequence[str]]],
    vectors: Sequence[Array] | None,
    tags: Sequence[Sequence[str]],
    *,
    options: Mapping[str, float] | None = None,
) -> Crf:
    """Learn from tokens' attributes, their vectors (L, D) a text where there are any, their tags.

    `options` are those of CRFsuite's L-BFGS: `c1`, `c2` (the weights of the L1 and L2 penalties),
    `max_iterations`. Its other ways to learn are no choice: they draw from the process's random
    numbers, so that nothing could be learned twice alike.
    """
    # CRFsuite sees numbers for names: its dump, which the weights are read from, is a text that
    # words with blanks, arrows or zero bytes would break.
    labels = {tag: i for i, tag in enumerate(sorted({tag for wanted in tags for tag in wanted}))}
    names: dict[str, int] = {}
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(dict(options or {}))
    for i, (tokens, wanted) in enumerate(zip(sequences, tags, strict=True)):
        if not wanted:
            continue
        items = [
            {f"a{names.setdefault(attribute, len(names))}": 1.0 for attribute in token}
            for token in tokens
        ]
        if vectors is not None:
            for item, row in zip(items, vectors[i].tolist(), strict=True):
                item.update((f"d{d}", value) for d, value in enumerate(row))
        numbers = [str(labels[tag]) for tag in wanted]
        trainer.append(pycrfsuite.ItemSequence(items), numbers)
    width = vectors[0].shape[1] if vectors else 0
    with tempfile.TemporaryDirectory() as place:
        path = str(Path(place) / "model.crfsuite")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        with tagger.open(path):
            return _taken_out(tagger.info(), tuple(labels), list(names), width)


def _taken_out(
    learned: Any,
    labels: tuple[str, ...],
    names: Sequence[str],
    width: int,
) -> Crf:
    transitions = np.zeros((len(labels), len(labels)), np.float32)
    for (before, after), weight in learned.transitions.items():
        transitions[int(before), int(after)] = weight
    dense = np.zeros((width, len(labels)), np.float32)
    rows: dict[int, list[tuple[int, float]]] = {}
    for (attribute, label), weight in learned.state_features.items():
        if attribute[0] == "d":
            dense[int(attribute[1:]), int(label)] = weight
        elif weight:
            rows.setdefault(int(attribute[1:]), []).append((int(label), weight))
    used = sorted(rows, key=lambda row: names[row])
    return Crf(
        labels=labels,
        transitions=transitions,
        attributes={names[row]: i for i, row in enumerate(used)},
        indptr=np.cumsum([0, *(len(rows[row]) for row in used)]).astype(np.int64),
        columns=np.array([label for row in used for label, _ in rows[row]], np.int64),
        values=np.array([weight for row in used for _, weight in rows[row]], np.float32),
        dense=dense,
        centre=np.zeros(width, np.float32),
    )
