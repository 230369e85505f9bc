"""What is asked of a library holds wherever it lies: one suite for the embedded library and for one on OceanBase's own server."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import lexical
from index.engines import copied, oceanbase
from index.engines.oceanbase import SILENT, ServerLibrary
from index.engines.sessions import Address, Sessions
from index.filters import Filters
from index.lexical import Translated
from index.library import Library
from index.packing import unpack
from index.search import Query, Search
from index.store import Entry, LibraryError, Manifest, Store
from index.transfer import export, import_into, import_library
from index.types import Article, Hit
from models import load_embedder
from rag.assistant import Assistant
from rag.opening import manifest, open_store
from rag.settings import load_settings
from rag.upkeep.ingest import entry, ingest
from tests.engine import Server, serving
from tests.test_search import ARTICLES, WORDS

MADE = manifest(WORDS)
Open = Callable[[], Store]

LONG = (
    "Robots carry medicine through the hospital at night. Nurses say that the robots never sleep. The hospital counted "
    "412 deliveries in a week. Doctors want more robots next year. Patients wave at them in the corridors."
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def keep() -> Iterator[Callable[[Store], Store]]:
    """Closes at the end what it is given."""
    opened: list[Store] = []

    def held_open(store: Store) -> Store:
        opened.append(store)
        return store

    yield held_open
    for store in opened:
        store.close()


@pytest.fixture(scope="module")
def open_embedded(tmp_path_factory: pytest.TempPathFactory, keep: Callable[[Store], Store]) -> Open:
    folder = tmp_path_factory.mktemp("embedded") / "default"
    return lambda: keep(Library.open(folder, create=MADE))


@pytest.fixture(scope="module")
def open_engine(server: Server, keep: Callable[[Store], Store]) -> Open:
    address = Address.of(server.address())
    return lambda: keep(ServerLibrary.open(address, create=MADE))


@pytest.fixture(scope="module")
def embedded(open_embedded: Open) -> Store:
    return open_embedded()


@pytest.fixture(scope="module")
def engine(open_engine: Open) -> Store:
    return open_engine()


def emptied(store: Store) -> Store:
    store.remove([article.id for article in store.articles()], prepare=prepare)
    assert store.counts() == {"articles": 0, "passages": 0, "units": 0}
    return store


@pytest.fixture(params=["embedded", "engine"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def library(kind: str, request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(kind)
    return emptied(found)


@pytest.fixture
def again(kind: str, request: pytest.FixtureRequest) -> Open:
    """Opens the same library once more."""
    found: Open = request.getfixturevalue(f"open_{kind}")
    return found


@pytest.fixture
def other(again: Open) -> Store:
    """The same library, opened by somebody else."""
    return again()


@pytest.fixture
def both(embedded: Store, engine: Store) -> list[Store]:
    return [emptied(embedded), emptied(engine)]


def prepare(article: Article) -> Entry:
    return entry(article, WORDS)


def article(name: str, text: str = LONG, **said: str) -> Article:
    made = Article(name, f"Title of {name}", text, path=f"/library/{name}.txt", language="en")
    return replace(made, **said)  # type: ignore[arg-type]  # only texts are changed here


def put(store: Store, *articles: Article) -> None:
    by_path: dict[str, list[Article]] = {}
    for one in articles:
        by_path.setdefault(one.path, []).append(one)
    for path, own in by_path.items():
        store.replace(path, [prepare(one) for one in own], prepare=prepare)


def held(store: Store) -> list[object]:
    """All that a library holds but its vectors, without the numbers that it gives."""
    out: list[object] = [store.counts(), store.hashes(), store.roots()]
    for bare in store.articles():
        whole, made = store.article(bare.id), store.entry(bare.id)
        out.append((bare, whole, [one.id for one in whole.also_in], made.passages, made.units))
    return out


def hold_the_same(one: Store, other: Store) -> bool:
    vectors = [
        np.concatenate([unpack(store.entry(each.id).vectors) for each in store.articles()]) for store in (one, other)
    ]
    return held(one) == held(other) and np.allclose(vectors[0], vectors[1], atol=1e-6)


def half_done(store: Store) -> None:
    with store.together():
        put(store, article("two", "Rice grows in the south."))
        store.remove(["one"])
        raise RuntimeError("cut off")


def query(text: str, *phrases: str) -> Query:
    words = lexical.query_terms(text)
    translated = [Translated((((word,), 0.7), (("hospital", "ward"), 0.3)), 1.0) for word in words[:2]]
    vector = WORDS.embed_queries([text])[0]
    return Query(lexical.once(words), vector, lexical.language(text), phrases, translated)


def told(hits: Sequence[Hit]) -> list[tuple[str, float]]:
    return sorted((hit.passage.id, round(hit.score, 4)) for hit in hits)


# --- each store by itself ---------------------------------------------------------------------------------------------


def test_a_file_is_put_in_the_place_of_what_it_was(library: Store, other: Store) -> None:
    put(library, article("one"), article("two", "Rice grows in the south. The yield is a record."))
    before = library.generation
    put(library, article("new", "Trains run to the sea. An earthquake stopped them.", path="/library/one.txt"))
    assert library.generation > before
    assert [found.id for found in other.of_file("/library/one.txt")] == ["new"]
    assert sorted(found.id for found in other.articles()) == ["new", "two"]
    with pytest.raises(LibraryError, match="There is no article one"):
        other.article("one")
    assert library.remove(["new", "nobody"]) == 1
    assert other.hashes() == {"/library/two.txt": ""}


def test_what_is_kept_keeps_its_passages_and_takes_its_new_name(library: Store) -> None:
    put(library, article("one", hash="1"))
    before = library.entry("one")
    moved = article("moved", path="/elsewhere/renamed.txt", hash="2")
    library.replace(moved.path, [], moved_from="/library/one.txt", kept={"one": moved}, prepare=prepare)
    after = library.entry("moved")
    assert after.article.path == moved.path
    assert after.units == before.units
    assert after.vectors.tobytes() == before.vectors.tobytes()
    assert library.of_file("/library/one.txt") == []
    found = Search(library, Path("nowhere")).mentions("412 deliveries", Filters(path="/elsewhere"))
    assert [mention.article.id for mention in found] == ["moved"]


def test_a_copy_is_kept_and_takes_the_place_of_its_original(library: Store) -> None:
    put(library, article("first", title="Robots"), article("copy", title="Robots"), article("third", title="Robots"))
    assert library.counts()["articles"] == 3
    assert [one.id for one in library.article("first").also_in] == ["copy", "third"]
    assert {one.id: one.copy_of for one in library.articles()} == {"first": "", "copy": "first", "third": "first"}
    only = library.counts()["passages"]
    library.remove(["first"], prepare=prepare)
    assert {one.id: one.copy_of for one in library.articles()} == {"copy": "", "third": "copy"}
    assert library.counts()["passages"] == only
    assert len(library.select(Filters(path="third.txt"))) == 1


def test_what_fails_leaves_nothing(library: Store, other: Store) -> None:
    put(library, article("one"))
    before = held(other)
    with pytest.raises(RuntimeError, match="cut off"):
        half_done(library)
    assert held(other) == before
    put(library, article("two", "Rice grows in the south."))  # nothing is left that stands in the way
    assert library.counts()["articles"] == 2


def test_the_issues_of_bulletins_are_kept_and_sought_as_sources(library: Store) -> None:
    told = {"one": "The Digest No. 9", "two": "The Digest No. 3", "three": ""}
    for name, issue in told.items():
        article = Article(
            name, name, f"The {name} robots.", source="Daily", path=f"/{name}.txt", language="en", issue=issue
        )
        library.replace(article.path, [prepare(article)])
    assert library.issues() == ["The Digest No. 3", "The Digest No. 9"]
    assert {article.id: article.issue for article in library.articles()} == told
    assert [article.id for article in library.articles(Filters(source="digest no. 9"))] == ["one"]
    assert len(library.select(Filters(source="DAILY"))) == 3


def test_a_server_of_the_version_before_takes_the_issue(server: Server) -> None:
    address = Address.of(server.address())
    with closing(ServerLibrary.open(address, create=MADE)) as made:
        made.replace(
            "/a.txt", [prepare(Article("a", "Rain", "It rains.", source="Daily", path="/a.txt", language="en"))]
        )
        for statement in (
            "ALTER TABLE article DROP COLUMN issue",
            """UPDATE meta SET value = replace(value, '"format": "4"', '"format": "3"') WHERE name = 'manifest'""",
            "UPDATE meta SET value = '5' WHERE name = 'version'",
        ):
            made._query(statement)
    for _ in range(2):
        with closing(ServerLibrary.open(address, create=MADE)) as library:
            library.require(MADE)
            assert [article.issue for article in library.articles()] == [""]
            library._query("UPDATE meta SET value = '5' WHERE name = 'version'")  # as if it had been cut off before


def test_others_see_what_is_committed_and_a_view_sees_one_state(library: Store, other: Store) -> None:
    put(library, article("one"))
    with library.together():
        put(library, article("two", "Rice grows in the south."))
        assert [found.id for found in other.articles()] == ["one"]
    assert other.counts()["articles"] == 2
    with other.view():
        assert other.counts()["articles"] == 2
        put(library, article("three", "Trains run to the sea."))
        assert [found.id for found in other.articles()] == ["one", "two"]
        assert len(other.rows_of(["three"])) == 0
        assert other.counts()["articles"] == 2
    assert other.counts()["articles"] == 3


@pytest.mark.parametrize("most", [copied.COPIED, 0])
def test_a_search_follows_what_others_change(
    library: Store, other: Store, tmp_path: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied, "COPIED", most)
    searched = Search(other, tmp_path / "cache")
    assert searched.search(query("robots in the hospital"), 5) == []
    assert searched.languages() == frozenset()
    put(library, article("one"), article("rice", "水稻今年丰收,产量创新高,农民很高兴,粮仓都装满了。"))
    assert searched.languages() == {"en", "zh"}
    assert searched.search(query("robots in the hospital"), 5)[0].article.id == "one"
    library.remove(["one"])
    assert "one" not in {hit.article.id for hit in searched.search(query("robots in the hospital"), 5)}
    searched.prepare()
    assert not searched.behind()


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE article; --",
        "%s %(path)s {0} \\",
        "emoji 🚄 and nul \0 and quote \" ' `",
        "e\u0301 Ａ　\u200b\n\r\t.",
    ],
)
def test_any_text_comes_back_as_it_was(library: Store, text: str) -> None:
    strange = article(
        "strange", f"{text} It stands here. {text}", title=text, source=text, path=f"/{text}.txt", url=text
    )
    put(library, strange)
    assert library.article("strange") == strange
    assert library.hashes() == {strange.path: ""}
    assert len(library.select(Filters(source=text))) == 1
    library.set_roots([text])
    assert library.roots() == [text]
    library.set_roots(drop=[text])
    assert library.roots() == []


def test_a_text_that_is_none_is_refused(library: Store) -> None:
    with pytest.raises(LibraryError, match="it is not text"):
        put(library, article("broken", "A file of the name \udcff is no text."))
    assert library.counts()["articles"] == 0


def test_another_embedder_is_refused(library: Store) -> None:
    library.require(MADE)
    with pytest.raises(LibraryError, match="was made with the embedder 'words'"):
        library.require(replace(MADE, revision="2"))


def test_writers_take_turns_and_lose_nothing(library: Store, again: Open) -> None:
    """Several at once, each with the same article and one of its own: the same one is searched once."""
    writers = [again() for _ in range(3)]
    begin = Barrier(3)

    def write(number: int) -> None:
        begin.wait()
        for step in range(3):
            text = f"Number {number * 3 + step} writes about rice. It is a short note."
            put(writers[number], article(f"own-{number}-{step}", text))
        put(writers[number], article(f"same-{number}", title="Robots"))

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(write, range(3)))
    assert library.counts()["articles"] == 12
    assert sum(one.copy_of == "" for one in library.articles() if one.id.startswith("same")) == 1


def test_a_run_claims_files_and_learns_what_is_known_of_them(library: Store) -> None:
    put(library, article("one", hash="abc"))
    with library.claims() as claims:
        assert claims.take(["/library/one.txt", "/library/new.txt"]) == {
            "/library/one.txt": "abc",
            "/library/new.txt": "",
        }
        assert claims.take([]) == {}
        assert list(claims.take(["/library/one.txt"])) == ["/library/one.txt"]
        claims.release()


# --- one against the other --------------------------------------------------------------------------------------------


def test_both_hold_the_same_after_any_changes(both: list[Store]) -> None:
    chance = random.Random(3)
    texts = [LONG, LONG + " One more sentence is added here.", *(one.text for one in ARTICLES)]
    for number in range(40):
        path = f"/made/{chance.randrange(6)}.txt"
        made = [
            article(
                f"{number}-{at}",
                chance.choice(texts),
                title=chance.choice(["Robots", "Rice"]),
                path=path,
                hash=str(number),
            )
            for at in range(chance.randrange(3))
        ]
        stay = [one for one in both[0].of_file(path) if chance.random() < 0.5]
        kept = {one.id: replace(one, id=f"{one.id}+", path=path, hash=str(number)) for one in stay}
        gone = chance.choice([one.id for one in both[0].articles()] or [""]) if chance.random() < 0.3 else ""
        for store in both:
            store.replace(path, [prepare(one) for one in made], kept=kept, prepare=prepare)
            if gone:
                store.remove([gone], prepare=prepare)
        if number % 8 == 0:
            store_roots = [f"/made/{number}"]
            for store in both:
                store.set_roots(store_roots)
    one, other = both
    assert hold_the_same(one, other)
    assert one.counts()["articles"] > 4
    ids = [found.id for found in one.articles()]
    assert len(one.rows_of(ids)) == len(other.rows_of(ids)) == len(ids)
    assert [found[1:] for found in one.first_passages(one.rows_of(ids))] == [
        found[1:] for found in other.first_passages(other.rows_of(ids))
    ]


@pytest.fixture(scope="module")
def filled(embedded: Store, engine: Store) -> list[Store]:
    """Both with the same articles, of many sources, paths and dates."""
    both = [emptied(embedded), emptied(engine)]
    names = ["a", "b*", "[c]", "d?", "E", "é"]
    for at, (name, date) in enumerate(
        (name, date) for name in names for date in ("", "2024", "2025-06", "2025-06-30", "2026-01-02")
    ):
        base = ARTICLES[at % len(ARTICLES)]
        text = f"{base.text} Number {at} tells of {name}."
        made = replace(
            base, id=f"n{at}", text=text, date=date, source=f"{name} Daily {at % 3}", path=f"/x/{name}/{at % 4}.txt"
        )
        for store in both:
            store.replace(made.path, [prepare(made)], kept={one.id: one for one in store.of_file(made.path)}, prepare=prepare)  # fmt: skip
    for store in both:
        Search(store, Path("nowhere")).prepare()
    return both


DATES = st.sampled_from(["", "2024", "2025", "2025-06", "2025-06-30", "2026-01"])
PIECES = st.lists(st.sampled_from(["/", "x", "a", "b", "*", "?", "[", "]", "[c]", "[^a]", "[a-c]", "[[]", "E", "e", "é", "e\u0301", ".txt", "0", "3"]), max_size=5)  # fmt: skip


@settings(max_examples=120)
@given(
    DATES, DATES, st.sampled_from(["", "daily", "B*", "É", "%", "_", "\\"]), st.sampled_from(["", "zh", "en"]), PIECES
)
def test_filters_admit_the_same(
    filled: list[Store], since: str, until: str, source: str, language: str, pieces: list[str]
) -> None:
    until = "" if since[: len(until)] > until else until
    filters = Filters(since, until, source, language, "".join(pieces))
    one, other = ([found.id for found in store.articles(filters)] for store in filled)
    assert one == other
    assert len(filled[0].select(filters)) == len(filled[1].select(filters))
    assert len(filled[0].copies(filters)) == len(filled[1].copies(filters))


@pytest.mark.parametrize(
    "text", ["robots in the hospital", "水稻的产量", "Number 7 tells of the satellite", '"Number 12" farmers']
)
@pytest.mark.parametrize(
    "filters", [{}, {"language": "zh"}, {"since": "2025-06"}, {"source": "b* daily"}, {"path": "/x/E", "language": "en"}, {"until": "1999"}]
)  # fmt: skip
@pytest.mark.parametrize("most", [copied.COPIED, 0])
def test_searches_find_the_same_with_the_same_scores(
    filled: list[Store], text: str, filters: dict[str, str], most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied, "COPIED", most)
    asked = query(text, *(["Number 12"] if '"' in text else []))
    one, other = (Search(store, tmp_path / "cache") for store in filled)
    assert told(one.search(asked, 50, Filters(**filters))) == told(other.search(asked, 50, Filters(**filters)))
    assert one.rarity(asked.terms) == pytest.approx(other.rarity(asked.terms))
    assert one.told(asked.translated) == pytest.approx(other.told(asked.translated))


@pytest.mark.parametrize(
    "text", ["Number 12", "水稻", "robots carry", "tells of é", "NURSES LIKE ROBOTS", "b*", "Number 1", "无处"]
)
def test_mentions_are_the_same(filled: list[Store], text: str, tmp_path: Path) -> None:
    one, other = (
        [(m.article, m.titled, m.spans) for m in Search(store, tmp_path / "cache").mentions(text)] for store in filled
    )
    assert one == other


def test_a_library_is_carried_to_a_server_and_back_whole(server: Server, filled: list[Store], tmp_path: Path) -> None:
    one = filled[0]
    copy = article("n2-copy", one.article("n2").text, title=one.article("n2").title, path="/x/0.txt")
    put(one, copy, article("after", "Trains run to the sea.", path="/x/0.txt"))
    assert one.article("n2").also_in
    one.set_roots(["/x"])
    address, first, second = Address.of(server.address()), tmp_path / "one.zip", tmp_path / "two.zip"
    export(one, first)
    counts = import_into(first, lambda made: ServerLibrary.open(address, create=made), tmp_path / "work")
    with closing(ServerLibrary.open(address)) as carried:
        assert hold_the_same(carried, one)
        assert counts == one.counts()
        export(carried, second)
        carried.remove(["n3", "after"])
        put(carried, article("besides", "Rice grows in the south."))
    with pytest.raises(LibraryError, match="holds other articles"):
        import_into(first, lambda made: ServerLibrary.open(address, create=made), tmp_path / "work")
    import_into(first, lambda made: ServerLibrary.open(address, create=made), tmp_path / "work", force=True)
    import_library(second, tmp_path / "back")
    with closing(ServerLibrary.open(address)) as carried, closing(Library.open(tmp_path / "back")) as back:
        assert hold_the_same(carried, one)
        assert hold_the_same(back, one)
        assert [found.id for found in back.of_file("/x/0.txt")] == ["n2-copy", "after"]
    one.replace("/x/0.txt", [])


def test_searches_are_as_right_before_the_server_has_built_its_indexes_as_behind_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, texts = Address.of(server.address()), ("robots in the hospital", "水稻的产量", "Number 7 tells of rice")
    with (
        closing(Library.open(tmp_path / "folder", create=MADE)) as one,
        closing(ServerLibrary.open(address, create=MADE)) as other,
        closing(ServerLibrary.open(address)) as reader,
    ):
        asked, own = list[str](), oceanbase.building

        def building(index: str) -> str:
            asked.append(index)
            return own(index)

        monkeypatch.setattr(oceanbase, "building", building)
        monkeypatch.setattr(copied, "COPIED", 0)
        for round_, (scanned, late) in enumerate([(oceanbase.SCANNED, oceanbase.LATE), (0, oceanbase.LATE), (0, 0)]):
            monkeypatch.setattr(oceanbase, "SCANNED", scanned)
            monkeypatch.setattr(oceanbase, "LATE", late)
            for at in range(12):
                base = ARTICLES[at % len(ARTICLES)]
                made = replace(base, id=f"{round_}-{at}", text=f"{base.text} Number {at} tells of {round_} things.", path=f"/{round_}/{at}.txt")  # fmt: skip
                for store in (one, other):
                    put(store, made)
            searches = [Search(store, tmp_path / "cache") for store in (one, other, reader)]
            with reader.view():  # opened before and kept while the server builds
                before = told(searches[2].search(query(texts[0]), 20))
                searches[1].prepare()
                assert told(searches[2].search(query(texts[0]), 20)) == before
            for text in texts:
                expected = told(searches[0].search(query(text), 20))
                assert told(searches[1].search(query(text), 20)) == expected
                assert told(searches[2].search(query(text), 20)) == expected
        assert asked == [*oceanbase.INDEXES] * 2  # none for few, then made, then made anew
        other.build()
        assert len(asked) == 4
        alone = Sessions.alone

        def refusing(sessions: Sessions, text: str) -> None:
            if text.startswith("CALL"):  # as a server does whose last rebuild was cut off
                raise LibraryError("it is being rebuilt")
            alone(sessions, text)

        monkeypatch.setattr(Sessions, "alone", refusing)
        other.index("passage_weights")
        assert told(searches[1].search(query(texts[0]), 20)) == told(searches[0].search(query(texts[0]), 20))


def test_a_copy_follows_a_new_name_and_knows_its_library(engine: Store, open_engine: Open, tmp_path: Path) -> None:
    emptied(engine)
    put(engine, article("one", hash="1"))
    search = Search(engine, tmp_path)
    assert all(hit.legs["lexical"] == 0 for hit in search.search(query("lighthouse"), 5))
    moved = article("one", path="/elsewhere/lighthouse.txt", hash="2")
    engine.replace(moved.path, [], moved_from="/library/one.txt", kept={"one": moved}, prepare=prepare)
    for asked in (search, Search(open_engine(), tmp_path)):
        assert asked.search(query("lighthouse"), 5)[0].legs["lexical"] > 0
    library = open_engine()
    assert isinstance(library, ServerLibrary)
    assert library.descends(library.generation)
    assert not library.descends(library.generation - 1)


def test_an_assistant_answers_the_same_from_a_server(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for one in ARTICLES:
        (folder / f"{one.id}.txt").write_text(f"{one.title}\n\n{one.text}", encoding="utf-8")
    asked = ["护士怎么说机器人？", "What do robots carry in the hospital?", "Who won the football cup?"]
    seen = []
    for store in ("", server.address()):
        chosen = load_settings(tmp_path / (f"home{bool(store)}"), store=store, engine="quote")
        report = ingest([folder], chosen)
        assert (report.added, report.failed) == (5, ())
        (folder / "rice-en.txt").rename(folder / f"moved{bool(store)}.txt")
        assert ingest([], chosen).moved == 1
        (folder / f"moved{bool(store)}.txt").rename(folder / "rice-en.txt")
        assert ingest([folder], chosen).moved == 1
        with Assistant(chosen) as assistant:
            answers = [replace(assistant.ask(text).answer, timings={}) for text in asked]
            listed = assistant.ask("列出提到机器人的文章").answer.text
            seen.append(([(one.text, one.refused, one.citations) for one in answers], listed))
    assert seen[0] == seen[1]
    assert [refused for _, refused, _ in seen[1][0]] == [False, False, True]


# --- the server alone -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mysql://root@localhost/x", "write it as oceanbase://user:password@host:port/database"),
        ("oceanbase://localhost/x", "write it as"),
        ("oceanbase://root@localhost", "write it as"),
        ("oceanbase://root:secret@localhost:9x/x", "a port that is none"),
        ("oceanbase://root:secret@localhost/x?sslmode=none", "none of unix_socket, ssl_ca"),
    ],
)
def test_an_address_that_is_none_is_explained(address: str, told: str) -> None:
    with pytest.raises(LibraryError, match=told) as raised:
        Address.of(address)
    assert "secret" not in str(raised.value)


def test_an_address_names_tenants_and_libraries() -> None:
    address = Address.of("oceanbase://root%40news%23team:p%40ss@db.example:2883/yinju")
    assert (address.user, address.password, address.host, address.port) == (
        "root@news#team",
        "p@ss",
        "db.example",
        2883,
    )
    assert address.library("default") == address
    assert address.library("papers").database == "yinju_papers"
    assert "p@ss" not in f"{address} {address!r}"
    with pytest.raises(LibraryError, match="letters a-z"):
        address.library("../other")


def test_a_server_that_is_not_there_is_explained() -> None:
    pytest.importorskip("pymysql", reason="the driver (pip install pymysql) is not installed")
    with pytest.raises(LibraryError, match="Start the server, or correct `store`"):
        ServerLibrary.open(Address.of("oceanbase://root@127.0.0.1:1/x"), create=MADE)


def test_a_database_of_something_else_is_left_alone(server: Server) -> None:
    import pymysql

    address = server.address()
    with pytest.raises(LibraryError, match="There is no library at"):
        ServerLibrary.open(Address.of(address))
    database = Address.of(address)
    with pymysql.connect(
        user="root", unix_socket=dict(database.options)["unix_socket"], database=database.database
    ) as connection:
        connection.cursor().execute("CREATE TABLE accounts (id INT)")
    with pytest.raises(LibraryError, match="holds tables that are no library's"):
        ServerLibrary.open(database, create=MADE)


def test_a_missing_driver_is_named_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(LibraryError, match=r'pip install "yinju\[oceanbase\]"'):
        ServerLibrary.open(Address.of("oceanbase://root@localhost/x"), create=Manifest("words", "1", 64))


def test_two_runs_share_the_files_out(engine: Store, open_engine: Open) -> None:
    names = [f"/library/{number}.txt" for number in range(6)]
    other = open_engine()
    with engine.claims() as first, other.claims() as second:
        assert list(first.take(names[:4])) == names[:4]
        assert list(second.take(names)) == names[4:]
        first.release()
        assert list(second.take(names)) == names
        assert first.take(names) == {}
    with other.claims() as third:
        assert list(third.take(names)) == names


KILLED = """
import sys, time
from index.engines.oceanbase import SILENT, ServerLibrary
from index.engines.sessions import Address
library = ServerLibrary.open(Address.of(sys.argv[1]))
with library.claims() as claims:
    taken = claims.take(["/library/0.txt"])
    with library.together():
        library.remove([article.id for article in library.articles()])
        print(len(taken), flush=True)
        time.sleep(60)
"""


def test_what_a_killed_run_was_at_is_taken_over_and_undone(server: Server) -> None:
    address = server.address()
    with closing(ServerLibrary.open(Address.of(address), create=MADE)) as library:
        put(library, article("0"))
        command = [sys.executable, "-c", KILLED, address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as run:
            assert run.stdout is not None
            assert run.stdout.readline() == "1\n"
            with library.claims() as claims:
                assert claims.take(["/library/0.txt"]) == {}
                run.kill()
                run.wait()
                assert claims.take(["/library/0.txt"]) == {"/library/0.txt": ""}
        assert [one.id for one in library.articles()] == ["0"]
        put(library, article("after", "Rice grows in the south."))  # nobody holds the library any more
        assert library.counts()["articles"] == 2


def test_a_lock_that_a_server_played_back_for_a_dead_run_keeps_nobody_from_its_files(server: Server) -> None:
    with closing(ServerLibrary.open(Address.of(server.address()), create=MADE)) as library:
        names = ["/library/0.txt", "/library/1.txt"]
        sessions = library._sessions
        sessions.query("INSERT INTO run VALUES (7)")
        with sessions.holding("SELECT number FROM run WHERE number = 7 FOR UPDATE", ()), library.claims() as claims:
            assert list(claims.take(names[:1])) == names[:1]
            sessions.query("UPDATE lease SET run = 7")
            sessions.query("INSERT INTO pulse VALUES (7, unix_timestamp())")
            assert list(claims.take(names)) == names[1:]
            sessions.query("UPDATE pulse SET at = at - %s WHERE run = 7", (SILENT + 5,))
            assert list(claims.take(names)) == names
            assert sessions.query("SELECT number FROM run WHERE number = 7") == [
                (7,)
            ]  # that it is locked hinders no other


def test_a_run_says_that_it_lives(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oceanbase, "PULSE", 0.01)
    with closing(ServerLibrary.open(Address.of(server.address()), create=MADE)) as library:
        with library.claims():
            library._sessions.query("UPDATE pulse SET at = 0")
            until = time.monotonic() + 20
            while library._sessions.query("SELECT run FROM pulse WHERE at = 0") and time.monotonic() < until:
                time.sleep(0.01)
            assert library._sessions.query("SELECT count(*) FROM pulse WHERE at > 0") == [(1,)]
        assert library._sessions.query("SELECT count(*) FROM pulse") == [(0,)]


def test_two_runs_at_once_index_each_file_once(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(80):
        text = f"Note {number}\n\nThe house of number {number} was built in {1900 + number}. It has {number} windows."
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    chosen = load_settings(tmp_path / "home", store=server.address())
    open_store(chosen, create=manifest(load_embedder("bundled"))).close()
    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(lambda _: ingest([folder], chosen), range(2)))
    assert sum(report.added for report in reports) == 80
    assert sum(report.unchanged for report in reports) == 80
    assert all(report.failed == () for report in reports)
    with closing(open_store(chosen)) as library:
        assert library.counts()["articles"] == 80
        assert len(library.hashes()) == 80


def test_a_change_sees_what_it_has_changed_itself(library: Store) -> None:
    first, second = article("first"), article("second")
    other = "The lighthouse was painted white. Its keeper counts the ships that pass in the fog every morning."
    with library.together():
        put(library, first, second)
        put(library, replace(first, text=other))
    assert {one.id: one.copy_of for one in library.articles()} == {"first": "", "second": ""}
    assert library.counts()["passages"] == 2
    with library.together():
        put(library, article("third"))
        assert library.remove(["second", "third"], prepare=prepare) == 2
    assert [one.id for one in library.articles()] == ["first"]
    assert len(library.entry("first").passages) == 1
