"""Fetches a model of the catalogue: resumed where it was cut, checked by SHA-256, put in its place whole or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from models import files, hubs, lock
from models.catalogue import Entry
from models.hubs import PullError, Remote

PARTS = re.compile(r"(?:\d+_\w+/)?(?:[\w.+-]+\.(?:safetensors|json|model)|vocab\.txt|merges\.txt)")
"""What is taken of an embedder or reranker: weights that cannot execute code, tokenizer and configuration, its own and those
of its modules; not the same weights in other formats (onnx/, openvino/)."""

Progress = Callable[[int, int], None]
"""Told how many of how many bytes have come."""

PATIENCE = 0.5
"""Seconds to wait for another pull before saying that there is one."""


def pull(entry: Entry, folder: Path, *, hub: str = hubs.NAMES[0], progress: Progress | None = None) -> Path:
    """Fetch a model into ``folder``, under its name, and lock it; returns the model's own folder.

    What is there and right is kept, what is damaged is fetched again, what a pull that was cut has brought is gone on with.
    Raises :class:`models.hubs.PullError`.
    """
    staging, target = folder / files.STAGING / entry.name, folder / entry.name
    client = hubs.reach(hub, entry)
    with _alone(staging.parent):
        revision, listed = client.listing()
        wanted = _chosen(entry, listed)
        missing = [remote for remote in wanted if not remote.matches(target / remote.file)]
        staging.mkdir(exist_ok=True)
        _look_for_room(missing, staging)
        done, total = 0, sum(remote.size for remote in missing)
        for remote in missing:
            _fetch(client, remote, revision, staging, partial(_told, progress, done, total))
            done += remote.size
        _place(missing, staging, target)
        locked = tuple(lock.locked(target, remote.file) for remote in wanted)
        lock.write(target, lock.Lock(hub, entry.hub_id, revision, locked))
        shutil.rmtree(staging, ignore_errors=True)
    return target


def _told(progress: Progress | None, before: int, total: int, done: int) -> None:
    if progress:
        progress(before + done, total)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """One pull at a time: two would write into the same file."""
    from filelock import FileLock, Timeout

    place.mkdir(parents=True, exist_ok=True)
    held = FileLock(place / "lock", timeout=PATIENCE)
    try:
        held.acquire()
    except Timeout as problem:
        raise PullError(f"Another pull is writing into {place}: wait until it has ended and try again.") from problem
    try:
        yield
    finally:
        held.release()


def _chosen(entry: Entry, listed: Sequence[Remote]) -> list[Remote]:
    """The files of the model among all that its repository holds. Raises PullError where they are not what is known."""
    chosen = [
        remote
        for remote in listed
        if (remote.file == entry.file if entry.file else PARTS.fullmatch(remote.file)) and lock.inside(remote.file)
    ]
    if not any(remote.file.endswith((".gguf", ".safetensors")) for remote in chosen):
        raise PullError(
            f"{entry.hub_id} has no {entry.file or 'weights as safetensors'} at revision {entry.revision}: it was moved or "
            "renamed. Take another model: yinju models list, or add a file of your own: yinju models add FILE"
        )
    for remote in chosen:
        if not re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{40}", remote.digest) or remote.size < 0:
            raise PullError(
                f"{entry.hub_id} does not say what {remote.file} is (no SHA-256): not taken. {_elsewhere(entry)}"
            )
        if entry.sha256 and remote.digest != entry.sha256:
            raise PullError(
                f"{remote.file} of {entry.hub_id} is another file than the one known (SHA-256 {remote.digest[:12]}… instead "
                f"of {entry.sha256[:12]}…): not taken. {_elsewhere(entry)}"
            )
    return chosen


def _look_for_room(missing: Sequence[Remote], staging: Path) -> None:
    needed = sum(remote.size - _size(staging / remote.digest) for remote in missing)
    free = shutil.disk_usage(staging).free
    if needed > free:
        raise PullError(
            f"{needed / 1e6:,.0f} MB are still to come and {staging} has room for {free / 1e6:,.0f} MB: free some space, or "
            "choose another folder with --home FOLDER."
        )


def _fetch(client: hubs.Hub, remote: Remote, revision: str, staging: Path, told: hubs.Told) -> None:
    """One file into ``staging``, named by the digest that it must have: what another revision left is not gone on with."""
    path = staging / remote.digest
    if remote.matches(path):
        return
    if _size(path) >= remote.size:
        path.unlink(missing_ok=True)
    client.fetch(remote, revision, path, told)
    if not remote.matches(path):
        path.unlink(missing_ok=True)
        raise PullError(
            f"The bytes that came as {remote.file} are not the file's (its SHA-256 is wrong); they were thrown away. Run the "
            f"same command again, or take another hub: --from {'|'.join(hubs.NAMES)}"
        )


def _place(missing: Sequence[Remote], staging: Path, target: Path) -> None:
    """Whole files to where they belong; a model that is new appears with all of them at once."""
    whole = target if target.exists() else staging / "whole"
    for at, remote in enumerate(missing):
        come, path = staging / remote.digest, whole / remote.file
        path.parent.mkdir(parents=True, exist_ok=True)
        again = any(other.digest == remote.digest for other in missing[at + 1 :])
        shutil.copyfile(come, path) if again else come.replace(path)
    if whole != target:
        whole.rename(target)


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _elsewhere(entry: Entry) -> str:
    return f"Take another hub: {entry.command} --from {'|'.join(hubs.NAMES)}"
