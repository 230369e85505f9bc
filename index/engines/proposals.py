"""Proposing over an engine: it brings candidates of each leg, and what they score is worked out here from what it stores."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index import rescoring
from index.bm25 import plain
from index.filters import Filters
from index.lexical import Translated
from index.mentions import pieces
from index.packing import Packed, dots
from index.proposing import UNITS, Proposed, Query, Rows, best_units
from index.rescoring import Statistics, Word

DRIFT = 0.1
"""So much of a library may have changed before its statistics are gathered anew."""

SMALL = 4096
"""Up to so many passages the statistics are gathered after every change: a second's work."""

GATHERED = 200_000
"""Passages that statistics are gathered from at most, evenly drawn: some ten seconds' work."""

DEEPER = 300
"""Passages asked of the engine by translated words, which it can only add up; see :func:`index.rescoring.proposal`."""

FEW = 400
"""Up to so many articles that a filter admits are gone through one by one; of more the whole library is asked, deeper."""

HELD = 8_000
"""Passages of which a client keeps what it read last, some 8 KB each: 64 MB, and nearly half of a search's time."""

SPOKEN = 500_000
"""Passages whose languages a client keeps, 50 MB."""

DEEPEST = 4_000
"""Units asked of the engine at most: where these do not hold enough that the filters admit, all that they admit are gone through."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a library is, and how much there is of it."""

    generation: int
    churn: int
    """Passages that were ever put in or taken out."""
    articles: int
    passages: int
    units: int
    built: bool
    """Whether the engine has built its indexes of vectors. A view of before cannot be answered from them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the clients of a library hold of the whole of it, as it was when ``churn`` passages had come or gone."""

    churn: int
    statistics: Statistics
    mean: NDArray[np.float32]
    """Of all units, shape (dimension,)."""

    def holds(self, state: State) -> bool:
        """Whether it still tells enough of a library."""
        changed = state.churn - self.churn
        return not changed or (state.passages > SMALL and changed <= DRIFT * self.statistics.passages)


@dataclass(frozen=True, slots=True)
class Among:
    """Which passages are asked for: of a language or of all others, and of these articles, each where it is given."""

    language: str = ""
    but: str = ""
    articles: Rows | None = None
    owners: bool = False
    """Whether the articles of what is found are asked for too, which the server looks up one by one; else they are 0."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage as the engine stores it."""

    language: str
    terms: bytes
    """See :func:`index.rescoring.pack_terms`."""
    units: int
    vectors: bytes
    """Of its units, packed, see :mod:`index.packing`."""


Found = tuple[int, int]
"""A passage and its article."""


class Engine(Protocol):
    """What an engine is asked to find passages."""

    def view(self) -> AbstractContextManager[None]:
        """One committed state for all that is asked inside."""

    def state(self) -> State:
        """How far the library is."""

    def snapshot(self) -> Snapshot | None:
        """The newest that was kept."""

    def kept(self) -> int | None:
        """Its churn."""

    def keep(self, snapshot: Snapshot) -> None:
        """Keep one for all clients."""

    def build(self) -> None:
        """Build what finds passages, or build it anew, where there is enough to find or much has changed since."""

    def terms(self, step: int) -> Iterator[Sequence[bytes]]:
        """The packed terms of every ``step``-th passage, a block at a time."""

    def mean(self, step: int) -> NDArray[np.float32]:
        """The mean of their units, shape (dimension,)."""

    def languages(self) -> frozenset[str]:
        """The languages of passages."""

    def select(self, filters: Filters) -> Rows:
        """The rows of the articles that the filters admit."""

    def near(self, vector: NDArray[np.float32], k: int, among: Among, *, exact: bool) -> list[Found]:
        """The passages of about the ``k`` nearest units with their articles, nearest first; ``exact`` goes through all of them."""

    def worded(self, terms: Mapping[int, float], k: int, among: Among, *, exact: bool) -> list[Found]:
        """The passages of about the ``k`` largest weighted sums above 0 of their terms, with their articles."""

    def candidates(self, passages: Sequence[int]) -> dict[int, Candidate]:
        """What is stored of these, by their rows."""

    def spoken(self, passages: Sequence[int]) -> dict[int, str]:
        """Their languages, by their rows."""

    def layout(self) -> np.dtype[np.void]:
        """That of a packed vector."""

    def folded(self, pieces: Sequence[str]) -> Rows:
        """Rows of the articles whose folded title or text holds each of the pieces."""


class Proposals:
    """Proposing over an engine; a view of it is one committed state for everything here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._spoken: tuple[int, frozenset[str]] | None = None
        self._recent = _Recent(engine)

    def _current(self, state: State | None = None) -> Snapshot:
        """The statistics in force: what others gathered, or gathered anew where too much has changed since. ``state`` is that of
        the view that is open."""
        with self._engine.view(), self._lock:
            state = state or self._engine.state()
            held = self._snapshot
            if held is None or held.churn != state.churn:
                held = self._engine.snapshot() or held
            if held is None or not held.holds(state):
                step = 1 + state.passages // GATHERED
                statistics = rescoring.gather(self._engine.terms(step), step)
                held = Snapshot(state.churn, statistics, self._engine.mean(step))
            self._snapshot = held
            return held

    def languages(self) -> frozenset[str]:
        """The languages that the library speaks."""
        with self._engine.view():
            generation = self._engine.state().generation
            if self._spoken is None or self._spoken[0] != generation:
                self._spoken = (generation, self._engine.languages())
            return self._spoken[1]

    def rarity(self, terms: Mapping[str, float]) -> dict[str, float]:
        """How much each term tells: its weight times its inverse document frequency."""
        return self._current().statistics.rarity(terms)

    def told(self, words: Sequence[Translated]) -> list[float]:
        """The same for translated words."""
        return [word.told for word in self._current().statistics.words(words)]

    def prepare(self) -> None:
        """Have the engine build its indexes, gather the statistics where too much has changed, and keep them for all clients."""
        self._engine.build()
        held = self._current()
        if self._engine.kept() != held.churn:
            self._engine.keep(held)

    def behind(self) -> bool:
        """Whether too much has changed since the statistics were kept."""
        state, kept = self._engine.state(), self._engine.kept()
        return kept is None or state.churn - kept > DRIFT * state.passages

    def mend(self) -> bool:
        """Nothing is kept here that could be damaged."""
        return False

    def propose(self, query: Query, k: int, filters: Filters) -> Proposed:
        """The passages, of those that the filters admit, that any leg has among its ``k`` best."""
        with self._engine.view():
            state = self._engine.state()
            snapshot = self._current(state)
            admitted = _Admitted(self._engine, self._recent, state, filters)
            statistics = snapshot.statistics
            lexical, translated = statistics.words(plain(query.terms)), statistics.words(query.translated)
            near = admitted.near(query.vector)
            worded = admitted.worded(lexical, k)
            if filters.language != query.language:
                worded += admitted.worded(translated, max(k, DEEPER), but=query.language)
            rows = np.array(sorted({*near, *worded}), dtype=np.int64)
            found = self._recent.candidates(rows.tolist(), state.generation)
        same = np.array([one.language == query.language for one in found], dtype=np.bool_)
        dense = np.zeros(len(rows), dtype=np.float32)
        owners = np.repeat(np.arange(len(rows)), [one.units for one in found])
        if len(owners):
            vectors: Packed = np.frombuffer(b"".join(one.vectors for one in found), dtype=self._engine.layout())
            at, cosines = best_units(owners, dots(vectors, query.vector), float(snapshot.mean @ query.vector))
            dense[at] = cosines
        by_words, by_others = rescoring.scores([lexical, translated], [one.terms for one in found], statistics)
        legs = {"lexical": by_words, "dense": dense, "translated": np.where(same, np.float32(0), by_others)}
        return Proposed(rows, same, legs)

    def holding(self, text: str) -> Rows | None:
        """Rows of the articles that may hold a string, ascending: those in which every piece of it stands that no blank may part."""
        return self._engine.folded(pieces(text))


class _Recent:
    """What was read last of passages: of one state of the library, as a passage's terms change with the name of its file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._generation = -1
        self._held: OrderedDict[int, Candidate] = OrderedDict()
        self._spoken: dict[int, str] = {}

    def _follows(self, generation: int) -> bool:
        """Whether what is held is of this state; what is of an older one is forgotten."""
        if generation > self._generation:
            self._generation = generation
            self._held.clear()
            self._spoken.clear()
        # A view may be of an older state than what others have read meanwhile.
        return generation == self._generation

    def candidates(self, passages: Sequence[int], generation: int) -> list[Candidate]:
        """What is stored of these, in their order; inside a view, whose state is of this generation."""
        with self._lock:
            held = {row: self._held[row] for row in passages if row in self._held} if self._follows(generation) else {}
        new = self._engine.candidates([row for row in passages if row not in held])
        with self._lock:
            if self._follows(generation):
                self._held.update(new)
                for row in held:
                    self._held.move_to_end(row)
                while len(self._held) > HELD:
                    self._held.popitem(last=False)
        found = held | new
        return [found[row] for row in passages]

    def among(self, found: Sequence[Found], among: Among, generation: int) -> list[Found]:
        """Those that are in the language that is asked for. A server that filters reads every row that it finds whole, which was
        measured to take ten times as long."""
        with self._lock:
            held = self._spoken if self._follows(generation) else {}
            held = {row: held[row] for row, _ in found if row in held}
        new = self._engine.spoken([row for row, _ in found if row not in held])
        with self._lock:
            if self._follows(generation) and len(self._spoken) < SPOKEN:
                self._spoken |= new
        spoken = held | new
        return [one for one in found if spoken[one[0]] != among.but and among.language in ("", spoken[one[0]])]


class _Admitted:
    """Asks an engine for passages of the articles that the filters admit: of few one by one, of many the whole library, deeper."""

    def __init__(self, engine: Engine, recent: _Recent, state: State, filters: Filters) -> None:
        self._engine, self._recent, self._state, self._language = engine, recent, state, filters.language
        others = replace(filters, language="")
        self._articles = engine.select(others) if others.condition else None

    def near(self, vector: NDArray[np.float32]) -> list[int]:
        """Passages of the UNITS nearest units."""
        among = Among(self._language, owners=self._articles is not None)
        return self._asked(lambda k, among, exact: self._engine.near(vector, k, among, exact=exact), UNITS, among)

    def worded(self, words: Sequence[Word], k: int, *, but: str = "") -> list[int]:
        """The k passages, not in the language ``but``, that words tell most of, as far as a weighted sum shows it."""
        terms: dict[int, float] = {}
        for id_, weight in rescoring.proposal(words):
            terms[id_] = terms.get(id_, 0.0) + weight
        if not terms:
            return []
        among = Among(self._language, but, owners=self._articles is not None)
        return self._asked(lambda k, among, exact: self._worded(terms, k, among, exact), k, among)

    def _worded(self, terms: Mapping[int, float], k: int, among: Among, exact: bool) -> list[Found]:
        """What the engine finds by words. Words are nearly all of one language: twice as many of all hold enough that are in it."""
        if not exact and (among.language or among.but):
            found = self._engine.worded(terms, 2 * k, replace(among, language="", but=""), exact=False)
            kept = self._recent.among(found, among, self._state.generation)
            if len(kept) >= k or len(found) < 2 * k:
                return kept[:k]
        return self._engine.worded(terms, k, among, exact=exact)

    def _asked(self, ask: Callable[[int, Among, bool], list[Found]], k: int, among: Among) -> list[int]:
        if self._articles is None:
            return [passage for passage, _ in ask(k, among, not self._state.built)]
        if len(self._articles) > FEW:
            depth = 2 * k * self._state.articles // len(self._articles)
            found = ask(depth, among, not self._state.built) if depth <= DEEPEST else []
            kept = [passage for passage, article in found if article in self._rows]
            if len(kept) >= k or 0 < len(found) < depth:
                return kept[:k]
        if not len(self._articles):
            return []
        return [passage for passage, _ in ask(k, replace(among, articles=self._articles), True)]

    @cached_property
    def _rows(self) -> frozenset[int]:
        return frozenset(() if self._articles is None else self._articles.tolist())
