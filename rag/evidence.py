"""Hits -> the ranked sentences that bear on the question; both answerers start from these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import dates, lexical, passages
from index.types import Hit
from rag.question import Question

Units = Callable[[str], tuple[list[tuple[int, int]], NDArray[np.float32]]]
"""Passage id -> spans of its units in the article and their vectors."""

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
_PLACE = re.compile(r"[\u4e00-\u9fff]{1,}(?:省|市|县|区|州|国|镇|村|岛|山|河|湖|路|街)|\b(?:in|at|near|from) [A-Z]")
_HOLDS = {"number": _NUMBER, "date": _DATE, "name": _NAME, "place": _PLACE}

_DAY = re.compile(r"(?<!\d)(?:19|20)\d{2}(?:\s*年|(?!\d|[.,]\d))|\d{1,2}\s*[月日]")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d|[.,]\d)")
_COUNT = re.compile(r"[\d.]+|[年月日家个条项种篇座位名次]")
_MONEY = re.compile(r"(美|欧|日|港)?(?:元|镑)$")
_LIKE = {
    "人": "[人名位]",
    "名": "[人名位]",
    "位": "[人名位]",
    "家": "[家个户]",
    "个": "",
    "项": "[项条个]",
    "条": "[条项个]",
    "种": "[种类个]",
}

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "same": {
        "lexical": 3.9,
        "around": 3.0,
        "within": 6.3,
        "dense": 2.4,
        "passage": 3.0,
        "holds": 0.9,
        "unit": 2.6,
        "years": 1.9,
    },
    "other": {"lexical": 0.8, "dense": 12.2, "passage": 16.6, "holds": 1.1, "unit": 0.5, "years": 1.0},
}
"""Of a softmax over the sentences of six passages, learned on the first halves of XQuAD and CMRC 2018, for a library in the
question's language and in the other one. On the second halves the gold sentence is among the first three for .91 (XQuAD zh),
.93 (en), .81 (CMRC), .96 (DRCD, not learned on), .72 (en->zh), .76 (zh->en)."""


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


def rank(
    question: Question, vector: NDArray[np.float32], hits: Sequence[Hit], rarity: Mapping[str, float], units: Units
) -> list[Evidence]:
    """All sentences of the hits, best first. ``rarity`` weighs the question's terms, ``vector`` is the question's."""
    weights = WEIGHTS["same" if all(hit.article.language == question.language for hit in hits) else "other"]
    found: dict[tuple[str, int, int], Evidence] = {}
    for hit in hits:
        for start, end, features in _features(question, vector, hit, rarity, units):
            score = sum(weight * features[name] for name, weight in weights.items())
            found.setdefault((hit.article.id, start, end), Evidence(hit, start, end, score, features))
    return sorted(found.values(), key=lambda evidence: -evidence.score)


def _features(
    question: Question, vector: NDArray[np.float32], hit: Hit, rarity: Mapping[str, float], units: Units
) -> Iterator[tuple[int, int, dict[str, float]]]:
    """Span and features of each sentence of a hit."""
    text = hit.article.text
    spans = passages.sentences(text, hit.passage.start, hit.passage.end)
    owned = [frozenset(lexical.terms(text[start:end])) for start, end in spans]
    above = frozenset(lexical.terms(f"{hit.article.title}\n{hit.passage.heading}"))
    cosines = _cosines(vector, *units(hit.passage.id))
    whole = above.union(*owned)
    within, runs = coverage(rarity, whole), _runs(question, whole)
    for i, (start, end) in enumerate(spans):
        sentence = text[start:end]
        near = f"{hit.article.title}\n{hit.passage.heading}\n{text[spans[max(0, i - 2)][0] : start]}"
        yield (
            start,
            end,
            {
                "lexical": coverage(rarity, owned[i]),
                "around": coverage(rarity, above.union(*owned[max(0, i - 1) : i + 2])),
                "within": within,
                "runs": runs,
                "dense": cosines.get((start, end), 0.0),
                "passage": hit.score,
                "holds": float(holds(question, sentence)),
                "unit": float(bool(question.unit) and has_unit(question.unit, sentence, hit.passage.heading)),
                "years": max(
                    (year_match(year, sentence, near, hit.article.date) for year in question.years), default=0.0
                ),
            },
        )


def _runs(question: Question, terms: frozenset[str]) -> float:
    """The share of the question's words and unbroken stretches of Han of which anything stands among ``terms``; numbers and
    what counts them (2025年) are left to other features, as they stand everywhere."""
    runs = [run for run in lexical.runs(question.content) if not _COUNT.fullmatch(run)]
    return sum(any(term in terms for term in lexical.query_terms(run)) for run in runs) / len(runs) if runs else 1.0


def coverage(rarity: Mapping[str, float], terms: frozenset[str]) -> float:
    """The share of what the question's terms tell that stands among ``terms``, 0 to 1."""
    total = sum(rarity.values())
    return sum(weight for term, weight in rarity.items() if term in terms) / total if total else 0.0


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


def has_unit(unit: str, text: str, heading: str = "") -> bool:
    """Whether a number with the unit asked for stands in the text (600余家 for 家, 1.5万亿美元 for 亿元, 八部门 for 个).

    In a table row the unit stands in the header, which is the passage's ``heading``.
    """
    magnitude = re.match(r"万亿|千万|百万|[亿万千百]", unit)
    base = unit[magnitude.end() :] if magnitude else unit
    big = "[万亿]" if magnitude and set(magnitude.group()) & set("万亿") else ""
    base = "(?:美|欧|日|港)?(?:元|镑)" if _MONEY.search(base) else _LIKE.get(base, re.escape(base))
    text = unicodedata.normalize("NFKC", text)
    if "\t" in text or "|" in text:
        return unit in heading and bool(re.search(r"\d", text))
    pattern = rf"(?:{NUMERAL})\s*(?:余|多|几)?\s*(?:[百千万亿]*{big})\s*(?:余|多)?\s*{base}"
    return bool(re.search(pattern, text))


def year_match(year: str, sentence: str, near: str, published: str) -> float:
    """1 when the year stands in the sentence (去年 counts, dated by the article), .5 when just before or above it, .25 when
    nothing is dated there and the article is of that year; else 0."""
    named = years_of(sentence, published)
    if year in named:
        return 1.0
    if year in years_of(near, published):
        return 0.5
    return 0.25 if published.startswith(year) and not named else 0.0


def years_of(text: str, published: str) -> list[str]:
    """Years named in the text, in order; those that only the article's date can give are dated by it."""
    return [mention.iso[:4] for mention in dates.find_dates(text, published)] + _YEAR.findall(text)
