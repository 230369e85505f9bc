"""`python bench/standing.py --news FILE.jsonl.xz`: 20 standing questions while two weeks of news are indexed a day at a time.

The questions are added when the first day is there. Prints how much of what was told answers (precision), how much of what answers
was told (recall; an article that only repeats a told sentence counts for nothing), what was told twice, and each question.
bench/standing.jsonl names the articles that answer by their line in the news file, and those ``near``, which count for neither,
labelled by reading before anything was measured; of the literal one, its ``mention``. The news are the 406 read for
bench/topics.jsonl, some 29 a day. The first, third and every other
question are the development half: with ``--fit`` they decide, by logistic regression, how sure an article must be to be told, and
rag/whole/watching.json is written for the next run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.mentions import fold
from bench.news import told as day_of
from bench.topics import read, sampled
from rag.assistant import Assistant
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from rag.whole import requests, watching
from rag.whole.watching import LONG, Watched, Watches
from ui.evaluation import machine

QUESTIONS = Path(__file__).with_suffix(".jsonl")
WRITTEN = Path(watching.__file__).with_suffix(".json")
HALVES = ("development", "reporting")

LOWEST = -15.0
"""Log-odds that are taken for those of an article where nothing is about the question."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A question, and the lines of the news that answer it and that nearly do."""

    question: str
    answers: frozenset[int]
    near: frozenset[int]


def questions(texts: Mapping[int, str]) -> list[Standing]:
    """The labelled questions; what mentions a string is told by the texts."""
    made = []
    for one in map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines()):
        if wanted := fold(one.get("mention", "")):
            one["answers"] = [line for line, text in texts.items() if wanted in fold(text)]
        made.append(Standing(one["question"], frozenset(one["answers"]), frozenset(one["near"])))
    return made


@dataclass(slots=True)
class Followed:
    """What was told, in order, and of each development question and each article that came the log-odds and whether it answers."""

    news: list[Watched]
    judged: dict[tuple[str, int], tuple[float, bool]]


def follow(
    texts: Mapping[int, str], asked: list[Standing], settings: Settings, folder: Path, *, fitting: bool
) -> Followed:
    """Index day by day; all that is told after each day but the first, and when ``fitting`` what the questions are judged by."""
    days: dict[str, list[int]] = defaultdict(list)
    for line, text in texts.items():
        days[day_of(text)].append(line)
    watches, made = Watches(settings.library_folder), Followed([], {})
    for number, day in enumerate(sorted(days)):
        place = folder / day
        place.mkdir(parents=True)
        for line in days[day]:
            (place / f"{line}.txt").write_text(texts[line], encoding="utf-8")
        ingest([folder], settings)
        with Assistant(settings) as assistant:
            if number:
                made.news += watches.check(assistant)
            else:
                for one in asked:
                    watches.add(assistant, one.question)
            for one in asked[::2] if fitting else []:
                _judge(assistant, one, set(days[day]) if number else set(), made.judged)
    return made


def _judge(
    assistant: Assistant, one: Standing, came: set[int], judged: dict[tuple[str, int], tuple[float, bool]]
) -> None:
    """Keep what a question judges the articles by that came today, but of those that count for neither; not of one for mentions."""
    if not came or requests.read(one.question):
        return
    for row, log_odds in watching.judge(assistant, one.question)[0]:
        line = int(Path(row.article.path).stem)
        if line in came - one.near:
            judged[one.question, line] = (max(log_odds, LOWEST), line in one.answers)


def fitted(judged: Iterable[tuple[float, bool]]) -> float:
    """The log-odds from which on it is more likely than not that an article answers."""
    from sklearn.linear_model import LogisticRegression

    odds, answers = zip(*judged, strict=True)
    model = LogisticRegression().fit(np.array(odds)[:, None], answers)
    return round(-float(model.intercept_[0]) / float(model.coef_[0, 0]), 2)


def told(one: Standing, texts: Mapping[int, str], wanted: set[int], news: list[Watched]) -> tuple[Counter[str], str]:
    """What of a question was told, right and there, and a line that says it."""
    said = [at for each in news if each.question == one.question for at in each.told]
    found = Counter(int(Path(at.path).stem) for at in said)
    quotes = Counter("".join(at.quote.split()) for at in said)
    counted, there = found.keys() - one.near, one.answers & wanted
    repeated = {
        line
        for line in there - found.keys()
        if any(q in "".join(texts[line].split()) for q in quotes if len(q) >= LONG)
    }
    right, there = counted & there, there - repeated
    sums = Counter(told=len(counted), right=len(right), there=len(there), old=len(found.keys() - wanted))
    sums["twice"] = sum(n - 1 for n in (*found.values(), *quotes.values()))
    shown = f"told {len(counted)}, right {len(right)} of {len(there)}"
    return sums, f"{one.question} {shown}, missed {sorted(there - found.keys())}, wrong {sorted(counted - there)}"


def summary(name: str, sums: Counter[str]) -> str:
    """Precision and recall of a half, or of all."""
    precision, recall = sums["right"] / max(1, sums["told"]), sums["right"] / sums["there"]
    shown = f"precision {precision:.3f} ({sums['right']} of {sums['told']}), recall {recall:.3f} (of {sums['there']})"
    return f"{name}: {shown}, told twice {sums['twice']}, of the first day {sums['old']}"


def run(news: Path, home: Path, *, fitting: bool) -> list[str]:
    """The figures of all and of each half, then a line a question."""
    texts = sampled(news, read()[0])
    first = min(map(day_of, texts.values()))
    wanted = {line for line, text in texts.items() if day_of(text) > first}
    asked = questions(texts)
    followed = follow(texts, asked, load_settings(home), home / "texts", fitting=fitting)
    shown = [told(one, texts, wanted, followed.news) for one in asked]
    halves = [sum((sums for sums, _ in shown[start::2]), Counter[str]()) for start in range(2)]
    heads = [summary(name, sums) for name, sums in zip(("all", *HALVES), (halves[0] + halves[1], *halves), strict=True)]
    if fitting:
        least = fitted(followed.judged.values())
        WRITTEN.write_text(json.dumps({"least": least}, indent=2) + "\n", encoding="utf-8")
        heads.append(f"told above {least} from now on, above {watching.least()} in this run")
    return [f"{len(texts)} news, {machine()}", *heads, *(line for _, line in shown)]


def main() -> None:
    """Index day by day and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--news", type=Path, required=True, help="articles, a JSON object a line with its text, xz")
    parser.add_argument("--fit", action="store_true", help="write rag/whole/watching.json as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        print("\n".join(run(given.news, Path(home), fitting=given.fit)))


if __name__ == "__main__":
    main()
