"""yinju eval: search and answers measured on questions whose answers are known."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import AsJson, Careful, Drawn, Home, LibraryName, Reranker, Today, Writer, read_settings
from ui.cli.output import fail, print_json, print_text

if TYPE_CHECKING:
    from rag.evaluation.asking import Plan, Run
    from rag.settings import Settings


class Half(StrEnum):
    """Which half of the questions."""

    first = "first"
    second = "second"


QuestionFiles = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="SQuAD-style JSON, or one question a line: .jsonl, .jsonl.xz.")
]
WithAnswers = Annotated[bool, typer.Option("--answers", help="Also answer them, and judge answers and refusals.")]
PassagesFrom = Annotated[
    Path | None, typer.Option("--passages", metavar="FILE", help="Take contexts and gold answers from this file.")
]
AskedOf = Annotated[
    list[Path] | None,
    typer.Option("--articles", metavar="PATH", help="Ask a list of these articles, not of the library."),
]
Simplified = Annotated[bool, typer.Option("--simplified", help="Ask in simplified characters.")]
OneHalf = Annotated[Half | None, typer.Option("--half", help="Only the questions of this half of the articles.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only N questions, evenly spread.")]
Misses = Annotated[bool, typer.Option("--misses", help="List the questions that went wrong.")]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE", help="Draw recall by k, and wrong answers against wrong refusals: .png or .svg."
    ),
]


def evaluate(
    context: typer.Context,
    files: QuestionFiles,
    answers: WithAnswers = False,
    passages: PassagesFrom = None,
    articles: AskedOf = None,
    simplified: Simplified = False,
    half: OneHalf = None,
    limit: Limit = None,
    today: Today = None,
    misses: Misses = False,
    plot: Plot = None,
    as_json: AsJson = False,
    k: Drawn = None,
    reranker: Reranker = None,
    model: Writer = None,
    careful: Careful = None,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Measure search and answers on questions whose answers are known.

    Contexts of SQuAD-style JSON become a library of their own; a list is asked of yours, and a question that brings passages
    of these alone.
    """
    from rag.evaluation.asking import Plan
    from ui import evaluation

    _check_sets(files, passages, articles or [])
    _check_plot(plot)
    plan = Plan(
        half=half.value if half else None,
        limit=limit,
        answers=answers,
        passages=passages,
        simplified=simplified,
        articles=tuple(articles or ()),
        today=today.date() if today else None,
    )
    made = {"passages": k, "reranker": reranker, "model": model, "careful": careful and careful.value}
    runs = _measured(files, read_settings(context, home, library, **made), plan)
    if as_json:
        print_json(evaluation.as_json(runs, with_misses=misses))
    else:
        print_text(evaluation.text(runs, with_misses=misses))
    if plot:  # last: where it cannot be written, the figures are not lost
        evaluation.plot(runs, plot)


def _check_sets(files: list[Path], passages: Path | None, articles: list[Path]) -> None:
    from rag.evaluation.question_sets import is_lines

    lists = [is_lines(file) for file in files]
    if passages and len(files) > 1:
        raise typer.BadParameter("takes one FILE of questions at a time", param_hint="--passages")
    if passages and lists[0]:
        raise typer.BadParameter(f"{files[0]} is a list and brings no contexts", param_hint="--passages")
    if articles and not all(lists):
        raise typer.BadParameter(
            "is for question lists (.jsonl): SQuAD-style JSON brings its own", param_hint="--articles"
        )


def _check_plot(plot: Path | None) -> None:
    """Said before anything is measured, which may take a while."""
    from ui import evaluation

    if plot and plot.suffix.lower() not in evaluation.PLOTS:
        raise typer.BadParameter(f"{plot} must end in {' or '.join(evaluation.PLOTS)}", param_hint="--plot")
    if plot and not evaluation.can_plot():
        fail(evaluation.NO_PLOT)


def _measured(files: list[Path], settings: Settings, plan: Plan) -> list[Run]:
    from rag.evaluation.asking import evaluate
    from ui.progress import bars

    with bars() as progress:
        return [evaluate(file, settings, plan, progress or (lambda _: None)) for file in files]
