"""Numbers, units and dates of one language written as the other would write them; read them with find_numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from index.text.dates import MONTHS, YEAR, month_of
from index.text.numerals import Number, find_numbers
from index.text.units import (
    ENGLISH_MAGNITUDES,
    HAN_MAGNITUDES,
    MEASURE_WORDS,
    ONES,
    ORDINALS,
    PARTS,
    STRICT_UNITS,
    TENS,
    WRITTEN,
)

__all__ = ["MEASURE_WORDS", "MOST", "STRICT_UNITS", "Number", "find_numbers", "in_language", "spellings"]

MOST = 8
"""Spellings of one number at most."""


def spellings(number: Number, language: str) -> list[str]:
    """How text in ``language`` ("zh" or "en") would write the value, most usual first, at most eight; units but % left out."""
    value = number.value
    if number.unit in ("quarter", "half-year"):
        forms = _term_forms(number, language)
    elif number.ordinal:
        forms = _ordinal_forms(int(value), language)
    elif number.unit == "century":
        han = _han_form(value)
        forms = [f"{value}世纪", f"{han}世纪"] if language == "zh" else [f"{_nth_form(int(value))} century"]
    elif number.unit == "decade":
        recent = [f"20世纪{value - 1900}年代"] if 1900 <= value < 2000 else []
        forms = [*recent, f"{value}年代"] if language == "zh" else [f"{value}s"]
    elif number.unit == "percentage points":
        forms = [f"{_plain(value)}个百分点"] if language == "zh" else [f"{_plain(value)} percentage points"]
    elif number.unit == "%":
        forms = _percent_forms(value, language)
    else:
        forms = _chinese_forms(value) if language == "zh" else _english_forms(value)
    return [form for form in dict.fromkeys(forms) if form][:MOST]


def _percent_forms(value: Decimal, language: str) -> list[str]:
    plain = _plain(value)
    if language == "zh":
        han = _han_form(value)
        return [f"{plain}%", f"百分之{han}" if han else "", f"{plain}％"]
    word = _english_words(value)
    return [f"{plain}%", f"{plain} percent", f"{plain} per cent", f"{word} percent" if word else ""]


def _ordinal_forms(value: int, language: str) -> list[str]:
    if language == "zh":
        return [f"第{_han_form(Decimal(value))}", f"第{value}"]
    word = next((name for name, place in ORDINALS.items() if place == value), "")
    return [word, _nth_form(value)]


def _term_forms(number: Number, language: str) -> list[str]:
    place = int(number.value)
    if number.unit == "half-year":
        return (
            ["上半年" if place == 1 else "下半年"] if language == "zh" else [f"{_ordinal_forms(place, 'en')[0]} half"]
        )
    han = _han_whole(place)
    return (
        [f"第{han}季度", f"{han}季度"]
        if language == "zh"
        else [f"{_ordinal_forms(place, 'en')[0]} quarter", f"Q{place}"]
    )


def _nth_form(value: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th") if value % 100 not in (11, 12, 13) else "th"
    return f"{value}{suffix}"


def _share(value: Decimal) -> Fraction | None:
    """The fraction a value stands for when its decimals never end: .333... is 1/3."""
    if len(value.as_tuple().digits) < 20:
        return None
    share = Fraction(value).limit_denominator(1000)
    return share if abs(Decimal(share.numerator) / share.denominator - value) < Decimal("1e-20") else None


def _chinese_forms(value: Decimal) -> list[str]:
    if share := _share(value):
        under, over = _han_form(Decimal(share.denominator)), _han_form(Decimal(share.numerator))
        return [f"{under}分之{over}", f"{share.numerator}/{share.denominator}"]
    scaled = [f"{_plain(value / 10**power)}{name}" for name, power in _ZH_PLACES if _fits(value, power)]
    han, plain = _han_form(value), [_plain(value), _plain(value, commas=True)]
    if value >= 10**8:
        return [*scaled[:1], han, *scaled[1:], *plain]
    return [*scaled, *plain, han]


_ZH_PLACES = (("万亿", 12), ("亿", 8), ("万", 4))
_EN_PLACES = (("trillion", 12), ("billion", 9), ("million", 6))


def _fits(value: Decimal, power: int) -> bool:
    """True if a value is usually written in this magnitude: at least one of it, at most two decimals, at most six figures."""
    scaled = abs(value) / Decimal(10) ** power
    return scaled >= 1 and scaled < 10**6 and scaled == round(scaled, 2)


def _english_forms(value: Decimal) -> list[str]:
    if share := _share(value):
        under = next((name for name, parts in PARTS.items() if parts == share.denominator), "")
        over = _english_words(Decimal(share.numerator))
        words = f"{over} {under}" + ("s" if share.numerator > 1 else "") if under and over else ""
        return [words, words.replace(" ", "-"), f"{share.numerator}/{share.denominator}"]
    scaled = [f"{_plain(value / 10**power, commas=True)} {name}" for name, power in _EN_PLACES if _fits(value, power)]
    return [*scaled[:2], _plain(value, commas=True), _plain(value), _english_words(value)]


def _plain(value: Decimal, *, commas: bool = False) -> str:
    """Figures without an exponent and without idle zeros."""
    shown = f"{value:,f}" if commas else f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _han_form(value: Decimal) -> str:
    """三百六十二; "" for what nobody writes so (negative, more than four figures that count)."""
    whole = int(value)
    figures = str(whole).rstrip("0")
    if value < 0 or len(figures) > 4 or whole >= 10**16:
        return ""
    decimals = _plain(value % 1)[2:] if value % 1 else ""
    return _han_whole(whole) + (
        ("点" + "".join("零一二三四五六七八九"[int(digit)] for digit in decimals)) if decimals else ""
    )


def _han_whole(value: int) -> str:
    if value < 10:
        return "零一二三四五六七八九"[value]
    for place in "亿万千百十":
        unit = HAN_MAGNITUDES[place]
        if value >= unit:
            count, rest = divmod(value, unit)
            head = "" if place == "十" and count == 1 else _han_whole(count)
            gap = "零" if rest and rest < unit // 10 else ""
            return head + place + gap + (_han_tail(rest) if rest else "")
    return ""


def _han_tail(value: int) -> str:
    """Within a numeral ten is 一十: 三百一十二."""
    return ("一" if 10 <= value < 20 else "") + _han_whole(value)


def _english_words(value: Decimal) -> str:
    """twenty-five, three trillion; "" for what is written in figures."""
    if value != int(value) or value < 0:
        return ""
    whole = int(value)
    for name in ("trillion", "billion", "million", "thousand", "hundred"):
        scale = ENGLISH_MAGNITUDES[name]
        if whole >= scale and whole % scale == 0 and whole // scale < 100:
            return f"{_english_words(Decimal(whole // scale))} {name}"
    if whole < 20:
        return ONES.split()[whole]
    if whole < 100:
        tens, ones = divmod(whole, 10)
        return TENS.split()[tens - 2] + (f"-{ONES.split()[ones]}" if ones else "")
    return ""


_ZH_DATE = re.compile(
    rf"(?<![\d.])(?:(?P<y>{YEAR}) ?年 ?)?(?P<m>1[0-2]|0?[1-9]) ?月(?: ?(?P<d>[12]\d|3[01]|0?[1-9]) ?[日号])?(?P<edge>[初底末])?(?!\d)"
    rf"|(?<![\d.])(?P<only>{YEAR}) ?年(?:度|(?P<x>[初底末])|(?![代来内间后前]))"
)
_MONTH = "|".join(f"{name}|{name[:3]}\\.?" for name in MONTHS)
_EN_DATE = re.compile(
    rf"\b(?P<m>{_MONTH}) (?P<d>[12]\d|3[01]|[1-9])(?:st|nd|rd|th)?\b(?:,? (?P<y>{YEAR})\b)?"
    rf"|\b(?P<d2>[12]\d|3[01]|[1-9])(?:st|nd|rd|th)? (?P<m2>{_MONTH})(?:,? (?P<y2>{YEAR})\b)?"
    rf"|\b(?P<m3>{_MONTH}),? (?P<y3>{YEAR})\b"
)


def in_language(text: str, language: str) -> str:
    """The text with its numbers, units and dates written as ``language`` ("zh" or "en") writes them; the rest as it is.

    500亿美元 -> 50 billion US dollars; 2026年1月13日 -> January 13, 2026. A small number in words and an ordinal stay.
    """
    dated = [(match.start(), match.end(), _date_form(match, language)) for match in _dates(text, language)]
    edits = list(dated)
    spans = [(start, end) for start, end, _ in dated]
    spans += [match.span() for match in re.finditer(r"《[^《》\n]{1,80}》", text)]
    spans.sort()
    at = 0
    for number in find_numbers(text):
        while at < len(spans) and spans[at][1] <= number.start:
            at += 1
        if at < len(spans) and spans[at][0] < number.end:
            continue
        if form := _number_form(number, text, language):
            edits.append((number.start, number.end, form))
    return _edited(text, sorted(edits), language)


def _dates(text: str, language: str) -> Iterator[re.Match[str]]:
    return (_ZH_DATE if language == "en" else _EN_DATE).finditer(text)


def _date_form(match: re.Match[str], language: str) -> str:
    found = {name[0]: value for name, value in match.groupdict().items() if value}
    year, month, day = found.get("y", found.get("o", "")), found.get("m", ""), found.get("d", "").lstrip("0")
    if language == "en":
        named = MONTHS[int(month) - 1] if month else ""
        if day:
            return f"{named} {day}" + (f", {year}" if year else "")
        edge = found.get("e", found.get("x", ""))
        return {"初": "early ", "底": "the end of ", "末": "the end of "}.get(edge, "") + f"{named} {year}".strip()
    number = month_of(month)
    return (f"{year}年" if year else "") + f"{number}月" + (f"{day}日" if day else "")


def _number_form(number: Number, text: str, language: str) -> str:
    """The number in the other language, "" when it reads there as it stands."""
    written = text[number.start : number.end]
    unit = WRITTEN.get(number.unit)
    if number.ordinal or number.unit in ("century", "decade") or (number.unit == "%" and "%" in written):
        return ""
    if language == "en" and re.fullmatch(r"[\d.,]+\s*[A-Za-z]{2,}", written):  # 150EFLOPS: English already.
        return ""
    forms = spellings(replace(number, ordinal=False), language)
    if not forms or (abs(number.value) < 11 and number.unit not in STRICT_UNITS):
        return ""
    if number.unit in ("%", "percentage points"):
        return "" if written.isdigit() else forms[0]
    shown = forms[0] if language == "en" or abs(number.value) >= 10**4 else _plain(number.value)
    if abs(number.value) < 10**4 and number.unit not in STRICT_UNITS and written[0].isdigit():
        return ""
    if unit and written.isdigit():  # 45-50岁: the unit stands with the second number.
        return shown
    kept = _kept(number, written, language)
    if kept is not None:
        return _more(written, language, shown) + kept
    if not unit:
        return shown
    named = unit[0] if language == "zh" else unit[2 if number.value == 1 else 1]
    spaced = language == "en" or named[0].isascii()
    return _more(written, language, shown) + (" " if spaced else "") + named


def _kept(number: Number, written: str, language: str) -> str | None:
    """What stays behind the number: a measure word has no translation, and 3万名 counts what is named after it."""
    if not number.unit:
        return ""
    if number.unit not in WRITTEN:
        return (" " if number.unit.isascii() and language == "en" else "") + number.unit
    return written[-1] if language == "en" and written[-1] in "名位" else None


def _more(written: str, language: str, shown: str) -> str:
    if not re.search("[余多]", written):
        return shown
    return f"more than {shown}" if language == "en" else f"{shown}余"


def _edited(text: str, edits: Sequence[tuple[int, int, str]], language: str) -> str:
    """The text with the edits made; English among Han is set apart by spaces."""
    out: list[str] = []
    at = 0
    for start, end, form in edits:
        out.append(text[at:start])
        if language == "en" and start and text[start - 1].isalnum():
            out.append(" ")
        out.append(form)
        if language == "en" and form[-1].isascii() and end < len(text) and text[end].isalnum():
            out.append(" ")
        at = end
    return "".join((*out, text[at:]))
