"""Tokens from memory are the tokenizer's own, and parts are embedded as they would be alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Parted, bundled_folder, load_embedder
from models.embedder import StaticEmbedder

ODD = [
    "",
    " \n",
    "か\u3099中",
    "２０２６年１２３４５６",
    "℃中abc",
    "豈中國",
    "…中……",
    "Ａbc",
    "a\x1eb",
    "ΑΣ ΣΑ",
    "[UNK]",
    "①②",
    "가\u11a8",
    "100,000.5%",
]
PLAIN = st.text(alphabet="中国经济数据中心的了在，。！abcXYZ01234 \n\t-_$…２Ａ", max_size=60)


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder(bundled_folder(), name="bundled")


def told(embedder: StaticEmbedder, texts: list[str]) -> list[list[int]]:
    numbers, owners = embedder._cut.of(texts)
    return [numbers[owners == at].tolist() for at in range(len(texts))]


def test_odd_texts_have_the_tokens_that_the_tokenizer_tells(embedder: StaticEmbedder) -> None:
    assert told(embedder, ODD) == embedder._bags([text.replace("\x1e", " ") for text in ODD])
    assert told(embedder, []) == []


@given(st.lists(PLAIN, max_size=6))
def test_any_texts_have_the_tokens_that_the_tokenizer_tells(texts: list[str]) -> None:
    bundled = load_embedder()
    assert isinstance(bundled, StaticEmbedder)
    assert told(bundled, texts) == bundled._bags(texts)


def test_pieces_that_need_no_merging_have_the_tokens_that_the_tokenizer_tells(embedder: StaticEmbedder) -> None:
    vocabulary = sorted(embedder._tokenizer.get_vocab())[::23]
    pairs = [token for token in vocabulary if len(token) == 2 and not token.isascii()]
    triples = [one + other[at] for one, other in zip(pairs, pairs[1:], strict=False) for at in (0, 1)]
    texts = [*vocabulary, *triples, *(triple[::-1] for triple in triples)]
    assert told(embedder, texts) == embedder._bags(texts)


def test_memory_that_is_full_changes_nothing(embedder: StaticEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.bags.REMEMBERED", 8)
    for text in ("数据中心用了多少电", "The harbour opened in 2026.", "数据中心用了多少电"):
        assert told(embedder, [text]) == embedder._bags([text])


def test_parts_are_embedded_as_they_are_alone_below_what_stands_above(embedder: StaticEmbedder) -> None:
    text = "港口今天开放。The first ship arrived, and the second ship.\n渡轮明天恢复。"
    parts = ((0, 7), (7, 51), (52, 59))
    one, none, single = embedder.embed_parts(
        [Parted("港口\nHarbour", text, parts), Parted("", "", ()), Parted("", text, parts[1:2])]
    )
    wanted = [f"港口\nHarbour\n{text[start:end]}" for start, end in (*parts, (0, 59))]
    np.testing.assert_allclose(one, embedder.embed_passages(wanted), atol=1e-5)
    assert none.shape == (0, embedder.dimension)
    np.testing.assert_allclose(single, embedder.embed_passages([text[7:51]]), atol=1e-5)
