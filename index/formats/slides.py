"""Presentations (.pptx): the slides in their order, a page each, with titles, lists, tables, equations and the speaker's notes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from index.formats import mathematics, tables, text
from index.formats.archive import Archive
from index.formats.document import CHARACTERS, Document, ReadError, known_date, known_title
from index.formats.raised import DOWN, END, UP

_PAGE = "\x0c"
_DEEPEST = 60
_OFF = ("sldNum", "dt", "ftr", "hdr", "sldImg")
"""Placeholders of what stands on every slide."""


def read(archive: Archive) -> Document:
    """The presentation; hidden slides are told. Raises ReadError where it is damaged."""
    archive.refuse_entities()
    parts: list[str] = []
    hidden: list[str] = []
    for number, name in enumerate(_slides(archive), 1):
        parts += [_PAGE] if number > 1 else []
        slide = archive.tree(name)
        if slide.get("show") in ("0", "false"):
            hidden.append(str(number))
            continue
        parts += _Slide(archive, name).blocks(slide)
        for notes in _targets(archive, name, "/notesSlide"):
            parts += _Slide(archive, notes).blocks(archive.tree(notes))
        if sum(map(len, parts)) > CHARACTERS:
            raise ReadError(f"{archive.path} holds more than {CHARACTERS:,} characters: split it")
    whole, pages = text.paged(text.blocks(parts))
    title, date = _about(archive)
    note = (
        f"{archive.path}: hidden and left out: slide {', '.join(hidden)}: show them and index it again"
        if hidden
        else ""
    )
    return Document(archive.path, whole, title=title, date=date, pages=pages, note=note)


def _about(archive: Archive) -> tuple[str, str]:
    if "docProps/core.xml" not in archive.names:
        return "", ""
    core = archive.tree("docProps/core.xml")
    title, made = (core.findtext(f"{{*}}{name}") or "" for name in ("title", "created"))
    return known_title(title), known_date(made)


def _slides(archive: Archive) -> Iterator[str]:
    """The parts of the slides in the order of the presentation."""
    names = _relations(archive, "ppt/presentation.xml")
    for slide in archive.tree("ppt/presentation.xml").iter("{*}sldId"):
        told = next((value for key, value in slide.attrib.items() if key.endswith("}id")), "")
        if (name := names.get(told, ("", ""))[1]) in archive.names:
            yield name


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to inside the file: kind and part by id."""
    folder, name = posixpath.split(part)
    rels = f"{folder}/_rels/{name}.rels"
    if rels not in archive.names:
        return {}
    found = {}
    for relation in archive.tree(rels):
        if isinstance(relation.tag, str) and relation.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join(folder, relation.get("Target") or ""))
            found[relation.get("Id") or ""] = (relation.get("Type") or "", target.lstrip("/"))
    return found


def _targets(archive: Archive, part: str, kind: str) -> list[str]:
    return [name for told, name in _relations(archive, part).values() if told.endswith(kind) and name in archive.names]


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class _Slide:
    """Walks the shapes of one slide, its title first."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive = archive
        self._name = name

    def blocks(self, slide: Any) -> Iterator[str]:
        for tree in slide.iter("{*}spTree"):
            yield from self._shapes(sorted(tree, key=lambda shape: _kind(shape) not in ("title", "ctrTitle")), 0)
            return

    def _shapes(self, shapes: Any, depth: int) -> Iterator[str]:
        for shape in shapes:
            name, kind = _local(shape), _kind(shape)
            hidden = next((found.get("hidden") for found in shape.iterfind("./*/{*}cNvPr")), "") if name else ""
            if depth > _DEEPEST or not name or kind in _OFF or hidden in ("1", "true"):
                continue
            if name == "AlternateContent":
                yield from self._shapes(next(iter(shape), ()), depth + 1)
            elif name == "grpSp":
                yield from self._shapes(shape, depth + 1)
            elif name == "graphicFrame":
                yield from self._frame(shape)
            elif kind in ("title", "ctrTitle"):
                yield text.heading(2, " ".join(_paragraphs(shape)))
            else:
                yield from _paragraphs(shape)

    def _frame(self, frame: Any) -> Iterator[str]:
        """A table, or the words of a drawing that PowerPoint lays out."""
        for held in frame.iter("{*}tbl"):
            yield from tables.blocks(tables.placed(map(_row, held.iterchildren("{*}tr"))))
        if next(frame.iter("{*}relIds"), None) is not None:
            for data in _targets(self._archive, self._name, "/diagramData"):
                for point in self._archive.tree(data).iter("{*}pt"):
                    yield from _paragraphs(point)


def _kind(shape: Any) -> str:
    """Of a placeholder what it holds: "title", "body", "sldNum"."""
    if not isinstance(shape.tag, str):
        return ""
    return next((found.get("type") or "body" for found in shape.iterfind("./*/{*}nvPr/{*}ph")), "")


def _row(row: Any) -> list[tables.Cell]:
    """The cells of a row but those that another one covers."""
    cells = []
    for cell in row.iterchildren("{*}tc"):
        if cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true"):
            continue
        wide, high = (_count(cell.get(name)) for name in ("gridSpan", "rowSpan"))
        cells.append(tables.Cell(" ".join(_paragraphs(cell)).replace("\n", " "), wide, high))
    return cells


def _count(told: str | None) -> int:
    return min(max(1, int(told)), tables.MOST) if told and told.isdecimal() and len(told) < 6 else 1


def _paragraphs(parent: Any) -> Iterator[str]:
    """The paragraphs of a shape, a line break in one as a row of its own, those of a list with their dash."""
    for paragraph in parent.iter("{*}p"):
        if _local(paragraph.getparent()) not in ("txBody", "t"):
            continue
        lines = "".join(map(_piece, paragraph)).split("\v")
        said = "\n".join(line for line in map(text.one_line, lines) if line)
        properties = paragraph.find("{*}pPr")
        bullet = properties is not None and any(_local(mark) in ("buChar", "buAutoNum") for mark in properties)
        if said:
            yield f"- {said}" if bullet and not text.is_item(said) else said


def _piece(child: Any) -> str:
    name = _local(child)
    if name == "br":
        return "\v"
    if name in ("m", "oMath", "oMathPara"):
        return mathematics.written(child)
    if name == "AlternateContent":
        return "".join(_piece(held) for choice in list(child)[:1] for held in choice)
    if name not in ("r", "fld"):
        return ""
    said = child.findtext("{*}t") or ""
    look = child.find("{*}rPr")
    if look is None or not said.strip():
        return said
    if look.get("strike", "noStrike") != "noStrike":
        return ""
    raised = look.get("baseline") or "0"
    if not re.fullmatch(r"-?\d+%?", raised) or not re.search("[1-9]", raised):
        return said
    return f"{DOWN if raised.startswith('-') else UP}{said}{END}"
