"""yinju models: what is listed, added, checked and removed, and what a file that is no model is told."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from models import ModelError, catalogue, files, lock
from ui import models as shown
from ui.cli import app

DATA = b"GGUF" + random.Random(1).randbytes(50_000)
PROGRAM = str(Path(sys.executable).with_name("yinju"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments])


def row(name: str) -> dict[str, Any]:
    listed = json.loads(run("list", "--json").stdout)["models"]
    return next(dict(found) for found in listed if found["name"] == name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A GGUF file that a person has; what it would compute does not matter here."""
    path = tmp_path / "my-model-q4_k_m.gguf"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def models(own_home: Path) -> Path:
    return own_home / "models"


def test_writers_are_listed_with_what_they_need(models: Path) -> None:
    listed = row("Qwen2.5-1.5B-Instruct")
    assert listed == {
        "name": "Qwen2.5-1.5B-Instruct",
        "kind": "writer",
        "hub_id": "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        "revision": "91cad51170dc346986eccefdc2dd33a9da36ead9",
        "licence": "Apache-2.0",
        "context": 32_768,
        "file": "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        "sha256": "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        "size_mb": 1_117,
        "memory_mb": 1_952,
        "folder": str(models / "Qwen2.5-1.5B-Instruct"),
        "command": "yinju models pull Qwen2.5-1.5B-Instruct",
        "installed": False,
        "used": False,
    } | ({"recommended": True} if listed.get("recommended") else {})
    told = run("list")
    line = "-       writer    Qwen2.5-1.5B-Instruct         Apache-2.0   1,117 MB  needs 2.0 GB of memory"
    assert any(said.startswith(line) for said in told.stdout.splitlines())
    assert "to fetch one: yinju models pull NAME" in told.stderr


def test_one_writer_is_recommended_for_this_machine() -> None:
    listed = json.loads(run("list", "--json").stdout)["models"]
    best = catalogue.recommended(shown.memory())
    assert [found["name"] for found in listed if found.get("recommended")] == ([best.name] if best else [])
    assert 500 < shown.memory() < 100_000_000


def test_a_file_is_added_listed_verified_and_removed(file: Path, models: Path) -> None:
    added = run("add", str(file))
    folder = models / "my-model-q4_k_m"
    assert (added.exit_code, added.stdout) == (0, "")
    assert added.stderr == f"yinju: my-model-q4_k_m was added: {folder}\n"
    assert (folder / file.name).read_bytes() == DATA
    assert file.read_bytes() == DATA
    assert row("my-model-q4_k_m") == {
        "name": "my-model-q4_k_m",
        "kind": "writer",
        "folder": str(folder),
        "installed": True,
        "used": True,
    }
    assert files.gguf("my-model-q4_k_m", models) == folder / file.name
    verified = run("verify", "my-model-q4_k_m")
    assert verified.stdout == f"my-model-q4_k_m  whole  revision {hashlib.sha256(DATA).hexdigest()[:12]}\n"
    removed = run("remove", "my-model-q4_k_m", "--json")
    assert json.loads(removed.stdout) == {"name": "my-model-q4_k_m", "folder": str(folder), "state": "was removed"}
    assert not [path for path in models.rglob("*") if path.is_file()]
    assert file.read_bytes() == DATA


def test_the_writer_in_use_is_the_one_that_settings_name(
    file: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", str(file), "--name", "mine")
    run("add", str(file), "--name", "other")
    for named, used in (
        ("mine", "mine"),
        ("other", "other"),
        (str(file), str(file)),
        ("Qwen3-1.7B", "Qwen3-1.7B"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
    ):
        monkeypatch.setenv("YINJU_MODEL", named)
        listed = json.loads(run("list", "--json").stdout)["models"]
        assert [found["name"] for found in listed if found["used"] and found["kind"] == "writer"] == [used]
        verified = run("verify")
        assert (verified.exit_code == 1) == (named == "Qwen3-1.7B"), verified.stderr
        assert ("There is no model in" in verified.stderr) == (named == "Qwen3-1.7B")
    monkeypatch.setenv("YINJU_ENGINE", "quote")
    assert row("mine")["used"] is False


def test_a_changed_byte_is_found_and_refused_at_load(file: Path, models: Path) -> None:
    run("add", str(file), "--name", "mine")
    copy = models / "mine" / file.name
    copy.write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    verified = run("verify", "--json")
    assert verified.exit_code == 1
    assert [(found["name"], found["whole"]) for found in json.loads(verified.stdout)["models"]] == [
        ("bundled", True),
        ("mine", False),
    ]
    cure = "Take it out (yinju models remove mine) and add the file again: yinju models add FILE"
    assert f"{copy} has changed: its SHA-256 is " in verified.stderr
    for name in ("mine", str(copy), str(copy.parent)):
        with pytest.raises(ModelError) as caught:
            files.gguf(name, models)
        assert str(caught.value).endswith(cure)


def test_a_link_leaves_the_file_where_it_is(file: Path, models: Path) -> None:
    assert run("add", str(file), "--name", "mine", "--link").exit_code == 0
    link = models / "mine" / file.name
    assert link.is_symlink()
    assert link.resolve() == file.resolve()
    assert run("remove", "mine").exit_code == 0
    assert file.read_bytes() == DATA
    run("add", str(file), "--name", "mine", "--link")
    file.unlink()
    broken = run("verify", "mine")
    assert broken.exit_code == 1
    assert f"{link} is missing. Take it out" in broken.stderr


def test_a_name_is_taken_once(file: Path, models: Path) -> None:
    run("add", str(file))
    again = run("add", str(file))
    assert again.exit_code == 1
    assert f"{models / 'my-model-q4_k_m'} is there already: yinju models remove my-model-q4_k_m, or" in again.stderr


@pytest.mark.parametrize("name", ["../x", "/x", ".x", "a/b", "x" * 65, "bge-m3", " x", "x\n"])
def test_a_name_that_cannot_be_is_refused(file: Path, models: Path, name: str) -> None:
    done = run("add", str(file), "--name", name)
    assert done.exit_code == 1
    assert "cannot name a model that is added: give another with --name" in done.stderr
    assert not models.exists()


def test_what_is_no_gguf_is_not_added(tmp_path: Path, models: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<html>", encoding="utf-8")
    (tmp_path / "weights.bin").write_bytes(DATA)
    (tmp_path / "empty.gguf").touch()
    for name, said in (
        ("page.gguf", "page.gguf is no GGUF file. Give a model that was downloaded whole"),
        ("empty.gguf", "empty.gguf is no GGUF file"),
        ("weights.bin", "weights.bin does not end in .gguf: only GGUF files are added"),
        ("absent.gguf", "absent.gguf: give the path of a .gguf file"),
        ("", ": give the path of a .gguf file"),
    ):
        done = run("add", str(tmp_path / name))
        assert (done.exit_code, said in done.stderr) == (1, True), done.stderr
    assert not models.exists()


def test_a_full_disk_leaves_nothing_behind(file: Path, models: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "models", "add", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "free some space and try again" in done.stderr
    assert not [path for path in models.rglob("*") if path.is_file()]


def test_what_is_not_there_is_neither_removed_nor_verified(models: Path) -> None:
    for name in ("absent", "bge-m3", "..", "", "/"):
        done = run("remove", name)
        assert (done.exit_code, f"There is no model {name!r} in {models}" in done.stderr) == (1, True)
        done = run("verify", name)
        assert (done.exit_code, f"There is no model {name!r} here: yinju models list" in done.stderr) == (1, True)


def test_what_a_pull_that_was_cut_has_left_is_removed(models: Path) -> None:
    left = models / files.STAGING / "bge-m3"
    left.mkdir(parents=True)
    (left / ("0" * 64)).write_bytes(b"half")
    assert run("remove", "bge-m3").exit_code == 0
    assert not left.exists()


def test_a_writer_of_the_catalogue_that_was_copied_in_is_held_against_it(models: Path) -> None:
    entry = catalogue.find("Qwen3.5-2B")
    assert entry
    folder = models / entry.name
    folder.mkdir(parents=True)
    (folder / entry.file).write_bytes(DATA)
    done = run("verify")
    assert done.exit_code == 1
    assert (
        f"{folder / entry.file} is not the file that the catalogue knows. Run: yinju models pull Qwen3.5" in done.stderr
    )


def test_a_name_that_is_near_is_proposed() -> None:
    done = run("pull", "qwen3.5-4b")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No model 'qwen3.5-4b' is known. The nearest: Qwen3.5-4B, " in done.stderr
    assert "yinju models add FILE" in done.stderr
    assert all(entry.name in run("pull", "?").stderr for entry in catalogue.CATALOGUE)
    assert run("pull", "Qwen3.5-4B", "--from", "elsewhere").exit_code == 2


def test_a_gguf_is_found_by_name_by_folder_and_by_path(file: Path, models: Path) -> None:
    assert files.gguf(str(file), None) == files.gguf(str(file.parent), models) == file
    for name in ("Qwen3.5-2B", str(file.parent / "absent.gguf")):
        with pytest.raises(ModelError, match=r"There is no model in "):
            files.gguf(name, models)
    (file.parent / "another.gguf").write_bytes(DATA)
    with pytest.raises(ModelError, match=r"holds 2 files instead of one of GGUF"):
        files.gguf(str(file.parent), models)
    (file.parent / "text.gguf").write_bytes(b"text")
    with pytest.raises(ModelError, match=r"text\.gguf is no GGUF file"):
        files.gguf(str(file.parent / "text.gguf"), models)


def test_a_lock_beside_a_file_counts_only_for_what_it_names(file: Path) -> None:
    lock.write(file.parent, lock.Lock("", "", "", (lock.locked(file.parent, file.name),)))
    other = file.with_name("other.gguf")
    other.write_bytes(DATA)
    os.truncate(file, 100)
    assert files.gguf(str(other), None) == other
    with pytest.raises(ModelError, match="has 100 bytes instead of 50,004"):
        files.gguf(str(file), None)
