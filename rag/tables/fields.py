"""The lines of a form or of a list of things that a question is about: 电话 where the telephone is asked for, those of the thing it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import lexical, lines, passages, records
from index.text.scripts import HAN_CHARACTER
from rag.evidence import Evidence
from rag.question import Question
from rag.tables.asked import folded
from rag.weights import weights

_NAMED = 0.5
"""Share of a heading's words that a question must say to be about what stands under it."""


def narrowed(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The same sentences without those of the best's article that stand in a section of something else, and, where the best is a line of
    a form, without the lines that tell of something else than is asked for: a form tells its telephone in one place. A line of one of
    several things stands under its name."""
    return [_under_its_name(question, one) for one in _of_what_is_asked(question, _of_its_section(question, ranked))]


def _of_its_section(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """Of an article of which some sections are named by what the question names, their sentences and those that name it themselves,
    where one of them answers nearly as well as the best."""
    best = ranked[0]
    own = [one for one in ranked if one.hit.article.id == best.hit.article.id]
    above = {one.start: _heading(one) for one in own}
    shares = {name: _share(question, name) for name in {*above.values()} if name}
    most = max(shares.values(), default=0.0)
    named = {name for name, share in shares.items() if share == most >= _NAMED}
    inside = [one for one in own if above[one.start] in named]
    if not inside or inside[0].score < best.score - weights().margin:
        return list(ranked)
    said = [folded(run) for run in question.subject if len(run) > 1 and any(folded(run) in name for name in named)]
    kept = {one.start for one in own if one in inside or any(run in folded(one.text) for run in said)}
    return [one for one in ranked if one not in own or one.start in kept]


def _share(question: Question, name: str) -> float:
    """The share of the words of a heading that a question says; the whole where one of its stretches of Han stands there."""
    if any(len(run) > 1 and HAN_CHARACTER.match(run) and folded(run) in name for run in question.subject):
        return 1.0
    own = {*lexical.query_terms(name)}
    return len(own & {*lexical.query_terms(question.content)}) / max(1, len(own))


def _heading(one: Evidence) -> str:
    """The name of the thing that a sentence tells of, or the heading that it stands under, folded; "" where there is none."""
    text = one.hit.article.text
    told = records.record(text, one.start)
    above = told.name if told else passages.heading(text, one.start)
    return folded(lines.plain(text[slice(*above)])) if above else ""


def _of_what_is_asked(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """Where the best is a line of a form, the line whose name is most of what is asked for among those that answer nearly as well, or that its
    answer runs on into, comes first; the others without those that are named by less of it, and those that hold no number or day where one is asked for."""
    best = ranked[0]
    if best.hit.article.language != question.language or not (lines.field(best.text) or _names(best)):
        return list(ranked)
    own = [one for one in ranked if one.hit.article.id == best.hit.article.id]
    asked = {one.start: _asked(question, line[0]) for one in own if (line := lines.field(one.text))}
    near = [one for one in own if one.score >= best.score - weights().margin]
    spans = [one.span for one in near if one.span]
    near = [one for one in own if one in near or any(start < one.start < end for start, end in spans)]
    near = [one for one in near if one.features["holds"]]
    if not near:
        return list(ranked)
    first = max(near, key=lambda one: asked.get(one.start, 0.0))
    most = asked.get(first.start, 0.0)
    if not most:
        return list(ranked)
    away = {start for start, share in asked.items() if share < most and (share or most == 1)} | {
        one.start for one in own if one.start in asked and not asked[one.start] and not one.features["holds"]
    }
    away |= {one.start for one in own if _names(one)}
    others = [one for one in ranked if one is not first and (one not in own or one.start not in away)]
    return [replace(first, score=max(first.score, best.score)), *others]


def _names(one: Evidence) -> bool:
    """True if a sentence is the name of a thing and tells nothing of it."""
    told = records.record(one.hit.article.text, one.start)
    return told is not None and one.start < told.name[1] and not lines.field(one.text)


def _asked(question: Question, label: str) -> float:
    """The share of the words of what a line tells of that stand in the question; of a single character that it asks about a half (哪年
    建的: 建成年份)."""
    own = {*lexical.query_terms(folded(label))}
    shared = len(own & {*lexical.query_terms(question.content)}) / max(1, len(own))
    alone = {run for run in question.subject if len(run) == 1 and HAN_CHARACTER.fullmatch(run)}
    return shared or 0.5 * any(each in folded(label) for each in alone)


def _under_its_name(question: Question, one: Evidence) -> Evidence:
    """A line of one of several things below the name of that, where the question does not say it."""
    text = one.hit.article.text
    if not lines.field(one.text) or not records.table(text, (one.start, one.end)):
        return one
    told = records.record(text, one.start)
    if told is None or told.name[1] > one.start or _share(question, folded(text[slice(*told.name)])) >= _NAMED:
        return one
    return replace(one, above=told.name)
