"""Windows that are near a question and do not answer it: what the search brings up, and passages with the answer taken out."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models import Embedder
from models.training.reader.data import Question, Window, language, sentences

NEAREST = 12
"""Passages that the embedder finds for a question and that do not hold its answer's words."""


class Mined:
    """For each question the passages of all sets, in the language of its own, that the embedder takes for its answer."""

    def __init__(self, questions: Sequence[Question], embedder: Embedder) -> None:
        """Embeds all passages and questions: a minute for 100,000."""
        self._pools: dict[str, list[Window]] = {}
        self._found: dict[int, tuple[str, NDArray[np.int32]]] = {}
        for of in ("zh", "en"):
            self._mine(of, questions, embedder)

    def of(self, question: Question) -> list[Window]:
        """Passages that stand near and do not hold the words of any of its answers."""
        pool, rows = self._found.get(id(question), ("", np.zeros(0, dtype=np.int32)))
        answers = answers_of(question)
        own = {window.text for window in question.answering}
        found = (self._pools[pool][row] for row in rows)
        return [window for window in found if window.text not in own and not any(a in window.text for a in answers)]

    def _mine(self, of: str, questions: Sequence[Question], embedder: Embedder) -> None:
        asked = [question for question in questions if language((question.answering or question.other)[0].text) == of]
        pool = list(
            {window.text: window for question in asked for window in question.answering + question.other}.values()
        )
        if not pool:
            return
        self._pools[of] = pool
        texts = [f"{window.title}\n{window.text[:600]}" for window in pool]
        rows = np.concatenate([embedder.embed_passages(texts[i : i + 2048]) for i in range(0, len(texts), 2048)])
        for begin in range(0, len(asked), 256):
            part = asked[begin : begin + 256]
            near = embedder.embed_queries([question.text for question in part]) @ rows.T
            count = min(NEAREST, len(pool))
            best = np.argpartition(-near, count - 1, axis=1)[:, :count].astype(
                np.int32
            )  # a copy: a view would keep the whole
            for question, found in zip(part, best, strict=True):
                self._found[id(question)] = (of, found)


def answers_of(question: Question) -> set[str]:
    """The words of the exact answers."""
    return {window.text[a:b] for window in question.answering if window.exact for a, b in window.spans}


def hole(window: Window, random_: random.Random) -> Window | None:
    """The window without the sentences that hold the answer; None where its words still stand there or little is left."""
    answers = {window.text[a:b] for a, b in window.spans}
    left = [(a, b) for a, b in sentences(window.text) if not any(a < end and start < b for start, end in window.spans)]
    text = "".join(window.text[a:b] for a, b in left)
    if len(text) < 40 or (window.exact and any(answer in text for answer in answers)):
        return None
    return Window(window.title, text)
