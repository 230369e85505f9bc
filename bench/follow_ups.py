"""`python bench/follow_ups.py --sets FOLDER`: how often the second question about a document is answered from it once its name is left out.

FOLDER holds dragonball.zh.jsonl.xz, dragonball.en.jsonl.xz and dragonball-documents.tar.xz. Of questions over one document two are
drawn; the second is asked behind the first as it is (``full``) and without what both name (``short``: "二氧化碳排放量是多少？", "What was the
operating income in 2020?"), then one of another document of the same field that is most like the first (``rival``). Printed are how
often the first sentence quoted is of the right document and how often it is the evidence, behind the first question and alone.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from bench.collections_of_documents import KINDS, SEED, plain
from rag.assistant import Assistant
from rag.settings import load_settings
from rag.types import Answer
from rag.upkeep.ingest import ingest
from ui.evaluation import machine

LIKE = 60
"""Questions of other documents among which the one most like the first is looked for."""

_NAME = re.compile(r"[A-Z][\w&.,-]*(?: (?:of |and )?[A-Z][\w&.,-]*)+")
_LEFT = re.compile(r"^(?:根据|在|的|，|,|\s)+")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, the one it is asked behind, and the evidence that answers it."""

    kind: str
    before: str
    text: str
    evidence: str


def shortened(text: str, before: str, language: str) -> str:
    """A question without what it names as the one before does; "" where they name nothing in common."""
    match = SequenceMatcher(None, text, before, autojunk=False).find_longest_match()
    common = text[match.a : match.a + match.size]
    if language == "zh":
        return _LEFT.sub("", text[: match.a] + text[match.a + match.size :]) if match.size > 3 else ""
    if not (found := _NAME.search(common)) or "Court" in found[0]:
        return ""
    name = found[0].rstrip(" ,")
    return text.replace(f"{name}'s", "the").replace(f" of {name}", "").replace(name, "it")


def turns(rows: Sequence[dict[str, Any]], language: str, most: int) -> list[Turn]:
    """The second questions of at most so many documents, and their rivals."""
    chance = random.Random(SEED)
    own: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if KINDS.get(row["type"]) == "fact" and len(row["documents"]) == 1:
            own[row["documents"][0]].append(row)
    drawn = [of for of in own if len(own[of]) > 1]
    found: list[Turn] = []
    for of in chance.sample(drawn, min(most, len(drawn))):
        first, second = chance.sample(own[of], 2)
        before, text = first["question"], second["question"]
        found.append(Turn("full", before, text, second["evidence"][0]))
        if short := shortened(text, before, language):
            found.append(Turn("short", before, short, second["evidence"][0]))
        others = [row for other in own if other != of for row in own[other] if row["domain"] == first["domain"]]
        others = chance.sample(others, min(LIKE, len(others)))
        rival = max(others, key=lambda row: SequenceMatcher(None, row["question"], before, autojunk=False).ratio())
        found.append(Turn("rival", before, rival["question"], rival["evidence"][0]))
    return found


def judged(turn: Turn, answer: Answer) -> tuple[bool, bool]:
    """Whether the first sentence quoted is of the document that holds the evidence, and whether it is the evidence."""
    if not answer.citations:
        return False, False
    first, evidence = answer.citations[0], plain(turn.evidence)
    return evidence in plain(first.article.text), evidence in plain(first.quote) or plain(first.quote) in evidence


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=60, help="documents of a language")
    given = parser.parse_args()
    print(machine())
    for language in ("zh", "en"):
        with tempfile.TemporaryDirectory() as home:
            with tarfile.open(given.sets / "dragonball-documents.tar.xz") as archive:
                archive.extractall(home, filter="data")
            settings = load_settings(home, engine="quote")
            ingest([Path(home) / f"dragonball-{language}"], settings)
            with lzma.open(given.sets / f"dragonball.{language}.jsonl.xz", "rt", encoding="utf-8") as file:
                asked = turns([json.loads(line) for line in file], language, given.limit)
            with Assistant(settings) as assistant:
                report(assistant, asked, language)


def report(assistant: Assistant, asked: Sequence[Turn], language: str) -> None:
    """Print, of each kind, the shares of right documents and of evidence."""
    told: dict[str, list[tuple[bool, ...]]] = defaultdict(list)
    before: dict[str, Answer] = {}
    for turn in asked:
        if turn.before not in before:
            before[turn.before] = assistant.ask(turn.before).answer
        behind = assistant.ask(turn.text, history=[before[turn.before]]).answer
        told[turn.kind].append((*judged(turn, behind), *judged(turn, assistant.ask(turn.text).answer)))
    for kind, rows in told.items():
        document, evidence, document_alone, evidence_alone = (
            sum(column) / len(rows) for column in zip(*rows, strict=True)
        )
        print(
            f"{language} {kind} {len(rows)}: document {document:.2f}, evidence {evidence:.2f}; "
            f"alone {document_alone:.2f}, {evidence_alone:.2f}"
        )


if __name__ == "__main__":
    main()
