"""Dates in Chinese and English text: read one whole date, or date every mention by its article. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from index.text.scripts import NARROW


class DateMention(NamedTuple):
    """``text[start:end]`` speaks of ``iso``, as precise as the words are: "2026-01-13", "2026-01" or "2026"."""

    start: int
    end: int
    iso: str


MONTHS = tuple("January February March April May June July August September October November December".split())
_MONTH_NAME = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?"
    r"|Dec(?:ember)?)\b\.?"
)
_NUMERALS = {character: str(value) for value, character in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
YEAR = r"(?:1[5-9]|20|21)\d\d"
"""A year of which articles tell, with 年, a month or a preposition; as a part of a pattern, as those below."""
RECENT_YEAR = r"(?:19|20)\d\d"
"""A year that four figures mean by themselves: below they count something as often."""
ANY_YEAR = r"(?:(?:1\d|20)\d\d|2100)"
"""A year that four figures may mean, where they are rather taken for a year than for a number."""
LONE_YEAR = re.compile(rf"(?<![\d.])({RECENT_YEAR})(?![\d%]|[.,]\d)")
SHORT_SPAN = re.compile(rf"(?<![\d.,])({ANY_YEAR}) ?([-–—/]) ?(\d\d)(?!\d)(?=[ ]?年|[ ,.;)，。；）]|$)")
"""Two years, of the second its last two figures: 2024-25."""
_SPACE = r"[ \t\u3000]{0,2}"
_ERAS = {"民": 1911, "令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
"""The year before the first of an era."""
_HAN_COUNT = "[一二三四五六七八九十]{1,3}"
_WIDE = NARROW | str.maketrans("，：", ",:")
"""Full-width letters, digits and marks of dates; nothing moves."""

_MENTION = re.compile(
    "|".join(
        (
            rf"(?<![\d.])(?P<y11>{YEAR})(?:-?W(?P<w1>\d\d)(?:-?(?P<wd>[1-7]))?(?![\w-])|{_SPACE}年{_SPACE}第{_SPACE}(?P<w2>\d{{1,2}}){_SPACE}[周週])",
            rf"(?<![\d.])(?P<y1>{YEAR})(?P<s1>[-/.])(?P<m1>\d{{1,2}})(?P=s1)(?P<d1>\d{{1,2}})(?![\d]|[-/.]\d)",
            rf"(?<!\d)(?P<y2>{YEAR}){_SPACE}年{_SPACE}"
            rf"(?:(?P<m2>\d{{1,2}}){_SPACE}月(?:{_SPACE}(?P<d2>\d{{1,2}}){_SPACE}[日号])?)?[初底末]?",
            rf"(?:中[華华])?(?P<era>民[國国]|令和|平成|昭和|大正|明治){_SPACE}(?P<ey>元|\d{{1,3}}|[〇○零一二三四五六七八九十百]{{1,6}}){_SPACE}年"
            rf"(?:{_SPACE}(?P<em>\d{{1,2}}|{_HAN_COUNT}){_SPACE}月(?:{_SPACE}(?P<ed>\d{{1,2}}|{_HAN_COUNT}){_SPACE}[日号號])?)?[初底末]?",
            rf"(?P<rel>去年|上年|前年|今年|本年|明年|次年){_SPACE}"
            rf"(?:(?P<m3>\d{{1,2}}){_SPACE}月(?:{_SPACE}(?P<d3>\d{{1,2}}){_SPACE}[日号])?)?[初底末]?",
            rf"(?<![\d.])(?P<m4>\d{{1,2}}){_SPACE}月(?:{_SPACE}(?P<d4>\d{{1,2}}){_SPACE}[日号]|[初底末份])",
            rf"(?<![\d.])(?P<m8>\d{{1,2}}){_SPACE}月(?![\d])",
            r"(?<![\d.])(?P<d5>\d{1,2})日(?![元均])",
            r"(?P<word>昨[日天]|今[日天]|明[日天]|前天|上个?月|本月|下个?月)",
            rf"\b(?P<n1>{_MONTH_NAME}) (?P<d6>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y6>{YEAR})\b)?",
            rf"\b(?P<d7>\d{{1,2}})(?:st|nd|rd|th)? (?P<n2>{_MONTH_NAME})(?:,? (?P<y7>{YEAR})\b)?",
            rf"\b(?P<n3>{_MONTH_NAME}),? (?P<y8>{YEAR})\b",
            rf"\b(?:in|by|since|until|during|early|mid|late)[ -](?-i:(?P<n4>{_MONTH_NAME}))(?! ?\d)",
            r"\b(?P<erel>last|this|next) (?P<unit>year|month)\b",
            r"\b(?P<eword>yesterday|today|tomorrow)\b",
            r"\b(?:in|of|by|since|from|until|to|during|than|year|late|early|mid)[ -](?P<y9>(?:1[5-9]|20)\d\d|2100)\b(?![-/.,]?\d|%)",
        )
    ),
    re.IGNORECASE,
)
_RELATIVE = {"去年": -1, "上年": -1, "前年": -2, "今年": 0, "本年": 0, "明年": 1, "次年": 1}
_RELATIVE |= {"last": -1, "this": 0, "next": 1}
_DAYS = {"昨": -1, "今": 0, "明": 1, "前天": -2, "yesterday": -1, "today": 0, "tomorrow": 1}
_MONTH_STEPS = {"上": -1, "本": 0, "下": 1}

_ERA_YEAR = re.compile(
    rf"(?:中[華华])?(?:民[國国]|{'|'.join(list(_ERAS)[1:])}){_SPACE}(?:元|\d{{1,3}}|[〇○零一二三四五六七八九十百]{{1,6}}){_SPACE}年(?:度)?"
)
_HAN_MONTH = re.compile(
    r"(?<![一二三四五六七八九十百千个])(十[一二]?|[一二三四五六七八九])月(?:([一二]?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九])日)?"
)
_HAN_DATE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年(?:([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})日)?)?"
)
_NEAR = 300  # characters within one paragraph over which "13日" still belongs to the full date before it

_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thur?s?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?)"
_WHOLE = re.compile(
    rf"(?:公元)?(?:{_WEEKDAY} )?(?P<date>\S.{{0,40}}?)"
    rf"(?:,? {_WEEKDAY})?(?:{_SPACE}[(（]?(?:星期|周)[一二三四五六日天][)）]?(?:{_SPACE}[^\W\d_]{{1,6}})?)?"
    r"(?:(?:(?:,? at)?[ T]{1,2}|(?<=[日号]))(?:[上下中]午|凌晨|[早晚]上)? ?\d{1,2}[:：]\d\d(?:[:：]\d\d)?(?: ?[AP]M)?(?:Z|[+-]\d\d:?\d\d| [^\W\d_a-zA-Z]{1,6})?)?",
    re.IGNORECASE,
)


def parse_date(text: str) -> str:
    """The ISO date when ``text`` is one written date and nothing else but a weekday or a time, otherwise ""."""
    text = text.strip().translate(_WIDE)
    if len(text) > 60 or not (match := _WHOLE.fullmatch(text)):
        return ""
    written = in_figures(match["date"].strip())
    mentions = list(find_dates(written, ""))
    whole = len(mentions) == 1 and (mentions[0].start, mentions[0].end) == (0, len(written))
    return mentions[0].iso if whole and len(mentions[0].iso) > 4 else ""


_IN_NAME = (
    re.compile(rf"(?<!\d)({YEAR})([-_. ]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(rf"(?<!\d)({YEAR})[-_. ]?(0[1-9]|1[0-2])(?!\d|[-_. ]?\d)"),
)
_IN_FOLDERS = re.compile(rf"(?:^|/)({YEAR})/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])(?!\d)[^/]*$")


def date_of_name(path: str) -> str:
    """The one day or month that a file's name tells, or its folders do: "2025-03-04 walk.md", "20250304", "2025年3月", "2025/03/04.md"."""
    path = path.replace("\\", "/").translate(_WIDE)
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0] if re.search(r"\.\w{1,5}$", name) else name
    for pattern in _IN_NAME:
        numbers = ([int(part) for part in found.groups() if part.isdecimal()] for found in pattern.finditer(stem))
        days = {_iso(*(*parts, 0)[:3]) for parts in numbers}
        if len(days) == 1 and (told := days.pop()):
            return told
    if folders := _IN_FOLDERS.search(path):
        return _iso(*map(int, folders.groups()))
    said = {mention.iso for mention in find_dates(stem, "") if len(mention.iso) > 4}
    return said.pop() if len(said) == 1 else ""


def year_of_folder(path: str) -> str:
    """The one year in a file's name, else the one in its folder's; "" where they name none or several."""
    for part in reversed(path.replace("\\", "/").translate(_WIDE).split("/")[-2:]):
        years: set[str] = {found[0] for found in re.finditer(rf"(?<!\d){RECENT_YEAR}(?!\d)", part)}
        if len(years) == 1:
            return years.pop()
    return ""


def date_of_title(title: str) -> str:
    """The day with which a title begins or ends, perhaps in brackets: "年报（2025年3月4日）", "南洼日报 2025年3月4日 第2版"; "" of any other."""
    bare = re.sub(r"[ \u3000]*第?\d{1,3}[版期号]$", "", title.strip())
    told = [mention for mention in find_dates(bare, "") if len(mention.iso) == 10]
    if len(told) != 1:
        return ""
    before, after = bare[: told[0].start], bare[told[0].end :]
    return told[0].iso if not before.strip() or re.fullmatch(r"[ \u3000)）\]】]*", after) else ""


SPLIT_DAY = re.compile(rf"(?<!\d)({YEAR})\s*(0[1-9]|1[0-2])\s*/\s*(0[1-9]|[12]\d|3[01])")
"""A day as sites lay it out: the year in a line of its own above month and day."""


def first_day(text: str) -> str:
    """The first whole day that a text names, as ISO; "" where it names none."""
    if split := SPLIT_DAY.search(text.translate(_WIDE)):
        return _iso(*map(int, split.groups()))
    return next((mention.iso for mention in find_dates(text, "") if len(mention.iso) == 10), "")


def find_dates(text: str, published: str) -> list[DateMention]:
    """Every date ``text`` mentions; what is left out of it (the year of "1月13日") is taken from ``published``.

    A mention that cannot be placed (no publication date, 31 February) is left out. A month without a year lies in the
    year of publication, even when that is later than the publication: nothing in the words says otherwise.
    """
    return list(_mentions(text, published))


def _mentions(text: str, published: str) -> Iterator[DateMention]:
    text = text.translate(_WIDE)
    year, month, day = _parts(published)
    near: tuple[int, int, int] | None = None
    for match in _MENTION.finditer(text):
        found = {name: value for name, value in match.groupdict().items() if value}
        start = match.start("y9" if "y9" in found else "n4" if "n4" in found else 0)
        if "d5" in found:
            beside = near is not None and start - near[2] <= _NEAR and "\n" not in text[near[2] : start]
            home = (near[0], near[1]) if near and beside else _month_of_day(int(found["d5"]), year, month, day)
            iso = _iso(*home, int(found["d5"])) if home[1] else ""
        else:
            iso = _resolve(found, year, month, day)
        if iso:
            yield DateMention(start, match.end(), iso)
        if len(iso) == 10:
            near = (int(iso[:4]), int(iso[5:7]), match.end())


def _resolve(found: dict[str, str], year: int, month: int, day: int) -> str:
    """ISO of one match, its missing parts taken from the publication date; "" when they are missing there too."""
    if "word" in found or "eword" in found:
        return _relative_day(found.get("word") or found["eword"].lower(), year, month, day)
    if "era" in found:
        base = _ERAS[found["era"] if found["era"] in _ERAS else "民"]
        return _iso(base + _count(found["ey"]), *(_count(found[part]) if part in found else 0 for part in ("em", "ed")))
    if "y11" in found:
        return _week(int(found["y11"]), int(_first(found, "w1", "w2")), int(found.get("wd", 1)))
    if "erel" in found:
        step = _RELATIVE[found["erel"].lower()]
        if found["unit"].lower() == "month":
            return _shifted_month(year, month, step)
        return _iso(year + step, 0, 0) if year else ""
    if "rel" in found:
        written_year = year + _RELATIVE[found["rel"]] if year else 0
    else:
        written_year = int(_first(found, "y1", "y2", "y6", "y7", "y8", "y9") or year)
    named = _first(found, "n1", "n2", "n3", "n4")
    numbered = int(_first(found, "m1", "m2", "m3", "m4", "m8") or 0)
    written_month = month_of(named) if named else numbered
    return _iso(written_year, written_month, int(_first(found, "d1", "d2", "d3", "d4", "d6", "d7") or 0))


def _week(year: int, week: int, day: int) -> str:
    """The day of a week of ISO 8601; of a week alone its first, a Monday."""
    try:
        return date.fromisocalendar(year, week, day).isoformat()
    except ValueError:
        return ""


def _count(numeral: str) -> int:
    """元 -> 1, 12 -> 12, 一一四 -> 114, 一百一十四 -> 114."""
    if numeral.isdecimal():
        return int(numeral)
    if numeral == "元":
        return 1
    if not set(numeral) & set("十百"):
        return int("".join(_NUMERALS[character] for character in numeral))
    hundreds, hundred, rest = numeral.rpartition("百")
    return (int(_NUMERALS.get(hundreds, "1")) * 100 if hundred else 0) + small(rest.lstrip("零〇○"))


def _relative_day(word: str, year: int, month: int, day: int) -> str:
    if word.endswith("月"):
        return _shifted_month(year, month, _MONTH_STEPS[word[0]])
    if not day:
        return ""
    step = _DAYS[word] if word in _DAYS else _DAYS[word[0]]
    try:
        return (date(year, month, day) + timedelta(days=step)).isoformat()
    except OverflowError:
        return ""


def _shifted_month(year: int, month: int, step: int) -> str:
    if not month:
        return ""
    years, index = divmod(year * 12 + month - 1 + step, 12)
    return _iso(years, index + 1, 0)


def _month_of_day(mentioned: int, year: int, month: int, day: int) -> tuple[int, int]:
    """The month "31日" lies in: that of publication, or the one before when the day had not come yet."""
    if day and mentioned > day + 1:
        return (year - 1, 12) if month == 1 else (year, month - 1)
    return year, month


def _parts(published: str) -> tuple[int, int, int]:
    parts = [int(part) for part in published.split("-")] if re.fullmatch(r"\d{4}(-\d\d){0,2}", published) else []
    year, month, day = (*parts, 0, 0, 0)[:3]
    return (year, month, day) if year and _iso(year, month, day) else (0, 0, 0)


def _iso(year: int, month: int, day: int) -> str:
    """ISO text of a date as precise as its parts, "" when there is no such day."""
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return ""
    return f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if day and month else "")


def _first(found: dict[str, str], *names: str) -> str:
    return next((found[name] for name in names if name in found), "")


def month_of(name: str) -> int:
    """1 to 12 for the English name of a month, whole or cut to three letters or more, in any case."""
    return next(at for at, month in enumerate(MONTHS, 1) if month[:3].casefold() == name[:3].casefold())


def in_figures(text: str) -> str:
    """The text with its Han dates written in figures: 二〇二六年一月十三日 -> 2026年1月13日."""
    return _HAN_DATE.sub(_figures, text)


def months_in_figures(text: str) -> str:
    """The text with its Han months and days in figures, also those without a year: 一月十三日 -> 1月13日."""
    return _HAN_MONTH.sub(lambda found: f"{small(found[1])}月" + (f"{small(found[2])}日" if found[2] else ""), text)


def in_common_era(text: str) -> str:
    """The text with years of eras as those of the common era: 民國113年 -> 2024年; one that no calendar has stays."""

    def common(found: re.Match[str]) -> str:
        told = find_dates(found[0].rstrip("度"), "")
        return f"{told[0].iso[:4]}年" if told else found[0]

    return _ERA_YEAR.sub(common, text)


def _figures(match: re.Match[str]) -> str:
    year = "".join(_NUMERALS[character] for character in match[1])
    return f"{year}年" + "".join(f"{small(part)}{unit}" for part, unit in ((match[2], "月"), (match[3], "日")) if part)


def small(numeral: str) -> int:
    """十三 -> 13, 二十 -> 20, 七 -> 7."""
    tens, ten, ones = numeral.rpartition("十")
    return (int(_NUMERALS.get(tens, "1")) * 10 if ten else 0) + int(_NUMERALS.get(ones, "0"))
