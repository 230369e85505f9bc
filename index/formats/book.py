"""EPUB books: the chapters in the order of the spine, under the book's title; nothing but their text is opened."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.formats import markup, text
from index.formats.archive import Archive
from index.formats.document import CHARACTERS, Document, ReadError, known_date, known_title

if TYPE_CHECKING:
    from lxml.etree import _Element

_CHAPTER = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")


def read(archive: Archive) -> Document:
    """The book as one document. Raises ReadError where it is locked or its parts are missing."""
    if "META-INF/encryption.xml" in archive.names and "META-INF/rights.xml" in archive.names:
        raise ReadError(f"{archive.path} is locked by its seller (DRM): only the seller's own reader opens it")
    container = archive.tree("META-INF/container.xml")
    root = next((node.get("full-path") or "" for node in container.iter("{*}rootfile")), "")
    package = archive.tree(root)
    title = known_title(_named(package, "title"))
    parts: list[str] = []
    for name in _spine(package, posixpath.dirname(root)):
        try:
            tree = markup.parse(markup.decode(archive.read(name)))
        except ValueError:
            continue  # a chapter without text, a picture of the cover
        parts += markup.blocks(tree, whole=True)
        if sum(map(len, parts)) > CHARACTERS:
            raise ReadError(f"{archive.path} holds more than {CHARACTERS:,} characters: split it")
    headed = any(part == f"# {title}" for part in parts[:3])
    head = [] if headed or not title else [f"# {title}"]
    return Document(
        archive.path,
        text.blocks([*head, *(part if headed or not part.startswith("#") else f"#{part}" for part in parts)]),
        title=title,
        date=known_date(_named(package, "date")),
        source=_named(package, "publisher")[:80],
    )


def _named(package: _Element, name: str) -> str:
    """An element of the book's metadata by its Dublin Core name."""
    found = next(package.iter(f"{{*}}{name}"), None)
    return text.one_line("".join(found.itertext())) if found is not None else ""


def _spine(package: _Element, folder: str) -> list[str]:
    """The names of the chapters in reading order; the table of contents, which repeats their titles, is none."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    names = []
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _CHAPTER or "nav" in (item.get("properties") or "").split():
            continue
        names.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or ""))))
    return names
