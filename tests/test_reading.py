"""What is read of what was ranked: sentences with their places, ordered by search and reader together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

import pytest

from index import passages
from index.types import Article, Hit, Passage
from models import Read, Span, Window
from rag import reading
from rag.evidence import Evidence
from rag.question import read as asked
from rag.reading import ABSENT, WINDOW, WINDOWS, best_first, order, weighed
from rag.weights import weights

TEXT = "第一章 总则\n甲区2023年有三家。乙区2024年有五家。丙区有七家。"
RULES = ("dense", "passage", "runs", "within", "topped", "lacks")


def hit(text: str = TEXT, name: str = "a", title: str = "概况", heading: str = "", language: str = "zh") -> Hit:
    article = Article(name, title, text, "2025-03-01", language=language)
    return Hit(Passage(f"{name}-0", name, 0, 0, len(text), text, heading), article, 0.5)


def sentences(*hits: Hit) -> list[Evidence]:
    """All sentences of the hits, as they stand, each with a score a little lower than the one before."""
    spans = [(one, a, b) for one in hits for a, b in passages.sentences(one.article.text)]
    return [Evidence(one, a, b, 9 - at / 10, dict.fromkeys(RULES, 0.5)) for at, (one, a, b) in enumerate(spans)]


class Pointing:
    """A reader that points at every place where a word of its own stands, and remembers what it was given."""

    name = "pointing"

    def __init__(self, word: str, log_odds: float = 2.0) -> None:
        self._word, self._log_odds = word, log_odds
        self.given: list[Window] = []

    def read(self, question: str, windows: Sequence[Window]) -> list[Read]:
        self.given += windows
        found = []
        for window in windows:
            at = window.text.find(self._word)
            spans = (Span(at, at + len(self._word), 3.0),) if at >= 0 else ()
            found.append(Read(self._log_odds if spans else -self._log_odds, spans))
        return found


def test_a_sentence_that_was_read_has_the_place_of_the_answer() -> None:
    read = reading.read(Pointing("五家"), asked("乙区有几家？"), sentences(hit()))
    assert [one.text for one in read] == [TEXT[a:b] for a, b in passages.sentences(TEXT)]
    (found,) = [one for one in read if one.span]
    assert found.span is not None
    assert TEXT[slice(*found.span)] == "五家"
    assert found.features["place"] == 3.0
    assert {one.features["place"] for one in read if one is not found} == {ABSENT}
    assert {one.features["answers"] for one in read} == {2.0}


@pytest.mark.parametrize(("language", "kind"), [("zh", "zh"), ("en", "other")])
def test_log_odds_and_scores_are_the_weighed_features_of_the_language(language: str, kind: str) -> None:
    question = asked("乙区有几家？")
    read = reading.read(Pointing("五家"), question, sentences(hit(language=language)))
    for one in read:
        odds = [exp(weighed(way, one.features)) for way in weights().answering[kind]]
        assert one.log_odds == pytest.approx(log(sum(odds)))
    for one in best_first(question, read):
        assert one.score == pytest.approx(weighed(weights().ranking[kind], one.features))


def test_the_bias_belongs_to_no_feature() -> None:
    assert weighed({"bias": -1.0, "place": 2.0}, {"place": 3.0, "other": 9.0}) == 5.0


def test_what_search_and_reader_say_together_orders_the_sentences() -> None:
    question = asked("丙区有几家？")
    best = best_first(question, reading.read(Pointing("七家", 9.0), question, sentences(hit())))
    assert best[0].text == "丙区有七家。"
    assert [one.score for one in best] == sorted((one.score for one in best), reverse=True)


def test_an_article_answers_less_likely_among_many_than_alone() -> None:
    question, hits = asked("几家？"), [hit("有五家。" if at == 0 else "无。", name=str(at)) for at in range(4)]
    alone, among = (
        max(one.log_odds or 0.0 for one in reading.read(Pointing("五家", 4.0), question, sentences(*some)))
        for some in (hits[:1], hits)
    )
    assert alone - among == pytest.approx(weights().crowd["zh"] * log(4))
    assert weights().crowd["zh"] > 0


def test_a_long_passage_is_read_in_windows_of_whole_sentences_under_its_title() -> None:
    text = "".join(f"第{at}条讲的是河流与湖泊的保护以及沿岸林地的管理办法。" for at in range(30))
    reader = Pointing("第29条")
    reading.read(reader, asked("第29条讲什么？"), sentences(hit(text, heading="第二章")))
    assert "".join(window.text for window in reader.given) == text
    assert len(reader.given) > 1
    assert all(len(window.text) <= WINDOW["zh"] and window.text.endswith("。") for window in reader.given)
    assert {window.title for window in reader.given} == {"概况 第二章"}


def test_above_a_later_window_of_an_article_without_title_stands_its_beginning() -> None:
    text = (
        "高山柳是一种灌木。"
        + "".join(f"第{at}条讲的是河流与湖泊的保护以及沿岸林地的管理办法。" for at in range(20))
        + "花期五月。"
    )
    reader = Pointing("花期")
    reading.read(reader, asked("高山柳的花期是几月？"), sentences(hit(text, title="")))
    first, *later = sorted(reader.given, key=lambda window: text.find(window.text))
    assert first.title == ""
    assert later
    assert {window.title for window in later} == {text[: reading.TITLE]}


def test_the_windows_of_the_best_sentences_are_read_and_the_others_stay_below() -> None:
    hits = [hit(f"第{at}处有一家。", name=str(at)) for at in range(WINDOWS + 3)]
    ranked = sentences(*hits)
    reader, question = Pointing("家"), asked("几家？")
    read = reading.read(reader, question, ranked)
    assert [window.text for window in reader.given] == [one.article.text for one in hits[:WINDOWS]]
    assert read[WINDOWS:] == ranked[WINDOWS:]
    best = best_first(question, read)
    assert [one.text for one in best[WINDOWS:]] == [one.text for one in ranked[WINDOWS:]]
    assert [one.score for one in best] == sorted((one.score for one in best), reverse=True)


def test_hits_are_ordered_by_search_and_best_sentence_and_those_not_read_stay_behind() -> None:
    first, second, third = (
        replace(hit("有五家。", name=name), score=score) for name, score in zip("abc", (0.5, 0.49, 0.9), strict=True)
    )
    ranked = [
        replace(one, log_odds=0.0, score=score) for one, score in zip(sentences(first, second), (1.0, 9.0), strict=True)
    ]
    ordered = order([third, first, second], ranked)
    share = weights().order["read"]
    expected = sorted([("a", 0.5 + share), ("b", 0.49 + 9 * share)], key=lambda pair: -pair[1])
    assert [(one.article.id, one.score) for one in ordered] == [
        *((n, pytest.approx(s)) for n, s in expected),
        ("c", 0.9),
    ]


def test_nothing_ranked_reads_nothing() -> None:
    reader = Pointing("家")
    assert reading.read(reader, asked("几家？"), []) == []
    assert reader.given == []
