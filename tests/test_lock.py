"""models.lock: a changed, cut or missing file is found, a folder may be moved, and a hostile lock names nothing outside."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from models import ModelError, lock

DATA = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two files, locked as a pull locks it."""
    folder = tmp_path / "model"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "config.json").write_bytes(b"{}")
    (folder / "model.gguf").write_bytes(DATA)
    locked = tuple(lock.locked(folder, name) for name in ("model.gguf", "part/config.json"))
    lock.write(folder, lock.Lock("huggingface", "someone/model", "f" * 40, locked))
    return folder


def refused(folder: Path, *, thorough: bool = False) -> str:
    with pytest.raises(ModelError) as caught:
        lock.check(folder, thorough=thorough)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def flip(path: Path) -> None:
    """Change one byte, and neither the size nor the time that says when."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(5_000)
        file.write(b"\xff")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_is_locked_is_read_back(folder: Path) -> None:
    held = lock.check(folder)
    assert held
    assert held.files[0].sha256 == hashlib.sha256(DATA).hexdigest()
    assert [(file.file, file.size) for file in held.files] == [("model.gguf", len(DATA)), ("part/config.json", 2)]
    assert held == lock.check(folder, thorough=True) == lock.read(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["model.gguf", "models.lock", "part"]


def test_a_folder_without_lock_has_none(tmp_path: Path) -> None:
    assert lock.check(tmp_path) is None
    assert lock.check(tmp_path / "absent") is None


def test_a_changed_byte_is_found_though_size_and_time_are_the_same(folder: Path) -> None:
    flip(folder / "model.gguf")
    wrong, right = (hashlib.sha256(data).hexdigest()[:12] for data in (DATA[:5_000] + b"\xff" + DATA[5_001:], DATA))
    assert refused(folder) == (
        f"{folder / 'model.gguf'} has changed: its SHA-256 is {wrong}… instead of {right}…. "
        "Fetch it again: yinju models pull model"
    )


def test_a_cut_and_a_missing_file_are_named(folder: Path) -> None:
    os.truncate(folder / "model.gguf", 10_000)
    assert "model.gguf has 10,000 bytes instead of 10,240. Fetch it again" in refused(folder)
    (folder / "model.gguf").unlink()
    assert "model.gguf is missing. Fetch it again" in refused(folder)


def test_what_was_added_by_hand_is_to_be_added_again(folder: Path) -> None:
    held = lock.read(folder)
    assert held
    lock.write(folder, replace(held, hub="", repo="", revision=""))
    flip(folder / "model.gguf")
    assert refused(folder).endswith(
        "Take it out (yinju models remove model) and add the file again: yinju models add FILE"
    )


def test_a_file_that_was_not_touched_is_not_read_through_again(folder: Path) -> None:
    held = lock.read(folder)
    assert held
    false = replace(held, files=tuple(replace(file, sha256="0" * 64) for file in held.files))
    lock.write(folder, false)
    assert lock.check(folder) == false
    assert "has changed" in refused(folder, thorough=True)


def test_a_folder_that_was_copied_is_read_through_once(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "elsewhere" / "model")
    before = lock.read(copy)
    after = lock.check(copy)
    assert before
    assert after
    assert [file.sha256 for file in before.files] == [file.sha256 for file in after.files]
    assert before != lock.read(copy)
    shutil.copyfile(copy / lock.NAME, folder / lock.NAME)
    flip(folder / "model.gguf")
    assert "has changed" in refused(folder)


@pytest.mark.parametrize(
    "file",
    ["../model.gguf", "/etc/passwd", "part/../../x", "C:\\x", "C:x", "..\\x", "\\\\host\\x", "a\nb", "a\0b", "", "."],
)
def test_a_path_that_leads_outside_is_refused(folder: Path, file: str) -> None:
    table = json.loads((folder / lock.NAME).read_text(encoding="utf-8"))
    table["files"][0]["file"] = file
    (folder / lock.NAME).write_text(json.dumps(table), encoding="utf-8")
    assert "lies outside of the model's folder" in refused(folder)
    assert not lock.inside(file)


def test_paths_inside_are_inside() -> None:
    assert all(map(lock.inside, ("model.gguf", "1_Pooling/config.json", "模型.gguf", "a..b", ".hidden")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        "\xff",
        "[" * 100_000,
        '{"hub": "", "repo": "", "revision": "", "files": [{"file": "a", "size": "1", "sha256": ""}]}',
        '{"hub": "", "repo": "", "revision": "", "files": [{"file": "a", "size": 1, "sha256": "xyz"}]}',
        '{"hub": "", "repo": "", "revision": "", "files": {"a": 1}}',
        '{"hub": "", "repo": "", "revision": ""}',
    ],
)
def test_a_lock_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / lock.NAME).write_bytes(text.encode("latin-1"))
    assert "models.lock cannot be read" in refused(folder)
