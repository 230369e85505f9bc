"""Many users at once: the figures are counted right, and the page answers all of them in the order of asking."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import page
from bench.page import Asked, Load

ROOT = Path(__file__).parents[1]


def test_the_figures_are_counted_right() -> None:
    done = Load(2, (Asked(0, 0.0, 1.0), Asked(0, 1.0, 2.0), Asked(0, 2.0, 3.0), Asked(1, 0.0, 4.0, "lost")))
    assert done.errors == ["lost"]
    assert (done.seconds(50), done.seconds(100), done.rate) == (1.0, 4.0, 1.0)
    assert done.ahead == 3
    assert Load(2, tuple(Asked(at % 2, 0.0, float(at)) for at in range(1, 9))).ahead == 1
    said = page.report(done).splitlines()
    assert said[1:] == [
        "errors          1",
        "p50 / p95 / max 1.00 / 3.55 / 4.00 s",
        "answers         1.0 a second",
        "most ahead      3 answers",
        "lost",
    ]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of gradio_client's own
def test_a_dozen_users_of_two_processes_are_answered_in_their_order_and_counted(
    sample_page: str, page_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("prometheus_client", reason="the extra metrics is not installed")
    for name in ("NO_PROXY", "no_proxy", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "")
    lines = (ROOT / "samples" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    with page.serving(page_home) as second, page.watching([sample_page, second], 0.2) as seen:
        before = sum(own.asked for own in seen)
        page.load([second], questions, users=1, each=1)  # what is loaded once
        done = page.load([sample_page, second], questions, users=12, each=2)
    assert [told for own in seen for told in own.wrong] == []
    assert sum(own.asked for own in seen) - before == 25
    assert min(own.reads for own in seen) > 2
    with capsys.disabled():
        print("\n" + page.report(done))  # noqa: T201 - its figures are what the test is run for
    assert (done.errors, len(done.asked)) == ([], 24)
    for at in range(2):  # each process answers its own in their order
        own = tuple(replace(one, user=one.user // 2) for one in done.asked if one.user % 2 == at)
        assert Load(6, own).ahead <= 2
