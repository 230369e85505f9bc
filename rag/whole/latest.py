"""Statements that a later article amends: the newest answers, the earlier ones stand under it as earlier, each with its date."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from index import lexical
from index.text import dates
from index.text.numbers import find_numbers
from rag import quoting
from rag.evidence import Evidence, holds
from rag.question import Question
from rag.weights import weights

NEAR = 6.0
"""How much less than the best a sentence may score and still say the same thing of another time."""

COVERED = 0.05
"""How much less of the question's words a statement may hold, with its title, than another: what is said of the old town is not
amended by what is said of the new one."""

ALIKE, AMENDED = 0.7, 0.3
"""The share of the words of two statements, numbers left out, that say the same: where the later one says that something changed,
so much of the shorter one is enough."""

_CHANGE = re.compile(
    r"修[订改正]|废止|取代|代替|替代|调整|上调|下调|提高[至到]|提升[至到]|降低?[至到]|降为|增[加至]到?|减[少至]到?|延长|推迟|提前|改为|更改|变更|由.{1,20}[为至到]|从.{1,20}[为至到]|不再"
    r"|\b(?:amend|revis|repeal|replac|supersed|rais|increas|reduc|lower|cut|extend|postpon|chang|mov|brought forward|rises?|rose|drops?|fell|falls?|no longer|instead of|up from|down from|new)\w*",
    re.I,
)
"""What says that something is other than it was."""

Answers = Callable[[Evidence], bool]


def order(asked: Question, ranked: Sequence[Evidence], answers: Answers) -> Mapping[str, Sequence[Evidence]] | None:
    """Label -> sentences to quote: under "" the newest, then under the label "earlier, DATE" each statement that it amends.

    Date -> the sentence of that day, newest first, where news on one story give the number asked for otherwise from day to day. None
    where nothing of what answers is amended by a later article."""
    dated = [one for one in ranked if one.score >= ranked[0].score - NEAR and one.hit.article.date]
    sure = [one for one in dated if answers(one)]
    near = [one for one in dated if one in sure or any(_names_and_amends(earlier, one) for earlier in sure)]
    held = {id(one): _covered(asked, one) for one in near}
    told: dict[str, Evidence] = {}
    for one in near:
        if held[id(one)] >= max(held.values()) - COVERED:
            told.setdefault(one.hit.article.id, one)
    newest = sorted(told.values(), key=lambda one: one.hit.article.date, reverse=True)
    for at, later in enumerate(newest):
        earlier = [one for one in newest[at + 1 :] if amends(one, later)]
        if earlier:
            gone = {one.hit.article.id for one in earlier}
            others = [one for one in quoting.choose(ranked) if one.hit.article.id not in gone | {later.hit.article.id}]
            label = "此前" if asked.language == "zh" else "earlier, "
            return {"": [later, *others[:1]]} | {f"{label}{one.hit.article.date}": [one] for one in earlier}
    return _of_one_story(asked, near)


def _of_one_story(asked: Question, near: Sequence[Evidence]) -> Mapping[str, Sequence[Evidence]] | None:
    """Date -> the sentence of that day, the newest first, where a number is asked for that the news of several days on one story give
    otherwise: four dead, nine dead. None where they do not."""
    if asked.kind != "number" or not near:
        return None
    least = near[0].score - weights().margin
    own: dict[str, Evidence] = {}
    for one in near:
        if one.score >= least and holds(asked, one.text) and _titled_alike(one, near[0]):
            own.setdefault(one.hit.article.date, one)
    told = {frozenset(value for values in _values(one).values() for value in values) for one in own.values()}
    if len(own) < 2 or len(told) < 2:
        return None
    return {day: [own[day]] for day in sorted(own, reverse=True)[: quoting.MOST]}


def _titled_alike(one: Evidence, other: Evidence) -> bool:
    """True if the titles of two articles share a third of the words of the shorter one: they tell of the same."""
    first, second = (frozenset(lexical.query_terms(each.hit.article.title)) for each in (one, other))
    return 3 * len(first & second) >= min(len(first), len(second)) > 0


def amends(earlier: Evidence, later: Evidence) -> bool:
    """True if a later sentence tells otherwise what an earlier one told: the same thing, in the same unit or by date, at another value."""
    if not earlier.hit.article.date < later.hit.article.date:
        return False
    changes = bool(_CHANGE.search(later.text))
    one, other = _words(earlier), _words(later)
    shared = len(one & other)
    alike = (
        shared / max(1, min(len(one), len(other))) >= AMENDED if changes else shared / len(one | other or {""}) >= ALIKE
    )
    return alike and _differs(earlier, later)


def _names_and_amends(earlier: Evidence, later: Evidence) -> bool:
    """True if a later sentence amends one and says what was: 由50元调整为60元 answers as surely as 50元 did, whatever it is taken for."""
    before, now = _values(earlier), _values(later)
    return any(before[unit] < now[unit] for unit in before.keys() & now.keys()) and amends(earlier, later)


def _covered(asked: Question, one: Evidence) -> float:
    """The share of the question's words that a sentence, its heading and its title hold."""
    wanted = set(lexical.query_terms(asked.content))
    held = set(lexical.terms(f"{one.hit.article.title}\n{one.hit.passage.heading}\n{one.text}"))
    return len(wanted & held) / max(1, len(wanted))


def _words(one: Evidence) -> frozenset[str]:
    """The words of a sentence without its numbers."""
    return frozenset(term for term in lexical.query_terms(one.text) if not any(map(str.isdigit, term)))


def _differs(earlier: Evidence, later: Evidence) -> bool:
    """True if two sentences give other values in a unit that both have, or other dates. Where the later one gives two values, one
    of them is what the earlier one gave: 由50元调整为60元 amends what said 50."""
    before, now = _values(earlier), _values(later)
    for unit in before.keys() & now.keys():
        if before[unit] != now[unit]:
            return len(now[unit]) == 1 or bool(before[unit] & now[unit])
    days_before, days_now = _days(earlier), _days(later)
    return not before.keys() & now.keys() and bool(days_before) and bool(days_now) and not days_now <= days_before


def _values(one: Evidence) -> dict[str, frozenset[Decimal]]:
    """The numbers of a sentence by unit, without those of its dates."""
    spans = [(mention.start, mention.end) for mention in dates.find_dates(one.text, one.hit.article.date)]
    found: dict[str, set[Decimal]] = {}
    for number in find_numbers(one.text):
        if not any(start < number.end and number.start < end for start, end in spans):
            found.setdefault(number.unit, set()).add(number.value)
    return {unit: frozenset(values) for unit, values in found.items()}


def _days(one: Evidence) -> frozenset[str]:
    return frozenset(
        mention.iso for mention in dates.find_dates(one.text, one.hit.article.date) if len(mention.iso) > 4
    )
