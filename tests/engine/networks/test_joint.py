from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bespeak[torch]'")

from bespeak.message import Array
from bespeak.networks.fields import Order
from bespeak.networks.joint import averaged, scores, train
from bespeak.networks.task import Frame, Learned, Recipe, Tags, Texts
from bespeak.nlu.encoder import tensors
from tests.engine.nlu.encoder import bert

FRAME = Frame(range(1, 3), heads=4, epsilon=1e-12, pooling="mean")
RECIPE = Recipe(epochs=6, batch=8, rate=1e-3, scale=8, dropout=0.0)
FREE = Order(np.ones((2, 2), bool), np.ones(2, bool), np.ones(2, bool))


@pytest.fixture
def weights(tmp_path: Path) -> dict[str, Array]:
    folder = bert.publish(tmp_path / "published")
    return tensors.read(folder / "model.safetensors", layers=FRAME.layers)


def texts(count: int = 48) -> Texts:
    """Texts of two classes whose states differ a little; a word is tagged 1 where it is large."""
    random = np.random.default_rng(5)
    hidden, pieces, words, tags = [], [], [], []
    for i in range(count):
        states = random.normal(size=(3 + i % 4, 32)).astype("f2")
        states[:, :8] += (i % 2) * 0.8
        hidden.append(states)
        pieces.append(np.array([1, 2, -1]))
        large = (states[1:3, 20] > 0).astype(int)
        words.append([np.array([0, 1 + int(large[0])]), np.array([0]), np.array([0])])
        tags.append(np.array([*large, 0]))
    return Texts(hidden, np.arange(count) % 2, pieces, [Tags(FREE, 3, words, tags)])


def learned(weights: dict[str, Array], recipe: Recipe = RECIPE, **changed: object) -> Learned:
    given = replace(texts(), **changed)  # type: ignore[arg-type]
    classes = np.eye(2, 32, dtype="f4")
    return train(given, np.arange(40), weights, FRAME, classes, recipe, lambda share: None)


def test_it_learns_to_tell_classes_apart(weights: dict[str, Array]) -> None:
    given = texts(120)
    classes = np.eye(2, 32, dtype="f4")
    found = train(given, np.arange(96), weights, FRAME, classes, RECIPE, lambda share: None)
    said = scores(found, given.hidden[96:], FRAME).argmax(axis=1)
    assert (said == given.intents[96:]).mean() > 0.8


def test_it_learns_tags_from_states_and_attributes(weights: dict[str, Array]) -> None:
    [tags] = learned(weights, replace(RECIPE, epochs=20)).tags
    assert tags.dense[32 + 20, 1] - tags.dense[32 + 20, 0] > 0.1
    assert tags.table[2, 1] - tags.table[2, 0] > tags.table[1, 1] - tags.table[1, 0] + 0.1
    assert not np.allclose(tags.transitions, 0)


def test_the_same_seed_gives_the_same_and_another_another(weights: dict[str, Array]) -> None:
    recipe = replace(RECIPE, dropout=0.1, contrast=0.3)
    one, same, other = (learned(weights, replace(recipe, seed=seed)) for seed in (3, 3, 4))
    for name in weights:
        assert np.array_equal(one.weights[name], same.weights[name])
    assert np.array_equal(one.tags[0].table, same.tags[0].table)
    assert not np.array_equal(one.classes, other.classes)


def test_without_time_it_ends_with_what_it_began_with(weights: dict[str, Array]) -> None:
    found = learned(weights, replace(RECIPE, seconds=1e-9))
    assert all(np.array_equal(found.weights[name], weights[name]) for name in weights)


def test_what_mpnets_layers_share_with_those_below_stays(tmp_path: Path) -> None:
    path = bert.publish(tmp_path, kind="mpnet") / "model.safetensors"
    before = tensors.read(path, layers=FRAME.layers)
    runs = [learned(before, replace(RECIPE, seed=seed)) for seed in (0, 1)]
    mean = averaged(runs)
    same = [name for name in before if np.array_equal(mean.weights[name], before[name])]
    assert same == [tensors.DISTANCES]
    assert mean.weights.keys() == before.keys()


def test_it_reports_how_far_it_is(weights: dict[str, Array]) -> None:
    told: list[float] = []
    classes = np.eye(2, 32, dtype="f4")
    train(texts(), np.arange(40), weights, FRAME, classes, RECIPE, told.append)
    assert told == sorted(told)
    assert len(told) == RECIPE.epochs * 5
    assert told[0] == 0 and told[-1] < 1


def test_texts_without_a_class_are_learned_from_all_the_same(weights: dict[str, Array]) -> None:
    none = np.full(48, -1)
    found = learned(weights, intents=none)
    assert not np.array_equal(found.tags[0].dense, np.zeros((64, 2)))
    assert np.isfinite(found.classes).all()


def test_there_need_be_no_classes(weights: dict[str, Array]) -> None:
    given = replace(texts(), intents=np.full(48, -1))
    empty = np.zeros((0, 32), "f4")
    found = train(given, np.arange(40), weights, FRAME, empty, RECIPE, lambda share: None)
    assert found.classes.shape == (0, 32)


def test_the_mean_of_runs_lies_between_them(weights: dict[str, Array]) -> None:
    one, other = (learned(weights, replace(RECIPE, seed=seed)) for seed in (0, 1))
    mean = averaged([one, other])
    between = one.classes + other.classes
    cosines = (mean.classes * between).sum(1) / RECIPE.scale / np.linalg.norm(between, axis=1)
    assert np.allclose(cosines, 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(mean.classes, axis=1), RECIPE.scale)
    assert np.allclose(mean.tags[0].dense, (one.tags[0].dense + other.tags[0].dense) / 2)
