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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

REMEMBERED = 1 << 17
"""Pieces that are kept, about 20 MB."""

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

    def __init__(self, tokenizer: Tokenizer) -> None:
        """One that cuts texts in a way that is not known here is asked for whole texts."""
        parts = {"normalizer": tokenizer.normalizer, "pre_tokenizer": tokenizer.pre_tokenizer}
        told = {name: json.loads(part.__getstate__()) if part else None for name, part in parts.items()}
        self._cuts_as_known = told == _KNOWN and type(tokenizer.model).__name__ == "BPE"
        self._tokenizer = tokenizer
        self._joined = _neighbours([*tokenizer.get_vocab()]) if self._cuts_as_known else np.empty(0, dtype=bool)
        self._kinds = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
        self._known: dict[str, list[int]] = {}

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
        spans = zip(starts[kept].tolist(), ends[kept].tolist(), strict=True)
        return _flat(self._looked_up([joined[start:end] for start, end in spans]), places[kept])

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

    def _looked_up(self, pieces: Sequence[str]) -> list[list[int]]:
        """The tokens of each piece."""
        known = self._known
        new = list({piece for piece in pieces if piece not in known})
        if new:
            if len(known) + len(new) > REMEMBERED:
                known = {piece: known[piece] for piece in {*pieces} if piece in known}
            told = self._tokenizer.encode_batch_fast(new, add_special_tokens=False)
            known |= {piece: encoding.ids for piece, encoding in zip(new, told, strict=True)}
            self._known = known
        return [known[piece] for piece in pieces]


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
