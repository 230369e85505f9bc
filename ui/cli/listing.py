"""yinju list, count: every article that holds a string, or that is about a topic."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from index.filters import Filters
from ui.cli.asking import open_assistant
from ui.cli.options import (
    AsJson,
    Home,
    LibraryName,
    filtered,
    read_settings,
)
from ui.cli.output import print_json, print_text, say

if TYPE_CHECKING:
    from index.filters import Filters
    from rag.settings import Settings
    from rag.whole.types import Overview, Request

String = Annotated[str, typer.Argument(metavar="STRING", help="A word, a name, a title or a number; word for word.")]
Topic = Annotated[bool, typer.Option("--topic", help="STRING is a topic: list what is about it.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown with footnotes.")]


class Form(StrEnum):
    """How an overview is printed."""

    text = "text"
    json = "json"
    csv = "csv"
    markdown = "markdown"


@filtered
def list_matching(
    context: typer.Context,
    string: String,
    *,
    topic: Topic = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_markdown: AsMarkdown = False,
    filters: Filters,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """List every article that mentions a string, or with --topic is about it, each with a sentence."""
    form = form_of(as_json, as_csv, as_markdown)
    settings = read_settings(context, home, library)
    print_overview(found(settings, request_of("list", string, literal=not topic), filters), form)


@filtered
def count_matching(
    context: typer.Context,
    string: String,
    *,
    topic: Topic = False,
    as_json: AsJson = False,
    filters: Filters,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Count the articles that `yinju list` lists."""
    settings = read_settings(context, home, library)
    overview = found(settings, request_of("count", string, literal=not topic), filters)
    if as_json:
        print_json({"subject": overview.request.subject, "understood": overview.understood, "total": overview.total})
    else:
        say(overview.understood)
        print_text(str(overview.total))


def request_of(kind: str, subject: str, *, literal: bool = False) -> Request:
    """The request that a command makes; it answers in the language of what is asked about."""
    from index.lexical import language
    from rag.whole.types import Request

    subject = subject.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()
    return Request(kind, subject, literal, subject, language(subject))


def found(settings: Settings, request: Request, filters: Filters) -> Overview:
    """What the library says to a request."""
    from rag.whole.types import Overview

    with open_assistant(settings) as assistant:
        return assistant.overview(request, filters) or Overview(request, (), "")


def form_of(as_json: bool, as_csv: bool, as_markdown: bool) -> Form:
    """The form that was asked for. Raises BadParameter for several."""
    asked = [form for form, given in zip((Form.json, Form.csv, Form.markdown), (as_json, as_csv, as_markdown), strict=True) if given]  # fmt: skip
    if len(asked) > 1:
        raise typer.BadParameter("give one of --json, --csv and --markdown")
    return asked[0] if asked else Form.text


def print_overview(overview: Overview, form: Form) -> None:
    """The overview as it was asked for; how else the request can be read is said beside it."""
    from rag import shapes
    from ui import overview as shown

    if form is Form.json:
        print_json(shapes.overview_json(overview))
    elif form is Form.csv:
        print_text(shown.table(overview).rstrip("\r\n"))
    elif form is Form.markdown:
        print_text(shown.markdown(overview).rstrip("\n"))
    else:
        print_text(shown.terminal(overview) if overview.understood else "")
