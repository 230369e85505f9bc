"""A part of an article that is asked for by its number: 第五条说了什么, what section 4 of a policy says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from index import passages
from index.filters import Filters
from index.mentions import MentionError
from index.text import enumerations
from index.text.numerals import find_numbers
from index.types import Article
from rag.whole import names, wording
from rag.whole.comparing import Library
from rag.whole.types import Overview, Request, Row

PART = re.compile(
    r"(?:《?(?P<of>[^《》]{2,40}?)》?的?)?(?P<part>第[一二三四五六七八九十百零\d]{1,4}(?:条|章|节|款|部分))"
    r"|(?P<en>(?:section|article|clause|chapter|part|paragraph|rule) (?:\d{1,3}|[IVX]{1,5}))(?: (?:of|in) (?:the )?(?P<of_en>.{2,60}))?",
    re.IGNORECASE,
)
"""A part by its number, perhaps with what it is of."""

_HEADS_NEXT = re.compile(r"(?:\n\s*(?:#|第\w{1,4}[编章节]|(?:chapter|part) [\dIVX])[^\n]*)+\s*$", re.IGNORECASE)
"""The heading of what follows a part."""

_NUMBER = re.compile(r"[\s#*]*(?:([一二三四五六七八九十]{1,3})、|(\d{1,3})[.)、]?\s)")
"""The number of a heading that does not say what it heads: 四、, 4."""

FEW = 3
"""Articles that such a part is told of."""


def overview(library: Library, request: Request, filters: Filters) -> Overview | None:
    """The part of each article that has one so numbered, of the article that was spoken of or is named; None where more than FEW have it,
    or none."""
    asked = PART.fullmatch(request.subject)
    if not asked:
        return None
    part, of = asked["part"] or asked["en"], asked["of"] or asked["of_en"] or ""
    articles = {one.id: one for one in _articles(library, request, part, of, filters)}
    rows = [Row(one, *span, label=one.title) for one in articles.values() if (span := _span(one, part))]
    if not 0 < len(rows) <= FEW:
        return None
    understood = wording.briefed(request, request.subject, len(rows), len(rows))
    return Overview(request, tuple(rows), understood, wording.plain(request))


def _articles(library: Library, request: Request, part: str, of: str, filters: Filters) -> Iterator[Article]:
    """The article that was spoken of; else those that name the part, of those that are named where any are, and these."""
    if request.of:
        yield request.of
        return
    named: Mapping[str, str] = {}
    if of and (name := names.named(library, of, filters)):
        named = name.paths
    try:
        found = [one.article for one in library.mentions(part, filters)]
    except MentionError:
        found = []
    yield from (one for one in found if not of or one.id in named or of in one.title)
    if 0 < len(named) <= FEW:
        hits = (
            one.hit.article
            for path in dict.fromkeys(named.values())
            for one in library.ranked(of, FEW, Filters(path=path))[1]
        )
        yield from (one for one in hits if one.id in named)


def _span(article: Article, part: str) -> tuple[int, int] | None:
    """Where a part of a text stands, up to the next of its kind: what its number begins, else the section so numbered."""
    for told in enumerations.find(article.text):
        for start, end in told.whole:
            if article.text.startswith(part, start):
                own = _HEADS_NEXT.sub("", article.text[start:end])
                return start, start + len(own)
    return _section(article.text, part)


def _section(text: str, part: str) -> tuple[int, int] | None:
    """The section whose heading says the part, or has its number alone, up to the next heading."""
    spans = passages.sentences(text)
    heads = [span for span in spans if passages.is_heading(text[slice(*span)]) or _says(text[slice(*span)], part)]
    for (start, stop), (end, _) in pairwise([*heads, (len(text), len(text))]):
        if (_says(text[start:stop], part) or _numbered(text[start:stop], part)) and text[stop:end].strip():
            return start, start + len(text[start:end].rstrip())
    return None


def _says(line: str, part: str) -> bool:
    return bool(re.match(rf"[\s#*]*{re.escape(part)}(?!\w)", line, re.IGNORECASE))


def _numbered(line: str, part: str) -> bool:
    """True if a heading begins with the number of a part."""
    found = _NUMBER.match(line)
    numbers = find_numbers(part)
    if not found or not numbers:
        return False
    told = find_numbers(f"第{found[1]}") if found[1] else []
    return (told[0].value if told else int(found[2] or 0)) == numbers[0].value
