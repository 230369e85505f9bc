"""`python -m models.training.reader.restore FILE RUN`: a folder to train on with ``--again``, from an exported reader.

The weights come back as they are read: rounded once. Exported again, they are the same numbers.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import save_file

from models.training.reader.export import PRECISE, PRODUCTS
from models.training.reader.model import Shape

POSITIONS = 512
"""Of the encoder. Those behind the longest window are not in the file and never read; they come back as zeros."""


def weights(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """The weights by the names of :class:`~models.training.reader.model.Encoder`, in float32."""
    held = {part.name: numpy_helper.to_array(part) for part in model.graph.initializer}
    places = held["places"]
    found = {
        "words.weight": held["words"].astype(np.float32) * held["words.scale"],
        "places.weight": np.concatenate([places, np.zeros((POSITIONS - len(places), places.shape[1]), np.float32)]),
        "span.weight": held["span.weight"].T,
        "answers.weight": held["answers.weight"].T,
    }
    found |= {f"norm.{kind}": held[f"embedded.norm.{kind}"] for kind in ("weight", "bias")}
    found |= {f"{head}.bias": held[f"{head}.bias"] for head in ("span", "answers")}
    for i in range(layers(model)):
        at = f"layers.{i}"
        for name in PRODUCTS:
            stored = held[f"{at}.{name}.weight"].astype(np.float32)
            whole = stored if name in PRECISE else stored * held[f"{at}.{name}.scale"]
            found |= {f"{at}.{name}.weight": whole.T, f"{at}.{name}.bias": held[f"{at}.{name}.bias"]}
        for kind in ("weight", "bias"):
            found |= {f"{at}.norm.{kind}": held[f"{at}.added.{kind}"], f"{at}.last.{kind}": held[f"{at}.last.{kind}"]}
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in found.items()}


def layers(model: onnx.ModelProto) -> int:
    """How many layers the file has."""
    return sum(part.name.endswith(f".{PRODUCTS[0]}.weight") for part in model.graph.initializer)


def restore(file: Path, run: Path) -> None:
    """Write weights, shape and tokenizer of an exported reader into a folder."""
    model = onnx.load(file)
    told = {prop.key: prop.value for prop in model.metadata_props}
    found = weights(model)
    words, width = found["words.weight"].shape
    inner = len(found["layers.0.inner.bias"])
    heads = next(node.attribute[0].i for node in model.graph.node if node.op_type == "MultiHeadAttention")
    shape = Shape(words, width, heads, inner, layers(model), POSITIONS)
    run.mkdir(parents=True, exist_ok=True)
    save_file(found, run / "weights.safetensors")
    (run / "shape.json").write_text(json.dumps(shape.as_dict()), encoding="utf-8")
    (run / "tokenizer.json").write_text(told["tokenizer"], encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("run", type=Path)
    options = parser.parse_args()
    restore(options.file, options.run)


if __name__ == "__main__":
    main()
