"""Where a string stands, word for word: narrowed by the terms that search keeps, decided by the text itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import lexical, unread
from index.distinct import distinct
from index.filters import Filters
from index.postings import Asked, Inverted
from index.store import Store
from index.text.scripts import CJK_CHARACTER
from index.types import Article
from yinju import YinjuError

LONGEST = 200
"""Characters of a string that is looked for; a longer one is a pasted text, of which no two copies agree."""

AT_ONCE = 1000
"""Articles whose texts are read at a time."""

Span = tuple[int, int]
Rows = NDArray[np.int64]

_TYPESET = str.maketrans(dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("•・‧⋅∙", "·") | dict.fromkeys("‐‑‒–—―−", "-"))  # fmt: skip
"""Signs that are one sign to a reader, and that keyboards and fonts write as several."""

_DROPPED = re.compile(r"[*＊]|(?<=\d),(?=\d{3}(?!\d))")
"""What emphasises a word in Markdown, and what parts the thousands of a number: search does not see them either."""

_PRIVATE = 0xF0000
"""Where signs are kept from becoming digits: 10⁶ is no 106."""

_PIECE = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")


class MentionError(YinjuError):
    """A string that cannot be looked for; the message says what would do."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An article that holds a string: where in its title, and where in its text, as they were written."""

    article: Article
    titled: tuple[Span, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A string to be found whatever its script (traditional or simplified), width and case: whole words, whole numbers."""

    text: str
    _expression: re.Pattern[str]

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Raises :class:`MentionError` for a text in which there is nothing to look for, or too much."""
        text = " ".join(text.split())
        if len(text) > LONGEST:
            raise MentionError(f"{text[:20]!r}… has {len(text)} characters: give up to {LONGEST} of them")
        plain = fold(text)[0]
        if not plain.strip():
            raise MentionError(f"{text!r} holds nothing to look for: give a word, a name, a title or a number")
        return cls(text, re.compile(_flexible(plain)))

    def find(self, text: str) -> tuple[Span, ...]:
        """Where it stands in a text, in order."""
        plain, places = fold(text)
        found = []
        for match in self._expression.finditer(plain):
            start, end = places[match.start()], places[match.end() - 1] + 1
            while end < len(text) and _joins(text[end]):
                end += 1
            if _is_whole(plain, *match.span(), acronym=text[max(0, end - 2) : end].isupper()):
                found.append((int(start), int(end)))
        return tuple(found)


def _flexible(plain: str) -> str:
    """An expression for a folded string. Whether a blank stands between Han and other letters is a matter of typesetting."""
    parts: list[str] = []
    before, blank = "", False
    for char in plain.strip():
        if char.isspace():
            blank = True
            continue
        if before:
            mixed = _is_han(before) != _is_han(char) and before.isalnum() and char.isalnum()
            loose = mixed or (blank and (_is_han(before) or _is_han(char)))
            parts.append(r"\s*" if loose else r"\s+" if blank else "")
        parts.append(re.escape(char))
        before, blank = char, False
    return "".join(parts)


def pieces(text: str) -> list[str]:
    """What stands unparted in the folded text of whatever holds a string, in order: see :func:`_flexible`."""
    found: list[str] = []
    before = ""
    for char in fold(" ".join(text.split()))[0].strip():
        if not char.isspace():
            parted = not before or before.isspace() or _is_han(before) != _is_han(char)
            found[-1:] = [*found[-1:], char] if parted else [found[-1] + char]
        before = char
    return found


def _is_han(char: str) -> bool:
    return bool(CJK_CHARACTER.match(char))


def _is_whole(plain: str, start: int, end: int, *, acronym: bool) -> bool:
    """True if no letter goes on beside a letter at an edge, nor a number beside a digit: AI is not in SAID, 15 not in 2.15.

    Behind an acronym (``acronym``: it was written in capitals) an s is its plural."""
    first, last = plain[start], plain[end - 1]
    before, after = plain[max(0, start - 2) : start], plain[end : end + 2]
    if first.isdigit() and (before[-1:].isdigit() or (before[-1:] == "." and before[:1].isdigit() and len(before) > 1)):
        return False
    if last.isdigit() and (after[:1].isdigit() or (after[:1] == "." and after[1:].isdigit())):
        return False
    if _is_letter(first) and _is_letter(before[-1:]):
        return False
    if _is_letter(last) and _is_letter(after[:1]):
        return acronym and after[:1] == "s" and not _is_letter(after[1:])
    return True


def _is_letter(char: str) -> bool:
    """True if a character is a letter of a script that parts its words by blanks."""
    return char.isalpha() and not _is_han(char)


def fold(text: str) -> tuple[str, Sequence[int] | NDArray[np.int64]]:
    """The text as strings are compared (script, width and case folded), and for each of its characters where it stood."""
    dropped = [match.start() for match in _DROPPED.finditer(text)]
    kept: Sequence[int] | NDArray[np.int64] = range(len(text))
    if dropped:
        kept = np.delete(np.arange(len(text)), dropped)
        text = _DROPPED.sub("", text)
    text = lexical.SIGN.sub(lambda found: found[1] + chr(_PRIVATE + ord(found[2])), text)
    plain = _folded(text)
    if len(plain) == len(text):
        return plain, kept
    places: list[int] = []
    pieces: list[str] = []
    for start, end in _clusters(text):
        pieces.append(_folded(text[start:end]))
        places += [int(kept[start])] * len(pieces[-1])
    return "".join(pieces), places


def _folded(text: str) -> str:
    return lexical.simplified(lexical.compatible(text).casefold()).translate(_TYPESET)


def _joins(char: str) -> bool:
    """True if a character is part of the one before it: a mark, or a letter of a Hangul syllable."""
    return bool(unicodedata.combining(char)) or "\u1160" <= char <= "\u11ff"


def _clusters(text: str) -> Iterator[Span]:
    """Spans of the characters, each with the marks that join it."""
    begin = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not _joins(text[at]):
            yield begin, at
            begin = at


# --- which articles may hold it ---------------------------------------------------------------------------------------


def candidates(parts: Sequence[Inverted], articles: Rows, alive: NDArray[np.bool_] | None, text: str) -> Rows | None:
    """Rows, ascending, of the articles that may hold a string, none that does left out; None where every article may.

    ``articles`` has the article of each passage, ``parts`` one behind the other. A passage may end within the string, so
    that its terms stand in two neighbours: every way to cut it is asked for."""
    text = " ".join(text.split())
    if not _needed(text):
        return None
    ways = [(_needed(text[:at]), _needed(text[at:])) for at in range(1, len(text))]
    found = []
    begin = 0
    for part in parts:
        whole = _holding(part, _needed(text))
        cut = [_neighbours(part, left, right) for left, right in ways if left and right]
        found.append(distinct(whole, *cut) + begin)
        begin += part.size
    passages = np.concatenate([np.empty(0, dtype=np.int64), *found])
    return distinct(articles[passages if alive is None else passages[alive[passages]]])


def _needed(text: str) -> list[int]:
    """Numbers of the terms that stand in whatever holds a text as whole words."""
    terms: list[str] = []
    for run in lexical.runs(text):
        if _is_han(run):
            terms += [*run, *(run[at : at + 2] for at in range(len(run) - 1))]
        else:
            terms += map(lexical.stem, _PIECE.findall(run))
    return [lexical.term_id(term) for term in dict.fromkeys(terms)]


def _holding(part: Inverted, ids: Sequence[int]) -> Rows:
    """The documents that hold all of some terms, ascending."""
    lists = sorted(part.find(np.array(ids, dtype=np.int64)), key=len)
    documents: Rows = lists[0].documents.astype(np.int64)
    for postings in lists[1:]:
        if not len(documents):
            break
        documents = documents[postings.of(Asked.of(documents)) > 0]
    return documents


def _neighbours(part: Inverted, left: Sequence[int], right: Sequence[int]) -> Rows:
    """The documents that hold some terms while the next document holds others."""
    before = _holding(part, left)
    if not len(before):
        return before
    return before[np.isin(before + 1, _holding(part, right), assume_unique=True)]


# --- which do ---------------------------------------------------------------------------------------------------------


def read(library: Store, rows: Rows | None, pattern: Pattern, filters: Filters) -> list[Mention]:
    """Of the articles ``rows`` (None: of all) those that the filters admit and that hold a string, newest first.

    A copy is no article of its own, unless it holds the string and its original does not."""
    admitted = library.select(filters)
    rows = admitted if rows is None else np.intersect1d(rows, admitted)
    found = dict(_matching(library, rows.tolist(), pattern))
    copies = [copy for copy, original in library.copies(filters) if original not in found]
    found |= dict(_matching(library, copies, pattern))
    held = library.whole(found)
    mentions = [Mention(held[row], *found[row]) for row in found if row in held]
    return sorted(mentions, key=lambda one: one.article.date, reverse=True)


Places = tuple[tuple[Span, ...], tuple[Span, ...]]
"""Spans in the title and in the text."""


def _matching(library: Store, rows: Sequence[int], pattern: Pattern) -> Iterator[tuple[int, Places]]:
    for begin in range(0, len(rows), AT_ONCE):
        for row, title, text in library.texts(rows[begin : begin + AT_ONCE]):
            titled, spans = pattern.find(title), pattern.find(text)
            if spans and (left := unread.spans(text)):
                spans = tuple(span for span in spans if not any(a <= span[0] and span[1] <= b for a, b in left))
            if titled or spans:
                yield row, (titled, spans)
