"""The newest statement answers, the one that it amends stands under it as earlier, and nothing else is called so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.settings import load_settings
from rag.types import Answer
from rag.upkeep.ingest import ingest
from tests.data import superseded

EARLIER = ("此前", "earlier, ")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Over all pairs and controls at once, each article a file."""
    folder = tmp_path_factory.mktemp("superseded")
    texts = [(old, new) for _, old, new in [*superseded.pairs(), *superseded.controls()]]
    for number, (old, new) in enumerate(texts):
        for date, text in (("2024-03-05", old), ("2026-02-11", new)):
            (folder / f"{number:03d}-{date[:4]}.md").write_text(f"---\ndate: {date}\n---\n{text}\n", encoding="utf-8")
    settings = load_settings(folder / "home", engine="quote")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        yield opened


def says_earlier(answer: Answer) -> bool:
    return any(line.startswith(EARLIER) for line in answer.text.splitlines())


def test_the_newest_answers_first_and_the_earlier_stands_as_earlier(assistant: Assistant) -> None:
    first = earlier = total = 0
    for question, old, new in superseded.pairs():
        answer = assistant.ask(question).answer
        quotes = [citation.quote for citation in answer.citations]
        first += bool(quotes) and quotes[0] == new
        lines = [line for line in answer.text.splitlines() if line.startswith(EARLIER)]
        earlier += any(old in line for line in lines)
        total += 1
    assert total == 60
    assert first >= 59
    assert earlier >= 55


def test_nothing_is_called_earlier_that_nothing_amends(assistant: Assistant) -> None:
    wrong = [question for question, *_ in superseded.controls() if says_earlier(assistant.ask(question).answer)]
    assert len(superseded.controls()) == 30
    assert wrong == []
