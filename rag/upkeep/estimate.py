"""How long an embedder will take, measured on some of the files themselves before it is set to all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index import passages, readers
from models import Embedder, Parted
from rag.upkeep.entries import parted
from rag.upkeep.looking import look

SAMPLED = 24
"""Files that are read, evenly spread."""

SECONDS = 3.0
"""That passages are embedded for; the batches are as large as they will be."""

BATCH = 8


@dataclass(frozen=True, slots=True)
class Estimate:
    """What it would take: ``passages`` in ``files`` of which a sample was read, ``rate`` passages a second."""

    files: int
    passages: int
    rate: float

    @property
    def seconds(self) -> float:
        """Seconds to embed all passages."""
        return self.passages / max(self.rate, 1e-9)

    def told(self, embedder: str) -> str:
        """The estimate as one line: "your 20,000 files: about 3 h with e5-small (2.6 passages a second here)"."""
        rate = f"{self.rate:,.0f}" if self.rate >= 10 else f"{self.rate:.1f}"
        return (
            f"your {self.files:,} files, about {self.passages:,} passages: {duration(self.seconds)} with {embedder} "
            f"({rate} passages a second here)"
        )


def of_files(files: Sequence[Path], embedder: Embedder) -> Estimate | None:
    """The estimate for these files; None where no file of the sample could be read."""
    step = max(1, len(files) // SAMPLED)
    texts: list[Parted] = []
    read = 0
    with readers.Reader() as reader:
        for file in islice(files[::step], SAMPLED):
            if articles := look(file, "", reader).articles:
                texts += (parted(article, passage) for article in articles for passage in passages.cut(article))
                read += file.stat().st_size
    if not texts:
        return None
    whole = sum(file.stat().st_size for file in files if file.is_file())
    return Estimate(len(files), round(len(texts) * max(1.0, whole / max(read, 1))), rate(texts, embedder))


def rate(texts: Sequence[Parted], embedder: Embedder) -> float:
    """Passages a second: of those given, the long ones among the short, for SECONDS at most after a first one."""
    embedder.embed_parts(texts[:1])  # what is loaded at the first use is loaded
    spread = [text for start in range(BATCH) for text in texts[start::BATCH]]
    started, done = time.perf_counter(), 0
    while not done or (done < len(spread) and time.perf_counter() - started < SECONDS):
        some = spread[done : done + BATCH]
        embedder.embed_parts(some)
        done += len(some)
    return done / max(time.perf_counter() - started, 1e-9)


def duration(seconds: float) -> str:
    """A duration in words: "under a minute", "about 12 min", "about 3 h", "about 2 days"."""
    if seconds < 60:
        return "under a minute"
    for size, unit, most in ((60, "min", 90 * 60), (3600, "h", 48 * 3600)):
        if seconds < most:
            return f"about {round(seconds / size)} {unit}"
    return f"about {round(seconds / 86_400)} days"
