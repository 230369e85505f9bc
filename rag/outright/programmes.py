"""What stands under a day of a programme, an itinerary or a timetable, where all of it is asked for: 10月18日上午有什么活动."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index import lexical, lines, passages
from index.text.dates import MONTHS, find_dates
from index.types import Hit
from rag import quoting
from rag.question import Question
from rag.types import Answer

ASKS = re.compile(
    r"有(?:些|哪些|什么)(?:会议|活动|安排|日程|议程|节目|课程?|内容|行程)?[？?]?$|(?:安排|日程|议程|行程|活动)(?:是|有)?(?:什么|哪些|怎样|怎么样)"
    r"|(?:怎么|如何)安排|(?:做|干|去)(?:些)?(?:什么|哪里?|哪儿)|\bwhat(?:'s| is| are| happens| takes place)\b.*\b(?:on|planned|scheduled|programmed?|schedule|agenda)\b",
    re.IGNORECASE,
)
"""What asks for all that a day holds."""

_DAY = re.compile(
    r"(?:第[一二三四五六七八九十\d]{1,2}天|\bday \d{1,2}\b|星期[一二三四五六日天]|周[一二三四五六日]|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"^\W*(\d{1,2})(?:[:：]\d\d|[点时])")
_PARTS = (
    (re.compile("上午|早上|早晨|morning", re.IGNORECASE), range(12)),
    (re.compile("下午|afternoon", re.IGNORECASE), range(12, 18)),
    (re.compile("晚上|傍晚|夜里|evening|night", re.IGNORECASE), range(18, 24)),
)
"""Parts of a day and their hours."""
BEGINNING = 200
"""Characters of an article that say what it is the programme of."""
_HEAD = 40
"""Columns of a line that heads a day."""
_LEAST = 2
"""Days of a programme at least."""
_ANY_DAY = "2000-06-15"
_SAID = re.compile(
    r"[\W\d]|年|月|日|号|上午|下午|晚上|早上|[有些哪什么会议活动安排日程议节目课内容行怎样如何做干去是的那天]"
)


def told(asked: Question, hits: Sequence[Hit]) -> Answer | None:
    """The lines under the day that a question names, those of the part of it that it names where they have clocks; None where no
    programme found has that day, or where something else of it is asked for."""
    days = _days(asked.text)
    if not days or not ASKS.search(asked.text):
        return None
    for hit in hits:
        text = hit.article.text
        heads = [span for span in _heads(text) if _days(text[slice(*span)])]
        if len(heads) < _LEAST or not _is_of(asked, hit):
            continue
        for head, behind in pairwise([*heads, (len(text), len(text))]):
            if days & _days(text[slice(*head)]) and (span := _part(asked.text, text, head, behind[0])):
                return quoting.whole(asked, hit.article, span)
    return None


def _days(text: str) -> set[str]:
    """The days that a text names: the month and the day of a date, the words for any other."""
    dates = {one.iso[5:] for one in find_dates(text, _ANY_DAY) if len(one.iso) == 10}
    return dates | {found.casefold() for found in _DAY.findall(text)}


def _heads(text: str) -> Iterator[tuple[int, int]]:
    """The lines that begin with a day and tell nothing."""
    for line in re.finditer(r"[^\n]+", text):
        bare = line[0].strip().lstrip("#").strip(" *_【】[]")
        first = [one.start for one in find_dates(bare, _ANY_DAY) if len(one.iso) == 10][:1]
        begins = first == [0] or bool(_DAY.match(bare))
        if begins and lines.columns(bare) <= _HEAD and not lines.ends_sentence(bare):
            yield text.index(bare, line.start()), line.end()


def _is_of(asked: Question, hit: Hit) -> bool:
    """True if what a question says beside the day stands in the title, or above the programme."""
    said = {found[0] for words in (ASKS, *(words for words, _ in _PARTS)) for found in words.finditer(asked.text)}
    content = _SAID.sub(" ", _DAY.sub(" ", asked.content))
    rest = {term for term in lexical.query_terms(content) if len(term) > 1} - {*lexical.terms(" ".join(said))}
    above = lexical.terms(f"{hit.article.title}\n{hit.article.text[:BEGINNING]}\n{' '.join(MONTHS)}")
    return rest <= {*above}


def _part(asked: str, text: str, head: tuple[int, int], end: int) -> tuple[int, int] | None:
    """The day with its lines, of one with clocks up to the last of these, or the lines of the part of it that is asked for; None where
    there are none."""
    spans = passages.sentences(text, head[1], end)
    hours = next((hours for said, hours in _PARTS if said.search(asked)), None)
    clocks = [(int(clock[1]), span) for span in spans if (clock := _CLOCK.match(text[slice(*span)]))]
    if clocks and hours:
        spans = [span for hour, span in clocks if hour in hours]
        return (spans[0][0], spans[-1][1]) if spans else None
    return (head[0], (clocks[-1][1] if clocks else spans[-1])[1]) if spans else None
