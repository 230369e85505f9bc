"""Questions of the project's own: asked before the passage was seen and judged on what a search brought up, and asked of short articles.

`asked/questions.*.jsonl` holds for each question the windows that a search found and where in them an answer lies; the passages are those of the
sets, known by their hash. `asked/taken.*.jsonl` holds in the same form windows that a later search brought up for such questions and that the reader took for answers,
judged, most of them none; for a question with an answer one window that gives it stands beside them. `asked/articles.*.jsonl` holds articles made up for this, each with questions that it answers, in other words than its own,
and questions as near to it that it does not answer; `asked/plain.*.jsonl` the same of short and plain ones, tables, notes and rules among them, where
either kind of question keeps to the article's words, and `asked/kept.*.jsonl` of news under headlines that tell, digests, and parts of reports, judgments
and encyclopedias, with questions of the other language too. `asked/topics.*.jsonl` holds groups of articles of one field and topics that some of them are about,
with where in them that shows. Names are invented, and where one is not, what is told of it may be. All were written and judged by a large language model; nothing of the sets measured on was shown to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from models.training.reader.data import Question, Window, language

FOLDER = Path(__file__).parent / "asked"

ASKED, TAKEN, ARTICLES, PLAIN, KEPT, TOPICS = "asked", "taken", "articles", "plain", "kept", "topics"

Made = Callable[[dict[str, object], dict[str, Window]], Iterator[Question]]
"""A line of a file and the passages of the sets by their hash -> its questions."""

APART = 12
"""One passage or article in so many is kept apart with all its questions, to measure on."""


def key(passage: str) -> str:
    """What a passage is known by."""
    return hashlib.sha256(passage.encode()).hexdigest()[:12]


def is_apart(key: str) -> bool:
    """True if the passage or article of this key is kept apart."""
    return int(key, 16) % APART == 0


def read(
    learned: Sequence[Question], folder: Path = FOLDER, sample: int | None = None
) -> tuple[list[Question], list[Question]]:
    """(questions to learn from, questions kept apart); those on passages that ``learned`` has not are left out. ``sample`` takes so many
    lines of each file."""
    passages = {key(w.text): w for question in learned for w in question.answering + question.other}
    learning: list[Question] = []
    apart: list[Question] = []
    told: list[tuple[str, Made]] = [(name, partial(_told, name)) for name in (ARTICLES, PLAIN, KEPT)]
    found: list[tuple[str, Made]] = [("questions", partial(_asked, ASKED)), ("taken", partial(_asked, TAKEN))]
    for name, made in [*found, *told, ("topics", _about)]:
        for file in sorted(folder.glob(f"{name}.*.jsonl")):
            with file.open(encoding="utf-8") as lines:
                for line in islice(lines, sample):
                    row = json.loads(line)
                    known = (
                        row["windows"][0]["passage"]
                        if "windows" in row
                        else key((row.get("articles") or [row])[0]["text"])
                    )
                    (apart if is_apart(known) else learning).extend(made(row, passages))
    return learning, apart


def _asked(name: str, row: dict[str, object], passages: dict[str, Window]) -> Iterator[Question]:
    text = str(row["question"])
    question = Question(text, language(text), name)
    windows = row["windows"]
    assert isinstance(windows, list)  # noqa: S101 - the form that the module names
    for each in windows:
        if each["passage"] in passages:
            whole = passages[each["passage"]]
            spans = tuple((start, end) for start, end in each["answers"])
            window = Window(whole.title, whole.text[each["start"] : each["end"]], spans)
            (question.answering if spans else question.other).append(window)
    if question.answering or question.other:
        yield question


def _told(name: str, row: dict[str, object], _: dict[str, Window]) -> Iterator[Question]:
    title, text, asked = str(row["title"]), str(row["text"]), row["questions"]
    assert isinstance(asked, list)  # noqa: S101
    for each in asked:
        question = Question(each["question"], language(each["question"]), name)
        window = Window(title, text, ((each["start"], each["end"]),) if "start" in each else ())
        (question.answering if window.spans else question.other).append(window)
        yield question


def _about(row: dict[str, object], _: dict[str, Window]) -> Iterator[Question]:
    articles, topics = row["articles"], row["topics"]
    assert isinstance(articles, list)  # noqa: S101
    assert isinstance(topics, list)  # noqa: S101
    for each in topics:
        question = Question(each["topic"], language(each["topic"]), TOPICS)
        for number, article in enumerate(articles):
            spans = tuple((start, end) for at, start, end in each["about"] if at == number)
            if number not in each["near"]:
                (question.answering if spans else question.other).append(
                    Window(article["title"], article["text"], spans)
                )
        yield question
