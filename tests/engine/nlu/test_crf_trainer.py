import tempfile

import numpy as np
import pycrfsuite
import pytest

from bespeak.nlu.crf_trainer import fit

WORDS = (
    ("to", "Rome", "now"),
    ("to", "New", "York", "now"),
    ("from", "Oslo"),
    ("hello",),
    ("odd \x00 --> (1) words\n", "Rome"),
)
TAGS = (
    ("O", "U-city", "O"),
    ("O", "B-city", "L-city", "O"),
    ("O", "U-city"),
    ("O",),
    ("O", "U-city"),
)


def seen(words: tuple[str, ...]) -> list[list[str]]:
    before = ("", *words)
    return [["bias", f"w={word}", f"-1:{before[i]}"] for i, word in enumerate(words)]


def test_it_learns_the_tags() -> None:
    sequences = [seen(words) for words in WORDS]
    crf = fit(sequences, None, TAGS, options={"c2": 0.05})
    for words, tags in zip(WORDS, TAGS, strict=True):
        path = crf.decode(crf.emissions(seen(words)))
        assert [crf.labels[label] for label in path] == list(tags)


def test_the_weights_are_crfsuites() -> None:
    texts = [words for words in WORDS if "\x00" not in words[0]]
    tags = [row for words, row in zip(WORDS, TAGS, strict=True) if "\x00" not in words[0]]
    vectors = [np.random.default_rng(i).normal(size=(len(t), 2)) for i, t in enumerate(texts)]
    crf = fit(
        [seen(words) for words in texts],
        [rows.astype(np.float32) for rows in vectors],
        tags,
        options={"c1": 0.0, "c2": 0.1, "max_iterations": 40},
    )
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.0, "c2": 0.1, "max_iterations": 40})
    for words, rows, row in zip(texts, vectors, tags, strict=True):
        items = [
            {**dict.fromkeys(names, 1.0), "d0": float(a), "d1": float(b)}
            for names, (a, b) in zip(seen(words), rows.astype(np.float32), strict=True)
        ]
        trainer.append(pycrfsuite.ItemSequence(items), list(row))
    with tempfile.TemporaryDirectory() as place:
        trainer.train(f"{place}/model")
        tagger = pycrfsuite.Tagger()
        with tagger.open(f"{place}/model"):
            learned = tagger.info()
    for (before, after), weight in learned.transitions.items():
        a, b = crf.labels.index(before), crf.labels.index(after)
        assert crf.transitions[a, b] == pytest.approx(weight, abs=1e-3)
    for (attribute, label), weight in learned.state_features.items():
        at = crf.labels.index(label)
        if attribute in ("d0", "d1"):
            assert crf.dense[int(attribute[1]), at] == pytest.approx(weight, abs=1e-3)
        else:
            entries = slice(*crf.indptr[crf.attributes[attribute] :][:2])
            columns, values = crf.columns[entries].tolist(), crf.values[entries].tolist()
            ours = dict(zip(columns, values, strict=True))
            assert ours.get(at, 0.0) == pytest.approx(weight, abs=1e-3)


def test_the_same_data_give_the_same_weights() -> None:
    one, other = (fit([seen(words) for words in WORDS], None, TAGS) for _ in range(2))
    assert np.array_equal(one.values, other.values)
    assert one.attributes == other.attributes
