"""`python -m bench.peers.measure JOB.json OUT.json`: one peer, alone in its process, so that the memory is its own."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.peers import KINDS, Found, Peer
from bench.peers.work import Task, Work, pieces, works
from rag.evaluation.question_sets import Asked

DEPTH = 10
"""Places that are looked at."""

FETCHED = 20
"""Pieces asked for, as several may come from one context, which counts once."""

WARM_UP = 3
"""Questions asked before the clock runs."""


def rank(found: Sequence[Found], asked: Asked) -> int:
    """The place, from 1, of the first right hit among DEPTH, or 0. Of a context's pieces only the first has a place."""
    kept: list[Found] = []
    for article, text in found:
        if not asked.article or all(article.id != other.id for other, _ in kept):
            kept.append((article, text))
    places = (place for place, (article, text) in enumerate(kept[:DEPTH], 1) if asked.right(text, article))
    return next(places, 0)


def measure(peer: Peer, work: Work, *, cuts: bool) -> dict[str, Any]:
    """Seconds that indexing took, by the clock and of processors, the ranks by row, and the milliseconds of every question."""
    articles = work.articles if cuts or not work.files else pieces(work.articles)
    started, worked = time.perf_counter(), processor_time()
    peer.index(articles)
    seconds, processor = time.perf_counter() - started, processor_time() - worked
    for asked in next(iter(work.rows.values()), ())[:WARM_UP]:
        peer.search(asked.text, FETCHED)
    ranks: dict[str, list[int]] = {}
    milliseconds: list[float] = []
    for name, questions in work.rows.items():
        for asked in questions:
            began = time.perf_counter()
            found = peer.search(asked.text, FETCHED)
            milliseconds.append((time.perf_counter() - began) * 1000)
            ranks.setdefault(name, []).append(rank(found, asked))
    took = {"seconds": seconds, "processor": processor}
    return {"texts": len(work.articles), **took, "ranks": ranks, "milliseconds": milliseconds}


def processor_time() -> float:
    """Seconds of a processor that this process and, on Linux, those that it has started and not ended have worked."""
    ticks = sum(int(field) for child in _children() for field in _read(child, "stat").rpartition(")")[2].split()[11:13])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def peak_memory() -> float:
    """The most memory that this process has held, and on Linux its children, each at its own most, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    theirs = sum(
        int(line.split()[1]) for c in _children() for line in _read(c, "status").splitlines() if "VmHWM" in line
    )
    return peak / (2**20 if sys.platform == "darwin" else 2**10) + theirs / 2**10


def _children() -> list[str]:
    """The processes that this one has started, by number; none where the system does not tell."""
    return [pid for tasks in Path("/proc/self/task").glob("*/children") for pid in tasks.read_text().split()]


def _read(process: str, name: str) -> str:
    return Path(f"/proc/{process}/{name}").read_text(encoding="utf-8", errors="replace")


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    kind = KINDS[job["peer"]]
    sets, questions, articles, events, among = (
        tuple(map(Path, job[name])) for name in ("sets", "questions", "articles", "events", "among")
    )
    task = Task(sets, questions, articles, events, among, job["limit"])
    peer = kind.open(Path(job["model"]) if job["model"] else None)
    done = [measure(peer, work, cuts=kind.cuts) for work in works(task)]
    out = {"works": done, "peak_mib": peak_memory()}
    Path(sys.argv[2]).write_text(json.dumps(out), encoding="utf-8")


if __name__ == "__main__":
    main()
