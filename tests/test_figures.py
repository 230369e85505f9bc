"""Outcomes put together by hand -> the figures they must give."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan
from pathlib import Path

import pytest

from index.types import Article, Passage
from rag.evaluation import figures
from rag.evaluation.asking import FUSED, Outcome, Plan, Run
from rag.evaluation.question_sets import Asked, QuestionSet
from rag.types import Answer, Citation, Sentence

TEXT = "The lake froze on 4 December. Skaters came from three valleys. It thawed in March."
LAKE = Article("lake", "", TEXT, path="set.json", language="en")


def asked(name: str, language: str = "en", kind: str = "", answers: tuple[str, ...] = ("4 December",)) -> Asked:
    return Asked(name, f"{name}?", language, kind, answers, "first", article="lake")


def said(*quotes: str, start: int | None = None) -> Answer:
    """An answer that quotes these words of the lake; none at all is a refusal."""
    passage = Passage("lake-0", "lake", 0, 0, len(TEXT), TEXT)
    citations = tuple(
        Citation(n, passage, LAKE, quote, (at := TEXT.index(quote) if start is None else start), at + len(quote))
        for n, quote in enumerate(quotes, 1)
    )
    sentences = tuple(Sentence(quote, (n,)) for n, quote in enumerate(quotes, 1)) or (Sentence("No."),)
    text = "\n".join(f"{quote}[{n}]" for n, quote in enumerate(quotes, 1)) or "No."
    return Answer("?", text, sentences, citations, (), refused=not quotes, engine="quote")


def run(*outcomes: Outcome) -> Run:
    return Run(QuestionSet(Path("set.json"), ()), Plan(), outcomes, (), {})


FROZE, SKATERS, THAWED = "The lake froze on 4 December.", "Skaters came from three valleys.", "It thawed in March."


def test_rankings_by_pair_and_leg() -> None:
    ranks: list[dict[str, float]] = [
        {FUSED: 1, "dense": 2, "lexical": 1},
        {FUSED: 3, "dense": 1, "lexical": 7},
        {FUSED: inf, "dense": inf, "phrase": 2},
    ]
    same = [Outcome(asked(str(n)), "en", of) for n, of in enumerate(ranks)]
    across = Outcome(asked("x", "zh"), "en", {FUSED: 11, "dense": inf})
    first, second = figures.rankings(run(*same, across))
    assert (first.languages, first.count, list(first.legs)) == (("en", "en"), 3, [FUSED, "dense", "lexical", "phrase"])
    shown = {leg: {name: figure.value for name, figure in of.items()} for leg, of in first.legs.items()}
    third = pytest.approx(1 / 3)
    assert shown[FUSED] == {
        "R@1": third,
        "R@5": pytest.approx(2 / 3),
        "R@10": pytest.approx(2 / 3),
        "MRR@10": pytest.approx(4 / 9),
        "nDCG@10": 0.5,
    }
    assert shown["lexical"]["R@5"] == third
    assert shown["phrase"]["R@1"] == 0
    assert shown["phrase"]["MRR@10"] == pytest.approx(1 / 6)
    assert first.recall[FUSED].tolist()[:4] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert (second.languages, second.count, second.legs[FUSED]["R@10"].value) == (("zh", "en"), 1, 0)


def test_the_fused_ranking_is_compared_with_the_best_leg_question_by_question() -> None:
    ranks = [
        {FUSED: 1, "dense": 2, "lexical": 1},
        {FUSED: 1, "dense": 1, "lexical": 2},
        {FUSED: 1, "dense": 1, "lexical": 2},
    ]
    (pair,) = figures.rankings(run(*(Outcome(asked(str(n)), "en", of) for n, of in enumerate(ranks))))
    assert pair.best_leg == "dense"
    assert pair.gain
    assert pair.gain.value == pytest.approx(1 / 3)
    assert (pair.gain.low, pair.gain.high) == (0.0, 1.0)


def test_what_nothing_answers_counts_in_no_ranking() -> None:
    assert figures.rankings(run(Outcome(asked("n", kind="none"), "en", {FUSED: inf}))) == []


def test_answers_refusals_and_citations() -> None:
    outcomes = (
        Outcome(asked("right"), "en", answer=said(FROZE, SKATERS), elsewhere=said()),
        Outcome(asked("wrong"), "en", answer=said(THAWED), elsewhere=said(THAWED)),
        Outcome(asked("silent"), "en", answer=said(), elsewhere=said()),
        Outcome(asked("none", kind="none", answers=()), "", answer=said()),
        Outcome(asked("near", kind="near", answers=()), "", answer=said(SKATERS)),
    )
    shown = figures.answers(run(*outcomes))["en"]
    assert {name: (round(of.value, 3), of.count) if of else None for name, of in shown.items()} == {
        "accepted answer": (0.333, 3),
        "verbatim quotes": (1.0, 4),  # two, one, one
        "refusal precision": (0.75, 4),  # two elsewhere and "none" were due, "silent" was not
        "refusal recall": (0.6, 5),  # of three elsewhere, none and near
        "refused although answerable": (0.333, 3),
        "citation precision": (0.333, 3),  # of the sentences cited for "right" and "wrong"
        "citation recall": (0.333, 3),
        "refused: asked elsewhere": (0.667, 3),
        "refused: none": (1.0, 1),
        "refused: near": (0.0, 1),
    }
    assert set(figures.DEFINITIONS) - {"AUC", "calibration error"} <= set(shown)


def test_languages_are_told_apart_and_nothing_to_judge_is_none() -> None:
    outcomes = Outcome(asked("a"), "en", answer=said(FROZE)), Outcome(asked("b", "zh"), "en", answer=said())
    shown = figures.answers(run(*outcomes))
    assert list(shown) == ["en", "zh"]
    assert shown["en"]["refusal recall"] is None
    assert shown["zh"]["citation precision"] is None
    assert figures.answers(run(Outcome(asked("a"), "en"))) == {}


def test_refusals_are_counted_and_their_confidence_is_judged() -> None:
    def sure(answer: Answer, confidence: float) -> Answer:
        return replace(answer, confidence=confidence)

    first = run(
        Outcome(asked("right"), "en", answer=sure(said(FROZE), 0.9), elsewhere=sure(said(), 0.1)),
        Outcome(asked("silent"), "en", answer=sure(said(), 0.3)),
    )
    second = run(
        Outcome(asked("near", "zh", kind="near", answers=()), "", answer=sure(said(SKATERS), 0.7)),
        Outcome(asked("unasked"), "en", {FUSED: 1}),
    )
    both = figures.refusals([first, second])
    assert both
    assert (both.answerable, both.refused_answerable, both.unanswerable, both.answered_unanswerable) == (2, 1, 2, 1)
    assert both.auc == 0.75  # .9 is above both, .3 above one
    assert both.calibration_error == pytest.approx((0.1 + 0.1 + 0.7 + 0.7) / 4)
    assert both.wrong_refusals.tolist() == [0, 0, 0.5, 0.5, 1]
    assert both.wrong_answers.tolist() == [1, 0.5, 0.5, 0, 0]
    alone = figures.refusals([second])
    assert alone
    assert isnan(alone.auc)
    assert figures.refusals([run(Outcome(asked("unasked"), "en", {FUSED: 1}))]) is None


def test_a_mark_is_no_answer_nor_is_the_refusal() -> None:
    one = asked("one", answers=("1", "No"))
    assert not figures.accepted(one, said(SKATERS))
    assert not figures.accepted(one, said())
    assert figures.accepted(asked("skaters", answers=("THREE valleys",)), said(SKATERS))


def test_a_quote_that_is_not_the_articles_words_is_counted() -> None:
    moved = said(FROZE, start=1)
    figure = figures.answers(run(Outcome(asked("a"), "en", answer=moved)))["en"]["verbatim quotes"]
    assert figure
    assert (figure.value, figure.count) == (0.0, 1)


def test_misses_say_what_went_wrong() -> None:
    outcomes = (
        Outcome(asked("fine"), "en", {FUSED: 1}, said(FROZE), said()),
        Outcome(asked("second"), "en", {FUSED: 2}, said(THAWED), said(THAWED)),
        Outcome(asked("lost"), "en", {FUSED: inf}, said()),
        Outcome(asked("near", kind="near", answers=()), "", {FUSED: inf}, said(FROZE)),
    )
    assert [(miss.asked.id, miss.problems) for miss in figures.misses(run(*outcomes))] == [
        (
            "second",
            (
                "its passage comes as number 2",
                "the answer holds no gold answer",
                "answered from the half that does not hold its context",
            ),
        ),
        ("lost", ("its passage is not found", "refused although answerable")),
        ("near", ("answered although nothing answers it",)),
    ]
