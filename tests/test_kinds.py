"""Three hundred questions of the samples, by kind: times, follow-ups, units, characters, tables, and what nothing answers.

A line of the table that ends with a cell "?" is a known miss: it must go wrong until it is mended, and then lose its mark.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.types import Answer

TODAY = date(2026, 3, 15)
TABLE = Path(__file__).parent / "data" / "questions.kinds.tsv"
LINES = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
MISS = "?"


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant(Settings(sample_home, engine="quote")) as opened:
        yield opened


@cache
def conversation(assistant: Assistant, texts: tuple[str, ...]) -> tuple[Answer, ...]:
    """The answers to questions asked one after the other; what several lines begin with is asked once."""
    before = conversation(assistant, texts[:-1]) if texts[1:] else ()
    return (*before, assistant.ask(texts[-1], history=before, today=TODAY).answer)


def flat(text: str) -> str:
    return re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", text))


def holds(wanted: str, answer: Answer) -> bool:
    """Whether an answer is as a cell says; | parts what may stand in it."""
    sign, text = wanted[0], wanted[1:]
    if sign == "!":
        return answer.refused
    if sign == "~":
        return answer.understood == text
    if sign == "-":
        return not answer.refused and flat(text) not in flat(answer.text)
    where = answer.text if sign == "=" else answer.sentences[0].text
    return not answer.refused and any(flat(one) in flat(where) for one in text.split("|"))


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        pytest.param(
            asked,
            [cell for cell in wanted if cell != MISS],
            marks=[pytest.mark.xfail(strict=True, reason="a known miss")] if MISS in wanted else [],
            id=f"{kind}-{number}",
        )
        for number, (kind, asked, *wanted) in enumerate(LINES, 1)
    ],
)
def test_a_question_of_its_kind(asked: str, wanted: list[str], assistant: Assistant) -> None:
    told = conversation(assistant, tuple(asked.split(" >> ")))[-1]
    wrong = [cell for cell in wanted if not holds(cell, told)]
    assert not wrong, f"{told.understood or told.question}: {told.text}"


def test_there_are_enough_of_each_kind_and_the_misses_are_counted() -> None:
    kinds = Counter(kind for kind, *_ in LINES)
    assert len(LINES) >= 300
    assert all(kinds[kind] >= 40 for kind in ("when", "follow", "units", "characters"))
    assert len({asked for _, asked, *_ in LINES}) == len(LINES)
    assert sum(MISS in wanted for _, _, *wanted in LINES) <= MISSES


MISSES = 12
"""Known ones. Nine came with weights of the answering that answer a third instead of a half of the 85 close questions on the samples, and
three others went. Two came with weights that refuse a fifth as many questions across languages: 6 instead of 28 of 300, one with a
threshold that refuses .06 instead of .08 of DuReader's. Four went and three came with a reader that has learned from titles that tell."""
