"""The recipe of the bundled embedder, tried on a few dozen sentences made up here."""

from __future__ import annotations

import itertools
import json
import lzma
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.embedder import StaticEmbedder, damped
from models.training import evaluate, windows
from models.training.card import licences
from models.training.corpus import Bags, Corpus
from models.training.data import EXCLUDED, Source, read_sources
from models.training.save import rounded, save, summed
from models.training.tokenizer import UNKNOWN, train_tokenizer
from models.training.whiten import whitened

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
    return Corpus(
        bags,
        bags,
        np.repeat(np.arange(2, dtype=np.int16), [8, 4]),
        np.array([8, 8]),
        np.array([0, 0]),
        np.array([True, False]),
        prints,
    )


LINES, LINE = 400, 8
DOCUMENT, DICTIONARY = 0, 1


def long_corpus() -> Corpus:
    """A document and a dictionary of 400 lines each; token 10 + n is line n's own (Chinese: 1010 + n), 3 is common."""
    count = 2 * LINES
    lengths = np.full(count, LINE, dtype=np.int64)
    starts = np.arange(count, dtype=np.int64) * LINE
    own = np.repeat(np.arange(count, dtype=np.int32), LINE)
    own = np.where(np.arange(count * LINE) % LINE < 4, own + 10, 3).astype(np.int32)
    chinese = np.where(own > 3, own + 1000, 4).astype(np.int32)
    source = np.repeat(np.arange(2, dtype=np.int16), LINES)
    prints = np.stack([np.arange(count)] * 2)
    runs = np.array([Source("plurality", [], 0).runs, Source("tatoeba", [], 0).runs])
    return Corpus(
        Bags(own, starts, lengths), Bags(chinese, starts, lengths), source, np.array([LINES, 0]), runs, runs > 0, prints
    )


def test_training_lowers_the_loss_and_brings_translations_together(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from models.training.__main__ import main

    sizes = ["--epochs", "60", "--batch", "24", "--width", "32", "--vocabulary", "400", "--seed", "1"]
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
    assert "width 32, epochs 60.0" in card


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


def test_passages_follow_each_other_in_runs_of_one_document() -> None:
    corpus = long_corpus()
    batch = max(itertools.islice(windows.batches(corpus, 64, np.random.default_rng(0)), 2), key=len)
    assert batch.shape == (64, 2)
    assert set(corpus.source[batch.ravel()]) == {DOCUMENT}
    lines = batch[:, 1] - batch[:, 0] + 1
    assert lines.min() == 2  # one line alone has fewer than twelve tokens
    assert lines.max() == windows.MAX_LINES
    for run in batch.reshape(2, windows.RUN, 2):
        between = run[1:, 0] - run[:-1, 1]
        assert between.min() == 1
        assert between.mean() < 2  # only lines too short to be a passage are left out
    assert list(windows.batches(small_corpus(), 4, np.random.default_rng(0))) == []


def test_questions_are_made_of_rare_words_of_their_passage_and_of_asking_words() -> None:
    corpus, chance = long_corpus(), np.random.default_rng(0)
    asking = windows.asking(corpus, marks=[3], vocabulary=2000)
    assert asking.kept[10] == pytest.approx((windows.RARE * 12_800 / 4) ** 0.5)  # stands 4 times in 12,800
    assert asking.kept[3] == pytest.approx((windows.RARE / 0.25) ** 0.5, rel=1e-3)
    assert asking.common[0][0] == 3  # the commonest token of lines that end with the mark
    passages = next(windows.batches(corpus, 32, chance))
    within, across = 0, 0
    for _ in range(40):
        (ids, lengths), (texts, sizes) = windows.texts(corpus, passages, asking, chance)
        assert (int(lengths.sum()), int(sizes.sum())) == (len(ids), len(texts))
        english, asked_english = texts[0] < 1000, ids.max() < 1010
        within += english == asked_english
        across += english != asked_english
        if lengths.max() <= windows.STRETCH[1] + windows.MAX_ASKING:
            owner = np.repeat(np.arange(len(lengths)), lengths)
            line = (ids - 10) % 1000
            inside = (line >= passages[owner, 0]) & (line <= passages[owner, 1])
            assert inside.mean() > 0.5
    assert within > 5
    assert across > 15


def test_questions_alone_teach_what_words_mean() -> None:
    pytest.importorskip("torch")
    from models.training.train import Recipe, train

    corpus = replace(long_corpus(), drawn=np.array([2, 0]))
    recipe = Recipe(width=32, epochs=20, batch=64, questions=20, scale=13)
    rows, losses = train(corpus, 2000, recipe, marks=[3])
    assert losses[-1] < losses[0] / 2
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    own = np.arange(LINES)
    assert evaluate.recall(rows[10 + own] @ rows[1010 + own].T, own, 5) > 0.9


def test_a_token_counts_less_each_time_it_is_repeated() -> None:
    ids, lengths, counts = damped(np.array([5, 2, 5, 5, 2]), np.array([4, 1]))
    assert ids.tolist() == [2, 5, 2]
    assert lengths.tolist() == [2, 1]
    assert counts.tolist() == pytest.approx([1, 1 + np.log(3), 1])


def test_whitening_shrinks_what_all_texts_share() -> None:
    corpus, chance = long_corpus(), np.random.default_rng(0)
    corpus = replace(corpus, english=Bags(corpus.english.ids, corpus.english.starts, np.full(2 * LINES, 16)))
    rows = chance.normal(size=(2000, 8)).astype(np.float32)
    rows[:, 0] *= 10

    def spread(table: NDArray[np.float32]) -> float:
        values = np.linalg.eigvalsh(np.cov(table.T))
        return float(values[-1] / values[-2])

    assert spread(whitened(rows, corpus, 0)) < spread(rows) / 4
    np.testing.assert_allclose(whitened(rows, corpus, 0, power=0), rows, atol=1e-4)
    assert whitened(rows, replace(corpus, prose=np.array([False, False])), 0) is rows


def test_a_saved_table_is_read_damped_and_its_summed_copy_adds_repeats_up(tmp_path: Path) -> None:
    tokenizer = train_tokenizer([side for pair in PAIRS for side in pair], ["农民购买"] * 3, 200)
    rows = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 16)).astype(np.float32)
    save(tmp_path / "saved", rows, tokenizer)
    summed(tmp_path / "saved", tmp_path / "summed")
    ours, added = (StaticEmbedder(tmp_path / name, name=name) for name in ("saved", "summed"))
    np.testing.assert_allclose(ours.embed_passages(["cat buys"]), added.embed_passages(["cat buys"]), atol=2e-3)
    cat, buys, both = ours.embed_passages(["cat", "buys", "cat cat buys"]) * 1.0
    lengths = [np.linalg.norm(rows[tokenizer.encode(word).ids].sum(0)) for word in ("cat", "buys")]
    told = cat * lengths[0] * (1 + np.log(2)) + buys * lengths[1]
    np.testing.assert_allclose(both, told / np.linalg.norm(told), atol=0.02)
    twice = cat * lengths[0] * 2 + buys * lengths[1]
    np.testing.assert_allclose(added.embed_passages(["cat cat buys"])[0], twice / np.linalg.norm(twice), atol=0.02)


def test_rows_in_one_byte_point_where_they_did() -> None:
    rows = np.random.default_rng(0).normal(size=(500, 64)).astype(np.float32)
    whole = rounded(rows)
    assert whole.dtype == np.int8
    assert np.abs(whole).max() == 127
    cosines = (rows * whole).sum(1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(whole.astype(float), axis=1)
    assert cosines.min() > 0.998


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
