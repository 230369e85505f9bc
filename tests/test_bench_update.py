"""What an update costs is measured on files that hold as many passages as is said."""

from __future__ import annotations

from pathlib import Path

from bench.update import measure
from rag.settings import load_settings


def test_an_update_does_only_what_changed(tmp_path: Path) -> None:
    build, costs = measure(tmp_path / "articles", load_settings(tmp_path / "home"), 300)
    assert (build.report.added, build.report.articles, build.report.passages) == (3, 30, 300)
    told = [
        (cost.report.updated, cost.report.moved, len(cost.report.removed), cost.report.unchanged, cost.report.passages)
        for cost in costs
    ]
    assert told == [(1, 0, 0, 0, 10), (1, 0, 0, 2, 10), (0, 0, 0, 3, 0), (0, 1, 0, 2, 0), (0, 0, 1, 2, 0)]
    assert all(0 < cost.seconds < build.seconds for cost in costs[1:])
