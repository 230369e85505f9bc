"""Dictionary entries as pairs of an English key and a Chinese word, counted over the dictionaries that hold them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from models.lexicon import LONGEST
from models.training.data import Pair, Source, to_simplified
from models.training.words import HAN, english

DICTIONARIES = frozenset(
    {"cedict-hans", "cedict-hant", "wiktionary", "wordnet-lemmas", "cldr", "dbpedia-titles", "wikidata-props"}
    | {"osm-presets", "inaturalist"}
)
"""Sources whose lines are entries, not sentences."""

_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|（[^）]*）")
_OPENING = re.compile(r"^(?:to be|to|a|an|the|sb|sth) ", re.IGNORECASE)
_GLOSSES = re.compile(r"[;/,]")
_WORD = re.compile(rf"[{HAN}]{{1,10}}")
_DOT = re.compile(r"[·・]")


def entries(pair: Pair) -> Iterator[tuple[str, str]]:
    """(English stems joined by spaces, simplified Chinese word) of a line; the parts of a foreign name one by one as well."""
    spelled = to_simplified(_ASIDE.sub("", pair[1])).strip()
    word = _DOT.sub("", spelled)
    if not _WORD.fullmatch(word):
        return
    for gloss in _GLOSSES.split(_ASIDE.sub("", pair[0])):
        stems = english(_OPENING.sub("", gloss.strip()))
        if 0 < len(stems) <= LONGEST["en"] and not all(stem.isdigit() for stem in stems):
            yield " ".join(stems), word
        parts = _DOT.split(spelled)
        if len(parts) > 1 and len(parts) == len(stems):
            yield from zip(stems, parts, strict=True)


def count(sources: Iterable[Source]) -> Counter[tuple[str, str]]:
    """How many dictionaries hold each entry."""
    held: Counter[tuple[str, str]] = Counter()
    for source in sources:
        if source.name in DICTIONARIES:
            held.update({entry for pair in source.pairs for entry in entries(pair)})
    return held


def vocabulary(held: Iterable[tuple[str, str]]) -> set[str]:
    """The Chinese words of two characters and more."""
    return {word for _, word in held if 1 < len(word) <= LONGEST["zh"]}
