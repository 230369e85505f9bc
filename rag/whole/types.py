"""Request, Row and Overview: what is asked of the whole library, and what it says, each row a quote."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.types import Article, short

Span = tuple[int, int]

KINDS = ("list", "count", "timeline", "compare", "brief")


@dataclass(frozen=True, slots=True)
class Request:
    """A question to the whole library, as it was understood."""

    kind: str
    """One of KINDS."""
    subject: str
    """A topic, or with ``literal`` a string to be found word for word; "" for the whole library."""
    literal: bool = False
    text: str = ""
    """The question as it was asked."""
    language: str = "zh"
    loose: bool = False
    """It may be a question for a fact as well, which the library decides."""
    source: bool = False
    """``subject`` is where articles come from."""
    issues: bool = False
    """The issues of a bulletin are asked for, of that which ``subject`` names."""
    said: bool = False
    """What the speaker ``subject`` says is asked for, and nothing where it is none."""
    of: Article | None = None
    """The article that ``subject`` points at in a conversation: "this report"."""


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A sentence of an article: ``article.text[start:end]``, with the spans in it that are what was looked for."""

    article: Article
    start: int
    end: int
    marks: tuple[Span, ...] = ()
    """Offsets in the article's text."""
    label: str = ""
    """What the row is of: a date, an entity, a group; "" in a list."""
    column: str = ""
    near: bool = False
    """Near the border: perhaps about the topic, and not counted."""
    also: tuple[Article, ...] = ()
    """Other articles that say the same."""

    @property
    def quote(self) -> str:
        """The sentence, verbatim."""
        return self.article.text[self.start : self.end]

    def __repr__(self) -> str:
        return f"Row({self.label!r}, {short(self.quote)!r}, {self.article.title!r})"


@dataclass(frozen=True, slots=True)
class Overview:
    """What the library says as a whole. ``total`` counts the rows that are not near the border."""

    request: Request
    rows: tuple[Row, ...]
    understood: str
    """What was understood, and how much was found, in a sentence."""
    other: str = ""
    """The question that asks for the other reading, to be put as it is."""
    columns: tuple[str, ...] = field(default=())

    @property
    def total(self) -> int:
        """How many rows there are that are not near the border."""
        return sum(not row.near for row in self.rows)
