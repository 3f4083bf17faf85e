from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from bespeak.errors import ModelError
from bespeak.nlu.encoder import graph, tensors
from bespeak.nlu.encoder.shape import Shape
from tests.engine.nlu.encoder import bert


@pytest.mark.parametrize("prefix", ["bert.", "roberta.", "distilbert.", "mpnet.", "0.auto_model."])
def test_tensors_are_found_under_the_names_that_exporters_give_them(
    tmp_path: Path, prefix: str
) -> None:
    plain = tensors.read(bert.publish(tmp_path / "plain") / "model.safetensors")
    prefixed = tensors.read(bert.publish(tmp_path / "named", prefix=prefix) / "model.safetensors")
    assert plain.keys() == prefixed.keys()
    assert "pooler.dense.weight" not in plain


def test_only_the_upper_layers_are_read_where_only_they_are_trained(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path)
    upper = tensors.read(folder / "model.safetensors", layers=range(2, 3))
    assert {name.split(".")[2] for name in upper} == {"2"}
    assert graph.top(upper, Shape.read(folder), 2)


def test_a_file_of_other_tensors_is_refused(tmp_path: Path) -> None:
    save_file({"speech.weight": np.zeros(3, np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"no BERT encoder.*speech\.weight"):
        tensors.read(tmp_path / "model.safetensors")


def test_mpnets_are_called_as_berts_and_its_bias_is_read_with_any_of_its_layers(
    tmp_path: Path,
) -> None:
    own = tensors.read(bert.publish(tmp_path / "own", kind="mpnet") / "model.safetensors")
    other = tensors.read(bert.publish(tmp_path / "other") / "model.safetensors")
    assert own.keys() - other.keys() == {tensors.DISTANCES}
    assert other.keys() - own.keys() == {"embeddings.token_type_embeddings.weight"}
    upper = tensors.read(tmp_path / "own" / "model.safetensors", layers=range(2, 3))
    assert np.array_equal(upper[tensors.DISTANCES], own[tensors.DISTANCES])
    assert {name for name in upper if not name.startswith("encoder.layer.2.")} == {
        tensors.DISTANCES
    }


def test_each_distance_has_the_bias_of_its_bucket() -> None:
    buckets = np.arange(64, dtype=np.float32).reshape(32, 2)
    bias = tensors.by_distance(buckets)
    assert bias.shape == (2, 257)
    for cell, distance in enumerate(range(-128, 129)):
        assert bias[:, cell].tolist() == buckets[bert.bucket(distance)].tolist()
    for beyond in (129, 500):  # ends go on
        assert bert.bucket(beyond) == bert.bucket(128)
        assert bert.bucket(-beyond) == bert.bucket(-128)


def test_mpnet_without_its_bias_or_with_another_is_refused(tmp_path: Path) -> None:
    path = bert.publish(tmp_path, kind="mpnet") / "model.safetensors"
    published = load_file(path)
    save_file({**published, bert.BUCKETS: np.zeros((64, 4), np.float32)}, path)
    with pytest.raises(ModelError, match=f"'{bert.BUCKETS}' has 64 rows; only 32 are known"):
        tensors.read(path)
    del published[bert.BUCKETS]
    save_file(published, path)
    for layers in (None, range(2, 3)):
        with pytest.raises(ModelError, match=f"MPNet encoder without the tensor '{bert.BUCKETS}'"):
            tensors.read(path, layers=layers)
