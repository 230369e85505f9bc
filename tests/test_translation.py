"""A question's words in the other language: terms, numbers, parts and joints, each by hand on a lexicon of a few words."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import save_file

from index.lexical import Translated
from models.lexicon import FILE, Lexicon
from models.training.lexicon import tensors
from rag.question import read
from rag.translation import JOINED, KEPT, PARTS, translate

ENGLISH = {
    "bridg": {"桥": 0.8, "大桥": 0.2},
    "toll": {"收费": 1.0},
    "toll bridg": {"收费桥": 1.0},
    "bank of china": {"中国银行": 1.0},
    "china": {"中国": 1.0},
    "bank": {"银行": 0.6, "河岸": 0.4},
    "digit": {"数字": 1.0},
    "economi": {"经济": 1.0},
}
CHINESE = {
    "桥": {"bridg": 1.0},
    "大学": {"universiti": 0.5, "great learn": 0.25, "of the": 0.25},
    "人民": {"peopl": 1.0},
    "代表": {"repres": 0.5, "deleg": 0.5},
    "大会": {"congress": 1.0},
    "的": {"of": 1.0},
}
FREQUENCIES = dict.fromkeys([*CHINESE, "人民代表"], -5.0)


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    save_file(tensors(ENGLISH, CHINESE, FREQUENCIES), tmp_path / FILE)
    return Lexicon(tmp_path)


def plainly(words: tuple[Translated, ...]) -> list[tuple[dict[str, float], float]]:
    return [({"+".join(terms): round(p, 2) for terms, p in word.renderings}, word.weight) for word in words]


def test_an_english_word_has_its_renderings_and_may_stand_as_it_is(lexicon: Lexicon) -> None:
    assert plainly(translate(read("Where are the bridges?"), lexicon)) == [
        ({"桥": 0.8, "大桥": 0.2, "bridg": KEPT}, 1.0)
    ]


def test_an_unknown_word_stays(lexicon: Lexicon) -> None:
    assert plainly(translate(read("Who is Zorblax?"), lexicon)) == [({"zorblax": 1.0}, 1.0)]


def test_the_longest_term_comes_first_and_its_words_beside_it(lexicon: Lexicon) -> None:
    found = plainly(translate(read("Where is the Bank of China?"), lexicon))
    assert found == [
        ({"中国+国银+银行": 1.0}, 3 * (1 - PARTS)),
        ({"银行": 0.6, "河岸": 0.4, "bank": KEPT}, PARTS),
        ({"中国": 1.0, "china": KEPT}, PARTS),
    ]


def test_neighbours_meet_in_a_pair_of_characters(lexicon: Lexicon) -> None:
    found = plainly(translate(read("the digital economy"), lexicon))
    assert found == [
        ({"数字": 1.0, "digit": KEPT}, 1.0),
        ({"字经": 1.0}, JOINED),
        ({"经济": 1.0, "economi": KEPT}, 1.0),
    ]


def test_a_chinese_run_is_cut_and_function_words_are_left_out(lexicon: Lexicon) -> None:
    assert plainly(translate(read("大学的桥"), lexicon)) == [
        ({"universiti": 0.67, "great+learn": 0.33}, 1.0),
        ({"bridg": 1.0}, 0.5),
    ]


def test_a_long_word_without_translation_gives_way_to_its_parts(lexicon: Lexicon) -> None:
    assert plainly(translate(read("人民代表大会"), lexicon)) == [
        ({"peopl": 1.0}, 1 - PARTS),
        ({"repres": 0.5, "deleg": 0.5}, 1 - PARTS),
        ({"congress": 1.0}, 1.0),
    ]


@pytest.mark.parametrize(
    ("question", "spelled"),
    [
        ("Which costs 3 trillion yuan?", "3+万亿"),
        ("Which sold 50,000 units?", "5+万"),
        ("哪个花了5万元？", "50000"),
        ("哪个花了14亿元？", "1.4+billion"),
    ],
)
def test_numbers_cross_by_value(question: str, spelled: str, lexicon: Lexicon) -> None:
    assert any(spelled in renderings for renderings, _ in plainly(translate(read(question), lexicon)))


def test_nothing_to_translate(lexicon: Lexicon) -> None:
    assert translate(read(""), lexicon) == ()
    assert translate(read("？"), lexicon) == ()
