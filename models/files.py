"""A model's folder: whether it is whole and holds nothing that would be executed, what goes into it, which revision it is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models import ModelError, catalogue, lock

PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
"""Weights whose reading can execute code; safetensors cannot."""

GGUF = b"GGUF"
"""What the file of a writer begins with."""

NAMES = re.compile(r"\w(?:[\w .+-]{0,62}\w)?")
"""What may name a model's folder, on any platform."""

STAGING = ".pulling"
"""Where, among the models, lies what is not yet whole, or no longer."""

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
    lock.check(folder)


def gguf(name: str, folder: Path | None) -> Path:
    """The GGUF file of a writer: of the catalogue or added, by its name in ``folder``, or any by the path of the file or of
    the folder that holds it. Held against its lock, if it has one. Raises :class:`ModelError` with the cure."""
    place = Path(name).expanduser()
    if folder is not None and NAMES.fullmatch(name) and (catalogue.find(name) or (folder / name / lock.NAME).is_file()):
        place = folder / name
    if place.is_dir():
        held = lock.check(place)
        named = [file.file for file in held.files] if held else sorted(path.name for path in place.glob("*.gguf"))
        if len(named) != 1 or not named[0].endswith(".gguf"):
            raise ModelError(f"{place} holds {len(named)} files instead of one of GGUF. {cure(place)}")
        place /= named[0]
    elif not place.is_file():
        raise ModelError(f"There is no model in {place}. {cure(place)}")
    elif (held := lock.read(place.parent)) and any(file.file == place.name for file in held.files):
        lock.check(place.parent)
    _begins_as_gguf(place)
    return place


def add(file: Path, folder: Path, *, name: str = "", link: bool = False) -> Path:
    """Take a GGUF file into ``folder`` under a name (its own, if none is given) and lock it: copied, or with ``link`` a
    symbolic link to where it lies. Raises :class:`ModelError`; OSError where the disk is full, with nothing left behind."""
    if not file.is_file():
        raise ModelError(f"There is no file {file}: give the path of a .gguf file.")
    if file.suffix != ".gguf":
        raise ModelError(f"{file} does not end in .gguf: only GGUF files are added.")
    _begins_as_gguf(file)
    name = name or file.stem
    if not NAMES.fullmatch(name) or catalogue.find(name):
        raise ModelError(f"{name!r} cannot name a model that is added: give another with --name.")
    target = folder / name
    if target.exists():
        raise ModelError(f"{target} is there already: yinju models remove {name}, or give another name with --name.")
    waiting = folder / STAGING / f"{name}.{os.getpid()}"
    waiting.mkdir(parents=True)
    try:
        if link:
            (waiting / file.name).symlink_to(file.resolve())
        else:
            shutil.copyfile(file, waiting / file.name)
        lock.write(waiting, lock.Lock("", "", "", (lock.locked(waiting, file.name),)))
        waiting.rename(target)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return target


def remove(name: str, folder: Path) -> Path:
    """Take a model out of ``folder``, with what a broken pull of it left. Raises :class:`ModelError` where there is none."""
    target, broken = folder / name, folder / STAGING / name
    if not NAMES.fullmatch(name) or not (target.is_dir() or broken.is_dir()):
        raise ModelError(f"There is no model {name!r} in {folder}: yinju models list shows what is here.")
    for place in (target, broken):
        if place.is_dir():
            gone = folder / STAGING / f"{name}.removed"
            shutil.rmtree(gone, ignore_errors=True)
            gone.parent.mkdir(exist_ok=True)
            place.rename(gone)  # At once: what is left where removing is cut must not look like a model.
            shutil.rmtree(gone)
    return target


def _begins_as_gguf(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(GGUF)) != GGUF:
            raise ModelError(f"{path} is no GGUF file. {cure(path.parent)}")


def cure(folder: Path) -> str:
    """What brings a whole model into the folder."""
    entry = catalogue.find(folder.name)
    if entry is None:
        return "Give a model that was downloaded whole, or one that yinju models list shows."
    return f"Run: {entry.command} (or run it on a machine with network, and copy its folder to {folder})"


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
    """True if the folder is one of sentence-transformers, or its weights have the head of a classifier. To any other model
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
