"""What one speaker says in a chat, an interview, a record with speakers: 罗姐说了什么, "what did Tom write?"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from index import lines
from index.filters import Filters
from index.mentions import MentionError
from index.types import Article
from rag.whole import wording
from rag.whole.comparing import Library
from rag.whole.types import Overview, Request, Row, Span

FEW = 5
"""Texts in which one speaks; of more they are asked for by what they say."""

_TIME = re.compile(r"[ \t\u3000]{1,3}(?:[\d/年月.-]{6,11}日?[ ,]{1,2})?(?:上午|下午|晚上|凌晨)?\d{1,2}:\d{2}.*$")
_BEFORE = re.compile(
    r"^(?:\[?\d[\d/., :-]{8,20}(?: ?[AaPp][Mm])?\]?[ -]{1,3})?\W{0,3}(?P<who>[^\W\d][^:：。，,.\n]{0,30})[:：](?=.)"
)
"""Who speaks, before what is said, in one line, perhaps behind the time: [12/03/2026, 09:12] Tom: yes."""


def overview(library: Library, request: Request, filters: Filters) -> Overview | None:
    """All that a speaker says, in its order, where the subject is the name of one; None where it is not."""
    try:
        found = library.mentions(request.subject, filters)[: FEW + 1]
    except MentionError:
        return None
    rows = [
        Row(one.article, *span, label=one.article.title)
        for one in found
        for span in _said(one.article, request.subject)
    ]
    articles = {row.article.id for row in rows}
    if not 0 < len(articles) <= FEW:
        return None
    understood = wording.briefed(request, request.subject, len(articles), len(rows))
    return Overview(request, tuple(rows), understood, wording.plain(request))


def _said(article: Article, name: str) -> Iterator[Span]:
    """Where what a speaker says stands, from the line that names the speaker up to the next such line; nothing of a text in which
    fewer than two speak twice: what stands before a colon is mostly no speaker (地点：三楼)."""
    heads = [(line.start(), who) for line in re.finditer(r"[^\n]+", article.text) if (who := _speaker(line[0]))]
    turns = Counter(who for _, who in heads)
    if name not in turns or sum(count > 1 for count in turns.values()) < 2:
        return
    for (at, who), (end, _) in pairwise([*heads, (len(article.text), "")]):
        if who == name:
            yield at, at + len(article.text[at:end].rstrip())


def _speaker(line: str) -> str:
    """Who speaks in a line, or under it; "" where nobody is named."""
    if lines.is_speaker(line):
        return _TIME.sub("", line.strip())
    found = _BEFORE.match(line)
    return found["who"].strip() if found else ""
