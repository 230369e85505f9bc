"""What is estimated is what an embedder took for the sample, for as much as there is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from models import Parted, load_embedder
from models.embedder import StaticEmbedder
from rag.settings import load_settings
from rag.upkeep import estimate
from rag.upkeep.ingest import ingest
from ui.cli import app

SLOW = 0.02
"""Seconds a passage."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = tmp_path / "articles"
    articles.mkdir()
    for number in range(60):
        (articles / f"{number:02}.txt").write_text(f"港口 {number}\n2026-01-01\n第{number}号港口今天开放。", "utf-8")
    return articles


class Slow(StaticEmbedder):
    """The bundled embedder, made as slow as a big one."""

    def embed_parts(self, texts: Sequence[Parted]) -> list[NDArray[np.float32]]:
        time.sleep(SLOW * len(texts))
        return super().embed_parts(texts)


def slow() -> Slow:
    from models import bundled_folder

    return Slow(bundled_folder(), name="slow")


def test_the_rate_is_the_embedders_and_the_passages_are_those_of_all_files(folder: Path) -> None:
    found = estimate.of_files(sorted(folder.iterdir()), slow())
    assert found is not None
    assert (found.files, found.passages) == (60, 60)
    assert 0.1 / SLOW < found.rate <= 1 / SLOW  # a busy machine is slower, none is faster
    assert found.told("slow").startswith("your 60 files, about 60 passages: under a minute with slow (")


def test_of_what_cannot_be_read_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    assert estimate.of_files([tmp_path / "a.txt"], load_embedder()) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "under a minute"), (90, "about 2 min"), (3000, "about 50 min"), (10_800, "about 3 h"), (2e5, "about 2 days")],
)
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert estimate.duration(seconds) == said


def test_a_long_run_is_told_before_it_begins(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.upkeep.ingest.LONG", 0.1)
    monkeypatch.setattr("rag.upkeep.ingest.load_embedder", lambda name: slow())
    settings = load_settings(tmp_path / "home", embedder="slow")
    told: list[str] = []
    ingest([folder], settings, notice=told.append)
    (line,) = told
    assert "your 60 files" in line
    assert "the next run goes on from there" in line
    ingest([folder], settings, notice=told.append)
    assert len(told) == 1  # of what the library knows nothing takes long


def test_the_command_says_it(folder: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "models", "time", "bundled", str(folder)])
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("your 60 files, about 60 passages: under a minute with bundled (")
