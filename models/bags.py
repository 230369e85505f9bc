"""Texts -> the numbers of their tokens, as the embedder's tokenizer tells them, much of it from memory.

Most of a tokenizer's time goes into merging what it has merged before. A text is cut here at places that no token reaches
over, and what stands between two of them is tokenized once.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

REMEMBERED = 1 << 17
"""Pieces that are kept, about 20 MB."""

SHORT = 3
"""Pieces of up to so many characters, nearly all of Chinese, are looked up all at once, by a number that spells them."""

BETWEEN = "\x1e"
"""Stands between texts that are cut together; ASCII's own separator of records, which is taken out of the texts."""

_SPACE, _MARK, _DIGIT, _HAN, _OTHER, _UNSURE = 1, 2, 3, 4, 5, 6
_SPACES = frozenset(" \t\n\r\x0b\x0c\x85\u2028\u2029" + BETWEEN)

_KNOWN = {
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]},
    "pre_tokenizer": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Whitespace"},
            {
                "type": "Split",
                "pattern": {"Regex": r"\p{Nd}{1,4}|\p{Han}+|\p{P}|\p{S}"},
                "behavior": "Isolated",
                "invert": False,
            },
        ],
    },
}
"""The way to cut a text that this file knows, which is how :mod:`models.training.tokenizer` makes them."""

Numbers = NDArray[np.int64]


class Bags:
    """A tokenizer's own numbers, at a third of the time in texts that resemble each other. May be used in threads."""

    _long: dict[str, int]
    _short: Numbers
    _numbers: Numbers
    _tokens: Numbers
    _ends: Numbers

    def __init__(self, tokenizer: Tokenizer) -> None:
        """One that cuts texts in a way that is not known here is asked for whole texts."""
        parts = {"normalizer": tokenizer.normalizer, "pre_tokenizer": tokenizer.pre_tokenizer}
        told = {name: json.loads(part.__getstate__()) if part else None for name, part in parts.items()}
        self._cuts_as_known = told == _KNOWN and type(tokenizer.model).__name__ == "BPE"
        self._tokenizer = tokenizer
        self._joined = _neighbours([*tokenizer.get_vocab()]) if self._cuts_as_known else np.empty(0, dtype=bool)
        self._kinds = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
        self._lock = Lock()
        self._forget()

    def of(self, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """The token numbers of all texts, and for each token the number of its text, ascending; both of shape (tokens,)."""
        if not self._cuts_as_known:
            told = [encoding.ids for encoding in self._tokenizer.encode_batch_fast([*texts], add_special_tokens=False)]
            return _flat(told, np.arange(len(told)))
        joined = BETWEEN.join(text.replace(BETWEEN, " ") for text in texts)
        codes, kinds = self._read(joined)
        if (kinds == _UNSURE).any():
            joined = unicodedata.normalize("NFKC", joined)
            codes, kinds = self._read(joined)
            kinds[kinds == _UNSURE] = _OTHER
        starts = self._cuts(codes, kinds)
        places = np.cumsum(codes == ord(BETWEEN))[starts]
        ends = np.append(starts[1:], len(codes))
        kept = kinds[starts] != _SPACE
        with self._lock:
            pieces = self._numbered(joined, codes, starts[kept], ends[kept])
            sizes = np.diff(self._ends, prepend=0)[pieces]
            begins = self._ends[pieces] - sizes
            tokens = self._tokens[np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))]
        return tokens, np.repeat(places[kept], sizes)

    def _read(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The codes of a text's characters and the kind of each."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<i4")
        kinds = self._kinds[codes]
        if not kinds.all():
            for code in np.unique(codes[kinds == 0]).tolist():
                self._kinds[code] = _kind(chr(code))
            kinds = self._kinds[codes]
        return codes, kinds

    def _cuts(self, codes: NDArray[np.int32], kinds: NDArray[np.uint8]) -> Numbers:
        """Where pieces begin: at a change of kind, at every mark, and between Han that stand together in no token."""
        if not len(codes):
            return np.empty(0, dtype=np.int64)
        one, other = kinds[:-1], kinds[1:]
        cut = (one != other) | (other == _MARK) | (other == _SPACE)
        cut |= (other == _HAN) & ~self._joined[_pair(codes[:-1], codes[1:])]
        return np.flatnonzero(np.append(True, cut))

    def _numbered(self, text: str, codes: NDArray[np.int32], starts: Numbers, ends: Numbers) -> Numbers:
        """The number of each piece ``text[start:end]``; those that were not known are tokenized."""
        long = np.flatnonzero(ends - starts > SHORT)
        spelled = [text[start:end] for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True)]
        keys = _keys(codes, starts, ends)
        keys[long] = -1
        known = self._places(keys) >= 0
        new = np.sort(keys[~known & (keys >= 0)])
        new = new[np.append(True, new[1:] != new[:-1])] if len(new) else new
        fresh = list(dict.fromkeys(piece for piece in spelled if piece not in self._long))
        if len(self._ends) + len(new) + len(fresh) > REMEMBERED and len(self._ends):
            self._forget()
            return self._numbered(text, codes, starts, ends)
        self._add(new, fresh)
        numbers = self._places(keys)
        numbers[long] = [self._long[piece] for piece in spelled]
        return numbers

    def _places(self, keys: Numbers) -> Numbers:
        """The numbers of short pieces by their keys, -1 of those that are not known."""
        if not len(self._short):
            return np.full(len(keys), -1)
        at = np.minimum(np.searchsorted(self._short, keys), len(self._short) - 1)
        return np.where(self._short[at] == keys, self._numbers[at], -1)

    def _add(self, keys: Numbers, long: Sequence[str]) -> None:
        """Tokenize pieces that are not known: short ones by their keys, ascending, and long ones."""
        if not len(keys) and not long:
            return
        told = self._tokenizer.encode_batch_fast([*_spelled(keys), *long], add_special_tokens=False)
        bags = [encoding.ids for encoding in told]
        first, end = len(self._ends), len(self._tokens)
        self._tokens = np.append(self._tokens, np.fromiter(chain.from_iterable(bags), dtype=np.int64))
        self._ends = np.append(self._ends, end + np.cumsum([len(bag) for bag in bags]))
        self._long.update(zip(long, range(first + len(keys), len(self._ends)), strict=True))
        merged = np.append(self._short, keys)
        order = np.argsort(merged)
        self._short = merged[order]
        self._numbers = np.append(self._numbers, np.arange(first, first + len(keys)))[order]

    def _forget(self) -> None:
        """Piece n has the tokens up to ``_ends[n]``; ``_short`` are keys, ascending, and ``_numbers`` the pieces that they spell."""
        self._long = {}
        self._short = self._numbers = self._tokens = self._ends = np.empty(0, dtype=np.int64)


def _keys(codes: NDArray[np.int32], starts: Numbers, ends: Numbers) -> Numbers:
    """A number for each piece that tells its first SHORT characters: 21 bits each, none is zero."""
    keys = np.zeros(len(starts), dtype=np.int64)
    for at in range(SHORT):
        place = starts + at
        there = codes[np.minimum(place, len(codes) - 1)].astype(np.int64) + 1
        keys |= np.where(place < ends, there, 0) << (21 * at)
    return keys


def _spelled(keys: Numbers) -> list[str]:
    """The pieces of these keys."""
    rows = np.stack([keys >> (21 * at) & 0x1FFFFF for at in range(SHORT)], axis=1).tolist()
    return ["".join(chr(code - 1) for code in row if code) for row in rows]


def _flat(bags: Sequence[Sequence[int]], owners: Numbers) -> tuple[Numbers, Numbers]:
    """The numbers of all bags one behind the other, and the owner of each."""
    lengths = np.fromiter(map(len, bags), dtype=np.int64, count=len(bags))
    numbers = np.fromiter(chain.from_iterable(bags), dtype=np.int64, count=int(lengths.sum()))
    return numbers, np.repeat(owners, lengths)


def _kind(char: str) -> int:
    """What a character is, after the tokenizer has normalised it."""
    form = unicodedata.normalize("NFKC", char)
    kinds = {_plain_kind(part) for part in form}
    if _UNSURE in kinds or len(kinds) != 1 or (_HAN in kinds and form != char):
        return _UNSURE
    return kinds.pop()


def _plain_kind(char: str) -> int:
    category = unicodedata.category(char)
    if char in _SPACES or category == "Zs":
        return _SPACE
    if unicodedata.name(char, "").startswith("CJK UNIFIED IDEOGRAPH"):
        return _HAN
    if category == "Nd":
        return _DIGIT
    if category[0] in "PS":
        return _OTHER if "CJK" in unicodedata.name(char, "") or "KANGXI" in unicodedata.name(char, "") else _MARK
    return _UNSURE if category[0] == "M" or "\u1100" <= char <= "\u11ff" else _OTHER


def _pair(first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.uint32]:
    """A place for two neighbouring characters; others may share it, which only leaves a piece longer."""
    mixed = first.astype(np.uint32) * np.uint32(0x9E3779B1) + second.astype(np.uint32) * np.uint32(0x85EBCA77)
    return mixed >> np.uint32(10)


def _neighbours(vocabulary: Sequence[str]) -> NDArray[np.bool_]:
    """By the places of :func:`_pair`, which characters stand next to each other in some token."""
    codes = np.frombuffer("\n".join(vocabulary).encode("utf-32-le", "surrogatepass"), dtype="<i4")
    joined = np.zeros(1 << 22, dtype=bool)
    joined[_pair(codes[:-1], codes[1:])] = True
    return joined
