"""Bytes -> text: which encoding they are written in, told without a guess that replaces what does not fit."""

from __future__ import annotations

import codecs
import re

from index.text.scripts import USUAL_HAN, WIDE_SIGNS

_SAMPLE = 200_000  # bytes that decide between encodings

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The most frequent characters of written Chinese, simplified and traditional: about a third of any running text.
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部"
    "度家电力里如水化高自二理起小现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心"
    "這為個國時來們於對會發動過說產種後學經進著電裡現實與關點從業開還體當應機無線內數"
)
_USUAL = re.compile(f"[\t\n\r\x20-\x7e\u2010-\u2027{USUAL_HAN}{WIDE_SIGNS}]")
CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x7f]")


def decoded(data: bytes) -> str | None:
    """Bytes -> text by byte order mark, UTF-8, UTF-16, GB18030 or Big5; None where none fits. Never replaces anything."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data, encoding)
    text = _strict(data, "utf-8")
    if text is None:
        return _utf16(data) if b"\0" in data else _chinese(data)
    return _utf16(data) if "\0" in text else text


def is_binary(text: str) -> bool:
    """True if a text holds many control characters, as decoded binary data does."""
    return "\0" in text or len(CONTROL.findall(text)) > max(2, len(text) // 200)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: the order of bytes in which nearly every character is one that Chinese or English uses."""
    best, text = 0.9, None
    for encoding in ("utf-16-le", "utf-16-be"):
        attempt = _strict(data, encoding)
        if attempt:
            usual = len(_USUAL.findall(attempt[:_SAMPLE]))
            share = usual / len(attempt[:_SAMPLE])
            best, text = max((best, text), (share, attempt), key=lambda pair: pair[0])
    return text if text is not None else ("\0" if b"\0" in data else None)


def _chinese(data: bytes) -> str | None:
    """GB18030 or Big5, whichever gives the characters people write; None when neither does.

    Both decode nearly any bytes, so decoding is no proof. Each code page puts its everyday characters and marks in one
    block: real text lies in it almost wholly, text read with the wrong page scatters. Long text must also hold the
    frequent characters, which other East Asian encodings read as Chinese do not.
    """
    readings = []
    for encoding, everyday in (("gb18030", (0xA1, 0xD7)), ("big5", (0xA1, 0xC6))):
        text = _strict(data, encoding)
        if text is None:
            continue
        strange = [c for c in text[:_SAMPLE] if ord(c) > 0x7F]
        usual = sum(_everyday(c, encoding, everyday) for c in strange)
        readings.append((usual / max(1, len(strange)), text, strange))
    share, best, strange = max(readings, key=lambda reading: reading[0], default=(0.0, "", []))
    frequent = sum(c in _FREQUENT for c in strange)
    return best if share >= 0.6 and (len(strange) < 60 or frequent >= 0.05 * len(strange)) else None


def _everyday(character: str, encoding: str, lead: tuple[int, int]) -> bool:
    code = character.encode(encoding)
    return len(code) == 2 and lead[0] <= code[0] <= lead[1] and (encoding == "big5" or code[1] >= 0xA1)
