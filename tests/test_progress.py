"""The bar: what a person at a terminal sees, and that nobody else sees anything."""

from __future__ import annotations

import io
import re
import sys

import pytest

from rag.upkeep.ingest import Progress
from ui.progress import bars


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with bars() as report:
        if report is None:
            return stream.getvalue()
        for done in range(0, 41, 10):
            report(Progress("reading", done, 40, "files"))
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_a_person_sees_stage_count_rate_and_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    text = drawn(monkeypatch, Terminal())
    assert "reading" in text
    assert "40/40" in text
    assert re.search(r"[\d,]+ files/s", text)
    assert re.search(r"\d:\d\d:\d\d", text)


def test_nobody_else_sees_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, io.StringIO()) == ""
