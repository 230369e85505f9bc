"""The Python that programs are written with: what `rag` exports, how it prints, and docs/python.md run from top to bottom."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rag
from rag import Answer, Article, Assistant, Filters, Settings, YinjuError, ingest, load_settings

ROOT = Path(__file__).parents[1]
ZH = "青屿海上风电场并网容量达到多少？"


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant.open(str(sample_home)) as opened:
        yield opened


@pytest.fixture(scope="module")
def answer(assistant: Assistant) -> Answer:
    return assistant.ask(ZH).answer


def test_the_names_are_these_and_each_is_there() -> None:
    assert rag.__all__ == sorted(rag.__all__) == sorted(rag._PLACES)
    assert rag.__all__ == [
        "Answer", "Article", "Assistant", "Citation", "Filters", "Hit", "Passage", "Reply", "Report", "Sentence", "Settings",
        "YinjuError", "ingest", "load_settings",
    ]  # fmt: skip
    for name in rag.__all__:
        assert getattr(rag, name).__name__ == name
        assert getattr(rag, name).__doc__, name
    assert set(rag.__all__) <= set(dir(rag))
    with pytest.raises(AttributeError, match="no attribute 'Asistant'"):
        rag.Asistant  # noqa: B018


def test_packages_say_that_they_are_typed() -> None:
    for package in ("index", "models", "rag", "ui", "yinju"):
        assert (ROOT / package / "py.typed").is_file()


def test_the_page_on_python_runs(tmp_path: Path) -> None:
    """As one program, warnings as errors, in a process of its own."""
    shutil.copytree(ROOT / "samples", tmp_path / "articles", ignore=shutil.ignore_patterns("*.jsonl"))
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 8
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", "\n".join(blocks)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "[1] 青屿市海上风电并网容量突破一百万千瓦" in done.stdout
    assert "since = 'yesterday' is no date" in done.stdout
    assert "LibraryError There is no library at" in done.stdout


def test_an_answer_as_json_is_what_the_command_line_prints(answer: Answer) -> None:
    shape = json.loads(json.dumps(answer.to_json()))
    assert shape == answer.to_json()
    assert shape["citations"][0]["quote"] == answer.citations[0].quote
    assert shape["question"] == ZH


def test_an_answer_as_text_names_its_sources(answer: Answer, assistant: Assistant) -> None:
    text, _, sources = str(answer).partition("\n\n")
    assert text == answer.text
    first = answer.citations[0].article
    assert sources.splitlines()[0] == f"[1] {first.title} · {first.date} · {first.source}"
    refusal = assistant.ask(ZH, Filters(until="2025")).answer
    assert str(refusal) == refusal.text


def test_what_is_shown_at_a_prompt_fits_a_line(answer: Answer, assistant: Assistant, sample_home: Path) -> None:
    hit, citation = answer.hits[0], answer.citations[0]
    long = Article("x", "标题" * 90, "字" * 1234, "2026", "报")
    shown = [repr(one) for one in (answer, hit, hit.passage, hit.article, citation, assistant, assistant.ask(ZH), long)]
    assert all(len(one) < 300 and "\n" not in one for one in shown), shown
    assert ZH in shown[0]
    assert "1,234 characters" in shown[-1]
    assert str(sample_home) in repr(assistant)
    assert repr(assistant.ask(ZH)).startswith("Reply(Answer(")


@pytest.mark.parametrize("kind", [str, Path])
def test_paths_may_be_text_or_paths(kind: Any, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("# Bridge\n\nThe bridge is 120 metres long.", encoding="utf-8")
    settings = Settings(kind(tmp_path / "home"))
    assert ingest(kind(tmp_path / "one.txt"), settings).articles == 1
    assert ingest([kind(tmp_path / "one.txt")], settings).unchanged == 1
    with Assistant.open(kind(tmp_path / "home")) as opened:
        assert "120" in opened.ask("How long is the bridge?").answer.text
        assert opened.settings == load_settings(tmp_path / "home")


def test_without_settings_those_in_force_count(own_home: Path, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("The bridge is 120 metres long.", encoding="utf-8")
    ingest(tmp_path / "one.txt")
    with Assistant.open(passages=3) as opened:
        assert opened.settings.home == own_home
        assert len(opened.search("bridge")) == 1
        assert opened.settings.passages == 3


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"passages": 0}, "passages = 0 is out of range"),
        ({"passages": "8"}, "passages = '8' must be a whole number"),
        ({"engine": "poet"}, "engine = 'poet' is none of auto, quote, write"),
        ({"library": "../x"}, "library = '../x' cannot name a folder"),
        ({"strict": "yes"}, "strict = 'yes' must be true or false"),
    ],
)
def test_a_wrong_setting_raises_at_once(wrong: dict[str, Any], told: str, sample_home: Path) -> None:
    for make in (lambda: Settings(sample_home, **wrong), lambda: Assistant.open(sample_home, **wrong)):
        with pytest.raises(YinjuError) as raised:
            make()
        assert str(raised.value).startswith(told)


def test_an_unknown_setting_is_named(sample_home: Path) -> None:
    with pytest.raises(YinjuError, match="'pasages' is no setting of Yinju: known are library, "):
        Assistant.open(sample_home, pasages=3)
