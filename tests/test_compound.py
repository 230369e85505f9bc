"""Questions that ask for several things at once: each is answered, or said not to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.dialogue import compound
from rag.settings import Settings
from rag.types import Answer

PARTS = {
    "云栖北站什么时候通车，投资多少？": ("云栖北站什么时候通车？", "投资多少？"),
    "关于云栖北站，什么时候通车，投资多少": ("关于云栖北站，什么时候通车？", "投资多少？"),
    "云栖北站的通车时间和面积是多少": ("云栖北站的通车时间是多少？", "云栖北站的面积是多少？"),
    "2025年甲公司和乙公司的营业收入分别是多少？": (
        "2025年甲公司的营业收入是多少？",
        "2025年乙公司的营业收入是多少？",
    ),
    "夜間門診什麼時候開始？院長是誰？": ("夜間門診什麼時候開始？", "院長是誰？"),
    "夜间门诊在哪里，几点开？": ("夜间门诊在哪里？", "几点开？"),
    "When and where was it built?": ("When was it built?", "Where was it built?"),
    "What did the barrier cost and who built it?": ("What did the barrier cost?", "Who built it?"),
    "Who built it, when was it opened, and why?": ("Who built it?", "When was it opened?", "Why?"),
    "Is the ferry running and is it cheap?": ("Is the ferry running?", "Is it cheap?"),
    "Was the lock opened in 1990, and has the Stone Mill closed?": (
        "Was the lock opened in 1990?",
        "Has the Stone Mill closed?",
    ),
    "When does it open and will the office take cards?": ("When does it open?", "Will the office take cards?"),
    "How many people live there and how much do they pay?": ("How many people live there?", "How much do they pay?"),
}

ONE = [
    "在什么情况下，谁可以申请？",
    "哪个更大，甲还是乙？",
    "近几年，什么变化最大？",
    "2024年和2025年的营收分别是多少",
    "数据要素和人工智能的关系是什么？",
    "这个城市的生产和消费是什么关系？",
    "谁以及为什么反对这个项目？",
    "What is the difference between what one says and what the other does?",
    "Do you know what it is and how it works?",
    "What is the bridge, which was opened in 2020, made of?",
    "Who is the man who built the one and who sold the other?",
    "What did she say about the bridge and how it was built?",
    "What was built here and is the longest bridge?",
    "Which bridge has a toll and has the best view?",
    "Is Alder a firm that makes pots and is the owner of the kiln?",
    "What can you see and do there?",
    "What are the departure and arrival times of the night train?",
]


@pytest.mark.parametrize("text", PARTS)
def test_what_asks_for_several_things_is_parted(text: str) -> None:
    several = compound.read(text)
    assert several
    assert several.parts == PARTS[text]
    assert compound.JOINS.search(text)
    assert not any(compound.read(part) for part in several.parts)


@pytest.mark.parametrize("text", ONE)
def test_what_asks_for_one_thing_is_left_whole(text: str) -> None:
    assert compound.read(text) is None


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant(Settings(sample_home, engine="quote")) as opened:
        yield opened


def ask(assistant: Assistant, text: str) -> Answer:
    answer = assistant.ask(text).answer
    numbers = [number for sentence in answer.sentences for number in sentence.citations]
    assert sorted(set(numbers)) == [one.number for one in answer.citations]
    quotes = {one.number: one.quote for one in answer.citations}
    assert all(sentence.text in quotes[number] for sentence in answer.sentences for number in sentence.citations)
    return answer


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("夜间门诊有多少医生，平均候诊多久？", ("26名医生", "16分钟")),
        ("夜间门诊的开放时间和挂号费是多少？", ("18时至21时", "12元")),
        ("白鹭洲记录到多少只黑脸琵鹭，谁组织的调查？", ("427只", "观鸟协会")),
        ("When does the night train start and how much does a berth cost?", ("April 12, 2026", "39 pounds")),
        ("How high was the surge and how long did closing the gates take?", ("3.8 metres", "41 minutes")),
    ],
)
def test_each_thing_is_answered(assistant: Assistant, text: str, told: tuple[str, ...]) -> None:
    answer = ask(assistant, text)
    assert all(one in answer.text for one in told)
    assert "没有回答" not in answer.text
    assert "do not answer" not in answer.text
    assert answer.understood


def test_what_the_articles_do_not_say_is_told_and_not_taken_from_elsewhere(assistant: Assistant) -> None:
    answer = ask(assistant, "云栖北站什么时候通车，投资多少？")
    assert "6月18日" in answer.text
    assert answer.text.startswith("（这些文章没有回答：投资多少）\n")
    assert "亿元" not in answer.text  # of the wind farm in the next article
    english = ask(assistant, "Who is harbour master and how old is she?")
    assert english.text.startswith("(These articles do not answer: How old is she)\n")
    assert "Ingrid Solano" in english.text


def test_one_sentence_that_tells_both_is_quoted_once(assistant: Assistant) -> None:
    answer = ask(assistant, "Who runs the night train, and what did the rebuilding cost?")
    assert [one.text for one in answer.sentences] == [
        "The operator, Halden Rail, has bought 18 used sleeping cars and rebuilt them for 9.5 million pounds."
    ]


def test_none_of_it_answered_is_a_refusal(assistant: Assistant) -> None:
    answer = ask(assistant, "谁发明了电灯，电灯哪年发明的？")
    assert answer.refused
    assert not answer.citations


def test_the_next_question_goes_on_with_the_last_of_them(assistant: Assistant) -> None:
    first = ask(assistant, "云栖北站什么时候通车，投资多少？")
    assert first.understood == "云栖北站什么时候通车？ 云栖北站投资多少？"
    then = assistant.ask("那面积呢？", history=[first]).answer
    assert then.understood.startswith("云栖北站")
    assert "2.4万平方米" in then.text
    other = assistant.ask("它有几台几线，面积多大？", history=[first]).answer
    assert "3台7线" in other.text


def test_a_writer_answers_part_by_part(sample_home: Path, tiny: Path) -> None:
    with Assistant(Settings(sample_home, engine="auto", model=str(tiny), translate=False)) as writing:
        reply = writing.ask("夜间门诊有多少医生，平均候诊多久？")
        assert "\n" in "".join(reply)
        told = reply.answer
        assert [one.number for one in told.citations] == [1, 2]
        assert "26名医生" in told.text
        assert "16分钟" in told.text
        stopped = writing.ask("夜间门诊有多少医生，平均候诊多久？")
        next(iter(stopped))
        stopped.cancel()
        assert "16分钟" in stopped.answer.text  # what is not written is quoted
