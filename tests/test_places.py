"""Places are known in both languages, by their short names and by what an article calls its own place."""

from __future__ import annotations

import pytest

from rag import places


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many firms are there in Guizhou?", "贵州有1355家。"),
        ("How many firms are there in Guizhou?", "黔企1355家"),
        ("贵州有多少家企业？", "我省有1355家。"),
        ("贵州有多少家企业？", "Guizhou has 1,355."),
        ("Who built it in Xi'an?", "西安"),
        ("中美有什么分歧？美国怎么说？", "美方表示"),
        ("What does the US want?", "the United States wants"),
        ("How many firms are there in Hong Kong?", "粤港澳大湾区共有70家"),
        ("法国皇帝颁布了什么？", "a decree of the French emperor"),
    ],
)
def test_a_place_is_known_by_its_other_names(question: str, said: str) -> None:
    (called,) = places.named(question)
    assert called.search(said)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many robots did Japan sell?", "1月13日，售出30台。"),
        ("What does Israel plan?", "以创新为目标"),
        ("How many buildings are there in Guiyang?", "建筑30座"),
    ],
)
def test_a_character_of_other_words_names_no_place(question: str, said: str) -> None:
    (called,) = places.named(question)
    assert not called.search(said)


def test_another_place_is_not_it() -> None:
    (called,) = places.named("How many universities are there in Jiangsu?")
    assert not called.search("陕西有31所高校。")
    assert [bool(one.search("江苏的企业")) for one in places.named("江苏和陕西哪个多？")] == [True, False]


@pytest.mark.parametrize(
    "question",
    ["Tell us what the busy bus does.", "What did Indiana pay?", "Which French emperor?", "漏损率是多少？", ""],
)
def test_no_place_is_seen_where_none_is_named(question: str) -> None:
    assert places.named(question) == ()
