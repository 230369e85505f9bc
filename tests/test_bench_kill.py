"""Six cuts of a library at random moments: nothing that was committed is lost, and nothing is left of what was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.kill import Sources, trial


@pytest.mark.slow
def test_a_library_outlives_kills_and_power_cuts(tmp_path: Path) -> None:
    outcome = trial(6, 7, tmp_path)
    assert outcome.well, outcome.text()
    assert outcome.kills + outcome.cuts == 6
    assert outcome.commits > 0


def test_every_version_of_a_file_is_known(tmp_path: Path) -> None:
    import random

    sources = Sources(tmp_path / "articles", random.Random(1))
    for _ in range(20):
        sources.change()
    assert len(sources.versions) > 60
    articles = [len(sources.articles("/one.md", file_hash)) for file_hash in sources.versions]
    assert max(articles) == 5
