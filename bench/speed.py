"""`python bench/speed.py`: embedding against all-MiniLM-L6, and hybrid search over many passages against a flat FAISS search.

The text is sentences of one or more `*.jsonl.xz` files of pairs, recombined at random into articles, half of them Chinese.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import lzma
import multiprocessing
import pstats
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers import minilm
from index.embedded import Embedded
from index.search import Search
from index.store import Store
from index.types import Article
from index.vectors import Vectors
from models import Embedder, load_embedder
from rag.assistant import Assistant
from rag.opening import open_library
from rag.settings import Settings, load_settings
from rag.upkeep import ingest
from ui.evaluation import machine

ROOT = Path(__file__).parents[1]

SOURCES = ("tatoeba", "taiwan-laws", "mlqe-pe", "tico19", "plurality", "audrey-tang-transcripts")
"""Prose, where the folder of text has it."""

PASSAGES_AN_ARTICLE = 10
ARTICLES_A_FILE = 100
LENGTH = {"zh": 540, "en": 800}
"""Characters of a paragraph: what the cutting makes of longer articles."""

Sentences = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Timed:
    """What one way of searching took: milliseconds of each query."""

    name: str
    milliseconds: list[float]

    def at(self, percent: float) -> float:
        """The percentile, in milliseconds."""
        return float(np.percentile(self.milliseconds, percent))


def read_sentences(folder: Path, most: int = 60_000) -> Sentences:
    """Sentences of the sources in each language, at most ``most`` a source. Raises FileNotFoundError when there is none."""
    paths = [path for name in SOURCES if (path := folder / f"{name}.jsonl.xz").is_file()]
    paths = paths or sorted(folder.glob("*.jsonl.xz"))
    if not paths:
        raise FileNotFoundError(f"No *.jsonl.xz in {folder}: give --text the folder of parallel text.")
    found: Sentences = {"en": [], "zh": []}
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for _, line in zip(range(most), lines, strict=False):
                for language, text in zip(("en", "zh"), json.loads(line), strict=True):
                    if 8 <= len(text) <= LENGTH[language]:
                        found[language].append(" ".join(text.split()))
    return found


def paragraph(sentences: Sequence[str], language: str, chance: random.Random) -> str:
    """Sentences drawn at random until they fill a passage, each with its full stop."""
    drawn: list[str] = []
    while sum(map(len, drawn)) < LENGTH[language] * 0.7:
        sentence = chance.choice(sentences)
        drawn.append(sentence if sentence[-1] in ".!?。！？" else sentence + {"zh": "。", "en": "."}[language])
    return {"zh": "", "en": " "}[language].join(drawn)


def make_articles(sentences: Sentences, passages: int, seed: int = 0) -> Iterator[Article]:
    """Articles of about PASSAGES_AN_ARTICLE paragraphs, Chinese and English in turn, with ``passages`` paragraphs in all."""
    chance = random.Random(seed)
    for number, start in enumerate(range(0, passages, PASSAGES_AN_ARTICLE)):
        language = ("zh", "en")[number % 2]
        count = min(PASSAGES_AN_ARTICLE, passages - start)
        text = "\n\n".join(paragraph(sentences[language], language, chance) for _ in range(count))
        name = f"made-{number // ARTICLES_A_FILE}"
        date = f"{2015 + number % 11}-{1 + number % 12:02}-01"
        title = chance.choice(sentences[language])[:40]
        yield Article(f"{name}-{number}", title, text, date, "made", "", name, language, str(number))


def build(settings: Settings, sentences: Sentences, passages: int) -> dict[str, float]:
    """A library of made articles, through the same cutting and embedding as any other. Seconds and rate."""
    started = time.perf_counter()
    embedder = load_embedder(settings.embedder)
    library = open_library(settings, embedder, create=True)
    try:
        waiting: dict[str, list[Any]] = {}
        for article in make_articles(sentences, passages):
            if article.path not in waiting:
                _store(library, waiting)
                waiting = {article.path: []}
            waiting[article.path].append(ingest.entry(article, embedder))
        _store(library, waiting)
        counts = library.counts()
    finally:
        library.close()
    seconds = time.perf_counter() - started
    return {"build_s": seconds, "passages_a_second": counts["passages"] / seconds}


def _store(library: Store, waiting: dict[str, list[Any]]) -> None:
    for path, entries in waiting.items():
        library.replace(path, entries)


def questions(sentences: Sentences, count: int, seed: int = 1) -> list[str]:
    """Questions of the length people ask: sentences of the text, in both languages, every tenth with a quoted phrase."""
    chance = random.Random(seed)
    spans = {"zh": (14, 40), "en": (40, 110)}
    fitting = {
        language: [text for text in texts if spans[language][0] <= len(text) <= spans[language][1]]
        for language, texts in sentences.items()
    }
    asked = [chance.choice(fitting[("zh", "en")[n % 2]] or sentences["zh"]) for n in range(count)]
    return [f"“{text[:12]}” {text}" if n % 10 == 0 else text for n, text in enumerate(asked)]


def flat(pieces: Iterable[NDArray[np.float32]]) -> Callable[[NDArray[np.float32]], object]:
    """A plain FAISS flat search of these vectors: the ten nearest."""
    import faiss

    waiting = iter(pieces)
    first = next(waiting)
    index = faiss.IndexFlatIP(first.shape[1])
    for piece in itertools.chain([first], waiting):
        index.add(np.ascontiguousarray(piece))
    return lambda query: index.search(query[None], 10)


def every_vector(parts: Sequence[Vectors]) -> Iterator[NDArray[np.float32]]:
    """All that are searched, some at a time."""
    for part in parts:
        yield from (part.get(np.arange(at, min(at + 50_000, part.size))) for at in range(0, part.size, 50_000))


def whole_passages(parts: Sequence[Vectors]) -> Iterator[NDArray[np.float32]]:
    """One vector a passage, the last of its units, which is the whole passage."""
    for part in parts:
        yield from (part.get(part.ends[at : at + 50_000] - 1) for at in range(0, len(part.ends), 50_000))


def embedded(searched: Search) -> Embedded:
    """What finds passages in the embedded library."""
    assert isinstance(searched.proposing, Embedded)
    return searched.proposing


def search(settings: Settings, asked: Sequence[str]) -> dict[str, Any]:
    """Start-up, the hybrid search, and flat searches of the same vectors, one query of each in turn."""
    started = time.perf_counter()
    assistant = Assistant(settings)
    assistant.search(asked[0], 10)
    start_up = time.perf_counter() - started
    peak = peak_memory()
    ways: dict[str, Callable[[str, NDArray[np.float32]], object]] = {
        "hybrid": lambda text, _: assistant.search(text, 10)
    }
    parts = embedded(assistant.retrieval.search).current().dense
    one_each, every = flat(whole_passages(parts)), flat(every_vector(parts))
    ways["flat, one vector a passage"] = lambda _, vector: one_each(vector)
    ways["flat, every vector"] = lambda _, vector: every(vector)
    vectors = assistant.embedder.embed_queries(list(asked))
    timed = {name: Timed(name, []) for name in ways}
    for at, text in enumerate(asked):
        for name, way in ways.items():
            began = time.perf_counter()
            way(text, vectors[at])
            timed[name].milliseconds.append((time.perf_counter() - began) * 1000)
    with assistant:
        return {
            **assistant.library.counts(),
            "start_up_s": start_up,
            "peak_mib": peak,
            "search_ms": {name: {"p50": t.at(50), "p95": t.at(95)} for name, t in timed.items()},
            "times_flat_passages": timed["hybrid"].at(50) / timed["flat, one vector a passage"].at(50),
            "times_flat_every": timed["hybrid"].at(50) / timed["flat, every vector"].at(50),
            "shares": shares(assistant, asked[:60]),
        }


def shares(assistant: Assistant, asked: Sequence[str]) -> dict[str, float]:
    """The share of the search's time that is spent inside each function of Yinju, as the profiler sees it; they nest."""
    profiler = cProfile.Profile()
    profiler.enable()
    for text in asked:
        assistant.search(text, 10)
    profiler.disable()
    stats: dict[Any, Any] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    spent: dict[str, float] = {}
    for (file, _, function), row in stats.items():
        path = Path(file)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in ("index", "models", "rag"):
            name = f"{path.parent.name}.{path.stem}.{function}"
            spent[name] = spent.get(name, 0.0) + row[3]
    whole = spent["rag.assistant.search"]
    ranked = sorted(spent.items(), key=lambda item: -item[1])
    return {name: seconds / whole for name, seconds in ranked if 0.01 <= seconds / whole < 1 and "<" not in name}


def embedding(
    sentences: Sentences, ours: Embedder, theirs: Embedder, rounds: int, a_round: int = 96, least: float = 2.0
) -> dict[str, float]:
    """Passages a second of two embedders on the same passages, in turn: medians over rounds, after one to warm up."""
    chance = random.Random(2)
    rates: dict[str, list[float]] = {"bundled": [], "other": []}
    for _ in range(rounds + 1):
        texts = [paragraph(sentences[lang], lang, chance) for lang in ("zh", "en") for _ in range(a_round // 2)]
        for name, embedder in zip(rates, (ours, theirs), strict=True):
            rates[name].append(_rate(embedder, texts, least))
    medians = {name: statistics.median(found[1:]) for name, found in rates.items()}
    return {**medians, "ratio": medians["bundled"] / medians["other"]}


def _rate(embedder: Embedder, texts: list[str], least: float) -> float:
    """Texts a second; a fast embedder does them again until ``least`` seconds are over, so that a pause does not decide."""
    started, done = time.perf_counter(), 0
    while not done or time.perf_counter() - started < least:
        embedder.embed_passages(texts)
        done += len(texts)
    return done / (time.perf_counter() - started)


def alone(work: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """What ``work`` says, done in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def peak_memory() -> float:
    """The most memory that this process has held, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def report(figures: dict[str, Any]) -> str:
    """The figures as lines of text."""
    lines = [figures["machine"]]
    if speeds := figures.get("embedding"):
        ours, theirs = f"bundled {speeds['bundled']:.0f} passages/s", f"{speeds['model']} {speeds['other']:.1f}"
        lines.append(f"embedding: {ours}, {theirs}, ratio {speeds['ratio']:.0f}")
    if found := figures.get("search"):
        lines.append(f"library: {found['articles']} articles, {found['passages']} passages, {found['units']} vectors")
        if "build_s" in found:
            lines.append(f"built in {found['build_s']:.0f} s, {found['passages_a_second']:.0f} passages/s")
        lines.append(
            f"start-up with the first search {found['start_up_s']:.1f} s, peak memory {found['peak_mib']:.0f} MiB"
        )
        for name, row in found["search_ms"].items():
            lines.append(f"{name:28} p50 {row['p50']:7.1f} ms   p95 {row['p95']:7.1f} ms")
        lines.append(
            f"hybrid / flat at p50: {found['times_flat_passages']:.2f} (one vector a passage), "
            f"{found['times_flat_every']:.2f} (every vector)"
        )
        lines += [f"  {share:6.1%} {name}" for name, share in found["shares"].items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True, metavar="FOLDER", help="files of pairs, *.jsonl.xz")
    parser.add_argument("--passages", type=int, default=100_000, help="how many to search; 0 leaves the search out")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument(
        "--home", type=Path, metavar="FOLDER", help="keep the library here, and use it when it is there"
    )
    parser.add_argument(
        "--model", type=Path, metavar="FOLDER", default=minilm(), help="to embed against; else all-MiniLM-L6"
    )
    parser.add_argument("--rounds", type=int, default=5, help="of embedding; the median counts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    chosen = parser.parse_args()
    sentences = read_sentences(chosen.text)
    figures: dict[str, Any] = {"machine": machine()}
    if chosen.passages:
        with tempfile.TemporaryDirectory() as scratch:
            settings = load_settings(chosen.home or Path(scratch), library=f"made-{chosen.passages}")
            there = (settings.library_folder / "library.sqlite").is_file()
            built = {} if there else alone(build, settings, sentences, chosen.passages)
            figures["search"] = built | alone(search, settings, questions(sentences, chosen.queries))
    if chosen.model:
        other = load_embedder(str(chosen.model))
        found = embedding(sentences, load_embedder(), other, chosen.rounds)
        figures["embedding"] = found | {"model": "all-MiniLM-L6-v2" if chosen.model == minilm() else other.name}
    print(report(figures))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
