from pathlib import Path

import numpy as np
import pytest

from bespeak.errors import ModelError
from bespeak.nlu.encoder import graph, tensors
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.encoder.top import FILE, Top


@pytest.fixture
def content(published: Path, tiny: Encoder) -> bytes:
    """The upper layers as they were published, but for a norm that turns all signs."""
    layers = range(tiny.split, tiny.shape.layers)
    weights = tensors.read(published / "model.safetensors", layers=layers)
    for part in ("weight", "bias"):
        weights[f"encoder.layer.{layers[-1]}.output.LayerNorm.{part}"] *= -1
    return graph.top(weights, tiny.shape, tiny.split)


def test_other_layers_go_on_where_the_lower_ones_ended(tiny: Encoder, content: bytes) -> None:
    begun = tiny.begin("hello playing")
    own, published = tiny.finish(begun, Top(content).session), tiny.finish(begun)
    assert np.array_equal(own.base, published.base)
    assert np.allclose(own.top, -published.top, atol=1e-5)
    assert np.allclose(own.sentence, -published.sentence, atol=1e-5)


def test_they_are_the_same_after_they_were_saved(
    tiny: Encoder, content: bytes, tmp_path: Path
) -> None:
    top, folder = Top(content), tmp_path / "saved"
    folder.mkdir()
    assert Top.load(folder) is None
    top.save(folder)
    loaded = Top.load(folder)
    assert loaded is not None
    begun = tiny.begin("hello")
    same = tiny.finish(begun, loaded.session)
    assert np.array_equal(tiny.finish(begun, top.session).top, same.top)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="Train the model again"):
        Top.load(tmp_path)
