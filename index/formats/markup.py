"""HTML -> Markdown blocks: what a reader of the page sees, without scripts, forms, navigation and what is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.encoding import decoded
from index.formats import text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DROPPED = frozenset(
    "script style noscript template head nav form button input select textarea svg math canvas iframe object embed audio "
    "video picture map dialog menu link meta title rp rt".split()
)
_BLOCKS = frozenset(
    "p div section article main header footer aside figure figcaption address blockquote dl dt dd ul ol li table hr pre "
    "h1 h2 h3 h4 h5 h6 body html center fieldset details summary hgroup".split()
)
_FURNITURE = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE
)
_NOTE_MARK = re.compile(r"[\[(（〔]?\s*(?:\d{1,4}|[*†‡①-⑳])\s*[\])）〕]?")
_DEEPEST = 200  # the nesting at which a page is no page; lxml itself stops at 256


def decode(data: bytes, *, charset: str = "") -> str:
    """The text of a page by its mark, the encoding it names, or the one that fits."""
    if not charset and (found := _CHARSET.search(data[:4096])):
        charset = found[1].decode("ascii")
    if charset and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        wider = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "big5": "big5hkscs"}
        try:
            return data.decode(wider.get(charset.lower(), charset))
        except (LookupError, UnicodeError):
            pass
    found_text = decoded(data)
    return found_text if found_text is not None else data.decode("utf-8", "replace")


def parse(page: str) -> HtmlElement:
    """The tree of a page. Nothing is fetched, entities are only HTML's own. Raises ValueError where there is no page."""
    from lxml import etree, html

    without = re.sub(r"^\s*<\?xml[^>]*\?>", "", page)  # lxml refuses a str that names its encoding
    without = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", without)
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree: HtmlElement = html.document_fromstring(without, parser=parser)
    except etree.LxmlError as error:
        raise ValueError(str(error)) from error
    return tree


def blocks(tree: HtmlElement, *, whole: bool = False) -> list[str]:
    """The blocks of a page's article; ``whole``: of all its body, as in a book or a letter, where nothing is furniture."""
    return list(_walk(tree if whole else _article(tree), 0, whole))


def _article(tree: HtmlElement) -> HtmlElement:
    """The one <article>, <main> or role=main that holds most of what can be read, else the body."""
    body = tree.find(".//body")
    body = tree if body is None else body
    size = sum(len(block) for block in _walk(body, 0, False))
    for path in (".//article", ".//main", ".//*[@role='main']"):
        found = body.findall(path)
        if len(found) == 1 and 2 * sum(len(block) for block in _walk(found[0], 0, False)) >= size:
            return found[0]
    return body


def _skipped(node: HtmlElement, whole: bool) -> bool:
    if not isinstance(node.tag, str):
        return True
    tag = _tag(node)
    if tag in _DROPPED or node.get("hidden") is not None or _HIDDEN.search(node.get("style") or ""):
        return True
    if whole:
        return False
    outer = tag in ("header", "footer") and not any(_tag(up) in ("article", "main") for up in node.iterancestors())
    return outer or tag == "aside" or (node.get("role") or "").lower() in _FURNITURE


def _tag(node: HtmlElement) -> str:
    return str(node.tag).rpartition("}")[2].rpartition(":")[2].lower()


def _walk(node: HtmlElement, depth: int, whole: bool) -> Iterator[str]:
    """The blocks below a node; text and inline elements between two blocks make a paragraph."""
    inline: list[str] = [node.text or ""]
    for child in node:
        if not _skipped(child, whole):
            if _tag(child) in _BLOCKS or _holds_blocks(child):
                yield from _paragraph(inline)
                inline = []
                yield from _block(child, depth + 1, whole)
            else:
                inline.append(_inline(child, whole))
        inline.append(child.tail or "")
    yield from _paragraph(inline)


def _holds_blocks(node: HtmlElement) -> bool:
    return any(isinstance(below.tag, str) and _tag(below) in _BLOCKS for below in node.iterdescendants())


def _paragraph(inline: list[str]) -> Iterator[str]:
    lines = (text.one_line(line) for line in "".join(inline).split("\v"))
    if shown := "\n".join(line for line in lines if line):
        yield shown


def _block(node: HtmlElement, depth: int, whole: bool) -> Iterator[str]:
    tag = _tag(node)
    if depth > _DEEPEST:
        yield text.one_line("".join(node.itertext()))
    elif re.fullmatch("h[1-6]", tag):
        yield text.heading(int(tag[1]), _inline(node, whole).replace("\v", " "))
    elif tag in ("ul", "ol"):
        yield from _list(node, depth, whole)
    elif tag == "table":
        yield from _table(node, depth, whole)
    elif tag == "pre":
        code = text.visible("".join(node.itertext())).strip("\n")
        yield f"```\n{code}\n```" if code.strip() and "```" not in code else code
    elif tag != "hr":
        yield from _walk(node, depth, whole)


def _list(node: HtmlElement, depth: int, whole: bool) -> Iterator[str]:
    number = int(start) if (start := node.get("start") or "").isdecimal() and len(start) < 5 else 1
    for item in node:
        if _skipped(item, whole):
            continue
        mark = f"{number}." if _tag(node) == "ol" else "-"
        inside = list(_walk(item, depth + 1, whole))
        if inside:
            yield f"{mark} {inside[0]}" if not text.is_item(inside[0]) else inside[0]
            yield from (f"  {part}" if text.is_item(part) else part for part in inside[1:])
        number += 1


def _table(node: HtmlElement, depth: int, whole: bool) -> Iterator[str]:
    """Rows as a pipe table; a table that only lays out the page (it holds tables or headings) as its blocks."""
    laid_out = any(
        _tag(below) in ("table", "h1", "h2", "article")
        for below in node.iterdescendants()
        if isinstance(below.tag, str)
    )
    rows = [row for row in node.iterdescendants("tr", "{*}tr") if not _skipped(row, whole)]
    if laid_out or not rows:
        yield from _walk(node, depth + 1, whole)
        return
    for caption in node.iterchildren("caption", "{*}caption"):
        yield text.one_line(_inline(caption, whole))
    yield text.table(_spanned(rows, whole))


def _spanned(rows: list[HtmlElement], whole: bool) -> Iterator[list[str]]:
    """Cells of each row; a cell over several rows stands in each of them, one over several columns leaves blanks."""
    above: dict[int, tuple[int, str]] = {}
    for row in rows:
        cells: list[str] = []
        for cell in (child for child in row if not _skipped(child, whole) and _tag(child) in ("td", "th")):
            cells += _from_above(above, len(cells))
            shown = " ".join(_walk(cell, 1, whole)).replace("\n", " ")
            wide, high = (min(_count(cell.get(name)), 100) for name in ("colspan", "rowspan"))
            if high > 1:
                above[len(cells)] = (high - 1, shown)
            cells += [shown, *[""] * (wide - 1)]
        yield cells + _from_above(above, len(cells))


def _from_above(above: dict[int, tuple[int, str]], column: int) -> list[str]:
    cells = []
    while column in above:
        left, shown = above.pop(column)
        if left > 1:
            above[column] = (left - 1, shown)
        cells.append(shown)
        column += 1
    return cells


def _count(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdecimal() and len(value) < 6 else 1


def _inline(node: HtmlElement, whole: bool) -> str:
    """Text of an inline element; a line break is a vertical tab until the paragraph is whole, a note's mark is nothing."""
    if _tag(node) == "br":
        return "\v"
    if _is_note_mark(node):
        return ""
    parts = [node.text or ""]
    for child in node:
        parts += ["" if _skipped(child, whole) else _inline(child, whole), child.tail or ""]
    return "".join(parts)


def _is_note_mark(node: HtmlElement) -> bool:
    """A raised number that only links to a note: read as text it would be a number of the sentence before it."""
    kinds = f"{node.get('role') or ''} {node.get('epub:type') or ''}"
    if "noteref" in kinds:
        return True
    links = [node] if _tag(node) == "a" else list(node.iterdescendants("a"))
    raised = _tag(node) == "sup" or any(
        _tag(below) == "sup" for below in node.iterdescendants() if isinstance(below.tag, str)
    )
    to_note = any("#" in (link.get("href") or "") for link in links)
    return raised and to_note and bool(_NOTE_MARK.fullmatch("".join(node.itertext()).strip()))
