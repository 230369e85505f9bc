"""What `yinju doctor --engine` finds of a server and of the library on it, and that nothing of its trials is left."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.engines import oceanbase
from index.engines.examining import Check, examine
from index.engines.oceanbase import CHECKED, ServerLibrary
from index.engines.sessions import Address, Sessions
from index.store import LibraryError
from rag.opening import manifest
from rag.settings import load_settings
from rag.upkeep.ingest import entry
from tests.engine import Server, serving
from tests.test_search import ARTICLES, WORDS
from ui.doctor import examine_engine

MADE = manifest(WORDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


def checks(address: Address) -> dict[str, Check]:
    return {one.name: one for one in examine(address, "default", MADE)}


def run(address: Address, *statements: str) -> None:
    with closing(Sessions(address)) as sessions:
        for statement in statements:
            sessions.query(statement)


def tables(address: Address) -> set[str]:
    with closing(Sessions(address)) as sessions:
        return {name for (name,) in sessions.query("SHOW TABLES")}


@pytest.fixture
def filled(server: Server) -> Address:
    address = Address.of(server.address())
    with closing(ServerLibrary.open(address, create=MADE)) as library, library.together():
        for one in ARTICLES:
            path = f"/library/{one.id}.txt"
            library.replace(path, [entry(replace(one, path=path), WORDS)])
    return address


def build(address: Address) -> None:
    with pytest.MonkeyPatch.context() as patch, closing(ServerLibrary.open(address)) as library:
        patch.setattr(oceanbase, "SCANNED", 0)
        library.build()


def test_an_empty_database_of_a_good_server_is_well_and_stays_empty(server: Server) -> None:
    address = Address.of(server.address())
    left = f"{CHECKED}{int(time.time()) - 4000}_band"
    other = f"{CHECKED}{int(time.time()) - 60}_band"
    run(address, f"CREATE TABLE {left} (hash INT)", f"CREATE TABLE {other} (hash INT)")
    found = checks(address)
    assert {name: one.state for name, one in found.items() if not one.well} == {}
    assert "seekdb" in found["server"].state
    assert found["vectors"].state == "40 of 40 passages found first by their vectors, 20 of 20 by their words"
    assert found["library"].state == "default: none yet"
    assert tables(address) == {other}  # of one that may still be at work
    ServerLibrary.open(address, create=MADE).close()


def test_what_is_wrong_with_a_library_is_found_and_the_cures_mend_it(filled: Address) -> None:
    small = checks(filled)
    assert {name: one.state for name, one in small.items() if not one.well} == {}
    assert small["indexes"].state.endswith("those of vectors are built once there are enough")
    build(filled)
    before = tables(filled)
    run(
        filled,
        "DROP INDEX article_file ON article",
        "DROP INDEX unit_vector ON unit",
        "UPDATE state SET units = units + 1, churn = churn + 9000, passages = passages + 5000",
        "UPDATE meta SET value = '1' WHERE name = 'version'",
        "INSERT INTO run VALUES (7)",
    )
    found = checks(filled)
    assert {name for name, one in found.items() if not one.well} == {
        "library",
        "indexes",
        "hints",
        "counts",
        "statistics",
    }
    assert found["indexes"].state == "missing: article_file of article, unit_vector of unit"
    assert found["hints"].state == "plans do not use unit_vector"
    assert found["runs"].state == "0 at work, 1 killed, whose files the next takes over; 0 files claimed"
    assert tables(filled) == before

    run(filled, *found["indexes"].cure.split("; "))
    run(filled, "UPDATE state SET units = units - 1, churn = churn - 9000, passages = passages - 5000")
    ServerLibrary.open(filled).close()
    mended = checks(filled)
    assert {name: one.state for name, one in mended.items() if not one.well} == {}
    assert mended["counts"].state.startswith(f"{len(ARTICLES)} articles")
    assert mended["hints"].state.startswith("6 searches planned")


def test_rights_that_are_missing_are_named(server: Server, filled: Address) -> None:
    run(filled, "CREATE USER looker", f"GRANT SELECT ON {filled.database}.* TO looker")
    lacking = checks(replace(filled, user="looker"))
    assert {name for name, one in lacking.items() if not one.well} == {"features"}
    assert "GRANT ALL" in lacking["features"].cure
    assert "tables" not in lacking  # there is nothing to hold them against


def test_what_is_no_server_and_no_store_is_told(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, store="oceanbase://root@127.0.0.1:1/x")
    examination = examine_engine(settings)
    assert not examination.healthy
    assert [one["name"] for one in json.loads(json.dumps(examination.json()))["findings"]] == ["server"]
    with pytest.raises(LibraryError, match="No server is named"):
        examine_engine(load_settings(tmp_path))
