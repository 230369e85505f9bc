"""The path of a question: which files' code runs between the question and its answer. Whoever reads it needs these and no others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from rag.assistant import Assistant
from rag.settings import Settings

ROOT = Path(__file__).parents[1]
MAP = ROOT / "docs" / "architecture.md"

RAG = {
    "rag/assistant.py", "rag/coverage.py", "rag/evidence.py", "rag/question.py", "rag/quoting.py", "rag/reading.py",
    "rag/refusal.py", "rag/reply.py", "rag/retrieval.py", "rag/translation.py", "rag/types.py",
    "rag/chronology/when.py", "rag/whole/latest.py", "rag/whole/requests.py",
}  # fmt: skip
"""Fourteen, which may only become fewer."""
INDEX = 22
"""Files of the search, the text's grammar among them."""


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant(Settings(sample_home, engine="quote")) as opened:
        opened.ask("岚峰中心的峰值算力是多少？")  # what is loaded once is no part of the path
        yield opened


def ran(assistant: Assistant, text: str) -> set[str]:
    """The files of the project with a function that ran while a question was answered and printed."""
    files: set[str] = set()

    def heard(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            files.add(frame.f_code.co_filename)

    sys.setprofile(heard)
    try:
        answer = assistant.ask(text).answer
        assert "427" in str(answer)
    finally:
        sys.setprofile(None)
    assert not answer.understood
    ours = [Path(file) for file in files if Path(file).is_relative_to(ROOT)]
    return {path.relative_to(ROOT).as_posix() for path in ours if path != Path(__file__)}


@pytest.mark.parametrize(
    "text", ["白鹭洲湿地记录到多少只黑脸琵鹭？", "How many black-faced spoonbills were recorded in the wetland?"]
)
def test_a_question_runs_through_few_files_and_the_map_names_those_of_rag(text: str, assistant: Assistant) -> None:
    files = ran(assistant, text)
    through = {file for file in files if file.startswith("rag/")}
    assert through <= RAG
    assert {"rag/assistant.py", "rag/reading.py", "rag/quoting.py"} <= through
    assert len({file for file in files if file.startswith("index/")}) <= INDEX
    drawn = MAP.read_text("utf-8").partition("## The path of a question")[2].partition("##")[0]
    assert not {file for file in through if file not in drawn}
