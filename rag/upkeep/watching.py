"""Folders kept indexed while their files change: each time they come to rest, what has changed is brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

from index.readers import ReadError
from index.store import LibraryError
from rag.opening import open_store
from rag.settings import Settings
from rag.upkeep.ingest import Report, ingest

QUIET = 400
"""Milliseconds without a change after which files are read: an editor writes one in several steps."""

LONGEST = 5000
"""Milliseconds after which they are read though changes go on coming."""


def watch(
    paths: Sequence[Path],
    settings: Settings,
    *,
    prune: bool = False,
    notice: Callable[[str], None] | None = None,
    stop: Event | None = None,
) -> Iterator[Report | ReadError | LibraryError]:
    """Index the paths (without any, the folders indexed before) now and after every change, until ``stop`` is set.

    Each run gives its report, or the error that the next run may not have; a run without any news gives nothing. The first
    run raises what :func:`rag.upkeep.ingest.ingest` raises. Whole folders are looked through each time: a folder that was moved
    says nothing of its files, and 10,000 unchanged ones take about a second.
    """
    import watchfiles

    # Watched before they are first read, so that no change falls between the two.
    changes = watchfiles.watch(
        *(paths or _roots(settings)), debounce=LONGEST, step=QUIET, stop_event=stop, rust_timeout=500,
        yield_on_timeout=True, raise_interrupt=True,
    )  # fmt: skip
    next(changes, None)
    yield ingest(paths, settings, prune=prune, notice=notice)
    for changed in changes:
        if not changed:
            continue
        try:
            report = ingest(paths, settings, prune=prune, notice=notice)
        except (ReadError, LibraryError) as error:
            yield error
            continue
        if report.added or report.updated or report.moved or report.removed or report.failed or report.missing:
            yield report


def _roots(settings: Settings) -> list[Path]:
    with closing(open_store(settings)) as library:
        roots = [Path(root) for root in library.roots()]
    if not roots:
        raise LibraryError(
            f"No folder has been indexed into {settings.library!r} yet. Name one: yinju index FOLDER --watch"
        )
    return roots
