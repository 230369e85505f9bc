"""Whether a server can hold a library, and how the one it holds is: what `yinju doctor --engine` asks of it.

What is tried is the library's own statements, on tables of the same make under names of their own, which are removed behind it."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.engines.oceanbase import CHECKED, INDEXES, STEPS, VERSION, ServerLibrary, building
from index.engines.proposals import DRIFT, SMALL, Among
from index.engines.sessions import Address, Sessions
from index.lexical import term_id
from index.store import Entry, LibraryError, Manifest, Unit
from index.types import Article, Passage

TABLES = ("meta", *re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", "".join(STEPS.values())))
_NAMED = re.compile(rf"((?:\b(?:FROM|JOIN|INTO|UPDATE|EXISTS|ON|TABLE)\s|\bindex\()\s*)({'|'.join(TABLES)})\b")
"""A table where a statement or a hint names it; the same words are columns elsewhere."""
_INDEXES = {"primary", *re.findall(r"KEY (\w+) \(", "".join(STEPS.values())), *INDEXES}
"""Those of a library; a server lists parts of its indexes of vectors beside them."""
_HINT = re.compile(r"/\*\+ index\((\w+) (\w+)\)")

TRIED = 20
"""Articles that are put in and looked for."""

APART = 10.0
"""Seconds that two clocks may be apart. A library that is made anew begins to count with its maker's clock."""

PACKET = 16 << 20
"""Bytes that a server should take in one statement: its own default, and more than nearly any article."""

ABANDONED = 3600.0
"""Seconds after which what a check that was killed has left behind is removed."""

FEATURES = "Take a server that has sparse vectors and the indexes hnsw_sq and sindi, as seekdb 1.4 does: docs/server.md"
RIGHTS = "Give the user all rights to the database: GRANT ALL ON database.* TO user; docs/server.md"
RESTORE = "Restore the library into an empty database: yinju import FILE; docs/server.md"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and the cure where it is not well."""

    name: str
    state: str
    well: bool = True
    cure: str = ""


class _Aside(Sessions):
    """Sessions in which every table of a library has a prefix."""

    def __init__(self, address: Address, prefix: str = "") -> None:
        super().__init__(address)
        self.prefix = prefix
        self.last = ""
        """The statement that was sent last."""

    def query(self, text: str, values: Sequence[object] | dict[str, str] = ()) -> list[tuple[Any, ...]]:
        self.last = self._renamed(text)
        return super().query(self.last, values)

    def many(self, text: str, rows: Sequence[Sequence[object]]) -> None:
        super().many(self._renamed(text), rows)

    def alone(self, text: str) -> None:
        self.last = self._renamed(text)
        super().alone(self.last)

    @contextmanager
    def holding(self, text: str, values: Sequence[object]) -> Iterator[None]:
        with super().holding(self._renamed(text), values):
            yield

    def _renamed(self, text: str) -> str:
        return _NAMED.sub(rf"\g<1>{self.prefix}\g<2>", text)


class _Explaining(_Aside):
    """Asks how a statement would be run instead of running it."""

    def __init__(self, address: Address, prefix: str = "") -> None:
        super().__init__(address, prefix)
        self.missed: list[str] = []
        """The indexes that hints named and plans do not use."""
        self.asked = 0

    def query(self, text: str, values: Sequence[object] | dict[str, str] = ()) -> list[tuple[Any, ...]]:
        plan = "\n".join(str(row[0]) for row in super().query(f"EXPLAIN {text}", values))
        for table, index in _HINT.findall(self.last):
            self.asked += 1
            if not _uses(plan, table, index):
                self.missed.append(index)
        return []


def _uses(plan: str, table: str, index: str) -> bool:
    """True if a plan reads a table by an index: as "table(index)", or where a filter is decided on the way by an operator that
    names the table alone, as it has one index of vectors."""
    for _, _, operator, name, *_ in (row for line in plan.splitlines() if len(row := line.split("|")) > 4):
        read, _, by = name.strip().partition("(")
        if read == table and (index in re.split(r"[,)]", by) or (not by and "VECTOR INDEX" in operator)):
            return True
    return False


def examine(address: Address, name: str, made: Manifest) -> Iterator[Check]:
    """Each check as it is done; the first that makes others pointless is the last. ``made`` is what vectors are made with here."""
    with closing(Sessions(address)) as sessions:
        server = _guarded("server", "See docs/server.md for what `store` must name", lambda: _server(sessions))
        yield server
        if not server.well:
            return
        yield _guarded("clock", "See docs/server.md", lambda: _clock(sessions))
        yield _guarded("session", "See docs/server.md", lambda: _session(sessions))
        prefix = f"{CHECKED}{int(time.time())}_"
        try:
            with closing(_Aside(address, prefix)) as aside:
                yield from _tried(aside, sessions, name, made)
        finally:
            _sweep(sessions, prefix)


def _guarded(name: str, cure: str, look: Callable[[], Check]) -> Check:
    """What a look finds; of what the server refuses that it did."""
    try:
        return look()
    except LibraryError as error:
        return Check(name, str(error), False, cure)


# --- the server -------------------------------------------------------------------------------------------------------


def _server(sessions: Sessions) -> Check:
    """What it is, and how quickly it answers."""
    ((version, comment),) = sessions.query("SELECT version(), @@version_comment")
    told = f"{version} {comment}"
    kind = "seekdb" if "seekdb" in told.casefold() else "OceanBase"
    if "oceanbase" not in told.casefold():
        return Check("server", f"{told} is no OceanBase", False, "Name an OceanBase or a seekdb in `store`")
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        sessions.query("SELECT 1")
        taken.append(time.perf_counter() - began)
    options = dict(sessions.address.options)
    way = "on this machine" if "unix_socket" in options else "encrypted" if "ssl_ca" in options else "not encrypted"
    return Check(
        "server", f"{kind}: {told}; {sessions.address}, {way}, answers in {1000 * statistics.median(taken):.1f} ms"
    )


def _clock(sessions: Sessions) -> Check:
    """How far its clock and this machine's are apart."""
    sent = time.time()
    ((told,),) = sessions.query("SELECT unix_timestamp(now(6))")
    apart = float(told) - (sent + time.time()) / 2
    state = f"{abs(apart):.1f} s {'ahead of' if apart > 0 else 'behind'} this machine's"
    if abs(apart) <= APART:
        return Check("clock", state)
    return Check("clock", state, False, "Have both clocks set by the same time server (NTP)")


def _session(sessions: Sessions) -> Check:
    """What a session there is given: reads of what is committed last, and statements that are long enough."""
    wrong, cures = [], []
    weak = _variable(sessions, "ob_read_consistency")
    if weak and weak.upper() not in ("3", "STRONG"):
        wrong.append(f"reads may be stale (ob_read_consistency = {weak})")
        cures.append("SET GLOBAL ob_read_consistency = 'STRONG'")
    packet = int(_variable(sessions, "max_allowed_packet") or PACKET)
    if packet < PACKET:
        wrong.append(f"no statement over {packet >> 20} MB is taken, nor an article that is as long")
        cures.append("SET GLOBAL max_allowed_packet = 268435456")
    if wrong:
        return Check("session", "; ".join(wrong), False, "; ".join(cures))
    return Check("session", f"reads what is committed, takes statements of {packet >> 20} MB")


def _variable(sessions: Sessions, name: str) -> str:
    """What a variable of the session is, "" where there is none."""
    found = sessions.query("SHOW VARIABLES LIKE %s", (name,))
    return str(found[0][1]) if found else ""


# --- what is tried aside ----------------------------------------------------------------------------------------------


def _tried(aside: _Aside, sessions: Sessions, name: str, made: Manifest) -> Iterator[Check]:
    """Tables like a library's are made and used; then the library itself is held against them."""
    library = ServerLibrary(aside, name)
    features = _features(library, aside, made)
    yield features
    if features.well:
        yield _guarded("vectors", FEATURES, lambda: _found(library, made.dimension))
        yield _guarded("changes", FEATURES, lambda: _changes(library, aside))
        yield _guarded("claims", FEATURES, lambda: _claims(library))
    there = {table for (table,) in sessions.query(_THERE)}
    if "meta" not in there:
        if features.well:
            yield _guarded("hints", FEATURES, lambda: _hints(aside.address, aside.prefix, name, made.dimension))
        yield Check("library", f"{name}: none yet")
        return
    own = ServerLibrary(sessions, name)
    yield _guarded("library", RESTORE, lambda: _version(own, sessions, made))
    if features.well:
        yield from _lacking(sessions, aside.prefix, own)
    yield _guarded("hints", "See docs/server.md", lambda: _hints(sessions.address, "", name, made.dimension, own))
    yield _guarded("counts", RESTORE, lambda: _counts(own, sessions))
    yield _guarded("statistics", RESTORE, lambda: _statistics(own))
    yield _guarded("runs", RESTORE, lambda: _runs(sessions))


_THERE = "SELECT lower(table_name) FROM information_schema.tables WHERE table_schema = database()"


def _features(library: ServerLibrary, aside: _Aside, made: Manifest) -> Check:
    """All tables are made, with their indexes."""
    began = time.perf_counter()
    try:
        library.migrate("0", made)
        for index in INDEXES:
            aside.alone(building(index))
    except LibraryError as error:
        of = re.search(rf"(?:EXISTS|ON) {aside.prefix}(\w+)", aside.last)
        needs = {"unit": ", which needs vectors and hnsw_sq", "passage": ", which needs sparse vectors and sindi"}
        table = of[1] if of else "meta"
        lacks = table in needs
        state = f"the table {table}{needs.get(table, '')} cannot be made: {error}"
        return Check("features", state, False, FEATURES if lacks else RIGHTS)
    took = time.perf_counter() - began
    return Check(
        "features", f"{len(TABLES)} tables made, with vectors (hnsw_sq) and sparse vectors (sindi), in {took:.1f} s"
    )


def _entries(dimension: int) -> list[Entry]:
    """Articles with a word and vectors of their own."""
    chance = np.random.default_rng(7)
    drawn = chance.normal(size=(TRIED, 2, dimension)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=2, keepdims=True)
    entries = []
    for number, vectors in enumerate(drawn):
        text = f"The keeper of tower lamp{number} counts the ships."
        article = Article(f"check-{number}", f"Tower {number}", text, path=f"/check/{number}", language="en")
        passage = Passage(f"{article.id}-0", article.id, 0, 0, len(text), text)
        entries.append(Entry(article, [passage], [Unit(0, 0, 10), Unit(0, 0, len(text))], vectors))
    return entries


def _found(library: ServerLibrary, dimension: int) -> Check:
    """What is put in is found by each of its vectors and by its word, through the indexes."""
    entries = _entries(dimension)
    with library.together():
        for entry in entries:
            library.replace(entry.article.path, [entry], prepare=lambda article: entries[0])
    (first,) = library.rows_of([entries[0].article.id])
    near = words = 0
    for number, entry in enumerate(entries):
        wanted = first + number  # one passage an article: both are counted from the same number on
        for vector in np.asarray(entry.vectors):
            near += library.near(vector, 3, Among(), exact=False)[:1] == [(wanted, 0)]
        terms = {term_id(f"lamp{number}"): 1.0}
        words += [passage for passage, _ in library.worded(terms, 3, Among(), exact=False)] == [wanted]
    state = f"{near} of {2 * TRIED} passages found first by their vectors, {words} of {TRIED} by their words"
    well = (near, words) == (2 * TRIED, TRIED)
    return Check("vectors", state, well, "" if well else FEATURES)


def _changes(library: ServerLibrary, aside: _Aside) -> Check:
    """A change is whole or not at all, and a view sees one state of all that is read in it."""
    wrong = []
    with closing(_Aside(aside.address, aside.prefix)) as second:
        other = ServerLibrary(second, library.name)
        with suppress(InterruptedError), other.together():
            other.remove(["check-0"])
            if library.counts()["articles"] != TRIED:
                wrong.append("what is not committed is seen")
            raise InterruptedError
        with library.view():
            before = library.counts()
            other.remove(["check-0"])
            if library.counts() != before or library.rows_of(["check-0"]) == []:
                wrong.append("a view sees two states")
    if library.rows_of(["check-0"]) or before["articles"] != TRIED or library.counts()["articles"] != TRIED - 1:
        wrong.append("what was undone is gone, or what was removed is there")
    if wrong:
        return Check(
            "changes",
            "; ".join(wrong),
            False,
            "Use a server that keeps transactions apart (READ COMMITTED and REPEATABLE READ)",
        )
    return Check("changes", "whole or not at all, and a view sees one state")


def _claims(library: ServerLibrary) -> Check:
    """A file that one run is at is no other's until that run ends."""
    path = "/check/claimed"
    with library.claims() as first:
        mine = first.take([path])
        with library.claims() as second:
            early = second.take([path])
            first.release()
            late = second.take([path])
    if mine and late and not early:
        return Check("claims", "a file is one run's at a time, and the next one's after it")
    return Check(
        "claims", "two runs may be at the same file", False, "Use a server that holds locks on rows (FOR UPDATE NOWAIT)"
    )


def _sweep(sessions: Sessions, prefix: str) -> None:
    """Remove the tables of this check, and what one that was killed has left."""
    own = re.compile(rf"{CHECKED}(\d+)_\w+")
    for (table,) in sessions.query(_THERE):
        made = own.fullmatch(str(table))
        if made and (str(table).startswith(prefix) or time.time() - int(made[1]) > ABANDONED):
            sessions.query(f"DROP TABLE IF EXISTS {table}")


# --- the library ------------------------------------------------------------------------------------------------------


def _version(own: ServerLibrary, sessions: Sessions, made: Manifest) -> Check:
    """Of which version it is, and that it was made with the same embedder."""
    found = sessions.query("SELECT value FROM meta WHERE name = 'version'")
    have = str(found[0][0]) if found else "none"
    own.require(made)
    state = f"{own.name}: version {have} of the tables, made with {own.manifest.embedder}"
    if have == VERSION:
        return Check("library", state)
    if have.isdecimal() and int(have) > int(VERSION):
        return Check("library", f"{state}, by a newer Yinju", False, "Install the newest Yinju")
    return Check("library", f"{state}, and this Yinju has {VERSION}", False, "Bring it there: yinju index FOLDER")


def _lacking(sessions: Sessions, prefix: str, own: ServerLibrary) -> Iterator[Check]:
    """What the library's tables lack of those that were just made."""
    yield _guarded("tables", RESTORE, lambda: _columns(sessions, prefix))
    yield _guarded("indexes", RESTORE, lambda: _indexes(sessions, prefix, own))


def _columns(sessions: Sessions, prefix: str) -> Check:
    select = (
        "SELECT lower(table_name), lower(column_name) FROM information_schema.columns WHERE table_schema = database()"
    )
    there = {(str(table), str(column)) for table, column in sessions.query(select)}
    wanted = {(table.removeprefix(prefix), column) for table, column in there if table.startswith(prefix)}
    if lost := sorted(f"{table}.{column}" for table, column in wanted - there):
        return Check("tables", f"missing: {', '.join(lost[:10])}", False, RESTORE)
    return Check("tables", f"{len(TABLES)}, with all {len(wanted)} columns")


def _indexes(sessions: Sessions, prefix: str, own: ServerLibrary) -> Check:
    select = """SELECT lower(table_name), lower(index_name), lower(column_name) FROM information_schema.statistics
                WHERE table_schema = database() ORDER BY table_name, index_name, seq_in_index"""
    there: dict[tuple[str, str], tuple[str, ...]] = {}
    for table, index, column in sessions.query(select):
        if index in _INDEXES:
            known = there.get((table, index), ())
            there[table, index] = known if column.startswith("__") else (*known, column)  # which the server makes up
    wanted = {
        (table.removeprefix(prefix), index): columns
        for (table, index), columns in there.items()
        if table.startswith(prefix)
    }
    late = set() if own.state().built else {(table, index) for index, (table, *_) in INDEXES.items()} - there.keys()
    lost = [(*key, columns) for key, columns in sorted(wanted.items()) if there.get(key) != columns and key not in late]
    if lost:
        state = f"missing: {', '.join(f'{index} of {table}' for table, index, _ in lost)}"
        return Check("indexes", state, False, "; ".join(_made_again(*one) for one in lost))
    if late:
        return Check("indexes", f"{len(wanted) - len(late)}; those of vectors are built once there are enough")
    return Check("indexes", f"all {len(wanted)}")


def _made_again(table: str, index: str, columns: Sequence[str]) -> str:
    """The statement that makes an index of the library."""
    steps = " ".join("".join(STEPS.values()).split())
    if index in INDEXES:
        return building(index)
    unique = "UNIQUE " if f"UNIQUE KEY {index} " in steps else ""
    return f"CREATE {unique}INDEX {index} ON {table} ({', '.join(columns)})"


def _hints(address: Address, prefix: str, name: str, dimension: int, own: ServerLibrary | None = None) -> Check:
    """That the plans of searches use the indexes that the searches name, but for those that are not built yet."""
    late = set(INDEXES) if own and not own.state().built else set()
    vector = np.zeros(dimension, dtype=np.float32)
    vector[0] = 1
    with closing(_Explaining(address, prefix)) as explaining:
        library = ServerLibrary(explaining, name)
        for among in (Among(), Among("en"), Among(articles=np.array([1, 2]))):
            library.near(vector, 10, among, exact=among.articles is not None)
            library.worded({1: 1.0}, 10, among, exact=among.articles is not None)
        if lost := {*explaining.missed} - late:
            missed = ", ".join(sorted(lost))
            return Check(
                "hints", f"plans do not use {missed}", False, "See `indexes`; else tell us version and plan (EXPLAIN)"
            )
        told = ", or will once it is built" if late else ""
        return Check("hints", f"{explaining.asked} searches planned, each by the index that it names{told}")


def _counts(own: ServerLibrary, sessions: Sessions) -> Check:
    """That what the library counts is what its tables hold."""
    with sessions.view():
        told = own.counts()
        ((articles,),) = sessions.query("SELECT count(*) FROM article")
        ((passages, units),) = sessions.query("SELECT count(*), coalesce(sum(units), 0) FROM passage")
        ((vectors,),) = sessions.query("SELECT count(*) FROM unit")
    held = {"articles": int(articles), "passages": int(passages), "units": int(units)}
    state = ", ".join(f"{count:,} {kind}" for kind, count in told.items())
    if told == held and vectors == held["units"]:
        return Check("counts", state)
    return Check("counts", f"{state} counted; {held} and {vectors} vectors there", False, RESTORE)


def _statistics(own: ServerLibrary) -> Check:
    """How far the snapshot that searches share is behind."""
    state, kept = own.state(), own.kept()
    behind = state.churn - (kept or 0)
    share = behind / max(state.passages, 1)
    told = f"kept, {behind:,} passages behind ({share:.0%})" if kept is not None else "not kept yet"
    if state.passages <= SMALL or share <= DRIFT:
        return Check("statistics", f"{told}; gathered anew at {DRIFT:.0%}")
    return Check(
        "statistics",
        f"{told}, so that every client gathers its own",
        False,
        "Have a run of yinju index come to its end",
    )


def _runs(sessions: Sessions) -> Check:
    """The runs of indexing that live, and those that were killed."""
    ((claimed,),) = sessions.query("SELECT count(*) FROM lease")
    alive = "SELECT number FROM run WHERE number = %s FOR UPDATE NOWAIT"
    lives = [sessions.waits(alive, (number,)) for (number,) in sessions.query("SELECT number FROM run")]
    killed = f", {lives.count(False)} killed, whose files the next takes over" if False in lives else ""
    return Check("runs", f"{lives.count(True)} at work{killed}; {claimed:,} files claimed")
