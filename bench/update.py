"""`python bench/update.py --passages 10000`: what an update costs against a full build, and what that cost is made of.

Files of ten articles with ten passages each are indexed; then one sentence of one article changes, a file moves, and one is
removed, each followed by an index run on the file and on the whole folder. Times are of a process that is already running;
its start takes the same for a build.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.kill import WORDS
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import Report, ingest

ARTICLES = 10
PASSAGES = 10
LENGTH = {"zh": 480, "en": 700}
"""Characters of a paragraph, which becomes one passage."""

STAGES = {
    "looking for files": "find",
    "hashing them": "file_digest",
    "what is known": "hashes",
    "reading and splitting": "read",
    "copies": "original",
    "embedding": "embed_passages",
    "the transaction": "replace",
    "loading the embedder": "load_embedder",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took, in seconds, and of that each stage."""

    name: str
    seconds: float
    report: Report
    stages: dict[str, float]

    def text(self, build: float) -> str:
        """One line."""
        parts = ", ".join(f"{name} {1000 * seconds:.0f}" for name, seconds in self.stages.items() if seconds >= 0.0005)
        return f"{self.name}: {1000 * self.seconds:.0f} ms, {self.seconds / build:.2%} of a build (ms: {parts})"


def paragraph(language: str, chance: random.Random) -> str:
    """Invented sentences that fill a passage."""
    words, said = WORDS[language], ""
    while len(said) < LENGTH[language]:
        who, what, of = (chance.choice(words[at : at + 8]) for at in (0, 8, 16))
        number = chance.randrange(2, 10**6)
        said += f"{who} {what} {number} {of}. " if language == "en" else f"{who}{what}{number}{of}。"
    return said.strip()


def make(folder: Path, passages: int) -> list[Path]:
    """Files that hold so many passages."""
    chance = random.Random(1)
    folder.mkdir(parents=True)
    paths = []
    for file in range(max(1, passages // (ARTICLES * PASSAGES))):
        articles = []
        for at in range(ARTICLES):
            language = ("en", "zh")[at % 2]
            body = "\n\n".join(paragraph(language, chance) for _ in range(PASSAGES))
            articles.append(f"# Report {file}-{at}\n\n2026-{file % 12 + 1:02}-{at + 1:02} | Daily\n\n{body}")
        paths.append(folder / f"{file:05}.md")
        paths[-1].write_text("\n\n".join(articles), encoding="utf-8")
    return paths


def timed(name: str, work: Callable[[], Report]) -> Cost:
    """What the work took, and what its stages took when it is profiled."""
    profile = cProfile.Profile()
    started = time.perf_counter()
    profile.enable()
    report = work()
    profile.disable()
    seconds = time.perf_counter() - started
    rows = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
    stages = {
        stage: max(
            (row[3] for (_, _, called), row in rows if called == function or f"{function} " in called), default=0.0
        )
        for stage, function in STAGES.items()
    }
    return Cost(name, seconds, report, stages)


def measure(folder: Path, settings: Settings, passages: int) -> tuple[Cost, list[Cost]]:
    """The cost of a build, and of each kind of update."""
    paths = make(folder, passages)
    started = time.perf_counter()
    report = ingest([folder], settings)
    build = Cost("build", time.perf_counter() - started, report, {})
    changed, moved, gone = paths[0], paths[1], paths[2]
    text = changed.read_text("utf-8").replace("The ", "That ", 1)
    changed.write_text(text, encoding="utf-8")
    costs = [timed("one article changed, its file indexed", lambda: ingest([changed], settings))]
    changed.write_text(text.replace("That ", "One ", 1), encoding="utf-8")
    costs.append(timed("one article changed, the folder indexed", lambda: ingest([folder], settings)))
    costs.append(timed("nothing changed, the folder indexed", lambda: ingest([folder], settings)))
    moved.rename(folder / "moved.md")
    costs.append(timed("a file moved, the folder indexed", lambda: ingest([folder], settings)))
    gone.unlink()
    costs.append(timed("a file removed, the folder indexed", lambda: ingest([folder], settings)))
    return build, costs


def main() -> None:
    """What the command line runs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--passages", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        build, costs = measure(Path(name, "articles"), load_settings(Path(name, "home")), arguments.passages)
    print(f"build: {build.report.passages} passages in {build.seconds:.1f} s")
    for cost in costs:
        print(cost.text(build.seconds))


if __name__ == "__main__":
    main()
