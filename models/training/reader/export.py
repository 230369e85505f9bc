"""`python -m models.training.reader.export RUN FILE`: the trained reader as one ONNX file, nearly all weights in one byte a number.

The graph is written node by node: what runs is what stands here. Products take weights in int8 with a scale a column and activations
in uint8, quantised where they are computed (``DynamicQuantizeMatMul``); attention and normalisation are float32.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from models.training.reader.data import simplification
from models.training.reader.examples import LONGEST, LONGEST_QUESTION
from models.training.reader.model import PAD, Shape

OPSET = 17
FUSED = "com.microsoft"
"""Operators that onnxruntime has beside the standard's."""

HIGHEST = 63
"""Largest weight: seven bits, for processors that add two products of bytes in 16 bits (AVX2) overflow at eight."""

PRODUCTS = ("attended", "mixed", "inner", "outer")
"""Of a layer."""

PRECISE = ("outer",)
"""Products whose weights are kept in 16 bits and whose sums are float32: what comes out of the GELU has outliers that one scale for
all does not bear. Correlation of the log-odds with the trained weights' on 120 windows: .980 with none, .995 with this one, .997 with
"mixed" too, 1.000 with all; the time is the same with none and with this one, and twice as long with all."""

EPSILON = 1e-12


class _Graph:
    """Nodes and weights as they are added; each call returns the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes))
        return name

    def product(self, x: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """``x @ weight.T + bias`` in bytes."""
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-9) / HIGHEST
        rounded = np.round(weight / scale[:, None]).astype(np.int8).T
        parts = [
            self.weight(f"{name}.weight", rounded),
            self.weight(f"{name}.scale", scale.astype(np.float32)),
            self.weight(f"{name}.zero", np.zeros(len(scale), dtype=np.int8)),
            self.weight(f"{name}.bias", bias),
        ]
        return self.add("DynamicQuantizeMatMul", [x, *parts], name, FUSED)

    def precise(self, x: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """``x @ weight.T + bias`` in float32."""
        stored = self.weight(f"{name}.weight", weight.T.astype(np.float16))
        whole = self.add("Cast", [stored], f"{name}.whole", to=TensorProto.FLOAT)
        summed = self.add("MatMul", [x, whole], f"{name}.product")
        return self.add("Add", [summed, self.weight(f"{name}.bias", bias)], name)

    def added(self, x: str, y: str, name: str, weights: dict[str, NDArray[np.float32]], at: str) -> str:
        """x + y, normalised."""
        norm = [self.weight(f"{name}.{kind}", weights[f"{at}.{kind}"]) for kind in ("weight", "bias")]
        return self.add("SkipLayerNormalization", [x, y, *norm], name, FUSED, epsilon=EPSILON)


def graph(weights: dict[str, NDArray[np.float32]], shape: Shape) -> onnx.ModelProto:
    """ids (windows, length) int64 -> answers (windows,), starts and ends (windows, length), all float32."""
    g = _Graph()
    pad = g.weight("pad", np.array(PAD, dtype=np.int64))
    real = g.add("Not", [g.add("Equal", ["ids", pad], "padding")], "real")
    mask = g.add("Cast", [real], "mask", to=TensorProto.INT32)
    x = _embedded(g, weights)
    for i in range(shape.layers):
        x = _layer(g, weights, x, mask, i, shape)
    _heads(g, weights, x, real)
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT64, ["windows", "length"])]
    outputs = [helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["windows"])]
    outputs += [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["windows", "length"]) for n in ("starts", "ends")]
    made = helper.make_graph(g.nodes, "reader", inputs, outputs, g.weights)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9, producer_name="yinju")


def _embedded(g: _Graph, weights: dict[str, NDArray[np.float32]]) -> str:
    words = weights["words.weight"]
    scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9) / 127
    table = g.weight("words", np.round(words / scale).astype(np.int8))
    scales = g.weight("words.scale", scale.astype(np.float32))
    places = g.weight("places", weights["places.weight"][:LONGEST])
    whole = g.add("Cast", [g.add("Gather", [table, "ids"], "words.of")], "words.float", to=TensorProto.FLOAT)
    said = g.add("Mul", [whole, g.add("Gather", [scales, "ids"], "scales.of")], "words.scaled")
    one, zero = g.weight("one", np.array([1])), g.weight("zero", np.array([0]))
    length = g.add("Slice", [g.add("Shape", ["ids"], "shape"), one, g.weight("two", np.array([2])), zero], "length")
    at = g.add("Slice", [places, zero, length, zero], "places.of")
    both = g.add("Add", [said, at], "embedded")
    norm = [g.weight(f"embedded.norm.{kind}", weights[f"norm.{kind}"]) for kind in ("weight", "bias")]
    return g.add("LayerNormalization", [both, *norm], "layer.0", epsilon=EPSILON)


def _layer(g: _Graph, weights: dict[str, NDArray[np.float32]], x: str, mask: str, i: int, shape: Shape) -> str:
    at = f"layers.{i}"

    def product(of: str, name: str) -> str:
        way = g.precise if name in PRECISE else g.product
        return way(of, f"{at}.{name}", weights[f"{at}.{name}.weight"], weights[f"{at}.{name}.bias"])

    attended = product(x, "attended")
    parts = [f"{at}.{part}" for part in ("query", "key", "value")]
    g.nodes.append(helper.make_node("Split", [attended], parts, name=f"{at}.split", axis=-1))
    mixed = g.add("MultiHeadAttention", [*parts, "", mask], f"{at}.heads", FUSED, num_heads=shape.heads)
    x = g.added(x, product(mixed, "mixed"), f"{at}.added", weights, f"{at}.norm")
    inner = g.add("Gelu", [product(x, "inner")], f"{at}.gelu", FUSED)
    return g.added(x, product(inner, "outer"), f"{at}.last", weights, f"{at}.last")


def _heads(g: _Graph, weights: dict[str, NDArray[np.float32]], x: str, real: str) -> None:
    span = g.weight("span.weight", weights["span.weight"].T)
    said = g.add(
        "Add", [g.add("MatMul", [x, span], "span.product"), g.weight("span.bias", weights["span.bias"])], "span"
    )
    halves = ["start", "end"]
    g.nodes.append(helper.make_node("Split", [said], halves, name="span.split", axis=-1))
    last, never = g.weight("last", np.array([-1])), g.weight("never", np.array(-1e4, dtype=np.float32))
    for half in halves:
        flat = g.add("Squeeze", [half, last], f"{half}.flat")
        g.add("Where", [real, flat, never], f"{half}s")
    first = g.add("Gather", [x, g.weight("first", np.array(0))], "first.token", axis=1)
    answers = g.weight("answers.weight", weights["answers.weight"].T)
    logit = g.add("MatMul", [first, answers], "answers.product")
    told = g.add("Add", [logit, g.weight("answers.bias", weights["answers.bias"])], "answers.of")
    g.add("Squeeze", [told, last], "answers")


def export(run: Path, file: Path, settings: dict[str, object] | None = None) -> None:
    """Write the reader of a training's folder. Tokenizer, characters to simplify and ``settings`` go into the file's metadata."""
    shape = Shape(**json.loads((run / "shape.json").read_text(encoding="utf-8")))
    model = graph(load_file(run / "weights.safetensors"), shape)
    onnx.checker.check_model(model)
    old, new = simplification()
    told = {"longest": LONGEST, "longest_question": LONGEST_QUESTION, "pad": PAD, **(settings or {})}
    metadata = {
        "tokenizer": json.dumps(json.loads((run / "tokenizer.json").read_text(encoding="utf-8")), ensure_ascii=False),
        "traditional": old,
        "simplified": new,
        "settings": json.dumps(told),
    }
    helper.set_model_props(model, metadata)
    file.write_bytes(model.SerializeToString())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    export(options.run, options.file)
    print(f"{options.file}: {options.file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
