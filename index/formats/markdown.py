"""Markdown as its author sees it: words of links, no addresses, pictures, comments, block ids or template marks; rows of tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from index import lines as shape
from index.formats import tex, text
from index.formats.raised import DOWN, END, UP, settled

_PLANE = 0x100000  # where punctuation waits that is no markup: escaped, or in code
_WAITING = re.compile(f"[{chr(_PLANE + 0x21)}-{chr(_PLANE + 0x7E)}]")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)([^\n]{1,2000}?)(?<!`)\1(?!`)")
_TARGET = r"\((?:[^()\n]++|\([^()\n]*+\))*+\)"
_PICTURE = re.compile(
    rf"!\[([^\[\]\n]*+)\](?:{_TARGET}|\[[^\[\]\n]*+\])|!\[\[[^\[\]\n]*+\]\]|<img\b[^<>]*+>", re.IGNORECASE
)
_LINK = re.compile(rf"(?<!!)\[([^\[\]\n]*+)\](?:{_TARGET}|\[[^\[\]\n]*+\])")
_WIKI = re.compile(r"\[\[([^\[\]\n|]++)(?:\|([^\[\]\n]*+))?\]\]")
_DEFINED = re.compile(r"(?m)^ {0,3}\[(?!\^)[^\[\]\n]{1,200}\]:[ \t]*<?(?:[A-Za-z][\w+.-]{1,20}:|www\.|[./#])[^\n]*\n?")
_NOTE_TEXT = re.compile(r"(?m)^\[\^[^\]\s]{1,60}\]:[ \t]*")
_NOTE_MARK = re.compile(r"\[\^[^\]\s]{1,60}\]")
_NOTE_HERE = re.compile(r"\^\[([^\[\]\n]++)\]")
_BLOCK_ID = re.compile(r"(?m)(?:^|[ \t]+)\^[A-Za-z0-9-]{1,40}[ \t]*$")
_CALLOUT = re.compile(r"(?m)^([ \t>]*>)[ \t]*\[![\w-]{1,40}(?:\|[^\]\n]*)?\][+-]?[ \t]*(.*)$")
_TASK = re.compile(r"(?m)^([ \t>]*(?:[-*+]|\d{1,3}[.)])[ \t]+)\[([ xX])\](?=[ \t])")
_PROPERTY = re.compile(r"([^\W\d_][\w-]{0,40})::[ \t]+(.*)")
"""What an outliner (Logseq) notes of a page in its first rows, and of a block below it."""
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BLOCK_NOTE = re.compile(
    rf"(?m)^[ \t]*(?:[\w-]{{1,40}}::[ \t]+(?:{_UUID}|true|false)|id::[^\n]*)[ \t]*$\n?|\(\({_UUID}\)\)"
)
_BARE_ITEM = re.compile(r"(?m)^[ \t]*[-*+][ \t]*$\n?")
_TEMPLATE = re.compile(r"<%[^\n]*?%>|\{\{[^{}\n]*+\}\}|\{%[^\n]*?%\}|[ \t]*\{[:#][^{}\n]{1,80}\}[ \t]*(?=\n|$)")
_MARKED = re.compile(r"==(?=\S)([^\n=]+?)(?<=\S)==")
_STRUCK = re.compile(r"~~(?=\S)[^\n]{1,2000}?(?<=\S)~~|<(del|s|strike)\b[^<>]*+>[^\n]*?</\1>", re.IGNORECASE)
_RAISED = re.compile(r"<(su[pb])\b[^<>]*+>([^<>\n]*+)</\1>", re.IGNORECASE)
_CARETS = re.compile(r"(?<=\w)\^([-+]?\w{1,10})\^(?!\w*\^)")
_TILDES = re.compile(r"(?<=[A-Za-z])~(\d{1,3})~(?!\d)")
"""Powers and indices as Pandoc writes them: 10^6^, H~2~O."""
_TABLE = re.compile(r"<table\b[^<>]*+>(.*?)</table>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(
    r"<br[ \t]*/?>|</?(?:p|div|li|ul|ol|summary|details|figure|figcaption|section|article|center|h[1-6])\b[^<>\n]{0,2000}>",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|cite|em|font|i|iframe|ins|kbd|mark|small|span|strong|tt|u|video|audio|source|ruby|rb|rp|input|label)\b[^<>\n]{0,2000}>",
    re.IGNORECASE,
)
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^<>\s]{1,2000})>", re.IGNORECASE)
_RULE = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_DATA = re.compile(r"data:[\w.+/-]{1,80};base64,[A-Za-z0-9+/=%\s]{0,100}[A-Za-z0-9+/=%]*+")


def shown(source: str) -> str:
    """The text of a note or a clipped page; code and front matter stay as they are. No word that is read is lost."""
    rows = _fronted(source.split("\n"))
    out: list[str] = []
    prose: list[str] = []
    fence = ""
    front = shape.front(rows)
    out += rows[:front]
    for row in rows[front:]:
        mark = row.lstrip(" >\t")[:3]
        if mark in ("```", "~~~") and (not fence or fence == mark):
            if not fence:
                out += _prose("\n".join(prose)).split("\n") if prose else []
                prose = []
            fence = "" if fence else mark
            out.append(row)
        elif fence:
            out.append(row)
        else:
            prose.append(row)
    return "\n".join([*out, *(_prose("\n".join(prose)).split("\n") if prose else [])])


def without_pictures(source: str) -> str:
    """Plain text without the pictures that a clipper wrote into it, equations as they are read."""
    if "](" in source:
        source = _PICTURE.sub(_caption, source)
    source = tex.shown(source)
    return _DATA.sub("", source) if ";base64," in source else source


def _fronted(rows: list[str]) -> list[str]:
    """Properties in the first rows of an outline as front matter."""
    noted: list[str] = []
    for row in rows:
        if not (found := _PROPERTY.fullmatch(row.strip().removeprefix("- "))):
            break
        noted.append(f"{found[1]}: {found[2]}")
    return ["---", *noted, "---", *rows[len(noted) :]] if noted else rows


def _prose(source: str) -> str:
    source = _ESCAPED.sub(lambda found: _away(found[1]), tex.shown(source))
    source = _CODE.sub(lambda found: f"`{_away(found[2])}`", source)
    for opening, closing in (("<!--", "-->"), ("%%", "%%"), ("<script", "</script>"), ("<style", "</style>")):
        source = _without(source, opening, closing)
    source = _PICTURE.sub(_caption, _DEFINED.sub("", source))
    source = "\n".join(row if _is_address(row) else _linked(row) for row in source.split("\n"))
    for pattern, instead in _PASSES:
        source = pattern.sub(instead, source)
    source = unescape("\n".join(_tabled(source.split("\n"))))
    source = _WAITING.sub(lambda found: chr(ord(found[0]) - _PLANE), settled(source))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?m)[ \t]+$", "", source))


def _away(said: str) -> str:
    """Punctuation where nothing takes it for markup; a bar is full width, as a cell holds one."""
    return "".join(
        "｜" if c == "|" else chr(_PLANE + ord(c)) if "!" <= c <= "~" and not c.isalnum() else c for c in said
    )


def _without(source: str, opening: str, closing: str) -> str:
    """The text without all that stands between two marks; what is never closed stays."""
    parts: list[str] = []
    at = 0
    while (start := source.find(opening, at)) >= 0 and (end := source.find(closing, start + len(opening))) >= 0:
        parts.append(source[at:start])
        at = end + len(closing)
    return "".join([*parts, source[at:]])


def _caption(found: re.Match[str]) -> str:
    """What a picture's other text says, where it says something: neither a file's name nor a word or two."""
    said = (found[1] or "").partition("|")[0].strip() if found.re.groups else ""
    named = re.search(r"\.\w{3,4}$|^[\w-]*\d{3,}[\w-]*$", said)
    return "" if named or shape.columns(said) < 8 else said


def _is_address(row: str) -> bool:
    """A row that only says where an article comes from: it is read as such."""
    return "](" in row and (about := shape.meta(row)) is not None and bool(about.url)


def _linked(row: str) -> str:
    if "](" in row or "][" in row:
        row = _LINK.sub(r"\1", _LINK.sub(r"\1", row))
    if "[[" in row:
        row = _WIKI.sub(lambda found: (found[2] or found[1].lstrip("#").replace("#", " > ")).strip(), row)
    return row


def _height(found: re.Match[str]) -> str:
    return f"{UP if found[1].lower() == 'sup' else DOWN}{found[2]}{END}"


def _cells(found: re.Match[str]) -> str:
    rows = [
        re.split(r"<t[dh]\b[^<>]*>", row, flags=re.IGNORECASE)[1:]
        for row in re.split(r"<tr\b[^<>]*>", found[1], flags=re.IGNORECASE)
    ]
    bare = [[re.sub(r"<[^<>]*>", " ", cell) for cell in row] for row in rows if row]
    return f"\n{text.table(bare)}\n"


def _title(found: re.Match[str]) -> str:
    return f"{found[1]} {found[2]}" if found[2].strip() else found[1]


_PASSES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_CALLOUT, _title),
    (_NOTE_TEXT, ""),
    (_NOTE_MARK, ""),
    (_NOTE_HERE, r"（\1）"),
    (_BLOCK_ID, ""),
    (_TASK, lambda found: found[1] + ("☐" if found[2] == " " else "☑")),
    (_TEMPLATE, ""),
    (_BLOCK_NOTE, ""),
    (_BARE_ITEM, ""),
    (_MARKED, r"\1"),
    (_STRUCK, ""),
    (_RAISED, _height),
    (_CARETS, f"{UP}\\1{END}"),
    (_TILDES, f"{DOWN}\\1{END}"),
    (_TABLE, _cells),
    (_AUTOLINK, r"\1"),
    (_BREAK, "\n"),
    (_TAG, ""),
)


def _tabled(rows: list[str]) -> Iterator[str]:
    """Rows with each table as pipe rows, without the row of dashes that nobody reads."""
    number = 0
    while number < len(rows):
        ruled = (
            number + 1 < len(rows)
            and "|" in rows[number]
            and "|" in rows[number + 1]
            and _RULE.fullmatch(rows[number + 1])
        )
        if not ruled:
            yield rows[number]
            number += 1
            continue
        end = number + 2
        while end < len(rows) and "|" in rows[end]:
            end += 1
        yield text.table(_row(row) for row in (rows[number], *rows[number + 2 : end]))
        number = end


def _row(row: str) -> list[str]:
    bare = row.strip().lstrip(">").strip()
    return [cell.strip() for cell in bare.removeprefix("|").removesuffix("|").split("|")]
