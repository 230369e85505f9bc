"""`python -m models.training lexicon --data FOLDER --out FOLDER`: dictionaries and aligned sentences become the lexicon."""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.lexicon import FILE, LANGUAGES, LONGEST, UNKNOWN
from models.training import alignment, dictionaries, words
from models.training.alignment import Links
from models.training.data import Source, read_sources, to_simplified
from models.training.lexicon_card import lexicon_card

SENTENCES = 100_000
"""Pairs taken of one source of sentences at most: laws and manuals are many and alike."""

TOO_LONG = (70, 90)
"""English and Chinese words; a longer pair is a page, and aligns badly."""

TRANSLATIONS = 12
"""Kept of an entry, the likeliest; R@1 of XQuAD is the same with 8 and with 16."""

ALIGNED = 0.5
"""Share of the probability that comes from the sentences where an entry stands in both; .3 and .7 find as much."""

LEAST = 0.01
"""Translations less likely than this are left out."""

Weights = dict[str, dict[str, float]]


def sentence_pairs(
    sources: Sequence[Source], frequencies: Mapping[str, float], seed: int
) -> Iterator[tuple[list[str], list[str]]]:
    """Pairs of word sequences to be aligned: sentences, and dictionary lines of one gloss, which anchor rare words."""
    for source in sources:
        for english, chinese in _drawn(source, seed):
            if source.name in dictionaries.DICTIONARIES and re.search(r"[;/]", english):
                continue
            pair = words.english(english), words.chinese(to_simplified(chinese), frequencies)
            if all(0 < len(side) <= most for side, most in zip(pair, TOO_LONG, strict=True)):
                yield pair


def _drawn(source: Source, seed: int) -> list[tuple[str, str]]:
    if source.name in dictionaries.DICTIONARIES or len(source.pairs) <= SENTENCES:
        return source.pairs
    return random.Random(seed).sample(source.pairs, SENTENCES)


def merge(held: Counter[tuple[str, str]], links: Links) -> tuple[Weights, Weights]:
    """Translations of English entries and of Chinese ones: the dictionaries' share of each and the sentences' mixed.

    Of the sentences the geometric mean of both conditional probabilities counts: what one side alone would have it by
    chance of co-occurrence is weak in the other.
    """
    listed: tuple[Weights, Weights] = (defaultdict(dict), defaultdict(dict))
    for (english, chinese), times in held.items():
        listed[0][english][chinese] = listed[1][chinese][english] = float(times)
    linked: tuple[Weights, Weights] = (defaultdict(dict), defaultdict(dict))
    both = np.sqrt(links.chinese_given_english * links.english_given_chinese)
    for here, there, weight in zip(links.english, links.chinese, both, strict=True):
        english, chinese = links.english_words[here], links.chinese_words[there]
        if re.match(rf"[{words.HAN}]", chinese) and not re.match(r"\d", english):
            linked[0][english][chinese] = linked[1][chinese][english] = float(weight)
    return _mixed(listed[0], linked[0]), _mixed(listed[1], linked[1])


def _mixed(listed: Weights, linked: Weights) -> Weights:
    mixed: Weights = {}
    for entry in listed.keys() | linked.keys():
        parts = [(_shares(listed.get(entry, {})), 1 - ALIGNED), (_shares(linked.get(entry, {})), ALIGNED)]
        whole = sum(share for shares, share in parts if shares)
        total: defaultdict[str, float] = defaultdict(float)
        for shares, share in parts:
            for word, weight in shares.items():
                total[word] += share / whole * weight
        kept = sorted(total.items(), key=lambda item: (-item[1], item[0]))[:TRANSLATIONS]
        mixed[entry] = {word: weight for word, weight in kept if weight >= LEAST}
    return mixed


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def tensors(english: Weights, chinese: Weights, frequencies: Mapping[str, float]) -> dict[str, NDArray[np.generic]]:
    """The tables that :class:`models.lexicon.Lexicon` reads: entries sorted by their bytes, links into the other side's."""
    by_language = {"en": english, "zh": chinese}
    targets = {
        "en": {word for row in chinese.values() for word in row},
        "zh": {word for row in english.values() for word in row} | {w for w in frequencies if len(w) <= LONGEST["zh"]},
    }
    entries = {name: sorted(by_language[name].keys() | targets[name], key=str.encode) for name in LANGUAGES}
    places = {name: {entry: at for at, entry in enumerate(entries[name])} for name in LANGUAGES}
    out: dict[str, NDArray[np.generic]] = {}
    for name, other in zip(LANGUAGES, reversed(LANGUAGES), strict=True):
        rows = [by_language[name].get(entry, {}) for entry in entries[name]]
        texts = [entry.encode() for entry in entries[name]]
        out[f"{name}.text"] = np.frombuffer(b"".join(texts), dtype=np.uint8)
        out[f"{name}.ends"] = np.cumsum([len(text) for text in texts]).astype(np.uint32)
        out[f"{name}.links"] = np.cumsum([0, *map(len, rows)]).astype(np.uint32)
        out[f"{name}.targets"] = np.array([places[other][word] for row in rows for word in row], dtype=np.uint32)
        out[f"{name}.weights"] = np.array([max(1, round(255 * w)) for r in rows for w in r.values()], dtype=np.uint8)
        known = [frequencies.get(entry, UNKNOWN) if name == "zh" else UNKNOWN for entry in entries[name]]
        out[f"{name}.frequencies"] = np.array(known, dtype=np.float16)
    return out


def main(argv: Sequence[str]) -> None:
    """Make the lexicon and its card."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(prog="python -m models.training lexicon", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.xz, each line [english, chinese]")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the lexicon to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", type=int, metavar="N", help="at most N pairs of each source: a quick try")
    options = parser.parse_args(argv)
    sources = read_sources(options.data, seed=options.seed, sample=options.sample)
    held = dictionaries.count(sources)
    print(f"{len(sources)} sources, {len(held):,} entries in dictionaries", flush=True)
    prose = (to_simplified(c) for s in sources if s.name not in dictionaries.DICTIONARIES for _, c in s.pairs)
    frequencies = words.frequencies(dictionaries.vocabulary(held), prose)
    print(f"{len(frequencies):,} Chinese words", flush=True)
    links = alignment.align(sentence_pairs(sources, frequencies, options.seed))
    english, chinese = merge(held, links)
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(tensors(english, chinese, frequencies), options.out / FILE)
    (options.out / FILE).chmod(0o644)  # the library makes it readable to its owner alone
    command = " ".join(["python -m models.training lexicon", *argv])
    page = lexicon_card(sources, options.data, len(english), len(chinese), command)
    (options.out / "README.md").write_text(page, encoding="utf-8")
    print(f"{len(english):,} English and {len(chinese):,} Chinese entries", file=sys.stderr)
