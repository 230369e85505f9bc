"""List and count: all that mention a string or are about a topic, in every face alike, and the other reading beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from index.types import Article, Hit, Passage
from rag import shapes
from rag.assistant import Assistant
from rag.evidence import Evidence
from rag.settings import load_settings
from rag.whole import about, requests
from rag.whole.types import Overview, Request, Row
from ui import overview as shown
from ui.cli import app


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant(load_settings(sample_home, engine="quote")) as opened:
        yield opened


def test_a_question_lists_all_and_counts_what_it_lists(assistant: Assistant) -> None:
    answer = assistant.ask("有几篇文章提到青屿市？").answer
    texts = [article for article in assistant.library.articles() if not article.copy_of]
    holding = {a.id for a in texts if "青屿市" in a.title + assistant.library.article(a.id).text}
    assert {citation.article.id for citation in answer.citations} == holding
    assert answer.understood == f"全部提到“青屿市”的文章，共 {len(holding)} 篇"
    assert answer.kind == "count"
    assert all(one.article.text[one.start : one.end] == one.quote for one in answer.citations)
    assert requests.read(answer.other) == Request("list", "青屿市", False, answer.other, "zh")


def test_the_fact_is_answered_where_the_reader_wants_it(assistant: Assistant) -> None:
    asked = "直接回答：青屿市智能算力规模增加到多少？"
    answer = assistant.ask(asked).answer
    assert "4800P" in answer.text
    assert (answer.question, answer.kind) == (asked, "")


def test_what_nothing_mentions_is_refused_and_says_so(assistant: Assistant) -> None:
    answer = assistant.ask("which articles mention Atlantis?").answer
    assert (answer.refused, answer.text) == (True, "No article mentions “Atlantis”")


def test_a_topic_is_judged_and_the_border_told_apart(assistant: Assistant) -> None:
    found = assistant.overview(Request("list", "节水", False, "节水", "zh"))
    assert found is not None
    sure = {row.article.title for row in found.rows if not row.near}
    assert any("节水" in title for title in sure)
    assert not any("茶" in title for title in sure)
    assert [row.near for row in found.rows] == sorted(row.near for row in found.rows)
    assert found.total == sum(not row.near for row in found.rows)


def test_of_a_topic_that_no_article_is_about_nothing_is_listed(assistant: Assistant) -> None:
    for topic in ("女足世界杯", "volcanoes of Iceland"):
        found = assistant.overview(Request("list", topic, False, topic, "zh"))
        assert found is not None
        assert not found.rows


def found(name: str, said: float) -> Evidence:
    article = Article(name, name, "一句。")
    hit = Hit(Passage(f"{name}-0", name, 0, 0, 3, "一句。"), article, said)
    return Evidence(hit, 0, 3, said, {"dense": said, "characters": said})


def test_what_is_like_the_surest_articles_is_nearer_though_it_says_the_topic_no_more() -> None:
    ranked = [found("sure", 0.9), found("sure too", 0.8), found("kin", 0.2), found("stranger", 0.2)]
    same, other = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    vectors = {one.hit.passage.id: other if one.hit.article.id == "stranger" else same for one in ranked}
    told = about.features(ranked, vectors)
    apart = {name for name in told["kin"] if told["kin"][name] != told["stranger"][name]}
    assert apart == {"opens", "speaks"}
    assert told["kin"]["opens"] > 0 > told["stranger"]["opens"]
    assert about.features(ranked[:1], vectors)["sure"]["opens"] == 0  # alone, it is like no other
    assert set(about.features(ranked, {})) == set(told)  # of passages that went meanwhile nothing is known
    assert about.features([], {}) == {}


def run(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["--home", str(home), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_commands_agree_with_each_other(sample_home: Path) -> None:
    shape: dict[str, Any] = json.loads(run(sample_home, "list", "青屿", "--json"))
    rows = list(csv.DictReader(io.StringIO(run(sample_home, "list", "青屿", "--csv"))))
    assert len(rows) == len(shape["rows"]) == shape["total"] == int(run(sample_home, "count", "青屿"))
    assert {row["mark"] for row in rows} <= {"青屿", ""}
    for row in shape["rows"]:
        assert [row["quote"][a - row["start"] : b - row["start"]] for a, b in row["marks"]] == ["青屿"] * len(
            row["marks"]
        )
    assert run(sample_home, "list", "青屿", "--markdown").count("[^1]") == 2
    fewer = json.loads(run(sample_home, "list", "青屿", "--json", "--since", "2026"))["total"]
    assert 0 < fewer < shape["total"]


def test_one_form_is_printed_at_a_time(sample_home: Path) -> None:
    done = CliRunner().invoke(app, ["--home", str(sample_home), "list", "青屿", "--json", "--csv"])
    assert done.exit_code == 2


def test_a_string_that_cannot_be_looked_for_is_told(sample_home: Path) -> None:
    done = CliRunner().invoke(app, ["--home", str(sample_home), "list", "**"])
    assert (done.exit_code, "give a word" in done.stderr) == (1, True)


def test_what_an_article_says_can_do_nothing_in_any_form(assistant: Assistant) -> None:
    hostile = '=HYPERLINK("x")|[1] \x1b[31m<b>'
    article = assistant.library.article(assistant.library.articles()[0].id)
    made = type(article)("a" * 16, hostile, hostile, source="=1+1", path="p")
    found = Overview(Request("list", "x"), (Row(made, 0, len(hostile), ((1, 10),), label=hostile),), "u")
    assert "\x1b" not in shown.terminal(found) + shown.markdown(found) + shown.table(found)
    assert "<b>" not in shown.markdown(found)
    (row,) = csv.DictReader(io.StringIO(shown.table(found)))
    assert row["title"].startswith("'=")
    assert shapes.overview_json(found)["rows"][0]["quote"] == hostile
