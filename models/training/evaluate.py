"""How well the vectors find things: XQuAD within and across its languages, English questions on Chinese articles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], NDArray[np.float32]]

PASSAGE_CHARS = 350


def _squad(path: Path) -> tuple[list[str], list[str], NDArray[np.int64], NDArray[np.bool_]]:
    """Passages, questions, the number of each question's passage, and whether the second half of the articles asks."""
    articles: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["data"]
    middle = len(articles) / 2
    paragraphs = [(i >= middle, each) for i, article in enumerate(articles) for each in article["paragraphs"]]
    asked = [(place, late, qa["question"]) for place, (late, each) in enumerate(paragraphs) for qa in each["qas"]]
    places, halves = np.array([row[0] for row in asked]), np.array([row[1] for row in asked])
    return [each["context"] for _, each in paragraphs], [row[2] for row in asked], places, halves


def recall(scores: NDArray[np.float32], right: NDArray[np.int64], depth: int) -> float:
    """Share of rows whose right column is among the `depth` best."""
    own = scores[np.arange(len(right)), right]
    return float(((scores > own[:, None]).sum(1) < depth).mean())


def xquad(folder: Path, embed: Embed, half: int | None = None) -> dict[str, tuple[float, float]]:
    """R@1 and R@10 for the four language pairs, written question->passage. All passages compete, one half asks."""
    found = {}
    for asked in ("en", "zh"):
        _, questions, places, late = _squad(folder / f"xquad.{asked}.json")
        chosen = np.ones_like(late) if half is None else late == bool(half)
        for held in ("en", "zh"):
            scores = embed(questions)[chosen] @ embed(_squad(folder / f"xquad.{held}.json")[0]).T
            found[f"{asked}->{held}"] = (recall(scores, places[chosen], 1), recall(scores, places[chosen], 10))
    return found


def _passages(text: str) -> list[str]:
    """Whole sentences gathered up to about PASSAGE_CHARS characters."""
    passages, current = [], ""
    for sentence in re.findall(r"[^。！？\n]+[。！？\n]*", text):
        if current and len(current) + len(sentence) > PASSAGE_CHARS:
            passages.append(current)
            current = ""
        current += sentence
    return [*passages, current]


def _bare(text: str) -> str:
    return re.sub(r"[\s*]", "", text)


def articles(folder: Path, texts: Path, embed: Embed, half: int | None = None, depth: int = 5) -> tuple[float, int]:
    """Share of the English questions whose evidence lies in the `depth` best passages of all, and their number."""
    lines = (folder / "questions.dev.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [question for question in map(json.loads, lines) if question["kind"] == "cross"]
    middle = len(asked) // 2
    asked = asked if half is None else (asked[:middle], asked[middle:])[half]
    files = [path.read_text(encoding="utf-8") for path in sorted(texts.glob("*.txt"))]
    passages = [passage for text in files for passage in _passages(text)]
    scores = embed([question["question"] for question in asked]) @ embed(passages).T
    best = np.argsort(-scores, axis=1)[:, :depth]
    bare = [_bare(passage) for passage in passages]
    hits = [any(_bare(q["evidence"]) in bare[i] for i in row) for q, row in zip(asked, best, strict=True)]
    return sum(hits) / len(hits), len(hits)


def report(folder: Path, embed: Embed) -> str:
    """Development half, reporting half and whole, as lines of text. The articles lie beside the evaluation sets."""
    lines = []
    for name, half in (("development", 0), ("reporting", 1), ("whole", None)):
        figures = [f"{pair} {first:.3f}/{tenth:.3f}" for pair, (first, tenth) in xquad(folder, embed, half).items()]
        if (folder / "questions.dev.jsonl").exists():
            share, count = articles(folder, folder.parent / "articles", embed, half)
            figures.append(f"articles R@5 {share:.2f} (n {count})")
        lines.append(f"{name}: " + "  ".join(figures))
    return "\n".join(lines)
