"""`python bench/scale.py --text FOLDER`: libraries of 1,000 to 1,000,000 passages: rate, memory, disk, cold start, search and recall.

The smaller libraries are read, cut and embedded as any other; the larger ones are assembled from sentences embedded once (see
:mod:`bench.assembly`), which the table says. Each step runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from bench import assembly
from bench.speed import (
    Timed,
    alone,
    embedded,
    every_vector,
    flat,
    make_articles,
    peak_memory,
    questions,
    read_sentences,
    whole_passages,
)
from index import packing, proposing, search, storing
from index.bm25 import BM25, plain
from index.library import Library
from index.store import Store
from index.vectors import NONE, Mask, Nearest, Vectors
from models import load_embedder
from rag import question
from rag.assistant import Assistant
from rag.opening import open_library
from rag.settings import Settings, load_settings
from rag.upkeep import ingest
from ui.evaluation import machine

ROOT = Path(__file__).parents[1]
SIZES = (1_000, 10_000, 100_000, 1_000_000)
EMBEDDED = 10_000
"""Up to this many passages are embedded; more are assembled."""

ARTICLES_A_FILE = 100
FLAT = 2_500_000
"""Up to this many vectors a plain flat index of all of them is searched as well: 5 GB."""

PROBES = 60
"""Questions whose exact answers are worked out."""

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


def build(settings: Settings, text: Path, passages: int) -> dict[str, Any]:
    """Make a library and what its search needs: seconds of both, peak memory and disk."""
    sentences = read_sentences(text)
    embedder = load_embedder(settings.embedder)
    assembled = passages > EMBEDDED
    pools = [assembly.pool(sentences[one], one, embedder, 20_000) for one in ("zh", "en")] if assembled else []
    library = open_library(settings, embedder, create=True)
    started = time.perf_counter()
    if assembled:
        with patch.object(storing.Change, "look_up", lambda *_: None):  # copies are not looked for: 7 ms an article
            _store(library, assembly.articles(pools, passages))
    else:
        _store(library, (ingest.entry(article, embedder) for article in make_articles(sentences, passages)))
    stored = time.perf_counter()
    searched = search.Search(library, settings.library_folder / "cache")
    searched.prepare()
    prepared = time.perf_counter()
    snapshot = embedded(searched).current()
    counts = library.counts()
    library.close()
    return counts | {
        "made": "assembled" if assembled else "embedded",
        "store_s": stored - started,
        "prepare_s": prepared - stored,
        "rate": counts["passages"] / (prepared - started),
        "build_mib": peak_memory(),
        "library_mib": _size(settings.library_folder.glob("library.sqlite*")),
        "cache_mib": _size((settings.library_folder / "cache").rglob("*")),
        "segments": len(snapshot.dense),
        "depth": [part.depth for part in snapshot.dense],
        "own_recall": min(part.recall for part in snapshot.dense),
    }


def _store(library: Store, entries: Iterator[Any]) -> None:
    waiting: list[Any] = []
    for entry in entries:
        if waiting and (len(waiting) == ARTICLES_A_FILE or entry.article.path != waiting[0].article.path):
            library.replace(waiting[0].article.path, waiting)
            waiting = []
        waiting.append(entry)
    library.replace(waiting[0].article.path, waiting)


def _size(paths: Iterator[Path]) -> float:
    return sum(path.stat().st_size for path in paths if path.is_file()) / 2**20


def measure(settings: Settings, text: Path, queries: int) -> dict[str, Any]:
    """Search times whole and by leg, against flat searches of the same vectors; memory; what one changed article costs."""
    asked = probes(text, queries)
    started = time.perf_counter()
    assistant = Assistant(settings)
    assistant.search(asked[0], 10)
    found: dict[str, Any] = {"first_s": time.perf_counter() - started}
    timed = _timed(asked, {"whole": lambda text: assistant.search(text, 10)})
    found |= {"resident_mib": resident(), "update_s": update(assistant, text)}
    timed |= _timed(asked, legs(assistant))
    timed |= _timed(asked, plain_flat(assistant) | {"whole beside flat": lambda text: assistant.search(text, 10)})
    found["search_ms"] = {name: {"p50": t.at(50), "p95": t.at(95)} for name, t in timed.items()}
    assistant.close()
    return found


def probes(text: Path, count: int) -> list[str]:
    """Questions in both languages, half of them half a sentence: what was asked is then nowhere as it stands."""
    asked = questions(read_sentences(text), count)
    return [one if at % 4 < 2 else one[: max(8, len(one) // 2)] for at, one in enumerate(asked)]


def _timed(asked: Sequence[str], ways: dict[str, Callable[[str], object]]) -> dict[str, Timed]:
    """Milliseconds of each way, one question of each in turn."""
    timed = {name: Timed(name, []) for name in ways}
    for text in asked:
        for name, way in ways.items():
            began = time.perf_counter()
            way(text)
            timed[name].milliseconds.append((time.perf_counter() - began) * 1000)
    return timed


def legs(assistant: Assistant) -> dict[str, Callable[[str], object]]:
    """Each leg of the search alone, the question's vector and words included."""
    snapshot = embedded(assistant.retrieval.search).current()

    def best(words: Any, allowed: NDArray[np.bool_] | None = None) -> Places:
        return snapshot.lexical.scores(words, proposing.CANDIDATES, allowed).best(proposing.CANDIDATES)

    def translated(text: str) -> Places:
        query = assistant.retrieval.query(question.read(text))
        return best(query.translated, ~snapshot.speaks(query.language))

    return {
        "dense": lambda text: Nearest(
            snapshot.dense, assistant.retrieval.vector(question.read(text)), proposing.UNITS
        ).found(),
        "lexical": lambda text: best(plain(question.read(text).terms)),
        "translated": translated,
    }


def plain_flat(assistant: Assistant) -> dict[str, Callable[[str], object]]:
    """Plain FAISS flat searches: of one vector a passage, and of every vector where they fit; the embedding included."""
    parts = embedded(assistant.retrieval.search).current().dense
    ways = {"flat, a vector a passage": flat(whole_passages(parts))}
    if sum(part.size for part in parts) <= FLAT:
        ways["flat, every vector"] = flat(every_vector(parts))
    embed = assistant.embedder.embed_queries
    return {name: lambda text, way=way: way(embed([text])[0]) for name, way in ways.items()}  # type: ignore[misc]


def resident() -> float:
    """What this process holds in memory now, mapped files among it, MiB."""
    told = Path("/proc/self/status")
    if not told.is_file():
        return peak_memory()
    return next(int(line.split()[1]) / 1024 for line in told.read_text().splitlines() if line.startswith("VmRSS"))


def update(assistant: Assistant, text: Path) -> float:
    """Seconds until a changed article of ten passages is embedded, stored and found."""
    (made,) = make_articles(read_sentences(text), 10, seed=99)
    name = f"changed-{assistant.library.generation}"  # the library may have been measured before
    article = replace(made, id=name, title=name)
    first = min(assistant.library.hashes())
    started = time.perf_counter()
    kept = {one.id: one for one in assistant.library.of_file(first)[1:]}
    assistant.library.replace(first, [ingest.entry(article, assistant.embedder)], kept=kept)
    hits = assistant.search(f"{name} {article.text[:40]}", 10)
    seconds = time.perf_counter() - started
    assert any(hit.article.id == article.id for hit in hits)
    return seconds


def recall(settings: Settings, text: Path) -> dict[str, float]:
    """The share of the ten best passages of an exhaustive search that are found: by meaning, and by all legs together."""
    assistant = Assistant(settings)
    asked = [question.read(one) for one in probes(text, PROBES)]
    queries = [assistant.retrieval.query(one) for one in asked]
    snapshot = embedded(assistant.retrieval.search).current()
    exact = exhaustive(assistant.library, snapshot.passages, np.array([query.vector for query in queries]))
    ours = [Nearest(snapshot.dense, query.vector, proposing.UNITS).found() for query in queries]
    meant = [_ten(one) for one in ours]
    found = [[hit.passage.id for hit in assistant.retrieval.search.search(query, 10)] for query in queries]
    by_vector = {query.vector.tobytes(): one for query, one in zip(queries, exact, strict=True)}
    every = BM25.scores

    class AllUnits(Nearest):
        """The nearest of all units, known beforehand, and those of the passages that the words lead to."""

        def __init__(self, parts: Sequence[Vectors], query: Floats, k: int, allowed: Mask | None = None) -> None:
            super().__init__(parts, query, 0, allowed)

        def found(self, also: Places = NONE) -> tuple[Places, Floats]:
            passages, cosines = super().found(also)
            most = by_vector[self._query.tobytes()]
            return np.concatenate([most[0], passages]), np.concatenate([most[1], cosines])

    with (
        patch("index.embedded.Nearest", AllUnits),
        patch.object(BM25, "scores", lambda self, words, k=None, allowed=None: every(self, words, None, allowed)),
    ):
        wanted = [[hit.passage.id for hit in assistant.retrieval.search.search(query, 10)] for query in queries]
    assistant.close()
    return {"recall_dense": _share(meant, [_ten(one) for one in exact]), "recall": _share(found, wanted)}


def exhaustive(library: Store, rows: Places, queries: Floats) -> list[tuple[Places, Floats]]:
    """The nearest units of each question among all that the library holds, one by one: passage, as its place in
    ``rows``, and cosine of each."""
    assert isinstance(library, Library)
    best = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)) for _ in queries]
    for start in range(0, len(rows), 4096):
        span = rows[start : start + 4096]
        there, sizes, packed = library.vectors(span.tolist())
        cosines = packing.unpack(packed) @ queries.T
        owners = np.repeat(np.searchsorted(rows, there), sizes)
        for at, (passages, near) in enumerate(best):
            both, all_near = np.concatenate([passages, owners]), np.concatenate([near, cosines[:, at]])
            top = np.argsort(-all_near, kind="stable")[: proposing.UNITS]
            best[at] = both[top], all_near[top]
    return best


def _ten(found: tuple[Places, Floats]) -> list[int]:
    return list(dict.fromkeys(found[0].tolist()))[:10]


def _share(found: Sequence[Sequence[object]], wanted: Sequence[Sequence[object]]) -> float:
    return float(np.mean([len({*one} & {*all_}) / len(all_) for one, all_ in zip(found, wanted, strict=True) if all_]))


def cold(settings: Settings, rounds: int) -> dict[str, float]:
    """Median seconds of `yinju ask` in a new process, and of importing sentence-transformers in one, in turn."""
    ask = "from ui.cli import main; main()"
    place = ["--home", str(settings.home), "--library", settings.library]
    commands = {
        "ask_s": [sys.executable, "-c", ask, *place, "ask", "数据中心用了多少电？", "--engine", "quote"],
        "import_s": [sys.executable, "-c", "import sentence_transformers"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(
                command, cwd=ROOT, env={**os.environ, "HF_HUB_OFFLINE": "1"}, capture_output=True, check=True
            )
            seconds[name].append(time.perf_counter() - started)
    return {name: median(found) for name, found in seconds.items()}


def steps(settings: Settings, text: Path, passages: int, queries: int, rounds: int) -> Iterator[dict[str, Any]]:
    """All of one size, each step in a process of its own. A library that is there already is built no second time."""
    if not (settings.library_folder / "library.sqlite").is_file():
        yield alone(build, settings, text, passages)
    yield cold(settings, rounds)
    yield alone(recall, settings, text)
    yield alone(measure, settings, text, queries)


WAYS = {
    "search": "whole",
    "the same questions again": "whole beside flat",
    "by meaning": "dense",
    "by words": "lexical",
    "by translated words": "translated",
    "flat FAISS, a vector a passage": "flat, a vector a passage",
    "flat FAISS, every vector": "flat, every vector",
}
"""What is timed, and its name among the figures."""


def _milliseconds(way: str, share: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: f"{row['search_ms'][way][share]:.1f}" if way in row["search_ms"] else "–"


COLUMNS: dict[str, Callable[[dict[str, Any]], str]] = {
    "passages": lambda row: f"{row['passages']:,}",
    "units": lambda row: f"{row['units']:,}",
    "made": lambda row: str(row["made"]),
    "stored and prepared, passages/s": lambda row: f"{row['rate']:.0f}",
    "memory to build, MiB": lambda row: f"{row['build_mib']:.0f}",
    "library on disk, MiB": lambda row: f"{row['library_mib']:.0f}",
    "cache on disk, MiB": lambda row: f"{row['cache_mib']:.0f}",
    "`yinju ask`, cold, s": lambda row: f"{row['ask_s']:.2f}",
    "`import sentence_transformers`, s": lambda row: f"{row['import_s']:.2f}",
    "memory to search, MiB": lambda row: f"{row['resident_mib']:.0f}",
    **{f"{told}, {share} ms": _milliseconds(way, share) for told, way in WAYS.items() for share in ("p50", "p95")},
    "recall@10 by meaning": lambda row: f"{row['recall_dense']:.3f}",
    "recall@10 of all": lambda row: f"{row['recall']:.3f}",
    "an article changed, s": lambda row: f"{row['update_s']:.2f}",
}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The figures in Markdown, a column a size."""
    lines = [f"| {name} | " + " | ".join(cell(row) for row in rows) + " |" for name, cell in COLUMNS.items()]
    return "\n".join([lines[0], "|---" * (len(rows) + 1) + "|", *lines[1:]])


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Milliseconds and gigabytes by passages, both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "yinju"
    from matplotlib import pyplot

    sizes = [row["passages"] for row in rows]
    figure, (times, space) = pyplot.subplots(1, 2, figsize=(10, 5), layout="constrained")
    ways = {"whole": "search", "dense": "by meaning", "lexical": "by words", "translated": "by translated words"}
    for way, label in (ways | {"flat, a vector a passage": "flat FAISS, a vector a passage"}).items():
        style = "--" if way.startswith("flat") else "-"
        times.plot(sizes, [row["search_ms"][way]["p50"] for row in rows], style, marker="o", label=f"{label}, p50")
    times.plot(sizes, [row["search_ms"]["whole"]["p95"] for row in rows], ":", marker="o", label="search, p95")
    times.set(xscale="log", yscale="log", xlabel="passages", ylabel="milliseconds")
    held = {"library_mib": "library on disk", "cache_mib": "cache on disk", "build_mib": "memory to build"}
    for name, label in (held | {"resident_mib": "memory to search"}).items():
        space.plot(sizes, [row[name] / 1024 for row in rows], marker="o", label=label)
    space.set(xscale="log", yscale="log", xlabel="passages", ylabel="GiB")
    for axes in (times, space):
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=2)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True, metavar="FOLDER", help="files of pairs, *.jsonl.xz")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="passages; none draws what --json holds")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5, help="of cold starts; the median counts")
    parser.add_argument(
        "--home", type=Path, metavar="FOLDER", help="keep the libraries here, and use those that are there"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures there, beside those of other sizes"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw them")
    chosen = parser.parse_args()
    known = json.loads(chosen.json.read_text()) if chosen.json and chosen.json.is_file() else {}
    for size in chosen.sizes:
        with tempfile.TemporaryDirectory() as scratch:
            settings = load_settings(chosen.home or Path(scratch), library=f"scale-{size}")
            for found in steps(settings, chosen.text, size, chosen.queries, chosen.rounds):
                known[str(size)] = known.get(str(size), {}) | found | {"machine": machine()}
                if chosen.json:  # at once: the largest takes hours on a slow machine
                    chosen.json.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    rows = [known[size] for size in sorted(known, key=int)]
    print(table(rows))
    print("\n".join(dict.fromkeys(row["machine"] for row in rows)))
    if chosen.plot:
        plot(rows, chosen.plot)


if __name__ == "__main__":
    main()
