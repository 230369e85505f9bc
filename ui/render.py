"""An answer or a list of hits as terminal text or Markdown, and text made harmless: pure functions all faces share.

Every word of an article is treated as hostile: shown it can neither run, nor link where it should not, nor forge a [n]
mark. Only JSON is verbatim (:mod:`rag.shapes`). The page's HTML is made of these in :mod:`ui.web.markup`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from urllib.parse import urlsplit

from index import rows
from index.types import Article, Hit
from rag.types import Answer, Sentence

MAX_SNIPPET = 240
MAX_COPIES = 3
"""So many places where the same news stands are named."""
ALSO_IN = "又见 also in"
NOT_IN_SOURCE = "引文中没有 not in the cited passage"
UNSUPPORTED = "引文不能证实 not supported by the cited passage"
UNDERSTOOD = "理解为 understood as"
INVENTED = "已去掉查无出处的标记 removed marks that cite nothing"
NOTHING_FOUND = "没有找到相关段落 Nothing found for"

CELL = " | "
"""Between the cells of a row, where they are read as text."""

_MARK = re.compile(r"\[(\d{1,4})\]")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s<>\"'`\\\x00-\x20\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&!$])")
_MARKDOWN_START = re.compile(r"(?m)^([ \t]*\d*)([-+=.)])")


_HEADING = re.compile(r"#{1,6}[ \t]+(?=\S)")
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

# --- neutral text -----------------------------------------------------------------------------------------------------


def visible(text: str) -> str:
    """The text with nothing that steers a terminal or turns the reading direction; controls become pictures."""
    return _UNSAFE.sub(_picture, text.replace("\r\n", "\n"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "" if 0x2000 <= code < 0x3000 else "\ufffd"


def one_line(text: str) -> str:
    """Neutral text on one line, so that a title cannot start a line of its own."""
    return " ".join(visible(text).split())


def cell(text: str) -> str:
    """Neutral text as a cell of a spreadsheet; in front of what it would take for a formula stands a quote, as OWASP advises."""
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def safe_url(url: str) -> str:
    """The address if it is plain http or https, else nothing."""
    if not _URL.fullmatch(url):
        return ""
    try:
        return url if urlsplit(url).hostname else ""
    except ValueError:
        return ""


# --- a sentence -------------------------------------------------------------------------------------------------------


def words(sentence: Sentence) -> list[tuple[str, bool]]:
    """The words of a sentence in pieces, each with whether it is the answer in it; at least one piece."""
    start, end = sentence.span or (0, 0)
    pieces = [(sentence.text[:start], False), (sentence.text[start:end], True), (sentence.text[end:], False)]
    return [piece for piece in pieces if piece[0]] or [("", False)]


def pieces(sentence: Sentence) -> Iterator[Sentence]:
    """A sentence of several lines line by line, what is said above it with the first and its marks with the last: headings and rows of
    tables show as such. Of an answer that is marked each has its part. A sentence that nothing bears out stays whole."""
    found = [line for line in re.finditer(r"[^\n]*[^\s][^\n]*", sentence.text) if not _RULE.fullmatch(line[0].strip())]
    if len(found) < 2 or not sentence.supported:
        yield sentence
        return
    for at, line in enumerate(found):
        text, last = line[0].strip(), at == len(found) - 1
        begins = line.start() + line[0].index(text)
        start, end = (min(max(place - begins, 0), len(text)) for place in sentence.span or (0, 0))
        yield replace(
            sentence,
            text=text,
            lead="" if at else sentence.lead,
            span=(start, end) if start < end else None,
            citations=sentence.citations if last else (),
            conversions=sentence.conversions if last else (),
        )


def is_row(sentence: Sentence) -> bool:
    """True of a row of a table that stands under the names of its columns, or under another row."""
    above = sentence.lead.strip("\n").rpartition("\n")[2]
    return rows.is_row(sentence.text) and "\n" not in sentence.text and (not above or rows.is_row(above))


def heading(text: str) -> str:
    """The words of a heading of Markdown; "" of any other line."""
    return text[found.end() :].strip() if "\n" not in text and (found := _HEADING.match(text)) else ""


def columns(sentence: Sentence) -> tuple[str, list[str]]:
    """What is said above a row before the names of its columns, and these, as many as it has cells; none where they do not stand above
    it."""
    if not sentence.lead:
        return "", []
    notice, _, header = sentence.lead.strip("\n").rpartition("\n")
    names, cells = rows.cells(header), rows.spans(sentence.text)
    return notice, [""] * (len(cells) - len(names)) + names


def reason(sentence: Sentence) -> str:
    return f"{NOT_IN_SOURCE}: {', '.join(sentence.problems)}" if sentence.problems else UNSUPPORTED


# --- terminal ---------------------------------------------------------------------------------------------------------


def terminal(answer: Answer, *, bold: bool = False) -> str:
    """The answer with its [n] marks, then the numbered quotes; a refusal is its one sentence. ``bold``: what answers stands out,
    by a terminal's own codes."""
    body = "\n".join(_terminal_line(sentence, bold) for sentence in answer.sentences).strip()
    blocks = [f"{UNDERSTOOD}: {_unmarked(one_line(answer.understood))}", body] if answer.understood else [body]
    for citation in answer.citations:
        told = visible(citation.quote).replace("\t", CELL)
        quote = "\n".join(f"    {line.strip()}" for line in told.splitlines() if line.strip())
        blocks.append(
            f"[{citation.number}] {_byline(citation.article, pages(citation.article, citation.start, citation.end))}\n{quote}"
        )
    if answer.invented:
        blocks.append(f"{INVENTED}: {one_line(' '.join(answer.invented))}")
    return "\n\n".join(blocks)


def _terminal_line(sentence: Sentence, bold: bool) -> str:
    said = _unmarked(visible(sentence.text))  # whole: cut, the two halves of an article's [9] would stand as a mark
    if bold and sentence.span:
        start, end = (len(visible(sentence.text[:at])) for at in sentence.span)
        said = f"{said[:start]}\x1b[1m{said[start:end]}\x1b[22m{said[end:]}"
    marks = "".join(f"[{number}]" for number in sentence.citations)
    doubt = "" if sentence.supported else f" ({_unmarked(one_line(reason(sentence)))})"
    line = f"{_unmarked(visible(sentence.lead))}{said}{marks}{doubt}{_unmarked(visible(sentence.beside))}"
    return line.replace("\t", CELL)


def _unmarked(text: str) -> str:
    """An article's own [9] in full-width brackets: it is data and must not read as a citation."""
    return _MARK.sub(r"［\1］", text)


def _byline(article: Article, page: str) -> str:
    told = (article.title, article.date, article.origin, article.place, page, also_in(article))
    return " · ".join(one_line(part) for part in told if part)


def also_in(article: Article) -> str:
    """Where else an article stands that says the same, nothing where it stands nowhere else."""
    return places_of(article.also_in)


def places_of(copies: Sequence[Article]) -> str:
    """Where copies of an article stand, nothing where there are none."""
    places = [copy.place for copy in copies]
    more = ", …" if len(places) > MAX_COPIES else ""
    return f"{ALSO_IN}: {', '.join(places[:MAX_COPIES])}{more}" if places else ""


def pages(article: Article, start: int, end: int) -> str:
    """The page or pages of its file on which a stretch of an article stands, nothing where they are not known."""
    first, last = article.page(start), article.page(max(start, end - 1))
    if not first:
        return ""
    return f"第{first}页 p. {first}" if first == last else f"第{first}-{last}页 pp. {first}-{last}"


def hits_terminal(question: str, hits: Sequence[Hit]) -> str:
    """The hits, best first: score and origin, then the beginning of the passage."""
    if not hits:
        return f"{NOTHING_FOUND}: {one_line(question)}"
    return "\n\n".join(
        f"{rank}. {_byline(hit.article, pages(hit.article, hit.passage.start, hit.passage.end))} ({hit.score:.2f})\n   {_snippet(hit.passage.text)}"
        for rank, hit in enumerate(hits, start=1)
    )


def _snippet(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= MAX_SNIPPET else line[:MAX_SNIPPET].rstrip() + "…"


# --- Markdown ---------------------------------------------------------------------------------------------------------


def markdown(answer: Answer) -> str:
    """The answer to keep in a note: marks stay [n], each source follows with its quote."""
    body = markdown_body(answer.sentences, _marks).strip()
    blocks = [f"*{UNDERSTOOD}: {plain_markdown(one_line(answer.understood))}*"] if answer.understood else []
    blocks.append(flush(body))
    for citation in answer.citations:
        article = citation.article
        title, url = plain_markdown(one_line(article.title)), safe_url(article.url)
        names = [f"[{title}](<{url}>)" if url else title]
        page = pages(article, citation.start, citation.end)
        told = (article.date, article.origin, article.place, page, also_in(article))
        names += [plain_markdown(one_line(part)) for part in told if part]
        quote = flush(plain_markdown(visible(citation.quote).strip())).replace("\n", "\n> ")
        blocks.append(f"**[{citation.number}]** {' · '.join(names)}\n\n> {quote}")
    if answer.invented:
        blocks.append(f"{INVENTED}: {plain_markdown(one_line(' '.join(answer.invented)))}")
    return "\n\n".join(blocks) + "\n"


def _marks(sentence: Sentence) -> str:
    return "".join(f"[{number}]" for number in sentence.citations)


def markdown_body(sentences: Sequence[Sentence], marks: Callable[[Sentence], str]) -> str:
    """Sentences as lines of Markdown, rows as tables, each with its marks as ``marks`` gives them."""
    told: list[str] = []
    for tabled, several in groupby((piece for one in sentences for piece in pieces(one)), key=is_row):
        if tabled:
            told += ["", *_markdown_table(list(several), marks), ""]
            continue
        for one in several:
            head = heading(one.text) if not (one.lead or one.citations) else ""
            told += ["", f"**{plain_markdown(one_line(head))}**", ""] if head else [markdown_line(one, marks(one))]
    return "\n".join(told)


def _markdown_table(sentences: Sequence[Sentence], marks: Callable[[Sentence], str]) -> Iterator[str]:
    """Rows under the names of their columns: Markdown has no table without them, so that they are empty where none stand above."""
    for at, sentence in enumerate(sentences):
        notice, names = columns(sentence)
        if names or not at:
            yield from [*([""] if at else []), *([plain_markdown(visible(notice)), ""] if notice else [])]
            names = names or [""] * len(rows.spans(sentence.text))
            yield f"| {' | '.join(plain_markdown(one_line(name)) for name in names)} |"
            yield f"|{'---|' * len(names)}"
        cells = [_markdown_cell(sentence, span) for span in rows.spans(sentence.text)]
        yield f"| {' | '.join([*cells[:-1], f'{cells[-1]}{marks(sentence)}'])} |"


def _markdown_cell(sentence: Sentence, span: tuple[int, int]) -> str:
    text = plain_markdown(one_line(sentence.text[slice(*span)]))
    start, end = sentence.span or (0, 0)
    return f"**{text}**" if start <= span[0] < span[1] <= end else text


def markdown_line(sentence: Sentence, marks: str) -> str:
    """A sentence as a line of Markdown, its marks as they are given."""
    doubt = "" if sentence.supported else f" *({plain_markdown(one_line(reason(sentence)))})*"
    lead, beside = plain_markdown(visible(sentence.lead)), plain_markdown(visible(sentence.beside))
    return f"{lead}{_strong(sentence)}{marks}{doubt}{beside}".replace("\t", CELL)


def _strong(sentence: Sentence) -> str:
    """The words of a sentence, those that answer between ** where Markdown takes them for strong text: by CommonMark not
    those that end in a sign with a letter right behind it (75%的)."""
    pieces = [(_MARKDOWN.sub(r"\\\1", visible(text)), answers) for text, answers in words(sentence)]
    said = ""
    for at, (text, answers) in enumerate(pieces):
        following = pieces[at + 1][0][:1] if at + 1 < len(pieces) else ""
        strong = answers and _flanks(said[-1:], text[0]) and _flanks(following, text[-1])
        said += f"**{text}**" if strong else text
    return _MARKDOWN_START.sub(r"\1\\\2", said)


def _flanks(outside: str, inside: str) -> bool:
    """True if stars between two characters hold to the one inside."""
    signs = [unicodedata.category(character)[0] in "PS" for character in (outside or " ", inside)]
    return not inside.isspace() and (not signs[1] or signs[0] or not outside.strip())


def plain_markdown(text: str) -> str:
    """Text escaped so that Markdown shows it as it stands."""
    return _MARKDOWN_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))


def flush(text: str) -> str:
    """Lines without their indent: four leading blanks would make a code block."""
    return re.sub(r"(?m)^[ \t]+", "", text)
