"""Article, Passage and Hit: what the index remembers and what a search gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
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
    also_in: tuple[Article, ...] = ()
    """Other articles that say the same, without their texts: they are not searched."""
    copy_of: str = ""
    """The id of the article that is searched in the place of this one."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article: ``article.text[start:end] == text``. ``heading`` is the section it stands under."""

    id: str
    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; ``score`` means the same for every question, ``legs`` says what each leg thought."""

    passage: Passage
    article: Article
    score: float
    legs: Mapping[str, float] = field(default_factory=dict)
