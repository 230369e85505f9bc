"""The journal says who did what and how long it took, and nothing that anybody wrote: what is planted everywhere is not in it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from index.store import LibraryError
from rag.assistant import Assistant
from rag.conversations import Conversations
from rag.settings import Settings, SettingsError, load_settings
from ui import errors
from ui.cli import app
from ui.hall import Hall
from ui.journal import Journal
from ui.web import api, chat
from ui.web.seats import Seats
from ui.web.session import Session

PLANTED = "梧桐暗语"


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_nothing_that_was_asked_or_read_is_in_the_journal(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = tmp_path / "articles", tmp_path / "journal.jsonl"
    folder.mkdir()
    (folder / f"{PLANTED}.txt").write_text(
        f"{PLANTED}\n\n{PLANTED}的灯塔建于1887年。守塔人每天数船。", encoding="utf-8"
    )
    monkeypatch.setenv("YINJU_LOG", str(file))
    app(["index", str(folder)], standalone_mode=False)
    settings = load_settings()
    with Assistant(settings) as assistant, Conversations(own_home / "kept.sqlite") as kept:
        hall = Hall(assistant, guarded=True, journal=Journal.of(settings))
        seats = Seats(hall, kept)
        with hall.journal.hearing():
            ask = api.endpoints(seats)["ask"]
            asked = {"question": f"{PLANTED}的灯塔建于哪年？", "request": SimpleNamespace(username=PLANTED)}
            assert PLANTED in asyncio.run(ask(**asked))["answer"]
            with pytest.raises(Exception, match=PLANTED):
                asyncio.run(ask(**asked, library=PLANTED))
            list(chat.ask(seats.desk("Boyd"), Session(), {"question": f"{PLANTED}有几艘船？"}))
            errors.note(LibraryError(PLANTED))
            try:
                raise ValueError(PLANTED)
            except ValueError as error:
                errors.told(error)
    told = lines(file)
    assert PLANTED not in file.read_text(encoding="utf-8")
    assert "Boyd" not in file.read_text(encoding="utf-8")
    assert PLANTED not in capsys.readouterr().err.replace(str(folder), "")
    indexed, first, took, refused, second, *_, noted, bug = told
    assert (indexed["event"], indexed["articles"], indexed["added"]) == ("indexed", 1, 1)
    assert (first["deed"], first["allowed"], first["library"]) == ("ask", True, "default")
    assert (took["event"], took["failed"], took["who"]) == ("took", False, first["who"])
    assert 0 < took["seconds"] < 60
    assert (refused["allowed"], refused["who"], "library" in refused) == (False, first["who"], False)
    assert second["who"] != first["who"]
    assert any(one["event"] == "took" and one.get("hits") for one in told)
    assert (noted["error"], noted["level"]) == ("LibraryError", "warning")
    assert (bug["error"], bug["level"]) == ("ValueError", "error")
    assert bug["at"][-1].startswith("tests/test_journal.py:")
    assert all(one["time"].endswith("+00:00") and one["level"] and one["event"] for one in told)


def test_a_name_has_the_same_number_in_every_process_and_another_elsewhere(tmp_path: Path) -> None:
    def number(home: str) -> str:
        file = tmp_path / f"{home}.jsonl"
        Journal.of(Settings(tmp_path / home, log=str(file))).tell("deed", who="林昭")
        return str(lines(file)[-1]["who"])

    assert number("a") == number("a") != number("b")
    assert (tmp_path / "a" / "journal.key").stat().st_mode & 0o077 == 0


def test_a_journal_that_cannot_be_written_is_told_at_first_and_stops_nothing_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    with pytest.raises(
        SettingsError, match=r"logs/journal.* cannot be written .*name a file in a folder that is there"
    ):
        Journal.of(Settings(tmp_path, log=str(folder / "journal")))
    folder.mkdir()
    journal = Journal.of(Settings(tmp_path, log=str(folder / "journal")))
    journal.tell("deed")
    (folder / "journal").unlink()
    folder.rmdir()
    journal.tell("deed")
    Journal.of(Settings(tmp_path)).tell("deed")
    assert not folder.exists()
    Journal.of(Settings(tmp_path, log="stderr")).tell("deed", seconds=0.25)
    assert json.loads(capsys.readouterr().err)["seconds"] == 0.25
