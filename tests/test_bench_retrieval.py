"""The comparison with other libraries: the same work for everyone, ranks by the same rule, figures that say who is ahead."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import retrieval
from bench.peers import BUNDLED, KINDS, YINJU, Kind
from bench.peers.measure import measure, rank
from bench.peers.work import Task, pieces, works
from bench.retrieval import Contender
from index.types import Article
from rag.evaluation.question_sets import Asked

ROOT = Path(__file__).parents[1]

FACTS = [
    ("The lighthouse of Norhaven was built in 1871 by two brothers.", "Who built the lighthouse of Norhaven?"),
    ("Grey herons nest on the reed islands of Lake Ostra each spring.", "Where do the grey herons nest?"),
    (
        "The tram line to the harbour carries forty thousand passengers.",
        "How many passengers does the tram line carry?",
    ),
]
FACTS_ZH = [
    ("诺港的灯塔由兄弟二人于1871年建成。", "诺港的灯塔是谁建成的？"),
    ("灰鹭每年春天在奥斯特拉湖的芦苇岛上筑巢。", "灰鹭在哪里筑巢？"),
    ("通往港口的电车线路每天运送四万名乘客。", "电车线路运送多少乘客？"),
]


def squad(facts: list[tuple[str, str]]) -> dict[str, Any]:
    paragraphs = [
        {"context": context, "qas": [{"id": str(n), "question": question, "answers": [{"text": context[:5]}]}]}
        for n, (context, question) in enumerate(facts)
    ]
    return {"data": [{"paragraphs": [paragraph]} for paragraph in paragraphs]}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """Two files of one family, and a list about one article."""
    english, chinese = tmp_path / "tiny.en.json", tmp_path / "tiny.zh.json"
    english.write_text(json.dumps(squad(FACTS)), encoding="utf-8")
    chinese.write_text(json.dumps(squad(FACTS_ZH)), encoding="utf-8")
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "lake.txt").write_text("\n\n".join(context for context, _ in FACTS), encoding="utf-8")
    questions = [
        {
            "lang": "en",
            "kind": "place",
            "question": FACTS[1][1],
            "file": "lake.txt",
            "evidence": "reed islands",
            "answers": ["x"],
        },
        {"lang": "en", "kind": "none", "question": "Who won?", "file": None, "evidence": "", "answers": []},
    ]
    listed = tmp_path / "asked.jsonl"
    listed.write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
    return Task((english, chinese), (listed,), (folder,))


def test_every_pair_of_languages_is_asked_and_only_what_can_be_found(task: Task) -> None:
    english, chinese, listed = works(task)
    assert {name: len(row) for name, row in english.rows.items()} == {"tiny en→en": 3, "tiny zh→en": 3}
    assert list(chinese.rows) == ["tiny en→zh", "tiny zh→zh"]
    assert [each.text for each in chinese.rows["tiny en→zh"]] == [question for _, question in FACTS]
    assert {article.text for article in chinese.articles} == {context for context, _ in FACTS_ZH}
    assert [each.text for each in listed.rows["asked en"]] == [FACTS[1][1]]
    assert listed.files
    assert not english.files


def test_a_limit_is_of_each_row_and_spread_over_it(task: Task) -> None:
    limited = works(Task(task.sets, limit=2))
    assert [[each.id for each in row] for work in limited for row in work.rows.values()] == [["0", "1"]] * 4


def test_of_the_pieces_of_a_context_only_the_first_has_a_place() -> None:
    first, second = Article("a", "", "one two", path="x.json"), Article("b", "", "three", path="x.json")
    asked = Asked("q", "?", "en", "", (), "first", article="b")
    assert rank([(first, "one"), (first, "two"), (second, "three")], asked) == 2
    assert rank([(first, "one")], asked) == 0
    assert rank([(Article(str(n), "", ""), "") for n in range(10)] + [(second, "three")], asked) == 0


def test_evidence_must_stand_in_the_piece_and_in_its_file() -> None:
    file, other = Article("a", "", "", path="/x/lake.txt"), Article("b", "", "", path="/x/hill.txt")
    asked = Asked("q", "?", "en", "", (), "first", file="lake.txt", evidence="reed islands")
    assert rank([(file, "herons"), (other, "the reed islands"), (file, "the **reed**\nislands")], asked) == 3


def test_files_are_cut_for_those_that_do_not_cut() -> None:
    long = Article("a", "", "A sentence of words. " * 200, path="a.txt")
    cut = pieces([long])
    assert len(cut) > 4
    assert all(len(piece.text) <= 1000 and piece.path == "a.txt" for piece in cut)


def test_yinju_finds_all_of_it(task: Task) -> None:
    peer = YINJU.open(None)
    english, _, listed = (measure(peer, work, cuts=YINJU.cuts) for work in works(task))
    assert english["ranks"]["tiny en→en"] == [1, 1, 1]
    assert listed["ranks"] == {"asked en": [1]}
    assert english["texts"] == 3
    assert len(english["milliseconds"]) == 6


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.module)
def test_each_peer_runs_alone_in_its_process(kind: Kind, task: Task) -> None:
    if reason := kind.missing():
        pytest.skip(reason)
    measured = retrieval.run(Contender(kind, BUNDLED if kind.takes_model else None), task)
    found = retrieval.figures(measured)
    assert found["rows"]["tiny en→en"] == {"n": 3, "R@1": 1.0, "R@5": 1.0, "R@10": 1.0, "MRR@10": 1.0}
    assert found["rows"]["asked en"]["R@10"] == 1.0
    assert found["peak_mib"] > 20
    assert found["texts_a_second"] > 0


def test_a_peer_that_is_not_installed_says_which_extra_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Kind("Nowhere", "nowhere", "peer-nowhere", ("no_such_module",))
    assert absent.missing() == "Nowhere needs no_such_module: pip install 'yinju[peer-nowhere]'"
    monkeypatch.setitem(KINDS, "nowhere", absent)
    assert [each.name for each in retrieval.contenders(["nowhere", "yinju"])] == ["Yinju"]


def test_every_extra_that_is_named_is_in_the_project() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{kind.extra} = [" in project for kind in KINDS.values() if kind.extra)


def test_a_peer_that_fails_tells_what_it_said(task: Task) -> None:
    with pytest.raises(RuntimeError, match="Yinju failed:"):
        retrieval.run(Contender(YINJU, None), Task((task.sets[0].with_name("gone.json"),)))


def row(first: float, tenth: float) -> dict[str, float]:
    return {"n": 4, "R@1": first, "R@5": tenth, "R@10": tenth, "MRR@10": first}


RESULTS = {
    name: {"rows": {"a zh→zh": row(*shares)}, "texts_a_second": 120.4, "p50_ms": 1.25, "p95_ms": 3.0, "peak_mib": 99.6}
    for name, shares in {"Yinju": (0.75, 1.0), "txtai, bundled": (0.5, 1.0)}.items()
}


def test_figures_are_of_the_ranks() -> None:
    work = {
        "texts": 8,
        "seconds": 2.0,
        "processor": 1.0,
        "ranks": {"a": [1, 0, 2, 10]},
        "milliseconds": [1.0, 2.0, 3.0],
    }
    found = retrieval.figures({"works": [work], "peak_mib": 50.0})
    assert found["rows"]["a"] == {"n": 4, "R@1": 0.25, "R@5": 0.5, "R@10": 0.75, "MRR@10": pytest.approx(0.4)}
    assert (found["texts_a_second"], found["texts_a_processor_second"], found["p50_ms"]) == (4.0, 8.0, 2.0)


def test_the_table_says_who_is_ahead() -> None:
    found = {"machine": "2 cores", "limit": None, "results": RESULTS}
    assert retrieval.table(found).splitlines() == [
        "<!-- retrieval -->",
        "| set and measure | Yinju | txtai, bundled |",
        "|---|---|---|",
        "| a zh→zh (n 4), R@1 | 0.750 | 0.500 |",
        "| a zh→zh (n 4), R@10 | 1.000 | 1.000 |",
        "| texts indexed a second | 120 | 120 |",
        "| query p50, ms | 1.2 | 1.2 |",
        "| query p95, ms | 3.0 | 3.0 |",
        "| peak memory, MiB | 100 | 100 |",
        "",
        "2 cores. Ahead of every peer on every row, also in R@5 and MRR@10.",
        "<!-- /retrieval -->",
    ]
    worse = RESULTS | {"Yinju": RESULTS["Yinju"] | {"rows": {"a zh→zh": row(0.25, 1.0)}}}
    assert retrieval.behind(worse) == [
        "txtai, bundled is ahead on a zh→zh: R@1 0.500 against 0.250, MRR@10 0.500 against 0.250"
    ]
    limited = retrieval.table(found | {"limit": 9, "results": worse})
    assert "\n2 cores. At most 9 questions a row, evenly spread, the same for everyone. txtai, bundled is" in limited
    assert retrieval.behind({"txtai": RESULTS["txtai, bundled"]}) == []


def test_readme_gets_the_table_between_its_marks() -> None:
    assert retrieval.with_table("a <!-- retrieval -->old<!-- /retrieval --> b", "new \\1") == "a new \\1 b"
    with pytest.raises(ValueError, match="no <!-- retrieval -->"):
        retrieval.with_table("no marks", "new")


def test_the_plot_is_the_same_for_the_same_figures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plot needs matplotlib: pip install 'yinju[plot]'")
    found = {"machine": "", "results": RESULTS}
    for name in ("a.svg", "b.svg"):
        retrieval.plot(found, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").count("<svg") == 1


def test_it_runs_from_the_command_line(task: Task, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    command: list[object] = [
        sys.executable,
        ROOT / "bench" / "retrieval.py",
        *task.sets,
        "--peers",
        "yinju",
        "--json",
        out,
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    assert "Yinju: " in done.stdout
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert kept["results"]["Yinju"]["rows"]["tiny zh→zh"]["R@1"] == 1.0
    again = [sys.executable, str(ROOT / "bench" / "retrieval.py"), "--measured", str(out)]
    said = subprocess.run(again, capture_output=True, text=True, check=True)
    assert said.stdout == done.stdout
    assert said.stderr == ""
