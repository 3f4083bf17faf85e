"""BERT's layers, and MPNet's, as functions of their weights, which keep BERT's names.

Attention is two products and a softmax: PyTorch's fused one is many times slower on a CPU, going
backwards over short texts.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import torch
from torch.nn import functional

from bespeak.networks.packing import Packed


def forward(
    hidden: Any,
    weights: Mapping[str, Any],
    layers: range,
    heads: int,
    epsilon: float,
    texts: Packed,
    dropout: float = 0.0,
) -> Any:
    """Return the hidden states (N, H) after these layers, of those before them, as float32.

    Where `weights` hold MPNet's `encoder.attention_bias`, it is added to each layer's scores: its
    rows are heads, its columns distances, with none in the middle.
    """
    apart = texts.apart
    if (bias := weights.get("encoder.attention_bias")) is not None:
        apart = apart + _by_distance(bias, texts.width)
    with reduced():
        for i in layers:
            start = f"encoder.layer.{i}."
            layer = {
                name.removeprefix(start): weight
                for name, weight in weights.items()
                if name.startswith(start)
            }
            attended = _attention(hidden, layer, heads, texts, apart)
            attended = functional.dropout(attended, dropout)
            hidden = _normed(hidden + attended, layer, "attention.output", epsilon)
            wide = functional.gelu(_linear(hidden, layer, "intermediate.dense"))
            narrow = functional.dropout(_linear(wide, layer, "output.dense"), dropout)
            hidden = _normed(hidden + narrow, layer, "output", epsilon)
    return hidden.float()


def reduced() -> Any:
    """Compute in bfloat16 where the processor multiplies it, else in float32."""
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return torch.autocast("cpu", torch.bfloat16) if supported() else nullcontext()


def pooled(hidden: Any, texts: Packed, how: str) -> Any:
    """Return each text's vector (B, H), of length 1: its tokens' mean, or its first token."""
    if how == "cls":
        vectors = hidden[torch.from_numpy(texts.starts)].float()
    else:
        sums = torch.zeros(len(texts.lengths), hidden.shape[1])
        vectors = sums.index_add(0, texts.owner, hidden.float()) / texts.lengths[:, None]
    return functional.normalize(vectors, dim=-1)


def _by_distance(bias: Any, width: int) -> Any:
    """Return the bias (heads, width, width) between a row's cells: tokens of one text, which lie
    side by side, are as far apart as their cells are."""
    farthest = bias.shape[1] // 2
    cells = torch.arange(width)
    distances = (cells - cells[:, None]).clamp(-farthest, farthest)
    return bias[:, distances + farthest]


def _attention(hidden: Any, layer: Mapping[str, Any], heads: int, texts: Packed, apart: Any) -> Any:
    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    weight = torch.cat([layer[f"{part}.weight"] for part in parts])
    bias = torch.cat([layer[f"{part}.bias"] for part in parts])
    size = hidden.shape[1]
    flat = functional.linear(hidden, weight, bias)
    grid = flat.new_zeros(texts.rows * texts.width, 3 * size).index_copy(0, texts.places, flat)
    shape = (texts.rows, texts.width, 3, heads, size // heads)
    query, key, value = grid.view(shape).permute(2, 0, 3, 1, 4).unbind(0)
    scores = query @ key.transpose(-1, -2) * (size // heads) ** -0.5 + apart
    mixed = (torch.softmax(scores, dim=-1) @ value.to(scores.dtype)).transpose(1, 2)
    rows = mixed.reshape(texts.rows * texts.width, size).index_select(0, texts.places)
    return _linear(rows, layer, "attention.output.dense")


def _linear(given: Any, layer: Mapping[str, Any], name: str) -> Any:
    return functional.linear(given, layer[f"{name}.weight"], layer[f"{name}.bias"])


def _normed(given: Any, layer: Mapping[str, Any], name: str, epsilon: float) -> Any:
    weight, bias = layer[f"{name}.LayerNorm.weight"], layer[f"{name}.LayerNorm.bias"]
    return functional.layer_norm(given, (given.shape[-1],), weight, bias, epsilon)
