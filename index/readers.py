"""Files -> text: which files can be read, in which encoding they are written, and an error that names the file."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.cleaning import clean

SUFFIXES = (".txt", ".md")
LARGEST = 50_000_000  # bytes; an article is a few thousand, so anything near this is something else
_SAMPLE = 200_000  # bytes that decide between encodings

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The most frequent characters of written Chinese, simplified and traditional: about a third of any running text.
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部"
    "度家电力里如水化高自二理起小现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心"
    "這為個國時來們於對會發動過說產種後學經進著電裡現實與關點從業開還體當應機無線內數"
)
_USUAL = re.compile("[\t\n\r\x20-\x7e\u2010-\u2027\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x7f]")
_CURE = "save it as UTF-8 text and try again"


class ReadError(OSError):
    """A path that cannot be read as an article; the message names it and says what to do."""


def find(paths: Sequence[Path]) -> list[Path]:
    """Files and folders -> readable files, each once: in the order given, and by name inside a folder."""
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _files(Path(path)):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def read(path: Path) -> str:
    """The cleaned text of one file."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            told = f"{size / 1e6:.0f} MB, at most {LARGEST / 1e6:.0f}"
            raise ReadError(f"{path} is too large ({told}): split it into smaller files")
        data = path.read_bytes()
    except ReadError:
        raise
    except OSError as error:
        told = f"{path} cannot be read ({error.strerror or error}): check that it is a file and that you may read it"
        raise ReadError(told) from error
    text = clean(decode(data, path), markdown=path.suffix.lower() == ".md")
    if not text.strip():
        raise ReadError(f"{path} is empty: put text into it or leave it out")
    return text


def decode(data: bytes, path: Path) -> str:
    """Bytes -> text by byte order mark, UTF-8, UTF-16, GB18030 or Big5; never by replacing what does not fit."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(_strict(data, encoding), path)
    text = _strict(data, "utf-8")
    if text is None:
        text = _utf16(data) if b"\0" in data else _chinese(data)
    elif "\0" in text:
        text = _utf16(data)
    return _checked(text, path)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        files = list(_walk(path))
        if not files:
            kinds = " or ".join(SUFFIXES)
            raise ReadError(f"{path} holds nothing to read: put {kinds} files into it or name another folder")
        yield from files
    elif not path.exists():
        raise ReadError(f"{path} does not exist: check the spelling, or give the full path")
    elif path.is_file() and path.suffix.lower() in SUFFIXES:
        yield path
    else:
        kinds = ", ".join(SUFFIXES)
        raise ReadError(f"{path} is not a kind of file that can be read ({kinds}): {_CURE} with one of these endings")


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


def _checked(text: str | None, path: Path) -> str:
    if text is None:
        raise ReadError(f"{path} is in no encoding that fits (tried UTF-8, UTF-16, GB18030, Big5): {_CURE}")
    controls = len(_CONTROL.findall(text))
    if "\0" in text or controls > max(2, len(text) // 200):
        raise ReadError(f"{path} is not text but binary data: {_CURE}, or leave it out")
    return _CONTROL.sub("", text)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: the order of bytes in which nearly every character is one that Chinese or English uses."""
    best, text = 0.9, None
    for encoding in ("utf-16-le", "utf-16-be"):
        decoded = _strict(data, encoding)
        if decoded:
            usual = len(_USUAL.findall(decoded[:_SAMPLE]))
            share = usual / len(decoded[:_SAMPLE])
            best, text = max((best, text), (share, decoded), key=lambda pair: pair[0])
    return text if text is not None else ("\0" if b"\0" in data else None)


def _chinese(data: bytes) -> str | None:
    """GB18030 or Big5, whichever gives the characters people write; None when neither does.

    Both decode nearly any bytes, so decoding is no proof. Each code page puts its everyday characters and marks in one
    block: real text lies in it almost wholly, text read with the wrong page scatters. Long text must also hold the
    frequent characters, which other East Asian encodings read as Chinese do not.
    """
    readings = []
    for encoding, everyday in (("gb18030", (0xA1, 0xD7)), ("big5", (0xA1, 0xC6))):
        text = _strict(data, encoding)
        if text is None:
            continue
        strange = [c for c in text[:_SAMPLE] if ord(c) > 0x7F]
        usual = sum(_everyday(c, encoding, everyday) for c in strange)
        readings.append((usual / max(1, len(strange)), text, strange))
    share, best, strange = max(readings, key=lambda reading: reading[0], default=(0.0, "", []))
    frequent = sum(c in _FREQUENT for c in strange)
    return best if share >= 0.6 and (len(strange) < 60 or frequent >= 0.05 * len(strange)) else None


def _everyday(character: str, encoding: str, lead: tuple[int, int]) -> bool:
    code = character.encode(encoding)
    return len(code) == 2 and lead[0] <= code[0] <= lead[1] and (encoding == "big5" or code[1] >= 0xA1)
