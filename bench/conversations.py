"""How often a follow-up is refused that its articles answer, and answered that they do not, on recorded conversations.

A file of JSON Lines (also .xz) has a conversation a line: ``turns`` (pairs of "user" or "agent" and what they said, the last one
the question asked), ``passages`` and ``answerability``. All passages of the file are one library, each an article; every question
is asked of it with the turns before it. Conversations fall into halves by their id, so that what is developed on one is reported
on the other.

usage: python bench/conversations.py FILE [--half first|second] [--alone] [--misses]
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.types import Article
from rag import Assistant, Settings
from rag.evaluation.measures import figure
from rag.opening import open_library
from rag.types import Answer
from rag.upkeep.ingest import entry

NOTHING = Answer("", "", (), (), (), refused=False, engine="quote")
BATCH = 64
"""Articles put into the library at once."""


def read(path: Path, half: str) -> list[dict[str, Any]]:
    """The conversations of a half that have a turn before the question."""
    raw = path.read_bytes()
    rows = [json.loads(line) for line in (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode().splitlines()]
    return [row for row in rows if len(row["turns"]) > 1 and half in ("", half_of(row["id"]))]


def half_of(identifier: str) -> str:
    """The half of a conversation, all of its turns in the same."""
    return ("first", "second")[zlib.crc32(identifier.partition("<")[0].encode()) % 2]


def history(turns: Sequence[Sequence[str]]) -> list[Answer]:
    """The turns before the last as answers, what the user said as their questions."""
    said = [text for who, text in turns if who == "user"]
    told = [text for who, text in turns if who != "user"]
    return [replace(NOTHING, question=asked, text=text) for asked, text in zip(said, told, strict=False)]


def library(rows: Sequence[dict[str, Any]], settings: Settings) -> Assistant:
    """The assistant over all passages of the conversations."""
    from models import load_embedder

    open_library(settings, load_embedder(settings.embedder), create=True).close()
    assistant = Assistant(settings)
    texts = list(dict.fromkeys(text.strip() for row in rows for text in row["passages"]))
    for at in range(0, len(texts), BATCH):
        path = f"{at}.txt"
        articles = [
            Article(
                f"{at + n}", text.partition("\n")[0][:80], text, path=path, part=f"{n}", language="en", hash=f"{at + n}"
            )
            for n, text in enumerate(texts[at : at + BATCH])
        ]
        assistant.library.replace(path, [entry(article, assistant.embedder) for article in articles])
    return assistant


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--half", choices=("first", "second"), default="")
    parser.add_argument("--alone", action="store_true", help="ask every question without the turns before it")
    parser.add_argument(
        "--misses", action="store_true", help="list what went wrong, with the question as it was understood"
    )
    given = parser.parse_args()
    whole, rows = read(given.file, ""), read(given.file, given.half)
    answered: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as home, library(whole, Settings(Path(home), engine="quote")) as assistant:
        for row in rows:
            asked = row["turns"][-1][1]
            answer = assistant.ask(asked, history=() if given.alone else history(row["turns"])).answer
            kind = row["answerability"].lower()
            answered[kind].append(float(not answer.refused))
            if given.misses and kind in ("answerable", "unanswerable") and answer.refused == (kind == "answerable"):
                print(f"{kind}, {'refused' if answer.refused else 'answered'}: {asked} | {answer.understood}")
    for kind, told in sorted(answered.items()):
        if share := figure(told):
            print(f"{kind}: {share.value:.3f} [{share.low:.3f} {share.high:.3f}] answered of {share.count}")


if __name__ == "__main__":
    main()
