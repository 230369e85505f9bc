"""The lexicon's card: what it was made of, under which licences, and how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.training.card import licences
from models.training.dictionaries import DICTIONARIES

if TYPE_CHECKING:
    from models.training.data import Source

CARD = """\
---
language: [en, zh]
license: cc-by-sa-4.0
---

# Yinju's bilingual lexicon

{english:,} English and {chinese:,} Chinese entries with weighted translations, both ways, and how often each Chinese word
stands in running text. English entries are stems (Snowball's English stemmer), Chinese ones simplified. A question's words,
translated by it, are searched in articles of the other language.

## Licence

The lexicon is data, given under **CC BY-SA 4.0**: it is derived from the sources below, some of which are under CC BY-SA.
The code that made and reads it is under Apache-2.0, as the rest of the project.

## Made of

Half of an entry's weight is its share in the dictionaries, half the probability that eflomal (Östling & Tiedemann 2016),
aligning sentence pairs word by word, links the two: the geometric mean of both directions.
"From" is the repository that the text was taken from. The `cedict` files are CC-CEDICT (MDBG), `wordnet` Chinese Open
Wordnet and Open English WordNet, `wiktionary` the English Wiktionary; thanks to all who wrote and translated.

| source | used as | pairs | licence | from |
|---|---|---:|---|---|
{table}

## How it was made

```
{command}
```

One core, about ten minutes. The aligner samples with the system's chance, so a repeat differs by a hair.

## What is in the file

`lexicon.safetensors`, for each of `en` and `zh`: `text` (entries in the order of their UTF-8 bytes, end to end), `ends` (where
each ends), `links` (where the translations of each begin in the next two), `targets` (places in the other language's
entries), `weights` (probability, 255 is 1), `frequencies` (log-probability in running text; Chinese only).

## Limits

- Words, not sentences: it knows no grammar and no context; all senses of a word stand side by side.
- Stems join what should stay apart now and then (an organ, an organisation).
- Names that stand in no source are not in it. Learned from dictionaries, laws, manuals and talks: their errors are in it.
"""


def lexicon_card(sources: Sequence[Source], data: Path, english: int, chinese: int, command: str) -> str:
    """The card as Markdown."""
    known = licences(data / "README.md")
    rows = []
    for source in sorted(sources, key=lambda each: (each.name not in DICTIONARIES, -len(each.pairs))):
        licence, origin = known.get(source.name, ("not stated", "-"))
        kind = "dictionary" if source.name in DICTIONARIES else "sentences"
        rows.append(f"| {source.name} | {kind} | {len(source.pairs):,} | {licence} | {origin} |")
    return CARD.format(english=english, chinese=chinese, table="\n".join(rows), command=command)
