"""What a word means, where an article says so outright: its long form in brackets, or behind "is", "means", 指, 即."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import passages, rows
from index.lines import columns
from index.mentions import Mention
from index.text.scripts import HAN
from index.types import Article, Hit, Passage
from rag import question, quoting
from rag.evidence import Evidence
from rag.question import Question
from rag.types import Answer

LONGEST = 30
"""Characters of a word that is asked for."""

MENTIONED = 200
"""Articles that are looked through, newest first: what hundreds of articles name is explained in few of them, if at all."""

AROUND = 120
"""Characters before and behind a word in which its meaning begins."""

ASKS = re.compile(
    r"^(?:请问)?(?:什么(?:是|叫)|何为|何谓|解释一下)\s*(?P<a>.+?)\s*[?？]?$"
    r"|^(?:请问)?(?P<b>.+?)\s*(?:是|指|代表)(?:的是|的)?(?:什么|啥)(?:意思|含义|机构|组织|部门|公司|概念|东西)?(?:的(?:缩写|简称|英文缩写))?\s*[?？]?$"
    r"|^(?:请问)?(?P<c>.+?)(?:的全称(?:是什么|叫什么)?|(?:是)?什么意思)\s*[?？]?$"
    r"|^what(?:'s| is| are) (?:the meaning of |meant by |an? |the )?(?P<d>.+?)(?: short for)?\s*\??$"
    r"|^what (?:does|do) (?P<e>.+?) (?:mean|stand for)\s*\??$"
    r"|^(?:define|explain(?: the term)?) (?P<f>.+?)\s*[?.]?$",
    re.IGNORECASE,
)
"""Asks what a word means."""

_POINTS = re.compile(r"^[这那它此该他她其您你我]|[的？?，,。]|\bof\b|\b(?:he|she|they|your?|we)\b", re.IGNORECASE)
"""Points at something, or is more than a word."""
_QUOTES = "“”\"'‘’「」『』《》〈〉 "
_MARKS = f"[{re.escape(_QUOTES)}]*"
_LONG_BEFORE = re.compile(
    rf"(?P<long>[A-Za-z][A-Za-z. -]*[A-Za-z]|[{HAN}·]{{2,}}){_MARKS}\s?[（(](?:以下|下)?(?:简称|缩写为?|英文(?:名称?|缩写|简称)为?|又称|亦称|称)?[:：]?{_MARKS}$"
)
_LONG_BEHIND = re.compile(
    rf"{_MARKS}[（(](?!以下|下称|简称)(?=[^)）\n]*(?:[{HAN}]{{3}}|[A-Za-z]{{2,}}[ -][A-Za-z]))[^\d)）\n][^)）\n]{{2,{AROUND}}}[)）]"
)
_ENDS = re.compile(rf"{_MARKS}[)）,，;；]")
_SAYS = re.compile(
    rf"{_MARKS}(?:\s?[（(][^)）\n]*[)）])?[，,]?\s?(?:是指|指的是|系指|即指|指(?![出导南引定数标示挥向责明派令望])|即(?![使将便可时日刻]))"
    r"|,?\s(?:\([^)\n]*\),?\s)?(?:stands for|means|refers to|is short for|is defined as)\b",
    re.IGNORECASE,
)
_IS_A = re.compile(
    rf"{_MARKS}(?:\s?[（(][^)）\n]*[)）])?是一\w|,?\s(?:\([^)\n]*\),?\s)?(?:is|are|was|were) (?:an?|the|one of)\b",
    re.IGNORECASE,
)


_BEGINS = re.compile(rf"(?:^|[，。；！？,;:：.!?\n])\s*{_MARKS}(?:所谓|(?:an?|the)\s)?{_MARKS}$", re.IGNORECASE)
"""Before a word that begins what is said: not "they hold that X is a …"."""


def word(text: str) -> str:
    """The word whose meaning is asked for, "" where a question asks for something else."""
    found = ASKS.match(text.strip())
    told = next((group for group in found.groups() if group), "").strip(_QUOTES) if found else ""
    names = question.says(told) and not _POINTS.search(told)
    return told if names and 2 <= len(told) <= LONGEST else ""


def told(asked: Question, hits: Sequence[Hit], mentions: Sequence[Mention]) -> Answer | None:
    """The sentence in which an article says what the word means that is asked for, of the articles found first; None where none does."""
    found_in = {hit.article.id: place for place, hit in reversed([*enumerate(hits)])}
    ordered = sorted(mentions, key=lambda one: found_in.get(one.article.id, len(hits)))[:MENTIONED]
    told = [
        (rank, one.article, span) for one in ordered for span in one.spans if (rank := _rank(one.article.text, span))
    ]
    if row := _row(asked, hits):
        told = [one for one in told if one[0] == 1]  # rather than what it is told to be one of
        if not told:
            return quoting.answer(asked, [row], hits)
    if not told:
        return None
    _, article, span = min(told, key=lambda one: one[0])
    return quoting.answer(asked, [_sentence(article, span)], hits)


def _row(asked: Question, hits: Sequence[Hit]) -> Evidence | None:
    """The row of a table that the word names, in the first of the hits that has it."""
    wanted = word(asked.text).casefold()
    for hit in hits:
        for start, end in passages.sentences(hit.article.text, hit.passage.start, hit.passage.end):
            line = hit.article.text[start:end]
            if rows.is_row(line) and rows.cells(line)[0].casefold() == wanted and line != rows.header(hit.passage):
                return Evidence(hit, start, end, 0.0, {})
    return None


def _rank(text: str, span: tuple[int, int]) -> int:
    """1 where a long form stands beside the word or the words that explain follow it, 2 where it is told to be one of a kind, 0 elsewhere."""
    before, behind = text[max(0, span[0] - AROUND) : span[0]], text[span[1] : span[1] + 2 * AROUND]
    found = _LONG_BEFORE.search(before)
    in_brackets = found and _ENDS.match(behind) and columns(found["long"]) > columns(text[slice(*span)])
    if in_brackets or _LONG_BEHIND.match(behind) or _SAYS.match(behind):
        return 1
    return 2 if _BEGINS.search(before) and _IS_A.match(behind) else 0


def _sentence(article: Article, span: tuple[int, int]) -> Evidence:
    start, end = next(one for one in passages.sentences(article.text) if one[0] <= span[0] < one[1])
    passage = Passage(f"{article.id}-{start}", article.id, 0, start, end, article.text[start:end])
    return Evidence(Hit(passage, article, 0.0), start, end, 0.0, {})
