"""Masthead and contents of a bulletin: where they end, the issue's name and date, the titles it promises."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from index import lines as shape
from index.text.dates import find_dates

_HEAD = 200  # rows within which a masthead and its contents lie
_SAID = 200  # characters
_CONTENTS = re.compile(
    r"(?:本期|本刊)?(?:要目|目录|目錄|导读|導讀|内容|目次|看点)|contents|inthisissue|tableofcontents|inside",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"[总總]?第\s*[\d零〇一二三四五六七八九十百]+\s*期|[总總]第\s*\d+|\b(?:issue|no\.?|vol(?:ume)?\.?)\s*\d+",
    re.IGNORECASE,
)
"""The number of an issue."""
_IMPRINT = re.compile(
    r"主\s*编|主\s*办|编\s*辑|总\s*编|编\s*委|责任编辑|指导单位|咨询电话|电\s*话|邮\s*箱|地\s*址|声\s*明|关注|订阅"
    r"|editor|publisher|contact|subscribe",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"(?:[-*+•·]\s+)?(?P<page>\d{1,3})(?!\d)[\s.．、:：)）]+(?P<title>\S.*)"
    r"|(?:[-*+•·]\s+)?(?P<title2>\S.*?)(?:\s*[.…·]{2,}\s*|\s{2,}|\s*/\s*)(?P<page2>\d{1,3})"
)


@dataclass(frozen=True, slots=True)
class Issue:
    """What stands before the articles of a bulletin: rows[:end]. ``titles`` maps the key of a title to the title."""

    end: int = 0
    date: str = ""
    name: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    furniture: frozenset[str] = frozenset()
    said: str = ""
    """Its name, number and date in a line, as they are printed."""

    def promises(self, title: str, *, exactly: bool) -> str:
        """The title of the contents that this is, "" when it is none; not exactly: some words may differ."""
        if (wanted := key(title)) in self.titles:
            return self.titles[wanted]
        if exactly or len(wanted) < 6:
            return ""
        return next((found for other, found in self.titles.items() if _alike(wanted, other) >= 0.8), "")


def key(title: str) -> str:
    """A title without spaces, punctuation, width and case: what stays the same when it is set in other lines."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", title).casefold())


def read_issue(rows: list[str]) -> Issue:
    """The masthead and contents at the top of ``rows``; an empty Issue when there is none."""
    head = rows[:_HEAD]
    numbered = next((n for n, row in enumerate(head[:60]) if NUMBERED.search(row) and not shape.is_body(row)), None)
    if numbered is None:
        return Issue()
    start = next((n for n, row in enumerate(head) if n > numbered and _CONTENTS.fullmatch(key(shape.plain(row)))), None)
    if start is None and not _only_numbers(head[numbered]):
        return Issue()
    titles: dict[str, str] = {}
    sections: set[str] = set()
    if start is None:
        end = _imprint_end(head, numbered)
    else:
        end, titles, sections = _read_contents(head, start)
    masthead = head[: start if start is not None else end]
    name = _name(masthead, numbered)
    date = next(
        (found[0].iso for row in masthead if (found := [d for d in find_dates(row, "") if len(d.iso) >= 7])), ""
    )
    furniture = sections | {key(name)} | {key(row) for row in masthead if NUMBERED.search(row)}
    number = shape.plain(head[numbered])
    said = " ".join(f"{shape.plain(name)} {number} {'' if find_dates(number, '') else date}".split())
    return Issue(end, date, shape.plain(name), titles, frozenset(furniture - {""}), said[:_SAID])


def _name(masthead: list[str], numbered: int) -> str:
    """The name is what the masthead repeats, or else what stands right over the number of the issue."""
    short = [row.strip() for row in masthead if shape.is_title(row) and not NUMBERED.search(row)]
    repeated = [row for row, count in Counter(short).items() if count > 1]
    above = [row.strip() for row in masthead[:numbered] if row.strip() in short]
    return next(iter([*repeated, *above[-1:], *short]), "")


def _only_numbers(row: str) -> bool:
    """True if nothing but dates and numbers follows the number of the issue: "某刊第3期发表文章" is a headline."""
    after = NUMBERED.split(row, maxsplit=1)[1]
    for found in reversed(find_dates(after, "")):
        after = after[: found.start] + after[found.end :]
    return not key(NUMBERED.sub("", after))


def _imprint_end(head: list[str], numbered: int) -> int:
    """Without contents the masthead ends with the last row that dates the issue or names the people who make it."""
    end = numbered
    for number, row in enumerate(head[numbered + 1 : 80], numbered + 1):
        about = shape.meta(row)
        dates = number <= numbered + 3 and about is not None and about.bare
        if dates or (_IMPRINT.match(row.strip()) and len(row) < 400):
            end = number
    return end + 1


def _read_contents(head: list[str], start: int) -> tuple[int, dict[str, str], set[str]]:
    """Rows of the contents: (where they end, titles by key, keys of the section names between them)."""
    run: list[tuple[int, str, bool]] = []
    for number, row in enumerate(head[start + 1 :], start + 1):
        if not row.strip():
            continue
        match = _ENTRY.fullmatch(row.strip())
        if shape.is_body(row) and not (match and not shape.ends_sentence(row)):
            break
        title = (match["title"] or match["title2"]) if match else re.sub(r"^[-*+•·]\s+", "", row.strip())
        run.append((number, shape.plain(title), bool(match)))
    paged = [position for position, (_, _, is_paged) in enumerate(run) if is_paged]
    if len(paged) >= 2:
        run = run[: paged[-1] + 1]
        sections = {key(title) for _, title, is_paged in run if not is_paged}
        return run[-1][0] + 1, {key(title): title for _, title, is_paged in run if is_paged}, sections
    seen: dict[str, str] = {}
    for number, title, _ in run:
        if key(title) in seen:
            return number, seen, set()
        seen[key(title)] = title
    return start + 1, {}, set()


def _alike(one: str, other: str) -> float:
    """Share of common character pairs (Dice), 1.0 for the same text."""
    pairs = [Counter(text[n : n + 2] for n in range(len(text) - 1)) for text in (one, other)]
    return 2 * (pairs[0] & pairs[1]).total() / max(1, pairs[0].total() + pairs[1].total())
