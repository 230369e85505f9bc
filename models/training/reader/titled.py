"""A window under a title that tells what stands below, as headlines do. The titles of the sets are names and hold no answer, and a
reader that knows only such takes the sentence under a headline for something else: of 白鹭洲国家湿地公园记录到黑脸琵鹭427只 it said -2.2 under a title with
427只, 1.8 under none."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from models.training.reader.data import Window, language, sentences, words

ANSWERS = 0.6
"""Share of the titles that are the sentence that answers; of a window that answers nothing so many are the one most like the question,
so that a title like the question tells nothing."""

MOST = {"zh": 40, "en": 100}
"""Characters of what is put into a title."""

_CLAUSE = re.compile(r"(?<=[，,；;：:、])\s*")
_MARKS = "，,；;：:、。.！!？? \n\t"


def titled(window: Window, question: str, random_: random.Random) -> Window:
    """The window with a sentence of its own in its title; as it is where it has but one line of no use for that."""
    spans = [span for span in sentences(window.text) if len(window.text[slice(*span)].strip(_MARKS)) > 5]
    if not spans:
        return window
    chosen = random_.choice(spans)
    if random_.random() < ANSWERS:
        asked = words(question)
        chosen = max(spans, key=lambda span: len(asked & words(window.text[slice(*span)])))
        if window.spans:
            at = random_.choice(window.spans)
            chosen = next((span for span in spans if span[0] <= at[0] < span[1]), chosen)
    told = _short(window, chosen, random_)
    if not window.title or len(words(window.title) & words(told)) * 2 > len(words(window.title)):
        return replace(window, title=told)
    first, second = (window.title, told) if random_.random() < 0.8 else (told, window.title)
    return replace(window, title=first + random_.choice(("：", " ", "，", " - ", "｜")) + second)


def _short(window: Window, sentence: tuple[int, int], random_: random.Random) -> str:
    """The sentence as a headline has it: some of its clauses, the one that answers among them."""
    text = window.text[slice(*sentence)]
    most = MOST[language(text)]
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    clauses = [(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if b > a]
    holding = [
        i
        for i, (a, b) in enumerate(clauses)
        if any(start < sentence[0] + b and end > sentence[0] + a for start, end in window.spans)
    ]
    kept = {random_.choice(holding or range(len(clauses)))}
    for i in random_.sample(range(len(clauses)), len(clauses)):
        if i not in kept and sum(clauses[j][1] - clauses[j][0] for j in {*kept, i}) <= most:
            kept.add(i)
    return "".join(text[slice(*clauses[i])] for i in sorted(kept)).strip(_MARKS)[: 2 * most].replace("\n", " ")
