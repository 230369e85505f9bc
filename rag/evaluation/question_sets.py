"""Files of questions whose answers are known -> what is asked, of which articles, and what would be right."""

from __future__ import annotations

import json
import lzma
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from index import lexical
from index.text.numbers import find_numbers
from index.types import Article
from yinju import YinjuError

Half = Literal["first", "second"]
HALVES: tuple[Half, Half] = ("first", "second")

PACKED = ".xz"
LISTS = (".jsonl", ".jsonl" + PACKED)
"""Endings of a file with one question a line; every other file is read as SQuAD-style JSON."""

MOST_BYTES = 2**30
"""Of a file once it is unpacked: a small one may stand for any number of zeros."""

IMPOSSIBLE = "impossible"
UNANSWERABLE = ("none", "near", IMPOSSIBLE)
"""Kinds that must be refused: nothing to do with the articles, their topic without the answer, SQuAD's ``is_impossible``."""

WHOLE = "multi"
"""The kind of question whose accepted answers must all be given; of any other kind one is enough."""

SHAPE = (
    'A question file is SQuAD-style JSON, {"data": [{"paragraphs": [{"context": "...", "qas": [{"id": "...", '
    '"question": "...", "answers": [{"text": "..."}]}]}]}]}, or ends in .jsonl or .jsonl.xz and has one question a line: '
    '{"question", "file", "evidence", "answers"} asks the library, {"question", "passages" or "context", "answerable"} asks '
    'what it brings, and {"question", "positive", "negative"} first the passages that answer and then those that do not'
)


class QuestionSetError(YinjuError):
    """A file of questions cannot be used; the message names the file, the place in it and the cure."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what is right for it: a passage of ``article``, or one of ``file`` that holds the evidence.

    ``passages`` are what it is asked of, alone and with no other article; none where the set or the library is asked."""

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
    passages: tuple[Article, ...] = ()

    @property
    def answerable(self) -> bool:
        """True if the articles answer it."""
        return self.kind not in UNANSWERABLE

    @property
    def located(self) -> bool:
        """True if it is known where the answer stands, so that a search for it can be judged."""
        return self.answerable and bool(self.article or self.file)

    def at_home(self, article: Article) -> bool:
        """True if the answer stands in this article, as far as the file of questions tells."""
        return article.id == self.article if self.article else Path(article.path).name == self.file

    def right(self, text: str, article: Article) -> bool:
        """True if a passage is the one to be found: of the article, or of the file and holding the evidence."""
        if self.article:
            return self.at_home(article)
        return bool(self.evidence) and self.at_home(article) and plain(self.evidence) in plain(text)

    def answered_by(self, text: str) -> bool:
        """True if an accepted answer, of kind "multi" each of them, stands in the text, a number also as another language or
        another magnitude writes it (3万亿美元, 3 trillion US dollars)."""
        said = [
            plain(answer) in plain(text) or _amounts(answer, whole=True) & _amounts(text) for answer in self.answers
        ]
        return bool(said) and (all(said) if self.kind == WHOLE else any(said))

    def supported_by(self, quote: str, article: Article) -> bool:
        """True if a quote is of the right article and holds an accepted answer or the evidence, or is part of the evidence."""
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
    def brings_passages(self) -> bool:
        """True if each question is asked of passages of its own."""
        return any(each.passages for each in self.asked)

    @property
    def is_list(self) -> bool:
        """True if the articles must come from elsewhere."""
        return self.halves is None and not self.brings_passages

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


def is_lines(path: Path) -> bool:
    """True if a file has one question a line."""
    return path.name.lower().endswith(LISTS)


def read(path: Path, passages: Path | None = None) -> QuestionSet:
    """The questions of a file. With ``passages``, a file of the same shape in another language, its contexts take the place
    of the file's own, paragraph by paragraph, and its gold answers are the accepted ones.

    Raises QuestionSetError, and OSError where a file cannot be read.
    """
    if is_lines(path):
        if passages is not None:
            raise QuestionSetError(
                f"{path} is a list and brings no contexts: leave out the file of passages {passages}."
            )
        return QuestionSet(path, tuple(_lines(path)))
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
        article = _article(_text(paragraph.get("context"), path, f"{place}.context"), path)
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


def _article(text: str, path: Path, title: str = "") -> Article:
    digest = sha256(f"{title}\n{text}".encode() if title else text.encode()).hexdigest()
    return Article(digest[:16], title, text, path=str(path), language=lexical.language(text), hash=digest)


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
    """True if a question has no id of its own in one of the files, and only its place to be known by."""
    return mine.id.startswith("data[") or theirs.id.startswith("data[")


# --- one question a line ----------------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[Asked]:
    """The questions of a file with one a line, all of the library or each of passages of its own."""
    lines = [(number, line) for number, line in enumerate(_read(path).split("\n"), 1) if line.strip()]
    if not lines:
        raise QuestionSetError(f"{path} holds no question. {SHAPE}.")
    first = False
    for place, (number, line) in enumerate(lines):
        where = f"line {number}"
        try:
            shape = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise QuestionSetError(f"{path}, {where} is not JSON ({error}): correct it. {SHAPE}.") from error
        for given in _apart(_object(shape, path, where), where):
            own = "passages" in given or "context" in given
            first = own if not place else first
            if own != first:
                raise QuestionSetError(
                    f"{path}, {where} {'brings passages' if own else 'brings no passages'}, unlike the first line: put the "
                    "questions of the library and those of passages of their own into two files."
                )
            yield (_of_passages if own else _of_library)(given, path, where, HALVES[place % 2])


def _apart(line: dict[str, Any], where: str) -> Iterator[dict[str, Any]]:
    """A line as it is; one with passages that answer ("positive") and that do not ("negative") asks its question twice, of each.
    Its answers may be lists of ways to say one (RGB, Chen et al. 2024)."""
    if not ("positive" in line and "negative" in line):
        yield line
        return
    given = line.get("answers") or []
    answers = [
        way
        for one in (given if isinstance(given, list) else [given])
        for way in (one if isinstance(one, list) else [one])
    ]
    for kind in ("positive", "negative"):
        if line[kind]:
            own = {"id": f"{line.get('id', where)} {kind}", "passages": line[kind], "answerable": kind == "positive"}
            yield {**line, **own, "answers": answers}


def _of_library(line: dict[str, Any], path: Path, where: str, half: Half) -> Asked:
    """A question whose answer stands in a file of the library, or nowhere in it."""
    file, evidence = (_optional(line.get(name), path, f'{where}, "{name}"') for name in ("file", "evidence"))
    if bool(file) != bool(evidence):
        raise QuestionSetError(
            f'{path}, {where} has only one of "file" and "evidence": name the file and the words in it that answer, or leave '
            "out both."
        )
    asked = _of_line(line, path, where, half)
    if asked.answerable and not evidence and not asked.answers:
        raise QuestionSetError(
            f'{path}, {where} says nothing to judge by: give "file" and "evidence", or "answers", or "answerable": false of '
            "a question that must be refused."
        )
    return replace(asked, file=Path(file).name, evidence=evidence)


def _of_passages(line: dict[str, Any], path: Path, where: str, half: Half) -> Asked:
    """A question with the passages that it is asked of, texts or pairs of title and text, or with one text, its context."""
    if type(line.get("answerable")) is not bool:
        raise QuestionSetError(
            f'{path}, {where} does not say whether its passages answer it: write "answerable": true or false.'
        )
    named = "passages" if "passages" in line else "context"
    shapes = _array(line["passages"], path, f'{where}, "passages"') if named == "passages" else [line["context"]]
    articles = [_passage(shape, path, f'{where}, "{named}"') for shape in shapes]
    if not articles:
        raise QuestionSetError(f'{path}, {where}, "passages" is empty: a question is asked of at least one passage.')
    evidence = line.get("evidence") or []
    parts = evidence if isinstance(evidence, list) else [evidence]
    return replace(
        _of_line(line, path, where, half),
        evidence="\n".join(_text(part, path, f'{where}, "evidence"') for part in parts),
        passages=tuple({article.id: article for article in articles}.values()),
    )


def _passage(shape: object, path: Path, place: str) -> Article:
    if not isinstance(shape, list):
        return _article(_text(shape, path, place), path)
    if len(shape) != 2:
        raise QuestionSetError(f"{path}: {place} holds a list that is no pair: write [title, text], or the text alone.")
    return _article(_text(shape[1], path, place), path, _optional(shape[0], path, place))


def _of_line(line: dict[str, Any], path: Path, where: str, half: Half) -> Asked:
    """What every line says of its question; "answerable" and the kind must not contradict each other."""
    text = _text(line.get("question"), path, f'{where}, "question"')
    kind = _optional(line.get("kind"), path, f'{where}, "kind"')
    answerable = line.get("answerable", kind not in UNANSWERABLE)
    if type(answerable) is not bool or (answerable and kind in UNANSWERABLE):
        raise QuestionSetError(
            f'{path}, {where}, "answerable" is {json.dumps(answerable)} and "kind" {kind!r}: write true, or false of a question '
            "that must be refused."
        )
    golds = _array(line.get("answers") or [], path, f'{where}, "answers"') if answerable else []
    return Asked(
        id=str(line.get("id", where)),
        text=text,
        language=_optional(line.get("lang"), path, f'{where}, "lang"') or lexical.language(text),
        kind=kind if answerable or kind in UNANSWERABLE else IMPOSSIBLE,
        answers=tuple(_text(gold, path, f'{where}, "answers"') for gold in golds if gold != ""),
        half=half,
    )


# --- what stands where ------------------------------------------------------------------------------------------------


def _read(path: Path) -> str:
    """The text of a file, unpacked if it is packed with xz."""
    try:
        return (_unpacked(path) if path.suffix.lower() == PACKED else path.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionSetError(f"{path} is not UTF-8 text: save it as UTF-8. {SHAPE}.") from error


def _unpacked(path: Path) -> bytes:
    try:
        with lzma.open(path) as file:
            body = file.read(MOST_BYTES + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise QuestionSetError(f"{path} cannot be unpacked ({error}): pack it again with xz, or unpack it.") from error
    if len(body) > MOST_BYTES:
        raise QuestionSetError(f"{path} unpacks to more than {MOST_BYTES >> 30} GiB: split it.")
    return body


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
