"""Reads files through a child process that is started once, held to limits, killed where it hangs, and started anew."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

from index.formats.document import Document, ReadError

MEMORY = 2_000_000_000
SECONDS = 120.0
_START = 60.0  # seconds for the process to be there, which no file is to blame for
_RESTARTS = 3  # of one file: an archive in which more documents hang is left out from there
_LONGEST = 400_000_000  # bytes of one answer: a document of the most characters, and what JSON adds


class Child:
    """A process that reads one file at a time. ``seconds`` are for one document, of which an archive may hold many, and again
    for each page of it on which text has to be recognised: "begin" comes anew before each."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._late = False

    def read(self, path: Path) -> Iterator[Document | ReadError]:
        """The documents of a file, and an error for each that cannot be read; a document that hangs is one."""
        turn, name = 0, str(path)
        for _ in range(_RESTARTS + 1):
            done = False
            for answer in self._asked(path, turn):
                if "begin" in answer:
                    turn, name = answer["begin"], answer["path"]
                elif "document" in answer:
                    yield _document(answer["document"])
                elif "error" in answer:
                    yield ReadError(answer["error"])
                else:
                    done = True
                    if answer["tired"]:
                        self.close()
            if done:
                return
            yield ReadError(self._told(name))
            if turn == 0:  # before the first document of an archive, or the file's only one
                return
        yield ReadError(f"{path}: too many of its files cannot be read; the rest was left out: unpack it")

    def _asked(self, path: Path, skip: int) -> Iterator[dict[str, Any]]:
        """Answers as they come, until the file is done or the process is."""
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise ReadError(f"{path} cannot be read: no process could be started for it")
        try:
            process.stdin.write(json.dumps({"path": str(path), "skip": skip}).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            self.close()
            return
        while True:
            line = self._line(process, self._seconds)
            if not line.endswith(b"\n"):
                self.close()
                return
            answer = json.loads(line)
            yield answer
            if "done" in answer:
                return

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        """The next answer; nothing, or part of one, when the time is up or the process died."""
        self._late = False

        def kill() -> None:
            self._late = True
            process.kill()

        timer = Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            return process.stdout.readline(_LONGEST) if process.stdout else b""
        finally:
            timer.cancel()

    def _told(self, path: str) -> str:
        if self._late:
            return f"{path} takes more than {self._seconds:.0f} seconds to read: leave it out, or save it anew"
        return f"{path} is built so that reading it fails: leave it out, or save it anew"

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            command = [
                sys.executable,
                "-P",
                "-m",
                "index.formats.child",
                str(self._memory),
                str(int(self._seconds) + 1),
            ]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._line(self._process, _START)
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                try:
                    if pipe is not None:
                        pipe.close()
                except OSError:
                    pass  # what was still to be written to it has no reader any more


def _document(values: dict[str, Any]) -> Document:
    return Document(**{**values, "pages": tuple(values["pages"])})
