"""The generation bench on a small model made here: what it times, and that each round reads something new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import generation
from models.llm import backends


def test_every_prompt_shows_other_evidence() -> None:
    shown = [messages[0]["content"] for messages in generation.prompts(9)]
    assert len({text.partition("]")[2] for text in shown}) == 9
    assert all(generation.EVIDENCE < len(text) < generation.EVIDENCE + 40 for text in shown)


def test_the_rate_leaves_out_the_first_piece_and_the_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 2.0, 2.5, 3.0, 0.0])
    monkeypatch.setattr("bench.generation.time.perf_counter", lambda: next(clock))
    assert generation.timed(["a", "bc", "de"], len) == generation.Timed(first=2.0, rate=4.0)
    with pytest.raises(ValueError, match="fewer than two"):
        generation.timed([], len)


@pytest.mark.skipif(not backends(), reason="neither xllamacpp nor llama-cpp-python is installed")
def test_a_model_is_measured_with_all_its_figures(write_gguf: Any, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "tiny.gguf", context=8192)
    figures = generation.measure(path, 1, 1, backends()[0])
    assert min(figures.bare, figures.writer, figures.grammar, figures.first_turn, figures.second_turn) > 0
    assert "of bare (floor 0.95)" in figures.text()
