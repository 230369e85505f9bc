"""Files -> documents: which files can be read, plain text here and everything else in a process that can be killed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from index.cleaning import clean
from index.formats import latex, lightweight, markdown, office, threads
from index.formats.document import LARGEST as LARGEST_OF_ALL
from index.formats.document import Document, ReadError
from index.formats.kinds import KINDS, SUFFIXES, is_packed, kind_of_bytes, refuse_protected
from index.formats.opening import plain
from index.formats.process import MEMORY, SECONDS, Child
from index.formats.raised import unraised
from index.formats.text import paged
from index.radicals import folded
from index.survey import Survey, find, survey

__all__ = ["LARGEST", "SUFFIXES", "ReadError", "Reader", "Reading", "Survey", "find", "read", "survey"]

_CONVERTED = {
    ".org": lightweight.org,
    ".rst": lightweight.rst,
    ".adoc": lightweight.asciidoc,
    ".asciidoc": lightweight.asciidoc,
    ".tex": latex.shown,
}
"""Sources that are read as the Markdown that says the same."""
_LINE_END = re.compile("\r\n?")
LARGEST = 50_000_000  # bytes of plain text; an article is a few thousand, so anything near this is something else


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file: its documents, several of an archive, and why parts of it could not be read."""

    documents: tuple[Document, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Of the problems those that are no failure: what was left out of a document that was read, and why."""


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
            letters = threads.letters(Document(str(path), read(path), plain=True))
            return Reading(tuple(replace(each, part=each.path[len(str(path)) + 1 :]) for each in letters))
        if size > LARGEST_OF_ALL:
            told = f"{size / 1e6:,.0f} MB, at most {LARGEST_OF_ALL / 1e6:,.0f}"
            raise ReadError(f"{path} is too large ({told}): split it into smaller files")
        found = list(self._found(path, begin))
        top = len(str(path)) + 1
        documents = tuple(replace(_cleaned(d), part=d.path[top:]) for d in found if isinstance(d, Document))
        notes = [document.note for document in documents if document.note]
        problems = (*(str(error) for error in found if isinstance(error, ReadError)), *notes)
        if not documents:
            raise ReadError("\n".join(problems) or f"{path} holds nothing to read: put text into it or leave it out")
        return Reading(documents, problems, tuple(notes))

    def _found(self, path: Path, begin: bytes) -> Iterator[Document | ReadError]:
        """What the process reads; of an old Office file what LibreOffice makes of it, by the file's own name."""
        if kind_of_bytes(begin) != "ole" or path.suffix.lower() not in office.KINDS:
            yield from self._child.read(path)
            return
        refuse_protected(path.read_bytes(), str(path))
        with office.renewed(path) as made:
            for found in self._child.read(made):
                if isinstance(found, ReadError):
                    yield ReadError(str(found).replace(str(made), str(path)))
                else:
                    yield replace(
                        found, path=str(path), note=found.note.replace(str(made), str(path)), title=_named(found, path)
                    )

    def close(self) -> None:
        """End the process; a later read starts another."""
        self._child.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _named(document: Document, path: Path) -> str:
    """A sheet without a title is named by its file."""
    return path.stem if document.title == "source" else document.title


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
    """Lines that somebody typed, joined where the page broke them; other formats say themselves what a paragraph is. Radicals
    are characters in all of them, and raised digits stand on the line."""
    document = _on_the_line(replace(document, text=folded(document.text), title=folded(document.title)))
    if not document.plain:
        return document
    source, suffix = _LINE_END.sub("\n", document.text), Path(document.path).suffix.lower()
    source = _CONVERTED.get(suffix, str)(source)
    is_markdown = suffix in (".md", ".markdown", *_CONVERTED)
    read_as = markdown.shown if is_markdown else markdown.without_pictures
    return replace(document, text=clean(read_as(source), markdown=is_markdown))


def _on_the_line(document: Document) -> Document:
    """The text with the digits that its author raised on the line; its pages begin where they did."""
    shown = unraised(document.text)
    if shown == document.text or not document.pages:
        return replace(document, text=shown)
    ends = [*document.pages[1:], len(document.text)]
    pieces = [document.text[start:end] for start, end in zip(document.pages, ends, strict=True)]
    whole, pages = paged(unraised("\x0c".join(pieces)))
    return replace(document, text=whole, pages=pages)
