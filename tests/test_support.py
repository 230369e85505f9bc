"""Citations: marks read at any cut, and every number, date, unit and name of a sentence held against what it cites."""

from __future__ import annotations

import json
import random
import re
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import digest, passages
from rag.writing.support import Mark, MarkReader, problems, read_marks

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2] / "shared"


def cases(name: str) -> list[tuple[str, str, str]]:
    """Sentence, passage and question of each line; ⇥ and \\n stand for what a table's cells and rows are parted by."""
    rows = (DATA / name).read_text(encoding="utf-8").splitlines()[1:]
    cells = [row.split("\t") for row in rows]
    return [
        (sentence, passage.replace("⇥", "\t").replace("\\n", "\n"), question) for sentence, passage, question in cells
    ]


SUPPORTED = cases("citations.supported.tsv")
UNSUPPORTED = cases("citations.unsupported.tsv")


def test_the_tables_are_long_and_of_different_cases() -> None:
    assert len(set(SUPPORTED)) == len(SUPPORTED) >= 150
    assert len(set(UNSUPPORTED)) == len(UNSUPPORTED) >= 150


@pytest.mark.parametrize(("sentence", "passage", "question"), SUPPORTED)
def test_a_sentence_that_a_reader_would_accept_has_no_problem(sentence: str, passage: str, question: str) -> None:
    assert problems(sentence, [passage], question) == []


@pytest.mark.parametrize(("sentence", "passage", "question"), UNSUPPORTED)
def test_a_sentence_that_a_reader_would_not_accept_has_one(sentence: str, passage: str, question: str) -> None:
    assert problems(sentence, [passage], question)


@pytest.mark.parametrize(
    ("sentence", "passage", "message"),
    [
        ("共有1500家。", "共有150家。", "所引原文没有“1500家”"),
        ("There are 1,500.", "There are 150.", "the cited text does not say “1,500”"),
        ("投资3亿元。", "投资3亿美元。", "“3亿元”的单位与所引原文不符（原文：3亿美元）"),
        ("It cost 3 euros.", "It cost 3 dollars.", "“3 euros” has another unit in the cited text (3 dollars)"),
        ("规模不足3万。", "规模超过3万。", "“3万”的多少（超过、不足）与所引原文相反（原文：3万）"),
        ("下降5%。", "增长5%。", "“5%”的增减与所引原文相反"),
        ("2024年为5家。", "2024年为4家，2025年为5家。", "所引原文里“5家”说的是2025年"),
        ("已达5家。", "目标是5家。", "“5家”是目标还是已达到，与所引原文不符"),
        ("3月1日施行。", "3月1日通过。", "“3月1日”在所引原文里是另一件事的日期"),
        ("见《甲方案》。", "见《乙方案》。", "所引原文没有名称“甲方案”"),
        ("See “The Plan”.", "See “The Law”.", "the cited text does not name “the plan”"),
        (
            "推动7个通用模型在制造业应用。",
            "推动5个通用模型在制造业应用，打造7个平台。",
            "所引原文此处不是“7个”，而是“5个”",
        ),
    ],
)
def test_a_problem_says_what_is_wrong_in_the_sentence_s_language(sentence: str, passage: str, message: str) -> None:
    assert problems(sentence, [passage]) == [message]


def test_the_claims_may_stand_in_different_passages() -> None:
    sentence = "会议于2026年1月13日召开，有300人参加。"
    there = ["2026年1月13日，会议召开。", "与会者300人。"]
    assert problems(sentence, there) == []
    assert problems(sentence, there[:1]) == ["所引原文没有“300人”"]
    assert problems(sentence, []) == ["所引原文没有“2026年1月13日”", "所引原文没有“300人”"]


def test_each_problem_is_told_once() -> None:
    assert problems("共5家，5家。", ["共4家。"]) == ["所引原文没有“5家”"]


# --- what a machine makes -----------------------------------------------------------------------------------------------

numbers = st.integers(min_value=11, max_value=10**7)


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """A sentence with a number, a date, a share and a name, in one of the languages."""
    number, share, day = draw(numbers), draw(st.integers(1, 99)), draw(st.integers(1, 28))
    year, month = draw(st.integers(1950, 2030)), draw(st.integers(1, 12))
    name = draw(st.text(alphabet="数据方案平台模型abcdef", min_size=2, max_size=8))
    if draw(st.booleans()):
        return f"{year}年{month}月{day}日，《{name}》提出新增{number}家企业，占比达到{share}%。"
    return f'On {year}-{month:02d}-{day:02d}, "{name}" counted {number:,} schools, which is {share} percent of all.'


@given(sentences())
def test_a_sentence_supports_itself(sentence: str) -> None:
    assert problems(sentence, [sentence]) == []


@given(sentences(), st.data())
def test_another_digit_is_a_problem(sentence: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([match.start() for match in re.finditer(r"\d", sentence)]))
    digit = data.draw(st.sampled_from([digit for digit in "123456789" if digit != sentence[at]]))
    changed = sentence[:at] + digit + sentence[at + 1 :]
    assert problems(changed, [sentence])


@given(st.sampled_from(SUPPORTED), st.lists(st.sampled_from([*SUPPORTED, *UNSUPPORTED]), min_size=1, max_size=6))
def test_more_to_read_adds_no_problem(case: tuple[str, str, str], others: list[tuple[str, str, str]]) -> None:
    sentence, passage, question = case
    assert problems(sentence, [*(other[1] for other in others), passage], question) == []


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=30))
def test_any_text_is_checked(sentence: str, passage: str, question: str) -> None:
    assert all(isinstance(problem, str) and problem for problem in problems(sentence, [passage], question))


def test_what_is_too_long_to_be_a_sentence_is_a_problem() -> None:
    assert problems("有5家。" * 2000, ["有5家。"]) == ["这一句太长，无法核对"]
    assert problems("word " * 2000, ["word"]) == ["this sentence is too long to be checked"]


@pytest.mark.parametrize("piece", ["2025年投资500亿美元，", "1 ", "“", "《", "(1", "[1", "a-1 ", "to 2"])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    """Eight times the text may take twenty times as long on a busy machine, and not the sixty-four of a quadratic pattern.
    Of three measurements the least counts."""

    def seconds(characters: int) -> float:
        text = (piece * characters)[:characters]
        started = time.thread_time()
        problems(text[:200], [text])
        read_marks(text)
        return time.thread_time() - started

    def least(characters: int) -> float:
        return min(seconds(characters) for _ in range(3))

    assert least(4_000) < 20 * max(least(500), 0.005)


# --- the shared articles --------------------------------------------------------------------------------------------------


def articles() -> list[str]:
    folder = SHARED / "articles"
    if not folder.is_dir():
        pytest.skip("the shared articles are not beside the project")
    found = [
        article.text
        for path in sorted(folder.glob("*.txt"))
        for article in digest.split(path.read_text(encoding="utf-8"), path=path.name, file_hash="0")
    ]
    sets = [SHARED / "eval" / f"xquad.{language}.json" for language in ("en", "zh")]
    for path in sets:
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        found += [paragraph["context"] for article in data[:20] for paragraph in article["paragraphs"]]
    return found


@cache
def verbatim() -> list[tuple[str, str]]:
    """Sentences of the shared texts, each with the passage around it."""
    return [
        (text[start:end], text[max(0, start - 300) : end + 300])
        for text in articles()
        for start, end in passages.sentences(text)
    ]


def test_no_sentence_is_doubted_beside_its_own_passage() -> None:
    doubted = [(sentence, found) for sentence, passage in verbatim() if (found := problems(sentence, [passage]))]
    assert doubted == []


def corrupted(sentence: str, draw: random.Random) -> str:
    """The sentence with one digit, year, unit or quoted name changed; "" when it has none."""
    ways = [digit_changed, year_changed, unit_changed, name_changed]
    draw.shuffle(ways)
    return next((changed for way in ways if (changed := way(sentence, draw)) and changed != sentence), "")


def digit_changed(sentence: str, draw: random.Random) -> str:
    places = [match.start() for match in re.finditer(r"\d", sentence)]
    at = draw.choice(places or [-1])
    return (
        sentence[:at] + draw.choice([d for d in "123456789" if d != sentence[at]]) + sentence[at + 1 :]
        if places
        else ""
    )


def year_changed(sentence: str, draw: random.Random) -> str:
    years = list(re.finditer(r"(?<!\d)(?:19|20)\d\d(?!\d|[.,]\d)", sentence))
    if not years:
        return ""
    year = draw.choice(years)
    return sentence[: year.start()] + str(int(year[0]) + draw.choice([-2, -1, 1, 2])) + sentence[year.end() :]


UNITS = """亿元 万元|万元 亿元|美元 欧元|EFLOPS PFLOPS|家 篇|公里 英里|% 个百分点|％ 个百分点|万人 亿人
million billion|billion million|percent pounds|miles kilometres|km m|dollars euros|yards metres"""


def unit_changed(sentence: str, draw: random.Random) -> str:
    found = []
    for unit, other in (pair.split() for pair in re.split(r"[|\n]", UNITS)):
        found += [
            (match, other) for match in re.finditer(rf"(?:(?<=\d)|(?<=\d ))(?:{re.escape(unit)})(?![a-z])", sentence)
        ]
    if not found:
        return ""
    match, other = draw.choice(found)
    return sentence[: match.start()] + other + sentence[match.end() :]


def name_changed(sentence: str, draw: random.Random) -> str:
    names = list(re.finditer(r"[《“\"]([^《》“”\"\n]{2,40})[》”\"]", sentence))
    if not names:
        return ""
    name = draw.choice(names)
    at = draw.randrange(name.start(1), name.end(1))
    if not sentence[at].isalnum():
        return ""
    return sentence[:at] + ("q" if sentence[at].isascii() else "鑫") + sentence[at + 1 :]


def test_corruptions_are_caught() -> None:
    """At least 99 of 100; the rest say what another sentence nearby says too."""
    draw = random.Random(11)
    pairs = verbatim()
    made = caught = 0
    while made < 1000:
        sentence, passage = draw.choice(pairs)
        if (changed := corrupted(sentence, draw)) and changed not in passage:
            made += 1
            caught += bool(problems(changed, [passage]))
    assert caught >= 990


# --- marks --------------------------------------------------------------------------------------------------------------

# text | text without its marks | marks as place:number | what was invented; 1, 2 and 3 were shown
MARKS = [
    ("规模达150EFLOPS[1]。", "规模达150EFLOPS。", [(12, 1)], []),
    ("a [1]. b【2】 c［３］d〔1〕", "a. b cd", [(1, 1), (4, 2), (6, 3), (7, 1)], []),
    ("x[1,2] y[1][3] z [1-3].", "x y z.", [(1, 1), (1, 2), (3, 1), (3, 3), (5, 1), (5, 2), (5, 3)], []),
    ("x【1、2】，y", "x，y", [(1, 1), (1, 2)], []),
    ("(1) 加快 (2) 提升(1)。", "(1) 加快 (2) 提升。", [(13, 1)], []),
    ("提升（２）\n下一行", "提升\n下一行", [(2, 2)], []),
    ("text (1).", "text.", [(4, 1)], []),
    ("见（2025）年 [2024]15号", "见（2025）年 [2024]15号", [], []),
    ("x[9] y[1,7]", "x y", [(3, 1)], ["[9]", "[7]"]),
    ("x(9)。", "x(9)。", [], []),
    ("[abc] [1a] [] [ ]", "[abc] [1a] [] [ ]", [], []),
    ("open [1", "open [1", [], []),
    ("[[1]]  ", "[]  ", [(1, 1)], []),
    ("", "", [], []),
]


@pytest.mark.parametrize(("text", "clean", "marks", "invented"), MARKS)
def test_marks_are_read_and_taken_out(text: str, clean: str, marks: list[tuple[int, int]], invented: list[str]) -> None:
    read = read_marks(text, {1, 2, 3})
    assert read.text == clean
    assert read.marks == tuple(Mark(at, number) for at, number in marks)
    assert list(read.invented) == invented


def test_without_knowing_what_was_shown_nothing_is_invented() -> None:
    assert read_marks("x[9]").marks == (Mark(1, 9),)
    assert read_marks("x[9]").invented == ()


@given(
    st.text(alphabet="[]【】［］(（)）〔123４,，、- \n。.ab数", max_size=40), st.lists(st.integers(0, 40), max_size=6)
)
def test_a_stream_is_read_like_the_whole_at_every_cut(text: str, cuts: list[int]) -> None:
    reader = MarkReader({1, 2})
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    clean = "".join(reader.feed(text[start:end]) for start, end in zip(edges, edges[1:], strict=False)) + reader.close()
    whole = read_marks(text, {1, 2})
    assert (clean, tuple(reader.marks), tuple(reader.invented)) == (whole.text, whole.marks, whole.invented)
    assert all(0 <= mark.at <= len(clean) and mark.number in (1, 2) for mark in whole.marks)


def test_words_are_given_out_as_soon_as_they_are_certain() -> None:
    reader = MarkReader({1})
    assert [reader.feed(piece) for piece in ("规模", "达150 ", "[", "1", "]", "。")] == [
        "规模",
        "达150",
        "",
        "",
        "",
        "。",
    ]
    assert reader.close() == ""


@given(st.text(alphabet="数据ab 。\n", max_size=30))
def test_text_without_brackets_stays_as_it_is(text: str) -> None:
    assert read_marks(text).text == text
