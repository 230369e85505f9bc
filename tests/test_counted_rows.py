"""Tables: the place in an order, the most of a column, what lies above a bound and in one place are counted, not read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index import passages, rows
from index.types import Article, Hit
from rag import question
from rag.assistant import Assistant
from rag.evidence import Evidence
from rag.settings import Settings
from rag.tables import telling
from rag.types import Answer
from rag.upkeep.ingest import ingest

HARBOURS = """# 云汀沿海港口统计

（2026-02-03）

十大港口

排名\t港口\t吞吐量（万吨）\t吞吐量变化（万吨）\t所在市\t建成年份
1-\t白沙港\t9200\t310\t南洲\t1998
2-\t石矶港\t8100\t-640\t云汀\t1987
3↑\t望潮港\t7700\t1250\t南洲\t2011
4\t雁荡港\t2600\t-90\t青屿\t2004
4\t鹭岛港\t2600\t0\t云汀\t1979

来源：云汀统计局*本年新进港口

统计局说，明年起另有两个渔港列入统计，堤坝和航道的数字也一并公布。
"""

CROPS = """# 云汀各乡作物产量

（2025-12-01）

| 乡 | 作物 | 产量（吨） |
|---|---|---|
| 松原乡 | 小麦 | 5200 |
| 松原乡 | 玉米 | 8100 |
| 松原乡 | 大豆 | 1900 |
| 白石乡 | 小麦 | 4300 |
| 白石乡 | 玉米 | 7600 |
| 白石乡 | 大豆 | 2500 |
"""

YEARS = """# 芦湾渡口年报

（2026-02-01）

| 年份 | 渡客（万人） | 汽车（万辆） |
|---|---|---|
| 2022 | 71 | 8 |
| 2023 | 64 | 9 |
| 2024 | 78 | 11 |
| 2025 | 75 | 12 |
"""

STATISTICS = """# 云汀年鉴

2025年各区指标

单位：亿元

| 地区 | 总产值 | 增速（%） | 税收 |
|---|---|---|---|
| 北仓区 | 1820.5 | 6.2 | 160.1 |
| 芦湾区 | 960.2 | 5.1 | 70.4 |
| 全市合计 | 2780.7 | 5.8 | 230.5 |
"""

FERRIES = """# Ferries of the Harrow Sound

*January 9, 2026*

| Ferry | Passengers in 2023 | Passengers in 2025 | Home port |
|---|---|---|---|
| Marigold | 41,200 | 61,900 | Alder |
| Osprey | 88,000 | 54,300 | Brill |
| Tern | 12,700 | 14,100 | Alder |
| All ferries | 141,900 | 130,300 | |
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("tables")
    (folder / "harbours.md").write_text(HARBOURS, encoding="utf-8")
    (folder / "ferries.md").write_text(FERRIES, encoding="utf-8")
    (folder / "statistics.md").write_text(STATISTICS, encoding="utf-8")
    (folder / "years.md").write_text(YEARS, encoding="utf-8")
    (folder / "crops.md").write_text(CROPS, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest(sorted(folder.glob("*.md")), own).failed
    with Assistant(own) as opened:
        yield opened


def told(answer: Answer) -> list[str]:
    """The names of the rows that an answer quotes, each with the cell that answers behind it."""
    found = []
    for sentence in answer.sentences:
        cells = [cell.strip() for cell in sentence.text.strip("|").replace("\t", "|").split("|")]
        name = cells[1] if "港" in sentence.text else cells[0]
        marked = sentence.text[slice(*sentence.span)] if sentence.span else ""
        found.append(f"{name} {marked}".strip())
    return found


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("十大港口第三名是谁？", ["望潮港 望潮港"]),
        ("云汀沿海港口排名第四的是哪个港口？", ["雁荡港 雁荡港", "鹭岛港 鹭岛港"]),
        ("哪个港口的吞吐量最大？", ["白沙港 9200"]),
        ("吞吐量最小的港口是哪个？", ["雁荡港 2600", "鹭岛港 2600"]),
        ("吞吐量第二高的港口是哪个？", ["石矶港 8100"]),
        ("哪个港口吞吐量增长最多？", ["望潮港 1250"]),
        ("哪个港口的吞吐量下降最多？", ["石矶港 -640"]),
        ("哪些港口的吞吐量下降了？", ["石矶港 -640", "雁荡港 -90"]),
        ("哪个港口建成最早？", ["鹭岛港 1979"]),
        ("南洲有几个港口？", ["白沙港", "望潮港"]),
        ("吞吐量超过8000万吨的港口有哪些？", ["白沙港 9200", "石矶港 8100"]),
        ("吞吐量低于0.5亿吨的港口有几个？", ["雁荡港 2600", "鹭岛港 2600"]),
        ("十大港口有哪些？", ["白沙港", "石矶港", "望潮港", "雁荡港", "鹭岛港"]),
        ("Which ferry had the most passengers in 2023?", ["Osprey 88,000"]),
        ("Which ferry had the fewest passengers?", ["Tern 14,100"]),
        ("Which ferry had the second most passengers in 2025?", ["Osprey 54,300"]),
        ("Which ferry gained the most passengers?", ["Marigold"]),
        ("Which ferry lost passengers between 2023 and 2025?", ["Osprey"]),
        ("Which ferries had more than 50,000 passengers in 2025?", ["Marigold 61,900", "Osprey 54,300"]),
        ("Which ferries have Alder as home port?", ["Marigold", "Tern"]),
        ("Which port has the largest throughput?", ["白沙港 9200"]),
        ("南洲吞吐量最小的港口是哪个？", ["望潮港 7700"]),
        ("松原乡产量最高的作物是什么？", ["松原乡 8100"]),
        ("哪个乡的大豆产量最高？", ["白石乡 2500"]),
        ("白沙港和石矶港哪个吞吐量大？", ["白沙港 9200", "石矶港 8100"]),
        ("对比石矶港和雁荡港的吞吐量", ["石矶港 8100", "雁荡港 2600"]),
        ("各港口的吞吐量是多少？", ["白沙港 9200", "石矶港 8100", "望潮港 7700", "雁荡港 2600", "鹭岛港 2600"]),
        ("Compare Marigold and Tern", ["Marigold", "Tern"]),
        (
            "How many passengers did each ferry have in 2023?",
            ["Marigold 41,200", "Osprey 88,000", "Tern 12,700", "All ferries 141,900"],
        ),
        ("芦湾渡口哪年的渡客减少了？", ["2023", "2025"]),
        ("芦湾渡口渡客超过70万人的有几年？", ["2022 71", "2024 78", "2025 75"]),
        ("云汀哪个区总产值最高？", ["北仓区 1820.5"]),
        ("云汀年鉴里哪个区增速最快？", ["北仓区 6.2"]),
        ("总产值超过1000亿元的区有哪些？", ["北仓区 1820.5"]),
        ("税收低于100亿元的区有几个？", ["芦湾区 70.4"]),
        ("云汀年鉴里各区的税收", ["北仓区 160.1", "芦湾区 70.4", "全市合计 230.5"]),
        ("松原乡有哪些作物？", ["松原乡", "松原乡", "松原乡"]),
    ],
)
def test_rows_are_counted_and_compared(text: str, named: list[str], assistant: Assistant) -> None:
    answer = assistant.ask(text).answer
    assert told(answer) == named
    above = [f"共 {len(named)} 行", f"{len(named)} rows", "单位：亿元"]
    *notices, header = answer.sentences[0].lead.splitlines()
    assert rows.is_row(header)
    assert set(notices) <= set(above)
    assert all(not sentence.lead for sentence in answer.sentences[1:])


@pytest.mark.parametrize(
    "text",
    [
        "哪个港口的员工最多？",
        "2019年吞吐量最大的港口是哪个？",
        "哪个国家的港口最多？",
        "十大机场第三名是谁？",
        "Which ferry had the most crew?",
        "Which ferry had the most passengers in 2019?",
        "南洲有几个机场？",
    ],
)
def test_what_no_column_tells_is_not_counted(text: str, assistant: Assistant) -> None:
    asked = question.read(text)
    hits = assistant.search(text, 8)
    assert any(rows.is_row(hit.passage.text) for hit in hits)
    assert telling.told(asked, hits, [], lambda said: assistant.retrieval.query(question.read(said)).translated) is None


def test_the_unit_above_a_table_is_told_with_its_rows(assistant: Assistant) -> None:
    [sentence] = assistant.ask("北仓区的总产值是多少？").answer.sentences
    assert sentence.lead == "单位：亿元\n| 地区 | 总产值 | 增速（%） | 税收 |\n"


def test_a_row_is_quoted_under_its_columns_with_the_cell_asked_for(assistant: Assistant) -> None:
    [sentence] = assistant.ask("石矶港的吞吐量是多少？").answer.sentences
    assert sentence.lead == "排名\t港口\t吞吐量（万吨）\t吞吐量变化（万吨）\t所在市\t建成年份\n"
    assert sentence.text == "2-\t石矶港\t8100\t-640\t云汀\t1987"
    assert sentence.span
    assert sentence.text[slice(*sentence.span)] == "8100"


def test_of_a_row_with_two_names_both_count(assistant: Assistant) -> None:
    [sentence] = assistant.ask("白石乡的玉米产量是多少？").answer.sentences
    assert sentence.text == "| 白石乡 | 玉米 | 7600 |"
    assert sentence.span
    assert sentence.text[slice(*sentence.span)] == "7600"


@pytest.mark.parametrize("text", ["石矶港的员工是多少？", "石矶港的负责人叫什么？"])
def test_a_row_answers_nothing_that_no_column_is_about(text: str, assistant: Assistant) -> None:
    answer = assistant.ask(text).answer
    assert answer.refused or "石矶港\t8100" not in answer.text


def test_a_line_that_names_a_source_answers_only_who_asks_for_it(assistant: Assistant) -> None:
    _, asked = assistant.ranked("十大港口排名第十的是哪个？", 8)
    assert asked
    assert not any("云汀统计局" in one.text for one in asked)
    _, asked = assistant.ranked("十大港口排名的数据来源是什么？", 8)
    assert any("来源：云汀统计局" in one.text for one in asked)


def test_of_many_rows_the_first_are_quoted_and_all_are_counted() -> None:
    told = "".join(f"| 村庄{place:03} | 南乡 | {place * 7} |\n" for place in range(61))
    text = f"# 各村\n\n| 村庄 | 乡 | 面积 |\n|---|---|---|\n{told}| 村庄999 | 北乡 | 5 |\n"
    article = Article(id="a", title="各村", text=text, language="zh", path="a.md")
    hits = [Hit(one, article, 1.0) for one in passages.cut(article)]
    answer = telling.told(question.read("南乡有几个村庄？"), hits, [], lambda _: ())
    assert answer
    assert answer.text.startswith("共 61 行，这里是前 20 行\n| 村庄 | 乡 | 面积 |\n| 村庄000 | 南乡 | 0 |[1]\n")
    assert len(answer.sentences) == telling.QUOTED


@given(st.lists(st.integers(-(10**6), 10**6), min_size=3, max_size=120, unique=True))
@settings(max_examples=40, deadline=None)
def test_of_any_table_the_most_and_the_least_are_found_in_all_of_its_parts(numbers: list[int]) -> None:
    assume(all(2 * number != sum(numbers) for number in numbers))  # else it is the sum of the others
    told = "".join(f"| 村庄{place:03} | {number} | {'长' * 12} |\n" for place, number in enumerate(numbers))
    text = f"# 各村面积\n\n| 村庄 | 面积 | 说明 |\n|---|---|---|\n{told}"
    article = Article(id="a", title="各村面积", text=text, language="zh", path=str(Path("a.md")))
    hits = [Hit(one, article, 1.0) for one in passages.cut(article) if rows.is_row(one.text)][:1]
    for word, most in (("最大", max(numbers)), ("最小", min(numbers))):
        answer = telling.told(question.read(f"哪个村庄的面积{word}？"), hits, [], lambda _: ())
        assert answer
        assert [s.text for s in answer.sentences] == [
            f"| 村庄{place:03} | {number} | {'长' * 12} |" for place, number in enumerate(numbers) if number == most
        ]


CELLS = st.sampled_from(
    [
        "",
        "甲港",
        "乙",
        "1",
        "2-",
        "3,4",
        "1,200",
        "-5%",
        "约3亿元",
        "Alder",
        "a|b",
        "2025",
        "**粗**",
        "：",
        "(",
        "9" * 40,
        "第三",
    ]
)
QUESTIONS = st.sampled_from(
    [
        "哪个港口的数量最多？",
        "第2名是谁？",
        "数量超过1的有几个？",
        "甲港和乙的数量",
        "各港口的数量",
        "谁增长最多？",
        "Which Alder is the second largest?",
        "什么最早？",
        "Alder有哪些",
        "各港口数量一共多少？",
        "甲港比乙多多少？",
        "甲港2025年比2024年增长了百分之几？",
        "各港口的平均数量是多少？",
        "甲港占所有港口数量的比例是多少？",
        "前三名港口的数量合计多少？",
        "数量最多的港口比最少的多多少？",
        "数量最少的两个港口是哪些？",
        "甲港到乙的数量一共多少？",
        "What is the total 数量?",
        "What is the difference between Alder and 甲港 in 2025?",
    ]
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=8), st.sampled_from("\t|"), QUESTIONS)
@settings(max_examples=300, deadline=None)
def test_no_table_is_too_odd_to_be_asked(cells: list[list[str]], mark: str, text: str) -> None:
    body = "\n".join(mark.join(["", *row, ""]) if mark == "|" else mark.join(row) for row in cells)
    article = Article(
        id="a", title="港口数量", text=f"港口\t数量\t2024年\t2025年\n{body}\n", language="zh", path="a.md"
    )
    hits = [Hit(one, article, 1.0) for one in passages.cut(article)]
    asked = question.read(text)
    ranked = [
        Evidence(hit, start, end, 1.0, {}, span=(start, end + 3))
        for hit in hits
        for start, end in passages.sentences(article.text, hit.passage.start, hit.passage.end)
    ]
    answer = telling.told(asked, hits, ranked, lambda _: ())
    for citation in answer.citations if answer else ():
        assert article.text[citation.start : citation.end] == citation.quote
    for one in telling.narrowed(asked, ranked, lambda _: ()):
        assert (
            not one.span or one.span == (one.start, one.end + 3) or one.start <= one.span[0] <= one.span[1] <= one.end
        )
        assert rows.labelled(one.text, one.hit.passage)
