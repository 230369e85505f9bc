"""A timeline of a topic: one dated line for each event or figure that the articles tell, in order, each a quote."""

from __future__ import annotations

import re

from index import lexical
from index.filters import Filters
from index.text import dates
from rag.evidence import Evidence
from rag.whole import about, wording
from rag.whole.types import Overview, Request, Row

MOST = 60
"""Lines of a timeline: the surest."""

_DIGIT = re.compile(r"\d+(?:\.\d+)?")
_LISTED = re.compile(r"^\W*\d{1,3}\s*[、.．)）](?!\d)")
"""The number of an item, which tells nothing."""


def overview(library: about.Library, request: Request, filters: Filters) -> Overview | None:
    """The sentences about a topic by the date that each tells of; None where there are none."""
    asked, ranked = library.ranked(request.subject, about.REACH, filters)
    odds = about.log_odds(library, request.subject, ranked)
    words = frozenset(lexical.query_terms(asked.content))
    kept: dict[tuple[str, frozenset[str]], Evidence] = {}
    for one in ranked:
        told = date_of(one)
        if odds[one.hit.article.id] > 0 and told and len(kept) < MOST and _tells(words, one):
            kept.setdefault((told, _figures(one)), one)
    if not kept:
        return None
    rows = [
        Row(one.hit.article, one.start, one.end, label=told, also=one.hit.article.also_in)
        for (told, _), one in sorted(kept.items(), key=lambda pair: (pair[0][0], pair[1].hit.article.date))
    ]
    return Overview(request, tuple(rows), wording.timed(request, len(rows)), wording.plain(request))


def date_of(one: Evidence) -> str:
    """The ISO date that a sentence tells of (of several the most precise, then the first); else its title's, else its article's,
    else ""."""
    published = one.hit.article.date
    for text in (one.text, f"{one.hit.article.title} {one.hit.passage.heading}"):
        named = [mention.iso for mention in dates.find_dates(text, published)]
        if named:
            return max(named, key=len)
    return published


def _tells(words: frozenset[str], one: Evidence) -> bool:
    """True if a sentence itself names a date or a number, and something of the topic; in another language not its words."""
    if not _DIGIT.search(_LISTED.sub("", one.text)) and not dates.find_dates(one.text, one.hit.article.date):
        return False
    said = frozenset(lexical.terms(one.text))
    return bool(words & said) or not words & frozenset(lexical.terms(one.hit.passage.text))


def _figures(one: Evidence) -> frozenset[str]:
    """The numbers of a sentence: two of one day with the same ones tell the same; one without any tells what it says."""
    return frozenset(_DIGIT.findall(_LISTED.sub("", one.text))) or frozenset([one.text])
