"""A library's passages read block by block in the order of their rows: what caches are built from, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from index import packing
from index.library import Library
from index.text.speech import spoken_of

BLOCK = 4096
"""Passages read at once: about 100 MiB with their vectors."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some passages and their units."""

    passages: NDArray[np.int64]
    """Their rows, ascending."""
    articles: NDArray[np.int64]
    languages: tuple[str, ...]
    """"zh" or "en", one a passage: an article in two languages has passages of both."""
    texts: tuple[str, ...]
    """For each passage the text of :func:`found_by`."""
    sizes: NDArray[np.int64]
    """How many units each has."""
    vectors: packing.Packed
    """Of the units, passage after passage, shape (units,)."""


def found_by(title: str, heading: str, text: str, path: str = "") -> str:
    """The text whose terms a passage is found by: title, heading and the name of its file above its own text."""
    name = name_of(path)
    return f"{title}\n{heading}\n{text}" + (f"\n{name}" if name.casefold() not in title.casefold() else "")


@lru_cache(maxsize=1024)
def name_of(path: str) -> str:
    """What a file is called, without its ending; NFC, as some systems keep a letter and its accent apart."""
    return normalize("NFC", PurePosixPath(path.replace("\\", "/")).stem)


def descends(library: Library, generation: int) -> bool:
    """True if the library was in this generation once, so that a cache made of it then is its own."""
    found = library.fetch("SELECT 1 FROM history WHERE generation = ?", (generation,))
    return bool(found) or generation == library.generation


def held(library: Library, until: int) -> int:
    """How many passages have rows up to ``until``; from the index, as a table with vectors in it is a hundred times as long."""
    select = "SELECT count(*) FROM passage INDEXED BY passage_article WHERE row <= ?"
    return int(library.fetch(select, (until,))[0][0])


def rows_until(library: Library, until: int) -> NDArray[np.int64]:
    """Their rows, ascending."""
    select = "SELECT row FROM passage INDEXED BY passage_article WHERE row <= ?"
    return np.sort(np.array(library.fetch(select, (until,)), dtype=np.int64).reshape(-1))


def rows_after(library: Library, after: int) -> NDArray[np.int64]:
    """The rows of passages above ``after``, ascending."""
    select = "SELECT row FROM passage INDEXED BY passage_article WHERE row > ?"
    return np.sort(np.array(library.fetch(select, (after,)), dtype=np.int64).reshape(-1))


def units(library: Library, after: int, until: int) -> int:
    """How many units the passages have whose rows are above ``after``, up to ``until``."""
    select = "SELECT coalesce(sum(units), 0) FROM passage INDEXED BY passage_article WHERE row > ? AND row <= ?"
    return int(library.fetch(select, (after, until))[0][0])


def sample(library: Library, after: int, until: int, units: int, most: int = 60_000) -> NDArray[np.float32]:
    """The vectors of some of their passages, evenly spread, about ``most`` of the ``units``, shape (vectors, dimension)."""
    select = "SELECT row FROM passage INDEXED BY passage_article WHERE row > ? AND row <= ?"
    passages = np.sort(np.array(library.fetch(select, (after, until)), dtype=np.int64).reshape(-1))
    step = max(1, units // most)
    return packing.unpack(library.vectors(passages[::step].tolist())[2])


def read(library: Library, after: int, until: int, size: int = BLOCK) -> Iterator[Block]:
    """The passages with rows above ``after``, up to ``until``, at most ``size`` at a time."""
    layout = packing.layout(library.manifest.dimension)
    select = """SELECT row, article, start, "end", heading, units, vectors FROM passage
                WHERE row > ? AND row <= ? ORDER BY row LIMIT ?"""
    select_above = "SELECT row, language, title, text, coalesce(nullif(part, ''), path) FROM article WHERE row IN (SELECT value FROM json_each(?))"
    while held := library.fetch(select, (after, until, size)):
        rows, articles, starts, ends, headings, sizes, vectors = zip(*held, strict=True)
        said = {row[0]: row[1:] for row in library.fetch(select_above, (json.dumps([*{*articles}]),))}
        texts = [said[article][2][start:end] for article, start, end in zip(articles, starts, ends, strict=True)]
        yield Block(
            np.array(rows, dtype=np.int64),
            np.array(articles, dtype=np.int64),
            tuple(spoken_of(texts, [said[article][0] for article in articles])),
            tuple(
                found_by(said[a][1], above, words, said[a][3])
                for a, above, words in zip(articles, headings, texts, strict=True)
            ),
            np.array(sizes, dtype=np.int64),
            np.frombuffer(b"".join(vectors), dtype=layout),
        )
        after = rows[-1]
