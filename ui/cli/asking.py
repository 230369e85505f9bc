"""yinju ask, search: a question, or one a line, put to the assistant over a library."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from index.filters import Filters
from rag import shapes
from ui import render
from ui.cli.options import (
    AsJson,
    Careful,
    Drawn,
    Home,
    LibraryName,
    Reranker,
    Today,
    Writer,
    filtered,
    read_settings,
)
from ui.cli.output import print_json, print_text, say

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings


class Engine(StrEnum):
    """How an answer is made."""

    quote = "quote"
    write = "write"
    auto = "auto"


Question = Annotated[str, typer.Argument(metavar="QUESTION", help="The question; - reads one a line, answers in JSON.")]


@filtered
def ask(
    context: typer.Context,
    question: Question,
    *,
    as_json: AsJson = False,
    engine: Annotated[Engine | None, typer.Option("--engine", help="How to answer.  [default: auto]")] = None,
    model: Writer = None,
    careful: Careful = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Leave out what the articles do not support, instead of quoting.")
    ] = None,
    filters: Filters,
    today: Today = None,
    passages: Drawn = None,
    reranker: Reranker = None,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Answer a question from the articles, every sentence with its source."""
    day = today.date() if today else None
    made = {"engine": engine and engine.value, "model": model, "careful": careful and careful.value, "strict": strict}
    settings = read_settings(context, home, library, passages=passages, reranker=reranker, **made)
    with open_assistant(settings) as assistant:
        for asked in _questions(question):
            answer = assistant.ask(asked, filters, today=day).answer
            if answer.left_out:
                say(
                    "no room in the model's context for "
                    + ", ".join(f"{n} of {of}" for of, n in answer.left_out.items())
                )
            if as_json or question == "-":
                print_json(shapes.answer_json(answer))
            else:
                print_text(render.terminal(answer, bold=sys.stdout.isatty()))
                if answer.other:
                    say(f'read otherwise: yinju ask "{answer.other}"')


@filtered
def search(
    context: typer.Context,
    question: Question,
    *,
    as_json: AsJson = False,
    filters: Filters,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.", show_default=True)] = 10,
    reranker: Reranker = None,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """List the passages nearest to a question, best first."""
    settings = read_settings(context, home, library, reranker=reranker)
    with open_assistant(settings) as assistant:
        for asked in _questions(question):
            hits = assistant.search(asked, k, filters)
            if as_json or question == "-":
                print_json(shapes.hits_json(asked, hits))
            else:
                print_text(render.hits_terminal(asked, hits))


def open_assistant(settings: Settings) -> Assistant:
    """The assistant over a library that holds something; an empty one is a mistake to be told, not a refusal."""
    from index.store import LibraryError
    from rag.assistant import Assistant

    assistant = Assistant(settings)
    if not assistant.library.counts()["articles"]:
        assistant.close()
        raise LibraryError(f"The library {assistant.library.place} is empty: fill it with yinju index FOLDER")
    return assistant


def _questions(question: str) -> Iterator[str]:
    """The question itself, or for "-" each line of standard input that is not empty."""
    if question != "-":
        asked = _readable(question).strip()
        if not asked:
            raise typer.BadParameter("the question is empty", param_hint="QUESTION")
        yield asked
        return
    for number, line in enumerate(sys.stdin.buffer):
        text = line.decode("utf-8", "replace")
        asked = (text.removeprefix("\ufeff") if number == 0 else text).strip()
        if asked:
            yield asked


def _readable(text: str) -> str:
    """An argument whose bytes were no UTF-8, with replacement characters where Python kept the bytes as surrogates."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
