"""Raised and lowered characters: which are marks of notes, which powers, which indices; written so that no two numbers meet."""

from __future__ import annotations

import re

from index.text.scripts import HAN

UP, DOWN, END = "\ufdd0", "\ufdd1", "\ufdd2"
"""Stand around what a format raises or lowers until the document is whole: which numbers its notes have is known only then."""

_RUN = re.compile(f"([{UP}{DOWN}])([^{UP}{DOWN}{END}\n]*){END}")
_STRAY = re.compile(f"[{UP}{DOWN}{END}]")
_FRACTION = re.compile(f"{UP}([^{UP}{DOWN}{END}\n]+){END}\\s*[/⁄∕]\\s*{DOWN}([^{UP}{DOWN}{END}\n]+){END}")
_NUMBER = r"(?:[注註]|note )?\d{1,3}"
_SIGN = r"[*†‡§¶#①-⑳㉑-㉟㊱-㊿]{1,3}"
_MARK = re.compile(
    rf"[\[(（〔【［]\s*(?:{_NUMBER}|{_SIGN}|[a-z])(?:\s*[,，、–—-]\s*(?:{_NUMBER}|[a-z]))*\s*[\])）〕】］]|[\[［【][^\W\d][^\[\]\n]{{1,30}}[\]］】]|{_SIGN}",
    re.IGNORECASE,
)
"""What is a note's mark by its looks: a number, letter or sign in brackets, words in square ones ("[citation needed]"), a sign."""
_NUMBERS = re.compile(rf"{_NUMBER}(?:\s*[,，、–—-]\s*{_NUMBER})*", re.IGNORECASE)
_ISOTOPE = r"[A-Z][a-z]?(?![a-z])"
"""The 14 of 14C is no note, unless there is one."""
_OPENS = re.compile(
    rf"(?m)^[ \t#>*|-]*[\[(（〔【［]?{UP}\W*(\d{{1,3}})\W*{END}[\])）〕】］]?(?!{_ISOTOPE})[ \t.:：、]*(?=\S)"
)
_LISTED = re.compile(r"(?m)^[ \t>*-]*(?:[\[(（〔【［](\d{1,3})[\])）〕】］]|[注註](\d{1,3})[:：]|(\d{1,3})[.．、])")
_BEHIND = re.compile(rf"(?:[。！？；：，、.!?;:,”’\"'»）》」』\]%％‰]|[{HAN}]|[a-z]{{4}})$")
"""What a note follows: a mark of a sentence, a bracket, a Han character, a word."""
_AMOUNT = re.compile(r"(?:[$€£¥￥]\s?\d[\d.,]*|\d[,，]\d{3})$")
"""Nobody raises these to a power."""
_TERM = re.compile(r"[(（][^()（）]*[-+−*/=×·^][^()（）]*[)）]$")
_LATIN_LENGTH = re.compile("(?<![A-Za-z])(?:[kcdmnµμ]?m|ft|in|yd|mi|s)$")
_HAN_LENGTH = re.compile("(?<![方][公英])(?<!方)[米里]$")
"""What has a square and a cube, unless it is one already."""
_HIGH = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")


_SIGNS = re.compile("[⁰¹²³⁴-⁹⁺⁻⁼⁽⁾ⁿ]+")
_LOW = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", "0123456789+-=()n")
_CIRCLED = re.compile(r"(?<=\d)[①-⑳㉑-㉟㊱-㊿❶-❿]")
"""Right behind a number it is the mark of a note: one who reads it as a digit has another number."""


def unraised(text: str) -> str:
    """Text whose author typed raised digits as signs of their own, with them on the line as those that a format raises."""
    if not _SIGNS.search(text):
        return _CIRCLED.sub("", text)
    return settled(_SIGNS.sub(lambda found: f"{UP}{found[0].translate(_LOW)}{END}", _CIRCLED.sub("", text)))


def settled(text: str) -> str:
    """The text with every raised or lowered stretch written on the line: marks of notes go, a power is "10^6", an index "CO2"."""
    if UP not in text and DOWN not in text:
        return text
    text = _FRACTION.sub(lambda found: f"{UP}\t{found[1].strip()}/{found[2].strip()}{END}", text)
    opening = {int(found[1]) for found in _OPENS.finditer(text)}
    text = _OPENS.sub(lambda found: re.sub(f"[\\[(（〔【［]?{UP}.*", "", found[0]), text)
    notes = opening | _listed(text)
    parts: list[str] = []
    at = 0
    for found in _RUN.finditer(text):
        parts.append(text[at : found.start()])
        before = _tail(parts)
        after = _STRAY.sub("", text[found.end() : found.end() + 4])
        at = found.end()
        if (
            found[1] == UP
            and before.endswith(("[", "［"))
            and after.startswith(("]", "］"))
            and _NUMBERS.fullmatch(found[2])
        ):
            parts[-1], at = parts[-1][:-1], at + 1
            continue
        parts.append((_raised if found[1] == UP else _lowered)(found[2].strip(" "), before, after, notes))
    return _STRAY.sub("", "".join([*parts, text[at:]]))


def _tail(parts: list[str]) -> str:
    """The last characters of what is written so far."""
    tail = ""
    for part in reversed(parts):
        tail = part + tail
        if len(tail) > 40:
            break
    return tail[-60:].rpartition("\n")[2]


def _listed(text: str) -> set[int]:
    """The numbers of notes that stand in rows of their own behind the last mark, counted from the first mark's number on."""
    last = text.rfind(UP)
    found = {
        int(next(filter(None, row.groups()))) for row in _LISTED.finditer(text, text.find("\n", last) + 1 or len(text))
    }
    raised = {int(run[2]) for run in _RUN.finditer(text) if run[1] == UP and run[2].isdecimal() and len(run[2]) < 4}
    return found & raised if 1 in found & raised else set()


def _raised(said: str, before: str, after: str, notes: set[int]) -> str:
    if said.startswith("\t"):
        return (" " if before[-1:].isdigit() else "") + said[1:]
    if not said or _MARK.fullmatch(said) or _is_note(said, before, after, notes):
        return ""
    if re.fullmatch(r"[^\W\d_]{2,4}|[™®©℠°′″º]", said) or not before.strip():
        return said
    gap = " " if after[:1].isdigit() else ""
    if re.search(r"[^\W\d_]$", before) and re.fullmatch(r"[-−+]?\d+|n", said):
        return said.translate(_HIGH) + gap
    return f"^{_together(said)}{gap}"


def _is_note(said: str, before: str, after: str, notes: set[int]) -> bool:
    if not _NUMBERS.fullmatch(said) or re.search(r"[×x*·∙]\s?10$", before):
        return False
    if said in ("2", "3") and _LATIN_LENGTH.search(before):
        return False
    known = {int(number) for number in re.findall(r"\d+", said)} <= notes
    if known or _AMOUNT.search(before) or re.search("[,，、]", said):
        return True
    if (said in ("2", "3") and _HAN_LENGTH.search(before)) or re.match(_ISOTOPE, after):
        return False
    return bool(_BEHIND.search(before)) and not _TERM.search(before)


def _lowered(said: str, before: str, after: str, notes: set[int]) -> str:
    if not said:
        return ""
    if said.isdigit() and not before[-1:].isdigit() and not after[:1].isdigit():
        return said
    gap = " " if after[:1].isdigit() else ""
    return f"_{_together(said)}{gap}"


def _together(said: str) -> str:
    """In brackets, unless it is one number or one word."""
    return said if re.fullmatch(r"[-−+]?\d+(?:[.,]\d+)*|\w+", said) else f"({said})"
