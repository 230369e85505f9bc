"""`python bench/kill.py --times 200`: kill -9 and power cuts at random moments while a library is changed; what is left of it.

Files are added, changed, moved, copied and deleted at random; a child indexes them, removes articles or searches, and is
killed. Then the library is scanned as a whole and compared with every version of every file that there was. A power cut is
played by stopping the child and copying its files as they are: main file, log, index of the log and caches.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from index import digest, readers
from index.folder import LibraryFolder
from index.integrity import scan
from index.library import Library, LibraryError
from index.search import Query, Search
from index.storing import says_the_same
from index.types import Article
from models import load_embedder
from rag import question
from rag.assistant import Assistant
from rag.settings import load_settings
from rag.upkeep import ingest

WORDS = {
    "en": ["The harbour", "The museum", "A school", "The clinic", "The ferry line", "A bakery", "The archive", "The orchard",
           "opened", "repaired", "counted", "sold", "moved", "painted", "planted", "recorded",
           "lamps", "boats", "books", "trees", "tickets", "windows", "maps", "loaves"],
    "zh": ["港口", "博物馆", "一所学校", "诊所", "轮渡公司", "面包房", "档案馆", "果园",
           "启用了", "修好了", "清点了", "卖出了", "搬走了", "粉刷了", "种下了", "登记了",
           "盏灯", "条船", "本书", "棵树", "张票", "扇窗", "张地图", "个面包"],
}  # fmt: skip
QUESTION = "How many lamps were counted in the harbour?"
SLOWEST = 60.0


@dataclass
class Outcome:
    """What became of so many cuts."""

    kills: int = 0
    cuts: int = 0
    in_the_middle: int = 0
    """So many of them came before the child was done."""
    commits: int = 0
    """Files and removals that the children had been told were committed."""
    corrupted: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """True if nothing was lost."""
        return not (self.corrupted or self.lost or self.orphans)

    def text(self) -> str:
        """One line, and one for each thing that went wrong."""
        told = (
            f"{self.kills} kills and {self.cuts} power cuts, {self.in_the_middle} of them in the middle of the work, "
            f"{self.commits} commits told: {len(self.corrupted)} corrupted libraries, {len(self.lost)} lost articles, "
            f"{len(self.orphans)} orphan passages"
        )
        return "\n".join([told, *self.corrupted, *self.lost, *self.orphans])


class Sources:
    """A folder of files that change, and every version that each has had."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self._chance = folder, chance
        self.versions: dict[str, bytes] = {}
        folder.mkdir(parents=True)
        for _ in range(24):
            self._write(self._new_name(), self._text())

    def _new_name(self) -> Path:
        return self.folder / f"{self._chance.randrange(10**9):09}.md"

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        data = path.read_bytes()
        self.versions[sha256(data).hexdigest()] = data

    def _text(self) -> str:
        return "\n\n".join(self._article() for _ in range(self._chance.randint(1, 5)))

    def _article(self) -> str:
        chance = self._chance
        language = chance.choice(("en", "zh"))
        words = WORDS[language]
        said = []
        for _ in range(chance.randint(3, 30)):
            who, what, of = (chance.choice(words[at : at + 8]) for at in (0, 8, 16))
            number = chance.randrange(2, 10**5)
            said.append(f"{who} {what} {number} {of}." if language == "en" else f"{who}{what}{number}{of}。")
        date = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        return f"# {said[0][:-1]}\n\n{date} | Daily\n\n" + "".join(said)

    def change(self) -> None:
        """One to eight changes; what is gone is never most of the folder."""
        for _ in range(self._chance.randint(1, 8)):
            files = sorted(self.folder.iterdir())
            path = self._chance.choice(files)
            parts = path.read_text(encoding="utf-8").split("\n\n# ")
            what = self._chance.choice(("add", "change", "change", "move", "copy", "delete"))
            if what == "change":
                parts[self._chance.randrange(len(parts))] = self._article().removeprefix("# ")
                self._write(path, "# " + "\n\n# ".join(parts).removeprefix("# "))
            elif what == "move":
                path.rename(self._new_name())
            elif what == "copy":
                self._write(self._new_name(), f"{self._article()}\n\n# " + parts[-1].removeprefix("# "))
            elif what == "delete" and len(files) > 20:
                path.unlink()
            else:
                self._write(self._new_name(), self._text())

    def articles(self, path: str, file_hash: str) -> list[Article]:
        """What this version of this file says."""
        kept = Path(tempfile.gettempdir()) / f"yinju-kill-{os.getpid()}.md"
        kept.write_bytes(self.versions[file_hash])
        return digest.split(readers.read(kept), path=path, file_hash=file_hash)


def child(home: Path, folder: Path, work: str, article_ids: Sequence[str], told: Connection) -> None:
    """Index, remove or search, and tell the parent of every commit once it is made."""
    settings = load_settings(home)
    replace: Any = Library.replace
    together: Any = Library.together
    waiting: list[tuple[str, str]] = []

    @contextmanager
    def tell_together(library: Library) -> Iterator[None]:
        waiting.append(("", ""))
        with together(library):
            yield
        for commit in waiting[1:]:
            told.send(commit)
        waiting.clear()

    def tell(library: Library, path: str, entries: Sequence[Any], **rest: Any) -> int:
        copies: int = replace(library, path, entries, **rest)
        now = [getattr(entry, "article", entry) for entry in entries] + list((rest.get("kept") or {}).values())
        send: Any = waiting.append if waiting else told.send
        if rest.get("moved_from"):
            send((rest["moved_from"], ""))
        send((path, now[0].hash if now else ""))
        return copies

    for name, probe in (("replace", tell), ("together", tell_together)):  # types need not know of them
        setattr(Library, name, probe)
    ingest.TOGETHER = 3  # a second's work is the whole folder: so that a cut comes between commits too
    load_embedder()
    told.send("ready")
    if work == "index":
        ingest.ingest([folder], settings)
    elif work == "remove":
        ingest.remove(article_ids, settings)
        told.send("removed")
    else:
        with Assistant(settings) as assistant:
            assistant.search(QUESTION)
    told.send("done")


class Trial:
    """A home, its sources, and what is known to be committed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.home, self.copy = folder / "home", folder / "copy"
        self.sources = Sources(folder / "articles", self.chance)
        self.outcome = Outcome()
        self._folder = load_settings(self.home).library_folder
        self._removed: dict[str, set[str]] = {}
        asked = question.read(QUESTION)
        self._query = Query(asked.terms, load_embedder().embed_queries([QUESTION])[0], asked.language)
        self._took = {"remove": 0.05, "search": 0.3}
        self._fork = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload(["bench.kill"])
        ingest.ingest([self.sources.folder], load_settings(self.home))
        self._took["index"] = self._uncut()

    def _uncut(self) -> float:
        """How long a child takes to index some changes (seconds), on this machine as busy as it is."""
        self.sources.change()
        process, parent = self._start("index", [])
        started = time.perf_counter()
        _read(parent)
        process.join()
        return time.perf_counter() - started

    def _start(self, work: str, ids: Sequence[str]) -> tuple[BaseProcess, Connection]:
        """A child that is ready to work, and the end of the pipe on which it tells what it has done."""
        parent, theirs = self._fork.Pipe(duplex=False)
        arguments = (self.home, self.sources.folder, work, ids, theirs)
        process = self._fork.Process(target=child, args=arguments, daemon=True)
        process.start()
        theirs.close()
        if not parent.poll(SLOWEST) or parent.recv() != "ready":
            raise RuntimeError("the child did not start")
        return process, parent

    def cut(self, *, told: bool = False) -> None:
        """Change the sources, set a child to work, cut it off, and look at what is left. The moment is drawn; with ``told`` it is that of
        the first commit that an indexing child tells."""
        work = "index" if told else self.chance.choice(("index", "index", "index", "remove", "search"))
        if work == "index":
            self.sources.change()
        before, ids = self._hashes(), self._some_articles()
        process, parent = self._start(work, ids)
        started = time.perf_counter()
        if told:
            parent.poll(SLOWEST)
        else:
            process.join(self.chance.uniform(0, 1.2) * self._took[work])
        power = self.chance.random() < 0.4
        if power and process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGSTOP)
            shutil.rmtree(self.copy, ignore_errors=True)
            shutil.copytree(self.home, self.copy)
        process.kill()
        process.join()
        commits = _read(parent)
        if "done" in commits:
            self._took[work] = 0.7 * self._took[work] + 0.3 * (time.perf_counter() - started)
        else:
            self.outcome.in_the_middle += 1
            self._took[work] *= 1.05  # so that late moments come up as well, however busy the machine is
        self.outcome.cuts += power
        self.outcome.kills += not power
        if power and self.copy.exists():
            self._judge(self.copy, before, commits, work, ids, told_late=True)
            shutil.rmtree(self.copy)
        self._judge(self.home, before, commits, work, ids)

    def _hashes(self) -> dict[str, str]:
        with closing(Library.open(self._folder)) as library:
            return library.hashes()

    def _some_articles(self) -> list[str]:
        with closing(Library.open(self._folder)) as library:
            listed = [article.id for article in library.articles()]
        return self.chance.sample(listed, min(3, len(listed)))

    def _judge(
        self,
        home: Path,
        before: dict[str, str],
        commits: list[Any],
        work: str,
        ids: Sequence[str],
        *,
        told_late: bool = False,
    ) -> None:
        """Hold what is left to what was committed. ``told_late``: a child that is stopped may have told more than was copied."""
        try:
            with closing(Library.open(load_settings(home).library_folder)) as library:
                self._scan(library)
                self._compare(library, before, [] if told_late else commits, work, ids)
        except LibraryError as error:
            self.outcome.corrupted.append(str(error))
            return
        self._search_alike(home)

    def _scan(self, library: Library) -> None:
        for problem in scan(library):
            kind = self.outcome.orphans if "belongs to no" in problem.told else self.outcome.corrupted
            kind.append(f"{library.path}: {problem.path} {problem.article}: {problem.told}")

    def _compare(
        self, library: Library, before: dict[str, str], commits: list[Any], work: str, ids: Sequence[str]
    ) -> None:
        """Every committed file is there as it was read, and nothing else is."""
        lost = self.outcome.lost
        now = library.hashes()
        told: dict[str, str] = dict(commit for commit in commits if isinstance(commit, tuple))
        self.outcome.commits += len(told) + ("removed" in commits)
        lost += [f"{path} is not as it was committed" for path, held_to in told.items() if now.get(path, "") != held_to]
        for path in before.keys() - now.keys():
            if work == "search" or (work == "index" and Path(path).exists()):
                lost.append(f"{path} is no longer there")
        for path in now:
            if now[path] != before.get(path) or path in told:
                self._removed.pop(path, None)
        have = {article.id for article in library.articles()}
        gone = [article_id for article_id in ids if article_id not in have] if work == "remove" else []
        if len(gone) not in (0, len(ids)) or ("removed" in commits and not gone):
            lost.append(f"{gone} of {ids} were removed")
        for path, file_hash in now.items():
            self._compare_file(library, path, file_hash, gone)

    def _compare_file(self, library: Library, path: str, file_hash: str, gone: Sequence[str]) -> None:
        wanted = {article.id: article for article in self.sources.articles(path, file_hash)}
        removed = self._removed.setdefault(path, set())
        removed |= wanted.keys() & set(gone)
        have = {article.id: article for article in library.of_file(path)}
        for article_id in wanted.keys() - removed:
            if article_id not in have or not says_the_same(wanted[article_id], have[article_id]):
                self.outcome.lost.append(f"{article_id} of {path} is not there as it was read")
        self.outcome.corrupted += [f"{path} has {article_id} of nowhere" for article_id in have.keys() - wanted.keys()]

    def _search_alike(self, home: Path) -> None:
        """What is found with the caches as they were left is what is found with new ones."""
        folder = load_settings(home).library_folder
        found = []
        for _ in range(2):
            with closing(Library.open(folder)) as library:
                hits = Search(library, LibraryFolder(folder).cache).search(self._query, 20)
                found.append([(hit.passage.id, round(hit.score, 4)) for hit in hits])
            LibraryFolder(folder).clear_cache()
        if Counter(score for _, score in found[0]) != Counter(score for _, score in found[1]):
            self.outcome.corrupted.append(f"{home}: other hits with the caches than without")


def _read(told: Connection) -> list[Any]:
    """What a child that is no more has said."""
    said: list[Any] = []
    while True:
        try:
            said.append(told.recv())
        except (EOFError, OSError):
            return said


def trial(times: int, seed: int, folder: Path) -> Outcome:
    """So many cuts of one library, the first right behind a commit: by chance few of them would follow one."""
    tried = Trial(folder, seed)
    for number in range(times):
        tried.cut(told=not number)
    return tried.outcome


def main() -> None:
    """What the command line runs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=200, help="how many cuts")
    parser.add_argument("--seed", type=int, default=1, help="other changes, other moments")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        outcome = trial(arguments.times, arguments.seed, Path(folder))
    print(outcome.text())
    print(f"{time.perf_counter() - started:.0f} s")
    sys.exit(not outcome.well)


if __name__ == "__main__":
    main()
