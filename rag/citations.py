"""What a written sentence cites and whether it stands there: [n] marks read as they stream, every claim checked. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from index.dates import find_dates, parse_date
from index.numbers import MEASURE_WORDS, STRICT_UNITS, Number, find_numbers

# --- marks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation read from text: passage ``number`` is cited after ``clean[:at]``."""

    at: int
    number: int


@dataclass(frozen=True, slots=True)
class Marked:
    """Text without its marks, the marks in order, and what looked like a mark but names nothing that was shown."""

    text: str
    marks: tuple[Mark, ...]
    invented: tuple[str, ...]


_OPEN = {"[": "]", "【": "】", "［": "］", "〔": "〕", "(": ")", "（": "）"}
_ROUND = "(（"
_INSIDE = re.compile(r"[\d０-９ ,，、;；\-–~^]*\Z")
_NUMBERS = re.compile(r"\s*\^?(\d{1,3})(?:\s*[-–~]\s*(\d{1,3}))?\s*(?:[,，、;；]|\Z)")
_LONGEST_MARK = 32
_ENDS = frozenset('。，！？；：、.,!?;:[【［〔(（\n\r”"』」')


class MarkReader:
    """Marks read while text streams in: the pieces' cut does not matter, what is read is what :func:`read_marks` reads.

    ``shown`` are the numbers of the passages that were shown (None: any number may be cited). [1], 【1】, ［１］, 〔1〕 and
    lists of them ([1,2], [1-3]) are marks; (1) is one only after a word and before punctuation or the line's end, and only
    when 1 was shown.
    """

    def __init__(self, shown: Collection[int] | None = None) -> None:
        self._shown = None if shown is None else frozenset(shown)
        self._length = 0
        self._last = "\n"
        self._held = ""
        """White space that may turn out to stand before a mark, then perhaps the beginning of one."""
        self.marks: list[Mark] = []
        self.invented: list[str] = []

    def feed(self, piece: str) -> str:
        """The next piece of text in, the text that is certain by now out, without marks."""
        return "".join(self._step(character) for character in piece)

    def close(self) -> str:
        """The rest of the text, once no more will come."""
        return self._step("\n")[:-1]

    def _step(self, character: str) -> str:
        space, begun = self._split()
        if not begun:
            return self._begin(character, space)
        closed = begun[-1] in _OPEN.values()
        if closed:
            if character in _ENDS and self._take(begun):
                self._held = ""
                return self._step(character)
            return self._release() + self._step(character)
        if character == _OPEN[begun[0]]:
            return self._end(begun + character)
        if _INSIDE.match(character) and len(begun) < _LONGEST_MARK:
            self._held += character
            return ""
        return self._release() + self._step(character)

    def _split(self) -> tuple[str, str]:
        begun = self._held.lstrip(" \u3000\t")
        return self._held[: len(self._held) - len(begun)], begun

    def _begin(self, character: str, space: str) -> str:
        if character in _OPEN or character in " \u3000\t" and len(space) < _LONGEST_MARK:
            self._held += character
            return ""
        return self._release(character)

    def _end(self, mark: str) -> str:
        """A closed bracket: square ones are decided at once, round ones by the character that follows."""
        if mark[0] in _ROUND:
            self._held += mark[-1]
            return ""
        if self._take(mark):
            self._held = ""
            return ""
        return self._release(mark[-1])

    def _release(self, more: str = "") -> str:
        out, self._held = self._held + more, ""
        self._length += len(out)
        self._last = out[-1:] or self._last
        return out

    def _take(self, mark: str) -> bool:
        """Note a whole bracket's numbers; False when it is no mark but text."""
        numbers = _cited(mark[1:-1])
        if not numbers:
            return False
        known = [number for number in numbers if self._shown is None or number in self._shown]
        if mark[0] in _ROUND and (len(known) < len(numbers) or self._last in "\n\r" or max(numbers) > 99):
            return False
        self.marks += [Mark(self._length, number) for number in known]
        self.invented += [f"[{number}]" for number in numbers if number not in known]
        return True


def _cited(inside: str) -> list[int]:
    """Numbers of "1", "1,2", "１、３" or "1-3"; none when it is anything else."""
    text, at, numbers = unicodedata.normalize("NFKC", inside), 0, list[int]()
    while at < len(text):
        found = _NUMBERS.match(text, at)
        if not found:
            return []
        first, last = int(found[1]), int(found[2] or found[1])
        if not 0 <= last - first < 10:
            return []
        numbers += range(first, last + 1)
        at = found.end()
    return list(dict.fromkeys(numbers))


def read_marks(text: str, shown: Collection[int] | None = None) -> Marked:
    """Text without its citation marks, and the marks; see :class:`MarkReader` for what is one."""
    reader = MarkReader(shown)
    clean = reader.feed(text)
    clean += reader.close()
    return Marked(clean, tuple(reader.marks), tuple(reader.invented))


# --- what is said and where -------------------------------------------------------------------------------------------

_RISE = re.compile(
    r"增长|增加|增至|增幅|新增|上升|升至|提高|提升|上涨|涨|扩大|扩张|攀升|回升|"
    r"\b(?i:ris(?:e|es|en|ing)|rose|increas\w*|grow\w*|grew|up(?! to)|gain\w*|climb\w*|jump\w*|surg\w*|expand\w*|rais(?:e|ed|es|ing)|higher)\b"
)
_FALL = re.compile(
    r"下降|减少|降低|下跌|下滑|降至|降幅|跌|减至|减幅|缩小|缩减|收缩|回落|萎缩|"
    r"\b(?i:fall(?:s|en|ing)?|fell|decreas\w*|declin\w*|drop\w*|down|reduc\w*|shr[aiu]nk\w*|lower\w*|cut|slump\w*|lost|los(?:e|es|ing))\b"
)
_EVENTS = {
    "effect": r"施行|实施(?![期方意细办主路情者])|生效|执行(?![力官董主副])|\b(?i:tak(?:e|es|ing|en)(?: into)? effect|took effect|effective|c[ao]m(?:e|es|ing) into (?:force|effect)|enter\w* into force"
    r"|in force|enforc\w*|implement\w*)\b",
    "adopted": r"(?:表决|审议|会议|审查)?通过(?=[，。；、,;）)\s并了的《]|$)|\b(?i:adopt\w*|pass(?:ed|es)|approv\w*|vot\w*)\b",
    "published": r"发布(?!会)|公布|印发|出台|刊发|发表|\b(?i:publish\w*|publication|releas\w*|issu(?:e|ed|es|ing)|announc\w*|unveil\w*)\b",
    "founded": r"成立|挂牌|设立|创立|创办|组建|\b(?i:found(?:ed|ing)|establish\w*|set up|inaugurat\w*)\b",
    "begun": r"启动|开工|开幕|开始|开业|动工|\b(?i:launch\w*|start\w*|beg[aiu]n\w*|kick\w* off|open(?:ed|s|ing))\b",
    "ended": r"结束|闭幕|截止|竣工|完工|终止|到期|\b(?i:end(?:ed|s|ing)|clos(?:ed|es|ing)|finish\w*|conclud\w*|expir\w*|complet\w*)\b",
    "signed": r"签署|签订|签约|\b(?i:sign(?:ed|s|ing))\b",
}
_EVENT = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _EVENTS.items()))
_AIM = re.compile(
    r"目标|计划|力争|预计|有望|预期|争取|瞄准|拟(?=[建投在于将])|可望|预测|将(?!其|军|领|近|以|把)|到(?:20\d\d|二〇\d\d)年底?[，,]?(?:将|要|力争|实现)?(?=.{0,20}(?:达到|超过|建成))"
    r"|\b(?i:targets?|targeted|plan(?:s|ned|ning)?(?: to| for)?|aim(?:s|ed|ing)?|will|expect\w*|forecast\w*|project(?:s|ed|ion|ions)|hopes?|intends?|goals?|is to|are to|by 20\d\d)\b"
)
_DONE = re.compile(
    r"已(?!知)|现有|实现了|达到了|突破了|超过了|完成了|累计|截至|目前"
    r"|\b(?i:already|has (?:now )?(?:reached|exceeded|surpassed|hit|been|grown|risen)|have (?:reached|exceeded|been)|had (?:reached|exceeded)|reached|achieved|attained|totall?ed|stood at|so far|currently)\b"
)
_CLAUSE = re.compile(r"[，。；！？;!?\n]|,(?!\d)|\.(?=\s|$)(?<!\b[A-Z]\.)|：")
_SENTENCE = re.compile(r"[。！？!?\n]|\.(?=\s|$)(?<!\b[A-Z]\.)")
_YEAR = re.compile(r"(?<![\d.,A-Za-z])((?:1\d|20|21)\d\d)(?!\d|[.,]\d|[A-Za-z%])")
_SHORT_YEARS = re.compile(r"(?<!\d)((?:1\d|20)\d\d) ?([-–—/]) ?(\d\d)(?!\d)(?=年|[ ,.;)，。；）]|$)")
_HAN_DATE = re.compile(
    r"[〇○零一二三四五六七八九]{4}年(?:[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}日)?)?"
)
_HAN_MONTH = re.compile(
    r"(?<![一二三四五六七八九十百千个])(十[一二]?|[一二三四五六七八九])月(?:([一二]?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九])日)?"
)
_LONE_DAY = re.compile(r"(?<![\d月.])(\d{1,2})日(?![元均])|\bthe (\d{1,2})(?:st|nd|rd|th)\b(?! century)")
_LONE_MONTH = re.compile(
    r"\b(?P<month>January|February|April|June|July|August|September|October|November|December)\b(?! \d{1,2}\b)"
    r"|\b(?:in|since|of|by|until|from|late|early|mid-?) (?P<other>March|May)\b(?! \d{1,2}\b)"
)
_CODE = re.compile(
    r"(?<![A-Za-z\d])(?!(?:RMB|USD|CNY|EUR|GBP|HKD|Q[1-4]\b|H[12]\b))(?:[A-Za-z]{1,20}|[A-Z][A-Za-z]{0,19}-)\d[\dA-Za-z]*(?:[.-]\d[\dA-Za-z]*)*"
)
_APART = re.compile(r"\b[A-Z][A-Za-z]{0,19}[ -]\d[\dA-Za-z]*")
_DIGITS = re.compile(r"\d+")
_VAGUE = re.compile(
    r"[数几上][十百千万亿]{1,4}(?=[万亿家个名人项种条元美次年台])|[百千万亿]{2,4}(?=[家个名人项种条元美次台])"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LOOSE_HAN = re.compile(
    r"(?<![零〇一二两三四五六七八九十百千万亿第\d])([二两三四五六七八九十])(?=[\u4e00-\u9fff])(?![零〇一二两三四五六七八九十百千万亿分])"
)
_TWO = re.compile(r"双|俩|\b(?i:both|twice|double|pair|twin)\b")
_FIRST = re.compile(r"首|第一|头|冠|最|率先|\b(?i:first|1st|top|lead\w*|initial\w*|earliest|largest)\b")
_SECOND = re.compile(r"其次|亚军|\b(?i:second|2nd|runner-up)\b|\bII\b")
_THIRD = re.compile(r"季军|\b(?i:third|3rd)\b|\bIII\b")
_QUOTED = re.compile(
    r"《([^《》]{1,80})》|“([^“”]{1,200})”|「([^「」]{1,200})」|『([^『』]{1,200})』|\"([^\"]{1,200})\""
)
_HEADER = re.compile(
    r"[（(：:]\s?([$€£¥]?\s?(?:[万亿千百]{0,3}[^\s\d（）()|:：，。万亿千百]{0,6}|(?:million|billion|trillion|thousand)?\s?[A-Za-z ]{0,20}))\s?(?=[)）|\t\n])"
)

_NO_YEAR = "0004"
"""Stands in for the year that a date leaves out: long ago, and a leap year."""


@dataclass(frozen=True, slots=True)
class _When:
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
class _Figure:
    """A number with what its clause says of it."""

    number: Number
    written: str
    rises: str = ""
    """"up", "down" or ""."""
    role: str = ""
    """"from", "to" or ""."""
    years: frozenset[str] = frozenset()
    reached: frozenset[str] = frozenset()
    """"aim" and "done", as far as the clause says."""
    around: frozenset[tuple[str, ...]] = frozenset()
    label: bool = False
    """Whether it names one of a series: 第9条, article 9."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One text read for what can be checked."""

    text: str
    figures: tuple[_Figure, ...]
    dates: tuple[_When, ...]
    years: frozenset[str]
    days: frozenset[int]
    codes: frozenset[str]
    names: tuple[str, ...] = field(default=())


def _folded(text: str) -> str:
    """Full-width forms made plain and Han dates written in figures, so that one pattern reads both."""
    text = "".join(_plain(character) for character in text)
    text = _HAN_DATE.sub(lambda match: _figures_of(match[0]), text)
    text = _HAN_MONTH.sub(
        lambda match: "".join(
            f"{find_numbers('第' + part)[0].value}{name}"
            for part, name in zip(match.groups(), "月日", strict=True)
            if part
        ),
        text,
    )
    return _SHORT_YEARS.sub(lambda match: f"{match[1]}{match[2]}{match[1][:2]}{match[3]}", text)


def _plain(character: str) -> str:
    """Full-width letters, digits and signs but not punctuation that ends a clause."""
    return (
        chr(ord(character) - 0xFEE0)
        if "\uff01" <= character <= "\uff5e" and character not in "，：；！？（）～"
        else character
    )


def _figures_of(written: str) -> str:
    iso = parse_date(written) or parse_date(written + "一月")[:4]
    year, month, day = (*iso.split("-"), "", "")[:3]
    return (f"{year}年" if year else written) + (f"{int(month)}月" if month else "") + (f"{int(day)}日" if day else "")


@lru_cache(maxsize=256)
def _read(text: str) -> _Text:
    """Everything in one text that can be checked; cached, as the same passages are read for every sentence."""
    text = _folded(text)
    numbers = find_numbers(text)
    counts = [number for number in numbers if number.unit or number.bound or 1900 <= number.value < 2100]
    counted = {at for number in counts for at in range(number.start, number.end)}
    years = [(match.start(), match[1]) for match in _YEAR.finditer(text) if match.start() not in counted]
    dates = _dates(text, counted, years)
    return _Text(
        text=text,
        figures=tuple(_figure(text, number, years) for number in numbers),
        dates=dates,
        years=frozenset(year for _, year in years),
        days=frozenset(int(match[1] or match[2]) for match in _LONE_DAY.finditer(text)),
        codes=frozenset(_code(match[0]) for match in _CODE.finditer(text)),
        names=tuple(_name(next(group for group in match.groups() if group)) for match in _QUOTED.finditer(text)),
    )


def _dates(text: str, counted: Collection[int], years: Sequence[tuple[int, str]]) -> tuple[_When, ...]:
    """The dates with a month or a day, or a year that is named; "last year" says no more than the article's date does."""
    found = [(start, end, iso) for start, end, iso in find_dates(text, _NO_YEAR) if start not in counted]
    covered = {at for start, end, _ in found for at in range(start, end)}
    found += [
        (match.end() - len(name), match.end(), f"{_NO_YEAR}-{_MONTHS.index(name[:3]) + 1:02d}")
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
            dates.append(_When(start, end, year, int(month), int(day), events, happened, around))
    covered |= {at for when in dates for at in range(when.start, when.end)}
    bare = [_When(at, at + 4, year, 0, 0, around=_around(text, at, at + 4)) for at, year in years if at not in covered]
    return (*dates, *bare)


_WORD = re.compile(r"[A-Za-z]+|[\u4e00-\u9fff]")
_BESIDE = 6
"""Words, or Han characters, to either side that tell one number of a text from another."""


def _around(text: str, start: int, end: int) -> frozenset[tuple[str, ...]]:
    before = ["<", *_WORD.findall(text[max(0, start - 60) : start].casefold())[-_BESIDE:]]
    after = [">", *_WORD.findall(text[end : end + 60].casefold())[:_BESIDE]]
    pairs = [("<", *pair) for pair in zip(before[1:], before[2:], strict=False)]
    return frozenset([*pairs, *((">", *pair) for pair in zip(after[1:], after[2:], strict=False))])


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FAR = 120
"""Characters to either side of a date or a number in which its words are looked for."""


def _events(text: str, start: int, end: int, low: int, high: int) -> tuple[frozenset[str], frozenset[str]]:
    """What happened on a date: the words after it in Chinese (2月1日起施行), before it in English (adopted on), next clause first."""
    before = _SENTENCE.split(text[max(low, start - _FAR) : start])[-1]
    after = _SENTENCE.split(text[end : min(high, end + _FAR)])[0]
    sides = [_CLAUSE.split(after), _CLAUSE.split(before)[::-1]]
    for clauses in sides if _HAN.search(before + after) else reversed(sides):
        found = [events for clause in clauses if (events := _named_events(clause))]
        if found:
            return found[0], frozenset().union(*found)
    return frozenset(), frozenset()


def _named_events(text: str) -> frozenset[str]:
    return frozenset(str(match.lastgroup) for match in _EVENT.finditer(text))


def _figure(text: str, number: Number, years: Sequence[tuple[int, str]]) -> _Figure:
    """A number with what its clause, or failing that the clauses before it in its sentence, say of it."""
    sentence = _SENTENCE.split(text[max(0, number.start - 2 * _FAR) : number.start])[-1]
    clause = _CLAUSE.split(sentence)[-1]
    after = _CLAUSE.split(text[number.end : number.end + _FAR])[0]
    low, high = number.start - len(clause), number.end + len(after)
    near = frozenset(year for at, year in years if low <= at < high)
    earlier = [year for at, year in years if number.start - len(sentence) <= at < low]
    return _Figure(
        number=number,
        written=text[number.start : number.end].strip(),
        rises=_direction(clause, _DIGITS.split(after)[0]),
        role="from" if _FROM.search(clause) else "to" if _TO.search(clause) else "",
        years=near or frozenset(earlier[-1:]),
        reached=_reached([clause + after, *_CLAUSE.split(sentence)[-2::-1]]),
        around=_around(text, number.start, number.end),
        label=bool(_LABELLED.search(clause)) or bool(number.ordinal and _LABELS.match(after)),
    )


_LABELS = re.compile(r"\s?[条款卷号届章节期版页批次步]")
_LABELLED = re.compile(
    r"\b(?i:articles?|chapters?|vol(?:ume)?s?\.?|no\.?|numbers?|sections?|parts?|route|phase|stage|step)(?: \d+ (?:and|or|to))? \Z"
)
_FROM = re.compile(r"(?:从|由|自|\bfrom)\s?(?:约|about|the|\S{0,6}年的?)?\s?\Z")
_TO = re.compile(r"(?:到|至|为|\bto)\s?(?:约|about)?\s?\Z")


def _direction(before: str, after: str) -> str:
    """ "up" or "down" by the word nearest to the number."""
    near: list[tuple[int, str]] = []
    for name, pattern in (("up", _RISE), ("down", _FALL)):
        near += [(len(before) - match.end(), name) for match in pattern.finditer(before)]
        near += [(match.start(), name) for match in pattern.finditer(after)]
    return min(near, default=(0, ""))[1]


def _reached(clauses: Sequence[str]) -> frozenset[str]:
    for clause in clauses:
        said = {name for name, pattern in (("aim", _AIM), ("done", _DONE)) if pattern.search(clause)}
        if said:
            return frozenset(said)
    return frozenset()


def _code(written: str) -> str:
    return re.sub("[-. ]", "", written.casefold())


def _name(written: str) -> str:
    """A name as it is compared: case, quotation marks, spaces around Han and the punctuation at its ends do not matter."""
    text = re.sub('[“”"「」『』《》*]', "", unicodedata.normalize("NFKC", written).casefold())
    text = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", " ".join(text.split()))
    return text.strip(" ,.;:!?，。；：！？、")


# --- comparing --------------------------------------------------------------------------------------------------------

_SCALES = {
    "m": ("nm 1e-9", "mm 1e-3", "cm 1e-2", "m 1", "km 1e3"),
    "g": ("g 1", "kg 1e3", "t 1e6", "Gt 1e15"),
    "W": ("W 1", "kW 1e3", "MW 1e6", "GW 1e9"),
    "kWh": ("kWh 1", "MWh 1e3", "GWh 1e6"),
    "V": ("V 1", "kV 1e3"),
    "Hz": ("Hz 1", "MHz 1e6", "GHz 1e9"),
    "FLOPS": ("TFLOPS 1", "PFLOPS 1e3", "EFLOPS 1e6"),
    "MB": ("MB 1", "GB 1e3", "TB 1e6", "PB 1e9", "EB 1e12", "ZB 1e15"),
    "Mbps": ("Mbps 1", "Gbps 1e3"),
    "ha": ("hectares 1", "km2 100"),
}
_SCALE = {
    name: (family, Decimal(factor)) for family, forms in _SCALES.items() for name, factor in map(str.split, forms)
}
_ALIKE = (
    "家户个",
    "项条个款",
    "种类个款",
    "台套辆架个部",
    "本册部份",
    "篇份",
    "次起场届轮",
    "座所个处",
    "支只个队",
    "间所家",
    "件个项",
    "颗枚个",
    "位名人",
)
_OPPOSITE = {("over", "under"), ("over", "near"), ("under", "over"), ("near", "over")}
_LENIENT = frozenset({"years old", "times", "people", "century"})


def _same_amount(one: Number, other: Number) -> bool:
    if one.value == other.value and _same_unit(one.unit, other.unit):
        return True
    if one.unit in _SCALE and other.unit in _SCALE:
        (family, factor), (others, scale) = _SCALE[one.unit], _SCALE[other.unit]
        return family == others and one.value * factor == other.value * scale
    return False


def _same_unit(one: str, other: str) -> bool:
    """Whether two units may name the same: measure words of one kind do, and one language leaves them out."""
    if one == other:
        return True
    units = {one, other}
    if "" in units:
        return not units - {""} <= STRICT_UNITS - _LENIENT and not re.fullmatch("[A-Za-z]+", "".join(units - _LENIENT))
    if units == {"times", "次"}:
        return True
    return all(unit in MEASURE_WORDS for unit in units) and any(one in kind and other in kind for kind in _ALIKE)


def _same_place(claim: _Figure, said: _Figure) -> bool:
    """Whether both are ordinals or both counts; the 16th of "16th and 17th centuries" and 二十届 are as good as 16世纪 and 第二十届."""
    one, other = claim.number, said.number
    if one.ordinal == other.ordinal or claim.label or said.label:
        return True
    counts = other if one.ordinal else one
    return counts.unit in ("century", "届", "次", "期", "版", "条", "章") or "century" in (one.unit, other.unit)


def _supports(claim: _Figure, said: _Figure, tests: Sequence[str]) -> str:
    """The first test of ``tests`` that ``said`` fails for ``claim``, "" when it supports it."""
    one, other = claim.number, said.number
    failed = {
        "bound": (one.bound, other.bound) in _OPPOSITE,
        "rises": bool(claim.rises and said.rises) and claim.rises != said.rises,
        "role": bool(claim.rises and said.rises) and {claim.role, said.role} == {"from", "to"},
        "years": not one.ordinal
        and not _yearlike(one)
        and bool(claim.years and said.years)
        and not claim.years & said.years,
        "reached": {claim.reached, said.reached} == {frozenset({"aim"}), frozenset({"done"})},
    }
    return next((test for test in tests if failed[test]), "")


def _yearlike(number: Number) -> bool:
    return not number.unit and 1000 <= number.value < 2200


_TESTS = ("bound", "rises", "role", "years", "reached")


class _Evidence:
    """The cited passages, read: what a sentence may say."""

    def __init__(self, passages: Sequence[str]) -> None:
        self.texts = [_read(passage) for passage in passages]
        self.figures = [figure for text in self.texts for figure in text.figures]
        self.figures += [lent for text in self.texts for lent in (*_lent_units(text), *_table_units(text))]
        self.dates = [when for text in self.texts for when in text.dates]
        self.years = frozenset[str]().union(*(text.years for text in self.texts))
        self.days = frozenset[int]().union(*(text.days for text in self.texts)) | {when.day for when in self.dates}
        self.codes = frozenset[str]().union(*(text.codes for text in self.texts))
        self.codes |= {_code(match[0]) for text in self.texts for match in _APART.finditer(text.text)}
        self._written = {id(when): text.text[when.start : when.end] for text in self.texts for when in text.dates}
        self.plain = "\n".join(text.text for text in self.texts)
        self.names = _name(self.plain)
        self.words = frozenset(re.findall("[a-z]+", self.names))
        self.chinese = any(_HAN.search(text.text) for text in self.texts)
        self.english = any(re.search("[A-Za-z]{3}", text.text) and not _HAN.search(text.text) for text in self.texts)

    def written(self, when: _When) -> str:
        """The words of one of the passages' dates."""
        return self._written[id(when)].strip()

    def loosely(self, number: Number) -> bool:
        """Small numbers that no numeral says: both, 双, 首次; and four in 四川 for the English sentence that writes "four"."""
        spans = _SPANS.get((number.unit, int(number.value)))
        if number.unit in STRICT_UNITS:
            return spans is not None and bool(spans.search(self.plain))
        if number.ordinal:
            place = {1: _FIRST, 2: _SECOND, 3: _THIRD}.get(int(number.value))
            return number.unit == "" and place is not None and bool(place.search(self.plain))
        if number.value == 2 and _TWO.search(self.plain):
            return True
        if number.unit:
            return False
        return any(number.value == _SMALL[match[1]] for match in _LOOSE_HAN.finditer(self.plain))

    def dated(self, when: _When) -> list[_When]:
        """The dates of the passages that are this one; a year may stand elsewhere in the passages."""
        return [
            said
            for said in self.dates
            if (not when.year or when.year == said.year or (not said.year and when.year in self.years))
            and (not when.month or when.month == said.month)
            and (not when.day or when.day == said.day or (not said.day and when.day in self.days))
        ]


_SPANS = {
    (unit, count): re.compile(words)
    for unit, count, words in (
        ("years", 1, r"年|\b(?i:year(?:ly)?|annual\w*)\b"),
        ("years", 10, r"\b(?i:decade)"),
        ("years", 100, r"世纪|\b(?i:century)"),
        ("months", 1, r"月|\b(?i:month(?:ly)?)\b"),
        ("weeks", 1, r"周|星期|\b(?i:week(?:ly)?)\b"),
        ("days", 1, r"天|日|\b(?i:day|daily)\b"),
        ("hours", 1, r"时|\b(?i:hour(?:ly)?)\b"),
        ("minutes", 1, r"分|\b(?i:minute)\b"),
    )
}
"""One year is "annually" and ten are a decade: what another language says without a numeral."""

_SMALL = {digit: value for value, digit in enumerate("二三四五六七八九十", 2)} | {"两": 2}
_AND = re.compile(r"\s?(?:、|,|，|和|与|及|或|and|or|/|\+)\s?")


def _lent_units(text: _Text) -> Iterator[_Figure]:
    """20、30和40公里: each is in kilometres."""
    for first, second in reversed(list(zip(text.figures, text.figures[1:], strict=False))):
        one, other = first.number, second.number
        if other.unit and not one.unit and not one.ordinal and _AND.fullmatch(text.text[one.end : other.start]):
            yield replace(first, number=replace(one, unit=other.unit))


def _table_units(text: _Text) -> Iterator[_Figure]:
    """A table's numbers with each unit that stands in brackets or after 单位： (亿元, $ billion)."""
    if "\t" not in text.text and "|" not in text.text:
        return
    units = [find_numbers(f"${unit[1:].strip()}" if unit[:1] == "$" else f"1{unit}") for unit in _headers(text.text)]
    for one in (found[0] for found in units if len(found) == 1):
        for figure in text.figures:
            if not figure.number.unit:
                yield replace(
                    figure, number=replace(figure.number, value=figure.number.value * one.value, unit=one.unit)
                )


def _headers(text: str) -> set[str]:
    heads = {match[1].strip() for match in _HEADER.finditer(text)}
    return {
        head.replace("$", "$1 ", 1) if head.startswith("$") else f" {head}" if head[:1].isascii() else head
        for head in heads
        if head
    }


# --- problems ---------------------------------------------------------------------------------------------------------

_MESSAGES = {
    "zh": {
        "missing": "所引原文没有“{}”",
        "unit": "“{}”的单位与所引原文不符（原文：{}）",
        "bound": "“{}”的多少（超过、不足）与所引原文相反（原文：{}）",
        "rises": "“{}”的增减与所引原文相反",
        "role": "“{}”是起点还是终点，与所引原文相反",
        "years": "所引原文里“{}”说的是{}年",
        "reached": "“{}”是目标还是已达到，与所引原文不符",
        "event": "“{}”在所引原文里是另一件事的日期",
        "other": "所引原文此处不是“{}”，而是“{}”",
        "name": "所引原文没有名称“{}”",
    },
    "en": {
        "missing": "the cited text does not say “{}”",
        "unit": "“{}” has another unit in the cited text ({})",
        "bound": "“{}” is the opposite, more or less, in the cited text ({})",
        "rises": "“{}” goes the other way, up or down, in the cited text",
        "role": "“{}” is the other end, from or to, in the cited text",
        "years": "“{}” is of {} in the cited text",
        "reached": "“{}” is a target in one and a fact in the other, sentence and cited text",
        "event": "“{}” is the date of something else in the cited text",
        "other": "the cited text does not say “{}” here but “{}”",
        "name": "the cited text does not name “{}”",
    },
}


def problems(sentence: str, passages: Sequence[str], question: str = "") -> list[str]:
    """What the sentence says that the passages do not, each as a short message in the sentence's language; empty when all stands.

    Checked are numbers with unit, direction (增长, 下降), bound (超过, 不足), year, and target or fact; dates with what happened
    on them (施行, 通过); codes (GPT-4) and quoted names. Years, events and targets named in ``question`` hold for the sentence.
    A quoted name in the other language than all passages is taken for a translation. Marks ([1]) are not part of the sentence.
    """
    said, evidence = _read(read_marks(sentence).text), _Evidence(passages)
    asked = _read(question) if question else None
    language = "zh" if _HAN.search(sentence) else "en"
    found: list[tuple[str, ...]] = []
    for when in said.dates:
        found += _date_problems(said, when, evidence, asked)
    for figure in said.figures:
        found += _figure_problems(figure, evidence, asked)
    found += _leftovers(said, evidence)
    found += [("name", name) for name in said.names if not _named(name, evidence, language)]
    return list(dict.fromkeys(_MESSAGES[language][kind].format(*words) for kind, *words in found))


def _date_problems(said: _Text, when: _When, evidence: _Evidence, asked: _Text | None) -> Iterator[tuple[str, ...]]:
    written = said.text[when.start : when.end].strip()
    known = evidence.dated(when)
    if not known:
        if when.month or not (when.year in evidence.years or _counted(when.year, evidence)):
            yield "missing", written
        return
    events = when.events
    if not events and asked:
        events = _named_events(asked.text)
    if events and all(_another_event(events, other) for other in known):
        yield "event", written
    elif rival := _rival(when, known, [text.dates for text in evidence.texts]):
        yield "other", written, evidence.written(rival)


_LEGAL = frozenset({"effect", "adopted", "published"})
"""Events that one text has one after the other: only the nearest clause tells which is on the date."""


def _another_event(events: frozenset[str], said: _When) -> bool:
    if not said.events or said.events & events:
        return False
    return not said.happened & events or (events | said.events) <= _LEGAL


def _counted(year: str, evidence: _Evidence) -> bool:
    return any(figure.number.value == int(year) and not figure.number.unit for figure in evidence.figures)


def _figure_problems(claim: _Figure, evidence: _Evidence, asked: _Text | None) -> Iterator[tuple[str, ...]]:
    number = claim.number
    if asked:
        reached = _reached([asked.text])
        claim = replace(
            claim,
            years=claim.years or asked.years,
            reached=claim.reached or (reached if len(reached) == 1 else frozenset()),
        )
    same = [said for said in evidence.figures if _same_amount(number, said.number) and _same_place(claim, said)]
    same += [said for said in evidence.figures if _negated(claim, said)]
    if not same:
        year = not number.unit and not number.ordinal and f"{number.value:f}" in evidence.years
        foreign = (
            evidence.english
            and not number.unit
            and set(claim.written) <= set("一二三四五六七八九十")
            and number.value < 30
        )
        if not year and not foreign and not evidence.loosely(number):
            yield _unsaid(claim, evidence)
        return
    for at, test in enumerate(_TESTS, 1):
        if not (left := [said for said in same if not _supports(claim, said, _TESTS[:at])]):
            last = next(said for said in same if _supports(claim, said, _TESTS[:at]) == test)
            yield test, claim.written, "、".join(sorted(last.years)) if test == "years" else last.written
            return
        same = left
    if rival := _rival(claim, same, [text.figures for text in evidence.texts]):
        yield "other", claim.written, rival.written


_SURE, _UNLIKE = 0.7, 0.35
_Said = TypeVar("_Said", _Figure, _When)


def _rival(claim: _Said, same: Sequence[_Said], by_passage: Sequence[Sequence[_Said]]) -> _Said | None:
    """What each passage that says the same number says where the claim's own words stand, if that is another number: the
    sentence copies a place of the text and puts there a number from elsewhere. A passage without such a place clears it."""
    words = claim.around
    if len(words) < 4 or any(len(words & one.around) > _UNLIKE * len(words) for one in same):
        return None
    rivals = [
        next((one for one in said if len(words & one.around) >= _SURE * len(words)), None)
        for said in by_passage
        if any(one in said for one in same)
    ]
    return rivals[0] if rivals and all(rivals) else None


def _negated(claim: _Figure, said: _Figure) -> bool:
    """下降5% for -5%."""
    same = claim.number.value == -said.number.value and claim.number.unit == said.number.unit == "%"
    return same and "down" in (claim.rises, said.rises)


def _unsaid(claim: _Figure, evidence: _Evidence) -> tuple[str, ...]:
    """No such number, or the number with another unit."""
    other = next((said for said in evidence.figures if said.number.value == claim.number.value), None)
    return ("unit", claim.written, other.written) if other else ("missing", claim.written)


def _leftovers(said: _Text, evidence: _Evidence) -> Iterator[tuple[str, ...]]:
    """Days, codes and all other digits that no number or date has claimed."""
    claimed = {at for figure in said.figures for at in range(figure.number.start, figure.number.end)}
    claimed |= {at for when in said.dates for at in range(when.start, when.end)}
    for match in _CODE.finditer(said.text):
        if match.start() not in claimed:
            claimed |= set(range(*match.span()))
            if _code(match[0]) not in evidence.codes:
                yield "missing", match[0]
    for match in _VAGUE.finditer(said.text):
        if match.start() not in claimed and not evidence.english and match[0] not in evidence.plain:
            yield "missing", match[0]
    for match in _LONE_DAY.finditer(said.text):
        if match.start(match.lastindex or 0) not in claimed:
            claimed |= set(range(*match.span()))
            if int(match[1] or match[2]) not in evidence.days:
                yield "missing", match[0]
    for match in re.finditer(r"\d+(?:[:.]\d+)*", said.text):
        if match.start() not in claimed and not re.search(rf"(?<!\d){re.escape(match[0])}(?!\d)", evidence.plain):
            yield "missing", match[0]


def _named(name: str, evidence: _Evidence, language: str) -> bool:
    """Whether a quoted name stands in the passages whole, or is a translation that only a reader could check."""
    if not name or any(
        _whole(name, match.start(), evidence.names) for match in re.finditer(re.escape(name), evidence.names)
    ):
        return True
    chinese = bool(_HAN.search(name))
    latin = re.findall("[a-z]+", name) if chinese else []
    translated = evidence.english if chinese else evidence.chinese
    return chinese == (language == "zh") and translated and evidence.words.issuperset(latin)


def _whole(name: str, at: int, text: str) -> bool:
    """Whether the name at ``at`` is not a piece of a longer Latin word or number."""
    before, after = text[at - 1 : at] if at else "", text[at + len(name) : at + len(name) + 1]
    return not any(
        edge.isascii() and edge.isalnum() and beside.isascii() and beside.isalnum()
        for edge, beside in ((name[0], before), (name[-1], after))
    )
