"""What belongs to one reader's page, and what all readers share; neither knows how anything looks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from index.filters import Filters
from index.types import Article
from rag.settings import Settings
from rag.types import Answer
from ui.members import Role
from ui.web.words import Words, say

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.conversations import Conversations

Data = Mapping[str, object]
"""What the browser sent: anything at all, so every field is checked when it is read."""
Regions = dict[str, str]
"""HTML by the region of the page that it belongs to; what is not named stays as it is."""

MAX_QUESTION = 2000
LISTS = 3
"""Lists of articles that are kept beside the one that was asked for."""
MAX_TURNS = 50
"""Turns of a conversation that the page shows; older ones stay in the file."""


@dataclass(slots=True)
class Turn:
    """A question and what became of it: the checked answer, or why there is none."""

    question: str
    answer: Answer | None = None
    words: str = ""
    error: str = ""
    following: tuple[str, ...] = ()
    """Questions that may be asked next."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands beside the conversation: a citation or a hit of a turn, what is behind that turn, or an article."""

    kind: str = ""
    turn: int = 0
    n: int = 0
    article: str = ""


@dataclass(slots=True)
class Session:
    """One reader's page. ``run`` counts the conversations that were opened, so that an answer that comes late finds its own."""

    language: str = "zh"
    owner: str = ""
    """Who opened it: nobody else's events reach it."""
    library: str = ""
    """The one that it is at; "" for that in which its owner begins."""
    conversation: str = ""
    turns: list[Turn] = field(default_factory=list)
    filters: Filters = field(default_factory=Filters)
    table: dict[str, str] = field(default_factory=dict)
    """What narrows the table alone: ``find`` in titles, ``language``; and how many rows it ``shows``."""
    settings: Settings | None = None
    """How this reader wants answers; None: as the app was started."""
    place: Place = field(default_factory=Place)
    asking: tuple[str, str] = ("", "")
    """What a list asks before it acts ("rename", "delete" or "remove"), and of which entry."""
    greeted: bool = False
    """Whether the page has said its language; one that outlived our process has not, and says it again."""
    run: int = 0
    edition: int = 0
    """Of what was last made of the turns. Answers to two events may reach the browser in either order; it keeps the newer."""
    asked: int = 0
    stopped: int = 0
    """How many questions were asked, and the last of them that was stopped."""

    def __deepcopy__(self, memo: object) -> Session:
        """Each page begins with its own."""
        return Session()

    @property
    def words(self) -> Words:
        """What the page says, in the reader's language."""
        return say(self.language)

    def stop(self) -> None:
        """End the answer that is being written."""
        self.stopped = self.asked

    def renew(self) -> int:
        """A new number for what the page shows; never one given before, not even by an earlier process, which a page may outlive."""
        self.edition = max(self.edition + 1, time.time_ns() // 10**6)
        return self.edition

    def turn(self, number: int) -> Turn | None:
        """A turn by its number, which counts from 1; 0 is the last."""
        at = number - 1 if number > 0 else len(self.turns) - 1
        return self.turns[at] if 0 <= at < len(self.turns) else None


@dataclass(slots=True)
class Listed:
    """What was made last of one library, for all desks at it."""

    examples: tuple[int, tuple[tuple[str, str], ...]] = (-1, ())
    """The library's generation, and (language, question) of what can be asked of it."""
    articles: dict[tuple[int, Filters], list[Article]] = field(default_factory=dict)
    """Its articles by generation and filters."""


class Took(Protocol):
    """Is told what was done, in how many seconds, whether in vain, and what of it was counted."""

    def __call__(self, deed: str, seconds: float, *, failed: bool, **counts: int) -> None: ...


class Doing(Protocol):
    """Is told what is done and about what before it is, and what speaks against it. Raises DeniedError where it may not be."""

    def __call__(self, deed: str, about: str, against: str = "") -> None: ...


def _nothing(deed: str, about: str, against: str = "") -> None:
    """Nobody has to be asked, and nothing is recorded."""


def _took_nothing(deed: str, seconds: float, *, failed: bool, **counts: int) -> None:
    """Nobody counts."""


@dataclass(slots=True)
class Desk:
    """What a reader is at: the assistant over one library, the reader's conversations, and what may be done there."""

    assistant: Assistant
    conversations: Conversations
    host: str = ""
    listed: Listed = field(default_factory=Listed)
    libraries: tuple[str, ...] = ()
    """All that are open to the reader."""
    role: Role = Role.administrator
    doing: Doing = _nothing
    name: str = ""
    """Whose it is, "" where nobody logs in."""
    took: Took = _took_nothing
    """Told what was done and how long it took, in seconds."""

    def articles(self, filters: Filters | None = None) -> list[Article]:
        """The articles that the filters admit, newest first; of 100,000 the library takes a second or two to tell."""
        wanted = (self.assistant.library.generation, filters or Filters())
        lists = self.listed.articles
        found = lists.get(wanted)
        if found is None:
            kept = [(key, listed) for key, listed in list(lists.items())[-LISTS:] if key[0] == wanted[0]]
            found = self.assistant.library.articles(wanted[1])
            self.listed.articles = {**dict(kept), wanted: found}
        return found

    def answering(self, session: Session) -> Assistant:
        """The assistant that answers as this reader chose. Raises ModelError."""
        chosen = session.settings
        return self.assistant.answering(chosen) if chosen else self.assistant


def text_of(data: Data, name: str, most: int = MAX_QUESTION) -> str:
    """A field as text, "" where it is none, cut to what is sensible."""
    value = data.get(name)
    return value[:most] if isinstance(value, str) else ""


def number_of(data: Data, name: str) -> int:
    """A field as a whole number, 0 where it is none."""
    value: Any = data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    return value if type(value) is int and 0 <= value < 10**9 else 0
