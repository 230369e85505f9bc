"""Articles as references for other programs: BibTeX, RIS and GB/T 7714, from what is known of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import PurePath

from index.types import Article
from ui import render

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bibtex(articles: Iterable[Article], today: date) -> str:
    """An entry an article, its key the article's id."""
    return "\n".join(_bibtex(article, today) for article in _once(articles))


def _bibtex(article: Article, today: date) -> str:
    year, month, _ = _parts(article)
    url = render.safe_url(article.url)
    fields = {
        "title": f"{{{_latex(_title(article))}}}",
        "howpublished": _latex(render.one_line(article.source)),
        "note": _latex(render.one_line(article.issue)),
        "year": year,
        "month": _MONTHS[int(month) - 1] if month else "",
        "date": article.date,
        "url": re.sub(r"([{}\\])", "", url),
        "urldate": today.isoformat() if url else "",
        "langid": {"zh": "chinese", "en": "english"}.get(article.language, ""),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    lines = [line.replace("{", "").replace("}", "") if line.startswith("  month") else line for line in lines]
    return "\n".join([f"@misc{{yinju-{article.id},", *lines, "}", ""])


def _latex(text: str) -> str:
    return "".join(_LATEX.get(char, char) for char in text)


def ris(articles: Iterable[Article], today: date) -> str:
    """A record an article, of the type of a newspaper's article."""
    return "".join(_ris(article, today) for article in _once(articles))


def _ris(article: Article, today: date) -> str:
    year, month, day = _parts(article)
    url = render.safe_url(article.url)
    told = [
        ("TY", "NEWS"), ("ID", article.id), ("TI", _title(article)), ("T2", render.one_line(article.source)), ("PY", year),
        ("DA", "/".join((year, month, day, "")) if year else ""), ("UR", url), ("Y2", today.strftime("%Y/%m/%d/") if url else ""),
        ("N1", render.one_line(article.issue)), ("LA", article.language),
    ]  # fmt: skip
    return "".join(f"{tag}  - {value}\r\n" for tag, value in told if value) + "ER  - \r\n"


def gbt7714(articles: Iterable[Article], today: date) -> str:
    """A numbered line an article, by GB/T 7714-2015: [EB/OL] of one with an address, [N] of one with a source, else [Z]."""
    lines = [f"[{number}] {_gbt7714(article, today)}" for number, article in enumerate(_once(articles), 1)]
    return "\n".join(lines) + "\n" * bool(lines)


def _gbt7714(article: Article, today: date) -> str:
    title, source, url = _title(article), render.one_line(article.source), render.safe_url(article.url)
    if url:
        published = f"({article.date})" if article.date else ""
        return f"{title}[EB/OL]. {f'{source}, ' if source else ''}{published}[{today.isoformat()}]. {url}."
    told = ", ".join(part for part in (source, article.date) if part)
    return f"{title}[{'N' if source else 'Z'}]. {told}." if told else f"{title}[Z]."


FORMATS: Mapping[str, Callable[[Sequence[Article], date], str]] = {"bibtex": bibtex, "ris": ris, "gbt7714": gbt7714}
"""What articles may be cited as, by name."""


def _once(articles: Iterable[Article]) -> list[Article]:
    return list({article.id: article for article in articles}.values())


def _title(article: Article) -> str:
    """The title, else the name of the file; never its path, which is nobody else's."""
    return render.one_line(article.title) or PurePath(article.path.replace("\\", "/")).name


def _parts(article: Article) -> tuple[str, str, str]:
    """Year, month and day as they are known, "" for those that are not."""
    year, month, day = (*article.date.split("-"), "", "", "")[:3]
    return year, month, day
