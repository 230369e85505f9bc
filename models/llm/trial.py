"""Loads a file for the first time in a process of its own: llama.cpp ends the whole process over some files, not the call."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from models import ModelError
from models.llm.header import CURE, Header, read_header
from models.llm.template import template_of

PATIENCE_SECONDS = 600
"""A file of many gigabytes on a slow disk takes minutes; a file that takes longer is of no use."""
RECORD = "loaded.txt"
"""In the folder of models: one line for each file that loaded well before."""

_passed: set[str] = set()
_STAMP = re.compile(r"^[\d.]+ [A-Z] ")
_NOTABLE = tuple(
    re.compile(words, re.IGNORECASE)
    for words in ("error loading|assert", "error|fail|unknown|invalid|unsupported|missing", ".")
)
"""What tells of a problem, the surest first."""


def passed(header: Header, backend: str, context: int, threads: int, folder: Path | None = None) -> None:
    """Raises :class:`ModelError` where a process that loads the file and writes a token does not end well.

    Asked once for each header, length and version of the backend, as with equal ones llama.cpp does the same; what passed
    is remembered in this process and, where there is a ``folder``, in a file there.
    """
    key = f"{header.digest} {backend} {version(backend)}"
    record = folder / RECORD if folder else None
    if key in _passed or (record and record.is_file() and key in record.read_text(encoding="utf-8").splitlines()):
        return
    _try(header.path, backend, context, threads)
    _passed.add(key)
    if record:
        # Where nothing can be written, the next process tries again.
        with contextlib.suppress(OSError):
            record.parent.mkdir(parents=True, exist_ok=True)
            with record.open("a", encoding="utf-8") as file:
                file.write(key + "\n")


def _try(path: Path, backend: str, context: int, threads: int) -> None:
    command = [sys.executable, "-m", "models.llm.trial", backend, str(path.absolute()), str(context), str(threads)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE_SECONDS, check=False, cwd=Path(__file__).parents[2]
        )
    except subprocess.TimeoutExpired as problem:
        raise ModelError(f"{path} was not loaded within {PATIENCE_SECONDS} seconds. {CURE}") from problem
    if done.returncode:
        raise ModelError(f"{path} cannot be loaded by llama.cpp ({_reason(done)}). {CURE}")


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """The line of what it said that tells of the problem."""
    told = done.stderr.decode("utf-8", "replace").splitlines()
    lines = [_STAMP.sub("", line.strip()) for line in told if line.strip()]
    notable = next((line for words in _NOTABLE for line in lines if words.search(line)), "")
    ended = f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}"
    return notable[:300] or ended


def _load(backend: str, path: Path, context: int, threads: int) -> None:
    from models.llm import engine

    template_of(read_header(path)).render([{"role": "user", "content": "1"}])  # May go on for ever as well.
    loaded = engine(backend, path, context=context, threads=threads, quiet=False)
    tokens = loaded.tokens("", opening=True) + loaded.tokens("1")
    loaded.complete(tokens, most=1, grammar="", emit=lambda _: False)
    loaded.close()


if __name__ == "__main__":
    try:
        _load(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    except ModelError as error:
        raise SystemExit(str(error)) from error
