"""A question with a slip, as people type it: a Chinese character of the same sound in place of another, a letter of an English word
left out, doubled or exchanged. The reader learns to read over it."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from models.training.reader.data import Question

LEAST = 5
"""Letters of an English word that has a slip; a shorter one would be another word."""

SEEN = 20
"""Times a character stands in the questions from which on people may type it for another."""

ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
"""Sounds that many speakers, and so their input methods, do not tell apart."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(rf"[A-Za-z]{{{LEAST},}}")


class Slips:
    """Makes a slip in a question."""

    def __init__(self, questions: Sequence[Question]) -> None:
        """The characters that are typed for one another are those of the questions, by their sound without its tone."""
        from pypinyin import lazy_pinyin

        counted = Counter(char for question in questions for char in _HAN.findall(question.text))
        self._sound: dict[str, str] = {}
        self._sounding: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for char, count in counted.items():
            self._sound[char] = sound = _heard(lazy_pinyin(char)[0])
            if count >= SEEN:
                self._sounding[sound].append((char, count))

    def of(self, text: str, language: str, random_: random.Random) -> str:
        """The question with one slip in it; as it is where none can be made."""
        return self._chinese(text, random_) if language == "zh" else _english(text, random_)

    def _chinese(self, text: str, random_: random.Random) -> str:
        places = [at for at, char in enumerate(text) if _HAN.match(char)]
        random_.shuffle(places)
        for at in places:
            others = [one for one in self._sounding[self._sound.get(text[at], "")] if one[0] != text[at]]
            if others:
                (char,) = random_.choices([one[0] for one in others], [one[1] ** 0.5 for one in others])
                return text[:at] + char + text[at + 1 :]
        return text


def _heard(sound: str) -> str:
    for one, like in ALIKE:
        sound = sound.replace(one, like)
    return sound


def _english(text: str, random_: random.Random) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = random_.choice(words)
    at = random_.randrange(word.start() + 1, word.end() - 1)
    two = text[at : at + 2]
    made = random_.choice((two[1], two[0] + two, two[::-1]))
    return text[:at] + made + text[at + 2 :]
