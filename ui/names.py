"""Names of people: one form however they are typed, and tables of them that are written whole."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path


def plain(text: str) -> str:
    """A name or a password: however a keyboard composes it, it is the same password; a lone surrogate is part of none."""
    return unicodedata.normalize("NFKC", text).strip().encode("utf-8", "replace").decode()


def write(path: Path, kept: Mapping[str, Mapping[str, str]]) -> None:
    """Write a table of names: the file whole or as it was, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(waiting, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump(kept, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(waiting, path)
    finally:
        waiting.unlink(missing_ok=True)
