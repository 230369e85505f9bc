"""CJK-aware terms and BM25 over them: postings in sorted arrays, so a query touches only its own terms."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

TERMS_VERSION = "1"
"""Recorded in every library; raise it when :func:`terms` changes, so that old libraries are refused with the cure."""

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{CJK}]+|(?:(?![{CJK}])[^\W_])+(?:[.,](?=\d)\d+(?:(?![{CJK}])[^\W_])*)*")
_PIECE = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_HAN = re.compile(rf"[{CJK}]")
_LETTER = re.compile(r"[^\W\d_]")

K1, B = 1.2, 0.75  # Robertson & Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009)


def language(text: str) -> str:
    """ "zh" when Han characters carry the text (each weighs about as much as an English word), else "en"."""
    han = len(_HAN.findall(text))
    words = len(re.findall(r"[A-Za-z]+", text))
    return "zh" if han > words else "en"


def runs(text: str) -> list[str]:
    """Maximal runs of Han characters, and words or numbers of other scripts, normalised (NFKC, lower case)."""
    parted = text.replace("，", " ")  # NFKC makes it a comma, which in "2025，100家" would join the numbers
    plain = unicodedata.normalize("NFKC", parted).lower().replace("*", "")
    return _RUN.findall(_THOUSANDS.sub("", plain))


def _pieces(run: str) -> list[str]:
    """ "150eflops" is also "150" and "eflops"."""
    pieces = _PIECE.findall(run)
    return [run, *pieces] if len(pieces) > 1 else [run]


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def terms(text: str) -> list[str]:
    """Terms of a text to be indexed: Han unigrams and bigrams, other words and numbers whole."""
    out: list[str] = []
    for run in runs(text):
        if _HAN.match(run):
            out += run
            out += _bigrams(run)
        else:
            out += _pieces(run)
    return out


def query_terms(text: str) -> list[str]:
    """Terms of a question: Han bigrams (a single character only where it stands alone), other words whole."""
    out: list[str] = []
    for run in runs(text):
        if _HAN.match(run):
            out += _bigrams(run) or [run]
        else:
            out += _pieces(run)
    return out


@lru_cache(maxsize=1 << 18)
def term_id(term: str) -> int:
    """A stable 63-bit number for a term, so postings are arrays of numbers (SQLite's integers are signed)."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") >> 1


def pack(text: str) -> bytes:
    """The term counts of a text as bytes: pairs of int64 (term id, count), for the library."""
    counts = Counter(terms(text))
    table = np.empty((len(counts), 2), dtype="<i8")
    table[:, 0] = [term_id(term) for term in counts]
    table[:, 1] = list(counts.values())
    return table.tobytes()


class BM25:
    """BM25 over packed term counts; documents are numbered 0..n-1 in the order given."""

    def __init__(self, packed: Sequence[bytes]) -> None:
        tables = [np.frombuffer(blob, dtype="<i8").reshape(-1, 2) for blob in packed]
        self.size = len(tables)
        table = np.concatenate(tables) if tables else np.empty((0, 2), dtype="<i8")
        documents = np.repeat(np.arange(self.size, dtype=np.int32), [len(t) for t in tables])
        lengths = np.bincount(documents, weights=table[:, 1], minlength=self.size)
        order = np.argsort(table[:, 0], kind="stable")
        self._documents = documents[order]
        self._terms, self._starts = np.unique(table[order, 0], return_index=True)
        self._ends = np.append(self._starts[1:], len(order))
        counts = table[order, 1].astype(np.float32)
        norm = 1 - B + B * lengths / max(lengths.mean() if self.size else 1.0, 1e-9)
        self._impact = counts * (K1 + 1) / (counts + K1 * norm[self._documents].astype(np.float32))

    def idf(self, term: str) -> float:
        """Inverse document frequency; largest for a term that no document holds."""
        span = self._span(term)
        frequency = 0 if span is None else span.stop - span.start
        return float(np.log1p((self.size - frequency + 0.5) / (frequency + 0.5)))

    def _span(self, term: str) -> slice | None:
        wanted = term_id(term)
        at = int(np.searchsorted(self._terms, wanted))
        if at == len(self._terms) or self._terms[at] != wanted:
            return None
        return slice(int(self._starts[at]), int(self._ends[at]))

    def scores(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """BM25 of every document for weighted query terms, shape (documents,)."""
        out = np.zeros(self.size, dtype=np.float32)
        for term, weight in weights.items():
            span = self._span(term)
            if span is not None:
                out[self._documents[span]] += weight * self.idf(term) * self._impact[span]
        return out

    def ceiling(self, weights: Mapping[str, float]) -> float:
        """What a document of average length that holds every term once would score: makes scores comparable."""
        return sum(weight * self.idf(term) for term, weight in weights.items())


def once(query: Iterable[str]) -> dict[str, float]:
    """Each query term once, with weight 1."""
    return dict.fromkeys(query, 1.0)
