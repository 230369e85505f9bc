"""Conversations kept in one SQLite file: each answered turn with everything it cites, whatever becomes of the articles.

The texts of articles are kept once each, by their SHA-256, and go with the last turn that quotes them.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, get_args, get_origin, get_type_hints

from index.explaining import explained
from index.types import Article
from rag.types import Answer
from yinju import YinjuError

FILE = "conversations.sqlite"
FORMAT = 2
MAX_TITLE = 80
"""Characters of a first question that stand as the conversation's title."""
PATIENCE = 30.0
"""Seconds to wait for another thread or process that writes."""

_APPLICATION = 0x59696E4A
"""Marks the file as ours: another program's database under this name is refused, not written into."""

_MARKS = ("application_id", "user_version")

_SCHEMA = """
CREATE TABLE conversation (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', library TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE turn (
    row INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    time REAL NOT NULL, answer BLOB NOT NULL);
CREATE INDEX turn_conversation ON turn (conversation, time);
CREATE TABLE text (digest TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE quoted (
    turn INTEGER NOT NULL REFERENCES turn (row) ON DELETE CASCADE, digest TEXT NOT NULL REFERENCES text (digest),
    PRIMARY KEY (turn, digest)) WITHOUT ROWID;
CREATE INDEX quoted_digest ON quoted (digest);
"""
_LIST = """
SELECT id, title, max(time), count(*) FROM conversation JOIN turn ON conversation = id
WHERE owner = ? AND library = ? GROUP BY id ORDER BY max(row) DESC
"""
_OWNED = (
    "ALTER TABLE conversation ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversation ADD COLUMN library TEXT NOT NULL DEFAULT ''",
    "PRAGMA user_version = 2",
)
"""What makes a file of format 1 one of format 2."""
_TEXTS = """
SELECT DISTINCT text.digest, body FROM turn JOIN quoted ON turn = row JOIN text ON text.digest = quoted.digest
WHERE conversation = ?
"""
_CUT = "DELETE FROM turn WHERE row IN (SELECT row FROM turn WHERE conversation = ? ORDER BY row LIMIT -1 OFFSET ?)"
_UNQUOTED = "DELETE FROM text WHERE NOT EXISTS (SELECT 1 FROM quoted WHERE quoted.digest = text.digest)"


class ConversationsError(YinjuError):
    """Conversations cannot be opened, read or changed; the message names the file and the cure."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list: ``time`` is that of its last answer (UTC), ``count`` how many there are."""

    id: str
    title: str
    time: datetime
    count: int


class Conversations:
    """The conversations of one file that belong to one owner. Every change is one transaction; threads take turns, processes share
    the file."""

    def __init__(self, path: Path) -> None:
        """Opens the file and makes it where there is none. Raises :class:`ConversationsError`."""
        from filelock import FileLock

        self.path = path
        self._of = ("", "")
        self._lock = RLock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # What somebody asks is theirs alone; SQLite's side files take the same mode.
            self._connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                # SQLite does not wait when a file that others open becomes one with a journal: 2 of 480 openings failed.
                with FileLock(f"{path}.lock", timeout=PATIENCE, mode=0o600):
                    self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Conversations:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def of(self, owner: str, library: str) -> Conversations:
        """Those of the same file that somebody has with a library; they are closed with these. Nobody sees another's."""
        other = copy.copy(self)
        other._of = (owner, library)
        return other

    def start(self) -> str:
        """The id of a new conversation. It is listed from its first answer on, whose question is its title."""
        made = uuid.uuid4().hex
        with self._changing() as execute:
            execute("INSERT INTO conversation VALUES (?, '', ?, ?)", (made, *self._of))
        return made

    def add(self, conversation: str, answer: Answer) -> None:
        """Keep an answered turn. Raises :class:`ConversationsError`, also when the conversation was deleted meanwhile."""
        texts: dict[str, bytes] = {}
        packed = _bytes(json.dumps(answer, default=functools.partial(_shape, texts), ensure_ascii=False))
        with self._changing() as execute:
            self._require(conversation)
            title = (_title(answer.question), conversation)
            execute("UPDATE conversation SET title = ? WHERE id = ? AND title = ''", title)
            values = (conversation, time.time(), packed)
            turn = execute("INSERT INTO turn (conversation, time, answer) VALUES (?, ?, ?)", values).lastrowid
            for digest, body in texts.items():
                execute("INSERT OR IGNORE INTO text VALUES (?, ?)", (digest, body))
                execute("INSERT INTO quoted VALUES (?, ?)", (turn, digest))

    def list(self) -> Sequence[Summary]:
        """The conversations that hold an answer, the one answered last first."""
        with self._reading() as execute:
            rows = execute(_LIST, self._of).fetchall()
        return [Summary(i, title, datetime.fromtimestamp(when, UTC), count) for i, title, when, count in rows]

    def turns(self, conversation: str) -> Sequence[Answer]:
        """The answers of a conversation, oldest first, each equal to the one that was added."""
        with self._reading() as execute:
            self._require(conversation)
            texts = {digest: _text(body) for digest, body in execute(_TEXTS, (conversation,))}
            packed = execute("SELECT answer FROM turn WHERE conversation = ? ORDER BY row", (conversation,)).fetchall()
        try:
            return [_read(Answer, _led(json.loads(_text(row[0]))), texts) for row in packed]
        except (LookupError, TypeError, ValueError) as error:
            raise ConversationsError(
                f"{self.path} holds an answer in conversation {conversation} that this version cannot read "
                f"({error!r}). Upgrade Yinju, or delete that conversation"
            ) from error

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one is refused."""
        named = _title(title)
        if not named:
            raise ConversationsError("A conversation needs a title: write at least one letter")
        with self._changing() as execute:
            self._require(conversation)
            execute("UPDATE conversation SET title = ? WHERE id = ?", (named, conversation))

    def title(self, conversation: str) -> str:
        """The title of a conversation, "" while it has no answer."""
        with self._reading() as execute:
            self._require(conversation)
            return str(execute("SELECT title FROM conversation WHERE id = ?", (conversation,)).fetchone()[0])

    def cut(self, conversation: str, count: int) -> None:
        """Keep only the first ``count`` answers; with none left it is titled by its next question, unless it was renamed."""
        asked = [answer.question for answer in self.turns(conversation)[:1]]
        with self._changing() as execute:
            self._require(conversation)
            execute(_CUT, (conversation, max(0, count)))
            if count <= 0 and asked:
                untitle = "UPDATE conversation SET title = '' WHERE id = ? AND title = ?"
                execute(untitle, (conversation, _title(asked[0])))
            execute(_UNQUOTED)
        self._forget()

    def delete(self, conversation: str) -> None:
        """Delete a conversation, and the texts that only it quotes."""
        with self._changing() as execute:
            self._require(conversation)
            execute("DELETE FROM conversation WHERE id = ?", (conversation,))
            execute(_UNQUOTED)
        self._forget()

    def _forget(self) -> None:
        """Empty the journal, in which what was deleted would lie until the next checkpoint."""
        with self._lock, self._explained():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _prepare(self) -> None:
        execute = self._connection.execute
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA secure_delete = ON")
        execute("PRAGMA synchronous = FULL")
        with self._changing():
            if self._is_new():
                for statement in filter(None, map(str.strip, _SCHEMA.split(";"))):
                    execute(statement)
                execute(f"PRAGMA application_id = {_APPLICATION}")
                execute(f"PRAGMA user_version = {FORMAT}")
            elif self._marks() == (_APPLICATION, 1):
                for statement in _OWNED:
                    execute(statement)
        self._check_format()
        execute("PRAGMA journal_mode = WAL")

    def _is_new(self) -> bool:
        return not self._connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()

    def _marks(self) -> tuple[int, int]:
        """Whose file it is, and its format."""
        application, made = (self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _MARKS)
        return int(application), int(made)

    def _check_format(self) -> None:
        marks = self._marks()
        if marks[0] != _APPLICATION:
            raise ConversationsError(f"{self.path} holds something else, no conversations of Yinju. Move it away")
        if marks[1] != FORMAT:
            raise ConversationsError(
                f"{self.path} was written by a newer Yinju (format {marks[1]}, this one reads {FORMAT}). Upgrade Yinju, "
                "or move the file away to begin anew"
            )

    def _require(self, conversation: str) -> None:
        own = "SELECT 1 FROM conversation WHERE id = ? AND owner = ? AND library = ?"
        if not self._connection.execute(own, (conversation, *self._of)).fetchone():
            raise ConversationsError(
                f"There is no conversation {conversation} in {self.path}: it may have been deleted"
            )

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        """One committed state for all that is read inside."""
        with self._held("BEGIN") as execute:
            yield execute

    @contextmanager
    def _changing(self) -> Iterator[Any]:
        with self._held("BEGIN IMMEDIATE") as execute:
            yield execute

    @contextmanager
    def _held(self, begin: str) -> Iterator[Any]:
        """A transaction: all that is done inside or nothing."""
        with self._lock, self._explained():
            self._connection.execute(begin)
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _explained(self) -> AbstractContextManager[None]:
        """SQLite's errors as what happened and what to do."""
        damaged = "damaged ({}). Move it away, or put a copy in its place: Yinju begins a new one"
        otherwise = "Move it away, or put a copy in its place: Yinju begins a new one"
        return explained(self.path, ConversationsError, damaged=damaged, otherwise=otherwise)


def _title(text: str) -> str:
    """On one line, without what SQLite's text cannot hold: halves of surrogate pairs and null characters."""
    line = " ".join(text.encode("utf-8", "replace").decode().replace("\x00", " ").split())
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


def _bytes(text: str) -> bytes:
    """Any text, even one that no UTF-8 is for: a file name, say, whose bytes Python kept as halves of pairs."""
    return text.encode("utf-8", "surrogatepass")


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogatepass")


def _shape(texts: dict[str, bytes], part: Any) -> dict[str, Any]:
    """What json does not know as a dict, an article's text put into ``texts`` with its digest in its place."""
    if isinstance(part, Mapping):
        return dict(part)
    if not is_dataclass(part):
        raise TypeError(f"an answer holds {part!r}, which JSON cannot keep")
    shape = {field.name: getattr(part, field.name) for field in fields(part)}
    if isinstance(part, Article):
        body = _bytes(part.text)
        shape["text"] = hashlib.sha256(body).hexdigest()
        texts[shape["text"]] = body
    return shape


def _led(shape: dict[str, Any]) -> dict[str, Any]:
    """The shape of an answer; where it was kept before sentences had leads, each with what stands before it on its lines."""
    end = 0
    for sentence in shape["sentences"]:
        at = shape["text"].find(sentence["text"], end)
        if "lead" in sentence or at < 0:
            continue
        sentence["lead"] = shape["text"][end:at].partition("\n")[2] if end else shape["text"][:at]
        end = at + len(sentence["text"])
    return shape


_hints = functools.cache(get_type_hints)


def _read(kind: Any, value: Any, texts: Mapping[str, str]) -> Any:
    """The value that a shape of JSON stands for. Raises LookupError or TypeError when it is another version's."""
    if isinstance(kind, type) and is_dataclass(kind):
        known = _hints(kind)
        parts = {name: _read(known[name], part, texts) for name, part in value.items()}
        return kind(**parts | {"text": texts[value["text"]]} if kind is Article else parts)
    if isinstance(value, list):
        of = next(one for one in (kind, *get_args(kind)) if get_origin(one) is tuple)  # a span may also be None
        return tuple(_read(get_args(of)[0], part, texts) for part in value)
    return value
