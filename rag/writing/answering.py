"""The answerer that uses a language model: it writes from what the reader chose, and what it wrote is checked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from models import LanguageModel
from models.lexicon import Lexicon
from rag import quoting
from rag.quoting import Task
from rag.types import Answer
from rag.writing import ability, checking, drafting, interpreting, material
from rag.writing.material import Prompt

LENGTH = 160
"""Tokens of an answer; two lines of a comparison have as many."""


def write(
    model: LanguageModel, task: Task, lexicon: Lexicon, mode: str, cancel: threading.Event | None = None
) -> Iterator[str | Answer]:
    """The words as the model writes them, without marks, and at last the checked answer, its mode one of
    :data:`checking.MODES`. Where the model finds no room for a single sentence, or no answer in them, only an answer."""
    question = task.question
    if mode == "auto" and len(task.quoted.get("", ())) > quoting.MOST:
        yield task.quote  # a list is told by its items: a model would leave some out, and LENGTH holds few
        return
    asked = read(model, task)
    if asked is None:
        yield replace(task.quote, left_out={"evidence": len(task.ranked)})
        return
    most = _most(asked)
    allowed = drafting.grammar(asked.shown, question.language)
    able = ability.tells(model, question.language)
    if mode == "auto" and not able and task.crosses:
        yield replace(task.quote, left_out=asked.left_out, shown=asked.lines)  # none of its sentences would be shown
        return
    written: list[str] = []
    yield from drafting.words(
        model.chat(asked.writing, most=most, grammar=allowed, cancel=cancel), asked.shown, written
    )
    text = "".join(written)
    whole = model.count(text) < most - 1 and not (cancel and cancel.is_set())
    draft = drafting.read(text, asked.shown, question.language, whole=whole)
    if draft.declines and mode != "write":
        yield replace(quoting.refuse(question, task.hits), engine="write", left_out=asked.left_out, shown=asked.lines)
        return
    checked = checking.check(question, draft, asked.shown, lexicon)
    say = partial(interpreting.say, model, question, lexicon=lexicon, cancel=cancel) if able else None
    answer = checking.answer(question, checked, task.quoted, task.hits, mode, say)
    yield replace(answer, invented=draft.invented, left_out=asked.left_out, shown=asked.lines)


def read(model: LanguageModel, task: Task) -> Prompt | None:
    """What the model is asked; None when its context has no room for a single sentence."""
    years = {year: [*task.quoted[year], *found] for year, found in task.by_year.items() if year in task.quoted}
    shown = material.choose_by_year(years) if years else material.choose(task.ranked, model.context)
    return material.fit(model, task.question, shown, task.history, LENGTH * max(1, (len(years) + 1) // 2))


def _most(asked: Prompt) -> int:
    return LENGTH * max(1, (len(drafting.years_of(asked.shown)) + 1) // 2)
