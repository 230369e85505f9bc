"""What a file is: its content decides where content can tell, its ending where it cannot; a mismatch is an error with a cure."""

from __future__ import annotations

import re
from pathlib import PurePath

from index.formats.archive import Archive
from index.formats.document import ReadError

KINDS = {
    ".txt": "text",
    ".md": "text",
    ".markdown": "text",
    ".docx": "word",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".epub": "epub",
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".eml": "mail",
    ".zip": "zip",
}
"""Kind by ending: what `yinju index FOLDER` looks for."""
SUFFIXES = tuple(KINDS)
_PACKED = {"word": "a Word document", "xlsx": "an Excel workbook", "epub": "an EPUB book", "zip": "a zip archive"}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PASSWORD = "is protected by a password: open it, save it without one and try again"  # noqa: S105 a message
_OTHERS = (
    (b"{\\rtf", "an RTF document: save it as .docx"),
    (b"\x89PNG\r\n", "a picture: Yinju reads text; run text recognition (OCR) on it first"),
    (b"\xff\xd8\xff", "a picture: Yinju reads text; run text recognition (OCR) on it first"),
    (b"GIF8", "a picture: Yinju reads text"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it, or pack it as .zip"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it, or pack it as .zip"),
    (b"\x1f\x8b", "a gzip archive: unpack it, or pack it as .zip"),
    (b"MZ", "a program: leave it out"),
    (b"\x7fELF", "a program: leave it out"),
    (b"SQLite format 3\0", "a database: leave it out"),
)
_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)


def is_packed(data: bytes) -> bool:
    """Whether the first bytes are those of a format that must not be read as text: PDF, zip, old Office and others."""
    return kind_of_bytes(data[:4096]) != "" or any(data.startswith(magic) for magic, _ in _OTHERS)


def kind_of_bytes(data: bytes) -> str:
    """ "pdf", "zip", "ole" or "" by the first bytes."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if data.startswith(_OLE):
        return "ole"
    return "pdf" if re.match(rb"[\s\S]{0,1024}?%PDF-\d", data[:1032]) and b"\0" not in data[:4] else ""


def kind_of(data: bytes, path: str) -> tuple[str, Archive | None]:
    """The kind of a file, and its archive where it is packed. Raises ReadError where it is nothing that can be read."""
    suffix = PurePath(path).suffix.lower()
    claimed = KINDS.get(suffix, "")
    found = kind_of_bytes(data)
    if found == "zip":
        archive = Archive(data, path)
        return _packed_kind(archive, claimed), archive
    if found == "ole":
        _refuse_old_office(data, path)
    if found == "pdf":
        return "pdf", None
    for magic, what in _OTHERS:
        if data.startswith(magic) and claimed != "text":
            raise ReadError(f"{path} is {what}")
    if not data.strip(b"\0 \t\r\n"):
        raise ReadError(f"{path} is empty: put text into it or leave it out")
    if claimed in (*_PACKED, "pdf", ""):
        if _HTML.match(data[:4096]):
            return "html", None
        named = "a PDF" if claimed == "pdf" else _PACKED.get(claimed, "a kind of file that can be read")
        raise ReadError(f"{path} is not {named}, or damaged: copy it again, or give it the ending of what it is")
    return claimed, None


def _refuse_old_office(data: bytes, path: str) -> None:
    if _ENCRYPTED in data:
        raise ReadError(f"{path} {_PASSWORD}")
    raise ReadError(f"{path} is of an old Office format: open it and save it as .docx, .xlsx or .pdf")


def _packed_kind(archive: Archive, claimed: str) -> str:
    names = archive.names
    if "[Content_Types].xml" in names:
        for part, kind in (("word/", "word"), ("xl/", "xlsx")):
            if any(name.startswith(part) for name in names):
                return kind
        if any(name.startswith("ppt/") for name in names):
            raise ReadError(f"{archive.path} is a presentation: save it as .pdf")
    if "mimetype" in names:
        declared = archive.read("mimetype")[:200]
        if b"epub" in declared:
            return "epub"
        if b"opendocument" in declared:
            raise ReadError(f"{archive.path} is of the OpenDocument format: save it as .docx, .xlsx or .pdf")
    if claimed in ("word", "xlsx", "epub"):
        raise ReadError(f"{archive.path} is not {_PACKED[claimed]}, or damaged: copy it again, or save it anew")
    return "zip"
