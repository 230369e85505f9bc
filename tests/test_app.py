"""The app without Python: which program it becomes, and that every module that is needed is put into it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bench import app as built
from ui import app

ROOT = Path(__file__).parents[1]
MAIN = "from ui.app import main; main()"


def program(*words: str, **options: str) -> subprocess.CompletedProcess[str]:
    """The app's entry with these words, as the built program runs it."""
    command = [sys.executable, "-c", MAIN, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_where_the_project_starts_a_child_the_app_becomes_it(tmp_path: Path) -> None:
    file = tmp_path / "lamps.html"
    file.write_text("<p>The town installed 412 street lamps.</p>", encoding="utf-8")
    asked = json.dumps({"path": str(file), "skip": 0}) + "\n"
    done = program("-P", "-m", "index.formats.child", str(2**31), "60", input=asked)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0] == {"ready": True}
    assert [answer["document"]["text"] for answer in answers if "document" in answer] == [
        "The town installed 412 street lamps."
    ]


def test_no_other_module_is_run_by_name() -> None:
    done = program("-m", "http.server")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "no part of Yinju runs by itself under this name: http.server\n"


def test_every_child_that_the_project_starts_is_known() -> None:
    started = {
        name
        for path in (ROOT / package for package in built.OURS)
        for file in path.rglob("*.py")
        if file.name != "app.py" and (source := file.read_text(encoding="utf-8")).count("sys.executable")
        for name in built.modules()
        if f'"{name}"' in source
    }
    assert started == set(app.CHILDREN)


def test_with_words_it_is_the_command_line() -> None:
    assert program("--version").stdout.startswith("yinju ")


def test_a_second_start_takes_the_next_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ports = [taken.getsockname()[1], probe.getsockname()[1]]
        monkeypatch.setattr(app, "PORTS", ports)
        assert app.free_port() == ports[1]
        monkeypatch.setattr(app, "PORTS", ports[:1])
        assert app.free_port() == ports[0]


def test_all_that_runs_is_put_into_it_and_training_is_not(tmp_path: Path) -> None:
    words = built.command(tmp_path)
    inside = {name for flag, name in zip(words, words[1:], strict=False) if flag == "--hidden-import"}
    assert {"index.formats.child", "models.llm.trial", "rag.assistant", "ui.web.page", "yinju"} <= inside
    assert not [name for name in inside if "training" in name or "__init__" in name]
    assert (tmp_path / "hooks" / "hook-gradio.py").read_text(encoding="utf-8") == built.HOOK
