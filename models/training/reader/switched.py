"""A question in words of the other language, one by one from the lexicon, so that the reader learns to read across languages where
nobody translated (code-switching, Qin et al. 2020)."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from models.lexicon import Lexicon, stem
from models.training.reader.data import Question

REWORDED = 0.5
"""Share of the words of a paraphrase that are looked for in other words."""

LEAST = {"zh": 2, "en": 5}
"""Characters of a word that is said otherwise: a shorter one mostly holds the sentence together."""

KEPT = 0.1
"""Share of the words that stay as they are."""

_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|[\u3400-\u9fff]+|[^A-Za-z\u3400-\u9fff]+")


class Switch:
    """Puts the words of a question into the other language, each by one of its translations, the likelier the more often."""

    def __init__(self, questions: Sequence[Question], lexicon: Lexicon) -> None:
        """The lexicon's English is stems: the usual word of each is counted in the questions and their windows."""
        counted: Counter[str] = Counter()
        for question in questions:
            texts = [question.text, *(window.text for window in question.answering[:1])]
            for text in texts:
                counted.update(word for word in re.findall(r"[A-Za-z]+", text))
        usual: dict[str, Counter[str]] = defaultdict(Counter)
        for word, count in counted.items():
            usual[stem(word.lower())][word] += count
        self._usual = {stemmed: words.most_common(1)[0][0] for stemmed, words in usual.items()}
        self._lexicon = lexicon

    def of(self, text: str, language: str, random_: random.Random) -> str:
        """The question in the other language's words, in the order of its own; what the lexicon does not know stays."""
        if language == "zh":
            return " ".join(self._english(text, random_)).strip()
        return "".join(self._chinese(text, random_)).strip()

    def paraphrased(self, text: str, language: str, random_: random.Random) -> str:
        """The question with some of its words said otherwise: by a word that shares a translation with them (Bannard &
        Callison-Burch 2005)."""
        said = []
        for piece in _WORD.findall(text):
            han = "\u3400" <= piece[0] <= "\u9fff"
            for word in self._lexicon.segment(piece) if han else (piece,):
                changes = (han or word.islower()) and len(word) >= LEAST[language] and random_.random() < REWORDED
                said.append((self._otherwise(word, language, random_) if changes else None) or word)
        return "".join(said)

    def _otherwise(self, word: str, language: str, random_: random.Random) -> str | None:
        entry = stem(word.lower()) if language == "en" else word
        across = self._drawn(entry, language, random_)
        back = self._drawn(across, "zh" if language == "en" else "en", random_) if across else None
        if not back or back == entry:
            return None
        if language == "zh":
            return back if len(back) >= LEAST["zh"] else None
        known = [self._usual.get(one) for one in back.split()]
        return " ".join(filter(None, known)) if all(known) else None

    def _english(self, text: str, random_: random.Random) -> list[str]:
        said = []
        for piece in _WORD.findall(text):
            for word in self._lexicon.segment(piece) if "\u3400" <= piece[0] <= "\u9fff" else (piece.strip(),):
                chosen = self._drawn(word, "zh", random_)
                said.append(" ".join(self._usual.get(one, one) for one in chosen.split()) if chosen else word)
        return [word for word in said if word]

    def _chinese(self, text: str, random_: random.Random) -> list[str]:
        pieces = _WORD.findall(text)
        said: list[str] = []
        at = 0
        while at < len(pieces):
            words = pieces[at::2][:4] if pieces[at].isalpha() else []
            run = [stem(word.lower()) for word in words]
            count = self._lexicon.longest(run) if run else 1
            chosen = self._drawn(" ".join(run[:count]), "en", random_) if run else None
            if chosen:
                said.append(chosen)
                at += 2 * count - 1
                at += at < len(pieces) and pieces[at].isspace()
            else:
                said.append(pieces[at])
                at += 1
        return said

    def _drawn(self, entry: str, language: str, random_: random.Random) -> str | None:
        found = self._lexicon.translations(entry, language)[:4]
        if not found or random_.random() < KEPT:
            return None
        return random_.choices([word for word, _ in found], [share**2 for _, share in found])[0]
