"""What an update costs is measured on files that hold as many passages as is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.update import measure
from rag.settings import load_settings


def test_an_update_does_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.update.ARTICLES", 2)
    monkeypatch.setattr("bench.update.PASSAGES", 2)
    build, costs = measure(tmp_path / "articles", load_settings(tmp_path / "home"), 12)
    assert (build.report.added, build.report.articles, build.report.passages) == (3, 6, 12)
    told = [
        (cost.report.updated, cost.report.moved, len(cost.report.removed), cost.report.unchanged, cost.report.passages)
        for cost in costs
    ]
    assert told == [(1, 0, 0, 0, 2), (1, 0, 0, 2, 2), (0, 0, 0, 3, 0), (0, 1, 0, 2, 0), (0, 0, 1, 2, 0)]
