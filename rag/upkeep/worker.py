"""A process that reads, splits, cuts and embeds files for the one that stores them: `python -m rag.upkeep.worker EMBEDDER`.

It is asked on standard input, a line of JSON for some files, and answers with a line of JSON and the vectors as they lie in
memory. It ends with its input. No pickle: what it has read is hostile.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
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


def serve(embedder_name: str, asked: IO[bytes], told: IO[bytes]) -> None:
    """Answer requests until the input ends. A file with a known hash is embedded by who asks, as some of it may be known."""
    embedder = cache(load_embedder)  # not before there is anything to embed
    with readers.Reader() as reader:
        for line in asked:
            wanted = [(Path(path), known) for path, known in json.loads(line)]
            looked = [look(path, known, reader) for path, known in wanted]
            new = [[] if known else one.articles or [] for one, (_, known) in zip(looked, wanted, strict=True)]
            made = made_of(new, embedder(embedder_name)) if any(new) else [[] for _ in new]
            answers = [replace(one, entries=own) for one, own in zip(looked, made, strict=True)]
            head, vectors = packed(answers)
            told.write(json.dumps([head, len(vectors), dimension_of(vectors)]).encode() + b"\n")
            told.write(vectors.tobytes())
            told.flush()


def made_of(articles: Sequence[Sequence[Article]], embedder: Embedder) -> list[list[Entry]]:
    """The entries of each file's articles, all embedded together."""
    coming = entries([article for own in articles for article in own], embedder)
    return [[next(coming) for _ in own] for own in articles]


def packed(answers: Sequence[Looked]) -> tuple[list[dict[str, Any]], Packed]:
    """Files as JSON values, and the vectors of all their units in one array, in the same order."""
    vectors = [packing.pack(entry.vectors) for one in answers for entry in one.entries]
    duplicates.bands_of([entry.article.text for one in answers for entry in one.entries])  # and remembered
    head = [
        {
            **{name: getattr(one, name) for name in ("hash", "problems", "notes", "error")},
            "articles": None if one.articles is None else [asdict(article) for article in one.articles],
            "entries": [
                {
                    "passages": [(p.start, p.end, p.heading) for p in entry.passages],
                    "units": [(u.passage, u.start, u.end) for u in entry.units],
                    "bands": duplicates.bands(entry.article.text),
                }
                for entry in one.entries
            ],
        }
        for one in answers
    ]
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
        made = []
        for article, entry in zip(articles or [], one["entries"], strict=False):
            units = [Unit(*unit) for unit in entry["units"]]
            own = vectors[at : at + len(units)]
            made.append(Entry(article, list(_passages(article, entry)), units, own, entry["bands"]))
            at += len(units)
        told = {name: tuple(one[name]) for name in ("problems", "notes")}
        answers.append(Looked(one["hash"], articles, **told, entries=made, error=one["error"]))
    return answers


def _article(values: dict[str, Any]) -> Article:
    return Article(**{**values, "pages": tuple(values["pages"]), "also_in": ()})


def _passages(article: Article, entry: dict[str, Any]) -> Iterator[Passage]:
    for number, (start, end, heading) in enumerate(entry["passages"]):
        yield Passage(f"{article.id}-{number}", article.id, number, start, end, article.text[start:end], heading)


if __name__ == "__main__":
    serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
