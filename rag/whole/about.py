"""Whether an article is about a topic, as log-odds, by search and, where that leaves it open, by what the reader says of its beginning.

How near an article comes is measured by how near the nearest one does as well: "films" stands in no article word for word, and
the nearest are about it all the same. And what is most surely about it tells in what other words articles are (pseudo-relevance
feedback): one about 俄乌冲突 may say only 乌克兰. What the reader says counts likewise as compared with the most that it says of any. The
weights and the borders are fitted by bench/fit_topics.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import inf
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.filters import Filters
from index.types import Article
from models import Window, load_reader
from rag import reading
from rag.evidence import Evidence
from rag.question import Question

REACH, FARTHEST = 400, 3200
"""Passages that are judged, each in two milliseconds; the more where the last quarter of the fewer brings articles about the topic."""

SHARES = ("best", "nearest", "lead", "characters")
"""What counts as a share of the most that any article has of it."""

NEAREST = 3
"""Sentences of an article by which its nearness is measured: one alone may be near by chance."""

KIN = 2
"""Other articles, the likeliest, whose vectors say what one about the topic is like."""

UNSURE = 3.0
"""Log-odds by search, on either side of even, from which on the reader is not asked: of a topic some seven articles lie between."""

ASKED = 100
"""Articles of which it is asked at most, the likeliest: each costs 20 milliseconds."""

Vector = NDArray[np.float32]


class Library(Protocol):
    """What is needed of the assistant."""

    def ranked(self, text: str, k: int, filters: Filters | None = None) -> tuple[Question, list[Evidence]]:
        """A question read, and all sentences of its k best passages, best first."""

    def vectors(self, passages: Iterable[str]) -> Mapping[str, Vector]:
        """By the id of each passage that is there, its vector as a whole."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The sentence of an article that says most of a topic, and the log-odds that the article is about it: above 0 it is taken to
    be, and above ``near`` it is told apart as near the border."""

    article: Article
    start: int
    end: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class Weights:
    """``weights`` and ``bias`` make the log-odds by search of what is told of an article; these count ``found`` times, what the reader
    says ``read`` times, less the ``border``. ``near`` is below 0 the border of what is near, ``least`` the score that the best
    passage of all must have: where it has not, nothing is about the topic, however the articles compare."""

    weights: Mapping[str, float]
    bias: float
    found: float
    read: float
    border: float
    near: float
    least: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    """Those of about.json, which bench/fit_topics.py writes."""
    return Weights(**json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")))


def features(ranked: Sequence[Evidence], vectors: Mapping[str, Vector]) -> dict[str, dict[str, float]]:
    """By the id of each article, with the vectors of its passages, each from 0 to about 1:

    - ``passages``: the score of its passages that were found, on average;
    - ``best``: that of its best passage, as a share of the best of all, and ``top`` that of the best of all;
    - ``nearest``: the cosine of its nearest sentences, as a share of the nearest of all;
    - ``lead``: that of the sentence it begins with, of what was found of it, as a share of the nearest beginning of all;
    - ``characters``: the share of the topic's characters in one of its sentences, as a share of the most of all;
    - ``opens`` and ``speaks``: how much nearer its first passage, and all of it, comes to those of the articles that have most of
      all this than to those of all articles."""
    found: dict[str, list[Evidence]] = {}
    for one in ranked:
        found.setdefault(one.hit.article.id, []).append(one)
    told = {id_: _told(own) for id_, own in found.items()}
    most = {name: max((one[name] for one in told.values()), default=0.0) for name in SHARES}
    shares = {
        id_: {name: value / max(most.get(name, 1.0), 1e-6) for name, value in one.items()} for id_, one in told.items()
    }
    order = np.argsort([-sum(one.values()) for one in shares.values()], kind="stable")
    passages = [_vectors(own, vectors) for own in found.values()]
    opens = _kinship(np.array([one[0] for one in passages]), order)
    speaks = _kinship(np.array([one.mean(axis=0) for one in passages]), order)
    top = best(ranked)
    return {
        id_: {**one, "top": top, "opens": float(first), "speaks": float(whole)}
        for (id_, one), first, whole in zip(shares.items(), opens, speaks, strict=True)
    }


def _vectors(own: Sequence[Evidence], vectors: Mapping[str, Vector]) -> Vector:
    """Of an article's passages that were found, in order, shape (passages, dimension), each of length 1; of none, one of zeros."""
    ids = dict.fromkeys(one.hit.passage.id for one in sorted(own, key=lambda one: one.start))
    there = [vectors[id_] for id_ in ids if id_ in vectors]
    return _unit(np.array(there or [np.zeros_like(next(iter(vectors.values()), np.zeros(1, np.float32)))]))


def _unit(vectors: Vector) -> Vector:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vector = (vectors / np.maximum(lengths, np.float32(1e-9))).astype(np.float32, copy=False)
    return unit


def _kinship(articles: Vector, order: NDArray[np.int64]) -> Vector:
    """How much nearer each article, shape (articles, dimension), comes to the first KIN others of an order than to all."""
    if len(articles) < 2:
        return np.zeros(len(articles), dtype=np.float32)
    articles, first = _unit(articles), list(order[: KIN + 1])
    kin = articles @ _unit(articles[first[:KIN]].mean(axis=0))
    for at in first[:KIN]:
        kin[at] = articles[at] @ _unit(articles[[one for one in first if one != at]].mean(axis=0))
    return np.asarray(kin - articles @ _unit(articles.mean(axis=0)), dtype=np.float32)


def _told(own: Sequence[Evidence]) -> dict[str, float]:
    scores = {one.hit.passage.id: one.hit.score for one in own}
    first = min(own, key=lambda one: one.start)
    cosines = sorted((one.features["dense"] for one in own), reverse=True)[:NEAREST]
    return {
        "passages": sum(scores.values()) / len(scores),
        "best": max(scores.values()),
        "nearest": max(0.0, sum(cosines) / len(cosines)),
        "lead": max(0.0, first.features["dense"]),
        "characters": max(one.features["characters"] for one in own),
    }


def best(ranked: Sequence[Evidence]) -> float:
    """The score of the best passage, which means the same for every topic."""
    return max((one.hit.score for one in ranked), default=0.0)


def log_odds(library: Library, topic: str, ranked: Sequence[Evidence]) -> dict[str, float]:
    """By the id of each article that was found for a topic, the log-odds that it is about it."""
    fitted = weights()
    articles = {one.hit.article.id: one.hit.article for one in ranked}
    if best(ranked) < fitted.least:
        return dict.fromkeys(articles, -inf)
    found = {
        id_: fitted.bias + sum(weight * one[name] for name, weight in fitted.weights.items())
        for id_, one in features(ranked, library.vectors({one.hit.passage.id for one in ranked})).items()
    }
    open_ = sorted((id_ for id_, odds in found.items() if abs(odds) < UNSURE), key=lambda id_: -found[id_])[:ASKED]
    said = compared(found, dict(zip(open_, says(topic, [articles[id_] for id_ in open_]), strict=True)))
    return {id_: fitted.found * odds + fitted.read * said[id_] - fitted.border for id_, odds in found.items()}


def says(topic: str, articles: Sequence[Article]) -> list[float]:
    """What the reader says of the beginning of each article, as log-odds that it answers what is asked by a topic."""
    windows = [
        Window(article.title[: reading.TITLE], article.text[: reading.WINDOW[article.language]]) for article in articles
    ]
    return [one.log_odds for one in load_reader().read(topic, windows)]


def compared(found: Mapping[str, float], said: Mapping[str, float]) -> dict[str, float]:
    """By the id of each article how much less is said of it than of the one of which most is said. Of one that search is sure of most
    counts as said, or least; of one that nobody was asked of, the mean."""
    values = list(said.values()) or [0.0]
    most, least, usual = max(values), min(values), sum(values) / len(values)
    return {
        id_: said.get(id_, usual if abs(odds) < UNSURE else most if odds > 0 else least) - most
        for id_, odds in found.items()
    }


def judge(library: Library, topic: str, filters: Filters | None = None) -> list[Judged]:
    """Each article that the search finds for a topic, by its best sentence, the surest first."""
    ranked = library.ranked(topic, REACH, filters)[1]
    odds = log_odds(library, topic, ranked)
    if _goes_on(ranked, odds):
        ranked = library.ranked(topic, FARTHEST, filters)[1]
        odds = log_odds(library, topic, ranked)
    judged: dict[str, Judged] = {}
    for one in ranked:
        article = one.hit.article
        judged.setdefault(article.id, Judged(article, one.start, one.end, odds[article.id]))
    return sorted(judged.values(), key=lambda one: -one.log_odds)


def _goes_on(ranked: Sequence[Evidence], odds: Mapping[str, float]) -> bool:
    """True if the search may have left out articles about the topic: some stand in the last quarter of what it found."""
    scores: dict[str, float] = {}
    articles: dict[str, str] = {}
    for one in ranked:
        scores[one.hit.passage.id] = one.hit.score
        articles[one.hit.passage.id] = one.hit.article.id
    last = sorted(scores, key=lambda id_: scores[id_])
    return len(scores) >= REACH * 0.9 and any(odds[articles[id_]] > 0 for id_ in islice(last, len(last) // 4))
