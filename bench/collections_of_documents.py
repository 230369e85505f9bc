"""`python bench/collections_of_documents.py --sets FOLDER`: questions over one document or several, compared, in order, or summarised.

FOLDER holds dragonball.zh.jsonl.xz, dragonball.en.jsonl.xz and dragonball-documents.tar.xz. Of each kind of question it prints how often
all evidence stands among at most ten quotes, of summaries paragraphs, as the question is answered and as it is answered directly, of those
over one document (fact, hops) the first evidence; of those that have no answer, how often they are refused. ``--half`` asks only
every second question. Of summaries it prints what could be reached: how often the evidence is at most ten
sentences, and how often it stands in so many neighbouring ones of a document.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Collection, Sequence
from math import inf
from pathlib import Path
from typing import Any

from index import passages
from rag.assistant import Assistant
from rag.settings import load_settings
from rag.types import Answer
from rag.upkeep.ingest import ingest
from ui.evaluation import machine

SEED = 20261128
QUOTED = 10
NEIGHBOURS = (5, 10, 15, 20, 30)
KINDS = {
    "多文档信息整合问题": "several", "多文档对比问题": "compare", "多文档时间序列问题": "order", "总结性问题": "summary", "无关无解问": "none",
    "Multi-document Information Integration Question": "several", "Multi-document Comparison Question": "compare",
    "Multi-document Time Sequence Question": "order", "Summarization Question": "summary", "Unanswerable Question": "none",
    "Irrelevant Unsolvable Question": "none", "事实性问题": "fact", "Factual Question": "fact",
    "多跳推理问题": "hops", "Multi-hop Reasoning Question": "hops",
}  # fmt: skip
ONE_DOCUMENT = ("fact", "hops")
DIRECT = {"zh": "直接回答：", "en": "Answer directly: "}


def read_questions(path: Path, most: int, half: int | None = None) -> list[dict[str, Any]]:
    """At most so many questions of each kind, drawn by a seeded chance; of a ``half`` every second one."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = [json.loads(line) for line in file]
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if kind := KINDS.get(row["type"]):
            kinds[kind].append(row)
    if half is not None:
        kinds = defaultdict(list, {kind: own[half::2] for kind, own in kinds.items()})
    chance = random.Random(SEED)
    return [
        row | {"kind": kind} for kind, own in sorted(kinds.items()) for row in chance.sample(own, min(most, len(own)))
    ]


def plain(text: str) -> str:
    """Without blanks."""
    return "".join(text.split())


def holds_all(answer: Answer, evidence: Sequence[str]) -> bool:
    """True if every sentence of the evidence stands among the first quoted ones."""
    quoted = [plain(citation.quote) for citation in answer.citations[:QUOTED]]
    wanted = [plain(text[a:b]) for text in evidence for a, b in passages.sentences(text)]
    return all(any(one in quote or (len(quote) > 8 and quote in one) for quote in quoted) for one in wanted)


def reach(folder: Path, questions: Sequence[dict[str, Any]]) -> str:
    """Of summaries the share whose evidence is at most QUOTED sentences, and by NEIGHBOURS the share that a run of so many
    sentences of a document holds."""
    held = [
        [plain(text[a:b]) for a, b in passages.sentences(text)]
        for text in (p.read_text("utf-8") for p in folder.glob("*.txt"))
    ]
    spans = []
    for row in questions:
        wanted = {plain(text[a:b]) for text in row["evidence"] for a, b in passages.sentences(text)}
        spans.append((len(wanted), min((shortest(wanted, own) for own in held), default=inf)))
    few = sum(count <= QUOTED for count, _ in spans) / len(spans)
    shares = " ".join(f"{most}: {sum(span <= most for _, span in spans) / len(spans):.2f}" for most in NEIGHBOURS)
    return f"evidence of at most {QUOTED} sentences {few:.2f}; within so many neighbours {shares}"


def shortest(wanted: Collection[str], sentences: Sequence[str]) -> float:
    """The length of the shortest run of sentences that holds all that is wanted; infinite where none does."""
    places = [
        [at for at, one in enumerate(sentences) if text in one or (len(one) > 8 and one in text)] for text in wanted
    ]
    if not all(places):
        return inf
    ends = [
        max(min((at for at in own if at >= begin), default=inf) for own in places) for begin in range(len(sentences))
    ]
    return min(end - begin + 1 for begin, end in enumerate(ends))


def run(sets: Path, language: str, home: Path, most: int, half: int | None = None) -> list[str]:
    """A line for each kind of question."""
    with tarfile.open(sets / "dragonball-documents.tar.xz") as archive:
        archive.extractall(home, filter="data")
    settings = load_settings(home, engine="quote")
    ingest([home / f"dragonball-{language}"], settings)
    questions = read_questions(sets / f"dragonball.{language}.jsonl.xz", most, half)
    summaries = [row for row in questions if row["kind"] == "summary"]
    print(language, "summary", reach(home / f"dragonball-{language}", summaries), flush=True)
    scores: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    with Assistant(settings) as assistant:
        for row in questions:
            asked = assistant.ask(row["question"]).answer
            direct = assistant.ask(DIRECT[language] + row["question"]).answer
            if row["kind"] == "none":
                scores["none"].append((asked.refused, direct.refused, bool(asked.kind)))
            else:
                wanted = row["evidence"][: 1 if row["kind"] in ONE_DOCUMENT else None]
                own = (holds_all(asked, wanted), holds_all(direct, wanted), bool(asked.kind))
                scores[row["kind"]].append(own)
    lines = []
    for kind, told in sorted(scores.items()):
        shares = " ".join(f"{sum(one[at] for one in told) / len(told):.2f}" for at in range(3))
        lines.append(f"{language} {kind} {len(told)} {shares}")
    return lines


def main() -> None:
    """Index the documents and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=Path, required=True, help="the folder of the questions and documents")
    parser.add_argument("--most", type=int, default=60, help="questions of each kind and language")
    parser.add_argument(
        "--half", type=int, choices=(0, 1), help="ask only the even questions of each kind, or the odd ones"
    )
    given = parser.parse_args()
    print(machine())
    print("language kind questions asked directly request (of none: refused)")
    for language in ("zh", "en"):
        with tempfile.TemporaryDirectory() as folder:
            print("\n".join(run(given.sets, language, Path(folder), given.most, given.half)), flush=True)


if __name__ == "__main__":
    main()
