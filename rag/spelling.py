"""A slip of the pen in a question, put right by what was found for it: 凤皇古城 where the articles say 凤凰古城, Maastrich for Maastricht."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import accumulate, chain

from index import lexical
from index.text.pinyin import sound
from index.text.scripts import HAN
from index.text.units import HAN_DIGITS
from index.types import Hit
from models import load_lexicon
from rag.question import FUNCTION_WORDS_EN, Question
from rag.translation import FUNCTION_WORDS_ZH

ALIKE = 0.85
"""Likeness of two words from which on one is the other mistyped: Setanta and Sentanta are .93 alike, Northam and Southam .71."""

SHORTEST = 5
"""Letters of a word that may be mistyped: of a shorter one too many are alike."""

NUMBERS = frozenset(HAN_DIGITS) | frozenset("十百千万亿年月日第")
SAYS_NOTHING = FUNCTION_WORDS_ZH | NUMBERS
"""Characters that stand beside anything."""

_WORD = re.compile(r"[A-Za-z]+")
_RUN = re.compile(f"[{HAN}]+")


def corrected(question: Question, hits: Iterable[Hit]) -> str:
    """The question with what no passage that was found says, but for one slip, as they say it; as it was where there is none.

    A word of letters is mistyped where the lexicon has none like it and a word of the passages is nearly the same; a Chinese
    character where the passages have another one of the same sound in its place, which is how such a slip is typed."""
    texts = [
        f"{hit.article.title}\n{hit.passage.heading}\n{hit.passage.text}"
        for hit in hits
        if hit.article.language == question.language
    ]
    said = plain("\n".join(texts))
    if not said:
        return question.text
    return _by_sound(question.text, said) if question.language == "zh" else _by_letters(question.text, said)


def plain(text: str) -> str:
    """A text in simplified characters and of one width."""
    return lexical.simplified(unicodedata.normalize("NFKC", text))


def _by_letters(asked: str, said: str) -> str:
    counts = Counter(_WORD.findall(said))
    stems = {lexical.stem(word.lower()) for word in counts}
    lexicon = load_lexicon()

    def right(found: re.Match[str]) -> str:
        word, stem = found[0], lexical.stem(found[0].lower())
        if len(word) < SHORTEST or word.lower() in FUNCTION_WORDS_EN or stem in stems or ("en", stem) in lexicon:
            return word
        near = {one: _likeness(word, one) for one in counts if one[0].lower() == word[0].lower()}
        best = max(near, key=lambda one: (near[one], counts[one]), default=word)
        return best if near.get(best, 0.0) >= ALIKE else word

    return _WORD.sub(right, asked)


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _by_sound(asked: str, said: str) -> str:
    text = plain(asked)
    if len(text) != len(asked):
        return asked
    for run in _RUN.finditer(text):
        for at in range(run.start(), run.end()):
            if other := _meant(text[run.start() : run.end()], at - run.start(), said):
                text = text[:at] + other + text[at + 1 :]
                asked = asked[:at] + other + asked[at + 1 :]
    return asked


def _meant(run: str, at: int, said: str) -> str:
    """The character of the same sound that the passages have in a place where they never have the one that stands there; "" where
    there is none, or where a word of the lexicon would be broken up by it."""
    if run[at] in SAYS_NOTHING or any(run[a:b] in said for a, b in _around(run, at, 2)):
        return ""
    for a, b in chain(_around(run, at, 3), _around(run, at, 2)):
        before, behind = run[a:at], run[at + 1 : b]
        if not SAYS_NOTHING.isdisjoint(before + behind):
            continue
        found = Counter(one[1] for one in re.finditer(f"{before}([{HAN}]){behind}", said))
        for other, _ in found.most_common():
            if other not in SAYS_NOTHING and sounds_like(run[at], other) and _as_whole(run, at, other):
                return other
    return ""


def _around(run: str, at: int, length: int) -> Iterator[tuple[int, int]]:
    """The spans of a length within a run that hold a place."""
    return ((a, a + length) for a in range(max(0, at - length + 1), min(at, len(run) - length) + 1))


def _as_whole(run: str, at: int, other: str) -> bool:
    """True if with the other character fewer words of the lexicon make up the run, or as many and it stands by itself there."""
    segment = load_lexicon().segment
    words, changed = segment(run), segment(run[:at] + other + run[at + 1 :])
    if len(words) != len(changed):
        return len(changed) < len(words)
    ends = set(accumulate(map(len, words), initial=0))
    return {at, at + 1} <= ends


def sounds_like(one: str, other: str) -> bool:
    """True if two different characters sound alike, tones aside; of one with several sounds the usual one counts."""
    return one != other and sound(one) == sound(other)
