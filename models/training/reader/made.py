"""Questions that nobody wrote: of a question that is answered one that is not, and questions across languages from translations."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.training.reader.data import Question, Window, simplified

PROSE = (
    "audrey-tang-transcripts",
    "mlqe-pe",
    "nextstrain-sitrep",
    "opensource-guide",
    "plurality",
    "publiccode-standard",
    "sdg-translations",
    "taiwan-laws",
    "tico19",
    "todogroup",
)
"""Sources of translated sentences that are prose."""

MOST = 10_000
"""Pairs of one source that are read."""

CONTEXT = 2
"""Sentences beside the translated one in its window."""

_NUMBER = re.compile(r"(?<![\d.,A-Za-z])\d+(?:[.,]\d+)*(?![\d.,]*\d|[A-Za-z])")
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][\w’'-]+(?: (?:of |the |de )?[A-Z][\w’'-]+)*")
_QUOTED = re.compile(r"[《“「]([^》”」]{2,30})[》”」]")


class Exchange:
    """Changes what a question asks about for another of the same kind, so that its passage no longer answers it."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._titles: dict[str, list[str]] = defaultdict(list)
        for question in questions:
            for window in question.answering[:1]:
                if 2 <= len(window.title) <= 40:
                    self._titles[question.set].append(window.title)

    def of(self, question: Question, window: Window, random_: random.Random) -> str | None:
        """The question with its number, its title or a name exchanged; None where it has none that its passage names."""
        ways = [self._number, self._title, self._name]
        random_.shuffle(ways)
        for way in ways:
            if (changed := way(question, window, random_)) and changed != question.text:
                return changed
        return None

    def _number(self, question: Question, window: Window, random_: random.Random) -> str | None:
        found = list(_NUMBER.finditer(question.text))
        if not found:
            return None
        match = random_.choice(found)
        whole = match.group().replace(",", "")
        if not whole.isdecimal():
            return None
        value = int(whole)
        step = random_.choice((1, 2, 3, 5, 10, 20)) * random_.choice((-1, 1))
        other = str(value + step if value + step > 0 else value + abs(step))
        if other in window.text or other in window.title:
            return None
        return question.text[: match.start()] + other + question.text[match.end() :]

    def _title(self, question: Question, window: Window, random_: random.Random) -> str | None:
        others = self._titles[question.set]
        if len(window.title) < 2 or window.title not in question.text or not others:
            return None
        other = random_.choice(others)
        return None if other in window.text or other in window.title else question.text.replace(window.title, other)

    def _name(self, question: Question, window: Window, random_: random.Random) -> str | None:
        """A name of the question for another of its passage, which is about something else there."""
        pattern = _NAME if question.language == "en" else _QUOTED
        asked = [match for match in pattern.finditer(question.text) if match.group() in window.text]
        if not asked:
            return None
        match = random_.choice(asked)
        answers = {window.text[a:b] for a, b in window.spans}
        others = {other.group() for other in pattern.finditer(window.text)} - {match.group()}
        others = {o for o in others if o not in question.text and not any(o in a or a in o for a in answers)}
        if not others:
            return None
        return question.text[: match.start()] + random_.choice(sorted(others)) + question.text[match.end() :]


def across(folder: Path, random_: random.Random, sample: int | None = None) -> list[Question]:
    """Questions made of one side of translated sentences, whose windows are the other side among its neighbours.

    A number or a name that both sides write alike is taken out of the sentence, and what asks for it is put in its place:
    "The plan covers 14 cities" asks "The plan covers how many cities?" of the Chinese text, whose 14 is the answer.
    """
    made: list[Question] = []
    for source in PROSE:
        pairs = _pairs(folder, source)
        begin = random_.randrange(max(1, len(pairs) - MOST))
        made += _of_pairs(pairs[begin : begin + MOST], source, random_)
    random_.shuffle(made)
    return made[:sample] if sample else made


def prose(folder: Path) -> Iterator[str]:
    """Both sides of the translated prose, at most :data:`MOST` pairs of a source."""
    for source in PROSE:
        for english, chinese in _pairs(folder, source)[:MOST]:
            yield english
            yield chinese


def _pairs(folder: Path, source: str) -> list[tuple[str, str]]:
    """The translated sentences of a source, none where it is not there."""
    if not (file := folder / f"{source}.jsonl.xz").is_file():
        return []
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        return [(english, simplified(chinese)) for english, chinese in map(json.loads, lines)]


def _of_pairs(pairs: Sequence[tuple[str, str]], source: str, random_: random.Random) -> Iterator[Question]:
    for number, (english, chinese) in enumerate(pairs):
        if not (40 <= len(english) <= 300 and 12 <= len(chinese) <= 120):
            continue
        around = range(max(0, number - CONTEXT), min(len(pairs), number + CONTEXT + 1))
        for asked, told, side in ((english, chinese, 1), (chinese, english, 0)):
            if not (cloze := _cloze(asked, told, side == 1, random_)):
                continue
            text, (start, end) = cloze
            near = [
                pairs[i][side]
                for i in around
                if i != number and told not in pairs[i][side] and len(pairs[i][side]) < 300
            ]
            at = random_.randrange(len(near) + 1)
            gap = "" if side else " "
            before = "".join(one + gap for one in near[:at])
            whole = before + told + "".join(gap + one for one in near[at:])
            window = Window("", whole, ((start + len(before), end + len(before)),))
            yield Question(text, "en" if side else "zh", f"across-{source}", [window], [])


def _cloze(asked: str, told: str, english: bool, random_: random.Random) -> tuple[str, tuple[int, int]] | None:
    pattern = _NUMBER if random_.random() < 0.7 else _NAME
    common = [m for m in pattern.finditer(asked) if len(m.group()) > 1 and told.count(m.group()) == 1]
    if not common:
        return None
    match = random_.choice(common)
    begin = told.index(match.group())
    word = _asking(match.group(), asked[match.end() : match.end() + 1], english)
    text = (asked[: match.start()] + word + asked[match.end() :]).rstrip("。.;；")
    return text + ("?" if english else "？"), (begin, begin + len(match.group()))


def _asking(taken: str, after: str, english: bool) -> str:
    if not taken[0].isdigit():
        return "which one" if english else "什么"
    if after == "年" or (english and len(taken) == 4 and taken[:2] in ("19", "20")):
        return "which year" if english else "哪一"
    return "how many" if english else "多少"
