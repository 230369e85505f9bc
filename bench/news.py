"""News texts, a file each, as articles: how many are read, keep their letters, are dated as their text begins, and are in the right language.

python bench/news.py TEXTS.jsonl.xz [--every N]: each line {"text": ...}; nothing is embedded.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from index import digest
from index.readers import Reader, ReadError

_DAY = re.compile(r"(20\d\d)\s?[-/年.]?\s?(\d{1,2})\s?[-/月.]\s?(\d{1,2})")
_HEAD = 150  # characters in which the word that opens a text stands


def told(text: str) -> str:
    """The day that stands before the text's own words, "" where none does or its year is missing."""
    head, opens, _ = text[:_HEAD].partition("正文：")
    found = _DAY.search(head) if opens else None
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else ""


def written(text: str) -> str:
    """The language of nearly all words, "" of a text in two."""
    han, words = len(re.findall("[\u4e00-\u9fff]", text)), len(re.findall("[A-Za-z]+", text))
    return "zh" if han > 2 * words else "en" if words > 10 * han else ""


def misses(text: str, path: Path, reader: Reader) -> Iterator[str]:
    """What is wrong with how one text is read."""
    path.write_text(text, encoding="utf-8")
    try:
        (document,) = reader.read(path).documents
    except ReadError:
        yield "not read"
        return
    articles = digest.read(document, path=str(path), file_hash="")
    if len(articles) != 1:
        yield "not one article"
    if (day := told(text)) and day != articles[0].date:
        yield "date"
    if written(text) not in ("", articles[0].language):
        yield "language"
    kept = sum(len(re.findall(r"\w", article.title + article.text)) for article in articles)
    if kept + _HEAD < len(re.findall(r"\w", text)):
        yield "letters lost"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--every", type=int, default=1, metavar="N")
    options = parser.parse_args()
    with lzma.open(options.texts, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for n, line in enumerate(lines) if n % options.every == 0]
    started, wrong = perf_counter(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="yinju-news-") as folder, Reader() as reader:
        for number, text in enumerate(texts):
            for miss in misses(text, Path(folder, "news.txt"), reader):
                wrong[miss] += 1
                print(f"{number * options.every}: {miss}: {text[:60]!r}", file=sys.stderr)
    dated = sum(bool(told(text)) for text in texts)
    print(f"{len(texts):,} texts, {dated:,} that begin with a day, {perf_counter() - started:.0f} s")
    print(f"wrong: {dict(wrong) or 'none'}")


if __name__ == "__main__":
    main()
