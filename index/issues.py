"""Which issue of a bulletin a text names, by its number, its name and its date, and which one a question is of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from index import lexical
from index.issue import NUMBERED, key
from index.text.dates import find_dates
from index.text.numerals import find_numbers

_LINK = re.compile(r"^\W*(?:(?:的|of|in|from|the)(?![a-z])\W*)*|\W*(?:的|of|in|from)?\W*$", re.IGNORECASE)
"""What ties a number to a name: "of the"."""
_WITHIN = (
    re.compile(
        r"(?:在|根据|按照)?(?P<of>.{0,150}?第[^第期]{1,8}期[\s\d年月日.-]{0,20})(?:里面?的?|中的?|内的?|上的?|的(?!是)|(?=有|关于)|(?=[，,：:]))[，,：:\s]*(?P<rest>.{2,})$"
    ),
    re.compile(r"(?:in|according to) (?P<of>[^,]{1,200}),\s*(?P<rest>.+)$", re.IGNORECASE),
    re.compile(r"(?P<rest>.+) in (?P<of>[^,?]{1,80})\?*$", re.IGNORECASE),
)


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
