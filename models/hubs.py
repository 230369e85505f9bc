"""The hubs that models come from, each through its own client. The only code of Yinju that reaches out, and only for a pull."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from models import ModelError, lock
from models.catalogue import Entry

NAMES = ("huggingface", "modelscope", "hf-mirror")
MIRROR = "https://hf-mirror.com"
BRANCH = "master"
"""What ModelScope calls the newest revision; those that a catalogue fixes are Hugging Face's."""

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
AT_ONCE = 1 << 20
"""Bytes written, and told of, at once: what is on its way when a pull is cut is lost. The client's own 10 MiB are 10 s of a
slow line."""

Told = Callable[[int], None]
"""Told how many bytes of a file are here."""


class PullError(ModelError):
    """A model cannot be fetched; the message names the file or the hub, and the cure."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file as a hub lists it: ``size`` in bytes, and its SHA-256 or, for small files, the SHA-1 by which git knows it."""

    file: str
    size: int
    digest: str

    def matches(self, path: Path) -> bool:
        """True if the file at ``path`` is this one, to the byte."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        return self.digest == (lock.sha256(path) if len(self.digest) == 64 else _git_sha1(path))


class Hub(Protocol):
    """A hub's list of a model's files, and the bytes of one."""

    def listing(self) -> tuple[str, list[Remote]]:
        """The revision that the files are of, and all of them. Raises :class:`PullError`."""
        ...

    def fetch(self, remote: Remote, revision: str, path: Path, told: Told) -> None:
        """Bring the file to ``path``, from where it ends on. Raises :class:`PullError`; what came before that stays."""
        ...


def reach(name: str, entry: Entry) -> Hub:
    """The client of one of NAMES for one model; nothing is asked yet. Raises :class:`PullError`."""
    if name == "modelscope":
        return ModelScope(entry)
    return HuggingFace(entry, MIRROR if name == "hf-mirror" else None)


class HuggingFace:
    """Hugging Face, or a hub that speaks as it does: HF_ENDPOINT, or ``endpoint``.

    hf_hub_download begins anew after it was ended (each try has a file name of its own), so the same library's http_get
    continues our file. No token is sent: all of the catalogue is public, and an endpoint may be a stranger's.
    """

    def __init__(self, entry: Entry, endpoint: str | None) -> None:
        quiet = ("DISABLE_TELEMETRY", "DISABLE_IMPLICIT_TOKEN", "DISABLE_PROGRESS_BARS")
        os.environ.update({f"HF_HUB_{name}": "1" for name in quiet} | {"HF_HUB_VERBOSITY": "error"})
        from huggingface_hub import constants

        if constants.HF_HUB_OFFLINE:
            raise PullError(
                "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, so nothing is fetched: unset it and try again."
            )
        constants.DOWNLOAD_CHUNK_SIZE = AT_ONCE
        self._entry, self._endpoint = entry, endpoint or constants.ENDPOINT

    def listing(self) -> tuple[str, list[Remote]]:
        """All files of the catalogue's revision."""
        from huggingface_hub import HfApi

        with self._reached():
            api = HfApi(endpoint=self._endpoint, token=False)
            info = api.model_info(self._entry.hub_id, revision=self._entry.revision, files_metadata=True)
        listed = [
            Remote(item.rfilename, item.size or 0, item.lfs.sha256 if item.lfs else item.blob_id or "")
            for item in info.siblings or ()
        ]
        return info.sha or self._entry.revision, listed

    def fetch(self, remote: Remote, revision: str, path: Path, told: Told) -> None:
        """By ranges of HTTP; the client tries again five times by itself."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get

        url = hf_hub_url(self._entry.hub_id, remote.file, revision=revision, endpoint=self._endpoint)
        with _Growing(path, remote, told) as file, self._reached():
            plain: dict[str, Any] = {"Accept-Encoding": "identity"}  # Ranges of what is compressed fit nothing.
            http_get(url, file, resume_size=file.tell(), headers=plain, expected_size=remote.size)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        from huggingface_hub.errors import HfHubHTTPError

        transport = HfHubHTTPError.__bases__[0]  # Of httpx or requests, as the version has it.
        with _told(self._entry, self._endpoint, (transport, OSError, ValueError, LookupError)):
            yield


class ModelScope:
    """ModelScope or MODELSCOPE_ENDPOINT, by its own client. No token is sent, and the client does not ask in which cloud it is."""

    def __init__(self, entry: Entry) -> None:
        os.environ.update({"TQDM_DISABLE": "1", "MODELSCOPE_DOWNLOAD_INTRA_CLOUD": "0"})
        try:
            from modelscope_hub import HubApi
        except ImportError as problem:
            raise PullError(
                'The client of ModelScope is not installed: pip install "yinju[modelscope]", or take another hub: '
                "--from huggingface|hf-mirror"
            ) from problem
        self._entry, self._api = entry, HubApi(token="")

    def listing(self) -> tuple[str, list[Remote]]:
        """All files of the newest revision."""
        with self._reached():
            found = self._api.list_repo_files(self._entry.hub_id, "model", revision=BRANCH)
        return BRANCH, [Remote(item.path, item.size, item.sha256 or "") for item in found if item.type != "tree"]

    def fetch(self, remote: Remote, revision: str, path: Path, told: Told) -> None:
        """Into a folder beside ``path``, where the client finds what an earlier try left."""

        class Telling:
            """What the client calls back, which makes one for each file."""

            def __init__(self, *_: object) -> None:
                self.done = 0

            def update(self, size: int) -> None:
                self.done += size
                told(self.done)

            def end(self) -> None:
                told(remote.size)

        beside = path.with_name(f"{path.name}.modelscope")
        with self._reached():
            come = self._api.downloader.download_file(
                self._entry.hub_id,
                "model",
                remote.file,
                revision=revision,
                local_dir=beside,
                progress_callbacks=[Telling],
            )
        come.replace(path)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        from modelscope_hub.errors import HubError

        with _told(self._entry, "ModelScope", (HubError, OSError, ValueError, LookupError)):
            yield


class _Growing(io.FileIO):
    """A file that grows at its end, up to what the hub said, and tells how far it is."""

    def __init__(self, path: Path, remote: Remote, told: Told) -> None:
        super().__init__(path, "ab")
        self._remote, self._told = remote, told

    def write(self, data: Any) -> int:
        """All of it: what FileIO itself writes may be less, without an error."""
        rest = memoryview(data)
        if self.tell() + len(rest) > self._remote.size:
            raise PullError(
                f"{self._remote.file} is longer than the hub says ({self._remote.size:,} bytes): not taken."
            )
        while rest:
            rest = rest[super().write(rest) :]
        self._told(self.tell())
        return len(data)


@contextmanager
def _told(entry: Entry, hub: str, errors: tuple[type[BaseException], ...]) -> Iterator[None]:
    """What a client raises, as the error that tells the person what to do."""
    try:
        yield
    except PullError:
        raise
    except errors as problem:
        if isinstance(problem, OSError) and problem.errno in FULL:
            raise PullError(
                f"The disk is full while {entry.name} comes. What has come is kept: free some space and run {entry.command} "
                "again."
            ) from problem
        said = " ".join(str(problem).split())[:300] or type(problem).__name__
        raise PullError(
            f"{hub} does not give {entry.hub_id}: {said.rstrip('.')}. What has come is kept: look at the network and run {entry.command} "
            f"again, or take another hub: --from {'|'.join(NAMES)}"
        ) from problem


def _git_sha1(path: Path) -> str:
    """By which git knows a file: not to guard against an attacker, only against bytes that changed on the way."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(AT_ONCE):
            digest.update(chunk)
    return digest.hexdigest()
