"""yinju timeline, compare, brief: what the library says as a whole of a topic, of several things, of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from index.filters import Filters
from ui.cli.listing import AsCsv, AsMarkdown, Form, form_of, found, print_overview, request_of
from ui.cli.options import (
    AsJson,
    Home,
    LibraryName,
    filtered,
    read_settings,
)
from ui.cli.output import fail

if TYPE_CHECKING:
    from rag.whole.types import Overview

Topic = Annotated[str, typer.Argument(metavar="TOPIC", help="What the timeline is of.")]
Question = Annotated[str, typer.Argument(metavar="QUESTION", help='As "Shanghai and Hangzhou on AI policy".')]
Subject = Annotated[
    str,
    typer.Argument(metavar="[SUBJECT]", help="A period, a source, a file or a topic; all that there is without one."),
]
Lines = Annotated[int | None, typer.Option("--lines", min=1, max=10_000, help="Lines at most.  [default: all]")]


@filtered
def timeline(
    context: typer.Context,
    topic: Topic,
    *,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_markdown: AsMarkdown = False,
    filters: Filters,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Put in order what the articles tell of a topic: a dated line for each event or figure."""
    form = form_of(as_json, as_csv, as_markdown)
    overview = found(read_settings(context, home, library), request_of("timeline", topic), filters)
    _tell(overview, form, topic)


@filtered
def compare(
    context: typer.Context,
    question: Question,
    *,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_markdown: AsMarkdown = False,
    filters: Filters,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Set side by side what the articles say of two things that are named."""
    form = form_of(as_json, as_csv, as_markdown)
    overview = found(read_settings(context, home, library), request_of("compare", question), filters)
    _tell(overview, form, question)


@filtered
def brief(
    context: typer.Context,
    subject: Subject = "",
    *,
    lines: Lines = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_markdown: AsMarkdown = False,
    filters: Filters,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Tell each article of a period, a source, a file or a topic by a sentence, grouped, the most reported first."""
    form = form_of(as_json, as_csv, as_markdown)
    overview = found(read_settings(context, home, library), request_of("brief", subject), filters)
    if lines:
        from rag.whole.briefing import shortened

        overview = shortened(overview, lines)
    _tell(overview, form, subject or "the library")


def _tell(overview: Overview, form: Form, of: str) -> None:
    """Print the overview; one without a row answers nothing, which is exit code 1."""
    print_overview(overview, form)
    if not overview.rows:
        fail(f"the articles say nothing of this: {of}")
