"""Features of a sentence, each by hand: units, years, the kind of thing held, coverage; and the ranking of the samples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from index.types import Article, Hit, Passage
from rag import evidence
from rag.coverage import Sought
from rag.evidence import has_unit, holds, order, rank
from rag.question import read
from rag.weights import weights


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("家", "共有600余家企业"),
        ("个", "八部门印发"),
        ("亿元", "1.5万亿美元"),
        ("亿元", "１２亿元"),
        ("人", "1870名患者"),
        ("人", "1870人次"),
        ("篇", "24万余篇学术论文"),
        ("米", "三百米"),
        ("项", "12条措施"),
        ("种", "五类产品"),
        ("个百分点", "提高3.2个百分点"),
        ("台", "165台"),
        ("万", "3万"),
        ("元", "The project cost 38.4 million pounds."),
        ("亿元", "投资1.5万亿美元"),
        ("张", "用了2000块显卡"),
        ("元", "價格約為9800日圓"),
        ("人", "海南約有10萬人使用"),
        ("万人", "海南約有10萬人使用"),
        ("台", "約有2億台機車"),
        ("分钟", "Closing the gates took 41 minutes."),
        ("人", "The hall seats 600 people."),
    ],
)
def test_a_number_with_the_unit_is_seen(unit: str, text: str) -> None:
    assert has_unit(unit, text)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("家", "企业名录"),
        ("家", "八部门印发"),
        ("万元", "5230元"),
        ("米", "三百亩"),
        ("座", "若干座桥"),
        ("台", "165"),
        ("万", "5000"),
        ("亿元", "每张票50元"),
        ("元", "3.2 million people"),
        ("座", "全省第一座电厂"),
        ("分钟", "Closing the gates took 41 hours."),
        ("万人", "The hall seats 600 people."),
    ],
)
def test_another_unit_or_no_number_is_not(unit: str, text: str) -> None:
    assert not has_unit(unit, text)


@pytest.mark.parametrize(
    ("row", "heading", "seen"),
    [
        ("| 雾溪镇 | 52300 |", "乡镇 | 产值（万元）", True),
        ("雾溪镇\t52300", "乡镇\t产值（万元）", True),
        ("| 雾溪镇 | 52300 |", "乡镇 | 面积（亩）", False),
        ("| 雾溪镇 | 无 |", "乡镇 | 产值（万元）", False),
    ],
)
def test_the_unit_of_a_table_stands_in_its_header(row: str, heading: str, seen: bool) -> None:
    assert has_unit("万元", row, heading) is seen


@pytest.mark.parametrize(
    ("question", "sentence", "held"),
    [
        ("多少人？", "开业时有30人", True),
        ("多少人？", "2024年3月5日开业", False),
        ("How many?", "It has three doors.", True),
        ("How many?", "It opened in 2024.", False),
        ("什么时候？", "计划于6月18日通车", True),
        ("什么时候？", "计划近期通车", False),
        ("When?", "It opens in March.", True),
        ("When?", "It opens soon.", False),
        ("When?", "Interest has grown again since the 1990s.", True),
        ("When?", "They lived 66 million years ago.", True),
        ("什么时候？", "可能是在 6600万年 前灭绝", True),
        ("介绍一下", "开业了", True),
    ],
)
def test_a_sentence_holds_the_kind_of_thing_asked_for(question: str, sentence: str, held: bool) -> None:
    assert holds(read(question), sentence) is held


TEXT = "Calder has nine bridges. The toll is 4 pounds. Boats pass daily."
SPANS = [(0, 24), (25, 46), (47, 64)]


def test_the_features_of_each_sentence_by_hand() -> None:
    article = Article("a", "Harbour", TEXT, "2026-02-01", language="en")
    hit = Hit(Passage("a-0", "a", 0, 0, len(TEXT), TEXT), article, 0.5)
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], dtype=np.float32)
    ranked = rank(
        read("How much is the toll?"),
        Sought(np.array([0.0, 1.0], dtype=np.float32), {"toll": 3.0, "harbour": 1.0}),
        [hit],
        lambda _: {"a-0": (SPANS, vectors)},
    )
    found = {one.text: one.features for one in ranked}
    assert next(iter(found)) == "The toll is 4 pounds."
    toll, boats = found["The toll is 4 pounds."], found["Boats pass daily."]
    assert (toll["since"], toll["around"], toll["within"]) == (0.75, 1.0, 1.0)
    assert (boats["since"], boats["around"], boats["within"]) == (0.75, 1.0, 1.0)
    assert found["Calder has nine bridges."]["around"] == 1.0  # the toll stands in the sentence after it
    assert (toll["dense"], toll["passage"], toll["holds"]) == (1.0, 0.5, 1.0)
    assert boats["dense"] == pytest.approx(0.8)
    assert (boats["holds"], boats["unit"], boats["years"]) == (0.0, 0.0, 0.0)
    weighed = sum(weight * toll[name] for name, weight in weights().sentences.items())
    assert ranked[0].score == pytest.approx(weighed)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)


def test_a_later_passage_need_not_say_again_what_its_article_is_about() -> None:
    text = "Calder harbour in brief.\n\nBoats pass daily. The toll is 4 pounds."
    start = text.index("Boats")
    terms = Sought(np.zeros(2, dtype=np.float32), {"toll": 3.0, "calder": 1.0})
    for article, covered in (
        (Article("a", "", text, language="en"), 1.0),
        (Article("b", "", text[start:], language="en"), 0.75),
    ):
        at = start if article.id == "a" else 0
        hit = Hit(Passage("p", article.id, int(at > 0), at, len(article.text), article.text[at:]), article, 0.5)
        best = rank(read("What is the toll of Calder?"), terms, [hit], lambda _: {})[0]
        assert best.text == "The toll is 4 pounds."
        assert (best.features["topped"], best.features["within"]) == (covered, covered)


def test_a_sentence_of_two_passages_counts_once() -> None:
    article = Article("a", "Harbour", TEXT, language="en")
    hits = [Hit(Passage(f"a-{n}", "a", n, 0, len(TEXT), TEXT), article, 1.0 - n / 2) for n in range(2)]
    ranked = rank(read("toll?"), Sought(np.zeros(2, dtype=np.float32), {"toll": 1.0}), hits, lambda _: {})
    assert sorted((one.start, one.end) for one in ranked) == SPANS
    assert {one.hit.passage.id for one in ranked} == {"a-0"}


def test_a_passage_rises_by_its_best_sentence() -> None:
    article = Article("a", "", TEXT, language="en")
    hits = [
        Hit(Passage(f"a-{n}", "a", n, 0, len(TEXT), TEXT), article, score)
        for n, score in ((0, 0.5), (1, 0.4), (2, 0.1))
    ]
    scored = [(1, 3.0), (0, 1.0), (1, -2.0)]
    ranked = [evidence.Evidence(hits[n], 0, 1, score, {}) for n, score in scored]
    ordered = order(hits, ranked)
    assert [hit.passage.id for hit in ordered] == ["a-1", "a-0", "a-2"]
    assert [hit.score for hit in ordered] == pytest.approx(
        [0.4 + weights().order["found"] * 3, 0.5 + weights().order["found"] + evidence.LEAD, 0.1]
    )


def test_the_sentence_that_answers_ranks_among_the_first_three(sample_home: Path) -> None:
    from rag.assistant import Assistant
    from rag.settings import load_settings

    lines = (Path(__file__).parents[1] / "samples" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [line for line in map(json.loads, lines) if line["lang"] == "zh" and line["answers"]]
    with Assistant(load_settings(sample_home)) as assistant:
        for line in asked:
            _, ranked = assistant._evidence(read(line["question"]), None, 6, None)
            assert any(line["evidence"] in one.text for one in ranked[:3]), line["question"]
    assert len(asked) == 7


def test_days_of_a_month_are_no_span_of_days() -> None:
    assert has_unit("天", "工期30天")
    assert not has_unit("天", "1月19日，记者14日从公司获悉")
