"""Diaries, logs and minutes: the day that an entry stands under, and when a meeting was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import lines
from rag.assistant import Assistant
from rag.settings import Settings
from rag.upkeep.ingest import ingest

DIARY = """2026-02-14
Went to the dentist. The crown needs replacing in summer, about 640 pounds.

2026-02-20
Car service at Pellow's. New brake pads, 210 pounds. Next inspection due in September.

2026-03-02
Aunt Clara's birthday is on the 11th; she wants the blue teapot.
"""

MINUTES = """# 产品周会纪要

时间：2026年3月9日 14:00–15:30
地点：三楼会议室
主持：林致远
缺席：吴越

退款延迟的原因是银行接口超时。
"""

BOARD = """# 董事会记录

时间：2026年3月11日 9:40
地点：二楼大会议室

会议通过了今年的预算。
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("entries")
    for name, text in (("diary.txt", DIARY), ("minutes.md", MINUTES), ("board.md", BOARD)):
        (folder / name).write_text(text, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([path for path in sorted(folder.iterdir()) if path.is_file()], own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            *("When did I go to the dentist?", "2026-02-14: Went to the dentist."),
            marks=pytest.mark.xfail(strict=True, reason="a known miss: refused"),
        ),
        ("When was the car serviced?", "2026-02-20: Car service at Pellow's."),
        ("When is Aunt Clara's birthday?", "2026-03-02: Aunt Clara's birthday is on the 11th"),
    ],
)
def test_what_an_entry_says_stands_behind_its_day(text: str, told: str, assistant: Assistant) -> None:
    answer = assistant.ask(text).answer
    assert answer.text.startswith(told)
    assert not any(lines.day_of(one.quote) for one in answer.citations)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("产品周会纪要", "时间：2026年3月9日 14:00–15:30\n地点：三楼会议室"),
        ("董事会记录", "时间：2026年3月11日 9:40\n地点：二楼大会议室"),
    ],
)
def test_when_a_meeting_was_is_text_and_not_its_date_alone(text: str, told: str, assistant: Assistant) -> None:
    article = assistant.search(text)[0].article
    assert told in article.text
    assert {one.date for one in assistant.library.articles()} == {"2026-02-14", "2026-03-09", "2026-03-11"}


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("2026-02-14", "2026-02-14"),
        ("## 2026年2月14日", "2026-02-14"),
        ("**2026/02/14**", "2026-02-14"),
        ("February 14, 2026", "2026-02-14"),
        ("14 February 2026", "2026-02-14"),
        ("2026年2月", ""),
        ("今天是2026年2月14日。", ""),
        ("第2026号", ""),
        ("", ""),
    ],
)
def test_a_line_is_a_day_or_none(line: str, day: str) -> None:
    assert lines.day_of(line) == day
