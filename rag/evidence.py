"""Hits -> the ranked sentences that bear on the question; both answerers start from these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index import lexical, passages
from index.blocks import name_of
from index.text import dates, measures
from index.text.numbers import find_numbers
from index.text.units import CURRENCIES
from index.types import Hit, Passage
from rag import rows
from rag.coverage import Sought, coverage
from rag.question import Question

Held = tuple[Sequence[tuple[int, int]], NDArray[np.float32]]
"""Spans of a passage's units in the article, and their vectors."""

Units = Callable[[Sequence[str]], Mapping[str, Held]]
"""Ids of passages -> what is held of each; one that has gone is left out."""

NUMERAL = r"[\d０-９]+(?:[.,．，][\d０-９]+)*|[〇零一二三四五六七八九十百千万亿两]+"
_NUMBER = re.compile(
    rf"[\d０-９]|(?:{NUMERAL})(?:余|多|几)?(?:[万亿千百个家所座篇种项条名人位次台辆套册部年月日岁]|部门|方面)"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|trillion|half|quarter)\b",
    re.I,
)
_DATE = re.compile(
    r"\d{1,4}\s*年|\d{1,2}\s*月|\d{1,2}\s*日|\b(?:1[0-9]|20)\d{2}\b|[一二三四五六七八九十〇]+(?:年|月|日)|世纪|\b\d{1,2}(?:st|nd|rd|th)\b"
    r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|century)\b"
)
_NAME = re.compile(
    r"[“《「][^”》」]{2,}|[A-Z][a-zA-Z]+|[\u4e00-\u9fff]{2,}(?:大学|公司|集团|学院|研究院|委员会|局|部|厅|院|会|省|市|县|区|国)"
)
_PERSON = re.compile(
    r"[\u4e00-\u9fff]{1,8}[·・][\u4e00-\u9fff]{1,8}|[A-Z][a-z]+(?: [A-Z]\.)? [A-Z][a-z]+"
    r"|(?:总统|总理|主席|国王|女王|皇帝|教授|博士|院士|将军|部长|市长|主任|校长|经理|总裁|记者|先生|女士)"
    r"|(?<![\u4e00-\u9fff])[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘蒋蔡余杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤][\u4e00-\u9fff]{1,2}"
)
_PLACE = re.compile(r"[\u4e00-\u9fff]{1,}(?:省|市|县|区|州|国|镇|村|岛|山|河|湖|路|街)|\b(?:in|at|near|from) [A-Z]")
_REASON = re.compile(
    r"因为|由于|因此|所以|为了|导致|使得|以便|故|\b(?:because|due to|since|therefore|so that|in order to|caused?|led to)\b",
    re.I,
)
_MEANING = re.compile(r"是|指|即|意[思为]|称|\b(?:is|are|refers? to|means?|called|known as)\b", re.I)
_HOLDS = {
    "number": _NUMBER,
    "date": _DATE,
    "name": _NAME,
    "person": re.compile(f"{_PERSON.pattern}|{_NAME.pattern}"),
    "place": _PLACE,
    "reason": _REASON,
    "meaning": _MEANING,
}

_DATED = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}日(?=电|讯|从|在|获悉|，|,|\)|）)")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d{2}(?:\s*年|(?!\d|[.,]\d))|\d{1,2}\s*[月日]")
_CLAUSE = re.compile(r"[，。；！？;!?\n]|,(?!\d)|\.(?=\s|$)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d|[.,]\d)")
_BASE = re.compile(
    r"(?:(?:相?较|(?<![占对正反])比|相比)于?|(?:与|同|和)(?=[^，。；,;]{0,12}相比))\s*(?:(?:19|20)\d{2}\s*年?|去年|上年|前年|上一年)(?!年|\s*的\s*[\d约近])"
    r"|\b(?:than|compared (?:with|to)|versus)\s+(?:in |of |those (?:in|of) )?(?:(?:19|20)\d{2}\b|last year)",
    re.I,
)
"""The year that something is compared with: 较2024年增长近两倍 tells of another, 比2024年的318只增加109只 of that year too."""
_JOINED = re.compile(r"[-\s]")
_MONEY = re.compile(r"[元镑]$")
MONEY = frozenset(CURRENCIES.values())

_LIKE = {
    "人": "[人名位]",
    "名": "[人名位]",
    "位": "[人名位]",
    "家": "[家个户]",
    "个": "",
    "项": "[项条个]",
    "条": "[条项个]",
    "度": "(?:度|°C?|℃)",
    "种": "[种类个]",
    "张": "[张块片颗枚个卡]",
    "份": "[份篇本册部个]",
    "笔": "[笔项个]",
    "倍": "(?:倍|成|%)",
    "公斤": "(?:公斤|千克|斤|吨|kg)",
    "天": "[天日]",
}

WEIGHTS: Mapping[str, float] = {
    "characters": 0.2,
    "since": 2.1,
    "around": 0.9,
    "topped": 7.0,
    "fresh": 2.0,
    "within": 1.5,
    "lead": 0.7,
    "dense": 2.1,
    "passage": 4.5,
    "holds": 1.0,
    "unit": 1.3,
    "years": 1.2,
}
"""Of a softmax over the sentences of six passages, learned on the first halves of XQuAD (zh, en, en->zh, zh->en) and CMRC 2018
together: learned apart, the languages' weights differ little. On the second halves the gold sentence is among the first three
for .93 (XQuAD zh), .94 (en), .88 (CMRC; in .92 it stands in one sentence at all), .88 (en->zh) and .92 (zh->en)."""

ORDER = 0.08
"""How much of the best sentence's score is added to its passage's: the search sees a passage as a bag of words, the sentences
see where in it the words stand together. R@1 on the second halves without and with it: XQuAD en->zh .906 -> .926, zh->en .897 ->
.903, en .958 -> .968, zh .961 -> .965, CMRC .986 -> .990, DRCD .973 -> .973."""

LEAD = 0.04
"""Added to the first passage of an article: news and reports tell the most important first, which decides between near ties."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a hit: its span in the article, its features and the score they add up to."""

    hit: Hit
    start: int
    end: int
    score: float
    features: Mapping[str, float]

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.hit.article.text[self.start : self.end]


def rank(question: Question, sought: Sought, hits: Sequence[Hit], units: Units) -> list[Evidence]:
    """All sentences of the hits, best first."""
    found: dict[tuple[str, int, int], Evidence] = {}
    held = units([hit.passage.id for hit in hits])
    for hit in hits:
        for start, end, features in _features(question, sought, hit, held.get(hit.passage.id)):
            score = sum(weight * features[name] for name, weight in WEIGHTS.items())
            found.setdefault((hit.article.id, start, end), Evidence(hit, start, end, score, features))
    return sorted(found.values(), key=lambda evidence: -evidence.score)


def order(hits: Sequence[Hit], ranked: Sequence[Evidence]) -> list[Hit]:
    """The hits again, best first, now that their sentences were read; those without a sentence keep their score."""
    best: dict[str, float] = {}
    for one in reversed(ranked):
        best[one.hit.passage.id] = one.score
    scored = [replace(hit, score=hit.score + _raised(hit, best.get(hit.passage.id, 0.0))) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)


def _raised(hit: Hit, best: float) -> float:
    return ORDER * best + LEAD * (hit.passage.ordinal == 0)


def _features(
    question: Question, sought: Sought, hit: Hit, held: Held | None
) -> Iterator[tuple[int, int, dict[str, float]]]:
    """Span and features of each sentence of a hit."""
    text = hit.article.text
    spans = passages.sentences(text, hit.passage.start, hit.passage.end)
    top = f"{hit.article.title}\n{hit.passage.heading}\n{name_of(hit.article.part or hit.article.path)}"
    above, *owned = map(frozenset, lexical.terms_of([top, *(text[start:end] for start, end in spans)]))
    cosines = _cosines(sought.vector, *held) if held else {}
    covered = coverage(sought, above, owned, other=hit.article.language != question.language)
    whole = above.union(*owned)
    runs = _runs(question, whole)
    foreign = hit.article.language != question.language
    counts = float(_counted_in_clause(question, sought, hit.passage) if foreign else sought.counts(whole))
    said = lexical.simplified(f"{top}\n{hit.article.source}\n{hit.passage.text}")
    attributes = float(all(asked.search(said) for asked in question.attributes))
    named = float(names_all(question, said))
    header = rows.header(hit.passage)
    for i, (start, end) in enumerate(spans):
        sentence = text[start:end]
        if len(spans) > 1 and (passages.is_heading(sentence) or sentence.strip() == header):
            continue  # it names what the sentences under it say
        before = (
            [] if rows.is_row(sentence) else spans[max(0, i - 2) : i]
        )  # the year of one row is not that of the next
        near = [top, *(text[a:b] for a, b in before)]
        yield (
            start,
            end,
            {
                **covered[i],
                "runs": runs if hit.article.language == question.language else covered[i]["words"],
                "lead": float(i == 0),
                "counts": counts,
                "attributes": attributes,
                "named": named,
                "dense": cosines.get((start, end), 0.0),
                "passage": hit.score,
                "holds": float(holds(question, sentence)),
                "unit": float(
                    bool(question.unit) and has_unit(question.unit, sentence, f"{hit.passage.heading}\n{header}")
                ),
                "years": max(
                    (year_match(year, sentence, near, hit.article.date) for year in question.years), default=0.0
                ),
            },
        )


def _counted_in_clause(question: Question, sought: Sought, passage: Passage) -> bool:
    """Whether a clause with a number names what is asked to be counted, or nothing is; in a table the header may name it, and who
    came is not always called people. In the question's own language a word of the passage is enough: .008 fewer are refused."""
    if not sought.counted:
        return True
    text = f"{passage.heading}\n{passage.text}"
    if "\t" in text or "|" in text or question.counted.endswith("people"):
        return sought.counts(frozenset(lexical.terms(text)))
    clauses = [clause for clause in _CLAUSE.split(_DAY.sub(" ", text)) if _NUMBER.search(clause)]
    return any(sought.counts(frozenset(lexical.terms(clause))) for clause in clauses)


def _runs(question: Question, terms: frozenset[str]) -> float:
    """The share of the question's words and unbroken stretches of Han of which anything stands among ``terms``."""
    runs = _subject(question)
    return sum(not terms.isdisjoint(run) for run in runs) / len(runs) if runs else 1.0


@lru_cache(maxsize=16)
def _subject(question: Question) -> tuple[tuple[str, ...], ...]:
    """The terms of each of the question's words and stretches."""
    return tuple(tuple(lexical.query_terms(run)) for run in question.subject)


def _cosines(
    vector: NDArray[np.float32], spans: Sequence[tuple[int, int]], vectors: NDArray[np.float32]
) -> dict[tuple[int, int], float]:
    if not spans:
        return {}
    return {span: float(cosine) for span, cosine in zip(spans, vectors @ vector, strict=True)}


def holds(question: Question, sentence: str) -> bool:
    """Whether the sentence holds the kind of thing that is asked for."""
    pattern = _HOLDS.get(question.kind)
    if question.kind == "number":
        sentence = _DAY.sub(" ", sentence)
    return pattern is not None and bool(pattern.search(sentence))


def names_all(question: Question, text: str) -> bool:
    """Whether a text names what a question names and no other can stand for: places, and names that end in a number."""
    plain = _JOINED.sub("", text.casefold())
    codes = (_JOINED.sub("", code.casefold()) for code in question.codes)
    return all(place.search(text) for place in question.places) and all(code in plain for code in codes)


def has_unit(unit: str, text: str, heading: str = "") -> bool:
    """Whether a number with the unit asked for stands in the text (600余家 for 家, 1.5万亿美元 for 亿元, 八部门 for 个).

    In a table row the unit stands in the header, which is the passage's ``heading``.
    """
    if measures.measured(unit, text, heading):
        return True
    magnitude = re.match(r"万亿|千万|百万|[亿万千百]", unit)
    base = unit[magnitude.end() :] if magnitude else unit
    big = "[万亿]" if magnitude and set(magnitude.group()) & set("万亿") else ""
    base = _LIKE.get(base, re.escape(base))
    text = unicodedata.normalize("NFKC", text)
    if "\t" in text or "|" in text:
        return unit in heading and bool(re.search(r"\d", text))
    if base == _LIKE["天"]:
        text = _DATED.sub(" ", text)  # 19日 is no span of time
    if _MONEY.search(unit):
        return any(number.unit in MONEY and number.value >= (10**4 if big else 0) for number in find_numbers(text))
    pattern = (
        rf"(?<![第\d一二三四五六七八九十])(?:{NUMERAL})\s*(?:余|多|几)?\s*(?:[百千万亿]*{big})\s*(?:余|多)?\s*{base}"
    )
    return bool(re.search(pattern, text))


def year_match(year: str, sentence: str, near: Sequence[str], published: str) -> float:
    """1 when the year stands in the sentence (去年 counts, dated by the article), .5 when just before or above it, .25 when
    no year stands there and the article is of that year, or nothing at all tells of which year it is; else 0."""
    named = claimed_years(sentence, published)
    if year in named:
        return 1.0
    before = [other for text in near for other in claimed_years(text, published)]
    if year in before:
        return 0.5
    undated = not published and not before
    return 0.25 if not named and (published.startswith(year) or undated) else 0.0


def claimed_years(text: str, published: str) -> tuple[str, ...]:
    """The years that a text tells of: those of :func:`years_of` without one that it compares them with."""
    return years_of(without_bases(text), published)


def without_bases(text: str) -> str:
    """A text without the years that it compares with."""
    return _BASE.sub(" ", text)


@lru_cache(maxsize=4096)
def years_of(text: str, published: str) -> tuple[str, ...]:
    """Years named in the text, in order; those that only the article's date can give are dated by it."""
    return tuple([mention.iso[:4] for mention in dates.find_dates(text, published)] + _YEAR.findall(text))
