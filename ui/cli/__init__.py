"""The command line: yinju index, ask, search, list, count, timeline, compare, brief, watch, articles, models, members, audit and the rest.

The answer goes to standard output, everything else to standard error. Exit codes: 0 done, 1 could not, 2 usage.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import io
import sys

import typer

from ui.cli import (
    articles,
    asking,
    auditing,
    evaluating,
    library,
    listing,
    members,
    models,
    options,
    overviews,
    serving,
    watching,
)
from ui.cli.errors import Commands

app = typer.Typer(
    name="yinju",
    cls=Commands,
    help="Answers questions about your own articles and shows the passage behind every sentence. Offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# In the order in which `yinju --help` lists them.
app.callback()(options.state)
app.command("index")(library.index)
app.command("ask")(asking.ask)
app.command("search")(asking.search)
app.command("list")(listing.list_matching)
app.command("count")(listing.count_matching)
app.command("timeline")(overviews.timeline)
app.command("compare")(overviews.compare)
app.command("brief")(overviews.brief)
app.command("eval")(evaluating.evaluate)
app.command("doctor")(library.doctor)
app.command("export")(library.export_library)
app.command("import")(library.import_library)
app.command("ui")(serving.ui)
app.command("mcp")(serving.mcp)
app.add_typer(articles.commands, name="articles")
app.add_typer(models.commands, name="models")
app.add_typer(watching.commands, name="watch")
app.add_typer(members.commands, name="members")
app.add_typer(auditing.commands, name="audit")


def main() -> None:
    """What the console script calls."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Chinese on any console; what no encoding can carry becomes \\udcXX, which is also how JSON spells it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()
