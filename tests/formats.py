"""What the tests of formats share: a file's only document, its error, and Word files made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from index.formats.document import Document, ReadError
from index.formats.opening import Opening


def opened(data: bytes, path: str) -> list[Document | ReadError]:
    return list(Opening().documents(data, path))


def only(data: bytes, path: str) -> Document:
    (found,) = opened(data, path)
    assert isinstance(found, Document), found
    return found


def error(data: bytes, path: str) -> str:
    (found,) = opened(data, path)
    assert isinstance(found, ReadError), found
    return str(found)


def word(make: Callable[[Any], None], **properties: object) -> bytes:
    """A Word file that ``make`` fills."""
    from docx import Document as WordFile

    file = WordFile()
    file.core_properties.created = datetime(2026, 1, 13)
    for name, value in properties.items():
        setattr(file.core_properties, name, value)
    make(file)
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def add(file: Any, xml: str) -> None:
    """Put raw paragraphs and tables at the end of the body."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    body = file.element.body
    for element in parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>"):
        body.insert(len(body) - 1, element)
