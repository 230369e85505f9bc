"""The answerer that needs no language model: the one to three sentences that answer, or the items of a list, verbatim and cited, in the unit asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from index import lines, passages, rows
from index.text import enumerations, measures
from index.text.clauses import STOPS
from index.text.dates import find_dates
from index.text.enumerations import Enumeration
from index.text.numerals import find_numbers
from index.text.units import TEXTS, THINGS
from index.types import Article, Hit, Passage
from rag.chronology.years import dated, years_of
from rag.evidence import Evidence
from rag.question import Question
from rag.types import Answer, Citation, Sentence, written
from rag.weights import weights
from rag.writing.claims import read_claims
from rag.writing.prompt import REFUSAL

REACHED = 0.5
"""Share of a sentence that an answer must reach, coming from the one before, for it to be quoted too."""

MOST = 3
"""Sentences of an answer that compares no years."""

ITEM = re.compile(rf"[{THINGS}{TEXTS}点步]|方面| (?:one|step|point|item|rule|reason|part)\b")
"""What stands behind the number of an item."""

MEASURED = 3.0
"""What a number in the unit of the others adds to the score of a sentence, in a comparison over years."""

_NEAR = 60
"""Characters before a line in which the whole line above it stands, where that is a label."""
_ANY_DAY = "2000-06-15"

_POINTS = re.compile(r"\b(?:step|point|item|rule|reason) (\d{1,2})\b", re.IGNORECASE)
"""An item by its number: step 4."""
_BULLET = re.compile(r"[-*+•·▪◆●]\s")
_PROVISION = re.compile(r"第\w{1,4}[条章节款]")
_ENDED = re.compile(rf"[{STOPS}.!?][^\w\s]*$")

_RELATIVE = {"%", "times", "percentage points"}
"""What a sentence says of a change, beside what it says of the thing itself."""


@dataclass(frozen=True, slots=True)
class Task:
    """A question that the evidence can answer, with the answer that quotes it, and the question's earlier turns."""

    question: Question
    hits: Sequence[Hit]
    ranked: Sequence[Evidence]
    quoted: Mapping[str, Sequence[Evidence]]
    """The sentences to quote, by year in a comparison, else under ""."""
    by_year: Mapping[str, Sequence[Evidence]] = field(default_factory=dict)
    """In a comparison, the ranked evidence of each year."""
    history: Sequence[tuple[str, str]] = ()
    confidence: float = 0.0
    """Probability that the evidence answers."""

    @property
    def crosses(self) -> bool:
        """Whether all that would be quoted is in another language than the question."""
        quoted = [one for year in self.quoted.values() for one in year]
        return all(one.hit.article.language != self.question.language for one in quoted)

    @property
    def quote(self) -> Answer:
        """The answer word for word."""
        chosen = [(year, one) for year, quoted in self.quoted.items() for one in quoted]
        return answer(self.question, [one for _, one in chosen], self.hits, [year for year, _ in chosen])


def choose(ranked: Sequence[Evidence]) -> list[Evidence]:
    """The evidence to show, best first: the best, and up to two more that may well answer too and add something to it; each with the
    sentences that its answer runs on into, and those that follow one another in a paragraph as one."""
    chosen: list[Evidence] = []
    for one in ranked:
        if len(chosen) == MOST or one.score < ranked[0].score - weights().margin:
            break
        whole = _with_its_label(_to_its_end(one))
        if not any(_says_the_same(whole, other) for other in chosen):
            chosen.append(whole)
    return _joined(chosen)


def _joined(chosen: Sequence[Evidence]) -> list[Evidence]:
    """The same sentences, each where the best of those that it follows or leads on to stands, in the order of the article: what an
    answer says in two sentences is read as it was written. Rows of a table stay apart."""
    joined: list[Evidence] = []
    for one in chosen:
        near = [other for other in joined if _follow(one, other) or _follow(other, one)]
        if not near:
            joined.append(one)
            continue
        whole = replace(
            near[0], start=min(each.start for each in (one, *near)), end=max(each.end for each in (one, *near))
        )
        joined[joined.index(near[0])] = whole
        joined = [each for each in joined if each not in near[1:]]
    return joined


def _follow(one: Evidence, other: Evidence) -> bool:
    """Whether nothing but spaces stands between a sentence and another behind it, or they overlap."""
    if one.hit.passage.id != other.hit.passage.id or one.start > other.start:
        return False
    between = one.hit.article.text[one.end : other.start]
    return not between.strip(" \u3000") and not any(map(rows.is_row, (one.text, other.text)))


def _to_its_end(one: Evidence) -> Evidence:
    """The sentence with those behind it of which the span of its answer holds at least :data:`REACHED`; a label with what it names."""
    if lines.is_label(one.text):
        below = passages.sentences(one.hit.article.text, one.end, one.hit.passage.end)[:1]
        return replace(one, end=below[0][1]) if below else one
    if not one.span or one.span[1] <= one.end or rows.is_row(one.text):
        return one
    text, field = one.hit.article.text, lines.field(one.text)
    for start, end in passages.sentences(text, one.end, one.hit.passage.end):
        names = passages.is_heading(text[start:end]) or lines.is_label(text[start:end])
        if names or (field and "\n" in text[one.start : start]) or one.span[1] - start < REACHED * (end - start):
            break
        one = replace(one, end=end)
    return one


def _with_its_label(one: Evidence) -> Evidence:
    """The sentence with the line right above it, where that only names it; the items of a list stand without what leads to it."""
    first = max(one.hit.passage.start, one.start - _NEAR)
    above = one.hit.article.text[first : one.start].rstrip(" \t")
    before, _, line = above.rstrip("\n").rpartition("\n")
    if not above.endswith("\n") or not lines.is_label(line) or lines.is_list_item(one.text):
        return one
    return replace(one, start=first + len(before) + bool(before))


def itemised(question: Question, chosen: list[Evidence], ranked: Sequence[Evidence]) -> list[Evidence]:
    """The items of the list that answers a question for several things, each quoted, behind the best sentence and what leads to the
    list; the ``chosen`` sentences where none does. It is the list of as many items as are asked for (哪八项) of which a sentence is nearly
    the best, or one that several of the chosen are of, or that one of them announces."""
    if not chosen or not (question.several or _POINTS.search(question.text)):
        return chosen
    best = chosen[0]
    text = best.hit.article.text
    found = [one for one in enumerations.find(text) if len(one.items) <= enumerations.MOST]
    lists = [one for one in found if not _PROVISION.match(text, one.items[0][0])]  # a law is no list of its articles
    lists = [one for one in lists if not all(lines.field(text[slice(*item)]) for item in one.items[:2])]  # nor a form
    near = [one for one in chosen if one.hit.article.id == best.hit.article.id]
    if span := _numbered(question, lists, near):
        return [_item(best, span)]
    if not question.several:
        return chosen
    told = _counted(question.count, lists, ranked) or next((one for one in lists if _answers(one, near)), None)
    if told is None:
        return chosen
    spans = [told.lead] if any(_overlap(one, told.lead) for one in near) else []
    held = len(told.items) == question.count or any(_overlap(best, span) for span in (told.lead, *told.items))
    return [*([] if held else [best]), *(_item(best, span) for span in (*spans, *told.items))]


def _numbered(question: Question, lists: Sequence[Enumeration], chosen: Sequence[Evidence]) -> tuple[int, int] | None:
    """The item that a question asks for by its number (第三步, 第三天, "the second point"), with all that is told of it, of a list that
    one of the chosen sentences is of."""
    numbers = [one for one in find_numbers(question.text) if one.ordinal]
    if points := _POINTS.search(question.text):
        at, label, pointed = int(points[1]) - 1, points[0], True
    elif len(numbers) == 1:
        at, label = int(numbers[0].value) - 1, question.text[numbers[0].start : numbers[0].end + 1]
        pointed = bool(ITEM.match(question.text, numbers[0].end))
    else:
        return None
    for one in lists:
        own = any(_overlap(each, span) for each in chosen for span in one.whole)
        if (
            own
            and 0 <= at < len(one.whole)
            and (pointed or chosen[0].hit.article.text.startswith(label, one.whole[at][0]))
        ):
            return one.whole[at]
    return None


def _counted(count: int, lists: Sequence[Enumeration], ranked: Sequence[Evidence]) -> Enumeration | None:
    """The list of so many items that holds, or is led to by, the best sentence of all of its article that such lists hold."""
    own = [one for one in ranked if one.hit.article.id == ranked[0].hit.article.id]
    fitting = [(_best_within(one, own), one) for one in lists if len(one.items) == count]
    score, told = max(fitting, key=lambda pair: pair[0], default=(-np.inf, None))
    return told if score >= ranked[0].score - weights().margin else None


def _answers(told: Enumeration, chosen: Sequence[Evidence]) -> bool:
    """True if the best sentence leads to a list, if another one does that announces it, or if several are of it."""
    leads = [one for one in chosen if _overlap(one, told.lead)]
    held = [one for one in chosen if any(_overlap(one, span) for span in (told.lead, *told.items))]
    return len(held) > 1 or any(one is chosen[0] or _announces(one.text, len(told.items)) for one in leads)


def _announces(text: str, items: int) -> bool:
    """True if a sentence says that a list of so many items follows: it does not end, or it gives their number."""
    return not _ENDED.search(text) or any(number.value == items for number in find_numbers(text))


def _best_within(told: Enumeration, own: Sequence[Evidence]) -> float:
    """The score of the best sentence of a list or of what leads to it."""
    spans = (told.lead, *told.items)
    return max((one.score for one in own if any(_overlap(one, span) for span in spans)), default=-np.inf)


def _overlap(one: Evidence, span: tuple[int, int]) -> bool:
    return one.start < span[1] and span[0] < one.end


def _item(best: Evidence, span: tuple[int, int]) -> Evidence:
    """An item of a list in the article of a sentence, which may stand outside of the passage that was found."""
    article = best.hit.article
    passage = Passage(f"{article.id}-{span[0]}", article.id, 0, *span, article.text[slice(*span)])
    return replace(best, hit=Hit(passage, article, best.hit.score), start=span[0], end=span[1], span=None)


def _says_the_same(one: Evidence, other: Evidence) -> bool:
    """Whether one of two sentences holds the other, space aside: the same news in another article."""
    first, second = ("".join(each.text.split()) for each in (one, other))
    return first in second or second in first


def choose_by_year(by_year: Mapping[str, Sequence[Evidence]], *, counts: bool = False) -> dict[str, Evidence]:
    """For each year the best sentence that speaks of it, no sentence for two years; a year without one near the best has none.

    Where numbers are compared (``counts``), one of that year in the unit of the best sentence's number speaks for a sentence:
    what grew from 55 to 150 EFLOPS is not answered by an investment of the year between."""
    pairs = [
        (year, one)
        for year, ranked in by_year.items()
        for one in ranked
        if _tells_of(year, one) or (counts and _units(year, one))
    ]
    pairs.sort(key=lambda pair: -pair[1].score)
    floor = pairs[0][1].score - weights().margin if pairs else 0.0
    measured = _units(*pairs[0]) if counts and pairs else frozenset()

    def fits(pair: tuple[str, Evidence]) -> float:
        return pair[1].score + (MEASURED if measured & _units(*pair) else 0.0)

    chosen: dict[str, Evidence] = {}
    taken: set[tuple[str, int]] = set()
    for year, one in sorted(pairs, key=fits, reverse=True):
        place = (one.hit.article.id, one.start)
        if year not in chosen and place not in taken and fits((year, one)) >= floor:
            chosen[year] = one
            taken.add(place)
    return {year: chosen[year] for year in sorted(chosen)}


def led_by(best: Evidence, quoted: Mapping[str, Sequence[Evidence]]) -> dict[str, Sequence[Evidence]]:
    """What is quoted of each year behind the sentence that answers the question as a whole, where it does so nearly as well as they do
    and none of them is that one: one sentence may tell the years' difference, or of the time between them."""
    told = [one for of_year in quoted.values() for one in of_year]
    behind = best.score < max(one.score for one in told) - weights().margin
    if behind or any(_says_the_same(one, best) for one in told):
        return dict(quoted)
    return {"": [best], **quoted}


def _tells_of(year: str, one: Evidence) -> bool:
    """Whether a sentence holds what is asked for and names the year, or names none and stands in an article about it."""
    return bool(one.features["holds"]) and (one.features["years"] == 1 or about(one) == year)


def _units(year: str, one: Evidence) -> frozenset[frozenset[str]]:
    """The units of the numbers that a sentence tells of a year, as their letters, so that a slip (Efllops) is no other unit."""
    figures = read_claims(one.text).figures
    above = titled(one)
    units = {
        figure.number.unit.casefold()
        for figure in figures
        if not figure.label and (year in figure.years or (not figure.years and above == year))
    }
    return frozenset(map(frozenset, units - _RELATIVE or units))


def about(one: Evidence) -> str:
    """The year a sentence is about: the first it names, else that of its title, else the article's."""
    named = years_of(one.text, dated(one.hit.article))
    return named[0] if named else titled(one)


def titled(one: Evidence) -> str:
    """The year of a sentence's title or heading, else the article's."""
    named = years_of(f"{one.hit.article.title} {one.hit.passage.heading}", dated(one.hit.article))
    return named[0] if named else dated(one.hit.article)[:4]


def answer(question: Question, chosen: Sequence[Evidence], hits: Sequence[Hit], years: Sequence[str] = ()) -> Answer:
    """The chosen sentences as an answer, each with its citation, and in a comparison behind its year."""
    citations = tuple(
        Citation(number, one.hit.passage, one.hit.article, one.text, one.start, one.end)
        for number, one in enumerate(chosen, 1)
    )
    labels = [
        "" if rows.is_row(one.text) and year[:4] in one.text else _label(one, year, question.language)
        for year, one in zip(years or [""] * len(chosen), chosen, strict=True)
    ]
    items = [bool(_BULLET.match(one.text)) for one in chosen]
    labels = [
        "" if item and label == before else label
        for item, (before, label) in zip(items, pairwise(["", *labels]), strict=True)
    ]
    sentences = tuple(
        Sentence(cited.quote, (cited.number,), lead=head + label, span=_within(one))
        for head, label, one, cited in zip(_heads(chosen), labels, chosen, citations, strict=True)
    )
    return Answer(question.text, written(sentences), sentences, citations, tuple(hits), refused=False, engine="quote")


def _label(one: Evidence, year: str, language: str) -> str:
    """What stands before a sentence: the year of a comparison, the day of its entry, who says it in a chat, the heading that dates it
    or is the answer, or under which it is an item: damage by pets is not covered."""
    if told := year_label(year or _entry(one), language):
        return told
    text, passage = one.hit.article.text, one.hit.passage
    above = one.above or passages.head(text, passage.start, (one.start, one.end))
    above = above if above and above[1] <= one.start else None
    named = lines.plain(text[slice(*above)]) if above and not rows.is_row(one.text) else ""
    days = find_dates(named, one.hit.article.date or _ANY_DAY) if named else []
    if not named or not (
        one.above
        or lines.is_speaker(named)
        or any(len(day.iso) == 10 for day in days)
        or (above and _is_item(one.text) and passages.is_heading(text[slice(*above)]))
    ):
        return ""
    if _BULLET.match(one.text):  # a line of its own
        return f"{named}{'：' if language == 'zh' else ':'}\n"
    return f"{named}：" if language == "zh" else f"{named}: "


def _is_item(text: str) -> bool:
    """True if a text is an item of a list, and no line of a form."""
    return bool(_BULLET.match(text)) and not lines.field(text)


def _entry(one: Evidence) -> str:
    """The day of the entry of a diary or a log that a sentence stands in: the last line above it that is a day; that of the article
    where its first entry has no other. "" in a text in which fewer than two entries are dated so."""
    article = one.hit.article
    entries = _entries(article.text)
    above = [day for at, day in entries if at < one.start]
    dated = len(entries) + (len(article.date) == 10 and not above)
    return (above or [article.date])[-1] if dated > 1 or len(above) > 1 else ""


@lru_cache(maxsize=8)
def _entries(text: str) -> tuple[tuple[int, str], ...]:
    """Where the lines of a text begin that are a day with something under it, and the day."""
    told = [(line.start(), lines.day_of(line[0])) for line in re.finditer(r"[^\n]+", text) if line[0].strip()]
    return tuple(one for one, other in pairwise(told) if one[1] and not other[1])


def _heads(chosen: Sequence[Evidence]) -> Iterator[str]:
    """What names the columns of each row of a table, in a line above it; once above rows of one table."""
    before = ""
    for one in chosen:
        head = rows.heads(one.hit.passage) if rows.is_row(one.text) else ""
        yield f"{head}\n" if head and head != before else ""
        before = head


def whole(question: Question, article: Article, span: tuple[int, int]) -> Answer:
    """A stretch of an article as an answer in one quote, up to the end of the sentence with which it is as long as a passage."""
    start, end = span
    most = start + passages.LENGTH[article.language]
    end = next((stop for _, stop in passages.sentences(article.text, start, end) if stop >= most), end)
    text = article.text[start:end]
    passage = Passage(f"{article.id}-{start}", article.id, 0, start, end, text)
    cited = Citation(1, passage, article, text, start, end)
    sentences = (Sentence(text, (1,)),)
    return Answer(
        question.text,
        written(sentences),
        sentences,
        (cited,),
        (Hit(passage, article, 0.0),),
        refused=False,
        engine="quote",
        confidence=1.0,
    )


def year_label(year: str, language: str) -> str:
    """What stands before the line of a year, or of another ISO date; nothing before any other."""
    return f"{year}{'年' * (len(year) == 4)}：" if year and language == "zh" else f"{year}: " if year else ""


def _within(one: Evidence) -> tuple[int, int] | None:
    """Where in a sentence the answer stands; None where it is the sentence whole."""
    span = (one.span[0] - one.start, min(one.span[1], one.end) - one.start) if one.span else None
    return None if span == (0, one.end - one.start) else span


def refuse(question: Question, hits: Sequence[Hit]) -> Answer:
    """The refusal in the question's language; the hits stay, for whoever wants to look."""
    text = REFUSAL[question.language]
    return Answer(question.text, text, (Sentence(text),), (), tuple(hits), refused=True, engine="quote")


def beside(answer: Answer, question: str, language: str) -> Answer:
    """The answer with the conversions of each sentence into the unit that the question asks for. Unchanged where it asks for none
    or the articles answer in that unit already. ``language`` is the question's."""
    wanted = measures.asked(question)
    if wanted is None or answer.refused:
        return answer
    headings = {one.number: rows.header(one.passage) for one in answer.citations}
    sentences: list[Sentence] = []
    for sentence in answer.sentences:
        header = next((headings[number] for number in sentence.citations if number in headings), "")
        told = measures.conversions(wanted, sentence.text, language, header)
        sentences.append(replace(sentence, conversions=told))
    return replace(answer, text=written(sentences), sentences=tuple(sentences))
