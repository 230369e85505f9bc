"""A slip of the pen in a question is put right by what was found, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.types import Article, Hit, Passage
from rag import question, spelling
from rag.assistant import Assistant
from rag.settings import Settings
from rag.upkeep.ingest import ingest


def hit(text: str, language: str) -> Hit:
    article = Article("a", "", text, path="a.txt", language=language, hash="a")
    return Hit(Passage("a-0", "a", 0, 0, len(text), text), article, 1.0, {})


@pytest.mark.parametrize(
    ("asked", "said", "meant"),
    [
        ("凤皇古城在哪", "凤凰古城位于沱江边上。", "凤凰古城在哪"),
        ("一豪米等于几丝？", "1毫米等于100丝。", "一毫米等于几丝？"),
        ("美国心里学家有哪些著作？", "他是美国心理学家，著作有三部。", "美国心理学家有哪些著作？"),
        ("鳳皇古城在哪", "凤凰古城位于沱江边上。", "凤凰古城在哪"),
    ],
)
def test_a_character_of_the_same_sound_is_the_one_that_was_meant(asked: str, said: str, meant: str) -> None:
    assert spelling.corrected(question.read(asked), [hit(said, "zh")]) == meant


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("她的城市在哪？", "他的城市在海边。"),
        ("痛风属于什么类型疾病？", "痛风属于代谢性疾病，是一种类性别差异的疾病。"),
        ("铁路总长多少？", "铁路总长度少于一百公里。"),
        ("溪头镇有多少人？", "溪口镇有两千人。"),
        ("凤皇古城在哪", "凤皇古城是旧名，凤凰古城位于沱江边上。"),
    ],
)
def test_another_word_is_no_slip(asked: str, said: str) -> None:
    assert spelling.corrected(question.read(asked), [hit(said, "zh")]) == asked


@pytest.mark.parametrize(
    ("asked", "said", "meant"),
    [
        ("Which party is favored in Bedigo?", "Labor is strong in Bendigo.", "Which party is favored in Bendigo?"),
        ("When was the Maastrich Treaty signed?", "The Maastricht Treaty was signed in 1992.", None),
        ("Who leads Northam?", "Southam is led by a mayor.", "Who leads Northam?"),
        ("How many boats were seized?", "Four boots were found.", "How many boats were seized?"),
        ("What do the Beroids eat?", "A beroid eats jellies.", "What do the Beroids eat?"),
    ],
)
def test_a_word_that_nobody_knows_is_the_one_that_is_nearly_the_same(asked: str, said: str, meant: str | None) -> None:
    meant = meant or asked.replace("Maastrich ", "Maastricht ")
    assert spelling.corrected(question.read(asked), [hit(said, "en")]) == meant


def test_what_stands_in_another_language_corrects_nothing() -> None:
    asked = "Which party is favored in Bedigo?"
    assert spelling.corrected(question.read(asked), [hit("本迪戈 Bendigo 由工党执政。", "zh")]) == asked


def test_a_question_with_a_slip_is_answered_as_it_was_meant_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "years.txt").write_text(
        "各地对结婚周年有不同的叫法。结婚两周年叫作棉婚，三周年叫作皮婚。", encoding="utf-8"
    )
    settings = Settings(tmp_path / "home", engine="quote")
    ingest([folder], settings)
    with Assistant(settings) as assistant:
        answer = assistant.ask("绵婚是结婚几周年？").answer
        assert "棉婚" in answer.text
        assert not answer.refused
        assert answer.question == "绵婚是结婚几周年？"
        assert answer.understood in ("", "棉婚是结婚几周年？")  # "" where it is answered as it was written
        assert assistant.ask("绵婚的礼物由谁设计？").answer.understood == ""
