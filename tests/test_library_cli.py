"""The commands that keep a library: index in place and --watch, export and import, doctor --repair, and filters as flags."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ui.cli import app

PROGRAM = Path(sys.executable).with_name("yinju")

LAMPS = "# Lamps\n\n2026-01-13 | Harbour News\n\nThe harbour replaced 412 lamps this winter. The pier is next, in May."
ROOFS = "# Roofs\n\n2025-06-30 | Daily\n\nThe storm took 31 roofs. The council pays for half of them."
CHINESE = "# 图书馆\n\n2025-07-02 | 云岭日报\n\n云岭图书馆新增阅览座位640个。扩建工程历时两年。"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def titles(*arguments: str) -> set[str]:
    listed = run("articles", "list", "--json", *arguments)
    assert listed.exit_code == 0, listed.stderr
    return {article["title"] for article in json.loads(listed.stdout)["articles"]}


def write(folder: Path) -> Path:
    """Three articles."""
    (folder / "digests").mkdir(parents=True)
    (folder / "lamps.md").write_text(LAMPS, "utf-8")
    (folder / "digests" / "roofs.md").write_text(ROOFS, "utf-8")
    (folder / "digests" / "图书馆.md").write_text(CHINESE, "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three articles in the default library of the test's home."""
    made = write(tmp_path / "articles")
    assert run("index", str(made)).exit_code == 0
    return made


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for tests that change nothing; the home lies beside the articles."""
    made = write(tmp_path_factory.mktemp("kept") / "articles")
    assert run("index", str(made), "--home", str(made.parent / "home")).exit_code == 0
    return made


def test_index_says_what_moved_came_and_went(folder: Path) -> None:
    (folder / "digests" / "roofs.md").unlink()
    (folder / "lamps.md").rename(folder / "lights.md")
    (folder / "copy.md").write_text(LAMPS.replace("winter.", "winter ."), "utf-8")
    told = run("index")
    assert (told.exit_code, told.stdout) == (0, "")
    lines = told.stderr.splitlines()
    assert lines[0] == f"yinju: removed, as it is gone: {folder / 'digests' / 'roofs.md'}"
    assert lines[1].startswith(
        "yinju: files: 1 added, 0 updated, 1 moved, 1 removed, 1 unchanged, 0 failed; 1 article (1 also in another) and 0"
    )
    listed = json.loads(run("articles", "list", "--json").stdout)["articles"]
    copy = next(article for article in listed if article["copy_of"])
    shown = run("articles", "show", copy["copy_of"])
    assert f"also in: {folder / 'copy.md'} ({copy['id']})" in shown.stdout
    assert f"(as {copy['copy_of']})" in run("articles", "list").stdout


def test_a_folder_of_which_most_is_gone_is_told(folder: Path) -> None:
    for path in (folder / "digests").iterdir():
        path.unlink()
    told = run("index", str(folder))
    assert told.exit_code == 1
    assert f"{folder}: 2 of 3 files are gone, and were kept. Is a disk not there?" in told.stderr
    assert len(titles()) == 3
    assert run("index", "--prune").exit_code == 0
    assert titles() == {"Lamps"}


def test_nothing_known_is_nothing_to_index() -> None:
    told = run("index")
    assert told.exit_code == 1
    assert told.stderr == "yinju: No folder has been indexed into 'default' yet. Name one: yinju index FOLDER\n"


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ((), {"Lamps", "Roofs", "图书馆"}),
        (("--date", "2025"), {"Roofs", "图书馆"}),
        (("--date", "2025-06"), {"Roofs"}),
        (("--date", "2025-06-30.."), {"Roofs", "图书馆", "Lamps"}),
        (("--date", "..2025-06-30"), {"Roofs"}),
        (("--date", "2025-07..2026-01"), {"图书馆", "Lamps"}),
        (("--language", "zh"), {"图书馆"}),
        (("--source", "news"), {"Lamps"}),
        (("--path", "digests"), {"Roofs", "图书馆"}),
        (("--path", "*.md"), {"Lamps", "Roofs", "图书馆"}),
        (("--path", "图*"), {"图书馆"}),
        (("--path", "digests", "--language", "en", "--since", "2025", "--until", "2025"), {"Roofs"}),
    ],
)
def test_filters_are_flags(
    read_only: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], found: set[str]
) -> None:
    monkeypatch.chdir(read_only)
    flags = (*flags, "--home", str(read_only.parent / "home"))
    assert titles(*flags) == found
    asked = run("search", "lamps roofs 座位", "--json", *flags)
    assert {hit["article"]["title"] for hit in json.loads(asked.stdout)["hits"]} <= found


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--date", "2025", "--since", "2024"), "says what --since and --until say"),
        (("--date", "soon"), "'soon' is no date"),
        (("--date", "2025..2024"), "2025 comes after"),
        (("--language", "fr"), "fr"),
    ],
)
def test_filters_that_mean_nothing_are_wrong_usage(flags: tuple[str, ...], told: str) -> None:
    result = run("articles", "list", *flags)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_library_goes_out_and_comes_in(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "library.zip"
    told = run("export", str(file))
    assert (told.exit_code, told.stderr) == (0, f"yinju: exported to {file}, {file.stat().st_size:,} bytes\n")
    assert run("export", str(file)).exit_code == 1
    assert run("export", str(file), "--force").exit_code == 0
    again = run("import", str(file))
    assert again.exit_code == 1
    assert "already. Import into another one: --library NAME, or replace it: --force" in again.stderr
    came = run("import", str(file), "--library", "two")
    assert (came.exit_code, came.stdout) == (0, "")
    assert came.stderr.startswith("yinju: two: 3 articles, 3 passages, ")
    assert titles("--library", "two") == titles()
    answer = run("ask", "How many lamps did the harbour replace?", "--library", "two", "--engine", "quote")
    assert "412 lamps" in answer.stdout
    file.write_bytes(b"PK no zip")
    refused = run("import", str(file), "--library", "three")
    assert refused.exit_code == 1
    assert "is no whole exported library" in refused.stderr
    assert run("export", str(tmp_path / "nowhere" / "library.zip")).exit_code == 1


def test_doctor_repairs(folder: Path, own_home: Path) -> None:
    connection = sqlite3.connect(own_home / "libraries" / "default" / "library.sqlite")
    connection.execute("UPDATE article SET text = 'gone' WHERE title = 'Lamps'")
    connection.commit()
    connection.close()
    told = run("doctor", "--repair")
    assert told.exit_code == 0, told.stderr
    assert told.stderr.splitlines() == [
        f"yinju: {folder / 'lamps.md'}: its text is not what was stored",
        f"yinju: {folder / 'lamps.md'}: made anew from its source",
        "yinju: default: whole again",
    ]
    assert "Next: ask" in told.stdout
    assert "412 lamps" in run("ask", "How many lamps did the harbour replace?", "--engine", "quote").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to another process")
def test_watching_ends_with_an_interrupt(folder: Path) -> None:
    process = subprocess.Popen([PROGRAM, "index", "--watch"], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "3 unchanged" in process.stderr.readline()
    (folder / "new.md").write_text(ROOFS.replace("31", "32"), "utf-8")
    assert "1 added" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (0, "yinju: stopped; what was committed is searchable\n")
