"""Web pages: the article of a saved page, with the title, date, source and address that its head, byline or site's data name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from index import lines as shape
from index.formats import markup, text
from index.formats.document import Document, ReadError, known_date, known_title
from index.lines import clean_url
from index.text.clauses import STOPS
from index.text.dates import SPLIT_DAY, find_dates, first_day

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DATES = (
    "article:published_time", "datepublished", "date", "pubdate", "firstpublishedtime", "publishdate", "publish_date", "publish-date",
    "publishtime", "pubtime", "publication_date", "parsely-pub-date", "citation_publication_date", "dc.date", "dc.date.issued",
    "dcterms.date", "dcterms.created", "og:release_date", "weibo: article:create_at",
)  # fmt: skip
_REVISED = ("article:modified_time", "datemodified", "lastmodifiedtime", "og:updated_time")
_TITLES = ("og:title", "articletitle", "headline", "dc.title")
_SOURCES = ("contentsource", "source", "article:source", "dc.source")
_SITES = ("og:site_name", "sitename", "application-name")
_SAVED_FROM = re.compile(r"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url:\s*)(\S{1,2000})")
_STAMP = re.compile(
    r"""\b(?:ct|create_?time|publish_?time|pub_?time|pub_?date)["']?\s*[:=]\s*["'](\d{10}|\d{4}-\d\d-\d\d)(?!\d)""",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*(?:[-_|–—·•»]+|--)\s*")
_LABEL = re.compile(
    r"(?:(?:文章|信息|稿件|新闻)?[来來]源|稿源|source|via)\s*[:：]\s*(\S.{0,60}?)(?=\s{2,}|\s*[|｜]|\s+\S{2,6}[:：]|$)",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"(?:by|文|作者|记者|記者|编辑|編輯|撰文|责编|责任编辑)\b|(?:文|作者|记者|記者|编辑|編輯|撰文)[:：/／|｜\s]",
    re.IGNORECASE,
)
_TOLD = 40  # letters left out that are worth telling
_RUNNING = 30  # letters of a text, where a shorter string is a label
_SENTENCE = re.compile(rf"[{STOPS}]|[a-z][.!?](?:\s|<|$)")
_LONGEST = 160  # characters of a byline
_BEIJING = timedelta(hours=8)


def read(data: bytes, path: str, *, url: str = "", charset: str = "", styles: str = "") -> Document:
    """The article of an HTML page; ``note`` says what was left out of it. Raises ReadError where it holds no text."""
    source = markup.decode(data, charset=charset)
    try:
        tree = markup.parse(source)
    except ValueError as error:
        raise ReadError(f"{path} is not a page that can be read ({error}): save it again") from error
    about = _about(tree)
    blocks, sight = markup.seen(tree, styles=styles)
    if not any(re.search(r"\w", block) for block in blocks):
        blocks = _undrawn(tree, about, path)
    title, site = _title(tree, about)
    date, account = _byline(tree, sight, about, site)
    headed = not title or any(block.startswith(("# ", "## ")) for block in blocks[:5])
    return Document(
        path,
        text.blocks([*([] if headed or not blocks else [f"# {title}"]), *blocks]),
        title=title,
        date=_date(tree, about) or date or _stamped(tree, source),
        source=account,
        url=_address(about, url, source),
        note=_left_out(path, sight, sum(map(len, blocks))),
    )


def _about(tree: HtmlElement) -> dict[str, str]:
    """What the head says by name: meta elements, the canonical address, and the article of linked data."""
    about: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if content := (meta.get("content") or "").strip()[:2000]:
            about.setdefault(name.strip().lower(), content)
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical":
            about.setdefault("canonical", link.get("href") or "")
    for script in tree.iter("script"):
        if (script.get("type") or "") == "application/ld+json":
            for thing in _linked(script.text or ""):
                if isinstance(thing.get("datePublished"), str):
                    _describe(thing, about)
    return about


def _describe(thing: dict[str, Any], about: dict[str, str]) -> None:
    """What linked data says of an article."""
    for name in ("datePublished", "dateModified", "headline"):
        if isinstance(thing.get(name), str):
            about.setdefault(name.lower(), thing[name][:300])
    if isinstance(thing.get("articleBody"), str):
        about.setdefault("articlebody", thing["articleBody"])
    for name in ("publisher", "author"):
        held = thing.get(name)
        held = held[0] if isinstance(held, list) and held else held
        if isinstance(held, dict) and isinstance(held.get("name"), str):
            about.setdefault(name, held["name"][:200])


def _undrawn(tree: HtmlElement, about: dict[str, str], path: str) -> list[str]:
    """The text of a page that a script was to draw: the body that its linked data names, else the longest text among the data of
    its scripts. Raises ReadError where they hold none."""
    body = about.get("articlebody", "") or max(_stated(tree), key=len, default="")
    if re.search(r"<(?:p|div|br|section|h\d)\b", body):
        return markup.blocks(markup.parse(body), whole=True)
    if body:
        return [line for line in map(text.one_line, body.split("\n")) if line]
    raise ReadError(
        f"{path} is empty: a script was to draw its text, or it has none; save it anew as .mhtml when it is shown, or print it as .pdf"
    )


def _stated(tree: HtmlElement) -> Iterator[str]:
    """Strings in the data of a page's scripts that read as running text."""
    for script in tree.iter("script"):
        source = (script.text or "").strip()
        at = source.find("{")
        if at < 0 or not (re.fullmatch(r"(?:(?:var|let|const) )?[\w.$\[\]\"']{1,80}\s*=\s*", source[:at]) or not at):
            continue
        try:
            waiting = [json.JSONDecoder().raw_decode(source, at)[0]]
        except (ValueError, RecursionError):
            continue
        while waiting:
            held = waiting.pop()
            if isinstance(held, dict | list):
                waiting += held.values() if isinstance(held, dict) else held
            elif isinstance(held, str) and len(held) > _RUNNING and _SENTENCE.search(held):
                yield held


def _linked(told: str) -> Iterator[dict[str, Any]]:
    """The things that linked data tells of, those inside a graph included."""
    try:
        found = json.loads(told)
    except (ValueError, RecursionError):
        return
    for thing in found if isinstance(found, list) else [found]:
        if isinstance(thing, dict):
            yield thing
            graph = thing.get("@graph")
            yield from (inner for inner in graph if isinstance(inner, dict)) if isinstance(graph, list) else ()


def _first(about: dict[str, str], *names: str) -> str:
    return next((" ".join(about[name].split()) for name in names if about.get(name)), "")


def _title(tree: HtmlElement, about: dict[str, str]) -> tuple[str, str]:
    """The title, and the name of the site where it only stands behind the title."""
    written = text.one_line(tree.findtext(".//title") or "")
    titles = [known_title(_first(about, *_TITLES)), known_title(written)]
    title = next(filter(None, titles), "")
    for heading in islice(tree.iter("h1", "h2"), 5):
        shown = known_title(text.one_line("".join(heading.itertext())))
        for long in filter(None, titles):
            tail = long[len(shown) :] if shown and long.startswith(shown) else ""
            if mark := _TAIL.match(tail):
                pieces = [piece for piece in _TAIL.split(tail[mark.end() :]) if piece]
                return shown, re.split("[，,]", pieces[-1])[0][:40] if pieces else ""
    headings = [known_title(text.one_line("".join(heading.itertext()))) for heading in tree.iter("h1")]
    return title or (headings[0] if len(headings) == 1 else ""), ""


def _date(tree: HtmlElement, about: dict[str, str]) -> str:
    """The day of publication; of a page of a wiki, which is never finished, that of its last revision."""
    names = (*_REVISED, *_DATES) if about.get("generator", "").startswith("MediaWiki") else (*_DATES, *_REVISED[:1])
    if names[0] in _REVISED:
        edited = tree.xpath("//*[@id='footer-info-lastmod']")
        found = find_dates("".join(edited[0].itertext()), "") if edited else []
        if found and len(found[0].iso) == 10:
            return found[0].iso
    return next((date for name in names if (date := known_date(about.get(name)))), "")


def _byline(tree: HtmlElement, sight: markup.Sight, about: dict[str, str], site: str) -> tuple[str, str]:
    """The date of the rows around the title, and the source: what is labelled as one, the account that signs, or the site."""
    date = account = labelled = ""
    said = ""
    for row in islice(markup.rows(tree, sight), 80):
        pieces = [piece for part in row.itertext() if (piece := " ".join(part.split()))]
        line = " ".join(pieces)
        if len(line) > _LONGEST or (shape.is_body(line) and not _LABEL.search(line)):
            if len(said) > 400:
                break
            said += line
            continue
        labelled = labelled or ((found := _LABEL.search(line)) and found[1].strip()) or ""
        if not date and (date := _dated(line)):
            account = _account(row, pieces, about)
    names = [*tree.xpath("//*[@id='js_name']"), *tree.xpath("//*[contains(@class, 'nickname')]")]
    name = next(filter(None, map(_named, names)), "")
    official = _first(about, *_SITES)
    signed = name or account
    platform = bool(official) and official not in " ".join(tree.xpath("//body//text()[not(ancestor::script)]"))
    written = _LABEL.sub(r"\1", _first(about, *_SOURCES)) or labelled
    chosen = (
        written
        or (signed if platform or not official else "")
        or (about.get("publisher", "") if platform else "")
        or official
        or site
        or about.get("publisher", "")
        or signed
    )
    return date, " ".join(chosen.split())[:80]


def _named(node: HtmlElement) -> str:
    shown = text.one_line("".join(node.itertext()))
    return shown if len(shown) <= 40 else ""


def _dated(line: str) -> str:
    """The one day that a short row names."""
    if SPLIT_DAY.search(line):
        return first_day(line)
    days = {found.iso for found in find_dates(line, "") if len(found.iso) == 10}
    return days.pop() if len(days) == 1 else ""


def _account(row: HtmlElement, pieces: list[str], about: dict[str, str]) -> str:
    """Who signs beside the date: what is linked, else the piece before the date; no person."""
    persons = {about.get("author", "").casefold()}
    persons |= {
        _named(node).casefold()
        for node in row.xpath(".//*[@rel='author' or @itemprop='author' or contains(@class, 'author')]")
    }
    linked = [_named(node) for node in row.iter("a")]
    at = next((n for n, piece in enumerate(pieces) if _dated(piece)), 0)
    before = pieces[at - 1] if at else ""
    for name in [*linked, before]:
        fits = name and len(name) <= 30 and re.search(r"[^\W\d_]", name) and not shape.ends_sentence(name)
        told = shape.meta(f"{name}: 2000-01-01")  # "Posted on" says when, and names nobody
        if (
            fits
            and not (told and told.date)
            and not _PERSON.match(name)
            and name.casefold() not in persons
            and not _dated(name)
        ):
            return name
    return ""


def _stamped(tree: HtmlElement, source: str) -> str:
    """The date of the first <time> that names one, else of the site's own data in a script."""
    if shown := next((date for time in tree.iter("time") if (date := known_date(time.get("datetime")))), ""):
        return shown
    found = _STAMP.search(source)
    if not found or not found[1].isdecimal():
        return known_date(found[1]) if found else ""
    return (datetime.fromtimestamp(int(found[1]), UTC) + _BEIJING).date().isoformat()


def _address(about: dict[str, str], url: str, source: str) -> str:
    saved = _SAVED_FROM.search(source[:8192])
    for address in (url, about.get("canonical"), about.get("og:url"), saved[1] if saved else "", about.get("url")):
        if address and (known := clean_url(f"https:{address}" if address.startswith("//") else address)):
            return known
    return ""


def _left_out(path: str, sight: markup.Sight, kept: int) -> str:
    """What a reader of the page might miss, where it is more than a tenth of what was kept."""
    missed = {
        why: size for why, size in sight.left.items() if size >= max(_TOLD, kept / 10) and why != "struck through"
    }
    told = ", ".join(f"{size:,} characters {why if why[0] != '<' else f'in {why}'}" for why, size in missed.items())
    return f"{path}: left out of the page: {told}" if told else ""
