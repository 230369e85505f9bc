"""Org, reStructuredText and AsciiDoc -> Markdown: headings, lists, tables and words of links; what is for the program alone goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from index import lines as shape
from index.formats import tex

Rows = list[str]
_FENCE = "```"


def fronted(about: Mapping[str, str], body: str) -> str:
    """Markdown with what its head names as front matter."""
    named = [f"{name}: {value}" for name, value in about.items() if value]
    return "\n".join(["---", *named, "---", body]) if named else body


def _bare(stamp: str) -> str:
    """A date without the brackets and weekday of Org."""
    found = re.match(r"[<\[](\d{4}-\d\d-\d\d)[^>\]]*[>\]]", stamp.strip())
    return found[1] if found else stamp.strip()


def _block(rows: Rows, at: int) -> tuple[Rows, int]:
    """The rows indented below row ``at`` without that indentation, and where they end."""
    end = at + 1
    while end < len(rows) and (not rows[end].strip() or rows[end][:1] in " \t"):
        end += 1
    held = rows[at + 1 : end]
    depth = min((shape.indent(row.expandtabs(4)) for row in held if row.strip()), default=0)
    return [row.expandtabs(4)[depth:] for row in held], end


# Org

_ORG_KEY = re.compile(r"[ \t]*#\+(\w+):[ \t]*(.*)")
_ORG_BLOCK = re.compile(r"[ \t]*#\+(begin|end)_(\w+)", re.IGNORECASE)
_ORG_HEAD = re.compile(
    r"(\*+)[ ]+(?:(?:TODO|DONE|NEXT|WAITING)[ ]+)?(?:\[#[A-C]\][ ]+)?(.*?)(?:[ \t]+:[\w@#%:]+:)?[ \t]*"
)
_ORG_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[\[[^\[\]\n]+\]\[([^\[\]\n]+)\]\]"), r"\1"),
    (re.compile(r"\[\[(?:file:|\./)[^\[\]\n]+\.(?:png|jpe?g|gif|svg|webp)\]\]", re.IGNORECASE), ""),
    (re.compile(r"\[\[([^\[\]\n]+)\]\]"), r"\1"),
    (re.compile(r"\[fn:[^\]\n:]{1,60}\]"), ""),
    (re.compile(r"[<\[](\d{4}-\d\d-\d\d)[^>\]\n]{0,30}[>\]]"), r"\1"),
    (re.compile(r"(?<!\w)\+(?=\S)[^+\n]{1,500}(?<=\S)\+(?!\w)"), ""),
    (re.compile(r"(?<!\w)([=~])(?=\S)([^=~\n]{1,500})(?<=\S)\1(?!\w)"), r"`\2`"),
    (re.compile(r"([\^_])\{([^{}\n]{1,40})\}"), r"\1\2"),
)


def org(source: str) -> str:
    """An Org file as Markdown."""
    about: dict[str, str] = {}
    out: Rows = []
    fenced = skipped = ""
    for row in source.split("\n"):
        block = _ORG_BLOCK.match(row)
        if skipped:
            skipped = "" if row.strip().lower() == skipped else skipped
        elif block and block[2].lower() in ("src", "example", "export"):
            fenced = _FENCE if block[1].lower() == "begin" else ""
            out.append(_FENCE)
        elif fenced:
            out.append(row)
        elif block:
            skipped = "#+end_comment" if block[0].strip().lower() == "#+begin_comment" else ""
        elif key := _ORG_KEY.fullmatch(row):
            if key[1].lower() in ("title", "date"):
                about.setdefault(key[1].lower(), _bare(key[2]))
            out += [key[2]] if key[1].lower() == "caption" else []
        elif re.fullmatch(r"[ \t]*:(?:PROPERTIES|LOGBOOK):[ \t]*", row, re.IGNORECASE):
            skipped = ":end:"
        elif not re.match(r"[ \t]*#(?:[ \t]|$)", row):
            out.append(_org_row(row))
    return fronted(about, "\n".join(out))


def _org_row(row: str) -> str:
    if head := _ORG_HEAD.fullmatch(row):
        row = f"{'#' * min(len(head[1]), 6)} {head[2]}"
    if re.fullmatch(r"[ \t]*\|[-+]+\|[ \t]*", row):
        row = row.replace("+", "|")
    for pattern, instead in _ORG_INLINE:
        row = pattern.sub(instead, row)
    return row


# reStructuredText

_RST_LINE = re.compile(r"([=\-`:.'\"~^_*+#<>])\1{1,}[ \t]*")
_RST_DIRECTIVE = re.compile(r"\.\.[ ]+(?:\|[^|]+\|[ ]+)?([\w-]+)::[ \t]*(.*)")
_RST_FIELD = re.compile(r":([\w ]{1,30}):[ \t]+(.*)")
_RST_UNREAD = frozenset(
    "image contents toctree include raw meta highlight index default-role role replace unicode sectnum only".split()
)
_RST_CODE = frozenset("code code-block sourcecode literalinclude parsed-literal doctest".split())
_RST_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:\\ )?:su([pb])(?:er|)(?:script)?:`([^`\n]+)`"), r"<su\1>\2</su\1>"),
    (re.compile(r":math:`([^`\n]+)`"), r"\\(\1\\)"),
    (re.compile(r":[\w:.+-]{1,40}:`([^`<\n]+?)(?:[ ]*<[^<>`\n]+>)?`"), r"\1"),
    (re.compile(r"(?<!`)`([^`<\n]+?)[ ]*(?:<[^<>`\n]+>)?`__?"), r"\1"),
    (re.compile(r"[ ]?\[(?:\d{1,3}|#\w*|\*|[A-Za-z]\w{0,30})\]_"), ""),
    (re.compile(r"(?<=\w)_(?=[\s.,;:!?)]|$)"), ""),
)


def rst(source: str) -> str:
    """A reStructuredText file as Markdown."""
    about: dict[str, str] = {}
    levels: list[str] = []
    return fronted(about, "\n".join(_rst(source.split("\n"), about, levels)))


def _rst(rows: Rows, about: dict[str, str], levels: list[str]) -> Iterator[str]:
    at = 0
    while at < len(rows):
        row = rows[at]
        head = _rst_heading(rows, at)
        if head:
            sign, words, at = head
            if sign not in levels:
                levels.append(sign)
            yield f"{'#' * min(levels.index(sign) + 1, 6)} {words}"
        elif row.startswith(".."):
            held, end = _block(rows, at)
            yield from _rst_marked(row, held, about, levels)
            at = end
        elif (field := _RST_FIELD.fullmatch(row)) and not levels[1:]:
            name = field[1].lower()
            if name in ("date", "title"):
                about.setdefault(name, field[2].strip())
            elif name in ("author", "source"):
                yield f"{field[1]}: {field[2]}"
            at += 1
        elif grid := _rst_table(rows, at):
            table, at = grid
            yield from ["", *table, ""]
        else:
            yield _inlined(re.sub(r"::[ \t]*$", ":", row), _RST_INLINE)
            at += 1


def _rst_heading(rows: Rows, at: int) -> tuple[str, str, int] | None:
    """The sign, the words and the end of the heading that begins at a row."""
    over = bool(_RST_LINE.fullmatch(rows[at]))
    words = rows[at + over] if at + over < len(rows) else ""
    under = rows[at + over + 1] if at + over + 1 < len(rows) else ""
    if not words.strip() or _RST_LINE.fullmatch(words) or not _RST_LINE.fullmatch(under):
        return None
    sign = under[0]
    if (over and rows[at][0] != sign) or len(under.strip()) < len(words.strip()) or " " in under.strip():
        return None
    return sign * (1 + over), words.strip(), at + over + 2


def _rst_marked(row: str, held: Rows, about: dict[str, str], levels: list[str]) -> Iterator[str]:
    """What is read of a stretch that begins with two dots: the text of notes, figures and quotations, code as code."""
    directive = _RST_DIRECTIVE.match(row)
    if note := re.match(r"\.\.[ ]+\[[^\]]{1,60}\][ ]*(.*)", row):
        yield from ["", " ".join([note[1], *map(str.strip, held)]).strip(), ""]
    elif directive and directive[1] == "math":
        yield from ["", tex.written(" ".join([directive[2], *held])), ""]
    elif directive and directive[1] in _RST_CODE:
        yield from ["", _FENCE, *_without_options(held), _FENCE, ""]
    elif directive and directive[1] not in _RST_UNREAD:
        title = directive[2] if directive[1] != "figure" else ""
        yield from ["", title, *_rst(_without_options(held), about, levels), ""]


def _without_options(held: Rows) -> Rows:
    at = 0
    while at < len(held) and re.match(r":[\w-]+:", held[at]):
        at += 1
    return held[at:]


def _rst_table(rows: Rows, at: int) -> tuple[Rows, int] | None:
    """The pipe rows of the table that begins at a row, drawn with + or with = above its columns, and where it ends."""
    drawn = rows[at].strip()
    grid = re.fullmatch(r"\+(?:[-=]+\+)+", drawn)
    if not grid and not re.fullmatch(r"=+(?:[ ]+=+)+", drawn):
        return None
    end = at
    while end < len(rows) and rows[end].strip():
        end += 1
    if grid:
        return [row.strip() for row in rows[at:end] if row.strip().startswith("|")], end
    starts = [found.start() for found in re.finditer("=+", rows[at])]
    body = [row for row in rows[at:end] if not re.fullmatch(r"[=\- ]+", row)]
    return [_columns(row, starts) for row in body], end


def _columns(row: str, starts: list[int]) -> str:
    """A row cut where its columns begin; a Han character takes two places."""
    placed = "".join(c + "\0" * (shape.columns(c) - 1) for c in row)
    cells = [placed[a:b].replace("\0", "").strip() for a, b in zip(starts, [*starts[1:], len(placed)], strict=True)]
    return f"| {' | '.join(cells)} |"


# AsciiDoc

_ADOC_ENTRY = re.compile(r":!?([\w-]{1,60})!?:[ \t]*(.*)")
_ADOC_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"image::?[^\s\[]+\[[^\]\n]*\]"), ""),
    (re.compile(r"(?:link:|xref:|mailto:|(?=https?://))[^\s\[]+\[([^\]\n]+?)\^?\]"), r"\1"),
    (re.compile(r"<<[^,<>\n]+,[ ]*([^<>\n]+)>>"), r"\1"),
    (re.compile(r"footnote:\w*\[([^\]\n]+)\]"), r"（\1）"),
    (re.compile(r"stem:\[([^\]\n]+)\]"), r"\\(\1\\)"),
    (re.compile(r"\[(?:line-through|\.line-through)\]#[^#\n]+#"), ""),
    (re.compile(r"\[[.\w -]{1,40}\]#([^#\n]+)#"), r"\1"),
)


def asciidoc(source: str) -> str:
    """An AsciiDoc file as Markdown."""
    about: dict[str, str] = {}
    return fronted(about, "\n".join(_asciidoc(source.split("\n"), about)))


def _asciidoc(rows: Rows, about: dict[str, str]) -> Iterator[str]:
    headed = fenced = ""
    at = 0
    while at < len(rows):
        row, at = rows[at], at + 1
        mark = row.rstrip()
        if fenced:
            if mark == fenced:
                yield from [] if mark == "////" else [_FENCE]
                fenced = ""
            elif fenced != "////":
                yield row
        elif re.fullmatch(r"-{4,}|\.{4,}|////+", mark):
            fenced = mark
            yield from [] if mark == "////" else [_FENCE]
        elif mark == "|===":
            end = next((n for n in range(at, len(rows)) if rows[n].rstrip() == "|==="), len(rows))
            yield from ["", *_adoc_table(rows[at:end]), ""]
            at = end + 1
        elif (entry := _ADOC_ENTRY.fullmatch(row)) or re.fullmatch(
            r"//.*|\[.*\]|[=*_+]{4,}|\+|--|include::.*|<<<|'''", mark
        ):
            if entry and entry[1] in ("revdate", "date"):
                about.setdefault("date", entry[2].strip())
        elif headed == "=" and (
            told := re.fullmatch(
                r"(?:v[\d.]+,?[ ]*)?(\d{4}-\d\d?-\d\d?)(?:[,:].*)?|[^<>]{1,80} <[^<> ]+@[^<> ]+>", mark
            )
        ):
            about.setdefault("date", told[1] or "") if told[1] else None
        else:
            headed = "=" if row.startswith("= ") else headed * bool(row.strip())
            yield _adoc_row(row)


def _adoc_row(row: str) -> str:
    row = re.sub(r"^(={1,6})(?= \S)", lambda found: "#" * len(found[1]), row)
    row = re.sub(r"^(\*+|-)[ ](?=\S)", lambda found: "  " * (len(found[1]) - 1) + "- ", row)
    row = re.sub(r"^(\.+)[ ](?=\S)", lambda found: "  " * (len(found[1]) - 1) + "1. ", row)
    row = re.sub(r"^\.(?=[^\s.])", "", row)
    row = (
        re.sub(r"^(\S.{0,80}?)::+[ ]+(?=\S)", r"\1：", row)
        if shape.han_share(row) > 0.2
        else re.sub(r"^(\S.{0,80}?)::+(?=[ ]+\S)", r"\1:", row)
    )
    return _inlined(row, _ADOC_INLINE)


def _adoc_table(rows: Rows) -> Rows:
    """Pipe rows; a row of the source is a row of the table unless its first one says how many cells make one."""
    held = [row for row in rows if row.strip()]
    wide = held[0].count("|") if held else 0
    cells = [cell.strip() for row in held for cell in re.split(r"(?:(?<=\s)|^)[\d.+*]*[<^>.aehlmsv]{0,3}\|", row)[1:]]
    return [f"| {' | '.join(cells[n : n + wide])} |" for n in range(0, len(cells), max(1, wide))]


def _inlined(row: str, passes: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, instead in passes:
        row = pattern.sub(instead, row)
    return row
