"""Citation, Sentence and Answer: what the reader is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.types import Article, Hit, Passage


@dataclass(frozen=True, slots=True)
class Citation:
    """The words that support a sentence: ``article.text[start:end] == quote``; ``number`` is the [n] the reader sees."""

    number: int
    passage: Passage
    article: Article
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the numbers of its citations, and what the cited passages do not say."""

    text: str
    citations: tuple[int, ...] = ()
    supported: bool = True
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Every [n] in ``text`` resolves to a citation; ``timings`` are seconds by stage."""

    question: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    refused: bool
    engine: str
    invented: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What a writer's context had no room for: evidence (sentences), history (turns), question (characters)."""
    shown: tuple[str, ...] = ()
    """The numbered lines of evidence that a writer read, as it read them; none where nothing was written."""
