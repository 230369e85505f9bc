"""Texts -> the numbers of their tokens, as the embedder's tokenizer tells them, much of it from memory.

Most of a tokenizer's time goes into merging what it has merged before. A text is cut here at places that no token reaches
over, and what stands between two of them is tokenized once.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence
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

_BITS = 21
_CODE = (1 << _BITS) - 1
"""A character of a key."""

_SPACE, _MARK, _DIGIT, _HAN, _OTHER, _UNSURE = 1, 2, 3, 4, 5, 6
_SPACES = frozenset(" \t\n\r\x0b\x0c\x85\u2028\u2029" + BETWEEN)

_LETTERS = np.array([chr(code).isalpha() for code in range(128)] + [False, True])
"""By code those of ASCII; behind them, at 128, all other characters and, at -1, none."""

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
    _alone: NDArray[np.int32]
    _short: Numbers
    _numbers: Numbers
    _tokens: Numbers
    _begins: Numbers
    _sizes: Numbers

    def __init__(self, tokenizer: Tokenizer) -> None:
        """One that cuts texts in a way that is not known here is asked for whole texts."""
        parts = {"normalizer": tokenizer.normalizer, "pre_tokenizer": tokenizer.pre_tokenizer}
        told = {name: json.loads(part.__getstate__()) if part else None for name, part in parts.items()}
        self._tokenizer, self._model = tokenizer, tokenizer.model
        self._cuts_as_known = told == _KNOWN and type(self._model).__name__ == "BPE"
        self._vocabulary: dict[str, int] = tokenizer.get_vocab() if self._cuts_as_known else {}
        self._unknown = self._vocabulary.get(getattr(self._model, "unk_token", None) or "", -1)
        codes = np.frombuffer("\n".join(self._vocabulary).encode("utf-32-le", "surrogatepass"), dtype="<i4")
        self._joined = _neighbours(codes)
        self._token_keys, self._token_numbers = _short_tokens(self._vocabulary, codes)
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
            sizes, begins = self._sizes[pieces], self._begins[pieces]
            tokens = self._tokens[np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))]
        return tokens, np.repeat(places[kept], sizes)

    def _read(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The codes of a text's characters and the kind of each."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<i4")
        kinds = self._kinds[codes]
        if not kinds.all():
            for code in {*codes[kinds == 0].tolist()}:
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
        keys[long] = 0
        numbers = self._places(keys)
        missing = np.flatnonzero((numbers < 0) & (keys > 0))
        new = distinct(keys[missing])
        fresh = list(dict.fromkeys(piece for piece in spelled if piece not in self._long))
        if len(self._sizes) + len(new) + len(fresh) > REMEMBERED and len(self._sizes):
            self._forget()
            return self._numbered(text, codes, starts, ends)
        if len(new) or fresh:
            self._add(new, fresh)
            numbers[missing] = self._places(keys[missing])
        numbers[long] = [self._long[piece] for piece in spelled]
        return numbers

    def _places(self, keys: Numbers) -> Numbers:
        """The numbers of short pieces by their keys, -1 of those that are not known."""
        numbers = self._alone[np.where(keys < len(self._alone), keys, 0)].astype(np.int64) - 1
        if len(self._short):
            several = np.flatnonzero(keys >= len(self._alone))
            at = np.minimum(np.searchsorted(self._short, keys[several]), len(self._short) - 1)
            numbers[several] = np.where(self._short[at] == keys[several], self._numbers[at], -1)
        return numbers

    def _add(self, keys: Numbers, long: Sequence[str]) -> None:
        """Find the tokens of pieces that are not known: short ones by their keys, ascending, and long ones."""
        plain, sizes = self._plain(keys)
        left = np.flatnonzero(sizes == 0)
        bags = self._merged([*_spelled(keys[left]), *long])
        merged = np.fromiter(map(len, bags), dtype=np.int64, count=len(bags))
        begins = len(self._tokens) + np.cumsum(sizes) - sizes
        after = len(self._tokens) + len(plain) + np.cumsum(merged) - merged
        begins[left], sizes[left] = after[: len(left)], merged[: len(left)]
        first = len(self._sizes)
        self._begins = np.concatenate([self._begins, begins, after[len(left) :]])
        self._sizes = np.concatenate([self._sizes, sizes, merged[len(left) :]])
        self._tokens = np.concatenate([self._tokens, plain, np.fromiter(chain.from_iterable(bags), dtype=np.int64)])
        self._long.update(zip(long, range(first + len(keys), len(self._sizes)), strict=True))
        numbers = np.arange(first, first + len(keys))
        alone = int(np.searchsorted(keys, len(self._alone)))
        self._alone[keys[:alone]] = numbers[:alone] + 1
        several = np.append(self._short, keys[alone:])
        order = np.argsort(several)
        self._short = several[order]
        self._numbers = np.append(self._numbers, numbers[alone:])[order]

    def _plain(self, keys: Numbers) -> tuple[Numbers, Numbers]:
        """The tokens of short pieces that can be told without merging, end to end, and how many each has, none where it must be
        merged.

        What is itself a token is merged into it: within it the merges are those that made it. Of three Han that are none, the
        pair that was learned first is merged, and then nothing is left to merge.
        """
        codes = [(keys >> (_BITS * at) & _CODE) - 1 for at in range(SHORT)]  # -1 where there is none
        letters = np.logical_and.reduce([_LETTERS[np.minimum(code, 128)] for code in codes])
        lowered = sum(
            (code + 1 + 32 * ((code >= 65) & (code <= 90) & letters)) << (_BITS * at) for at, code in enumerate(codes)
        )
        han = self._kinds[codes[0]] == _HAN
        whole = np.where(han | letters, self._token(np.asarray(lowered)), -1)
        one, two = (self._token(keys >> (_BITS * at) & ((1 << 2 * _BITS) - 1)) for at in (0, 1))
        three = han & (whole < 0) & (codes[2] >= 0)
        front = three & (one >= 0) & ((two < 0) | (one <= two))
        back = three & (two >= 0) & ~front
        single = [np.where(han & (code >= 0), self._token(code + 1, self._unknown), -1) for code in codes]
        found = np.stack(single, axis=1)
        found[front] = np.stack([one, single[2], np.full(len(keys), -1)], axis=1)[front]
        found[back] = np.stack([single[0], two, np.full(len(keys), -1)], axis=1)[back]
        found[whole >= 0] = -1
        found[:, 0] = np.where(whole >= 0, whole, found[:, 0])
        there = found >= 0
        return found[there], there.sum(axis=1)

    def _token(self, keys: Numbers, otherwise: int = -1) -> Numbers:
        """The tokens that these keys spell; ``otherwise`` where there is none."""
        if not len(self._token_keys):
            return np.full(len(keys), otherwise)
        at = np.minimum(np.searchsorted(self._token_keys, keys), len(self._token_keys) - 1)
        return np.where(self._token_keys[at] == keys, self._token_numbers[at], otherwise)

    def _merged(self, pieces: Sequence[str]) -> list[list[int]]:
        """The tokens of pieces that are tokens themselves or must be merged. Letters of ASCII and Han go straight to the merges, as
        nothing else is done to them but to lower them: a quarter of the time."""
        bags: list[list[int]] = []
        left = []
        for at, piece in enumerate(pieces):
            if piece.isascii() and piece.isalpha():
                lowered = piece.lower()
                known = self._vocabulary.get(lowered)
                bags.append(self._pairs(lowered) if known is None else [known])
            elif self._kinds[ord(piece[0])] == _HAN:
                bags.append(self._pairs(piece))
            else:
                bags.append([])
                left.append(at)
        told = self._tokenizer.encode_batch_fast([pieces[at] for at in left], add_special_tokens=False)
        for at, encoding in zip(left, told, strict=True):
            bags[at] = encoding.ids
        return bags

    def _pairs(self, piece: str) -> list[int]:
        """The tokens of a piece that is normalised and is not cut."""
        return [token.id for token in self._model.tokenize(piece)]

    def _forget(self) -> None:
        """Piece n has ``_sizes[n]`` tokens from ``_begins[n]`` on. ``_alone`` has by the key of a single character one more than its
        piece, ``_short`` the keys of others, ascending, and ``_numbers`` the pieces that they spell."""
        self._long = {}
        self._alone = np.zeros(sys.maxunicode + 2, dtype=np.int32)
        self._short = self._numbers = self._tokens = self._begins = self._sizes = np.empty(0, dtype=np.int64)


def distinct(numbers: Numbers) -> Numbers:
    """Each number once, ascending; by sorting, which is quicker than numpy's own ``unique``."""
    ordered = np.sort(numbers)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def _short_tokens(vocabulary: Mapping[str, int], codes: NDArray[np.int32]) -> tuple[Numbers, Numbers]:
    """The keys of tokens that are short pieces, ascending, and their numbers; ``codes`` are those of all tokens, a sign between two."""
    sizes = np.fromiter(map(len, vocabulary), dtype=np.int64, count=len(vocabulary))
    ends = np.cumsum(sizes + 1) - 1
    short = (sizes > 0) & (sizes <= SHORT)
    keys = _keys(codes, (ends - sizes)[short], ends[short])
    order = np.argsort(keys)
    return keys[order], np.fromiter(vocabulary.values(), dtype=np.int64, count=len(vocabulary))[short][order]


def _keys(codes: NDArray[np.int32], starts: Numbers, ends: Numbers) -> Numbers:
    """A number for each piece that tells its first SHORT characters, none of them zero."""
    keys = np.zeros(len(starts), dtype=np.int64)
    for at in range(SHORT):
        place = starts + at
        there = codes[np.minimum(place, len(codes) - 1)].astype(np.int64) + 1
        keys |= np.where(place < ends, there, 0) << (_BITS * at)
    return keys


def _spelled(keys: Numbers) -> list[str]:
    """The pieces of these keys."""
    codes = np.stack([keys >> (_BITS * at) & _CODE for at in range(SHORT)], axis=1)
    there = codes > 0
    text = str((codes[there] - 1).astype("<i4").tobytes(), "utf-32-le", "surrogatepass")
    ends = np.cumsum(there.sum(axis=1)).tolist()
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


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


def _neighbours(codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """By the places of :func:`_pair`, which characters stand next to each other in some token; ``codes`` as for :func:`_short_tokens`."""
    joined = np.zeros(1 << 22, dtype=bool)
    joined[_pair(codes[:-1], codes[1:])] = True
    return joined
