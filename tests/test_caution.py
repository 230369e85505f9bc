"""How careful Yinju is to be: what the choice adds, and that it refuses more or less."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.assistant import Assistant
from rag.evaluation.question_sets import read
from rag.settings import CAREFUL, Settings, load_settings
from ui.cli import app

UNSEEN = Path(__file__).parents[1] / "samples" / "questions.unseen.jsonl"


def test_usual_changes_nothing_and_a_cost_is_its_own_odds() -> None:
    adds = {careful: Settings(Path("home"), careful=careful).caution for careful in CAREFUL}
    assert adds == {"bold": pytest.approx(-adds["sure"]), "usual": 0, "sure": pytest.approx(log(4))}


def test_whoever_is_more_careful_refuses_what_the_other_refuses_and_more(sample_home: Path) -> None:
    refused: dict[str, set[str]] = {}
    with Assistant(load_settings(sample_home, engine="quote")) as assistant:
        for careful in CAREFUL:
            other = assistant.answering(replace(assistant.settings, careful=careful))
            refused[careful] = {each.id for each in read(UNSEEN).asked[::24] if other.ask(each.text).answer.refused}
    assert refused["bold"] <= refused["usual"] <= refused["sure"]
    assert refused["bold"] < refused["sure"]


def test_the_command_line_takes_it(sample_home: Path) -> None:
    for careful, code in (("sure", 0), ("reckless", 2)):
        done = CliRunner().invoke(app, ["ask", "青屿哪个县最缺水？", "--home", str(sample_home), "--careful", careful])
        assert done.exit_code == code
