"""Damaged and hostile files by the hundred: each must give text or a clear error within its limits, with no crash, no hang.

python bench/mutated.py [--files 300] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import perf_counter
from xml.sax.saxutils import escape

from bench.known import files, pages, texts
from bench.known.offices import opendocument, shape, slides
from index import digest
from index.formats.document import ReadError
from index.readers import Reader

SECONDS = 20.0
"""For one document; the bench fails where a file of one document takes longer than this and the start of a process."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: "text", "text and error", "error" or "crash", with the message, and how long it took."""

    name: str
    kind: str
    message: str
    seconds: float


def sources(known: texts.Known) -> dict[str, bytes]:
    """A whole file of every format, by ending."""
    return {
        "txt": pages.plain(known).encode("gb18030"),
        "md": pages.markdown(known).encode(),
        "html": pages.html(known, furniture=True).encode(),
        "mhtml": mhtml(known),
        "epub": files.epub(known),
        "eml": files.letter(known, {"附件.docx": files.docx(known)}),
        "csv": files.text_csv(known),
        "docx": files.docx(known),
        "xlsx": files.xlsx(known),
        "odt": opendocument("text", "".join(f"<text:p>{escape(row)}</text:p>" for row in known.text.split("\n"))),
        "pptx": slides(*(shape(escape(row)) for row in known.text.split("\n")[:9])),
        "rtf": ("{\\rtf1\\ansi\\ansicpg936 " + known.text.replace("\n", "\\par\n") + "}").encode("gb18030"),
        "pdf": pdf([known.title, *(f"Page text {n}" for n in range(3))]),
        "zip": files.zipped({"a.docx": files.docx(known), "b.txt": b"A text.", "c.pdf": pdf(["One page"])}),
    }


def mhtml(known: texts.Known) -> bytes:
    """A page as browsers save it with all its parts."""
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="x"\r\n\r\n'
    part = b"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return head + part + pages.html(known).encode() + b"\r\n--x--\r\n"


def pdf(shown: Sequence[str | bytes], *, pages_claimed: int = 0) -> bytes:
    """A PDF written by hand, of one Latin line a page, or of what its bytes draw."""
    count = len(shown)
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages_claimed or count}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n, line in enumerate(shown):
        drawn = line if isinstance(line, bytes) else _line(line)
        box = f"/MediaBox[0 0 595 842]/Contents {5 + 2 * n} 0 R"
        objects.append(f"<</Type/Page/Parent 2 0 R/Resources<</Font<</F 3 0 R>>>>{box}>>".encode())
        packed = zlib.compress(drawn)
        objects.append(b"<</Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream")
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def _line(shown: str) -> bytes:
    """What draws a line of Latin text."""
    said = "".join(c for c in shown if " " <= c < "\x7f" and c not in "()\\")
    return f"BT /F 12 Tf 72 700 Td ({said}) Tj ET".encode()


# What is done to whole files


def truncated(data: bytes, pick: random.Random) -> bytes:
    return data[: pick.randrange(1, len(data))]


def flipped(data: bytes, pick: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(pick.choice((1, 4, 32, 256))):
        made[pick.randrange(len(made))] ^= 1 << pick.randrange(8)
    return bytes(made)


def spliced(data: bytes, pick: random.Random) -> bytes:
    """A stretch written over another place, as a bad copy does."""
    start, to, length = pick.randrange(len(data)), pick.randrange(len(data)), pick.randrange(1, 2000)
    return data[:to] + data[start : start + length] + data[to + length :]


def zeroed(data: bytes, pick: random.Random) -> bytes:
    start = pick.randrange(len(data))
    length = pick.randrange(1, max(2, len(data) // 2))
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def repeated(data: bytes, pick: random.Random) -> bytes:
    start = pick.randrange(len(data))
    piece = data[start : start + pick.randrange(1, 400)]
    return data[:start] + piece * pick.randrange(2, 2000) + data[start:]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (truncated, flipped, spliced, zeroed, repeated)


# Files that are hostile by design


def _protected(data: bytes) -> bytes:
    """An archive whose entries say that they need a password."""
    made = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(mark)
        while place >= 0:
            made[place + at] |= 1
            place = made.find(mark, place + 4)
    return bytes(made)


def _encrypted_office() -> bytes:
    """The beginning of what Office writes when a document has a password: an OLE file that names its one stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(1024)


def _encrypted_pdf() -> bytes:
    whole = pdf(["secret"])
    encrypt = (
        b"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -44/O<"
        + b"ab" * 32
        + b">/U<"
        + b"cd" * 32
        + b">>>/ID[<00><00>]"
    )
    return whole.replace(b"trailer<<", b"trailer<<" + encrypt)


def _office(known: texts.Known, part: str, content: bytes) -> bytes:
    """A Word file with one part replaced."""
    with zipfile.ZipFile(BytesIO(files.docx(known))) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    return files.zipped(held | {part: content})


def _word(body: str) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'<?xml version="1.0"?><w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'.encode()


def _lies(data: bytes) -> bytes:
    """An archive whose directory says that its entries are small."""
    made = bytearray(data)
    place = made.find(b"PK\x01\x02")
    while place >= 0:
        made[place + 24 : place + 28] = struct.pack("<I", 10)
        place = made.find(b"PK\x01\x02", place + 4)
    return bytes(made)


def hostile(known: texts.Known) -> dict[str, bytes]:
    """By file name: bombs, endless pages, deep nesting, wrong endings, passwords, links to elsewhere."""
    return _bombs(known) | _endless(known) | _protections(known) | _deceits(known)


def _bombs(known: texts.Known) -> dict[str, bytes]:
    """Little that unpacks or expands to much, or asks for what lies outside."""
    laughs = '<!DOCTYPE x [<!ENTITY a "ha ha ha ha ha ha ha ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    long = _word("<w:p><w:r><w:t>" + "a" * 30_000_000 + "</w:t></w:r></w:p>")
    return {
        "bomb.zip": files.zipped({"a.txt": bytes(60_000_000)}),
        "bomb.docx": _office(known, "word/document.xml", long),
        "many.zip": files.zipped({f"{n}.txt": b"x" for n in range(12_000)}),
        "lies.zip": _lies(files.zipped({"a.txt": b"x" * 5_000_000})),
        "laughs.docx": _office(known, "word/document.xml", (laughs + "]><x>&j;</x>").encode()),
        "outside.docx": _office(known, "word/document.xml", outside.encode()),
        "laughs.html": (laughs + "]><html><body>&j; text</body></html>").encode(),
        "outside.epub": files.zipped({"mimetype": b"application/epub+zip", "META-INF/container.xml": outside.encode()}),
    }


def _nest() -> bytes:
    """An archive in an archive, twelve deep."""
    nest = files.zipped({"a.txt": b"deep"})
    for _ in range(12):
        nest = files.zipped({"a.zip": nest})
    return nest


def _endless(known: texts.Known) -> dict[str, bytes]:
    """Nesting, pages, glyphs, lines and cells without end."""
    table = _word("<w:tbl><w:tr><w:tc>" * 3000 + "</w:tc></w:tr></w:tbl>" * 3000)
    return {
        "nested.zip": _nest(),
        "deep.docx": _office(known, "word/document.xml", table),
        "deep.html": b"<table>" * 20_000 + b"x",
        "wide.html": b"<table>" + b"<tr><td colspan=99999 rowspan=99999>x" * 3000,
        "endless.pdf": pdf(["x"], pages_claimed=2_000_000_000),
        "pages.pdf": pdf([f"Page {n}" for n in range(6000)]),
        "glyphs.pdf": pdf([b"BT /F 1 Tf 0 0 Td " + b"(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 300_000 + b"ET"]),
        "lines.pdf": pdf([b"0 0 m 500 0 l S 0 0 m 0 500 l S " * 300_000]),
        "loop.pdf": pdf(["x"]).replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]"),
        "cells.xlsx": _workbook(known),
        "quotes.csv": b'"' * 3_000_000,
        "commas.csv": b"," * 3_000_000,
        "deep.eml": b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000)),
    }


def _protections(known: texts.Known) -> dict[str, bytes]:
    """Files behind a password."""
    return {
        "protected.zip": _protected(files.zipped({"a.txt": b"secret text"})),
        "protected.docx": _encrypted_office(),
        "protected.xlsx": _encrypted_office(),
        "protected.pdf": _encrypted_pdf(),
        "protected.epub": _protected(files.epub(known)),
        "zip.eml": files.letter(known, {"a.zip": _nest(), "b.docx": _encrypted_office()}),
    }


def _deceits(known: texts.Known) -> dict[str, bytes]:
    """Files that are not what their names say, or hold nothing."""
    docx, book = files.docx(known), files.xlsx(known)
    named = {
        "scan.pdf": pdf([b""]),
        "escape.zip": files.zipped({"../../etc/evil.txt": b"A text.", "/etc/b.txt": b"Another text."}),
        "page.docx": pages.html(known).encode(),
        "report.txt": docx,
        "photo.pdf": b"\x89PNG\r\n\x1a\n" + bytes(2000),
        "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        "rich.docx": b"{\\rtf1 text}",
        "plain.xlsx": b"a,b\n1,2\n",
        "empty.pdf": b"",
        "blank.docx": b" \n" * 100,
        "wrong.docx": book,
    }
    return named | {f"wrong.{suffix}": docx for suffix in ("pdf", "html", "md", "epub", "csv")}


def _workbook(known: texts.Known) -> bytes:
    """A workbook whose first sheet holds two cells in its last row, and claims to be as large as a sheet can be."""
    with zipfile.ZipFile(BytesIO(files.xlsx(known))) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    cells = '<c r="A1" t="inlineStr"><is><t>x</t></is></c><c r="B1" t="inlineStr"><is><t>y</t></is></c>'
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = f'<dimension ref="A1:XFD1048576"/><sheetData><row r="1048576">{cells}</row></sheetData>'
    return files.zipped(held | {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}">{rows}</worksheet>'.encode()})


def made(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """``count`` files by name: the hostile ones first, then whole ones mutated, formats and mutations in turn."""
    known = texts.documents()[5]
    given = hostile(known)
    yield from list(given.items())[:count]
    whole = list(sources(known).items())
    for number in range(max(0, count - len(given))):
        suffix, data = whole[number % len(whole)]
        mutate = MUTATIONS[number // len(whole) % len(MUTATIONS)]
        yield f"{number:03}-{mutate.__name__}.{suffix}", mutate(data, random.Random(seed * 100_003 + number))


def tried(reader: Reader, path: Path) -> Outcome:
    """Read one file, and make articles of what it says. An exception that is no ReadError is a crash."""
    started = perf_counter()
    try:
        reading = reader.read(path)
        told = "text and error" if reading.problems else "text"
        message = "; ".join(reading.problems)
        for document in reading.documents:
            digest.read(document, path=str(path), file_hash="")
    except ReadError as error:
        told, message = "error", str(error)
    except Exception as error:  # noqa: BLE001 whatever it is, it is what the bench looks for
        told, message = "crash", repr(error)
    return Outcome(path.name, told, message, perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="every file's outcome")
    options = parser.parse_args()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="yinju-mutated-") as folder, Reader(seconds=SECONDS) as reader:
        for name, data in made(options.files, options.seed):
            path = Path(folder, name)
            path.write_bytes(data)
            outcomes.append(tried(reader, path))
            if options.show:
                print(
                    f"{outcomes[-1].kind:15} {outcomes[-1].seconds:6.2f} s  {name}: {outcomes[-1].message.replace(folder, '')[:160]}"
                )
            path.unlink()
    unclear = [
        one for one in outcomes if one.kind != "text" and (one.name not in one.message or ": " not in one.message)
    ]
    stopped = sum("takes more than" in one.message or "reading it fails" in one.message for one in outcomes)
    slowest = max(outcomes, key=lambda one: one.seconds)
    kinds = Counter(one.kind for one in outcomes)
    print(f"{len(outcomes)} files: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}")
    hangs = [one.name for one in outcomes if one.seconds > SECONDS + 10 and not one.name.endswith((".zip", ".eml"))]
    print(
        f"{kinds['crash']} crashes, {len(hangs)} hangs; {stopped} ended by their process being killed or dying; {len(unclear)} unclear messages"
    )
    print(f"slowest {slowest.name}: {slowest.seconds:.1f} s; together {sum(one.seconds for one in outcomes):.0f} s")


if __name__ == "__main__":
    main()
