"""A model's folder: what is missing, torn, pickled or would be executed is refused before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models import ModelError, files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all that a model has; what it would compute does not matter here."""
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    module = "sentence_transformers.models."
    modules = [{"path": "", "type": module + "Transformer"}, {"path": "1_Pooling", "type": module + "Pooling"}]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    save_file({"weight": np.arange(1_000, dtype=np.float32)}, folder / "model.safetensors")
    return folder


def refused(folder: Path) -> str:
    """The message with which a folder is refused; it names the folder."""
    with pytest.raises(ModelError) as caught:
        files.check(folder)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_a_whole_folder_passes(folder: Path) -> None:
    files.check(folder)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "There is no model in" in refused(tmp_path / "absent")


def test_what_the_catalogue_knows_comes_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    message = refused(tmp_path / "models" / "bge-m3")
    assert "Run: yinju models pull bge-m3 (" in message
    assert message.endswith(f"copy its folder to {tmp_path / 'models' / 'bge-m3'})")


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert f"{missing} is missing" in refused(folder)


def test_a_folder_without_configuration_is_no_model(folder: Path) -> None:
    for name in ("modules.json", "config.json"):
        (folder / name).unlink()
    assert "no modules.json, no config.json" in refused(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "weights.pt"])
def test_pickled_weights_alone_are_refused(folder: Path, name: str) -> None:
    (folder / "model.safetensors").rename(folder / name)
    message = refused(folder)
    assert f"{name} is a pickle" in message
    assert "safetensors" in message


def test_a_module_s_pickled_weights_are_refused_too(folder: Path) -> None:
    (folder / "1_Pooling" / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    assert "1_Pooling/pytorch_model.bin is a pickle" in refused(folder).replace("\\", "/")


def test_a_pickle_beside_safetensors_is_left_unread(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    files.check(folder)


@pytest.mark.parametrize("kept", [0, 7, 60, 4_000])
def test_torn_weights_are_named(folder: Path, kept: int) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    assert f"{weights} is damaged" in refused(folder)


def test_a_missing_shard_is_named(folder: Path) -> None:
    shards = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(shards), encoding="utf-8")
    assert "model-00002-of-00002.safetensors is missing" in refused(folder)


def test_a_module_of_the_model_s_own_is_refused(folder: Path) -> None:
    (folder / "modules.json").write_text('[{"path": "", "type": "custom_st.Transformer"}]', encoding="utf-8")
    assert "'custom_st.Transformer', which is not of sentence-transformers" in refused(folder)


def test_a_module_outside_of_the_folder_is_refused(folder: Path) -> None:
    modules = [{"path": "../elsewhere", "type": "sentence_transformers.models.Dense"}]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert "lies outside of the model's folder" in refused(folder)


def test_configuration_that_is_no_json_is_named(folder: Path) -> None:
    (folder / "modules.json").write_bytes(b"\xff[")
    assert "modules.json cannot be read" in refused(folder)


def test_the_revision_changes_with_weights_and_configuration_alone(folder: Path) -> None:
    first = files.revision(folder)
    (folder / "README.md").write_text("words", encoding="utf-8")
    assert files.revision(folder) == first
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}', encoding="utf-8")
    second = files.revision(folder)
    save_file({"weight": np.ones(1_000, dtype=np.float32)}, folder / "model.safetensors")
    assert len({first, second, files.revision(folder)}) == 3
