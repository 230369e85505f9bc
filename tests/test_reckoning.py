"""What rows come to: sums, means, differences, changes and shares, each written out above the rows that it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import passages
from index.types import Article, Hit
from rag import question
from rag.assistant import Assistant
from rag.settings import Settings
from rag.tables import telling
from rag.upkeep.ingest import ingest

ACCOUNTS = """月份,收入（元）,支出（元）,备注
1月,12000,8300,
2月,9800,7600,灯会
3月,15300,9900,
4月,13100,8800,
合计,50200,34600,
"""

SHOPS = """# 栖云书店各店销售

| 分店 | 2023年销售额 | 2024年销售额 | 增长率 |
|---|---|---|---|
| 塘东店 | 320万元 | 360万元 | 12.5% |
| 岭西店 | 210万元 | 198万元 | -5.7% |
| 渡南店 | 450万元 | 531万元 | 18% |
"""

ORDERS = """Item,Quantity,Unit price (USD),Supplier
Lantern,12,899.50,Norbury
Compass,30,159,Norbury
Whistle,45,24.90,Halsing
Rope,18,210,Halsing
"""

LEAGUE = """# 云汀民企百强

单位：亿元

排名\t企业\t营收\t行业
1\t沧澜重工\t820\t机械
2\t海渚制药\t640\t医药
3\t青篱食品\t410\t食品
4\t远岫物流\t300\t物流
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("reckoning")
    (folder / "栖云书店账目.csv").write_text(ACCOUNTS, encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "shops.md").write_text(SHOPS, encoding="utf-8")
    (folder / "league.md").write_text(LEAGUE, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([path for path in sorted(folder.iterdir()) if path.is_file()], own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "said", "rows"),
    [
        ("1月到3月收入一共多少？", "合计：12000 + 9800 + 15300 = 37100元", 3),
        ("1月和3月一共支出多少？", "合计：8300 + 9900 = 18200元", 2),
        ("平均每月支出多少？", "平均：(8300 + 7600 + 9900 + 8800) ÷ 4 = 8650元", 4),
        ("3月比2月收入多多少？", "相差：15300 − 9800 = 5500元", 2),
        ("各分店2024年销售额合计是多少？", "合计：360 + 198 + 531 = 1089万元", 3),
        ("渡南店和塘东店2024年的销售额相差多少？", "相差：531 − 360 = 171万元", 2),
        ("塘东店2024年比2023年增长了多少？", "相差：360 − 320 = 40万元", 1),
        ("渡南店的增长率比塘东店高多少？", "相差：18 − 12.5 = 5.5个百分点", 2),
        ("销售额最高的分店比最低的多多少？", "相差：531 − 198 = 333万元", 2),
        ("前三名企业的营收一共多少？", "合计：820 + 640 + 410 = 1870亿元", 3),
        ("沧澜重工的营收占四家企业的比例是多少？", "占比：820 ÷ (820 + 640 + 410 + 300) = 37.8%", 4),
        ("What is the total quantity?", "Total: 12 + 30 + 45 + 18 = 105", 4),
        ("What is the total quantity supplied by Norbury?", "Total: 12 + 30 = 42", 2),
        (
            "What is the average unit price of the items?",
            "Average: (899.50 + 159 + 24.90 + 210) ÷ 4 = 323.35 USD",
            4,
        ),
        ("What is the difference in quantity between ropes and whistles?", "Difference: 45 − 18 = 27", 2),
    ],
)
def test_what_the_rows_come_to_is_written_out_above_them(text: str, said: str, rows: int, assistant: Assistant) -> None:
    answer = assistant.ask(text).answer
    assert answer.text.splitlines()[0] == said
    assert len(answer.sentences) == rows
    assert all(one.span for one in answer.sentences)


@pytest.mark.parametrize("text", ["一共收入多少元？", "全年总收入是多少？"])
def test_a_row_of_totals_is_quoted_where_there_is_one(text: str, assistant: Assistant) -> None:
    answer = assistant.ask(text).answer
    (only,) = answer.sentences
    assert "合计 | 50200" in only.text
    assert only.span
    assert only.text[slice(*only.span)] == "50200"
    assert "=" not in answer.text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("营收前两名的企业是哪些？", ["沧澜重工", "海渚制药"]),
        ("营收最少的两家企业是哪些？", ["远岫物流", "青篱食品"]),
        ("哪个月收入最高？", ["3月"]),
        ("Which two items have the largest quantity?", ["Whistle", "Compass"]),
    ],
)
def test_as_many_rows_as_are_asked_for_stand_in_their_order(text: str, names: list[str], assistant: Assistant) -> None:
    found = [re.split(r"[|\t]", one.text.strip("|")) for one in assistant.ask(text).answer.sentences]
    assert [next(cell.strip() for cell in row if not cell.strip().isdigit()) for row in found] == names


@pytest.mark.parametrize(
    "text",
    [
        "云汀市的总人口是多少？",
        "营收前三名的行业一共有多少人？",
        "2022年各分店销售额合计是多少？",
        "How many lanterns were sold in total in 2019?",
    ],
)
def test_what_no_column_tells_is_not_reckoned(text: str, assistant: Assistant) -> None:
    assert " = " not in assistant.ask(text).answer.text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.decimals(-9999, 9999, places=2), min_size=2, max_size=7))
def test_the_sum_written_out_is_the_sum_of_the_cells(values: list[Decimal]) -> None:
    lines = [f"| 第{'甲乙丙丁戊己庚'[at]}村 | {value} |" for at, value in enumerate(values)]
    text = "\n".join(["# 各村收成", "", "| 村庄 | 收成（吨） |", "|---|---|", *lines])
    article = Article(id="a", title="各村收成", text=text, language="zh", path="a.md")
    hits = [Hit(passage, article, 1.0) for passage in passages.cut(article)]
    answer = telling.told(question.read("各村庄的收成一共多少吨？"), hits, [], lambda _: ())
    if answer is None or " = " not in answer.text:  # a row that is the sum of the others is quoted instead
        assert any(2 * value == sum(values) for value in values)
        return
    whole = answer.text.splitlines()[0].rpartition(" = ")[2].removesuffix("吨")
    assert Decimal(whole) == sum(values)


@pytest.mark.parametrize(
    ("cells", "whole"),
    [
        (["1,200", "350"], "1,550"),
        (["¥1,200.00", "¥35.50"], "¥1,235.50"),
        (["1.5", "2"], "3.5"),
        (["320万元", "80万元"], "400万元"),
        (["12", "30"], "42"),
    ],
)
def test_a_sum_is_written_as_its_cells_are(cells: list[str], whole: str) -> None:
    lines = [f"| {'东西'[at]}村 | {cell} |" for at, cell in enumerate(cells)]
    text = "\n".join(["# 各村收成", "", "| 村庄 | 收成 |", "|---|---|", *lines])
    article = Article(id="a", title="各村收成", text=text, language="zh", path="a.md")
    hits = [Hit(passage, article, 1.0) for passage in passages.cut(article)]
    answer = telling.told(question.read("各村庄的收成一共多少？"), hits, [], lambda _: ())
    assert answer
    assert answer.text.splitlines()[0].endswith(f" = {whole}")
