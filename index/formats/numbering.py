"""Numbers that Word shows but does not store: the "一、" and "1.2" before headings and list items, and heading levels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document as WordFile

_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre)\s*([1-9])", re.IGNORECASE)
_DIGITS = "零一二三四五六七八九"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"),
          (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_DEEPEST = 20  # styles based on styles; a ring of them ends here


@cache
def w(name: str) -> str:
    """A name of Word's main vocabulary with its namespace."""
    from docx.oxml.ns import qn

    return str(qn(f"w:{name}"))


def local(element: Any) -> str:
    """An element's name without its namespace, "" of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class Numbering:
    """Counts the numbered paragraphs of one document as Word does, in their order."""

    def __init__(self, file: WordFile) -> None:
        self.styles: dict[str, Any] = {style.get(w("styleId")): style for style in file.styles.element.iter("{*}style")}
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._lists: dict[str, str] = {}
        relation = next(
            (r for r in file.part.rels.values() if r.reltype.endswith("/numbering") and not r.is_external), None
        )
        if relation is not None:
            self._read(relation.target_part)

    def _read(self, part: Any) -> None:
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = part.element if hasattr(part, "element") else etree.fromstring(part.blob, parser)
        for abstract in root.iterchildren("{*}abstractNum"):
            self._levels[abstract.get(w("abstractNumId"))] = {
                _number(level.get(w("ilvl"))): (
                    _value(level, "numFmt") or "decimal",
                    _value(level, "lvlText"),
                    _number(_value(level, "start"), 1),
                )
                for level in abstract.iterchildren("{*}lvl")
            }
        for listed in root.iterchildren("{*}num"):
            self._lists[listed.get(w("numId"))] = _value(listed, "abstractNumId")

    def label(self, paragraph: Any) -> str:
        """What stands before a paragraph: "一、", "2.1", "-" for a bullet, "" where it is not numbered."""
        number, level = self._placed(paragraph)
        levels = self._levels.get(self._lists.get(number, ""), {})
        if number in ("", "0") or level not in levels:
            return ""
        form, pattern, first = levels[level]
        if form in ("bullet", "none"):
            return "-" if form == "bullet" else ""
        here = self._lists[number]
        self._counts[here, level] = self._counts.get((here, level), first - 1) + 1
        for key in [key for key in self._counts if key[0] == here and key[1] > level]:
            del self._counts[key]

        def shown(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            kind, _, start = levels.get(at, ("decimal", "", 1))
            return written(self._counts.get((here, at), start), "decimal" if at < level and form == "decimal" else kind)

        return re.sub(r"%([1-9])", shown, pattern).strip()

    def _placed(self, paragraph: Any) -> tuple[str, int]:
        """The list a paragraph belongs to and its level there, told by itself or by its styles."""
        number, level = "", -1
        for properties in _properties(paragraph, self.styles):
            listed = properties.find("{*}numPr")
            if listed is not None:
                number = number or _value(listed, "numId")
                level = level if level >= 0 else _number(_value(listed, "ilvl"), -1)
        return number, max(level, 0)


def level_of(paragraph: Any, styles: Mapping[str, Any]) -> int:
    """The level of a heading, 1 to 6; 0 where a paragraph is none."""
    for properties in _properties(paragraph, styles):
        outline = _value(properties, "outlineLvl")
        if outline.isdecimal():
            return int(outline) + 1 if int(outline) < 6 else 0
        named = _value(properties.getparent(), "name") if local(properties.getparent()) == "style" else ""
        if named.lower() == "title":
            return 1
        if found := _HEADING.match(named):
            return min(int(found[1]), 6)
    return 0


def is_indented(paragraph: Any, styles: Mapping[str, Any]) -> bool:
    """True if the first line of a paragraph stands farther in than the rest, as in Chinese print."""
    for properties in _properties(paragraph, styles):
        indent = properties.find("{*}ind")
        if indent is not None:
            told = indent.get(w("firstLineChars")) or indent.get(w("firstLine")) or "0"
            return told.isdecimal() and int(told) > 0
    return False


def _properties(paragraph: Any, styles: Mapping[str, Any]) -> list[Any]:
    """The paragraph's own properties, then those of its style and of the styles that one is based on."""
    own = paragraph.find("{*}pPr")
    found = [own] if own is not None else []
    name = _value(own, "pStyle") if own is not None else ""
    for _ in range(_DEEPEST):
        style = styles.get(name)
        if style is None:
            break
        properties = style.find("{*}pPr")
        found.append(properties if properties is not None else style.makeelement(w("pPr")))
        if properties is None:
            style.append(found[-1])  # so that it knows its style's name
        name = _value(style, "basedOn")
    return found


def _value(parent: Any, name: str) -> str:
    element = parent.find(f"{{*}}{name}") if parent is not None else None
    return (element.get(w("val")) or "") if element is not None else ""


def _number(value: str | None, otherwise: int = 0) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 6 else otherwise


def written(number: int, form: str) -> str:
    """A count as a list writes it."""
    if form.startswith(("chinese", "japaneseCounting", "taiwaneseCounting", "ideographTraditional")):
        return _han(number)
    if form == "ideographDigital":
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * min(1 + (number - 1) // 26, 9)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and number < 4000:
        roman, left = "", number
        for value, sign in _ROMAN:
            roman += sign * (left // value)
            left %= value
        return roman.upper() if form == "upperRoman" else roman
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(0x245F + number)
    return str(number)


def _han(number: int) -> str:
    """1 to 99 as Chinese counts: 十, 十二, 二十三; beyond, in digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones or not tens else "")
