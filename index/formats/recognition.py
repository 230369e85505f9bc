"""Text recognition: pictures of pages -> lines in reading order, through RapidOCR where it is installed (the extra "ocr")."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from itertools import groupby
from math import sqrt
from pathlib import Path
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING, Any

from index import lines as shape
from index.formats import text
from index.formats.layout import Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INSTALL = 'pip install "yinju[ocr]"'
SECONDS = 1800.0
"""For one document, whatever its pages: some 350 of 5 seconds each; what is left then is reported."""
DETAIL = 200 / 72  # pixels a point; at 150 dots an inch small print loses characters
LARGEST_SIDE = 4000  # pixels
_MOST = 8_000_000  # pixels of a page: A3; lines are looked for in fewer
_SEARCHED = (
    1600  # pixels of the longer side in which lines are looked for: 1.3 s and 0.6 GB a page, 3.9 s and 1 GB at 2,339
)
_THINNEST = 16  # pixels of the shorter side; below there is no line to find
_HEIGHT = 1.2  # em that the box of a line is high
_MEASURED = (
    6.0  # em from which the width of a line tells its size; of shorter ones the room around the letters counts too much
)
_WIDER, _HIGHER, _NARROWER = 1.18, 1.15, 0.88  # a heading against the usual width of a letter and height; a note
_NOTE_MARK = re.compile(r"(?<=[。！？；：，、.!?;:,”’)）》」』])[¹²³⁰⁴-⁹]+")
_GAP = 1.0  # em between two pieces of a row that make them cells; over less a line is found whole
_STILL = 4.0  # points between two pages within which a running line stands at the same place


@dataclass(frozen=True, slots=True)
class Recognition:
    """Lines by page number, none where a picture has no text; ``left`` are the pages that were not recognised."""

    lines: dict[int, list[Line]] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)


def installed() -> bool:
    """True if the extra is there; nothing of it is imported."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def scale(width: float, height: float) -> float:
    """Pixels a point at which a page of so many points is drawn, bounded whatever size the page claims."""
    return min(DETAIL, LARGEST_SIDE / max(width, height, 1.0), sqrt(_MOST / max(width * height, 1.0)))


def recognise(
    numbers: Sequence[int],
    picture: Callable[[int], tuple[NDArray[np.uint8], float]],
    alive: Callable[[], None],
    *,
    size: float = 0.0,
    seconds: float = SECONDS,
) -> Recognition:
    """The pages with these numbers; ``picture`` draws one (rows, columns, blue green red) and says its pixels a point.

    ``alive`` is told before each page, ``size`` is that of the document's other text in points, where it has any. A page
    over which the recogniser fails is left, as are all when ``seconds`` have passed.
    """
    found = Recognition()
    until = monotonic() + seconds
    try:
        engine = _engine()
    except Exception:  # noqa: BLE001 however an installation is broken, what needs none can be read
        return Recognition(left=list(numbers))
    for number in numbers:
        if monotonic() > until:
            found.left.append(number)
            continue
        alive()
        try:
            found.lines[number] = list(_boxes(engine, *picture(number)))
        except Exception:  # noqa: BLE001 whatever a library raises over one page, the others can be read
            found.left.append(number)
    sized = _sized([line for lines in found.lines.values() for line in lines], size)
    for number, lines in found.lines.items():
        found.lines[number] = list(ordered([sized[line] for line in lines]))
    return found


def _engine() -> Any:
    """RapidOCR with the models of its own wheel, found by name: so its code that downloads others is never reached.

    One thread: two took 7.5 s a page instead of 4.5 beside other work, as they wait for each other by spinning.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = (
        "1"  # what pyproject.toml asks for has none; later ones send, unless told not to
    )
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread takes address space, which is bounded
    import cv2
    import onnxruntime
    import rapidocr

    onnxruntime.disable_telemetry_events()
    cv2.setNumThreads(1)
    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.use_preprocess_img": False,  # it would blow up a page that is one pixel high
            "Global.use_vertical_padding": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": _SEARCHED,
            "Det.model_path": str(next(models.glob("*_det_*.onnx"))),
            "Rec.model_path": str(next(models.glob("*_rec_*.onnx"))),
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _boxes(engine: Any, image: NDArray[np.uint8], detail: float) -> Iterator[Line]:
    """What is recognised, in points; the size of each is the height of its box until all pages are known."""
    if min(image.shape[:2]) < _THINNEST:
        return
    found = engine(image)
    for box, words in zip(() if found.boxes is None else found.boxes, found.txts or (), strict=True):
        said = _NOTE_MARK.sub("", text.visible(words).strip())
        said = re.sub(r"(?<=[A-Za-z])-$", text.HYPHEN, said)
        if not said.strip(text.HYPHEN):
            continue
        corners = [(float(x) / detail, (image.shape[0] - float(y)) / detail) for x, y in box]
        (_, y0), (_, y1), (_, y2), (_, y3) = corners
        middle, high = (y0 + y1 + y2 + y3) / 4, (abs(y0 - y3) + abs(y1 - y2)) / 2
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        yield Line(said, left, middle - high / 2, right, middle + high / 2, max(high, 0.1))


def _sized(lines: Sequence[Line], size: float) -> dict[Line, Line]:
    """Lines with the size of their letters in place of the height of their boxes, and running ones at one place.

    Heights alone tell Han from Latin and short lines from long ones; widths tell sizes, each script against its own.
    """
    if not lines:
        return {}
    usual = {}
    for wide in (True, False):
        like = [line for line in lines if _measured(line) and _wide(line) is wide] or [*lines]
        usual[wide] = median(map(_width, like)), median(line.size for line in like)
    body = size or median(high for _, high in usual.values()) / _HEIGHT
    places: dict[str, float] = {}
    sized = {}
    for line in lines:
        times = 1.0
        if _measured(line):
            width, height = usual[_wide(line)]
            ratio = _width(line) / width
            if ratio >= _WIDER and line.size >= _HIGHER * height:
                times = round(4 * ratio) / 4
            elif ratio < _NARROWER and line.size <= height:
                times = 0.8
        place = places.setdefault(re.sub(r"\d+", "#", line.text), line.y0)
        y0 = place if abs(place - line.y0) < _STILL else line.y0
        sized[line] = replace(line, y0=y0, size=body * times)
    return sized


def _width(line: Line) -> float:
    """Points that an em of a line takes, a letter as half of one."""
    return 2 * (line.x1 - line.x0) / max(1, shape.columns(line.text))


def _measured(line: Line) -> bool:
    return shape.columns(line.text) >= 2 * _MEASURED


def _wide(line: Line) -> bool:
    """True if most of a line is Han."""
    return shape.columns(line.text) > 1.5 * len(line.text)


# Reading order


def ordered(lines: Sequence[Line]) -> Iterator[Line]:
    """Pieces of lines -> lines as they are read: columns one after the other between the lines that cross their gutter."""
    gutter = _gutter(lines)
    if gutter is None:
        yield from _rows(lines)
        return

    def crosses(line: Line) -> bool:
        return line.x0 < gutter < line.x1

    for across, group in groupby(sorted(lines, key=_middle, reverse=True), crosses):
        band = list(group)
        if across:
            yield from _rows(band)
        else:
            yield from ordered([line for line in band if line.x1 <= gutter])
            yield from ordered([line for line in band if line.x0 >= gutter])


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where the room between two columns ends: the fewest lines cross it, of those beside it three and more are long, and they stand level."""
    if len(lines) < 6:
        return None
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    tried: list[tuple[int, float]] = []
    for at in sorted({line.x0 for line in lines}):
        left, right = [line for line in lines if line.x1 <= at], [line for line in lines if line.x0 >= at]
        if min(len(left), len(right)) < 3:
            continue
        if all(3 <= sum(line.x1 - line.x0 > 0.2 * width for line in side) >= len(side) / 3 for side in (left, right)):
            tried.append((len(lines) - len(left) - len(right), at))
    if not tried:
        return None
    crossing, at = min(tried)
    left, right = [line for line in lines if line.x1 <= at], [line for line in lines if line.x0 >= at]
    level = sum(any(abs(_middle(one) - _middle(other)) < one.size for other in right) for one in left)
    return at if 2 * crossing < len(lines) and 2 * level >= min(len(left), len(right)) else None


def _middle(line: Line) -> float:
    return (line.y0 + line.y1) / 2


def _rows(pieces: Iterable[Line]) -> Iterator[Line]:
    """Pieces that stand level are one line, a tab between them where there is room for a column."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=_middle, reverse=True):
        if rows and abs(_middle(rows[-1][0]) - _middle(piece)) < 0.5 * min(rows[-1][0].size, piece.size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda piece: piece.x0)
        said = row[0].text
        for before, after in zip(row, row[1:], strict=False):
            wide = after.x0 - before.x1 > _GAP * before.size
            said = f"{said}\t{after.text}" if wide else text.join([said, after.text])
        low, high = min(piece.y0 for piece in row), max(piece.y1 for piece in row)
        yield Line(said, row[0].x0, low, max(piece.x1 for piece in row), high, row[0].size)
