"""`python bench/standing.py --news FILE.jsonl.xz`: 20 standing questions while two weeks of news are indexed a day at a time.

The questions are added when the first day is there. Prints how much of what was told answers (precision), how much of what answers
was told (recall; an article that only repeats a told sentence counts for nothing), what was told twice, and each question.
bench/standing.jsonl names the articles that answer by their line in the news file, and those ``near``, which count for neither,
labelled by reading before anything was measured; of the literal one, its ``mention``. The news are the 406 read for
bench/topics.jsonl, some 29 a day.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.mentions import fold
from bench.news import told as day_of
from bench.topics import read, sampled
from rag.assistant import Assistant
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from rag.whole.watching import LONG, Watched, Watches
from ui.evaluation import machine

QUESTIONS = Path(__file__).with_suffix(".jsonl")


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


def follow(texts: Mapping[int, str], asked: list[Standing], settings: Settings, folder: Path) -> list[Watched]:
    """All that is told after each day but the first, in order."""
    days: dict[str, list[int]] = defaultdict(list)
    for line, text in texts.items():
        days[day_of(text)].append(line)
    watches, news = Watches(settings.library_folder), list[Watched]()
    for number, day in enumerate(sorted(days)):
        place = folder / day
        place.mkdir(parents=True)
        for line in days[day]:
            (place / f"{line}.txt").write_text(texts[line], encoding="utf-8")
        ingest([folder], settings)
        with Assistant(settings) as assistant:
            if number:
                news += watches.check(assistant)
            else:
                for one in asked:
                    watches.add(assistant, one.question)
    return news


def run(news: Path, home: Path) -> list[str]:
    """The figures, then a line a question."""
    texts = sampled(news, read()[0])
    first = min(map(day_of, texts.values()))
    wanted = {line for line, text in texts.items() if day_of(text) > first}
    asked = questions(texts)
    told = follow(texts, asked, load_settings(home), home / "texts")
    lines, sums = list[str](), Counter[str]()
    for one in asked:
        said = [at for news in told if news.question == one.question for at in news.told]
        found = Counter(int(Path(at.path).stem) for at in said)
        quotes = Counter("".join(at.quote.split()) for at in said)
        counted, there = found.keys() - one.near, one.answers & wanted
        repeated = {
            line
            for line in there - found.keys()
            if any(q in "".join(texts[line].split()) for q in quotes if len(q) >= LONG)
        }
        right, there = counted & there, there - repeated
        sums.update(told=len(counted), right=len(right), there=len(there), old=len(found.keys() - wanted))
        sums["twice"] += sum(n - 1 for n in (*found.values(), *quotes.values()))
        shown = f"told {len(counted)}, right {len(right)} of {len(there)}"
        lines.append(f"{one.question} {shown}, missed {sorted(there - found.keys())}, wrong {sorted(counted - there)}")
    precision, recall = sums["right"] / max(1, sums["told"]), sums["right"] / sums["there"]
    head = f"precision {precision:.3f} ({sums['right']} of {sums['told']}), recall {recall:.3f} (of {sums['there']})"
    return [
        f"{len(texts)} news, {machine()}",
        f"{head}, told twice {sums['twice']}, of the first day {sums['old']}",
        *lines,
    ]


def main() -> None:
    """Index day by day and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--news", type=Path, required=True, help="articles, a JSON object a line with its text, xz")
    with tempfile.TemporaryDirectory() as home:
        print("\n".join(run(parser.parse_args().news, Path(home))))


if __name__ == "__main__":
    main()
