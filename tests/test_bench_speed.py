"""The speed bench on a few passages: made articles are what they say, and both searches are timed over the same vectors."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import pytest

from bench import speed
from models import load_embedder
from rag.assistant import Assistant
from rag.settings import load_settings

PAIRS = [
    (f"The {noun} of the old town was measured again in {year}", f"老城的{word}在{year}年又测量了一次，结果与从前不同")
    for noun, word in (("bridge", "桥梁"), ("river", "河流"), ("market", "集市"), ("tower", "高塔"))
    for year in range(1990, 2010)
]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A folder with one file of pairs."""
    folder = tmp_path / "text"
    folder.mkdir()
    with lzma.open(folder / "made.jsonl.xz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(pair) + "\n" for pair in PAIRS)
    return folder


def test_sentences_are_read_by_language(text: Path) -> None:
    found = speed.read_sentences(text)
    assert (len(found["en"]), len(found["zh"])) == (80, 80)
    with pytest.raises(FileNotFoundError, match="give --text"):
        speed.read_sentences(text.parent)


def test_articles_are_made_anew_alike_and_in_both_languages(text: Path) -> None:
    sentences = speed.read_sentences(text)
    articles = list(speed.make_articles(sentences, 25))
    assert articles == list(speed.make_articles(sentences, 25))
    assert [article.language for article in articles] == ["zh", "en", "zh"]
    assert [article.text.count("\n\n") + 1 for article in articles] == [10, 10, 5]
    assert speed.paragraph(["Short"], "en", random.Random(0)).startswith("Short. Short. ")


def test_questions_are_of_both_languages_and_some_quote(text: Path) -> None:
    asked = speed.questions(speed.read_sentences(text), 20)
    assert sum(question.startswith("“") for question in asked) == 2
    assert asked[1].isascii()
    assert not asked[2].isascii()


def test_hybrid_and_flat_are_timed_on_the_same_library(text: Path, tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home")
    sentences = speed.read_sentences(text)
    built = speed.build(settings, sentences, 30)
    found = speed.search(settings, speed.questions(sentences, 12))
    assert built["passages_a_second"] > 0
    assert found["articles"] == 3
    assert found["units"] > found["passages"] >= 30
    assert list(found["search_ms"]) == ["hybrid", "flat, one vector a passage", "flat, every vector"]
    assert all(0 < row["p50"] <= row["p95"] for row in found["search_ms"].values())
    assert 0.01 <= found["shares"]["index.search.search"] < 1
    with Assistant(settings) as assistant:
        parts = speed.embedded(assistant.retrieval.search).current().dense
    assert sum(len(piece) for piece in speed.whole_passages(parts)) == found["passages"]
    assert sum(len(piece) for piece in speed.every_vector(parts)) == found["units"]
    assert "hybrid / flat at p50" in speed.report({"machine": "here", "search": built | found})


def test_embedding_is_timed_against_another_model(text: Path) -> None:
    bundled = load_embedder()
    found = speed.embedding(speed.read_sentences(text), bundled, bundled, 2, a_round=4, least=0.01)
    assert list(found) == ["bundled", "other", "ratio"]
    assert found["ratio"] == pytest.approx(found["bundled"] / found["other"])
    assert "m 2.0, ratio 2" in speed.report(
        {"machine": "", "embedding": {"bundled": 4.0, "other": 2.0, "ratio": 2.0, "model": "m"}}
    )
