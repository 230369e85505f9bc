"""`yinju eval` by the real command line on questions written here, and what it says of files that will not do."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from index.types import Article, Hit, Passage
from rag.evaluation import asking
from rag.evaluation.asking import FUSED, ranks
from rag.evaluation.question_sets import Asked
from ui import evaluation
from ui.cli import app

ENGLISH = (
    (
        "The Orrin lighthouse was built in 1871. Its lamp burns 14 litres of oil a night.",
        "When was the Orrin lighthouse built?",
        "1871",
    ),
    (
        "Baker Tom Hale sells 320 loaves of rye bread on market days. He opens at dawn.",
        "How many loaves of rye bread does Tom Hale sell?",
        "320",
    ),
    (
        "The violin school in Varn teaches 45 pupils. Lessons are held in an old mill.",
        "How many pupils does the violin school teach?",
        "45",
    ),
    (
        "A comet was seen over the desert on 9 May. Shepherds saw it first.",
        "When was the comet seen over the desert?",
        "9 May",
    ),
)
CHINESE = (
    ("奥林灯塔建于1871年。灯塔的灯每晚烧掉14升油。", "奥林灯塔建于哪一年？", "1871年"),
    ("面包师汤姆在集市日卖出320个黑麦面包。他天亮就开门。", "汤姆卖出多少个黑麦面包？", "320个"),
    ("瓦恩的小提琴学校有45名学生。课程在一座旧磨坊里上。", "小提琴学校有多少名学生？", "45名"),
    ("5月9日，沙漠上空出现了一颗彗星。牧羊人最先看到它。", "沙漠上空的彗星是什么时候出现的？", "5月9日"),
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


def shown(*arguments: str | Path) -> dict[str, Any]:
    """What the command prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    shape: dict[str, Any] = json.loads(result.stdout)
    return shape


def only(*arguments: str | Path) -> dict[str, Any]:
    (one,) = shown(*arguments)["sets"]
    return dict(one)


def values(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figure["value"] for name, figure in figures.items()}


def squad(path: Path, rows: Sequence[tuple[str, str, str]]) -> Path:
    entries = [
        {
            "paragraphs": [
                {"context": context, "qas": [{"id": f"q{n}", "question": question, "answers": [{"text": answer}]}]}
            ]
        }
        for n, (context, question, answer) in enumerate(rows)
    ]
    path.write_text(json.dumps({"data": entries}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return squad(tmp_path_factory.mktemp("sets") / "set.en.json", ENGLISH)


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return squad(tmp_path_factory.mktemp("sets") / "set.zh.json", CHINESE)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, number in (("lighthouse.txt", 0), ("violin.txt", 2)):
        (folder / name).write_text(f"{name}\n\n{CHINESE[number][0]}\n", encoding="utf-8")
    return folder


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    rows = [
        {
            "id": "a",
            "question": "奥林灯塔建于哪一年？",
            "file": "lighthouse.txt",
            "evidence": "建于1871年",
            "answers": ["1871"],
        },
        {
            "id": "b",
            "question": "小提琴学校有多少名学生？",
            "file": "violin.txt",
            "evidence": "有 45名学生",
            "answers": ["45"],
        },
        {"id": "c", "question": "火星上住着谁？", "kind": "none"},
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


# --- the place of the right hit ---------------------------------------------------------------------------------------


def hit(name: str, **legs: float) -> Hit:
    return Hit(Passage(f"{name}-0", name, 0, 0, 1, "x"), Article(name, "", "x"), 1.0, legs)


def test_ranks_fused_and_by_each_leg_alone() -> None:
    right = Asked("q", "?", "en", "", (), "first", article="r")
    hits = [
        hit("a", dense=0.9, lexical=0.1),
        hit("r", dense=0.5, lexical=0.8, phrase=0.0),
        hit("b", dense=0.5, lexical=0.9),
    ]
    assert ranks(right, hits) == {FUSED: 2, "dense": 2, "lexical": 2, "phrase": inf}
    assert ranks(right, [*hits[2:], *hits[:2]])["dense"] == 3  # equal to b, which was fused before it
    assert ranks(right, hits[:1]) == {FUSED: inf, "dense": inf, "lexical": inf}
    assert ranks(right, []) == {FUSED: inf}


def test_a_context_cut_into_passages_counts_by_its_best_one() -> None:
    right = Asked("q", "?", "en", "", (), "first", article="r")
    assert ranks(right, [hit("a", dense=0.1), hit("r", dense=0.2), hit("r", dense=0.9)]) == {FUSED: 2, "dense": 1}


# --- SQuAD-style sets -------------------------------------------------------------------------------------------------

WHOLE = {"R@1": 1.0, "R@5": 1.0, "R@10": 1.0, "MRR@10": 1.0, "nDCG@10": 1.0}


def test_the_figures_of_a_set_as_json(english: Path) -> None:
    one = only(english)
    assert (one["file"], one["questions"], one["passages"], one["half"]) == (str(english), 4, None, None)
    assert one["library"]["articles"] == one["library"]["passages"] == 4
    (pair,) = one["rankings"]
    assert (pair["question"], pair["passage"], pair["questions"]) == ("en", "en", 4)
    assert values(pair["legs"]["fused"]) == values(pair["legs"]["lexical"]) == WHOLE
    assert pair["legs"]["fused"]["R@1"] == {"value": 1.0, "low": 1.0, "high": 1.0, "count": 4}
    assert values(pair["legs"]["phrase"]) == dict.fromkeys(WHOLE, 0.0)  # no question quotes
    assert pair["recall_by_k"]["fused"] == [1.0] * 30
    assert pair["fused_less_best_leg"]["value"] == 0.0
    assert (one["answers"], one["refusals"]) == ({}, None)
    assert one["latency_ms"].keys() == {"search"}
    assert 0 < one["latency_ms"]["search"]["median"] <= one["latency_ms"]["search"]["p95"]


def test_chinese_questions_and_several_files_at_once(english: Path, chinese: Path) -> None:
    sets = shown(english, chinese)["sets"]
    assert [(each["rankings"][0]["question"], each["rankings"][0]["passage"]) for each in sets] == [
        ("en", "en"),
        ("zh", "zh"),
    ]
    assert values(sets[1]["rankings"][0]["legs"]["fused"]) == WHOLE


def test_questions_of_one_language_on_the_passages_of_the_other(english: Path, chinese: Path) -> None:
    one = only(english, "--passages", chinese, "--answers")
    (pair,) = one["rankings"]
    assert (pair["question"], pair["passage"], one["passages"]) == ("en", "zh", str(chinese))
    assert pair["legs"]["fused"]["R@5"]["value"] == 1.0
    assert one["answers"]["en"]["accepted answer"]["count"] == 4


def test_answers_are_judged_and_asked_where_they_cannot_be_found(chinese: Path) -> None:
    one = only(chinese, "--answers", "--misses")
    figures = one["answers"]["zh"]
    assert {name: figures[name]["value"] for name in ("accepted answer", "verbatim quotes", "citation recall")} == {
        "accepted answer": 1.0,
        "verbatim quotes": 1.0,
        "citation recall": 1.0,
    }
    assert figures["refused although answerable"] == {"value": 0.0, "low": 0.0, "high": 0.0, "count": 4}
    assert (
        figures["refusal recall"]
        == figures["refused: asked elsewhere"]
        == {"value": 1.0, "low": 1.0, "high": 1.0, "count": 4}
    )
    assert figures["refusal precision"]["count"] == 4
    assert one["misses"] == []
    assert (one["refusals"]["answerable"], one["refusals"]["unanswerable"], one["refusals"]["auc"]) == (4, 4, 1.0)
    assert one["latency_ms"].keys() == {"search", "ask"}


def test_the_halves_ask_different_questions_of_all_the_contexts(english: Path) -> None:
    first, second = (only(english, "--half", half) for half in ("first", "second"))
    assert (first["questions"], second["questions"]) == (2, 2)
    assert first["library"]["articles"] == second["library"]["articles"] == 4
    assert only(english, "--half", "second", "--limit", "1")["questions"] == 1


def test_simplified_questions_find_traditional_passages(tmp_path: Path) -> None:
    rows = [
        ("萬華燈塔建於1871年，燈塔的燈每晚燒掉14升油。", "萬華燈塔建於哪一年？", "1871年"),
        ("麵包師傅賣出320個麵包。", "誰賣麵包？", "麵包師傅"),
    ]
    path = squad(tmp_path / "set.json", rows)
    one = only(path, "--simplified", "--misses")
    assert one["simplified"] is True
    assert [miss["question"] for miss in one["misses"]] in ([], ["谁卖面包？"])
    assert one["rankings"][0]["legs"]["fused"]["R@5"]["value"] == 1.0


def test_the_table_says_what_its_figures_mean(english: Path) -> None:
    result = run(english, "--answers")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "set.en.json: 4 questions, 4 articles, 4 passages"
    head = next(line for line in lines if "nDCG@10" in line)
    assert head.split() == ["pair", "n", "leg", "R@1", "R@5", "R@10", "MRR@10", "nDCG@10"]
    fused = next(line for line in lines if "fused" in line)
    assert fused.split("  ")[0].strip() == "en -> en"
    assert fused.count("1.00 [1.00 1.00]") == 5
    assert "…" not in result.stdout
    for told in ("citation precision: share", "refusal recall: share", "percentile bootstrap", "cores", "ms median"):
        assert told in result.stdout


def test_misses_are_listed_and_hostile_text_is_harmless(tmp_path: Path) -> None:
    evil = "\x1b[31m[bold]Nothing\u202e here[/bold] fits?\r\nforged"
    path = squad(tmp_path / "evil.json", [*ENGLISH[:3], ("Quiet hills lie in the sun.", evil, "sun")])
    result = run(path, "--misses", "--answers")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("q3: ")]
    assert "[bold]Nothing here[/bold] fits? forged" in line


# --- lists ------------------------------------------------------------------------------------------------------------


def test_a_list_is_asked_of_articles_that_are_named(listed: Path, articles: Path, own_home: Path) -> None:
    one = only(listed, "--articles", articles, "--answers")
    (pair,) = one["rankings"]
    assert (pair["question"], pair["passage"], pair["questions"]) == ("zh", "zh", 2)
    assert values(pair["legs"]["fused"]) == WHOLE
    figures = one["answers"]["zh"]
    assert figures["accepted answer"] == {"value": 1.0, "low": 1.0, "high": 1.0, "count": 2}
    assert figures["refused: none"]["value"] == figures["refusal precision"]["value"] == 1.0
    assert one["unplaced"] == []
    assert not own_home.exists()


def test_a_list_is_asked_of_the_library(listed: Path, articles: Path) -> None:
    assert CliRunner().invoke(app, ["index", str(articles), "--library", "own"]).exit_code == 0
    one = only(listed, "--library", "own")
    assert (one["library"]["articles"], values(one["rankings"][0]["legs"]["fused"])) == (2, WHOLE)


def test_times_are_counted_from_the_day_that_is_given(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for year, count in ((2023, 310), (2024, 365)):
        text = f"奥林灯塔年报\n{year}-12-20\n\n奥林灯塔全年接待游客{count}人。\n"
        (folder / f"{year}.txt").write_text(text, encoding="utf-8")
    path = tmp_path / "list.jsonl"
    path.write_text(
        '{"id": "a", "question": "奥林灯塔去年接待游客多少人？", "file": "2023.txt", "evidence": "接待游客310人", "answers": ["310"]}',
        encoding="utf-8",
    )
    right = [
        only(path, "--articles", folder, "--answers", "--today", day)["answers"]["zh"]["accepted answer"]["value"]
        for day in ("2024-05-01", "2025-05-01")
    ]
    assert right == [1.0, 0.0]


def test_evidence_that_stands_nowhere_is_named_and_not_found(articles: Path, tmp_path: Path) -> None:
    path = tmp_path / "lost.jsonl"
    path.write_text('{"id": "lost", "question": "灯塔？", "file": "violin.txt", "evidence": "灯塔"}', encoding="utf-8")
    one = only(path, "--articles", articles)
    assert (one["unplaced"], one["rankings"][0]["legs"]["fused"]["R@10"]["value"]) == (["lost"], 0.0)
    assert "the evidence stands nowhere in the file named: lost" in run(path, "--articles", articles).stdout


# --- passages of their own --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four questions, each with the passages of all four but the one that answers the second and the fourth."""
    passages = [["", text] for text, _, _ in CHINESE]
    rows = [
        {
            "id": f"p{n}",
            "question": question,
            "answerable": n % 2 == 0,
            "answers": [answer],
            "passages": [each for place, each in enumerate(passages) if place != n or n % 2 == 0],
        }
        for n, (_, question, answer) in enumerate(CHINESE)
    ]
    path = tmp_path_factory.mktemp("own") / "own.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_each_question_is_asked_of_its_own_passages(own: Path, own_home: Path) -> None:
    whole = shown(own, "--misses")
    (one,) = whole["sets"]
    assert one["refusals"] == whole["refusals"]
    assert {name: one["refusals"][name] for name in list(one["refusals"])[:5]} == {
        "answerable": 2,
        "refused_answerable": 0,
        "unanswerable": 2,
        "answered_unanswerable": 0,
        "auc": 1.0,
    }
    assert 0 <= one["refusals"]["calibration_error"] < 0.5
    assert one["library"]["articles"] == 4 + 3 + 4 + 3
    assert one["answers"]["zh"]["accepted answer"]["value"] == one["answers"]["zh"]["refusal recall"]["value"] == 1.0
    assert (one["rankings"], one["misses"], one["latency_ms"].keys()) == ([], [], {"ask"})
    assert not own_home.exists()


def test_the_table_of_such_a_set_tells_its_refusals(own: Path) -> None:
    lines = run(own).stdout.splitlines()
    (told,) = [line for line in lines if line.startswith("refusals: ")]
    assert told.startswith(
        "refusals: 0 of 2 answerable refused (.000), 0 of 2 others answered (.000), AUC 1.00, calibration"
    )
    assert not [line for line in lines if "nDCG" in line]
    assert any(line.startswith("calibration error: how far") for line in lines)


def test_wrong_answers_are_drawn_against_wrong_refusals(own: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "refusals.svg"
    assert run(own, "--plot", drawn).exit_code == 0
    comments = drawn.read_text(encoding="utf-8")
    for label in ("answerable refused", "others answered", "as answered", "n 2 answerable, 2 not"):
        assert f"<!-- {label} -->" in comments
    assert "recall at k" not in comments


def test_passages_of_their_own_are_asked_of_nothing_else(own: Path, articles: Path) -> None:
    refused(run(own, "--articles", articles), "own.jsonl brings the passages that are asked: leave out the articles")


# --- the plot ---------------------------------------------------------------------------------------------------------


def test_the_plot_is_a_picture_with_every_leg(english: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "recall.svg"
    assert run(english, "--plot", drawn).exit_code == 0
    root = ElementTree.fromstring(drawn.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    comments = drawn.read_text(encoding="utf-8")
    assert root.tag.endswith("svg")
    for leg in ("fused", "lexical", "dense", "recall at k"):
        assert f"<!-- {leg} -->" in comments
    picture = tmp_path / "recall.PNG"
    assert run(english, "--plot", picture).exit_code == 0
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_without_matplotlib_it_says_what_to_install(
    english: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "can_plot", lambda: False)
    refused(run(english, "--plot", tmp_path / "x.svg"), 'pip install "yinju[plot]"')


# --- what cannot be done ----------------------------------------------------------------------------------------------


def refused(result: Result, *told: str, code: int = 1) -> None:
    assert (result.exit_code, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr
    for words in told:
        assert words in result.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("no json", "bad.json is not JSON"),
        ("{}", 'bad.json has no "data" with entries in it'),
        ('{"data": [{"paragraphs": [{"context": "x", "qas": []}]}]}', "bad.json holds no question"),
    ],
)
def test_a_bad_file_is_a_message(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "bad.json").write_text(content, encoding="utf-8")
    refused(run(tmp_path / "bad.json"), told)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    refused(run(tmp_path / "no.json"), "no.json")


def test_a_list_about_a_file_that_the_library_does_not_hold(listed: Path, articles: Path) -> None:
    (articles / "violin.txt").unlink()
    refused(run(listed, "--articles", articles), "asks about violin.txt", "--articles FOLDER")


def test_a_list_without_a_library(listed: Path) -> None:
    refused(run(listed), "There is no library", "yinju index FOLDER")


def test_passages_of_another_shape(english: Path, tmp_path: Path) -> None:
    refused(run(english, "--passages", squad(tmp_path / "short.json", CHINESE[:2])), "short.json has another shape")


def test_a_half_without_questions(tmp_path: Path) -> None:
    refused(run(squad(tmp_path / "one.json", ENGLISH[:1]), "--half", "second"), "no question in its second half")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("a.json", "b.json", "--passages", "c.json"), "one FILE of questions at a time"),
        (("a.jsonl", "--passages", "c.json"), "is a list and brings no contexts"),
        (("a.json", "--articles", "folder"), "is for question lists"),
        (("a.json", "--plot", "x.pdf"), "x.pdf must end in .png or .svg"),
        (("a.json", "--limit", "0"), "--limit"),
        (("a.json", "--half", "third"), "third"),
        ((), "FILE"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    refused(result, code=2)
    assert told in " ".join(result.stderr.replace("│", " ").split())


SETS = Path(__file__).parents[2] / "shared" / "eval"
FLOORS = [
    ("xquad.zh.json", (), 0.95, 0.98),
    ("xquad.en.json", (), 0.96, 0.98),
    ("xquad.en.json", ("--passages", "xquad.zh.json"), 0.91, 0.96),
    ("xquad.zh.json", ("--passages", "xquad.en.json"), 0.89, 0.98),
    ("cmrc2018.zh.json", (), 0.97, 0.99),
    ("drcd.zh-Hant.json", ("--simplified",), 0.94, 0.98),
]
"""Set, options, and what R@1 and R@10 may not fall below on a hundred questions that no weight was learned on.

Each is two questions below what was measured, and one or two of ten."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "first", "ten"), FLOORS)
def test_search_holds_its_floors_on_public_sets(
    name: str, options: Sequence[str], first: float, ten: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not SETS.is_dir():
        pytest.skip("no shared/ beside the project: its evaluation sets are not part of it")
    monkeypatch.setattr(asking, "TIMED", 1)  # each question is asked once, not again for the clock
    given = [SETS / option if option.endswith(".json") else option for option in options]
    (ranking,) = only(SETS / name, *given, "--half", "second", "--limit", "100")["rankings"]
    legs = {leg: values(figures) for leg, figures in ranking["legs"].items()}
    assert legs["fused"]["R@1"] >= first
    assert legs["fused"]["R@10"] >= ten
    best = max(figures["R@1"] for leg, figures in legs.items() if leg != "fused")
    half_width = legs["fused"]["R@1"] - ranking["legs"]["fused"]["R@1"]["low"]
    assert legs["fused"]["R@1"] >= best - half_width
