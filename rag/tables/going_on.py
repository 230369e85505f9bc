"""A question that goes on with the rows of the answer before, made whole by their table: 石屏乡呢？, 哪个最高？, "what is the difference?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import rows
from index.rows import Row
from index.text.dates import ANY_YEAR
from index.text.degrees import FALL, LEAST, MOST, ORDERS, RISE
from index.text.numerals import find_numbers
from index.types import Hit
from rag import question
from rag.tables import groups, telling
from rag.tables.asked import Asked, column_of, folded, table_of
from rag.tables.reckoning import APART, CHANGE, MEAN, SET_AGAINST, SHARE, SUM
from rag.tables.ways import FIRST
from rag.types import Answer

_BRACKETS = re.compile(r"\s?[(（][^)）]*[)）]")
_THEY = re.compile(
    r"它们?|[他她]们?|两者|二者|这些|其中|这?两个|\b(?:of )?(?:them|both|the two|they|it|these|those)\b", re.IGNORECASE
)
_PAIR = re.compile(r"两者|二者|它们|[他她]们|这?两个|\b(?:them|both|the two|they)\b", re.IGNORECASE)
_IT = re.compile(r"它(?!们)|[他她](?!们)|\b(?:it|its)\b", re.IGNORECASE)
_MORE = re.compile(
    rf"更[{LEAST.partition('|')[0][1:-1]}{MOST.partition('|')[0][1:-1]}]|\b(?:higher|larger|bigger|greater|more|fewer|lower|smaller|less)\b",
    re.IGNORECASE,
)
_NTH = re.compile(
    rf"第[一二三四五六七八九十\d]+(?:{LEAST}|{MOST})?的?|\b(?:second|third|fourth|fifth)\b", re.IGNORECASE
)
_TIME = re.compile(rf"(?:\b(?:in|of|from) )?{ANY_YEAR}年?")
_AND = re.compile(r"^(?:那么?|and|but|so|then)\b[, ]*", re.IGNORECASE)
_TAIL = re.compile(r"[呢吗？?。.!！ ]+$")
_ASKS = re.compile(r"多少|几|什么|哪|谁|\b(?:what|which|who|how)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Told:
    """A row that an answer quotes, in its table, and the column of the cell that answered, None where none is marked."""

    asked: Asked
    row: Row
    at: int | None

    @property
    def name(self) -> str:
        """What names the row."""
        return self.row.cells[self.asked.name]

    @property
    def column(self) -> str:
        """The name of the column, without its unit; where the name of the row was asked for that which the question says, if any."""
        at = column_of(self.asked, self.asked.table.numeric) if self.at == self.asked.name else self.at
        return _BRACKETS.sub("", self.asked.table.header[at]).strip() if at is not None else ""


def table_of_rows(history: Sequence[Answer]) -> Hit | None:
    """A passage of the table whose rows the last answer quotes; None where it quotes none."""
    last = history[-1] if history else None
    if not last or not last.citations or not last.sentences or not rows.is_row(last.sentences[0].text):
        return None
    return Hit(last.citations[0].passage, last.citations[0].article, 0.0)


def of_another_row(thing: str, before: str, answer: Answer) -> str:
    """The question ``before`` asked of another row of the table that answered it, where ``thing`` is the cell of another row in the
    column of one that it gives; "" otherwise."""
    told = next(iter(_rows(before, answer)), None)
    for at, cells in told.asked.held.items() if told else ():
        given = [found for cell in cells if (found := _said(cell).search(before))]
        others = {row.cells[at] for row in told.asked.table.rows} - cells if told else set()
        if len(given) == 1 and any(_said(cell).fullmatch(thing) for cell in others):
            return f"{before[: given[0].start()]}{thing}{before[given[0].end() :]}"
    return ""


def _said(cell: str) -> re.Pattern[str]:
    """A cell as a question says it, one or several of it."""
    return re.compile(rf"{re.escape(cell)}(?:e?s)?" if cell.isascii() else re.escape(cell), re.IGNORECASE)


def of_another_column(thing: str, before: str, answer: Answer) -> str:
    """The question ``before`` asked of another column of the table that answered it, where ``thing`` is its name; "" otherwise."""
    told = next(iter(_rows(before, answer)), None)
    own = _TIME.sub("", told.column).strip() if told else ""
    found = re.search(re.escape(own), before, re.IGNORECASE) if own else None
    if not told or not found:
        return ""
    names = {_TIME.sub("", _BRACKETS.sub("", name)).strip().casefold() for name in told.asked.table.header}
    other = folded(thing) in names - {folded(own)}
    return f"{before[: found.start()]}{thing}{before[found.end() :]}" if other else ""


def of_the_same_rows(text: str, before: str, history: Sequence[Answer]) -> str:
    """What a follow-up asks of the rows of the table that answered the question ``before``, as a whole question, where it says nothing
    but what orders rows or reckons with them; "" otherwise."""
    told = _rows(before, history[-1])
    if not told or told[0].at is None or not _only_reckons(text, told[0].asked):
        return ""
    names = _names(text, told, history)
    column = told[0].column
    if not names and (RISE.search(text) or FALL.search(text)):
        column = _TIME.sub(" ", column).strip()  # of all years that the table has
    kind = _kind(told[0].asked)
    if groups.grouped(told[0].asked) and (mean := MEAN.search(before)) and not MEAN.search(text):
        column = f"{mean[0]}{column}" if told[0].asked.question.language == "zh" else f"{mean[0]} {column}"
    asks = _THEY.sub("", _TAIL.sub("", _AND.sub("", text))).strip()
    asks = " ".join(asks.replace(kind, "").split())
    zh = told[0].asked.question.language == "zh"
    if SET_AGAINST.match(asks) and not _TIME.search(asks) and (order := ORDERS.search(before)):
        asks = f"{order[0].rstrip('的')}的{asks}" if zh else f"{order[0]} {asks}"
    if zh:
        asks = asks if _ASKS.search(asks) else f"{asks}是{'哪个' if ORDERS.search(asks) else '多少'}"
        whole = f"{'和'.join(names) or kind}{column}{asks}"
    else:
        whole = f"{column} {_of(names, kind)}: {asks}?"
    return whole if telling.told(question.read(whole), [told[0].asked.hit], [], told[0].asked.translate) else ""


def _kind(asked: Asked) -> str:
    """What the rows are told by: their names, or what they were added up by (各区域)."""
    if groups.grouped(asked) and (by := groups.group_of(asked)) is not None:
        return f"{'各' if asked.question.language == 'zh' else 'each '}{asked.table.header[by]}"
    return asked.table.header[asked.name]


def _of(names: Sequence[str], kind: str) -> str:
    return f"of {' and '.join(names)}" if names else f"by {kind}"


def _rows(before: str, answer: Answer) -> Sequence[_Told]:
    """The rows that an answer quotes, each with its table."""
    cited = {one.number: one for one in answer.citations}
    found: list[_Told] = []
    for sentence in answer.sentences:
        one = cited.get(sentence.citations[0]) if sentence.citations and rows.is_row(sentence.text) else None
        hit = Hit(one.passage, one.article, 0.0) if one else None
        table = table_of(hit) if hit else None
        if not one or not hit or not table:
            continue
        asked = Asked(question.read(before), hit, table, lambda _: ())
        if row := asked.begins.get(one.start):
            place = row.start + sentence.span[0] if sentence.span else -1
            at = next((at for at, (a, b) in enumerate(row.spans) if a <= place < max(b, a + 1)), None)
            found.append(_Told(asked, row, at))
    return found


def _only_reckons(text: str, asked: Asked) -> bool:
    """True if a text says nothing but what orders rows or reckons with them, and what they are or of when."""
    rest, said = text, False
    for pattern in (FIRST, _NTH, ORDERS, _MORE, APART, CHANGE, SHARE, SUM, MEAN):
        said = said or bool(pattern.search(rest))
        rest = pattern.sub(" ", rest)
    kind = re.compile(re.escape(asked.table.header[asked.name]), re.IGNORECASE)
    for pattern in (_THEY, SET_AGAINST, RISE, FALL, _TIME, kind):
        rest = pattern.sub(" ", rest)
    for number in reversed(find_numbers(rest)):  # 五个乡镇, "all three"
        rest = f"{rest[: number.start]} {rest[number.end :]}"
    return said and (not question.says(rest) or not question.read(rest).subject)


def _names(text: str, told: Sequence[_Told], history: Sequence[Answer]) -> list[str]:
    """The rows that a follow-up is of: its one where that is what changed, or what "it" stands for; two, where they are compared, that the
    answer before quotes, or its one and that of the answer before it. None where it is of all."""
    if ORDERS.search(text) or FIRST.search(text):
        return []
    given = told[0].asked.held.get(told[0].asked.name, set()) if told[0].asked.names_rows else set()
    one = [told[0].name] if len(told) == 1 else [*given] if len(given) == 1 else []
    if one and (_IT.search(text) or any(each.search(text) for each in (CHANGE, RISE, FALL, _TIME))):
        return one
    if not any(one.search(text) for one in (APART, _PAIR, _MORE)) or SET_AGAINST.search(text):
        return []
    if len(told) == 2:
        return [one.name for one in told]
    earlier = history[-2] if len(history) > 1 and len(told) == 1 else None
    others = _rows(earlier.understood or earlier.question, earlier) if earlier else ()
    same = [one for one in others if one.asked.table is told[0].asked.table and one.name != told[0].name]
    return [same[0].name, told[0].name] if len(same) == 1 else []
