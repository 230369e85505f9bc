"""Questions that go on with what was spoken of: the articles that the answer before cites are read first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.types import Answer
from rag.upkeep.ingest import ingest

TODAY = date(2026, 11, 28)

REPORTS = {
    "lanfeng.txt": "岚峰船舶年报\n2026-02-10\n\n岚峰船舶去年的营业收入是41亿元，净利润是3.2亿元。\n岚峰船舶的董事长是沈知远，公司在鹭渡新建了两座船坞。\n",
    "qingyu.txt": "青屿风电年报\n2026-02-11\n\n青屿风电去年的营业收入是27亿元，净利润是5.8亿元。\n青屿风电的董事长是梁雨桐，公司在溪口新建了一座风场。\n",
    "baitang.txt": "白塘食品年报\n2026-02-12\n\n白塘食品去年的营业收入是12亿元，净利润是0.9亿元。\n白塘食品的董事长是顾青岚，公司在东塘新建了三条生产线。\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("reports")
    for name, text in REPORTS.items():
        (folder / name).write_text(text, "utf-8")
    settings = Settings(tmp_path_factory.mktemp("home"), engine="quote")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        yield opened


def conversation(assistant: Assistant, *questions: str) -> Answer:
    """The last answer of a conversation."""
    history: list[Answer] = []
    for text in questions:
        history.append(assistant.ask(text, history=history, today=TODAY).answer)
    return history[-1]


@pytest.mark.parametrize("company", ["岚峰船舶", "青屿风电", "白塘食品"])
@pytest.mark.parametrize("asked", ["净利润是多少亿元？", "公司新建了什么？", "董事长叫什么名字？"])
def test_a_question_without_a_name_is_of_the_article_that_was_spoken_of(
    assistant: Assistant, company: str, asked: str
) -> None:
    answer = conversation(assistant, f"{company}去年的营业收入是多少？", asked)
    assert answer.citations[0].article.title.startswith(company)
    assert not answer.refused


@pytest.mark.parametrize(("other", "said"), [("青屿风电", "5.8亿元"), ("白塘食品", "0.9亿元")])
def test_a_question_with_the_name_of_another_is_of_that_one(assistant: Assistant, other: str, said: str) -> None:
    answer = conversation(assistant, "岚峰船舶去年的营业收入是多少？", f"{other}的净利润是多少亿元？")
    assert said in answer.text
    assert answer.citations[0].article.title.startswith(other)


def test_what_the_articles_do_not_say_is_refused_in_a_conversation_too(assistant: Assistant) -> None:
    assert conversation(assistant, "岚峰船舶去年的营业收入是多少？", "今年冬天会下多少场雪？").refused


def test_a_refusal_between_does_not_change_the_subject(assistant: Assistant) -> None:
    answer = conversation(assistant, "青屿风电去年的营业收入是多少？", "今年冬天会下多少场雪？", "净利润是多少亿元？")
    assert "5.8亿元" in answer.text


def test_what_is_pointed_at_is_of_the_article_that_was_spoken_of(assistant: Assistant) -> None:
    before = "岚峰船舶去年的营业收入是多少？"
    assert "3.2亿元" in conversation(assistant, before, "这家船舶公司的净利润是多少亿元？").text
    assert conversation(assistant, before, "哪里新建了这座风场？").citations[0].article.title == "青屿风电年报"
    for asked in ("谁审计了这些船坞？", "哪座船坞之外还有这条生产线？"):
        assert {one.article.title for one in conversation(assistant, before, asked).citations} <= {"岚峰船舶年报"}, (
            asked
        )


@pytest.mark.parametrize("pointing", ["总结一下这篇文章", "这份报告讲了什么？", "Summarize this report"])
def test_the_article_that_was_spoken_of_can_be_pointed_at(assistant: Assistant, pointing: str) -> None:
    answer = conversation(assistant, "青屿风电去年的营业收入是多少？", pointing)
    assert answer.kind == "brief"
    assert "青屿风电年报" in answer.understood
    assert {one.article.title for one in answer.citations} == {"青屿风电年报"}


def test_a_brief_of_one_article_can_be_gone_on_with(assistant: Assistant) -> None:
    before = ("青屿风电去年的营业收入是多少？", "总结一下这篇文章")
    assert "5.8亿元" in conversation(assistant, *before, "净利润是多少亿元？").text
    again = conversation(assistant, *before, "这份报告讲了什么？")
    assert {one.article.title for one in again.citations} == {"青屿风电年报"}


@pytest.mark.parametrize("asked", ["有哪些材料？", "主要议题有哪些？", "What are the main topics?"])
def test_what_does_not_say_whose_it_is_asks_of_what_was_spoken_of(assistant: Assistant, asked: str) -> None:
    assert assistant.ask(asked, today=TODAY).answer.kind in ("list", "brief")
    assert not conversation(assistant, "青屿风电去年的营业收入是多少？", asked).kind


def test_a_filter_holds_for_what_was_spoken_of(assistant: Assistant) -> None:
    from index.filters import Filters

    first = assistant.ask("岚峰船舶去年的营业收入是多少？", today=TODAY).answer
    answer = assistant.ask("净利润是多少亿元？", Filters(path="qingyu.txt"), history=[first], today=TODAY).answer
    assert {one.article.title for one in answer.citations} == {"青屿风电年报"}


@pytest.mark.parametrize(
    ("questions", "kind", "understood"),
    [
        (("关于岚峰船舶的文章有哪些？", "青屿风电呢？"), "list", "青屿风电"),
        (("which articles mention “白塘”?", "and “青屿”?"), "list", "青屿"),
        (("总结一下", "2月的呢？"), "brief", "2026-02"),
        (("总结一下", "1月的呢？", "2月呢？"), "brief", "2026-02"),
    ],
)
def test_a_request_to_the_whole_library_can_be_gone_on_with(
    assistant: Assistant, questions: tuple[str, ...], kind: str, understood: str
) -> None:
    answer = conversation(assistant, *questions)
    assert (answer.kind, answer.question) == (kind, questions[-1])
    assert understood in answer.understood
