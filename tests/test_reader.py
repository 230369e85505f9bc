"""The bundled reader: its places are true, it tells an answer from none, and a damaged file is refused with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import ModelError, Read, Window, load_reader
from models.reader import FILE, SPANS, BundledReader

LIGHTHOUSE = "The lighthouse at Saltby was built in 1871 by Mary Ferris. It is painted red and white, and 14,000 people visit it a year."
DAM = "青石水库位于云溪县北部，2019年10月建成，总投资32.6亿元。水库由省水务集团管理，主要用于灌溉和供水。"


def best(question: str, text: str, title: str = "") -> str:
    (said,) = load_reader().read(question, [Window(title, text)])
    return text[said.spans[0].start : said.spans[0].end]


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("When was the lighthouse built?", LIGHTHOUSE, "1871"),
        ("Who built the lighthouse?", LIGHTHOUSE, "Mary Ferris"),
        ("How many people visit the lighthouse?", LIGHTHOUSE, "14,000"),
        ("青石水库总投资是多少？", DAM, "32.6亿元"),
        ("青石水库由谁管理？", DAM, "省水务集团"),
        ("青石水庫位於哪裡？", DAM, "云溪县"),
    ],
)
def test_it_points_at_the_answer(question: str, text: str, answer: str) -> None:
    assert answer in best(question, text)


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        (
            "When was the lighthouse built?",
            LIGHTHOUSE,
            "The harbour of Saltby was dredged last winter. Fishing boats lie there.",
        ),
        ("青石水库总投资是多少？", DAM, "云溪县上个月举办了茶叶节，来了许多客人。"),
    ],
)
def test_what_answers_is_likelier_than_what_does_not(question: str, text: str, other: str) -> None:
    answers, not_ = load_reader().read(question, [Window("", text), Window("", other)])
    assert answers.log_odds > not_.log_odds + 1
    assert answers.spans[0].score > not_.spans[0].score


def test_what_it_says_of_a_window_does_not_hang_on_the_others() -> None:
    alone = load_reader().read("Who built it?", [Window("", LIGHTHOUSE)])
    among = load_reader().read("Who built it?", [Window("", DAM), Window("", LIGHTHOUSE), Window("", DAM * 3)])
    assert among[1].log_odds == pytest.approx(alone[0].log_odds, abs=0.5)  # activations are rounded for a batch as one


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=80), st.lists(st.tuples(st.text(max_size=20), st.text(max_size=200)), max_size=4))
def test_any_text_has_places_within_it_that_do_not_overlap(question: str, texts: list[tuple[str, str]]) -> None:
    windows = [Window(title, text) for title, text in texts]
    said = load_reader().read(question, windows)
    assert len(said) == len(windows)
    for window, one in zip(windows, said, strict=True):
        assert isinstance(one, Read)
        assert len(one.spans) <= SPANS
        assert [span.score for span in one.spans] == sorted((span.score for span in one.spans), reverse=True)
        places = sorted((span.start, span.end) for span in one.spans)
        assert all(0 <= start < end <= len(window.text) for start, end in places)
        assert all(end <= start for (_, end), (start, _) in zip(places, places[1:], strict=False))


def test_a_book_is_read_as_far_as_a_window_goes() -> None:
    (said,) = load_reader().read("How long?" * 1000, [Window("title" * 100, "word " * 20_000)])
    assert all(span.end < 5_000 for span in said.spans)


@pytest.mark.parametrize("kept", [0, 100, 1_000_000])
def test_a_damaged_file_is_refused_with_the_cure(kept: int, tmp_path: Path) -> None:
    file = tmp_path / "reader.onnx"
    file.write_bytes(FILE.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"reader\.onnx is damaged .*Install Yinju again"):
        BundledReader(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no .*reader\.onnx.*Install Yinju again"):
        BundledReader(tmp_path / "reader.onnx")


def test_its_file_is_small_enough_to_travel_with_the_installation() -> None:
    assert FILE.stat().st_size < 48_000_000
