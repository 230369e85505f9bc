"""The bundled embedder: fast to start, the same vectors as sentence-transformers, translations near each other."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from models import ModelError, Parted, load_embedder
from models.embedder import CHUNK_TOKENS, MAX_CHARS, StaticEmbedder, TransformerEmbedder
from models.training.save import summed

ROOT = Path(__file__).parents[1]
BUNDLED = ROOT / "models" / "bundled" / "embedder"
PART = BUNDLED / "0_StaticEmbedding"

TRANSLATIONS = [
    ("The city opened a new library near the river.", "这座城市在河边新建了一座图书馆。"),
    ("Farmers expect a good wheat harvest this summer.", "农民预计今年夏天小麦丰收。"),
    ("The government will invest in high-speed railways.", "政府将投资建设高速铁路。"),
    ("Doctors warn that smoking harms the lungs.", "医生警告说吸烟损害肺部。"),
    ("The company released a new artificial intelligence model.", "该公司发布了新的人工智能模型。"),
    ("Heavy rain caused floods in the southern provinces.", "暴雨在南方省份引发洪水。"),
    ("Students must pass an examination to enter the university.", "学生必须通过考试才能进入大学。"),
    ("The court ruled that the contract was invalid.", "法院裁定该合同无效。"),
    ("Scientists discovered a new planet far from the sun.", "科学家发现了一颗远离太阳的新行星。"),
    ("The bank raised its interest rate again.", "银行再次上调利率。"),
]


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder(BUNDLED, name="bundled")


def best(questions: NDArray[np.float32], passages: NDArray[np.float32]) -> list[int]:
    return [int(row.argmax()) for row in questions @ passages.T]


def test_translations_find_each_other_among_ten(embedder: StaticEmbedder) -> None:
    english = embedder.embed_queries([pair[0] for pair in TRANSLATIONS])
    chinese = embedder.embed_passages([pair[1] for pair in TRANSLATIONS])
    assert best(english, chinese) == list(range(10))
    assert best(chinese, english) == list(range(10))


def test_a_paraphrase_is_nearer_than_another_topic(embedder: StaticEmbedder) -> None:
    question, near, far = embedder.embed_passages(
        ["How old is the bridge?", "The age of the bridge", "Recipe for soup"]
    )
    assert question @ near > question @ far + 0.2


def test_vectors_are_float32_and_of_length_one(embedder: StaticEmbedder) -> None:
    vectors = embedder.embed_passages([side for pair in TRANSLATIONS for side in pair])
    assert vectors.dtype == np.float32
    assert vectors.shape == (20, embedder.dimension) == (20, 512)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_an_empty_text_has_the_zero_vector_and_disturbs_no_neighbour(embedder: StaticEmbedder) -> None:
    alone = embedder.embed_passages(["wheat"])
    vectors = embedder.embed_passages(["", "wheat", " \n", "wheat", ""])
    assert not vectors[[0, 2, 4]].any()
    np.testing.assert_array_equal(vectors[[1, 3]], np.repeat(alone, 2, axis=0))


def test_no_texts_give_no_rows(embedder: StaticEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_a_text_has_the_same_vector_in_any_company(embedder: StaticEmbedder) -> None:
    texts = [f"{pair[side]} {number}" for number in range(150) for pair in TRANSLATIONS for side in (0, 1)]
    long = "小麦 wheat " * (CHUNK_TOKENS // 20)
    together = embedder.embed_passages([long, *texts, long])
    apart = np.concatenate([embedder.embed_passages([text]) for text in (long, *texts[:40])])
    np.testing.assert_allclose(together[:41], apart, atol=1e-6)
    np.testing.assert_array_equal(together[-1], together[0])


def test_a_huge_text_is_embedded_by_its_beginning(embedder: StaticEmbedder) -> None:
    start = "粮食 " * (MAX_CHARS // 3 + 1)
    vectors = embedder.embed_passages([start[:MAX_CHARS], start[:MAX_CHARS] + "railway " * 500_000])
    np.testing.assert_array_equal(vectors[0], vectors[1])


def test_hostile_text_is_only_text(embedder: StaticEmbedder) -> None:
    odd = ["\x00\ufffe", "\U0001f600" * 50, "[UNK]", "a" * 10_000, "\u202e\u0301" * 100]
    assert np.isfinite(embedder.embed_passages(odd)).all()


def test_the_revision_is_the_hash_of_both_files(embedder: StaticEmbedder) -> None:
    digest = hashlib.sha256((PART / "model.safetensors").read_bytes())
    digest.update((PART / "tokenizer.json").read_bytes())
    assert embedder.revision == digest.hexdigest()[:12]


def test_the_bundled_folder_is_small_and_has_its_card() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.rglob("*") if path.is_file()) < 40_000_000
    card = (BUNDLED / "README.md").read_text(encoding="utf-8")
    for promised in ("CC BY-SA 4.0", "cedict-hans", "taiwan-laws", "models.training", "Limits"):
        assert promised in card


@pytest.mark.timed
def test_it_starts_quickly(embedder: StaticEmbedder) -> None:
    times = []
    for _ in range(5):
        begun = time.process_time()
        StaticEmbedder(BUNDLED, name=embedder.name)
        times.append(time.process_time() - begun)
    assert min(times) < 0.5


@pytest.mark.timed
def test_it_embeds_a_thousand_passages_a_second_of_processor_time(embedder: StaticEmbedder) -> None:
    passages = ["，".join(pair[1] for pair in TRANSLATIONS) * 2] * 2_000
    begun = time.process_time()
    embedder.embed_passages(passages)
    assert time.process_time() - begun < 2


def test_the_sums_of_texts_are_made_by_one_thread_and_other_products_by_as_many_as_before(
    embedder: StaticEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    seen: list[set[int]] = []
    products = np.matmul

    def watched(*given: Any, **named: Any) -> Any:
        seen.append(threads())
        return products(*given, **named)

    monkeypatch.setattr(np, "matmul", watched)
    text = "The harbour opened. It was rebuilt in a year."
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        embedder.embed_parts([Parted("", text, ((0, 19), (20, len(text))))])
        assert threads() == before
    assert seen == [{1}]


def test_loading_the_bundled_embedder_imports_no_deep_learning_library() -> None:
    code = (
        "import json, sys, models\n"
        "models.load_embedder().embed_queries(['wheat'])\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "sentence_transformers", "scipy"} & set(json.loads(run.stdout))


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = shutil.copytree(PART, tmp_path / "broken")
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=missing):
        StaticEmbedder(folder, name="broken")


@pytest.mark.parametrize("damaged", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("kept", [0, 1_000])
def test_a_damaged_file_is_named(tmp_path: Path, damaged: str, kept: int) -> None:
    folder = shutil.copytree(PART, tmp_path / "broken")
    (folder / damaged).write_bytes((folder / damaged).read_bytes()[:kept])
    with pytest.raises(ModelError, match=damaged):
        StaticEmbedder(folder, name="broken")


def test_a_folder_that_is_no_model_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Give a model that was downloaded whole"):
        TransformerEmbedder(tmp_path / "absent")
    with pytest.raises(ModelError, match=tmp_path.name):
        load_embedder(str(tmp_path))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled table as a sentence-transformers folder, which adds repeated tokens up."""
    folder = tmp_path_factory.mktemp("summed")
    summed(BUNDLED, folder)
    return folder


def test_only_repeated_tokens_tell_a_damped_table_from_a_summed_one(embedder: StaticEmbedder, plain: Path) -> None:
    added = StaticEmbedder(plain, name="summed")
    once, twice = ["old stone bridge"], ["wheat bridge wheat"]
    np.testing.assert_allclose(added.embed_passages(once), embedder.embed_passages(once), atol=1e-3)
    wheat, bridge = (added.embed_passages([word])[0] for word in ("wheat", "bridge"))
    assert added.embed_passages(twice)[0] @ wheat > embedder.embed_passages(twice)[0] @ wheat
    assert added.embed_passages(twice)[0] @ bridge < embedder.embed_passages(twice)[0] @ bridge


@pytest.mark.slow
@pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning")
def test_sentence_transformers_gives_the_same_vectors(plain: Path) -> None:
    reference, ours = TransformerEmbedder(plain), StaticEmbedder(plain, name="summed")
    texts = [side for pair in TRANSLATIONS for side in pair] + ["12,345.67 EFLOPS", "國立臺灣大學", "wheat " * 3_000]
    vectors = reference.embed_passages(texts)
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert vectors.dtype == np.float32
    assert (reference.dimension, reference.passage_prefix, reference.query_prefix) == (512, "", "")
    np.testing.assert_allclose(vectors, ours.embed_passages(texts), atol=1e-3)
    np.testing.assert_allclose(reference.embed_queries(texts), vectors, atol=1e-3)


@pytest.mark.slow
@pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning")
def test_a_transformer_folder_s_prompts_go_before_its_texts(plain: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(plain, tmp_path / "prompted")
    config = {"prompts": {"query": "question: ", "document": "text: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config), encoding="utf-8")
    prompted, bare = TransformerEmbedder(folder), StaticEmbedder(folder, name="bare")
    assert (prompted.query_prefix, prompted.passage_prefix) == ("question: ", "text: ")
    np.testing.assert_allclose(
        prompted.embed_queries(["old bridge"]), bare.embed_passages(["question: old bridge"]), atol=1e-3
    )
    np.testing.assert_allclose(
        prompted.embed_passages(["old bridge"]), bare.embed_passages(["text: old bridge"]), atol=1e-3
    )


def test_a_damaged_transformer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"modules\.json cannot be read"):
        TransformerEmbedder(tmp_path)
