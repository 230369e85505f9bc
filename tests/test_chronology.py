"""The newest, the highest and what is of a period, from reports that say the same in every year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.upkeep.ingest import ingest

TODAY = date(2026, 11, 28)
REPORTS = {2020: (41, 5.5), 2021: (73, 5.1), 2022: (58, 6.0), 2023: (66, 6.2), 2025: (62, 6.4)}


def write_undated(folder: Path) -> None:
    """Reports that name their months, and a game."""
    months = {
        "March": "opened a shop in Wick",
        "June": "bought 31 looms from Thwaite",
        "July": "paid 12 pounds a share",
    }
    (folder / "mills.txt").write_text(
        "Fenwick Mills, founded in 1998, weaves wool.\nIn 2019 Fenwick Mills had a good year, as 2019 was dry.\n"
        + "".join(f"In {month}, the company {did}.\n" for month, did in months.items()),
        "utf-8",
    )
    (folder / "orchard.txt").write_text(
        "云汀果园2021年大事记\n\n2021年7月，云汀果园公布了栽种计划。另外，果园于2021年8月向社员分红350万元。\n"
        "果园说，这笔钱按户发放。\n2021年10月，果园开始建冷库，冷库将于2021年12月完工。\n",
        "utf-8",
    )
    (folder / "game.txt").write_text(
        "Wick Rovers 21, Thwaite 14\n\nWith 4:51 left in the game, Wick Rovers took the ball to the 24-yard "
        "line, and Ivo Marsh scored the touchdown that won it. Thwaite had led in the first quarter.\n",
        "utf-8",
    )
    (folder / "plan.txt").write_text(
        "云汀茶场发布扩建方案\n2026-03-02\n\n云汀茶场日前发布方案，提出到2029年，云汀茶场将引进制茶师傅20名以上，年产茶规模突破90吨。\n"
        "目前，该场年产茶规模达到35吨，有师傅6名。\n",
        "utf-8",
    )


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("reports")
    for year, (salt, price) in REPORTS.items():
        (folder / f"{year}.txt").write_text(
            f"云汀盐场年报\n{year}-12-15\n\n云汀盐场全年产盐{salt}万吨，产量为近年常见。\n每吨盐的出场价为{price}百元。\n",
            "utf-8",
        )
    for month, visitors in (("2026-09", 310), ("2026-10", 290), ("2025-10", 275)):
        (folder / f"{month}.txt").write_text(
            f"Harrow museum monthly\n{month}-28\n\nThe Harrow museum welcomed {visitors} visitors this month.\n",
            "utf-8",
        )
    for year, toll, cars in ((2021, 3, "410,000"), (2022, 3, "452,000"), (2023, 4, "398,000"), (2024, 5, "441,000")):
        said = f"The toll on Brill Bridge is {toll} pounds, and {cars} cars crossed it in the past twelve months."
        (folder / f"toll{year}.txt").write_text(f"Brill Bridge toll report\n{year}-06-10\n\n{said}\n", "utf-8")
    (folder / "visit.txt").write_text(
        "客人到访云汀盐场\n2026-11-18\n\n来自外省的12名客人上周参观了云汀盐场，称赞这里的风光。\n", "utf-8"
    )
    rows = "\n".join(
        f"{year},{mills},{sails}" for year, mills, sails in ((2021, 12, 48), (2022, 19, 40), (2023, 15, 60))
    )
    (folder / "mills.csv").write_text(f"年份,云汀风车数量,云汀风帆数量\n{rows}\n", "utf-8")
    (folder / "rain.csv").write_text(
        "Station,Month,Rainfall (mm)\nAlder,June,81\nAlder,July,63\nBirch,July,70\n", "utf-8"
    )
    for quarter, bass in (("第一季度", 32), ("第二季度", 47)):
        (folder / f"{quarter}.txt").write_text(
            f"云汀渔场季报\n2026-08-05\n\n2026年{quarter}，云汀渔场捕捞鲈鱼{bass}吨。\n", "utf-8"
        )
    for year, head in ((2023, "秦大勇"), (2025, "周小梅")):
        (folder / f"head{year}.txt").write_text(
            f"柳营村概况\n{year}-06-01\n\n柳营村有人口1204人，村支书是{head}。\n", "utf-8"
        )
    write_undated(folder)
    settings = Settings(tmp_path_factory.mktemp("home"), engine="quote")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        yield opened


def lines(assistant: Assistant, text: str, today: date = TODAY) -> list[str]:
    answer = assistant.ask(text, today=today).answer
    return [] if answer.refused else answer.text.splitlines()


def test_the_newest_that_answers_comes_first_and_says_its_date(assistant: Assistant) -> None:
    first, second, *_ = lines(assistant, "云汀盐场最新的产盐量是多少万吨？")
    assert first.startswith("2025-12-15：")
    assert "62万吨" in first
    assert "66万吨" in second


@pytest.mark.parametrize(
    ("text", "tons"),
    [
        ("云汀茶场现在年产茶规模多大？", "35吨"),
        ("云汀茶场目前的年产茶规模是多少？", "35吨"),
        ("云汀茶场最新的年产茶规模目标是多少？", "90吨"),
    ],
)
def test_a_plan_does_not_tell_of_the_present(assistant: Assistant, text: str, tons: str) -> None:
    assert tons in lines(assistant, text)[0]


def test_newer_news_that_does_not_answer_is_not_the_newest(assistant: Assistant) -> None:
    assert "6.4百元" in lines(assistant, "云汀盐场现在每吨盐的出场价是多少？")[0]


@pytest.mark.parametrize(("asked", "year"), [("最多", 2021), ("最少", 2020)])
def test_of_all_years_the_highest_and_the_lowest(assistant: Assistant, asked: str, year: int) -> None:
    told = lines(assistant, f"云汀盐场哪一年产盐{asked}？")
    assert f"{REPORTS[year][0]}万吨" in told[0]
    assert len(told) == len(REPORTS)


def test_of_two_numbers_in_a_sentence_the_one_beside_what_is_asked_for_counts(assistant: Assistant) -> None:
    assert "398,000 cars" in lines(assistant, "In which year did the fewest cars cross Brill Bridge?")[0]
    assert (
        "452,000 cars" in lines(assistant, "What is the highest number of cars to have crossed Brill Bridge so far?")[0]
    )


def test_of_a_table_the_column_that_is_asked_for_counts(assistant: Assistant) -> None:
    for text, row in [
        ("云汀风车哪一年数量最多？", "| 2022 | 19 | 40 |"),
        ("云汀风帆哪一年数量最多？", "| 2023 | 15 | 60 |"),
        ("云汀风帆哪一年数量最少？", "| 2022 | 19 | 40 |"),
        ("云汀风车最新的数量是多少？", "| 2023 | 15 | 60 |"),
    ]:
        header, first = lines(assistant, text)[:2]
        assert header == "| 年份 | 云汀风车数量 | 云汀风帆数量 |"
        assert row in first


def test_of_a_table_the_row_of_the_year_answers(assistant: Assistant) -> None:
    assert lines(assistant, "2022年云汀风车数量是多少？")[1:] == ["| 2022 | 19 | 40 |[1]"]


def test_of_a_table_no_row_of_another_year_answers(assistant: Assistant) -> None:
    assert not lines(assistant, "2018年云汀风车数量是多少？")


def test_as_of_a_day_the_newest_until_then(assistant: Assistant) -> None:
    assert lines(assistant, "截至2024年底，云汀盐场产盐多少万吨？")[0].startswith("2023-12-15：")


@pytest.mark.parametrize(("today", "salt"), [(TODAY, "62万吨"), (date(2024, 5, 1), "66万吨")])
def test_last_year_is_counted_from_today(assistant: Assistant, today: date, salt: str) -> None:
    assert salt in lines(assistant, "去年云汀盐场产盐多少万吨？", today)[0]


def test_what_was_understood_is_told_also_where_nothing_answers(assistant: Assistant) -> None:
    answer = assistant.ask("去年云汀盐场产盐多少万吨？", today=date(2025, 3, 1)).answer
    assert answer.refused
    assert answer.understood == "2024年云汀盐场产盐多少万吨？"
    assert assistant.ask("云汀盐场2021年产盐多少万吨？", today=TODAY).answer.understood == ""


@pytest.mark.parametrize(
    ("text", "visitors"),
    [
        ("How many visitors did the Harrow museum welcome last month?", "290"),
        ("How many visitors did the Harrow museum welcome in September?", "310"),
        ("How many visitors did the Harrow museum welcome in October 2025?", "275"),
    ],
)
def test_a_month_is_answered_by_its_own_report(assistant: Assistant, text: str, visitors: str) -> None:
    told = lines(assistant, text)
    assert visitors in told[0]
    assert len(told) == 1


def test_a_month_that_fills_a_cell_is_one(assistant: Assistant) -> None:
    assert "| Alder | June | 81 |" in lines(assistant, "What was the rainfall at Alder in June?")[1]
    assert lines(assistant, "What was the rainfall at Alder in May?") == []


def test_a_quarter_is_answered_by_its_own_report(assistant: Assistant) -> None:
    assert lines(assistant, "2026年第一季度云汀渔场捕捞鲈鱼多少吨？") == ["2026年第一季度，云汀渔场捕捞鲈鱼32吨。[1]"]
    assert "47吨" in lines(assistant, "云汀渔场捕捞鲈鱼最多的是哪个季度？")[0]
    assert not lines(assistant, "2026年第三季度云汀渔场捕捞鲈鱼多少吨？")


@pytest.mark.parametrize("text", ["柳营村目前的村支书是谁？", "柳營村現在的村支書是誰？"])
def test_who_holds_an_office_now_is_told_by_the_newest(assistant: Assistant, text: str) -> None:
    assert "周小梅" in lines(assistant, text)[0]


def test_a_month_in_the_report_on_a_year_is_of_that_year(assistant: Assistant) -> None:
    assert "31 looms" in lines(assistant, "How many looms did Fenwick Mills buy in June 2019?")[0]
    assert not lines(assistant, "How many looms did Fenwick Mills buy in June 2018?")


def test_a_month_that_no_article_tells_of_is_refused(assistant: Assistant) -> None:
    assert not lines(assistant, "How many visitors did the Harrow museum welcome in May 2025?")


def test_a_sentence_that_names_its_month_tells_of_no_other(assistant: Assistant) -> None:
    assert "350万元" in lines(assistant, "云汀果园2021年8月向社员分红多少？")[0]
    assert "350万元" not in "".join(lines(assistant, "云汀果园2021年7月向社员分红多少？"))


def test_when_something_of_a_month_ends_may_be_in_another_one(assistant: Assistant) -> None:
    assert "2021年12月完工" in lines(assistant, "云汀果园2021年10月开始建的冷库何时完工？")[0]


def test_what_names_no_quarter_may_be_of_the_one_that_is_asked_for(assistant: Assistant) -> None:
    assert "Ivo Marsh" in lines(assistant, "Who scored the touchdown for Wick Rovers in the fourth quarter?")[0]
