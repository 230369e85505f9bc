"""How Chinese characters sound, and which names in letters (Zhu Zongyao) spell which of them."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

TONES = frozenset("\u0304\u0301\u030c\u0300")
"""Marks of the four tones over a vowel."""

LONGEST = 6
"""Letters of a syllable: zhuang."""

_SHAPED = re.compile(
    r"(?:(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:i?a(?:ng?|o)|u?a(?:ng?|i)|[iu]?a|ei|eng?|er|[iu]?e|ing?|i?ong|iu|o?u|u[in]|uo|[iuo])(?![aeo])){1,4}"
)
"""What Chinese names in letters look like: most words need no look into the table, which takes .2 s to read."""

_LATIN = re.compile(r"[a-z]*[aeiou][a-z]*")
_WORD = re.compile(r"[a-z]+")


@cache
def sound(character: str) -> str:
    """The usual sound of a character, without its tone; of one that is not in the table itself."""
    return _toneless(_table().get(str(ord(character)), character).split(",")[0])


def spellings(name: str) -> list[str]:
    """A name of two to four characters as it is written in letters, the family's apart or all as one: 朱宗尧 as zhu zongyao."""
    sounds = [_plain(sound(character)) for character in name]
    if not 2 <= len(sounds) <= 4 or not all(map(_LATIN.fullmatch, sounds)):
        return []
    return [f"{sounds[0]} {''.join(sounds[1:])}", "".join(sounds)]


def pairs(name: str) -> list[list[str]]:
    """Of each two neighbouring syllables of a name in letters all pairs of characters that sound so; none where it is no name of two to
    four syllables."""
    words = _WORD.findall(name.lower())
    if not all(map(_SHAPED.fullmatch, words)):
        return []
    spoken = _spoken()
    syllables = [one for word in words for one in _syllables(word) or (word,)]
    if not 2 <= len(syllables) <= 4 or not all(one in spoken for one in syllables):
        return []
    neighbours = zip(syllables, syllables[1:], strict=False)
    return [["".join(pair) for pair in product(spoken[one], spoken[other])] for one, other in neighbours]


def _syllables(word: str) -> tuple[str, ...]:
    """The fewest syllables that a word is made of, () where it is of none. None but the first begins with a vowel: an apostrophe would
    stand before it."""
    best: list[tuple[str, ...] | None] = [()]
    for end in range(1, len(word) + 1):
        ways = [
            (*held, word[begin:end])
            for begin in range(max(0, end - LONGEST), end)
            if (held := best[begin]) is not None
            and word[begin:end] in _spoken()
            and not (begin and word[begin] in "aeo")
        ]
        best.append(min(ways, key=len, default=None))
    return best[-1] or ()


@cache
def _spoken() -> dict[str, list[str]]:
    """The characters in common use (those of GB 2312) by each of their sounds, as it is written in letters."""
    found: dict[str, list[str]] = {}
    for number, said in _table().items():
        character = chr(int(number))
        try:
            character.encode("gb2312")
        except UnicodeEncodeError:
            continue
        for one in dict.fromkeys(_plain(_toneless(way)) for way in said.split(",")):
            if _LATIN.fullmatch(one):
                found.setdefault(one, []).append(character)
    return found


def _toneless(said: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFD", said) if mark not in TONES)


def _plain(said: str) -> str:
    """Without the dots of ü, as names are written."""
    return unicodedata.normalize("NFD", said).replace("\u0308", "")


@cache
def _table() -> dict[str, str]:
    """Sounds by the number of a character, pypinyin's own table: the package itself would load 40 MB of phrases beside it."""
    spec = find_spec("pypinyin")
    assert spec  # noqa: S101 - Yinju is installed with it
    file = Path(spec.origin or "").with_name("pinyin_dict.json")
    table: dict[str, str] = json.loads(file.read_text("utf-8"))
    return table
