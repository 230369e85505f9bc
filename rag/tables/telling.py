"""What a table says where its rows are counted, compared or reckoned with, and the rows that a question is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index import lexical, rows
from index.rows import Row, Table
from index.types import Hit, Passage
from rag import quoting
from rag.evidence import Evidence
from rag.question import Question
from rag.tables import spans, ways
from rag.tables.asked import Asked, Translate, folded, table_of, terms_of
from rag.tables.groups import grouped
from rag.tables.reckoning import asks_apart, reckoned
from rag.types import Answer, written

QUOTED = 20
"""Rows that are quoted at most: whoever asks for more reads the table."""

REACH = 5
"""Passages, best first, among which a table of the article that was found first is looked for: for each of 34 questions over seven
tables it is among the first five."""

_PAIR = 2
"""Columns of a table whose rows name what they tell and tell it; what else stands in them is no name of a row."""

_HOW = re.compile(r"多([大高长远重久宽深厚快])")
"""The measure that is asked for."""

_WAYS = (
    ways.placed,
    ways.changed,
    ways.most,
    ways.bounded,
    ways.several,
    ways.each,
    ways.holding,
    ways.dated,
    ways.whole,
)
_COUNTED = (ways.holding, ways.bounded, ways.dated, ways.whole)
"""Those that tell how many rows there are, where that is asked."""


def told(question: Question, hits: Sequence[Hit], ranked: Sequence[Evidence], translate: Translate) -> Answer | None:
    """The rows that answer a question, in the order asked for, each with the cell that does, and what they come to; None where no
    table found is about what is asked, or where it asks for no place in an order, no most or least of a column, no sum or difference,
    and not for all rows that hold something."""
    tables: dict[int, Asked] = {}
    for hit in hits:
        if table := table_of(hit):
            tables.setdefault(id(table), Asked(question, hit, table, translate))
    nearest = sorted(tables.values(), key=lambda asked: -asked.shared(terms_of(asked.hit.passage.heading))[0])
    nearest.sort(key=lambda asked: asked.hit.article.language != question.language)
    for asked in map(spans.narrowed, nearest):
        if result := grouped(asked) or reckoned(asked):
            return _quoted(asked, result.rows, ranked, hits, f"{result.said}\n" if result.said else "")
        for way in (ways.several,) if asks_apart(question.text) else _WAYS:
            if chosen := way(asked):
                return _quoted(asked, chosen, ranked, hits, counted=asked.question.kind == "number" and way in _COUNTED)
    return None


def _quoted(
    asked: Asked,
    chosen: ways.Chosen,
    ranked: Sequence[Evidence],
    hits: Sequence[Hit],
    said: str = "",
    *,
    counted: bool = False,
) -> Answer:
    """The rows as an answer, with what is said of all of them, and how many there are, in front."""
    quoted = [_evidence(asked.hit, row, at, ranked) for row, at in chosen[:QUOTED]]
    answer = quoting.answer(asked.question, quoted, hits)
    first, *rest = answer.sentences
    if counted or len(chosen) > QUOTED:
        said += f"{_count(len(chosen), asked)}\n"
    sentences = (replace(first, lead=f"{said}{first.lead}"), *rest)
    return replace(answer, sentences=sentences, text=written(sentences))


def _count(count: int, asked: Asked) -> str:
    """How many rows there are, and how many of them are shown where not all are."""
    is_row = rows.is_row(asked.hit.passage.text)
    if asked.question.language == "zh":
        return f"共 {count} {'行' if is_row else '项'}" + (f"，这里是前 {QUOTED} 行" if count > QUOTED else "")
    shown = f", of which these are the first {QUOTED}" if count > QUOTED else ""
    return f"{count} {'row' if is_row else 'item'}{'s' * (count > 1)}{shown}"


def narrowed(question: Question, ranked: Sequence[Evidence], translate: Translate) -> list[Evidence]:
    """The same sentences without the rows of a table that the question does not ask about: where it gives the names of rows all others,
    else those of which no word stands in it. Each row that is left has the cell as its span whose column the question names."""
    kept: list[Evidence] = []
    tables: dict[int, Asked] = {}
    of: dict[str, Table | None] = {}
    for one in ranked:
        id_ = one.hit.passage.id
        if rows.is_row(one.text) and id_ not in of:
            of[id_] = table_of(one.hit)
        table = of.get(id_)
        asked = tables.setdefault(id(table), Asked(question, one.hit, table, translate)) if table else None
        row = asked.begins.get(one.start) if asked else None
        if not asked or not row:
            kept.append(one)
            continue
        if question.kind == "person" and {*range(len(row.cells))} - {asked.name} <= {*asked.table.numeric}:
            continue  # numbers name nobody
        of_names = asked.held and (len(row.cells) > _PAIR or asked.name in asked.held)
        if asked.has_a_column and (one.start in asked.meant if of_names else _is_asked(asked, row)):
            kept.append(_marked(asked, row, one))
    named = {id_ for id_, table in of.items() if table and _is_named(tables[id(table)])}
    return [one for one in kept if not named or not of.get(one.hit.passage.id) or one.hit.passage.id in named]


def _is_named(asked: Asked) -> bool:
    """True if a question names a column of a table, or a row of one in which rows are of one thing each (净重 | 9.8 千克)."""
    return asked.cell is not None or (len(asked.table.header) == _PAIR and asked.name in asked.held)


def _is_asked(asked: Asked, row: Row) -> bool:
    """True if a word of a row stands in a question of its language that the article's title does not say already (净水量 for 净水流量, asked
    of a 净水器), or the row is named by the measure that it asks for (净重 where 有多重 is asked)."""
    label = "\n".join(row.cells[at] for at in range(len(row.cells)) if at not in asked.table.numeric)
    words = terms_of(label)
    if asked.question.language != asked.hit.article.language or not words:
        return True
    if (measure := _HOW.search(asked.text)) and measure[1] in folded(row.cells[asked.name]):
        return True
    titled = terms_of(asked.hit.article.title)
    beyond = not titled.issuperset(lexical.query_terms(asked.question.content))
    return bool(asked.shared(words - titled if beyond else words)[0])


def _marked(asked: Asked, row: Row, one: Evidence) -> Evidence:
    """A row with the cell as its span that the question asks for; else with what the reader took for the answer, within a cell."""
    at = asked.cell
    if at is not None and row.cells[at] and folded(row.cells[at]) not in folded(asked.text):
        return replace(one, span=row.spans[at])
    inside = one.span and any(start <= one.span[0] and one.span[1] <= end for start, end in row.spans)
    return one if inside else replace(one, span=None)


def _evidence(hit: Hit, row: Row, at: int | None, ranked: Sequence[Evidence]) -> Evidence:
    """A row as a sentence of what was found, with the cell that answers as its span."""
    passage = Passage(
        f"{hit.article.id}-{row.start}",
        hit.article.id,
        0,
        row.start,
        row.end,
        hit.article.text[row.start : row.end],
        hit.passage.heading,
    )
    span = row.spans[at] if at is not None else None
    known = next((one for one in ranked if one.hit.passage.id == hit.passage.id), None)
    one = known or Evidence(hit, row.start, row.end, 0.0, {})
    return replace(one, hit=replace(hit, passage=passage), start=row.start, end=row.end, span=span, above=None)
