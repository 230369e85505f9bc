"""Tables with days: the rows of a period, the first and the last, and rows that one cell does not name alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.types import Answer
from rag.upkeep.ingest import ingest

SALES = """日期,区域,产品,数量,金额
2026-01-04,湖东,风铃,10,¥250.00
2026-01-19,湖西,雨伞,33,"¥3,960.00"
2026-02-01,湖东,雨伞,32,"¥3,840.00"
2026-02-13,湖东,风铃,28,¥700.00
2026-03-22,湖西,风铃,25,¥625.00
2025-12-30,湖西,雨伞,5,¥600.00
"""

STAFF = """姓名,部门,入职日期,月薪（元）
周笑,产品,2021-03-01,18000
何以安,技术,2019-07-15,26000
孙棠,技术,2022-11-20,22000
林致远,产品,2018-01-08,30000
"""


CREW = """Name,Department,Start date,Salary (USD)
Ann Lee,Deck,2021-03-01,68000
Ben Ott,Engine,2019-07-15,86000
Cara Moe,Engine,2022-11-20,72000
Dan Fox,Galley,2018-01-08,90000
"""

CATCH = """Date,Port,Fish,Crates,Revenue
2026-01-04,Alder,Cod,10,$250.00
2026-01-19,Brill,Hake,33,"$3,960.00"
2026-02-01,Alder,Hake,32,"$3,840.00"
2026-02-13,Alder,Cod,28,$700.00
"""


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("english")
    (folder / "crew.csv").write_text(CREW, encoding="utf-8")
    (folder / "catch.csv").write_text(CATCH, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder / "crew.csv", folder / "catch.csv"], own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "first", "rows"),
    [
        ("What was the total revenue in January?", "Total: 250.00 + 3,960.00 = $4,210.00", 2),
        ("Total revenue by port", "Alder: $4,790.00 (3 rows)", 4),
        ("Which fish had the most crates?", "Hake: 65 (2 rows)", 2),
        ("How many crates were landed in Alder?", "Total: 10 + 32 + 28 = 70", 3),
        ("revenue in February 2026", "| Date | Port | Fish | Crates | Revenue |", 2),
        ("What is the average salary by department?", "Deck: 68000 USD (1 row)", 4),
        ("Who started first?", "| Name | Department | Start date | Salary (USD) |", 1),
        ("Who started most recently?", "| Name | Department | Start date | Salary (USD) |", 1),
    ],
)
def test_english_tables_are_reckoned_with_alike(text: str, first: str, rows: int, english: Assistant) -> None:
    answer = english.ask(text).answer
    assert answer.text.splitlines()[0] == first
    assert len(answer.sentences) == rows


@pytest.mark.parametrize(("text", "named"), [("Who started first?", "Dan Fox"), ("Who started last?", "Cara Moe")])
def test_who_was_first_is_told_by_the_days(text: str, named: str, english: Assistant) -> None:
    assert told(english.ask(text).answer) == [named]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("spans")
    (folder / "销售明细.csv").write_text(SALES, encoding="utf-8")
    (folder / "员工.csv").write_text(STAFF, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder / "销售明细.csv", folder / "员工.csv"], own).failed
    with Assistant(own) as opened:
        yield opened


def told(answer: Answer) -> list[str]:
    """The first cells of the rows that an answer quotes."""
    return [one.text.strip("| ").split(" | ")[0] for one in answer.sentences]


@pytest.mark.parametrize(
    ("text", "said", "rows"),
    [
        ("1月份的金额合计", "合计：250.00 + 3,960.00 = ¥4,210.00", 2),
        ("2026年2月一共卖了多少数量？", "合计：32 + 28 = 60", 2),
        ("湖东的金额一共是多少？", "合计：250.00 + 3,840.00 + 700.00 = ¥4,790.00", 3),
        ("2025年的数量合计", None, 0),
        ("一共卖了多少数量？", "合计：10 + 33 + 32 + 28 + 25 + 5 = 133", 6),
        ("技术部的平均月薪是多少？", "平均：(26000 + 22000) ÷ 2 = 24000元", 2),
        ("所有员工的月薪总和", "合计：18000 + 26000 + 22000 + 30000 = 96000元", 4),
        ("技术部有几个人？", "共 2 行", 2),
        ("2020年以前入职的有几个人？", "共 2 行", 2),
    ],
)
def test_rows_of_a_period_or_a_place_are_reckoned_and_counted(
    text: str, said: str | None, rows: int, assistant: Assistant
) -> None:
    answer = assistant.ask(text).answer
    if said is None:  # one row is no sum
        assert " = " not in answer.text
        return
    assert answer.text.splitlines()[0] == said
    assert len(answer.sentences) == rows


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("谁入职最早？", ["林致远"]),
        ("最晚入职的员工是谁？", ["孙棠"]),
        ("2021年之后入职的员工有哪些？", ["孙棠"]),
        ("2021年以来入职的员工有哪些？", ["周笑", "孙棠"]),
        ("谁是2021年入职的？", ["周笑"]),
        ("月薪最高的两个人是谁？", ["林致远", "何以安"]),
        ("1月份哪个产品金额最高？", ["2026-01-19"]),
        ("2月湖东卖了多少金额？", ["2026-02-01", "2026-02-13"]),
    ],
)
def test_the_first_the_last_and_those_between_are_rows(text: str, named: list[str], assistant: Assistant) -> None:
    assert told(assistant.ask(text).answer) == named


@pytest.mark.parametrize(
    ("text", "said", "rows"),
    [
        ("各区域的金额分别是多少？", ["湖东：¥4,790.00（3 行）", "湖西：¥5,185.00（3 行）"], 6),
        ("哪个区域的总金额最高？", ["湖西：¥5,185.00（3 行）", "湖东：¥4,790.00（3 行）"], 3),
        ("哪个产品的数量最少？", ["风铃：63（3 行）", "雨伞：70（3 行）"], 3),
        ("1月份各区域的金额", ["湖东：¥250.00（1 行）", "湖西：¥3,960.00（1 行）"], 2),
        ("湖东各产品的数量", ["风铃：38（2 行）", "雨伞：32（1 行）"], 3),
        ("各部门有几个人？", ["产品：2 行", "技术：2 行"], 4),
        ("各部门的平均月薪是多少？", ["产品：24000元（2 行）", "技术：24000元（2 行）"], 4),
        ("按区域统计金额", ["湖东：¥4,790.00（3 行）", "湖西：¥5,185.00（3 行）"], 6),
    ],
)
def test_rows_are_added_up_by_what_they_are_of(text: str, said: list[str], rows: int, assistant: Assistant) -> None:
    answer = assistant.ask(text).answer
    assert answer.text.splitlines()[: len(said)] == said
    assert len(answer.sentences) == rows


@pytest.mark.parametrize("text", ["哪个区域卖得最多？", "各区域的店长是谁？", "哪个部门的食堂最好？"])
def test_what_no_column_tells_is_not_added_up(text: str, assistant: Assistant) -> None:
    assert "行）" not in assistant.ask(text).answer.text


def test_a_long_table_is_counted_in_time(tmp_path: Path) -> None:
    lines = [f"2025-{1 + at % 12:02}-{1 + at % 28:02},{'东西南北'[at % 4]}区,{at % 97}" for at in range(5000)]
    (tmp_path / "流水.csv").write_text("\n".join(["日期,区域,数量", *lines]), encoding="utf-8")
    own = Settings(tmp_path / "home", engine="quote")
    ingest([tmp_path / "流水.csv"], own)
    with Assistant(own) as opened:
        assert opened.ask("各区域的数量合计").answer  # the table is read once
        begun = time.process_time()
        for text in ("各区域的数量合计", "3月份的数量合计", "东区是什么？", "哪一天数量最高？"):
            assert opened.ask(text).answer
        assert time.process_time() - begun < 12


def test_a_heading_alone_answers_nothing(assistant: Assistant) -> None:
    _, ranked = assistant.ranked("销售明细", 10)
    assert not any(one.text.strip().startswith("#") for one in ranked)


def test_a_conversation_goes_on_with_what_the_rows_were_added_up_by(assistant: Assistant) -> None:
    first = assistant.ask("各区域的金额分别是多少？").answer
    second = assistant.ask("哪个最高？", history=[first]).answer
    assert second.understood == "各区域金额哪个最高"
    assert second.text.startswith("湖西：¥5,185.00（3 行）")
    mean = assistant.ask("各部门的平均月薪是多少？").answer
    lowest = assistant.ask("哪个最低？", history=[mean]).answer
    assert lowest.understood == "各部门平均月薪哪个最低"
    assert "24000元（2 行）" in lowest.text
