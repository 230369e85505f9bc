"""`python bench/team.py`: runs of `yinju index` that are killed again and again, and readers beside them, on one library on a server.

Every file holds three articles that say its number. Workers index the folder together; one of them is killed every few seconds and
started anew, until as many were killed as is asked for and every file is in. Meanwhile some files are deleted and readers look at what is
committed: a file has all of its articles or none, what is counted is what is listed, and a passage that is found is the part of its
article that it says. At the end every file that is left must be there once, whole, and no other.
Without --store a server of OceanBase's own (pip install pylibseekdb) runs in a folder that is gone afterwards.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

from bench.engine import server
from rag.assistant import Assistant
from rag.opening import open_store
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from ui.evaluation import machine

HELD = 3
"""Articles of a file."""

REMOVED = 10
"""Every so-many-th file is deleted while the workers run."""


@dataclass
class Seen:
    """What a reader saw."""

    looks: int = 0
    wrong: list[str] = field(default_factory=list)


def write(folder: Path, files: int) -> None:
    """The files to index."""
    folder.mkdir()
    for number in range(files):
        with zipfile.ZipFile(folder / f"{number}.zip", "w") as archive:
            for part in range(HELD):
                text = (
                    f"The harbour of number {number} was dredged in {1700 + number}. Letter {part} tells that "
                    f"{number * 7 + part} ships came in that year. The keeper signed it at dawn."
                )
                archive.writestr(f"letter {part} of {number}.txt", f"Letter {part} of harbour {number}\n\n{text}\n")


def look(settings: Settings, seen: Seen, stop: Event) -> None:
    """Look at the library until it is told to stop."""
    with Assistant(settings) as assistant:
        library = assistant.library
        while not stop.is_set():
            with library.view():
                held = Counter(article.path for article in library.articles())
                if library.counts()["articles"] != held.total():
                    seen.wrong.append(f"{held.total()} articles, and {library.counts()} counted")
            seen.wrong += [f"{path} has {count} articles" for path, count in held.items() if count != HELD]
            number = random.randrange(100)
            for hit in assistant.search(f"How many ships came to the harbour of number {number}?", 5):
                if hit.article.text[hit.passage.start : hit.passage.end] != hit.passage.text:
                    seen.wrong.append(f"{hit.passage.id} is no part of its article")
            seen.looks += 1


def start(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A worker."""
    command = [sys.executable, "-c", "from ui.cli import main; main()", "index", str(folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def work(folder: Path, settings: Settings, workers: int, kills: int, pause: float) -> int:
    """Have workers index the folder, kill them in turn and start them anew; how many were killed at work."""
    environment = os.environ | {"YINJU_HOME": str(settings.home), "YINJU_STORE": settings.store}
    running = [start(folder, environment) for _ in range(workers)]
    chance, killed = random.Random(5), 0
    files = sorted(folder.iterdir())
    while killed < kills:
        time.sleep(chance.uniform(0.5, 2) * pause)
        at = killed % workers
        killed += running[at].poll() is None
        running[at].kill()
        running[at].wait()
        for file in files[killed::kills][::REMOVED]:
            file.unlink(missing_ok=True)
        running[at] = start(folder, environment)
    for each in running:
        each.wait()
    return killed


def whole(folder: Path, settings: Settings) -> list[str]:
    """What is wrong at the end, after one more run."""
    report = ingest([folder], settings)
    wrong = [str(failed) for failed in report.failed]
    wanted = {str(file.resolve()) for file in folder.iterdir()}
    with closing(open_store(settings)) as library:
        held = Counter(article.path for article in library.articles())
        wrong += [f"{path} is lost" for path in wanted - held.keys()] + [
            f"{path} is left" for path in held.keys() - wanted
        ]
        wrong += [f"{path} has {count} articles" for path, count in held.items() if count != HELD]
        for article in library.articles():
            made = library.entry(article.id)
            if not article.copy_of and (not made.passages or len(made.units) != len(made.vectors)):
                wrong.append(f"{article.id} has {len(made.passages)} passages, {len(made.units)} units")
        counted = {"passages": 0, "units": 0}
        for article in library.articles():
            made = library.entry(article.id)
            counted["passages"] += len(made.passages)
            counted["units"] += len(made.units)
        if library.counts() != {"articles": held.total(), **counted}:
            wrong.append(f"{library.counts()} counted, {held.total()} articles and {counted} there")
    return wrong


def main(given: Sequence[str] | None = None) -> int:
    """Run it all and print what came of it; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two kills, about")
    parser.add_argument("--store", default="", help="the address of an empty database")
    chosen = parser.parse_args(given)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="yinju-team-") as name, server(chosen.store, Path(name)) as address:
        folder = Path(name) / "letters"
        write(folder, chosen.files)
        settings = replace(load_settings(Path(name) / "home"), store=address, engine="quote")
        first = folder / "0.zip"
        ingest([first], settings)  # makes the library
        seen, stop = [Seen() for _ in range(chosen.readers)], Event()
        readers = [Thread(target=look, args=(settings, one, stop)) for one in seen]
        for reader in readers:
            reader.start()
        killed = work(folder, settings, chosen.workers, chosen.kills, chosen.pause)
        stop.set()
        for reader in readers:
            reader.join()
        wrong = [problem for one in seen for problem in one.wrong]
        lost = whole(folder, settings)
        left = len(list(folder.iterdir()))
    print(machine())
    print(
        f"{chosen.files} files, {left} left; {chosen.workers} workers, {killed} killed at work; {chosen.readers} readers"
    )
    print(f"{sum(one.looks for one in seen)} looks, {len(wrong)} of no committed state; {len(lost)} wrong at the end")
    print(f"{time.perf_counter() - started:.0f} s")
    print("\n".join([*wrong, *lost][:10]))
    return int(bool(wrong or lost))


if __name__ == "__main__":
    sys.exit(main())
