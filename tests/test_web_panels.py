"""The panels' own logic, without a browser: dates and filters, charts, the window of a huge article, what is suggested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.filters import Filters, is_date
from index.types import Article
from models import ModelError
from rag.assistant import Assistant
from rag.conversations import Conversations
from rag.settings import load_settings
from rag.types import Answer
from rag.upkeep.ingest import Progress
from ui.web import adding, behind, chat, preferences, reader, shelf, suggestions
from ui.web.markup import Mark
from ui.web.session import Desk, Place, Session, Turn, number_of, text_of
from ui.web.words import say

ZH = "青屿海上风电场并网容量达到多少？"


@pytest.fixture(scope="module")
def desk(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    kept = tmp_path_factory.mktemp("panels") / "c.sqlite"
    with Assistant(load_settings(sample_home)) as assistant, Conversations(kept) as conversations:
        yield Desk(assistant, conversations)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("2026", True), ("2026-02", True), ("2026-02-28", True), ("2026-02-30", False), ("2026-13", False), ("26", False)],
)
def test_a_date_is_as_precise_as_it_is_known(text: str, is_one: bool) -> None:
    assert is_date(text) is is_one


def test_fields_become_filters_or_say_what_is_wrong() -> None:
    session = Session(language="en")
    given = {"find": "dam", "since": " 2025-06", "until": "2026", "source": "Ledger", "language": "en"}
    assert shelf.narrow(session, given) == ""
    assert session.filters == Filters("2025-06", "2026", "Ledger", "en")
    assert chat.chips(session) == [
        ("since", "from 2025-06"),
        ("until", "up to 2026"),
        ("source", "Ledger"),
        ("language", "English"),
    ]
    assert shelf.narrow(session, {**given, "until": "May"}) == "Write a date as 2026, 2026-03 or 2026-03-05."
    assert shelf.narrow(session, {**given, "until": "2025-05"}) == "The first date comes after the last."
    assert shelf.narrow(session, {"since": 7, "language": "<b>"}) == ""
    assert session.filters == Filters()


def test_a_bar_filters_and_when_clicked_again_no_longer() -> None:
    session = Session(language="en")
    for _ in range(2):
        shelf.toggle(session, {"since": "2026-03", "until": "2026-03"})
        shelf.toggle(session, {"source": "Ledger"})
        now = session.filters
    assert now == Filters()
    shelf.toggle(session, {"since": "2026-03", "until": "2026-03"})
    assert chat.chips(session) == [("date", "2026-03")]
    shelf.unfilter(session, {"field": "date"})
    shelf.unfilter(session, {"field": "nonsense"})
    assert session.filters == Filters()


def test_the_timeline_counts_months_and_over_many_years_years() -> None:
    months = [Article(str(n), "T", "", date) for n, date in enumerate(("2025-11-03", "2026-01-09", "2026-01-30"))]
    shown = shelf._timeline(months, Session(language="en"))
    assert shown.count("<button") == 3
    assert 'aria-label="2025-12: 0 articles"' in shown
    assert 'aria-label="2026-01: 2 articles"' in shown
    years = shelf._timeline([*months, Article("9", "T", "", "2001")], Session(language="en"))
    assert years.count("<button") == 26
    assert "Articles by year" in years


def test_filters_hold_for_the_table_and_the_charts(desk: Desk) -> None:
    session = Session(language="en", filters=Filters(until="2025"))
    shown = shelf.table(desk, session)
    assert "5 of 18 articles" in shown
    assert "2026-" not in shown
    session.table = {"find": "saltmarsh"}
    assert "1 of 18 articles" in shelf.table(desk, session)


def test_an_article_of_any_size_shows_what_is_cited() -> None:
    assert reader._window(1000, []) == (0, 1000)
    start, end = reader._window(10**6, [Mark(700_000, 700_010, 1, here=True)])
    assert end - start == reader.MAX_SHOWN
    assert start < 700_000 < 700_010 < end
    assert reader._window(10**6, [Mark(999_990, 10**6, 1, here=True)]) == (10**6 - reader.MAX_SHOWN, 10**6)


def test_what_does_not_exist_opens_a_hint(desk: Desk) -> None:
    answer = desk.assistant.ask(ZH).answer
    session = Session(language="en", turns=[Turn(ZH, answer)])
    for place in (Place("citation", 1, 99), Place("hit", 1, 99), Place("citation", 9, 1), Place("why", 0, 0)):
        session.place = place
        assert "Click a number in an answer" in reader.reader(desk, session)
    session.place = Place("article", article="nothing")
    assert "no longer in the library" in reader.reader(desk, session)


def test_the_first_source_opens_by_itself_and_of_a_refusal_the_best_passage(desk: Desk) -> None:
    answered, refused = desk.assistant.ask(ZH).answer, desk.assistant.ask("Who wrote the opera The Magic Flute?").answer
    assert refused.refused
    assert reader.first_place(Session(turns=[Turn(ZH, answered)])) == Place("citation", 1, 1)
    assert reader.first_place(Session(turns=[Turn("?", refused)])).kind == ("hit" if refused.hits else "")
    assert reader.first_place(Session(turns=[Turn("?", error="gone")])) == Place()


def test_examples_are_answered_from_the_article_that_they_are_made_of(desk: Desk) -> None:
    suggestions.prepare(desk)
    zh, en = suggestions.examples(desk, "zh"), suggestions.examples(desk, "en")
    assert len(zh) == len(en) == suggestions.MOST
    assert any(question.endswith("多少？") for question in zh)
    assert zh[-1].startswith("What does") is not zh[0].startswith("What does")
    for question in {*zh, *en}:
        assert not desk.assistant.ask(question).answer.refused


def test_what_may_be_asked_next_brings_something_new(desk: Desk) -> None:
    question = "2024年青屿市的供水管网漏损率是多少？"
    answer = desk.assistant.ask(question).answer
    session = Session(turns=[Turn(question, answer)])
    found = suggestions.following(desk, answer, session)
    assert "2025年呢？" in found
    seen = {citation.quote for citation in answer.citations}
    for following in found:
        quotes = {c.quote for c in desk.assistant.ask(following, history=[answer]).answer.citations}
        assert quotes - seen


def test_a_sentence_is_asked_for_its_number_only_where_it_says_of_what() -> None:
    assert (
        suggestions._how_much("自动化码头的单机作业效率达到每小时39.5自然箱。")
        == "自动化码头的单机作业效率达到每小时多少？"
    )
    assert suggestions._how_much("全年改造老旧供水管网126公里。") == "全年改造老旧供水管网多少？"
    for sentence in ("该风电场总投资118亿元。", "其中冷链9.2万标准箱。", "3月8日开工。", "投资118亿元。", "没有数。"):
        assert suggestions._how_much(sentence) == ""


def test_progress_tells_rate_and_remaining_time() -> None:
    words = say("en")
    shown = adding._progress(30, 330, 2.5, words)
    assert "Indexing 30 of 330 files · 2.5 a second · about 2 min 0 s left" in shown
    assert '<progress max="330" value="30"' in shown
    assert adding._rate(Progress("index", 1, 2, "files")) == 0.0


def test_settings_are_the_readers_own(desk: Desk) -> None:
    one, other = Session(), Session()
    preferences.prefer(desk, one, {"name": "passages", "value": "4"})
    preferences.prefer(desk, one, {"name": "strict", "value": True})
    preferences.prefer(desk, one, {"name": "careful", "value": "sure"})
    assert len(desk.answering(one).ask(ZH).answer.hits) == 4
    assert desk.answering(one).settings.strict
    assert desk.answering(one).settings.careful == "sure"
    assert 'name="careful" value="sure" data-do="prefer" checked' in preferences.preferences(desk, one)
    assert other.settings is None
    assert desk.answering(other) is desk.assistant
    with pytest.raises(ModelError, match="No writer is installed"):
        preferences.prefer(desk, one, {"name": "engine", "value": "write"})
    for name, value in (
        ("model", "/etc/passwd"),
        ("model", "http://evil.example/v1"),
        ("passages", 0),
        ("careful", "reckless"),
        ("library", "x"),
    ):
        before = one.settings
        preferences.prefer(desk, one, {"name": name, "value": value})
        assert one.settings == before


def test_what_a_browser_sends_is_checked() -> None:
    assert text_of({"a": 5}, "a") == text_of({}, "a") == ""
    assert text_of({"a": "x" * 9000}, "a") == "x" * 2000
    odd: tuple[object, ...] = (None, True, -1, 1.5, "7x", "²", [], 10**12)
    assert [number_of({"n": value}, "n") for value in (*odd, "12", 3)] == [*[0] * len(odd), 12, 3]


def test_a_new_session_is_nobody_elses() -> None:
    import copy

    used = Session(language="en", turns=[Turn("?", Answer("?", "", (), (), (), refused=True, engine="quote"))])
    assert copy.deepcopy(used) == Session()


def test_behind_an_answer_stand_the_lines_that_were_read_the_scores_and_the_seconds(desk: Desk) -> None:
    answer = desk.assistant.ask(ZH).answer
    words = say("en")
    quoted = behind.behind(answer, 1, words)
    assert "No model took part" in quoted
    assert quoted.count('data-do="open"') == len(answer.hits)
    assert f"{answer.hits[0].score:.2f}" in quoted
    assert f"{answer.hits[0].legs['lexical']:.2f}" in quoted
    assert "<dt>Search</dt>" in quoted
    seconds = {"search": 0.02, "write": 3.456}
    written = replace(
        answer, engine="write", shown=("[1](Dam): 3 <b>", "[2]x"), timings=seconds, left_out={"evidence": 4}
    )
    shown = behind.behind(written, 1, words)
    assert "<li>[1](Dam): 3 &lt;b&gt;</li><li>[2]x</li>" in shown
    assert "<dt>Writing</dt><dd>3.46 s</dd>" in shown
    assert "Left out, no room in the model&#x27;s context: 4 sentences of evidence" in chat._remarks(
        written, words, filtered=False
    )
