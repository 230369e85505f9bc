"""Datelines: what the first row of an article says of it before its text begins on the same row. Pure functions."""

from __future__ import annotations

import re
from typing import NamedTuple

from index import lines as shape
from index.text.clauses import STOPS
from index.text.dates import MONTHS, first_day, month_of, parse_date

_BODY = re.compile(r"(?:正文|全文|body|full text)[ \u3000]*[:：]\s*", re.IGNORECASE)
_LONGEST = 200  # characters before a text
_SOURCE = re.compile(
    r"(?:来源|來源|稿源|source)[ \u3000]*[:：]\s*([^\s|｜,，;；][^|｜,，;；\t]{0,38}?)(?=\s{2,}|[|｜,，;；\t]|$)", re.I
)
_DAY = r"\d{4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2}(?!\d|[-/.]\d)|\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?[日号]"
_CLOCK = r"T?\d{1,2}[:：]\d\d(?:[:：]\d\d)?(?!\d)"
_WEEKDAY = r"[(（]?(?:星期|周|週)[一二三四五六日天][)）]?"
_STAMP = re.compile(
    rf"(?:(?:发布|發布|发表|發表|更新)?(?:时间|時間|日期)[ ]?[:：][ ]?)?[\[［【(（]?[ ]*(?P<day>{_DAY})"
    rf"[ ]*(?:{_WEEKDAY})?[ ]*(?P<clock>{_CLOCK})?[ ]*[\]］】)）]?(?P<after>[ \t，,：:|｜]*)"
)
_AGENCY = re.compile(
    rf"[^{STOPS}]{{0,60}}?(?P<han>{_DAY})[ ]*(?:电|電|讯|訊|消息|报道|報道)"
    r"|[A-Z][A-Za-z .'/-]{0,60}, (?P<latin>[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4})[^.]{0,40}?(?:--|[–—]| - )"
)


_AGENCY_DAY = re.compile(
    rf"[^{STOPS}]{{0,60}}?(?P<month>\d{{1,2}}) ?月 ?(?P<day>\d{{1,2}}) ?[日号][ ]*(?:电|電|讯|訊|消息|报道|報道)"
    rf"|[A-Z][A-Za-z .'/-]{{0,60}}, (?P<name>{'|'.join(month[:3] for month in MONTHS)})[a-z]{{0,6}}\.? (?P<number>\d{{1,2}})[^.\d]{{0,40}}?(?:--|[–—]| - )"
)
"""The day of a dateline that leaves its year out."""


_TIME = re.compile(r"[ ]*(?:[-–—~～至到]|(?:上午|下午|中午|晚上?|凌晨)?\d{1,2} ?[时時点點:：])")
"""Behind a day the time of what is told, and no text: 时间：3月9日 14:00–15:30."""


class Dateline(NamedTuple):
    """What a row says of its article, and the rest of the row: the text."""

    about: shape.Meta
    text: str


def read(rows: list[str]) -> Dateline | None:
    """The dateline of the first row, if it has one and its text goes on behind it."""
    row = rows[0].strip() if rows else ""
    if (found := _BODY.search(row, 0, _LONGEST)) and not re.search(f"[{STOPS}]", row[: found.start()]):
        return _headed(row[: found.start()].strip(" ，,|｜"), row[found.end() :])
    if (stamp := _stamp(row)) and not any(_stamp(other.strip()) for other in rows[1:] if other.strip()):
        text = row if _TIME.match(row, stamp.end()) else row[stamp.end() :]
        return Dateline(shape.Meta(date=first_day(stamp["day"])), text)
    if agency := _AGENCY.match(row):
        return Dateline(shape.Meta(date=first_day(agency["han"] or agency["latin"])), row)
    return None


def day(text: str, near: str) -> str:
    """The day that a text's first row is dated of, its year the last before ``near``, which is a day, a month or a year; "" where
    the row has no dateline or nothing is near."""
    found = _AGENCY_DAY.match(text.partition("\n")[0].strip())
    if not (found and near):
        return ""
    month = int(found["month"] or month_of(found["name"]))
    last = near + "-12-31"[len(near) - 4 :]
    told = f"{month:02}-{int(found['day'] or found['number']):02}"
    return parse_date(f"{int(near[:4]) - (told > last[5:])}-{told}")


def _headed(head: str, text: str) -> Dateline | None:
    """What stands before the word that opens the text: its date, its source, labels; None where it says anything else."""
    date, source = first_day(head), _SOURCE.search(head)
    if not (date or source) and re.search(r"[^\W\d_]", head) and not re.search("[:：]", head):
        return None
    return Dateline(shape.Meta(date=date, source=source[1].strip() if source else ""), text)


def _stamp(row: str) -> re.Match[str] | None:
    """A day at the beginning of a row that no sentence begins with: in digits, in brackets, with a weekday or the time."""
    found = _STAMP.match(row)
    if not found or not first_day(found["day"]) or found.end() == len(row):
        return None
    apart = found["clock"] or found[0].rstrip(" \t，,：:|｜")[-1:] in tuple("]］】)）一二三四五六天")
    numeral = "年" not in found["day"] and found["after"]
    return found if apart or numeral or found[0].lstrip()[:1] in "时時日发發更" else None
