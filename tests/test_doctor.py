"""What doctor finds, and that it looks without touching."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from rag.settings import load_settings
from ui import doctor


def state(examination: doctor.Examination, name: str) -> doctor.Finding:
    return next(finding for finding in examination.findings if finding.name == name)


def test_a_fresh_machine_is_healthy_and_told_to_index(own_home: Path) -> None:
    examination = doctor.examine(load_settings(library="news"))
    assert examination.healthy, examination.text()
    assert state(examination, "library").state == "news: none yet"
    assert state(examination, "home").state == f"{own_home} (made at the first index)"
    assert examination.advice == "index your articles: yinju index FOLDER --library news"
    assert not own_home.exists()


def test_what_is_missing_comes_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", ("yinju", "no-such-distribution"))
    examination = doctor.examine(load_settings())
    assert state(examination, "no-such-distribution") == doctor.Finding(
        "no-such-distribution", "missing", False, "pip install no-such-distribution"
    )
    assert not examination.healthy
    assert examination.advice == "pip install no-such-distribution"
    assert "BAD no-such-distribution" in examination.text()
    assert "-> pip install no-such-distribution" in examination.text()


def test_without_a_writer_nothing_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.llm.backends", list)
    examination = doctor.examine(load_settings())
    assert examination.healthy
    assert 'pip install "yinju[gguf-wheel]" (prebuilt)' in state(examination, "llama.cpp").state
    assert state(examination, "writer").state == "none: answers are quoted (yinju models list)"


def test_llama_cpp_is_told_with_a_faster_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: "1.2")
    monkeypatch.setattr("models.llm.backends", lambda: ["xllamacpp"])
    finding = state(doctor.examine(load_settings()), "llama.cpp")
    assert finding.state == 'xllamacpp 1.2 (faster, needs a C++ compiler: pip install "yinju[gguf]")'
    monkeypatch.setattr("models.llm.backends", lambda: ["llama-cpp-python", "xllamacpp"])
    assert state(doctor.examine(load_settings()), "llama.cpp").state == "llama-cpp-python 1.2"


def test_what_reads_scanned_pages_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: "1.2")
    monkeypatch.setattr("index.formats.recognition.installed", lambda: True)
    finding = state(doctor.examine(load_settings()), "rapidocr")
    assert finding == doctor.Finding("rapidocr", "1.2, with onnxruntime 1.2: reads scanned pages")
    monkeypatch.setattr("index.formats.recognition.installed", lambda: False)
    finding = state(doctor.examine(load_settings()), "rapidocr")
    assert finding.well
    assert finding.state == 'not installed (optional, to read scanned pages of PDFs): pip install "yinju[ocr]"'


def test_a_writer_is_looked_at_without_loading_it(
    tmp_path: Path, write_gguf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_gguf(tmp_path / "small.gguf")
    monkeypatch.setattr("models.llm.backends", lambda: ["xllamacpp"])
    finding = state(doctor.examine(load_settings(model=str(path))), "writer")
    assert finding == doctor.Finding("writer", f"{path}: llama, trained on 512 tokens, 0 MB")
    monkeypatch.setattr("models.llm.backends", list)
    finding = state(doctor.examine(load_settings(model=str(path))), "writer")
    assert (finding.well, finding.cure) == (False, 'pip install "yinju[gguf-wheel]"')
    path.write_bytes(path.read_bytes()[:-9])
    finding = state(doctor.examine(load_settings(model=str(path))), "writer")
    assert not finding.well
    assert "cut off: 9 bytes are missing" in finding.state
    assert state(doctor.examine(load_settings(model=str(path), engine="quote")), "writer").well


def test_a_server_that_writes_is_told_to_be_here_or_elsewhere() -> None:
    finding = state(doctor.examine(load_settings(model="http://10.1.2.3:8080/v1")), "writer")
    assert "another machine, to which your questions and articles go" in finding.state
    finding = state(doctor.examine(load_settings(model="http://127.0.0.1:1/v1")), "writer")
    assert not finding.well
    assert "does not answer" in finding.state


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(2**40, 2**40 - 2**20, 2**20))
    finding = state(doctor.examine(load_settings()), "disk")
    assert finding == doctor.Finding("disk", "0.0 GiB free", False, "free some space")


def test_an_embedder_that_is_not_there_is_told(tmp_path: Path) -> None:
    finding = state(doctor.examine(load_settings(embedder=str(tmp_path / "nothing"))), "embedder")
    assert not finding.well
    assert str(tmp_path / "nothing") in finding.state
