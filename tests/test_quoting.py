"""Quotes are the articles' own words, in their order, few, and one a year where years are compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.types import Article, Hit, Passage
from rag.assistant import Assistant
from rag.evidence import Evidence
from rag.question import read
from rag.quoting import MOST, about, answer, choose, choose_by_year, led_by, refuse, year_label
from rag.settings import load_settings
from rag.weights import weights
from rag.writing.prompt import REFUSAL

ROOT = Path(__file__).parents[1]
QUESTIONS = [json.loads(line) for line in (ROOT / "samples" / "questions.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant(load_settings(sample_home)) as opened:
        yield opened


@pytest.mark.parametrize("line", [pytest.param(line, id=line["id"]) for line in QUESTIONS])
def test_every_quote_of_every_sample_question_is_verbatim(line: dict[str, str], assistant: Assistant) -> None:
    given = assistant.ask(line["question"]).answer
    assert [c.number for c in given.citations] == list(range(1, len(given.citations) + 1))
    assert len(given.citations) <= MOST
    assert given.refused is not bool(given.citations)
    for citation in given.citations:
        article = assistant.library.article(citation.article.id)
        assert article.text[citation.start : citation.end] == citation.quote
        assert citation.passage.start <= citation.start < citation.end <= citation.passage.end
        assert f"{citation.quote}[{citation.number}]\n" in f"{given.text}\n"


TEXT = "甲区有三家。乙区有五家。丙区有七家。丁区有九家。"


def one(number: int, score: float, *, article: str = "a", features: dict[str, float] | None = None) -> Evidence:
    """The number-th sentence of TEXT."""
    whole = Article(article, f"标题{article}", TEXT, "2025-03-01", language="zh")
    passage = Passage(f"{article}-0", article, 0, 0, len(TEXT), TEXT)
    return Evidence(Hit(passage, whole, 1.0), number * 6, number * 6 + 6, score, features or {})


def test_at_most_three_are_chosen_best_first() -> None:
    chosen = choose([one(3, 9.0, article="d"), one(0, 9.0), one(2, 9.0, article="c"), one(1, 9.0, article="b")])
    assert [evidence.text for evidence in chosen] == ["丁区有九家。", "甲区有三家。", "丙区有七家。"]


def test_one_that_scores_far_less_than_the_best_is_left_out() -> None:
    margin = weights().margin
    chosen = choose([one(3, 9.0), one(1, 9.0 - margin + 1e-6), one(0, 9.0 - margin - 1e-6)])
    assert [evidence.text for evidence in chosen] == ["丁区有九家。", "乙区有五家。"]


def test_the_same_news_is_not_quoted_twice() -> None:
    chosen = choose([one(3, 9.0), one(3, 9.0, article="b"), one(1, 9.0)])
    assert [evidence.text for evidence in chosen] == ["丁区有九家。", "乙区有五家。"]


def test_sentences_that_follow_one_another_are_quoted_as_one_in_the_order_of_the_article() -> None:
    best = replace(one(2, 9.0), span=(15, 17))
    apart = [best, one(0, 8.9), one(1, 8.8, article="b")]
    assert [evidence.text for evidence in choose(apart)] == ["丙区有七家。", "甲区有三家。", "乙区有五家。"]
    both = [best, one(0, 8.9, article="b"), one(1, 8.8)]
    assert [evidence.text for evidence in choose(both)] == ["乙区有五家。丙区有七家。", "甲区有三家。"]
    told = answer(read("丙区有几家？"), choose(both), [best.hit]).sentences[0]
    assert told.span
    assert told.text[slice(*told.span)] == "七家"
    assert [evidence.text for evidence in choose([one(0, 9.0), one(2, 8.9), one(1, 8.8)])] == [
        "甲区有三家。乙区有五家。丙区有七家。"
    ]


def test_the_sentences_that_an_answer_runs_on_into_are_quoted_with_it() -> None:
    running = replace(one(0, 9.0), span=(1, 18))
    chosen = choose([running, one(1, 8.9), one(3, 8.8, article="b")])
    assert [evidence.text for evidence in chosen] == ["甲区有三家。乙区有五家。丙区有七家。", "丁区有九家。"]
    first, _ = answer(read("哪些区有几家？"), chosen, [running.hit]).sentences
    assert first.span == (1, 18)
    grazed = replace(one(0, 9.0), span=(1, 8))
    assert [evidence.text for evidence in choose([grazed, one(3, 8.9)])] == ["甲区有三家。", "丁区有九家。"]
    assert answer(read("哪些区有几家？"), choose([grazed]), [grazed.hit]).sentences[0].span == (1, 6)


@pytest.mark.parametrize("behind", ["## 乙区", "| 乙区 | 5 |"])
def test_no_answer_runs_on_into_a_heading_or_from_one_row_into_the_next(behind: str) -> None:
    first = "| 甲区 | 3 |" if "|" in behind else "甲区有三家。"
    text = f"{first}\n{behind}\n"
    article = Article("a", "各区", text, language="zh")
    hit = Hit(Passage("a-0", "a", 0, 0, len(text), text), article, 1.0)
    [chosen] = choose([Evidence(hit, 0, len(first), 9.0, {}, span=(2, len(text) - 1))])
    assert chosen.text == first


def test_a_quote_says_where_in_it_the_answer_stands() -> None:
    read_one = replace(one(1, 9.0), span=(9, 11))
    given = answer(read("乙区有几家？"), [read_one, one(2, 8.0)], [read_one.hit])
    assert [sentence.text[slice(*sentence.span)] if sentence.span else "" for sentence in given.sentences] == [
        "五家",
        "",
    ]


def speaks(year: float = 1.0, holds: float = 1.0) -> dict[str, float]:
    return {"years": year, "holds": holds}


def test_each_year_has_its_best_sentence_and_none_has_two_years() -> None:
    shared = one(0, 9.0, features=speaks())
    by_year = {
        "2026": [one(0, 8.0, features=speaks()), one(2, 7.0, features=speaks())],
        "2024": [shared, one(1, 5.0, features=speaks())],
    }
    assert [evidence.start for evidence in choose_by_year(by_year).values()] == [0, 12]


def test_what_answers_over_all_years_leads_unless_a_year_is_told_by_it() -> None:
    whole, first, second = one(0, 9.0), one(1, 8.0), one(2, 7.0)
    assert led_by(whole, {"2024": [first], "2025": [second]}) == {"": [whole], "2024": [first], "2025": [second]}
    assert led_by(first, {"2024": [first], "2025": [second]}) == {"2024": [first], "2025": [second]}


def test_a_year_of_which_nothing_tells_has_no_sentence() -> None:
    by_year = {
        "2023": [one(0, 9.0, features=speaks(year=0.5))],
        "2024": [one(1, 9.0, features=speaks(holds=0.0))],
        "2025": [one(2, 9.0, features=speaks(year=0.25))],
    }
    assert [evidence.text for evidence in choose_by_year(by_year).values()] == ["丙区有七家。"]


@pytest.mark.parametrize(
    ("title", "text", "date", "year"),
    [
        ("2023年概况", "2024年新增三家。", "2025-03-01", "2024"),
        ("2023年概况", "去年新增三家。", "2025-03-01", "2024"),
        ("2023年概况", "新增三家。", "2025-03-01", "2023"),
        ("概况", "新增三家。", "2025-03-01", "2025"),
        ("概况", "新增三家。", "", ""),
    ],
)
def test_the_year_a_sentence_is_about(title: str, text: str, date: str, year: str) -> None:
    article = Article("a", title, text, date, language="zh")
    passage = Passage("a-0", "a", 0, 0, len(text), text)
    assert about(Evidence(Hit(passage, article, 1.0), 0, len(text), 1.0, {})) == year


def test_an_answer_is_its_quotes_each_with_its_number() -> None:
    given = answer(read("有几家？"), [one(0, 9.0), one(2, 8.0)], [])
    assert given.text == "甲区有三家。[1]\n丙区有七家。[2]"
    assert [(s.text, s.citations, s.supported) for s in given.sentences] == [
        ("甲区有三家。", (1,), True),
        ("丙区有七家。", (2,), True),
    ]
    assert [(c.number, c.quote, c.start, c.end) for c in given.citations] == [
        (1, "甲区有三家。", 0, 6),
        (2, "丙区有七家。", 12, 18),
    ]
    assert (given.refused, given.engine, given.invented) == (False, "quote", ())


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("有几家？", "这些文章里没有能回答这个问题的内容。"),
        ("How many?", "These articles do not answer this question."),
    ],
)
def test_the_refusal_is_a_constant_in_the_questions_language(question: str, text: str) -> None:
    hit = one(0, 1.0).hit
    given = refuse(read(question), [hit])
    assert given.text == text == REFUSAL[read(question).language]
    assert (given.refused, given.citations, given.hits) == (True, (), (hit,))


def test_years_that_are_compared_have_one_sentence_each_from_their_own_articles(assistant: Assistant) -> None:
    given = assistant.ask("2024年和2026年青屿市的供水管网漏损率分别是多少？").answer
    assert [Path(c.article.path).name for c in given.citations] == ["qingyu-water-2024.txt", "qingyu-water-2026.txt"]
    assert "降到7%以内" in given.citations[1].quote


def test_the_line_of_a_year_is_dated() -> None:
    assert (year_label("2024", "zh"), year_label("2024", "en"), year_label("", "zh")) == ("2024年：", "2024: ", "")
