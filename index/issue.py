"""Masthead and contents of a bulletin: where they end, the issue's name and date, the titles it promises."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from index import lexical
from index import lines as shape
from index.text.dates import find_dates
from index.text.numerals import find_numbers

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
_LINK = re.compile(r"^\W*(?:(?:的|of|in|from|the)(?![a-z])\W*)*|\W*(?:的|of|in|from)?\W*$", re.IGNORECASE)
"""What ties a number to a name: "of the"."""
_WITHIN = (
    re.compile(
        r"(?:在|根据|按照)?(?P<of>.{0,150}?第[^第期]{1,8}期[\s\d年月日.-]{0,20})(?:里面?的?|中的?|内的?|上的?|的(?!是)|(?=有|关于)|(?=[，,：:]))[，,：:\s]*(?P<rest>.{2,})$"
    ),
    re.compile(r"(?:in|according to) (?P<of>[^,]{1,200}),\s*(?P<rest>.+)$", re.IGNORECASE),
    re.compile(r"(?P<rest>.+) in (?P<of>[^,?]{1,80})\?*$", re.IGNORECASE),
)
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


Numbered = frozenset[tuple[str, int]]
"""The numbers of an issue, each with "total" where it counts all issues, "volume", or ""."""


def numbers(text: str) -> Numbered:
    """The numbers by which a text names an issue: 第十三期, 总第176期, No. 3."""
    found = ((one[0], find_numbers(one[0])) for one in NUMBERED.finditer(text))
    return frozenset((_counts(said), int(values[0].value)) for said, values in found if values)


def _counts(said: str) -> str:
    return "total" if said[0] in "总總" else "volume" if said[:3].lower() == "vol" else ""


def within(text: str, issues: Sequence[str]) -> tuple[str, str]:
    """The issue that a question says it is of (第3期里…, "in issue 3 of the Digest, …"), the newest where it may be several, and the
    question without it; "" and the text where it says none."""
    for of, rest in _scopes(text):
        if meant := named(of, issues):
            return max(meant, key=lambda one: max((day.iso for day in find_dates(one, "")), default="")), rest
    return "", text


def scope(text: str) -> tuple[str, str]:
    """What a question says in front that it is of an issue, and the question without it; "" and the text where it does not."""
    return next(_scopes(text), ("", text))


def _scopes(text: str) -> Iterator[tuple[str, str]]:
    """Each way to part a question into an issue that it may be of, and the rest."""
    found = (form.match(text) for form in _WITHIN)
    return ((one["of"], one["rest"]) for one in found if one and NUMBERED.search(one["of"]))


def said_within(issue: str, text: str) -> str:
    """A question said to be of an issue, as :func:`within` reads it."""
    return f"{issue}：{text}" if lexical.language(text) == "zh" else f"In {issue}, {text}"


def is_numbered(text: str) -> bool:
    """True if a text begins or ends with the number of an issue: "the Digest No. 3", 东湖简报第3期, "issue 3 of the Digest"."""
    found = list(NUMBERED.finditer(text.strip()))
    return bool(found) and (found[0].start() == 0 or found[-1].end() == len(text.strip()))


def named(text: str, issues: Iterable[str]) -> list[str]:
    """Those of some issues, each as its masthead has it, that a text names by a number, and by its name and date where it says them.

    第176期 is the 176th of all where none of the year has that number.
    """
    asked = numbers(text)
    known = called(text, issues) if asked else []
    exact = [one for one in known if asked <= numbers(one)]
    return exact or [one for one in known if {value for _, value in asked} <= {value for _, value in numbers(one)}]


def called(text: str, issues: Iterable[str]) -> list[str]:
    """Those of some issues that are called what a text says besides a number and a date, and are of its date."""
    rest = NUMBERED.sub(" ", text)
    days = find_dates(rest, "")
    for one in reversed(days):
        rest = rest[: one.start] + rest[one.end :]
    name = key(_LINK.sub("", rest))
    return [one for one in issues if name in key(one) and _of_days(one, [day.iso for day in days])]


def _of_days(issue: str, days: Iterable[str]) -> bool:
    """True if the dates of an issue are of some days, years or months; one without a date may be of any."""
    dated = [one.iso for one in find_dates(issue, "")]
    return not dated or all(any(one.startswith(day) or day.startswith(one) for one in dated) for day in days)


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
