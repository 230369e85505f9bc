"""The trained table as the embedder reads it, rows in one byte a number; and as sentence-transformers reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.embedder import DAMPED, SUMMED

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PART = "0_StaticEmbedding"

MODULES = [
    {"idx": 0, "name": "0", "path": PART, "type": "sentence_transformers.models.StaticEmbedding"},
]

LARGEST = 127

CUT = 99.99
"""Percentile of the rows' magnitudes that becomes LARGEST: the few beyond are cut, and all the rest is finer."""


def rounded(rows: NDArray[np.float32]) -> NDArray[np.int8]:
    """The rows in whole numbers. One scale for all of them, since vectors are brought to length one anyway."""
    scale = LARGEST / max(float(np.percentile(np.abs(rows), CUT)), 1e-12)
    whole: NDArray[np.int8] = np.clip(np.rint(rows * scale), -LARGEST, LARGEST).astype(np.int8)
    return whole


def save(folder: Path, rows: NDArray[np.float32], tokenizer: Tokenizer) -> None:
    """Write the folder, replacing an earlier table in it."""
    from safetensors.numpy import save as dump

    part = folder / PART
    part.mkdir(parents=True, exist_ok=True)
    (part / "model.safetensors").write_bytes(dump({DAMPED: rounded(rows)}))
    tokenizer.save(str(part / "tokenizer.json"), pretty=False)


def summed(folder: Path, target: Path) -> None:
    """Write a saved folder to another as sentence-transformers reads it: float16 rows, repeated tokens added up."""
    from safetensors.numpy import load_file, save_file

    part = target / PART
    part.mkdir(parents=True, exist_ok=True)
    rows = load_file(folder / PART / "model.safetensors")[DAMPED].astype(np.float16) / LARGEST
    save_file({SUMMED: rows}, part / "model.safetensors")
    shutil.copy(folder / PART / "tokenizer.json", part)
    (target / "modules.json").write_text(json.dumps(MODULES, indent=2) + "\n", encoding="utf-8")
