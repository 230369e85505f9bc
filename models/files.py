"""A model's folder: whether it is whole, holds nothing that would be executed, and which revision of a model it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models import ModelError, catalogue

PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
"""Weights whose reading can execute code; safetensors cannot."""

TOKENIZERS = ("tokenizer.json", "*.model", "vocab.txt", "vocab.json")


def check(folder: Path) -> None:
    """Raises :class:`ModelError`, with the cure, where the folder is no whole model of safetensors and configuration."""
    if not folder.is_dir():
        raise ModelError(f"There is no model in {folder}. {cure(folder)}")
    parts = _parts(folder)
    if not any((part / "config.json").is_file() or (part / "modules.json").is_file() for part in parts):
        raise ModelError(
            f"{folder} is not a sentence-transformers model (no modules.json, no config.json). {cure(folder)}"
        )
    weights = [path for part in parts for path in sorted(part.glob("*.safetensors"))]
    for part in parts:
        _no_pickle(part, folder)
        _no_shard_missing(part, folder)
    if not weights:
        raise ModelError(f"{folder} has no weights (model.safetensors is missing). {cure(folder)}")
    if not any(next(part.glob(pattern), None) for part in parts for pattern in TOKENIZERS):
        raise ModelError(f"{folder} has no tokenizer (tokenizer.json is missing). {cure(folder)}")
    for path in weights:
        _whole(path, folder)


def cure(folder: Path) -> str:
    """What brings a whole model into the folder."""
    entry = catalogue.find(folder.name)
    if entry is None:
        return "Give the folder of a model that was downloaded whole, with its weights as safetensors."
    return f"On a machine with network run: {entry.command} and copy that folder to {folder}"


def unloadable(folder: Path, problem: Exception) -> ModelError:
    """The error for a folder whose files are whole and that cannot be loaded all the same."""
    config = _json(folder / "config.json")
    if isinstance(config, dict) and config.get("auto_map"):
        entry = catalogue.find(folder.name)
        return ModelError(
            f"{folder} brings program code of its own (model type {config.get('model_type')!r}), which is never run, and "
            f"the installed transformers cannot load it without. {entry.note if entry else 'Take another model.'}"
        )
    return ModelError(f"{folder} cannot be loaded ({problem}). {cure(folder)}")


def classifies(folder: Path) -> bool:
    """Whether the folder is one of sentence-transformers, or its weights have the head of a classifier. To any other model
    transformers gives a head with random weights, and warns at most."""
    config = _json(folder / "config.json")
    architectures = config.get("architectures") if isinstance(config, dict) else None
    heads = architectures if isinstance(architectures, list) else ()
    return (folder / "modules.json").is_file() or any(str(head).endswith("ForSequenceClassification") for head in heads)


def revision(folder: Path) -> str:
    """Short SHA-256 of all that decides what the model computes: weights, tokenizer and configuration."""
    digest = hashlib.sha256()
    for part in _parts(folder):
        for path in sorted((*part.glob("*.safetensors"), *part.glob("*.json"), *part.glob("*.model"))):
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]


def _parts(folder: Path) -> list[Path]:
    """The folder itself and those of its modules. Raises ModelError for a module that is program code of the model's own."""
    parts = [folder]
    modules = _json(folder / "modules.json")
    for module in modules if isinstance(modules, list) else ():
        path, kind = (str(module.get(key, "")) for key in ("path", "type")) if isinstance(module, dict) else ("", "")
        if not kind.startswith("sentence_transformers."):
            raise ModelError(
                f"{folder / 'modules.json'} names {kind!r}, which is not of sentence-transformers: not run."
            )
        part = folder / path
        if not part.resolve().is_relative_to(folder.resolve()):
            raise ModelError(f"{folder / 'modules.json'} names {path!r}, which lies outside of the model's folder.")
        if part not in parts:
            parts.append(part)
    return parts


def _json(path: Path) -> Any:
    """What a file holds; None where there is none."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise ModelError(f"{path} cannot be read ({problem}). {cure(path.parent)}") from problem


def _no_pickle(part: Path, folder: Path) -> None:
    if next(part.glob("*.safetensors"), None):
        return
    pickled: Iterator[Path] = (path for pattern in PICKLED for path in part.glob(pattern))
    if found := next(pickled, None):
        raise ModelError(
            f"{found} is a pickle, which can execute code when it is read: only safetensors are loaded. {cure(folder)}"
        )


def _no_shard_missing(part: Path, folder: Path) -> None:
    index = _json(part / "model.safetensors.index.json")
    named = index.get("weight_map", {}) if isinstance(index, dict) else {}
    for name in sorted(set(map(str, named.values()))):
        if not (part / name).is_file():
            raise ModelError(f"{part / name} is missing. {cure(folder)}")


def _whole(path: Path, folder: Path) -> None:
    """Whether the weights are as long as their header says; nothing but the header is read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
    except (SafetensorError, OSError) as problem:
        raise ModelError(f"{path} is damaged ({problem}). {cure(folder)}") from problem
