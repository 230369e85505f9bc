"""The bundled bilingual lexicon: weighted translations of English and Chinese words, read from one memory-mapped file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import ModelError

FILE = "lexicon.safetensors"
FOLDER = Path(__file__).parent / "bundled" / "lexicon"
CURE = "Install Yinju again."

LANGUAGES = ("en", "zh")
LONGEST = {"en": 5, "zh": 8}
"""Words of an English entry and characters of a Chinese one: what is longer is not looked up."""

UNKNOWN = -20.0
"""Log-probability of a character that no entry begins with, below that of any word."""


def stem(word: str) -> str:
    """An English word, in lower case, without its inflection: entries are stems, joined by spaces."""
    import snowballstemmer

    return str(snowballstemmer.stemmer("english").stemWord(word))


class _Entries:
    """One language's entries, sorted by their bytes, with the translations of each in the other language's entries."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], language: str) -> None:
        self._text = tensors[f"{language}.text"].tobytes()
        # Read one at a time: as numbers of Python's, not of numpy's, a word is found in a third of the time.
        self._ends = tensors[f"{language}.ends"].data
        self._links = tensors[f"{language}.links"]
        self._targets = tensors[f"{language}.targets"]
        self._weights = tensors[f"{language}.weights"]
        self._frequencies = tensors[f"{language}.frequencies"]
        if not len(self._ends) + 1 == len(self._links) == len(self._frequencies) + 1:
            raise ValueError("tables of different lengths")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, at: int) -> str:
        return self._bytes(at).decode("utf-8")

    def _bytes(self, at: int) -> bytes:
        return self._text[self._ends[at - 1] if at else 0 : self._ends[at]]

    def find(self, entry: str) -> int:
        """The place of an entry, -1 when there is none."""
        wanted = entry.encode("utf-8", "surrogatepass")
        at = bisect_left(range(len(self)), wanted, key=self._bytes)
        return at if at < len(self) and self._bytes(at) == wanted else -1

    def is_translated(self, at: int) -> bool:
        """True if the entry has translations."""
        return bool(self._links[at + 1] > self._links[at])

    def translations(self, at: int, most: int | None = None) -> list[tuple[int, float]]:
        """Places in the other language's entries and their probabilities, likeliest first."""
        span = slice(int(self._links[at]), int(self._links[at + 1]))
        weights = self._weights[span].astype(np.float64)
        shares = weights[:most] / max(float(weights.sum()), 1.0)
        return list(zip(self._targets[span][:most].tolist(), shares.tolist(), strict=True))

    def frequency(self, at: int) -> float:
        """Log-probability of the entry in running text."""
        return float(self._frequencies[at])


class Lexicon:
    """Translations between English and Chinese, both ways. Entries are English stems and simplified Chinese words."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Opens the file of the folder. Raises ModelError when it is missing or damaged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = folder / FILE
        try:
            tensors = load_file(path)
            self._entries = {language: _Entries(tensors, language) for language in LANGUAGES}
        except OSError as error:
            raise ModelError(f"The lexicon {path} cannot be read ({error.strerror or error}). {CURE}") from error
        except (SafetensorError, KeyError, ValueError) as error:
            raise ModelError(f"The lexicon {path} is damaged ({error}). {CURE}") from error

    def size(self, language: str) -> int:
        """How many entries a language has."""
        return len(self._entries[language])

    def __contains__(self, entry: tuple[str, str]) -> bool:
        """True if (language, entry) has translations."""
        language, text = entry
        at = self._entries[language].find(text)
        return at >= 0 and self._entries[language].is_translated(at)

    def translations(self, entry: str, language: str, most: int | None = None) -> list[tuple[str, float]]:
        """An entry's translations into the other language and their probabilities among all, likeliest first, at most so many; none
        for an unknown."""
        ours, theirs = self._entries[language], self._entries["zh" if language == "en" else "en"]
        at = ours.find(entry)
        return [] if at < 0 else [(theirs[target], share) for target, share in ours.translations(at, most)]

    def longest(self, words: Sequence[str]) -> int:
        """How many of the English stems, from the first on, make the longest entry with translations; at least 1."""
        for count in range(min(LONGEST["en"], len(words)), 1, -1):
            if ("en", " ".join(words[:count])) in self:
                return count
        return 1

    @lru_cache(maxsize=4096)  # noqa: B019 - one lexicon lives as long as the process
    def segment(self, run: str) -> tuple[str, ...]:
        """A run of Han characters as words: the likeliest sequence of entries (Viterbi over word probabilities)."""
        return tuple(viterbi(run, self._frequency))

    def _frequency(self, word: str) -> float | None:
        entries = self._entries["zh"]
        at = entries.find(word)
        return None if at < 0 else entries.frequency(at)


def viterbi(run: str, frequency: Any) -> list[str]:
    """The likeliest sequence of words; ``frequency`` gives a word's log-probability, None for what is no word."""
    best = [0.0] + [-np.inf] * len(run)
    back = [0] * (len(run) + 1)
    for start in range(len(run)):
        for end in range(start + 1, min(start + LONGEST["zh"], len(run)) + 1):
            known = frequency(run[start:end])
            if known is None and end > start + 1:
                continue
            score = best[start] + (UNKNOWN if known is None else known)
            if score > best[end]:
                best[end], back[end] = score, start
    words, end = [], len(run)
    while end:
        words.append(run[back[end] : end])
        end = back[end]
    return words[::-1]
