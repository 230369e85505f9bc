"""How much of a document comes back from each format: characters, headings, tables, page numbers, of texts that are known.

python bench/fidelity.py [--scanned] [--candidates] [--digests FOLDER]: makes the documents with LibreOffice and Chromium where they are installed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from rapidfuzz.distance import LCSseq

from bench.known import files, texts
from bench.known import hard as known_hard
from index import digest
from index.formats.document import Document
from index.readers import Reader

SHEETS = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of one file, 0 to 1: ``extra`` characters were not in the text, ``pages`` is None where there are none."""

    characters: float
    extra: float
    headings: float | None
    tables: float | None
    pages: float | None
    title: bool
    date: bool


def letters(text: str) -> str:
    """What is compared: no blanks, and none of the marks that Markdown adds."""
    return re.sub(r"[\s|#*_\\]+|(?<!\w)-+(?!\w)", "", text)


def score(known: texts.Known, path: Path, document: Document) -> Score:
    """How a document that was read from ``path`` compares with what was written there."""
    sheets = path.suffix in SHEETS
    held = files.tables(known)[-1:] if path.suffix == ".csv" else files.tables(known)
    article = digest.read(document, path=str(path), file_hash="")[0]
    if sheets:
        truth, notes = "\n".join("\n".join(row) for table in held for row in table.rows), []
    else:
        truth, notes = known.text, known.notes
    characters, extra = _characters(truth, notes, document.text)
    flowing = not sheets and path.suffix != ".txt"
    return Score(
        characters,
        extra,
        _headings(known, document.text) if flowing else None,
        _tables(held, document.text),
        _pages(known, path, document) if document.pages else None,
        sheets or letters(article.title) == letters(known.title),
        sheets or path.suffix == ".pdf" or article.date == known.date,  # a PDF has the day on which it was printed
    )


def _characters(truth: str, notes: Sequence[str], got: str) -> tuple[float, float]:
    """Shares of the text that came back in order, and of what came back that is no text; notes may stand on any page."""
    read = letters(re.sub(r"(?m)^---\n(?:[a-z]+: .*\n)+---\n|^\|(?:---\|)+$", "", got))
    main = letters(truth)
    found = 0
    for note in map(letters, notes):
        main = main[: len(main) - len(note)] if main.endswith(note) else main.replace(note, "", 1)
        if note in read:
            read, found = read.replace(note, "", 1), found + len(note)
    whole = len(main) + sum(len(letters(note)) for note in notes)
    same = LCSseq.similarity(main, read)
    return (same + found) / whole, (len(read) - same) / max(1, len(read) + found)


def _headings(known: texts.Known, got: str) -> float:
    """Share of the headings that are headings of their level, those that are none counting against it."""
    wanted = [(block.level, letters(block.text)) for block in known.blocks if isinstance(block, texts.Heading)]
    found = [(len(row[1]), letters(row[2])) for row in re.finditer(r"(?m)^(#{1,6}) (.*)$", got)]
    return sum(heading in found for heading in wanted) / max(len(wanted), len(found))


def _tables(held: Iterable[texts.Table], got: str) -> float:
    """Share of the rows of all tables that stand in the text with their cells apart."""
    rows = {
        tuple(re.sub(r"\s", "", cell) for cell in re.split(r"[|\t]", line.strip().strip("|")))
        for line in got.split("\n")
    }
    wanted = [tuple(re.sub(r"\s", "", cell) for cell in row) for table in held for row in table.rows]
    return sum(row in rows for row in wanted) / max(1, len(wanted))


def _pages(known: texts.Known, path: Path, document: Document) -> float | None:
    """Share of headings and paragraphs whose page is the one on which another reader sees them begin; None of what is no PDF."""
    if path.suffix != ".pdf":
        return None
    pages = [letters(page) for page in _shown_pages(path)]
    ends = [*document.pages[1:], len(document.text)]
    read = [letters(document.text[start:end]) for start, end in zip(document.pages, ends, strict=True)]
    right = []
    for block in known.blocks:
        if isinstance(block, (texts.Heading, texts.Paragraph)):
            begin = letters(block.text)[:24]
            seen = [number for number, page in enumerate(pages) if begin in page]
            if len(seen) == 1:
                right.append(begin in read[seen[0]] if seen[0] < len(read) else False)
    return statistics.mean(right) if right else None


def _shown_pages(path: Path) -> list[str]:
    """The text of each page as poppler's pdftotext gives it; where that is not installed, as the glyphs lie in the file."""
    if shutil.which("pdftotext"):
        shown = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True, timeout=60).stdout
        return shown.decode().split("\f")[:-1]
    import pypdfium2

    with pypdfium2.PdfDocument(path) as file:
        return [page.get_textpage().get_text_range() for page in file]


def made(folder: Path) -> list[tuple[texts.Known, Path]]:
    """Every known document in every format, with the file it is in."""
    known = {document.name: document for document in texts.documents()}
    paths = [*files.written(texts.documents(), folder), *files.converted(texts.documents(), folder)]
    if files.browser():
        paths += files.printed(texts.documents(), folder)
    for name in known:
        inside = {f"资料 {name}/{path.name}": path.read_bytes() for path in paths if path.name == f"{name}.docx"}
        (folder / f"{name}.zip").write_bytes(files.zipped(inside))
        paths.append(folder / f"{name}.zip")
    return [(known[path.name.partition(".")[0]], path) for path in paths]


def scanned(path: Path) -> Path:
    """A PDF of pictures of another one's pages, grey, 200 dots an inch."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as file:
        pictures = [page.render(scale=200 / 72, grayscale=True).to_pil() for page in file]
    made_of = path.with_name(path.name.replace("chromium", "scanned"))
    pictures[0].save(made_of, "PDF", resolution=200, save_all=True, append_images=pictures[1:])
    return made_of


def measured(pairs: Sequence[tuple[texts.Known, Path]]) -> dict[str, list[Score]]:
    """The scores of all files by kind."""
    found: dict[str, list[Score]] = {}
    with Reader() as reader:
        for known, path in pairs:
            kind = path.name.partition(".")[2]
            found.setdefault(kind, []).append(score(known, path, reader.read(path).documents[0]))
    return found


MADE_BY = {"office.docx": "LibreOffice", "office.pdf": "LibreOffice", "sheets.xlsx": "LibreOffice", "chromium.pdf": "Chromium", "scanned.pdf": "Chromium, as pictures", "mhtml": "Chromium"}  # fmt: skip


def table(scores: dict[str, list[Score]]) -> str:
    """The figures in Markdown: the worst file of each kind, then all of them."""
    rows = [
        "| format | made by | files | characters | not in the text | headings | tables | pages | title, date |",
        "|---" * 9 + "|",
    ]
    everything = [one for group in scores.values() for one in group]
    for kind, group in [*sorted(scores.items()), ("all", everything)]:
        cells = [
            f".{kind.rpartition('.')[2]}" if kind != "all" else "all, worst file",
            MADE_BY.get(kind, "Python" if kind != "all" else ""),
            str(len(group)),
            f"{min(one.characters for one in group):.4f}",
            f"{max(one.extra for one in group):.4f}",
            *(_worst([getattr(one, name) for one in group]) for name in ("headings", "tables", "pages")),
            f"{sum(one.title and one.date for one in group)}/{len(group)}",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def hard() -> str:
    """How many of the hard files of each kind give exactly what they show, in Markdown."""
    right: dict[tuple[str, str], list[bool]] = {}
    with tempfile.TemporaryDirectory(prefix="yinju-hard-") as folder, Reader() as reader:
        for case in known_hard.cases():
            path = Path(folder, case.name)
            path.write_bytes(case.data)
            got = re.sub(r"\s", "", reader.read(path).documents[0].text)
            whole = all(words in got for words in case.holds) and not any(words in got for words in case.lacks)
            right.setdefault((case.kind, case.name.rpartition(".")[2]), []).append(whole)
    rows = ["| kind | format | right |", "|---|---|---|"]
    rows += [f"| {kind} | .{suffix} | {sum(held)}/{len(held)} |" for (kind, suffix), held in sorted(right.items())]
    return "\n".join([*rows, f"| all | all | {sum(map(sum, right.values()))}/{sum(map(len, right.values()))} |"])


def _worst(shares: Sequence[float | None]) -> str:
    known = [share for share in shares if share is not None]
    return f"{min(known):.3f}" if known else ""


def candidates(pairs: Sequence[tuple[texts.Known, Path]]) -> str:
    """The same characters through other libraries, those that are installed, as they come."""
    rows = ["| library | files | characters, worst / mean | not in the text, mean | seconds |", "|---" * 5 + "|"]
    for name, (kind, read) in CANDIDATES.items():
        here = [(known, path) for known, path in pairs if path.name.partition(".")[2] == kind]
        started = perf_counter()
        try:
            told = [_characters(known.text, known.notes, read(str(path))) for known, path in here]
        except ImportError:
            continue
        if told:
            back, extra = [one[0] for one in told], statistics.mean(one[1] for one in told)
            rows.append(
                f"| {name} | {kind} | {min(back):.4f} / {statistics.mean(back):.4f} | {extra:.4f} | {perf_counter() - started:.1f} |"
            )
    return "\n".join(rows)


def digests(source: Path, folder: Path) -> str:
    """Plain digests saved as Word files, a paragraph a row, and printed from there: how many of their articles are the same."""
    from docx import Document as WordFile

    wanted: dict[str, set[tuple[str, str]]] = {}
    same = {".docx": 0, ".pdf": 0}
    with Reader() as reader:
        for path in sorted(source.glob("*.txt")):
            (document,) = reader.read(path).documents
            wanted[path.stem] = _articles(document)
            file = WordFile()
            for row in document.text.split("\n"):
                file.add_paragraph(row)
            file.save(str(folder / f"{path.stem}.docx"))
        files.convert(sorted(folder.glob("*.docx")), "pdf", folder)
        for suffix in same:
            for stem, articles in wanted.items():
                (document,) = reader.read(folder / f"{stem}{suffix}").documents
                same[suffix] += len(_articles(document) & articles)
    whole = sum(map(len, wanted.values()))
    return f"{whole} articles of {len(wanted)} digests: {same['.docx']} the same from Word, {same['.pdf']} from PDF"


def _articles(document: Document) -> set[tuple[str, str]]:
    """Title and text, without blanks, of each article."""
    found = digest.read(document, path="", file_hash="")
    return {(article.title, re.sub(r"\s", "", article.text)) for article in found}


def _pypdf(path: str) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def _pdfplumber(path: str) -> str:
    import pdfplumber

    with pdfplumber.open(path) as file:
        return "\n".join(page.extract_text() or "" for page in file.pages)


def _pdfminer(path: str) -> str:
    from pdfminer.high_level import extract_text

    return str(extract_text(path))


def _pypdfium2(path: str) -> str:
    import pypdfium2

    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def _markitdown(path: str) -> str:
    from markitdown import MarkItDown

    return str(MarkItDown().convert(path).text_content)


def _mammoth(path: str) -> str:
    import mammoth

    with open(path, "rb") as file:
        return str(mammoth.extract_raw_text(file).value)


def _python_docx(path: str) -> str:
    import docx

    blocks = docx.Document(path).iter_inner_content()
    return "\n".join(
        "\n".join(c.text for r in b.rows for c in r.cells) if hasattr(b, "rows") else b.text for b in blocks
    )


def _docx2python(path: str) -> str:
    from docx2python import docx2python

    with docx2python(path) as file:
        return str(file.text)


def _trafilatura(path: str) -> str:
    import trafilatura

    return trafilatura.extract(Path(path).read_text("utf-8"), include_tables=True, favor_recall=True) or ""


def _beautifulsoup(path: str) -> str:
    from bs4 import BeautifulSoup

    return str(BeautifulSoup(Path(path).read_text("utf-8"), "html.parser").get_text("\n"))


CANDIDATES: dict[str, tuple[str, Callable[[str], str]]] = {
    f"{read.__name__.strip('_')} ({kind})": (kind, read)
    for kind, readers in (
        ("office.pdf", (_pypdf, _pdfplumber, _pdfminer, _pypdfium2, _markitdown)),
        ("chromium.pdf", (_pypdf, _pdfplumber, _pdfminer, _pypdfium2, _markitdown)),
        ("office.docx", (_mammoth, _python_docx, _docx2python, _markitdown)),
        ("html", (_trafilatura, _beautifulsoup, _markitdown)),
    )
    for read in readers
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scanned", action="store_true", help="what Chromium prints as pictures too (the extra ocr)")
    parser.add_argument("--candidates", action="store_true", help="other libraries too, those that are installed")
    parser.add_argument("--digests", type=Path, help="a folder of plain digests: the same articles from Word and PDF")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yinju-fidelity-") as name:
        pairs = made(Path(name))
        if options.scanned:
            pairs += [(known, scanned(path)) for known, path in pairs if path.name.endswith(".chromium.pdf")]
        print(table(measured(pairs)))
        print()
        print(hard())
        if options.digests:
            (Path(name) / "digests").mkdir()
            print()
            print(digests(options.digests, Path(name) / "digests"))
        if options.candidates:
            print()
            print(candidates(pairs))


if __name__ == "__main__":
    main()
