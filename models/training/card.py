"""The model card: what the vectors were learned from, under which licences, how, and how well they do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.training.data import Source
    from models.training.train import Recipe

CARD = """\
---
language: [en, zh]
license: cc-by-sa-4.0
pipeline_tag: sentence-similarity
---

# Yinju's bundled embedder

A static English-Chinese embedder: {vocabulary:,} tokens, {dimension} whole numbers of one byte each. A text's vector is
the sum of its tokens' vectors, brought to length one; a token that stands n times counts 1 + ln n. It needs no network,
no graphics card and no deep-learning library, starts in a fraction of a second and embeds thousands of passages a
second on one core. `model.safetensors` holds the table as `embedding.damped` and not as `embedding.weight`, because
sentence-transformers would add repeated tokens up.

## Licence

The weights are data, given under **CC BY-SA 4.0**: they are derived from the sources below, some of which are under
CC BY-SA. The code that made and reads them is under Apache-2.0, as the rest of the project.

## Learned from

{total:,} pairs of English and Chinese text. A pass draws the number in the third column: prose is repeated, manuals are
thinned.
"From" is the repository that the text was taken from. The `cedict` files are CC-CEDICT (MDBG), `wordnet` Chinese Open
Wordnet and Open English WordNet, `wiktionary` the English Wiktionary; thanks to all who wrote and translated.

| source | pairs | a pass draws | licence | from |
|---|---:|---:|---|---|
{table}

## Made with

```
{command}
```

{recipe}

Texts that belong together must find each other among the others of their batch (symmetric in-batch cross-entropy).
Batches of pairs hold English and Chinese texts that translate each other, of one source and one length; equal texts
are no negatives; some texts are cut to a stretch of themselves. Batches of questions hold passages of one to four
neighbouring lines, and for each a few of its rarer words with some common words of questions, in the same language or
the other; 32 passages that follow each other compete, as the paragraphs of an article do. `questions` says how many
of these come for one of pairs. At last the table is partly whitened by prose: directions in which all texts vary much
are shrunk. Traditional Chinese is mostly rewritten in simplified characters.

## Figures

Recall at 1 / at 10, question -> passage, all 120 passages of the evaluation set competing; none of it was trained on.
Settings were compared on the development half; the reporting half was in view and ranks them alike.

```
{figures}
```

## Limits

- A bag of words: it knows neither order nor negation, and "A bought B" is "B bought A".
- It finds what a text is about. Use it beside a lexical search: names, numbers and rare words it may not know.
- English and Chinese only. Traditional characters are understood less well than simplified ones.
- Learned from dictionaries, laws, manuals, talks and short sentences: weak on slang, poetry and news of the day.
- It repeats the associations of its sources and judges nothing.
"""


def licences(readme: Path) -> dict[str, tuple[str, str]]:
    """Source -> licence and origin, remarks in brackets left out, from the training text's own README if it has one."""
    if not readme.is_file():
        return {}
    rows = [line.split("|")[1:-1] for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row] for row in rows if len(row) == 6]
    bare = [[re.sub(r"\s*\([^()]*\)", "", cell) for cell in row] for row in cells]
    return {row[0]: (row[3], row[4]) for row in bare if row[0] != "file"}


def card(sources: Sequence[Source], data: Path, *, vocabulary: int, recipe: Recipe, command: str, figures: str) -> str:
    """The card as Markdown."""
    known = licences(data / "README.md")
    rows = []
    for source in sorted(sources, key=lambda each: -each.pairs_a_pass):
        licence, origin = known.get(source.name, ("not stated", "-"))
        rows.append(f"| {source.name} | {len(source.pairs):,} | {source.pairs_a_pass:,} | {licence} | {origin} |")
    return CARD.format(
        vocabulary=vocabulary,
        dimension=recipe.width,
        total=sum(len(source.pairs) for source in sources),
        table="\n".join(rows),
        command=command,
        recipe=", ".join(f"{key.replace('_', ' ')} {value}" for key, value in asdict(recipe).items()) + ".",
        figures=figures,
    )
