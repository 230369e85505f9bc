"""The bench of scale on a few passages: what is assembled is as it would be embedded, and every figure is there."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from bench import assembly, scale
from bench.speed import read_sentences
from index.packing import unpack
from models import load_embedder
from rag.settings import load_settings

PAIRS = [
    (
        f"The {noun} of the old town was measured again in {year}, with new instruments",
        f"老城的{word}在{year}年又测量了一次，结果与从前不同",
    )
    for noun, word in (("bridge", "桥梁"), ("river", "河流"), ("market", "集市"), ("tower", "高塔"))
    for year in range(1990, 2010)
]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file of pairs."""
    folder = tmp_path_factory.mktemp("text")
    with lzma.open(folder / "made.jsonl.xz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(pair) + "\n" for pair in PAIRS)
    return folder


def test_what_is_assembled_is_nearly_what_would_be_embedded(text: Path) -> None:
    embedder, sentences = load_embedder(), read_sentences(text)
    pools = [assembly.pool(sentences[language], language, embedder, 50) for language in ("zh", "en")]
    entries = list(assembly.articles(pools, 25))
    assert [len(entry.passages) for entry in entries] == [10, 10, 5]
    assert [entry.article.language for entry in entries] == ["zh", "en", "zh"]
    for entry in entries:
        article = entry.article
        assert all(article.text[p.start : p.end] == p.text for p in entry.passages)
        embedded = embedder.embed_passages([f"{article.title}\n{article.text[u.start : u.end]}" for u in entry.units])
        cosines = (embedded * unpack(entry.vectors)).sum(axis=1)
        # The embedder damps words that come again, as they do in these texts.
        assert (float(np.median(cosines)) > 0.98, float(cosines.min()) > 0.8) == (True, True)


def test_every_figure_of_a_size_is_measured(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "EMBEDDED", 40)
    monkeypatch.setattr(scale, "PROBES", 8)
    rows = []
    for passages, made in ((40, "embedded"), (300, "assembled")):
        settings = load_settings(tmp_path / "home", library=f"scale-{passages}")
        found = scale.build(settings, text, passages)
        assert (found["made"], found["passages"] >= passages, found["own_recall"]) == (made, True, 1.0)
        found |= scale.recall(settings, text)
        assert min(found["recall"], found["recall_dense"]) > 0.9  # texts this alike have nearly the same vectors
        found |= scale.measure(settings, text, 8) | {"ask_s": 0.5, "import_s": 5.0, "machine": "here"}
        assert all(0 < way["p50"] <= way["p95"] for way in found["search_ms"].values())
        rows.append(found)
    lines = scale.table(rows).splitlines()
    assert [line.count("|") for line in lines] == [4] * len(lines)
    assert lines[2].startswith("| units | ")
    scale.plot(rows, tmp_path / "scale.svg")
    assert (tmp_path / "scale.svg").read_text(encoding="utf-8").count("<path") > 50
