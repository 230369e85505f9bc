"""One file's bytes -> its documents: by kind, into archives and attachments, one bad file never stopping the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from zipfile import ZipInfo

from index.encoding import CONTROL, decoded, is_binary
from index.formats import office
from index.formats.archive import Archive, shown_name
from index.formats.document import CHARACTERS, NESTING, UNPACKED, Document, ReadError
from index.formats.kinds import KINDS, cure_of, is_other, is_passed_over, kind_of, left_out

CURE = "save it as UTF-8 text and try again"


class Opening:
    """Reads one file; ``UNPACKED`` bounds all that is unpacked out of it, whatever lies in what."""

    def __init__(self, skip: int = 0, begin: Callable[[int, str], None] = lambda turn, path: None) -> None:
        """The first ``skip`` files are not read again; ``begin`` is told the number and the path of each before it is, and again
        before each of its pages that takes seconds."""
        self._left = UNPACKED
        self._skip = skip
        self._begin = begin
        self._turn = 0

    def documents(self, data: bytes, path: str, *, depth: int = 0) -> Iterator[Document | ReadError]:
        """The documents of a file; for what cannot be read its error takes the place. Raises nothing that a file can cause."""
        self._turn += 1
        new = self._turn > self._skip
        if new:
            self._begin(self._turn, path)
        try:
            kind, archive = kind_of(data, path)
            if archive is not None and kind == "zip":
                yield from self._unpacked(archive, depth)
            elif kind == "mail":
                yield from self._letter(data, path, depth, new)
            elif kind == "mailbox":
                yield from self._mailbox(data, path, depth)
            elif new:
                yield _filled(_read(kind, data, path, archive, partial(self._begin, self._turn, path)))
        except Exception as error:  # noqa: BLE001 whatever a library raises at a damaged file, it is that file's error
            if new:
                yield error if isinstance(error, ReadError) else _failed(error, path)

    def _unpacked(self, archive: Archive, depth: int) -> Iterator[Document | ReadError]:
        if depth >= NESTING:
            raise ReadError(f"{archive.path} lies in too many archives, at most {NESTING}: unpack it")
        found, left = 0, Counter[str]()
        for entry in sorted(archive.entries, key=lambda entry: entry.filename):
            name = shown_name(entry)
            if any(map(is_passed_over, PurePosixPath(name).parts)):
                continue
            suffix = PurePosixPath(name).suffix.lower()
            if suffix not in KINDS and not self._is_other(archive, entry, suffix):
                left[suffix] += bool(cure_of(suffix))
                continue
            found += 1
            self._left -= entry.file_size
            if self._left < 0:
                raise ReadError(f"{archive.path} unpacks to more than {UNPACKED / 1e6:,.0f} MB: unpack it yourself")
            inner = f"{archive.path}/{name}"
            try:
                data = archive.read(entry)
            except ReadError as error:
                yield ReadError(f"{inner}: {error}")
                continue
            yield from self.documents(data, inner, depth=depth + 1)
        for told in left_out(+left):
            yield ReadError(f"{archive.path}: {told}")
        if not found:
            raise ReadError(f"{archive.path} holds nothing to read: put articles into it or leave it out")

    def _is_other(self, archive: Archive, entry: ZipInfo, suffix: str) -> bool:
        """True if an old Office file of an archive is of a kind that is read."""
        try:
            return suffix in office.KINDS and is_other(archive.read(entry)[:4096])
        except ReadError:
            return False

    def _mailbox(self, data: bytes, path: str, depth: int) -> Iterator[Document | ReadError]:
        from index.formats import mail

        if depth >= NESTING:
            raise ReadError(f"{path} lies in too many archives, at most {NESTING}: unpack it")
        for name, letter in mail.letters(data, path):
            yield from self.documents(letter, f"{path}/{name}", depth=depth + 1)

    def _letter(self, data: bytes, path: str, depth: int, new: bool) -> Iterator[Document | ReadError]:
        from index.formats import mail, threads

        letter, attached = mail.read_mail(data, path)
        files = [(name, held) for name, held in attached if PurePosixPath(name).suffix.lower() in KINDS]
        packed = [name for name, _ in attached if PurePosixPath(name).suffix.lower() in (".dat", ".tnef")]
        if new and (letter.text.strip() or not files):
            yield from map(_filled, threads.forwarded(letter) or [letter])
        for told in left_out(
            Counter(kind for name, _ in attached if cure_of(kind := PurePosixPath(name).suffix.lower()))
        ):
            yield ReadError(f"{path}: {told}")
        if new and packed:
            yield ReadError(
                f"{path}: {packed[0]} is packed in Outlook's own way: ask for it as plain files, or save it from Outlook"
            )
        for name, held in files:
            if depth >= NESTING:
                raise ReadError(f"{path} lies in too many archives, at most {NESTING}: unpack it")
            yield from self.documents(held, f"{path}/{name}", depth=depth + 1)


def _failed(error: Exception, path: str) -> ReadError:
    if isinstance(error, MemoryError):
        return ReadError(f"{path} needs more memory than a file may: leave it out, or split it")
    if isinstance(error, RecursionError):
        return ReadError(f"{path} is nested too deeply to be read: leave it out, or save it anew")
    return ReadError(f"{path} is damaged ({type(error).__name__}: {str(error)[:200]}): save it anew or copy it again")


def plain(data: bytes, path: str) -> Document:
    """A text file as it is. Raises ReadError where it is none."""
    text = decoded(data)
    if text is None:
        raise ReadError(f"{path} is in no encoding that fits (tried UTF-8, UTF-16, GB18030, Big5): {CURE}")
    if is_binary(text):
        raise ReadError(f"{path} is not text but binary data: {CURE}, or leave it out")
    return Document(path, CONTROL.sub("", text), plain=True)


def _read(kind: str, data: bytes, path: str, archive: Archive | None, alive: Callable[[], None]) -> Document:
    """One document. The libraries are imported by the modules that need them, so that each costs only those who use it.

    ``alive`` is told where reading goes on beyond the time of one document, page by page.
    """
    if kind == "text":
        return plain(data, path)
    if kind == "csv":
        from index.formats import sheets

        return sheets.read_csv(data, path)
    if kind == "rtf":
        from index.formats import rtf

        return rtf.read(data, path)
    if kind == "html":
        from index.formats import page

        return page.read(data, path)
    if kind == "mhtml":
        from index.formats import mail

        return mail.read_mhtml(data, path)
    if kind == "pdf":
        from index.formats import pdf

        return pdf.read(data, path, alive)
    if archive is None:
        raise ReadError(f"{path} is not a kind of file that can be read")
    return _read_packed(kind, data, archive)


def _read_packed(kind: str, data: bytes, archive: Archive) -> Document:
    if kind == "word":
        from index.formats import word

        return word.read(data, archive)
    if kind == "xlsx":
        from index.formats import sheets

        return sheets.read_xlsx(data, archive)
    if kind == "opendocument":
        from index.formats import opendocument

        return opendocument.read(archive)
    if kind == "slides":
        from index.formats import slides

        return slides.read(archive)
    from index.formats import book

    return book.read(archive)


def _filled(document: Document) -> Document:
    if not document.text.strip():
        raise ReadError(f"{document.path} is empty: put text into it or leave it out")
    if len(document.text) > CHARACTERS:
        raise ReadError(f"{document.path} holds more than {CHARACTERS:,} characters: split it")
    return replace(document, title=document.title.strip())
