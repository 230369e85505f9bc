"""The vocabulary of the encoder that the reader starts from, cut to what Chinese and English text uses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer

SPECIAL = 4
"""Pieces at the beginning that stay: <s>, <pad>, </s>, <unk>."""

OFTEN = 3
"""Occurrences in the training text that keep a piece."""

_COMMON = [chr(code) for code in range(0x21, 0x7F)] + list("，。！？；：、“”‘’（）《》〈〉【】—…·～％℃￥€£°")


def cut(tokenizer: Tokenizer, texts: Iterable[str], often: int = OFTEN) -> tuple[Tokenizer, list[int]]:
    """The tokenizer with only the pieces that the texts use ``often``, single Han characters and Latin signs, and the rows that these
    pieces have in the old table of embeddings. What was cut is read by shorter pieces, a character by itself at worst."""
    counts: Counter[int] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == 512:
            for encoded in tokenizer.encode_batch(batch, add_special_tokens=False):
                counts.update(encoded.ids)
            batch.clear()
    for encoded in tokenizer.encode_batch(batch, add_special_tokens=False):
        counts.update(encoded.ids)
    state: dict[str, Any] = json.loads(tokenizer.to_str())
    pieces = state["model"]["vocab"]
    common = set(_COMMON)
    rows = [
        row
        for row, (piece, _) in enumerate(pieces)
        if row < SPECIAL or counts[row] >= often or piece in common or piece == "▁" or _is_han(piece.removeprefix("▁"))
    ]
    state["model"]["vocab"] = [pieces[row] for row in rows]
    state["added_tokens"] = [token for token in state["added_tokens"] if token["id"] < SPECIAL]
    state["post_processor"] = None
    return Tokenizer.from_str(json.dumps(state)), rows


def _is_han(piece: str) -> bool:
    return len(piece) == 1 and "\u4e00" <= piece <= "\u9fff"
