"""Scanned pages: what is recognised on them, in which order, what the reader is told, and what hostile pages cannot do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from rapidfuzz.distance import LCSseq

from bench.mutated import pdf
from index.formats import recognition
from index.formats.document import Document
from index.formats.layout import Line
from index.formats.opening import Opening
from index.readers import Reader, ReadError

if TYPE_CHECKING:
    from PIL import Image

CHINESE = [
    "港口管理处周二公布了新码头的扩建计划。",
    "工程分两期进行，第一期疏浚航道，水深从9米增至12米，",
    "预计2026年10月完工；第二期修建400米岸线和两座仓库。",
    "施工期间轮渡照常开行，只有夜间十一时以后停航。",
]
ENGLISH = [
    "Residents nearby fear the noise of the piles that are dri-",
    "ven all day. The office has promised to stop at nine every",
    "evening and to put up screens of 3.5 metres along the shore.",
]
HEADING = "Noise on the shore"
FONTS = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc")
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", str(Path.home() / ".fonts"))
needs_ocr = pytest.mark.skipif(not recognition.installed(), reason=f"needs the extra: {recognition.INSTALL}")


@pytest.fixture(scope="module")
def font() -> str:
    """A font with Chinese characters."""
    for folder in FOLDERS:
        for name in FONTS:
            for path in Path(folder).rglob(name):
                return str(path)
    pytest.skip(f"needs a font with Chinese characters, one of {', '.join(FONTS)}")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as opened:
        yield opened


def drawn(font: str, lines: Sequence[str], *, heading: str = "") -> Image.Image:
    """A small page with a heading of 18 points and lines of 11 from its upper left, scanned at 200 dots an inch."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (round(420 * recognition.DETAIL), round(300 * recognition.DETAIL)), 255)
    for row, line in enumerate([heading, "", *lines] if heading else lines):
        letters = ImageFont.truetype(font, round((18 if line == heading else 11) * recognition.DETAIL))
        at = (36 * recognition.DETAIL, (36 + 18 * row) * recognition.DETAIL)
        ImageDraw.Draw(image).text(at, line, font=letters, fill=0)
    return image


def scanned(pages: Sequence[Image.Image]) -> bytes:
    """A PDF of pictures alone."""
    out = BytesIO()
    pages[0].save(out, "PDF", resolution=200, save_all=True, append_images=pages[1:])
    return out.getvalue()


def written(folder: Path, data: bytes) -> Path:
    path = folder / "scan.pdf"
    path.write_bytes(data)
    return path


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


@needs_ocr
def test_scanned_pages_are_read_page_by_page_with_a_note(font: str, reader: Reader, tmp_path: Path) -> None:
    path = written(tmp_path, scanned([drawn(font, CHINESE), drawn(font, []), drawn(font, ENGLISH, heading=HEADING)]))
    reading = reader.read(path)
    (document,) = reading.documents
    assert len(document.pages) == 3
    parts = [document.text[start:end] for start, end in pairwise([*document.pages, len(document.text)])]
    whole = "#" + HEADING + "".join(ENGLISH).replace("dri-ven", "driven")
    for part, truth in zip(parts, ("".join(CHINESE), "", whole), strict=True):
        assert LCSseq.similarity(letters(part), letters(truth)) >= 0.95 * len(letters(truth))
        assert len(letters(part)) <= 1.05 * len(letters(truth))
    heading, paragraph = [line for line in parts[2].split("\n") if line]
    assert heading == f"# {HEADING}"
    assert "driven all day" in paragraph
    assert reading.problems == (
        f"{path}: the text of page 1, 3 was recognised (OCR): check quotes against the page; "
        "no text was recognised on page 2: if it has any, scan it anew, larger and straight",
    )


@needs_ocr
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open sockets are listed by Linux alone")
def test_recognising_opens_no_connection_and_writes_nothing(
    font: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    with Reader() as opened:
        assert opened.read(written(tmp_path, scanned([drawn(font, ENGLISH)]))).documents
        process = opened._child._process
        assert process is not None
        held = [os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    assert held
    assert not [name for name in held if name.startswith("socket:")]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["scan.pdf"]


@needs_ocr
def test_the_runtime_has_nothing_built_in_that_tells_its_maker() -> None:
    found = find_spec("onnxruntime")
    assert found is not None
    folder = Path(found.origin or "").parent
    libraries = [
        path for path in folder.rglob("*") if path.suffix in (".so", ".dll", ".dylib", ".pyd") or ".so." in path.name
    ]
    assert libraries
    assert not [path for path in libraries if b"OneCollector" in path.read_bytes()]


WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == "rapidocr" else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
"""


def test_without_the_extra_the_pages_are_named_and_so_is_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    path = written(tmp_path, pdf(["The first page.", SCAN, "The third page.", SCAN]))
    with Reader() as opened:
        reading = opened.read(path)
        (document,) = reading.documents
        assert [document.text[start:][:9] for start in document.pages][2] == "The third"
        assert reading.problems == (
            f"{path}: no text on page 2, 4 (scanned?): take it out of the library, pip install "
            '"yinju[ocr]" and index it again; or run text recognition on it, for example ocrmypdf IN.pdf OUT.pdf, and '
            "index what that makes",
        )
        with pytest.raises(
            ReadError, match=r'pictures of pages \(scanned\): pip install "yinju\[ocr\]" and index it again; or run '
        ):
            opened.read(written(tmp_path, pdf([SCAN])))


# Hostile pages

SCAN = b"q 400 0 0 600 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
"""A picture of one grey pixel."""


@needs_ocr
def test_a_picture_of_one_pixel_has_no_text(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no text was recognised on page 1: if it has any, scan it anew"):
        reader.read(written(tmp_path, pdf([SCAN])))


@needs_ocr
@pytest.mark.parametrize("box", ["0 0 14400 14400", "0 0 14400 1", "0 0 1 14400", "0 0 1 1", "0 0 99 14400"])
def test_whatever_size_a_page_claims_its_picture_is_bounded(box: str, reader: Reader, tmp_path: Path) -> None:
    started = perf_counter()
    data = pdf([SCAN]).replace(b"0 0 595 842", box.encode())
    with pytest.raises(ReadError, match=r"no text was recognised on page 1|page 1 could not be recognised"):
        reader.read(written(tmp_path, data))
    assert perf_counter() - started < 30


@pytest.mark.parametrize(
    ("width", "height"), [(595, 842), (14400, 14400), (14400, 1), (1, 14400), (0, 0), (1e9, 1e-9), (3e38, 3e38)]
)
def test_a_page_is_drawn_in_few_pixels(width: float, height: float) -> None:
    scale = recognition.scale(width, height)
    assert 0 < scale <= recognition.DETAIL
    assert max(width, height) * scale <= recognition.LARGEST_SIDE + 1
    assert width * height * scale**2 <= 8_000_001


@needs_ocr
def test_what_is_left_when_the_time_is_up_is_told(font: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "monotonic", iter([0.0, 1.0, 2000.0, 2001.0]).__next__)
    told: list[tuple[int, str]] = []
    data = scanned([drawn(font, ENGLISH)] + [drawn(font, ENGLISH[:1])] * 2)
    (document,) = Opening(begin=lambda turn, path: told.append((turn, path))).documents(data, "x.pdf")
    assert isinstance(document, Document)
    assert document.note.startswith(
        "x.pdf: the text of page 1 was recognised (OCR): check quotes against the page; "
        "page 2-3 could not be recognised in time, or not at all: split the file, or run text recognition"
    )
    assert told == [(1, "x.pdf")] * 2  # at its beginning, and before the one page: so the time of a page is its own


@needs_ocr
def test_a_page_over_which_the_recogniser_fails_is_left_and_the_others_are_read(font: str) -> None:
    page = drawn(font, ENGLISH[:1])

    def picture(number: int) -> tuple[Any, float]:
        import numpy as np

        if number == 2:
            raise MemoryError
        return np.repeat(np.asarray(page)[..., None], 3, axis=2), recognition.DETAIL

    found = recognition.recognise([1, 2, 3], picture, lambda: None)
    assert found.left == [2]
    assert [len(lines) for lines in found.lines.values()] == [1, 1]


# Reading order


def laid(*pieces: tuple[str, float, float, float]) -> list[str]:
    """Pieces of (text, left, right, middle) -> the lines in order."""
    lines = [Line(text, x0, y - 5, x1, y + 5, 10.0) for text, x0, x1, y in pieces]
    return [line.text for line in recognition.ordered(lines)]


def test_columns_are_read_one_after_the_other_between_the_lines_that_cross_them() -> None:
    rows = [
        (f"{side}{n}", x, x + 180, 600 - 15 * n + (side == "b") * 4)
        for n in range(4)
        for side, x in (("a", 50), ("b", 250))
    ]
    below = [(f"{side}{n}", x, x + 180, 400 - 15 * n) for n in range(3) for side, x in (("c", 50), ("d", 250))]
    title, middle = ("title", 100, 380, 650), ("across", 50, 430, 450)
    found = laid(middle, *rows, title, *below)
    assert found == [
        "title",
        "a0",
        "a1",
        "a2",
        "a3",
        "b0",
        "b1",
        "b2",
        "b3",
        "across",
        "c0",
        "c1",
        "c2",
        "d0",
        "d1",
        "d2",
    ]


def test_pieces_of_one_row_are_one_line_with_a_tab_where_there_is_room() -> None:
    assert laid(("元", 200, 230, 501), ("Depth", 50, 90, 500), ("9 m", 95, 120, 502), ("next", 50, 200, 480)) == [
        "Depth 9 m\t元",
        "next",
    ]


def test_short_lines_at_two_edges_are_no_columns() -> None:
    pieces = [(f"{n}", 50, 430, 600 - 15 * n) for n in range(8)] + [
        (f"right {n}", 350, 430, 400 - 15 * n) for n in range(3)
    ]
    assert laid(*pieces) == [*map(str, range(8)), "right 0", "right 1", "right 2"]
