"""Citation, Sentence and Answer: what the reader is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.text.scripts import CJK_CHARACTER
from index.types import Article, Hit, Passage, short


@dataclass(frozen=True, slots=True, repr=False)
class Citation:
    """The words that support a sentence: ``article.text[start:end] == quote``; ``number`` is the [n] the reader sees."""

    number: int
    passage: Passage
    article: Article
    quote: str
    start: int
    end: int

    def __repr__(self) -> str:
        return f"Citation([{self.number}] {short(self.quote)!r}, {self.article.title!r}, {self.start}:{self.end})"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the numbers of its citations, and what the cited passages do not say.

    Whoever shows it takes these parts; nobody reads them out of the answer's text."""

    text: str
    citations: tuple[int, ...] = ()
    supported: bool = True
    problems: tuple[str, ...] = ()
    conversions: tuple[str, ...] = ()
    """What its numbers are in the unit asked for: "2.5公顷 = 37.5亩"."""
    lead: str = ""
    """What stands before it: a notice or the heading of its rows, each ending its line, and in a comparison its year."""
    span: tuple[int, int] | None = None
    """Start and end, in ``text``, of the words that answer; None where they are not known apart from the sentence."""

    @property
    def beside(self) -> str:
        """Its conversions as they stand behind its marks, in brackets of their script; "" where there are none."""
        if not self.conversions:
            return ""
        told = "；".join(self.conversions)
        return f"（{told}）" if CJK_CHARACTER.search(told) else f" ({'; '.join(self.conversions)})"

    @property
    def line(self) -> str:
        """The sentence as it stands in the answer's text: its lead, its words, a [n] for each citation, its conversions."""
        marks = "".join(f"[{number}]" for number in self.citations)
        return f"{self.lead}{self.text}{marks}{self.beside}"


def written(sentences: Sequence[Sentence]) -> str:
    """The text of an answer: its sentences with their marks, a line each."""
    return "\n".join(sentence.line for sentence in sentences)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A whole answer. ``text`` is :func:`written` of its sentences; ``timings`` are seconds by stage.

    As ``str(answer)`` its text with its sources below, as :meth:`to_json` the shape of ``yinju ask --json``."""

    question: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    refused: bool
    engine: str
    confidence: float = 0.0
    """Probability that the articles answer the question, 0 to 1."""
    understood: str = ""
    """The question as it was understood, its times written out and a follow-up completed; "" where it says so itself."""
    invented: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What a writer's context had no room for: evidence (sentences), history (turns), question (characters)."""
    shown: tuple[str, ...] = ()
    """The numbered lines of evidence that a writer read, as it read them; none where nothing was written."""
    kind: str = ""
    """Of a request to the whole library (:mod:`rag.whole`): list, count, timeline, compare or brief; "" of any other question."""
    other: str = ""
    """The question that asks for the other reading of such a request, to be put as it is."""
    labels: tuple[str, ...] = ()
    """What each citation of such a request is of: a date, a thing, a group; "" in a list."""

    def to_json(self) -> dict[str, Any]:
        """The answer as ``yinju ask --json`` prints it: dicts, lists, texts and numbers alone."""
        from rag.shapes import answer_json

        return answer_json(self)

    def __str__(self) -> str:
        sources = [
            " · ".join(part for part in (one.article.title, one.article.date, one.article.origin) if part)
            for one in self.citations
        ]
        listed = [f"[{one.number}] {source}" for one, source in zip(self.citations, sources, strict=True)]
        return "\n".join([self.text, "", *listed]) if listed else self.text

    def __repr__(self) -> str:
        told = "refused" if self.refused else f"{len(self.sentences)} sentences, {len(self.citations)} citations"
        return f"Answer({short(self.question)!r}, {short(self.text)!r}, {told}, {self.engine!r})"
