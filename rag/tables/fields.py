"""The lines of a form or of a list of things that a question is about: 电话 where the telephone is asked for, those of the thing it names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index import lexical, lines, records
from index.text.measures import quantity
from index.text.numerals import find_numbers
from index.text.scripts import HAN_CHARACTER
from index.text.units import MONEY
from rag.evidence import Evidence
from rag.question import Question
from rag.question import read as question_of
from rag.tables.asked import folded
from rag.weights import weights

NAMED = 0.5
"""Share of the words of a thing's name that a question must say to be about it."""
_HOW = (
    (re.compile(r"多少钱|多贵|\bhow (?:much|expensive)\b(?! of\b)", re.I), "money"),
    (re.compile(r"多重|\bhow heavy\b", re.I), "mass"),
    (re.compile(r"多[长高宽远]|\bhow (?:long|high|tall|wide|far)\b", re.I), "length"),
    (re.compile(r"多大|\bhow (?:large|big)\b", re.I), "area"),
)
"""What asks how much of a kind of measure something is."""
_SOURCE = re.compile(
    r"^(?:根据|依据|按照|据)[^，,]*[，,]|^according to .*, (?=what|which|who|when|where|how|why)", re.IGNORECASE
)
"""What names the text that a question is of."""
_COUNTS = re.compile(r"\d+|[(（][^)）]*[)）]")
"""What differs between names that count: Week 4 (28 September)."""


def narrowed(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The same sentences without those of other things of a list than a question names, and, where the best is a line of a form, without
    the lines that tell of something else than is asked for: a form tells its telephone in one place. A line of one of several things
    stands under its name."""
    told = _of_what_is_asked(question, _of_the_named(question, ranked))
    return [_under_its_name(question, one) for one in told]


def _of_the_named(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """Of an article that tells of several things of one kind, some of which a question names, what is told of these and what names them
    itself, where that answers nearly as well as the best; else all but what is told of others, where it asks something of one."""
    best = ranked[0]
    own = [one for one in ranked if one.hit.article.id == best.hit.article.id]
    above = {one.start: _name(one) or _said_heading(question, one) for one in own}
    shares = {name: share_of_name(question, name) for name in {*above.values()} if name}
    most = max(shares.values(), default=0.0)
    named = {name for name, share in shares.items() if share == most >= NAMED}
    said = [folded(run) for run in question.subject if len(run) > 1 and any(folded(run) in name for name in named)]
    inside = {one.start for one in own if above[one.start] in named or any(run in folded(one.text) for run in said)}
    near = [one for one in own if above[one.start] in named and one.score >= best.score - weights().margin]
    if not near and any(_asks_of(question, name) for name in named):
        inside |= {one.start for one in own if not above[one.start]}
    elif not near:
        return list(ranked)
    return [one for one in ranked if one not in own or one.start in inside]


def _asks_of(question: Question, name: str) -> bool:
    """True if a question asks something of the thing of a name: it says more behind it, or it is a name in capitals."""
    if not HAN_CHARACTER.search(name):
        return any(word[0].isupper() for word in question.text.split()[1:] if word.casefold().strip("?'’s.,") in name)
    text = folded(question.text)
    parts = [
        name if name in text else "",
        *(said for run in question.subject if len(said := folded(run)) > 1 and said in name),
    ]
    part = next(filter(None, parts), "")
    return bool(part and lexical.query_terms(question_of(text.partition(part)[2]).content))


def _name(one: Evidence) -> str:
    """The name, folded, of the thing of a list that a sentence tells of; "" where it tells of none."""
    text = one.hit.article.text
    name = records.name_of(text, one.start)
    return folded(text[slice(*name)]) if name else ""


def _said_heading(question: Question, one: Evidence) -> str:
    """The heading, folded, of the section that a sentence stands in, where the question says all of it beside the text that it is of;
    "" where it does not, and of a heading that is the title's."""
    text = one.hit.article.text
    span = records.section_of(text, one.start)
    name = folded(text[slice(*span)]) if span else ""
    if not name or name in folded(one.hit.article.title):
        return ""
    asked = _SOURCE.sub("", question.text)
    if HAN_CHARACTER.search(name):
        return name if name in folded(asked) else ""
    own = {*lexical.query_terms(name)}
    return name if own and own <= {*lexical.query_terms(asked)} else ""


def share_of_name(question: Question, name: str) -> float:
    """The share of the words of a name that a question says; the whole where it stands there, or one of its stretches of Han in it."""
    if len(name) > 1 and re.search(rf"(?<![0-9a-z]){re.escape(name)}(?![0-9a-z])", folded(question.text)):
        return 1.0
    if any(len(run) > 1 and HAN_CHARACTER.match(run) and folded(run) in name for run in question.subject):
        return 1.0
    own = {*lexical.query_terms(name)}
    return len(own & {*lexical.query_terms(question.content)}) / max(1, len(own))


def _of_what_is_asked(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """Where the best is a line of a form, the line whose name is asked for comes first, of those that answer nearly as well or that an
    answer runs on into; the others without those that are named by nothing of the question."""
    best = ranked[0]
    own = [one for one in ranked if one.hit.article.id == best.hit.article.id]
    if best.hit.article.language != question.language:
        return list(ranked)
    if not _label(best) and not _names(best):
        return _of_its_measure(question, ranked, own)
    labels = {one.start: label for one in own if (label := _label(one))}
    asked = {start: share_of(question, label) for start, label in labels.items()}
    first = _first(question, own, labels, asked)
    if first.start not in asked:
        return list(ranked)
    whole, kind = asked[first.start] == 1, _COUNTS.sub("", labels[first.start])
    away = {one.start for one in own if _names(one) or (one.start in asked and not one.features["holds"])}
    away |= {start for start, share in asked.items() if not share and whole}
    away |= {  # Week 4, where week 5 is asked for
        start
        for start, label in labels.items()
        if kind != labels[first.start] and _COUNTS.sub("", label) == kind and asked[start] < asked[first.start]
    }
    others = [one for one in ranked if one is not first and (one not in own or one.start not in away)]
    return [replace(first, score=max(first.score, best.score)), *others]


def _label(one: Evidence) -> str:
    """What a sentence that is a whole line of a form tells of; "" of any other."""
    told = lines.field(one.text)
    return told[0] if told and one.hit.article.text[one.end : one.end + 1] in ("", "\n") else ""


def _of_its_measure(question: Question, ranked: Sequence[Evidence], own: Sequence[Evidence]) -> list[Evidence]:
    """The same sentences; first that with the measure that is asked for of the thing that the best tells of, which has none."""
    best, kind = ranked[0], _measure(question)
    name = _name(best) if kind and kind not in _measures(best.text) else ""
    for one in own:
        if name and _name(one) == name and kind in _measures(one.text):
            first = replace(one, score=best.score, log_odds=best.log_odds)
            return [first, *(other for other in ranked if other is not one)]
    return list(ranked)


def _first(
    question: Question, own: Sequence[Evidence], labels: Mapping[int, str], asked: Mapping[int, float]
) -> Evidence:
    """The line with a measure of the kind that is asked for (多重: 2.6千克); else, of those whose name the best does not say, that which is
    asked for by its whole name, or by most of it where the best holds no number or day though one is asked for, or such a one of one
    of several things; else the best."""
    best = own[0]
    near = [one for one in own if one.score >= best.score - weights().margin]
    spans = [one.span for one in near if one.span]
    near = [one for one in own if one in near or any(start < one.start < end for start, end in spans)]
    near = [one for one in near if one.start in asked and one.features["holds"]]
    if measured := [one for one in near if (kind := _measure(question)) and kind in _measures(one.text)]:
        return measured[0]
    said = {*lexical.terms(folded(best.text))}
    others = [one for one in near if not {*lexical.query_terms(folded(labels[one.start]))} <= said]
    most = max(others, key=lambda one: asked[one.start], default=best)
    several = question.kind in ("date", "number") and _name(best)
    may_be = not best.features["holds"] or (several and not asked.get(best.start))
    share = asked.get(most.start, 0.0)
    return most if share > asked.get(best.start, 0.0) and (share == 1 or may_be) else best


def _measure(asked: Question) -> str:
    """The kind of measure that a question asks for by how much it is: money, mass, length or area; "" where it does not."""
    return next((kind for words, kind in _HOW if words.search(asked.text)), "")


def _measures(text: str) -> set[str]:
    """The kinds of measure that a line holds."""
    units = {number.unit for number in find_numbers(text)}
    return {"money" if unit in MONEY else quantity(unit) for unit in units if unit}


def share_of(question: Question, label: str) -> float:
    """The share of the words of what a line tells of that stand in the question; of a single character that it asks about a half (哪年
    建的: 建成年份)."""
    own = {*lexical.query_terms(folded(label))}
    shared = len(own & {*lexical.query_terms(question.content)}) / max(1, len(own))
    alone = {run for run in question.subject if len(run) == 1 and HAN_CHARACTER.fullmatch(run)}
    return shared or 0.5 * any(each in folded(label) for each in alone)


def _names(one: Evidence) -> bool:
    """True if a sentence is the name of a thing and tells nothing of it."""
    told = records.record(one.hit.article.text, one.start)
    return told is not None and one.start < told.name[1] and not _label(one)


def _under_its_name(question: Question, one: Evidence) -> Evidence:
    """What is told of one of several things below the name of that, where neither it nor the question says it."""
    text = one.hit.article.text
    name = records.name_of(text, one.start)
    if name is None or name[1] > one.start or share_of_name(question, folded(text[slice(*name)])) >= NAMED:
        return one
    return replace(one, above=name)
