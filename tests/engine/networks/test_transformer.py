from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bespeak[torch]'")

import torch

from bespeak.networks import transformer
from bespeak.networks.packing import packed
from bespeak.nlu.encoder import tensors
from tests.engine.nlu.encoder import bert

TEXTS = [[2, 34, 5, 6, 60, 3], [2, 9, 3], [2, *range(4, 50), 3]]
LONG = [2, *range(4, 60), *range(4, 60), *range(4, 60), 3]


@pytest.mark.parametrize(
    ("kind", "given"), [("bert", TEXTS), ("mpnet", TEXTS), ("mpnet", [*TEXTS, LONG])]
)
def test_layers_compute_what_the_textbook_says_of_each_text_alone(
    tmp_path: Path, kind: str, given: list[list[int]]
) -> None:
    folder = bert.publish(tmp_path, kind=kind, positions=200)
    states = [bert.hidden_states(folder, np.array(ids)) for ids in given]
    weights = {
        name: torch.from_numpy(each)
        for name, each in tensors.read(folder / "model.safetensors", layers=range(1, 3)).items()
    }
    texts = packed([len(ids) for ids in given])
    below = torch.from_numpy(np.concatenate([each[1] for each in states]).astype("f4"))
    top = transformer.forward(below, weights, range(1, 3), 4, 1e-12, texts)
    assert np.allclose(top.numpy(), np.concatenate([each[3] for each in states]), atol=1e-4)


def test_half_the_precision_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a processor with bfloat16 does, on any."""
    monkeypatch.setattr(transformer, "reduced", lambda: torch.autocast("cpu", torch.bfloat16))
    folder = bert.publish(tmp_path)
    states = bert.hidden_states(folder, np.array(TEXTS[0]))
    weights = {
        name: torch.tensor(each, requires_grad=True)
        for name, each in tensors.read(folder / "model.safetensors", layers=range(1, 3)).items()
    }
    texts = packed([len(TEXTS[0])])
    top = transformer.forward(
        torch.from_numpy(states[1]), weights, range(1, 3), 4, 1e-12, texts, dropout=0.0
    )
    top.sum().backward()
    found = top.detach().numpy()
    cosines = (found * states[3]).sum(1) / np.linalg.norm(found, axis=1)
    assert top.dtype == torch.float32
    assert (cosines / np.linalg.norm(states[3], axis=1)).min() > 0.995
    assert all(torch.isfinite(each.grad).all() for each in weights.values())


@pytest.mark.parametrize("how", ["mean", "cls"])
def test_a_texts_vector_is_its_own(how: str) -> None:
    hidden = torch.arange(12, dtype=torch.float32).view(6, 2)
    vectors = transformer.pooled(hidden, packed([2, 4]), how).numpy()
    expected = [[1, 2], [7, 8]] if how == "mean" else [[0, 1], [4, 5]]
    assert np.allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True))
