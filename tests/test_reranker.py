"""Rerankers from local folders, end to end: a small cross-encoder, trained here, puts the passage first that answers."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from models import ModelError, load_reranker
from models.reranker import MAX_TOKENS, CrossEncoderReranker
from rag.assistant import Assistant
from rag.settings import load_settings
from ui import doctor
from ui.cli import app

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default::DeprecationWarning", "default::FutureWarning")]

ANSWERS = {"bridge": "viaduct", "long": "metres", "cost": "crowns", "library": "books"}
"""What a text must speak of to answer a question about the key: no word-matching search can know that."""

FILLERS = "how what is the a of in was and it new old green town year people said again near".split()
MOST = 3_000
"""Steps of the training at most; some processors get there in 350, as each adds up in an order of its own."""
LEARNED = 0.02
"""The mean loss of AT_LAST batches at which it has learned."""
AT_LAST = 30
CONTEXT = 64


def example(chance: random.Random) -> tuple[str, str, float]:
    """A question, a text, and whether the text holds the answer's word; the question's own word may stand there too."""
    asked = chance.choice(list(ANSWERS))
    text = chance.choices([*FILLERS, "unheard"], k=chance.randint(2, 24))
    text += chance.sample([word for key, word in ANSWERS.items() if key != asked], chance.randint(0, 2))
    text += [asked] * chance.randint(0, 1)
    fits = chance.random() < 0.5
    text += [ANSWERS[asked]] * fits
    chance.shuffle(text)
    return f"how {asked} is the {chance.choice(FILLERS)}", " ".join(text), float(fits)


def new_model(size: int, labels: int = 1, context: int = CONTEXT) -> Any:
    """A BERT that classifies, 2 layers and 32 wide, with random weights that are always the same."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    made: Any = BertConfig
    config = made(
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=context,
        num_labels=labels,
        hidden_dropout_prob=0,
        attention_probs_dropout_prob=0,
        initializer_range=0.1,
    )
    return BertForSequenceClassification(config)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, write_tokenizer: Any) -> Path:
    """A folder as rerankers are published: configuration, tokenizer, safetensors; learned in a few seconds."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    folder = tmp_path_factory.mktemp("rerankers") / "bge-reranker-base"
    tokenizer = write_tokenizer(folder, [*FILLERS, *ANSWERS, *ANSWERS.values()])
    model, chance = new_model(len(tokenizer)), random.Random(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # beside other work two threads wait for each other, ten times as long
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses: list[float] = []
    while len(losses) < AT_LAST or np.mean(losses[-AT_LAST:]) > LEARNED:
        assert len(losses) < MOST, "the training does not get there"
        questions, texts, fits = zip(*(example(chance) for _ in range(16)), strict=True)
        logits = model(**tokenizer(list(questions), list(texts), padding=True, return_tensors="pt")).logits[:, 0]
        optimizer.zero_grad()
        loss: Any = binary_cross_entropy_with_logits(logits, torch.tensor(fits))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    torch.set_num_threads(threads)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reranker(trained: Path) -> CrossEncoderReranker:
    return CrossEncoderReranker(trained)


def logits(folder: Path, question: str, texts: list[str]) -> NDArray[np.float32]:
    """What transformers itself says, one pair at a time, shape (texts, labels)."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return np.array([model(**tokenizer(question, text, return_tensors="pt")).logits[0].numpy() for text in texts])


TEXTS = [
    "the bridge is green",
    "the old viaduct",
    "people said again",
    "a town near the viaduct and the library was new",
]


def test_it_tells_what_answers_from_what_does_not(reranker: CrossEncoderReranker) -> None:
    chance = random.Random(1)
    examples = [example(chance) for _ in range(200)]
    said = np.array([reranker.scores(question, [text])[0] for question, text, _ in examples])
    assert ((said > 0.5) == np.array([fits for *_, fits in examples])).mean() > 0.97


def test_scores_are_probabilities_in_the_order_of_the_texts(trained: Path, reranker: CrossEncoderReranker) -> None:
    said = reranker.scores("how bridge is the town", TEXTS)
    assert (said.dtype, said.shape) == (np.dtype(np.float32), (4,))
    assert ((said > 0.5) == [False, True, False, True]).all()
    expected = 1 / (1 + np.exp(-logits(trained, "how bridge is the town", TEXTS)[:, 0]))
    np.testing.assert_allclose(said, expected, atol=1e-5)
    assert reranker.scores("how", []).shape == (0,)


def test_the_question_decides_not_the_text_alone(reranker: CrossEncoderReranker) -> None:
    texts = ["it was 9 crowns", "it was 9 metres"]
    assert reranker.scores("how long is the town", texts).argmax() == 1
    assert reranker.scores("how cost is the town", texts).argmax() == 0


def test_many_texts_of_any_length_are_each_scored_as_alone(reranker: CrossEncoderReranker) -> None:
    texts = [" ".join(FILLERS[: at % 19] + ["viaduct"] * (at % 2)) for at in range(40)]
    together = reranker.scores("how bridge is the town", texts)
    alone = np.concatenate([reranker.scores("how bridge is the town", [text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_long_text_is_read_up_to_the_context(reranker: CrossEncoderReranker) -> None:
    long = "old " * 100_000
    said = reranker.scores("how bridge is the town", [long, long + "viaduct", "viaduct " + long])
    assert said[0] == pytest.approx(said[1], abs=1e-6)
    assert said[2] > said[0]


def test_a_long_context_is_bounded(tmp_path: Path, write_tokenizer: Any) -> None:
    tokenizer = write_tokenizer(tmp_path, FILLERS)
    tokenizer.model_max_length = 4_096
    tokenizer.save_pretrained(tmp_path)
    new_model(len(tokenizer), context=4_096).save_pretrained(tmp_path)
    assert CrossEncoderReranker(tmp_path)._model.max_seq_length == MAX_TOKENS


def test_an_activation_that_the_folder_names_is_not_used(trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "named")
    config = json.loads((folder / "config.json").read_bytes())
    named = {"sbert_ce_default_activation_function": "torch.nn.modules.activation.Tanh"}
    (folder / "config.json").write_text(json.dumps(config | named), encoding="utf-8")
    expected = CrossEncoderReranker(trained).scores("how long is the year", TEXTS)
    np.testing.assert_array_equal(CrossEncoderReranker(folder).scores("how long is the year", TEXTS), expected)


def test_of_two_classes_the_second_means_that_it_fits(tmp_path: Path, write_tokenizer: Any) -> None:
    new_model(len(write_tokenizer(tmp_path, FILLERS)), labels=2).save_pretrained(tmp_path)
    raw = np.exp(logits(tmp_path, "how is the town", TEXTS))
    said = CrossEncoderReranker(tmp_path).scores("how is the town", TEXTS)
    np.testing.assert_allclose(said, raw[:, 1] / raw.sum(axis=1), atol=1e-5)


def test_a_classifier_of_three_is_no_reranker(tmp_path: Path, write_tokenizer: Any) -> None:
    new_model(len(write_tokenizer(tmp_path, FILLERS)), labels=3).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="tells 3 classes apart and is no reranker"):
        CrossEncoderReranker(tmp_path)


def test_a_head_that_gives_probabilities_is_taken_at_its_word(trained: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from torch import nn

    head = Dense(32, 1, activation_function=nn.Sigmoid(), module_output_name="scores")
    model = CrossEncoder(modules=[Transformer(str(trained)), Pooling(32, "cls"), head], activation_fn=nn.Identity())
    expected = model.predict([("how is the town", text) for text in TEXTS])
    model.save_pretrained(str(tmp_path / "head"))
    said = CrossEncoderReranker(tmp_path / "head").scores("how is the town", TEXTS)
    np.testing.assert_allclose(said, expected, atol=1e-5)


def test_an_embedder_is_no_reranker(trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "embedder")
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertModel"]}), encoding="utf-8")
    with pytest.raises(ModelError, match="is no reranker"):
        CrossEncoderReranker(folder)


def test_pickled_weights_are_never_read(trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "bge-reranker-base")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle.*yinju models pull bge-reranker-base"):
        CrossEncoderReranker(folder)


def test_a_name_of_the_catalogue_lies_in_the_models_folder(trained: Path, tmp_path: Path) -> None:
    assert load_reranker("bge-reranker-base", trained.parent).name == "bge-reranker-base"
    with pytest.raises(ModelError, match=r"There is no model in .*bge-reranker-v2-m3\. Run: yinju models pull"):
        load_reranker("bge-reranker-v2-m3", tmp_path)


# --- end to end -------------------------------------------------------------------------------------------------------

TALK = """The talk of the town

(2025-03-14)

How long is the town, people said again. The town is green, and how long the town was is what people said.
"""
SURVEY = """The survey

(2025-03-15)

It was 2600 metres, the old town near the new town.
"""
LIBRARY = """The library

(2025-03-16)

The library of the old town is new, and the town said it was green.
"""
QUESTION = "How long is the town?"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module")
def home(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A home with three articles, and the trained reranker where one of the catalogue lies."""
    folder = tmp_path_factory.mktemp("reranked")
    for name, text in (("talk", TALK), ("survey", SURVEY), ("library", LIBRARY)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    shutil.copytree(trained, folder / "home" / "models" / "bge-reranker-base")
    done = run(
        "index",
        *(str(folder / f"{name}.txt") for name in ("talk", "survey", "library")),
        "--home",
        str(folder / "home"),
    )
    assert done.exit_code == 0, done.stderr
    return str(folder / "home")


def found(home: str, *flags: str) -> list[tuple[str, float]]:
    """Titles and scores of what a search finds; nothing else is said, and no bar drawn."""
    done = run("search", QUESTION, "--json", "--home", home, *flags)
    assert (done.exit_code, done.stderr) == (0, "")
    return [(hit["article"]["title"], hit["score"]) for hit in json.loads(done.stdout)["hits"]]


def test_the_passage_that_answers_comes_first(home: str) -> None:
    without, reranked = found(home), found(home, "--reranker", "bge-reranker-base")
    assert without[0][0] == "The talk of the town"
    assert reranked[0][0] == "The survey"
    assert {title for title, _ in reranked} == {title for title, _ in without}
    assert [score for _, score in reranked] == [score for _, score in without]
    assert found(home, "--reranker", "bge-reranker-base", "-k", "1") == reranked[:1]


def test_it_is_off_by_default_and_can_be_set_and_taken_off(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without = found(home)
    monkeypatch.setenv("YINJU_RERANKER", str(Path(home) / "models" / "bge-reranker-base"))
    assert found(home) != without
    assert found(home, "--reranker", "") == without


def test_an_answer_starts_from_the_new_order(home: str) -> None:
    def titles(name: str) -> list[str]:
        with Assistant(load_settings(Path(home), reranker=name, passages=1)) as assistant:
            return [hit.article.title for hit in assistant.ask(QUESTION).answer.hits]

    assert titles("") == ["The talk of the town"]
    assert titles("bge-reranker-base") == ["The survey"]


def test_what_the_reranker_said_is_a_leg_of_the_hit(home: str) -> None:
    with Assistant(load_settings(Path(home), reranker="bge-reranker-base")) as assistant:
        legs = {hit.article.title: hit.legs["reranker"] for hit in assistant.search(QUESTION)}
    assert legs["The survey"] > 0.9
    assert legs["The talk of the town"] < 0.1


def test_a_reranker_that_is_not_there_is_told(home: str, tmp_path: Path) -> None:
    done = run("ask", QUESTION, "--home", home, "--reranker", str(tmp_path / "absent"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"yinju: There is no model in {tmp_path / 'absent'}")


def test_doctor_says_which_reranker_is_on(home: str, tmp_path: Path) -> None:
    def finding(name: str) -> doctor.Finding:
        examination = doctor.examine(load_settings(Path(home), reranker=name))
        return next(finding for finding in examination.findings if finding.name == "reranker")

    assert finding("") == doctor.Finding("reranker", "off")
    folder = Path(home) / "models" / "bge-reranker-base"
    assert finding("bge-reranker-base") == doctor.Finding(
        "reranker", f"{folder}, files whole (load it: yinju models verify)"
    )
    absent = finding(str(tmp_path / "absent"))
    assert not absent.well
    assert "There is no model in" in absent.state
    assert absent.cure == "put the model there, or name another reranker: yinju models list"


def test_models_are_listed_and_verified_with_it(home: str) -> None:
    listed = {row["name"]: row for row in json.loads(run("models", "list", "--json", "--home", home).stdout)["models"]}
    assert [name for name, row in listed.items() if row["installed"]] == ["bundled", "bge-reranker-base"]
    told = run("models", "list", "--home", home).stdout
    assert "here    reranker  bge-reranker-base             MIT          1,130 MB\n" in told
    assert "-       embedder  bge-m3                        MIT          2,290 MB  1024 dimensions\n" in told
    verified = json.loads(run("models", "verify", "--json", "--home", home).stdout)["models"]
    assert [(row["name"], row["whole"]) for row in verified] == [("bundled", True), ("bge-reranker-base", True)]


def test_a_torn_model_fails_and_the_others_are_verified_all_the_same(home: str, tmp_path: Path) -> None:
    folder = shutil.copytree(home, tmp_path / "torn")
    weights = folder / "models" / "bge-reranker-base" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:2_000])
    done = run("models", "verify", "--home", str(folder))
    assert done.exit_code == 1
    assert done.stdout.startswith("bundled  whole  revision ")
    assert f"{weights} is damaged" in done.stderr
