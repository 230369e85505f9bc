"""Asks the questions of a set, of the library, of one made for them or of passages of their own, and notes what became of each."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from math import inf
from pathlib import Path
from typing import TypeVar

import numpy as np

from index import lexical
from index.store import Store
from index.types import Article, Hit
from rag.assistant import Assistant
from rag.evaluation.question_sets import HALVES, Asked, QuestionSet, QuestionSetError, plain, read, select
from rag.opening import open_library
from rag.settings import Settings
from rag.types import Answer
from rag.upkeep.ingest import Progress, entry, ingest

CANDIDATES = 1000
"""Hits asked for: as many as search gives at most, so that the candidates of every leg are among them."""

TIMED = 100
"""Searches that the latency is taken from, evenly spread over the questions."""

SHOWN = 10
"""Passages of a search by the clock, as many as ``yinju search`` lists."""

FUSED = "fused"
"""The name of the ranking that the reader gets, beside those of its legs."""

Tell = Callable[[Progress], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured: which questions, whether they are answered too, and of which articles a list is asked."""

    half: str | None = None
    limit: int | None = None
    answers: bool = False
    passages: Path | None = None
    """The file whose contexts and gold answers take the place of the questions' own."""
    simplified: bool = False
    """Whether the questions are turned to simplified characters before they are asked."""
    articles: tuple[Path, ...] = ()
    """Files and folders of the library that a list is asked of; without them it is the library of the settings."""
    today: date | None = None
    """The day that 去年 and "last week" are counted from, of the clock where none is given."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question."""

    asked: Asked
    passage_language: str
    """Of the article that answers it, "" where none does."""
    ranks: Mapping[str, float] = field(default_factory=dict)
    """By leg and fused: the place from 1 of the first right hit, infinity when it is not among them."""
    answer: Answer | None = None
    elsewhere: Answer | None = None
    """The answer from the other half of the contexts, which does not hold the one that the question stands under."""
    seconds: float = 0.0
    """That the answer took."""


@dataclass(frozen=True, slots=True)
class Run:
    """A question set, measured. ``searches`` are the seconds of :data:`TIMED` warm searches for :data:`SHOWN` passages."""

    questions: QuestionSet
    plan: Plan
    outcomes: tuple[Outcome, ...]
    searches: tuple[float, ...]
    counts: Mapping[str, int]
    """Articles, passages and units of the library that was asked."""
    unplaced: tuple[str, ...] = ()
    """Ids of the questions whose evidence stands in no article of its file, and which so count as not found."""


def evaluate(path: Path, settings: Settings, plan: Plan, tell: Tell = lambda _: None) -> Run:
    """Ask the questions of a file as the plan says; the library of the settings is only read.

    Contexts become a library in a temporary folder, made with the embedder of the settings. Questions that bring passages are
    answered in any case, from these alone, and no search is measured. Raises QuestionSetError, LibraryError,
    ModelError, ReadError where the plan names articles that cannot be read, and OSError.
    """
    questions = read(path, plan.passages)
    chosen = select(questions.asked, plan.half, plan.limit)
    if plan.simplified:
        chosen = tuple(replace(each, text=lexical.simplified(each.text)) for each in chosen)
    if not chosen:
        raise QuestionSetError(f"{path} has no question in its {plan.half} half: leave out --half.")
    # A writer takes seconds an answer: only one that is named translates the questions and answers them.
    asked_of = settings if settings.model else replace(settings, engine="quote")
    if questions.brings_passages:
        return _of_passages(questions, chosen, asked_of, plan, tell)
    with _library(questions, asked_of, plan, tell) as assistant:
        places = _languages(questions, chosen, assistant.library)
        counts = assistant.library.counts()
        outcomes = [_search(assistant, each, places[each]) for each in _counted(chosen, "search", tell)]
        searches = _timed(assistant, chosen)
        if plan.answers:
            outcomes = [_ask(assistant, outcome, plan) for outcome in _counted(outcomes, "ask", tell)]
            if not questions.is_list:
                outcomes = _ask_elsewhere(assistant, questions, outcomes, plan, tell)
    unplaced = tuple(each.id for each in chosen if each.evidence and not places[each])
    return Run(questions, plan, tuple(outcomes), searches, counts, unplaced)


def _of_passages(questions: QuestionSet, chosen: Sequence[Asked], settings: Settings, plan: Plan, tell: Tell) -> Run:
    """Each question asked of its own passages: a library in a temporary folder holds those of one question after the other."""
    if plan.articles:
        raise QuestionSetError(f"{questions.path} brings the passages that are asked: leave out the articles.")
    outcomes: list[Outcome] = []
    counts: Counter[str] = Counter()
    with _temporary(settings) as own, _empty(own) as assistant:
        for asked in _counted(chosen, "ask", tell):
            _hold(assistant, asked.passages)
            counts.update(assistant.library.counts())
            outcomes.append(_ask(assistant, Outcome(asked, ""), plan))
    return Run(questions, replace(plan, answers=True), tuple(outcomes), (), counts)


def _counted(items: Sequence[T], stage: str, tell: Tell, unit: str = "questions") -> Iterator[T]:
    for done, item in enumerate(items):
        tell(Progress(stage, done, len(items), unit))
        yield item
    tell(Progress(stage, len(items), len(items), unit))


# --- the library ------------------------------------------------------------------------------------------------------


@contextmanager
def _library(questions: QuestionSet, settings: Settings, plan: Plan, tell: Tell) -> Iterator[Assistant]:
    """The assistant over the articles that the questions are about."""
    if questions.is_list and not plan.articles:
        with Assistant(settings) as assistant:
            yield assistant
        return
    with _temporary(settings) as own:
        if plan.articles:
            ingest(plan.articles, own, progress=tell)
            with Assistant(own) as assistant:
                yield assistant
            return
        with _empty(own) as assistant:
            _hold(assistant, questions.articles, tell)
            yield assistant


@contextmanager
def _temporary(settings: Settings) -> Iterator[Settings]:
    """The settings with a home that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="yinju-eval-") as folder:
        yield replace(settings, home=Path(folder), library="default", store="")


def _empty(settings: Settings) -> Assistant:
    from models import load_embedder

    open_library(settings, load_embedder(settings.embedder), create=True).close()
    return Assistant(settings)


def _hold(assistant: Assistant, articles: Sequence[Article], tell: Tell = lambda _: None) -> None:
    """Let the library hold these articles of one file of questions, and no others."""
    entries = [entry(article, assistant.embedder) for article in _counted(articles, "index", tell, "articles")]
    assistant.library.replace(articles[0].path, entries)


def _languages(questions: QuestionSet, chosen: Sequence[Asked], library: Store) -> dict[Asked, str]:
    """The language of the article that answers each question, "" where none is known.

    Raises QuestionSetError when a file that a list names is not in the library.
    """
    if not questions.is_list:
        spoken = {article.id: article.language for article in questions.articles}
        return {each: spoken[each.article] for each in chosen}
    by_file: dict[str, list[str]] = {}
    for article in library.articles():
        by_file.setdefault(Path(article.path).name, []).append(article.id)
    asked_of: dict[str, list[Asked]] = {}
    for each in chosen:
        asked_of.setdefault(each.file, []).append(each)
    if missing := sorted(asked_of.keys() - by_file.keys() - {""}):
        raise QuestionSetError(
            f"{questions.path} asks about {', '.join(missing[:3])}, and the library {library.place} does not hold it: index it, "
            "or name the articles: --articles FOLDER"
        )
    found = dict.fromkeys(chosen, "")
    for file, about in asked_of.items():
        for article in map(library.article, by_file.get(file, ())):
            text = plain(article.text)  # once for all questions about the file
            found |= {each: article.language for each in about if not found[each] and plain(each.evidence) in text}
    return found


# --- one question -----------------------------------------------------------------------------------------------------


def _search(assistant: Assistant, asked: Asked, language: str) -> Outcome:
    return Outcome(asked, language, ranks(asked, assistant.search(asked.text, CANDIDATES)))


def ranks(asked: Asked, hits: Sequence[Hit]) -> dict[str, float]:
    """The place of the first right hit, fused and by each leg alone.

    A leg alone orders the hits by what it said of each, equal ones as they were fused; what it gave 0 it did not find.
    """
    right = [place for place, hit in enumerate(hits) if asked.right(hit.passage.text, hit.article)]
    out: dict[str, float] = {FUSED: right[0] + 1 if right else inf}
    for leg in dict.fromkeys(name for hit in hits for name in hit.legs):
        said = np.array([hit.legs.get(leg, 0.0) for hit in hits])
        places = [
            1 + int((said > said[place]).sum()) + int((said[:place] == said[place]).sum())
            for place in right
            if said[place] > 0
        ]
        out[leg] = min(places, default=inf)
    return out


def _timed(assistant: Assistant, chosen: Sequence[Asked]) -> tuple[float, ...]:
    seconds = []
    for asked in select(chosen, limit=TIMED):
        started = time.perf_counter()
        assistant.search(asked.text, SHOWN)
        seconds.append(time.perf_counter() - started)
    return tuple(seconds)


def _ask(assistant: Assistant, outcome: Outcome, plan: Plan) -> Outcome:
    started = time.perf_counter()
    answer = assistant.ask(outcome.asked.text, today=plan.today).answer
    return replace(outcome, answer=answer, seconds=time.perf_counter() - started)


def _ask_elsewhere(
    assistant: Assistant, questions: QuestionSet, outcomes: Sequence[Outcome], plan: Plan, tell: Tell
) -> list[Outcome]:
    """Each half's questions asked of the contexts that stand only in the other half, and so cannot answer them."""
    out: list[Outcome] = []
    for half, other in zip(HALVES, reversed(HALVES), strict=True):
        here = [outcome for outcome in outcomes if outcome.asked.half == half]
        articles = questions.only_in(other)
        if not here or not articles:
            out += here
            continue
        _hold(assistant, articles, tell)
        for outcome in _counted(here, f"ask without the {half} half", tell):
            out.append(replace(outcome, elsewhere=assistant.ask(outcome.asked.text, today=plan.today).answer))
    return out
