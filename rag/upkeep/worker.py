"""A process that reads, splits, cuts and embeds files for the one that stores them: `python -m rag.upkeep.worker EMBEDDER`.

It is asked on standard input, a line of JSON for some files, or for articles that were read already, and answers with a line of JSON
and the vectors as they lie in memory. It ends with its input. No pickle: what it has read is hostile.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np

from index import duplicates, packing, readers
from index.packing import Packed
from index.store import Entry, Unit
from index.types import Article, Passage
from models import Embedder, load_embedder
from rag.upkeep.entries import entries
from rag.upkeep.looking import Looked, look

SELDOM = 200_000
"""Objects after which rings among them are looked for: hardly any are made here, and looking as often as is usual takes a tenth of the time."""


def serve(embedder_name: str, asked: IO[bytes], told: IO[bytes]) -> None:
    """Answer requests until the input ends."""
    gc.set_threshold(SELDOM)
    embedder = cache(load_embedder)  # not before there is anything to embed
    with readers.Reader() as reader:
        for line in asked:
            wanted = json.loads(line)
            if "articles" in wanted:
                made = list(entries([_article(values) for values in wanted["articles"]], embedder(embedder_name)))
                head, vectors = packed_entries(made)
            else:
                files = [(Path(path), known) for path, known in wanted["files"]]
                head, vectors = packed(_looked(files, reader, lambda: embedder(embedder_name)))
            told.write(json.dumps([head, len(vectors), dimension_of(vectors)]).encode() + b"\n")
            told.write(vectors.tobytes())
            told.flush()


def _looked(
    files: Sequence[tuple[Path, str]], reader: readers.Reader, embedder: Callable[[], Embedder]
) -> list[Looked]:
    """What the files say. One with a known hash is embedded by who asks, as some of it may be known."""
    looked = [look(path, known, reader) for path, known in files]
    new = [[] if known else one.articles or [] for one, (_, known) in zip(looked, files, strict=True)]
    made = made_of(new, embedder()) if any(new) else [[] for _ in new]
    return [replace(one, entries=own) for one, own in zip(looked, made, strict=True)]


def made_of(articles: Sequence[Sequence[Article]], embedder: Embedder) -> list[list[Entry]]:
    """The entries of each file's articles, all embedded together."""
    coming = entries([article for own in articles for article in own], embedder)
    return [[next(coming) for _ in own] for own in articles]


def packed(answers: Sequence[Looked]) -> tuple[list[dict[str, Any]], Packed]:
    """Files as JSON values, and the vectors of all their units in one array, in the same order."""
    made, vectors = packed_entries([entry for one in answers for entry in one.entries])
    coming = iter(made)
    head = [
        {
            **{name: getattr(one, name) for name in ("hash", "problems", "notes", "error")},
            "articles": None if one.articles is None else [values_of(article) for article in one.articles],
            "entries": [next(coming) for _ in one.entries],
        }
        for one in answers
    ]
    return head, vectors


def packed_entries(made: Sequence[Entry]) -> tuple[list[dict[str, Any]], Packed]:
    """Entries as JSON values without their articles, and the vectors of all their units in one array."""
    duplicates.bands_of([entry.article.text for entry in made])  # and remembered
    head = [
        {
            "passages": [(p.start, p.end, p.heading) for p in entry.passages],
            "units": [(u.passage, u.start, u.end) for u in entry.units],
            "bands": duplicates.bands(entry.article.text),
        }
        for entry in made
    ]
    vectors = [packing.pack(entry.vectors) for entry in made]
    return head, np.concatenate(vectors) if vectors else np.empty(0, dtype=packing.layout(0))


def dimension_of(vectors: Packed) -> int:
    """Components of each."""
    return int(vectors.dtype["codes"].shape[0])


def unpacked(head: Sequence[dict[str, Any]], vectors: Packed) -> list[Looked]:
    """The files that :func:`packed` packed."""
    at = 0
    answers = []
    for one in head:
        articles = None if one["articles"] is None else [_article(values) for values in one["articles"]]
        # Of a file whose hash was known nothing was made.
        made = entries_of(articles[: len(one["entries"])] if articles else [], one["entries"], vectors[at:])
        at += sum(len(entry.units) for entry in made)
        told = {name: tuple(one[name]) for name in ("problems", "notes")}
        answers.append(Looked(one["hash"], articles, **told, entries=made, error=one["error"]))
    return answers


def entries_of(articles: Sequence[Article], head: Sequence[dict[str, Any]], vectors: Packed) -> list[Entry]:
    """The entries of the articles, of what :func:`packed_entries` made of them; ``vectors`` begin with theirs."""
    at = 0
    made = []
    for article, entry in zip(articles, head, strict=True):
        units = [Unit(*unit) for unit in entry["units"]]
        own = vectors[at : at + len(units)]
        made.append(Entry(article, list(_passages(article, entry)), units, own, entry["bands"]))
        at += len(units)
    return made


_SENT = tuple(field.name for field in fields(Article) if field.name != "also_in")  # which no file says


def values_of(article: Article) -> dict[str, Any]:
    """An article as JSON values; :func:`dataclasses.asdict`, which copies each, takes five times as long."""
    return {name: getattr(article, name) for name in _SENT}


def _article(values: dict[str, Any]) -> Article:
    return Article(**{**values, "pages": tuple(values["pages"])})


def _passages(article: Article, entry: dict[str, Any]) -> Iterator[Passage]:
    for number, (start, end, heading) in enumerate(entry["passages"]):
        yield Passage(f"{article.id}-{number}", article.id, number, start, end, article.text[start:end], heading)


if __name__ == "__main__":
    serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
