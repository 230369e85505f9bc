"""The audit log of a home whose libraries have members: who did what, when, in which library. Lines are only ever put behind others.

Each line begins with the SHA-256 of the line before it together with what it says itself, so that a changed byte, a line taken out
and one put in are found. That the end was cut off is seen against the file beside it, or against a hash that was noted elsewhere.
What a question was is not in it, nor any text of an article: of a question its length and the beginning of its SHA-256 are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from yinju import YinjuError

FILE, HEAD = "audit.log", "audit.head"
START = "0" * 64
LONGEST = 500
"""Characters of what a deed is about: a file's path, an article's id."""
TAIL = 1 << 14
"""Bytes that hold the last line."""

Done = dict[str, Any]
"""What a line says: n, time, who, deed, library, about, allowed."""


class AuditError(YinjuError):
    """The log cannot be written, or is not as it was written; the message names the line."""


@dataclass(frozen=True, slots=True)
class End:
    """How far a log goes: its lines, and the hash that the last one begins with."""

    lines: int = 0
    hash: str = START


def question(text: str) -> str:
    """What the log says of a question."""
    return f"{len(text)} characters, {sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def record(home: Path, who: str, deed: str, library: str, about: str = "", *, allowed: bool = True) -> None:
    """Put a line behind the others; it is on the disk when this returns. Raises AuditError."""
    from filelock import FileLock

    home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home / f"{FILE}.lock", mode=0o600):
            _append(home, who, deed, library, about, allowed)
    except OSError as error:
        raise AuditError(
            f"{home / FILE} cannot be written ({error}), and nothing is done that is not recorded: free some space, or "
            "let Yinju write there"
        ) from error


def _append(home: Path, who: str, deed: str, library: str, about: str, allowed: bool) -> None:
    end = _end(home)
    said = {
        "n": end.lines + 1,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "who": who[:LONGEST],
        "deed": deed,
        "library": library[:LONGEST],
        "about": about[:LONGEST],
        "allowed": allowed,
    }
    body = json.dumps(said, ensure_ascii=True)
    made = End(end.lines + 1, _hash(end.hash, body.encode()))
    with os.fdopen(os.open(home / FILE, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "ab") as file:
        file.write(f"{made.hash} {body}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    head = home / HEAD
    waiting = head.with_name(f".{HEAD}")
    waiting.write_text(f"{made.lines} {made.hash}\n", encoding="ascii")
    os.replace(waiting, head)


def _end(home: Path) -> End:
    """The end of the log, from its last line. A line that a cut in the power left half is taken away. Raises AuditError."""
    try:
        with (home / FILE).open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            tail = file.read()
            if tail and not tail.endswith(b"\n"):
                file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
            lines = tail[: tail.rfind(b"\n") + 1].splitlines()
    except FileNotFoundError:
        lines = []
    end = End()
    if lines:
        hash_, _, body = lines[-1].partition(b" ")
        try:
            end = End(int(json.loads(body)["n"]), hash_.decode("ascii"))
        except (ValueError, LookupError, TypeError) as error:
            raise AuditError(f"{home / FILE} ends with what is no line of it. See: yinju audit verify") from error
    if (told := _head(home)) and told.lines > end.lines:
        raise AuditError(f"{home / FILE} ends before line {told.lines}, which was written. See: yinju audit verify")
    return end


def _head(home: Path) -> End | None:
    """What the file beside the log says of its end; None where there is none. Raises AuditError."""
    try:
        lines, hash_ = (home / HEAD).read_text(encoding="ascii").split()
        return End(int(lines), hash_)
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise AuditError(f"{home / HEAD} is not as it was written ({error})") from error


def lines(home: Path) -> Iterator[Done]:
    """What the log says, oldest first, each line checked before it is given. Raises AuditError at the first that is not as it was
    written."""
    return (said for _, said in _checked(home))


def verify(home: Path, noted: str = "") -> End:
    """Check every line, the end, and that ``noted``, a hash that an earlier check gave, is still there; the end. Raises AuditError."""
    end, seen = End(), noted in ("", START)
    for hash_, said in _checked(home):
        end = End(said["n"], hash_)
        seen = seen or hash_ == noted
    told = _head(home)
    if end.lines and told is None:
        raise AuditError(f"{home / HEAD} is missing: whether the end of the log was cut off cannot be told")
    # The power may fail between the two files, which leaves the log one line further.
    if told and told != end and told.lines != end.lines - 1:
        raise AuditError(
            f"{home / FILE} has {end.lines} lines, and {told.lines} were written: its end is not as it was"
        )
    if not seen:
        raise AuditError(
            f"No line of {home / FILE} has the hash {noted}: it is another log, or was cut and written anew"
        )
    return end


def _checked(home: Path) -> Iterator[tuple[str, Done]]:
    """The lines with their hashes."""
    before, path = START, home / FILE
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            hash_, _, body = line.rstrip(b"\n").partition(b" ")
            if not line.endswith(b"\n") or hash_.decode("latin-1") != _hash(before, body):
                raise AuditError(f"Line {number} of {path}, or the one before it, is not as it was written")
            before, said = hash_.decode("ascii"), json.loads(body)
            if said["n"] != number:
                raise AuditError(
                    f"Line {number} of {path} says that it is line {said['n']}: lines are missing or added"
                )
            yield before, said


def _hash(before: str, body: bytes) -> str:
    return sha256(before.encode("ascii") + b"\n" + body).hexdigest()
