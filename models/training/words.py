"""Running text as words: English stems, and Chinese words by the likeliest cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from math import log

from models import lexicon

HAN = "\u3400-\u9fff"
_ENGLISH = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*")
_CHINESE = re.compile(rf"[{HAN}]+|[A-Za-z]+|\d+(?:[.,]\d+)*")
_OWNER = re.compile(r"['’]s\b")
_NOT = re.compile(r"\b[A-Za-z]+n['’]t\b")
"""Don't, won't: "won" would be learned to mean "will not"."""

SEEN = 0.3
"""Occurrences that a word of the dictionaries is credited with beside those in the text, so that every one can be cut out."""

_stem = lru_cache(maxsize=1 << 20)(lexicon.stem)


def english(text: str) -> list[str]:
    """The stems and numbers of an English text, in order."""
    return [_stem(word.lower()) for word in _ENGLISH.findall(_NOT.sub(" ", _OWNER.sub("", text)))]


def han_runs(text: str) -> list[str]:
    """The unbroken stretches of Han characters of a text."""
    return re.findall(rf"[{HAN}]+", text)


def chinese(text: str, frequencies: Mapping[str, float]) -> list[str]:
    """The words of a Chinese text, Latin ones as stems. ``frequencies`` gives log-probabilities."""
    words: list[str] = []
    for run in _CHINESE.findall(text):
        if re.match(rf"[{HAN}]", run):
            words += lexicon.viterbi(run, frequencies.get)
        else:
            words.append(_stem(run.lower()))
    return words


def frequencies(vocabulary: Collection[str], texts: Iterable[str]) -> dict[str, float]:
    """Log-probabilities of the vocabulary's words and of single characters: counted by the longest match, then once more
    by the likeliest cut that these counts give (one round of hard expectation-maximisation)."""
    runs = Counter(run for text in texts for run in han_runs(text))
    counts: Counter[str] = Counter()
    for run, times in runs.items():
        for word in _longest_match(run, vocabulary):
            counts[word] += times
    first = _logarithms(counts, vocabulary)
    again: Counter[str] = Counter()
    for run, times in runs.items():
        for word in lexicon.viterbi(run, first.get):
            again[word] += times
    return _logarithms(again, vocabulary)


def _longest_match(run: str, vocabulary: Collection[str]) -> Iterable[str]:
    start = 0
    while start < len(run):
        longest = min(lexicon.LONGEST["zh"], len(run) - start)
        size = next((n for n in range(longest, 1, -1) if run[start : start + n] in vocabulary), 1)
        yield run[start : start + size]
        start += size


def _logarithms(counts: Mapping[str, int], vocabulary: Collection[str]) -> dict[str, float]:
    total = sum(counts.values()) + SEEN * len(vocabulary)
    words = dict.fromkeys(counts) | dict.fromkeys(vocabulary)
    return {word: log((counts.get(word, 0) + (SEEN if word in vocabulary else 0)) / total) for word in words}
