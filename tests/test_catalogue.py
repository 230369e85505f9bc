"""The catalogue: every entry complete, no fact blank, found by name, and a writer for the machine's memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.catalogue import CATALOGUE, Entry, find, locate, recommended

by_name = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)


def test_the_models_are_these() -> None:
    assert [entry.name for entry in CATALOGUE if entry.kind == "embedder"] == [
        "multilingual-e5-small",
        "multilingual-e5-base",
        "bge-m3",
        "gte-multilingual-base",
        "Qwen3-Embedding-0.6B",
    ]
    assert [entry.name for entry in CATALOGUE if entry.kind == "reranker"] == [
        "bge-reranker-base",
        "bge-reranker-v2-m3",
        "mmarco-mMiniLMv2-L12-H384-v1",
    ]
    assert [entry.name for entry in CATALOGUE if entry.kind == "writer"] == [
        "Qwen2.5-0.5B-Instruct",
        "Qwen3-1.7B",
        "Qwen2.5-1.5B-Instruct",
        "Qwen3.5-2B",
        "Qwen3-4B-Instruct-2507",
        "Qwen3.5-4B",
    ]
    assert len(CATALOGUE) == 14


@by_name
def test_an_entry_is_complete(entry: Entry) -> None:
    assert entry.hub_id.split("/")[1] in (entry.name, entry.name + "-GGUF")
    assert entry.licence in ("MIT", "Apache-2.0")
    assert 100 < entry.size < 3_000
    assert entry.context in (512, 8_192, 32_768, 262_144)
    assert bool(entry.dimension) == bool(entry.pooling) == (entry.kind == "embedder")
    assert entry.command == f"yinju models pull {entry.name}"


@by_name
def test_a_writer_is_one_known_file(entry: Entry) -> None:
    if entry.kind != "writer":
        assert (entry.file, entry.sha256, entry.cache, entry.memory) == ("", "", 0, 0)
        return
    assert entry.file.lower() == f"{entry.name}-q4_k_m.gguf".lower()
    assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
    assert entry.licence == "Apache-2.0"
    assert entry.size + 600 < entry.memory < 2 * entry.size + 1_000


@by_name
def test_a_revision_is_fixed_or_the_note_says_that_it_is_not(entry: Entry) -> None:
    fixed = re.fullmatch(r"[0-9a-f]{40}", entry.revision)
    assert fixed or (entry.revision == "main" and "No fixed revision" in entry.note)


def test_the_writer_recommended_leaves_room_for_everything_else() -> None:
    gib = 1024**3 / 1e6
    names = {size: (entry := recommended(round(size * gib))) and entry.name for size in (0, 2, 4, 8, 12, 16, 64)}
    assert names == {
        0: None,
        2: None,
        4: "Qwen2.5-0.5B-Instruct",
        8: "Qwen3.5-2B",
        12: "Qwen3.5-4B",
        16: "Qwen3.5-4B",
        64: "Qwen3.5-4B",
    }


def test_the_prefixes_are_those_of_the_cards() -> None:
    prefixes = {entry.name: (entry.query_prefix, entry.passage_prefix) for entry in CATALOGUE}
    assert prefixes["multilingual-e5-small"] == prefixes["multilingual-e5-base"] == ("query: ", "passage: ")
    assert prefixes["bge-m3"] == prefixes["gte-multilingual-base"] == ("", "")
    instruction = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
    assert prefixes["Qwen3-Embedding-0.6B"] == (instruction, "")


def test_a_model_that_brings_program_code_is_told_of() -> None:
    entry = find("gte-multilingual-base")
    assert entry
    assert "never run" in entry.note
    assert "transformers" in entry.note


def test_a_name_lies_in_the_models_folder_and_a_path_where_it_says(tmp_path: Path) -> None:
    assert locate("bge-m3", tmp_path) == tmp_path / "bge-m3"
    assert locate("./bge-m3", tmp_path) == Path("bge-m3")
    assert locate("/somewhere/mine", tmp_path) == Path("/somewhere/mine")
    assert locate("~/mine", tmp_path) == Path.home() / "mine"
    assert locate("bge-m3", None) == Path("bge-m3")
    assert find("mine") is None
