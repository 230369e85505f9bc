"""A known document as the bytes of a file: by Python's libraries alone, or by LibreOffice and Chromium where they are."""

from __future__ import annotations

import csv
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from bench.known import pages
from bench.known.texts import Heading, Known, Listing, Paragraph, Table

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def tables(known: Known) -> list[Table]:
    """The tables of a document."""
    return [block for block in known.blocks if isinstance(block, Table)]


def text_csv(known: Known) -> bytes:
    """The last table, which is the longest, as comma separated values."""
    out = StringIO()
    csv.writer(out).writerows(tables(known)[-1].rows)
    return out.getvalue().encode("utf-8-sig")


def docx(known: Known) -> bytes:
    """The document through python-docx, notes as paragraphs at its end."""
    from docx import Document

    file = Document()
    file.core_properties.title = known.title
    file.core_properties.created = datetime.fromisoformat(known.date)
    for block in known.blocks:
        if isinstance(block, Heading):
            file.add_heading(block.text, block.level)
        elif isinstance(block, Paragraph):
            file.add_paragraph(block.text)
        elif isinstance(block, Listing):
            for item in block.items:
                file.add_paragraph(item, style="List Number" if block.ordered else "List Bullet")
        elif isinstance(block, Table):
            table = file.add_table(len(block.rows), len(block.rows[0]))
            for row, cells in zip(table.rows, block.rows, strict=True):
                for cell, words in zip(row.cells, cells, strict=True):
                    cell.text = words
        else:
            file.add_page_break()  # type: ignore[no-untyped-call]
    for note in known.notes:
        file.add_paragraph(note)
    return _saved(file)


def xlsx(known: Known) -> bytes:
    """The tables through openpyxl, a sheet each."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for number, table in enumerate(tables(known), 1):
        sheet = book.create_sheet(f"表{number}")
        for row in table.rows:
            sheet.append(row)
    return _saved(book)


def _saved(file: Any) -> bytes:
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def epub(known: Known) -> bytes:
    """The document as a book: a chapter for each heading of level 2."""
    chapters: list[Known] = []
    starts = [n for n, block in enumerate(known.blocks) if isinstance(block, Heading) and block.level < 3]
    for start, end in zip(starts, [*starts[1:], len(known.blocks)], strict=True):
        chapters.append(Known(known.name, known.title, known.date, known.source, known.blocks[start:end]))
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(known.title)}</dc:title><dc:date>{known.date}</dc:date>'
        f'<dc:publisher>{escape(known.source)}</dc:publisher><dc:identifier id="i">x</dc:identifier></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OEBPS/book.opf": package}
    files |= {f"OEBPS/c {n}.xhtml": pages.html(chapter) for n, chapter in enumerate(chapters)}
    return zipped({name: content.encode() for name, content in files.items()})


def zipped(files: dict[str, bytes]) -> bytes:
    """Files in an archive."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def letter(known: Known, attached: dict[str, bytes] | None = None) -> bytes:
    """The document as a letter in HTML, perhaps with files attached to it."""
    message = EmailMessage()
    message["Subject"], message["From"] = known.title, f"{known.source} <news@example.org>"
    message["Date"] = datetime.fromisoformat(f"{known.date}T08:00:00+00:00")
    message.set_content(pages.html(known), subtype="html")
    for name, content in (attached or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def draws_chinese() -> bool:
    """True if a font with Chinese characters is installed, as fontconfig tells. Without one Chromium prints boxes, and
    the PDF holds other characters than the page: no reader could tell what they were."""
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def browser() -> str | None:
    """Where Chromium is, if it is."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@cache
def lacking() -> str:
    """What a page needs that is not here, with its cure; "" where Chromium can be driven."""
    if browser() is None:
        return f"no browser found ({', '.join(BROWSERS)}): install chromium"
    from playwright._impl._driver import compute_driver_executable

    driver = subprocess.run([compute_driver_executable()[0], "--version"], capture_output=True, text=True, check=False)
    return f"Playwright does not start, install libatomic1: {driver.stderr.strip()}" if driver.returncode else ""


def printed(documents: Sequence[Known], folder: Path) -> Iterator[Path]:
    """PDF and MHTML of each document by Chromium, running header and footer on every page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=list(FLAGS))
        page = chromium.new_page()
        for known in documents:
            page.set_content(pages.html(known))
            small = "<div style='font-size:8pt;margin-left:2cm'>{}</div>"
            page.pdf(
                path=str(folder / f"{known.name}.chromium.pdf"),
                format="A4",
                display_header_footer=True,
                header_template=small.format(known.header),
                footer_template=small.format(f"{known.footer} <span class=pageNumber></span>"),
                margin={"top": "2.4cm", "bottom": "2.4cm", "left": "2cm", "right": "2cm"},
            )
            yield folder / f"{known.name}.chromium.pdf"
            source = folder / f"{known.name}.page.html"
            source.write_text(pages.html(known, furniture=True), "utf-8")
            page.goto(source.as_uri())
            saved = page.context.new_cdp_session(page).send("Page.captureSnapshot", {"format": "mhtml"})["data"]
            (folder / f"{known.name}.mhtml").write_text(saved, "utf-8", newline="")
            yield folder / f"{known.name}.mhtml"
        chromium.close()


def converted(documents: Sequence[Known], folder: Path) -> Iterator[Path]:
    """Word, PDF and Excel files of each document by LibreOffice."""
    if not (shutil.which("soffice") or shutil.which("libreoffice")):
        return
    sources = folder / "odf"
    sources.mkdir(exist_ok=True)
    for known in documents:
        (sources / f"{known.name}.office.fodt").write_text(pages.flat_odt(known), "utf-8")
        (sources / f"{known.name}.sheets.fods").write_text(pages.flat_ods(known), "utf-8")
    for suffix, kind in (("docx", "fodt"), ("pdf", "fodt"), ("xlsx", "fods")):
        convert(sorted(sources.glob(f"*.{kind}")), suffix, folder)
        yield from sorted(folder.glob(f"*.{'office' if kind == 'fodt' else 'sheets'}.{suffix}"))


def convert(paths: Sequence[Path], suffix: str, folder: Path) -> None:
    """Files as LibreOffice saves them with another ending. Raises FileNotFoundError where it is not installed."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise FileNotFoundError("LibreOffice is not installed: apt-get install libreoffice-writer-nogui")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, "--headless", profile, "--convert-to", suffix, "--outdir", str(folder)]
    subprocess.run([*command, *map(str, paths)], check=True, capture_output=True, timeout=300)


def written(documents: Sequence[Known], folder: Path) -> Iterator[Path]:
    """What Python alone writes of each document: .txt, .md, .html, .epub, .eml, .csv, .docx, .xlsx."""
    for known in documents:
        contents = {
            "txt": pages.plain(known).encode(),
            "md": pages.markdown(known).encode(),
            "html": pages.html(known, furniture=True).encode(),
            "epub": epub(known),
            "eml": letter(known),
            "csv": text_csv(known),
            "docx": docx(known),
            "xlsx": xlsx(known),
        }
        for suffix, content in contents.items():
            path = folder / f"{known.name}.{suffix}"
            path.write_bytes(content)
            yield path
