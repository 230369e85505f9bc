"""What stands under a question that an article asks itself, as an interview or a list of frequent questions does, in the same words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from index import lexical, passages
from index.types import Hit
from rag import question, quoting
from rag.question import Question
from rag.types import Answer

QUESTION = re.compile(r"[?？][*_”’」』\"')）]*$", re.MULTILINE)
"""What ends a line of a text that asks."""

_ASKER = re.compile(
    r"^[\s#*>]*(?:Q(?:uestion)?\s*\d*|问题?\s*\d*|記者|记者|問|\d{1,3})\s*[:：.、)）]\s*", re.IGNORECASE
)
"""Who asks, or the question's number."""


def told(asked: Question, hits: Sequence[Hit]) -> Answer | None:
    """What stands under the very question that is asked, in the first of the hits that has it; None where none has."""
    words = _words(asked)
    if not words:
        return None
    for hit in hits:
        text = hit.article.text
        spans = passages.sentences(text, hit.passage.start, hit.passage.end)
        leading = [*sorted(passages.leading(text, spans)), len(spans)]
        for number, behind in pairwise(leading):
            said = text[slice(*spans[number])]
            if number + 1 < behind and QUESTION.search(said) and _words(question.read(_ASKER.sub("", said))) == words:
                return quoting.whole(asked, hit.article, (spans[number + 1][0], spans[behind - 1][1]))
    return None


def _words(asked: Question) -> frozenset[str]:
    """What a question asks for, whatever its words' order and what asks in it."""
    return frozenset(lexical.query_terms(asked.content)) | {asked.kind} if asked.subject else frozenset()
