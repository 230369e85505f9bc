"""Articles that say the same are found whatever their script and marks, and no article is taken for another that says more."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from dataclasses import replace

import pytest

from index.duplicates import LONGEST, bands, is_copy
from index.types import Article

TEXT = (
    "The harbour office replaced 412 lamps along the northern pier this winter. The new lamps use a third of the power, "
    "and the office expects to save 18,000 crowns a year. Work on the southern pier begins in May, when the ferry traffic "
    "allows it. Fishermen had asked for warmer light, which the gulls are said to mind less."
)
CHINESE = "港务局今年冬天在北码头更换了412盏路灯。新灯的耗电量只有原来的三分之一，预计每年节省1.8万元。南码头的工程将于五月渡轮班次减少时开始。"
ARTICLE = Article("one", "New lamps", TEXT, "2026-01-13", "Harbour News", language="en")


def shared(one: str, other: str) -> int:
    return len(set(bands(one)) & set(bands(other)))


@pytest.mark.parametrize(
    "other",
    [
        TEXT.upper(),
        TEXT.replace(" ", "\n"),
        TEXT.replace(",", "，").replace(".", "。"),
        TEXT.replace("18,000", "18000"),
        TEXT.replace("is said", "are said").replace("this winter", "in winter"),
        TEXT.removesuffix(" Fishermen had asked for warmer light, which the gulls are said to mind less."),
    ],
)
def test_the_same_news_is_found(other: str) -> None:
    copy = replace(ARTICLE, id="two", title="Lamps", text=other, source="Weekly")
    assert shared(TEXT, other) >= 1
    assert is_copy(copy, ARTICLE)


def test_traditional_characters_say_the_same() -> None:
    traditional = CHINESE.replace("务", "務").replace("码头", "碼頭").replace("灯", "燈").replace("换", "換")
    one = replace(ARTICLE, text=CHINESE, language="zh")
    assert is_copy(replace(one, id="two", text=traditional), one)
    assert bands(traditional) == bands(CHINESE)


@pytest.mark.parametrize(
    "change",
    [
        {"text": TEXT.replace("412", "413")},
        {"text": TEXT.replace("a third", "a fifth")},
        {"text": TEXT + " The mayor thanked nobody, and the band played two marches in the rain until the ferry left."},
        {"text": TEXT.replace("harbour", "airport").replace("pier", "runway").replace("ferry", "night")},
        {"date": "2026-01-14"},
        {"language": "zh"},
    ],
)
def test_what_says_something_else_is_no_copy(change: dict[str, str]) -> None:
    assert not is_copy(replace(ARTICLE, id="two", **change), ARTICLE)  # type: ignore[arg-type]


def test_a_date_that_is_less_precise_is_no_other_date() -> None:
    assert is_copy(replace(ARTICLE, date="2026-01"), ARTICLE)
    assert is_copy(replace(ARTICLE, date=""), ARTICLE)
    assert not is_copy(ARTICLE, replace(ARTICLE, date="2026-01"))


def test_unlike_texts_share_no_band() -> None:
    other = "Rice farmers in the delta expect a record yield. Rain came late, and the channels held until September."
    assert shared(TEXT, other) == shared(CHINESE, other) == 0


@pytest.mark.parametrize("text", ["", "。", "短", "ab"])
def test_a_text_of_nearly_nothing_has_bands(text: str) -> None:
    assert len(bands(text)) == 16


def test_the_keys_are_the_same_in_every_process() -> None:
    code = f"from index.duplicates import bands; print(bands({CHINESE!r}))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == str(bands(CHINESE))


def test_a_text_of_any_length_is_compared_in_bounded_memory() -> None:
    long = "".join(f"Ward {number} counted {number * 7} lamps. " for number in range(20_000))
    assert len(long) > LONGEST
    tracemalloc.start()
    keys = bands(long)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000
    assert keys == bands(long + "And one more lamp.")
    one = replace(ARTICLE, text=long)
    assert is_copy(replace(one, id="two", text=long.upper()), one)
    assert not is_copy(replace(one, id="two", text=long + "And one more lamp."), one)
