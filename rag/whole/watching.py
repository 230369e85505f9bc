"""Standing questions: after each indexing each is asked again, and what newly answers is told once, with its quotes.

Kept in a small file beside the library: the questions, what was told of each (article and sentence), and how much of it each reader
has read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.types import Article
from rag import refusal
from rag.whole import about, listing, requests
from rag.whole.types import Row
from yinju import YinjuError

if TYPE_CHECKING:
    from rag.assistant import Assistant

FILE = "watched.json"
REACH = 40
"""Passages that are read for a standing question."""

MOST = 200
"""Questions that are kept."""

FEW = 20
"""Articles among which the odds of being about something say less than they do in a library: there more likely than not is enough."""

LONG = 20
"""Characters from which a sentence says the same whatever article it stands in."""


@lru_cache(maxsize=1)
def least() -> float:
    """The log-odds of being about a standing question above which an article is told: nobody asked today, so that more is wanted than
    of a list. That of watching.json, which bench/standing.py writes."""
    return float(json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))["least"])


class WatchError(YinjuError):
    """A standing question cannot be kept or found; the message says what would do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What newly answers: a quote and where it stands."""

    quote: str
    title: str
    date: str
    source: str
    path: str
    article: str
    start: int
    end: int
    since: str
    """When it was told, in ISO format."""
    read: bool = False
    """By the reader who looks."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A standing question, what it was told, and the keys of all that it knows."""

    question: str
    known: tuple[str, ...] = ()
    told: tuple[Told, ...] = field(default=())
    marks: Mapping[str, int] = field(default_factory=dict)
    """How many of the answers told each reader has read, by name."""

    @property
    def unread(self) -> int:
        """How many of the answers told were not read yet."""
        return sum(not one.read for one in self.told)


class Watches:
    """The standing questions of a library, in its folder, as a reader sees them. Other processes wait while one changes them."""

    def __init__(self, folder: Path, reader: str = "") -> None:
        """``folder`` is the library's, ``reader`` the name of who looks, "" where nobody logs in."""
        self.path, self.reader = folder / FILE, reader

    def questions(self) -> list[Watched]:
        """The questions in the order in which they were added. Raises WatchError for a file that is none of ours."""
        try:
            kept: Any = json.loads(self.path.read_bytes())
            return [_seen(one, self.reader) for one in kept["questions"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise WatchError(
                f"{self.path} cannot be read ({error}). Move it away and add the questions anew"
            ) from error

    def add(self, assistant: Assistant, question: str) -> Watched:
        """Keep a question; what answers it now is known, and is not told. Raises WatchError."""
        question = " ".join(question.split())
        if not question:
            raise WatchError("The question is empty: write one in Chinese or English")
        made = Watched(question, _answering(assistant, question).keys)
        with self._changing() as kept:
            if any(one.question == question for one in kept):
                raise WatchError(f"{question!r} is watched already. See: yinju watch list")
            if len(kept) >= MOST:
                raise WatchError(f"{MOST} questions are watched already: remove one with yinju watch remove QUESTION")
            kept.append(made)
        return made

    def remove(self, question: str) -> None:
        """Forget a question, given word for word or by its number in the list. Raises WatchError."""
        with self._changing() as kept:
            at = next((at for at, one in enumerate(kept) if question in (one.question, str(at + 1))), None)
            if at is None:
                raise WatchError(f"{question!r} is not watched. See: yinju watch list")
            del kept[at]

    def check(self, assistant: Assistant) -> list[Watched]:
        """Ask every question again and keep what newly answers. Returns the questions that have new answers, each with these alone."""
        found = {one.question: _answering(assistant, one.question) for one in self.questions()}
        news: list[Watched] = []
        with self._changing() as kept:
            for at, one in enumerate(kept):
                if not (answers := found.get(one.question)):
                    continue
                now = datetime.now(UTC).isoformat(timespec="seconds")
                told = tuple(_told(row, now) for row in answers.new(one.known))
                known = tuple(dict.fromkeys((*one.known, *answers.keys)))
                kept[at] = replace(one, known=known, told=(*one.told, *told))
                if told:
                    news.append(replace(one, told=told))
        return news

    def news(self, assistant: Assistant) -> list[Watched]:
        """Ask every question again, and take all that was told for read. Returns the questions of which the reader had not read all,
        each with what was not read alone."""
        self.check(assistant)
        with self._changing() as kept:
            told = [(one, tuple(each for each in one.told if not each.read)) for one in kept]
            kept[:] = [self._read(one) for one in kept]
        return [replace(one, told=unread) for one, unread in told if unread]

    def mark_read(self) -> None:
        """Take all that was told for read, by this reader."""
        with self._changing() as kept:
            kept[:] = [self._read(one) for one in kept]

    def _read(self, one: Watched) -> Watched:
        return replace(one, marks={**one.marks, self.reader: len(one.told)})

    @contextmanager
    def _changing(self) -> Iterator[list[Watched]]:
        """The questions, written back whole when nothing was raised."""
        from filelock import FileLock

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock")):
            kept = self.questions()
            yield kept
            waiting = self.path.with_name(f".{FILE}.{secrets.token_hex(4)}")
            shape = {"questions": [_shape(one) for one in kept]}
            waiting.write_text(json.dumps(shape, ensure_ascii=False), encoding="utf-8", errors="backslashreplace")
            os.replace(waiting, self.path)


def _seen(one: dict[str, Any], reader: str) -> Watched:
    """A question of the file as a reader sees it; who never looked goes on from where everybody was."""
    told = [dict(each) for each in one["told"]]
    before = sum(
        bool(each.pop("read", False)) for each in told
    )  # files of before have one mark for all, at each answer
    marks = {str(name): int(count) for name, count in one.get("read", {"": before}).items()}
    seen = marks.get(reader, marks.get("", 0))
    answers = tuple(Told(**each, read=at < seen) for at, each in enumerate(told))
    return Watched(str(one["question"]), tuple(map(str, one["known"])), answers, marks)


def _shape(one: Watched) -> dict[str, Any]:
    told = [{name: value for name, value in asdict(each).items() if name != "read"} for each in one.told]
    return {"question": one.question, "known": one.known, "told": told, "read": one.marks}


def key_of(row: Row) -> str:
    """A key of 24 hexadecimal digits for a row's sentence, so that it is told once wherever it stands and wherever its file goes; a
    short one says little by itself, so that its article's title counts as well."""
    words = "".join(row.quote.split())
    return _key("" if len(words) >= LONG else row.article.title, words)


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class _Answers:
    """What answers a question now, each article by its best sentence, and the keys of all that was looked at for it: of the
    sentences, and of the articles as they are now."""

    rows: Sequence[Row]
    keys: tuple[str, ...]

    def new(self, known: Sequence[str]) -> list[Row]:
        """Rows of which neither the sentence nor the article was known: what was there before is not new, though it may answer
        better beside what has come."""
        before, told = set(known), list[Row]()
        for row in self.rows:
            if not before & {key_of(row), _of(row.article)}:
                before.add(key_of(row))
                told.append(row)
        return told


def _of(article: Article) -> str:
    return _key(article.title, article.text)


def _answering(assistant: Assistant, question: str) -> _Answers:
    """All that answers a question now: each article by its best sentence, or every mention where mentions are asked for."""
    request = requests.read(question)
    if request and request.kind in ("list", "count"):
        told = listing.overview(assistant, replace(request, kind="list"))
        found = told.rows if told else ()
        rows, seen = [row for row in found if not row.near], [row.article for row in found]
    else:
        judged, seen = judge(assistant, question)
        border = least() if len(seen) > FEW else 0.0
        rows = [row for row, log_odds in judged if log_odds > border]
    return _Answers(rows, (*map(key_of, rows), *map(_of, seen)))


def judge(assistant: Assistant, question: str) -> tuple[list[tuple[Row, float]], list[Article]]:
    """Each article that may answer a question by its best sentence, with the log-odds that it is about what is asked; and all
    articles that were looked at."""
    asked, ranked = assistant.ranked(question, REACH)
    odds = about.log_odds(assistant, question, ranked)
    best: dict[str, Row] = {}
    for one in ranked:
        if one.hit.article.id not in best and refusal.answers(asked, one):
            best[one.hit.article.id] = Row(one.hit.article, one.start, one.end)
    seen = {one.hit.article.id: one.hit.article for one in ranked}
    return [(row, odds[id_]) for id_, row in best.items()], list(seen.values())


def _told(row: Row, now: str) -> Told:
    article = row.article
    return Told(
        row.quote, article.title, article.date, article.source, article.place, article.id, row.start, row.end, now
    )
