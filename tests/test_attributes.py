"""What is asked for, an office or an attribute, and which passages name it."""

from __future__ import annotations

import pytest

from rag import attributes


@pytest.mark.parametrize(
    ("question", "named", "another"),
    [
        ("Who is the chief executive of Calder Rail?", "首席执行官周远山", "高级副总裁周远山"),
        ("Who is Calder Rail's CEO?", "chief executive Ann Hale", "deputy chief executive Ann Hale"),
        ("Who's the mayor of Calder?", "市长何沛然", "副市长何沛然"),
        ("Who was the last prime minister of the republic?", "the premier", "the minister"),
        ("Who is the chairman of the fund?", "基金会董事长", "基金会秘书长"),
        ("青屿港务集团的董事长是谁？", "chaired by nobody; chairwoman He Peiran", "vice chairman He Peiran"),
        ("谁是青屿水务的首席执行官？", "CEO周远山", "财务总监周远山"),
        ("青屿市现任市长是谁", "市长：何沛然", "原副市长"),
    ],
)
def test_an_office_is_known_by_all_its_names_and_is_not_its_deputys(question: str, named: str, another: str) -> None:
    (office,) = attributes.asked_for(question)
    assert office.search(named)
    assert not office.search(another)


@pytest.mark.parametrize(
    "question",
    [
        "Who founded the museum?",
        "Who wrote the report for the mayor?",
        "市长是谁的老师？",
        "谁写了这份报告？",
        "市长说了什么？",
        "",
    ],
)
def test_other_questions_ask_for_none(question: str) -> None:
    assert attributes.asked_for(question) == ()


@pytest.mark.parametrize(
    ("question", "named", "another"),
    [
        ("What is the population of Calder?", "城区常住居民12万", "全市公交客运量12万"),
        ("青屿港务集团有多少名员工？", "The group employs 500.", "The group has 500 cranes."),
        ("穆迪的总部在哪里？", "Moody's is headquartered in New York", "Moody's forecasts growth"),
        ("How many GPUs were used?", "用了64块芯片", "用了64天"),
        ("He Peiran was born in which year?", "何沛然，1961年出生", "何沛然，1961年入学"),
        ("How many voted for it?", "the elections were won", "it was selected"),
        ("多少患者参加了试验？", "收治病例30个", "30人到会"),
        ("谁持有它的专利？", "a patent of the university", "a plan of the university"),
    ],
)
def test_an_attribute_is_known_by_all_its_names(question: str, named: str, another: str) -> None:
    (called,) = attributes.asked_for(question)
    assert called.search(named)
    assert not called.search(another)
