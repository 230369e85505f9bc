"""What a text claims that can be checked: its numbers, dates, codes and quoted names, each with what its clause says of it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from index.text.clauses import CLAUSE_END, SENTENCE_END
from index.text.dates import (
    ANY_YEAR,
    MONTHS,
    RECENT_YEAR,
    SHORT_SPAN,
    find_dates,
    in_figures,
    month_of,
    months_in_figures,
)
from index.text.degrees import FALL, RISE
from index.text.numbers import Number, find_numbers
from index.text.scripts import HAN, HAN_CHARACTER, NARROW
from index.text.units import MEASURE_WORDS

_EVENTS = {
    "effect": r"施行|实施(?![期方意细办主路情者])|生效|执行(?![力官董主副])|\b(?i:tak(?:e|es|ing|en)(?: into)? effect|took effect|effective|c[ao]m(?:e|es|ing) into (?:force|effect)|enter\w* into force"
    r"|in force|enforc\w*|implement\w*)\b",
    "adopted": r"(?:表决|审议|会议|审查)?通过(?=[，。；、,;）)\s并了的《]|$)|批准(?!文)|\b(?i:adopt\w*|pass(?:ed|es)|approv\w*|vot\w*)\b",
    "published": r"发布(?!会)|公布|印发|出台|刊发|发表|\b(?i:publish\w*|publication|releas\w*|issu(?:e|ed|es|ing)|announc\w*|unveil\w*)\b",
    "founded": r"成立|挂牌|设立|创立|创办|组建|\b(?i:found(?:ed|ing)|establish\w*|set up|inaugurat\w*)\b",
    "begun": r"启动|开工|开幕|开始(?!施行|实施|执行)|开业|动工|上线|投产|投用|投运|\b(?i:launch\w*|start\w*|beg[aiu]n\w*|kick\w* off|open(?:ed|s|ing))\b",
    "ended": r"结束|闭幕|截止|竣工|完工|终止|到期|\b(?i:end(?:ed|s|ing)|clos(?:ed|es|ing)|finish\w*|conclud\w*|expir\w*|complet\w*)\b",
    "signed": r"签署|签订|签约|\b(?i:sign(?:ed|s|ing))\b",
}
_EVENT = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _EVENTS.items()))
_AIM = re.compile(
    rf"目标|计划|力争|预计|有望|预期|争取|瞄准|拟(?=[建投在于将])|可望|预测|将(?!其|军|领|近|以|把)|到{RECENT_YEAR}年底?[，,]?(?:将|要|力争|实现)?(?=.{{0,20}}(?:达到|超过|建成))"
    rf"|\b(?i:targets?|targeted|plan(?:s|ned|ning)?(?: to| for)?|aim(?:s|ed|ing)?|will|expect\w*|forecast\w*|project(?:s|ed|ion|ions)|hopes?|intends?|goals?|is to|are to|by {RECENT_YEAR})\b"
)
_DONE = re.compile(
    r"已(?!知)|现有|实现了|达到了|突破了|超过了|完成了|累计|截至|目前"
    r"|\b(?i:already|has (?:now )?(?:reached|exceeded|surpassed|hit|been|grown|risen)|have (?:reached|exceeded|been)|had (?:reached|exceeded)|reached|achieved|attained|totall?ed|stood at|so far|currently)\b"
)
_SIDE = (
    ("import", r"进口|\b(?i:imports?|imported|importing)\b"),
    ("export", r"出口|\b(?i:exports?|exported|exporting)\b"),
    ("male", r"男[性生孩子]|\b(?i:men|male|males|boys?)\b"),
    ("female", r"女[性生孩子]|\b(?i:women|female|females|girls?)\b"),
    ("most", r"最高|最大|最多|\b(?i:highest|maximum|largest|most)\b"),
    ("least", r"最低|最小|最少|\b(?i:lowest|minimum|smallest|least)\b"),
    ("urban", r"城镇|城市居民|\b(?i:urban)\b"),
    ("rural", r"农村|乡村|\b(?i:rural)\b"),
    ("income", r"收入|\b(?i:incomes?|revenues?)\b"),
    ("expense", r"支出|\b(?i:expenses?|expenditures?|spending)\b"),
)
SIDES = {one: other for at, (one, _) in enumerate(_SIDE) for other in [_SIDE[at ^ 1][0]]}
"""What a number may be of, and its opposite."""
_YEAR = re.compile(rf"(?<![\d.,A-Za-z])({ANY_YEAR})(?!\d|[.,]\d|[A-Za-z%])")
_BELOW_ZERO = re.compile(r"零下\s?(?=\d)|\b(?i:minus) (?=\d)")
LONE_DAY = re.compile(r"(?<![\d月.])(\d{1,2})日(?![元均])|\bthe (\d{1,2})(?:st|nd|rd|th)\b(?! century)")
_LONE_MONTH = re.compile(
    rf"\b(?P<month>{'|'.join(sorted(set(MONTHS) - {'March', 'May'}))})\b(?! \d{{1,2}}\b)"
    r"|\b(?:in|since|of|by|until|from|late|early|mid-?) (?P<other>March|May)\b(?! \d{1,2}\b)"
)
CODE = re.compile(
    r"(?<![A-Za-z\d])(?!(?:RMB|USD|CNY|EUR|GBP|HKD|Q[1-4]\b|H[12]\b))(?:[A-Za-z]{1,20}|[A-Z][A-Za-z]{0,19}-)\d[\dA-Za-z]*(?:[.-]\d[\dA-Za-z]*)*"
)
_DIGITS = re.compile(r"\d+")
_COUNTED = "".join(sorted(MEASURE_WORDS)) + "人名位元美"
VAGUE = re.compile(rf"[数几上][十百千万亿]{{1,4}}(?=[万亿年{_COUNTED}])|[百千万亿]{{2,4}}(?=[{_COUNTED}])")
_QUOTED = re.compile(
    r"《([^《》]{1,80})》|“([^“”]{1,200})”|「([^「」]{1,200})」|『([^『』]{1,200})』|\"([^\"]{1,200})\""
)

_NO_YEAR = "0004"
"""Stands in for the year that a date leaves out: long ago, and a leap year."""


@dataclass(frozen=True, slots=True)
class When:
    """A date as it is written; ``year`` is "" where the text leaves it out, ``month`` and ``day`` 0."""

    start: int
    end: int
    year: str
    month: int
    day: int
    events: frozenset[str] = frozenset()
    """What happened then, by the nearest clause that says."""
    happened: frozenset[str] = frozenset()
    """The same, by all clauses on that side of it."""
    around: frozenset[tuple[str, ...]] = frozenset()
    """Pairs of neighbouring words before and after it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what its clause says of it."""

    number: Number
    written: str
    rises: str = ""
    """"up", "down" or ""."""
    role: str = ""
    """"from", "to", "by" or ""."""
    sides: frozenset[str] = frozenset()
    """Of :data:`SIDES`, what its clause names."""
    years: frozenset[str] = frozenset()
    reached: frozenset[str] = frozenset()
    """"aim" and "done", as far as the clause says."""
    around: frozenset[tuple[str, ...]] = frozenset()
    label: bool = False
    """Whether it names one of a series: 第9条, article 9."""


@dataclass(frozen=True, slots=True)
class Claims:
    """One text read for what can be checked."""

    text: str
    figures: tuple[Figure, ...]
    dates: tuple[When, ...]
    years: frozenset[str]
    days: frozenset[int]
    codes: frozenset[str]
    names: tuple[str, ...] = field(default=())


def _folded(text: str) -> str:
    """Full-width forms made plain and Han dates written in figures, so that one pattern reads both."""
    text = _BELOW_ZERO.sub(" -", months_in_figures(in_figures(text.translate(NARROW))))
    return SHORT_SPAN.sub(lambda match: f"{match[1]}{match[2]}{match[1][:2]}{match[3]}", text)


@lru_cache(maxsize=256)
def read_claims(text: str) -> Claims:
    """Everything in one text that can be checked; cached, as the same passages are read for every sentence."""
    text = _folded(text)
    numbers = find_numbers(text)
    counts = [number for number in numbers if number.unit or number.bound or 1900 <= number.value < 2100]
    counted = {at for number in counts for at in range(number.start, number.end)}
    years = [(match.start(), match[1]) for match in _YEAR.finditer(text) if match.start() not in counted]
    dates = _dates(text, counted, years)
    return Claims(
        text=text,
        figures=tuple(_figure(text, number, years) for number in numbers),
        dates=dates,
        years=frozenset(year for _, year in years),
        days=frozenset(int(match[1] or match[2]) for match in LONE_DAY.finditer(text)),
        codes=frozenset(code(match[0]) for match in CODE.finditer(text)),
        names=tuple(compared(next(group for group in match.groups() if group)) for match in _QUOTED.finditer(text)),
    )


def _dates(text: str, counted: Collection[int], years: Sequence[tuple[int, str]]) -> tuple[When, ...]:
    """The dates with a month or a day, or a year that is named; "last year" says no more than the article's date does."""
    found = [(start, end, iso) for start, end, iso in find_dates(text, _NO_YEAR) if start not in counted]
    covered = {at for start, end, _ in found for at in range(start, end)}
    found += [
        (match.end() - len(name), match.end(), f"{_NO_YEAR}-{month_of(name):02d}")
        for match in _LONE_MONTH.finditer(text)
        if (name := match["month"] or match["other"]) and match.end() - len(name) not in covered
    ]
    found.sort()
    dates = []
    for at, (start, end, iso) in enumerate(found):
        year, month, day = (*iso.split("-"), "0", "0")[:3]
        year = year if year > "1000" else ""
        if year or month != "0":
            low = found[at - 1][1] if at else 0
            high = found[at + 1][0] if at + 1 < len(found) else len(text)
            events, happened = _events(text, start, end, low, high)
            around = _around(text, start, end)
            dates.append(When(start, end, year, int(month), int(day), events, happened, around))
    covered |= {at for when in dates for at in range(when.start, when.end)}
    bare = [When(at, at + 4, year, 0, 0, around=_around(text, at, at + 4)) for at, year in years if at not in covered]
    return (*dates, *bare)


_WORD = re.compile(rf"[A-Za-z]+|[{HAN}]")
_BESIDE = 6
"""Words, or Han characters, to either side that tell one number of a text from another."""


def _around(text: str, start: int, end: int) -> frozenset[tuple[str, ...]]:
    before = ["<", *_WORD.findall(text[max(0, start - 60) : start].casefold())[-_BESIDE:]]
    after = [">", *_WORD.findall(text[end : end + 60].casefold())[:_BESIDE]]
    pairs = [("<", *pair) for pair in zip(before[1:], before[2:], strict=False)]
    return frozenset([*pairs, *((">", *pair) for pair in zip(after[1:], after[2:], strict=False))])


_FAR = 120
"""Characters to either side of a date or a number in which its words are looked for."""


def _events(text: str, start: int, end: int, low: int, high: int) -> tuple[frozenset[str], frozenset[str]]:
    """What happened on a date: the words after it in Chinese (2月1日起施行), before it in English (adopted on), next clause first."""
    before = SENTENCE_END.split(text[max(low, start - _FAR) : start])[-1]
    after = SENTENCE_END.split(text[end : min(high, end + _FAR)])[0]
    sides = [CLAUSE_END.split(after), CLAUSE_END.split(before)[::-1]]
    for clauses in sides if HAN_CHARACTER.search(before + after) else reversed(sides):
        found = [events for clause in clauses if (events := events_in(clause))]
        if found:
            return found[0], frozenset().union(*found)
    return frozenset(), frozenset()


def events_in(text: str) -> frozenset[str]:
    return frozenset(str(match.lastgroup) for match in _EVENT.finditer(text))


def _figure(text: str, number: Number, years: Sequence[tuple[int, str]]) -> Figure:
    """A number with what its clause, or failing that the clauses before it in its sentence, say of it."""
    sentence = SENTENCE_END.split(text[max(0, number.start - 2 * _FAR) : number.start])[-1]
    clause = CLAUSE_END.split(sentence)[-1]
    after = CLAUSE_END.split(text[number.end : number.end + _FAR])[0]
    low, high = number.start - len(clause), number.end + len(after)
    last = clause[-_LAST:]
    near = frozenset(year for at, year in years if low <= at < high)
    earlier = [year for at, year in years if number.start - len(sentence) <= at < low]
    return Figure(
        number=number,
        written=text[number.start : number.end].strip(),
        rises=_direction(clause, _DIGITS.split(after)[0]),
        role=next((role for role, pattern in _ROLES.items() if pattern.search(last)), ""),
        sides=frozenset(side for side, pattern in _SIDE if re.search(pattern, clause + after)),
        years=near or frozenset(earlier[-1:]),
        reached=reached_in([clause + after, *CLAUSE_END.split(sentence)[-2::-1]]),
        around=_around(text, number.start, number.end),
        label=bool(_LABELLED.search(last)) or bool(number.ordinal and _LABELS.match(after)),
    )


_LAST = 60
"""Characters before a number that may say what it is of its clause: no word of the patterns below is longer, and each ends there."""

_LABELS = re.compile(r"\s?[条款卷号届章节期版页批次步]")
_LABELLED = re.compile(
    r"\b(?i:articles?|chapters?|vol(?:ume)?s?\.?|no\.?|numbers?|sections?|parts?|route|phase|stage|step)(?: \d+ (?:and|or|to))? \Z"
)
_ROLES = {
    "from": re.compile(r"(?:从|由|自|\bfrom)\s?(?:约|about|the|\S{0,6}年的?)?\s?\Z"),
    "to": re.compile(r"(?:到|至|为|\bto)\s?(?:约|about)?\s?\Z"),
    "by": re.compile(
        r"(?:增长|增加|上升|提高|上涨|扩大|下降|减少|降低|下跌|下滑)了?(?:约|近|逾|超过?)?\s?\Z"
        r"|\b(?i:rose|grew|increased|fell|dropped|declined|gained|climbed|jumped)(?: by)?(?: about| over| nearly)?\s?\Z"
    ),
}


@lru_cache(maxsize=4096)
def _direction(before: str, after: str) -> str:
    """ "up" or "down" by the word nearest to the number."""
    near: list[tuple[int, str]] = []
    for name, pattern in (("up", RISE), ("down", FALL)):
        near += [(len(before) - match.end(), name) for match in pattern.finditer(before)]
        near += [(match.start(), name) for match in pattern.finditer(after)]
    return min(near, default=(0, ""))[1]


def reached_in(clauses: Sequence[str]) -> frozenset[str]:
    for clause in clauses:
        if said := _reached(clause):
            return said
    return frozenset()


@lru_cache(maxsize=4096)
def _reached(clause: str) -> frozenset[str]:
    return frozenset(name for name, pattern in (("aim", _AIM), ("done", _DONE)) if pattern.search(clause))


def code(written: str) -> str:
    return re.sub("[-. ]", "", written.casefold())


def compared(written: str) -> str:
    """A name as it is compared: case, quotation marks, spaces around Han and the punctuation at its ends do not matter."""
    text = re.sub('[“”"「」『』《》*]', " ", unicodedata.normalize("NFKC", written).casefold())
    text = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", " ".join(text.split()))
    return text.strip(" ,.;:!?，。；：！？、")
