"""A file -> what it says: read, and split into articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from index import digest, readers
from index.store import Entry
from index.types import Article


@dataclass(frozen=True, slots=True)
class Looked:
    """A file's hash and its articles, None where the hash is the one that is known; or why it cannot be read."""

    hash: str = ""
    articles: Sequence[Article] | None = None
    problems: tuple[str, ...] = ()
    """Why parts of it could not be read."""
    notes: tuple[str, ...] = ()
    """What was left out of it, and why."""
    entries: Sequence[Entry] = ()
    """Of all the articles, where they were made along with them."""
    error: str = ""


def look(file: Path, known: str, reader: readers.Reader) -> Looked:
    """The articles of a file, unless its SHA-256 is ``known``. Times of change are not used: a clock may have been set back."""
    try:
        with file.open("rb") as opened:
            file_hash = file_digest(opened, "sha256").hexdigest()
        if file_hash == known:
            return Looked(file_hash)
        reading = reader.read(file)
        path = str(file.resolve())
        articles = [a for one in reading.documents for a in digest.read(one, path=path, file_hash=file_hash)]
    except readers.ReadError as error:
        return Looked(error=str(error))
    except OSError as error:
        return Looked(error=f"{file} cannot be read ({error.strerror}). Check its permissions.")
    problems = tuple(problem for problem in reading.problems if problem not in reading.notes)
    return Looked(file_hash, articles, problems, reading.notes)
