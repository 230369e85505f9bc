"""What faces say of an error: one made for people as it is, one of the system with its cure, a bug never."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.library import LibraryError
from models import ModelError
from rag.assistant import Assistant
from rag.conversations import Conversations
from rag.settings import load_settings
from ui import errors, mcp
from ui.hall import Hall
from ui.web import adding, api, chat, page
from ui.web.seats import Seats
from ui.web.session import Desk, Session
from yinju import YinjuError

MADE = ModelError("The model in /m is damaged. Fetch it again: yinju models pull m")
BUGS = [ValueError("could not broadcast (3,) into (4,)"), KeyError("secret"), OSError(errno.EBADF, "Bad descriptor")]
SAID = "Something went wrong inside Yinju."


@pytest.fixture
def desk(sample_home: Path, tmp_path: Path) -> Iterator[Desk]:
    with Assistant(load_settings(sample_home)) as assistant, Conversations(tmp_path / "c.sqlite") as conversations:
        yield Desk(assistant, conversations)


@pytest.fixture
def broken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """An assistant that raises the first error of this list wherever it is asked."""
    raised: list[Exception] = []

    def fail(*_: object, **__: object) -> Any:
        raise raised[0]

    for name in ("ask", "search", "answering"):
        monkeypatch.setattr(desk.assistant, name, fail)
    monkeypatch.setattr(desk.assistant.library, "article", fail)
    return raised


def logged(caplog: pytest.LogCaptureFixture) -> list[BaseException | None]:
    """The errors of which the log holds a traceback."""
    return [record.exc_info[1] for record in caplog.records if record.exc_info]


def test_errors_for_people_are_none_of_pythons_own() -> None:
    waiting, found = [YinjuError], [YinjuError]
    while waiting:
        for child in waiting.pop().__subclasses__():
            waiting.append(child)
            found.append(child)
    assert {"LibraryError", "ReadError", "ModelError", "FilterError", "SettingsError"} <= {
        kind.__name__ for kind in found
    }
    assert not [kind for kind in found if issubclass(kind, (ValueError, LookupError, OSError, RuntimeError))]


def test_what_is_told() -> None:
    assert errors.told(MADE) == str(MADE)
    full = errors.told(OSError(errno.ENOSPC, "No space left on device", "/home/x"))
    assert full == "No space left on device: /home/x; free some space and try again: what was committed is kept"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
def test_a_bug_is_in_the_log_and_nowhere_else(
    desk: Desk, broken: list[Exception], bug: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    import gradio
    from mcp.server.mcpserver.exceptions import ToolError

    broken.append(bug)
    session = Session(language="en")
    shown = [page.act(desk, session, {"do": "remove", "id": "x"})["told"]]
    shown.append(" ".join(" ".join(regions.values()) for regions in chat.ask(desk, session, {"question": "Why?"})))
    for name, values in (("ask", ["Why?"]), ("search", ["Why?"])):
        with pytest.raises(gradio.Error) as told:
            asyncio.run(api.endpoints(Seats(Hall(desk.assistant), desk.conversations))[name](*values))
        shown.append(str(told.value))
    tools = mcp.Tools(lambda *_: desk.assistant)
    with pytest.raises(ToolError) as refused:
        tools.ask("Why?")
    shown.append(str(refused.value))
    for words in shown:
        assert SAID in words
        assert str(bug) not in words
        assert "Error" not in words
    assert len(logged(caplog)) >= len(shown)
    assert all(error is bug for error in logged(caplog))


def test_an_error_made_for_people_reaches_them(
    desk: Desk, broken: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    import gradio
    from mcp.server.mcpserver.exceptions import ToolError

    broken.append(LibraryError("The library is busy; try again."))
    session = Session(language="en")
    assert "The library is busy; try again." in page.act(desk, session, {"do": "remove", "id": "x"})["told"]
    assert "The library is busy" in list(chat.ask(desk, session, {"question": "Why?"}))[-1]["turns"]
    with pytest.raises(gradio.Error, match="The library is busy"):
        asyncio.run(api.endpoints(Seats(Hall(desk.assistant), desk.conversations))["ask"]("Why?"))
    with pytest.raises(ToolError, match="The library is busy"):
        mcp.Tools(lambda *_: desk.assistant).search("Why?")
    assert logged(caplog) == []


def test_a_drop_that_fails_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> Any:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(adding, "ingest", fail)
    told = list(adding._indexed([Path("a.txt")], desk.assistant.settings))
    assert [type(one) for one in told] == [ZeroDivisionError]
    words = Session(language="en").words
    monkeypatch.setattr(adding, "_keep", lambda *_: adding.Taken([Path("a.txt")]))
    shown = list(adding.take(desk, Session(language="en"), {"files": []}))[-1]["adding"]
    assert words["bug"] in shown
    assert "ZeroDivisionError" in caplog.text


def test_the_page_goes_on_after_a_bug_between_two_updates(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "take", lambda *_: iter([{"adding": "<p>…</p>"}]))
    monkeypatch.setattr(page, "_of_library", lambda *_: 1 / 0)
    seats = Seats(Hall(desk.assistant), desk.conversations)
    heard = page._Listeners(seats, dict.fromkeys(("adding", "told"))).follow(page._dropped, "adding")
    event, request = type("Event", (), {"_data": {}})(), type("Request", (), {"username": None})()

    async def all_of() -> list[Any]:
        return [shown async for shown in heard(Session(language="en", greeted=True), event, request)]

    first, last = asyncio.run(all_of())
    assert first[0] == "<p>…</p>"
    assert last[0] == ""
    assert SAID in last[1]
