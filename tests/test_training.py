"""The recipe of the bundled embedder, tried on a few dozen sentences made up here."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from models.embedder import StaticEmbedder
from models.training import evaluate
from models.training.card import licences
from models.training.corpus import Bags, Corpus
from models.training.data import EXCLUDED, read_sources

NOUNS = [("cat", "猫"), ("dog", "狗"), ("teacher", "老师"), ("farmer", "农民"), ("doctor", "医生"), ("child", "孩子")]
VERBS = [("buys", "购买"), ("sees", "看见"), ("draws", "描绘"), ("sells", "出售")]
THINGS = [("bread", "面包"), ("rice", "大米"), ("books", "书籍")]
PAIRS = [
    (f"The {noun[0]} {verb[0]} {thing[0]}.", f"{noun[1]}{verb[1]}{thing[1]}。")
    for noun in NOUNS
    for verb in VERBS
    for thing in THINGS
]


def write(folder: Path, name: str, pairs: list[tuple[str, str]]) -> None:
    with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("opencc", reason="the recipe rewrites traditional characters with opencc")
    folder = tmp_path_factory.mktemp("parallel")
    write(folder, "made-up", PAIRS)
    write(folder, "more", [(english.replace("The", "A"), chinese) for english, chinese in PAIRS[::2]])
    return folder


def small_corpus() -> Corpus:
    """Twelve pairs of two sources, the second drawn twice a pass; pair 3 has the text of pair 1."""
    starts = np.arange(12, dtype=np.int64)
    bags = Bags(np.arange(100, 112, dtype=np.int32), starts, np.ones(12, dtype=np.int64))
    prints = np.stack([starts, starts])
    prints[0, 3] = prints[0, 1]
    return Corpus(bags, bags, np.repeat(np.arange(2, dtype=np.int16), [8, 4]), np.array([8, 8]), prints)


def test_training_lowers_the_loss_and_brings_translations_together(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from models.training.__main__ import main

    sizes = ["--epochs", "60", "--batch", "24", "--dims", "32,16", "--vocabulary", "400", "--seed", "1"]
    losses = main(["--data", str(data), "--out", str(tmp_path), *sizes])
    assert losses[-1] < losses[0] / 2
    embedder = StaticEmbedder(tmp_path, name="small")
    assert embedder.dimension == 32
    english, chinese = (embedder.embed_passages([pair[side] for pair in PAIRS]) for side in (0, 1))
    right = np.arange(len(PAIRS))
    assert evaluate.recall(english @ chinese.T, right, 1) > 0.9
    assert evaluate.recall(chinese @ english.T, right, 1) > 0.9
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| made-up | 72 | 72 | not stated | - |" in card
    assert "dims (32, 16)" in card


def test_sources_are_read_sampled_and_rewritten(data: Path, tmp_path: Path) -> None:
    assert [source.name for source in read_sources(data)] == ["made-up", "more"]
    sampled = read_sources(data, sample=10)
    assert [(len(source.pairs), source.pairs_a_pass) for source in sampled] == [(10, 10), (10, 10)]
    write(tmp_path, "taiwan", [(f"{number} universities", f"{number} 所臺灣大學") for number in range(200)])
    chinese = [pair[1].split()[1] for pair in read_sources(tmp_path)[0].pairs]
    assert set(chinese) == {"所台湾大学", "所臺灣大學"}
    assert 100 < chinese.count("所台湾大学") < 190


def test_excluded_and_absent_sources(tmp_path: Path) -> None:
    write(tmp_path, min(EXCLUDED), PAIRS)
    with pytest.raises(FileNotFoundError, match="--data"):
        read_sources(tmp_path)


def test_the_vocabulary_keeps_scripts_and_numbers_apart(data: Path) -> None:
    from models.training.tokenizer import UNKNOWN, train_tokenizer

    texts = [side for pair in PAIRS for side in pair]
    tokenizer = train_tokenizer(texts[::2] * 3 + ["2025 12345"] * 9, texts[1::2] * 3, 400)
    assert tokenizer.token_to_id(UNKNOWN) == 0
    assert tokenizer.encode("农民购买BREAD2025").tokens == ["农民", "购买", "bread", "2025"]
    assert tokenizer.encode("12345").tokens[-1] == "5"
    assert all(len(token) <= 4 for token in tokenizer.get_vocab() if "\u4e00" <= token[0] <= "\u9fff")


def test_a_pass_draws_each_source_as_often_as_told_and_keeps_sources_apart() -> None:
    corpus = small_corpus()
    batches = list(corpus.batches(4, np.random.default_rng(0)))
    seen = np.bincount(np.concatenate(batches), minlength=12)
    assert seen.tolist() == [1] * 8 + [2] * 4
    assert all(len(set(corpus.source[batch])) == 1 for batch in batches)


def test_equal_texts_are_no_negatives() -> None:
    from models.training.train import _negatives

    apart = _negatives(small_corpus(), np.array([0, 1, 3]))
    assert apart.tolist() == [[True, True, True], [True, True, False], [True, False, True]]


def test_bags_gather_stretches_end_to_end() -> None:
    bags = Bags(np.arange(10, dtype=np.int32), np.array([0, 4]), np.array([4, 6]))
    assert bags.gather(np.array([1, 6]), np.array([2, 3])).tolist() == [1, 2, 6, 7, 8]


def test_recall_counts_rows_whose_right_column_is_near_the_top() -> None:
    scores = np.array([[0.9, 0.1, 0.2], [0.5, 0.4, 0.3], [0.1, 0.2, 0.0]], dtype=np.float32)
    right = np.array([0, 1, 2])
    assert [evaluate.recall(scores, right, depth) for depth in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_halves_of_the_evaluation_share_no_question(tmp_path: Path) -> None:
    articles = [
        {"paragraphs": [{"context": f"{topic} text", "qas": [{"question": topic}] * count}]}
        for topic, count in (("wheat", 3), ("bridge", 1))
    ]
    for language in ("en", "zh"):
        (tmp_path / f"xquad.{language}.json").write_text(json.dumps({"data": articles}), encoding="utf-8")
    basis = np.eye(2, dtype=np.float32)

    def embed(texts: list[str] | tuple[str, ...] | object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        assert isinstance(texts, list)
        return basis[[0 if len(text) < 6 or text == "wheat text" else 1 for text in texts]]

    assert evaluate.xquad(tmp_path, embed, 0)["en->zh"] == (1.0, 1.0)
    assert evaluate.xquad(tmp_path, embed, 1)["en->zh"] == (1.0, 1.0)
    assert set(evaluate.xquad(tmp_path, embed)) == {"en->en", "en->zh", "zh->en", "zh->zh"}


def test_licences_come_from_the_data_s_own_table(tmp_path: Path) -> None:
    table = "| file | pairs | kind | licence | from (GitHub) | remarks |\n|---|---|---|---|---|---|\n"
    (tmp_path / "README.md").write_text(
        table + "| bible | 1,000 | verses | public domain (KJV; CUV) | a/b (all) | old |\n", encoding="utf-8"
    )
    assert licences(tmp_path / "README.md") == {"bible": ("public domain", "a/b")}
    assert licences(tmp_path / "absent.md") == {}
