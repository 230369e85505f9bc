"""Zip archives, opened only after their directory was checked: entries, unpacked size, ratio, passwords, names."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from index.encoding import decoded
from index.formats.document import ENTRIES, RATIO, UNPACKED, ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

_SMALL = 10_000_000  # unpacked bytes at which no ratio is suspicious
_LARGEST_ENTRY = 300_000_000
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\0!\0(?:D\0O\0C|E\0N\0T)|\0<\0!\0(?:D\0O\0C|E\0N\0T)", re.IGNORECASE)
_PASSWORD = "is protected by a password: open it, save it without one and try again"  # noqa: S105 a message
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, KeyError, IndexError, ValueError, OSError
)  # fmt: skip
"""What zipfile raises where an archive is cut off, bent or packed in a way it does not know."""


class Archive:
    """A checked archive of the file ``path``. Raises ReadError where it is damaged, protected or unpacks to too much."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except DAMAGED as error:
            raise ReadError(f"{path} is damaged ({error}): copy or download it again") from error
        self.entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        self._check()

    def _check(self) -> None:
        size = sum(entry.file_size for entry in self.entries)
        told = ""
        if len(self.entries) > ENTRIES:
            told = f"{len(self.entries):,} entries, at most {ENTRIES:,}"
        elif size > UNPACKED:
            told = f"unpacks to {size / 1e6:,.0f} MB, at most {UNPACKED / 1e6:,.0f}"
        for entry in self.entries:
            if entry.file_size > max(_SMALL, entry.compress_size * RATIO):
                told = f"{entry.filename[:80]!r} unpacks to {entry.file_size / max(1, entry.compress_size):,.0f} times its size"
        if told:
            raise ReadError(f"{self.path} unpacks to more than is read ({told}): leave it out, or unpack it yourself")

    @property
    def names(self) -> set[str]:
        """The names of all entries, as they are stored."""
        return {entry.filename for entry in self.entries}

    def read(self, entry: zipfile.ZipInfo | str) -> bytes:
        """The bytes of an entry, never more than its directory promised."""
        info = self._zip.NameToInfo.get(entry) if isinstance(entry, str) else entry
        if info is None:
            raise ReadError(f"{self.path} is damaged (it lacks {entry}): copy or download it again")
        if info.flag_bits & 1:
            raise ReadError(f"{self.path} {_PASSWORD}")
        if info.file_size > _LARGEST_ENTRY:
            raise ReadError(f"{self.path}: {info.filename[:80]!r} is too large ({info.file_size / 1e6:,.0f} MB)")
        try:
            with self._zip.open(info) as stream:
                return stream.read(info.file_size + 1)
        except (*DAMAGED, RuntimeError) as error:
            raise ReadError(f"{self.path} is damaged ({error}): copy or download it again") from error

    def tree(self, name: str) -> _Element:
        """The tree of an XML part, entities left alone. Raises ReadError where there is none."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
        try:
            tree = etree.fromstring(self.read(name), parser)
        except (etree.LxmlError, ValueError) as error:
            raise ReadError(f"{self.path} is damaged ({error}): copy or download it again") from error
        if tree is None:
            raise ReadError(f"{self.path} is damaged ({name} is empty): copy or download it again")
        return tree

    def refuse_entities(self) -> None:
        """Raises ReadError where an XML part declares a document type: office files have none, and entities may explode."""
        for entry in self.entries:
            if entry.filename.lower().endswith((".xml", ".rels", ".vml")) and _DOCTYPE.search(self.read(entry)):
                raise ReadError(
                    f"{self.path} holds XML with a document type, which office files never do: leave it out"
                )


def shown_name(entry: zipfile.ZipInfo) -> str:
    """An entry's name as it was meant: archives made on Chinese Windows store GBK; nothing leads out of the archive."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = decoded(name.encode("cp437")) or name
        except UnicodeError:
            pass
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return "/".join(re.sub(r"[\x00-\x1f\x7f]", "", part) for part in parts) or "unnamed"
