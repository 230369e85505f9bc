"""yinju articles list, show, remove: what a library holds."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.filters import Filters
from ui import render
from ui.cli.options import (
    AsJson,
    Home,
    LibraryName,
    filtered,
    open_library,
    read_settings,
)
from ui.cli.output import count, one_line, print_json, print_text, say

if TYPE_CHECKING:
    from index.types import Article

commands = typer.Typer(help="What the library holds.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("list")
@filtered
def list_articles(
    context: typer.Context,
    *,
    as_json: AsJson = False,
    filters: Filters,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """List the articles: id, date, title, source."""
    with open_library(context, home, library) as opened:
        found = opened.articles(filters)
    if as_json:
        print_json({"articles": [_article_json(article) for article in found]})
        return
    for article in found:
        told = f"(as {article.copy_of})" if article.copy_of else ""
        parts = (article.id, article.date or "-", *map(one_line, (article.title, article.source)), told)
        print_text("  ".join(parts).rstrip())


@commands.command("show")
def show_article(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="As `yinju articles list` shows it.")],
    as_json: AsJson = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Print one article as it is stored."""
    with open_library(context, home, library) as opened:
        article = opened.article(article_id)
    if as_json:
        print_json(_article_json(article) | {"text": article.text})
        return
    origin = (article.title, article.date, article.origin, article.url, article.place)
    also = [f"also in: {copy.place} ({copy.id})" for copy in article.also_in]
    print_text("\n".join(one_line(part) for part in (*origin, *also) if part))
    print_text("\n" + render.visible(article.text))


class Reference(StrEnum):
    """What an article is cited as."""

    bibtex = "bibtex"
    ris = "ris"
    gbt7714 = "gbt7714"


@commands.command("cite")
def cite_articles(
    context: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="As `yinju articles list` shows them.")],
    form: Annotated[
        Reference, typer.Option("--as", help="bibtex, ris or gbt7714.", show_choices=False, show_default=True)
    ] = Reference.gbt7714,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Print articles as references for other programs."""
    from ui.citations import FORMATS

    with open_library(context, home, library) as opened:
        found = [opened.article(article_id) for article_id in article_ids]
    print_text(FORMATS[form.value](found, date.today()).rstrip("\r\n"))


@commands.command("remove")
def remove_articles(
    context: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="As `yinju articles list` shows them.")],
    as_json: AsJson = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Take articles out of the library; the files they came from stay."""
    from rag.upkeep.ingest import remove

    removed = remove(article_ids, read_settings(context, home, library))
    if as_json:
        print_json({"removed": removed})
    else:
        say(f"removed {count(removed, 'article')}")


def _article_json(article: Article) -> dict[str, Any]:
    shape = {key: getattr(article, key) for key in ("id", "title", "date", "source", "url", "path", "language")}
    return shape | {"path": article.place, "copy_of": article.copy_of, "also_in": [copy.id for copy in article.also_in]}
