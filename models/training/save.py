"""The trained table as a sentence-transformers folder: float16 rows and the tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PART = "0_StaticEmbedding"

MODULES = [
    {"idx": 0, "name": "0", "path": PART, "type": "sentence_transformers.models.StaticEmbedding"},
]

CONFIG = {
    "model_type": "SentenceTransformer",
    "prompts": {"query": "", "document": ""},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}


def save(folder: Path, rows: NDArray[np.float32], tokenizer: Tokenizer) -> None:
    """Write the folder, replacing an earlier table in it."""
    from safetensors.numpy import save as dump

    part = folder / PART
    part.mkdir(parents=True, exist_ok=True)
    (part / "model.safetensors").write_bytes(dump({"embedding.weight": rows.astype(np.float16)}))
    tokenizer.save(str(part / "tokenizer.json"), pretty=False)
    for name, content in (("modules.json", MODULES), ("config_sentence_transformers.json", CONFIG)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
