"""What a question says of time, counted from today: the years it means, a period, the newest, as of a day, or every year."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index import lexical
from index.text import dates
from index.text.dates import LONE_YEAR, RECENT_YEAR
from index.text.degrees import LEAST, MOST, direction
from index.text.quarters import NTH, PART_OF_YEAR, SEASONS, parts_of_year
from index.text.scripts import NARROW
from index.text.units import SMALL, TEXTS, THINGS

Days = tuple[date, date]
"""The first and the last day of a stretch of time."""


@dataclass(frozen=True, slots=True)
class When:
    """What a question says of time. ``text`` is what is searched for: "last year" as the year, without words such as "latest",
    which no article repeats. ``shown`` is the whole question with every time as a date, for its reader. Both are the question
    itself where it names no time."""

    text: str
    shown: str
    period: Days | None = None
    """Of what an answer must tell, where the question means less than a year."""
    floats: bool = False
    """The period is a month without a year: the latest one is meant, and another year's answers where that one has none."""
    newest: bool = False
    """The newest that answers is asked for."""
    as_of: date | None = None
    """The newest that answers and tells of no later day is asked for."""
    extreme: int = 0
    """1 where the highest of all times is asked for, -1 where the lowest is."""

    @property
    def reaches(self) -> bool:
        """True if time decides which passage is right, so that more passages must be read than the nearest in words."""
        return bool(self.period or self.dated or parts_of_year(self.text))

    @property
    def dated(self) -> bool:
        """True if the answer must show its date, as for "the newest" or "the highest ever"."""
        return bool(self.newest or self.as_of or self.extreme)


def read(text: str, today: date) -> When:
    """What a question says of time when it is asked on ``today``."""
    plain = _plain(text)
    shown, sought, periods = _resolved(plain, today)
    traditional = sought == lexical.simplified(plain) != plain
    as_of, sought, shown = _as_of(sought, shown)
    extreme = _extreme(sought)
    newest = not extreme and not as_of and not periods and bool(_NEWEST.search(sought))
    if extreme:
        sought = _SUPERLATIVE.sub(
            " ", _SUPERLATIVE_ZH.sub("多少", _OF_ALL.sub(lambda m: "多少" if m["zh"] else " how much ", sought))
        )
    floats = False
    if not periods and (named := _named(sought, today)):
        periods, floats = [named[0]], named[1]
        sought = _OF_WEEK.sub(" ", sought).strip()  # articles tell its days
    if newest and not LONE_YEAR.search(sought):
        sought = " ".join(_NEWEST.sub(_kept, sought).split()) or sought
    if traditional and not (newest or as_of or extreme):
        sought = plain
    return When(sought, shown, periods[0] if periods else None, floats, newest, as_of, extreme)


# --- how times are written --------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """The question with the digits and signs of half width, and years of the common era in figures: 民國113年, 二〇二四年."""
    return dates.in_common_era(dates.in_figures(text.translate(NARROW)))


_NUMBER_EN = SMALL | {"a": 1, "an": 1, "couple of": 2}
_COUNT_ZH = r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3}|半)"
_COUNT_EN = rf"(?P<n>\d{{1,3}}|{'|'.join(_NUMBER_EN)})"


def _amount(found: re.Match[str]) -> tuple[int, str]:
    """How many of which unit: 三年, two weeks, 半年."""
    unit = found["unit"].lower().rstrip("s").removeprefix("个").replace("星期", "周")
    if found["n"] == "半":
        return (6, "月") if unit == "年" else (15, "天") if unit == "月" else (1, unit)
    return _number(found["n"] or "1"), unit


def _number(written: str) -> int:
    """12, 三, 两, 十二, twelve."""
    if written.isdecimal():
        return int(written)
    if written.lower() in _NUMBER_EN:
        return _NUMBER_EN[written.lower()]
    return dates.small(written.replace("两", "二"))


# --- what is counted from today ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Time:
    """A time counted from today: as it is shown, as it is sought, and the period that it is where no year tells it."""

    shown: str
    sought: str
    period: Days | None = None


_Count = Callable[[re.Match[str], date], _Time | None]

_YEARS_ZH = {"大前": -3, "前": -2, "去": -1, "上一": -1, "上": -1, "今": 0, "本": 0, "明": 1, "后": 2}
_STEPS = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "last": -1, "previous": -1, "this": 0, "next": 1}
_DAYS_ZH = {"前": -2, "昨": -1, "今": 0, "明": 1}
_WEEKDAYS_EN = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_QUARTERS_EN = NTH.split("|")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""The first month of each, on the northern half of the earth."""
MONTHS = tuple(month.lower() for month in dates.MONTHS)
_MONTH_EN = "|".join(f"{name}|{name[:3]}" if name != "september" else "september|sept|sep" for name in MONTHS)


def _year(year: int, *, chinese: bool) -> _Time:
    date(year, 1, 1)  # raises ValueError for none
    written = f"{year}年" if chinese else str(year)
    return _Time(written, written)


def _month(months: int, *, chinese: bool) -> _Time:
    """Of a month, counted from year 0."""
    year, index = divmod(months, 12)
    written = f"{year}年{index + 1}月" if chinese else f"{MONTHS[index].capitalize()} {year}"
    return _Time(written, written, _days_of_month(year, index + 1))


def _days_of_month(year: int, month: int) -> Days:
    first = date(year, month, 1)
    return first, date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _span(first: date, last: date, *, chinese: bool) -> _Time:
    """Days that articles call by other names: shown, not sought."""
    day = f"{first.year}年{first.month}月{first.day}日" if chinese else first.isoformat()
    end = f"{last.year}年{last.month}月{last.day}日" if chinese else last.isoformat()
    shown = day if first == last else f"{day}至{end}" if chinese else f"from {day} to {end}"
    return _Time(shown, "", (first, last))


def _week(found: re.Match[str], today: date, *, chinese: bool) -> _Time:
    monday = today + timedelta(days=7 * _STEPS[found["step"].lower()] - today.weekday())
    day = found["day"] if "day" in found.re.groupindex else None
    if day in ("末", "weekend"):
        return _span(monday + timedelta(days=5), monday + timedelta(days=6), chinese=chinese)
    if day:
        first = monday + timedelta(days="一二三四五六日".index(day.replace("天", "日")))
        return _span(first, first, chinese=chinese)
    return _span(monday, monday + timedelta(days=6), chinese=chinese)


def _weekday(found: re.Match[str], today: date) -> _Time:
    """The last one that is over."""
    back = (today.weekday() - _WEEKDAYS_EN.index(found["day"].lower()) - 1) % 7 + 1
    return _span(*[today - timedelta(days=back)] * 2, chinese=False)


def _quarter(found: re.Match[str], today: date, *, chinese: bool) -> _Time:
    year, index = divmod(today.year * 4 + (today.month - 1) // 3 + _STEPS[found["step"].lower()], 4)
    written = f"{year}年第{'一二三四'[index]}季度" if chinese else f"{_QUARTERS_EN[index]} quarter of {year}"
    return _Time(written, written)


def _season(found: re.Match[str], today: date) -> _Time:
    """The last one that is over, or this year's."""
    name = found["season"].lower()
    over = date(today.year + (name == "winter"), (_SEASONS[name] + 2) % 12 + 1, 1) <= today
    year = today.year - (found["step"].lower() != "this" and not over)
    return _Time(f"{name} of {year}", f"{name} of {year}")


def _season_zh(found: re.Match[str], today: date) -> _Time:
    written = f"{today.year - (found['rel'] == '去')}年{found['season']}季"
    return _Time(written, written)


def _latest_month(found: re.Match[str], today: date) -> _Time:
    month = next(at for at, name in enumerate(MONTHS, 1) if name.startswith(found["month"].lower()[:3]))
    return _month((today.year - (month >= today.month)) * 12 + month - 1, chinese=False)


def _ago(found: re.Match[str], today: date, *, chinese: bool) -> _Time | None:
    count, unit = _amount(found)
    if unit in ("年", "year"):
        return _year(today.year - count, chinese=chinese) if 0 < count < 100 else None
    if unit in ("月", "month"):
        return _month(today.year * 12 + today.month - 1 - count, chinese=chinese)
    if unit in ("周", "week"):
        monday = today - timedelta(days=7 * count + today.weekday())
        return _span(monday, monday + timedelta(days=6), chinese=chinese)
    return _span(*[today - timedelta(days=count)] * 2, chinese=chinese)


_DAYS_IN = {"年": 366, "year": 366, "月": 31, "month": 31, "周": 7, "week": 7, "天": 1, "日": 1, "day": 1}


def _lately(found: re.Match[str], today: date, *, chinese: bool) -> _Time | None:
    """近三年, the past two weeks: up to today."""
    count, unit = _amount(found)
    if unit in ("年", "year") and 1 < count <= 10:
        first = today.year - count + 1
        written = f"{first}年到{today.year}年" if chinese else f"{first} to {today.year}"
        return _Time(written, written)
    return _span(today - timedelta(days=_DAYS_IN[unit] * count), today, chinese=chinese)


_UNIT_ZH = r"(?P<unit>年|个月|个?星期|周|天|日)"
_UNIT_EN = r"(?P<unit>years?|months?|weeks?|days?)"
_COUNTED: Sequence[tuple[re.Pattern[str], _Count]] = [
    (re.compile(pattern, re.IGNORECASE), count)
    for pattern, count in (
        (
            rf"(?:最近|过去|近)(?:的)?{_COUNT_ZH}{_UNIT_ZH}(?![前后底末])(?:内|里|来|以来)?",
            lambda m, t: _lately(m, t, chinese=True),
        ),
        (
            rf"(?<![第\d]){_COUNT_ZH}(?P<unit>年|个月|个?星期|周|天)(?:以|之)?前(?!后)",
            lambda m, t: _ago(m, t, chinese=True),
        ),
        (
            r"(?P<rel>大前|(?<![目之以年月日天周此先])前|(?<!过)去|上一|(?<![以之海路线网])上|(?<!如)今|(?<!日)本|(?<!说)明"
            r"|(?<![之以战前日])后)年度?(?![龄纪级代轮糕轻])",
            lambda m, t: _year(t.year + _YEARS_ZH[m["rel"]], chinese=True),
        ),
        (
            r"(?P<rel>去|今)(?P<season>[春夏秋冬])",
            lambda m, t: _season_zh(m, t),
        ),
        (
            r"(?P<step>上上|上|(?<!日)本|这|下)一?个?月份?",
            lambda m, t: _month(t.year * 12 + t.month - 1 + _STEPS[m["step"]], chinese=True),
        ),
        (
            rf"(?P<step>上上|上|本|这|下)一?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末](?![{THINGS}次]))?(?![年期边围])",
            lambda m, t: _week(m, t, chinese=True),
        ),
        (r"(?P<step>上|(?<!日)本|这|下)一?个?季度", lambda m, t: _quarter(m, t, chinese=True)),
        (
            r"(?P<rel>前|昨|(?<![迄至如现当])今|明)[天日](?!报|头条|起|本)",
            lambda m, t: _span(*[t + timedelta(days=_DAYS_ZH[m["rel"]])] * 2, chinese=True),
        ),
        (r"\bthe year before last\b", lambda m, t: _year(t.year - 2, chinese=False)),
        (rf"\b{_COUNT_EN} {_UNIT_EN} ago\b", lambda m, t: _ago(m, t, chinese=False)),
        (
            rf"\b(?:in |over |during |within )?the (?:last|past|previous) (?:{_COUNT_EN} )?{_UNIT_EN}\b(?! of)",
            lambda m, t: _lately(m, t, chinese=False),
        ),
        (
            r"(?<!the )\b(?P<step>last|this|next) year\b",
            lambda m, t: _year(t.year + _STEPS[m["step"].lower()], chinese=False),
        ),
        (
            r"\b(?P<step>last|this|next) month\b",
            lambda m, t: _month(t.year * 12 + t.month - 1 + _STEPS[m["step"].lower()], chinese=False),
        ),
        (
            r"\b(?P<step>last|this|next) week(?P<day>end)?\b",
            lambda m, t: _week_en(m, t),
        ),
        (r"\b(?P<step>last|this|next) quarter\b(?! of)", lambda m, t: _quarter(m, t, chinese=False)),
        (r"\b(?P<step>last|this) (?P<season>spring|summer|autumn|fall|winter)\b", lambda m, t: _season(m, t)),
        (rf"\blast (?P<day>{'|'.join(_WEEKDAYS_EN)})\b", lambda m, t: _weekday(m, t)),
        (rf"\blast (?P<month>{_MONTH_EN})\b", lambda m, t: _latest_month(m, t)),
        (r"\byesterday\b", lambda m, t: _span(*[t - timedelta(days=1)] * 2, chinese=False)),
        (r"\btomorrow\b", lambda m, t: _span(*[t + timedelta(days=1)] * 2, chinese=False)),
    )
]
"""How a time is written -> what it is on a day; of two that begin at one place the first counts."""


def _week_en(found: re.Match[str], today: date) -> _Time:
    time = _week(_STEP.match(f"{found['step']}") or found, today, chinese=False)
    if found["day"] and time.period:
        return _span(time.period[0] + timedelta(days=5), time.period[1], chinese=False)
    return time


_STEP = re.compile(r"(?P<step>\w+)")


_BARE = re.compile(r"(?:[A-Z][a-z]+ )?\d{4}$")
_JOINED = re.compile(r"(?:^|\b(?:in|of|for|since|than|to|from|until|by|during|and|the) )$", re.IGNORECASE)
"""What stands before a year or a month in English already."""


_COMPARED = re.compile(
    r"(?:比|较)于?$|\b(?:than|compared (?:with|to)|versus)(?: in| that of| those of)? $", re.IGNORECASE
)
_COMPARES = re.compile(r"[^，。？?]{0,8}(?:相比|比起来|多了|少了)")
"""Around a time that another is compared with."""


def _resolved(text: str, today: date) -> tuple[str, str, list[Days]]:
    """A question as it is shown and as it is sought, every time counted from today written out, and the periods among these."""
    times: list[tuple[int, int, _Time]] = []
    folded = lexical.simplified(text)  # as long as the text
    for pattern, count in _COUNTED:
        for found in pattern.finditer(folded):
            taken = any(start < found.end() and found.start() < end for start, end, _ in times)
            if not taken and (time := _counted(count, found, today)):
                compared = _COMPARED.search(text[: found.start()]) or _COMPARES.match(text, found.end())
                # What is asked of is another time than what it is compared with.
                times.append((found.start(), found.end(), _Time(time.shown, found[0]) if compared else time))
    shown, sought, at = "", "", 0
    for start, end, time in sorted(times, key=lambda one: one[0]):
        bare = _BARE.match(time.shown) and not text.startswith(("'", "’"), end)
        joined = "in " if bare and not _JOINED.search(text[:start]) else ""
        shown += text[at:start] + joined + time.shown
        sought += folded[at:start] + joined * bool(time.sought) + time.sought
        at = end
    return shown + text[at:], sought + folded[at:], [time.period for _, _, time in times if time.period]


def _counted(count: _Count, found: re.Match[str], today: date) -> _Time | None:
    """None for what no calendar holds."""
    try:
        return count(found, today)
    except (ValueError, OverflowError):
        return None


# --- the newest, as of a day, of all times ----------------------------------------------------------------------------

_NOW = r"目前|当前|现在|现今|现时|现任|如今|当今|眼下"
_NOW_EN = r"currently|nowadays|presently|now|today|these days|at present|at the moment"
NOW = re.compile(rf"{_NOW}|\b(?:{_NOW_EN})\b", re.IGNORECASE)
"""The present, of which no plan tells."""
_NEWEST = re.compile(
    rf"最新(?:的|一[次{TEXTS}]的?)?|最近(?:的|一[次{TEXTS}]的?)?|近[日期来年]来?|近几[年天日周]来?|(?<!\d)日前|新近|{_NOW}|迄今(?:为止)?|至今"
    r"|截[至止到](?:目前|现在|今日|今天)(?:为止)?|到(?:目前|现在)(?:为止)?|上一?次|最后一次"
    rf"|\b(?:latest|newest|most recent(?:ly)?|recent(?:ly)?|{_NOW_EN}|to date|so far"
    r"|as of (?:now|today)|up to now|until now|last time)\b|(?:(?<=[’']s )|\b(?P<of>the|its|their|his|her|our|your|my)\s+)current(?=\s+[a-z])(?!\s+(?:in|of|through|at|on|from|to|and|is|was|flow\w*)\b)",
    re.IGNORECASE,
)
"""The present, and what came last."""


def _kept(found: re.Match[str]) -> str:
    return found["of"] or " "


_AS_OF = re.compile(
    rf"截[至止到](?P<zh>{RECENT_YEAR}年(?:\d{{1,2}}月(?:\d{{1,2}}[日号])?)?)[底末初]?(?:为止)?"
    rf"|\b(?:as of|up to|until|by)(?: the end of)? (?P<en>(?:\d{{1,2}} )?(?:\w+ )?(?:\d{{1,2}}, )?{RECENT_YEAR})\b",
    re.IGNORECASE,
)


def _as_of(sought: str, shown: str) -> tuple[date | None, str, str]:
    """The day that 截至2023年底 means, the question without it, and as it is shown."""
    found = _AS_OF.search(sought)
    if not found or (found[0].lower().startswith("by ") and "end of" not in found[0].lower()):
        return None, sought, shown
    told = dates.find_dates(found["zh"] or f"in {found['en']}", "")
    if not told:
        return None, sought, shown
    last = days_of(told[-1].iso)[1]
    return last, " ".join(f"{sought[: found.start()]} {sought[found.end() :]}".strip(" ,，").split()), shown


_EXTREME = re.compile(
    rf"哪一?(?:年|个?年[度份]|个?月|个?季度|[周天日])[^，。？?]{{0,30}}(?:最(?P<a>{MOST}|{LEAST})|(?P<b>创[下了]?(?:历史)?(?:新高|纪录|记录)))"
    rf"|(?:历年来?|有史以来|历史上?|迄今(?:为止)?|至今|到目前为止|往年|各年)[^，。？?]{{0,12}}最(?P<c>{MOST}|{LEAST})"
    rf"|最(?P<d>{MOST}|{LEAST})[^，。？?]{{0,12}}(?:哪一?年|哪个?月|哪个?季度|哪[周天日]|的?年份|的一年|历史纪录)"
    rf"|\b(?:which|what|in what|in which) (?:year|month|quarter|week|day)\b[^?]{{0,80}}?\b(?P<e>{MOST}|{LEAST})\b"
    rf"|\b(?P<f>{MOST}|{LEAST})\b[^?]{{0,60}}\b(?:so far|to date|ever|on record|of all years|in any year|over the years)\b"
    rf"|\bwhen (?:was|were|did)\b[^?]{{0,60}}\b(?P<g>{MOST}|{LEAST})\b",
    re.IGNORECASE,
)


_OF_ALL = re.compile(
    r"(?P<zh>(?:在?哪一?(?:年|个?年[度份]|个?月|个?季度|[周天日])|历年来?|有史以来|历史上?|迄今(?:为止)?|至今|到目前为止|往年|各年|的?年份|的一年))"
    r"|\b(?:(?:in )?(?:what|which) (?:year|month|quarter|week|day)|when|so far|to date|ever|on record|of all years|in any year|over the years)\b",
    re.IGNORECASE,
)
_SUPERLATIVE_ZH = re.compile(rf"最(?:{MOST}|{LEAST})的?|创[下了]?(?:历史)?(?:新高|纪录|记录)")
_SUPERLATIVE = re.compile(rf"\b(?:{MOST}|{LEAST})\b(?: (?:number|amount|level|figure|total) of\b)?", re.IGNORECASE)


def _extreme(text: str) -> int:
    """1 for the highest of all times, -1 for the lowest, 0 where none is asked for."""
    found = _EXTREME.search(text)
    if not found:
        return 0
    word = next((found[name] for name in "acdefg" if found[name]), "")
    return direction(word) if word else 1


# --- what is named on the calendar ------------------------------------------------------------------------------------

_BARE_MONTH = re.compile(
    rf"(?<![\d年度.])(?P<zh>1[0-2]|[1-9])月(?:份|(?![\d饼球]))|\b(?:in|of|for|during|this) (?P<en>{_MONTH_EN})\b(?! \d|, \d)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    rf"月?(?:至|到|[-~—–、和与])(?:1[0-2]|[1-9])月|\b(?:{_MONTH_EN})(?: to |-| and | or |, )(?:{_MONTH_EN})\b",
    re.IGNORECASE,
)
_OF_WEEK = re.compile(rf"(?<!\d){RECENT_YEAR}(?:-?W\d\d(?!-?\d)|年第\d{{1,2}}周)")


def _named(text: str, today: date) -> tuple[Days, bool] | None:
    """The one month, week or day that a question names, and whether it left the year to today."""
    if week := _OF_WEEK.search(text):
        told = dates.find_dates(week[0], "")
        return (days_of(told[0].iso)[0], days_of(told[0].iso)[0] + timedelta(days=6)), False
    told = [mention for mention in dates.find_dates(text, "") if len(mention.iso) > 4]
    if len(told) == 1:
        return days_of(told[0].iso), False
    bare = list(_BARE_MONTH.finditer(text))
    if told or len(bare) != 1 or _SEVERAL.search(text):
        return None
    name = (bare[0]["en"] or "").lower()[:3]
    month = (
        int(bare[0]["zh"]) if bare[0]["zh"] else next(at for at, one in enumerate(MONTHS, 1) if one.startswith(name))
    )
    return _days_of_month(today.year - (month > today.month), month), True


_DATE = (
    rf"(?:(?<![a-z])(?:in|of|for|during|on) )?(?:(?:the )?(?:{NTH}) quarter of |(?:{SEASONS}) of "
    rf"|(?:(?<!\d)\d{{1,2}} )?(?<![a-z])(?:{_MONTH_EN}) (?:\d{{1,2}}, )?)?(?<![\d.]){RECENT_YEAR}(?:-W?\d\d(?:-\d\d?)?)?(?!\d)"
    rf"(?:年度?(?:[底末初]|\d{{1,2}}月(?:\d{{1,2}}[日号]|份|[底末初])?|{PART_OF_YEAR}|第\d{{1,2}}周)?)?"
)
_WEEKLY = re.compile(
    rf"(?:周|星期|礼拜)[一二三四五六日天末]|工作日|\b(?:on |at )?(?:the )?(?:(?:{'|'.join(_WEEKDAYS_EN)})s?|week(?:end|day)s?)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    rf"{_DATE}(?:(?:[、，,和与到至~-]| and | to |, (?:and )?){_DATE})*"
    rf"|{PART_OF_YEAR}|\b(?:in )?(?:the )?(?:{NTH}) quarter\b"
    rf"|{_NEWEST.pattern.replace('?P<of>', '?:')}|{_BARE_MONTH.pattern.replace('?P<zh>', '?:').replace('?P<en>', '?:')}"
    rf"|{_WEEKLY.pattern}",
    re.IGNORECASE,
)


def present(time: str) -> bool:
    """True if a time is now, or what came last."""
    return bool(_NEWEST.search(time))


def weekly(time: str) -> bool:
    """True if a time comes back every week: 周末, "on Sundays"."""
    return bool(_WEEKLY.fullmatch(time.strip()))


def split(text: str) -> tuple[str, str]:
    """The first time that a question names on the calendar or of the present, as it is written, and the question without it."""
    found = _TIME.search(text)
    if not found:
        return "", text
    return found[0], text[: found.start()] + text[found.end() :]


def named(time: str) -> str:
    """The year, month or day of a time as an ISO date, "" where it has none."""
    told = dates.find_dates(time, "")
    years = LONE_YEAR.findall(time)
    return told[0].iso if told else years[0] if years else ""


def days_of(iso: str) -> Days:
    """The first and the last day of a date as precise as it is written."""
    year, month, day = (*(int(part) for part in iso.split("-")), 0, 0)[:3]
    if day:
        return date(year, month, day), date(year, month, day)
    return _days_of_month(year, month) if month else (date(year, 1, 1), date(year, 12, 31))
