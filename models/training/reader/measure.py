"""`python -m models.training.reader.measure RUN SETS`: what a trained reader says of the questions that its training kept apart, and
with `--learned` of as many that it learned from: what it knows better of these, more data would teach."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors.torch import load_file
from tokenizers import Tokenizer

from models.training.reader import asked, data
from models.training.reader.data import Question, Window, language, stretches
from models.training.reader.examples import Example, encode
from models.training.reader.model import Encoder, Shape
from models.training.reader.train import batch

TOGETHER = 16
"""Windows that go through the model at once."""


def windows(whole: Window) -> Iterator[Window]:
    """A passage cut at sentence ends into windows of the usual length."""
    for first, last in stretches(whole.text):
        inside = tuple((a - first, b - first) for a, b in whole.spans if first <= a and b <= last)
        yield Window(whole.title, whole.text[first:last], inside, whole.exact)


def auc(right: ArrayLike, wrong: ArrayLike) -> float:
    """How likely one of the first is above one of the second, equal ones counting half."""
    above, below = np.asarray(right, dtype=np.float64)[:, None], np.asarray(wrong, dtype=np.float64)[None, :]
    return float((above > below).mean() + 0.5 * (above == below).mean())


class Measured:
    """What is counted of one set and pair of languages."""

    def __init__(self) -> None:
        self.placed: list[bool] = []
        self.answering: list[float] = []
        self.other: list[float] = []

    def __str__(self) -> str:
        told = f"n {len(self.placed)}: place in the answer or touching it {np.mean(self.placed):.3f}"
        return f"{told}, AUC against the same article without it {auc(self.answering, self.other):.3f}"


def measure(encoder: Encoder, tokenizer: Tokenizer, questions: Sequence[Question]) -> dict[str, Measured]:
    """By set and languages: whether the likeliest place lies in the answer, and how well its log-odds tell the passages apart."""
    found: dict[str, Measured] = defaultdict(Measured)
    for question in questions:
        if not question.answering:
            continue
        whole = question.answering[0]
        of = found[f"{question.set} {question.language}-{language(whole.text)}"]
        rows = _said(encoder, tokenizer, question.text, list(windows(whole)))
        of.answering.append(max(answers for answers, _, _ in rows))
        _, _, right = max(rows, key=lambda row: row[1])
        of.placed.append(right)
        for other in question.other[:1]:
            said = _said(encoder, tokenizer, question.text, list(windows(Window(other.title, other.text))))
            of.other.append(max(answers for answers, _, _ in said))
    return dict(found)


def told(encoder: Encoder, tokenizer: Tokenizer, questions: Sequence[Question]) -> dict[str, tuple[int, int, float]]:
    """Of the project's own questions, by kind and languages: how many are answered, how many are not, and the area under the curve of the
    likeliest window's log-odds. A question of whose windows some answer counts once, by all of them."""
    found: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for question in questions:
        all_ = question.answering + question.other
        read = [window for whole in all_ for window in windows(whole)]
        if question.set != asked.TOPICS and read:
            of = f"{question.set} {question.language}-{language(all_[0].text)}"
            odds = likely(encoder, tokenizer, question.text, read)
            found[of][0 if question.answering else 1].append(max(odds))
    return {of: (len(yes), len(no), auc(yes, no)) for of, (yes, no) in found.items() if yes and no}


def likely(encoder: Encoder, tokenizer: Tokenizer, asked: str, read: Sequence[Window]) -> list[float]:
    """For each window the log-odds that it answers."""
    return [odds for odds, _, _ in _said(encoder, tokenizer, asked, [Window(one.title, one.text) for one in read])]


@torch.no_grad()
def _said(
    encoder: Encoder, tokenizer: Tokenizer, asked: str, read: Sequence[Window]
) -> list[tuple[float, float, bool]]:
    """For each window the log-odds, the score of its best place above none, and whether that place touches an answer."""
    examples = [
        encode(tokenizer, asked, window, 0) or encode(tokenizer, asked, Window("", window.text), 0) for window in read
    ]
    whole = [example for example in examples if example]
    said: list[tuple[float, float, bool]] = []
    for at in range(0, len(whole), TOGETHER):
        part = whole[at : at + TOGETHER]
        answers, start, end = encoder(batch(part))
        said += [_placed(example, float(answers[i]), start[i], end[i]) for i, example in enumerate(part)]
    return said


def _placed(example: Example, answers: float, start: torch.Tensor, end: torch.Tensor) -> tuple[float, float, bool]:
    lead = example.ids.index(2) + 2
    last = len(example.ids) - 1
    first = lead + int(start[lead:last].argmax())
    stop = first + int(end[first : min(first + 64, last)].argmax())
    score = float(start[first] + end[stop] - start[0] - end[0])
    return (
        answers,
        score,
        example.answers and any(first <= b and a <= stop for a, b in zip(example.starts, example.ends, strict=True)),
    )


def load(run: Path) -> tuple[Tokenizer, Encoder]:
    """The tokenizer and the encoder that a training left in a folder."""
    encoder = Encoder(Shape(**json.loads((run / "shape.json").read_text(encoding="utf-8"))))
    encoder.load_state_dict(load_file(run / "weights.safetensors"))
    return Tokenizer.from_file(str(run / "tokenizer.json")), encoder


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("sets", type=Path, help="folder of question sets, *.jsonl.xz")
    parser.add_argument(
        "--learned", action="store_true", help="the project's own questions that were learned from as well"
    )
    parser.add_argument("--most", type=int, default=400, help="so many questions of a set and language")
    options = parser.parse_args()
    tokenizer, encoder = load(options.run)
    learned, apart = data.read(options.sets)
    for name, figures in sorted(measure(encoder, tokenizer, some(apart, options.most)).items()):
        print(f"{name:20s} {figures}", flush=True)
    own, own_apart = asked.read(learned)
    for of, questions in [("apart", own_apart), ("learned", own)][: 1 + options.learned]:
        for name, (yes, no, area) in sorted(told(encoder, tokenizer, some(questions, options.most)).items()):
            print(f"{of:8s} {name:20s} n {yes}, {no}: AUC {area:.3f}", flush=True)


def some(questions: Sequence[Question], most: int) -> list[Question]:
    """At most so many of each set and language, those whose hash is lowest."""
    kinds: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in sorted(questions, key=lambda question: asked.key(question.text)):
        kinds[question.set, question.language].append(question)
    return [question for of in kinds.values() for question in of[:most]]


if __name__ == "__main__":
    main()
