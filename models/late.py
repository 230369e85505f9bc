"""Late chunking (Günther et al. 2024): a text goes through the model once, and each part is the mean of its own tokens.

What was read before and after a part is in its tokens already, and a passage of ten sentences costs one pass, not eleven.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import Parted

Span = tuple[int, int]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of text that the model reads at once: some parts, with what stands above them."""

    owner: int
    """Number of the text."""
    first: int
    """Number of the first part."""
    said: str
    spans: tuple[Span, ...]
    """Of the parts in ``said``."""


def pools_means(model: Any) -> bool:
    """True if a sentence-transformers model takes the mean of its tokens and does nothing to it but to bring it to length
    one, and tells where its tokens stand in the text."""
    if not getattr(model.tokenizer, "is_fast", False):
        return False
    pooling, *after = [*model][1:] or [None]
    means = getattr(pooling, "pooling_mode", "") in ("mean", ("mean",), ["mean"])
    return means and [type(module).__name__ for module in after] in ([], ["Normalize"])


def windows(texts: Sequence[Parted], tokenizer: Any, prefix: str, most: int) -> list[Window]:
    """The texts as they are read: whole where they have up to ``most`` tokens, else some parts at a time."""
    found = []
    for owner, text in enumerate(texts):
        above = prefix + (f"{text.above}\n" if text.above else "")
        sizes = [_tokens(tokenizer, text.text[start:end]) for start, end in text.parts]
        room = most - _tokens(tokenizer, above) - tokenizer.num_special_tokens_to_add()
        for first, last in _runs(sizes, room):
            start, end = text.parts[first][0], text.parts[last - 1][1]
            moved = len(above) - start
            spans = tuple((a + moved, b + moved) for a, b in text.parts[first:last])
            found.append(Window(owner, first, above + text.text[start:end], spans))
    return found


def _tokens(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def _runs(sizes: Sequence[int], room: int) -> Iterator[Span]:
    """Stretches of neighbours that fit, at least one each."""
    start = held = 0
    for at, size in enumerate(sizes):
        if at > start and held + size > room:
            yield start, at
            start, held = at, 0
        held += size
    if sizes:
        yield start, len(sizes)


def vectors(
    texts: Sequence[Parted], read: Sequence[Window], tokens: Sequence[Floats], offsets: Sequence[Sequence[Span]]
) -> list[Floats]:
    """Of each text its parts and, where it has several, the whole: means, not yet of length one. ``tokens`` are what the model
    made of each window, shape (tokens, dimension), ``offsets`` where each stands in it; one that stands nowhere is (0, 0)."""
    dimension = tokens[0].shape[1] if tokens else 0
    parts = [np.zeros((len(text.parts), dimension), dtype=np.float32) for text in texts]
    wholes, counts = np.zeros((len(texts), dimension), dtype=np.float32), np.zeros(len(texts))
    for window, states, places in zip(read, tokens, offsets, strict=True):
        ends = np.array(
            [end for _, end in places[: len(states)]]
        )  # where a token ends tells better than its first blank
        for at, (start, end) in enumerate(window.spans, window.first):
            own = states[(ends > start) & (ends <= end)]
            if len(own):
                parts[window.owner][at] = own.mean(axis=0)
        wholes[window.owner] += states.sum(axis=0)
        counts[window.owner] += len(states)
    wholes /= np.maximum(counts, 1)[:, None]
    return [
        np.concatenate([own, whole[None]]) if len(own) > 1 else own for own, whole in zip(parts, wholes, strict=True)
    ]
