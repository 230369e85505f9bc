"""A history and the news of one story: what happened in a year, and how many, told from day to day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.chronology import periods
from rag.settings import Settings
from rag.upkeep.ingest import ingest

HISTORY = """苇塘农场大事记

1958年　建场，首批知青120人到场。
1964年　建成第一座水库，库容80万立方米。
1992年　改制为苇塘农业公司，首任总经理赵克勤。
1998年　遭遇特大洪水，3200亩农田被淹。
2013年　孙慧接任总经理。
"""

LIFE = """严若川，出生于海宁，祖籍绍兴，目前为苇塘基金会董事长。
2011年严若川担任苇塘县立小学董事长。
2009年8月暴雨成灾，严若川因而成立了基金会。
"""

TEA = """苇塘县茶产业调查

2025-11-06

2025年全县干茶产值比上年增长12%。
雾岭镇产值最高，达到11.2亿元。
望溪镇是唯一产值下降的乡镇。镇长汪若溪解释说，四月的倒春寒冻伤了6100亩早芽品种。
"""

STORY = {
    "one.txt": "Floods in Harrow Vale kill at least four\n12 May 2026, Calder Wire\n\nAt least four people have died and eleven "
    "are missing after the River Esk burst its banks in the Harrow Vale on Monday night, police said.\n",
    "two.txt": "Harrow Vale floods: death toll rises to nine\n14 May 2026, Calder Wire\n\nThe number of people killed in the Harrow "
    "Vale floods has risen to nine, and three are still missing, the county said on Thursday.\n",
    "three.txt": "Harrow Vale floods: inquiry to ask why warning came late\n2 June 2026, Calder Wire\n\nJudge Peter Lowden will ask "
    "why residents got a warning only 20 minutes before the river broke its banks on 11 May. Eleven people died.\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("happening")
    for name, text in {"history.txt": HISTORY, "life.txt": LIFE, "tea.txt": TEA, **STORY}.items():
        (folder / name).write_text(text, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest(sorted(folder.glob("*.txt")), own).failed
    with Assistant(own) as opened:
        yield opened


def test_a_day_and_a_paper_under_a_title_are_no_part_of_it(assistant: Assistant) -> None:
    told = {(one.date, one.source) for one in assistant.library.articles() if "Harrow" in one.title}
    assert told == {(day, "Calder Wire") for day in ("2026-05-12", "2026-05-14", "2026-06-02")}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2013年发生了什么？", ["2013年　孙慧接任总经理。"]),
        ("九十年代发生了什么？", ["1992年　改制为苇塘农业公司，首任总经理赵克勤。", "1998年　遭遇特大洪水，3200亩农田被淹。"]),
        ("What happened in the 1960s?", ["1964年　建成第一座水库，库容80万立方米。"]),
    ],
)  # fmt: skip
def test_what_happened_is_told_by_the_sentences_that_name_the_time(
    asked: str, told: list[str], assistant: Assistant
) -> None:
    assert [one.quote for one in assistant.ask(asked, today=date(2026, 11, 30)).answer.citations] == told


def test_a_day_that_only_a_later_article_names(assistant: Assistant) -> None:
    [one] = assistant.ask("What happened on 11 May?", today=date(2026, 11, 30)).answer.citations
    assert one.quote.endswith("broke its banks on 11 May.")


def test_of_a_time_that_nothing_names_nothing_is_told(assistant: Assistant) -> None:
    answer = assistant.ask("2001年发生了什么？", today=date(2026, 11, 30)).answer
    assert answer.refused
    assert "2001" in answer.text


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("How many people died in the Harrow Vale floods?", ["2026-06-02", "2026-05-14", "2026-05-12"]),
        ("How many people are missing?", ["2026-05-14", "2026-05-12"]),
    ],
)
def test_a_number_that_changes_from_day_to_day_is_told_newest_first(
    asked: str, days: list[str], assistant: Assistant
) -> None:
    lines = assistant.ask(asked).answer.text.splitlines()
    assert [line.partition(":")[0] for line in lines] == days


def test_what_a_text_says_of_the_present_stands_before_its_years(assistant: Assistant) -> None:
    assert "基金会董事长" in assistant.ask("严若川现今的职务是什么？").answer.text.splitlines()[0]


def test_what_is_said_of_another_place_answers_nothing_of_this_one(assistant: Assistant) -> None:
    assert "汪若溪" in assistant.ask("望溪镇的镇长是谁？").answer.text
    assert "汪若溪" not in assistant.ask("雾岭镇的镇长是谁？").answer.text


def test_who_is_in_office_came_last(assistant: Assistant) -> None:
    assert "孙慧" in assistant.ask("现任总经理是谁？").answer.text.splitlines()[0]
    assert "赵克勤" in assistant.ask("首任总经理是谁？").answer.text.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1990年代", (1990, 1999)),
        ("上世纪八十年代", (1980, 1989)),
        ("the 2010s", (2010, 2019)),
        ("20世纪70年代", (1970, 1979)),
    ],
)
def test_a_decade_is_a_period(text: str, years: tuple[int, int]) -> None:
    days, rest = periods.named(text, date(2026, 11, 30))
    assert days == (date(years[0], 1, 1), date(years[1], 12, 31))
    assert periods.names_only(text, date(2026, 11, 30)), rest
