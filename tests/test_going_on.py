"""A conversation on a table: another row, another column, the same rows ordered or reckoned with otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.tables import going_on
from rag.types import Answer
from rag.upkeep.ingest import ingest

TODAY = date(2026, 3, 1)

LISTS = """# 云汀民企榜

（2026-02-11）

全市榜

单位：亿元

排名\t企业\t营收\t行业
1\t沧澜重工\t820\t机械
2\t海渚制药\t640\t医药
3\t青篱食品\t410\t食品

云汀县榜

单位：亿元

排名\t企业\t营收\t行业
1\t海渚制药\t640\t医药
2\t远岫物流\t300\t物流
3\t拾穗农业\t120\t农业
"""

STOCK = """Item,Quantity,Unit price,Supplier
Lantern,12,90,Norbury
Compass,30,15,Norbury
Rope,18,21,Halsing
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("going-on")
    (folder / "lists.md").write_text(LISTS, encoding="utf-8")
    (folder / "stock.csv").write_text(STOCK, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder / "lists.md", folder / "stock.csv"], own).failed
    with Assistant(own) as opened:
        yield opened


def conversation(assistant: Assistant, texts: Sequence[str]) -> list[Answer]:
    history: list[Answer] = []
    for text in texts:
        history.append(assistant.ask(text, history=history, today=TODAY).answer)
    return history


@pytest.mark.parametrize(
    ("texts", "understood", "told"),
    [
        (("What is the quantity of lanterns?", "And ropes?"), "What is the quantity of ropes?", "| 18 |"),
        (("What is the quantity of lanterns?", "Unit price?"), "What is the Unit price of lanterns?", "| 90 |"),
        (
            ("What is the quantity of lanterns?", "In total?"),
            "Quantity by Item: In total?",
            "Total: 12 + 30 + 18 = 60",
        ),
        (
            ("What is the quantity of lanterns?", "And ropes?", "What is the difference?"),
            "Quantity of Lantern and Rope: What is the difference?",
            "Difference: 18 − 12 = 6",
        ),
        (("哪家企业的营收最高？", "第三呢？"), "企业营收第三是多少", "青篱食品"),
        (("沧澜重工的营收是多少？", "前两名一共呢？"), "企业营收前两名一共是多少", "= 1460亿元"),
    ],
)
def test_a_follow_up_goes_on_with_the_table(
    texts: tuple[str, ...], understood: str, told: str, assistant: Assistant
) -> None:
    answer = conversation(assistant, texts)[-1]
    assert answer.understood == understood
    assert told in answer.text


def test_what_stands_by_itself_is_not_completed(assistant: Assistant) -> None:
    answer = conversation(assistant, ("What is the unit price of lanterns?", "What is the total quantity?"))[-1]
    assert not answer.understood
    assert answer.text.startswith("Total: 12 + 30 + 18 = 60")


def test_who_is_asked_of_another_list_of_the_article_is_told_of_the_one_spoken_of(assistant: Assistant) -> None:
    first = assistant.ask("云汀县榜哪家企业的营收最高？", today=TODAY).answer
    assert "海渚制药" in first.text
    answer = assistant.ask("第三呢？", history=[first], today=TODAY).answer
    assert "拾穗农业" in answer.text


def test_an_answer_without_rows_has_no_table(assistant: Assistant) -> None:
    refused = assistant.ask("云汀市的人口是多少？", today=TODAY).answer
    assert going_on.table_of_rows([refused]) is None
    assert going_on.of_another_row("绳子", "云汀市的人口是多少？", refused) == ""
    assert going_on.of_the_same_rows("哪个最高？", "云汀市的人口是多少？", [refused]) == ""
