"""BERT's or MPNet's weights to two int8 ONNX graphs: BASE, the lower layers, and TOP, the rest.

BASE is frozen and the same for every project; TOP may be fine-tuned, and is then built by the
same `top`. Matrices are int8 with one scale a column (word embeddings: a row), activations are
quantised at run time with one scale a tensor: so a graph must see one text at a time, or a text's
vectors would depend on its neighbours. Attention, layer norms and GELU are ONNX Runtime's fused
operators (domain `com.microsoft`).

MPNet's attention adds a bias by distance. A few of its values are a hundred times as large as the
others, so its products have one scale a token: with one a tensor, all-mpnet-base-v2's sentence
vectors have a cosine of 0.90 to those in float32 on average, in place of 0.997.

This module imports `onnx`; it is loaded by name where graphs are built, never to serve.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bespeak.errors import ModelError
from bespeak.nlu.encoder import tensors
from bespeak.nlu.encoder.shape import Shape

Weights = Mapping[str, NDArray[Any]]

FUSED = "com.microsoft"


def build(folder: Path, shape: Shape, split: int, into: Path) -> None:
    """Write `base.onnx` and `top.onnx` for the encoder in `folder`, parted before layer `split`."""
    weights = tensors.read(folder / "model.safetensors")
    try:
        (into / "base.onnx").write_bytes(base(weights, shape, split))
        (into / "top.onnx").write_bytes(top(weights, shape, split))
    except KeyError as error:
        raise ModelError(
            f"The weights in {str(folder)!r} lack the tensor {error}: they do not fit config.json."
        ) from None


def base(weights: Weights, shape: Shape, split: int) -> bytes:
    """Return the graph `ids` (1, L) int64 -> `hidden` (1, L, H): embeddings, layers 0..split-1."""
    graph = _Graph(shape, weights)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "L"])
    return graph.encoded(ids, graph.layers(graph.embeddings(), range(split)))


def top(weights: Weights, shape: Shape, split: int) -> bytes:
    """Return the graph `hidden_in` (1, L, H) -> `hidden` (1, L, H): layers split..last."""
    graph = _Graph(shape, weights)
    given = helper.make_tensor_value_info("hidden_in", TensorProto.FLOAT, [1, "L", shape.hidden])
    upper = range(split, shape.layers)
    return graph.encoded(given, graph.layers("hidden_in", upper))


def quantised(
    matrix: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return the matrix as int8 and the scales along `axis` that give it back, symmetric."""
    scale = np.abs(matrix).max(axis=axis, keepdims=True) / 127
    scale[scale == 0] = 1
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)


class _Graph:
    """Nodes and constants of a graph under way: MPNet's where attention is `relative`."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        self.shape = shape
        self.weights = weights
        self.relative = tensors.DISTANCES in weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], outputs: list[str], **options: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, outputs, **options))
        return outputs[0]

    def embeddings(self) -> str:
        weights = self.weights
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

    def layers(self, hidden: str, which: range) -> str:
        if self.relative:
            self._attention_bias(hidden)
        for i in which:
            source = f"encoder.layer.{i}."
            layer = {
                name.removeprefix(source): weight
                for name, weight in self.weights.items()
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

    def _attention_bias(self, hidden: str) -> None:
        """Make "attention_bias", which is added to all heads' scores: (1, heads, L, L)."""
        far = tensors.FARTHEST
        self.constant("distances", self.weights[tensors.DISTANCES][None])
        self.constant("tiny", np.array(1e-9, np.float32))
        numbers = {"zero": 0, "one": 1, "last": [1], "least": -far, "most": far}
        for name, number in numbers.items():
            self.constant(name, np.array(number, np.int64))
        self.node("Shape", [hidden], ["pieces"], start=1, end=2)
        self.node("Squeeze", ["pieces"], ["count"])
        self.node("Range", ["zero", "count", "one"], ["row"])
        self.node("Unsqueeze", ["row", "last"], ["column"])
        self.node("Sub", ["row", "column"], ["apart"])
        self.node("Clip", ["apart", "least", "most"], ["known"])
        self.node("Add", ["known", "most"], ["cells"])
        self.node("Gather", ["distances", "cells"], ["attention_bias"], axis=2)

    def _attention(self, hidden: str, layer: Weights, at: str) -> str:
        parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([layer[f"{part}.weight"] for part in parts])
        bias = np.concatenate([layer[f"{part}.bias"] for part in parts])
        attend = self._relative if self.relative else self._absolute
        attended = attend(hidden, weight, bias, at)
        mixed = self._product(attended, layer["attention.output.dense.weight"], f"{at}mixed")
        return self._add_and_norm(mixed, hidden, layer, "attention.output", f"{at}attention")

    def _absolute(
        self, hidden: str, weight: NDArray[np.float32], bias: NDArray[np.float32], at: str
    ) -> str:
        matrix, scale, zero = self._int8(f"{at}qkv", weight.T)
        given = [f"{at}in.int8", f"{at}in.scale", f"{at}in.zero"]
        self.node("DynamicQuantizeLinear", [hidden], given)
        return self.node(
            "QAttention",
            [
                given[0],
                matrix,
                self.constant(f"{at}qkv.bias", bias),
                given[1],
                scale,
                "",  # no mask: one text, no padding
                given[2],
                zero,
            ],
            [f"{at}attended"],
            domain=FUSED,
            num_heads=self.shape.heads,
        )

    def _relative(
        self, hidden: str, weight: NDArray[np.float32], bias: NDArray[np.float32], at: str
    ) -> str:
        parts = [f"{at}query", f"{at}key", f"{at}value"]
        self.node("Split", [self._product(hidden, weight, f"{at}qkv")], parts, axis=2)
        return self.node(
            "MultiHeadAttention",
            [*parts, self.constant(f"{at}qkv.bias", bias), "", "attention_bias"],
            [f"{at}attended"],
            domain=FUSED,
            num_heads=self.shape.heads,
        )

    def _feed_forward(self, hidden: str, layer: Weights, at: str) -> str:
        wide = self._product(hidden, layer["intermediate.dense.weight"], f"{at}wide")
        bias = self.constant(f"{at}wide.bias", layer["intermediate.dense.bias"])
        active = self.node("BiasGelu", [wide, bias], [f"{at}active"], domain=FUSED)
        narrow = self._product(active, layer["output.dense.weight"], f"{at}narrow")
        return self._add_and_norm(narrow, hidden, layer, "output", f"{at}output")

    def _product(self, given: str, weight: NDArray[np.float32], name: str) -> str:
        operands = self._int8(f"{name}.weight", weight.T)
        if not self.relative:
            return self.node("DynamicQuantizeMatMul", [given, *operands], [name], domain=FUSED)
        # One scale a token: each is brought to a largest value of 1, and its product back.
        self.node("Abs", [given], [f"{name}.sizes"])
        self.node("ReduceMax", [f"{name}.sizes"], [f"{name}.largest"], axes=[-1])
        self.node("Max", [f"{name}.largest", "tiny"], [f"{name}.size"])
        self.node("Div", [given, f"{name}.size"], [f"{name}.even"])
        even = [f"{name}.even", *operands]
        self.node("DynamicQuantizeMatMul", even, [f"{name}.product"], domain=FUSED)
        return self.node("Mul", [f"{name}.product", f"{name}.size"], [name])

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
