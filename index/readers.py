"""Files -> documents: which files can be read, plain text here and everything else in a process that can be killed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from index.cleaning import clean
from index.formats import markdown
from index.formats.document import LARGEST as LARGEST_OF_ALL
from index.formats.document import Document, ReadError
from index.formats.kinds import KINDS, SUFFIXES, is_packed
from index.formats.opening import CURE, plain
from index.formats.process import MEMORY, SECONDS, Child

__all__ = ["LARGEST", "SUFFIXES", "ReadError", "Reader", "Reading", "find", "read"]

_LINE_END = re.compile("\r\n?")
LARGEST = 50_000_000  # bytes of plain text; an article is a few thousand, so anything near this is something else


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file: its documents, several of an archive, and why parts of it could not be read."""

    documents: tuple[Document, ...]
    problems: tuple[str, ...] = ()


class Reader:
    """Reads one file after another; close it, or use it as a context, to end the process that it may have started.

    ``seconds`` for one document and ``memory`` in bytes bound what is no plain text. One thread at a time.
    """

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._child = Child(seconds=seconds, memory=memory)

    def read(self, path: Path) -> Reading:
        """The documents of a file. Raises ReadError where there is none, with every reason."""
        path = Path(path)
        size, begin = _looked_at(path)
        if KINDS.get(path.suffix.lower()) == "text" and not is_packed(begin):
            return Reading((Document(str(path), read(path), plain=True),))
        if size > LARGEST_OF_ALL:
            told = f"{size / 1e6:,.0f} MB, at most {LARGEST_OF_ALL / 1e6:,.0f}"
            raise ReadError(f"{path} is too large ({told}): split it into smaller files")
        found = list(self._child.read(path))
        top = len(str(path)) + 1
        documents = tuple(replace(_cleaned(d), part=d.path[top:]) for d in found if isinstance(d, Document))
        notes = [document.note for document in documents if document.note]
        problems = (*(str(error) for error in found if isinstance(error, ReadError)), *notes)
        if not documents:
            raise ReadError("\n".join(problems) or f"{path} holds nothing to read: put text into it or leave it out")
        return Reading(documents, problems)

    def close(self) -> None:
        """End the process; a later read starts another."""
        self._child.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def find(paths: Sequence[Path]) -> list[Path]:
    """Files and folders -> readable files, each once: in the order given, and by name inside a folder."""
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _files(Path(path)):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def read(path: Path) -> str:
    """The cleaned text of one plain text file. Raises ReadError."""
    path = Path(path)
    size, _ = _looked_at(path)
    if size > LARGEST:
        told = f"{size / 1e6:.0f} MB, at most {LARGEST / 1e6:.0f}"
        raise ReadError(f"{path} is too large ({told}): split it into smaller files")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    text = _cleaned(plain(data, str(path))).text
    if not text.strip():
        raise ReadError(f"{path} is empty: put text into it or leave it out")
    return text


def _looked_at(path: Path) -> tuple[int, bytes]:
    """The size of a file and how it begins."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size, file.read(4096)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ReadError:
    told = error.strerror or error
    return ReadError(f"{path} cannot be read ({told}): check that it is a file and that you may read it")


def _cleaned(document: Document) -> Document:
    """Lines that somebody typed, joined where the page broke them; other formats say themselves what a paragraph is."""
    if not document.plain:
        return document
    is_markdown = document.path.lower().endswith((".md", ".markdown"))
    read_as = markdown.shown if is_markdown else markdown.without_pictures
    return replace(document, text=clean(read_as(_LINE_END.sub("\n", document.text)), markdown=is_markdown))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        files = list(_walk(path))
        if not files:
            kinds = ", ".join(SUFFIXES)
            raise ReadError(f"{path} holds nothing to read: put articles ({kinds}) into it or name another folder")
        yield from files
    elif not path.exists():
        raise ReadError(f"{path} does not exist: check the spelling, or give the full path")
    elif path.is_file() and path.suffix.lower() in SUFFIXES:
        yield path
    else:
        kinds = ", ".join(SUFFIXES)
        raise ReadError(f"{path} is not a kind of file that can be read ({kinds}): {CURE} with one of these endings")


def _walk(folder: Path) -> Iterator[Path]:
    """Readable files under a folder, sorted; hidden files and folders are left out, links to folders not followed."""

    def refuse(error: OSError) -> None:
        raise ReadError(f"{error.filename} cannot be opened ({error.strerror}): check that you may read it") from error

    for here, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(here, name)
            if not name.startswith(".") and file.suffix.lower() in SUFFIXES and file.is_file():
                yield file
