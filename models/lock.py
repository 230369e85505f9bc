"""models.lock: where a model's files came from and what they were, so that a changed byte is found before it is loaded."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from models import ModelError

NAME = "models.lock"
"""One lies in each model's folder and goes where the folder goes."""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file by its path inside the folder, its ``size`` in bytes and its SHA-256.

    ``seen`` is how the file system knew it when its SHA-256 was last found right (inode, size, times of change in ns):
    while that stays, it is not read through again, which takes seconds for a model of gigabytes.
    """

    file: str
    size: int
    sha256: str
    seen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """Where a model came from (``hub`` and ``repo`` are "" for a file that was added by hand), and its files."""

    hub: str
    repo: str
    revision: str
    files: tuple[LockedFile, ...]


def read(folder: Path) -> Lock | None:
    """The lock of a folder; None where there is none. Raises :class:`ModelError` for one that cannot be read."""
    path = folder / NAME
    try:
        table = json.loads(path.read_bytes())
        hub, repo, revision = (str(table[key]) for key in ("hub", "repo", "revision"))
        return Lock(hub, repo, revision, tuple(_file(item) for item in table["files"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise ModelError(f"{path} cannot be read ({problem}). {_cure(folder, None)}") from problem


def write(folder: Path, lock: Lock) -> None:
    """Put the lock into its folder, whole or not at all."""
    path, waiting = folder / NAME, folder / f".{NAME}.{os.getpid()}"
    text = json.dumps(asdict(lock), ensure_ascii=False, indent=1) + "\n"
    try:
        with waiting.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def locked(folder: Path, file: str) -> LockedFile:
    """What is to be remembered of a file as it lies in its folder now."""
    path = folder / file
    seen = _seen(path)
    return LockedFile(file, path.stat().st_size, sha256(path), seen)


def check(folder: Path, *, thorough: bool = False) -> Lock | None:
    """Hold the folder's files against its lock, if it has one, and return that. A file that is as it was last seen is
    read through only when asked to be ``thorough``. Raises :class:`ModelError` for a missing or changed file."""
    lock = read(folder)
    if lock is None:
        return None
    files = tuple(_checked(folder, file, lock, thorough=thorough) for file in lock.files)
    if files != lock.files:
        with contextlib.suppress(OSError):  # A folder that cannot be written is only slower to check.
            write(folder, replace(lock, files=files))
    return lock


def sha256(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inside(file: str) -> bool:
    """True if a path that someone else wrote stays inside the folder it is joined to, on any platform."""
    parts = [PurePosixPath(file), *map(PureWindowsPath, file.split("/"))]
    plain = not any(part.drive or part.root for part in parts) and not re.search(r"[\x00-\x1f]", file)
    return plain and file not in ("", ".") and ".." not in re.split(r"[\\/]", file)


def _checked(folder: Path, file: LockedFile, lock: Lock, *, thorough: bool) -> LockedFile:
    path = folder / file.file
    try:
        seen, size = _seen(path), path.stat().st_size
        if size != file.size:
            raise ModelError(f"{path} has {size:,} bytes instead of {file.size:,}. {_cure(folder, lock)}")
        if seen == file.seen and not thorough:
            return file
        found = sha256(path)
    except FileNotFoundError as problem:
        raise ModelError(f"{path} is missing. {_cure(folder, lock)}") from problem
    except OSError as problem:
        raise ModelError(f"{path} cannot be read ({problem.strerror}). {_cure(folder, lock)}") from problem
    if found != file.sha256:
        raise ModelError(
            f"{path} has changed: its SHA-256 is {found[:12]}… instead of {file.sha256[:12]}…. {_cure(folder, lock)}"
        )
    return replace(file, seen=seen)


def _seen(path: Path) -> tuple[int, ...]:
    """The time of the last change of the entry (ctime) is the one that no program can set."""
    stat = path.stat()
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def _file(item: dict[str, Any]) -> LockedFile:
    file, size, digest = item["file"], item["size"], item["sha256"]
    if not isinstance(file, str) or not inside(file):
        raise ValueError(f"{file!r} lies outside of the model's folder")
    if type(size) is not int or not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError(f"size or SHA-256 of {file!r} is none")
    return LockedFile(file, size, digest, tuple(_numbers(item.get("seen", ()))))


def _numbers(values: Any) -> Iterator[int]:
    for value in values:
        if type(value) is not int:
            raise ValueError(f"{value!r} is no whole number")
        yield value


def _cure(folder: Path, lock: Lock | None) -> str:
    """A pull mends what a hub has; what was added by hand must be added again."""
    if lock is not None and not lock.repo:
        return f"Take it out (yinju models remove {folder.name}) and add the file again: yinju models add FILE"
    return f"Fetch it again: yinju models pull {folder.name}"
