"""A part of an article that is asked for by its number: 第五条说了什么, what chapter three of a law says."""

from __future__ import annotations

import re

from index.filters import Filters
from index.mentions import MentionError
from index.text import enumerations
from index.types import Article
from rag.whole import wording
from rag.whole.comparing import Library
from rag.whole.types import Overview, Request, Row

PART = re.compile(
    r"(?:《?(?P<of>[^《》]{2,40}?)》?的?)?(?P<part>第[一二三四五六七八九十百零\d]{1,4}(?:条|章|节|款|部分))"
)
"""A part by its number, perhaps with what it is of."""

_HEADS_NEXT = re.compile(r"(?:\n\s*(?:#|第\w{1,4}[编章节])[^\n]*)+\s*$")
"""The heading of what follows a part."""

FEW = 3
"""Articles that such a part is told of."""


def overview(library: Library, request: Request, filters: Filters) -> Overview | None:
    """The part of each article that has one so numbered, of the article that was spoken of or is named; None where more than FEW have it,
    or none."""
    asked = PART.fullmatch(request.subject)
    if not asked:
        return None
    try:
        found = [request.of] if request.of else [one.article for one in library.mentions(asked["part"], filters)]
    except MentionError:
        return None
    named = [one for one in found if not asked["of"] or asked["of"] in one.title]
    rows = [Row(one, *span, label=one.title) for one in named if (span := _span(one, asked["part"]))]
    if not 0 < len(rows) <= FEW:
        return None
    understood = wording.briefed(request, request.subject, len(rows), len(rows))
    return Overview(request, tuple(rows), understood, wording.plain(request))


def _span(article: Article, part: str) -> tuple[int, int] | None:
    """Where a part of a text stands, up to the next of its kind."""
    for told in enumerations.find(article.text):
        for start, end in told.whole:
            if article.text.startswith(part, start):
                own = _HEADS_NEXT.sub("", article.text[start:end])
                return start, start + len(own)
    return None
