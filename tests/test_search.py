"""Search on a tiny library in two languages: order, filters, phrases, and what happens when the library changes."""

from __future__ import annotations

import re
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from numpy.typing import NDArray

from index import blocks, embedded, lexical, postings, search, segments
from index.bm25 import BM25, plain
from index.filters import Filters
from index.lexical import Translated
from index.library import Library, LibraryError
from index.search import Query, Search
from index.types import Article, Hit
from models import Parted
from rag.opening import manifest
from rag.upkeep.ingest import entry

Floats = NDArray[np.float32]

MEANINGS = {
    "机器人": "robots", "医院": "hospital", "水稻": "rice", "产量": "yield", "卫星": "satellite", "发射": "launched",
    "地震": "earthquake", "火车": "trains",
}  # fmt: skip


class Words:
    """A real embedder, if a small one: each word it knows adds its own direction, in either language the same one."""

    name, revision, dimension, passage_prefix, query_prefix = "words", "1", 64, "", ""

    def embed_passages(self, texts: Sequence[str]) -> Floats:
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(-1, 64)

    embed_queries = embed_passages

    def embed_parts(self, texts: Sequence[Parted]) -> list[Floats]:
        parts = [[text.text[start:end] for start, end in text.parts] for text in texts]
        said = [[*own, *(["\n".join(own)] if len(own) > 1 else [])] for own in parts]
        return [self.embed_passages([f"{t.above}\n{one}" for one in own]) for t, own in zip(texts, said, strict=True)]

    def _vector(self, text: str) -> Floats:
        found = re.findall("|".join(MEANINGS), text) + re.findall(r"[a-z]{4,}", text.lower())
        total = np.full(64, 1e-3, dtype=np.float32)
        for word in found:
            total += np.random.default_rng(zlib.crc32(MEANINGS.get(word, word).encode())).standard_normal(64)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


WORDS = Words()

ARTICLES = [
    Article("robots-zh", "医院里的机器人", "机器人在医院里送药。护士说机器人很快。", "2026-01-13", "健康报", language="zh"),
    Article("rice-zh", "水稻丰收", "今年水稻产量创新高。农民很高兴。", "2025-10", "农民日报", language="zh"),
    Article("robots-en", "Helpers", "Robots carry medicine in a hospital. Nurses like robots.", "2025", "Daily News", language="en"),
    Article("rice-en", "Fields", "The rice yield is a record. Farmers rejoice.", "2025-06-30", "Farm Weekly", language="en"),
    Article("satellite-en", "Orbit", "A satellite was launched at dawn. It will watch the sea.", "", "Daily News", language="en"),
]  # fmt: skip


def store(library: Library, *articles: Article) -> None:
    for article in articles:
        path = f"{zlib.crc32(article.id.encode())}.txt"  # what a file is called is found as well
        library.replace(path, [entry(replace(article, path=path), WORDS)])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(tmp_path / "default", create=manifest(WORDS))
    yield library
    library.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "default" / "cache"


Find = Callable[..., list[Hit]]


@pytest.fixture
def find(library: Library, cache: Path) -> Find:
    searched = Search(library, cache)

    def find(text: str, k: int = 10, filters: Filters | None = None, phrases: Sequence[str] = ()) -> list[Hit]:
        return searched.search(query(text, phrases), k, filters)

    return find


def query(text: str, phrases: Sequence[str] = ()) -> Query:
    terms = lexical.once(lexical.query_terms(text))
    return Query(terms, WORDS.embed_queries([text])[0], lexical.language(text), phrases)


def statistics(library: Library) -> BM25:
    """BM25 of the library's passages, all of them in one index."""
    texts = [text for block in blocks.read(library, 0, 1 << 40) for text in block.texts]
    return BM25([postings.join([postings.sort(texts)])])


def names(hits: list[Hit]) -> list[str]:
    return [hit.article.id for hit in hits]


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("医院 机器人", "robots-zh", "robots-en"),
        ("robots in a hospital", "robots-en", "robots-zh"),
        ("水稻 产量", "rice-zh", "rice-en"),
        ("rice yield", "rice-en", "rice-zh"),
    ],
)
def test_the_questions_language_comes_first_and_the_other_next(
    library: Library, find: Find, question: str, first: str, second: str
) -> None:
    store(library, *ARTICLES)
    hits = find(question)
    assert names(hits)[:2] == [first, second]
    assert hits[0].passage.text == library.article(first).text
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == len(hits)


def test_the_score_is_what_the_legs_say(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    hits = {hit.article.id: hit for hit in find("robots in a hospital", phrases=["nurses like robots"])}
    same, other = hits["robots-en"], hits["robots-zh"]
    assert same.legs["phrase"] == 1
    assert same.score == pytest.approx(same.legs["lexical"] + 0.6 * same.legs["dense"] + 0.25, abs=1e-6)
    assert other.legs["lexical"] == 0
    assert other.score == pytest.approx(0.8 * other.legs["dense"], abs=1e-6)


def test_a_translated_question_finds_passages_of_the_other_language_only(library: Library, cache: Path) -> None:
    store(library, *ARTICLES)
    translated = [Translated(((("机器", "器人"), 0.8), (("robot",), 0.2))), Translated(((("医院",), 1.0),))]
    asked = replace(query("robots in a hospital"), translated=translated)
    hits = {hit.article.id: hit for hit in Search(library, cache).search(asked, 10)}
    (at,) = [at for at, article in enumerate(ARTICLES) if article.id == "robots-zh"]
    scores = statistics(library).scores(translated).at(np.array([at]))
    assert hits["robots-zh"].legs["translated"] == pytest.approx(float(scores[0])) != 0
    assert hits["robots-en"].legs["translated"] == 0
    other = hits["robots-zh"]
    assert other.score == pytest.approx(0.8 * other.legs["dense"] + other.legs["translated"], abs=1e-6)


def test_every_leg_brings_its_best(library: Library, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(library, *ARTICLES)
    asked = replace(query("水稻 产量"), translated=[Translated(((("satellit",), 1.0),))])
    monkeypatch.setattr(search, "CANDIDATES", 1)
    found = Search(library, cache).search(replace(asked, phrases=["Farmers rejoice"]), 1)
    assert names(found) == ["rice-zh"]
    assert {"rice-zh", "satellite-en"} <= set(names(Search(library, cache).search(asked, 5)))


def test_the_legs_are_measured_against_a_full_match_and_the_background(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    asked = query("launched satellite")
    hit = next(hit for hit in find("launched satellite") if hit.article.id == "satellite-en")
    (at,) = [at for at, article in enumerate(ARTICLES) if article.id == "satellite-en"]
    scores = statistics(library).scores(plain(asked.terms)).at(np.array([at]))
    assert hit.legs["lexical"] == pytest.approx(float(scores[0]), rel=1e-5)
    cosines = np.concatenate([library.units(f"{article.id}-0")[1] for article in ARTICLES]) @ asked.vector
    _, own = library.units("satellite-en-0")
    background = cosines.mean()
    assert hit.legs["dense"] == pytest.approx(((own @ asked.vector).max() - background) / (1 - background), abs=1e-3)


def test_a_phrase_word_for_word_is_worth_its_bonus(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    plain = {hit.article.id: hit.score for hit in find("rice yield record")}
    asked = find("rice yield record", phrases=["ＲＩＣＥ  yield is a record", "no such words"])
    bonus = {hit.article.id: hit.score - plain[hit.article.id] for hit in asked}
    assert bonus["rice-en"] == pytest.approx(0.125)
    assert bonus["rice-zh"] == pytest.approx(0)
    for title in ("水稻丰收", "水稻豐收"):
        titled = find("水稻", phrases=[title])
        assert (titled[0].article.id, titled[0].legs["phrase"]) == ("rice-zh", 1.0)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {"robots-zh", "robots-en"}),
        (Filters(since="2026"), {"robots-zh"}),
        (Filters(until="2025-12-31"), {"robots-en"}),
        (Filters(since="2025-03", until="2025-04"), {"robots-en"}),
        (Filters(source="daily"), {"robots-en"}),
        (Filters(source="健康"), {"robots-zh"}),
        (Filters(since="2026", source="daily"), set()),
        (Filters(since="2030"), set()),
    ],
)
def test_filters_leave_out_the_rest(library: Library, find: Find, filters: Filters, found: set[str]) -> None:
    store(library, *ARTICLES)
    hits = find("机器人 robots hospital", filters=filters)
    assert {hit.article.id for hit in hits if "robots" in hit.article.id} == found
    assert {hit.article.id for hit in hits} <= {article.id for article in library.articles(filters)}


def test_a_filter_reaches_what_many_better_ones_hide(
    library: Library, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 3)
    monkeypatch.setattr(embedded, "UNITS", 3)
    crowd = [Article(f"n{n}", "Robots", "Robots help. " * 3, "2025", "Crowd", language="en") for n in range(30)]
    store(library, *crowd, Article("one", "Note", "Some say robots help people.", "2024", "Rare", language="en"))
    assert names(find("robots help", k=2, filters=Filters(source="rare"))) == ["one"]
    assert "one" not in names(find("robots help", k=2))


def test_k_is_how_many_come_back(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    everything = names(find("rice robots satellite", k=99))
    assert {"rice-en", "robots-en", "satellite-en"} <= set(everything)
    assert names(find("rice robots satellite", k=2)) == everything[:2]
    assert find("rice", k=0) == []


def test_an_empty_library_finds_nothing(library: Library, cache: Path) -> None:
    searched = Search(library, cache)
    assert searched.search(query("rice"), 10) == []
    assert searched.search(query("rice"), 10, Filters(since="2025")) == []
    assert searched.languages() == frozenset()


@pytest.mark.parametrize("question", ["", "？！", "zzzz qqqq", "\ud800", "a" * 5000])
def test_any_question_can_be_searched(library: Library, find: Find, question: str) -> None:
    store(library, *ARTICLES)
    assert all(hit.legs["lexical"] == 0 for hit in find(question))


def test_what_is_removed_is_gone_at_once_and_what_comes_is_found(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    assert names(find("satellite launched"))[0] == "satellite-en"
    library.remove(["satellite-en"])
    assert "satellite-en" not in names(find("satellite launched"))
    store(library, Article("new", "Sky", "Another satellite was launched today.", "2026", "Star", language="en"))
    assert names(find("satellite launched"))[0] == "new"


@pytest.mark.parametrize("name", ["Café résumé.txt", "Cafe\u0301 re\u0301sume\u0301.txt"])
def test_an_article_is_found_by_what_its_file_is_called(library: Library, find: Find, name: str) -> None:
    store(library, *ARTICLES)
    article = Article("named", "Minutes", "Fourteen chairs were bought.", "", "", path=f"/notes/{name}", language="en")
    library.replace(article.path, [entry(article, WORDS)])
    assert names(find("résumé"))[0] == "named"


def test_what_is_replaced_is_found_by_its_new_words_only(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    assert names(find("satellite launched"))[0] == "satellite-en"
    store(library, Article("satellite-en", "Shake", "An earthquake shook the trains.", "", "Daily", language="en"))
    assert names(find("earthquake trains"))[0] == "satellite-en"
    assert [hit for hit in find("satellite launched") if hit.legs["lexical"] > 0] == []
    assert find("地震")[0].article.id == "satellite-en"


def test_another_connection_s_changes_are_followed(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    assert names(find("rice yield"))[0] == "rice-en"
    other = Library.open(library.path.parent)
    other.remove(["rice-en", "rice-zh"])
    other.close()
    assert not {"rice-en", "rice-zh"} & set(names(find("rice yield")))


def test_a_change_in_the_middle_of_a_search_mixes_nothing(
    library: Library, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(library, *ARTICLES)
    other = Library.open(library.path.parent)
    read = library.passages
    changed: list[int] = []

    def a_change_then_passages(rows: Iterable[int]) -> object:
        if not changed:
            changed.append(other.remove(["robots-zh", "rice-zh"]))
        return read(rows)

    monkeypatch.setattr(library, "passages", a_change_then_passages)
    assert "robots-zh" in {hit.article.id for hit in find("satellite launched")}  # as it was when the search began
    assert changed == [2]
    assert {hit.article.id for hit in find("satellite launched")} <= {"robots-en", "rice-en", "satellite-en"}
    other.close()


def test_a_restart_finds_the_same_with_and_without_the_cache(library: Library, find: Find, cache: Path) -> None:
    store(library, *ARTICLES)
    first = find("hospital robots")
    assert Search(library, cache).search(query("hospital robots"), 10) == first
    shutil.rmtree(cache, ignore_errors=True)
    assert Search(library, cache).search(query("hospital robots"), 10) == first
    searched = Search(library, cache)
    searched.prepare()
    assert searched.search(query("hospital robots"), 10) == first


def test_a_large_file_that_lies_is_made_anew(library: Library, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SAVED", 1)
    monkeypatch.setattr(segments, "CHECKED", -1)  # as if every file were too large to be read at the start
    store(library, *ARTICLES)
    searched = Search(library, cache)
    searched.prepare()
    first = searched.search(query("hospital robots"), 10)
    (made,) = segments.folders(cache)
    np.save(made / "low.npy", np.load(made / "low.npy") + np.uint16(60_000))
    assert Search(library, cache).search(query("hospital robots"), 10) == first


@pytest.mark.parametrize("error", [LibraryError("the library is locked"), ValueError("a mistake")])
def test_what_is_no_damage_of_the_cache_costs_no_cache(
    library: Library, cache: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(segments, "SAVED", 1)
    store(library, *ARTICLES)
    searched = Search(library, cache)
    searched.prepare()
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}

    def fail(rows: Iterable[int]) -> object:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(library, "passages", fail)
        with pytest.raises(type(error), match=str(error)):
            searched.search(query("hospital robots"), 10)
    assert kept
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == kept
    assert names(searched.search(query("hospital robots"), 10))[0] == "robots-en"


def test_rarity_and_languages(library: Library, cache: Path) -> None:
    store(library, *ARTICLES)
    searched = Search(library, cache)
    assert searched.languages() == {"zh", "en"}
    rarity = searched.rarity({"the": 1.0, "satellit": 1.0, "dawn": 2.0})
    assert rarity["dawn"] == pytest.approx(2 * rarity["satellit"]) == pytest.approx(2 * np.log1p(4.5 / 1.5))
    assert rarity["the"] < rarity["satellit"]


def test_threads_search_while_the_library_changes(library: Library, find: Find) -> None:
    store(library, *ARTICLES)
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(15):
                assert names(find("satellite launched"))[0] == "satellite-en"
        except BaseException as error:  # noqa: BLE001 - told to the thread that judges
            failed.append(error)

    threads = [Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(10):
        store(library, Article("rice-en", "Fields", f"The rice yield is {number}.", "2025", "Farm", language="en"))
    for thread in threads:
        thread.join()
    assert failed == []


def test_an_article_in_two_languages_is_found_in_each(library: Library, cache: Path) -> None:
    chinese = "机器人在医院里送药，护士说机器人很快，病人也很喜欢它们。"
    english = "Robots carry medicine in the hospital, and the nurses say that robots are quick; the patients like them as well, all day."
    store(library, Article("both", "两种语言", f"{chinese}\n{english}", "2025", "", language="zh"))
    searched = Search(library, cache)
    assert searched.languages() == {"zh", "en"}
    for language, said in (("zh", chinese), ("en", english)):
        hits = searched.search(query(said), 5, Filters(language=language))
        assert [hit.passage.text for hit in hits] == [said]
