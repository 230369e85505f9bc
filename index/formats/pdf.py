"""PDF: the glyphs of each page through PDFium, laid out as headings, paragraphs, lists and tables, with their pages."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from index.formats import recognition, text
from index.formats.document import CHARACTERS, PAGES, Document, ReadError, known_date, known_title
from index.formats.layout import Glyph, Page, items_of, unstruck
from index.formats.paragraphs import body_size, marked
from index.formats.ruling import Edge, grids

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray

_GLYPHS = 200_000  # of one page; a newspaper page has 30,000
_EDGES = 20_000
_CURE = "run text recognition on it, for example ocrmypdf IN.pdf OUT.pdf, and index what that makes"


def read(data: bytes, path: str, alive: Callable[[], None] = lambda: None) -> Document:
    """The text layer, and what is recognised on pages that are pictures; ``alive`` is told before each of these.

    Raises ReadError where the file is damaged, protected, too long, or where no page has any text.
    """
    import pypdfium2

    try:
        file = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        told = str(error).lower()
        if "password" in told or "security" in told:
            raise ReadError(f"{path} is protected by a password: save it without one and try again") from error
        raise ReadError(f"{path} is damaged ({error}): copy or download it again") from error
    with file:
        if len(file) > PAGES:
            raise ReadError(f"{path} has {len(file):,} pages, at most {PAGES:,}: split it")
        pages = list(_pages(file, path))
        about = file.get_metadata_dict()
        pages, note = _recognised(file, path, pages, alive)
    if not any(page.items for page in pages):
        raise ReadError(note or f"{path} has no text: {_CURE}")
    shown, starts = text.paged(marked(pages))
    title, date = known_title(about.get("Title", "")), known_date(about.get("CreationDate", ""))
    return Document(path, shown, title, date, pages=starts or (0,), note=note)


def _recognised(
    file: pypdfium2.PdfDocument, path: str, pages: list[Page], alive: Callable[[], None]
) -> tuple[list[Page], str]:
    """The pages with what is recognised on those that are pictures, and what a reader should know of these."""
    scanned = [page.number for page in pages if page.pictured and not page.items]
    written = [page for page in pages if page.items]
    if not scanned:
        return pages, ""
    if not recognition.installed():
        cure = f"{recognition.INSTALL} and index it again; or {_CURE}"
        if not written:
            return pages, f"{path} has no text but pictures of pages (scanned): {cure}"
        return pages, f"{path}: no text on page {_ranges(scanned)} (scanned?): take it out of the library, {cure}"
    found = recognition.recognise(scanned, partial(_picture, file), alive, size=body_size(written) if written else 0.0)
    pages = [replace(page, items=[*found.lines.get(page.number, page.items)]) for page in pages]
    return pages, f"{path}: " + "; ".join(_told(found))


def _told(found: recognition.Recognition) -> Iterator[str]:
    """What became of the pages that are pictures, and what to do."""
    read, blank = ([number for number, lines in found.lines.items() if bool(lines) is some] for some in (True, False))
    if read:
        yield f"the text of page {_ranges(read)} was recognised (OCR): check quotes against the page"
    if blank:
        yield f"no text was recognised on page {_ranges(blank)}: if it has any, scan it anew, larger and straight"
    if found.left:
        yield f"page {_ranges(found.left)} could not be recognised in time, or not at all: split the file, or {_CURE}"


def _picture(file: pypdfium2.PdfDocument, number: int) -> tuple[NDArray[np.uint8], float]:
    """A page as it is printed, in blue, green and red by row and column, and its pixels a point. Raises PdfiumError."""
    page = file[number - 1]
    scale = recognition.scale(*page.get_size())
    bitmap = page.render(scale=scale)
    image: NDArray[np.uint8] = bitmap.to_numpy().copy()
    bitmap.close()
    page.close()
    return image, scale


def _pages(file: pypdfium2.PdfDocument, path: str) -> Iterator[Page]:
    """Every page laid out as lines and tables."""
    import pypdfium2

    total = 0
    for number in range(len(file)):
        try:
            page = file[number]
            glyphs = list(_glyphs(page))
            edges, pictured = _drawn(page)
            width, height = page.get_size()
            page.close()
        except pypdfium2.PdfiumError as error:
            if number == 0 and len(file) == 1:
                raise ReadError(f"{path} is damaged ({error}): copy or download it again") from error
            yield Page(number + 1, 1.0, [], pictured=True)
            continue
        total += len(glyphs)
        if total > CHARACTERS:
            raise ReadError(f"{path} holds more than {CHARACTERS:,} characters: split it")
        items = items_of(unstruck(glyphs, edges), grids(edges, width, height))
        yield Page(number + 1, height, items, pictured)


def _glyphs(page: pypdfium2.PdfPage) -> Iterator[Glyph]:
    """The characters of a page in its own order, PDFium's blanks and line ends between them."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    here = textpage.raw
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    at, through = ctypes.byref(box), ctypes.byref(matrix)
    high, told, scale = (
        0,
        -1.0,
        1.0,
    )  # first half of a character beyond the first 65,536; the last size and what scales it
    for index in range(min(textpage.count_chars(), _GLYPHS)):
        code = raw.FPDFText_GetUnicode(here, index)
        made = raw.FPDFText_IsGenerated(here, index) == 1
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        raw.FPDFText_GetLooseCharBox(here, index, at)
        size = raw.FPDFText_GetFontSize(here, index)
        if code in (10, 13):
            told = -1.0
        elif not made and size != told and raw.FPDFText_GetMatrix(here, index, through):
            told, scale = size, (matrix.c**2 + matrix.d**2) ** 0.5
        yield Glyph(chr(code), box.left, box.bottom, box.right, box.top, size * scale, made)
    textpage.close()


def _drawn(page: pypdfium2.PdfPage) -> tuple[list[Edge], bool]:
    """The straight edges that are drawn on a page, and whether it shows a picture."""
    from pypdfium2 import raw

    edges: list[Edge] = []
    pictured = False
    for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        if drawn.type == raw.FPDF_PAGEOBJ_IMAGE:
            pictured = True
        elif drawn.type == raw.FPDF_PAGEOBJ_PATH and len(edges) < _EDGES:
            edges += _edges(drawn)
    return edges, pictured


def _edges(path: Any) -> Iterator[Edge]:
    """The level and upright lines of one drawn path, in the page's coordinates."""
    from pypdfium2 import raw

    matrix = path.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    last = first = None
    for index in range(min(raw.FPDFPath_CountSegments(path), 2000)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = matrix.on_point(x.value, y.value)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            first = point
        elif last is not None:
            yield Edge(*last, *point)
        last = point
        if raw.FPDFPathSegment_GetClose(segment) and first is not None and last is not None:
            yield Edge(*last, *first)


def _ranges(numbers: list[int]) -> str:
    """[1, 2, 3, 7] -> "1-3, 7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
