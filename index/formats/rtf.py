"""RTF documents: characters of any code page, headings, tables, notes, powers; what is deleted, hidden or struck through is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from index.encoding import decoded
from index.formats import mathematics, tables, text
from index.formats.document import CHARACTERS, Document, ReadError, known_date, known_title
from index.formats.raised import DOWN, END, UP
from index.formats.symbols import symbol

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(\r\n|[^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_PAGE = "\x0c"
_DEEPEST = 1000
_LEFT_OUT = frozenset(
    b"upr nonesttables fonttbl colortbl stylesheet info pict objdata object header headerl headerr headerf footer footerl footerr footerf fldinst "
    b"listtable listoverridetable revtbl rsidtbl generator xmlnstbl themedata colorschememapping datastore latentstyles pgdsctbl "
    b"filetbl nonshppict ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn atnid atnauthor annotation atrfstart atrfend atndate atnref "
    b"bkmkstart bkmkend formfield template mmathPr wgrffmtfilter pnseclvl datafield xe tc rxe txe sp sn sv shpinst "
    b"naryPr fPr sSupPr sSubPr radPr dPr ctrlPr mnaryPr mfPr msSupPr msSubPr mradPr mdPr mctrlPr".split()
)
"""Groups whose words no reader sees."""
_READ = frozenset(b"ud pntext listtext mmath moMath moMathPara mf mr me msSup msSub mrad mdeg".split())
"""Groups that only newer programs know and that hold words."""
_APART = frozenset((b"footnote", b"shptxt", b"listtext", b"pntext", b"mnum", b"mden", b"msup", b"msub"))
"""Groups that are read for themselves before they are put into the text."""
_WORDS = {
    b"par": "\n", b"sect": "\n", b"line": "\v", b"tab": "\t", b"page": f"\n{_PAGE}", b"emdash": "—", b"endash": "–", b"lquote": "‘",
    b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
    b"softpage": _PAGE, b"lbr": "\v",
}  # fmt: skip
_SIGNS = {b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n", b"\r\n": "\n", b"{": "{", b"}": "}", b"\\": "\\"}
_SYMBOL = "symbol"
_CHARACTER_SETS = {
    2: _SYMBOL, 77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5hkscs", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
"""Encoding by the character set of a font."""
_PLATFORMS = {b"mac": "mac-roman", b"pc": "cp437", b"pca": "cp850"}
_PAGES = {
    936: "gb18030",
    54936: "gb18030",
    950: "big5hkscs",
    932: "cp932",
    949: "cp949",
    65001: "utf-8",
    10000: "mac-roman",
}


@dataclass(frozen=True, slots=True)
class _Look:
    """What a group holds, and how its characters are shown and written."""

    kind: bytes = b""
    font: int = -1
    height: str = ""
    hidden: bool = False
    struck: bool = False
    left_out: bool = False
    skip: int = 1  # characters that stand for one beyond the code page, for older programs


@dataclass(slots=True)
class _Cells:
    """The row of a table that is being read: what its cells say, and which go on from the left or from above."""

    said: list[str] = field(default_factory=list)
    across: list[bool] = field(default_factory=list)
    down: list[bool] = field(default_factory=list)
    marks: tuple[bool, bool] = (False, False)


def read(data: bytes, path: str) -> Document:
    """The document, with a page for each break in it. Raises ReadError where it is none, or holds too much."""
    reader = _Reader(path)
    reader.feed(data)
    marked = text.rows(reader.finished())
    whole, pages = text.paged(marked)
    return Document(path, whole, title=known_title(_tidy(reader.title)), date=known_date(reader.date[:10]), pages=pages)


class _Reader:
    def __init__(self, path: str) -> None:
        self.title = self.date = ""
        self._path = path
        self._look = _Look()
        self._stack: list[_Look] = []
        self._raw = bytearray()  # bytes of one encoding that are not decoded yet
        self._skipped = self._size = 0
        self._starred = self._in_table = self._indented = False
        self._line: list[str] = []
        self._held: list[list[str]] = []  # lines left open by what stands apart from them and is being read
        self._notes: list[str] = []
        self._blocks: list[str] = []
        self._cells = _Cells()
        self._rows: list[list[tables.Cell]] = []
        self._above: dict[int, tables.Cell] = {}  # by column: the cell that may go on downwards
        self._styles: dict[int, int] = {}  # level of heading by style
        self._style = self._level = 0
        self._fonts: dict[int, str] = {}
        self._page = "cp1252"

    def feed(self, data: bytes) -> None:
        """Read all of a file."""
        at = 0
        while found := _TOKEN.match(data, at):
            at = found.end()
            word, number, byte, sign, brace, plain = found.groups()
            if plain is not None or byte is not None:
                self._bytes(plain if plain is not None else bytes([int(byte, 16)]))
                continue
            if brace or word or sign:
                self._flush()
            if brace:
                self._brace(brace)
            elif word == b"bin":
                at += max(0, int(number or 0))  # a picture as it is
            elif word:
                self._word(word, int(number) if number else None)
            elif sign:
                self._sign(sign)
        self._flush()

    def _bytes(self, written: bytes) -> None:
        if self._skipped:
            dropped = min(self._skipped, len(written))
            self._skipped -= dropped
            written = written[dropped:]
        self._raw += written
        self._size += len(written)
        if self._size > 4 * CHARACTERS:
            raise ReadError(f"{self._path} holds more than {CHARACTERS:,} characters: split it")

    def _flush(self) -> None:
        if self._raw:
            raw, self._raw = bytes(self._raw), bytearray()
            if self._fonts.get(self._look.font) == _SYMBOL:
                self._say("".join(map(symbol, raw)))
                return
            try:
                self._say(raw.decode(self._fonts.get(self._look.font) or self._page))
            except UnicodeError:
                self._say(decoded(raw) or raw.decode("cp1252", "replace"))

    def _say(self, said: str) -> None:
        look = self._look
        if look.kind in (b"title", b"stylesheet", b"fonttbl") or look.left_out:
            self._note_name(look.kind, said)
        elif not (look.hidden or look.struck):
            self._line.append(f"{look.height}{said}{END}" if look.height and said.strip() else said)

    def _note_name(self, kind: bytes, said: str) -> None:
        """What the head of the file says: its title, the names of styles."""
        if kind == b"title":
            self.title = (self.title + said)[:1000]
        elif kind == b"stylesheet" and (named := re.match(r"\s*(?:heading|标题|標題) ?([1-6])\b", said, re.IGNORECASE)):
            self._styles.setdefault(self._style, int(named[1]))

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._starred = True
        elif self._skipped and sign in _SIGNS:
            self._skipped -= 1
        else:
            self._put(_SIGNS.get(sign, ""))

    def _put(self, said: str) -> None:
        for piece in re.split("(\n)", said):
            if piece == "\n":
                self._paragraph()
            elif piece:
                self._say(piece)

    def _brace(self, brace: bytes) -> None:
        self._skipped = 0
        self._starred = False
        if brace == b"{":
            if len(self._stack) >= _DEEPEST:
                raise ReadError(f"{self._path} is nested too deeply to be read: leave it out, or save it anew")
            self._stack.append(self._look)
        elif self._stack:
            closed, self._look = self._look, self._stack.pop()
            if closed.kind in _APART and closed.kind != self._look.kind and not closed.left_out:
                said, self._line = "".join(self._line), self._held.pop()
                self._close(closed.kind, said.replace("\v", " "))

    def _close(self, kind: bytes, said: str) -> None:
        """Put what was held apart where it belongs: a note behind its paragraph, the rest on the line."""
        shown = said.strip()
        if kind in (b"footnote", b"shptxt"):
            self._notes.append(said)
        elif kind in (b"listtext", b"pntext"):
            mark = shown if re.search(r"[^\W_]", shown) else "-"
            self._line.append(f"{mark} " if shown else "")
        elif kind == b"mnum":
            gap = " " if "".join(self._line[-1:])[-1:].isdigit() else ""
            self._line.append(f"{gap}{mathematics.single(shown)}/")
        elif kind == b"mden":
            self._line.append(mathematics.single(shown))
        elif shown:
            self._line.append(f"{UP if kind == b'msup' else DOWN}{shown}{END}")

    def _word(self, word: bytes, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word in _APART or word == b"ud":
            self._apart(word)
        elif (starred and word not in _READ) or word in _LEFT_OUT:
            self._look = replace(self._look, left_out=True, kind=word)
        elif word == b"title" and self._look.kind == b"info":
            self._look = replace(self._look, kind=word)
        elif word == b"u" and number is not None:
            self._say(chr(number % 65536))
            self._skipped = self._look.skip
        elif word in _WORDS:
            self._put("" if self._look.left_out else _WORDS[word])
        elif not self._shown(word, number) and not self._head(word, number) and not self._look.left_out:
            self._placed(word, number)

    def _apart(self, word: bytes) -> None:
        """Begin what stands apart from the line; shapes and what newer programs read lie in groups that older ones leave out."""
        left_out = self._look.left_out and self._look.kind not in (b"upr", b"shpinst")
        if word != b"ud" and not left_out:
            self._held.append(self._line)
            self._line = []
        self._look = replace(self._look, kind=word, left_out=left_out, height="", hidden=False)

    def _shown(self, word: bytes, number: int | None) -> bool:
        """Words that change how characters are shown or written; whether this is one."""
        on = number != 0
        if word in (b"super", b"sub", b"nosupersub", b"up", b"dn"):
            height = {b"super": UP, b"up": UP, b"nosupersub": ""}.get(word, DOWN)
            self._look = replace(self._look, height=height if on else "")
        elif word in (b"strike", b"striked", b"deleted"):
            self._look = replace(self._look, struck=on)
        elif word == b"v":
            self._look = replace(self._look, hidden=on)
        elif word == b"plain":
            self._look = replace(self._look, height="", hidden=False, struck=False)
        elif word == b"uc":
            self._look = replace(self._look, skip=max(0, number or 0))
        elif word == b"f":
            self._look = replace(self._look, font=number or 0)
        else:
            return False
        return True

    def _head(self, word: bytes, number: int | None) -> bool:
        """Words of the head: encodings, the names of styles, the day on which the file was made; whether this is one."""
        if word in (b"fcharset", b"cpg"):
            page = _CHARACTER_SETS.get(number or 0) if word == b"fcharset" else _named(number or 0)
            if page and self._look.kind == b"fonttbl":
                self._fonts[self._look.font] = page
        elif word == b"ansicpg":
            self._page = _named(number or 0) or self._page
        elif word in _PLATFORMS:
            self._page = _PLATFORMS[word]
        elif word == b"s" and self._look.kind == b"stylesheet":
            self._style = number or 0
        elif word in (b"yr", b"mo", b"dy"):
            self.date += f"{number or 0:04}" if word == b"yr" else f"-{number or 0:02}"
        else:
            return False
        return True

    def _placed(self, word: bytes, number: int | None) -> None:
        """Words that lay out paragraphs and tables."""
        cells = self._cells
        if word == b"pard":
            self._level, self._in_table, self._indented = 0, False, False
        elif word == b"s":
            self._level = self._styles.get(number or 0, 0)
        elif word == b"outlinelevel":
            self._level = (number or 0) + 1 if (number or 0) < 6 else 0
        elif word == b"fi":
            self._indented = (number or 0) > 0
        elif word == b"intbl":
            self._in_table = True
        elif word == b"trowd":
            cells.across, cells.down, cells.marks = [], [], (False, False)
        elif word in (b"clmrg", b"clvmrg"):
            cells.marks = (cells.marks[0] or word == b"clmrg", cells.marks[1] or word == b"clvmrg")
        elif word == b"cellx":
            cells.across.append(cells.marks[0])
            cells.down.append(cells.marks[1])
            cells.marks = (False, False)
        elif word in (b"nestcell", b"nestrow"):
            self._line.append(" " if word == b"nestcell" else "; ")
        elif word == b"cell":
            cells.said.append(" ".join([*self._taken(), *map(_tidy, self._notes)]))
            self._notes = []
        elif word == b"row":
            self._row()

    def _taken(self) -> list[str]:
        """The lines that were read so far."""
        said = "".join(self._line)
        self._line = []
        return [line for line in map(_tidy, said.split("\v")) if line]

    def _paragraph(self) -> None:
        if self._held or self._in_table:
            self._line.append(" ")
            return
        self._table()
        lines = "\n".join(self._taken())
        feeds = lines.count(_PAGE)
        if self._level and lines.strip(_PAGE):
            self._blocks.append(_PAGE * feeds + text.heading(self._level, lines.replace(_PAGE, "")))
        else:
            self._blocks.append(f"    {lines}" if self._indented and lines.strip(_PAGE) else lines)
        notes, self._notes = self._notes, []
        self._blocks += map(_tidy, notes)

    def _row(self) -> None:
        cells = self._cells
        told: list[tables.Cell] = []
        for column, said in enumerate(cells.said):
            goes_on = column < len(cells.across) and cells.across[column]
            down = column < len(cells.down) and cells.down[column]
            if goes_on and told:
                told[-1].wide += 1
                continue
            above = self._above.get(column)
            told.append(tables.Cell(above.text if down and above else said))
            self._above[column] = told[-1]
        self._rows.append(told)
        cells.said = []

    def _table(self) -> None:
        if self._cells.said:
            self._row()
        if self._rows:
            self._blocks += tables.blocks(tables.placed(self._rows))
            self._rows, self._above = [], {}

    def finished(self) -> Iterator[str]:
        """All blocks."""
        self._in_table = False
        while self._held:
            self._line = [*self._held.pop(), *self._line]
        self._look = _Look()
        self._paragraph()
        yield from self._blocks


def _named(number: int) -> str:
    named = _PAGES.get(number, f"cp{number}")
    try:
        b"".decode(named)
    except LookupError:
        return ""
    return named


def _tidy(line: str) -> str:
    """One line: single blanks, tabs kept between words; halves of a character beyond the first plane joined."""
    whole = line.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return re.sub(" *\t[ \t]*", "\t", re.sub(" +", " ", text.visible(whole))).strip(" \t")
