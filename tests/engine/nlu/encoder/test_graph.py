from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import save_file

from bespeak.errors import ModelError
from bespeak.nlu.encoder import graph
from bespeak.nlu.encoder.encoder import session_options
from bespeak.nlu.encoder.shape import Shape
from tests.engine.nlu.encoder import bert

IDS = np.array([2, 34, 5, 6, 60, 3], dtype=np.int64)


def run(model: bytes, **given: object) -> bert.Array:
    [hidden] = onnxruntime.InferenceSession(model, session_options()).run(None, given)
    states: bert.Array = hidden[0]
    return states


def cosines(a: bert.Array, b: bert.Array) -> bert.Array:
    similar: bert.Array = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return similar


@pytest.mark.parametrize(
    ("kind", "hidden", "heads", "layers", "split"),
    [
        ("bert", 32, 4, 3, 2),
        ("bert", 48, 2, 4, 1),
        ("xlm-roberta", 32, 4, 3, 2),
        ("roberta", 32, 2, 3, 1),
        ("distilbert", 32, 4, 3, 2),
    ],
)
def test_base_and_top_compute_what_the_textbook_says(
    tmp_path: Path, kind: str, hidden: int, heads: int, layers: int, split: int
) -> None:
    folder = bert.publish(tmp_path, kind=kind, hidden=hidden, heads=heads, layers=layers)
    expected = bert.hidden_states(folder, IDS)
    tensors, shape = graph.read(folder / "model.safetensors"), Shape.read(folder)

    lower = run(graph.base(tensors, shape, split), ids=IDS[None])
    upper = run(graph.top(tensors, shape, split), hidden_in=expected[split][None])

    assert lower.shape == (len(IDS), hidden)
    assert cosines(lower, expected[split]).min() > 0.999
    assert cosines(upper, expected[layers]).min() > 0.999
    assert np.abs(lower - expected[split]).max() < 0.15


@pytest.mark.parametrize("prefix", ["bert.", "roberta.", "distilbert.", "0.auto_model."])
def test_tensors_are_found_under_the_names_that_exporters_give_them(
    tmp_path: Path, prefix: str
) -> None:
    plain = graph.read(bert.publish(tmp_path / "plain") / "model.safetensors")
    prefixed = graph.read(bert.publish(tmp_path / "named", prefix=prefix) / "model.safetensors")
    assert plain.keys() == prefixed.keys()
    assert "pooler.dense.weight" not in plain


def test_only_the_upper_layers_are_read_where_only_they_are_trained(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path)
    upper = graph.read(folder / "model.safetensors", layers=range(2, 3))
    assert {name.split(".")[2] for name in upper} == {"2"}
    assert graph.top(upper, Shape.read(folder), 2)


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path)
    tensors, shape = graph.read(folder / "model.safetensors"), Shape.read(folder)
    assert graph.base(tensors, shape, 2) == graph.base(tensors, shape, 2)


def test_int8_with_a_scale_a_column_is_off_by_half_a_step_at_most() -> None:
    matrix = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
    matrix[:, 3] *= 100
    matrix[:, 4] = 0
    values, scales = graph.quantised(matrix, axis=0)
    assert (np.abs(values * scales - matrix) <= scales / 2 + 1e-6).all()
    assert scales.shape == (1, 5)


def test_a_file_of_other_tensors_is_refused(tmp_path: Path) -> None:
    save_file({"speech.weight": np.zeros(3, np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"no BERT encoder.*speech\.weight"):
        graph.read(tmp_path / "model.safetensors")


def test_weights_that_do_not_fit_the_configuration_are_refused(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path, config={"num_hidden_layers": 7})
    with pytest.raises(ModelError, match=r"encoder\.layer\.3"):
        graph.build(folder, Shape.read(folder), 2, tmp_path)
