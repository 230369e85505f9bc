"""Whose office is asked for, and which passages name it."""

from __future__ import annotations

import pytest

from rag import offices


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
    office = offices.asked_for(question)
    assert office is not None
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
def test_other_questions_ask_for_no_office(question: str) -> None:
    assert offices.asked_for(question) is None
