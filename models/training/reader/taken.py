"""`python -m models.training.reader.taken RUN SETS OUT`: windows that a search brings up for the questions asked first and that the reader of
``RUN`` takes for answers, where nobody judged them yet.

A reader that answers what nothing answers does so on such windows, and which of them do answer is not known: of the first 1,100
questions every second such window did. So they are written to be judged, as lines of `asked/taken.*.jsonl` whose ``answers`` are
still to be filled in.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models import Embedder, load_embedder
from models.training.reader import asked, data
from models.training.reader.data import Window, language
from models.training.reader.measure import likely, load
from models.training.reader.model import Encoder

SOUGHT = 40
"""Windows that each way of searching finds for a question."""

READ = 6
"""Of them, so many that nobody judged yet are read."""

TAKEN = -1.0
"""Log-odds from which on a window counts as taken for an answer; the product's thresholds lie near -2."""

KEPT = 2
"""Windows of a question that are written, the likeliest."""

FLAT = 20
"""Added to a rank before it is turned over, so that the first of one way does not outweigh the second of both."""

Stretch = tuple[str, int, int]
"""A window as it is written: the passage's key, and from where to where in it."""


@dataclass(slots=True)
class Judged:
    """A question asked first and the windows that were judged for it."""

    text: str
    windows: list[Stretch] = field(default_factory=list)

    def knows(self, other: Stretch) -> bool:
        """True if a window shares text with one that was judged."""
        return any(other[0] == key and start < other[2] and other[1] < end for key, start, end in self.windows)


def questions(folder: Path = asked.FOLDER) -> list[Judged]:
    """The questions to learn from, each once with all that was judged for it."""
    found: dict[str, Judged] = {}
    for file in sorted((*folder.glob("questions.*.jsonl"), *folder.glob("taken.*.jsonl"))):
        for line in file.read_bytes().splitlines():
            row = json.loads(line)
            one = found.setdefault(row["question"], Judged(row["question"]))
            one.windows += [(window["passage"], window["start"], window["end"]) for window in row["windows"]]
    return [one for one in found.values() if not asked.is_apart(one.windows[0][0])]


def brought(
    of: Sequence[Judged], passages: Mapping[str, Window], embedder: Embedder
) -> Iterator[tuple[Judged, list[Stretch]]]:
    """For each question the windows that a search over all passages in its language brings up and that were not judged, best first. By
    vectors and by words, put together by ranks (Cormack et al. 2009)."""
    for own in ("zh", "en"):
        part = [one for one in of if language(one.text) == own]
        pool = [
            (key, start, end)
            for key, whole in passages.items()
            if language(whole.text) == own
            for start, end in data.stretches(whole.text)
        ]
        if not part or not pool:
            continue
        texts = [f"{passages[key].title}\n{passages[key].text[start:end]}" for key, start, end in pool]
        rare = _Words(texts)
        by_vector = np.concatenate([embedder.embed_passages(texts[i : i + 2048]) for i in range(0, len(texts), 2048)])
        for begin in range(0, len(part), 256):
            some = part[begin : begin + 256]
            asked_for = [one.text for one in some]
            near = embedder.embed_queries(asked_for) @ by_vector.T
            for one, close in zip(some, near, strict=True):
                found = (pool[row] for row in _together((close, rare.shared(one.text))))
                yield one, [window for window in found if not one.knows(window)][:READ]


class _Words:
    """Texts by their words; those of a window are about as many as those of another, so that none is held to be long."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows: dict[str, list[int]] = defaultdict(list)
        for row, text in enumerate(texts):
            for word in data.words(text):
                rows[word].append(row)
        self._count = len(texts)
        self._rows = {word: np.array(found) for word, found in rows.items()}

    def shared(self, text: str) -> NDArray[np.float64]:
        """(texts,): the sum of the inverse document frequencies of the words that each shares with a question."""
        sums = np.zeros(self._count)
        for word in data.words(text) & self._rows.keys():
            rows = self._rows[word]
            sums[rows] += np.log(self._count / len(rows))
        return sums


def _together(ways: Sequence[NDArray[np.floating]]) -> list[int]:
    """Rows, best first, by the sum of their turned over ranks."""
    sums: dict[int, float] = defaultdict(float)
    for scores in ways:
        for rank, row in enumerate(np.argsort(-scores)[:SOUGHT]):
            sums[int(row)] += 1 / (FLAT + rank)
    return sorted(sums, key=lambda row: -sums[row])


def taken(
    encoder: Encoder, tokenizer: Tokenizer, of: Sequence[Judged], passages: Mapping[str, Window], embedder: Embedder
) -> Iterator[dict[str, object]]:
    """The lines to be judged; a question without a window that the reader takes for an answer has none."""
    for one, found in brought(of, passages, embedder):
        read = [Window(passages[key].title, passages[key].text[start:end]) for key, start, end in found]
        odds = likely(encoder, tokenizer, one.text, read)
        likeliest = sorted(zip(odds, found, strict=True), reverse=True)[:KEPT]
        windows = [
            {"passage": key, "start": start, "end": end, "answers": None}
            for log_odds, (key, start, end) in likeliest
            if log_odds > TAKEN
        ]
        if windows:
            yield {"question": one.text, "windows": windows}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a trained reader")
    parser.add_argument("sets", type=Path, help="folder of question sets, *.jsonl.xz")
    parser.add_argument("out", type=Path, help="file to write, *.jsonl")
    options = parser.parse_args()
    tokenizer, encoder = load(options.run)
    learned, _ = data.read(options.sets)
    held = {asked.key(one.text): one for question in learned for one in question.answering + question.other}
    passages = {key: one for key, one in held.items() if not asked.is_apart(key)}
    with options.out.open("w", encoding="utf-8") as lines:
        for row in taken(encoder, tokenizer, questions(), passages, load_embedder()):
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
