"""yinju index, doctor, export, import: a library filled from files, examined and mended, taken elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui import render
from ui.cli.options import AsJson, Home, LibraryName, open_library, read_settings
from ui.cli.output import count, fail, print_json, print_text, say

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.upkeep.ingest import Report
    from ui.journal import Journal

REMOVED = 20
"""Removed files that are named; of more the rest is counted."""

STOPPED = "stopped; what was committed is searchable"
Replace = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


def index(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...", help="Files and folders of articles.  [default: the folders indexed before]"
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on, and follow what changes, until Ctrl-C.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is gone even where most of a folder is.")] = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Read articles into the library; what has not changed is skipped, what is gone from a folder is removed."""
    from ui.journal import Journal

    settings = read_settings(context, home, library)
    journal = Journal.of(settings)
    try:
        if watch:
            _watch(paths or [], settings, journal, prune=prune)
            return
        from rag.upkeep.ingest import ingest
        from ui.progress import bars

        with bars() as progress:
            report = ingest(paths or [], settings, prune=prune, progress=progress, notice=say)
    except KeyboardInterrupt:
        fail(STOPPED)
    _say_indexed(report, settings.library, journal)
    _print_news(settings)
    if report.failed or report.missing:
        raise typer.Exit(1)


def _watch(paths: list[Path], settings: Settings, journal: Journal, *, prune: bool) -> None:
    """Until it is interrupted, which is how it ends; every run is told, and an error of none but the first ends it."""
    from rag.upkeep.watching import watch

    try:
        for told in watch(paths, settings, prune=prune, notice=say):
            if isinstance(told, Exception):
                say(str(told))
            else:
                _say_indexed(told, settings.library, journal)
                _print_news(settings)
    except KeyboardInterrupt:
        say(STOPPED)


def _print_news(settings: Settings) -> None:
    """What newly answers the standing questions."""
    from ui.cli.watching import new_answers, print_news

    print_news(new_answers(settings))


def _say_indexed(report: Report, library: str, journal: Journal) -> None:
    counts = {
        name: getattr(report, name) for name in ("added", "updated", "moved", "unchanged", "articles", "passages")
    }
    counts |= {"removed": len(report.removed), "failed": len(report.failed)}
    journal.tell("indexed", library=library, seconds=report.seconds, counts=counts)
    for path, reason in (*report.failed, *report.notes):
        say(reason if str(path) in reason else f"{path}: {reason}")
    for gone in report.removed[:REMOVED]:
        say(f"removed, as it is gone: {gone}")
    if len(report.removed) > REMOVED:
        say(f"and {len(report.removed) - REMOVED} more")
    for told in (*report.missing, *report.left):
        say(told)
    moved = f"{report.moved} moved, " if report.moved else ""
    removed = f"{len(report.removed)} removed, " if report.removed else ""
    copies = f" ({report.copies} also in another)" if report.copies else ""
    kinds = f" ({', '.join(f'{many} {kind}' for kind, many in report.kinds)})" if len(report.kinds) > 1 else ""
    say(
        f"files: {report.added} added, {report.updated} updated, {moved}{removed}{report.unchanged} unchanged, "
        f"{len(report.failed)} failed; {count(report.articles, 'article')}{copies} and "
        f"{count(report.passages, 'passage')} in {report.seconds:.1f} s{kinds}"
    )


def doctor(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Scan the library whole, and make what is damaged anew from its sources.")
    ] = False,
    engine: Annotated[
        bool,
        typer.Option("--engine", help="Check the server that the library lies on, and try it in tables of its own."),
    ] = False,
    as_json: AsJson = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Say what is installed, where state lies, and what to do next."""
    from ui.doctor import examine, examine_engine

    if repair and engine:
        raise typer.BadParameter("mends a library in a folder: leave out --engine", param_hint="--repair")
    settings = read_settings(context, home, library)
    if repair:
        from rag.upkeep.repair import repair as mend

        if not mend(settings, say):
            raise typer.Exit(1)
    examination = examine_engine(settings) if engine else examine(settings)
    if as_json:
        print_json(examination.json())
    else:
        print_text(render.visible(examination.text()))
    if not examination.healthy:
        raise typer.Exit(1)


def export_library(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write: a zip.")],
    force: Replace = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Write the library into one file, to keep or to take to another machine; it may be in use meanwhile."""
    from index.transfer import export

    with open_library(context, home, library) as opened:
        export(opened, file, force=force)
    say(f"exported to {file}, {file.stat().st_size:,} bytes")


def import_library(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `yinju export` wrote it.")],
    force: Replace = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Take in a library that was exported; nothing that is there is replaced without --force."""
    from index.transfer import import_into, import_library
    from rag.opening import open_store

    settings = read_settings(context, home, library)
    folder = settings.library_folder
    if settings.store:
        counts = import_into(file, lambda made: open_store(settings, create=made), folder, force=force)
    else:
        counts = import_library(file, folder, force=force)
    say(f"{settings.library}: " + ", ".join(count(number, name[:-1]) for name, number in counts.items()))
