"""Web pages: the article of a saved page, with the title, date, source and address that its head names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.formats import markup, text
from index.formats.document import Document, ReadError, known_date, known_title
from index.lines import clean_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DATES = (
    "article:published_time", "datepublished", "date", "pubdate", "publishdate", "publish_date", "publication_date",
    "dc.date", "dc.date.issued", "dcterms.date", "dcterms.created", "article:modified_time", "weibo: article:create_at",
)  # fmt: skip
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(\S{1,2000}) -->")


def read(data: bytes, path: str, *, url: str = "", charset: str = "") -> Document:
    """The article of an HTML page. Raises ReadError where it holds no text."""
    source = markup.decode(data, charset=charset)
    try:
        tree = markup.parse(source)
    except ValueError as error:
        raise ReadError(f"{path} is not a page that can be read ({error}): save it again") from error
    about = _about(tree)
    address = _SAVED_FROM.search(source[:4096])
    title = known_title(about.get("og:title") or text.one_line(tree.findtext(".//title") or ""))
    blocks = markup.blocks(tree)
    headed = not title or any(block.startswith(("# ", "## ")) for block in blocks[:5])
    return Document(
        path,
        text.blocks([*([] if headed or not blocks else [f"# {title}"]), *blocks]),
        title=title,
        date=next((date for name in _DATES if (date := known_date(about.get(name)))), "") or _stamped(tree),
        source=" ".join((about.get("og:site_name") or about.get("publisher") or "").split())[:80],
        url=clean_url(url or about.get("canonical") or about.get("og:url") or (address[1] if address else "")),
    )


def _about(tree: HtmlElement) -> dict[str, str]:
    """What the head says by name: meta elements, the canonical address, and the article of linked data."""
    about: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        about.setdefault(name.strip().lower(), (meta.get("content") or "").strip()[:2000])
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical":
            about.setdefault("canonical", link.get("href") or "")
    for script in tree.iter("script"):
        if (script.get("type") or "") == "application/ld+json":
            for thing in _linked(script.text or ""):
                if isinstance(thing.get("datePublished"), str):
                    about.setdefault("datepublished", thing["datePublished"][:100])
    return about


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


def _stamped(tree: HtmlElement) -> str:
    """The date of the first <time> that names one."""
    return next((date for time in tree.iter("time") if (date := known_date(time.get("datetime")))), "")
