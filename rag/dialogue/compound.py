"""A question that asks for several things at once, as the questions that it is made of, and one answer out of theirs: each part is
answered, or is said not to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index import lexical
from index.text.scripts import HAN_CHARACTER
from index.types import Hit
from rag import question
from rag.chronology import when
from rag.types import Answer, Citation, Sentence, written
from rag.writing.prompt import UNANSWERED

MOST = 4
"""Things that are asked for at once; a longer row of questions is a form."""

_WH = r"who|whom|whose|what|which|when|where|why|how"
_AUXILIARY = (
    "is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|might|must|isn't|wasn't|doesn't|didn't"
)

JOINS = re.compile(
    rf"[，,；;？?].*[？?\w]|[和与及、]|\b(?:and|or) (?:\w+ )?(?:{_WH})\b|\band (?:{_AUXILIARY})\b|\b(?:{_WH}) and\b|,\s+(?:{_WH})\b",
    re.IGNORECASE | re.DOTALL,
)
"""What a question has that may ask for several things."""

_ASKS_ZH = re.compile(
    r"谁|什么|哪|何[时地处人]|多少|(?<![近这那前后上好十数])几(?![乎何])|怎[么样]|如何|为何|是否|是不是|有没有|能不能|可不可以|吗|多[大高长远久重深快]|啥"
)
_CLAUSES_ZH = re.compile(r"[，,；;？?。]+|以及|并且|而且|还有")
_SETS_ZH = re.compile(r"(?:下|时|的时候|之?后|之?前|之?中|的话)$|^(?:如果|假如|若|当|只要|除非|无论|不管|不论)")
"""A clause that says when or where the next one is asked: 在什么情况下，谁可以申请."""
_THINGS_ZH = re.compile(
    r"^(?P<of>.{2,40}的)(?P<row>[^的，,。？?]{1,12}?(?:[和与及、][^的，,。？?]{1,12}?)+?)(?P<asks>(?:分别|各自?)?(?:(?:是|为|有|在)?(?:多少.{0,4}|几.{1,3}|多[大高长远久重])|(?:是|为|有|在)(?:什么|谁|哪.{0,3})))$"
)
"""的 before several things that are asked in one breath: 这座桥的长度和造价是多少."""
_EACH_ZH = re.compile(
    r"^(?P<row>[^的，,。？?]{2,24}?(?:[和与及、][^的，,。？?]{2,24}?)+?)(?P<asks>(?:的.{1,24}?)?(?:分别|各自)(?:是|为|有|在)?.{1,20})$"
)
"""The same of several things: 甲公司和乙公司的营业收入分别是多少."""
_ROW_ZH = re.compile(r"[和与及、]")

_PREPOSITION = r"(?:(?:in|on|at|of|for|by|to|from|under|with) )?"
_TURNED = (
    rf"(?:(?:when|where|why|whose|whom|how)\s+(?:{_AUXILIARY})\b|what\b"
    rf"|how\s+(?!(?:it|he|she|they|we|you|i|the|an?|this|that|these|those)\b)\w|(?:{_WH})\W*$)"
)
_ASKS_EN = re.compile(rf"^(?:(?:and|so) )?{_PREPOSITION}(?:{_WH}|{_AUXILIARY})\b", re.IGNORECASE)
_NEXT_EN = re.compile(
    rf"(?:[?;]\s+(?:and )?|,?\s+and\s+)(?={_PREPOSITION}(?:who|which|{_TURNED}))|,\s+(?={_PREPOSITION}{_TURNED})",
    re.IGNORECASE,
)
"""What joins a question to a next one: one that is turned round, or has nothing behind what it asks by."""
_TURNED_EN = re.compile(
    rf",?\s+and\s+(?=(?:{_AUXILIARY}) (?:I|you|he|she|it|we|they|there)\b(?<!do there)|(?:do|does|did|will|would|can|could|should|may|might|must) (?:the|an?|this|that|these|those|its|his|her|their|[A-Z]\w*) )",
)
"""What joins a question to one of yes or no: nothing but a question has its subject behind such a word."""
_TURNED_TOO_EN = re.compile(
    r",?\s+and\s+(?=(?:is|are|was|were|has|have|had) (?:(?:any|some|every|no)(?:one|body|thing)|the|an?|this|these|those|its|his|her|their|[A-Z]\w*) )"
)
"""The same where it may also go on with what is told of the one subject ("what was built here and is the longest")."""
_YES_OR_NO_EN = re.compile(rf"^(?:(?:when|where|why|how)\b.*?)?(?:{_AUXILIARY})\b(?!.*\bthat\b)", re.IGNORECASE)
_WORD_EN = re.compile(rf"\b(?:{_WH})\b", re.IGNORECASE)
_TELLING_EN = re.compile(
    r"\bbetween\b|\b(?:say|says|said|tell|tells|told|know|explain|explains|ask|asks|asked|show|shows)\b", re.I
)
"""Behind these "and what" may go on with what is told."""
_BOTH_EN = re.compile(
    rf"^(?P<first>{_WH}) and (?P<second>{_WH})(?P<rest> (?:{_AUXILIARY})\b.*)$", re.IGNORECASE | re.DOTALL
)
"""When and where was it built?"""


@dataclass(frozen=True, slots=True)
class Compound:
    """The questions that one asks, in their order. ``leans``: a later one may be of what the one before it is of. ``row``: what stands
    in a row, as it is written, where it may also be one thing with a name of its own (研究和开发), and its members."""

    text: str
    parts: tuple[str, ...]
    leans: bool = True
    row: str = ""
    members: tuple[str, ...] = ()

    def holds(self, answers: Sequence[Answer], whole: Answer | None) -> bool:
        """True if answers to its parts answer it, rather than that to the ``whole``: one of them does, and where the whole is answered
        each; none is of the whole library."""
        answered = [not answer.refused for answer in answers]
        each = whole is not None and not whole.refused
        return (all(answered) if each else any(answered)) and not any(answer.kind for answer in answers)

    def is_one(self, answer: Answer) -> bool:
        """True if what stands in a row is told as one thing: an article that answers says it as it stands, or a sentence has all of it."""
        if not self.row or answer.refused:
            return False
        named = any(self.row in one.passage.text for one in answer.citations)
        return named or any(all(member in one.text for member in self.members) for one in answer.sentences)


def read(text: str) -> Compound | None:
    """The questions that a question is made of; None where it is one."""
    text = " ".join(text.split())
    folded = lexical.simplified(text)
    if folded != text:
        found = read(folded)
        back = str.maketrans(folded, text)
        return found and replace(found, text=text, parts=tuple(part.translate(back) for part in found.parts))
    found = _chinese(text) if HAN_CHARACTER.search(text) and _ASKS_ZH.search(text) else _english(text)
    if not found or len(found.parts) > MOST or len(question.read(text).years) > 1:
        return None  # of several years one thing is compared
    return found


def _chinese(text: str) -> Compound | None:
    parts = _clauses(text)
    if len(parts) > 1:
        return Compound(text, tuple(parts)) if question.says(parts[0]) else None
    asked = text.rstrip("？? ")
    if each := _EACH_ZH.match(asked):
        time, first = when.split(each["row"])
        asks = re.sub("分别|各自", "", each["asks"])
        members = _ROW_ZH.split(first)
        return Compound(text, tuple(f"{time}{one}{asks}？" for one in members), leans=False)
    if things := _THINGS_ZH.match(asked):
        members, asks = _ROW_ZH.split(things["row"]), things["asks"].replace("分别", "")
        parts = [f"{things['of']}{one}{asks}？" for one in members]
        row = things["row"] if asks == things["asks"] else ""
        return Compound(text, tuple(parts), False, row, tuple(members))
    return None


def _clauses(text: str) -> list[str]:
    """The clauses of a Chinese question that ask, each with those before it that do not."""
    parts: list[str] = []
    waits = ""
    at = 0
    for stop in [*((found.start(), found.end()) for found in _CLAUSES_ZH.finditer(text)), (len(text), len(text))]:
        clause = text[at : stop[0]].strip()
        at = stop[1]
        if not clause:
            continue
        if _ASKS_ZH.search(clause) and not _SETS_ZH.search(clause):
            parts.append(f"{waits}{clause}？")
            waits = ""
        else:
            waits += f"{clause}，"
    if waits and parts:
        return [text]  # what ends with a statement is read as a whole: 哪个更大，甲还是乙
    return parts


def _english(text: str) -> Compound | None:
    if both := _BOTH_EN.match(text):
        return Compound(text, tuple(f"{both[name].capitalize()}{both['rest']}" for name in ("first", "second")))
    parts: list[str] = []
    at = 0
    joints = [*_NEXT_EN.finditer(text), *_TURNED_EN.finditer(text), *_TURNED_TOO_EN.finditer(text)]
    for joint in sorted(joints, key=lambda found: found.start()):
        before = text[at : joint.start()]
        if joint.re is _TURNED_TOO_EN and not _YES_OR_NO_EN.match(before.strip()):
            continue
        if not _ASKS_EN.match(before.strip()) or len(before.split()) < 2 or _TELLING_EN.search(before):
            continue
        if len(_WORD_EN.findall(before)) > 1:
            continue  # the film which was made here and which won
        parts.append(f"{before.strip(' ?')}?")
        at = joint.end()
    parts.append(text[at:])
    return Compound(text, tuple(f"{one[:1].upper()}{one[1:]}" for one in parts)) if len(parts) > 1 else None


def together(several: Compound, asked: Sequence[str], answers: Sequence[Answer]) -> Answer:
    """The answers to the parts of a question, ``asked`` as whole questions, as one: their sentences in order, none twice, cited anew; what
    is not answered is told before them. One of them answers at least."""
    parts, language = several.parts, lexical.language(several.text)
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    sentences: list[Sentence] = []
    for answer in answers:
        own = {}
        for one in () if answer.refused else answer.citations:
            place = (one.article.id, one.start, one.end)
            if place not in numbers:
                numbers[place] = len(numbers) + 1
                citations.append(replace(one, number=numbers[place]))
            own[one.number] = numbers[place]
        told = () if answer.refused else answer.sentences
        new = [replace(one, citations=tuple(own[number] for number in one.citations)) for one in told]
        sentences.extend(one for one in new if not any(one.text in other.text for other in sentences))
    missing = [part.rstrip("？?") for part, answer in zip(parts, answers, strict=True) if answer.refused]
    if missing:
        joined = ("；" if language == "zh" else "; ").join(missing)
        sentences[0] = replace(sentences[0], lead=f"{UNANSWERED[language].format(joined)}\n{sentences[0].lead}")
    answering = [answer for answer in answers if not answer.refused]
    hits: dict[str, Hit] = {hit.passage.id: hit for answer in reversed(answers) for hit in reversed(answer.hits)}
    stages = dict.fromkeys(stage for answer in answers for stage in answer.timings)
    timings = {stage: sum(answer.timings.get(stage, 0.0) for answer in answers) for stage in stages}
    first = {stage: answers[0].timings[stage] for stage in ("first",) if stage in answers[0].timings}
    return replace(
        answering[0],
        question=several.text,
        text=written(sentences),
        sentences=tuple(sentences),
        citations=tuple(citations),
        hits=tuple(hits.values()),
        confidence=min(answer.confidence for answer in answering),
        understood=" ".join(answer.understood or part for part, answer in zip(asked, answers, strict=True)),
        timings={**timings, **first},
        invented=tuple(word for answer in answers for word in answer.invented),
        shown=tuple(line for answer in answers for line in answer.shown),
    )
