"""The tools over the whole library that an assistant calls: list_matching, count, timeline, compare, brief, whats_new."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from index import lexical
from index.filters import Filters
from rag import shapes
from rag.whole.briefing import shortened
from rag.whole.types import Overview, Request
from rag.whole.watching import Watches
from ui import audit

if TYPE_CHECKING:
    from rag.assistant import Assistant

MOST = 500


class ArticleShape(TypedDict):
    """Where a text comes from."""

    id: str
    title: str
    date: str
    source: str
    path: str
    url: str


class RowShape(TypedDict):
    """A quote: it stands at ``start`` to ``end`` of its article's text; ``label`` says what it is of (a date, a thing, a group)."""

    n: int
    label: str
    column: str
    near: bool
    quote: str
    start: int
    end: int
    marks: list[list[int]]
    page: NotRequired[int]
    also_in: NotRequired[list[ArticleShape]]
    article: ArticleShape


class OverviewShape(TypedDict):
    """What the library says as a whole: what was understood, how many rows there are that are not near the border, the rows."""

    kind: str
    subject: str
    literal: bool
    understood: str
    other: str
    total: int
    columns: list[str]
    rows: list[RowShape]


class CountShape(TypedDict):
    """A count, and what was counted."""

    subject: str
    understood: str
    total: int


class NewShape(TypedDict):
    """What newly answers a standing question."""

    quote: str
    title: str
    date: str
    source: str
    path: str
    article: str
    start: int
    end: int
    since: str
    read: bool


class QuestionShape(TypedDict):
    """A standing question with what newly answers it."""

    question: str
    told: list[NewShape]


class NewsShape(TypedDict):
    """The standing questions that something newly answers."""

    watched: list[QuestionShape]


String = Annotated[
    str, Field(description="A word, a name, a title or a number; or a topic", min_length=1, max_length=200)
]
Asked = Annotated[str, Field(description="In Chinese or English", min_length=1, max_length=400)]
IsTopic = Annotated[bool, Field(description="Whether it is a topic, not a string to be found word for word")]
Day = r"^(\d{4}(-\d{2}){0,2})?$"
Since = Annotated[str, Field(description="Only articles from then on: YYYY, YYYY-MM or YYYY-MM-DD", pattern=Day)]
Until = Annotated[str, Field(description="Only articles up to then: YYYY, YYYY-MM or YYYY-MM-DD", pattern=Day)]
Source = Annotated[str, Field(description="Only articles whose source has this in its name", max_length=200)]
Lines = Annotated[int, Field(description="How many lines at most", ge=1, le=MOST)]


class OverviewTools:
    """The tools; ``assistant`` gives what answers a call, from what is done and about what, and ``reader`` who calls."""

    def __init__(
        self, assistant: Callable[[str, str], AbstractContextManager[Assistant]], reader: Callable[[], str] = str
    ) -> None:
        self._assistant, self._reader = assistant, reader

    def list_matching(
        self, string: String, topic: IsTopic = False, since: Since = "", until: Until = "", source: Source = ""
    ) -> OverviewShape:
        """List every article that mentions a string, word for word, or that is about a topic; at most 500 of them."""
        return self._shown("list", string, Filters(since, until, source), literal=not topic)

    def count(
        self, string: String, topic: IsTopic = False, since: Since = "", until: Until = "", source: Source = ""
    ) -> CountShape:
        """Count the articles that mention a string, or that are about a topic."""
        found = self._overview("count", string, Filters(since, until, source), literal=not topic)
        return {"subject": string, "understood": found.understood, "total": found.total}

    def timeline(self, topic: Asked, since: Since = "", until: Until = "", source: Source = "") -> OverviewShape:
        """Put in order what the articles tell of a topic, a dated line for each event or figure."""
        return self._shown("timeline", topic, Filters(since, until, source))

    def compare(self, question: Asked, since: Since = "", until: Until = "", source: Source = "") -> OverviewShape:
        """Set side by side what the articles say of two things that are named: Shanghai and Hangzhou on AI policy."""
        return self._shown("compare", question, Filters(since, until, source))

    def brief(
        self,
        subject: Annotated[
            str, Field(description="A period, source, file or topic; empty for all", max_length=400)
        ] = "",
        lines: Lines = 100,
        since: Since = "",
        until: Until = "",
        source: Source = "",
    ) -> OverviewShape:
        """Tell each article of a period, a source, a file or a topic by a sentence, grouped, the most reported first."""
        return self._shown("brief", subject, Filters(since, until, source), lines=lines)

    def whats_new(self) -> NewsShape:
        """Tell what newly answers the standing questions (yinju watch) and the caller has not read; it counts as read then."""
        with self._assistant("whats_new", "") as assistant:
            news = Watches(assistant.settings.library_folder, self._reader()).news(assistant)
        told = [{"question": one.question, "told": [asdict(each) for each in one.told]} for one in news]
        return cast("NewsShape", {"watched": told})

    def _overview(self, kind: str, subject: str, filters: Filters, *, literal: bool = False) -> Overview:
        request = Request(kind, subject, literal, subject, lexical.language(subject))
        with self._assistant(kind, audit.question(subject)) as assistant:
            return assistant.overview(request, filters) or Overview(request, (), "")

    def _shown(
        self, kind: str, subject: str, filters: Filters, *, literal: bool = False, lines: int = MOST
    ) -> OverviewShape:
        found = self._overview(kind, subject, filters, literal=literal)
        shape = shapes.overview_json(shortened(found, lines) if kind == "brief" else found)
        return cast("OverviewShape", shape | {"rows": shape["rows"][:MOST]})
