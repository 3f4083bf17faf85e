from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from bespeak.errors import ModelError
from bespeak.nlu.crf_model import Crf
from bespeak.nlu.tagging import may_follow

LABELS = ("B-a", "I-a", "L-a", "O", "U-b")


def field() -> Crf:
    random = np.random.default_rng(3)
    return Crf(
        labels=LABELS,
        transitions=random.normal(size=(5, 5)).astype(np.float32),
        attributes={"w=x": 0, "w=y": 1, "bias": 2},
        indptr=np.array([0, 2, 2, 4]),
        columns=np.array([0, 3, 1, 4]),
        values=np.array([1.5, -1, 0.5, 2], np.float32),
        dense=random.normal(size=(3, 5)).astype(np.float32),
        centre=np.array([0.5, 0, -1], np.float32),
    )


def test_a_tokens_score_is_the_sum_of_its_attributes_and_its_vector() -> None:
    crf = field()
    vectors = np.array([[1, 2, 3], [np.nan] * 3], np.float32)
    scores = crf.emissions([["w=x", "bias", "w=unseen"], ["w=y", "bias", "bias"]], vectors)
    assert np.allclose(scores[0], [1.5, 0.5, 0, -1, 2] + (vectors[0] - crf.centre) @ crf.dense)
    assert np.allclose(scores[1], [0, 1, 0, 0, 4])


def test_the_best_path_and_the_shares_are_those_of_all_paths_that_bilou_allows() -> None:
    crf = field()
    emissions = np.random.default_rng(4).normal(size=(4, 5)).astype(np.float32) * 2
    scored = {}
    for path in product(range(5), repeat=4):
        names = ["", *(LABELS[label] for label in path), "O"]
        if all(may_follow(a, b) for a, b in pairwise(names)):
            moves = sum(crf.transitions[a, b] for a, b in pairwise(path))
            scored[path] = float(moves + sum(emissions[i, label] for i, label in enumerate(path)))
    odds = {path: np.exp(score) for path, score in scored.items()}
    whole = sum(odds.values())

    assert tuple(crf.decode(emissions)) == max(scored, key=lambda path: scored[path])
    shares = crf.marginals(emissions)
    for i in range(4):
        for label in range(5):
            exact = sum(each for path, each in odds.items() if path[i] == label) / whole
            assert shares[i, label] == pytest.approx(exact, abs=1e-5)


def test_a_long_text_does_not_overflow() -> None:
    emissions = np.random.default_rng(5).normal(size=(500, 5)).astype(np.float32) * 50
    shares = field().marginals(emissions)
    assert np.isfinite(shares).all()
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-4)


def test_no_tokens_have_no_labels() -> None:
    assert field().decode(np.zeros((0, 5), np.float32)) == []


def test_labels_of_one_name_know_each_other() -> None:
    assert field().same_name == [[0, 1, 2], [0, 1, 2], [0, 1, 2], [3], [4]]


def test_it_is_the_same_after_it_was_saved(tmp_path: Path) -> None:
    crf = field()
    crf.save(tmp_path, "entity")
    loaded = Crf.load(tmp_path, "entity")
    tokens, vectors = [["w=x", "bias"]] * 2, np.ones((2, 3), np.float32)
    assert np.array_equal(loaded.emissions(tokens, vectors), crf.emissions(tokens, vectors))
    assert np.array_equal(loaded.transitions, crf.transitions)
    assert loaded.labels == crf.labels


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    field().save(tmp_path, "entity")
    (tmp_path / "entity.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="Train the model again"):
        Crf.load(tmp_path, "entity")
