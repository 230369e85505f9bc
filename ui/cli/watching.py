"""yinju watch add, list, remove, check: standing questions, and what newly answers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.asking import open_assistant
from ui.cli.options import AsJson, Home, LibraryName, read_settings
from ui.cli.output import count, one_line, print_json, print_text, say

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.whole.watching import Watched

commands = typer.Typer(
    help="Standing questions: what newly answers them is told after each indexing.", no_args_is_help=True, rich_markup_mode=None
)  # fmt: skip
Question = Annotated[str, typer.Argument(metavar="QUESTION", help="A question, or 哪些文章提到… for a string.")]


@commands.command("add")
def add(context: typer.Context, question: Question, home: Home = None, library: LibraryName = None) -> None:
    """Watch for answers to a question; what answers it now is known and is not told."""
    from rag.whole.watching import Watches

    settings = read_settings(context, home, library)
    with open_assistant(settings) as assistant:
        made = Watches(settings.library_folder).add(assistant, question)
    say(f"watched from now on: {made.question} ({count(len(made.known), 'article')} known)")


@commands.command("list")
def list_watched(
    context: typer.Context, as_json: AsJson = False, home: Home = None, library: LibraryName = None
) -> None:
    """List the questions, each with what it was told."""
    from rag.whole.watching import Watches

    watched = Watches(read_settings(context, home, library).library_folder).questions()
    if as_json:
        print_json(watched_json(watched))
        return
    for number, one in enumerate(watched, 1):
        print_text(f"{number}. {one_line(one.question)} ({one.unread} unread of {len(one.told)})")


@commands.command("remove")
def remove(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Word for word, or its number.")],
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Watch for a question no more."""
    from rag.whole.watching import Watches

    Watches(read_settings(context, home, library).library_folder).remove(question)
    say("no longer watched")


@commands.command("check")
def check(context: typer.Context, as_json: AsJson = False, home: Home = None, library: LibraryName = None) -> None:
    """Tell what newly answers, once; exit code 0 where there is something new, 1 where there is not."""
    news = new_answers(read_settings(context, home, library))
    if as_json:
        print_json(watched_json(news))
    else:
        print_news(news)
    if not news:
        raise typer.Exit(1)


def new_answers(settings: Settings) -> list[Watched]:
    """What newly answers the standing questions of a library; nothing is opened where none stands."""
    from rag.whole.watching import Watches

    watches = Watches(settings.library_folder)
    if not watches.questions():
        return []
    with open_assistant(settings) as assistant:
        return watches.check(assistant)


def print_news(news: Sequence[Watched]) -> None:
    """Each question with what newly answers it."""
    for one in news:
        lines = [f"new: {one_line(one.question)}"]
        for told in one.told:
            origin = " · ".join(one_line(part) for part in (told.title, told.date, told.source, told.path) if part)
            lines += [f"  {one_line(told.quote)}", f"    {origin}"]
        print_text("\n".join(lines))


def watched_json(watched: Sequence[Watched]) -> dict[str, Any]:
    """The stable shape of ``yinju watch list --json`` and ``check --json``."""
    return {
        "watched": [
            {"question": one.question, "unread": one.unread, "told": [asdict(told) for told in one.told]}
            for one in watched
        ]
    }
