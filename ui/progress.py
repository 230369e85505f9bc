"""A bar with rate and remaining time on standard error while articles are indexed or questions asked; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, TaskID

    from rag.upkeep.ingest import Progress


@contextmanager
def bars() -> Iterator[Callable[[Progress], None] | None]:
    """What :func:`rag.upkeep.ingest.ingest` reports to: one bar for each stage, or None when stderr is no terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    import rich.progress

    tasks: dict[str, TaskID] = {}
    with rich.progress.Progress(*_columns(), console=console, transient=True) as display:

        def report(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = display.add_task(progress.stage, unit=progress.unit)
            display.update(tasks[progress.stage], completed=progress.done, total=progress.total or None)

        yield report


def _columns() -> list[ProgressColumn]:
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many a second: of files, articles, passages or whatever the stage counts."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} {task.fields['unit']}/s" if speed else "")

    return [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()]
