"""A request to the whole library -> its overview: which module answers which kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol

from index.filters import Filters
from rag.whole import briefing, comparing, listing, timeline
from rag.whole.types import Overview, Request


class Library(listing.Library, briefing.Library, Protocol):
    """What is needed of the assistant."""


_KINDS: Mapping[str, Callable[[Library, Request, Filters, date], Overview | None]] = {
    "list": lambda library, request, filters, _: listing.overview(library, request, filters),
    "count": lambda library, request, filters, _: listing.overview(library, request, filters),
    "timeline": lambda library, request, filters, _: timeline.overview(library, request, filters),
    "compare": lambda library, request, filters, _: comparing.overview(library, request, filters),
    "brief": briefing.overview,
}


def overview(library: Library, request: Request, filters: Filters, today: date) -> Overview | None:
    """The overview that answers a request; None where it proves to be a question for a fact.

    ``today`` is the day from which a period is counted. Raises MentionError for a string that cannot be looked for."""
    answered = _KINDS.get(request.kind)
    return answered(library, request, filters, today) if answered else None
