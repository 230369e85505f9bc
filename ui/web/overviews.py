"""The named endpoints over the whole library: list_matching, count, timeline, compare, brief and whats_new, as the CLI's JSON."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from index import lexical
from index.filters import Filters
from rag import shapes
from rag.whole.briefing import shortened
from rag.whole.types import Overview, Request
from ui.web import standing
from ui.web.api import Called, Endpoint, filters_of, question_of, told, without_paths
from ui.web.seats import Seats
from ui.web.session import Desk

MOST = 1000
"""Rows of one call; ``total`` tells how many there are."""


def endpoints(seats: Seats) -> dict[str, Called]:
    """The functions by their names; their types and docstrings are what a client is told of them."""
    topics = (partial(_topic, kind="timeline"), partial(_topic, kind="compare"))
    return dict(told(seats, made) for made in (_list, _count, *topics, _brief, _news))


def _overview(desk: Desk, kind: str, subject: str, filters: Filters, *, literal: bool = False) -> Overview:
    request = Request(kind, subject, literal, subject, lexical.language(subject))
    return desk.assistant.overview(request, filters) or Overview(request, (), "")


def _shown(overview: Overview) -> dict[str, Any]:
    shape = shapes.overview_json(overview)
    return without_paths(shape | {"rows": shape["rows"][:MOST]})


def _list(desk: Desk) -> Endpoint:
    def list_matching(
        string: str, topic: bool = False, since: str = "", until: str = "", source: str = ""
    ) -> dict[str, Any]:
        """List every article that mentions a string, word for word, or that is about a topic.

        Args:
            string: A word, a name, a title or a number; or a topic.
            topic: Whether it is a topic.
            since: Only articles from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty for all.
            until: Only articles up to then, written the same way. Empty for all.
            source: Only articles of sources whose name holds this. Empty for all.

        Returns:
            The shape of `yinju list --json`, at most 1000 rows; an article's path is called file here.
        """
        filters = filters_of(since, until, source)
        return _shown(_overview(desk, "list", question_of(string), filters, literal=not topic))

    return list_matching


def _count(desk: Desk) -> Endpoint:
    def count(string: str, topic: bool = False, since: str = "", until: str = "", source: str = "") -> dict[str, Any]:
        """Count the articles that mention a string, or that are about a topic.

        Args:
            string: A word, a name, a title or a number; or a topic.
            topic: Whether it is a topic.
            since: Only articles from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty for all.
            until: Only articles up to then, written the same way. Empty for all.
            source: Only articles of sources whose name holds this. Empty for all.

        Returns:
            subject, understood and total.
        """
        filters = filters_of(since, until, source)
        found = _overview(desk, "count", question_of(string), filters, literal=not topic)
        return {"subject": found.request.subject, "understood": found.understood, "total": found.total}

    return count


def _topic(desk: Desk, kind: str) -> Endpoint:
    def endpoint(question: str, since: str = "", until: str = "", source: str = "") -> dict[str, Any]:
        return _shown(_overview(desk, kind, question_of(question), filters_of(since, until, source)))

    endpoint.__name__ = kind
    endpoint.__doc__ = f"""{_SAYS[kind]}

    Args:
        question: {_ASKS[kind]}
        since: Only articles from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty for all.
        until: Only articles up to then, written the same way. Empty for all.
        source: Only articles of sources whose name holds this. Empty for all.

    Returns:
        The shape of `yinju {kind} --json`; an article's path is called file here.
    """
    return endpoint


_SAYS = {
    "timeline": "Put in order what the articles tell of a topic, a dated line for each event or figure.",
    "compare": "Set side by side what the articles say of two things that are named.",
}
_ASKS = {"timeline": "The topic.", "compare": "As in: Shanghai and Hangzhou on AI policy."}


def _brief(desk: Desk) -> Endpoint:
    def brief(
        subject: str = "", lines: int = 100, since: str = "", until: str = "", source: str = ""
    ) -> dict[str, Any]:
        """Tell each article of a period, a source, a file or a topic by a sentence, grouped, the most reported first.

        Args:
            subject: The period, source, file or topic. Empty for all that there is.
            lines: How many lines at most.
            since: Only articles from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty for all.
            until: Only articles up to then, written the same way. Empty for all.
            source: Only articles of sources whose name holds this. Empty for all.

        Returns:
            The shape of `yinju brief --json`; an article's path is called file here.
        """
        asked = question_of(subject) if subject else ""
        found = _overview(desk, "brief", asked, filters_of(since, until, source))
        return _shown(shortened(found, max(1, min(int(lines), MOST))))

    return brief


def _news(desk: Desk) -> Endpoint:
    def whats_new() -> dict[str, Any]:
        """Tell what newly answers the standing questions of `yinju watch`, to each caller what that caller has not read.

        Returns:
            watched: questions, each with what newly answers it.
        """
        news = standing.watches(desk).news(desk.assistant)
        shown = [{"question": one.question, "told": [asdict(each) for each in one.told]} for one in news]
        return without_paths({"watched": shown})

    return whats_new
