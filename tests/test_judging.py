"""A model's yes counts by what it says of questions whose answer is known; one that cannot tell is not asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from models import Message
from rag import question
from rag.writing import judging, prompt

ASKED = question.read("2024年的漏损率是多少？")


class Judge:
    """Stands in for a model whose log-odds are these: of the example's answerable question, of the other, of any other."""

    name = "judge"
    context = 4096

    def __init__(self, yes: float, no: float, other: float) -> None:
        self.said = {len(turns): value for turns, value in zip(prompt.examples("zh"), (yes, no), strict=True)}
        self.other = other
        self.asked = 0

    def log_odds(self, messages: Sequence[Message], yes: str, no: str) -> float:
        self.asked += 1
        return self.said.get(len(messages), self.other)

    def count(self, text: str) -> int:
        return len(text)

    def count_chat(self, messages: Sequence[Message]) -> int:
        return 0

    def chat(
        self, messages: Sequence[Message], *, most: int, grammar: str = "", cancel: threading.Event | None = None
    ) -> Iterator[str]:
        return iter(())

    def warm(self, messages: Sequence[Message] = ()) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("yes", "no", "other", "answers"),
    [
        (3.0, -2.0, 1.0, True),
        (3.0, -2.0, 0.0, False),
        (8.0, 3.0, 5.0, False),
        (8.0, 3.0, 6.0, True),
        (-1.0, -6.0, -3.0, True),
        (0.7, 1.2, -9.0, True),
        (0.4, -0.3, -9.0, True),
    ],
)
def test_a_yes_is_one_above_the_middle_of_a_known_yes_and_a_known_no(
    yes: float, no: float, other: float, answers: bool
) -> None:
    asked = prompt.judging("zh", ["[1]甲。"], ASKED.text)
    assert judging.answers(Judge(yes, no, other), ASKED, (), asked) is answers


def test_the_example_is_asked_about_once_a_model() -> None:
    judge = Judge(3.0, -2.0, 1.0)
    for _ in range(3):
        assert judging.prior(judge, "zh") == (0.5, 5.0)
    assert judge.asked == 2


def test_the_examples_end_before_their_verdicts() -> None:
    for language in ("zh", "en"):
        for turns in prompt.examples(language):
            assert turns[-1]["role"] == "user"
            assert prompt.opening(language)[len(turns)]["content"] in (prompt.YES[language], prompt.NO[language])
