"""`python bench/mentions.py --news FILE.jsonl.xz`: 60 strings drawn from news, listed by the library and by a plain scan of all texts.

Prints for each kind of string (names, places, titles, numbers, words of other scripts) precision and recall of the articles
listed, and the seconds that a list takes. The strings are drawn by a seeded chance from what the texts themselves say.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from index.filters import Filters
from index.lexical import simplified
from index.store import Store
from rag.assistant import Assistant
from rag.settings import Settings, load_settings
from rag.upkeep.ingest import ingest
from ui.evaluation import machine

SEED = 20261128
KINDS = {
    "name": r"记者[\s:：]*([\u4e00-\u9fff]{2,3})(?=[，,。\s）)])",
    "place": r"([\u4e00-\u9fff]{2,3}(?:省|市|县|区))",
    "title": r"(《[^》\n]{3,20}》)",
    "number": r"(?<![\d.,])(\d[\d,]*(?:\.\d+)?(?:万|亿|%|余)?(?:元|人|家|公里|吨|亩)?)(?![\d.,])",
    "word": r"(?<![A-Za-z])([A-Za-z][A-Za-z\d-]{1,14})(?![A-Za-z])",
}
EACH, MOST = 12, 500
"""Strings of each kind, and the articles that one may stand in."""


def read_news(path: Path, most: int) -> list[str]:
    """The texts of the first articles of a file of JSON lines."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return [str(json.loads(line)["text"]) for line, _ in zip(file, range(most), strict=False)]


def draw(texts: Sequence[str]) -> list[tuple[str, str]]:
    """(kind, string) of strings that stand in 1 to MOST of the texts, EACH of a kind, half of them of several texts."""
    chance = random.Random(SEED)
    drawn: list[tuple[str, str]] = []
    for kind, pattern in KINDS.items():
        often: dict[str, int] = {}
        for text in texts:
            for found in set(re.findall(pattern, text)):
                often[found] = often.get(found, 0) + 1
        usual = sorted(one for one, count in often.items() if 3 <= count <= MOST)
        rare = sorted(one for one, count in often.items() if count < 3)
        picked = chance.sample(usual, min(EACH // 2, len(usual)))
        drawn += [(kind, one) for one in [*picked, *chance.sample(rare, min(EACH - len(picked), len(rare)))]]
    return drawn


def scan(plain: Sequence[tuple[str, str]], string: str) -> set[str]:
    """The ids of the articles that hold a string, read from all their texts (``plain``: id, folded text)."""
    wanted = re.escape(fold(string)).replace(r"\ ", r"\s+")
    # Where Han meets another script, a blank may stand or not.
    wanted = re.sub(r"(?<=[\u4e00-\u9fff])(?=[a-z\d])|(?<=[a-z\d])(?=[\u4e00-\u9fff])", r"\\s*", wanted)
    first, last = fold(string)[0], fold(string)[-1]
    before = r"(?<!\d)(?<!\d\.)" if first.isdigit() else "(?<![a-z])" if first.isascii() and first.isalpha() else ""
    after = r"(?!\d|\.\d)" if last.isdigit() else "(?![a-z])" if last.isascii() and last.isalpha() else ""
    expression = re.compile(before + wanted + after)
    return {id_ for id_, text in plain if expression.search(text)}


def fold(text: str) -> str:
    """Written anew, so that the scan does not repeat a mistake of the library."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))|[*＊]", "", text)
    text = simplified(unicodedata.normalize("NFKC", text)).casefold()
    for sign, others in {'"': "“”", "'": "‘’", "·": "•・", "-": "–—―"}.items():
        text = re.sub(f"[{others}]", sign, text)
    return text


def build(news: Path, articles: int, home: Path) -> Settings:
    """A library of so many articles, a file each; an existing one is used as it is."""
    settings = load_settings(home)
    if not settings.library_folder.exists():
        folder = home / "news"
        folder.mkdir(parents=True)
        for number, text in enumerate(read_news(news, articles)):
            (folder / f"{number:05d}.txt").write_text(text, encoding="utf-8")
        ingest([folder], settings)
    return settings


def texts_of(library: Store) -> list[tuple[str, str]]:
    """Id and folded text of each article, those of a copy under its original's id."""
    held = library.whole(library.rows_of(article.id for article in library.articles()))
    return [(one.copy_of or one.id, fold(f"{one.title}\n{one.text}")) for one in held.values()]


def run(settings: Settings, news: Path, articles: int) -> list[str]:
    """The table, a line a kind."""
    with Assistant(settings) as assistant:
        plain = texts_of(assistant.library)
        assistant.mentions("机", Filters())  # the search is loaded once
        rows: dict[str, list[tuple[int, int, int, float, float]]] = {}
        wrong: list[str] = []
        for kind, string in draw(read_news(news, articles)):
            started, worked = time.perf_counter(), time.process_time()
            found = assistant.mentions(string, Filters())
            seconds = (time.perf_counter() - started, time.process_time() - worked)
            ids, wanted = {one.article.copy_of or one.article.id for one in found}, scan(plain, string)
            rows.setdefault(kind, []).append((len(ids & wanted), len(ids), len(wanted), *seconds))
            if ids != wanted:
                wrong.append(f"{string!r}: {len(ids - wanted)} too many, {len(wanted - ids)} missed")
    everything = [one for own in rows.values() for one in own]
    lines = [f"{articles:,} articles, {machine()}", "kind strings articles precision recall p50 most p50(cpu)"]
    for kind, told in [*rows.items(), ("all", everything)]:
        right, listed, there = (sum(int(one[at]) for one in told) for at in range(3))
        waiting, working = [one[3] for one in told], [one[4] for one in told]
        score = f"{right / max(listed, 1):.3f} {right / max(there, 1):.3f}"
        lines.append(
            f"{kind} {len(told)} {there} {score} {median(waiting):.3f} s {max(waiting):.3f} s {median(working):.3f} s"
        )
    return lines + wrong


def main() -> None:
    """Build the library, if there is none, draw the strings and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--news", type=Path, required=True, help="articles, a JSON object a line with its text, xz")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--home", type=Path, help="where the library lies or is made; else it is made anew")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = build(given.news, given.articles, given.home or Path(folder))
        print("\n".join(run(settings, given.news, given.articles)))


if __name__ == "__main__":
    main()
