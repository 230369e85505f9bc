"""Training pairs as flat arrays of token numbers, and the batches a pass is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.training.data import PROSE, Source

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 160
LENGTH_BUCKETS = (4, 8, 16, 32)
"""English token counts at which a batch's bucket changes: negatives of one length are the hard ones."""

Tokens = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Token numbers of many texts end to end, and how many of them are each text's."""


@dataclass(frozen=True, slots=True)
class Bags:
    """Many token sequences end to end; sequence i is `ids[starts[i]:starts[i] + lengths[i]]`."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def gather(self, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """The tokens of the given stretches, end to end."""
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)
        tokens: NDArray[np.int64] = self.ids[places].astype(np.int64)
        return tokens


@dataclass(frozen=True, slots=True)
class Corpus:
    """Both sides of all pairs in the order of their sources, the source of each, the texts' fingerprints.

    `drawn`, `runs` and `prose` say of each source how many pairs a pass takes, how many runs of neighbouring passages,
    and whether it is prose.
    """

    english: Bags
    chinese: Bags
    source: NDArray[np.int16]
    drawn: NDArray[np.int64]
    runs: NDArray[np.int64]
    prose: NDArray[np.bool_]
    fingerprints: NDArray[np.int64]

    @property
    def sides(self) -> tuple[Bags, Bags]:
        """English and Chinese."""
        return self.english, self.chinese

    def batches(self, size: int, chance: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        """One pass: batches of one source and length; what is left over of each is mixed. In random order."""
        whole, rest = [], []
        bucket = np.digitize(self.english.lengths, LENGTH_BUCKETS)
        for number, drawn in enumerate(self.drawn):
            chosen = _draw(np.flatnonzero(self.source == number), int(drawn), chance)
            for level in range(len(LENGTH_BUCKETS) + 1):
                group = chosen[bucket[chosen] == level]
                cut = len(group) // size * size
                whole += list(group[:cut].reshape(-1, size))
                rest.append(group[cut:])
        left = chance.permutation(np.concatenate(rest))
        whole += [left[i : i + size] for i in range(0, len(left), size)]
        for index in chance.permutation(len(whole)):
            if len(whole[index]) > 1:
                yield whole[index]


def _draw(members: NDArray[np.int64], count: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """`count` of the members: all of them as often as that goes, then some of them once more."""
    if not len(members):
        return members
    rounds = [chance.permutation(members) for _ in range(-(-count // len(members)))]
    return np.concatenate(rounds)[:count] if rounds else members[:0]


def _bags(tokenizer: Tokenizer, texts: Sequence[str]) -> Bags:
    pieces = []
    for start in range(0, len(texts), 10_000):
        encodings = tokenizer.encode_batch_fast(list(texts[start : start + 10_000]), add_special_tokens=False)
        pieces += [np.array(encoding.ids[:MAX_TOKENS], dtype=np.int32) for encoding in encodings]
    lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
    return Bags(np.concatenate(pieces), np.cumsum(lengths) - lengths, lengths)


def _fingerprints(texts: Sequence[str]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text.lower(), len(numbers)) for text in texts], dtype=np.int64)


def encode(sources: Sequence[Source], tokenizer: Tokenizer) -> Corpus:
    """The sources' pairs, tokenised; pairs with an empty side are dropped."""
    pairs = [pair for source in sources for pair in source.pairs]
    number = np.repeat(np.arange(len(sources), dtype=np.int16), [len(source.pairs) for source in sources])
    english = _bags(tokenizer, [pair[0] for pair in pairs])
    chinese = _bags(tokenizer, [pair[1] for pair in pairs])
    whole = (english.lengths > 0) & (chinese.lengths > 0)
    return Corpus(
        Bags(english.ids, english.starts[whole], english.lengths[whole]),
        Bags(chinese.ids, chinese.starts[whole], chinese.lengths[whole]),
        number[whole],
        np.array([source.pairs_a_pass for source in sources], dtype=np.int64),
        np.array([source.runs for source in sources], dtype=np.int64),
        np.array([source.name in PROSE for source in sources]),
        np.stack([_fingerprints([p[side] for p in pairs])[whole] for side in (0, 1)]),
    )
