"""Article -> sentences and passages with exact offsets, cut at sentence ends, tables kept whole."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from index import lines, unread
from index.text.clauses import STOPS
from index.text.scripts import HAN
from index.text.speech import spoken
from index.types import Article, Passage

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

LENGTH = {"zh": 600, "en": 900}
"""Characters of a passage. At 600 Han characters a first hit holds the evidence for more questions on five digests than at 380
(English questions .83 against .72, n 18), and the sentences are ranked and cited one by one anyway."""

TABLE_LENGTH = 2400
"""A table up to this length stays whole; a longer one is cut between rows, its header row kept as the heading."""

_CAPTIONS, _CAPTION = 3, 60  # rows above a table that may head it, and the characters of one

_END = re.compile(
    r"[。！？；….!?\n](?:"  # begins with what is looked for: several times as fast
    r"(?<=[。！？；…])[。！？；…]*[”’」』）》〉\"')\]*]*"  # Chinese enders and what closes after them
    r"|(?<=[.!?])(?<![.!?].)[.!?]*+[\"'”’)\]*]*(?=\s+[\"'“‘(\[*]*[A-Z0-9"
    + HAN
    + r"]|\s*$|\s*\n)"  # Latin ones before a new sentence
    r"|(?<=\n)\n*)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|No|Inc|Ltd|Co|Corp|Gen|Gov|Sen|Rep|Fig|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
    r"|(?<![A-Za-z])[A-Z]|\be\.g|\bi\.e|\betc|(?m:^)[^\S\n]*(?:#{1,6} +)?\d{1,3})\.$"  # the last: the number of a list's item, or of a heading
)
_ASIDE = re.compile(
    "|".join(
        rf"\{left}[^\{right}{STOPS}!?\n]{{0,80}}?(?:[{STOPS}!?]|\.(?=\s))[^\{right}\n]{{0,80}}\{right}"
        for left, right in ("《》", "〈〉", "（）", "()")
    )
)
"""A title, or what stands in brackets, with a mark in it that may end no sentence ("Hey! Say!"); a longer one holds sentences."""
_ROW = re.compile(r"(?m)^(?:[^\S\n]*+[^\s|][^\n]*\t[^\n]*|[^\n|]*+\|[^\n|]*+\|[^\n]*)(?:\n|$)")
"""A tab counts behind a cell only (before it, it is an indent). Anchored and possessive: a long line costs its length."""
_LABEL = 24
"""Columns of a line that names those under it though nothing marks it as a heading: 工作经历, What we found."""

_NAMES = re.compile(r"[^\d.,:;!。，、：；！…|·-]+")
_LINE = re.compile(r"(?:\A|\n)[^\S\n]*\Z")
_NAMED = re.compile(r"[:：][*_]*\s*\Z")
_ASKED = re.compile(r"[?？][*_”’」』\"')）]*$")
_MARKER = re.compile(r"(?:#+\s*)?(?:[（(]?[\d一二三四五六七八九十]+[.、．）)]|第\w{1,3}[章节条部分])?")
_HEADING = re.compile(
    r"^[ \t\u3000]*(?:#{1,6} +|\*\*)?(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|第[一二三四五六七八九十百]+[章节条]|#{1,6} |\d+\. )"
    r"[^。！？；\r\n]{1,40}(?=\r?$)",
    re.MULTILINE,
)


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text[start:end]``; a table row is a sentence. Together they hold all that is not space."""
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    asides = [match.span() for match in _ASIDE.finditer(text, start, end)]
    begin, stars = start, 0
    for match in _END.finditer(text, start, end):
        if text[match.start()] == "." and _ABBREVIATION.search(text, max(begin, match.start() - 8), match.start() + 1):
            continue
        if asides and any(a < match.start() < b and (text[a] in "《〈" or text[begin:a].strip()) for a, b in asides):
            continue  # an aside that is a sentence by itself holds sentences
        stop = match.end()
        stars += text.count("**", begin, stop)
        if stars % 2 and text.endswith("**", begin, stop) and text[stop : stop + 1].strip():
            stop, stars = stop - 2, stars - 1  # these begin what is bold behind the mark: 。**二要
        if span := _trim(text, begin, stop):
            spans.append(span)
        begin = stop
        stars = 0 if text[match.start()] == "\n" else stars
    if span := _trim(text, begin, end):
        spans.append(span)
    return spans


def is_heading(line: str) -> bool:
    """True if a line is the heading of a section."""
    return bool(_HEADING.fullmatch(line))


def level(heading: str) -> str:
    """What marks the headings of a level, the numbers left out: 、 of 三、, （） of （一）, ## of Markdown; "" of one that is only named."""
    return re.sub(r"[\w\s]", "", _MARKER.match(heading.strip())[0])  # type: ignore[index]


def leading(text: str, spans: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The numbers of those of some sentences that lead the ones below them."""
    below = chain(spans[1:], [None])
    return frozenset(i for i, (one, other) in enumerate(zip(spans, below, strict=True)) if _leads(text, one, other))


def head(text: str, start: int, span: tuple[int, int]) -> tuple[int, int] | None:
    """The nearest of the sentences from ``start`` on that names or dates the one of a span; None where none does."""
    spans = [*sentences(text, start, span[0]), span]
    above = (spans[number] for number in sorted(leading(text, spans), reverse=True) if number < len(spans) - 1)
    return next((one for one in above if not asks(text[slice(*one)])), None)


def asks(sentence: str) -> bool:
    """True if a sentence ends as a question does."""
    return bool(_ASKED.search(sentence))


def _leads(text: str, span: tuple[int, int], below: tuple[int, int] | None) -> bool:
    """True if a sentence only names, dates or asks what the one ``below`` it tells: a heading, the day of an entry, a question, a short
    line without a mark that begins a paragraph."""
    sentence = text[slice(*span)]
    if is_heading(sentence):
        return True
    if below is None or _ROW.match(sentence) or not _LINE.search(text, max(0, span[0] - _LABEL), span[0]):
        return False
    if _NAMED.search(text, max(0, span[0] - _LABEL), span[0]):
        return False  # what it says is what the line above names
    if lines.day_of(sentence) or lines.is_speaker(sentence) or asks(sentence):
        return True
    names = lines.columns(sentence) <= _LABEL and _NAMES.fullmatch(sentence)
    return bool(names and "\n" in text[span[1] : below[0]] and not _NAMES.fullmatch(text[slice(*below)]))


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    kept = piece.strip()
    if len(kept) < len(piece):
        start += len(piece) - len(piece.lstrip())
    return (start, start + len(kept)) if kept else None


def tables(text: str) -> list[tuple[int, int]]:
    """Spans of the tables: two or more lines in a row with tabs or pipes between cells, as many in each. One blank row parts
    them where a row that only names stands below it, over values."""
    spans: list[tuple[int, int]] = []
    width = 0
    for match in _ROW.finditer(text) if "\t" in text or "|" in text else ():
        gap = text[spans[-1][1] : match.start()] if spans else "x"
        width, before = _width(match[0]), width
        alike = width == before or not width or not before
        if spans and not gap.strip() and gap.count("\n") <= 1 and alike and not (gap and _names(text, match)):
            spans[-1] = (spans[-1][0], match.end())
        else:
            spans.append(match.span())
    return [span for span in spans if text[slice(*span)].strip().count("\n") >= 1]


def _names(text: str, row: re.Match[str]) -> bool:
    """True if a row holds no digit and the one below it does."""
    below = text.find("\n", row.end())
    return not re.search(r"\d", row[0]) and bool(re.search(r"\d", text[row.end() : below if below >= 0 else len(text)]))


def _width(row: str) -> int:
    """How many cells a pipe row has; 0 of any other."""
    bare = row.strip()
    return bare.count("|") if bare[:1] == bare[-1:] == "|" else 0


@lru_cache
def _splitter(length: int) -> RecursiveCharacterTextSplitter:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    return RecursiveCharacterTextSplitter(
        separators=[r"\n+", r"[。！？；…]+[”’」』）]*", r"[.!?][\"'”’)]*\s+", r"[，,、：]", r"\s+", ""],
        is_separator_regex=True,
        keep_separator="end",
        strip_whitespace=False,
        chunk_size=length,
        chunk_overlap=0,
    )


def _prose(text: str, start: int, end: int, length: int) -> list[tuple[int, int]]:
    """Spans of about ``length`` characters; offsets are ours, as ``add_start_index`` is not to be trusted."""
    if end - start <= length:
        span = _trim(text, start, end)
        return [span] if span else []
    spans: list[tuple[int, int]] = []
    at = start
    for chunk in _splitter(length).split_text(text[start:end]):
        at = text.index(chunk, at, end)
        if span := _trim(text, at, at + len(chunk)):
            spans.append(span)
        at += len(chunk)
    return _no_crumbs(text, _headings_lead(text, spans), length)


def _headings_lead(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A heading or a question at the end of a stretch goes to the one that it leads."""
    for i, (start, end) in enumerate(spans[:-1]):
        line = text.rfind("\n", start, end) + 1
        last = _trim(text, line, end)
        if line > start and last and _leads(text, last, spans[i + 1]) and (kept := _trim(text, start, line)):
            spans[i : i + 2] = [kept, (line, spans[i + 1][1])]
    return spans


def _no_crumbs(text: str, spans: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """A last stretch too short to stand alone (a fifth of a passage) joins the one before it."""
    if len(spans) > 1 and spans[-1][1] - spans[-1][0] < length / 5 and spans[-1][1] - spans[-2][0] < length * 1.25:
        spans[-2:] = [(spans[-2][0], spans[-1][1])]
    return spans


def _table(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The table whole, or, when long, in parts cut between rows."""
    spans: list[tuple[int, int]] = []
    begin = start
    for match in re.finditer(r"[^\n]*(?:\n|$)", text[start:end]):
        row_end = start + match.end()
        if row_end - begin > TABLE_LENGTH and start + match.start() > begin:
            spans.append((begin, start + match.start()))
            begin = start + match.start()
    spans.append((begin, end))
    return [span for piece in spans if (span := _trim(text, *piece))]


def _spans(text: str, length: int) -> list[tuple[int, int, str]]:
    """(start, end, what heads the table or "") of every passage, in order; what nobody reads is in none."""
    out: list[tuple[int, int, str]] = []
    at = 0
    left = unread.spans(text)
    marked = [(a, b, False) for a, b in tables(text) if not any(a < end and start < b for start, end in left)]
    marked += [(a, b, True) for a, b in [*left, (len(text), len(text))]]
    for start, end, skipped in sorted(marked):
        for language, begin, stop in _spoken(text, at, start):
            out += [(a, b, "") for a, b in _prose(text, begin, stop, LENGTH.get(language, length))]
        if end > start and not skipped:
            heads = _captions(text, at, start) + text[start:end].strip().partition("\n")[0].strip()
            out += [(a, b, heads) for a, b in _table(text, start, end)]
        at = end
    return out


def _spoken(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """Stretches of one language each, "" where there is only one: paragraphs in another than those before begin a new one, a
    heading with what it heads."""
    found: list[tuple[str, int, int]] = []
    at = start
    rows = text[start:end].splitlines(keepends=True)
    if len(rows) < 2:
        return [("", start, end)]
    for row in rows:
        language = spoken(row, "")
        last = found[-1] if found else ("", at, at)
        if language and last[0] and language != last[0]:
            above = text.rfind("\n", last[1], at - 1) + 1
            begin = above if above > last[1] and is_heading(text[above:at].strip("\r\n")) else at
            found[-1] = (*last[:2], begin)
            found.append((language, begin, at + len(row)))
        else:
            found[-1:] = [(language or last[0], last[1], at + len(row))]
        at += len(row)
    return found if len(found) > 1 else [("", start, end)]


def _captions(text: str, start: int, end: int) -> str:
    """The short rows right above a table, which say what it counts, and in what: a row of it is not told without them."""
    rows = [row.strip() for row in text[start:end].rstrip().split("\n")[-_CAPTIONS:]]
    kept: list[str] = []
    for row in reversed(rows):
        if (
            not row
            or len(row) > _CAPTION
            or row[-1] in "。！？；.!?;"
            or row.startswith(("#", "- "))
            or is_heading(row)
        ):
            break
        kept.insert(0, row)
    return "".join(f"{row}\n" for row in kept)


def cut(article: Article) -> list[Passage]:
    """The article's passages in order; ``article.text[p.start:p.end] == p.text`` for each."""
    text = article.text
    found = [*_HEADING.finditer(text)]
    begins = [match.start() for match in found]
    headings = [match.group().strip("#* \t\r\n\u3000") for match in found]
    passages: list[Passage] = []
    for start, end, header in _spans(text, LENGTH.get(article.language, LENGTH["en"])):
        above = bisect_right(begins, start)
        section = headings[above - 1] if above else ""
        passages.append(
            Passage(
                id=f"{article.id}-{len(passages)}",
                article_id=article.id,
                ordinal=len(passages),
                start=start,
                end=end,
                text=text[start:end],
                heading="\n".join(part for part in (section, header) if part),
            )
        )
    return passages
