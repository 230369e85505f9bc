"""One file -> its articles, each with title, date, source and address: digests, bulletins, single articles."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath

from index import dateline
from index import lines as shape
from index.formats.document import Document, known_date
from index.issue import Issue, key, read_issue
from index.pages import carried
from index.text.dates import date_of_name, date_of_title, first_day, year_of_folder
from index.text.scripts import HAN
from index.types import Article
from index.unread import read_aloud

_OFFICE = (
    ".docx",
    ".pdf",
    ".xlsx",
    ".xlsm",
    ".pptx",
    ".odt",
    ".rtf",
    ".ods",
    ".odp",
    ".doc",
    ".xls",
    ".ppt",
    ".wps",
    ".et",
    ".dps",
)
_FRONT = {
    "date": (
        "date",
        "published",
        "publishdate",
        "publish_date",
        "published_at",
        "pubdate",
        "datepublished",
        "created",
        "created_at",
        "date_created",
        "created_date",
    ),
    "source": ("source", "site", "site_name", "sitename", "publisher", "publication", "website"),
    "url": ("url", "link", "canonical_url", "source_url", "original_url", "permalink"),
}
"""What front matter names, by the keys under which clippers and authors write it, the surest first."""
_TITLE_ROWS = 3
_TOP = 12  # rows in which the heading of an article stands, below the path to it and the like
_SECTION = re.compile(r"【[^】]{1,12}】")  # at the end of one article it names what comes next
_PARAGRAPH = range(2, 9)  # the indentation of a paragraph; a centred title stands farther in


@dataclass(frozen=True, slots=True)
class _Header:
    """rows[start:body] introduce an article. ``sure``: by its date or the contents, not only by its place."""

    start: int
    body: int
    title: str
    date: str = ""
    source: str = ""
    url: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Draft:
    """An article before it has an id; ``closed``: a source or an address stands at its end."""

    header: _Header
    text: str
    closed: bool


def read(document: Document, *, path: str, file_hash: str) -> list[Article]:
    """The articles of one document of the file ``path``. Where the text does not tell title, date or source, its metadata does."""
    articles = split(document.text, path=path, file_hash=file_hash, known=document)
    if document.pages:
        texts = ((article.title, article.text) for article in articles)
        pages = carried(document.text, document.pages, texts)
        articles = [replace(article, pages=starts) for article, starts in zip(articles, pages, strict=True)]
    return articles


def split(text: str, *, path: str, file_hash: str, known: Document | None = None) -> list[Article]:
    """The articles of one cleaned text in their order; none only when the text is blank.

    ``known`` says title, date, source and address where the text does not, and which file in the archive ``path`` it is.
    """
    known = known or Document(path, "")
    rows = text.split("\n")
    front, first = _front_matter(rows)
    rows = rows[first:]
    issue = read_issue(rows)
    headers = _by_heading(rows) or _by_shape(rows, issue)
    drafts = _confirmed(_drafts(rows, headers, issue), issue)
    first = drafts[0].header.start if drafts and not issue.end else 0
    if first >= _TOP and not shape.is_heading(rows[first]):
        drafts = []  # what stands above is text, and the dates are of its sections: one article keeps it
    if len(drafts) < 2 and not (drafts and issue.titles):
        drafts = [_single(rows, front, known)]
    articles: list[Article] = []
    seen: Counter[str] = Counter()
    for draft in drafts:
        if draft.text.strip():
            articles.append(_article(draft, issue, path, known, seen[draft.header.title]))
            seen[draft.header.title] += 1
    if not articles and text.strip():
        whole = _Draft(_Header(0, 0, known.title or PurePath(known.path).stem), text.strip(), closed=False)
        articles = [_article(whole, issue, path, known, 0)]
    return [replace(article, path=path, part=known.part, hash=file_hash) for article in articles]


def _article(draft: _Draft, issue: Issue, path: str, known: Document, ordinal: int) -> Article:
    header = draft.header
    name = "\0".join((path, *([known.part] if known.part else []), header.title, *([str(ordinal)] if ordinal else [])))
    return Article(
        id=hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        title=header.title,
        text=draft.text,
        date=header.date or issue.date or _known_date(known, path, header.title, draft.text),
        source=header.source or issue.name or known.source,
        url=header.url,
        issue=issue.said,
        language="zh" if shape.han_share(f"{header.title}\n{read_aloud(draft.text)}") >= 0.2 else "en",
    )


def _known_date(known: Document, path: str, title: str, text: str) -> str:
    """The date that the file tells of itself. Of an office file that is the day it was made, which its name or title may know
    better; a dateline without a year has that of the name, of the title or of the folder."""
    path = known.path or path
    named = date_of_name(path) or date_of_title(title)
    if known.path.lower().endswith(_OFFICE):
        named = named or known.date
    elif known.date:
        return known.date
    return dateline.day(text, named or year_of_folder(path)) or named


# Where articles begin


def _by_heading(rows: list[str]) -> list[_Header]:
    """Markdown: the highest level at which several headings carry a date or a source, and most of them do."""
    found: dict[int, list[_Header]] = {}
    fenced = _fenced(rows)
    for number, row in enumerate(rows):
        if shape.is_heading(row) and not fenced[number]:
            found.setdefault(len(row) - len(row.lstrip("#")), []).append(_read_header(rows, number, 1))
    for level in sorted(found):
        ends = sorted(header.start for higher in range(1, level + 1) for header in found.get(higher, ()))
        dated = {header for header in found[level] if header.date or header.source or _closes(rows, header.body, ends)}
        if len(dated) >= 2 and 2 * len(dated) >= len(found[level]):
            return [replace(header, sure=header in dated) for header in found[level]]
    return []


def _closes(rows: list[str], start: int, ends: list[int]) -> bool:
    """True if a source stands at the end of the section that begins at ``start``."""
    following = bisect_left(ends, start)
    return _finish(rows[start : ends[following] if following < len(ends) else len(rows)], Issue())[3]


def _by_shape(rows: list[str], issue: Issue) -> list[_Header]:
    """Plain text: a title over a date, a title of the contents, or a title after the source that closes an article."""
    headers: list[_Header] = []
    fenced = _fenced(rows)
    number, closed = issue.end, True
    while number < len(rows):
        row = rows[number]
        if not row.strip() or _is_aside(row, issue):
            number += 1
            continue
        header = None if fenced[number] else _header_at(rows, number, issue, closed=closed)
        if header:
            headers.append(header)
            number, closed = header.body, False
            continue
        about = shape.meta(row)
        named = bool(about and (about.source or about.url))
        closed = named or _closing_source(row) or (closed and about is not None)
        number += 1
    return headers


def _header_at(rows: list[str], number: int, issue: Issue, *, closed: bool) -> _Header | None:
    """The header that begins at this row, if one does."""
    if rows[number].startswith("\t") or rows[number].lstrip().startswith(">"):
        return None
    titles = _title_rows(rows, number, apart=bool(issue.end))
    indented = shape.indent(rows[number]) in _PARAGRAPH
    for count in range(1, len(titles) + 1):
        header = _read_header(rows, number, titles[count - 1] - number + 1)
        if header.date and not indented and _introduces(rows, header, closed=closed):
            return header
    for count in range(len(titles), 0, -1):
        header = _read_header(rows, number, titles[count - 1] - number + 1)
        if promised := issue.promises(header.title, exactly=not closed):
            return replace(header, title=_better_spaced(header.title, promised))
    if closed and titles and not indented:
        header = _read_header(rows, number, titles[-1] - number + 1)
        if header.body < len(rows) and shape.is_body(rows[header.body]):
            return replace(header, sure=bool(header.source))
    return None


def _title_rows(rows: list[str], number: int, *, apart: bool) -> list[int]:
    """Numbers of the rows from here that can make one title; ``apart``: blank rows may lie between them."""
    found: list[int] = []
    while number < len(rows) and len(found) < _TITLE_ROWS:
        filled = bool(found) and shape.is_form(rows[number], *rows[number + 1 : number + 2])
        if shape.is_title(rows[number]) and not rows[number].lstrip().startswith(">") and not filled:
            found.append(number)
        elif rows[number] or not (apart and found):
            break
        number += 1
    return found


def _read_header(rows: list[str], start: int, length: int) -> _Header:
    """Title rows and the rows about the article under them."""
    titles = [shape.plain(row) for row in rows[start : start + length] if row]
    apart = len(titles) < length
    about, body = shape.Meta(), start + length
    number = body
    while number < len(rows):
        found = shape.meta(rows[number], header=True) if rows[number] else None
        if rows[number] and not found:
            break
        if found:
            about = shape.merged(about, found)
        if found and shape.is_of_an_event(rows[number], next(filter(None, rows[number + 1 :]), "")):
            body = number
            break
        number += 1
        body = number if found else body
    while body < len(rows) and not rows[body]:
        body += 1
    return _Header(start, body, _join_title(titles, apart=apart), about.date, about.source, about.url)


def _introduces(rows: list[str], header: _Header, *, closed: bool) -> bool:
    """True if a dated header stands over a text; a date under a signature or a masthead does not."""
    if header.body >= len(rows):
        return False
    following = rows[header.body]
    if not following.startswith(" ") and not shape.is_body(following):
        below = _title_rows(rows, header.body, apart=False)
        if any(_read_header(rows, header.body, row - header.body + 1).date for row in below):
            return False
    marked = any(
        (found := shape.meta(row)) and found.date and not found.bare for row in rows[header.start : header.body]
    )
    opened = closed or header.start == 0 or not rows[header.start - 1]
    return marked or (opened and (shape.is_body(following) or following.startswith("  ")))


def _join_title(parts: list[str], *, apart: bool) -> str:
    """Rows of a title as one line; Han halves meet bare unless they were set apart or a closing mark ends one."""
    title = parts[0]
    for part in parts[1:]:
        latin = re.search(r"[A-Za-z0-9]$", title) and re.match(r"[A-Za-z0-9]", part)
        spaced = not re.search(f"[{HAN}]", title + part)
        clause = re.search("[》」』！？!?]$", title)
        title += (" " if apart or latin or spaced or clause else "") + part
    return title


def _better_spaced(printed: str, promised: str) -> str:
    """Contents and print break a title in different places: a space stays where both have one."""
    if key(printed) != key(promised):
        return printed
    agreed = _spaces(promised)
    pieces = printed.split(" ")
    title = pieces[0]
    for piece in pieces[1:]:
        title += (" " if len(key(title)) in agreed else "") + piece
    return title


def _spaces(title: str) -> set[int]:
    """How many letters stand before each space."""
    return {len(key(title[: found.start()])) for found in re.finditer(" ", title)}


# What lies between two beginnings


def _drafts(rows: list[str], headers: list[_Header], issue: Issue) -> list[_Draft]:
    drafts = []
    ends = [*(header.start for header in headers[1:]), len(rows)]
    for header, end in zip(headers, ends, strict=False):
        text, source, url, closed = _finish(rows[header.body : end], issue)
        about = replace(header, source=header.source or source, url=header.url or url)
        drafts.append(_Draft(about, text, closed))
    if len(drafts) > 1 and not drafts[-1].closed and all(draft.closed for draft in drafts[:-1]):
        drafts[-1:] = _without_imprint(rows, headers[-1], issue) or drafts[-1:]
    return drafts


def _without_imprint(rows: list[str], header: _Header, issue: Issue) -> list[_Draft]:
    """The last article up to its source, where every article of the file ends in one: what follows is the publisher's."""
    ends = [n for n in range(header.body, len(rows)) if _closing_source(rows[n])]
    return _drafts(rows[: ends[-1] + 1], [header], issue) if ends else []


def _confirmed(drafts: list[_Draft], issue: Issue) -> list[_Draft]:
    """Drafts that are articles: what only looked like a beginning goes back, what follows the last article goes."""
    sure = sum(draft.header.sure for draft in drafts)
    proven = [draft.header.sure or draft.closed for draft in drafts]
    if not issue.end and (sure == 1 or sum(proven) < 2):
        return []
    last = max((n for n, is_proven in enumerate(proven) if is_proven), default=-1)
    kept: list[_Draft] = []
    for number, draft in enumerate(drafts[: last + 1]):
        if proven[number] or issue.end or not kept:
            kept.append(draft)
        else:
            before = kept[-1]
            kept[-1] = replace(before, text="\n".join((before.text, draft.header.title, draft.text)))
    return kept if issue.end or proven[0] else kept[1:]


def _finish(rows: list[str], issue: Issue) -> tuple[str, str, str, bool]:
    """Rows of one article -> (text, source, address, whether a source or an address closed it)."""
    source, url, end = "", "", len(rows)
    while end:
        row = rows[end - 1]
        about = shape.meta(row) if row else None
        if (about and about.bare) or (row and not about and not _is_aside(row, issue) and not _SECTION.fullmatch(row)):
            break
        if about:
            source, url = source or about.source, url or about.url
        end -= 1
    body = rows[:end]
    if body and (found := shape.inline_source(body[-1])) and found[0]:
        body[-1], source = found[0], source or found[1]
    links = [about.url for row in body if (about := shape.meta(row)) and about.url]
    return _paragraphs(body, issue), source, url or (links[-1] if links else ""), bool(source or url)


def _paragraphs(rows: list[str], issue: Issue) -> str:
    """Body rows without page furniture, indentation and blank rows but those between two tables; code and tables keep theirs."""
    out: list[str] = []
    apart = False
    for row, fenced in zip(rows, _fenced(rows), strict=True):
        if apart and out and out[-1][:1] == row[:1] == "|":
            out.append("")
        apart = not row.strip()
        if fenced or shape.is_table(row):
            out.append(row)
        elif row.strip() and not _is_aside(row, issue) and not ((about := shape.meta(row)) and about.url):
            out.append(row if shape.is_list_item(row) else row.strip(" "))
    return "\n".join(out).strip("\n")


def _is_aside(row: str, issue: Issue) -> bool:
    """Page furniture, a headline that points elsewhere, a section name of the bulletin."""
    return shape.is_furniture(row) or (len(row) <= 100 and bool(issue.furniture) and key(row) in issue.furniture)


def _closing_source(row: str) -> bool:
    """A source in brackets at the end of a sentence: not the caption of a figure."""
    found = shape.inline_source(row)
    return found is not None and (not found[0] or shape.ends_sentence(found[0]))


# A file that is one article


def _single(rows: list[str], front: dict[str, str], known: Document) -> _Draft:
    """The whole file as one article: its first rows may be a title and rows about it, nothing else is left out."""
    start = next((number for number, row in enumerate(rows) if row.strip()), 0)
    above = shape.Meta()
    while start < len(rows) and (not rows[start] or (found := shape.meta(rows[start], header=True))):
        above = shape.merged(above, found) if rows[start] and found else above
        start += 1
    below = _heading_of(rows, start, known.title)
    titles = [] if above.title or below or start >= len(rows) or _fenced(rows)[start] else _single_title(rows, start)
    header = _read_header(rows, start, len(titles)) if titles else _Header(start, start, "")
    body = rows[header.body :]
    if front.get("title") and key(header.title) != key(front["title"]):
        body = [*rows[start : start + len(titles)], *body]  # a heading of its own
    if headed := dateline.read(body):
        above = shape.merged(above, headed.about)
        body = [*headed.text.split("\n"), *body[1:]]
    text, source, url, _ = _finish(body, Issue())
    if not text.strip():
        text, header = "\n".join(rows).strip(), replace(header, title=header.title)
    return _Draft(
        replace(
            header,
            title=front.get("title")
            or above.title
            or below
            or header.title
            or known.title
            or PurePath(known.path).stem,
            date=front.get("date") or above.date or header.date or _signed_day(rows, header.body),
            source=front.get("source") or above.source or header.source or source,
            url=front.get("url") or above.url or header.url or known.url or url,
        ),
        text,
        closed=False,
    )


def _signed_day(rows: list[str], start: int) -> str:
    """The day of the first row under a title that is one, below a row of names: what a clipper makes of a byline."""
    for row in [row for row in rows[start : start + _TOP] if row.strip()][:_TITLE_ROWS]:
        if shape.is_body(row) or shape.is_list_item(row) or shape.is_heading(row) or shape.is_table(row):
            return ""
        if (about := shape.meta(row, header=True)) and about.date:
            return about.date
    return ""


def _heading_of(rows: list[str], start: int, title: str) -> str:
    """The title that the file names where it stands as a heading below other rows: what is above it is no title."""
    heads = (shape.plain(row) for row in rows[start + 1 : start + _TOP] if shape.is_heading(row))
    named = bool(title) and not shape.is_heading(rows[start] if start < len(rows) else "") and title in heads
    return title if named else ""


def _single_title(rows: list[str], start: int) -> list[int]:
    if shape.is_heading(rows[start]):
        return [start]
    titles = _title_rows(rows, start, apart=False)
    dated = (at for at in titles[1:] if (about := shape.meta(rows[at], header=True)) and about.date)
    below = next(dated, len(rows))
    titles = [at for at in titles if at < below]
    after = titles[-1] + 1 if titles else start
    # three short rows and more are a list or a poem, unless a date or a source under them says otherwise
    headed = after < len(rows) and shape.meta(rows[after]) is not None
    return titles if len(titles) < _TITLE_ROWS or headed else titles[:1]


def _front_matter(rows: list[str]) -> tuple[dict[str, str], int]:
    """Front matter between two rows of --- or +++ -> (title, date, source and address as it names them, where the text begins)."""
    below = shape.front(rows)
    entries = [re.fullmatch(r"([A-Za-z][\w -]*?)\s*[:=]\s*(.*)", row) for row in rows[1:below]]
    if not any(entries):
        return {}, 0
    named = {re.sub("[- ]+", "_", found[1].strip().lower()): _value(found[2]) for found in entries if found}
    front = {"title": named.get("title", "")}
    front["date"] = next(
        (date for key in _FRONT["date"] if (date := known_date(named.get(key)) or first_day(named.get(key, "")))), ""
    )
    told = [named[key] for kind in ("source", "url") for key in _FRONT[kind] if named.get(key)]
    front["url"] = next((url for value in told if (url := shape.clean_url(value))), "")
    front["source"] = next((value for value in told if not shape.clean_url(value)), "")
    return front, below


def _value(written: str) -> str:
    """A value without its quotation marks, and without the brackets of a link to a note."""
    bare = written.strip().strip("\"'").strip()
    if link := re.fullmatch(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]", bare):
        return (link[2] or link[1]).strip()
    return bare


def _fenced(rows: Iterable[str]) -> list[bool]:
    """For every row, whether it belongs to a Markdown code block."""
    marks, mark = [], ""
    for row in rows:
        opening = row.lstrip()[:3] in ("```", "~~~")
        marks.append(bool(mark) or opening)
        if opening:
            mark = "" if mark == row.lstrip()[:3] else mark or row.lstrip()[:3]
    return marks
