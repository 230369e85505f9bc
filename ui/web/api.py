"""The named endpoints of the app: ask, search and articles, for gradio_client and any other program, as the CLI's JSON."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from functools import partial
from typing import Any

from index.filters import Filters
from rag import shapes
from rag.question import MAX_LENGTH
from ui import errors
from ui.web.seats import Seats, question
from ui.web.session import Desk
from yinju import YinjuError

Endpoint = Callable[..., dict[str, Any]]
Called = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
MOST = 50
"""Passages that may be asked for."""
LIBRARY = "library: Which, where several are open to the caller. Empty for the first."
SHOWN = ("id", "title", "date", "source", "url", "path", "language")


class RequestError(YinjuError):
    """A value of a call cannot be used; the message names it and what would do."""


def endpoints(seats: Seats) -> dict[str, Called]:
    """The functions by their names; their types and docstrings are what a client is told of them."""
    return dict(told(seats, made) for made in (_ask, _search, _articles))


def _ask(desk: Desk) -> Endpoint:
    def ask(question: str, since: str = "", until: str = "", source: str = "") -> dict[str, Any]:
        """Answer a question from the articles, every sentence with its source.

        Args:
            question: The question, in Chinese or English.
            since: Only articles from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty for all.
            until: Only articles up to then, written the same way. Empty for all.
            source: Only articles of sources whose name holds this. Empty for all.

        Returns:
            The shape of `yinju ask --json`: question, answer, refused, engine, sentences, citations, invented, timings;
            an article's path is called file here.
        """
        asked, filters = question_of(question), filters_of(since, until, source)
        return without_paths(shapes.answer_json(desk.assistant.ask(asked, filters).answer))

    return ask


def _search(desk: Desk) -> Endpoint:
    def search(question: str, k: int = 10, since: str = "", until: str = "", source: str = "") -> dict[str, Any]:
        """Find the passages that bear on a question, best first.

        Args:
            question: The question or some words, in Chinese or English.
            k: How many passages, 1 to 50.
            since: Only articles from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty for all.
            until: Only articles up to then, written the same way. Empty for all.
            source: Only articles of sources whose name holds this. Empty for all.

        Returns:
            The shape of `yinju search --json`: question, and hits with rank, score, text, start, end, article; an
            article's path is called file here.
        """
        asked, filters = question_of(question), filters_of(since, until, source)
        if type(k) is not int or not 1 <= k <= MOST:
            raise RequestError(f"k = {k!r} is out of range: ask for 1 to {MOST} passages")
        return without_paths(shapes.hits_json(asked, desk.assistant.search(asked, k, filters)))

    return search


def _articles(desk: Desk) -> Endpoint:
    def articles(find: str = "") -> dict[str, Any]:
        """List the articles of the library without their texts, newest first.

        Args:
            find: Only articles whose title holds this. Empty for all.

        Returns:
            The shape of `yinju articles list --json`: articles with id, title, date, source, url, file, language.
        """
        held = desk.assistant.library.articles()
        wanted = [asdict(article) for article in held if str(find).casefold() in article.title.casefold()]
        return without_paths({"articles": [{key: shape[key] for key in SHOWN} for shape in wanted]})

    return articles


def without_paths(shape: dict[str, Any]) -> dict[str, Any]:
    """A shape whose articles have a ``file``: what has a ``path``, gradio_client takes for a file and wants to fetch."""
    return {"file" if key == "path" else key: _part(value) for key, value in shape.items()}


def _part(value: Any) -> Any:
    if isinstance(value, dict):
        return without_paths(value)
    return [_part(part) for part in value] if isinstance(value, list) else value


def told(seats: Seats, made: Callable[[Desk], Endpoint]) -> tuple[str, Called]:
    """An endpoint by its name, for the caller's own desk; where people log in, in the library that is named last. It waits in the
    line of the page. What a caller can cure is told to the caller; a bug stays in our log."""
    import gradio
    from anyio.to_thread import run_sync

    shown = made(seats.first())
    asked = inspect.signature(shown, eval_str=True)
    more = [_option("library", str, "")] if seats.hall.guarded else []
    more.append(_option("request", gradio.Request, None))
    signature = asked.replace(parameters=[*asked.parameters.values(), *more])

    async def called(*values: Any, **named: Any) -> dict[str, Any]:
        given = signature.bind(*values, **named)
        given.apply_defaults()
        arguments = dict(given.arguments)
        library, request = arguments.pop("library", ""), arguments.pop("request")
        try:
            who = (request.username if request else None) or ""
            about = question(tuple(arguments.values()))
            desk = await run_sync(seats.desk, who, str(library), shown.__name__, about)
            return await seats.hall.line.answered(partial(_timed, desk, shown.__name__, made(desk), arguments))
        except Exception as error:
            raise gradio.Error(errors.told(error), print_exception=False) from error

    called.__dict__["__signature__"] = signature
    called.__annotations__ = {name: each.annotation for name, each in signature.parameters.items()}
    called.__annotations__["return"] = dict[str, Any]
    called.__name__, called.__doc__ = shown.__name__, shown.__doc__
    if seats.hall.guarded:
        called.__doc__ = _documented(shown.__doc__ or "")
    return shown.__name__, called


def _timed(desk: Desk, name: str, endpoint: Endpoint, arguments: dict[str, Any]) -> dict[str, Any]:
    """What an endpoint answers, and how long it took told to who counts."""
    began, failed = time.perf_counter(), True
    try:
        answer = endpoint(**arguments)
        failed = False
    finally:
        desk.took(name, time.perf_counter() - began, failed=failed)
    return answer


def _documented(told: str) -> str:
    """An endpoint's docstring with the library among its arguments."""
    head, returns, rest = inspect.cleandoc(told).partition("Returns:")
    return f"{head.rstrip()}\n    {LIBRARY}\n\n{returns}{rest}"


def _option(name: str, kind: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)


def question_of(question: str) -> str:
    """A question as it was sent, cut to what is read. Raises RequestError for an empty one."""
    asked = question.strip()[:MAX_LENGTH] if isinstance(question, str) else ""
    if not asked:
        raise RequestError("The question is empty: write one in Chinese or English")
    return asked


def filters_of(since: str, until: str, source: str) -> Filters:
    """The filters as they were sent. Raises FilterError."""
    return Filters(str(since), str(until), str(source))
