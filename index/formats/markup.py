"""HTML -> Markdown blocks: what a reader of the page sees, without scripts, forms, navigation and what is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.encoding import decoded
from index.formats import mathematics, tables, tex, text
from index.formats.raised import DOWN, END, UP
from index.text.scripts import HAN

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NEVER = frozenset(
    "script style head link meta title base input select option datalist canvas embed param source track rp rt colgroup col".split()
)
"""Holds nothing that anybody reads."""
_CONTROLS = frozenset(
    "form nav button textarea template noscript svg object iframe audio video picture map dialog menu".split()
)
_BLOCKS = frozenset(
    "p div section article main header footer aside figure figcaption address blockquote dl dt dd ul ol li table hr pre "
    "h1 h2 h3 h4 h5 h6 body html center fieldset details summary hgroup form noscript template dialog nav textarea".split()
)
_FURNITURE = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.IGNORECASE)
_SUPER = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
_SUB = re.compile(r"vertical-align\s*:\s*sub", re.IGNORECASE)
_NESTED = re.compile(r"@[^{};]{1,500}\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULES = re.compile(r"([^{}]{1,2000})\{([^{}]{0,2000})\}")
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE
)
_NOTE_MARK = re.compile(
    r"\W*(?:(?:[注註]|note |nb )?\d{1,4}|[a-z]|[ivx]{1,5}|[*†‡§①-⑳])(?:\W+(?:\d{1,4}|[a-z]))*\W*|.?\W*[\[［【].{1,30}[\]］】]",
    re.IGNORECASE,
)
_EDITED = re.compile(r"\s*\[\s*(?:编辑|編輯|edit)[^\[\]]{0,20}\]\s*$", re.IGNORECASE)
"""What a wiki adds to a heading."""
_SHARE = 1 / 3  # of a page's words, from which what was left out is looked at all the same
_STRUCK_SHARE = 0.9  # an author strikes through what no longer holds, not the page
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
    for frame in tree.iter("iframe"):
        if held := (frame.get("srcdoc") or "").strip():  # a page inside the page
            frame.tag = "div"
            frame.append(html.fragment_fromstring(held, create_parent="div", parser=parser))
    return tree


@dataclass(slots=True)
class Sight:
    """What of a page is looked at: all of it (``whole``: a book, a letter, where nothing is furniture) or its article.

    ``kept`` is looked at although its name or style says otherwise. ``left`` counts the letters that are not, by why.
    """

    whole: bool = False
    struck: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()
    lowered: frozenset[str] = frozenset()
    kept: set[HtmlElement] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)


def blocks(tree: HtmlElement, *, whole: bool = False, styles: str = "") -> list[str]:
    """The blocks of a page's article; ``whole``: of all its body. ``styles`` are sheets that lie outside the page."""
    return seen(tree, whole=whole, styles=styles)[0]


def seen(tree: HtmlElement, *, whole: bool = False, styles: str = "") -> tuple[list[str], Sight]:
    """The blocks, and how they were looked at.

    A name or a style leaves out less than a third of the page's words: what would be left out for one reason and holds more is
    looked at as well.
    """
    sheets = "\n".join([styles, *(style.text or "" for style in tree.iter("style"))])
    rules = _rules(sheets)
    struck, raised, lowered = (_classes(rules, look) for look in (_STRUCK, _SUPER, _SUB))
    sight = Sight(whole, struck, raised, lowered)
    body = tree.find(".//body")
    body = tree if body is None else body
    for _ in range(20):  # what is kept may hold more that is left out
        before = len(sight.kept)
        _weigh(body, sight)
        if len(sight.kept) == before:
            break
    found = body if whole else _article(body, sight)
    return list(_walk(found, 0, sight)), sight


def rows(tree: HtmlElement, sight: Sight) -> Iterator[HtmlElement]:
    """The innermost blocks of all that is looked at, in their order."""
    stack = [tree]
    while stack:
        node = stack.pop()
        inner = [child for child in node if not _skipped(child, sight)]
        if any(_tag(child) in _BLOCKS or _holds_blocks(child) for child in inner):
            stack += reversed(inner)
        else:
            yield node


def _rules(sheets: str) -> list[tuple[str, str]]:
    """Selectors and declarations of style sheets, but those for other media than a screen of today."""
    bare = _NESTED.sub("", re.sub(r"/\*.*?\*/", "", sheets, flags=re.DOTALL))
    return _RULES.findall(bare)


def _classes(rules: Sequence[tuple[str, str]], look: re.Pattern[str]) -> frozenset[str]:
    """Classes whose text style sheets show in a way."""
    return frozenset(
        name
        for selectors, declared in rules
        if look.search(declared)
        for name in re.findall(r"\.([\w-]+)\s*(?:,|$)", selectors.strip())
    )


def _weigh(body: HtmlElement, sight: Sight) -> None:
    """Decide which elements are kept in spite of their names or styles."""
    shown: list[str] = []
    left: dict[str, list[tuple[HtmlElement, str]]] = {}
    _sort(body, sight, shown, left)
    visible = _letters("".join(shown))
    sizes = {
        why: [(node, len(words)) for node, said in nodes if (words := _letters(said)) and words not in visible]
        for why, nodes in left.items()
    }
    whole = len(visible) + sum(size for nodes in sizes.values() for _, size in nodes)
    sight.left = {}
    for why, nodes in sizes.items():
        size = sum(size for _, size in nodes)
        if size >= whole * (_STRUCK_SHARE if why == "struck through" else _SHARE) > 0:
            sight.kept |= {node for node, _ in nodes}
        elif size:
            sight.left[why] = size


def _sort(node: HtmlElement, sight: Sight, shown: list[str], left: dict[str, list[tuple[HtmlElement, str]]]) -> None:
    """Words that are looked at, and the elements that are not, with theirs."""
    stack = [node]
    while stack:
        here = stack.pop()
        shown.append(here.text or "")
        for child in here:
            why = _why_left(child, sight)
            if why and why != "-":
                left.setdefault(why, []).append((child, _words(child)))
            elif not why:
                stack.append(child)
            shown.append(child.tail or "")


def _words(node: HtmlElement) -> str:
    """What an element says besides its links and what nobody reads."""
    if not isinstance(node.tag, str) or _tag(node) in _NEVER or _tag(node) == "a":
        return ""
    return "".join([node.text or "", *(part for child in node for part in (_words(child), child.tail or ""))])


def _letters(said: str) -> str:
    return "".join(filter(str.isalnum, said))


def _article(body: HtmlElement, sight: Sight) -> HtmlElement:
    """The one <article>, <main> or role=main that holds most of what can be read, else the body."""
    size = _size(body, sight)
    for path in (".//article", ".//main", ".//*[@role='main']"):
        found = body.findall(path)
        if len(found) == 1 and 2 * (inside := _size(found[0], sight)) >= size:
            if size > inside:
                sight.left["beside the article"] = size - inside
            return found[0]
    return body


def _size(node: HtmlElement, sight: Sight) -> int:
    return sum(len(_letters(block)) for block in _walk(node, 0, sight))


def _skipped(node: HtmlElement, sight: Sight) -> bool:
    return bool(_why_left(node, sight))


def _why_left(node: HtmlElement, sight: Sight) -> str:
    """Why an element is not looked at, "" where it is; "-" of what holds nothing to read."""
    if not isinstance(node.tag, str) or (tag := _tag(node)) in _NEVER or _is_drawn(node):
        return "" if isinstance(node.tag, str) and _source(node) else "-"
    if node in sight.kept:
        return ""
    if _is_struck(node, sight):
        return "struck through"
    if (node.get("hidden") is not None or _HIDDEN.search(node.get("style") or "")) and not _is_equation(node):
        return "hidden"
    if tag in _CONTROLS and not (tag == "button" and _names_section(node)):
        return f"<{tag}>"
    return "" if sight.whole else _furniture(node, tag)


def _furniture(node: HtmlElement, tag: str) -> str:
    """The name of what belongs to a page and not to its article."""
    inside = any(_tag(up) in ("article", "main") for up in node.iterancestors())
    if tag in ("header", "footer") and not inside:
        return f"<{tag}>"
    if tag == "aside":
        return "" if inside and 2 * len(_letters(_words(node))) > len(_letters("".join(node.itertext()))) else "<aside>"
    role = (node.get("role") or "").lower()
    return role if role in _FURNITURE and not (inside and role in ("complementary", "alert")) else ""


def _is_struck(node: HtmlElement, sight: Sight) -> bool:
    if _tag(node) in ("s", "strike", "del") or _STRUCK.search(node.get("style") or ""):
        return True
    return bool(sight.struck and not sight.struck.isdisjoint((node.get("class") or "").split()))


def _is_drawn(node: HtmlElement) -> bool:
    """A drawing of an equation that stands beside it in MathML: both would say it twice."""
    if node.get("aria-hidden") != "true" or (parent := node.getparent()) is None:
        return False
    return any(_tag(below) == "math" for below in parent.iterdescendants() if isinstance(below.tag, str)) and not any(
        _tag(below) == "math" for below in node.iter() if isinstance(below.tag, str)
    )


def _source(node: HtmlElement) -> str:
    """The TeX of an equation that a script draws, or of which a picture is drawn; "" of anything else."""
    if _tag(node) == "script" and (node.get("type") or "").startswith("math/tex"):
        return node.text or ""
    if _tag(node) == "img" and re.search(r"(?:^|[\s-])(?:tex|latex|math|mathjax)(?:$|[\s-])", node.get("class") or ""):
        parent = node.getparent()
        around = parent.iter() if parent is not None and _tag(parent) not in _BLOCKS else ()
        beside = any(_tag(below) == "math" for below in around if isinstance(below.tag, str))
        return "" if beside else (node.get("alt") or "").strip("$")
    return ""


def _is_equation(node: HtmlElement) -> bool:
    """An element that is hidden because a picture of its equation stands beside it."""
    return next(iter(node), None) is not None and all(_tag(child) == "math" for child in node)


def _names_section(node: HtmlElement) -> bool:
    return any(re.fullmatch("h[1-6]|summary|dt", _tag(up)) for up in node.iterancestors())


def _tag(node: HtmlElement) -> str:
    return str(node.tag).rpartition("}")[2].rpartition(":")[2].lower()


def _walk(node: HtmlElement, depth: int, sight: Sight) -> Iterator[str]:
    """The blocks below a node; text and inline elements between two blocks make a paragraph."""
    inline: list[str] = [node.text or ""]
    for child in node:
        if not _skipped(child, sight):
            if _tag(child) in _BLOCKS or _holds_blocks(child):
                yield from _paragraph(inline)
                inline = []
                yield from _block(child, depth + 1, sight)
            else:
                inline.append(_inline(child, sight))
        inline.append(child.tail or "")
    yield from _paragraph(inline)


def _holds_blocks(node: HtmlElement) -> bool:
    return any(isinstance(below.tag, str) and _tag(below) in _BLOCKS for below in node.iterdescendants())


def _paragraph(inline: list[str]) -> Iterator[str]:
    lines = (text.one_line(line) for line in tex.shown("".join(inline)).split("\v"))
    if shown := "\n".join(line for line in lines if line):
        yield shown


def _block(node: HtmlElement, depth: int, sight: Sight) -> Iterator[str]:
    tag = _tag(node)
    if depth > _DEEPEST:
        yield text.one_line("".join(node.itertext()))
    elif re.fullmatch("h[1-6]", tag):
        yield text.heading(int(tag[1]), _EDITED.sub("", _inline(node, sight).replace("\v", " ")))
    elif tag in ("ul", "ol"):
        yield from _list(node, depth, sight)
    elif tag == "table":
        yield from _table(node, depth, sight)
    elif tag == "dl":
        yield from _definitions(node, depth, sight)
    elif tag == "pre":
        code = text.visible("".join(node.itertext())).strip("\n")
        yield f"```\n{code}\n```" if code.strip() and "```" not in code else code
    elif tag != "hr":
        yield from _walk(node, depth, sight)


def _list(node: HtmlElement, depth: int, sight: Sight) -> Iterator[str]:
    number = int(start) if (start := node.get("start") or "").isdecimal() and len(start) < 5 else 1
    for item in node:
        if _skipped(item, sight):
            continue
        mark = f"{number}." if _tag(node) == "ol" else "-"
        inside = list(_walk(item, depth + 1, sight))
        if inside:
            inside[0] = re.sub(r"^[\^↑](?:\s+|(?=\W))", "", inside[0])  # what leads back from a note to its mark
            yield f"{mark} {inside[0]}" if not text.is_item(inside[0]) else inside[0]
            yield from (f"  {part}" if text.is_item(part) else part for part in inside[1:])
        number += 1


def _definitions(node: HtmlElement, depth: int, sight: Sight) -> Iterator[str]:
    """Terms with what is said of them; a term and its only sentence are one row."""
    term = ""
    for child in node:
        if _skipped(child, sight):
            continue
        inside = list(_walk(child, depth + 1, sight))
        if _tag(child) == "dt" and len(inside) == 1 and not term:
            term = inside[0]
            continue
        if term:
            mark = "：" if re.search(f"[{HAN}]", term) else ": "
            inside = [term.rstrip(":：") + mark + inside[0], *inside[1:]] if inside else [term]
        term = ""
        yield from inside
    if term:
        yield term


def _table(node: HtmlElement, depth: int, sight: Sight) -> Iterator[str]:
    """Rows as a pipe table; a table that only lays out the page (it holds headings, or tables in its first row) as its blocks."""
    rows = [row for row in _rows(node) if not _skipped(row, sight)]
    below = [_tag(inner) for inner in node.iterdescendants() if isinstance(inner.tag, str)]
    if not rows or {"h1", "h2", "article"} & set(below) or ("table" in below and not _is_data(rows)):
        yield from _walk(node, depth + 1, sight)
        return
    for caption in node.iterchildren("caption", "{*}caption"):
        yield text.one_line(_inline(caption, sight))
    yield from tables.blocks(tables.placed([_cell(cell, depth, sight) for cell in _cells(row, sight)] for row in rows))


def _rows(table: HtmlElement) -> Iterator[HtmlElement]:
    """The rows of a table, those of tables inside it left out."""
    for child in table:
        if isinstance(child.tag, str) and _tag(child) in ("thead", "tbody", "tfoot"):
            yield from _rows(child)
        elif isinstance(child.tag, str) and _tag(child) == "tr":
            yield child


def _cells(row: HtmlElement, sight: Sight) -> list[HtmlElement]:
    return [cell for cell in row if not _skipped(cell, sight) and _tag(cell) in ("td", "th")]


def _is_data(rows: Sequence[HtmlElement]) -> bool:
    """True if rows are of a table that is read as one: several columns, the first row names them."""
    counts = [sum(isinstance(cell.tag, str) and _tag(cell) in ("td", "th") for cell in row) for row in rows]
    first = any(isinstance(inner.tag, str) and _tag(inner) == "table" for inner in rows[0].iterdescendants())
    return len(rows) > 1 and counts[0] > 1 and counts.count(counts[0]) * 2 > len(counts) and not first


def _cell(cell: HtmlElement, depth: int, sight: Sight) -> tables.Cell:
    wide, high = (min(_count(cell.get(name)), tables.MOST) for name in ("colspan", "rowspan"))
    inner = [below for below in cell.iterdescendants() if isinstance(below.tag, str) and _tag(below) == "table"]
    if len(inner) == 1 and depth < _DEEPEST and _is_data(rows := list(_rows(inner[0]))):
        around = _walk_without(cell, inner[0], depth, sight)
        told = tables.placed([_cell(each, depth + 1, sight) for each in _cells(row, sight)] for row in rows).rows
        return tables.Cell(" ".join(around).replace("\n", " "), wide, high, told)
    return tables.Cell(" ".join(_walk(cell, depth + 1, sight)).replace("\n", " "), wide, high)


def _walk_without(cell: HtmlElement, left: HtmlElement, depth: int, sight: Sight) -> list[str]:
    """The blocks of a cell besides the table inside it."""
    parent, place = left.getparent(), left.getparent().index(left)
    tail, left.tail = left.tail, None
    parent.remove(left)
    found = list(_walk(cell, depth + 1, sight))
    left.tail = tail
    parent.insert(place, left)
    return found


def _count(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdecimal() and len(value) < 6 else 1


def _inline(node: HtmlElement, sight: Sight) -> str:
    """Text of an inline element; a line break is a vertical tab until the paragraph is whole, a note's mark is nothing."""
    tag = _tag(node)
    if tag == "br":
        return "\v"
    if tag == "math":
        return mathematics.written(node)
    if tag == "script" or tag == "img":
        return tex.written(_source(node))
    if _is_note_mark(node):
        return ""
    parts = [node.text or ""]
    for child in node:
        parts += ["" if _skipped(child, sight) else _inline(child, sight), child.tail or ""]
    said = "".join(parts)
    height = _height(node, tag, sight)
    return f"{height}{said.strip()}{END}" if height and said.strip() else said


def _height(node: HtmlElement, tag: str, sight: Sight) -> str:
    """The mark of what an element raises or lowers, by its name, its style or its class; "" of one that does neither."""
    classes = (node.get("class") or "").split()
    style = node.get("style") or ""
    if tag == "sup" or _SUPER.search(style) or not sight.raised.isdisjoint(classes):
        return UP
    return DOWN if tag == "sub" or _SUB.search(style) or not sight.lowered.isdisjoint(classes) else ""


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
