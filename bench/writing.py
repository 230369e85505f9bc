"""`python bench/writing.py QUESTIONS.jsonl ARTICLES --model FILE.gguf...`: answers quoted and written, on the same questions in one run.

Right is an answer that holds an accepted one and cites evidence that holds it too; a question that nothing answers must be
refused; a sentence stands when no number, date, unit or quoted name of it is missing from what it cites. The model is measured
by what it does in the product, with `--engine auto` (or another), and by what it would have shown with no quote to fall back on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.text.scripts import HAN_CHARACTER
from models import LanguageModel
from rag.assistant import Assistant
from rag.evaluation import figures, measures
from rag.evaluation.question_sets import HALVES, Asked, read, select
from rag.settings import Settings
from rag.types import Answer
from rag.upkeep.ingest import ingest
from rag.writing import prompt
from rag.writing.support import problems
from ui.evaluation import machine

SHOWN = (
    "zh right",
    "en right",
    "en in English",
    "none refused",
    "near refused",
    "stands",
    "written",
    "first word",
    "passages",
)
FOUR = 4
"""Whole passages, as other assistants show them to their model: how long the first word takes then."""


@dataclass(frozen=True, slots=True)
class Given:
    """A question and the answer it got."""

    asked: Asked
    answer: Answer
    seconds: float
    passages: float | None = None
    """Seconds to the first word with :data:`FOUR` whole passages instead of the evidence, where that was tried."""

    @property
    def right(self) -> bool:
        """True if it holds an accepted answer and cites evidence that holds it."""
        cited = any(self.asked.supported_by(one.quote, one.article) for one in self.answer.citations)
        return figures.accepted(self.asked, self.answer) and (cited or not (self.asked.file or self.asked.article))

    @property
    def stands(self) -> list[bool]:
        """For each sentence shown whether all of its numbers and dates stand in what it cites."""
        quotes = {one.number: one.quote for one in self.answer.citations}
        return [
            not problems(sentence.text, [quotes[number] for number in sentence.citations])
            for sentence in self.answer.sentences
            if not self.answer.refused
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("questions", type=Path, help="a list of questions, .jsonl")
    parser.add_argument("articles", type=Path, nargs="+", help="files and folders that are asked")
    parser.add_argument("--model", type=Path, action="append", default=[], metavar="FILE.gguf")
    parser.add_argument("--engine", choices=("auto", "write"), default="auto")
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--only", metavar="KIND,...", default="", help="kinds of questions, or their ids")
    parser.add_argument("--verbose", action="store_true", help="print every answer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    asked = parser.parse_args()
    only = set(asked.only.split(",")) - {""}
    chosen = select(read(asked.questions).asked, asked.half, asked.limit)
    questions = [each for each in chosen if not only or only & {each.kind, each.id}]
    with tempfile.TemporaryDirectory(prefix="yinju-bench-") as home:
        settings = Settings(Path(home), engine="quote")
        ingest(asked.articles, settings)
        rows = {"quote": answered(settings, questions, verbose=False)}
        for model in asked.model:
            writing = replace(settings, engine=asked.engine, model=str(model))
            rows[f"{model.stem}, {asked.engine}"] = answered(writing, questions, verbose=asked.verbose)
    table = {name: row(given) for name, given in rows.items()}
    print(f"{len(questions)} questions; {machine()}\n\n{markdown(table)}")
    if asked.json:
        asked.json.write_text(json.dumps(table, indent=1), encoding="utf-8")


def answered(settings: Settings, questions: Sequence[Asked], *, verbose: bool) -> list[Given]:
    """Each question's answer by one engine."""
    given: list[Given] = []
    with Assistant(settings) as assistant:
        if settings.engine != "quote":
            assistant.warm("zh")
        for each in questions:
            started = time.perf_counter()
            answer = assistant.ask(each.text).answer
            one = Given(each, answer, time.perf_counter() - started)
            if answer.engine == "write" and not answer.refused and len(given) % 4 == 0:
                one = replace(one, passages=with_passages(assistant.loaded(), each, answer))
            given.append(one)
            if verbose:
                wanted = one.right if each.answerable else one.answer.refused
                print("+" if wanted else "-", each.id, one.answer.engine, f"{one.seconds:.1f}s", each.text, flush=True)
                print("   ", one.answer.text.replace("\n", " / "), flush=True)
    return given


def with_passages(model: LanguageModel, asked: Asked, answer: Answer) -> float:
    """Seconds to the first word of an answer to the same question from the first whole passages, opening and rules the same."""
    hits = answer.hits[:FOUR]
    lines = [
        prompt.line(number, hit.article.title, hit.article.date, hit.passage.text, asked.language)
        for number, hit in enumerate(hits, 1)
    ]
    turns = prompt.writing(prompt.judging(asked.language, lines, asked.text), asked.language, asked.text)
    model.warm(prompt.opening(asked.language))  # both begin with it read
    started = time.perf_counter()
    next(model.chat(turns, most=2), "")
    return time.perf_counter() - started


def row(given: Sequence[Given]) -> dict[str, tuple[float, int] | None]:
    """The figures of :data:`SHOWN`: share (seconds for the last two) and how many they are of."""
    answerable = [one for one in given if one.asked.answerable]
    english = [one for one in answerable if one.asked.language == "en"]
    tried = [one for one in given if one.passages is not None] or given
    first = [one.answer.timings["first"] for one in tried if "first" in one.answer.timings]
    passages = [one.passages for one in given if one.passages is not None]
    return {
        "zh right": _share(one.right for one in answerable if one.asked.language == "zh"),
        "en right": _share(one.right for one in english),
        "en in English": _share(
            one.right and not HAN_CHARACTER.search(one.answer.sentences[0].text) for one in english
        ),
        "none refused": _share(one.answer.refused for one in given if one.asked.kind == "none"),
        "near refused": _share(one.answer.refused for one in given if one.asked.kind == "near"),
        "stands": _share(stands for one in given for stands in one.stands),
        "written": _share(one.answer.engine == "write" for one in answerable),
        "first word": (measures.percentile(first, 0.5), len(first)) if first else None,
        "passages": (measures.percentile(passages, 0.5), len(passages)) if passages else None,
    }


def _share(right: Iterator[bool]) -> tuple[float, int] | None:
    figure = measures.ratio(list(right))
    return (figure.value, figure.count) if figure else None


def markdown(table: dict[str, dict[str, tuple[float, int] | None]]) -> str:
    """The table as docs/figures.md is made from it; how many questions a figure is of stands in brackets."""
    lines = ["| " + " | ".join(("answers", *SHOWN)) + " |", "|---" * (len(SHOWN) + 1) + "|"]
    for name, figures_of in table.items():
        cells = [name]
        for shown in SHOWN:
            figure = figures_of[shown]
            unit = " s" if shown in SHOWN[-2:] else ""
            cells.append(f"{figure[0]:.2f}{unit} ({figure[1]})" if figure else "-")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
