"""What every peer is given to do: articles to hold, and rows of questions to be asked of them."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from langchain_text_splitters import RecursiveCharacterTextSplitter

from index import readers
from index.lexical import language
from index.types import Article
from rag.evaluation import question_sets
from rag.evaluation.question_sets import Asked


@dataclass(frozen=True, slots=True)
class Task:
    """Which files the work is read from."""

    sets: tuple[Path, ...] = ()
    """SQuAD-style files; two of one family (xquad.en.json, xquad.zh.json) are asked across as well."""
    questions: tuple[Path, ...] = ()
    """Lists of questions, a JSON object a line."""
    articles: tuple[Path, ...] = ()
    """Files and folders that the lists ask about."""
    events: tuple[Path, ...] = ()
    """Lists of events (``question``) with the article that tells of each (``text``), a JSON object a line."""
    among: tuple[Path, ...] = ()
    """Other articles that those of the events stand among, a JSON object with ``text`` a line."""
    limit: int | None = None
    """Questions of a row, evenly spread over it."""


@dataclass(frozen=True, slots=True)
class Work:
    """Articles and, by the name of the row, what is asked of them."""

    articles: tuple[Article, ...]
    rows: dict[str, tuple[Asked, ...]] = field(default_factory=dict)
    files: bool = False
    """Whether the articles are whole files, which are long and may hold many articles each."""


def works(task: Task) -> Iterator[Work]:
    """The work of a task. Raises QuestionSetError, ReadError and OSError where a file cannot be used."""
    for passages in task.sets:
        rows = {}
        for asked in task.sets:
            if _family(asked) == _family(passages):
                chosen = question_sets.read(asked, None if asked == passages else passages).asked
                located = [each for each in chosen if each.located]
                rows[_row(asked, passages)] = question_sets.select(located, limit=task.limit)
        yield Work(question_sets.read(passages).articles, rows)
    for path in task.questions:
        located = [each for each in question_sets.read(path).asked if each.located]
        languages = sorted({each.language for each in located})
        yield Work(
            _whole(task.articles),
            {
                f"{path.name.partition('.')[0]} {language}": question_sets.select(
                    [each for each in located if each.language == language], limit=task.limit
                )
                for language in languages
            },
            files=True,
        )
    for path in task.events:
        yield _events(path, task.among, task.limit)


def _events(path: Path, among: Sequence[Path], limit: int | None) -> Work:
    """Each event is asked for, and its own article is right."""
    told, others = _lines(path), [line for other in among for line in _lines(other)]
    names = [f"event-{number}" for number in range(len(told))] + [f"other-{number}" for number in range(len(others))]
    asked = [
        Asked(name, line["question"], language(line["question"]), "event", (), "first", article=name)
        for name, line in zip(names, told, strict=False)
    ]
    articles = (
        Article(name, "", line["text"], path=path.with_suffix(".json").name, language=language(line["text"]))
        for name, line in zip(names, [*told, *others], strict=True)
    )
    row = f"{path.name.partition('.')[0]} among {len(others):,}" if others else path.name.partition(".")[0]
    return Work(tuple(articles), {row: question_sets.select(asked, limit=limit)})


def _lines(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    told = lzma.decompress(content) if path.suffix == ".xz" else content
    return [json.loads(line) for line in told.splitlines() if line.strip()]


def _family(path: Path) -> str:
    return path.name.partition(".")[0]


def _whole(paths: Sequence[Path]) -> tuple[Article, ...]:
    """Each file as one article. Raises ReadError."""
    with readers.Reader() as reader:
        return tuple(
            Article(document.path, "", document.text, path=document.path)
            for file in readers.find(paths)
            for document in reader.read(file).documents
        )


def _row(asked: Path, passages: Path) -> str:
    """ "xquad en→zh" of xquad.en.json asked of xquad.zh.json."""
    languages = [path.name.removesuffix(path.suffix).partition(".")[2] or "-" for path in (asked, passages)]
    return f"{_family(passages)} {'→'.join(languages)}"


def pieces(articles: Sequence[Article]) -> list[Article]:
    """Files cut as LangChain cuts by default, for a peer that does not cut."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    return [
        Article(article.id, "", piece, path=article.path)
        for article in articles
        for piece in splitter.split_text(article.text)
    ]
