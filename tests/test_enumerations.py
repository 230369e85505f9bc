"""Lists in a text are found by their numbers, which count on in one form, and quoted by their items where a question asks for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import pytest

from index.text.enumerations import find
from rag import question
from rag.assistant import Assistant
from rag.dialogue import continuing
from rag.settings import load_settings
from rag.upkeep.ingest import ingest


def told(text: str) -> list[tuple[str, list[str]]]:
    return [(text[slice(*one.lead)], [text[slice(*item)] for item in one.items]) for one in find(text)]


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        (
            "会议提出两点。一是修堤。堤高三米。二是清淤。会后散场。",
            [("会议提出两点。", ["一是修堤。", "二是清淤。"])],
        ),
        ("有三条措施：一要修堤；二要清淤；三要植树。", [("有三条措施：", ["一要修堤；", "二要清淤；", "三要植树。"])]),
        ("目标\n**一要修堤**。多修。**二要清淤**。", [("目标", ["**一要修堤**。", "**二要清淤**。"])]),
        (
            "一、目标\n（一）修堤。\n（二）清淤。\n二、保障\n（一）经费。\n（二）人员。",
            [
                ("", ["一、目标", "二、保障"]),
                ("一、目标", ["（一）修堤。", "（二）清淤。"]),
                ("二、保障", ["（一）经费。", "（二）人员。"]),
            ],
        ),
        (
            "今年三件事。\n\n一、修堤\n\n堤高三米。多种树。\n\n二、清淤\n\n清三万方。",
            [("今年三件事。", ["一、修堤\n\n堤高三米。", "二、清淤\n\n清三万方。"])],
        ),
        ("第一，修堤。第二，清淤。", [("", ["第一，修堤。", "第二，清淤。"])]),
        ("要点：①修堤②清淤③植树", [("要点：", ["①修堤", "②清淤", "③植树"])]),
        ("The plan has three parts:\n1. Dikes\n2. Dredging\n3. Trees", [("The plan has three parts:", ["1. Dikes", "2. Dredging", "3. Trees"])]),
        ("Two aims. First, build dikes. They hold. Second, dredge.", [("Two aims.", ["First, build dikes.", "Second, dredge."])]),
        ("Needed:\n- sand\n- stone\n\nLater:\n- trees\n- reeds", [("Needed:", ["- sand", "- stone"]), ("Later:", ["- trees", "- reeds"])]),
        ("第九是码头，第十是仓库。", []),
        ("一是修堤。后来没有再说。", []),
        ("2024年修堤。2025年清淤。3.5亿元到位。", []),
        ("1月修堤。5月清淤。", []),
        ("| 1 | 修堤 |\n| 2 | 清淤 |", []),
        ("", []),
    ],
)  # fmt: skip
def test_lists_are_found_by_what_counts_on(text: str, lists: list[tuple[str, list[str]]]) -> None:
    assert told(text) == lists


def test_twelve_items_count_on_past_ten() -> None:
    numerals = "一 二 三 四 五 六 七 八 九 十 十一 十二 二十".split()
    text = "".join(f"{numeral}要修第几段堤。" for numeral in numerals)
    assert len(told(text)[0][1]) == 12


@pytest.mark.parametrize("text", ["*" * 200_000, "- \n" * 60_000, "1、" * 60_000, "一是。" * 60_000, "1" * 200_000])
def test_a_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    begun = time.process_time()
    find(text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("text", "several", "count"),
    [
        ("会议部署了哪八项重点工作？", True, 8),
        ("三大工程有哪些？", True, 3),
        ("What are the four priorities of the plan?", True, 4),
        ("What measures does the plan name?", True, 0),
        ("提出了什么要求？", True, 0),
        ("未来五年投资多少？", False, 0),
        ("未来五年要做什么？", True, 0),
        ("What is the capital of Halden?", False, 0),
        ("第三期讲了哪些内容？", True, 0),
        ("哪一年开工？", False, 0),
        ("谁主持会议？", False, 0),
    ],
)
def test_what_asks_for_several_things(text: str, several: bool, count: int) -> None:
    asked = question.read(text)
    assert (asked.several, asked.count) == (several, count)


DIKES = """东湖治水会议部署四项工作

2026-01-13 | 东湖日报

1月13日，东湖治水会议在东湖市召开，市水务局局长周渡主持会议。会议认为，去年的工作有了好的开局。一是老堤全部加固。共加固12处。二是清淤提前完成。
三是湖滨植树九千棵。

会议部署了今年的治水工作。一要新建东堤。东堤长4.2千米，年底完工。二要治理河口。河口清淤八万立方米。三要修复湿地。湿地的芦苇分三年补种。
四要公开水质。水质每周公布一次。会议强调，各区要落实责任。
"""
ENGLISH = """East Lake plan

2026-02-03 | East Lake Gazette

The East Lake plan was published on Tuesday. To keep the water clean the plan names three measures:

- Sewers are rebuilt in the old town by 2028.
- Farms within two kilometres of the shore stop using phosphate.
- Boats with petrol engines are banned from May.

The plan costs 40 million pounds. It was written by the lake authority.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("lists")
    (folder / "dikes.txt").write_text(DIKES, "utf-8")
    (folder / "plan.txt").write_text(ENGLISH, "utf-8")
    ingest([folder], load_settings(folder / "home"))
    with Assistant(load_settings(folder / "home", engine="quote")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("东湖治水会议部署了哪四项工作？", ["一要新建东堤。", "二要治理河口。", "三要修复湿地。", "四要公开水质。"]),
        (
            "东湖治水会议部署了哪些今年的治水工作？",
            ["一要新建东堤。", "二要治理河口。", "三要修复湿地。", "四要公开水质。"],
        ),
        ("治水工作有了哪三个好的开局？", ["一是老堤全部加固。", "二是清淤提前完成。", "三是湖滨植树九千棵。"]),
        (
            "What measures does the East Lake plan name to keep the water clean?",
            ["- Sewers are rebuilt", "- Farms within", "- Boats with petrol"],
        ),
    ],
)
def test_a_question_for_a_list_is_answered_by_each_item(assistant: Assistant, text: str, items: list[str]) -> None:
    answer = assistant.ask(text, today=date(2026, 4, 1)).answer
    quotes = [one.quote for one in answer.citations]
    at = next(n for n, quote in enumerate(quotes) if quote.startswith(items[0]))
    assert [quote[: len(item)] for quote, item in zip(quotes[at:], items, strict=True)] == items
    assert all(one.quote == one.article.text[one.start : one.end] for one in answer.citations)
    assert [one.citations for one in answer.sentences] == [(number,) for number in range(1, len(quotes) + 1)]


@pytest.mark.parametrize("text", ["东湖治水会议由谁主持？", "东堤有多长？", "What does the East Lake plan cost?"])
def test_a_question_for_one_thing_is_not_answered_by_a_list(assistant: Assistant, text: str) -> None:
    assert len(assistant.ask(text, today=date(2026, 4, 1)).answer.citations) <= 3


@pytest.mark.parametrize(
    ("text", "pointing", "told"),
    [
        ("东湖治水会议部署了哪四项工作？", "第三项具体怎么做？", "三要修复湿地。湿地的芦苇分三年补种。"),
        ("东湖治水会议部署了哪四项工作？", "第四点呢？", "四要公开水质。水质每周公布一次。会议强调，各区要落实责任。"),
        (
            "What measures does the East Lake plan name to keep the water clean?",
            "Tell me more about the second one.",
            "- Farms within two kilometres of the shore stop using phosphate.",
        ),
    ],
)
def test_an_item_of_a_list_can_be_pointed_at(assistant: Assistant, text: str, pointing: str, told: str) -> None:
    before = assistant.ask(text, today=date(2026, 4, 1)).answer
    after = assistant.ask(pointing, history=[before], today=date(2026, 4, 1)).answer
    assert (after.text.replace("[1]", "").strip(), after.question, len(after.citations)) == (told, pointing, 1)
    (cited,) = after.citations
    assert cited.quote == cited.article.text[cited.start : cited.end]


@pytest.mark.parametrize("pointing", ["第五项呢？", "第三季度的降水怎么样？", "第三项和第四项呢？"])
def test_what_is_no_item_of_it_is_asked_as_any_question(assistant: Assistant, pointing: str) -> None:
    before = assistant.ask("东湖治水会议部署了哪四项工作？", today=date(2026, 4, 1)).answer
    assert continuing.item(pointing, [before]) is None
    assert continuing.item("第三项呢？", []) is None
    assert continuing.item("第三项呢？", [assistant.ask("东堤有多长？").answer]) is None
