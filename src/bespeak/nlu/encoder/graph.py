"""BERT weights to two int8 ONNX graphs: BASE, the lower layers, and TOP, the rest.

BASE is frozen and the same for every project; TOP may be fine-tuned, and is then built by the
same `top`. Matrices are int8 with one scale a column (word embeddings: a row), activations are
quantised at run time with one scale a tensor: so a graph must see one text at a time, or a text's
vectors would depend on its neighbours. Attention, layer norms and GELU are ONNX Runtime's fused
operators (domain `com.microsoft`).

This module imports `onnx`; it is loaded by name where graphs are built, never to serve.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open

from bespeak.errors import ModelError
from bespeak.nlu.encoder.shape import Shape

Weights = Mapping[str, NDArray[Any]]

FUSED = "com.microsoft"
# Where exporters put the encoder's tensors.
PREFIXES = ("", "bert.", "roberta.", "distilbert.", "model.", "0.auto_model.")
DISTILBERT = {
    "transformer.layer.": "encoder.layer.",
    ".attention.q_lin.": ".attention.self.query.",
    ".attention.k_lin.": ".attention.self.key.",
    ".attention.v_lin.": ".attention.self.value.",
    ".attention.out_lin.": ".attention.output.dense.",
    ".sa_layer_norm.": ".attention.output.LayerNorm.",
    ".ffn.lin1.": ".intermediate.dense.",
    ".ffn.lin2.": ".output.dense.",
    ".output_layer_norm.": ".output.LayerNorm.",
}
"""What DistilBERT calls what BERT calls otherwise."""


def read(path: Path, *, layers: range | None = None) -> dict[str, NDArray[np.float32]]:
    """Read the encoder's tensors from safetensors, under BERT's own names, as float32.

    `layers` leaves out the embeddings and all other layers, for who trains only those.
    """
    wanted = tuple(f"encoder.layer.{i}." for i in layers) if layers else ("embeddings.", "encoder.")
    with safe_open(path, "numpy") as file:
        names = set(file.keys())
        probe = "embeddings.word_embeddings.weight"
        prefix = next((each for each in PREFIXES if each + probe in names), None)
        if prefix is None:
            raise ModelError(
                f"{str(path)!r} holds no BERT encoder: it has no tensor {probe!r}, "
                f"but for example {', '.join(sorted(names)[:3])}."
            )
        return {
            known: file.get_tensor(name).astype(np.float32, copy=False)
            for name in sorted(names)
            if (known := _as_bert(name.removeprefix(prefix))).startswith(wanted)
            and not known.endswith("position_ids")
        }


def _as_bert(name: str) -> str:
    """Return a tensor's name as BERT has it."""
    if name.startswith("transformer.layer."):
        for own, bert in DISTILBERT.items():
            name = name.replace(own, bert)
    return name


def build(folder: Path, shape: Shape, split: int, into: Path) -> None:
    """Write `base.onnx` and `top.onnx` for the encoder in `folder`, parted before layer `split`."""
    weights = read(folder / "model.safetensors")
    try:
        (into / "base.onnx").write_bytes(base(weights, shape, split))
        (into / "top.onnx").write_bytes(top(weights, shape, split))
    except KeyError as error:
        raise ModelError(
            f"The weights in {str(folder)!r} lack the tensor {error}: they do not fit config.json."
        ) from None


def base(weights: Weights, shape: Shape, split: int) -> bytes:
    """Return the graph `ids` (1, L) int64 -> `hidden` (1, L, H): embeddings, layers 0..split-1."""
    graph = _Graph(shape)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "L"])
    return graph.encoded(ids, graph.layers(graph.embeddings(weights), weights, range(split)))


def top(weights: Weights, shape: Shape, split: int) -> bytes:
    """Return the graph `hidden_in` (1, L, H) -> `hidden` (1, L, H): layers split..last."""
    graph = _Graph(shape)
    given = helper.make_tensor_value_info("hidden_in", TensorProto.FLOAT, [1, "L", shape.hidden])
    upper = range(split, shape.layers)
    return graph.encoded(given, graph.layers("hidden_in", weights, upper))


def quantised(
    matrix: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return the matrix as int8 and the scales along `axis` that give it back, symmetric."""
    scale = np.abs(matrix).max(axis=axis, keepdims=True) / 127
    scale[scale == 0] = 1
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)


class _Graph:
    """Nodes and constants of a graph under way."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], outputs: list[str], **options: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, outputs, **options))
        return outputs[0]

    def embeddings(self, weights: Weights) -> str:
        words, scales = quantised(weights["embeddings.word_embeddings.weight"], axis=1)
        positions = weights["embeddings.position_embeddings.weight"][self.shape.first :]
        if (kinds := weights.get("embeddings.token_type_embeddings.weight")) is not None:
            positions = positions + kinds[0]
        self.constant("words", words)
        self.constant("word_scales", scales)
        self.constant("positions", positions)
        self.constant("start", np.array([0], np.int64))
        self.node("Gather", ["words", "ids"], ["rows_int8"])
        self.node("Cast", ["rows_int8"], ["rows"], to=TensorProto.FLOAT)
        self.node("Gather", ["word_scales", "ids"], ["row_scales"])
        self.node("Mul", ["rows", "row_scales"], ["word_vectors"])
        self.node("Shape", ["ids"], ["length"], start=1, end=2)
        self.node("Slice", ["positions", "start", "length", "start"], ["places"])
        self.node("Add", ["word_vectors", "places"], ["embedded"])
        norm = [
            self.constant("embeddings.scale", weights["embeddings.LayerNorm.weight"]),
            self.constant("embeddings.shift", weights["embeddings.LayerNorm.bias"]),
        ]
        return self.node(
            "LayerNormalization",
            ["embedded", *norm],
            ["embeddings"],
            axis=-1,
            epsilon=self.shape.epsilon,
        )

    def layers(self, hidden: str, weights: Weights, which: range) -> str:
        for i in which:
            source = f"encoder.layer.{i}."
            layer = {
                name.removeprefix(source): weight
                for name, weight in weights.items()
                if name.startswith(source)
            }
            if not layer:
                raise KeyError(f"{source}*")
            hidden = self._feed_forward(self._attention(hidden, layer, f"{i}."), layer, f"{i}.")
        return hidden

    def encoded(self, given: Any, hidden: str) -> bytes:
        self.node("Identity", [hidden], ["hidden"])
        out = helper.make_tensor_value_info(
            "hidden", TensorProto.FLOAT, [1, "L", self.shape.hidden]
        )
        graph = helper.make_graph(self.nodes, "encoder", [given], [out], self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="bespeak")
        model.ir_version = 9
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString(deterministic=True)
        return content

    def _attention(self, hidden: str, layer: Weights, at: str) -> str:
        parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([layer[f"{part}.weight"] for part in parts]).T
        weight = self._int8(f"{at}qkv", matrix)
        bias = np.concatenate([layer[f"{part}.bias"] for part in parts])
        quantities = [f"{at}in.int8", f"{at}in.scale", f"{at}in.zero"]
        self.node("DynamicQuantizeLinear", [hidden], quantities)
        attended = self.node(
            "QAttention",
            [
                quantities[0],
                weight[0],
                self.constant(f"{at}qkv.bias", bias),
                quantities[1],
                weight[1],
                "",  # no mask: one text, no padding
                quantities[2],
                weight[2],
            ],
            [f"{at}attended"],
            domain=FUSED,
            num_heads=self.shape.heads,
        )
        mixed = self._product(attended, layer["attention.output.dense.weight"], f"{at}mixed")
        return self._add_and_norm(mixed, hidden, layer, "attention.output", f"{at}attention")

    def _feed_forward(self, hidden: str, layer: Weights, at: str) -> str:
        wide = self._product(hidden, layer["intermediate.dense.weight"], f"{at}wide")
        bias = self.constant(f"{at}wide.bias", layer["intermediate.dense.bias"])
        active = self.node("BiasGelu", [wide, bias], [f"{at}active"], domain=FUSED)
        narrow = self._product(active, layer["output.dense.weight"], f"{at}narrow")
        return self._add_and_norm(narrow, hidden, layer, "output", f"{at}output")

    def _product(self, given: str, weight: NDArray[np.float32], name: str) -> str:
        operands = [given, *self._int8(f"{name}.weight", weight.T)]
        return self.node("DynamicQuantizeMatMul", operands, [name], domain=FUSED)

    def _int8(self, name: str, matrix: NDArray[np.float32]) -> list[str]:
        values, scales = quantised(matrix, axis=0)
        return [
            self.constant(name, values),
            self.constant(f"{name}.scale", scales[0]),
            self.constant(f"{name}.zero", np.zeros(len(scales[0]), np.int8)),
        ]

    def _add_and_norm(
        self, given: str, residual: str, layer: Weights, source: str, name: str
    ) -> str:
        constants = [
            self.constant(f"{name}.norm.scale", layer[f"{source}.LayerNorm.weight"]),
            self.constant(f"{name}.norm.shift", layer[f"{source}.LayerNorm.bias"]),
            self.constant(f"{name}.bias", layer[f"{source}.dense.bias"]),
        ]
        return self.node(
            "SkipLayerNormalization",
            [given, residual, *constants],
            [name],
            domain=FUSED,
            epsilon=self.shape.epsilon,
        )
