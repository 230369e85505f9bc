"""Chats and records with speakers: who says what, and all that one says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import lines
from rag.assistant import Assistant
from rag.settings import Settings
from rag.upkeep.ingest import ingest

CHAT = """项目群聊天记录 2026年3月12日

陆川 09:12
早，昨天的泵机测试结果出来了吗？

沈遥 09:15
出来了，扬程只有31米，离目标40米差得有点多。

陆川 09:16
原因查到没有？

沈遥 09:20
主要是叶轮磨损，供应商说下周三给新件。

吴姐 09:31
外箱打样明天到，成本4.6元一个。
"""

RECORD = """Allotment committee, 3 March 2026

Bramwell: The pump needs a new seal before April.
Coates: I can order one for 18 pounds.
Bramwell: Please do. And the gate?
Dunn: The gate is the council's business.
Coates: Then let us write again.
"""

EXPORT = """[12/03/2026, 09:12:03] Quill: Is the ferry late again?
[12/03/2026, 09:13:40] Tamsin: By forty minutes, the ramp is stuck.
[12/03/2026, 09:15:02] Quill: Then we meet at eleven.
[12/03/2026, 09:15:31] Tamsin: Fine, at the harbour office.
"""

NOTICE = """码头通知

时间：三月十二日
地点：三楼会议室
主持：林致远
内容：码头夜间不得装卸。
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("speakers")
    for name, text in (("chat.txt", CHAT), ("record.txt", RECORD), ("notice.txt", NOTICE), ("export.txt", EXPORT)):
        (folder / name).write_text(text, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest(sorted(folder.glob("*.txt")), own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("沈遥说了什么？", ["沈遥 09:15\n出来了，扬程只有31米，离目标40米差得有点多。", "沈遥 09:20\n主要是叶轮磨损，供应商说下周三给新件。"]),
        ("吴姐说了什么？", ["吴姐 09:31\n外箱打样明天到，成本4.6元一个。"]),
        ("陆川问了什么问题？", ["陆川 09:12\n早，昨天的泵机测试结果出来了吗？", "陆川 09:16\n原因查到没有？"]),
        ("What did Coates say?", ["Coates: I can order one for 18 pounds.", "Coates: Then let us write again."]),
        ("What did Quill write?", ["[12/03/2026, 09:12:03] Quill: Is the ferry late again?", "[12/03/2026, 09:15:02] Quill: Then we meet at eleven."]),
        ("What did Dunn suggest?", ["Dunn: The gate is the council's business."]),
    ],
)  # fmt: skip
def test_all_that_one_says_is_told_in_its_order(text: str, quotes: list[str], assistant: Assistant) -> None:
    assert [one.quote for one in assistant.ask(text).answer.citations] == quotes


def test_a_label_before_a_colon_is_no_speaker(assistant: Assistant) -> None:
    assert not assistant.ask("主持说了什么？").answer.text.startswith("主持：林致远")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("泵机的扬程是多少？", "沈遥 09:15：出来了，扬程只有31米"),
        ("外箱打样什么时候到？", "吴姐 09:31：外箱打样明天到"),
    ],
)
def test_what_is_said_in_a_chat_stands_behind_who_says_it(asked: str, told: str, assistant: Assistant) -> None:
    assert assistant.ask(asked).answer.text.startswith(told)


@pytest.mark.parametrize(
    ("line", "speaks"),
    [
        ("陆川 09:12", True),
        ("Ines Baro 3/12/26, 9:12 PM", True),
        ("沈遥 2026-03-12 09:15:20", True),
        ("会议开始 9点", False),
        ("开放时间：8:30", False),
        ("2026-03-12 09:15", False),
    ],
)
def test_the_line_of_a_speaker(line: str, speaks: bool) -> None:
    assert lines.is_speaker(line) == speaks
