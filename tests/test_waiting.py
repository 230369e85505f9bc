"""The line of questions: their order, how many are before each, what happens to one that leaves, and what a reader is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from rag.assistant import Assistant
from rag.conversations import Conversations
from rag.settings import Settings
from ui import mcp
from ui.hall import Hall
from ui.waiting import FullError, Line
from ui.web import api
from ui.web.seats import Seats
from ui.web.session import Desk, Session


def test_a_line_keeps_its_order_and_knows_who_is_before_whom() -> None:
    line = Line(at_once=2, most=3)
    places = [line.join() for _ in range(5)]
    assert [place.come for place in places] == [True, True, False, False, False]
    assert [place.before for place in places] == [0, 0, 0, 1, 2]
    assert line.counts() == (2, 3)
    with pytest.raises(FullError, match=r"waiting here \(3\)"):
        line.join()
    line.leave(places[3])  # a page that was closed
    assert places[4].before == 1
    for _ in range(2):
        line.leave(places[0])  # who has left already frees no other place
    assert [place.come for place in places] == [True, True, True, False, False]
    with places[1], places[2]:
        pass
    assert places[4].come
    line.leave(places[4])
    assert line.counts() == (0, 0)


def test_who_waits_is_told_how_many_are_before_and_who_goes_away_is_not_answered(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.web import page

    monkeypatch.setattr(page, "TOLD", 0.02)

    async def wait(queue: Line, desk: Desk) -> None:
        asked, data = page._asked(queue), {"question": "青屿海上风电场并网容量达到多少？"}
        before, session = [queue.join(), queue.join()], Session(language="en")
        steps = asked(desk, session, data)
        assert "Waiting: 1 before you" in (await anext(steps))["live"]
        assert await anext(steps) == {}
        queue.leave(before[0])
        assert "Waiting: you are next" in (await anext(steps))["live"]
        queue.leave(before[1])
        shown = [regions async for regions in steps]
        assert session.turns[-1].answer is not None
        assert "Reading" in shown[0]["live"]
        assert queue.counts() == (0, 0)

        held, stopping = queue.join(), asked(desk, session, data)
        await anext(stopping)
        session.stop()
        assert "Stopped." in [regions async for regions in stopping][-1]["turns"]
        assert session.turns[-1].answer is None
        closed = asked(desk, session, data)
        await anext(closed)
        assert queue.counts() == (1, 1)
        await closed.aclose()  # as when its page is closed
        queue.leave(held)
        assert queue.counts() == (0, 0)

    with Assistant(Settings(sample_home)) as assistant, Conversations(tmp_path / "kept.sqlite") as kept:
        seats = Seats(Hall(assistant, line=Line(at_once=1, most=5)), kept)
        asyncio.run(wait(seats.hall.line, seats.first()))


def test_programs_wait_in_the_line_of_the_page(tmp_path: Path) -> None:
    import gradio
    from mcp.server.mcpserver.exceptions import ToolError

    line, text = Line(at_once=1, most=2), SimpleNamespace(articles=lambda *_: [])
    assistant = cast("Assistant", SimpleNamespace(settings=Settings(tmp_path), library=text))

    async def ask(seats: Seats) -> None:
        endpoint, tool = api.endpoints(seats)["articles"], mcp.server(lambda *_: assistant, line)
        held = line.join()
        called = asyncio.create_task(endpoint("x"))
        while line.counts() != (1, 1):
            await asyncio.sleep(0)
        asked = asyncio.create_task(tool.call_tool("list_articles", {}))
        while line.counts() != (1, 2):
            await asyncio.sleep(0)
        with pytest.raises(gradio.Error, match="Too many questions are waiting"):
            await endpoint("x")
        with pytest.raises(ToolError, match="Too many questions are waiting"):
            await tool.call_tool("list_articles", {})
        assert not called.done()
        line.leave(held)
        assert await called == {"articles": []}
        await asked
        assert line.counts() == (0, 0)

    with Conversations(tmp_path / "kept.sqlite") as kept:
        asyncio.run(asyncio.wait_for(ask(Seats(Hall(assistant, line=line), kept)), 60))
