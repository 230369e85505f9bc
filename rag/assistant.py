"""Assistant: a question, perhaps with filters, in; a Reply out, to be read word by word or as the checked whole."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from threading import Event, RLock
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from index import lines, rows
from index.folder import LibraryFolder
from index.issue import NUMBERED
from index.issues import said_within, within
from index.lexical import Translated
from index.mentions import Mention, MentionError
from index.search import Filters, Search
from index.store import Store
from index.types import Hit
from models import (
    Embedder,
    LanguageModel,
    ModelError,
    Reranker,
    load_embedder,
    load_lexicon,
    load_llm,
    load_reader,
    load_reranker,
)
from rag import evidence, question, quoting, reading, refusal, reranking, spelling
from rag.chronology import ordering, when
from rag.chronology.when import When
from rag.dialogue import compound, continuing, following
from rag.dialogue.compound import Compound
from rag.evidence import Evidence
from rag.opening import open_library
from rag.outright import defining, interviews, programmes
from rag.quoting import Task
from rag.reply import Reply
from rag.retrieval import REACH, Retrieval, fused
from rag.settings import Settings, SettingsError, SettingValue, load_settings, shown
from rag.tables import fields, going_on, telling
from rag.types import Answer
from rag.weights import weights
from rag.whole import asking as whole
from rag.whole import latest, requests
from rag.whole.answering import answer as whole_answer
from rag.whole.types import Overview, Request
from rag.writing import ability, answering, interpreting, prompt

NO_WRITER = (
    "No writer is installed. Fetch one with: yinju models pull NAME (yinju models list names them), "
    "give a file with: --model FILE.gguf, or quote the articles with: --engine quote"
)

OPENED = ("home", "library", "store", "embedder", "reranker")
"""Settings that an assistant is opened with, for good."""

READ = 12
"""Passages whose sentences are read before the order is final."""


REMEMBERED = 256
"""Questions whose translation is kept."""

OUTRIGHT = 2.0
"""How surely a question is answered where that is said outright: surer than what is read, which is at most 1."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for a question and read with it, best first, whether it answers, and when the search was done."""

    understood: str
    filters: Filters
    moment: When
    asked: question.Question
    again: question.Question | None
    hits: Sequence[Hit]
    ranked: Sequence[Evidence]
    answers: bool
    outright: Answer | None
    """What is said outright and needs no reading, where anything is."""
    searched: float


class Assistant:
    """Answers questions from the library of the settings. Safe to be asked from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Opens the library and the embedder. Raises LibraryError and ModelError."""
        self.settings, self._caution = settings, settings.caution
        self._model = _writer(settings)
        self._writers: dict[str, LanguageModel] = {}
        self._said: dict[tuple[str, str], question.Question | None] = {}
        self.embedder: Embedder = load_embedder(settings.embedder)
        self.reranker: Reranker | None = load_reranker(settings.reranker) if settings.reranker else None
        self.library: Store = open_library(settings, self.embedder)
        search = Search(self.library, LibraryFolder(settings.library_folder).cache)
        self.retrieval = Retrieval(search, self.embedder)
        self._lock, self._loading = RLock(), RLock()

    @classmethod
    def open(cls, home: str | Path | None = None, **settings: SettingValue) -> Assistant:
        """The assistant over a home: settings.toml and YINJU_* count, ``settings`` come before both. Raises SettingsError,
        LibraryError where nothing was indexed yet, and ModelError."""
        return cls(load_settings(home, **settings))

    def __repr__(self) -> str:
        return f"Assistant({self.settings.library!r} in {str(self.settings.home)!r}, writer {self.writer!r})"

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the library and the writers."""
        self.library.close()
        for writer in self._writers.values():
            writer.close()

    @property
    def writer(self) -> str:
        """Who writes the answers: a name, a folder, a file or an address; "" where they are quotes."""
        return self._model

    def answering(self, settings: Settings) -> Assistant:
        """This assistant with other settings of how to answer (engine, model, careful, strict, passages): library, search and writers
        are shared, and closed with this one. Raises ModelError, and SettingsError for another library or another model to
        search with: these are opened once, by an assistant of their own."""
        for name in OPENED:
            if (new := getattr(settings, name)) != (kept := getattr(self.settings, name)):
                raise SettingsError(
                    f"{name} = {shown(name, new)} needs an assistant of its own: this one was opened with {shown(name, kept)}"
                )
        other = copy.copy(self)
        other.settings, other._caution, other._model = settings, settings.caution, _writer(settings)
        return other

    def beside(self, library: str) -> Assistant:
        """The assistant over another library of the same home, made where there is none. Models and writers are shared, and closed
        with this one; the library is closed by itself. Raises LibraryError."""
        other = copy.copy(self)
        other.settings = replace(self.settings, library=library)
        other.library = open_library(other.settings, self.embedder, create=True)
        search = Search(other.library, LibraryFolder(other.settings.library_folder).cache)
        other.retrieval, other._lock = Retrieval(search, self.embedder), RLock()
        return other

    def search(self, text: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The k best passages for a question, best first."""
        if k <= 0:
            return []
        asked = question.read(text)
        again = self._translated(asked)
        with self._lock:
            return self._ordered(asked, again, k, READ, filters)[0][:k]

    def mentions(self, text: str, filters: Filters | None = None) -> list[Mention]:
        """Every article that holds a string, newest first. Raises MentionError for one that cannot be looked for."""
        return self.retrieval.search.mentions(text, filters)

    def ranked(self, text: str, k: int, filters: Filters | None = None) -> tuple[question.Question, list[Evidence]]:
        """A question read, and all sentences of its k best passages, best first."""
        asked = question.read(text)
        query = self.retrieval.query(asked)
        with self._lock:
            hits = self.retrieval.search.search(query, k, filters)
            return asked, evidence.rank(asked, self.retrieval.sought(asked, query), hits, self.library.units_of)

    def read(self, text: str, ranked: Sequence[Evidence], windows: int) -> list[Evidence]:
        """The sentences anew, best first, once the reader has read the best ``windows`` of them with a question."""
        asked = question.read(text)
        return reading.best_first(asked, reading.read(load_reader(), asked, ranked, windows))

    def vectors(self, passages: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """By the id of each passage that is there, its vector as a whole, shape (dimension,)."""
        with self._lock:
            return {id_: vectors[-1] for id_, (_, vectors) in self.library.units_of(passages).items() if len(vectors)}

    def overview(self, request: Request, filters: Filters | None = None, today: date | None = None) -> Overview | None:
        """What the whole library says to a request; None where it is a question for a fact after all. ``today`` is the day that
        its periods are counted from, of the clock where none is given. Raises MentionError."""
        return whole.overview(self, request, filters or Filters(), today or date.today())

    def ask(
        self,
        text: str,
        filters: Filters | None = None,
        history: Sequence[Answer] = (),
        today: date | None = None,
    ) -> Reply:
        """Answer a question from the library. ``history``, earlier answers, newest last, completes a follow-up question.
        ``today`` is the day that 去年 and "last week" are counted from, of the clock where none is given."""
        started = time.perf_counter()
        filters, today = filters or Filters(), today or date.today()
        plain = completed = requests.plain(text)
        if history and (item := continuing.item(plain, history)):
            return Reply(replace(quoting.whole(question.read(plain), *item), question=text))
        overview = self._whole(text, history, filters, today)
        if history and not overview:
            completed = following.complete(plain, history, today, lambda way: self._stands(way, filters, today))
            overview = self._whole(completed, history, filters, today) if completed != plain else None
        if overview:
            seconds = {"search": time.perf_counter() - started}
            return Reply(replace(whole_answer(overview), question=text, timings=seconds))
        if compound.JOINS.search(completed) and (several := compound.read(completed)):
            one = partial(self._one, text, plain, completed, filters, history, today, started)
            return self._together(replace(several, text=text), one, filters, history, today)
        return self._one(text, plain, completed, filters, history, today, started)

    def _together(
        self,
        several: Compound,
        one: Callable[[], Reply],
        filters: Filters,
        history: Sequence[Answer],
        today: date,
    ) -> Reply:
        """A question that asks for several things: each is asked by itself, the next as of the same thing as the one before; the whole
        question, asked as ``one``, where that answers better."""
        cancel = Event()
        coming = self._parts(several, one, filters, history, today, cancel)
        if self._model:
            return Reply(coming, cancel)
        return Reply(next(told for told in coming if isinstance(told, Answer)))

    def _parts(
        self,
        several: Compound,
        one: Callable[[], Reply],
        filters: Filters,
        history: Sequence[Answer],
        today: date,
        cancel: Event,
    ) -> Iterator[str | Answer]:
        """The words of a writer part by part, if there is one, then the answer to all; that to the whole question where the articles
        tell what stands in a row as one thing, or answer no part."""
        whole = one().answer if several.row else None
        if whole and several.is_one(whole):
            yield whole
            return
        asked: list[str] = []
        answers: list[Answer] = []
        for part in several.parts:
            if answers and several.leans:
                part = following.shared(part, answers[-1], today, lambda way: self._stands(way, filters, today))
            reply = self.ask(part, filters, answers[-1:] or history, today)
            if answers and self._model:
                yield "\n"
            for word in reply if self._model else ():
                if cancel.is_set():
                    reply.cancel()
                yield word
            asked.append(part)
            answers.append(reply.answer)
        if several.holds(answers, whole):
            yield compound.together(several, asked, answers)
        else:
            yield whole or one().answer

    def _one(
        self,
        text: str,
        plain: str,
        completed: str,
        filters: Filters,
        history: Sequence[Answer],
        today: date,
        started: float,
    ) -> Reply:
        """Answer one question, as it was put (``text``), without its courtesies (``plain``) and completed."""
        found = self._found(completed, filters, today, going_on.table_of_rows(history) if completed != plain else None)
        if history and completed.endswith(plain) and not (found.outright and completed != plain):
            found = self._going_on(found, history)
        if (
            not (found.answers or found.outright)
            and (meant := spelling.corrected(found.asked, found.hits)) != found.asked.text
        ):
            other = self._found(meant, filters, today)
            found = other if other.answers or other.outright else found
        asked, moment, task = found.asked, found.moment, None
        seconds = {"search": found.searched - started, "quote": time.perf_counter() - found.searched}
        understood = found.understood if found.understood != plain else ""
        if found.outright:
            return Reply(replace(found.outright, question=text, timings=seconds, confidence=1.0, understood=understood))
        with self._lock:
            if found.answers:
                task = self._task(asked, found.again, found.hits, found.ranked, found.filters, moment)
        confidence = refusal.confidence(asked, found.ranked)
        if task and self._model:
            said = tuple((earlier.question, earlier.text) for earlier in history)
            cancel = Event()
            task = replace(task, history=said, confidence=confidence)
            return Reply(self._written(task, cancel, text, understood, seconds), cancel)
        answer = quoting.beside(task.quote, moment.shown, asked.language) if task else quoting.refuse(asked, found.hits)
        return Reply(replace(answer, question=text, timings=seconds, confidence=confidence, understood=understood))

    def _whole(self, text: str, history: Sequence[Answer], filters: Filters, today: date) -> Overview | None:
        """What the whole library says to a question that asks for it."""
        of = ""
        request = requests.read(text)
        if not request:
            text, filters, of = self._of_issue(text, filters)
            request = requests.read(text) if of else None
        if not request:
            return None
        spoken_of = continuing.spoken_of(history)
        if spoken_of and request.loose and not request.subject:
            return None
        told = self.overview(requests.pointed(request, next(iter(spoken_of.values()), None)), filters, today)
        return replace(told, understood=said_within(of, told.understood)) if told and of else told

    def _of_issue(self, text: str, filters: Filters) -> tuple[str, Filters, str]:
        """A question without the issue of a bulletin that it says it is of, the filters that admit its articles only, and the issue."""
        if filters.source or not NUMBERED.search(text):
            return text, filters, ""
        of, rest = within(text, self.library.issues())
        return rest, (replace(filters, source=of) if of else filters), of

    def _found(self, text: str, filters: Filters, today: date, table: Hit | None = None) -> _Found:
        """What is found and read for a question, and whether it answers. ``table`` holds the table that was spoken of."""
        text, filters, of = self._of_issue(text, filters)
        moment = when.read(text, today)
        asked = question.read(moment.text)
        again = self._translated(asked)
        with self._lock:
            hits, ranked = self._evidence(asked, again, self.settings.passages, filters, moment)
        searched = time.perf_counter()
        hits, ranked = self._read(asked, hits, ranked, moment)  # unlocked: who reads does not hold up who searches
        ranked = self._of_rows(asked, refusal.of_the_named(asked, ranked))
        understood = said_within(of, moment.shown) if of else moment.shown
        answers = refusal.answerable(asked, ranked, self._caution)
        outright = self._outright(_outspoken(asked, moment), hits, ranked, filters, table)
        return _Found(understood, filters, moment, asked, again, hits, ranked, answers, outright, searched)

    def _going_on(self, found: _Found, history: Sequence[Answer]) -> _Found:
        """What the articles say that were spoken of, where the question goes on with them; else what was found."""
        articles, asked, moment = continuing.spoken_of(history), found.asked, found.moment
        if not articles or not asked.subject or asked.is_word or asked.compares or moment.dated or moment.reaches:
            return found
        own = self._of_rows(asked, continuing.told(self, asked, articles, found.filters))
        answers = refusal.answerable(asked, own, self._caution)
        points = moment.shown == asked.text and continuing.points(asked.text, articles)
        if not points and not (answers and continuing.goes_on(asked, own, found.ranked)):
            return found
        hits = [*{one.hit.passage.id: one.hit for one in own}.values()][: self.settings.passages]
        outright = self._outright(_outspoken(asked, moment), hits, own, found.filters)
        return replace(found, hits=hits, ranked=own, answers=answers, outright=outright)

    def _outright(
        self,
        asked: question.Question,
        hits: Sequence[Hit],
        ranked: Sequence[Evidence],
        filters: Filters,
        spoken_of: Hit | None = None,
    ) -> Answer | None:
        """What is said outright and needs no reading: the rows of a table that are counted or compared, of that ``spoken_of`` first,
        what stands under the same question, the meaning of a word."""
        spoken = [hit for hit in hits if hit.article.language == asked.language]
        first = {each.article.id for each in (*hits[:1], *spoken[:1], *(one.hit for one in ranked[:1]))}
        tables = [hit for hit in hits[: telling.REACH] if hit.article.id in first and _is_table(hit)]
        if tables := [*filter(None, [spoken_of]), *tables]:
            with self._lock:
                if told := telling.told(asked, tables, ranked, self._words):
                    return replace(told, hits=tuple(hits))
        asking = [hit for hit in hits if interviews.QUESTION.search(hit.passage.text)]
        if asking and (there := interviews.told(asked, asking)):
            return replace(there, hits=tuple(hits))
        if programmes.ASKS.search(asked.text) and (there := programmes.told(asked, hits[: telling.REACH])):
            return replace(there, hits=tuple(hits))
        if not defining.ASKS.match(asked.text) or not (word := defining.word(asked.text)):
            return None
        try:
            return defining.told(asked, hits, self.mentions(word, filters))
        except MentionError:
            return None

    def _of_rows(self, asked: question.Question, ranked: list[Evidence]) -> list[Evidence]:
        """The sentences without rows of a table, or of a form or a list, that are not asked for, where the best is of such."""
        if not ranked or not asked.subject or asked.is_word:
            return ranked
        if rows.is_row(ranked[0].text):
            return telling.narrowed(asked, ranked, self._words)
        best = ranked[0].hit
        told = lines.tells(best.passage.text) or lines.is_in_sections(best.article.text)
        return fields.narrowed(asked, ranked) if told else ranked

    def _words(self, text: str) -> Sequence[Translated]:
        """The words of a text in the library's other language."""
        return self.retrieval.query(question.read(text)).translated

    def _stands(self, text: str, filters: Filters, today: date) -> float:
        """How surely the articles answer a question, 0 where they do not."""
        text, filters, _ = self._of_issue(text, filters)
        moment = when.read(text, today)
        asked = question.read(moment.text)
        with self._lock:
            hits, ranked = self._evidence(asked, None, self.settings.passages, filters, moment)
        if self._outright(_outspoken(asked, moment), hits, ranked, filters):
            return OUTRIGHT
        return refusal.confidence(asked, ranked) if refusal.answerable(asked, ranked) else 0.0

    def warm(self, language: str) -> None:
        """Load the writer, if there is one, and have it read what every question in a language begins with."""
        if self._model:
            writer = self.loaded()
            ability.tells(writer, language)
            writer.warm(prompt.opening(language))

    def loaded(self) -> LanguageModel:
        """The writer, loaded when it is first needed. Raises ModelError where there is none or it cannot be loaded."""
        with self._loading:  # not the search's: who only quotes does not wait for another reader's model
            if self._model not in self._writers:
                try:
                    chosen = self.settings
                    loaded = load_llm(
                        self._model,
                        chosen.models_folder,
                        elsewhere=chosen.elsewhere,
                        at_once=chosen.answers_at_once,
                        seconds=chosen.answer_seconds,
                        key=chosen.model_key,
                    )
                except ModelError as error:
                    raise ModelError(f"{error} To quote the articles instead: --engine quote") from error
                self._writers[self._model] = loaded
            return self._writers[self._model]

    def _written(
        self, task: Task, cancel: Event, text: str, understood: str, seconds: Mapping[str, float]
    ) -> Iterator[str | Answer]:
        """The words of the writer, then the checked answer with the seconds of each stage."""
        mode = "strict" if self.settings.strict else self.settings.engine
        started = time.perf_counter()
        first = 0.0
        for told in answering.write(self.loaded(), task, load_lexicon(), mode, cancel):
            first = first or time.perf_counter() - started
            if isinstance(told, Answer):
                timings = {**seconds, "first": first, "write": time.perf_counter() - started}
                told = quoting.beside(told, task.question.text, task.question.language)
                sure = task.confidence
                yield replace(told, question=text, understood=understood, timings=timings, confidence=sure)
            else:
                yield told

    def _translated(self, asked: question.Question) -> question.Question | None:
        """The question as the writer, if there is one, says it in the library's other language; asked once."""
        if not self._model or not self.settings.translate or not asked.subject:
            return None
        if not self.retrieval.crosses(asked.language):
            return None
        key = (self._model, asked.text)
        if not ability.tells(self.loaded(), asked.language):
            return None  # nor can it translate: with the questions of Qwen2.5-0.5B-Instruct fewer answers are found
        if key not in self._said:
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            self._said[key] = interpreting.ask(self.loaded(), asked)
        return self._said[key]

    def _evidence(
        self,
        asked: question.Question,
        again: question.Question | None,
        k: int,
        filters: Filters | None,
        moment: When | None = None,
    ) -> tuple[list[Hit], list[Evidence]]:
        """The k best passages for a question, ordered by the search and by what their sentences say, and those sentences,
        ranked, without those of another year than is asked for. ``again`` is the question in another language, ``moment`` what
        it says of time: where that decides, more passages are read, and the first are those that it asks for."""
        if k <= 0:
            return [], []
        read = ordering.REACH if moment and moment.reaches else READ
        hits, ranked = self._ordered(asked, again, k, read, filters)
        if moment and moment.reaches:
            ranked = refusal.keeps_to_the_question(asked, ranked)
            ranked = ordering.arrange(moment, asked, ranked, lambda one: refusal.answers(asked, one))
            return ordering.first(hits, ranked)[:k], ranked
        kept = {hit.passage.id for hit in hits[:k]}
        ranked = [one for one in ranked if one.hit.passage.id in kept]
        return hits[:k], refusal.keeps_to_the_question(asked, ranked)

    def _ordered(
        self,
        asked: question.Question,
        again: question.Question | None,
        k: int,
        read: int,
        filters: Filters | None,
    ) -> tuple[list[Hit], list[Evidence]]:
        """The passages for a question, k of them or more, ordered by the search and by what the sentences of the first ``read`` say,
        and these sentences, ranked."""
        query = self.retrieval.query(asked)
        reach = max(k, read, reranking.RERANKED if self.reranker else 0, REACH if again else 0)
        hits = self.retrieval.search.search(query, reach, filters)
        if again:
            hits = fused(
                hits, self.retrieval.search.search(self.retrieval.query(again), reach, filters), asked.language
            )
        ranked = evidence.rank(asked, self.retrieval.sought(asked, query), hits[:read], self.library.units_of)
        hits = evidence.order(hits[:read], ranked) + hits[read:]
        return (hits if self.reranker is None else reranking.rerank(self.reranker, asked.text, hits)), ranked

    def _read(
        self, asked: question.Question, hits: Sequence[Hit], ranked: Sequence[Evidence], moment: When
    ) -> tuple[list[Hit], list[Evidence]]:
        """The hits and the sentences once the reader has read the best of them; where time decides, in the order that it gave.
        One word asks nothing that a sentence could answer: its mentions stay as they were found, in names of files as well."""
        if not ranked or not asked.subject or asked.is_word:
            return list(hits), list(ranked)
        read = reading.read(load_reader(), asked, ranked)
        if moment.dated:
            best = reading.best_first(asked, read)
            return list(hits), ordering.of_each_time(moment, _of_its_language(read, best), best)
        ranked = reading.best_first(asked, read)
        return reading.order(hits, ranked), ranked

    def _task(
        self,
        asked: question.Question,
        again: question.Question | None,
        hits: Sequence[Hit],
        ranked: Sequence[Evidence],
        filters: Filters | None,
        moment: When,
    ) -> Task:
        """What is to be answered, and the sentences to quote: of a comparison those of each year."""
        if asked.compares:
            years = {year: self._of_year(asked, again, year, filters) for year in asked.years}
            if chosen := quoting.choose_by_year(years, counts=asked.kind in ("number", "")):
                quoted: Mapping[str, Sequence[Evidence]] = {year: [one] for year, one in chosen.items()}
                if refusal.answers(asked, ranked[0], self._caution):
                    quoted = quoting.led_by(ranked[0], quoted)
                return Task(asked, hits, ranked, quoted, years)
        if moment.dated:
            return Task(asked, hits, ranked, ordering.labelled(ranked))
        own = [one for one in ranked if refusal.answers(asked, one, self._caution)]
        amended = None
        if not asked.years and not moment.period:
            amended = latest.order(asked, ranked, lambda one: refusal.answers(asked, one, self._caution))
        return Task(asked, hits, ranked, amended or {"": quoting.itemised(asked, quoting.choose(own), own)})

    def _of_year(
        self, asked: question.Question, again: question.Question | None, year: str, filters: Filters | None
    ) -> list[Evidence]:
        """The sentences that may answer a question over several years asked of one, ranked and read."""
        own, other = question.for_year(asked, year), question.for_year(again, year) if again else None
        ranked = self._evidence(own, other, self.settings.passages, filters)[1]
        ranked = reading.best_first(own, reading.read(load_reader(), own, ranked))
        return [one for one in ranked if refusal.answers(own, one)]


def _is_table(hit: Hit) -> bool:
    """True if a passage is of a table, or of things told one below the other."""
    return rows.is_row(hit.passage.text) or lines.tells(hit.passage.text)


def _of_its_language(told: Sequence[Evidence], best_first: Sequence[Evidence]) -> list[Evidence]:
    """The sentences in their order, without those of another language than the best that tell much less: 夜间门诊 is no night train."""
    best = best_first[0]
    least = best.score - weights().margin
    away = {
        (one.hit.article.id, one.start)
        for one in best_first
        if one.hit.article.language != best.hit.article.language and one.score < least
    }
    return [one for one in told if (one.hit.article.id, one.start) not in away]


def _outspoken(asked: question.Question, moment: When) -> question.Question:
    """The question with its 最高 or its 最新, which is not searched for where it asks for a time: 哪个月最高."""
    return question.read(moment.shown) if moment.extreme or moment.newest else asked


def _writer(settings: Settings) -> str:
    """Who writes by these settings, "" for nobody. Raises ModelError where somebody must."""
    model = "" if settings.engine == "quote" else settings.model or installed_writer(settings.models_folder)
    if settings.engine == "write" and not model:
        raise ModelError(NO_WRITER)
    return model


def installed_writer(folder: Path) -> str:
    """The folder of the largest writer in a folder of models, "" where there is none."""
    files = (path for path in folder.glob("*/*.gguf") if path.is_file())  # a link may lead nowhere
    found = sorted((path.stat().st_size, str(path.parent)) for path in files)
    return found[-1][1] if found else ""
