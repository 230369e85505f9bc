"""Pairs of articles of which the later amends the earlier, and controls of which it does not; all places are invented."""

from __future__ import annotations

_ZH = (
    ("公共停车场首小时停车费", "每车", 5, 8, "元"), ("城区出租车起步价", "", 8, 10, "元"), ("居民生活用水价格", "每立方米", 3, 4, "元"),
    ("失业保险金标准", "每月", 1600, 1850, "元"), ("人才引进住房补贴上限", "每人", 20, 30, "万元"), ("中小企业贷款贴息额度", "每户", 50, 80, "万元"),
    ("公租房租赁合同最长期限", "", 3, 5, "年"), ("电动自行车限速", "每小时", 20, 25, "公里"), ("新生儿落户办理时限", "", 7, 3, "个工作日"),
    ("企业研发费用补助比例", "", 10, 15, "%"),
)  # fmt: skip
_EN = (
    ("the parking fee at the station of", "a day", "4 pounds", "6 pounds"), ("the minimum taxi fare in", "a ride", "5 pounds", "7 pounds"),
    ("the cap on rent subsidies in", "a month", "300 pounds", "420 pounds"), ("the speed limit on the harbour road of", "an hour", "50 miles", "40 miles"),
    ("the licence term for market stalls in", "a licence", "2 years", "5 years"), ("the limit of small farm grants in", "a farm", "12,000 pounds", "18,000 pounds"),
    ("the library loan period in", "a book", "14 days", "21 days"), ("the deposit for a hired bike in", "a bike", "20 pounds", "35 pounds"),
    ("the noise limit at the airfield of", "at night", "55 decibels", "48 decibels"), ("the number of berths in the harbour of", "in all", "120 berths", "160 berths"),
)  # fmt: skip
_PLACES_ZH = [
    a + b
    for a in ("青屿", "丹陌", "梧汀", "鹿鸣", "沙湾", "宁渡", "霞浦口", "望川", "石泉坪", "柳营")
    for b in ("市", "县", "区", "镇", "乡", "州")
]
_PLACES_EN = [
    f"{a}{b}"
    for a in ("Hal", "Brack", "Salt", "Thorn", "Lowe", "Marr", "Skel", "Wick", "Dun", "Ash")
    for b in ("den", "water", "by", "mere", "ow", "ford")
]
"""Sixty of each: a pair or a control has a place of its own."""

Pair = tuple[str, str, str]
"""Question, earlier article, later article."""


def pairs() -> list[Pair]:
    """30 in each language: a change told with both values, the new value with a word of change, and the new value alone."""
    zh = [_zh(_PLACES_ZH[10 * form + at], row, form) for form in range(3) for at, row in enumerate(_ZH)]
    return zh + [_en(_PLACES_EN[10 * form + at], row, form) for form in range(3) for at, row in enumerate(_EN)]


def _zh(place: str, row: tuple[str, str, int, int, str], form: int) -> Pair:
    what, each, old, new, unit = row
    before, now = f"{each}{old}{unit}", f"{each}{new}{unit}"
    later = (
        f"自4月1日起，{place}{what}由{before}调整为{now}。",
        f"修订后的办法规定，{place}{what}调整为{now}，原办法同时废止。",
        f"{place}{what}为{now}，由有关部门负责解释。",
    )[form]
    return f"{place}{what}是多少？", f"{place}{what}为{before}，由有关部门负责解释。", later


def _en(place: str, row: tuple[str, str, str, str], form: int) -> Pair:
    what, each, old, new = row
    later = (
        f"From April 1 {what} {place} is changed from {old} to {new} {each}.",
        f"Under the amended rules, which replace the old ones, {what} {place} is {new} {each}.",
        f"The council says that {what} {place} is {new} {each}.",
    )[form]
    return f"What is {what} {place}?", f"The council says that {what} {place} is {old} {each}.", later


def controls() -> list[Pair]:
    """15 in each language: the same value again, a change of another place, other figures of the same place."""
    found: list[Pair] = []
    for at, (what, each, old, new, unit) in enumerate(_ZH[:5]):
        one, two, three, other = _PLACES_ZH[30 + 4 * at : 34 + 4 * at]
        said = f"{what}为{each}{old}{unit}，由有关部门负责解释。"
        found += [
            (f"{one}{what}是多少？", one + said, f"市民热线提醒，{one}{what}仍为{each}{old}{unit}。"),
            (f"{two}{what}是多少？", two + said, f"自4月1日起，{other}{what}由{each}{old + 2}{unit}调整为{each}{new + 3}{unit}。"),
            (f"{three}{what}是多少？", three + said, f"{three}今年为此安排资金{at + 3}亿元，办理窗口增加到{at + 12}个。"),
        ]  # fmt: skip
    for at, (said_of, each_en, before, after) in enumerate(_EN[:5]):
        one, two, three, other = _PLACES_EN[30 + 4 * at : 34 + 4 * at]
        found += [
            (f"What is {said_of} {one}?", f"The council says that {said_of} {one} is {before} {each_en}.", f"A leaflet reminds residents that {said_of} {one} is still {before} {each_en}."),
            (f"What is {said_of} {two}?", f"The council says that {said_of} {two} is {before} {each_en}.", f"From April 1 {said_of} {other} is raised from 1{before} to 1{after} {each_en}."),
            (f"What is {said_of} {three}?", f"The council says that {said_of} {three} is {before} {each_en}.", f"The council of {three} will spend {at + 3} million pounds and hire {at + 12} people."),
        ]  # fmt: skip
    return found
