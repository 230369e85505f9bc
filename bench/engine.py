"""`python bench/engine.py --text PARALLEL --sets XQUAD.zh.json XQUAD.en.json`: a library on OceanBase against the one in a folder.

Both are filled with the same passages through the same entries: made articles, and the contexts of the sets, which say the same in two
languages, in the same order. Then each question is asked of both, with no filter and with several, one after the other.
Without --store a server of OceanBase's own (pip install pylibseekdb) runs in a folder that is gone afterwards.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np

from bench.speed import make_articles, read_sentences
from index.filters import Filters
from index.folder import LibraryFolder
from index.search import Query, Search
from index.types import Article, Hit
from models import load_embedder
from rag import question
from rag.assistant import Assistant
from rag.evaluation.question_sets import QuestionSet, read
from rag.opening import manifest, open_store
from rag.settings import Settings, load_settings
from rag.upkeep.entries import entries, entry
from ui.evaluation import machine

TOGETHER = 100
"""Articles that are embedded and committed together, as indexing does."""

SOURCES = [
    f"{name} {place}" for name in ("Daily", "新华社", "Journal", "财经周刊") for place in ("北京", "North", "A", "B")
]

FILTERS = {
    "none": Filters(),
    "zh": Filters(language="zh"),
    "en": Filters(language="en"),
    "a year": Filters(since="2020", until="2020"),
    "a source": Filters(source="journal north"),
    "a folder, zh": Filters(path="/library/d3", language="zh"),
}
K = 10


@dataclass
class Asked:
    """A question, and the article that answers it in each language."""

    query: Query
    right: dict[str, str]


@dataclass
class Side:
    """What was measured of one library."""

    name: str
    stored: float = 0.0
    prepared: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in FILTERS})
    first: dict[str, list[bool]] = field(default_factory=dict)
    ten: dict[str, list[bool]] = field(default_factory=dict)


def articles(text: Path, sets: dict[str, QuestionSet], passages: int) -> Iterator[Article]:
    """The contexts of the sets, then made articles, with dates, sources and folders."""
    for language, own in sets.items():
        for number, one in enumerate(own.articles):
            source, date = SOURCES[number % len(SOURCES)], f"20{10 + number % 15}-0{1 + number % 9}"
            path = f"/library/xquad/{language}/{number}.txt"
            yield replace(one, id=f"{language}-{number}", path=path, date=date, source=source)
    for number, one in enumerate(make_articles(read_sentences(text), passages)):
        path = f"/library/d{number % 30}/{number}.txt"
        yield replace(one, id=f"made-{number}", path=path, source=SOURCES[number % len(SOURCES)])


def fill(settings: Sequence[Settings], coming: Iterator[Article], sides: Sequence[Side]) -> float:
    """Put the same entries into both libraries; the seconds that embedding took."""
    embedder = load_embedder(settings[0].embedder)
    embedded = 0.0
    stores = [open_store(one, create=manifest(embedder)) for one in settings]
    while some := list(islice(coming, TOGETHER)):
        started = time.perf_counter()
        made = list(entries(some, embedder))
        embedded += time.perf_counter() - started
        for side, store in zip(sides, stores, strict=True):
            started = time.perf_counter()
            with store.together():
                for one in made:
                    store.replace(one.article.path, [one], prepare=lambda article: entry(article, embedder))
            side.stored += time.perf_counter() - started
    for side, store, chosen in zip(sides, stores, settings, strict=True):
        started = time.perf_counter()
        Search(store, LibraryFolder(chosen.library_folder).cache).prepare()
        side.prepared = time.perf_counter() - started
        store.close()
    return embedded


def questions(assistant: Assistant, sets: dict[str, QuestionSet], most: int) -> list[Asked]:
    """Evenly drawn questions of each language."""
    found = []
    for own in sets.values():
        places = {one.id: number for number, one in enumerate(own.articles)}
        for asked in own.asked[:: max(1, len(own.asked) // most)][:most]:
            right = {language: f"{language}-{places[asked.article]}" for language in sets}
            found.append(Asked(assistant.retrieval.query(question.read(asked.text)), right))
    return found


def ask(one: Asked, stores: Sequence[tuple[Side, Search]], name: str) -> list[list[Hit]]:
    """The hits of both libraries, timed, the first in turn."""
    out = []
    for side, search in stores:
        started = time.perf_counter()
        hits = search.search(one.query, K, FILTERS[name])
        side.seconds[name].append(time.perf_counter() - started)
        if name in one.right:
            way = f"{one.query.language} -> {name}"
            ids = [hit.article.id for hit in hits]
            side.first.setdefault(way, []).append(ids[:1] == [one.right[name]])
            side.ten.setdefault(way, []).append(one.right[name] in ids)
        out.append(hits)
    return out


def difference(one: list[Hit], other: list[Hit]) -> str:
    """Where two rankings part first, "" where they do not: ties may stand in any order."""
    if [hit.passage.id for hit in one] == [hit.passage.id for hit in other]:
        return ""
    for rank, (mine, theirs) in enumerate(zip(one, other, strict=False), 1):
        if mine.passage.id != theirs.passage.id and abs(mine.score - theirs.score) > 1e-5:
            return f"rank {rank}: {mine.passage.id} {mine.score:.4f}, {theirs.passage.id} {theirs.score:.4f}"
    return "" if len(one) == len(other) else f"{len(one)} hits, {len(other)}"


def disk(place: Path) -> float:
    """What a folder takes on the disk, in MB."""
    told = subprocess.run(["du", "-sk", str(place)], capture_output=True, text=True, check=True).stdout
    return int(told.split()[0]) / 1000


@contextmanager
def server(store: str, folder: Path) -> Iterator[str]:
    """The address of a database: the one that was given, or one of a server that runs in a folder meanwhile."""
    if store:
        yield store
        return
    import pylibseekdb

    instance = pylibseekdb.open(str(folder / "server"))
    try:
        yield f"oceanbase://root@localhost/test?unix_socket={instance.connection_options()['unix_socket']}"
    finally:
        instance.close()


def compare(homes: Sequence[Settings], sets: dict[str, QuestionSet], most: int, sides: Sequence[Side]) -> list[str]:
    """Ask both; where they differ."""
    parted = []
    with Assistant(homes[0]) as one, Assistant(homes[1]) as other:
        asked = questions(one, sets, most)
        searches: list[tuple[Side, Search]] = list(
            zip(sides, (one.retrieval.search, other.retrieval.search), strict=True)
        )
        for each in asked[:3]:
            ask(each, [(Side(""), search) for _, search in searches], "none")  # both are warm
        for number, each in enumerate(asked):
            for name in FILTERS:
                turn = searches if number % 2 else searches[::-1]
                hits = ask(each, turn, name)
                if found := difference(*(hits if number % 2 else hits[::-1])):
                    parted.append(f"question {number}, filter {name}: {found}")
    return parted


def report(
    sides: Sequence[Side], embedded: float, counts: dict[str, int], disks: Sequence[float], parted: list[str]
) -> str:
    """The table."""
    one, other = sides
    lines = [machine(), ", ".join(f"{number:,} {name}" for name, number in counts.items()), "", f"{'':28}{one.name:>12}{other.name:>12}{'ratio':>8}"]  # fmt: skip

    def row(name: str, mine: float, theirs: float, shape: str = ".3f") -> None:
        lines.append(f"{name:28}{mine:>12{shape}}{theirs:>12{shape}}{theirs / max(mine, 1e-9):>8.2f}")

    for way in one.first:
        row(f"R@1 {way}", float(np.mean(one.first[way])), float(np.mean(other.first[way])))
        row(f"R@10 {way}", float(np.mean(one.ten[way])), float(np.mean(other.ten[way])))
    for percent in (50, 95):
        for name in FILTERS:
            mine, theirs = (1000 * float(np.percentile(side.seconds[name], percent)) for side in sides)
            row(f"ms at {percent} %, filter {name}", mine, theirs, ".1f")
    row("s to store", one.stored, other.stored, ".1f")
    row("s to prepare", one.prepared, other.prepared, ".1f")
    rates = [counts["passages"] / (embedded + side.stored + side.prepared) for side in sides]
    row("passages a second", rates[0], rates[1], ".1f")
    row("MB on the disk", disks[0], disks[1], ".0f")
    lines += [
        f"s to embed, for both          {embedded:.1f}",
        f"searches {sum(map(len, one.seconds.values()))}, ranked otherwise {len(parted)}",
    ]
    return "\n".join([*lines, *parted[:20]])


def main() -> int:
    """Fill both, ask both, print the table; 1 where a ranking differs in more than one of two hundred."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--text", type=Path, required=True, help="the folder of parallel text that articles are made of"
    )
    parser.add_argument(
        "--sets", type=Path, nargs=2, required=True, help="a set in each language, of the same contexts"
    )
    parser.add_argument("--passages", type=int, default=30_000)
    parser.add_argument("--questions", type=int, default=75, help="of each language")
    parser.add_argument("--store", default="", help="the address of an empty database")
    given = parser.parse_args()
    sets = {language: read(path) for language, path in zip(("zh", "en"), given.sets, strict=True)}
    with tempfile.TemporaryDirectory(prefix="yinju-engine-") as name, server(given.store, Path(name)) as address:
        home = load_settings(Path(name) / "home")
        homes, sides = [home, replace(home, store=address)], [Side("folder"), Side("server")]
        embedded = fill(homes, articles(given.text, sets, given.passages), sides)
        parted = compare(homes, sets, given.questions, sides)
        with closing(open_store(homes[1])) as store:
            counts = store.counts()
        whole, copy = disk(home.library_folder), disk(LibraryFolder(home.library_folder).cache / "server")
        disks = [whole - copy, copy + (disk(Path(name) / "server") if not given.store else 0)]
        print(report(sides, embedded, counts, disks, parted))
        return int(200 * len(parted) > sum(map(len, sides[0].seconds.values())))


if __name__ == "__main__":
    sys.exit(main())
