from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import load_file, save_file

from bespeak.errors import ModelError
from bespeak.nlu.encoder import graph, tensors
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
        ("mpnet", 32, 4, 3, 2),
        ("mpnet", 48, 2, 4, 1),
    ],
)
def test_base_and_top_compute_what_the_textbook_says(
    tmp_path: Path, kind: str, hidden: int, heads: int, layers: int, split: int
) -> None:
    folder = bert.publish(tmp_path, kind=kind, hidden=hidden, heads=heads, layers=layers)
    expected = bert.hidden_states(folder, IDS)
    weights, shape = tensors.read(folder / "model.safetensors"), Shape.read(folder)

    lower = run(graph.base(weights, shape, split), ids=IDS[None])
    upper = run(graph.top(weights, shape, split), hidden_in=expected[split][None])

    assert lower.shape == (len(IDS), hidden)
    assert cosines(lower, expected[split]).min() > 0.999
    assert cosines(upper, expected[layers]).min() > 0.999
    assert np.abs(lower - expected[split]).max() < 0.15


@pytest.mark.parametrize("length", [3, 14, 62, 250])
def test_mpnet_is_as_its_publishers_have_it(tmp_path: Path, length: int) -> None:
    """Also where tokens are farther apart than the bias tells distances apart."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    folder = bert.publish(tmp_path, kind="mpnet", positions=300)
    published = load_file(folder / "model.safetensors")
    config = transformers.MPNetConfig(
        vocab_size=len(bert.WORDS),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=300,
        layer_norm_eps=1e-12,
    )
    model = transformers.MPNetModel(config, add_pooling_layer=False).eval()
    model.load_state_dict(
        {name: torch.from_numpy(each) for name, each in published.items() if "pool" not in name}
    )
    ids = np.random.default_rng(2).integers(2, len(bert.WORDS), length)
    with torch.no_grad():
        states = model(torch.from_numpy(ids)[None], output_hidden_states=True).hidden_states
    expected = [each[0].numpy() for each in states]
    assert all(
        np.allclose(own, theirs, atol=1e-4)
        for own, theirs in zip(bert.hidden_states(folder, ids), expected, strict=True)
    )

    weights, shape = tensors.read(folder / "model.safetensors"), Shape.read(folder)
    lower = run(graph.base(weights, shape, 2), ids=ids[None])
    upper = run(graph.top(weights, shape, 2), hidden_in=expected[2][None])
    assert cosines(lower, expected[2]).min() > 0.998
    assert cosines(upper, expected[3]).min() > 0.998


def test_loud_tokens_do_not_drown_the_others_in_mpnet(tmp_path: Path) -> None:
    """As in all-mpnet-base-v2, where one value is a hundred times as large as most others."""
    path = bert.publish(tmp_path, kind="mpnet") / "model.safetensors"
    published = load_file(path)
    published["encoder.layer.2.intermediate.dense.weight"][7] *= 300
    save_file(published, path)
    expected = bert.hidden_states(tmp_path, IDS)
    content = graph.top(tensors.read(path), Shape.read(tmp_path), 2)
    assert cosines(run(content, hidden_in=expected[2][None]), expected[3]).min() > 0.999


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path)
    weights, shape = tensors.read(folder / "model.safetensors"), Shape.read(folder)
    assert graph.base(weights, shape, 2) == graph.base(weights, shape, 2)


def test_int8_with_a_scale_a_column_is_off_by_half_a_step_at_most() -> None:
    matrix = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
    matrix[:, 3] *= 100
    matrix[:, 4] = 0
    values, scales = graph.quantised(matrix, axis=0)
    assert (np.abs(values * scales - matrix) <= scales / 2 + 1e-6).all()
    assert scales.shape == (1, 5)


def test_weights_that_do_not_fit_the_configuration_are_refused(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path, config={"num_hidden_layers": 7})
    with pytest.raises(ModelError, match=r"encoder\.layer\.3"):
        graph.build(folder, Shape.read(folder), 2, tmp_path)
