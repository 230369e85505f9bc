"""Transformers from local folders, small ones that are made here: pooling, prefixes, context, precision, and what is refused."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from models import ModelError, Parted, load_embedder
from models.embedder import BATCH_CHARS, TEXTS_A_PASS, TransformerEmbedder, _batches
from ui.cli import app

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning")]

WORDS = "query passage : bridge river green long old town the a is in 桥 河 长".split()
TEXTS = ["the bridge is long", "river", "桥 长 河 green old town in a river the bridge", "old old old"]
CONTEXT = 64


def random_model(kind: str, size: int) -> Any:
    """A model of an architecture that the catalogue has, 2 layers and 32 wide, with random weights that are always the same."""
    import torch
    import transformers

    torch.manual_seed(7)
    if kind == "Gte" and not hasattr(transformers, "GteConfig"):
        pytest.skip("this version of transformers has no GTE of its own")
    positions = CONTEXT + 2 if kind == "XLMRoberta" else CONTEXT
    special = {"num_key_value_heads": 2, "head_dim": 8} if kind == "Qwen3" else {}
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=positions,
        initializer_range=0.3,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        **special,
    )
    return getattr(transformers, f"{kind}Model")(config)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, write_tokenizer: Any) -> Path:
    """A folder of transformers alone: configuration, tokenizer and weights of a BERT."""
    folder = tmp_path_factory.mktemp("transformers") / "plain"
    random_model("Bert", len(write_tokenizer(folder, WORDS))).save_pretrained(folder)
    return folder


def copied(plain: Path, folder: Path, *, pooling: str = "", prompts: dict[str, str] | None = None) -> Path:
    """The same weights in another folder, with the files of sentence-transformers where a pooling is named."""
    shutil.copytree(plain, folder)
    if pooling:
        kinds = {"": "Transformer", "1_Pooling": "Pooling"}
        modules = [
            {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for at, (path, kind) in enumerate(kinds.items())
        ]
        (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
        (folder / "1_Pooling").mkdir()
        flags = {"cls": "cls_token", "mean": "mean_tokens", "lasttoken": "lasttoken"}
        chosen = {f"pooling_mode_{flag}": mode == pooling for mode, flag in flags.items()}
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32} | chosen))
    if prompts:
        (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}), encoding="utf-8")
    return folder


def test_what_is_loaded_says_nothing_on_the_terminal(plain: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = copied(plain, tmp_path / "renamed", pooling="mean")
    weights = load_file(folder / "model.safetensors")
    weights["unknown.bias"] = weights.pop("pooler.dense.bias")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    listener, quiet = Listener(), logging.getLogger("transformers")
    quiet.setLevel(logging.WARNING)  # as it is where nothing of Yinju has run
    quiet.addHandler(listener)
    try:
        vectors = load_embedder(str(folder)).embed_queries(["river " * 100])
    finally:
        quiet.removeHandler(listener)
    assert vectors.shape == (1, 32)
    assert said == []


def by_hand(plain: Path, texts: list[str], pooling: str) -> NDArray[np.float32]:
    """Unit vectors from transformers itself, one text at a time, so that nothing is padded."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(plain), AutoModel.from_pretrained(plain).eval()
    rows = []
    for text in texts:
        with torch.inference_mode():
            states = model(**tokenizer(text, return_tensors="pt", truncation=True)).last_hidden_state[0].numpy()
        row = {"cls": states[0], "mean": states.mean(axis=0), "lasttoken": states[-1]}[pooling]
        rows.append(row / np.linalg.norm(row))
    return np.array(rows, dtype=np.float32)


@pytest.mark.parametrize("pooling", ["mean", "cls", "lasttoken"])
def test_the_folder_s_pooling_decides(plain: Path, tmp_path: Path, pooling: str) -> None:
    embedder = TransformerEmbedder(copied(plain, tmp_path / "mine", pooling=pooling))
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, embedder.dimension) == (4, 32)
    np.testing.assert_allclose(vectors, by_hand(plain, TEXTS, pooling), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "pooling"),
    [("bge-m3", "cls"), ("gte-multilingual-base", "cls"), ("Qwen3-Embedding-0.6B", "lasttoken"), ("mine", "mean")],
)
def test_the_catalogue_s_pooling_counts_where_the_folder_names_none(
    plain: Path, tmp_path: Path, name: str, pooling: str
) -> None:
    embedder = TransformerEmbedder(copied(plain, tmp_path / name))
    np.testing.assert_allclose(embedder.embed_passages(TEXTS), by_hand(plain, TEXTS, pooling), atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "name", "pooling"),
    [
        ("XLMRoberta", "bge-m3", "cls"),
        ("Gte", "gte-multilingual-base", "cls"),
        ("Qwen3", "Qwen3-Embedding-0.6B", "lasttoken"),
    ],
)
def test_each_architecture_of_the_catalogue_loads(
    tmp_path: Path, write_tokenizer: Any, kind: str, name: str, pooling: str
) -> None:
    folder = tmp_path / name
    tokenizer = write_tokenizer(folder, WORDS)
    tokenizer.padding_side = "left" if kind == "Qwen3" else "right"
    tokenizer.save_pretrained(folder)
    random_model(kind, len(tokenizer)).save_pretrained(folder)
    embedder = TransformerEmbedder(folder)
    texts = [*TEXTS, "river " * 500]
    np.testing.assert_allclose(embedder.embed_passages(texts), by_hand(folder, texts, pooling), atol=1e-5)
    asked = by_hand(folder, [embedder.query_prefix + "old bridge"], pooling)
    np.testing.assert_allclose(embedder.embed_queries(["old bridge"]), asked, atol=1e-5)


def test_the_catalogue_s_prefixes_go_before_the_texts_once(plain: Path, tmp_path: Path) -> None:
    copied(plain, tmp_path / "multilingual-e5-small", pooling="mean")
    embedder = load_embedder("multilingual-e5-small", tmp_path)
    assert (embedder.name, embedder.query_prefix, embedder.passage_prefix) == (
        "multilingual-e5-small",
        "query: ",
        "passage: ",
    )
    asked, stored = embedder.embed_queries(["old bridge"]), embedder.embed_passages(["old bridge"])
    np.testing.assert_allclose(asked, by_hand(plain, ["query: old bridge"], "mean"), atol=1e-5)
    np.testing.assert_allclose(stored, by_hand(plain, ["passage: old bridge"], "mean"), atol=1e-5)
    for other in ("old bridge", "query: query: old bridge"):
        assert np.abs(asked - by_hand(plain, [other], "mean")).max() > 0.01
    assert np.abs(asked - stored).max() > 0.01


def test_the_folder_s_own_prompts_come_before_the_catalogue_s(plain: Path, tmp_path: Path) -> None:
    prompts = {"query": "town: ", "document": "river: "}
    folder = copied(plain, tmp_path / "multilingual-e5-base", pooling="mean", prompts=prompts)
    embedder = TransformerEmbedder(folder)
    assert (embedder.query_prefix, embedder.passage_prefix) == ("town: ", "river: ")
    np.testing.assert_allclose(embedder.embed_queries(["old"]), by_hand(plain, ["town: old"], "mean"), atol=1e-5)


def test_a_name_that_nobody_knows_has_no_prefix(plain: Path, tmp_path: Path) -> None:
    embedder = TransformerEmbedder(copied(plain, tmp_path / "mine", pooling="mean"))
    assert (embedder.query_prefix, embedder.passage_prefix) == ("", "")
    np.testing.assert_array_equal(embedder.embed_queries(TEXTS), embedder.embed_passages(TEXTS))


def test_a_long_text_counts_up_to_the_context(plain: Path, tmp_path: Path) -> None:
    embedder = TransformerEmbedder(copied(plain, tmp_path / "mine", pooling="mean"))
    held = " ".join(["bridge", "river"] * (CONTEXT // 2 - 1))  # [CLS] and [SEP] take two places
    vectors = embedder.embed_passages([held, held + " green" * 5_000, "green " + held])
    np.testing.assert_allclose(vectors[1], vectors[0], atol=1e-6)
    assert np.abs(vectors[2] - vectors[0]).max() > 0.001


def test_a_text_has_the_same_vector_in_any_company(plain: Path, tmp_path: Path) -> None:
    embedder = TransformerEmbedder(copied(plain, tmp_path / "mine", pooling="mean"))
    many = [" ".join(WORDS[at % 7 : at % 7 + at % 9 + 1]) for at in range(80)]
    together = embedder.embed_passages(many)
    apart = np.concatenate([embedder.embed_passages([text]) for text in many])
    np.testing.assert_allclose(together, apart, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert embedder.embed_passages([]).shape == (0, 32)


def test_batches_hold_texts_of_like_length_and_no_more_than_memory_allows() -> None:
    lengths = [5, 40_000, 0, 2_000, *[100] * 100, 1_500]
    batches = list(_batches(lengths))
    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    assert batches[0] == [1]
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[at] for at in batch) <= BATCH_CHARS
        assert len(batch) <= TEXTS_A_PASS
    longest = [max(lengths[at] for at in batch) for batch in batches]
    assert longest == sorted(longest, reverse=True)
    assert list(_batches([])) == []


def test_weights_in_half_precision_are_computed_with_in_float32(plain: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = copied(plain, tmp_path / "half", pooling="mean")
    halved = {name: row.astype(np.float16) for name, row in load_file(folder / "model.safetensors").items()}
    save_file(halved, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "float16"}), encoding="utf-8")
    embedder = TransformerEmbedder(folder)
    assert {str(weight.dtype) for weight in embedder._model.parameters()} == {"torch.float32"}
    np.testing.assert_allclose(embedder.embed_passages(TEXTS), by_hand(plain, TEXTS, "mean"), atol=5e-3)


def test_two_sets_of_weights_are_two_revisions(plain: Path, tmp_path: Path) -> None:
    mean, cls = (TransformerEmbedder(copied(plain, tmp_path / mode, pooling=mode)) for mode in ("mean", "cls"))
    again = TransformerEmbedder(copied(plain, tmp_path / "again", pooling="mean"))
    assert mean.revision == again.revision != cls.revision


def test_pickled_weights_are_never_read(plain: Path, tmp_path: Path) -> None:
    import torch

    folder = copied(plain, tmp_path / "bge-m3", pooling="cls")
    (folder / "model.safetensors").unlink()
    torch.save({"weight": torch.ones(2)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle.*yinju models pull bge-m3"):
        TransformerEmbedder(folder)


def test_torn_weights_are_refused(plain: Path, tmp_path: Path) -> None:
    weights = copied(plain, tmp_path / "torn", pooling="mean") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged"):
        TransformerEmbedder(tmp_path / "torn")


def test_a_model_s_program_code_is_not_run(plain: Path, tmp_path: Path) -> None:
    folder = copied(plain, tmp_path / "gte-multilingual-base")
    witness = tmp_path / "ran"
    (folder / "modeling.py").write_text(f"open({str(witness)!r}, 'w').close()\n", encoding="utf-8")
    config = json.loads((folder / "config.json").read_bytes())
    code = {"AutoConfig": "modeling.NewConfig", "AutoModel": "modeling.NewModel"}
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "new", "auto_map": code}), encoding="utf-8")
    with pytest.raises(ModelError, match=r"brings program code of its own \(model type 'new'\), which is never run"):
        TransformerEmbedder(folder)
    assert not witness.exists()


def test_a_name_of_the_catalogue_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"There is no model in .*multilingual-e5-small\. Run: yinju models pull"):
        load_embedder("multilingual-e5-small", tmp_path / "models")


def test_index_and_search_with_one_and_no_other(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--home", str(tmp_path / "home")])

    article = tmp_path / "article.txt"
    article.write_text("The bridge\n\n(2025-03-14)\n\nThe old bridge in the town is long.\n", encoding="utf-8")
    models = tmp_path / "home" / "models"
    models.mkdir(parents=True)
    folder = copied(plain, models / "multilingual-e5-small", pooling="mean")
    monkeypatch.setenv("YINJU_EMBEDDER", folder.name)
    assert run("index", str(article)).exit_code == 0
    found = json.loads(run("search", "long bridge", "--json").stdout)["hits"]
    assert [hit["article"]["title"] for hit in found] == ["The bridge"]
    assert run("models", "verify").stdout.splitlines()[1].startswith("multilingual-e5-small  whole  revision ")
    prompts = {"prompts": {"query": "town: ", "passage": "passage: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts), encoding="utf-8")
    assert run("search", "long bridge").exit_code == 1  # another prefix, so another model
    monkeypatch.delenv("YINJU_EMBEDDER")
    refused = run("search", "long bridge")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "'multilingual-e5-small'" in refused.stderr


def test_parts_are_the_means_of_their_tokens_where_the_model_takes_means(plain: Path, tmp_path: Path) -> None:
    text = "The old bridge. A green river, a stone bridge."
    asked = [Parted("Report", text, ((0, 15), (16, 46))), Parted("", text, ((0, 15),)), Parted("", "", ())]
    embedder = TransformerEmbedder(copied(plain, tmp_path / "means", pooling="mean"))
    both, one, none = embedder.embed_parts(asked)
    assert (both.shape, one.shape, none.shape) == ((3, 32), (1, 32), (0, 32))
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(both[2], embedder.embed_passages([f"Report\n{text}"])[0], atol=1e-5)
    assert both[0] @ both[2] < 0.99999


def test_parts_are_texts_of_their_own_where_the_model_takes_no_means(plain: Path, tmp_path: Path) -> None:
    text = "The old bridge. A green river, a stone bridge."
    embedder = TransformerEmbedder(copied(plain, tmp_path / "first", pooling="cls"))
    (both,) = embedder.embed_parts([Parted("Report", text, ((0, 15), (16, 46)))])
    wanted = [f"Report\n{text[start:end]}" for start, end in ((0, 15), (16, 46), (0, 46))]
    np.testing.assert_allclose(both, embedder.embed_passages(wanted), atol=1e-5)


def test_a_text_beyond_the_context_is_read_in_windows(plain: Path, tmp_path: Path) -> None:
    embedder = TransformerEmbedder(copied(plain, tmp_path / "means", pooling="mean"))
    sentence = "A green river, a stone bridge. "
    text = sentence * 400
    parts = tuple((at * len(sentence), (at + 1) * len(sentence) - 1) for at in range(400))
    (found,) = embedder.embed_parts([Parted("Report", text, parts)])
    assert found.shape == (401, 32)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
