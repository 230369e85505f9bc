"""`python bench/questions.py FILE.jsonl --articles FOLDER`: how many questions find their evidence, are answered, or refused."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.types import Hit
from rag.assistant import Assistant
from rag.ingest import ingest
from rag.settings import Settings, load_settings
from rag.types import Answer

FOUND = 5
"""Hits that are looked at."""

UNANSWERABLE = ("none", "near")
"""Kinds that must be refused: nothing to do with the articles, or their topic without the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the file of questions."""

    id: str
    language: str
    kind: str
    text: str
    file: str | None
    evidence: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question; ``rank`` is the place, from 1, of the first hit that holds the evidence, or 0."""

    asked: Asked
    rank: int
    answer: Answer
    seconds: float
    """A warm search alone."""

    @property
    def accepted(self) -> bool:
        """Whether an accepted answer stands in the text, of several parts all, and a cited passage holds the evidence."""
        said = [plain(answer) in plain(self.answer.text) for answer in self.asked.answers]
        if self.asked.kind == "multi":
            return all(said)
        return any(said) and any(supports(self.asked, c.passage.text, c.article.path) for c in self.answer.citations)

    @property
    def verbatim(self) -> bool:
        """Whether every quote is its article's own words."""
        return all(c.article.text[c.start : c.end] == c.quote for c in self.answer.citations)


def read(path: Path) -> list[Asked]:
    """The questions of a file, a JSON object a line."""
    lines = map(json.loads, filter(str.strip, path.read_text(encoding="utf-8").splitlines()))
    return [
        Asked(
            line["id"],
            line["lang"],
            line["kind"],
            line["question"],
            line["file"],
            line["evidence"],
            tuple(line["answers"]),
        )
        for line in lines
    ]


def plain(text: str) -> str:
    """Text as it is compared: without white space and Markdown's asterisks."""
    return "".join(text.split()).replace("*", "")


def supports(asked: Asked, text: str, path: str) -> bool:
    """Whether a passage holds the evidence, and is of the file that it stands in."""
    return bool(asked.evidence) and plain(asked.evidence) in plain(text) and Path(path).name == asked.file


def ask(assistant: Assistant, asked: Asked) -> Outcome:
    """Search once to warm up, once by the clock, then ask."""
    assistant.search(asked.text, FOUND)
    started = time.perf_counter()
    hits = assistant.search(asked.text, FOUND)
    seconds = time.perf_counter() - started
    return Outcome(asked, _rank(asked, hits), assistant.ask(asked.text).answer, seconds)


def _rank(asked: Asked, hits: Sequence[Hit]) -> int:
    found = (place for place, hit in enumerate(hits, 1) if supports(asked, hit.passage.text, hit.article.path))
    return next(found, 0)


def measure(settings: Settings, questions: Iterable[Asked]) -> list[Outcome]:
    """Every question asked of the library of the settings."""
    with Assistant(settings) as assistant:
        return [ask(assistant, asked) for asked in questions]


def share(outcomes: Sequence[bool]) -> float:
    """The share that is true, 1 where there is none to judge."""
    return sum(outcomes) / len(outcomes) if outcomes else 1.0


def answerable(outcomes: Iterable[Outcome], language: str) -> list[Outcome]:
    """The outcomes of a language's questions that the articles answer."""
    return [o for o in outcomes if o.asked.language == language and o.asked.kind not in UNANSWERABLE]


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """What the table shows, by name; the last is in seconds, the others are shares."""
    table: dict[str, float] = {}
    for language in sorted({outcome.asked.language for outcome in outcomes}):
        here = answerable(outcomes, language)
        located = [outcome.rank for outcome in here if outcome.asked.evidence]
        table[f"{language} evidence in the first hit"] = share([rank == 1 for rank in located])
        table[f"{language} evidence in the first {FOUND}"] = share([rank > 0 for rank in located])
        table[f"{language} accepted answer, evidence cited"] = share([o.accepted for o in here])
        table[f"{language} refused although answerable"] = share([o.answer.refused for o in here]) if here else 0.0
    for kind in UNANSWERABLE:
        table[f"{kind} refused"] = share([o.answer.refused for o in outcomes if o.asked.kind == kind])
    table["answers verbatim"] = share([outcome.verbatim for outcome in outcomes])
    table["median warm search"] = statistics.median(outcome.seconds for outcome in outcomes)
    return table


def machine() -> str:
    """Cores that this process may use, and the memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = "memory unknown"
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB of memory"
    return f"{cores} cores, {memory}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, metavar="FILE.jsonl", help="questions, a JSON object a line")
    parser.add_argument("--articles", type=Path, required=True, metavar="FOLDER", help="the articles they are about")
    parser.add_argument("--misses", action="store_true", help="list the questions that went wrong")
    chosen = parser.parse_args()
    questions = read(chosen.questions)
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(Path(home))
        report = ingest([chosen.articles], settings)
        outcomes = measure(settings, questions)
    print(f"{machine()}\n{report.articles} articles, {report.passages} passages indexed in {report.seconds:.2f} s")
    for name, figure in figures(outcomes).items():
        print(f"{name:40}{f'{figure * 1000:.1f} ms' if name.startswith('median') else f'{figure:.3f}':>10}")
    if chosen.misses:
        _list_misses(outcomes)


def _list_misses(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        right = outcome.answer.refused if outcome.asked.kind in UNANSWERABLE else outcome.accepted
        if not right:
            asked = outcome.asked
            print(f"{asked.id} {asked.kind}, rank {outcome.rank}: {asked.text} -> {outcome.answer.text[:80]!r}")


if __name__ == "__main__":
    main()
