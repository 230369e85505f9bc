"""The sets of questions: rows of JSON Lines -> questions, each with windows that answer it and windows that do not."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "zh-Hant", "en")

HELD_OUT = {"xquad": 4, "drcd": 8, "cmrc2018": 8}
"""Of these sets one article in so many is kept apart, to measure on: nothing learns from it."""

SHARED = 44
"""Letters and figures in a row: a passage that shares so many with one kept apart is left out of every set."""

WINDOW = {"zh": 300, "en": 700}
"""Characters of a window, about 200 tokens of either language."""

_SENTENCE = re.compile(r"[^。！？；!?;.\n]*(?:[。！？；!?;\n]+[”’」』）)]*|\.(?=\s)[\"”’)]*|\.(?!\s)|$)")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of text read with a question; ``spans`` are where in ``text`` an answer may lie, none where it holds none.

    ``exact`` spans are the answer itself; others are the sentence that holds it.
    """

    title: str
    text: str
    spans: tuple[tuple[int, int], ...] = ()
    exact: bool = True


@dataclass(slots=True)
class Question:
    """A question with the passages known to answer it and known not to."""

    text: str
    language: str
    set: str
    answering: list[Window] = field(default_factory=list)
    other: list[Window] = field(default_factory=list)


def language(text: str) -> str:
    """ "zh" where at least a tenth of the characters are Han, else "en"."""
    return "zh" if len(_HAN.findall(text)) * 10 > len(text) else "en"


@cache
def _table() -> dict[int, str]:
    from opencc import OpenCC

    converter = OpenCC("t2s")
    codes = [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00)]
    table = {code: converter.convert(chr(code)) for code in codes}
    return {code: form for code, form in table.items() if len(form) == 1 and form != chr(code)}


def simplification() -> tuple[str, str]:
    """The characters that are simplified, and beside them what becomes of them."""
    table = _table()
    return "".join(map(chr, table)), "".join(table.values())


def simplified(text: str) -> str:
    """The text in simplified characters, one for one."""
    return text.translate(_table())


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences; together they are the text."""
    return [match.span() for match in _SENTENCE.finditer(text) if match.end() > match.start()]


def _rows(folder: Path, sample: int | None) -> Iterator[dict[str, object]]:
    files = sorted(folder.glob("*.jsonl.xz"))
    if not files:
        raise FileNotFoundError(f"There are no *.jsonl.xz in {folder}: give --data the folder of question sets.")
    for file in files:
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if sample and number >= sample:
                    break
                yield json.loads(line)


def _plain(text: str) -> str:
    return "".join(char for char in simplified(text).lower() if char.isalnum())


def _shingles(text: str) -> set[int]:
    plain = _plain(text)
    return {hash(plain[i : i + SHARED]) for i in range(len(plain) - SHARED + 1)}


def read(folder: Path, sample: int | None = None) -> tuple[list[Question], list[Question]]:
    """(questions to learn from, questions kept apart) of a folder of sets. ``sample`` takes so many rows of each file."""
    rows = list(_rows(folder, sample))
    apart = _apart(rows)
    kept = [row for row in rows if _origin(row) in apart and row["lang"] in LANGUAGES and row["plang"] in LANGUAGES]
    seen: set[int] = set().union(*(_shingles(str(row["passage"])) for row in _once(kept)))
    learned, forbidden = [], {str(row["question"]) for row in kept}
    clean: dict[str, bool] = {}
    for row in rows:
        if row["lang"] not in LANGUAGES or row["plang"] not in LANGUAGES:
            continue
        if _origin(row) in apart or row["question"] in forbidden:
            continue
        passage = str(row["passage"])
        if passage not in clean:
            clean[passage] = seen.isdisjoint(_shingles(passage))
        if clean[passage]:
            learned.append(row)
    return _questions(learned), _questions(kept)


def _once(rows: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    passages: set[object] = set()
    for row in rows:
        if row["passage"] not in passages:
            passages.add(row["passage"])
            yield row


def _origin(row: dict[str, object]) -> tuple[str, str]:
    """(set, question): the same in all languages that a set asks it in."""
    return str(row["set"]), str(row["id"]).partition(":")[0].removesuffix("-n")


def _apart(rows: Sequence[dict[str, object]]) -> set[tuple[str, str]]:
    """Origins of the questions on the articles kept apart. Where only some languages give the title, it is known by them."""
    titles = {_origin(row): str(row["title"]) for row in rows if row["set"] in HELD_OUT and row.get("title")}
    apart: set[tuple[str, str]] = set()
    for name, share in HELD_OUT.items():
        chosen = set(sorted({title for (of, _), title in titles.items() if of == name})[::share])
        apart |= {origin for origin, title in titles.items() if origin[0] == name and title in chosen}
    return apart


def _questions(rows: Iterable[dict[str, object]]) -> list[Question]:
    """One question for each set, text and language of passage; rows that say the same once."""
    found: dict[tuple[object, object, str], Question] = {}
    seen: dict[tuple[object, object, str], set[str]] = defaultdict(set)
    for row in rows:
        text, passage = simplified(str(row["question"])), simplified(str(row["passage"]))
        key = (row["set"], text, language(passage))
        if passage in seen[key]:
            continue
        seen[key].add(passage)
        question = found.setdefault(key, Question(text, language(text), str(row["set"])))
        title = simplified(str(row.get("title") or ""))
        if not row["answerable"]:
            question.other.append(Window(title, passage))
        elif window := _answering(row, title, passage):
            question.answering.append(window)
    return list(found.values())


def _answering(row: dict[str, object], title: str, passage: str) -> Window | None:
    answers = row["answers"]
    assert isinstance(answers, list)  # noqa: S101 - the form that the sets' README gives
    spans = tuple(sorted({(a["start"], a["start"] + len(a["text"])) for a in answers if a["text"].strip()}))
    if spans:
        return Window(title, passage, spans)
    stretches = row.get("sentences") or [row["sentence"]]
    assert isinstance(stretches, list)  # noqa: S101
    return Window(title, passage, tuple((start, end) for start, end in stretches), exact=False)


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """A text cut at sentence ends into windows of the usual length: from where to where each is."""
    held: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if held and end - held[0][0] > WINDOW[language(text)]:
            yield held[0][0], held[-1][1]
            held = []
        held.append((start, end))
    if held:
        yield held[0][0], held[-1][1]


def cut(window: Window, random_: random.Random, share: float = 1.0, near: str = "") -> Window:
    """A window about ``share`` of the usual length, made of whole sentences, that holds the first span where there is one,
    else the sentence with most of the words of ``near``."""
    text = window.text
    room = int(WINDOW[language(text)] * share)
    pieces = sentences(text)
    if len(text) <= room or not pieces:
        return _shorter(window, room)
    at = next((i for i, (a, b) in enumerate(pieces) if window.spans and a <= window.spans[0][0] < b), None)
    if at is None:
        at = _nearest(near, text, pieces) if near else random_.randrange(len(pieces))
    first = last = at
    while pieces[last][1] - pieces[first][0] < room and (first > 0 or last < len(pieces) - 1):
        if first > 0 and (last == len(pieces) - 1 or random_.random() < 0.5):
            first -= 1
        else:
            last += 1
    start, end = pieces[first][0], pieces[last][1]
    if window.spans:
        end = max(end, min(window.spans[0][1], start + 2 * room))
    spans = tuple((a - start, b - start) for a, b in window.spans if start <= a and b <= end)
    return _shorter(Window(window.title, text[start:end], spans, window.exact), 2 * room)


def words(text: str) -> set[str]:
    """Pairs of Han characters, and words of other scripts, in lower case."""
    pairs = {text[i : i + 2] for i in range(len(text) - 1) if _HAN.match(text[i]) and _HAN.match(text[i + 1])}
    return pairs | set(re.findall(r"[a-z0-9]{2,}", text.lower()))


def _nearest(near: str, text: str, pieces: Sequence[tuple[int, int]]) -> int:
    asked = words(near)
    return max(range(len(pieces)), key=lambda i: len(asked & words(text[slice(*pieces[i])])))


def _shorter(window: Window, room: int) -> Window:
    if len(window.text) <= room:
        return window
    spans = tuple(span for span in window.spans if span[1] <= room)
    if window.spans and not spans:  # the answer lies behind: the window begins just before it
        start = max(0, window.spans[0][0] - room // 4)
        kept = tuple((a - start, min(b - start, room)) for a, b in window.spans[:1])
        return Window(window.title, window.text[start : start + room], kept, window.exact)
    return Window(window.title, window.text[:room], spans, window.exact)
