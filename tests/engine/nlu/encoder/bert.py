"""A BERT of a few thousand numbers, as the hub would publish it, and what it should compute."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

Array = NDArray[np.float32]

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz!?.,", "hello", "play"]
WORDS += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + ["##ing", "cafe", "世"]

DISTILBERT = {
    "encoder.layer": "transformer.layer",
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    ".output.dense": ".ffn.lin2",
    ".output.LayerNorm": ".output_layer_norm",
    "hidden_size": "dim",
    "num_attention_heads": "n_heads",
    "num_hidden_layers": "n_layers",
    "hidden_act": "activation",
}
MPNET = {
    "attention.self.query": "attention.attn.q",
    "attention.self.key": "attention.attn.k",
    "attention.self.value": "attention.attn.v",
    "attention.output.dense": "attention.attn.o",
    "attention.output.LayerNorm": "attention.LayerNorm",
}
NAMES = {"distilbert": DISTILBERT, "mpnet": MPNET}
"""Of tensors and of the configuration, in the order in which they are to be replaced."""
FROM_PADDING = ("roberta", "xlm-roberta", "mpnet")
BUCKETS = "encoder.relative_attention_bias.weight"


def publish(
    folder: Path,
    *,
    hidden: int = 32,
    heads: int = 4,
    layers: int = 3,
    positions: int = 64,
    kind: str = "bert",
    prefix: str = "",
    config: Mapping[str, object] | None = None,
) -> Path:
    """Write an encoder with random weights into `folder`, with the files of the hub.

    `kind` is its `model_type`, which decides what tensors and options are called.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), hidden),
        "embeddings.position_embeddings.weight": (positions, hidden),
        "embeddings.token_type_embeddings.weight": (2, hidden),
        "embeddings.LayerNorm.weight": (hidden,),
        "embeddings.LayerNorm.bias": (hidden,),
        "pooler.dense.weight": (hidden, hidden),
    }
    for i in range(layers):
        layer = f"encoder.layer.{i}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes[f"{layer}attention.{part}.weight"] = (hidden, hidden)
            shapes[f"{layer}attention.{part}.bias"] = (hidden,)
        shapes[f"{layer}intermediate.dense.weight"] = (4 * hidden, hidden)
        shapes[f"{layer}intermediate.dense.bias"] = (4 * hidden,)
        shapes[f"{layer}output.dense.weight"] = (hidden, 4 * hidden)
        shapes[f"{layer}output.dense.bias"] = (hidden,)
        for part in ("attention.output", "output"):
            shapes[f"{layer}{part}.LayerNorm.weight"] = (hidden,)
            shapes[f"{layer}{part}.LayerNorm.bias"] = (hidden,)
    if kind in NAMES:
        del shapes["embeddings.token_type_embeddings.weight"]
    if kind == "mpnet":
        shapes[BUCKETS] = (32, heads)
    weights = {
        prefix + _called(name, kind): random.normal(
            1.0 if name.endswith("LayerNorm.weight") else 0.0,
            2.0 if name == BUCKETS else 0.2,
            shape,
        ).astype(np.float32)
        for name, shape in shapes.items()
    }
    save_file(weights, folder / "model.safetensors")
    settings = {
        "model_type": kind,
        _called("hidden_size", kind): hidden,
        _called("num_attention_heads", kind): heads,
        _called("num_hidden_layers", kind): layers,
        "max_position_embeddings": positions,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 1 if kind in FROM_PADDING else 0,
        _called("hidden_act", kind): "gelu",
        **(config or {}),
    }
    (folder / "config.json").write_text(json.dumps(settings))
    tokenizer = Tokenizer(WordPiece({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(length=16)  # as published ones have, and nobody wants here
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _called(name: str, kind: str) -> str:
    for bert, own in NAMES.get(kind, {}).items():
        name = name.replace(bert, own)
    return name


def hidden_states(folder: Path, ids: NDArray[np.int64]) -> list[Array]:
    """Return the hidden states after the embeddings and each layer, by the textbook, in float32."""
    config = json.loads((folder / "config.json").read_text())
    kind, epsilon = config["model_type"], config["layer_norm_eps"]
    heads = config[_called("num_attention_heads", kind)]
    weights = load_file(folder / "model.safetensors")
    first = config["pad_token_id"] + 1 if kind in FROM_PADDING else 0

    def linear(name: str, x: Array) -> Array:
        own = _called(name, kind)
        product: Array = x @ weights[f"{own}.weight"].T + weights[f"{own}.bias"]
        return product

    def normalised(name: str, x: Array) -> Array:
        own = _called(name, kind)
        centred = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
        scaled: Array = centred / spread * weights[f"{own}.weight"] + weights[f"{own}.bias"]
        return scaled

    def split(x: Array) -> Array:
        return x.reshape(len(ids), heads, -1).transpose(1, 0, 2)

    gelu = np.vectorize(lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2))), otypes=[np.float32])
    table = "embeddings."
    x = weights[f"{table}word_embeddings.weight"][ids]
    x = x + weights[f"{table}position_embeddings.weight"][first : first + len(ids)]
    if (kinds := weights.get(f"{table}token_type_embeddings.weight")) is not None:
        x = x + kinds[0]
    x = normalised(f"{table}LayerNorm", x)
    states = [x]
    buckets = np.array([[bucket(j - i) for j in range(len(ids))] for i in range(len(ids))])
    for i in range(config[_called("num_hidden_layers", kind)]):
        layer = f"encoder.layer.{i}"
        query, key, value = (
            split(linear(f"{layer}.attention.self.{part}", x)) for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        if kind == "mpnet":
            scores = scores + weights[BUCKETS][buckets].transpose(2, 0, 1)
        odds = np.exp(scores - scores.max(-1, keepdims=True))
        seen = (odds / odds.sum(-1, keepdims=True)) @ value
        seen = seen.transpose(1, 0, 2).reshape(len(ids), -1)
        mixed = linear(f"{layer}.attention.output.dense", seen)
        x = normalised(f"{layer}.attention.output.LayerNorm", x + mixed)
        wide = gelu(linear(f"{layer}.intermediate.dense", x))
        x = normalised(f"{layer}.output.LayerNorm", x + linear(f"{layer}.output.dense", wide))
        states.append(x)
    return states


def bucket(distance: int) -> int:
    """Return the number of a token's bias in MPNet: the other stands `distance` behind it."""
    far = abs(distance)
    number = far
    if far >= 8:
        number = min(8 + int(math.log(far / 8) / math.log(128 / 8) * 8), 15)
    return number + 16 if distance > 0 else number
