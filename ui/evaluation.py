"""What `yinju eval` shows: the figures as tables, as JSON, and drawn (recall, refusals). The only user of matplotlib."""

from __future__ import annotations

import importlib.util
import io
import os
import platform
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from math import isinf, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.evaluation import figures, measures
from rag.evaluation.asking import Run
from rag.evaluation.measures import Figure
from ui.render import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

WIDTH = 140
"""Characters a table may take; it is laid out alike on a terminal and in a file."""

NOTE_WIDTH = 120

PLOTS = (".png", ".svg")
NO_PLOT = 'drawing needs matplotlib, which is not installed: pip install "yinju[plot]"'

NOTES = (
    "pair: language of the questions -> language of the passages. R@k: share of the questions whose right passage is among the first k; MRR@10: mean of 1/rank; nDCG@10: mean of "
    "1/log2(1+rank), both 0 beyond 10. A passage is right when it is of the context that the question stands under, or of the "
    "file that a list names and holds its evidence.",
    "In brackets: 95% interval, percentile bootstrap over the questions. A leg alone orders the passages that it found; equal "
    "scores keep the fused order.",
)


def can_plot() -> bool:
    """True if matplotlib is installed; it is not imported to find out."""
    return importlib.util.find_spec("matplotlib") is not None


# --- text -------------------------------------------------------------------------------------------------------------


def text(runs: Sequence[Run], *, with_misses: bool = False) -> str:
    """The tables with what their figures mean, and the machine they were taken on."""
    parts = [part for run in runs for part in _run_text(run, with_misses=with_misses)]
    notes = [*NOTES] if any(map(figures.rankings, runs)) else []
    if any(run.plan.answers for run in runs):
        notes += [f"{name}: {meaning}." for name, meaning in figures.DEFINITIONS.items()]
    explained = "\n".join(textwrap.fill(note, NOTE_WIDTH, subsequent_indent="  ") for note in notes)
    return "\n\n".join([*parts, explained, machine()])


def _run_text(run: Run, *, with_misses: bool) -> Iterator[str]:
    yield _heading(run)
    if pairs := figures.rankings(run):
        yield _drawn(_rankings(pairs)) + "".join(map(_gain, pairs))
    if answers := figures.answers(run):
        yield _drawn(_answers(answers))
    if refusals := figures.refusals([run]):
        yield _refusals(refusals)
    yield "\n".join(
        f"{name}: {ms['median']:.1f} ms median, {ms['p95']:.1f} ms p95" for name, ms in latency(run).items()
    )
    if with_misses:
        yield "\n".join(map(_miss_line, figures.misses(run))) or "nothing went wrong"


def _heading(run: Run) -> str:
    counts = run.counts
    lines = [
        f"{_title(run)}: {len(run.outcomes)} questions, {counts['articles']} articles, {counts['passages']} passages",
    ]
    if run.questions.blank:
        lines.append(f"left out, for they hold no question: {_ids(run.questions.blank)}")
    if run.unplaced:
        lines.append(f"counted as not found, for the evidence stands nowhere in the file named: {_ids(run.unplaced)}")
    return "\n".join(lines)


def _title(run: Run) -> str:
    """The file or files, and what was chosen of them."""
    plan = run.plan
    chosen = [
        *([f"on {plan.passages.name}"] if plan.passages else []),
        *(["questions in simplified characters"] if plan.simplified else []),
        *([f"{plan.half} half"] if plan.half else []),
    ]
    return _line(", ".join([run.questions.path.name, *chosen]))


def _ids(ids: Sequence[str]) -> str:
    return _line(", ".join(ids[:5])) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")


def _rankings(pairs: Sequence[figures.Pair]) -> Table:
    table = _table("pair", "n", "leg", *figures.RANKINGS)
    for pair in pairs:
        for place, (leg, shown) in enumerate(pair.legs.items()):
            head = ("", "") if place else (_line(" -> ".join(pair.languages)), str(pair.count))
            table.add_row(*head, leg, *map(_cell, shown.values()))
        table.add_section()
    return table


def _gain(pair: figures.Pair) -> str:
    if not pair.gain:
        return ""
    value, low, high = pair.gain.value, pair.gain.low, pair.gain.high
    languages = _line(" -> ".join(pair.languages))
    return f"\n{languages}: R@1 fused less the best leg ({pair.best_leg}): {value:+.3f} [{low:+.3f} {high:+.3f}]"


def _answers(answers: Mapping[str, Mapping[str, Figure | None]]) -> Table:
    languages = list(answers)
    table = _table("answers, by the question's language", *(head for each in languages for head in (_line(each), "n")))
    for name in dict.fromkeys(name for shown in answers.values() for name in shown):
        of_each = [answers[language].get(name) for language in languages]
        table.add_row(_line(name), *(cell for f in of_each for cell in (_cell(f), str(f.count) if f else "0")))
    return table


def _refusals(refusals: figures.Refusals) -> str:
    parts = [
        f"{wrong} of {count} {what} ({_share(wrong / count)})"
        for wrong, count, what in (
            (refusals.refused_answerable, refusals.answerable, "answerable refused"),
            (refusals.answered_unanswerable, refusals.unanswerable, "others answered"),
        )
        if count
    ]
    judged = ((refusals.auc, "AUC"), (refusals.calibration_error, "calibration error"))
    return "refusals: " + ", ".join(
        [*parts, *(f"{name} {_share(value)}" for value, name in judged if not isnan(value))]
    )


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    return f"{_share(figure.value)} [{_share(figure.low)} {_share(figure.high)}]"


def _share(value: float) -> str:
    """Three digits: ".917", and "1.00" for the whole."""
    return f"{value:.3f}".removeprefix("0")[:4]


def _table(*heads: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, no_wrap=True, justify="right" if head == "n" else "left")
    return table


def _drawn(table: Table) -> str:
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=WIDTH, color_system=None, markup=False, emoji=False, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip("\n")


def _miss_line(miss: figures.Miss) -> str:
    kind = f" {miss.asked.kind}" if miss.asked.kind else ""
    said = f" -> {miss.answer[:120]}" if miss.answer else ""
    return _line(f"{miss.asked.id}{kind}: {'; '.join(miss.problems)}: {miss.asked.text}{said}")


def _line(text: str) -> str:
    return " ".join(visible(text).split())


def machine() -> str:
    """Cores that this process may use, and the memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = "memory unknown"
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB of memory"
    return f"{cores} cores, {memory}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def latency(run: Run) -> dict[str, dict[str, float]]:
    """Median and 95th percentile in milliseconds of a warm search, and of an answer where there are any."""
    asked = [outcome.seconds for outcome in run.outcomes if outcome.answer]
    return {
        name: {"median": measures.percentile(seconds, 0.5) * 1000, "p95": measures.percentile(seconds, 0.95) * 1000}
        for name, seconds in (("search", run.searches), ("ask", asked))
        if seconds
    }


# --- JSON -------------------------------------------------------------------------------------------------------------


def as_json(runs: Sequence[Run], *, with_misses: bool = False) -> dict[str, Any]:
    """The figures for programs; shares are 0 to 1, latencies milliseconds, and a rank that is infinite is null."""
    sets = [
        _run_json(run) | ({"misses": [_miss_json(m) for m in figures.misses(run)]} if with_misses else {})
        for run in runs
    ]
    return {
        "machine": machine(),
        "definitions": dict(figures.DEFINITIONS),
        "refusals": _refusals_json(figures.refusals(runs)),
        "sets": sets,
    }


def _run_json(run: Run) -> dict[str, Any]:
    plan = run.plan
    return {
        "file": str(run.questions.path),
        "passages": str(plan.passages) if plan.passages else None,
        "simplified": plan.simplified,
        "half": plan.half,
        "questions": len(run.outcomes),
        "library": dict(run.counts),
        "left_out": list(run.questions.blank),
        "unplaced": list(run.unplaced),
        "rankings": list(map(_pair_json, figures.rankings(run))),
        "answers": {
            language: {name: _figure_json(figure) for name, figure in shown.items()}
            for language, shown in figures.answers(run).items()
        },
        "refusals": _refusals_json(figures.refusals([run])),
        "latency_ms": latency(run),
    }


def _refusals_json(refusals: figures.Refusals | None) -> dict[str, Any] | None:
    """Counts, and null for what nothing tells."""
    if refusals is None:
        return None
    return {
        "answerable": refusals.answerable,
        "refused_answerable": refusals.refused_answerable,
        "unanswerable": refusals.unanswerable,
        "answered_unanswerable": refusals.answered_unanswerable,
        "auc": None if isnan(refusals.auc) else refusals.auc,
        "calibration_error": None if isnan(refusals.calibration_error) else refusals.calibration_error,
    }


def _pair_json(pair: figures.Pair) -> dict[str, Any]:
    return {
        "question": pair.languages[0],
        "passage": pair.languages[1],
        "questions": pair.count,
        "legs": {leg: {name: _figure_json(f) for name, f in shown.items()} for leg, shown in pair.legs.items()},
        "recall_by_k": {leg: recall.tolist() for leg, recall in pair.recall.items()},
        "best_leg": pair.best_leg or None,
        "fused_less_best_leg": _figure_json(pair.gain),
    }


def _figure_json(figure: Figure | None) -> dict[str, Any] | None:
    return asdict(figure) if figure else None


def _miss_json(miss: figures.Miss) -> dict[str, Any]:
    return {
        "id": miss.asked.id,
        "kind": miss.asked.kind,
        "question": miss.asked.text,
        "problems": list(miss.problems),
        "rank": None if isinf(miss.rank) else int(miss.rank),
        "answer": miss.answer,
    }


# --- plot -------------------------------------------------------------------------------------------------------------


def plot(runs: Iterable[Run], path: Path) -> None:
    """Draw a field for each language pair, recall by k of each leg, and one for each set with questions to answer and to
    refuse, wrong answers against wrong refusals. Raises OSError when it cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    fields: list[Callable[[Axes], None]] = []
    for place, run in enumerate(runs, 1):
        fields += [partial(_recall, run, pair, place) for pair in figures.rankings(run)]
        refusals = figures.refusals([run])
        if refusals and refusals.answerable and refusals.unanswerable:
            fields.append(partial(_tradeoff, run, refusals, place))
    drawing = Drawing(figsize=(4.8 * max(len(fields), 1), 3.8), layout="constrained")
    FigureCanvasAgg(drawing)
    if not fields:
        drawing.text(0.5, 0.5, "no question says where its answer stands", ha="center")
    axes = drawing.subplots(1, len(fields), squeeze=False)[0] if fields else []
    for draw, axis in zip(fields, axes, strict=True):
        draw(axis)
        axis.set_ylim(0, 1.02)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    # Without the date and random ids, the same figures give the same file.
    drawing.savefig(path, dpi=150, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)


def _headed(run: Run, place: int, more: str) -> str:
    """The set, or its place where its name has other letters than the font that comes with matplotlib, and what is drawn."""
    title = _title(run)
    return f"{title if title.isascii() else f'set {place}'}\n{more}"


def _recall(run: Run, pair: figures.Pair, place: int, axis: Axes) -> None:
    title = _headed(run, place, f"{' -> '.join(pair.languages)}, n {pair.count}")
    axis.set_title(title, fontsize=9, parse_math=False)
    for leg, recall in pair.recall.items():
        fused = leg == "fused"
        axis.plot(
            range(1, len(recall) + 1), recall, label=leg, linewidth=2.4 if fused else 1.3, zorder=3 if fused else 2
        )
    axis.set(xlabel="k", ylabel="recall at k", xlim=(1, figures.MOST))


def _tradeoff(run: Run, refusals: figures.Refusals, place: int, axis: Axes) -> None:
    """Every threshold of the confidence as a line, and what was done as a point."""
    title = _headed(run, place, f"n {refusals.answerable} answerable, {refusals.unanswerable} not")
    axis.set_title(title, fontsize=9, parse_math=False)
    axis.step(refusals.wrong_refusals, refusals.wrong_answers, where="post", label="every threshold", linewidth=2.0)
    axis.plot([0, 1], [1, 0], label="by chance", linewidth=1.0, linestyle=":")
    done = (
        refusals.refused_answerable / refusals.answerable,
        refusals.answered_unanswerable / refusals.unanswerable,
    )
    axis.plot(*([share] for share in done), "o", label="as answered")
    axis.set(xlabel="answerable refused", ylabel="others answered", xlim=(0, 1.02))
