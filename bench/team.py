"""`python bench/team.py`: runs of `yinju index`, readers and a server, killed again and again, on one library on that server.

Every file holds three articles that say its number. Workers index the folder together, while some files are deleted and readers look at
what is committed: a file has all of its articles or none, what is counted is what is listed, and a passage that is found is the part of
its article that it says. Every few seconds a worker or the server is killed (kill -9) and started anew; what ends with the server is
started anew as well, as whoever runs it would. While the server is away nobody is answered, and that is told; an error at any other time
is one. At the end every file that is left must be there once, whole, and no other.
Without --store a server of OceanBase's own (pip install pylibseekdb) runs in a folder that is gone afterwards; only such a one is killed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

from index.engines.sessions import Address, Sessions
from index.store import LibraryError, Store
from rag.assistant import Assistant
from rag.opening import open_store
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from ui.evaluation import machine

HELD = 3
"""Articles of a file."""

TURNS = 20
"""Times that files are deleted where nothing is killed."""

GRACE = 2.0
"""Seconds in which all may learn that the server is back."""

TRIES = 240
"""Half seconds that a server is waited for."""

HOLD = """
import sys
import pylibseekdb
instance = pylibseekdb.open(sys.argv[1])
print(instance.connection_options()["unix_socket"], flush=True)
sys.stdin.read()
instance.close()
"""
"""A program that holds a server until its input ends."""


class Server:
    """A server in a folder, at one address however often it is killed and started anew."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._socket = folder / "server", folder / "server.sock"
        self.address = f"oceanbase://root@localhost/test?unix_socket={self._socket}"
        self.away: list[tuple[float, float]] = []
        """When it was away, in seconds of the monotonic clock."""
        self._holder = self._held()

    def _held(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(self._folder)]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None
        told = holder.stdout.readline().strip()
        if not told:
            raise OSError("the server did not start")
        self._socket.unlink(missing_ok=True)
        self._socket.symlink_to(told)
        return holder

    def pids(self) -> list[int]:
        """Its processes: those that were started with its folder."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (place / "cmdline").read_bytes().split(b"\0")
                if words[0].endswith(b"seekdb") and any(str(self._folder).encode() in word for word in words):
                    found.append(int(place.name))
        return found

    def kill(self) -> None:
        """Kill it where it stands, and start it anew; back when it answers."""
        began = time.monotonic()
        if not (pids := self.pids()):
            raise OSError("the server's process is not found")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self._holder.kill()
        self._holder.wait()
        for _ in range(TRIES):
            with suppress(OSError, LibraryError):
                self._holder = self._held()
                with closing(Sessions(Address.of(self.address))) as sessions:
                    sessions.query("SELECT generation FROM state")
                break
            time.sleep(0.5)
        self.away.append((began, time.monotonic() + GRACE))

    def was_away(self, moment: float) -> bool:
        """True if it was away at a moment."""
        return any(began <= moment <= ended for began, ended in self.away)

    def close(self) -> None:
        """End it."""
        assert self._holder.stdin is not None
        self._holder.stdin.close()
        self._holder.wait()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server, until the end."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()


@dataclass
class Seen:
    """What a reader saw."""

    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    unanswered: list[tuple[float, str]] = field(default_factory=list)
    """When the server was asked in vain, and what was told."""


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
        while not stop.is_set():
            try:
                _look(assistant, seen)
            except LibraryError as error:
                seen.unanswered.append((time.monotonic(), str(error)))
                time.sleep(0.2)
            except Exception as error:  # noqa: BLE001 - whatever a reader meets is counted
                seen.wrong.append(repr(error))


def _look(assistant: Assistant, seen: Seen) -> None:
    library = assistant.library
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


class Crew:
    """Workers at one folder, started anew until each has come to the end of it."""

    def __init__(self, folder: Path, settings: Settings, workers: int, log: Path) -> None:
        self._folder, self._log = folder, log
        self._environment = os.environ | {"YINJU_HOME": str(settings.home), "YINJU_STORE": settings.store}
        self._running: list[subprocess.Popen[bytes]] = [self._start() for _ in range(workers)]
        self.killed = self.again = 0
        """How many were killed at work, and how many had ended otherwise than well and were started again."""

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "from ui.cli import main; main()", "index", str(self._folder)]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=self._environment, stdout=subprocess.DEVNULL, stderr=log)

    def kill(self, at: int) -> None:
        """Kill one of them, and start another in its place."""
        at %= len(self._running)
        self.killed += self._running[at].poll() is None
        self._running[at].kill()
        self._running[at].wait()
        self._running[at] = self._start()

    def tend(self) -> bool:
        """Start again what has not come to the end; whether any is at work."""
        for at, each in enumerate(self._running):
            if each.poll():
                self.again += 1
                self._running[at] = self._start()
        return any(each.poll() is None for each in self._running)


def work(folder: Path, crew: Crew, server: Server | None, given: argparse.Namespace) -> None:
    """Delete files and kill in turn, then wait until every worker has come to the end."""
    kills = ["worker"] * given.kills + ["server"] * (given.server_kills if server else 0)
    chance = random.Random(5)
    chance.shuffle(kills)
    turns = kills or [""] * TURNS
    doomed = chance.sample(sorted(folder.iterdir()), given.removed)
    for number, what in enumerate(turns):
        until = time.monotonic() + chance.uniform(0.5, 2) * given.pause
        while time.monotonic() < until:
            time.sleep(0.2)
            crew.tend()
        for file in doomed[number :: len(turns)]:
            file.unlink()
        if what == "worker":
            crew.kill(number)
        elif what and server:
            server.kill()
    while crew.tend():
        time.sleep(0.2)


def whole(folder: Path, settings: Settings) -> list[str]:
    """What is wrong at the end, after one more run."""
    report = ingest([folder], settings)
    wrong = [str(failed) for failed in report.failed]
    wanted = {str(file.resolve()) for file in folder.iterdir()}
    with closing(open_store(settings)) as library:
        articles = library.articles()
        held = Counter(article.path for article in articles)
        wrong += [f"{path} is lost" for path in wanted - held.keys()]
        wrong += [f"{path} is left" for path in held.keys() - wanted]
        wrong += [f"{path} has {count} articles" for path, count in held.items() if count != HELD]
        places = Counter(article.place for article in articles)
        wrong += [f"{place} is there {count} times" for place, count in places.items() if count != 1]
        wrong += _unsearchable(library)
    return wrong


def _unsearchable(library: Store) -> list[str]:
    """The articles that have no passages or vectors, and what is counted otherwise than it is there."""
    wrong, counted = [], Counter[str]()
    for article in library.articles():
        made = library.entry(article.id)
        counted += Counter(articles=1, passages=len(made.passages), units=len(made.units))
        if not article.copy_of and (not made.passages or len(made.units) != len(made.vectors)):
            wrong.append(f"{article.id} has {len(made.passages)} passages, {len(made.units)} units")
    if library.counts() != dict(counted):
        wrong.append(f"{library.counts()} counted, and {dict(counted)} there")
    return wrong


def report(
    seen: Sequence[Seen], lost: Sequence[str], crew: Crew, server: Server | None, seconds: float
) -> tuple[str, bool]:
    """The figures, and whether all is well."""
    wrong = [problem for one in seen for problem in one.wrong]
    told = [(moment, message) for one in seen for moment, message in one.unanswered]
    errors = [message for moment, message in told if not (server and server.was_away(moment))]
    away = server.away if server else []
    longest = max((ended - began - GRACE for began, ended in away), default=0.0)
    lines = [
        machine(),
        f"workers         {crew.killed} killed at work, {crew.again} started again",
        f"server          {len(away)} killed, away for {longest:.1f} s at most",
        f"looks           {sum(one.looks for one in seen)}, {len(told) - len(errors)} in vain while the server was away",
        f"errors          {len(errors)}",
        f"of no committed state  {len(wrong)}",
        f"lost, twice or not whole at the end  {len(lost)}",
        f"{seconds:.0f} s",
    ]
    return "\n".join([*lines, *[*errors, *wrong, *lost][:10]]), not (errors or wrong or lost)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--removed", type=int, default=100, help="files that are deleted meanwhile")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=20, help="of workers")
    parser.add_argument("--server-kills", type=int, default=10)
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two kills, about")
    parser.add_argument("--store", default="", help="the address of an empty database; its server is not killed")
    return parser.parse_args(given)


def run(folder: Path, store: str, server: Server | None, given: argparse.Namespace) -> tuple[str, bool]:
    """Index, look, delete and kill; the report, and whether all is well."""
    started = time.perf_counter()
    letters = folder / "letters"
    write(letters, given.files)
    settings = replace(load_settings(folder / "home"), store=store, engine="quote")
    ingest([letters / "0.zip"], settings)  # makes the library
    seen, stop = [Seen() for _ in range(given.readers)], Event()
    readers = [Thread(target=look, args=(settings, one, stop)) for one in seen]
    for reader in readers:
        reader.start()
    log = folder / "workers.log"
    crew = Crew(letters, settings, given.workers, log)
    try:
        work(letters, crew, server, given)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    lost = whole(letters, settings)
    lost += [line for line in log.read_text(encoding="utf-8").splitlines() if "Traceback" in line]
    told, well = report(seen, lost, crew, server, time.perf_counter() - started)
    left = len(list(letters.iterdir()))
    return (
        f"{given.files} files of {HELD} articles, {left} left; {given.workers} workers, {given.readers} readers\n{told}",
        well,
    )


def main(given: Sequence[str] | None = None) -> int:
    """Run it all and print what came of it; 1 where anything is wrong."""
    chosen = arguments(given)
    with tempfile.TemporaryDirectory(prefix="yinju-team-") as name:
        folder = Path(name)
        if chosen.store:
            told, well = run(folder, chosen.store, None, chosen)
        else:
            with serving(folder) as server:
                told, well = run(folder, server.address, server, chosen)
    print(told)
    return int(not well)


if __name__ == "__main__":
    sys.exit(main())
