"""`python bench/readers.py`: a reader that asks 50 times a second while a writer adds 10,000 passages.

The writer commits files of ten articles; every article of a file says how many files there are by then, and a board that is
rewritten with each file says the same number in each of its articles. An answer is of one committed state when its boards
agree, when it finds no file that is newer than its boards, and when every passage is the part of its article that it says.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

from index.library import Library
from index.search import Query, Search
from index.types import Article, Hit
from models import Embedder, load_embedder
from rag import question
from rag.opening import manifest
from rag.settings import load_settings
from rag.upkeep import ingest

ARTICLES = 10
BOARDS = 3
QUESTIONS = ("What does the board say about the harbour files?", "港口的布告上写着多少个文件？")
_TOLD = re.compile(r"(\d+) files")


@dataclass
class Outcome:
    """What the reader saw."""

    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    """Seconds of the processor that the reader took: on a machine with much else to do it waits for its turn."""
    states: set[int] = field(default_factory=set)
    passages: int = 0

    @property
    def well(self) -> bool:
        """True if every answer came, and was of one state."""
        return bool(self.milliseconds) and not (self.errors or self.mixed)

    def text(self) -> str:
        """One line, and one for each thing that went wrong."""
        p50, p95, p99, most = np.percentile(self.milliseconds, (50, 95, 99, 100))
        told = (
            f"{len(self.milliseconds)} questions in {self.seconds:.0f} s ({len(self.milliseconds) / self.seconds:.0f} a second) "
            f"while {self.passages} passages were added: {len(self.errors)} errors, {len(self.mixed)} answers of no committed "
            f"state, {len(self.states)} states seen; {p50:.0f} ms p50, {p95:.0f} p95, {p99:.0f} p99, {most:.0f} at most, "
            f"{1000 * self.processor / len(self.milliseconds):.0f} ms of the processor each"
        )
        return "\n".join([told, *self.errors[:9], *self.mixed[:9]])


def articles_of(number: int) -> list[Article]:
    """A file's articles; the last words tell how many files there are when it is committed."""
    made = []
    for at in range(ARTICLES):
        lamps = number * ARTICLES + at
        text = (
            f"The harbour counted {lamps + 1000} lamps in ward {lamps} of the town. " * 2
            + f"With this there are {number} files."
        )
        made.append(
            Article(f"n{number}-{at}", f"Ward {lamps}", text, "2026", "Harbour", path=f"/{number}.txt", language="en")
        )
    return made


def board(number: int) -> list[Article]:
    """What says in several places how many files there are."""
    return [
        Article(
            f"board-{at}",
            f"Board {at}",
            f"The board at gate {at} says of the harbour files: there are {number} files.",
            "2026",
            "Board",
            path="/board.txt",
            language="en",
        )
        for at in range(BOARDS)
    ]


def write(folder: Path, files: int, going: Event) -> None:
    """Add files one after another, each in a transaction, and then its number on the board."""
    embedder = load_embedder()
    with closing(Library.open(folder)) as library:
        going.set()
        for number in range(1, files + 1):
            _commit(library, number, embedder)


def _commit(library: Library, number: int, embedder: Embedder) -> None:
    library.replace(f"/{number}.txt", [ingest.entry(article, embedder) for article in articles_of(number)])
    library.replace("/board.txt", [ingest.entry(article, embedder) for article in board(number)])


def judge(hits: Sequence[Hit]) -> tuple[int, str]:
    """The state that an answer is of, and what speaks against it being of one."""
    for hit in hits:
        if hit.article.text[hit.passage.start : hit.passage.end] != hit.passage.text:
            return 0, f"{hit.passage.id} is no part of its article"
    told = {hit.article.id: int(_TOLD.findall(hit.article.text)[-1]) for hit in hits}
    boards = [number for name, number in told.items() if name.startswith("board")]
    if len(boards) != BOARDS or len(set(boards)) != 1:
        return 0, f"the boards say {boards}"
    # A file is committed just before its number is on the board.
    newest = max(told.values())
    return boards[0], f"the board says {boards[0]}, and there is file {newest}" if newest > boards[0] + 1 else ""


def ask(folder: Path, rate: float, writing: Callable[[], bool], outcome: Outcome) -> None:
    """Ask so many times a second as long as somebody writes; a question that is late is asked at once."""
    embedder = load_embedder()
    queries = []
    for text in QUESTIONS:
        asked = question.read(text)
        queries.append(Query(asked.terms, embedder.embed_queries([text])[0], asked.language))
    with closing(Library.open(folder)) as library:
        search = Search(library, folder / "cache")
        started, processor = time.perf_counter(), time.process_time()
        due = started
        while writing():
            time.sleep(max(0.0, due - time.perf_counter()))
            due += 1 / rate
            asked_at = time.perf_counter()
            try:
                state, wrong = judge(search.search(queries[len(outcome.milliseconds) % len(queries)], 20))
            except Exception as error:  # noqa: BLE001 - every error is one that a reader would have seen
                outcome.errors.append(f"{type(error).__name__}: {error}")
                continue
            outcome.milliseconds.append(1000 * (time.perf_counter() - asked_at))
            outcome.states.add(state)
            if wrong:
                outcome.mixed.append(wrong)
        outcome.seconds = time.perf_counter() - started
        outcome.processor = time.process_time() - processor
        outcome.passages = library.counts()["passages"]


def trial(files: int, rate: float, home: Path) -> Outcome:
    """A reader in this process and a writer in another."""
    folder = load_settings(home).library_folder
    embedder = load_embedder()
    with closing(Library.open(folder, create=manifest(embedder))) as library:
        _commit(library, 0, embedder)
    fork = multiprocessing.get_context("spawn")
    going = fork.Event()
    writer = fork.Process(target=write, args=(folder, files, going), daemon=True)
    writer.start()
    going.wait(60)
    outcome = Outcome()
    ask(folder, rate, writer.is_alive, outcome)
    writer.join()
    return outcome


def main() -> None:
    """What the command line runs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--passages", type=int, default=10_000, help="how many the writer adds")
    parser.add_argument("--rate", type=float, default=50, help="questions a second")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        outcome = trial(arguments.passages // ARTICLES, arguments.rate, Path(home))
    print(outcome.text())
    sys.exit(not outcome.well)


if __name__ == "__main__":
    main()
