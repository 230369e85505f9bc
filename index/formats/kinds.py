"""What a file is: its content decides where content can tell, its ending where it cannot; a mismatch is an error with a cure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from index.encoding import decoded, is_binary
from index.formats import office
from index.formats.archive import Archive
from index.formats.document import ReadError

KINDS = {
    ".txt": "text",
    ".md": "text",
    ".markdown": "text",
    ".org": "text",
    ".rst": "text",
    ".adoc": "text",
    ".asciidoc": "text",
    ".tex": "text",
    ".docx": "word",
    ".docm": "word",
    ".dotx": "word",
    ".rtf": "rtf",
    ".odt": "opendocument",
    ".ott": "opendocument",
    ".ods": "opendocument",
    ".odp": "opendocument",
    ".pptx": "slides",
    ".pptm": "slides",
    ".ppsx": "slides",
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
    ".mbox": "mailbox",
    ".zip": "zip",
}
"""Kind by ending: what `yinju index FOLDER` looks for."""
SUFFIXES = tuple(KINDS)
_PACKED = {
    "word": "a Word document",
    "xlsx": "an Excel workbook",
    "slides": "a presentation",
    "opendocument": "an OpenDocument file",
    "epub": "an EPUB book",
    "zip": "a zip archive",
}

_OLD = "save as .docx, .xlsx or .pdf, or " + office.INSTALL
_CURES = {
    _OLD: " ".join(kind.removeprefix(".") for kind in office.KINDS),
    "save as .docx, .xlsx or .pdf": "pages numbers key xps vsd one pub wpd hwp",
    "save as .md or .txt": "textile log json xml yaml yml ini srt opml enex",
    "save as .epub or .pdf": "mobi azw azw3 fb2 djvu chm",
    "save as .eml": "msg pst",
    "unpack it, or pack as .zip": "rar 7z gz tar tgz bz2 xz",
}
_CURE_OF = {f".{kind}": cure for cure, kinds in _CURES.items() for kind in kinds.split()}

_PASSED_OVER = re.compile(
    r"\..*|~\$.*|~WRL\d+\.tmp|.*~|.*\.(?:tmp|lnk|part|crdownload|swp)|thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r"
    r"|__MACOSX|\$RECYCLE\.BIN|System Volume Information|@eaDir|lost\+found",
    re.IGNORECASE,
)
"""What programs and systems leave beside documents: nobody wrote it to be read."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PASSWORD = "is protected by a password: open it, save it without one and try again"  # noqa: S105 a message
_RTF = b"{\\rtf"
_OTHERS = (
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
    """True if the first bytes are those of a format that must not be read as text: PDF, zip, old Office and others."""
    return kind_of_bytes(data[:4096]) != "" or any(data.startswith(magic) for magic, _ in _OTHERS)


def kind_of_bytes(data: bytes) -> str:
    """ "pdf", "zip", "ole", "rtf" or "" by the first bytes."""
    if data.startswith(_RTF):
        return "rtf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if data.startswith(_OLE):
        return "ole"
    if re.match(rb"[\s\S]{0,1024}?%PDF-\d", data[:1032]) and b"\0" not in data[:4]:
        return "pdf"
    return ""


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
    if found in ("pdf", "rtf"):
        return found, None
    for magic, what in _OTHERS:
        if data.startswith(magic) and claimed != "text":
            raise ReadError(f"{path} is {what}")
    if not data.strip(b"\0 \t\r\n"):
        raise ReadError(f"{path} is empty: put text into it or leave it out")
    if suffix in office.KINDS and (kind := _kind_in_truth(data, suffix)):
        return kind, None
    if claimed in (*_PACKED, "pdf", "rtf", ""):
        if _HTML.match(data[:4096]):
            return "html", None
        named = {"pdf": "a PDF", "rtf": "an RTF document"}.get(claimed) or _PACKED.get(
            claimed, "a kind of file that can be read"
        )
        raise ReadError(f"{path} is not {named}, or damaged: copy it again, or give it the ending of what it is")
    return claimed, None


def cure_of(suffix: str) -> str:
    """How a file of an ending that is not read becomes one that is; "" where nothing does it."""
    return _CURE_OF.get(suffix, "")


def is_passed_over(name: str) -> bool:
    """True for a file or folder that a program or the system made for itself (".git", "~$report.docx", "Thumbs.db")."""
    return bool(_PASSED_OVER.fullmatch(name))


def left_out(kinds: Mapping[str, int]) -> tuple[str, ...]:
    """Files that were left out, counted by ending: a line for each cure, what can be cured first."""
    by_cure: dict[str, list[str]] = {}
    for kind, count in sorted(kinds.items()):
        by_cure.setdefault(cure_of(kind), []).append(f"{count} {kind or 'without an ending'}")
    order = [*(cure for cure in by_cure if cure), *(cure for cure in by_cure if not cure)]
    return tuple(f"left out: {', '.join(by_cure[cure])}" + (f": {cure}" if cure else "") for cure in order)


def is_other(data: bytes) -> bool:
    """True if the first bytes are of another kind than an old Office ending says: programs save pages, RTF and rows of values so."""
    return kind_of_bytes(data) in ("zip", "rtf", "pdf") or bool(_kind_in_truth(data, ""))


def _kind_in_truth(data: bytes, suffix: str) -> str:
    """The kind of a file whose ending is no kind: a page, an archive of one, rows of values or text; "" of bytes that are none."""
    if _HTML.match(data[:4096]):
        return "html"
    if data.startswith(b"MIME-Version:"):
        return "mhtml"
    text = decoded(data) or decoded(data[: data.rfind(b"\n") + 1])  # the last character may be cut
    if not text or not text.strip() or is_binary(text):
        return ""
    return "csv" if office.KINDS.get(suffix) == "xlsx" else "text"


def refuse_protected(data: bytes, path: str) -> None:
    """Raises ReadError where an Office file is encrypted."""
    if _ENCRYPTED in data:
        raise ReadError(f"{path} {_PASSWORD}")


def _refuse_old_office(data: bytes, path: str) -> None:
    refuse_protected(data, path)
    raise ReadError(f"{path} is of an old Office format: open it and save it as .docx, .xlsx or .pdf")


def _packed_kind(archive: Archive, claimed: str) -> str:
    names = archive.names
    if "[Content_Types].xml" in names:
        for part, kind in (("word/", "word"), ("xl/", "xlsx"), ("ppt/", "slides")):
            if any(name.startswith(part) for name in names):
                return kind
    if "mimetype" in names:
        declared = archive.read("mimetype")[:200]
        if b"epub" in declared:
            return "epub"
        if b"opendocument" in declared:
            return "opendocument"
    if claimed in _PACKED and claimed != "zip":
        raise ReadError(f"{archive.path} is not {_PACKED[claimed]}, or damaged: copy it again, or save it anew")
    return "zip"
