"""Whom a question is about: the same text under another name answers it no more, and the same name does not answer everything.

Most unanswerable questions of the public sets that a reader answered were asked of another subject with the same attribute (a
university for its school, a brother for the other), or of another attribute of the same subject.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from models.training.reader.data import Question, Window, language, words

NEAR = 0.6
"""Share of the names exchanged for one that begins or ends alike."""

LONGEST = {"zh": 14, "en": 40}
"""Characters of a title that is taken for a name."""

LOOKED_AT = 60
"""Questions of other articles of which the one with most words of the window is asked."""

_NAME = re.compile(r"\b[A-Z][\w’'-]+(?: (?:of |the |de |and )?[A-Z][\w’'-]+)*")
_ASKING = {
    "What",
    "Who",
    "When",
    "Where",
    "Which",
    "Why",
    "How",
    "Is",
    "Are",
    "Was",
    "Were",
    "Did",
    "Do",
    "Does",
    "In",
    "The",
    "A",
}
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its subject, and the words that ask."""

    text: str
    subject: str
    title: str
    words: frozenset[str]
    answers: tuple[str, ...]


def bare(title: str) -> str:
    """A title without what stands in brackets or behind a dash."""
    return re.split(r"\s*[(（]| - ", title.replace("_", " "), maxsplit=1)[0].strip()


def subject(question: str, window: Window) -> str | None:
    """The longest name that question and window share; None where none is found."""
    title = bare(window.title)
    if len(title) >= 2 and title in question:
        return title
    if language(question) == "zh":
        shared = [run for run in _shared(question, title) if run in window.text]
        return max(shared, key=len, default=None)
    found = (name.removesuffix("’s").removesuffix("'s") for name in _NAME.findall(question))
    names = [name for name in found if name not in _ASKING and len(name) > 3]
    return max((name for name in names if name in window.text), key=len, default=None)


def _shared(question: str, title: str) -> list[str]:
    """Runs of at least two Han characters that stand in both, the longest at each place."""
    found = []
    for run in _HAN.finditer(title):
        text = run.group()
        for at in range(len(text) - 1):
            end = next((end for end in range(len(text), at + 1, -1) if text[at:end] in question), 0)
            if end:
                found.append(text[at:end])
    return found


class Subjects:
    """Names of all sets, and what is asked of them."""

    def __init__(self, questions: Sequence[Question]) -> None:
        names: dict[str, set[str]] = {"zh": set(), "en": set()}
        self._asked: dict[str, list[_Asked]] = {"zh": [], "en": []}
        for question in questions:
            for window in question.answering[:1]:
                of = language(window.text)
                if question.language != of:
                    continue
                if 2 <= len(title := bare(window.title)) <= LONGEST[of]:
                    names[of].add(title)
                if about := subject(question.text, window):
                    names[of].add(about)
                    left = question.text.replace(about, " ")
                    answers = tuple(window.text[a:b] for a, b in window.spans)
                    asked = _Asked(question.text, about, window.title, frozenset(words(left)), answers)
                    self._asked[of].append(asked)
        self._names = {of: sorted(some) for of, some in names.items()}
        self._alike: dict[str, list[str]] = defaultdict(list)
        for some in self._names.values():
            for name in some:
                for end in _ends(name):
                    self._alike[end].append(name)

    def renamed(self, question: Question, window: Window, random_: random.Random) -> tuple[str, Window] | None:
        """Question and window under another name, which answers as before; None where they share none, or the answer is it."""
        about = subject(question.text, window)
        if not about or any(about in window.text[a:b] or window.text[a:b] in about for a, b in window.spans):
            return None
        other = self._other(about, question, window, random_)
        return (question.text.replace(about, other), _under(window, about, other)) if other else None

    def other(self, question: Question, window: Window, random_: random.Random) -> tuple[str, Window] | None:
        """The question, and the window under another name, which does not answer it."""
        changed = self.renamed(question, window, random_)
        return (question.text, Window(changed[1].title, changed[1].text)) if changed else None

    def attribute(self, question: Question, window: Window, random_: random.Random) -> tuple[str, Window] | None:
        """What is asked of another subject asked of this one, whose window says nothing of it."""
        about = subject(question.text, window)
        pool = self._asked[language(window.text)]
        if not about or not pool or question.language != language(window.text):
            return None
        held = words(window.text)
        fit = [
            asked
            for asked in random_.sample(pool, min(LOOKED_AT, len(pool)))
            if asked.title != window.title
            and asked.subject not in window.text
            and not any(answer in window.text for answer in asked.answers)
            and not asked.words <= words(question.text)
        ]
        if not fit:
            return None
        asked = max(fit, key=lambda one: len(one.words & held) / (2 + len(one.words)))
        return asked.text.replace(asked.subject, about), Window(window.title, window.text)

    def _other(self, about: str, question: Question, window: Window, random_: random.Random) -> str | None:
        pool = self._names[language(window.text)]
        for _ in range(8):
            alike = self._alike[random_.choice(_ends(about))] if random_.random() < NEAR else pool
            other = random_.choice(alike or pool)
            if other not in question.text and other not in window.text and other not in window.title:
                return other
        return None


def _ends(name: str) -> list[str]:
    """What a name begins and ends with: two Han characters or a word."""
    if language(name) == "zh":
        return [f"{name[:2]}-", f"-{name[-2:]}"]
    return [f"{name.split()[0]}-", f"-{name.split()[-1]}"]


def _under(window: Window, about: str, other: str) -> Window:
    """The window with one name for another; its spans move with the text."""
    places = [match.start() for match in re.finditer(re.escape(about), window.text)]
    longer = len(other) - len(about)
    spans = tuple(
        (a + longer * sum(at < a for at in places), b + longer * sum(at < a for at in places)) for a, b in window.spans
    )
    if not window.exact:  # a whole sentence may hold the name
        spans = tuple(
            (a, b + longer * sum(a <= at < end for at in places))
            for (a, b), (_, end) in zip(spans, window.spans, strict=True)
        )
    return Window(window.title.replace(about, other), window.text.replace(about, other), spans, window.exact)
