"""Article, Passage and Hit: what the index remembers and what a search gives back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field


def short(text: str, most: int = 60) -> str:
    """The beginning of a text, for the representation of what holds it."""
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass(frozen=True, slots=True, repr=False)
class Article:
    """One article as the reader sees it; ``text`` is never altered after reading, so offsets into it stay true.

    ``date`` is ISO, as precise as it is known: "2026-01-13", "2026-01", "2026" or "" when unknown.
    ``language`` is "zh" or "en". ``hash`` is the SHA-256 of the file the article was read from.
    """

    id: str
    title: str
    text: str
    date: str = ""
    source: str = ""
    url: str = ""
    path: str = ""
    language: str = ""
    hash: str = ""
    part: str = ""
    """The file in the archive ``path`` that this was read from: "2026/week 3.docx"."""
    pages: tuple[int, ...] = ()
    """Offsets in ``text`` at which the pages of the file begin, from its page 1 on; empty where it has none."""
    also_in: tuple[Article, ...] = ()
    """Other articles that say the same, without their texts: they are not searched."""
    copy_of: str = ""
    """The id of the article that is searched in the place of this one."""
    issue: str = ""
    """The issue of a bulletin that it stands in, as its masthead has it: "East Lake Digest No. 9, 14 March 2025"."""

    @property
    def place(self) -> str:
        """Where it was read from: the file, or the archive and the file in it."""
        return f"{self.path}/{self.part}" if self.part else self.path

    @property
    def origin(self) -> str:
        """Where it was published: its source, and the issue of the bulletin that it stands in."""
        told = (self.issue,) if self.issue.startswith(self.source) and self.issue else (self.source, self.issue)
        return " · ".join(part for part in told if part)

    def page(self, offset: int) -> int:
        """The page of its file, counted from 1, on which ``text[offset]`` stands; 0 where that is not known."""
        return bisect_right(self.pages, offset)

    def __repr__(self) -> str:
        return f"Article({self.id!r}, {short(self.title)!r}, {self.date!r}, {self.source!r}, {len(self.text):,} characters)"


@dataclass(frozen=True, slots=True, repr=False)
class Passage:
    """A stretch of an article: ``article.text[start:end] == text``. ``heading`` is the section it stands under."""

    id: str
    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    heading: str = ""

    def __repr__(self) -> str:
        return f"Passage({self.id!r}, {self.start}:{self.end}, {short(self.text)!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """A passage found for a question; ``score`` means the same for every question, ``legs`` says what each leg thought."""

    passage: Passage
    article: Article
    score: float
    legs: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Hit({self.score:.3f}, {short(self.article.title)!r}, {short(self.passage.text)!r})"
