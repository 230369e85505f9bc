"""An answer or a list of hits as terminal text or Markdown, and text made harmless: pure functions all faces share.

Every word of an article is treated as hostile: shown it can neither run, nor link where it should not, nor forge a [n]
mark. Only JSON is verbatim (:mod:`rag.shapes`). The page's HTML is made of these in :mod:`ui.web.markup`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from urllib.parse import urlsplit

from index.types import Article, Hit
from rag.types import Answer, Sentence

Span = tuple[int, int]
Token = str | int
"""A stretch of text, or the number of a citation whose mark stands there."""

MAX_SNIPPET = 240
MAX_COPIES = 3
"""So many places where the same news stands are named."""
ALSO_IN = "又见 also in"
NOT_IN_SOURCE = "引文中没有 not in the cited passage"
UNSUPPORTED = "引文不能证实 not supported by the cited passage"
UNDERSTOOD = "理解为 understood as"
INVENTED = "已去掉查无出处的标记 removed marks that cite nothing"
NOTHING_FOUND = "没有找到相关段落 Nothing found for"

_MARK = re.compile(r"\[(\d{1,4})\]")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s<>\"'`\\\x00-\x20\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&!$])")
_MARKDOWN_START = re.compile(r"(?m)^([ \t]*\d*)([-+=.)])")


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


# --- what is text and what is a mark ----------------------------------------------------------------------------------


def _tokens(text: str, numbers: Sequence[int], quotes: Sequence[str] = ()) -> list[Token]:
    """Text and marks. A [n] that stands inside a quote came from an article, so it is text whatever it says."""
    quoted = [(at, at + len(quote)) for quote in quotes if quote and (at := text.find(quote)) >= 0]
    tokens: list[Token] = []
    done = 0
    for match in _MARK.finditer(text):
        inside = any(start <= match.start() and match.end() <= end for start, end in quoted)
        if inside or int(match[1]) not in numbers:
            continue
        tokens += [text[done : match.start()], int(match[1])]
        done = match.end()
    return [token for token in [*tokens, text[done:]] if token != ""]


def parts(answer: Answer) -> Iterator[tuple[Sentence | None, list[Token]]]:
    """The answer in order: its sentences, and (with None) what stands between them. Every sentence has its marks."""
    places = _places(answer)
    if places is None:
        for sentence in answer.sentences:
            yield sentence, _marked(sentence, answer, [])
            yield None, ["\n"]
        return
    numbers = [citation.number for citation in answer.citations]
    starts = [start for start, _ in places] + [len(answer.text)]
    yield None, _tokens(answer.text[: starts[0]], numbers)
    for sentence, (_, end), following in zip(answer.sentences, places, starts[1:], strict=True):
        gap = _tokens(answer.text[end:following], numbers)
        own = list(takewhile(lambda token: isinstance(token, int), gap))
        yield sentence, _marked(sentence, answer, own)
        yield None, gap[len(own) :]


def _places(answer: Answer) -> list[Span] | None:
    """Where each sentence stands in the answer's text; None when one does not."""
    places: list[Span] = []
    position = 0
    for sentence in answer.sentences:
        start = answer.text.find(sentence.text, position)
        if start < 0:
            return None
        position = start + len(sentence.text)
        places.append((start, position))
    return places


def _marked(sentence: Sentence, answer: Answer, own: Sequence[Token]) -> list[Token]:
    """The sentence with the marks inside it, those that follow it, and those it should have had."""
    quotes = [citation.quote for citation in answer.citations if citation.number in sentence.citations]
    tokens = [*_tokens(sentence.text, sentence.citations, quotes), *own]
    return tokens + [number for number in sentence.citations if number not in tokens]


def reason(sentence: Sentence) -> str:
    return f"{NOT_IN_SOURCE}: {', '.join(sentence.problems)}" if sentence.problems else UNSUPPORTED


# --- terminal ---------------------------------------------------------------------------------------------------------


def terminal(answer: Answer) -> str:
    """The answer with its [n] marks, then the numbered quotes; a refusal is its one sentence."""
    body = "".join(_terminal_part(sentence, tokens) for sentence, tokens in parts(answer)).strip()
    blocks = [f"{UNDERSTOOD}: {_unmarked(one_line(answer.understood))}", body] if answer.understood else [body]
    for citation in answer.citations:
        quote = "\n".join(f"    {line.strip()}" for line in visible(citation.quote).splitlines() if line.strip())
        blocks.append(
            f"[{citation.number}] {_byline(citation.article, pages(citation.article, citation.start, citation.end))}\n{quote}"
        )
    if answer.invented:
        blocks.append(f"{INVENTED}: {one_line(' '.join(answer.invented))}")
    return "\n\n".join(blocks)


def _terminal_part(sentence: Sentence | None, tokens: Sequence[Token]) -> str:
    text = "".join(f"[{token}]" if isinstance(token, int) else _unmarked(visible(token)) for token in tokens)
    if sentence is None or sentence.supported:
        return text
    return f"{text} ({_unmarked(one_line(reason(sentence)))})"


def _unmarked(text: str) -> str:
    """An article's own [9] in full-width brackets: it is data and must not read as a citation."""
    return _MARK.sub(r"［\1］", text)


def _byline(article: Article, page: str) -> str:
    told = (article.title, article.date, article.source, article.place, page, also_in(article))
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
    body = "".join(_markdown_part(sentence, tokens) for sentence, tokens in parts(answer)).strip()
    blocks = [f"*{UNDERSTOOD}: {plain_markdown(one_line(answer.understood))}*"] if answer.understood else []
    blocks.append(flush(body))
    for citation in answer.citations:
        article = citation.article
        title, url = plain_markdown(one_line(article.title)), safe_url(article.url)
        names = [f"[{title}](<{url}>)" if url else title]
        page = pages(article, citation.start, citation.end)
        told = (article.date, article.source, article.place, page, also_in(article))
        names += [plain_markdown(one_line(part)) for part in told if part]
        quote = flush(plain_markdown(visible(citation.quote).strip())).replace("\n", "\n> ")
        blocks.append(f"**[{citation.number}]** {' · '.join(names)}\n\n> {quote}")
    if answer.invented:
        blocks.append(f"{INVENTED}: {plain_markdown(one_line(' '.join(answer.invented)))}")
    return "\n\n".join(blocks) + "\n"


def _markdown_part(sentence: Sentence | None, tokens: Sequence[Token]) -> str:
    text = "".join(f"[{token}]" if isinstance(token, int) else plain_markdown(visible(token)) for token in tokens)
    if sentence is None or sentence.supported:
        return text
    return f"{text} *({plain_markdown(one_line(reason(sentence)))})*"


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return _MARKDOWN_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))


def flush(text: str) -> str:
    """Lines without their indent: four leading blanks would make a code block."""
    return re.sub(r"(?m)^[ \t]+", "", text)
