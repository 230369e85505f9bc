"""Sessions with a server that speaks MySQL's protocol: one to a thread, one committed state to a view, errors with their cure."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Lock, local
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from index.store import LibraryError

if TYPE_CHECKING:
    from pymysql.connections import Connection

DRIVER = 'A library on a server needs its driver. Install it: pip install "yinju[oceanbase]"'
SCHEME = "oceanbase"
SHAPE = f"write it as {SCHEME}://user:password@host:port/database"
PORT = 2881
OPTIONS = ("unix_socket", "ssl_ca")
"""What may follow behind a "?": the path of a local socket, and the file with the certificates that the server is held to."""

QUERY, TRANSACTION, CONNECT = 600, 3600, 10
"""Seconds that a query, a transaction and a connection may take. The server's own ten for a query are too few to index."""

HELD = 30 * 86_400
"""Seconds that a run of indexing may last."""

LOST = (0, 2006, 2013)
"""What the driver says of a session whose server has gone."""

OUTDATED = 4138
"""What a server says of an index that it has built since the view was opened that asks it."""

LOCKED = (1205, 3572)
"""What servers say of a row that somebody holds."""

DUPLICATE = 1060
"""What servers say of a column that is there already."""

STALE = 60.0
"""Seconds after which a session that was not used is asked whether it is still there."""

CURES = {
    1044: "Give the user the rights to the database, or correct `store`.",
    1045: "Correct user and password in `store`.",
    1049: "Make it: CREATE DATABASE name; or correct `store`.",
    1142: "Give the user the rights to the database.",
    1146: "It is no whole library: name an empty database, or restore this one.",
    1153: "An article is larger than the server takes: SET GLOBAL max_allowed_packet = 268435456",
    2002: "Start the server, or correct `store`.",
    2003: "Start the server, or correct `store`.",
    2006: "The server went away: try again when it is back; what was committed is there.",
    2013: "The server went away: try again when it is back; what was committed is there.",
}
_NAME = re.compile(r"[a-zA-Z0-9_]{1,40}")

OTHERWISE = "Try again; what was committed before is still there."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a library lies on a server."""

    user: str
    password: str = field(repr=False)
    host: str
    port: int
    database: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, told: str) -> Address:
        """Raises LibraryError for what is no such address; the password is never told."""
        parts = urlsplit(told)
        database = unquote(parts.path.removeprefix("/"))
        options = tuple(parse_qsl(parts.query))
        try:
            port = parts.port or PORT
        except ValueError as error:
            raise LibraryError(f"`store` names a port that is none: {SHAPE}") from error
        if parts.scheme != SCHEME or not parts.hostname or not parts.username or not database or "/" in database:
            raise LibraryError(f"`store` is no address of a library: {SHAPE}")
        if parts.fragment or any(name not in OPTIONS for name, _ in options):
            known = ", ".join(OPTIONS)
            raise LibraryError(f"`store` has something behind its database that is none of {known}; # is written %23")
        return cls(unquote(parts.username), unquote(parts.password or ""), parts.hostname, port, database, options)

    def library(self, name: str) -> Address:
        """Where a library of another name than "default" lies: in the database behind whose name stands its own."""
        if name == "default":
            return self
        if not _NAME.fullmatch(name):
            raise LibraryError(
                f"On a server the library {name!r} is a database: use up to 40 letters a-z, digits and '_'"
            )
        return replace(self, database=f"{self.database}_{name}")

    def __str__(self) -> str:
        return f"{SCHEME}://{self.user}@{self.host}:{self.port}/{self.database}"

    def connect(self) -> Connection[Any]:
        """A new session. Raises LibraryError where the driver is missing, and the driver's own errors."""
        try:
            import pymysql
        except ImportError as error:
            raise LibraryError(DRIVER) from error
        options = dict(self.options)
        limits = f"SET SESSION ob_query_timeout = {QUERY}000000, ob_trx_timeout = {TRANSACTION}000000"
        return pymysql.connect(
            user=self.user,
            password=self.password,
            host=self.host,
            port=self.port,
            database=self.database,
            unix_socket=options.get("unix_socket"),
            ssl={"ca": options["ssl_ca"]} if "ssl_ca" in options else None,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=CONNECT,
            max_allowed_packet=256 << 20,
            init_command=limits,
        )


class _Mine(local):
    """The session that this thread is in."""

    session: Connection[Any] | None = None
    changes = False


class Sessions:
    """Sessions at one address. A thread has one to itself while it is in a view or in a change, and any one for a single query."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._idle: list[tuple[float, Connection[Any]]] = []
        self._lock = Lock()
        self._mine = _Mine()
        self._closed = False

    def query(self, text: str, values: Sequence[object] | dict[str, str] = ()) -> list[tuple[Any, ...]]:
        """What a statement gives back."""
        with self._session() as session, session.cursor() as cursor:
            cursor.execute(text, values or None)
            return list(cursor.fetchall())

    def indexed(self, text: str, values: Sequence[object]) -> list[tuple[Any, ...]] | None:
        """What a statement gives back; None where the index that it names was built since this thread's view was opened."""
        import pymysql

        try:
            return self.query(text, values)
        except pymysql.MySQLError as error:  # in a view, which explains it to whoever opened it
            if error.args[:1] != (OUTDATED,):
                raise
        return None

    def many(self, text: str, rows: Sequence[Sequence[object]]) -> None:
        """One insertion of many rows."""
        if rows:
            with self._session() as session, session.cursor() as cursor:
                cursor.executemany(text, rows)

    @contextmanager
    def view(self) -> Iterator[None]:
        """One committed state for every query of this thread inside. May be nested, and inside a change is part of it."""
        if self._mine.session is not None:
            yield
            return
        with self._session() as session, self._transaction(session, "REPEATABLE READ", changes=False):
            yield

    @contextmanager
    def change(self) -> Iterator[bool]:
        """What this thread does inside is committed at the end, all or nothing; whether it is the outermost."""
        if self._mine.changes:
            yield False
            return
        if self._mine.session is not None:
            raise RuntimeError("a change inside a view, which would not see what others have changed")
        with self._session() as session, self._transaction(session, "READ COMMITTED", changes=True):
            yield True

    @contextmanager
    def _transaction(self, session: Connection[Any], isolation: str, *, changes: bool) -> Iterator[None]:
        with session.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        session.begin()
        self._mine.session, self._mine.changes = session, changes
        try:
            yield
        except BaseException:
            with suppress(Exception):  # the server undoes by itself what a session that is gone has begun
                session.rollback()
            raise
        else:
            session.commit()
        finally:
            self._mine.session, self._mine.changes = None, False

    @contextmanager
    def holding(self, text: str, values: Sequence[object]) -> Iterator[None]:
        """A session of its own that holds the rows a statement locks, until the end or until this process dies."""
        with self._explained():
            session = self.address.connect()
        try:
            with self._explained(), session.cursor() as cursor:
                cursor.execute(f"SET SESSION ob_trx_timeout = {HELD}000000, ob_trx_idle_timeout = {HELD}000000")
                session.begin()
                cursor.execute(text, values)
            yield
        finally:
            session.close()

    def alone(self, text: str) -> None:
        """A statement that may take as long as a run, in a session of its own."""
        with self._explained():
            session = self.address.connect()
        try:
            with self._explained(), session.cursor() as cursor:
                cursor.execute(f"SET SESSION ob_query_timeout = {HELD}000000, ob_trx_timeout = {HELD}000000")
                cursor.execute(text)
        finally:
            session.close()

    def waits(self, text: str, values: Sequence[object]) -> bool:
        """Whether a statement that does not wait for locks would have to."""
        return self._fails(LOCKED, text, values)

    def once(self, text: str) -> None:
        """A statement that may have been run before: a column that is there already is not added again."""
        self._fails((DUPLICATE,), text)

    def _fails(self, codes: Sequence[int], text: str, values: Sequence[object] = ()) -> bool:
        """Whether a statement fails for one of some reasons. Raises LibraryError for another one."""
        import pymysql

        try:
            self.query(text, values)
        except LibraryError as error:
            cause = error.__cause__
            if isinstance(cause, pymysql.MySQLError) and cause.args[0] in codes:
                return True
            raise
        return False

    @contextmanager
    def _session(self) -> Iterator[Connection[Any]]:
        """The session that this thread is in, or one that nobody uses; errors of the server as LibraryError."""
        if self._mine.session is not None:
            yield self._mine.session
            return
        with self._explained():
            session = self._taken()
            try:
                yield session
            except BaseException as error:
                session.close()  # nobody knows what it is in the middle of
                if error.args and error.args[0] in LOST:
                    self._let_go()  # the server that the others were with has gone too: when it is back, nobody meets one of them
                raise
            with self._lock:
                self._idle.append((time.monotonic(), session))
            if self._closed:
                self._let_go()

    def _taken(self) -> Connection[Any]:
        with self._lock:
            if self._closed:
                raise LibraryError(f"The library {self.address} has been closed: open it again to ask it")
            used, session = self._idle.pop() if self._idle else (0.0, None)
        if session is None:
            return self.address.connect()
        if time.monotonic() - used > STALE and not _answers(session):
            session = self.address.connect()
        return session

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            import pymysql
        except ImportError as error:
            raise LibraryError(DRIVER) from error
        try:
            yield
        except pymysql.MySQLError as error:
            code, told = error.args if len(error.args) == 2 else (0, str(error))
            raise LibraryError(f"{self.address}: {told}. {CURES.get(code, OTHERWISE)}") from error
        except UnicodeEncodeError as error:
            raise LibraryError(
                f"{self.address} cannot hold {error.object[:80]!r}: it is not text. Rename the file it belongs to."
            ) from error

    def close(self) -> None:
        """Close what nobody uses now, and the others when they are done."""
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        """Close what nobody uses now."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, session in idle:
            with suppress(Exception):
                session.close()


def _answers(session: Connection[Any]) -> bool:
    """Whether the server still has a session; one that it has let go of is closed."""
    import pymysql

    try:
        session.ping()
    except (OSError, pymysql.MySQLError):
        with suppress(Exception):
            session.close()
        return False
    return True
