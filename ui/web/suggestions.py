"""Questions that the library itself suggests: made of its own sentences, and kept only if they are answered from there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from index import passages, rows
from index.text import numerals
from index.text.clauses import PHRASE_END
from index.text.scripts import HAN
from index.types import Article
from rag import question as questions
from rag.types import Answer
from ui.render import one_line
from ui.web.session import Desk, Session

if TYPE_CHECKING:
    from rag.assistant import Assistant

MOST = 4
"""Examples that are shown; as many follow-up questions at most, less one."""
TRIED = 24
"""Candidates that are asked at most, 20 ms each."""
NEWEST = 40
NEAR = 0.35
"""The share of the best hit's score that an article needs to be asked about next."""

_SUBJECT = re.compile(rf"[{HAN}A-Za-z0-9·“”《》]{{5,24}}")
_ASIDE = re.compile(rf"[{HAN}]{{3,14}}(?<![的、和与])")
_LEANS = re.compile(r"其|这|该|此|他|她|它|我|本|去年|今年|当年|同比|比|第|占|记者|据")
_HEDGE = re.compile(r"(?:大?约|将?近|超过?|不足|达到?|为|了|共计?|至|到|已|是|有)+$")


def examples(desk: Desk, language: str) -> list[str]:
    """Questions to begin with, those in the reader's language first; [] until :func:`prepare` has made them."""
    own = [question for of, question in desk.listed.examples[1] if of == language]
    other = [question for of, question in desk.listed.examples[1] if of != language]
    return [*own[: MOST - 1], *other, *own[MOST - 1 :]][:MOST] if own else other[:MOST]


def prepare(desk: Desk) -> None:
    """Make the examples anew when the library has changed. Also has the search load what it needs before anybody asks."""
    library = desk.assistant.library
    if desk.listed.examples[0] == (generation := library.generation):
        return
    quoting = _quoting(desk.assistant)
    found: list[tuple[str, str]] = []
    tried = 0
    for article in library.articles()[:NEWEST]:
        made = list(_from(library.article(article.id)))
        for candidate in made[:3]:
            tried += 1
            if _answers(quoting, candidate, article):
                found.append((article.language, candidate))
                break
        if tried >= TRIED or all(sum(of == lang for of, _ in found) >= MOST for lang in ("zh", "en")):
            break
    found.sort(key=lambda pair: pair[1].startswith(("《", "What does")))
    desk.listed.examples = (generation, tuple(found))


def following(desk: Desk, answer: Answer, session: Session) -> tuple[str, ...]:
    """What may be asked after an answer: the same of another year, something else of the article, what else was found."""
    quoting = _quoting(desk.answering(session))
    asked = {turn.question for turn in session.turns}
    found: list[str] = []
    for candidate, article in _next(answer):
        if candidate in asked or candidate in found:
            continue
        reply = quoting.ask(candidate, session.filters, [answer]).answer
        told = {citation.quote for citation in reply.citations} - {citation.quote for citation in answer.citations}
        if not reply.refused and told and (article is None or reply.citations[0].article.id == article.id):
            found.append(candidate)
        if len(found) == MOST - 1:
            break
    return tuple(found)


def _quoting(assistant: Assistant) -> Assistant:
    return assistant.answering(replace(assistant.settings, engine="quote"))


def _answers(quoting: Assistant, candidate: str, article: Article) -> bool:
    reply = quoting.ask(candidate).answer
    return not reply.refused and reply.citations[0].article.id == article.id


def _next(answer: Answer) -> Iterator[tuple[str, Article | None]]:
    read = questions.read(answer.question)
    cited = answer.citations[0].article
    if len(read.years) == 1:
        near = sorted({hit.article.date[:4] for hit in answer.hits if hit.article.date} - set(read.years), reverse=True)
        for year in near[:2]:
            yield (f"{year}年呢？" if read.language == "zh" else f"And in {year}?"), None
    for hit in answer.hits:
        named = [line for line in hit.passage.heading.splitlines() if not rows.is_row(line)]
        if hit.article.id == cited.id and named:
            yield _of_section(hit.article, one_line(" ".join(named))), cited
    for candidate in (*_asides(cited, answer), *_from(cited)):
        yield candidate, cited
    for article in _near(answer):
        for candidate in list(_from(article))[:1]:
            yield candidate, article


def _near(answer: Answer) -> Iterator[Article]:
    """The other articles that were found, in the language of the cited one, as far as they have to do with the question."""
    cited, least = answer.citations[0].article, NEAR * answer.hits[0].score
    others = {hit.article.id: hit.article for hit in answer.hits if hit.score >= least}
    yield from (one for one in others.values() if one.id != cited.id and one.language == cited.language)


def _of_section(article: Article, heading: str) -> str:
    """A question about a section of the article that was just quoted."""
    return f"“{heading}”一节说了什么？" if article.language == "zh" else f"What does it say about “{heading}”?"


def _from(article: Article) -> Iterator[str]:
    """Questions that an article answers: where it says how much, that; and what its title is about."""
    if article.language == "zh":
        for start, end in passages.sentences(article.text)[:40]:
            if made := _how_much(article.text[start:end]):
                yield made
    title = one_line(article.title)
    if 4 <= len(title) <= 60:
        yield f"《{title}》讲了什么？" if article.language == "zh" else f"What does “{title}” say?"


def _asides(article: Article, answer: Answer) -> Iterator[str]:
    """What else an article counts, asked as one goes on asking: ...，总投资118亿元 -> 总投资多少？"""
    quoted = [(citation.start, citation.end) for citation in answer.citations]
    for start, end in passages.sentences(article.text)[:40] if article.language == "zh" else ():
        sentence = article.text[start:end]
        for number in numerals.find_numbers(sentence):
            clause = PHRASE_END.split(sentence[: number.start])[-1]
            bare = _HEDGE.sub("", clause.strip())
            if (start, end) not in quoted and _ASIDE.fullmatch(bare) and not number.ordinal and not _LEANS.search(bare):
                yield f"{bare}多少？"


def _how_much(sentence: str) -> str:
    """青屿港全年吞吐量达到320万吨，... -> 青屿港全年吞吐量达到多少？; "" where a sentence does not begin with what it counts."""
    number = next((one for one in numerals.find_numbers(sentence) if not one.ordinal), None)
    if number is None or "|" in sentence or "\t" in sentence:
        return ""
    subject = sentence[: number.start]
    if PHRASE_END.search(subject) or _LEANS.search(subject):
        return ""
    bare = _HEDGE.sub("", subject.strip())
    if not _SUBJECT.fullmatch(bare):
        return ""
    verb = "达到" if re.search(r"达到?(?:大?约|近)?$", subject.strip()) else ""
    return f"{bare}{verb}多少？" if verb or bare[-1] not in "的、和与设建投在" else ""
