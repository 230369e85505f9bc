"""Filters admit exactly what they say, in the library's own SQL, and lose no hit that a search without them ranks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.filters import FilterError, Filters
from index.library import Entry, Library, Manifest
from index.search import Query, Search
from index.types import Article
from models import load_embedder
from rag import question
from rag.opening import manifest
from rag.upkeep.ingest import entry

NOTHING = np.zeros((0, 4), dtype=np.float32)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(tmp_path / "default", create=Manifest("words", "1", 4))
    yield opened
    opened.close()


def admits(library: Library, filters: Filters, **article: Any) -> bool:
    """Whether the filters admit an article like this one."""
    made = replace(Article("one", "Title", "Text.", path="/home/me/one.txt"), **article)
    library.replace("/home/me/one.txt", [Entry(made, [], [], NOTHING)])
    listed = [found.id for found in library.articles(filters)]
    assert len(library.select(filters)) == len(listed)
    return listed == ["one"]


@pytest.mark.parametrize(
    ("date", "since", "until", "admitted"),
    [
        ("", "", "", True),
        ("", "2025", "", False),
        ("", "", "2025", False),
        ("2025", "2025", "", True),
        ("2025", "2025-06", "", True),
        ("2025", "2025-06-30", "2025-07-01", True),
        ("2025", "2026", "", False),
        ("2025", "", "2024-12-31", False),
        ("2025-06", "2025-06-30", "", True),
        ("2025-06", "2025-07-01", "", False),
        ("2025-06", "", "2025-06-01", True),
        ("2025-06", "", "2025-05-31", False),
        ("2025-06", "2025-06-10", "2025-06-20", True),
        ("2025", "2025", "2025", True),
        ("2025-06-30", "2025-01", "2025-06", True),
        ("2025-06-30", "2025-07", "2025-12", False),
        ("2025-06-30", "2025-06-30", "2025-06-30", True),
    ],
)
def test_which_dates_are_admitted(library: Library, date: str, since: str, until: str, admitted: bool) -> None:
    assert admits(library, Filters(since=since, until=until), date=date) is admitted


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"since": "yesterday"}, "since = 'yesterday' is no date: write YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"until": "2025-13"}, "until = '2025-13' is no date"),
        ({"until": "2025-02-30"}, "until = '2025-02-30' is no date"),
        ({"since": "2025-12", "until": "2025-01"}, "since = '2025-12' comes after until = '2025-01'"),
        ({"language": "fr"}, "language = 'fr' is none of zh, en"),
        ({"source": None}, "source = None is no text"),
        ({"since": 2025}, "since = 2025 is no text"),
    ],
)
def test_a_filter_that_nothing_can_meet_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(FilterError) as raised:
        Filters(**wrong)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("part", "source", "admitted"),
    [
        ("daily", "Daily News", True),
        ("NEWS", "Daily News", True),
        ("日报", "农民日报", True),
        ("ÉTÉ", "L'été", True),
        ("%", "Daily News", False),
        ("x", "", False),
        ("", "", True),
    ],
)
def test_which_sources_are_admitted(library: Library, part: str, source: str, admitted: bool) -> None:
    assert admits(library, Filters(source=part), source=source) is admitted


@pytest.mark.parametrize(
    ("asked", "path", "admitted"),
    [
        ("/home/me/digests", "/home/me/digests/a.txt", True),
        ("/home/me/digests/", "/home/me/digests/2025/a.txt", True),
        ("/home/me/digests/a.txt", "/home/me/digests/a.txt", True),
        ("/home/me/digest", "/home/me/digests/a.txt", False),
        ("digests", "/home/me/digests/a.txt", True),
        ("gests", "/home/me/digests/a.txt", False),
        ("a.txt", "/home/me/digests/a.txt", True),
        ("2025-*.txt", "/home/me/2025-06.txt", True),
        ("2025-?.txt", "/home/me/2025-06.txt", False),
        ("2025-*", "/home/me/2025-06/a.txt", True),
        ("*/2025-0[1-6].txt", "/home/me/2025-06.txt", True),
        ("简报", "/home/me/简报/一.txt", True),
        ("/home/[me]", "/home/[me]/a.txt", True),
        ("A.txt", "/home/me/a.txt", False),
    ],
)
def test_which_paths_are_admitted(library: Library, asked: str, path: str, admitted: bool) -> None:
    assert admits(library, Filters(path=asked), path=path) is admitted


def test_an_issue_is_a_source(library: Library) -> None:
    held = {"source": "东湖日报", "issue": "东湖数据参考 2025年3月14日 第9期"}
    for part in ("东湖日报", "数据参考", "第9期"):
        assert admits(library, Filters(source=part), **held), part
    assert not admits(library, Filters(source="第8期"), **held)
    assert library.issues() == [held["issue"]]


def test_all_that_is_given_must_hold(library: Library) -> None:
    article = {"date": "2025-06-30", "source": "Daily", "language": "en", "path": "/home/me/one.txt"}
    whole = Filters("2025", "2025", "daily", "en", "one.txt")
    assert admits(library, whole, **article)
    for wrong in (
        {"since": "2026", "until": ""},
        {"since": "", "until": "2024"},
        {"source": "x"},
        {"language": "zh"},
        {"path": "two.txt"},
    ):
        assert not admits(library, replace(whole, **wrong), **article)


def test_a_copy_admits_its_original(library: Library) -> None:
    said = Article(
        "first", "Title", "Forty lamps were lit in the harbour last night.", "2025-06-30", "Daily", path="/a.txt"
    )
    again = replace(said, id="second", source="Weekly", path="/b.txt")
    library.replace("/a.txt", [Entry(said, [], [], NOTHING)])
    library.replace("/b.txt", [again], prepare=lambda article: Entry(article, [], [], NOTHING))
    both = [library.select(Filters(source=source)).tolist() for source in ("daily", "weekly", "monthly")]
    assert both[0] == both[1] != []
    assert both[2] == []
    assert [article.id for article in library.articles(Filters(source="weekly"))] == ["second"]


EMBEDDER = load_embedder()
QUERIES = {
    text: Query(asked.terms, EMBEDDER.embed_queries([text])[0], asked.language)
    for text in ("How many harbour lamps were counted?", "水稻产量是多少？", "rain on day 7")
    for asked in [question.read(text)]
}
SUBJECTS = ("harbour lamps", "rice fields", "night trains", "医院机器人", "水稻产量")
DATES = ("", "2024", "2025", "2025-06", "2025-06-30", "2026-01-13")
SOURCES = ("Daily", "健康报", "")


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Search]]:
    folder = tmp_path_factory.mktemp("many") / "default"
    library = Library.open(folder, create=manifest(EMBEDDER))
    for number in range(60):
        subject = SUBJECTS[number % 5]
        path = f"/{'ab'[number % 2]}/{number}.txt"
        text = f"Report {number} on {subject}: the {subject} were counted {number} times. It rained on day {number}."
        language = "zh" if number % 5 > 2 else "en"
        made = Article(
            f"n{number}", f"{subject} {number}", text, DATES[number % 6], SOURCES[number % 3], "", path, language
        )
        library.replace(path, [entry(made, EMBEDDER)])
    yield library, Search(library, folder / "cache")
    library.close()


spans = st.tuples(
    st.sampled_from(("", "2025", "2025-06", "2025-06-15", "2026")),
    st.sampled_from(("", "2024-12", "2025", "2025-06-30", "2026-01")),
).filter(lambda span: not all(span) or span[0][: len(span[1])] <= span[1])
filters = st.builds(
    lambda span, **rest: Filters(*span, **rest),
    spans,
    source=st.sampled_from(("", "daily", "健康")),
    language=st.sampled_from(("", "zh", "en")),
    path=st.sampled_from(("", "/a", "b", "*1*.txt")),
)


@settings(max_examples=60)
@given(filters, st.sampled_from(sorted(QUERIES)))
def test_a_filtered_search_is_the_unfiltered_one_restricted(
    searched: tuple[Library, Search], filters: Filters, text: str
) -> None:
    library, search = searched
    query = QUERIES[text]
    admitted = {article.id for article in library.articles(filters)}
    scores = {hit.passage.id: hit.score for hit in search.search(query, 1000) if hit.article.id in admitted}
    found = search.search(query, 10, filters)
    assert {hit.article.id for hit in found} <= admitted
    # Scores, as two passages that score the same have no order.
    assert [hit.score for hit in found] == pytest.approx(sorted(scores.values(), reverse=True)[:10], abs=1e-5)
    assert [hit.score for hit in found] == pytest.approx([scores[hit.passage.id] for hit in found], abs=1e-5)


@pytest.mark.parametrize(
    ("path", "asked", "admitted"),
    [
        ("/home/me/Cafe\u0301 notes.txt", "Caf\u00e9*", True),
        ("/home/me/Caf\u00e9 notes.txt", "Cafe\u0301 notes.txt", True),
        ("/home/me/Caf\u00e9 notes.txt", "Cafe*", False),
    ],
)
def test_a_name_whose_accents_stand_apart_is_found_by_one_that_is_typed(
    library: Library, path: str, asked: str, admitted: bool
) -> None:
    made = replace(Article("one", "Title", "Text."), path=path)
    library.replace(path, [Entry(made, [], [], NOTHING)])
    assert bool(library.articles(Filters(path=asked))) is admitted
