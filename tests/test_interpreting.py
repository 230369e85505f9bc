"""A quote in the reader's language: only what the quote says, else the quote."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from index.types import Article, Hit, Passage
from models import LanguageModel, Message, load_lexicon, load_llm
from models.llm import backends
from rag import question
from rag.evidence import Evidence
from rag.writing.interpreting import ask, say

TEXT = "全市供水管网漏损率为9.8%。"
ASKED = question.read("What was the leakage rate of the water supply network?")


def quote(text: str = TEXT, language: str = "zh") -> Evidence:
    article = Article("a", "年报", text, language=language)
    return Evidence(Hit(Passage("a-0", "a", 0, 0, len(text), text), article, 1.0), 0, len(text), 1.0, {})


@dataclass
class Written:
    """Stands in for a model that wrote just this: what becomes of its words is tested, not the model."""

    text: str
    context: int = 4096
    name: str = "one that wrote just this"
    asked: list[Sequence[Message]] = field(default_factory=list)

    def count(self, text: str) -> int:
        return len(text)

    def count_chat(self, messages: Sequence[Message]) -> int:
        return sum(len(message["content"]) for message in messages)

    def chat(
        self, messages: Sequence[Message], *, most: int, grammar: str = "", cancel: threading.Event | None = None
    ) -> Iterator[str]:
        self.asked.append(messages)
        yield self.text

    def log_odds(self, messages: Sequence[Message], yes: str, no: str) -> float:
        return 0.0

    def warm(self, messages: Sequence[Message] = ()) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("The leakage rate of the city's water supply network was 9.8%.", "="),
        ("The leakage rate of the city's water supply network was 8.9%.", TEXT),
        ("The leakage rate of the city's water supply network", TEXT),
        ("The poet walked along the river and sang of his youth.", TEXT),
        ("供水管网漏损率为9.8%。", TEXT),
        ("", TEXT),
    ],
)
def test_only_what_the_quote_says_takes_its_place(written: str, said: str) -> None:
    assert say(Written(written), ASKED, quote(), load_lexicon()) == (written if said == "=" else said)


def test_what_is_in_the_readers_language_or_too_long_is_not_asked_of_the_model() -> None:
    for model, asked in ((Written("x"), question.read("漏损率是多少？")), (Written("x", context=100), ASKED)):
        assert say(model, asked, quote(), load_lexicon()) == TEXT
        assert not model.asked


def test_the_model_reads_the_numbers_as_its_language_writes_them() -> None:
    model = Written("")
    say(model, ASKED, quote("总投资500亿元，2026年1月13日开工。"), load_lexicon())
    assert "50 billion yuan" in model.asked[0][0]["content"]
    assert "January 13, 2026" in model.asked[0][0]["content"]


@pytest.mark.skipif(not backends(), reason="neither xllamacpp nor llama-cpp-python is installed")
def test_random_weights_leave_the_quote(tiny: Path) -> None:
    model: LanguageModel = load_llm(str(tiny), threads=1)
    try:
        assert say(model, ASKED, quote(), load_lexicon()) == TEXT
    finally:
        model.close()


@pytest.mark.parametrize(
    ("written", "asked", "again"),
    [
        ("供水管网的漏损率是多少？", ASKED, "供水管网的漏损率是多少？"),
        ("What was the leakage rate?", ASKED, ""),
        ("供水管网的漏损率", ASKED, ""),
        ("2024年的漏损率是多少？", ASKED, ""),
        ("漏损率是多少？", question.read("What was the leakage rate in 2024?"), "2024年： 漏损率是多少？"),
        (
            "How many bridges were built in 2024?",
            question.read("2024年建了几座桥？"),
            "How many bridges were built in 2024?",
        ),
    ],
)
def test_a_question_in_the_other_language(written: str, asked: question.Question, again: str) -> None:
    found = ask(Written(written), asked)
    assert (found.text if found else "") == again
