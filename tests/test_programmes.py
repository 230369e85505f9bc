"""What stands under a day of a programme or an itinerary."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.upkeep.ingest import ingest

FORUM = """第六届苇塘出版论坛日程
主办单位：苇塘市出版协会

10月17日（星期六）
08:30—09:00 签到
09:20—10:10 主旨报告：编辑的未来 报告人：罗永年教授
13:30—15:00 分论坛A：有声读物的市场
18:30 欢迎晚宴

10月18日（星期日）
09:00—10:30 工作坊：用开源工具排版古籍
12:00 闭幕

注意事项：
1. 会议费每人800元，学生凭证400元。
2. 报名截止日期为9月30日。
"""

TOUR = """云南三日游行程单

第一天 昆明
抵达昆明长水机场，接机入住翠湖宾馆。

第二天 昆明—大理
09:30 乘高铁前往大理
14:00 游览洱海生态廊道

第三天 大理
08:30 登苍山索道
"""

FESTIVAL = """# Harrow Book Festival 2026: programme

## Friday 12 June
18:00 Opening, Town Hall

## Saturday 13 June
10:00 Children's hour with Tomas Riedel
14:00 Workshop: Binding a book by hand
20:00 Concert, St Anne's

Tickets: £8, children free.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("programmes")
    for name, text in {"forum.txt": FORUM, "tour.txt": TOUR, "festival.md": FESTIVAL}.items():
        (folder / name).write_text(text, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder], own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "begins", "ends", "lines"),
    [
        ("10月18日有哪些活动？", "10月18日（星期日）", "12:00 闭幕", 3),
        ("10月17日下午有什么安排？", "13:30", "有声读物的市场", 1),
        ("10月17日上午有什么活动？", "08:30", "罗永年教授", 2),
        ("第二天去哪里？", "第二天 昆明—大理", "洱海生态廊道", 3),
        ("What is on Saturday?", "Saturday 13 June", "Concert, St Anne's", 4),
        ("What is planned for the evening of 13 June?", "20:00", "Concert, St Anne's", 1),
    ],
)
def test_all_of_a_day_or_of_a_part_of_it_is_told(
    assistant: Assistant, question: str, begins: str, ends: str, lines: int
) -> None:
    (sentence,) = assistant.ask(question, today=date(2026, 11, 30)).answer.sentences
    assert sentence.text.startswith(begins)
    assert sentence.text.endswith(ends)
    assert len(sentence.text.splitlines()) == lines


@pytest.mark.parametrize("question", ["10月17日的主旨报告是谁做的？", "第一天住哪里？", "会议费是多少？"])
def test_one_thing_of_a_day_is_quoted_by_itself(assistant: Assistant, question: str) -> None:
    first = assistant.ask(question, today=date(2026, 11, 30)).answer.sentences[0]
    assert len(first.text.splitlines()) < 3


@pytest.mark.parametrize("question", ["10月19日有哪些活动？", "What is on Sunday afternoon at the zoo?"])
def test_a_day_that_no_programme_has_is_not_made_up(assistant: Assistant, question: str) -> None:
    told = assistant.ask(question, today=date(2026, 11, 30)).answer
    assert not any(sentence.text.startswith(("10月1", "Saturday", "Friday")) for sentence in told.sentences)
