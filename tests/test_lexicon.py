"""The lexicon: what is written is read, a damaged file is refused, and the bundled one is small, quick and right."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models import ModelError, load_lexicon
from models.lexicon import FILE, FOLDER, UNKNOWN, Lexicon, stem, viterbi
from models.training.lexicon import tensors

ENGLISH = {"bridg": {"桥": 0.75, "大桥": 0.25}, "toll bridg": {"收费桥": 1.0}, "water": {"水": 1.0}}
CHINESE = {"桥": {"bridg": 1.0}, "大桥": {"bridg": 0.5, "great bridg": 0.5}, "水": {"water": 1.0}}
FREQUENCIES = {"桥": -3.0, "大桥": -4.0, "大": -2.0, "水": -2.5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file(tensors(ENGLISH, CHINESE, FREQUENCIES), tmp_path / FILE)
    return tmp_path


def test_what_is_written_is_read(folder: Path) -> None:
    lexicon = Lexicon(folder)
    words, shares = zip(*lexicon.translations("bridg", "en"), strict=True)
    assert words == ("桥", "大桥")
    assert shares == pytest.approx((0.75, 0.25), abs=0.003)  # a byte each
    assert lexicon.translations("大桥", "zh") == [("bridg", 0.5), ("great bridg", 0.5)]
    assert lexicon.translations("great bridg", "en") == []  # only a translation, with none of its own
    assert (
        lexicon.translations("桥", "en") == lexicon.translations("", "zh") == lexicon.translations("\ud800", "zh") == []
    )
    assert ("en", "water") in lexicon
    assert ("zh", "water") not in lexicon


def test_the_longest_entry_wins(folder: Path) -> None:
    lexicon = Lexicon(folder)
    assert lexicon.longest(["toll", "bridg", "water"]) == 2
    assert lexicon.longest(["water", "toll"]) == 1
    assert lexicon.longest(["nowhere"]) == 1


def test_a_run_is_cut_into_its_likeliest_words(folder: Path) -> None:
    lexicon = Lexicon(folder)
    assert lexicon.segment("水大桥") == ("水", "大桥")  # -2.5 - 4.0 beats -2.5 - 2.0 - 3.0
    assert lexicon.segment("鱼水") == ("鱼", "水")
    assert lexicon.segment("") == ()


def test_viterbi_adds_log_probabilities() -> None:
    known = {"a": math.log(0.4), "b": math.log(0.4), "ab": math.log(0.15)}
    assert viterbi("ab", known.get) == ["a", "b"]  # .4 x .4 = .16
    assert viterbi("ab", (known | {"ab": math.log(0.17)}).get) == ["ab"]
    assert viterbi("xab", {"ab": UNKNOWN}.get) == ["x", "ab"]


@pytest.mark.parametrize("damage", ["missing", "truncated", "garbage", "table"])
def test_a_damaged_lexicon_is_refused_by_name(folder: Path, damage: str) -> None:
    path = folder / FILE
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:-7])
    elif damage == "garbage":
        path.write_bytes(b"\x80\x04not a lexicon")
    else:
        save_file({"en.text": np.zeros(3, dtype=np.uint8)}, path)
    with pytest.raises(ModelError, match=rf"{FILE} (?:cannot be read|is damaged).*Install Yinju again\."):
        Lexicon(folder)


def test_stems_join_the_forms_of_a_word() -> None:
    assert stem("policies") == stem("policy")
    assert stem("founded") == stem("founding") == stem("found")


@pytest.mark.timed
def test_the_bundled_lexicon_is_small_and_opens_at_once() -> None:
    assert (FOLDER / FILE).stat().st_size <= 25 * 2**20
    times = []
    for _ in range(5):
        started = time.thread_time()
        Lexicon()
        times.append(time.thread_time() - started)
    assert min(times) < 0.05


@pytest.mark.parametrize(
    ("entry", "language", "wanted"),
    [
        ("unit state", "en", "美国"),
        ("digit", "en", "数字"),
        ("polici", "en", "政策"),
        ("artifici intellig", "en", "人工智能"),
        ("大学", "zh", stem("university")),
        ("政策", "zh", "polici"),
        ("华沙", "zh", "warsaw"),
    ],
)
def test_the_bundled_lexicon_knows_everyday_words(entry: str, language: str, wanted: str) -> None:
    assert wanted in [word for word, _ in load_lexicon().translations(entry, language)]


def test_the_card_names_every_source_with_its_licence() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in card.splitlines() if line.startswith("| ") and "---" not in line]
    sources = {row[0].strip(): row[3].strip() for row in rows[1:]}
    assert {"cedict-hans", "wiktionary", "wordnet-lemmas", "cldr", "taiwan-laws", "tatoeba"} <= set(sources)
    assert all(licence and licence != "not stated" for licence in sources.values())
    assert "CC BY-SA 4.0" in card
