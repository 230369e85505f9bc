"""Equations on one line: MathML of pages and books and Office Math of Word and PowerPoint, as "3/4", "10^3", "√(x+1)"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

_SKIPPED = frozenset(
    "annotation annotation-xml mphantom none mprescripts rPr ctrlPr fPr sSupPr sSubPr radPr naryPr dPr".split()
)
_DEEPEST = 60


def written(element: Any) -> str:
    """What an equation says. A part that is no single sign stands in brackets, so that nothing reads as another number."""
    return re.sub(" {2,}", " ", _said(element, 0)).strip()


def _said(element: Any, depth: int) -> str:
    name = _name(element)
    if not name or name in _SKIPPED or depth > _DEEPEST:
        return ""
    if name in ("mi", "mn", "mo", "mtext", "ms", "t"):
        return "".join(element.itertext()).strip("\n\r\t ⁡⁢⁣") if name != "mtext" else "".join(element.itertext())
    if name in _SHAPES:
        return _SHAPES[name](_parts(element, depth))
    if name in _OFFICE:
        return _OFFICE[name](_named(element, depth), element)
    return _row(_said(child, depth + 1) for child in element)


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def _row(parts: Iterable[str]) -> str:
    """Parts beside each other; two numbers that would meet keep a blank."""
    shown = ""
    for part in parts:
        shown += (" " if shown[-1:].isdigit() and part[:1].isdigit() else "") + part
    return shown


def _parts(element: Any, depth: int) -> list[str]:
    return [_said(child, depth + 1) for child in element if _name(child) and _name(child) not in _SKIPPED]


def single(said: str) -> str:
    """A part that can stand beside a sign: one word or number as it is, anything else in brackets."""
    return said if re.fullmatch(r"\w+(?:[.,]\d+)*|[(（\[].*[)）\]]|", said) else f"({said})"


def _at(parts: Sequence[str], place: int) -> str:
    return parts[place] if place < len(parts) else ""


def power(base: str, high: str) -> str:
    """A base with what stands above it."""
    if not high:
        return base
    return f"{single(base)}^{high if re.fullmatch('[-−+]?[0-9.]+', high) else single(high)}"


def index(base: str, low: str) -> str:
    """A base with what stands below it."""
    return f"{base}_{single(low)}" if low else base


def _both(base: str, low: str, high: str) -> str:
    return index(base, low) + power("", high)


def _quotient(parts: Sequence[str]) -> str:
    return f"{single(_at(parts, 0))}/{single(_at(parts, 1))}"


def _root(inside: str, degree: str = "") -> str:
    return f"{degree}√{single(inside)}"


_SHAPES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "mfrac": _quotient,
    "msup": lambda parts: power(_at(parts, 0), _at(parts, 1)),
    "mover": lambda parts: power(_at(parts, 0), _at(parts, 1)) if len(_at(parts, 1)) > 1 else _at(parts, 0),
    "msub": lambda parts: index(_at(parts, 0), _at(parts, 1)),
    "munder": lambda parts: index(_at(parts, 0), _at(parts, 1)),
    "msubsup": lambda parts: _both(_at(parts, 0), _at(parts, 1), _at(parts, 2)),
    "munderover": lambda parts: _both(_at(parts, 0), _at(parts, 1), _at(parts, 2)),
    "msqrt": lambda parts: _root(_row(parts)),
    "mroot": lambda parts: _root(_at(parts, 0), _at(parts, 1)),
    "mfenced": lambda parts: f"({', '.join(parts)})",
    "mtr": lambda parts: ", ".join(parts),
    "mtable": lambda parts: f"[{'; '.join(parts)}]",
    "semantics": lambda parts: _at(parts, 0),
}
"""Elements of MathML by the order of what they hold."""


def _named(element: Any, depth: int) -> dict[str, list[str]]:
    """What the children of an element of Office Math say, by their names."""
    found: dict[str, list[str]] = {}
    for child in element:
        found.setdefault(_name(child), []).append(_said(child, depth + 1))
    return found


def _first(named: Mapping[str, list[str]], name: str) -> str:
    return named.get(name, [""])[0]


def _value(element: Any, name: str, otherwise: str) -> str:
    """A property such as the sign of a sum; without a value it is that there is none."""
    found = element.find(f"./*/{{*}}{name}")
    return otherwise if found is None else next(iter(found.attrib.values()), "")


def _bracketed(named: Mapping[str, list[str]], element: Any) -> str:
    between = _value(element, "sepChr", "|")
    return f"{_value(element, 'begChr', '(')}{between.join(named.get('e', []))}{_value(element, 'endChr', ')')}"


def _sum(named: Mapping[str, list[str]], element: Any) -> str:
    return f"{_both(_value(element, 'chr', '∫'), _first(named, 'sub'), _first(named, 'sup'))} {_first(named, 'e')}"


_OFFICE: Mapping[str, Callable[[Mapping[str, list[str]], Any], str]] = {
    "f": lambda named, _: _quotient([_first(named, "num"), _first(named, "den")]),
    "sSup": lambda named, _: power(_first(named, "e"), _first(named, "sup")),
    "sSub": lambda named, _: index(_first(named, "e"), _first(named, "sub")),
    "sSubSup": lambda named, _: _both(_first(named, "e"), _first(named, "sub"), _first(named, "sup")),
    "sPre": lambda named, _: f"{power('', _first(named, 'sup'))}{index('', _first(named, 'sub'))} {_first(named, 'e')}",
    "rad": lambda named, _: _root(_first(named, "e"), _first(named, "deg")),
    "nary": _sum,
    "d": _bracketed,
    "func": lambda named, _: f"{_first(named, 'fName')} {_first(named, 'e')}",
    "limLow": lambda named, _: index(_first(named, "e"), _first(named, "lim")),
    "limUpp": lambda named, _: power(_first(named, "e"), _first(named, "lim")),
    "m": lambda named, _: f"[{'; '.join(named.get('mr', []))}]",
    "mr": lambda named, _: ", ".join(named.get("e", [])),
    "eqArr": lambda named, _: "; ".join(named.get("e", [])),
}
"""Elements of Office Math by the names of what they hold."""
