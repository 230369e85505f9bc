"""The training text: which sources, how often a pass sees each, in which characters."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Pair = tuple[str, str]

EXCLUDED = frozenset({"digikam-doc", "gnome-devel-docs"})
"""Under the GNU Free Documentation License in whole or part: its text may not go into CC BY-SA weights."""

MANUAL_CAP = 15_000
"""Pairs a pass draws from a source not named below, a software manual mostly: they are many and alike."""

PAIRS_A_PASS = {
    "cedict-hans": 210_000,
    "wordnet-lemmas": 150_000,
    "wiktionary": 125_000,
    "wordnet-glosses": 39_000,
    "cedict-hant": 30_000,
    "cldr": 20_000,
    "dbpedia-titles": 16_000,
    "taiwan-laws": 100_000,
    "tatoeba": 41_000,
    "bible-cuv-kjv": 10_000,
    "audrey-tang-transcripts": 40_000,
    "mlqe-pe": 18_000,
    "plurality": 12_000,
    "todogroup": 11_000,
    "tico19": 8_000,
    "ud-pud": 4_000,
    "opensource-guide": 7_000,
    "nextstrain-sitrep": 3_000,
    "sdg-translations": 2_000,
    "publiccode-standard": 2_000,
    "african-storybook": 2_000,
}
"""Pairs of a source in one pass. More than it has: a pass sees it more than once, for prose is rare."""

LISTS = frozenset(
    {
        "cedict-hans",
        "cedict-hant",
        "wordnet-lemmas",
        "wordnet-glosses",
        "wiktionary",
        "cldr",
        "dbpedia-titles",
        "osm-presets",
        "wikidata-props",
        "tatoeba",
        "xsid",
        "inaturalist",
        "hot-tasking",
        "readthedocs-docs",
        "tldr",
        "mozilla-www",
    }
)
"""Sources whose neighbouring lines have nothing to do with each other: no passages are made of them."""

PROSE = frozenset(
    {
        "mlqe-pe",
        "ud-pud",
        "tico19",
        "plurality",
        "audrey-tang-transcripts",
        "african-storybook",
        "todogroup",
        "opensource-guide",
    }
)
"""Sources that read most like the articles people ask about: the vectors are whitened by them."""

RUNS_A_ROUND = 187
LAW_RUNS = 750
"""Runs of neighbouring passages that a round takes of a source at most, and of the laws: 6,000 passages and 24,000."""

TRADITIONAL_SHARE = 0.2
"""Share of Chinese texts kept as they are, so that both scripts have vectors; the rest is made simplified."""

MAX_CHARS = (800, 400)
"""English and Chinese characters kept of a text: what a bag of words says of a page, it says of its beginning."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of pairs and how many of them a pass draws."""

    name: str
    pairs: list[Pair]
    pairs_a_pass: int

    @property
    def runs(self) -> int:
        """How many runs of neighbouring passages a round takes of it at most."""
        if self.name in LISTS:
            return 0
        return LAW_RUNS if self.name == "taiwan-laws" else RUNS_A_ROUND


@cache
def _simplified() -> dict[int, str]:
    """Traditional character -> simplified one, character by character: fast, and right for nearly all of them."""
    try:
        from opencc import OpenCC
    except ImportError as problem:
        raise ImportError("The recipe needs opencc: pip install opencc-python-reimplemented.") from problem
    convert = OpenCC("t2s").convert
    forms = ((char, convert(chr(char))) for char in range(0x3400, 0xA000))
    return {char: form for char, form in forms if form != chr(char)}


def to_simplified(text: str) -> str:
    """The text in simplified characters."""
    return text.translate(_simplified())


def _read(path: Path) -> Iterator[Pair]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            english, chinese = json.loads(line)
            english, chinese = english.strip()[: MAX_CHARS[0]], chinese.strip()[: MAX_CHARS[1]]
            if english and chinese:
                yield english, chinese


def _in_both_scripts(pairs: list[Pair], chance: random.Random) -> list[Pair]:
    return [
        (english, chinese if chance.random() < TRADITIONAL_SHARE else to_simplified(chinese))
        for english, chinese in pairs
    ]


def one_pass(sources: Sequence[Source], seed: int) -> list[Pair]:
    """What a pass sees of each source, at most once, shuffled: the text the vocabulary is counted on."""
    chance = random.Random(seed)
    pairs = [pair for each in sources for pair in chance.sample(each.pairs, min(len(each.pairs), each.pairs_a_pass))]
    chance.shuffle(pairs)
    return pairs


def read_sources(folder: Path, *, seed: int = 0, sample: int | None = None) -> list[Source]:
    """Every `*.jsonl.xz` of the folder, at most `sample` pairs of each. Raises FileNotFoundError when there is none."""
    chance = random.Random(seed)
    sources = []
    for path in sorted(folder.glob("*.jsonl.xz")):
        name = path.name.removesuffix(".jsonl.xz")
        if name in EXCLUDED:
            continue
        pairs = list(_read(path))
        if sample is not None and len(pairs) > sample:
            pairs = [pairs[i] for i in sorted(chance.sample(range(len(pairs)), sample))]
        drawn = PAIRS_A_PASS.get(name, min(len(pairs), MANUAL_CAP))
        drawn = drawn if sample is None else min(drawn, len(pairs))
        sources.append(Source(name, _in_both_scripts(pairs, chance), drawn))
    if not sources:
        raise FileNotFoundError(f"No *.jsonl.xz in {folder}: give --data the folder of parallel text.")
    return sources
