"""`python bench/topics.py --news FILE.jsonl.xz --articles FOLDER`: what `yinju list TOPIC --topic` finds of 88 topics labelled by hand.

Prints precision and recall of the articles that are listed (not of those near the border), averaged over topics, of the
development and the reporting half and by language. bench/topics.jsonl names articles by the line of the news file or by the start
of the SHA-256 of their title: first the lines that were read for the labels, then a topic a line, what is ``about`` it and what
is ``near``, which counts for neither. The labels were made by reading before anything was measured.
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import mean

from index.lexical import language
from rag.assistant import Assistant
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from rag.whole import listing
from rag.whole.types import Request
from ui.evaluation import machine

TOPICS = Path(__file__).with_suffix(".jsonl")
HALVES = ("development", "reporting")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, the collection that it is of (news or articles), its half, and the names of the articles by their label."""

    topic: str
    of: str
    half: str
    about: frozenset[str]
    near: frozenset[str]
    absent: bool = False
    """Nothing in the other collection is about it."""


def read() -> tuple[list[int], list[Topic]]:
    """The lines of the news that were read for the labels, and the topics."""
    first, *rest = map(json.loads, TOPICS.read_text(encoding="utf-8").splitlines())
    topics = [
        Topic(one["topic"], one["of"], one["half"], _names(one["about"]), _names(one["near"]), one["absent"])
        for one in rest
    ]
    return first["sample"], topics


def _names(labels: Sequence[str | int]) -> frozenset[str]:
    return frozenset(map(str, labels))


def sampled(news: Path, lines: Sequence[int]) -> dict[int, str]:
    """Texts of the news by line."""
    wanted = set(lines)
    with lzma.open(news, "rt", encoding="utf-8") as file:
        return {at: str(json.loads(line)["text"]) for at, line in enumerate(file) if at in wanted}


def build(news: Path, articles: Path, home: Path) -> dict[str, Settings]:
    """A library for each collection; those that are there are used as they are."""
    made = {of: load_settings(home / of) for of in ("news", "articles")}
    if not made["news"].library_folder.exists():
        folder = home / "texts"
        folder.mkdir(parents=True)
        for line, text in sampled(news, read()[0]).items():
            (folder / f"{line}.txt").write_text(text, encoding="utf-8")
        ingest([folder], made["news"])
    if not made["articles"].library_folder.exists():
        ingest([articles], made["articles"])
    return made


def listed(assistant: Assistant, topic: Topic) -> set[str]:
    """Names of the articles that are listed for a topic, as its labels name them."""
    request = Request("list", topic.topic, text=topic.topic, language=language(topic.topic))
    told = listing.overview(assistant, request)
    rows = [row for row in told.rows if not row.near] if told else []
    return {name(one.title, one.path, topic.of) for row in rows for one in (row.article, *row.also)}


def name(title: str, path: str, of: str) -> str:
    """What the labels call an article."""
    return Path(path).stem if of == "news" else sha256(title.encode()).hexdigest()[:8]


def judged(topic: Topic, found: set[str]) -> tuple[float, float]:
    """Precision and recall of what was found for a topic; of nothing found the precision is 0."""
    counted = found - topic.near
    right = len(counted & topic.about)
    return right / max(1, len(counted)), right / len(topic.about)


def table(scores: Mapping[str, Sequence[tuple[float, float]]]) -> list[str]:
    """A line for each group of topics: how many, precision and recall."""
    return [
        f"{group} {len(own)} {mean(p for p, _ in own):.3f} {mean(r for _, r in own):.3f}"
        for group, own in scores.items()
    ]


def run(libraries: Mapping[str, Settings], *, every: bool = False) -> list[str]:
    """The table; with ``every`` a line for each topic of the development half before it."""
    scores: dict[str, list[tuple[float, float]]] = defaultdict(list)
    lines = []
    for of, settings in libraries.items():
        with Assistant(settings) as assistant:
            for topic in (one for one in read()[1] if one.of == of):
                found = listed(assistant, topic)
                score = judged(topic, found)
                for group in (topic.half, f"{topic.half}, {of}", f"{topic.half}, {language(topic.topic)}"):
                    scores[group].append(score)
                if every and topic.half == HALVES[0]:
                    missed, wrong = sorted(topic.about - found), sorted(found - topic.about - topic.near)
                    lines.append(f"{topic.topic} {score[0]:.2f} {score[1]:.2f} missed {missed} wrong {wrong}")
    return [*lines, machine(), "topics number precision recall", *table(dict(sorted(scores.items())))]


def main() -> None:
    """Build the libraries, if there are none, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--news", type=Path, required=True, help="articles, a JSON object a line with its text, xz")
    parser.add_argument("--articles", type=Path, required=True, help="folder of the shared articles")
    parser.add_argument("--home", type=Path, help="where the libraries lie or are made; else they are made anew")
    parser.add_argument("--every", action="store_true", help="print each topic of the development half as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(run(build(given.news, given.articles, given.home or Path(folder)), every=given.every)))


if __name__ == "__main__":
    main()
