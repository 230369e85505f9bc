"""`python bench/page.py`: many users ask served pages at the same moment; latency of each answer, errors, and fairness.

Every user is a gradio_client of its own and asks the next question as soon as the last is answered. A fair queue serves
them in the order of asking, so that none is ever many answers ahead of another. With `--pages 2` half of them ask another process over
the same library, and with `--engine` that library lies on a server of OceanBase's own. Meanwhile health and metrics of each page are read
every second, by Prometheus' own client: what it counts must only grow, and be at the end what was asked.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rag.settings import Settings
from rag.upkeep.ingest import ingest
from ui.evaluation import machine
from ui.web import stay_home

ROOT = Path(__file__).parents[1]

PATIENCE = 300.0
"""Seconds that a client waits: as a browser does, which gives up nothing after the five that are usual for programs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one user: when it was asked and answered (seconds), and what went wrong, "" when nothing did."""

    user: int
    asked: float
    answered: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What became of all questions."""

    users: int
    asked: tuple[Asked, ...]

    @property
    def errors(self) -> list[str]:
        """What went wrong, a message each."""
        return [one.error for one in self.asked if one.error]

    def seconds(self, percent: float) -> float:
        """The percentile of how long an answer took."""
        return float(np.percentile([one.answered - one.asked for one in self.asked], percent))

    @property
    def rate(self) -> float:
        """Answers a second."""
        began, ended = min(one.asked for one in self.asked), max(one.answered for one in self.asked)
        return len(self.asked) / (ended - began)

    @property
    def ahead(self) -> int:
        """By how many answers the user served most was ever ahead of the one served least; 1 is a strict order."""
        counts, most = [0] * self.users, 0
        for one in sorted(self.asked, key=lambda one: one.answered):
            counts[one.user] += 1
            most = max(most, max(counts) - min(counts))
        return most


@contextmanager
def serving(home: Path, *flags: str, told: str = "", before: str = "") -> Iterator[str]:
    """The page over a home, as `yinju ui` serves it on a free port, ``told`` on its standard input; its address. ``before`` is a
    statement of Python that its process runs first."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-c",
        f"{before}\nfrom ui.cli import main; main()",
        "ui",
        "--home",
        str(home),
        "--port",
        str(port),
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen([*command, *flags], cwd=ROOT, stdin=pipe, stderr=pipe, encoding="utf-8") as server:
        try:
            assert server.stdin
            assert server.stderr
            server.stdin.write(told)
            server.stdin.close()
            address = next((m[0] for m in map(re.compile(r"http://\S+").search, server.stderr) if m), "")
            if not address:
                raise OSError("the page did not start")
            threading.Thread(target=server.stderr.read, daemon=True).start()  # else a full pipe would stop the page
            yield address
        finally:
            server.terminate()


@dataclass
class Watched:
    """What a monitor read of a page while it was asked."""

    reads: int = 0
    wrong: list[str] = field(default_factory=list)
    asked: float = 0.0
    """Questions that the page has counted."""

    def read(self, address: str) -> None:
        """Read health and metrics of a page once."""
        import httpx
        from prometheus_client.parser import text_string_to_metric_families

        for path in ("healthz", "readyz"):
            told = httpx.get(address + path, trust_env=False, timeout=PATIENCE)
            self.wrong += [f"{path} {told.status_code}"] * (told.text != "ok\n")
        counted: dict[str, float] = defaultdict(float)
        for family in text_string_to_metric_families(
            httpx.get(address + "metrics", trust_env=False, timeout=PATIENCE).text
        ):
            for sample in family.samples:
                if sample.name == "yinju_deeds_total" and sample.labels["deed"] == "ask":
                    counted["asked"] += sample.value
                elif sample.name == "yinju_seconds_count" and sample.labels["deed"] == "ask":
                    counted["failed" if sample.labels["failed"] == "true" else "answered"] += sample.value
        if counted["asked"] < max(self.asked, counted["answered"]) or counted["failed"]:
            self.wrong.append(f"after {self.asked:.0f} questions the page counts {dict(counted)}")
        self.asked = counted["asked"]
        self.reads += 1


@contextmanager
def watching(addresses: Sequence[str], seconds: float = 1.0) -> Iterator[list[Watched]]:
    """Read what each page tells of itself, again and again, and once more at the end."""
    seen, stop = [Watched() for _ in addresses], threading.Event()

    def watch(address: str, own: Watched) -> None:
        while not stop.wait(seconds):
            try:
                own.read(address)
            except Exception as problem:  # noqa: BLE001 - whatever a monitor meets is counted
                own.wrong.append(repr(problem))

    threads = [threading.Thread(target=watch, args=both) for both in zip(addresses, seen, strict=True)]
    for address, own in zip(addresses, seen, strict=True):
        own.read(address)
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for address, own in zip(addresses, seen, strict=True):
            own.read(address)


def load(addresses: Sequence[str], questions: Sequence[str], users: int, each: int) -> Load:
    """``users`` clients ask ``each`` questions, the first all at the same moment, each of one of the pages."""
    from gradio_client import Client

    stay_home()
    pages = [addresses[user % len(addresses)] for user in range(users)]
    clients = [
        Client(page, verbose=False, analytics_enabled=False, httpx_kwargs={"timeout": PATIENCE}) for page in pages
    ]
    together, found = threading.Barrier(users), list[Asked]()

    def use(user: int) -> None:
        together.wait()
        for number in range(each):
            began, error = time.perf_counter(), ""
            try:
                answer = clients[user].predict(questions[(user + number) % len(questions)], api_name="/ask")
                error = "" if answer["answer"] else f"no answer: {answer}"
            except Exception as problem:  # noqa: BLE001 - whatever a user meets is counted
                error = repr(problem)
            found.append(Asked(user, began, time.perf_counter(), error))

    threads = [threading.Thread(target=use, args=(user,)) for user in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    return Load(users, tuple(found))


def report(done: Load) -> str:
    """The figures, a line each."""
    lines = [
        f"{done.users} users, {len(done.asked)} questions, on {machine()}",
        f"errors          {len(done.errors)}",
        f"p50 / p95 / max {done.seconds(50):.2f} / {done.seconds(95):.2f} / {done.seconds(100):.2f} s",
        f"answers         {done.rate:.1f} a second",
        f"most ahead      {done.ahead} answers",
    ]
    return "\n".join([*lines, *sorted(set(done.errors))[:5]])


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every question was answered and the pages told the truth of themselves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, default=ROOT / "samples", help="what the page answers from")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--each", type=int, default=10, help="questions of each user")
    parser.add_argument("--pages", type=int, default=1, help="processes that serve the page")
    parser.add_argument(
        "--engine", action="store_true", help="on a server of OceanBase's own (pip install pylibseekdb)"
    )
    given = parser.parse_args(arguments)
    lines = (ROOT / "samples" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        settings = Settings(Path(folder) / "home")
        if given.engine:
            from bench.engine import server

            settings = replace(settings, store=stack.enter_context(server("", Path(folder))))
            os.environ["YINJU_STORE"] = settings.store
        ingest([given.articles], settings)
        addresses = [stack.enter_context(serving(settings.home)) for _ in range(given.pages)]
        for address in addresses:
            load([address], questions, 1, 2)  # the first answers wait for what is loaded once
        with watching(addresses) as seen:
            before = [own.asked for own in seen]
            done = load(addresses, questions, given.users, given.each)
        counted = sum(own.asked for own in seen) - sum(before)
    print(report(done))
    wrong = [told for own in seen for told in own.wrong]
    print(
        f"read by Prometheus' client  {sum(own.reads for own in seen)} times, {len(wrong)} wrong, {counted:.0f} questions counted"
    )
    print("\n".join(wrong[:5]))
    return int(bool(done.errors or wrong or counted != len(done.asked)))


if __name__ == "__main__":
    sys.exit(main())
