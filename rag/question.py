"""What is asked: the question's language, its content words, its years and phrases, and the kind of thing it wants."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from index import lexical
from index.text import measures
from index.text.dates import LONE_YEAR, RECENT_YEAR
from index.text.numerals import find_numbers
from index.text.units import MEASURE_WORDS

MAX_LENGTH = 2000
"""Characters of a question that are read; what is longer is a pasted article, and its beginning tells what is asked."""

_COUNTS = "".join(sorted(MEASURE_WORDS))

_ASKING_ZH = re.compile(
    r"^那么?(?=\d)|请问|请告诉我|告诉我|根据(?:这些|上述)?(?:文章|资料|材料)|(?:是|有|为|达|约|共|到|了)*(?:多少|几)(?=[^年月日号\W]|\W|$)|是?(?:在)?什么时[候间]"
    rf"|是?(?:在|从|于|自)?(?:何时|何地|何处|哪里|哪儿|哪(?:一|几)?[年月日天])|是?(?:什么|哪一?[些位国{_COUNTS}]|谁)"
    r"|为什么|为何|怎么样?|怎样|如何|是否|有没有|有哪些|分别|一共|总共|目前|具体|吗|呢|的|了|是|在|从"
)
FUNCTION_WORDS_EN = frozenset(
    "a an the of in on at to for from by with as and or is are was were be been being do does did have has had will would "
    "can could should shall may might must what which who whom whose when where why how many much long often far old large "
    "big high that this these those it its their his her they he she we you i me my our your there here about into than then "
    "so if but not no any some all each such please tell according during between through under over per many s t".split()
)
_QUOTED = re.compile(r"《([^》]{2,60})》|“([^”]{2,60})”|「([^」]{2,60})」|『([^』]{2,60})』|\"([^\"]{2,60})\"")
_SPAN = re.compile(
    rf"(?<!\d)({RECENT_YEAR})年?(?:底|末|初)?\s*(?:到|至|—|–|-|~|to|and|through|until)\s*({RECENT_YEAR})(?!\d)年?",
    re.I,
)
_STRETCH = re.compile(
    rf"{RECENT_YEAR}年\d{{1,2}}月(?:\d{{1,2}}[日号])?\s*(?:到|至|—|–|-|~)\s*{RECENT_YEAR}年\d{{1,2}}月"
    rf"|\b(?:from|between) [A-Z][a-z]{{2,8}} (?:\d{{1,2}},? )?{RECENT_YEAR} (?:to|and|until|through) [A-Z][a-z]{{2,8}} (?:\d{{1,2}},? )?{RECENT_YEAR}"
)
"""From a month of one year to one of another: a stretch of time, of which one thing is asked."""

_CHANGE = re.compile(
    r"变化|对比|相比|比较|历年|逐年|分别|演变|趋势|\b(?:chang|compar|differ|trend|evolv|grow)\w*", re.I
)

_DATE = re.compile(
    r"什么时[候间]|何时|哪(?:一|几)?[年月日天]|几[年月日号]|日期|\bwhen\b|\b(?:what|which)\s+(?:year|date|day|month)s?\b|\bin which years?\b",
    re.I,
)
_NUMBER = re.compile(
    r"多少|几(?!何|乎)|多[大高长远重久]|占比|比例|百分之|\bhow\s+(?:many|much|large|big|high|long|far|old|tall|fast|deep)\b"
    r"|\bwhat\s+(?:percentage|proportion|share|number|amount)\b|\bto what level\b"
    r"|\bwhat\s+(?:is|was|are|were|will be)\b[^?]{1,40}\b(?:total|population|size|number|amount|capacity|rate|ratio|share|percentage|area)\b",
    re.I,
)
_PLACE = re.compile(
    r"哪里|哪儿|何地|何处|什么地方|在哪|哪个?(?:省|市|县|区|国家?|城市|地区|地方)|\bwhere\b|\bwhich (?:city|country|province)",
    re.I,
)
_REASON = re.compile(r"为什么|为何|原因|缘故|\bwhy\b|\breasons?\b", re.I)
_MEANING = re.compile(
    r"^(?:请问)?(?:什么|何)(?:是|叫|为)|(?:是|指)(?:的是)?什么(?:意思)?[？?]?$|\bwhat does .{1,40} mean\b|\bdefin(?:e|ition)\b",
    re.I,
)
_PERSON = re.compile(
    r"谁|哪(?:一)?[位名](?!字)|\bwho(?:m|se)?\b|\bwhich (?:person|player|leader|president|king|queen|author|scientist)",
    re.I,
)
_NAME = re.compile(r"哪(?:一)?(?:家|所|个|些|款|支|项|部)|什么|叫什么|\bwhich\b|\bwhat\b", re.I)
_KINDS = {
    "date": _DATE,
    "number": _NUMBER,
    "place": _PLACE,
    "reason": _REASON,
    "person": _PERSON,
    "meaning": _MEANING,
    "name": _NAME,
}
"""What is asked for; the first that fits."""

_UNIT = re.compile(
    r"(?<!第)(?:多少|几)\s*(万亿|千万|百万|亿|万|千|百)?\s*"
    r"(个百分点|平方公里|平方米|公里|千米|立方米|亩|公顷|美元|欧元|英镑|日元|港元|元|家|所|座|篇|种|项|条|个|名|人|位|次|台|辆|套|款|册|部|吨|千瓦|兆瓦|度|米|岁|支|场|件|户|架|艘|颗|只|株|棵|张|份|笔|头|届|倍|天|小时|分钟|公斤|页)?"
)


_SEVERAL = re.compile(
    r"哪(?!一|里|儿|个|位|[年月日天])|什么|怎么|怎样|如何|列[出举]|\b(?:what|which)\b(?! (?:[\w-]+ ){0,2}?(?:is|was|does|did|has)\b)|\b(?:list|name|give|describe|how)\b",
    re.I,
)
"""May ask for several things."""

_ASKS = re.compile(r"[?？谁哪吗]|什么|怎[么样]|多少|几(?!何)")
"""What a word by itself has not."""

_MONEY = re.compile(
    rf"多少(?:钱|经费|资金|罚款)|(?:经费|花费?了?|造价|罚款|售价|耗资|总?投资额?|总?成本)(?:是|为|达|约|共|了)*多少(?![人名位%{_COUNTS}])"
    r"|\bwhat\b[^?]{1,40}\b(?:price|costs?|fine|salary|revenue|turnover|budget|valuation|subscription)\b(?! (?:rate|level|index))"
    rf"|(?:价格|售价|单价|月费|年费|营收|薪资|工资)(?:是|为|达|约|共|了)*(?:多少|什么|几)(?![人名位%{_COUNTS}])"
    r"|\bhow (?:much|many) (?:money|dollars|yuan|euros|pounds|us dollars)\b|\bhow much\b[^?]{1,80}\b(?:cost|spen[dt]|pay|paid|invest(?:ed)?|raised?|fined)\b",
    re.I,
)
"""Asks for an amount of money."""

_COUNT = re.compile(rf"[\d.]+|[年月日位名{_COUNTS}]")


@dataclass(frozen=True, slots=True)
class Question:
    """A question read: ``kind`` is one of _KINDS, "" when it asks for none of these."""

    text: str
    language: str
    content: str
    """The words that carry meaning; what asks ("how many", 是多少) is gone."""
    kind: str = ""
    unit: str = ""
    """The measure word or unit asked for (家, 亿元), "" when none is named."""
    years: tuple[str, ...] = ()
    compares: bool = False
    phrases: tuple[str, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """The names of works and laws that it gives in 《》."""
        return tuple(re.findall(r"《([^》]{2,60})》", self.text))

    @property
    def several(self) -> bool:
        """True if it may ask for several things: which ones, what, how."""
        return self.count > 1 or (self.kind in ("", "name", "reason") and bool(_SEVERAL.search(self.text)))

    @property
    def count(self) -> int:
        """How many things it asks for (哪八项, "the four priorities"), 0 where it does not say."""
        if self.kind not in ("", "name", "reason", "meaning") or not _SEVERAL.search(self.text):
            return 0
        found = [one for one in find_numbers(self.text) if not one.ordinal and one.unit in ("", *MEASURE_WORDS)]
        return int(found[0].value) if len(found) == 1 and found[0].value > 1 else 0

    @property
    def terms(self) -> dict[str, float]:
        """Query terms, each once."""
        return lexical.once(lexical.query_terms(self.content))

    @property
    def subject(self) -> list[str]:
        """The runs that say what it is about; numbers and what counts them (2025年) stand everywhere and say nothing."""
        return [run for run in lexical.runs(self.content) if not _COUNT.fullmatch(run)]

    @property
    def is_word(self) -> bool:
        """True if it is one word that asks nothing: what mentions it is looked for."""
        runs = lexical.runs(self.text)
        return len(runs) == 1 and not self.kind and not _ASKS.search(self.text) and runs == lexical.runs(self.content)

    @property
    def characters(self) -> dict[str, float]:
        """Its single Han characters, each once."""
        return lexical.once(term for term in lexical.terms(self.content) if lexical.is_han(term) and len(term) == 1)


def read(text: str) -> Question:
    """Read a question, in simplified characters from then on; anything at all is a question, and an empty one has no content."""
    text = _readable(text)
    language = lexical.language(text)
    years = _years(text)
    measure = measures.asked(text)
    sought = text[: measure.start] + text[measure.end :] if measure else text  # an answer may measure in another unit
    return Question(
        text=text,
        language=language,
        content=_content(_SPAN.sub(" ", sought), language),
        kind=_kind(text),
        unit=_measured(text, measure),
        years=years,
        compares=(len(years) > 1 and not _STRETCH.search(text)) or (bool(years) and bool(_CHANGE.search(text))),
        phrases=tuple(next(group for group in match.groups() if group) for match in _QUOTED.finditer(text)),
    )


def says(text: str) -> bool:
    """Whether anything is left of a text without what asks."""
    text = _readable(text)
    if lexical.language(text) == "zh":
        return bool(lexical.runs(_ASKING_ZH.sub(" ", text)))
    return any(run not in FUNCTION_WORDS_EN for run in lexical.runs(text))


def for_year(question: Question, year: str) -> Question:
    """A question over several years asked of one of them: "...从2024年到2026年..." of 2025. How something changed asks of a year how much
    it was."""
    text = _SPAN.sub(f" {year}年 " if question.language == "zh" else f" {year} ", question.text)
    for other in set(question.years) - {year}:
        text = re.sub(rf"(?:[和与、,，及]|\band\b)?\s*{other}(?:年[底末初]?)?(?:[和与、,，及]|\s+and\b)?", " ", text)
    content = _content(_CHANGE.sub(" ", text), question.language)
    if question.language == "zh" and not question.kind:
        text = f"{''.join(content.split()).strip('？?')}是多少？"
    return replace(question, text=text, content=content, years=(year,), compares=False, kind=question.kind or "number")


_YEARS = re.compile(
    rf"(?:\b(?:in|during|of|from|between) |[从自])?{LONE_YEAR.pattern}年?"
    rf"(?:\s*(?:[到至和与、，,–—-]|\bto\b|\band\b)\s*{LONE_YEAR.pattern}年?)*"
)
"""A year, or several in a row or from one to another."""


def without_years(text: str) -> str:
    """A question without the years that it names."""
    return " ".join(_YEARS.sub(" ", text).split())


def _readable(text: str) -> str:
    """One line of simplified characters, which is what forms and words of questions are known in, no control characters, bounded."""
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text[:MAX_LENGTH])
    return lexical.simplified(" ".join(shown.split()))


def _content(text: str, language: str) -> str:
    if language == "zh":
        content = " ".join(_ASKING_ZH.sub(" ", text).split())
        return content if lexical.runs(content) else text
    words = [run for run in lexical.runs(text) if run not in FUNCTION_WORDS_EN]
    return " ".join(words) or text


def _kind(text: str) -> str:
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(text)), "")


def _measured(text: str, measure: measures.Asked | None) -> str:
    """The unit asked for: of a measure that is written longer than a shorter one that it begins with (兆瓦时) that measure."""
    unit = _unit(text)
    written = measures.written(measure.unit, "zh") if measure else ""
    return written if not unit or (written.startswith(unit) and unit != written) else unit


def _unit(text: str) -> str:
    for match in _UNIT.finditer(text):
        if match.group(2) or (match.group(1) and not _MONEY.search(text)):
            return (match.group(1) or "") + (match.group(2) or "")
    return "元" if _MONEY.search(text) else ""


def _years(text: str) -> tuple[str, ...]:
    """The years named; a span ("2024 to 2026") names those between as well."""
    found = set(LONE_YEAR.findall(text))
    for match in _SPAN.finditer(text):
        first, last = int(match.group(1)), int(match.group(2))
        if 0 < last - first <= 10:
            found |= {str(year) for year in range(first, last + 1)}
    return tuple(sorted(found))
