"""Files of questions whose answers are known -> what is asked, of which articles, and what would be right."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from index import lexical
from index.numbers import find_numbers
from index.types import Article
from yinju import YinjuError

Half = Literal["first", "second"]
HALVES: tuple[Half, Half] = ("first", "second")

LIST = ".jsonl"
"""Ending of a question list; every other file is read as SQuAD-style JSON."""

IMPOSSIBLE = "impossible"
UNANSWERABLE = ("none", "near", IMPOSSIBLE)
"""Kinds that must be refused: nothing to do with the articles, their topic without the answer, SQuAD's ``is_impossible``."""

WHOLE = "multi"
"""The kind of question whose accepted answers must all be given; of any other kind one is enough."""

SHAPE = (
    'A question file is SQuAD-style JSON, {"data": [{"paragraphs": [{"context": "...", "qas": [{"id": "...", '
    '"question": "...", "answers": [{"text": "..."}]}]}]}]}, or a list that ends in .jsonl, one {"question", "file", '
    '"evidence", "answers"} a line'
)


class QuestionSetError(YinjuError):
    """A file of questions cannot be used; the message names the file, the place in it and the cure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what is right for it: a passage of ``article``, or one of ``file`` that holds the evidence."""

    id: str
    text: str
    language: str
    kind: str
    answers: tuple[str, ...]
    half: Half
    article: str = ""
    """Id of the article made from the context that the question stands under; "" in a list."""
    file: str = ""
    evidence: str = ""

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return self.kind not in UNANSWERABLE

    @property
    def located(self) -> bool:
        """Whether it is known where the answer stands, so that a search for it can be judged."""
        return self.answerable and bool(self.article or self.evidence)

    def at_home(self, article: Article) -> bool:
        """Whether the answer stands in this article, as far as the file of questions tells."""
        return article.id == self.article if self.article else Path(article.path).name == self.file

    def right(self, text: str, article: Article) -> bool:
        """Whether a passage is the one to be found: of the article, or of the file and holding the evidence."""
        if self.article:
            return self.at_home(article)
        return bool(self.evidence) and self.at_home(article) and plain(self.evidence) in plain(text)

    def answered_by(self, text: str) -> bool:
        """Whether an accepted answer, of kind "multi" each of them, stands in the text, a number also as another language or
        another magnitude writes it (3万亿美元, 3 trillion US dollars)."""
        said = [
            plain(answer) in plain(text) or _amounts(answer, whole=True) & _amounts(text) for answer in self.answers
        ]
        return bool(said) and (all(said) if self.kind == WHOLE else any(said))

    def supported_by(self, quote: str, article: Article) -> bool:
        """Whether a quote is of the right article and holds an accepted answer or the evidence, or is part of the evidence."""
        if not quote.strip() or (not self.at_home(article) and (self.article or self.file)):
            return False
        held, evidence = plain(quote), plain(self.evidence)
        return any(plain(answer) in held for answer in self.answers) or bool(
            evidence and (evidence in held or held in evidence)
        )


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A file's questions, and the articles it brings with the halves in which each stands; none in a list."""

    path: Path
    asked: tuple[Asked, ...]
    articles: tuple[Article, ...] = ()
    halves: Mapping[str, frozenset[Half]] | None = None
    blank: tuple[str, ...] = ()
    """Ids of entries without a question, which are left out; CMRC 2018 has some."""

    @property
    def is_list(self) -> bool:
        """Whether the articles must come from elsewhere."""
        return self.halves is None

    def only_in(self, half: Half) -> tuple[Article, ...]:
        """The articles of one half that do not stand in the other as well."""
        return tuple(article for article in self.articles if self.halves and self.halves[article.id] == {half})


def _amounts(text: str, *, whole: bool = False) -> frozenset[tuple[object, str]]:
    """Numbers with their units, of those that have one; ``whole``: only one that is all of the text."""
    found = (number for number in find_numbers(text) if number.unit)
    return frozenset(
        (number.value, number.unit) for number in found if not whole or (number.start, number.end) == (0, len(text))
    )


def plain(text: str) -> str:
    """Text as it is compared: NFKC, case folded, without white space and Markdown's asterisks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).replace("*", "")


def select(asked: Sequence[Asked], half: str | None = None, limit: int | None = None) -> tuple[Asked, ...]:
    """The questions of one half, of these ``limit`` evenly spread ones; always the same."""
    chosen = [each for each in asked if half is None or each.half == half]
    if limit is None or limit >= len(chosen):
        return tuple(chosen)
    return tuple(chosen[place * len(chosen) // limit] for place in range(limit))


def read(path: Path, passages: Path | None = None) -> QuestionSet:
    """The questions of a file. With ``passages``, a file of the same shape in another language, its contexts take the place
    of the file's own, paragraph by paragraph, and its gold answers are the accepted ones.

    Raises QuestionSetError, and OSError where a file cannot be read.
    """
    if path.suffix.lower() == LIST:
        if passages is not None:
            raise QuestionSetError(
                f"{path} is a list and brings no contexts: leave out the file of passages {passages}."
            )
        return QuestionSet(path, tuple(_list(path)))
    own = _squad(path)
    whole = own if passages is None else _across(own, _squad(passages))
    asked = tuple(each for each in whole.asked if each.text.strip())
    if not asked:
        raise QuestionSetError(f"{path} holds no question. {SHAPE}.")
    return replace(whole, asked=asked, blank=tuple(each.id for each in whole.asked if not each.text.strip()))


# --- SQuAD-style JSON -------------------------------------------------------------------------------------------------


def _squad(path: Path) -> QuestionSet:
    """Every context an article, its id made of the text, so that a context that stands twice is one article."""
    paragraphs = list(_paragraphs(path, _entries(path)))
    articles: dict[str, Article] = {}
    halves: dict[str, set[Half]] = {}
    asked: list[Asked] = []
    for half, place, paragraph in paragraphs:
        context = _text(paragraph.get("context"), path, f"{place}.context")
        article = _article(context, path)
        articles[article.id] = article
        halves.setdefault(article.id, set()).add(half)
        for number, qa in enumerate(_array(paragraph.get("qas"), path, f"{place}.qas")):
            asked.append(_of_context(qa, path, f"{place}.qas[{number}]", half, article))
    return QuestionSet(path, tuple(asked), tuple(articles.values()), {k: frozenset(v) for k, v in halves.items()})


def _entries(path: Path) -> list[Any]:
    try:
        whole = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(f"{path} is not JSON ({error}): correct it. {SHAPE}.") from error
    data = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(data, list) or not data:
        raise QuestionSetError(f'{path} has no "data" with entries in it. {SHAPE}.')
    return data


def _paragraphs(path: Path, entries: Sequence[Any]) -> Iterator[tuple[Half, str, dict[str, Any]]]:
    """Each paragraph with its half and its place: the halves part the entries, or a single entry's paragraphs."""
    for number, entry in enumerate(entries):
        place = f"data[{number}]"
        paragraphs = _array(_object(entry, path, place).get("paragraphs"), path, f"{place}.paragraphs")
        for index, paragraph in enumerate(paragraphs):
            at, of = (number, len(entries)) if len(entries) > 1 else (index, len(paragraphs))
            where = f"{place}.paragraphs[{index}]"
            yield HALVES[at * 2 >= of], where, _object(paragraph, path, where)


def _article(context: str, path: Path) -> Article:
    digest = sha256(context.encode()).hexdigest()
    return Article(digest[:16], "", context, path=str(path), language=lexical.language(context), hash=digest)


def _of_context(shape: object, path: Path, place: str, half: Half, article: Article) -> Asked:
    qa = _object(shape, path, place)
    text = qa.get("question")
    if not isinstance(text, str):
        raise QuestionSetError(f'{path}: {place} has no "question": write it in, or take the entry out.')
    golds = _array(qa.get("answers", []), path, f"{place}.answers")
    texts = [
        _text(_object(gold, path, f"{place}.answers[{number}]").get("text"), path, f"{place}.answers[{number}].text")
        for number, gold in enumerate(golds)
    ]
    impossible = qa.get("is_impossible") is True
    return Asked(
        id=str(qa.get("id", place)),
        text=text,
        language=lexical.language(text),
        kind=IMPOSSIBLE if impossible else "",
        answers=() if impossible else tuple(dict.fromkeys(texts)),
        half=half,
        article=article.id,
    )


def _across(own: QuestionSet, other: QuestionSet) -> QuestionSet:
    """The questions of one file on the contexts of the other, question by question."""
    if len(own.asked) != len(other.asked) or [a.half for a in own.asked] != [a.half for a in other.asked]:
        raise QuestionSetError(
            f"{other.path} has another shape than {own.path} ({len(other.asked)} and {len(own.asked)} questions): both must "
            "hold the same questions in the same order, one file in each language."
        )
    pairs = list(zip(own.asked, other.asked, strict=True))
    if moved := [mine.id for mine, theirs in pairs if mine.id != theirs.id and not _placed(mine, theirs)]:
        raise QuestionSetError(
            f"{other.path} does not hold the questions of {own.path} in the same order: {moved[0]!r} stands elsewhere. "
            "Both must hold the same questions in the same order, one file in each language."
        )
    asked = [replace(mine, article=theirs.article, answers=theirs.answers, kind=theirs.kind) for mine, theirs in pairs]
    return replace(other, path=own.path, asked=tuple(asked))


def _placed(mine: Asked, theirs: Asked) -> bool:
    """Whether a question has no id of its own in one of the files, and only its place to be known by."""
    return mine.id.startswith("data[") or theirs.id.startswith("data[")


# --- question lists ---------------------------------------------------------------------------------------------------


def _list(path: Path) -> Iterator[Asked]:
    lines = [(number, line) for number, line in enumerate(_read(path).splitlines(), 1) if line.strip()]
    if not lines:
        raise QuestionSetError(f"{path} holds no question. {SHAPE}.")
    for place, (number, line) in enumerate(lines):
        where = f"line {number}"
        try:
            shape = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise QuestionSetError(f"{path}, {where} is not JSON ({error}): correct it. {SHAPE}.") from error
        yield _of_list(_object(shape, path, where), path, where, HALVES[place % 2])


def _of_list(line: dict[str, Any], path: Path, where: str, half: Half) -> Asked:
    text = _text(line.get("question"), path, f'{where}, "question"')
    file, evidence = (_optional(line.get(name), path, f'{where}, "{name}"') for name in ("file", "evidence"))
    if bool(file) != bool(evidence):
        raise QuestionSetError(
            f'{path}, {where} has only one of "file" and "evidence": name the file and the words in it that answer, or leave '
            "out both."
        )
    golds = _array(line.get("answers") or [], path, f'{where}, "answers"')
    kind = _optional(line.get("kind"), path, f'{where}, "kind"')
    if kind not in UNANSWERABLE and not evidence and not golds:
        raise QuestionSetError(
            f'{path}, {where} says nothing to judge by: give "file" and "evidence", or "answers", or the kind "none" of a '
            "question that must be refused."
        )
    return Asked(
        id=str(line.get("id", where)),
        text=text,
        language=_optional(line.get("lang"), path, f'{where}, "lang"') or lexical.language(text),
        kind=kind,
        answers=tuple(_text(gold, path, f'{where}, "answers"') for gold in golds),
        half=half,
        file=Path(file).name,
        evidence=evidence,
    )


# --- what stands where ------------------------------------------------------------------------------------------------


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionSetError(f"{path} is not UTF-8 text: save it as UTF-8. {SHAPE}.") from error


def _object(shape: object, path: Path, place: str) -> dict[str, Any]:
    if not isinstance(shape, dict):
        raise QuestionSetError(f"{path}: {place} is no object. {SHAPE}.")
    return shape


def _array(shape: object, path: Path, place: str) -> list[Any]:
    if not isinstance(shape, list):
        raise QuestionSetError(f"{path}: {place} is no list. {SHAPE}.")
    return shape


def _text(shape: object, path: Path, place: str) -> str:
    if not isinstance(shape, str) or not shape.strip():
        raise QuestionSetError(f"{path}: {place} is empty or no text: write it in, or take its entry out.")
    if re.search("[\ud800-\udfff]", shape):
        raise QuestionSetError(
            f"{path}: {place} holds half a character (a lone surrogate): write the character itself."
        )
    return shape


def _optional(shape: object, path: Path, place: str) -> str:
    return "" if shape is None or shape == "" else _text(shape, path, place)
