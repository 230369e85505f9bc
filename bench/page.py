"""`python bench/page.py`: many users ask one served page at the same moment; latency of each answer, errors, and fairness.

Every user is a gradio_client of its own and asks the next question as soon as the last is answered. A fair queue serves
them in the order of asking, so that none is ever many answers ahead of another.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.settings import Settings
from rag.upkeep.ingest import ingest
from ui.evaluation import machine
from ui.web import stay_home

ROOT = Path(__file__).parents[1]


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


def load(address: str, questions: Sequence[str], users: int, each: int) -> Load:
    """``users`` clients ask ``each`` questions, the first all at the same moment."""
    from gradio_client import Client

    stay_home()
    clients = [Client(address, verbose=False, analytics_enabled=False) for _ in range(users)]
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
    """0 when every question was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, default=ROOT / "samples", help="what the page answers from")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--each", type=int, default=10, help="questions of each user")
    given = parser.parse_args(arguments)
    lines = (ROOT / "samples" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        ingest([given.articles], Settings(Path(folder)))
        with serving(Path(folder)) as address:
            load(address, questions, 1, 2)  # the first answers wait for what is loaded once
            done = load(address, questions, given.users, given.each)
    print(report(done))
    return 1 if done.errors else 0


if __name__ == "__main__":
    sys.exit(main())
