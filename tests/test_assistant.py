"""The assistant on the sample library: right answers, exact streams, follow-ups, filters, threads, an empty library."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.library import Library, LibraryError
from index.search import Filters
from models import ModelError, load_embedder
from rag.assistant import Assistant
from rag.evaluation import figures
from rag.evaluation.asking import Plan, Run, evaluate
from rag.evaluation.question_sets import read
from rag.opening import manifest
from rag.reply import Reply
from rag.settings import SettingsError, load_settings
from rag.types import Answer, written
from rag.upkeep.ingest import ingest
from rag.writing.prompt import REFUSAL

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
SAMPLE_QUESTIONS = ROOT / "samples" / "questions.jsonl"


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant(load_settings(sample_home)) as opened:
        yield opened


LEAK_2024 = "2024年青屿市的供水管网漏损率是多少？"


def shares(run: Run, language: str) -> dict[str, float]:
    """The figures of a language's questions, the fused ranking's and the answers', without their intervals."""
    ranked = [pair.legs["fused"] for pair in figures.rankings(run) if pair.languages[0] == language]
    answered = figures.answers(run)[language]
    return {name: figure.value for shown in (*ranked, answered) for name, figure in shown.items() if figure}


def test_the_samples_are_answered_and_their_evidence_is_cited(sample_home: Path) -> None:
    run = evaluate(SAMPLE_QUESTIONS, load_settings(sample_home), Plan(answers=True))
    assert len(run.outcomes) == 15
    zh, en = shares(run, "zh"), shares(run, "en")
    assert zh["accepted answer"] == zh["citation recall"] == 1.0
    assert min(en["accepted answer"], en["citation recall"]) >= 5 / 6
    assert zh["R@5"] == en["R@5"] == 1.0
    for of in (zh, en):
        assert of["verbatim quotes"] == 1.0
        assert of["refused: none"] >= 0.75


def test_a_search_gives_at_most_k_hits_best_first(assistant: Assistant) -> None:
    question = "白鹭洲湿地记录到多少只黑脸琵鹭？"
    hits = assistant.search(question, 5)
    assert len(hits) == 5
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].article.title == "白鹭洲湿地记录到黑脸琵鹭427只"
    assert assistant.search(question, 2) == hits[:2]
    assert assistant.search(question, 0) == []


def an_answer(text: str) -> Answer:
    return Answer("", text, (), (), (), refused=False, engine="quote")


@given(st.text())
@example("漏损率为9.8%。[1]\n[12] [x] [ ]] \r\n a  b\x00\ud7ff𠮷")
@example("[[[")
def test_a_reply_reads_to_exactly_the_answers_text(text: str) -> None:
    reply = Reply(an_answer(text))
    assert "".join(reply) == text
    assert all(reply)
    assert list(reply) == list(reply)


def test_a_reply_never_splits_a_citation_and_comes_in_small_pieces() -> None:
    pieces = list(Reply(an_answer("漏损率为9.8%，再生水利用率为24%。[1]\nNight train.[12]")))
    assert [piece for piece in pieces if "[" in piece] == ["[1]", "[12]"]
    assert max(map(len, pieces)) <= 6


@pytest.mark.parametrize(
    "question",
    [
        LEAK_2024,
        "2024年和2026年青屿市的供水管网漏损率分别是多少？",
        "How many black-faced spoonbills were recorded in the wetland?",
        "哪些文章提到“青屿”",
        "青屿市的时间线",
        "Which articles mention Atlantis?",
        "Who wrote the opera The Magic Flute?",
    ],
)
def test_an_answers_text_is_its_sentences_and_nothing_besides(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question).answer
    assert answer.sentences
    assert answer.text == written(answer.sentences)
    cited = [number for sentence in answer.sentences for number in sentence.citations]
    assert sorted(set(cited)) == [citation.number for citation in answer.citations]


def test_a_follow_up_is_completed_by_the_question_before_and_shown_as_it_was_asked(assistant: Assistant) -> None:
    earlier = assistant.ask(LEAK_2024).answer
    assert "9.8%" in earlier.text
    later = assistant.ask("那2025年呢？", history=[earlier]).answer
    assert "8.1%" in later.text
    assert later.question == "那2025年呢？"
    assert assistant.ask("那2025年呢？").answer.text == REFUSAL["zh"]


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filters(since="2026-03-12"), {"白鹭洲湿地记录到黑脸琵鹭427只", "青屿港一季度前两月集装箱吞吐量增长14.3%"}),
        (Filters(until="2025-04"), {"青屿市2024年水资源公报摘要"}),
        (Filters(source="临江晚报"), {"临江市第三人民医院启用夜间专科门诊"}),
        (Filters(since="2030"), set()),
    ],
)
def test_filters_restrict_what_may_be_found(assistant: Assistant, filters: Filters, titles: set[str]) -> None:
    assert {hit.article.title for hit in assistant.search("青屿市的增长和医院", 50, filters)} == titles


def test_what_the_filters_shut_out_answers_nothing(assistant: Assistant) -> None:
    assert not assistant.ask(LEAK_2024, Filters(until="2025-04")).answer.refused
    shut_out = assistant.ask(LEAK_2024, Filters(since="2030")).answer
    assert (shut_out.refused, shut_out.hits) == (True, ())


def test_eight_threads_get_the_answers_that_one_gets(assistant: Assistant, sample_home: Path) -> None:
    questions = [asked.text for asked in read(SAMPLE_QUESTIONS).asked][::2]
    alone = [assistant.ask(question).answer for question in questions]
    with Assistant(load_settings(sample_home)) as fresh, ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda question: fresh.ask(question).answer, questions * 2))
    assert [(a.text, a.citations, a.refused) for a in together] == [(a.text, a.citations, a.refused) for a in alone] * 2


def test_the_timings_are_those_of_the_stages(assistant: Assistant) -> None:
    started = time.perf_counter()
    timings = assistant.ask(LEAK_2024).answer.timings
    assert set(timings) == {"search", "quote"}
    assert all(seconds > 0 for seconds in timings.values())
    assert sum(timings.values()) < time.perf_counter() - started


def test_a_word_is_answered_by_what_mentions_it_in_the_name_of_its_file_too(tmp_path: Path) -> None:
    (tmp_path / "réunion.txt").write_text("Meeting\n2026-02-03\n\nThe committee chose 14 chairs.\n")
    ingest([tmp_path / "réunion.txt"], load_settings(tmp_path))
    with Assistant(load_settings(tmp_path, engine="quote")) as opened:
        assert opened.ask("réunion").answer.citations[0].quote == "The committee chose 14 chairs."
        assert opened.ask("regatta").answer.refused


def test_an_empty_library_finds_nothing_and_refuses(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home")
    Library.open(settings.library_folder, create=manifest(load_embedder())).close()
    with Assistant(settings) as assistant:
        assert assistant.search(LEAK_2024) == []
        for question, language in ((LEAK_2024, "zh"), ("How many?", "en"), ("", "en")):
            answer = assistant.ask(question).answer
            assert (answer.refused, answer.text, answer.hits) == (True, REFUSAL[language], ())


def test_what_is_indexed_meanwhile_is_found(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home")
    Library.open(settings.library_folder, create=manifest(load_embedder())).close()
    with Assistant(settings) as assistant:
        assert assistant.ask(LEAK_2024).answer.refused
        ingest([ROOT / "samples" / "qingyu-water-2024.txt"], settings)
        assert "9.8%" in assistant.ask(LEAK_2024).answer.text


def test_no_library_and_no_writer_are_said_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"There is no library at .*library\.sqlite.*yinju index FOLDER"):
        Assistant(load_settings(tmp_path / "home"))
    with pytest.raises(ModelError, match="--engine quote"):
        Assistant(load_settings(tmp_path / "home", engine="write"))


@pytest.mark.slow
def test_the_figures_on_real_articles(tmp_path: Path) -> None:
    questions = SHARED / "eval" / "questions.dev.jsonl"
    if not questions.is_file():
        pytest.skip("no shared/ beside the project: its articles and questions are not part of it")
    settings = load_settings(tmp_path / "home")
    started = time.process_time()
    report = ingest([SHARED / "articles"], settings)
    assert time.process_time() - started < 10  # 2 s alone: less than a transformer takes to be loaded
    run = evaluate(questions, settings, Plan(answers=True))
    assert (report.added, report.articles, report.failed) == (5, 63, ())
    zh, en = shares(run, "zh"), shares(run, "en")
    assert zh["R@1"] >= 0.93
    assert zh["R@5"] == 1.0
    assert en["R@1"] >= 0.65
    assert en["R@5"] >= 0.93
    assert zh["accepted answer"] >= 0.94
    assert en["accepted answer"] >= 0.89
    for of in (zh, en):
        assert of["verbatim quotes"] == 1.0
        assert of["refused: none"] >= 0.75
    assert zh["refused: near"] >= 0.75  # of the two in the other language none is
    # 20 ms is the promise for the median on a quiet machine; on a slow or busy one only the quickest searches tell, and they
    # took up to 40 ms with the code of the promise as with this.
    assert min(run.searches) < 0.060


def test_another_way_to_answer_shares_the_library_and_the_search(assistant: Assistant) -> None:
    brief = assistant.answering(replace(assistant.settings, passages=1))
    assert brief.library is assistant.library
    assert [len(one.ask(LEAK_2024).answer.hits) for one in (brief, assistant)] == [1, 8]
    with pytest.raises(ModelError, match="No writer is installed"):
        assistant.answering(replace(assistant.settings, engine="write"))
    assert brief.writer == assistant.writer == ""


@pytest.mark.parametrize(
    ("name", "value"), [("library", "news"), ("embedder", "bge-m3"), ("reranker", "bge"), ("home", Path("x"))]
)
def test_what_an_assistant_was_opened_with_cannot_be_answered_otherwise(
    assistant: Assistant, name: str, value: Any
) -> None:
    other = replace(assistant.settings, **{name: value})
    with pytest.raises(SettingsError, match=f"{name} = .* needs an assistant of its own"):
        assistant.answering(other)


def test_a_closed_assistant_says_that_it_is_closed(sample_home: Path) -> None:
    opened = Assistant(load_settings(sample_home))
    opened.close()
    opened.close()
    for asking in (opened.ask, opened.search):
        with pytest.raises(LibraryError, match="has been closed: open it again"):
            asking(LEAK_2024)
