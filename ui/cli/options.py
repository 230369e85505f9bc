"""The options that several commands take, and what was given with them, read: settings, library, filters."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.filters import Filters, is_date

if TYPE_CHECKING:
    from index.store import Store
    from rag.settings import Settings


class Tongue(StrEnum):
    """The language of an article."""

    chinese = "zh"
    english = "en"


class Caution(StrEnum):
    """How sure an answer must be."""

    bold = "bold"
    usual = "usual"
    sure = "sure"


@dataclass(frozen=True, slots=True)
class Place:
    """Where state lies, as given before the command."""

    home: Path | None = None
    library: str | None = None


Home = Annotated[Path | None, typer.Option("--home", metavar="FOLDER", help="Where all state lies, or $YINJU_HOME.")]
LibraryName = Annotated[str | None, typer.Option("--library", metavar="NAME", help="The library.  [default: default]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Drawn = Annotated[int | None, typer.Option("-k", min=1, max=50, help="Passages an answer may draw on.  [default: 8]")]
Since = Annotated[str, typer.Option("--since", metavar="DATE", help="Only articles from then on: YYYY[-MM[-DD]].")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Only articles up to then: YYYY[-MM[-DD]].")]
Source = Annotated[str, typer.Option("--source", metavar="NAME", help="Only articles of this source, e.g. 新华社.")]
When = Annotated[str, typer.Option("--date", metavar="RANGE", help="Only articles of then: DATE, or DATE..DATE.")]
Language = Annotated[
    Tongue | None, typer.Option("--language", help="Only articles in Chinese (zh) or English (en).", show_choices=False)
]
OfPath = Annotated[
    str, typer.Option("--path", metavar="PATH", help="Only articles of this file, folder or pattern, e.g. 2025-*.txt.")
]
Today = Annotated[
    datetime | None,
    typer.Option(
        "--today", metavar="DATE", formats=["%Y-%m-%d"], help="The day that 去年 or last week is counted from."
    ),
]
Writer = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="Who writes: a name, or FILE.gguf.  [default: installed]"),
]
Careful = Annotated[
    Caution | None, typer.Option("--careful", help="How sure Yinju must be to answer.  [default: usual]")
]
Reranker = Annotated[
    str | None, typer.Option("--reranker", metavar="NAME", help="A reranker, by name or folder.  [default: none]")
]


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"yinju {version('yinju')}")
        raise typer.Exit


def state(
    context: typer.Context,
    home: Home = None,
    library: LibraryName = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """What stands before the command, kept for the command to read."""
    context.obj = Place(home, library)


def settings_of(context: typer.Context, home: Path | None, library: str | None, **flags: str | int | None) -> Settings:
    """The settings of a command: options behind it come before those in front of it, settings.toml and YINJU_*."""
    from rag.settings import load_settings

    place: Place = context.find_object(Place) or Place()
    return load_settings(home or place.home, library=place.library if library is None else library, **flags)


def read_settings(
    context: typer.Context, home: Path | None, library: str | None, **flags: str | int | None
) -> Settings:
    """The same, and the command is recorded where the home has an audit log."""
    settings = settings_of(context, home, library, **flags)
    _record(context, settings)
    return settings


_ABOUT = ("article_id", "article_ids", "name", "file", "paths")


def _record(context: typer.Context, settings: Settings) -> None:
    """Put the command into the audit log, where the home has one: whoever runs it here is who the system says."""
    from ui import audit, members

    if not members.has_members(settings.home):
        return
    given = context.params
    about = " ".join(_text(given[name]) for name in _ABOUT if given.get(name))
    if isinstance(given.get("question"), str):
        about = audit.question(given["question"])
    audit.record(settings.home, f"{_user()} (here)", _called(context), settings.library, about)


def _called(context: typer.Context) -> str:
    """A command by its words, without the program's own name: "articles show"."""
    words: list[str] = []
    at: Any = context
    while at.parent is not None:
        words.insert(0, at.info_name or "")
        at = at.parent
    return " ".join(words)


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _user() -> str:
    """Who runs this, as the system calls them."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in some containers
        return "?"


@contextmanager
def open_library(context: typer.Context, home: Path | None, library: str | None) -> Iterator[Store]:
    """The library that was named, closed again whatever happens."""
    from rag.opening import open_store

    opened = open_store(read_settings(context, home, library))
    try:
        yield opened
    finally:
        opened.close()


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes ``filters``: in its place stand the options --since, --until, --source, --date, --language and --path."""

    @functools.wraps(command)
    def run(**given: Any) -> None:
        asked = {option.name: given.pop(option.name) for option in _FILTERS}
        command(**given, filters=_read(**asked))

    signature = inspect.signature(command, eval_str=True)
    options = (_FILTERS if one.name == "filters" else [one] for one in signature.parameters.values())
    run.__dict__["__signature__"] = signature.replace(parameters=list(chain.from_iterable(options)))
    return run


_FILTERS = [
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
    for name, option, default in (
        ("since", Since, ""),
        ("until", Until, ""),
        ("source", Source, ""),
        ("when", When, ""),
        ("language", Language, None),
        ("path", OfPath, ""),
    )
]


def _read(since: str, until: str, source: str, when: str, language: Tongue | None, path: str) -> Filters:
    """Raises BadParameter for what is no date, and for a span that ends before it starts."""
    if when and (since or until):
        raise typer.BadParameter("says what --since and --until say: give one or the other", param_hint="--date")
    if when:
        since, dots, until = when.partition("..")
        until = until if dots else since
    for name, value in (("--date" if when else "--since", since), ("--date" if when else "--until", until)):
        if value and not is_date(value):
            raise typer.BadParameter(f"{value!r} is no date: write YYYY, YYYY-MM or YYYY-MM-DD", param_hint=name)
    # Compared as far as both are precise: --since 2025-06 --until 2025 asks for the second half of 2025.
    if since and until and since[: len(until)] > until:
        raise typer.BadParameter(f"{since} comes after --until {until}", param_hint="--since")
    if path and Path(path).expanduser().exists():
        path = str(Path(path).expanduser().resolve())
    return Filters(since, until, source, language.value if language else "", path)
