"""What the reader learns from: for a question drawn, windows that answer it and windows that do not, as numbers."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from models import load_lexicon
from models.training.reader import negatives
from models.training.reader.asked import ARTICLES, ASKED, KEPT, PLAIN, TAKEN, TOPICS
from models.training.reader.data import Question, Window, cut, language, words
from models.training.reader.made import Exchange
from models.training.reader.negatives import Mined
from models.training.reader.slipped import Slips
from models.training.reader.subjects import Subjects
from models.training.reader.switched import Switch
from models.training.reader.titled import titled

LONGEST = 384
"""Tokens of question and window together."""

LONGEST_QUESTION = 64

TYPED = 0.15
"""Share of the questions that are asked as people type: in lower case, without a mark at the end."""

SWITCHED = 0.15
"""Share of the questions that are asked in words of the other language, one by one from the lexicon."""

PARAPHRASED = 0.3
"""Share of the questions that are asked in other words of their own language."""

SLIPPED = 0.12
"""Share of the questions that are asked with a slip of the hand. Of the 22 answerable questions of DuReader-checklist's first half that
were thought the least answered 8 have one."""

TITLED = 0.3
"""Share of the windows whose title tells a sentence of them."""

ELSEWHERE = 0.5
"""Share of the questions on an article that are also read with a window of something else."""

ASIDE = 0.25
"""Share of the questions on an article after which it is also read under another name, or asked what is asked of another subject."""

CANDIDATES = 4
"""Windows that are drawn for one that does not answer, of which the one with most of the question's words is read: what a search
brings up has them all. Of windows drawn alike, whether the words of the question stand there tells which answer (area .80 of
English and .90 of Chinese ones), and a reader learns to look for no more."""

SHARES = {
    "cmrc2018-train": 24,
    "drcd": 12,
    "cmrc2017": 4,
    "cmrc2018": 3,
    "dureader-demo": 1,
    "squad2": 12,
    "squadshifts-newwiki": 7,
    "squad1": 5,
    "squad1-sentence": 4,
    "fairytaleqa": 3,
    "qamr": 2,
    "selqa": 6,
    "covidqa": 2,
    "tatqa": 2,
    "qed": 6,
    "xquad": 3,
    "xquad across": 8,
    "across": 4,
    ASKED: 110,
    TAKEN: 70,
    ARTICLES: 70,
    PLAIN: 120,
    KEPT: 180,
    TOPICS: 50,
}
"""Questions by their set, as shares of their sum: half Chinese, a tenth across languages, four in five the project's own."""

KINDS = {"mined": 0.28, "other": 0.17, "hole": 0.17, "exchanged": 0.1, "subject": 0.16, "attribute": 0.12}
"""How windows that do not answer are come by: found by the embedder, of the same article, the passage without its answer, the
passage under another question, the passage under another name, and another question of the same name."""

RENAMED = 0.25
"""Share of the answering windows that stand under another name together with their question: a name put in is no sign."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a window as tokens. ``starts`` and ``ends`` are the tokens an answer may begin and end with, 0 for none."""

    ids: list[int]
    starts: list[int]
    ends: list[int]
    answers: bool
    group: int


def encode(tokenizer: Tokenizer, question: str, window: Window, group: int, longest: int = LONGEST) -> Example | None:
    """``<s> question </s></s> title: text </s>``; None where the answer lies behind what is read."""
    head = tokenizer.encode(question, add_special_tokens=False).ids[:LONGEST_QUESTION]
    title = f"{window.title}: " if window.title else ""
    body = tokenizer.encode(title + window.text, add_special_tokens=False)
    lead, room = len(head) + 3, longest - len(head) - 4
    ids = [0, *head, 2, 2, *body.ids[:room], 2]
    starts: list[int] = []
    ends: list[int] = []
    for start, end in window.spans:
        a, b = start + len(title), end + len(title)
        inside = [i for i, (x, y) in enumerate(body.offsets[:room]) if y > a and x < b and y > x]
        if not inside or (window.exact and body.offsets[inside[-1]][1] < b):
            continue
        starts += [lead + inside[0]] if window.exact else [lead + i for i in inside]
        ends += [lead + inside[-1]] if window.exact else [lead + i for i in inside]
    if window.spans and not starts:
        return None
    return Example(ids, starts or [0], ends or [0], bool(window.spans), group)


class Draw:
    """Draws questions by the shares of their sets, each set in an order of its own that begins anew when it is used up."""

    def __init__(self, questions: Sequence[Question], mined: Mined, tokenizer: Tokenizer, seed: int) -> None:
        self._random = random.Random(seed)
        self._mined, self._tokenizer = mined, tokenizer
        self._exchange = Exchange(questions)
        self._subjects = Subjects(questions)
        self._switch = Switch(questions, load_lexicon())
        self._slips = Slips(questions)
        self._sets: dict[str, list[Question]] = defaultdict(list)
        for question in questions:
            self._sets[_share(question)].append(question)
        self._names = [name for name in SHARES if self._sets.get(name)]
        self._at = dict.fromkeys(self._names, 0)
        for name in self._names:
            self._random.shuffle(self._sets[name])

    def groups(self, count: int) -> list[list[Example]]:
        """So many questions, each with its windows."""
        found: list[list[Example]] = []
        while len(found) < count:
            question = self._next()
            if group := list(self._windows(question, len(found))):
                found.append(group)
        return found

    def _next(self) -> Question:
        name = self._random.choices(self._names, [SHARES[name] for name in self._names])[0]
        all_ = self._sets[name]
        question = all_[self._at[name] % len(all_)]
        self._at[name] += 1
        return question

    def _windows(self, question: Question, group: int) -> Iterator[Example]:
        drawn = (
            self._judged(question)
            if question.set in (ASKED, TAKEN, ARTICLES, PLAIN, KEPT, TOPICS)
            else self._made(question)
        )
        typed, switched = self._random.random() < TYPED, self._random.random() < SWITCHED
        paraphrased, slipped = self._random.random() < PARAPHRASED, self._random.random() < SLIPPED
        for text, one in drawn:
            if question.set != TOPICS and self._random.random() < TITLED:
                one = titled(one, text, self._random)
            asked = self._switch.paraphrased(text, question.language, self._random) if paraphrased else text
            asked = self._slips.of(asked, question.language, self._random) if slipped else asked
            asked = asked.lower().rstrip("?？ ") if typed else asked
            if switched and question.language == language(one.text):
                asked = self._switch.of(asked, question.language, self._random)
            if example := encode(self._tokenizer, asked, one, group):
                yield example

    def _judged(self, question: Question) -> list[tuple[str, Window]]:
        """All windows of a question that were judged, of a topic some, and for one on an article a window of something else."""
        found = question.answering + question.other
        if question.set == TOPICS:
            found = self._random.sample(found, min(CANDIDATES, len(found)))
        if question.set in (ARTICLES, PLAIN, KEPT):
            share = self._random.uniform(0.6, 1.0)
            found = [cut(one, self._random, share, question.text) for one in found]
            if self._random.random() < ELSEWHERE and (some := self._mined.of(question)):
                found.append(self._likest(question.text, some, share))
        drawn = [(question.text, one) for one in found]
        if question.set in (ARTICLES, PLAIN, KEPT) and self._random.random() < ASIDE:
            renamed = found[0].spans and self._random.random() < 0.5
            made = self._subjects.other if renamed else self._subjects.attribute
            if aside := made(question, found[0], self._random):
                drawn.append(aside)
        return drawn

    def _made(self, question: Question) -> list[tuple[str, Window]]:
        """A window that answers and one or two that do not."""
        share = self._random.uniform(0.35, 1.0)
        yes = self._random.choice(question.answering) if question.answering else None
        window = cut(yes, self._random, share) if yes else None
        drawn: list[tuple[str, Window]] = []
        if window and window.spans:
            renamed = (
                self._subjects.renamed(question, window, self._random) if self._random.random() < RENAMED else None
            )
            drawn = [renamed or (question.text, window)]
        count = 1 + (self._random.random() < 0.5) if window else 1 + (self._random.random() < 0.2)
        made = (self._unanswered(question, window, share) for _ in range(count))
        drawn.extend(one for one in made if one)
        return drawn

    def _unanswered(self, question: Question, window: Window | None, share: float) -> tuple[str, Window] | None:
        kinds = list(KINDS)
        while kinds:
            kind = self._random.choices(kinds, [KINDS[kind] for kind in kinds])[0]
            kinds.remove(kind)
            if not window and kind not in ("mined", "other"):
                continue
            if kind in ("subject", "attribute"):
                assert window is not None  # noqa: S101
                made = self._subjects.other if kind == "subject" else self._subjects.attribute
                if changed := made(question, window, self._random):
                    return changed
            elif kind == "exchanged":
                assert window is not None  # noqa: S101
                if asked := self._exchange.of(question, window, self._random):
                    return asked, Window(window.title, window.text)
            elif kind == "hole":
                assert window is not None  # noqa: S101
                if left := negatives.hole(window, self._random):
                    return question.text, left
            else:
                some = question.other if kind == "other" or not window else self._mined.of(question)
                if some:
                    return question.text, self._likest(question.text, some, share)
        return None

    def _likest(self, question: str, some: Sequence[Window], share: float) -> Window:
        """Of some windows drawn, the one with most of the question's words."""
        drawn = self._random.sample(some, min(CANDIDATES, len(some)))
        found = [cut(Window(one.title, one.text), self._random, share, question) for one in drawn]
        asked = words(question)
        return max(found, key=lambda one: len(asked & words(f"{one.title} {one.text}")))


def _share(question: Question) -> str:
    of = question.set.partition("-")[0] if question.set.startswith("across-") else question.set
    first = (question.answering or question.other)[0]
    crosses = of == "xquad" and language(first.text) != question.language
    return "xquad across" if crosses else of
