"""A cell's value by its number format, as a sheet shows it: units, signs, brackets, percents, thousands, dates, hours."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|_(?P<room>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]|(?P<exponent>[Ee][+-]0+)'
    r"|(?P<fraction>(?<=[0#?])\s*/\s*(?=[0-9#?]))|(?P<place>[0#?]+(?:,(?=[0#?])[0#?]*)*)|(?P<other>.)",
    re.DOTALL,
)
_DATE = re.compile(r"[ymdhse]|上午|AM/PM", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)")


class _Piece(NamedTuple):
    """``kind``: "text" as it stands, "place" for digits, "point", "percent", "thousand" (divides), "exponent", "fraction" (its
    stroke), "at", "bracket"."""

    kind: str
    text: str


def shown(value: object, form: str) -> str:
    """The text of a cell; a format that is not understood shows the value plainly."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (datetime, date, time, timedelta)):
        return _moment(value, form)
    if isinstance(value, (int, float)):
        return _number(float(value), form) if form and form.lower() != "general" else plain(value)
    section = form.split(";")[3:4] or ([form] if "@" in form else [])
    return _text(str(value), section[0]) if section else str(value)


def plain(value: float) -> str:
    """A number without a format."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.15g}"


@lru_cache(maxsize=1024)
def _pieces(section: str) -> tuple[_Piece, ...]:
    found: list[_Piece] = []
    for match in _TOKEN.finditer(section):
        kind, said = match.lastgroup, match[match.lastgroup or 0]
        if kind in ("quoted", "escaped"):
            found.append(_Piece("text", said))
        elif kind == "bracket":
            found.append(
                _Piece("text", said[1:].partition("-")[0]) if said.startswith("$") else _Piece("bracket", said)
            )
        elif kind in ("exponent", "place", "fraction"):
            found.append(_Piece(kind, said))
        elif kind == "other":
            named = {".": "point", "%": "percent", "％": "percent", ",": "thousand", "@": "at"}.get(said, "text")
            found.append(_Piece(named, said))
    return tuple(found)


def _sections(form: str) -> list[str]:
    """The parts of a format for positive, negative, zero and text, cut outside of quotation marks."""
    return re.findall(r'(?:"[^"]*"|\\.|!.|[^;"\\!])+|(?<=;)(?=;|$)', form) or [form]


def _number(value: float, form: str) -> str:
    sections = _sections(form)
    at = _chosen(value, sections)
    general = re.split("general", sections[at], flags=re.IGNORECASE)
    if len(general) == 2:
        return f"{_words(general[0])}{plain(value)}{_words(general[1])}"
    pieces = _pieces(sections[at])
    if not any(piece.kind == "place" for piece in pieces):
        return _words(sections[at]) or plain(value)
    told = _filled(abs(value), pieces)
    signed = value < 0 and (at == 0 or not re.search(r"[-−(（▲△▼▽负負减減]", _words(sections[at])))
    return f"-{told}" if signed and re.search("[1-9]", told) else told


def _words(section: str) -> str:
    return "".join(piece.text for piece in _pieces(section) if piece.kind == "text").strip()


def _chosen(value: float, sections: list[str]) -> int:
    """Which section shows a number: by conditions in brackets, else by its sign."""
    conditions = [_CONDITION.search(" ".join(re.findall(r"\[([^\]]*)\]", section))) for section in sections[:3]]
    if any(conditions):
        for at, condition in enumerate(conditions):
            if condition is None or _holds(value, condition[1], float(condition[2])):
                return at
        return len(conditions) - 1
    if value < 0 and len(sections) > 1:
        return 1
    return 2 if value == 0 and len(sections) > 2 else 0


def _holds(value: float, sign: str, than: float) -> bool:
    compared = {"<": value < than, ">": value > than, "=": value == than, "<=": value <= than, ">=": value >= than}
    return compared.get(sign, value != than)


def _filled(value: float, pieces: tuple[_Piece, ...]) -> str:
    """A number without its sign in the places of a section, with all that stands around and between them."""
    if any(piece.kind == "fraction" for piece in pieces):
        return plain(value)
    value *= 100 ** sum(piece.kind == "percent" for piece in pieces)
    last = max(n for n, piece in enumerate(pieces) if piece.kind == "place")
    value /= 1000 ** sum(piece.kind == "thousand" and n > last for n, piece in enumerate(pieces))
    exponent = next((piece.text for piece in pieces if piece.kind == "exponent"), "")
    point = next((n for n, piece in enumerate(pieces) if piece.kind == "point"), len(pieces))
    before = [n for n, piece in enumerate(pieces) if piece.kind == "place" and n < point]
    after = "".join(piece.text for n, piece in enumerate(pieces) if piece.kind == "place" and n > point)
    power = 0
    if exponent:
        power = int(f"{value:e}".partition("e")[2])
        value /= 10**power
    whole, _, rest = f"{value:.{len(after)}f}".partition(".")
    rest = _trimmed(rest, after)
    wanted = "".join(pieces[n].text for n in before)
    grouped = "," in wanted and not exponent
    digits = "" if whole == "0" and "0" not in wanted else whole.zfill(wanted.count("0"))
    return _laid(pieces, before, point, f"{int(digits):,}" if grouped and digits else digits, rest, f"E{power:+03d}")


def _trimmed(digits: str, places: str) -> str:
    """Decimals without the zeros for which only # or ? stand."""
    while digits and digits[-1] == "0" and places[len(digits) - 1 : len(digits)] in ("#", "?"):
        digits = digits[:-1]
    return digits


def _laid(pieces: tuple[_Piece, ...], before: list[int], point: int, whole: str, rest: str, power: str) -> str:
    out: list[str] = []
    left, used = whole, 0
    for n, piece in enumerate(pieces):
        if piece.kind == "place" and n in before:
            following = sum(len(re.sub("[^0#?]", "", pieces[k].text)) for k in before if k > n)
            cut = max(0, len(left) - following) if following else len(left)
            out.append(left[:cut])
            left = left[cut:]
        elif piece.kind == "place":
            out.append(rest[used : used + len(piece.text)])
            used += len(piece.text)
        elif piece.kind == "point":
            out.append("." if rest else "")
        elif piece.kind == "exponent":
            out.append(power)
        elif piece.kind in ("text", "percent"):
            out.append(piece.text)
    return "".join(out).strip()


def _text(value: str, section: str) -> str:
    pieces = _pieces(section)
    if not any(piece.kind == "at" for piece in pieces):
        return value
    return "".join(value if piece.kind == "at" else piece.text for piece in pieces if piece.kind in ("at", "text"))


def _moment(value: datetime | date | time | timedelta, form: str) -> str:
    """A date as its format writes it where that is in words or coarser than a day; else as ISO, which no country reads otherwise."""
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form.split(";")[0]).lower()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, datetime) and ("h" in bare or (value.time() != time() and not _DATE.search(bare))):
        return value.isoformat(" ", "minutes")
    day = value.date() if isinstance(value, datetime) else value
    if re.search("[年月日]", form):
        return _han(day, form)
    if "d" in bare or not re.search("[ym]", bare):
        return day.isoformat()
    return (
        f"{day:%Y-%m}"
        if "m" in bare and "y" in bare
        else f"{day:%Y}"
        if "y" in bare
        else f"{day:%m}".lstrip("0") + "月"
    )


def _han(day: date, form: str) -> str:
    """A date in the words of its format: 2025年3月4日, 2025年3月, 3月4日."""
    units = re.sub(r'\[[^\]]*\]|["\\@;]', "", form)
    parts = {"年": f"{day.year}年", "月": f"{day.month}月", "日": f"{day.day}日"}
    return "".join(parts[unit] for unit in "年月日" if unit in units)
