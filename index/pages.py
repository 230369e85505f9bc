"""On which pages of its file an article lies: offsets of page starts, carried from the file's text to the article's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_REACH = 100_000  # letters ahead within which a row of an article is looked for: what was left out before it is less
_SHORT = 8  # letters of a row that may stand anywhere, so that it counts only where it is expected
_NEAR = 60


def carried(text: str, starts: Sequence[int], articles: Iterable[tuple[str, str]]) -> Iterator[tuple[int, ...]]:
    """For each (title, text) of the articles made of ``text``, in their order, the offsets at which pages 1, 2, 3... begin.

    Page n of an article whose pages are p is the stretch from p[n - 1] to p[n]; those before its first have no length.
    Only letters and digits are compared, so that cleaning, joined lines and removed rows do not matter.
    """
    letters = _letters(text)
    begins = [0]
    for start, end in zip(starts, starts[1:], strict=False):
        begins.append(begins[-1] + len(_letters(text[start:end])))
    cursor = 0
    for title, body in articles:
        offsets: list[int] = []
        at = _find(letters, _letters(title), cursor)
        cursor = at + len(_letters(title)) if at >= 0 else cursor
        offset = 0
        for row in body.split("\n"):
            shown = _letters(row)
            at = _find(letters, shown, cursor)
            if at >= 0:
                cursor = at + len(shown)
                while len(offsets) < len(begins) and begins[len(offsets)] < cursor:
                    inside = begins[len(offsets)] - at
                    offsets.append(offset + _place(row, inside) if inside > 0 or offsets else 0)
            offset += len(row) + 1
        yield tuple(offsets)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _find(letters: str, row: str, cursor: int) -> int:
    """Where a row stands at or after the cursor, -1 where it does not or nobody can tell."""
    if not row:
        return -1
    return letters.find(row, cursor, cursor + len(row) + (_NEAR if len(row) < _SHORT else _REACH))


def _place(row: str, count: int) -> int:
    """The index in a row of the letter that has ``count`` letters before it; 0 where the page begins before the row."""
    if count <= 0:
        return 0
    for index, character in enumerate(row):
        count -= character.isalnum()
        if count < 0:
            return index
    return len(row)
