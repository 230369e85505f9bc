"""The command line: what it prints where, the exit code, and what a bad input is told."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ui.cli import app

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).with_name("yinju")

BRIDGE = """青石大桥建成通车

（2025-03-14）

青石市交通局3月14日宣布，青石大桥正式通车。大桥全长2.6公里，总投资18亿元。
大桥由北岸建设集团承建，施工历时三年。通车后，两岸车程由四十分钟缩短为八分钟。

（来源：青石日报）
"""
LIBRARY = """云岭图书馆扩建完成

（2026-01-20）

云岭图书馆新馆于1月20日开放，馆藏图书达到74万册，阅览座位增至1200个。
新馆每周开放七天，晚间延长至22时。图书馆馆长林若兰说，扩建共用资金3.2亿元。

（来源：云岭晚报）
"""
HARBOUR = """Harbour lights replaced in Port Elden

(2025-07-02)

The town of Port Elden has replaced 412 harbour lights with lamps that use a third of the power.
Engineer Mara Quist said the work cost 1.9 million crowns and took eleven weeks.

(Source: Elden Gazette)
"""


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=stdin)


def spawn(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The installed program in a process of its own."""
    return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=120, check=False, **options)


def refused(result: Result, *told: str) -> None:
    """Exit code 1, nothing on stdout, and a message without a traceback that tells all this."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert result.stdout == ""
    message_is_clear(result.stderr, *told)


def message_is_clear(message: str, *told: str) -> None:
    assert message.startswith("yinju: ")
    assert "Traceback" not in message
    for words in told:
        assert words in message


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in (("bridge.txt", BRIDGE), ("library.txt", LIBRARY), ("harbour.md", HARBOUR)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def home(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A home with the three articles, made by the command itself."""
    folder = tmp_path_factory.mktemp("cli") / "home"
    result = run("index", str(articles), "--home", str(folder))
    assert result.exit_code == 0, result.stderr
    return str(folder)


# --- index ------------------------------------------------------------------------------------------------------------


def test_index_says_what_it_did_on_stderr_only(articles: Path) -> None:
    first = run("index", str(articles))
    assert (first.exit_code, first.stdout) == (0, "")
    assert first.stderr.startswith("yinju: files: 3 added, 0 updated, 0 unchanged, 0 failed; 3 articles and 3 passages")
    second = run("index", str(articles))
    assert "0 added, 0 updated, 3 unchanged" in second.stderr


def test_index_reads_a_changed_file_again(tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text(BRIDGE, encoding="utf-8")
    assert run("index", str(file)).exit_code == 0
    file.write_text(BRIDGE.replace("2.6公里", "2.7公里"), encoding="utf-8")
    assert "0 added, 1 updated, 0 unchanged" in run("index", str(file)).stderr
    hits = json.loads(run("search", "青石大桥全长", "--json").stdout)["hits"]
    assert [("2.7公里" in hit["text"], "2.6公里" in hit["text"]) for hit in hits] == [(True, False)]


def test_home_and_library_before_or_after_the_command(articles: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    assert run("--home", str(before), "--library", "news", "index", str(articles)).exit_code == 0
    assert run("index", str(articles), "--home", str(after), "--library", "news").exit_code == 0
    for folder in (before, after):
        assert (folder / "libraries" / "news" / "library.sqlite").is_file()


def test_no_bar_is_drawn_where_nobody_watches(articles: Path) -> None:
    done = spawn("index", str(articles))
    assert done.stderr.count(b"\n") == 1
    assert b"\x1b" not in done.stderr


# --- ask and search ---------------------------------------------------------------------------------------------------


def test_ask_prints_the_answer_with_its_source(home: str) -> None:
    result = run("ask", "青石大桥全长多少公里？", "--home", home)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "2.6公里" in result.stdout
    assert "[1]" in result.stdout
    assert "青石大桥建成通车" in result.stdout


def test_ask_in_json_has_the_agreed_shape(home: str) -> None:
    shape = json.loads(run("ask", "云岭图书馆馆藏图书有多少册？", "--json", "--home", home).stdout)
    assert list(shape) == [
        "question", "understood", "answer", "refused", "engine", "sentences", "citations", "invented", "timings",
    ]  # fmt: skip
    assert shape["question"] == "云岭图书馆馆藏图书有多少册？"
    assert shape["refused"] is False
    assert shape["engine"] == "quote"
    assert shape["invented"] == []
    assert "74万册" in shape["answer"]
    assert {frozenset(sentence) for sentence in shape["sentences"]} == {
        frozenset({"text", "citations", "span", "supported", "problems"})
    }
    assert shape["sentences"][0]["citations"] == [1]
    citation = shape["citations"][0]
    assert list(citation) == ["n", "quote", "start", "end", "passage", "article"]
    assert list(citation["article"]) == ["id", "title", "date", "source", "path", "url"]
    assert citation["article"]["title"] == "云岭图书馆扩建完成"
    assert citation["article"]["date"] == "2026-01-20"
    stored = json.loads(run("articles", "show", citation["article"]["id"], "--json", "--home", home).stdout)
    assert stored["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert all(isinstance(seconds, float) for seconds in shape["timings"].values())


def test_a_question_nothing_answers_is_refused(home: str) -> None:
    shape = json.loads(run("ask", "谁获得了去年的诺贝尔化学奖？", "--json", "--home", home).stdout)
    assert shape["refused"] is True
    assert shape["citations"] == []


def test_search_in_json_has_the_agreed_shape(home: str) -> None:
    shape = json.loads(run("search", "harbour lights", "--json", "--home", home).stdout)
    assert list(shape) == ["question", "hits"]
    hit = shape["hits"][0]
    assert list(hit) == ["rank", "score", "text", "start", "end", "article"]
    assert hit["rank"] == 1
    assert hit["article"]["title"] == "Harbour lights replaced in Port Elden"
    stored = json.loads(run("articles", "show", hit["article"]["id"], "--json", "--home", home).stdout)
    assert stored["text"][hit["start"] : hit["end"]] == hit["text"]


def test_k_bounds_the_hits(home: str) -> None:
    shape = json.loads(run("search", "2025年", "--json", "-k", "1", "--home", home).stdout)
    assert len(shape["hits"]) == 1


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (("--since", "2026"), {"云岭图书馆扩建完成"}),
        (("--until", "2025-03"), {"青石大桥建成通车"}),
        (("--since", "2025-04-01", "--until", "2025"), {"Harbour lights replaced in Port Elden"}),
        (("--source", "青石日报"), {"青石大桥建成通车"}),
        (("--source", "no such source"), set()),
    ],
)
def test_filters_choose_the_articles(home: str, filters: tuple[str, ...], titles: set[str]) -> None:
    shape = json.loads(run("search", "大桥 图书馆 harbour", "--json", *filters, "--home", home).stdout)
    assert {hit["article"]["title"] for hit in shape["hits"]} == titles


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_stream_of_questions_gives_a_stream_of_json(home: str, command: str) -> None:
    lines = "\ufeff青石大桥全长多少公里？\r\n\n   \n云岭图书馆馆长是谁？\n".encode()
    result = run(command, "-", "--home", home, stdin=lines)
    assert result.exit_code == 0, result.stderr
    shapes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [shape["question"] for shape in shapes] == ["青石大桥全长多少公里？", "云岭图书馆馆长是谁？"]


def test_a_line_that_is_not_utf8_stops_nothing(home: str) -> None:
    result = run("search", "-", "--home", home, stdin=b"\xff\xfe bridge\nharbour\n")
    assert result.exit_code == 0, result.stderr
    shapes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [shape["question"] for shape in shapes] == ["\ufffd\ufffd bridge", "harbour"]


def test_each_answer_of_a_stream_comes_before_the_next_question(home: str) -> None:
    with subprocess.Popen(
        [PROGRAM, "search", "-", "--home", home], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for question in ("bridge", "大桥"):
            process.stdin.write(question.encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["question"] == question
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_output_is_utf8_whatever_the_locale(home: str) -> None:
    environment = os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = spawn("search", "大桥", "--home", home, env=environment)
    assert done.returncode == 0, done.stderr
    assert "青石大桥" in done.stdout.decode("utf-8")


def test_a_question_that_is_not_utf8_is_answered(home: str) -> None:
    done = spawn("search", b"\xff bridge", "--json", "--home", home)  # type: ignore[arg-type]
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["question"] == "\ufffd bridge"


def test_a_reader_that_goes_away_is_no_error_message(home: str) -> None:
    process = subprocess.Popen(
        [PROGRAM, "search", "-", "--home", home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert _feed(process, b"bridge\n" * 3) == b""
    assert process.returncode == 1


def _feed(process: subprocess.Popen[bytes], lines: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(lines)
    process.stdin.close()
    message = process.stderr.read()
    process.wait(timeout=60)
    process.stderr.close()
    return message


# --- articles, models, doctor -----------------------------------------------------------------------------------------


def test_articles_list_shows_and_removes(articles: Path) -> None:
    run("index", str(articles))
    listed = json.loads(run("articles", "list", "--json").stdout)["articles"]
    assert [article["date"] for article in listed] == ["2026-01-20", "2025-07-02", "2025-03-14"]
    assert list(listed[0]) == ["id", "title", "date", "source", "url", "path", "language", "copy_of", "also_in"]
    newest = listed[0]
    assert f"{newest['id']}  2026-01-20  云岭图书馆扩建完成  云岭晚报\n" in run("articles", "list").stdout
    shown = run("articles", "show", newest["id"]).stdout
    assert shown.startswith("云岭图书馆扩建完成\n2026-01-20\n云岭晚报\n")
    assert "74万册" in shown
    assert json.loads(run("articles", "remove", newest["id"], "--json").stdout) == {"removed": 1}
    assert len(json.loads(run("articles", "list", "--json").stdout)["articles"]) == 2
    refused(run("articles", "show", newest["id"]), newest["id"], "yinju articles list")


def test_removing_is_all_or_nothing(articles: Path) -> None:
    run("index", str(articles))
    known = json.loads(run("articles", "list", "--json").stdout)["articles"][0]["id"]
    refused(run("articles", "remove", known, "no-such-id"), "no-such-id")
    assert len(json.loads(run("articles", "list", "--json").stdout)["articles"]) == 3


def test_an_article_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = BRIDGE.replace("青石大桥建成通车", "青石\x1b]0;owned\x07大桥").replace("18亿元", "\x1b[31m18亿元\x9b2J")
    (tmp_path / "evil.txt").write_text(evil, encoding="utf-8")
    run("index", str(tmp_path / "evil.txt"))
    article = json.loads(run("articles", "list", "--json").stdout)["articles"][0]["id"]
    for arguments in (
        ("articles", "list"),
        ("articles", "show", article),
        ("search", "大桥"),
        ("ask", "大桥投资多少？"),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
        assert not set(result.stdout + result.stderr) & {"\x1b", "\x07", "\x9b"}


def test_models_are_listed_and_verified() -> None:
    listed = json.loads(run("models", "list", "--json").stdout)["models"]
    here = [(row["name"], row["kind"], row["dimension"], row["used"]) for row in listed if row["installed"]]
    assert here == [("bundled", "embedder", 512, True)]
    verified = run("models", "verify")
    assert (verified.exit_code, verified.stdout) == (0, f"bundled  whole  revision {listed[0]['revision']}\n")


def test_doctor_says_what_to_do_next(own_home: Path, articles: Path) -> None:
    before = run("doctor")
    assert before.exit_code == 0, before.stdout
    assert before.stdout.endswith("Next: index your articles: yinju index FOLDER\n")
    assert not own_home.exists()
    run("index", str(articles))
    run("search", "大桥")
    after = run("doctor", "--json")
    shape = json.loads(after.stdout)
    states = {finding["name"]: finding["state"] for finding in shape["findings"]}
    assert shape["healthy"] is True
    assert states["home"] == str(own_home)
    assert states["library"].startswith("default: 3 articles, 3 passages, ")
    assert states["cache"] == "none yet: made by indexing 128 passages or more"
    assert states["embedder"].startswith("bundled, revision ")
    assert shape["next"] == 'ask: yinju ask "QUESTION", or open the page: yinju ui'


def test_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run("--version").stdout == f"yinju {project['version']}\n"


# --- usage ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ask",), "QUESTION"),
        (("ask", "  "), "the question is empty"),
        (("search", "x", "--since", "2025-13"), "'2025-13' is no date: write YYYY, YYYY-MM or YYYY-MM-DD"),
        (("search", "x", "--until", "2025-02-30"), "'2025-02-30' is no date"),
        (("search", "x", "--until", "yesterday"), "'yesterday' is no date"),
        (("ask", "x", "--since", "2026-01", "--until", "2025"), "2026-01 comes after --until 2025"),
        (("ask", "x", "--since", "2025-06-02", "--until", "2025-06-01"), "comes after"),
        (("ask", "x", "-k", "0"), "'-k'"),
        (("ask", "x", "--engine", "guess"), "guess"),
        (("search", "x", "-k", "many"), "'-k'"),
        (("nonsense",), "nonsense"),
        (("ui", "--port", "70000"), "--port"),
    ],
)
def test_wrong_usage_is_exit_code_2(home: str, arguments: tuple[str, ...], told: str) -> None:
    result = run("--home", home, *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert told in result.stderr
    assert "Traceback" not in result.stderr


# --- what cannot be done ----------------------------------------------------------------------------------------------


def test_a_missing_path(tmp_path: Path) -> None:
    refused(run("index", str(tmp_path / "nowhere")), str(tmp_path / "nowhere"), "does not exist")


def test_an_empty_folder(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    refused(run("index", str(folder)), str(folder), ".txt")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "picture.txt"),
        ("nothing.txt", b"", "is empty"),
        ("strange.txt", bytes(range(128, 256)) * 30 + b"\xff\xff\x80\x80", "in no encoding that fits"),
    ],
)
def test_a_file_that_is_no_text(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    refused(run("index", str(file)), str(file), told)


def test_one_bad_file_does_not_keep_the_others_out(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(BRIDGE, encoding="utf-8")
    (tmp_path / "bad.txt").write_bytes(b"")
    result = run("index", str(tmp_path))
    refused(result, str(tmp_path / "bad.txt"), "files: 1 added, 0 updated, 0 unchanged, 1 failed")
    assert len(json.loads(run("articles", "list", "--json").stdout)["articles"]) == 1


@pytest.mark.parametrize("command", [("ask", "x"), ("search", "x"), ("articles", "list"), ("articles", "remove", "a")])
def test_without_a_library_it_says_how_to_make_one(own_home: Path, command: tuple[str, ...]) -> None:
    refused(run(*command), str(own_home), "yinju index FOLDER")
    assert not own_home.exists()


def test_a_library_made_with_another_embedder(own_home: Path, articles: Path) -> None:
    run("index", str(articles))
    path = own_home / "libraries" / "default" / "library.sqlite"
    with sqlite3.connect(path) as connection:
        manifest = json.loads(connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchone()[0])
        changed = json.dumps(manifest | {"embedder": "another", "revision": "0000"})
        connection.execute("UPDATE meta SET value = ? WHERE key = 'manifest'", (changed,))
    connection.close()
    for arguments in (("search", "x"), ("ask", "x"), ("index", str(articles))):
        refused(run(*arguments), str(path), "'another'", "yinju index")
    assert len(json.loads(run("articles", "list", "--json").stdout)["articles"]) == 3


def test_a_damaged_library(own_home: Path, articles: Path) -> None:
    path = own_home / "libraries" / "default" / "library.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is not a database at all" * 200)
    for arguments in (("search", "x"), ("index", str(articles)), ("articles", "list")):
        refused(run(*arguments), str(path))
    assert run("doctor").exit_code == 1


def test_a_home_that_cannot_be_written(articles: Path) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc: a folder in which not even root may make anything")
    refused(run("index", str(articles), "--home", "/proc/yinju"), "/proc/yinju", "--home")


def test_a_file_in_the_place_of_home(articles: Path, tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("in the way")
    for arguments in (("index", str(articles)), ("search", "x")):
        refused(run(*arguments, "--home", str(home)), str(home))
    assert run("doctor", "--home", str(home)).exit_code == 1
    assert home.read_text() == "in the way"


def test_settings_that_are_wrong(own_home: Path) -> None:
    own_home.mkdir()
    (own_home / "settings.toml").write_text("enginee = 'quote'\n")
    refused(run("doctor"), "'enginee'", str(own_home / "settings.toml"), "engine")


@pytest.mark.parametrize("flags", [("--engine", "write"), ("--model", "some.gguf")])
def test_without_a_writer_the_cure_is_to_quote(home: str, flags: tuple[str, ...]) -> None:
    refused(run("ask", "青石大桥全长多少公里？", *flags, "--home", home), "--engine quote")


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only errors meant for people become messages."""

    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("ui.doctor.examine", broken)
    result = run("doctor")
    assert type(result.exception) is ValueError


# --- a disk that fills up, a person who stops -------------------------------------------------------------------------


def many(folder: Path, count: int) -> Path:
    """A folder of so many different articles."""
    folder.mkdir()
    for number in range(count):
        text = BRIDGE.replace("2.6公里", f"{number}.6公里").replace("青石大桥", f"青石第{number}大桥") * 12
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")
    return folder


def still_searchable(home: Path) -> int:
    """How many files were committed; what they say can be found."""
    result = run("search", "青石第0大桥", "--json", "--home", str(home))
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["hits"]
    listed = json.loads(run("articles", "list", "--json", "--home", str(home)).stdout)["articles"]
    return len({article["path"] for article in listed})


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs POSIX limits to play a full disk")
    home, folder = tmp_path / "home", many(tmp_path / "many", 60)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    done = spawn("index", str(folder), "--home", str(home), preexec_fn=limit)
    assert done.returncode == 1, done.stderr
    message_is_clear(done.stderr.decode(), "library.sqlite", "ree some space")
    assert 0 < still_searchable(home) < 60


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to another process")
def test_a_person_who_stops_in_the_middle(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", many(tmp_path / "many", 3000)
    process = subprocess.Popen([PROGRAM, "index", str(folder), "--home", str(home)], stderr=subprocess.PIPE)
    for committed in _commits(home):
        if committed > 20:
            process.send_signal(signal.SIGINT)
            break
    _, message = process.communicate(timeout=60)
    assert process.returncode == 1
    assert message.decode() == "yinju: stopped; what was committed is searchable\n"
    assert 20 < still_searchable(home) < 3000


def _commits(home: Path) -> Iterator[int]:
    """The number of committed files, again and again for up to a minute."""
    path = home / "libraries" / "default" / "library.sqlite"
    for _ in range(1200):
        time.sleep(0.05)
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                committed = int(connection.execute("SELECT count(DISTINCT path) FROM article").fetchone()[0])
        except sqlite3.OperationalError:
            continue
        yield committed
    raise AssertionError("nothing was committed within a minute")


def test_an_empty_library_is_told_not_refused(tmp_path: Path) -> None:
    (tmp_path / "blank.txt").write_bytes(b"")
    home = str(tmp_path / "home")
    refused(run("index", str(tmp_path / "blank.txt"), "--home", home), "blank.txt is empty")
    refused(run("ask", "青石大桥全长多少？", "--home", home), "is empty: fill it with yinju index FOLDER")
