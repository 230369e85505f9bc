"""CJK-aware terms of texts and of questions, and their counts in numbers."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.resources import files
from itertools import chain
from operator import add

import numpy as np
from numpy.typing import NDArray

from index.radicals import FOLDED, folded
from index.text import variants
from index.text.scripts import CJK, CJK_CHARACTER, cjk_codes

TERMS_VERSION = 6
"""Recorded with all that is made of a library's terms; raise it when :func:`terms` changes, so that it is made anew."""

_WORD = re.compile(rf"[^\W_{CJK}]+(?:[.,](?=\d)\d+[^\W_{CJK}]*)*")
_RUN = re.compile(rf"[{CJK}]+|{_WORD.pattern}")
_FEW_HAN = re.compile(f"[{CJK}]{{1,2}}")
_PIECE = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")  # begins with what is looked for: three times as fast
_ACRONYMS = re.compile(r"s(?<=[A-Z]{2}s)(?![A-Za-z])")
"""The plural of GPUs, which no stemmer knows from that of "bus"."""
SIGN = re.compile("([0-9０-９])([²³¹⁰⁴-⁹₀-₉¼-¾⅐-⅞①-⒛⓪-⓿❶-➓])")
"""Between a number and a sign that NFKC would make digits of: 3½ is no 31, 10⁶ no 106."""


def language(text: str) -> str:
    """ "zh" when Han characters carry the text (each weighs about as much as an English word), else "en"."""
    han = len(CJK_CHARACTER.findall(text))
    words = len(re.findall(r"[A-Za-z]+", text))
    return "zh" if han > words else "en"


class _Table:
    """A form of each character, looked up for a whole text at once; a character's form is found when it is first met."""

    _LONGER = -1

    def __init__(self, form: Callable[[str], str]) -> None:
        """``form`` gives a character's form, "" for one that has none without its neighbours."""
        self._form = form
        # One more than the code of the form, 0 where it is not known yet: the system gives the memory as it is touched.
        self._forms = np.zeros(sys.maxunicode + 1, dtype=np.int32)

    def apply(self, text: str) -> str | None:
        """The text in these forms, None where some character has none of its own."""
        codes, found = self.looked_up(text)
        if len(found) and found.min() < 0:
            longer = {char: self._form(char) for char in map(chr, sorted({*codes[found < 0].tolist()}))}
            if not all(longer.values()):
                return None
            for char, form in longer.items():
                text = text.replace(char, form)
            _, found = self.looked_up(text)
        return str((found - 1).astype("<i4").tobytes(), "utf-32-le", "surrogatepass")

    def looked_up(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The characters' codes, and one more than the code of each one's form."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<i4")
        found = self._forms[codes]
        if not found.all():
            for code in sorted({*codes[found == 0].tolist()}):  # numpy's unique loads masked arrays first, 10 ms
                form = self._form(chr(code))
                self._forms[code] = ord(form) + 1 if len(form) == 1 else self._LONGER
            found = self._forms[codes]
        return codes, found


@cache
def _traditional() -> dict[str, str]:
    """Traditional characters with their simplified ones, the first where there are several, from OpenCC's table: its converter, which
    is made for sentences, takes 50 µs a character."""
    table = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text("utf-8")
    rows = (row.split("\t") for row in table.splitlines() if row)
    return {char: forms.partition(" ")[0] for char, forms in rows}


def _simple(char: str) -> str:
    if not CJK_CHARACTER.match(char):
        return char
    form = variants.FOLDED.get(char, char)
    return _traditional().get(form, form)


def _compatible(char: str) -> str:
    """NFKC of a character, "" for one that may join the one before it: a mark, or a letter of a Hangul syllable."""
    form = FOLDED.get(ord(char)) or unicodedata.normalize("NFKC", char)
    joins = any(unicodedata.category(part)[0] == "M" or "\u1100" <= part <= "\u11ff" for part in char + form)
    return "" if joins else form


def _lowered(char: str) -> str:
    """A character in lower case and simplified; "" of the letter whose lower case depends on its neighbours."""
    return "" if char == "Σ" else _simple(char.lower())


_SIMPLE, _COMPATIBLE, _LOWERED = _Table(_simple), _Table(_compatible), _Table(_lowered)

SHORT = 256
"""Characters of a text for which a table's arrays cost more than they save: a sentence takes half the time without."""


class _Simplified(dict[int, str]):
    """Traditional character -> simplified one, for str.translate; each is looked up when it is first met."""

    def __missing__(self, code: int) -> str:
        form = self[code] = _simple(chr(code))
        return form


_SIMPLIFIED = _Simplified()


def simplified(text: str) -> str:
    """The text in simplified characters, character by character: as long as before, and right for nearly all of them."""
    if len(text) < SHORT or text.isascii():
        return text if text.isascii() else text.translate(_SIMPLIFIED)
    found = _SIMPLE.apply(text)
    return "".join(map(_simple, text)) if found is None else found


def compatible(text: str) -> str:
    """NFKC; by a table, which is quicker, where every character can be replaced by itself."""
    if text.isascii():
        return text
    found = _COMPATIBLE.apply(text) if len(text) >= SHORT else None
    return unicodedata.normalize("NFKC", folded(text)) if found is None else found


def runs(text: str) -> list[str]:
    """Maximal runs of Han characters, and words or numbers of other scripts, normalised: NFKC, lower case, simplified."""
    return _RUN.findall(_normalised(text))


def _normalised(text: str) -> str:
    parted = text.replace("，", " ")  # NFKC makes it a comma, which in "2025，100家" would join the numbers
    spelled = _ACRONYMS.sub("", compatible(SIGN.sub(r"\1 \2", parted)))
    lowered = None if len(spelled) < SHORT or spelled.isascii() else _LOWERED.apply(spelled)
    plain = simplified(spelled.lower()) if lowered is None else lowered
    return _THOUSANDS.sub("", plain.replace("*", ""))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """An English word without its inflection (policies -> polici), so that its forms find each other; others as they are."""
    if not (word.isascii() and word.isalpha()):
        return word
    import snowballstemmer

    return str(
        snowballstemmer.stemmer("english").stemWord(word)
    )  # a stemmer keeps state: one a call is safe in threads


def is_han(term: str) -> bool:
    """True if a term is of Han characters (or kana)."""
    return bool(CJK_CHARACTER.match(term))


@lru_cache(maxsize=1 << 16)
def _pieces(run: str) -> tuple[str, ...]:
    """ "150eflops" is also "150" and "eflops"."""
    pieces = _PIECE.findall(run)
    return (run, *map(stem, pieces)) if len(pieces) > 1 else (stem(run),)


def _bigrams(run: str) -> list[str]:
    return list(map(add, run, run[1:]))


def terms(text: str) -> list[str]:
    """Terms of a text to be indexed: Han unigrams and bigrams, other words and numbers whole."""
    return _terms(_normalised(text))


def terms_among(texts: Sequence[str], wanted: Iterable[str]) -> list[frozenset[str]]:
    """Of each text those of its terms that are wanted. Those of Han are looked for in it: none but these is ever made."""
    han: dict[str, list[str]] = {}
    terms = frozenset(wanted)
    for term in filter(_FEW_HAN.fullmatch, terms):
        han.setdefault(term[0], []).append(term)
    found = []
    for text in _normalised_together(texts):
        held = terms.intersection(chain.from_iterable(map(_pieces, _WORD.findall(text))))
        if not text.isascii():
            held = held.union([term for char in han.keys() & {*text} for term in han[char] if term in text])
        found.append(held)
    return found


def plain_of(texts: Sequence[str]) -> list[str]:
    """Each text's runs (see :func:`runs`) without what stands between them."""
    return [plain for joined in _joined(texts) for plain in _plain(joined).split(_BETWEEN)]


def _plain(normalised: str) -> str:
    """The runs of texts, and what stands between texts."""
    codes, found = _MADE_OF.looked_up(normalised)
    digit, letter = found == ord(_DIGIT) + 1, found == ord(_LETTER_OF_WORD) + 1
    word = digit | letter
    within = np.zeros(len(codes), dtype=bool)  # a number's point or comma
    within[1:-1] = ((codes == ord(".")) | (codes == ord(",")))[1:-1] & word[:-2] & digit[2:]
    kept = word | within | cjk_codes()[codes] | (codes == ord(_BETWEEN))
    return str(codes[kept].tobytes(), "utf-32-le", "surrogatepass")


_DIGIT, _LETTER_OF_WORD = "0", "a"


def _made_of(char: str) -> str:
    """What a character is in a word or number: a digit, another part, or neither."""
    if CJK_CHARACTER.match(char) or not re.match(r"[^\W_]", char):
        return " "
    return _DIGIT if re.match(r"\d", char) else _LETTER_OF_WORD


_MADE_OF = _Table(_made_of)


def _joined(texts: Sequence[str]) -> Iterator[str]:
    """The texts normalised, some of them at once: what a call costs is shared, and what is in no table slows down only some."""
    start = held = 0
    for at, text in enumerate(texts, 1):
        held += len(text)
        if held > _TOGETHER or at == len(texts):
            yield _normalised(_BETWEEN.join(one.replace(_BETWEEN, " ") for one in texts[start:at]))
            start, held = at, 0


def _normalised_together(texts: Sequence[str]) -> list[str]:
    """Each text normalised."""
    return [text for joined in _joined(texts) for text in joined.split(_BETWEEN)]


_BETWEEN = "\x1e"
"""ASCII's separator of records: part of no term, and it joins nothing to what stands beside it."""
_TOGETHER = 1 << 16
"""Characters that are normalised at once: their arrays stay in the processor's cache."""


def _terms(normalised: str) -> list[str]:
    out: list[str] = []
    for run in _RUN.findall(normalised):
        if not run.isascii() and CJK_CHARACTER.match(run):
            out += run
            out += map(add, run, run[1:])
        else:
            out += _pieces(run)
    return out


def query_terms(text: str) -> list[str]:
    """Terms of a question: Han bigrams (a single character only where it stands alone), other words whole."""
    out: list[str] = []
    for run in runs(text):
        if CJK_CHARACTER.match(run):
            out += _bigrams(run) or [run]
        else:
            out += _pieces(run)
    return out


_HASHED = 1 << 62
"""Set in the numbers of terms that are hashed; those of Han are their characters themselves."""


def term_id(term: str) -> int:
    """A stable 63-bit number for a term, so that postings are arrays of numbers."""
    if term.isascii() or not _FEW_HAN.fullmatch(term):
        return _hashed(term)
    return ord(term) if len(term) == 1 else ord(term[0]) << 21 | ord(term[1])


@lru_cache(maxsize=1 << 18)
def _hashed(term: str) -> int:
    digest = blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 2 | _HASHED


@lru_cache(maxsize=1 << 17)
def _piece_ids(run: str) -> tuple[int, ...]:
    return tuple(map(_hashed, _pieces(run)))


def counts(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of a text's terms (see :func:`terms`), ascending, and how often each stands in it."""
    ids, _, many = counted([text])
    return ids, many


def counted(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the terms of texts, ascending; under each the places of the texts that hold it, ascending; and how often it
    stands in each: three arrays of shape (postings,). Raises ValueError for more than 1 << 21 texts."""
    if len(texts) > _TEXT + 1:
        raise ValueError(f"{len(texts)} texts are too many to be counted at once.")
    normalised = _normalised_together(texts)
    codes = np.frombuffer(_BETWEEN.join(normalised).encode("utf-32-le", "surrogatepass"), dtype="<i4")
    owners = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in normalised])[: len(codes)]
    han = cjk_codes()[codes]
    pairs = np.flatnonzero(han[:-1] & han[1:])
    rest = str(codes[~han | ~np.append(False, han[:-1])].tobytes(), "utf-32-le", "surrogatepass")  # of a run its first
    words = [
        [id_ for run in _WORD.findall(text) for id_ in _piece_ids(run)] for text in rest.split(_BETWEEN)[: len(texts)]
    ]
    hashed, places = np.unique(np.fromiter(chain.from_iterable(words), dtype=np.int64), return_inverse=True)
    tallies = [
        _tally(codes[han].astype(np.int64), owners[han]),
        _tally(codes[pairs].astype(np.int64) << 21 | codes[pairs + 1], owners[pairs]),
        _tally(places, np.repeat(np.arange(len(texts)), [len(own) for own in words])),
    ]
    tallies[2] = (hashed[tallies[2][0]], *tallies[2][1:])
    ids, places, many = (np.concatenate(parts) for parts in zip(*tallies, strict=True))
    return ids, places, many


def _tally(
    numbers: NDArray[np.int64], texts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each number, below 1 << 42, with each of the texts that hold it, in order, and how often."""
    keys = np.sort(numbers << _TEXT_BITS | texts)  # of plain numbers, which processors sort several at once
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    found = keys[starts]
    return found >> _TEXT_BITS, found & _TEXT, np.diff(starts, append=len(keys))


_TEXT_BITS = 21
_TEXT = (1 << _TEXT_BITS) - 1


@dataclass(frozen=True, slots=True)
class Translated:
    """A word of a question in another language: its renderings, each some terms, with their probabilities."""

    renderings: tuple[tuple[tuple[str, ...], float], ...]
    weight: float = 1.0


def once(query: Iterable[str]) -> dict[str, float]:
    """Each query term once, with weight 1."""
    return dict.fromkeys(query, 1.0)
