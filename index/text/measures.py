"""Conversions between units of measure: one table of exact factors, and the numbers of a text in the unit that is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from index import lexical
from index.text.numerals import Number, find_numbers
from index.text.units import ENGLISH_UNITS, HAN_UNITS, UNIT_SYMBOLS, WRITTEN

_TABLE = """
area | m2 1, hectares 10000, km2 1000000, mu 2000/3, ping 400/121, acres 4046.8564224, sq mi 2589988.110336, sq ft 0.09290304
length | m 1, km 1000, cm 1/100, mm 1/1000, nm 1/1000000000, li 500, zhang 10/3, chi 1/3, cun 1/30, miles 1609.344, yards 0.9144, feet 0.3048, inches 0.0254, nmi 1852
mass | kg 1, g 1/1000, t 1000, Gt 1000000000000, jin 1/2, lb 0.45359237, oz 0.028349523125
volume | m3 1, litres 1/1000, ml 1/1000000, gal 0.003785411784, bbl 0.158987294928
power | W 1, kW 1000, MW 1000000, GW 1000000000, hp 735.49875
energy | kWh 1, MWh 1000, GWh 1000000, MJ 5/18, GJ 2500/9
speed | km/h 1, m/s 18/5, mph 1.609344, kn 1.852
temperature | °C 1, °F 5/9
"""
"""Quantity | canonical unit and how much of the first it is. 亩, 里, 尺 and 斤 are those of the market system (1929), which the state
council's order of 1984 kept to 2000/3 m², 500 m, 1/3 m and 1/2 kg; 坪 is that of Japan and Taiwan; inch, pound and what is made of them those of 1959."""

_FACTORS: dict[str, tuple[str, Fraction]] = {}
for _row in _TABLE.strip().splitlines():
    _quantity, _units = (cell.strip() for cell in _row.split("|"))
    for _entry in _units.split(", "):
        _name, _factor = _entry.rsplit(" ", 1)
        _FACTORS[_name] = (_quantity, Fraction(_factor))

_ZERO = {"°F": Fraction(32)}
"""What a thermometer of this scale shows where that of the first unit shows 0."""

_HAN = "|".join(sorted((form for form, unit in HAN_UNITS.items() if unit in _FACTORS), key=len, reverse=True))
_ENGLISH = "|".join(sorted((form for form, unit in ENGLISH_UNITS.items() if unit in _FACTORS), key=len, reverse=True))
_SIGNS = "|".join(
    re.escape(s) for s in sorted((s for s, unit in UNIT_SYMBOLS.items() if unit in _FACTORS), key=len, reverse=True)
)
_MAGNITUDE = {"万": 10**4, "亿": 10**8, "thousand": 1000, "million": 10**6, "billion": 10**9}
_ASKED = re.compile(
    rf"(?:多少|几|折合|换算[成为]|[合按用以]|单位[是为：:])\s*(?P<scale>[万亿])?(?P<zh>{_HAN})(?!分|均|产|长率)"
    rf"|\bhow many (?P<scale_en>thousand |million |billion )?(?P<en>{_ENGLISH})\b|\bin (?:millions of |thousands of )?(?P<in>{_ENGLISH})\b(?! of)"
    rf"|(?:多少|几|\bin |\bhow many )\s?(?P<sign>{_SIGNS})(?![A-Za-z\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The unit that a question asks for: ``text[start:end]`` names it; ``scale`` is 10000 where it asks for 万 of it."""

    unit: str
    scale: int
    start: int
    end: int


def asked(text: str) -> Asked | None:
    """The unit of measure that a question asks for, None where it asks for none of the table."""
    for found in _ASKED.finditer(lexical.simplified(text)):
        name = next(name for name in ("zh", "en", "in", "sign") if found[name])
        word = found[name]
        unit = HAN_UNITS.get(word) or ENGLISH_UNITS.get(word.lower()) or UNIT_SYMBOLS.get(word, "")
        if unit in _FACTORS:
            scale = (found["scale"] or found["scale_en"] or "").strip().lower()
            return Asked(unit, _MAGNITUDE.get(scale, 1), found.start(name), found.end(name))
    return None


def quantity(unit: str) -> str:
    """The physical quantity of a canonical unit, "" of one that is not in the table."""
    return _FACTORS[unit][0] if unit in _FACTORS else ""


def measured(unit: str, text: str, header: str = "") -> bool:
    """True if a text, or the ``header`` above a table's row, gives a number in this unit or in another of its quantity; ``unit`` as
    Chinese or English writes it."""
    kind = quantity(HAN_UNITS.get(unit) or HAN_UNITS.get(unit.lstrip("万亿")) or ENGLISH_UNITS.get(unit.lower(), unit))
    if not kind:
        return False
    if ("|" in text or "\t" in text) and (named(kind, header) or named(kind, _bracketed(text))):
        return bool(re.search(r"\d", text))
    return any(quantity(number.unit) == kind for number in find_numbers(text))


def named(kind: str, text: str) -> str:
    """The canonical unit of a quantity that a text names, as a table's header does: 面积（公顷）; "" where it names none."""
    return _named(kind, text)[0]


_NAMED = re.compile(
    rf"(?P<scale_zh>[百千]?[万亿])?(?P<zh>{_HAN})|(?<![A-Za-z])(?P<scale_en>(?:thousand|million|billion)s? (?:of )?)?(?P<en>{_ENGLISH}|{_SIGNS})(?![A-Za-z])",
    re.IGNORECASE,
)
_HAN_SCALE = {"百": 100, "千": 1000} | {sign: _MAGNITUDE[sign] for sign in "万亿"}


def _named(kind: str, text: str) -> tuple[str, int, str]:
    """The unit of a quantity that a text names, how many of it one is (10000 of 万吨), and how that is written."""
    for found in _NAMED.finditer(text):
        word = found["zh"] or found["en"]
        unit = HAN_UNITS.get(word) or UNIT_SYMBOLS.get(word) or ENGLISH_UNITS.get(word.lower(), "")
        if quantity(unit) == kind:
            scale = prod(_HAN_SCALE[sign] for sign in found["scale_zh"] or "")
            english = (found["scale_en"] or "").split(" ")[0].lower().rstrip("s")
            return unit, scale * _MAGNITUDE.get(english, 1), found["scale_zh"] or english
    return "", 1, ""


def convert(value: Fraction, unit: str, to: str, *, difference: bool = False) -> Fraction:
    """A value in another unit of its quantity, exact; of a ``difference`` no zero is shifted. Raises ValueError for another quantity."""
    if quantity(unit) != quantity(to) or not quantity(unit):
        raise ValueError(f"{unit} and {to} do not measure the same quantity")
    zero, other = (Fraction(0) if difference else _ZERO.get(name, Fraction(0)) for name in (unit, to))
    return (value - zero) * _FACTORS[unit][1] / _FACTORS[to][1] + other


# --- beside a quote ---------------------------------------------------------------------------------------------------

MOST = 3
"""Conversions of one sentence at most."""

SAME = Fraction(1, 50)
"""How far from exact what a text itself converts may be: writers round."""

_CHANGE = re.compile(
    r"(?:上升|升高|升温|回升|下降|降低|降温|提高|增加|减少|相差|温差|高出?|低|变化|幅度)(?:了|为|达|约|近|至少)*\s*$"
    r"|(?:\bby|rose|risen|rise of|fell|warmed|cooled|difference of|drop of|warmer by)(?: about| some| nearly)?\s*$",
    re.IGNORECASE,
)
"""Before a number of degrees that is no reading of a thermometer."""

_BELOW = re.compile(r"零下\s?(?:约|近)?$|\bminus $", re.IGNORECASE)


def conversions(wanted: Asked, text: str, language: str, header: str = "") -> tuple[str, ...]:
    """The numbers of a text in the unit asked for, each behind the number as the text writes it: "2.5公顷 = 37.5亩".

    None of a number that the text gives in that unit itself: 20公顷，合300亩. Of a table's row, units stand in the ``header``."""
    found = list(_in_row(wanted, text, header)) if "|" in text or "\t" in text else []
    found += [
        (number, text[number.start : number.end].strip()) for number in find_numbers(text) if quantity(number.unit)
    ]
    kind = quantity(wanted.unit)
    own = [Fraction(number.value) for number, _ in found if number.unit == wanted.unit]
    out = []
    for number, written in found:
        if quantity(number.unit) != kind or number.unit == wanted.unit:
            continue
        changes = kind == "temperature" and bool(_CHANGE.search(text[: number.start]))
        below = kind == "temperature" and bool(_BELOW.search(text[: number.start]))
        value = convert(Fraction(number.value) * (-1 if below else 1), number.unit, wanted.unit, difference=changes)
        if not any(abs(value - other) <= abs(other) * SAME for other in own):
            sign = ("零下" if language == "zh" else "minus ") * below
            out.append(f"{sign}{written} {_shown(value, wanted, language)}")
    return tuple(dict.fromkeys(out))[:MOST]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("\t" if "\t" in row else "|")]


def _bracketed(row: str) -> str:
    """What the first cell of a row says in brackets, where its unit stands: 产量（万吨）. A name such as 王里村 is no unit."""
    return " ".join(re.findall(r"[（(]([^（）()]*)[)）]", _cells(row)[0]))


def _in_row(wanted: Asked, row: str, header: str) -> list[tuple[Number, str]]:
    """The numbers of cells whose column's header, or else whose row's first cell, names a unit of the quantity asked for."""
    cells, names = _cells(row), _cells(header.rpartition("\n")[2])
    own = _named(quantity(wanted.unit), _bracketed(row))
    found = []
    for at, cell in enumerate(cells):
        name = names[at] if at < len(names) else ""
        unit, scale, magnitude = _named(quantity(wanted.unit), name)
        if not unit and at:
            unit, scale, magnitude = own
        numbers = find_numbers(cell) if unit else []
        if len(numbers) == 1 and not numbers[0].unit:
            plain = Number(numbers[0].value * scale, unit, numbers[0].start, numbers[0].end)
            chinese = re.search(_HAN, name) or re.search(_HAN, cells[0])
            told = (
                f"{magnitude}{written(unit, 'zh')}"
                if chinese
                else f" {magnitude} {written(unit, 'en')}".replace("  ", " ")
            )
            found.append((plain, f"{cell}{told}"))
    return found


def written(unit: str, language: str) -> str:
    """A unit as a language writes it."""
    chinese, many, _ = WRITTEN[unit]
    return chinese if language == "zh" else many


def _shown(value: Fraction, wanted: Asked, language: str) -> str:
    """= 37.5亩, ≈ 6.178 acres: four figures of what is not exact."""
    scale = wanted.scale
    if scale == 1 and language == "zh" and abs(value) >= 10**4:
        scale = 10**8 if abs(value) >= 10**8 else 10**4
    scaled = value / scale
    exact = f"{float(scaled):,.6f}".rstrip("0").rstrip(".")
    if Fraction(exact.replace(",", "")) == scaled and len(exact.replace(",", "").replace(".", "")) <= 7:
        figures, sign = exact, "="
    else:
        rounded = float(f"{float(scaled):.4g}")
        figures, sign = f"{rounded:,.10f}".rstrip("0").rstrip("."), "≈"
    unit = written(wanted.unit, language)
    if language == "zh":
        return f"{sign} {figures.replace(',', '')}{ {1: '', 10**4: '万', 10**8: '亿'}.get(scale, '') }{unit}"
    magnitude = {1: "", 1000: " thousand", 10**6: " million", 10**9: " billion"}.get(scale, "")
    return f"{sign} {figures}{magnitude} {unit}"
