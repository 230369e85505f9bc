"""The sample questions that no rule was fitted to: labels that the sample articles bear out."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from index import lexical
from rag.evaluation.question_sets import Asked, plain, read

SAMPLES = Path(__file__).parents[1] / "samples"
UNSEEN = SAMPLES / "questions.unseen.jsonl"
LINES = [json.loads(line) for line in UNSEEN.read_text(encoding="utf-8").splitlines()]
ASKED = read(UNSEEN).asked
LACKS = {"attribute", "part", "person", "place", "reason", "unit", "year"}


def text_of(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


def test_there_are_enough_of_each_in_both_languages() -> None:
    counts = Counter((each.language, each.answerable) for each in ASKED)
    assert all(counts[language, answerable] >= 35 for language in ("zh", "en") for answerable in (True, False))
    assert len({each.id for each in ASKED}) == len({each.text for each in ASKED}) == len(ASKED)
    assert {each.file for each in ASKED if each.answerable} >= {
        line["about"] for line in LINES if not line["answerable"]
    }


def test_each_sort_of_gap_is_asked_for() -> None:
    counts = Counter(line["lacks"] for line in LINES if not line["answerable"])
    assert set(counts) == LACKS
    assert min(counts.values()) >= 2


@pytest.mark.parametrize("asked", [each for each in ASKED if each.answerable], ids=lambda each: each.id)
def test_what_answers_stands_in_the_file_that_is_named(asked: Asked) -> None:
    assert plain(asked.evidence) in plain(text_of(asked.file))
    assert asked.answered_by(asked.evidence)
    assert lexical.language(asked.text) == asked.language
    assert not asked.answered_by(asked.text), "the question gives its answer away"


def test_questions_cross_the_languages_both_ways() -> None:
    languages = {name: lexical.language(text_of(name)) for name in {each.file for each in ASKED if each.answerable}}
    crossing = Counter(each.language for each in ASKED if each.answerable and languages[each.file] != each.language)
    assert min(crossing["zh"], crossing["en"]) >= 8


def words_of(text: str) -> set[str]:
    """Pairs of characters in Chinese, long words in English: short ones stand everywhere."""
    folded = lexical.simplified(text).casefold()
    return set(re.findall(r"(?=([一-鿿]{2}))", folded)) | set(re.findall(r"[a-z]{5,}", folded))


@pytest.mark.parametrize("line", [line for line in LINES if not line["answerable"]], ids=lambda line: line["id"])
def test_what_nothing_answers_is_asked_in_words_of_its_article(line: dict[str, str]) -> None:
    assert line["kind"] == "near"
    text = text_of(line["about"])
    if line["lang"] == lexical.language(text):
        assert len(words_of(line["question"]) & words_of(text)) >= 2
