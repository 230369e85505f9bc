"""Numbers in Chinese and English text, read with magnitude and unit. Pure functions, in time that grows with the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from index.text.dates import SHORT_SPAN, find_dates
from index.text.quarters import HALF, NTH, QUARTER
from index.text.scripts import HAN_CHARACTER, NARROW
from index.text.units import (
    COUNTED,
    CURRENCIES,
    ENGLISH_MAGNITUDES,
    ENGLISH_UNITS,
    HAN_DIGITS,
    HAN_MAGNITUDES,
    HAN_UNITS,
    INDEFINITE,
    MEASURE_WORDS,
    ORDINALS,
    PARTS,
    SMALL,
    STRICT_UNITS,
    UNIT_SYMBOLS,
)


@dataclass(frozen=True, slots=True)
class Number:
    """``text[start:end]`` says ``value`` of ``unit``: 1.4亿美元 is 140000000 USD, 百分之三十五 is 35 %, 第三 is an ordinal 3."""

    value: Decimal
    unit: str = ""
    """"%", "percentage points", "USD", "km", "people", "century", "decade", "quarter", ...; a measure word (家) as it stands; "" without one."""
    start: int = 0
    end: int = 0
    bound: str = ""
    """"over" (超, 余, more than), "under" (不足, up to), "near" (近, almost), "about" (约), or "" for a plain number."""
    ordinal: bool = False


_MONEY_LETTERS = {"k": 1000, "K": 1000, "m": 10**6, "M": 10**6, "b": 10**9, "B": 10**9, "T": 10**12}
# One character for one, so that offsets stay: full-width forms, traditional characters, numerals of cheques.
_FOLD = NARROW | str.maketrans(
    "　￥＄億萬兩點餘個條項種隻間輛臺張幾數過約歲週書壹贰貳叁參肆伍陆陸柒捌玖拾佰仟兆−﹪篇戶顆艘億圓頃畝噸攝華時裏",
    " ¥$亿万两点余个条项种只间辆台张几数过约岁周书一二二三三四五六六七八九十百千兆-%篇户颗艘亿圆顷亩吨摄华时里",
)

_N = "零〇○一二两三四五六七八九十百千万亿"
_MAG = r"(?:万亿|千亿|百亿|千万|百万|十万|十亿|亿|万|兆(?=[元美])|千(?![瓦米克卡伏帕赫])|百(?!分))"
_FIGURES = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,30}(?!\d))(?:\.\d{1,30}(?!\d))?"
_WORD = "|".join((*SMALL, "hundred", "thousand", "million", "billion", "trillion", "dozen"))
_CURRENCY = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_ORDINAL_WORD = "|".join(ORDINALS)

_TOKEN = re.compile(
    # Only where a number can begin: three times as fast as trying every alternative at every character.
    rf"(?=[\d第上下半{_N}½¼¾⅓⅔$€£¥₩₹人]|(?<![A-Za-z])[A-Za-z])(?:"
    + "|".join(
        (
            rf"(?P<term>{QUARTER}|\bQ[1-4]\b|\b(?i:{NTH})[ -](?i:quarter|half)\b|{HALF}|\bH[12]\b)",
            rf"(?P<skip>https?://\S{{1,500}}|{SHORT_SPAN.pattern}"
            r"|(?<![\d:])\d{1,2}:\d\d(?::\d\d)?(?![\d:])|(?<![\d.])\d{1,4}(?:\.\d{1,4}){2,5}(?![\d.]\d)"
            r"|(?<![A-Za-z])(?!(?:RMB|USD|CNY|EUR|GBP|HKD)\d)(?:[A-Za-z]{1,20}|[A-Z][A-Za-z]{0,19}[-.])\d[\dA-Za-z]{0,40}(?:\.\d{1,9})?)",
            r"(?P<plan>十[一二三四五六]五(?=[”\"』」’]?(?:规划|时期|期间|末|以来|收官|开局|计划|$|[，。”\"』」’]))|第十[一二三四五六]个五年"
            rf"|\b(?:\d{{1,2}}th|(?i:{_ORDINAL_WORD}))[ -](?i:five[ -]year)\b)",
            r"(?P<decade>(?<!\d)\d{2,3}0(?:s\b|[ ]?年代)|(?:(?<!\d)\d{1,2}|[一二十][一二三四五六七八九十]?)[ ]?世纪[ ]?(?:\d0|[一二三四五六七八九]十)[ ]?年代"
            r"|(?:上世纪[一二三四五六七八九]十|(?:上世纪|(?<!\d))\d0)年代)",
            r"(?P<century>(?<!\d)\d{1,2}[ ]?世纪|[一二三四五六七八九十]{1,3}世纪|\b(?:\d{1,2}(?:st|nd|rd|th)|(?i:twenty-first|"
            rf"{_ORDINAL_WORD}))[ -](?i:centur(?:y|ies)))",
            rf"(?P<nth>第[ ]?(?:\d{{1,9}}(?!\d)|[{_N}]{{1,12}})|(?<![\d.,])\d{{1,9}}(?:st|nd|rd|th)\b)",
            rf"(?P<parts>(?<![{_N}])[{_N}]{{1,9}}分之[{_N}]{{1,12}}(?:点[零〇○一二三四五六七八九]{{1,12}})?|百分之{_FIGURES}"
            r"|(?<![\d/.])\d{1,3}/\d{1,3}(?![\d/])|(?<![\d/ ])[½¼¾⅓⅔]|\b(?i:one|two|three|four|five|seven|nine|a)[ -](?i:third|quarter"
            r"|fifth|sixth|eighth|tenth)s?\b(?! (?:party|parties|time|place|of \d{4}))|一半|半数|\b(?i:half (?:of|the|its|their)\b))",
            rf"(?:(?P<money>(?:{_CURRENCY}) ?)|(?<![A-Za-z]))(?P<figures>(?<![\d])(?<!\d\.){_FIGURES}(?:[ ]?[½¼¾])?)",
            rf"(?P<han>(?<![{_N}\d.])[{_N}]{{1,24}}(?![{_N}])(?:点[零〇○一二三四五六七八九]{{1,12}}{_MAG}?)?)",
            rf"(?P<nthword>\b(?i:(?:twenty|thirty|forty|fifty)-)?(?i:{_ORDINAL_WORD})\b)",
            rf"(?P<words>\b(?i:(?:an?|half a)[ -](?:hundred|thousand|million|billion|trillion|dozen)|(?:{_WORD}))"
            rf"(?i:[ -](?:and[ -])?(?:a half|{_WORD})){{0,15}}\b)",
        )
    )
    + ")"
)


_BEFORE = [  # In this order: 不超过 ends like 超过 and says the opposite.
    (bound, tuple(word.replace("_", " ") for word in words.split()))
    for bound, words in (
        ("under", "不超过 不高于 不多于 no_more_than not_more_than not_exceeding"),
        ("over", "不低于 不少于 不小于 no_less_than"),
        (
            "over",
            "超过 超出 超 逾 突破 高于 多于 大于 至少 more_than over above at_least exceed exceeds exceeded exceeding",
        ),
        ("over", "surpass surpasses surpassed surpassing upwards_of greater_than topped in_excess_of"),
        ("under", "不足 不到 低于 少于 小于 未满 不满 至多 最多 less_than under below fewer_than up_to at_most"),
        ("near", "近 将近 接近 nearly almost close_to"),
        ("about", "约 大约 大概 约为 about around approximately approx. roughly some circa ~ ≈"),
    )
]
BOUNDS = tuple(word for _, words in _BEFORE for word in words)
_AFTER = re.compile(
    r"[ ]?(?:(?P<over>以上|之上|多|余|or more|and above|\+(?![\w“])|-plus)|(?P<under>以下|以内|之内|or less|or fewer)|(?P<about>左右|上下|or so))"
)
_MORE = re.compile(r"[ ]?(?:余|多|来|几)(?=[^\W\d_])")
_MAGNITUDE = re.compile(
    rf"[ ]?({_MAG})|[ -]((?:hundred|thousand|million|billion|trillion|dozen)|(?:bn|mn|tn)\b)(?![a-z])|(bn|mn|tn)\b",
    re.I,
)
_NEXT = re.compile(rf"({_FIGURES})({_MAG})")
_LATIN = re.compile(r"([ -]?)([A-Za-z°℃℉%‰][A-Za-z°²³/.]{0,15}\d?(?![\d]))((?:[ -][A-Za-z]{2,12}){0,2})")
_YEAR_AFTER = re.compile(r"[ ]?财?年(?!来|内|后|前|历史)")
_COUNTABLE = re.compile(
    r" (?!(?:was|has|is|as|its|this|does|plus|across|versus|years|sales|results|figures|was)\b)[a-z]{3,20}s\b| (?:people|percent|per cent|percentage)\b"
)
_IN = re.compile(
    r"(?:\b(?:late|early|mid|the|a|fiscal|after|before)[ -]|[-–—~至到/(（《、])\Z",
    re.I,
)
_JOINS = re.compile(r"[ ]?(?:[-–—~～至到]|to|and|or|或)[ ]?")


def find_numbers(text: str) -> list[Number]:
    """Every number the text writes, in order; dates, years, clock times, codes (GPT-4, L3) and vague words (数百) are none.

    "one" and 一 are numbers only before a magnitude or a unit, as they mostly stand for "a".
    """
    return _ranges(text, list(_numbers(text.translate(_FOLD))))


def _numbers(text: str) -> Iterator[Number]:
    spans = _date_spans(text)
    at, following = 0, 0
    while match := _TOKEN.search(text, at):
        kind, start = str(match.lastgroup), match.start()
        if kind == "figures" and match["money"] is None:
            start = match.start("figures")
        while following < len(spans) and spans[following][1] <= start:
            following += 1
        dated = following < len(spans) and spans[following][0] <= start
        if kind == "skip":
            at = match.end()
        elif dated and kind not in ("decade", "century"):
            at = spans[following][1]
        elif found := _READERS[kind](text, match):
            yield replace(found, value=_tidy(found.value), bound=_bound(text, found))
            at = found.end
        else:
            at = match.end()


def _tidy(value: Decimal) -> Decimal:
    """140000000.0 -> 140000000."""
    return Decimal(int(value)) if value == value.to_integral_value() else value.normalize()


def _date_spans(text: str) -> list[tuple[int, int]]:
    """Spans of dates, any year standing in for one left out; "of 2000 people" is none."""
    spans = []
    for start, end, _ in find_dates(text, "2000-01-31"):
        bare = end - start == 4 and text[start:end].isdigit()
        counts = (
            _COUNTABLE.match(text, end)
            or _magnitude(text, end)[1] != end
            or _PART_OF.search(text[max(0, start - 8) : start])
        )
        if not (bare and counts) or _in_time(text, start):
            spans.append((start, end))
    return spans


_PART_OF = re.compile(r"\d (?:out )?of $")


def _in_time(text: str, start: int) -> bool:
    return text[max(0, start - 7) : start].lower().endswith(("in ", "since ", "until ", "during ", "from ", "year "))


def _figures(text: str, match: re.Match[str]) -> Number | None:
    """Figures with what belongs to them: ¥1.4亿, 1,400,000, 3 trillion dollars, 1亿2000万, 600余家, 2½."""
    written = match["figures"]
    digits = written.rstrip(" ½¼¾")
    if len(digits) > 1 and digits[0] == "0" and digits[1] != ".":
        return None
    if len(digits) == 4 and digits.isdigit() and _YEAR_AFTER.match(text, match.end()):
        return None
    value = Decimal(digits.replace(",", "")) + {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}.get(
        written[-1], Decimal(0)
    )
    start = match.start("figures")
    currency = CURRENCIES[match["money"].rstrip()] if match["money"] else ""
    if not currency and _minus(text, start):
        value, start = -value, start - 1
    scale, end = _magnitude(text, match.end(), money=bool(currency))
    value *= scale
    while scale > 1 and (more := _NEXT.match(text, end)) and _scale(more[2]) < scale:
        scale, end = _scale(more[2]), more.end()
        value += Decimal(more[1].replace(",", "")) * scale
    number = _with_unit(text, value, match.start("money") if currency else start, end, currency)
    plain = number.end == match.end() and "," not in written
    return None if plain and _is_year(text, digits, match.start("figures"), number.end) else number


def _is_year(text: str, digits: str, start: int, end: int) -> bool:
    """True if bare figures are a year: 1900 to 2099, no comma, no unit, and nothing counted after them."""
    if len(digits) != 4 or not digits.isdigit() or not "1900" <= digits <= "2099":
        return False
    if not _COUNTABLE.match(text, end):
        return True
    return _in_time(text, start) or bool(_IN.search(text[max(0, start - 9) : start]))


def _minus(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] in "-" and (start == 1 or text[start - 2] in " (（:：,，、|\t\n约为")


def _magnitude(text: str, end: int, *, money: bool = False) -> tuple[int, int]:
    """What the magnitudes after ``end`` multiply by (1 for none) and where they end."""
    scale = 1
    if text[end : end + 1] not in _BEGINS_MAGNITUDE:
        return scale, end
    if more := _MORE.match(text, end):
        if not _MAGNITUDE.match(text, more.end()):
            return 1, end
        end = more.end()
    for _ in range(3):
        found = _MAGNITUDE.match(text, end)
        if not found:
            break
        scale *= _scale(found[1]) if found[1] else ENGLISH_MAGNITUDES[(found[2] or found[3]).lower()]
        end = found.end()
    letter = text[end : end + 1]
    if scale == 1 and money and letter in _MONEY_LETTERS and not text[end + 1 : end + 2].isalnum():
        return _MONEY_LETTERS[letter], end + 1
    return scale, end


_BEGINS_MAGNITUDE = frozenset(" -余多来几十百千万亿兆bmtBMTkK")


def _scale(written: str) -> int:
    """万亿 -> 10**12."""
    product = 1
    for character in written:
        product *= HAN_MAGNITUDES[character]
    return product


def _with_unit(text: str, value: Decimal, start: int, end: int, currency: str = "") -> Number:
    more = _MORE.match(text, end) if text[end : end + 1] in _BEGINS_MAGNITUDE else None
    unit, unit_end = _unit(text, more.end() if more else end)
    if currency:
        keeps = unit == currency
        return Number(value, currency, start, unit_end if keeps else end)
    if unit == "%" and text[unit_end - 1] == "‰":
        value /= 10
    return Number(value, unit, start, unit_end if unit else end)


_PERSONS = re.compile("个人(?![工形民口才均文大])")


def _unit(text: str, at: int) -> tuple[str, int]:
    """Canonical unit at ``at`` and its end; a measure word as it stands, unknown letters that touch the number as they are."""
    first = text[at : at + 1]
    gap = 1 if first == " " and HAN_CHARACTER.match(text, at + 1) else 0
    if _PERSONS.match(text, at + gap):
        return "people", at + gap + 2
    for length in range(5, 0, -1):
        form = text[at + gap : at + gap + length]
        if form in HAN_UNITS and len(form) == length:
            return HAN_UNITS[form], at + gap + length
    counted = text[at + gap : at + gap + 1]
    if counted in MEASURE_WORDS and counted and not text.startswith("部门", at + gap):
        return counted, at + gap + 1
    found = _LATIN.match(text, at) if first and (first in " -%‰°℃℉" or first.isascii()) else None
    if not found:
        return "", at
    joint, word, rest = found.groups()
    for tail in _tails(rest):
        if unit := ENGLISH_UNITS.get((word.rstrip(".") + tail).lower()) or ENGLISH_UNITS.get((word + tail).lower()):
            return unit, found.end(2) + len(tail) - (len(word) - len(word.rstrip(".")) if not tail else 0)
    for length in range(len(word), 0, -1):
        if word[:length] in UNIT_SYMBOLS and (length == len(word) or not word[length].isalpha()):
            return UNIT_SYMBOLS[word[:length]], found.start(2) + length
    letters = re.match(r"[A-Za-z]{1,12}", word)
    return (letters[0], found.start(2) + letters.end()) if letters and not joint else ("", at)


def _tails(rest: str) -> Sequence[str]:
    """The words after the first, longest run of them first, then none: " dollars abc" -> [" dollars abc", " dollars", ""]."""
    cuts = [at for at, character in enumerate(rest) if character in " -"]
    return [rest, *(rest[:cut] for cut in reversed(cuts))] if rest else [""]


def _han(text: str, match: re.Match[str]) -> Number | None:
    """Han numerals: 三百六十二, 两千, 5 for 五 before a measure word; 一 counts nothing but units, and 十分 is a word."""
    written = match["han"]
    value = None if set(written) <= set("百千万亿") else _han_value(written)
    if value is None or text[max(0, match.start() - 1) : match.start()] in tuple(
        "数几上成统周星每第之唯初" if written[0] not in "上" else ""
    ):
        return None
    number = _with_unit(text, value, match.start(), match.end())
    if written in ("一", "零", "〇", "○") and (
        not number.unit or number.unit in INDEFINITE or number.unit in ("people", "°C")
    ):
        return None
    if number.unit == "months" or number.unit in STRICT_UNITS:
        return _tenths(text, number)
    if written[0] in "百千万亿" and not number.unit:
        return None
    counted = number.unit or text.startswith(COUNTED, match.end())
    return _tenths(text, number) if counted or len(written) > 1 else None


def _tenths(text: str, number: Number) -> Number:
    """三成 is 30 %, 七成半 75 %."""
    if number.unit or text[number.end : number.end + 1] != "成" or not 1 <= number.value <= 10:
        return number
    half = text[number.end + 1 : number.end + 2] == "半"
    value = number.value * 10 + (5 if half else 0)
    after = text[number.end + 1 : number.end + 2]
    if after in tuple("立为员果功本分长就效"):
        return number
    return replace(number, value=value, unit="%", end=number.end + 1 + half)


def _han_value(written: str) -> Decimal | None:
    """The value of Han numerals, None when they make none (十四五, 百千万, 二〇二六)."""
    whole, _, rest = written.partition("点")
    decimals = rest.rstrip("十百千万亿")
    total = _below(whole, ("亿", "万", "千", "百", "十"))
    if total is None:
        return None
    value = Decimal(total) + Decimal("0." + "".join(str(HAN_DIGITS[digit]) for digit in decimals or "零"))
    return value * _scale(rest[len(decimals) :])


def _below(written: str, places: Sequence[str]) -> int | None:
    """Value of numerals whose largest place is the first of ``places``; 万亿 multiplies, 三千五 is 3500, 零 fills."""
    written = written.lstrip("零〇○") if len(written) > 1 else written
    if not places or len(written) == 1:
        return (
            HAN_DIGITS.get(written)
            if written in HAN_DIGITS
            else HAN_MAGNITUDES.get(written)
            if written in places
            else None
        )
    place, smaller = places[0], places[1:]
    if place not in written:
        return _below(written, smaller)
    before, _, after = written.rpartition(place)
    count = (
        _below(before, smaller if place in "十百千" else ("万", *smaller) if place == "亿" else smaller)
        if before
        else 1
    )
    if count is None or (place in "十百千" and not 0 < count < 10):
        return None
    unit = HAN_MAGNITUDES[place]
    if after in HAN_DIGITS and after not in "零〇○" and place in "百千万亿":
        return count * unit + HAN_DIGITS[after] * unit // 10
    rest = _below(after, smaller) if after else 0
    return None if rest is None else count * unit + rest


def _words(text: str, match: re.Match[str]) -> Number | None:
    """English numerals: twenty-five, two hundred and fifty, a million, half a million, one and a half billion."""
    value, end = _english_value(match["words"])
    if value is None or match["words"].lower().startswith(_VAGUE):
        return None
    end += match.start()
    scale, end = _magnitude(text, end)
    number = _with_unit(text, value * scale, match.start(), end)
    lonely = match["words"][: end - match.start()].lower() in ("one", "zero") and scale == 1
    return None if lonely and (number.unit not in STRICT_UNITS or number.unit == "times") else number


_VAGUE = ("hundred", "thousand", "million", "billion", "trillion", "dozen")
"""Words that count nothing at the beginning of a numeral: "several hundred", "a few million"."""


def _english_value(written: str) -> tuple[Decimal | None, int]:
    """Value of the longest numeral the words begin with, and its length."""
    total, group, least, end = Decimal(0), Decimal(0), 10**15, 0
    open_places = 100
    for word in re.finditer(r"half a|a half|and|[a-z]+", written.lower()):
        name = word[0]
        if name in ("and", "a", "an"):
            continue
        if name == "half a":
            group = Decimal("0.5")
        elif name == "a half":
            group += Decimal("0.5")
        elif name in SMALL:
            value = SMALL[name]
            if (value >= 10 and open_places < 100) or (value < 10 and open_places < 10) or (value == 0 and group):
                break
            group, open_places = group + value, 10 if value >= 20 else 1
        elif name in ("hundred", "dozen"):
            group, open_places = (group or Decimal(1)) * ENGLISH_MAGNITUDES[name], 100 if name == "hundred" else 1
        else:
            scale = ENGLISH_MAGNITUDES[name]
            if scale >= least:
                break
            total, group, least, open_places = total + (group or Decimal(1)) * scale, Decimal(0), scale, 100
        end = word.end()
    return (total + group, end) if end else (None, 0)


def _part(text: str, match: re.Match[str]) -> Number | None:
    """百分之三十五 and shares: 三分之一, 1/3, two thirds, 一半."""
    written = match["parts"].strip()
    below, joined, above = written.partition("分之")
    if joined:
        over = _han_value(below)
        share = Decimal(above.replace(",", "")) if above[0].isdigit() else _han_value(above)
        if over is None or share is None or not over:
            return None
        if over in (100, 1000, 10000):
            return Number(share * 100 / over, "%", match.start(), match.end())
        return Number(share / over, "", match.start(), match.end())
    if "/" in written:
        share, over = (Decimal(side) for side in written.split("/"))
        return Number(share / over, "", match.start(), match.end()) if over else None
    if written in _SHARES:
        return Number(_SHARES[written], "", match.start(), match.end())
    words = re.split("[ -]", written.lower())
    if words[0] == "half":
        return Number(Decimal("0.5"), "", match.start(), match.start() + 4)
    return Number(Decimal(SMALL.get(words[0], 1)) / PARTS[words[1].rstrip("s")], "", match.start(), match.end())


_SHARES = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), "⅓": Decimal(1) / 3, "⅔": Decimal(2) / 3}
_SHARES |= {"一半": Decimal("0.5"), "半数": Decimal("0.5")}


def _nth(text: str, match: re.Match[str]) -> Number | None:
    written = match[0].removeprefix("第").strip().rstrip("stndrh")
    value = Decimal(written) if written.isdigit() else _han_value(written)
    return Number(value, "", match.start(), match.end(), ordinal=True) if value is not None else None


def _nth_word(text: str, match: re.Match[str]) -> Number | None:
    """first, twenty-first; "second" only where a place is meant, as it is also a unit of time."""
    tens, _, ones = match[0].lower().rpartition("-")
    before = text[max(0, match.start() - 12) : match.start()].lower()
    if (
        ones == "second"
        and not tens
        and not re.search(r"\b(?:the|its|their|his|her|ranked|ranks|placed|came|finished|and)[ ]\Z", before)
    ):
        return None
    return Number(Decimal(SMALL.get(tens, 0) + ORDINALS[ones]), "", match.start(), match.end(), ordinal=True)


def _century(text: str, match: re.Match[str]) -> Number | None:
    written = re.split(r"[ -]?世纪|[ -](?i:centur)", match[0])[0]
    tens, _, ones = written.lower().rpartition("-")
    digits = re.match(r"\d+", written)
    word = SMALL.get(tens, 0) + ORDINALS[ones] if ones in ORDINALS else None
    value = Decimal(digits[0]) if digits else Decimal(word) if word else _han_value(written)
    return Number(value, "century", match.start(), match.end()) if value is not None else None


def _decade(text: str, match: re.Match[str]) -> Number | None:
    """1990s, 1990年代, 90年代 and 20世纪90年代 are the decade 1990."""
    written = match[0].replace(" ", "")
    figures = re.match(r"\d{3,4}(?=s|年)", written)
    if figures:
        return Number(Decimal(figures[0]), "decade", match.start(), match.end())
    before, _, rest = written.rpartition("世纪")
    tens, century = _count(rest.removesuffix("年代")), _count(before) if before not in ("", "上") else None
    if tens is None:
        return None
    hundreds = (century - 1) * 100 if century else Decimal(2000 if tens < 20 else 1900)
    return Number(hundreds + tens, "decade", match.start(), match.end())


def _count(written: str) -> Decimal | None:
    return Decimal(written) if written.isdigit() else _han_value(written)


def _term(text: str, match: re.Match[str]) -> Number | None:
    """三季度, Q3 and third quarter; 上半年 and first half: parts of a year."""
    written = match[0].lower()
    unit = "half-year" if "半年" in written or written.endswith("half") or written[0] == "h" else "quarter"
    known = {"上": 1, "下": 2} | {word[:5]: place for word, place in ORDINALS.items()} | dict(HAN_DIGITS)
    start = written.removeprefix("第")
    place = (
        int(start[0])
        if start[0].isdigit()
        else int(start[1])
        if start[1:].isdigit()
        else known.get(start[0]) or known[start[:5]]
    )
    return Number(Decimal(place), unit, match.start(), match.end(), ordinal=True)


def _plan(text: str, match: re.Match[str]) -> Number | None:
    """十五五 and "15th Five-Year" are the fifteenth five-year plan."""
    written = match[0].lower().removeprefix("第")
    figures = re.match(r"\d+", written)
    word = re.split("[ -]", written)[0]
    value = Decimal(figures[0]) if figures else Decimal(ORDINALS[word]) if word in ORDINALS else _han_value(written[:2])
    return Number(value, "", match.start(), match.end(), ordinal=True) if value is not None else None


_READERS = {
    "figures": _figures,
    "han": _han,
    "words": _words,
    "parts": _part,
    "nth": _nth,
    "nthword": _nth_word,
    "century": _century,
    "decade": _decade,
    "plan": _plan,
    "term": _term,
}


def _bound(text: str, number: Number) -> str:
    """What the words around a number say of its exactness."""
    written = text[number.start : number.end]
    before = _before(text[max(0, number.start - 16) : number.start].lower().rstrip(" "))
    after = _AFTER.match(text, number.end)
    if before and before != "about":
        return before
    if after:
        return str(after.lastgroup)
    return "over" if any(sign in written for sign in "余多几来") else before


def _before(text: str) -> str:
    text = text.removesuffix("了")
    if not text.endswith(BOUNDS):
        return ""
    for name, words in _BEFORE:
        for word in words:
            if text.endswith(word) and not (
                word[0].isascii() and text[: -len(word)][-1:].isascii() and text[: -len(word)][-1:].isalpha()
            ):
                return name
    return ""


def _ranges(text: str, numbers: list[Number]) -> list[Number]:
    """10-15万 and 3 to 5 percent: the first takes magnitude and unit from the second where it has none of its own."""
    for at in range(len(numbers) - 2, -1, -1):
        first, second = numbers[at], numbers[at + 1]
        between = text[first.end : second.start]
        if len(between) > 5 or first.unit or first.ordinal or second.ordinal or not _JOINS.fullmatch(between):
            continue
        if "and" in between and not text[max(0, first.start - 8) : first.start].lower().endswith("between "):
            continue
        shown = re.match(r"[\d,.]+", text[second.start : second.end])
        own = Decimal(shown[0].replace(",", "").rstrip(".") or 0) if shown else second.value
        lends = own and first.value < own and text[first.start : first.end].isdigit()
        scale = second.value / own if lends and second.unit != "%" else Decimal(1)
        numbers[at] = replace(first, value=first.value * scale, unit=second.unit)
    return numbers
