"""An answer or a list of hits as terminal text, escaped HTML, Markdown or JSON: pure functions both faces share.

Every word of an article is treated as hostile: shown it can neither run, nor link where it should not, nor forge a [n]
mark. Only the JSON is verbatim.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from index.types import Article, Hit
from rag.types import Answer, Citation, Sentence

Span = tuple[int, int]
Token = str | int
"""A stretch of text, or the number of a citation whose mark stands there."""

MAX_CONTEXT = 1500
"""Characters shown on each side of a quote, so that a passage of any size stays a card."""
MAX_SNIPPET = 240
NOT_IN_SOURCE = "引文中没有 not in the cited passage"
UNSUPPORTED = "引文不能证实 not supported by the cited passage"
INVENTED = "已去掉查无出处的标记 removed marks that cite nothing"
NOTHING_FOUND = "没有找到相关段落 Nothing found for"
NOTHING_CITED = "没有可引用的段落。 Nothing in your articles was cited."

_MARK = re.compile(r"\[(\d{1,4})\]")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s<>\"'`\\\x00-\x20\x7f-\x9f\u202a-\u202e\u2066-\u2069]+", re.IGNORECASE)
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")
_HEADING = re.compile(r"#{1,6}[ \t]+(?=\S)")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&!$])")
_MARKDOWN_START = re.compile(r"(?m)^([ \t]*\d*)([-+=.)])")


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


def _line(text: str) -> str:
    """Neutral text on one line, so that a title cannot start a line of its own."""
    return " ".join(visible(text).split())


def _escape(text: str) -> str:
    return entities.escape(visible(text), quote=True)


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


def _parts(answer: Answer) -> Iterator[tuple[Sentence | None, list[Token]]]:
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


def _reason(sentence: Sentence) -> str:
    return f"{NOT_IN_SOURCE}: {', '.join(sentence.problems)}" if sentence.problems else UNSUPPORTED


# --- terminal ---------------------------------------------------------------------------------------------------------


def terminal(answer: Answer) -> str:
    """The answer with its [n] marks, then the numbered quotes; a refusal is its one sentence."""
    body = "".join(_terminal_part(sentence, tokens) for sentence, tokens in _parts(answer)).strip()
    blocks = [body]
    for citation in answer.citations:
        quote = "\n".join(f"    {line.strip()}" for line in visible(citation.quote).splitlines() if line.strip())
        blocks.append(f"[{citation.number}] {_byline(citation.article)}\n{quote}")
    if answer.invented:
        blocks.append(f"{INVENTED}: {_line(' '.join(answer.invented))}")
    return "\n\n".join(blocks)


def _terminal_part(sentence: Sentence | None, tokens: Sequence[Token]) -> str:
    text = "".join(f"[{token}]" if isinstance(token, int) else _unmarked(visible(token)) for token in tokens)
    if sentence is None or sentence.supported:
        return text
    return f"{text} ({_unmarked(_line(_reason(sentence)))})"


def _unmarked(text: str) -> str:
    """An article's own [9] in full-width brackets: it is data and must not read as a citation."""
    return _MARK.sub(r"［\1］", text)


def _byline(article: Article) -> str:
    return " · ".join(_line(part) for part in (article.title, article.date, article.source, article.path) if part)


def hits_terminal(question: str, hits: Sequence[Hit]) -> str:
    """The hits, best first: score and origin, then the beginning of the passage."""
    if not hits:
        return f"{NOTHING_FOUND}: {_line(question)}"
    return "\n\n".join(
        f"{rank}. {_byline(hit.article)} ({hit.score:.2f})\n   {_snippet(hit.passage.text)}"
        for rank, hit in enumerate(hits, start=1)
    )


def _snippet(text: str) -> str:
    line = _line(text)
    return line if len(line) <= MAX_SNIPPET else line[:MAX_SNIPPET].rstrip() + "…"


# --- HTML: the answer -------------------------------------------------------------------------------------------------


def text_html(text: str) -> str:
    """Plain text for the page: a question, or an answer whose words are still arriving."""
    return f'<div class="yj-text">{_breaks(_escape(text.strip()))}</div>'


def html(answer: Answer) -> str:
    """The answer, each [n] a button that carries its number in data-n; on one line, so Markdown leaves it alone."""
    if answer.refused:
        return f'<div class="yj-answer yj-refused">{_breaks(_escape(answer.text))}</div>'
    body = "".join(_html_part(sentence, tokens) for sentence, tokens in _parts(answer))
    removed = _escape(" ".join(answer.invented))
    note = f'<div class="yj-note">{INVENTED}: {_breaks(removed)}</div>' if removed else ""
    return f'<div class="yj-answer">{body}{note}</div>'


def _html_part(sentence: Sentence | None, tokens: Sequence[Token]) -> str:
    words = "".join(_chip(token) if isinstance(token, int) else _words(token) for token in tokens)
    if sentence is None or not words:
        return words
    if sentence.supported:
        return f'<span class="yj-sentence">{words}</span>'
    reason = _breaks(_escape(_reason(sentence)))
    return f'<span class="yj-sentence yj-unsupported">{words}</span><span class="yj-problem">{reason}</span>'


def _words(text: str) -> str:
    return _breaks(_BOLD.sub(r"<strong>\1</strong>", _escape(text)))


def _chip(number: int) -> str:
    label = f"引文 {number} Source {number}"
    return f'<button type="button" class="yj-chip" data-n="{number}" title="{label}">{number}</button>'


def _breaks(escaped: str) -> str:
    return re.sub(r"\s*\n\s*", '<span class="yj-break"></span>', escaped)


# --- HTML: the sources ------------------------------------------------------------------------------------------------


def sources_html(answer: Answer) -> str:
    """A card for each [n]: where it comes from, and its passage with the cited words marked."""
    numbered: dict[int, list[Citation]] = {}
    for citation in answer.citations:
        numbered.setdefault(citation.number, []).append(citation)
    if not numbered:
        return f'<div class="yj-sources yj-none">{NOTHING_CITED}</div>'
    seen: set[str] = set()
    cards = []
    for citations in numbered.values():
        cards.append(_card(citations, brief=citations[0].passage.id in seen))
        seen.add(citations[0].passage.id)
    return f'<div class="yj-sources">{"".join(cards)}</div>'


def _card(citations: Sequence[Citation], *, brief: bool) -> str:
    """``brief``: the whole passage stands in an earlier card, so only the paragraphs with the quote are shown."""
    first = citations[0]
    article, number = first.article, first.number
    start, end = _window(first)
    marks = [(max(c.start, start) - start, min(c.end, end) - start) for c in citations if c.article.id == article.id]
    blocks = [block for block, marked in _blocks(article.text[start:end], marks) if marked or not brief]
    before = "…" if brief or start > first.passage.start else ""
    after = "…" if brief or end < first.passage.end else ""
    title = _escape(_line(article.title) or _file_name(article))
    heading = f'<div class="yj-heading">{_escape(first.passage.heading)}</div>' if first.passage.heading else ""
    return (
        f'<article class="yj-card" data-n="{number}" tabindex="-1"><header><span class="yj-number">{number}</span>'
        f'<div><h3>{title}</h3><p class="yj-meta">{_meta(article)}</p></div></header>'
        f'{heading}<div class="yj-passage">{before}{"".join(blocks)}{after}</div></article>'
    )


def _window(citation: Citation) -> Span:
    """The passage together with its quote, no more than MAX_CONTEXT characters around the quote."""
    start = max(min(citation.passage.start, citation.start), citation.start - MAX_CONTEXT)
    end = min(max(citation.passage.end, citation.end), citation.end + MAX_CONTEXT)
    return start, end


def _meta(article: Article) -> str:
    parts = [_escape(_line(part)) for part in (article.date, article.source) if part]
    if article.path:
        path, name = _escape(_line(article.path)), _escape(_file_name(article))
        parts.append(f'<span class="yj-path" title="{path}">{name}</span>')
    if url := safe_url(article.url):
        host = _escape(urlsplit(url).hostname or "")
        parts.append(f'<a href="{_escape(url)}" target="_blank" rel="noopener noreferrer">原文 {host} ↗</a>')
    return '<span class="yj-dot">·</span>'.join(parts)


def _file_name(article: Article) -> str:
    return _line(PurePath(article.path.replace("\\", "/")).name)


# --- HTML: a passage --------------------------------------------------------------------------------------------------


def _blocks(text: str, marks: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    """Paragraphs and tables, the marked spans highlighted and **bold** shown bold; and whether a mark is in them."""
    table: list[list[Span]] = []
    for start, end in [*_lines(text), (len(text), len(text))]:
        cells = _cells(text, start, end)
        if len(cells) > 1:
            table.append(cells)
            continue
        if table:
            yield _table(text, table, marks), _overlaps((table[0][0][0], table[-1][-1][1]), marks)
            table = []
        if start < end:
            yield _paragraph(text, (start, end), marks), _overlaps((start, end), marks)


def _paragraph(text: str, span: Span, marks: Sequence[Span]) -> str:
    heading = _HEADING.match(text, *span)
    if heading:
        return f"<h4>{_inline(text, (heading.end(), span[1]), marks)}</h4>"
    return f"<p>{_inline(text, span, marks)}</p>"


def _overlaps(span: Span, marks: Sequence[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in marks)


def _lines(text: str) -> Iterator[Span]:
    for match in re.finditer(r"[^\n]+", text):
        span = _trim(text, *match.span())
        if span[0] < span[1]:
            yield span


def _trim(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    kept = part.strip()
    start += len(part) - len(part.lstrip()) if kept else 0
    return start, start + len(kept)


def _cells(text: str, start: int, end: int) -> list[Span]:
    """The cells of a table row (tabs, or pipes at both ends), else nothing."""
    line = text[start:end]
    piped = len(line) > 1 and line[0] == line[-1] == "|"
    if not piped and "\t" not in line:
        return []
    edges = [start - 1, *(start + m.start() for m in re.finditer(r"[|]" if piped else r"\t", line)), end]
    if piped:
        edges = edges[1:-1]
    return [_trim(text, left + 1, right) for left, right in pairwise(edges)]


def _table(text: str, rows: Sequence[list[Span]], marks: Sequence[Span]) -> str:
    rows = [row for row in rows if not _RULE.fullmatch(text[row[0][0] : row[-1][1]].strip())]
    html_rows = []
    for row in rows:
        tag = "th" if row is rows[0] and len(rows) > 1 else "td"
        html_rows.append("".join(f"<{tag}>{_inline(text, cell, marks)}</{tag}>" for cell in row))
    body = "".join(f"<tr>{row}</tr>" for row in html_rows)
    return f'<div class="yj-table"><table>{body}</table></div>'


def _inline(text: str, span: Span, marks: Sequence[Span]) -> str:
    """A line or a cell, escaped; it is cut at every edge of a mark or of bold text, so the tags always nest."""
    start, end = span
    bold = [(start + m.start(), start + m.end()) for m in _BOLD.finditer(text[start:end])]
    stars = [(a, a + 2) for a, _ in bold] + [(b - 2, b) for _, b in bold]
    edges = {start, end, *(edge for pair in [*marks, *bold, *stars] for edge in pair if start < edge < end)}
    cuts = sorted(edges)
    pieces = []
    for left, right in pairwise(cuts):
        if _within(left, stars):
            continue
        piece = _escape(text[left:right])
        piece = f"<strong>{piece}</strong>" if _within(left, bold) else piece
        pieces.append(f"<mark>{piece}</mark>" if _within(left, marks) else piece)
    return "".join(pieces)


def _within(position: int, spans: Sequence[Span]) -> bool:
    return any(start <= position < end for start, end in spans)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def markdown(answer: Answer) -> str:
    """The answer to keep in a note: marks stay [n], each source follows with its quote."""
    body = "".join(_markdown_part(sentence, tokens) for sentence, tokens in _parts(answer)).strip()
    blocks = [_flush(body)]
    for citation in answer.citations:
        article = citation.article
        title, url = _plain_markdown(_line(article.title)), safe_url(article.url)
        names = [f"[{title}](<{url}>)" if url else title]
        names += [_plain_markdown(_line(part)) for part in (article.date, article.source, article.path) if part]
        quote = _flush(_plain_markdown(visible(citation.quote).strip())).replace("\n", "\n> ")
        blocks.append(f"**[{citation.number}]** {' · '.join(names)}\n\n> {quote}")
    if answer.invented:
        blocks.append(f"{INVENTED}: {_plain_markdown(_line(' '.join(answer.invented)))}")
    return "\n\n".join(blocks) + "\n"


def _markdown_part(sentence: Sentence | None, tokens: Sequence[Token]) -> str:
    text = "".join(f"[{token}]" if isinstance(token, int) else _plain_markdown(visible(token)) for token in tokens)
    if sentence is None or sentence.supported:
        return text
    return f"{text} *({_plain_markdown(_line(_reason(sentence)))})*"


def _plain_markdown(text: str) -> str:
    return _MARKDOWN_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))


def _flush(text: str) -> str:
    """Lines without their indent: four leading blanks would make a code block."""
    return re.sub(r"(?m)^[ \t]+", "", text)


# --- JSON -------------------------------------------------------------------------------------------------------------


def answer_json(answer: Answer) -> dict[str, Any]:
    """The stable shape of ``yinju ask --json``; every text verbatim."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "refused": answer.refused,
        "engine": answer.engine,
        "sentences": [
            {"text": s.text, "citations": list(s.citations), "supported": s.supported, "problems": list(s.problems)}
            for s in answer.sentences
        ],
        "citations": [_citation_json(citation) for citation in answer.citations],
        "invented": list(answer.invented),
        "timings": dict(answer.timings),
    }


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.number,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "passage": citation.passage.text,
        "article": _article_json(citation.article),
    }


def hits_json(question: str, hits: Sequence[Hit]) -> dict[str, Any]:
    """The stable shape of ``yinju search --json``; every text verbatim."""
    return {
        "question": question,
        "hits": [
            {
                "rank": rank,
                "score": hit.score,
                "text": hit.passage.text,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "article": _article_json(hit.article),
            }
            for rank, hit in enumerate(hits, start=1)
        ],
    }


def _article_json(article: Article) -> dict[str, str]:
    return {
        "id": article.id,
        "title": article.title,
        "date": article.date,
        "source": article.source,
        "path": article.path,
        "url": article.url,
    }
