"""Files of questions: what is read from them, what counts as right, their halves, and what a bad one is told."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from index.types import Article
from rag.evaluation.question_sets import Asked, QuestionSetError, plain, read, select


def squad(*entries: list[tuple[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    """SQuAD-style JSON of entries of paragraphs, each a context and its questions."""
    return {"data": [{"paragraphs": [{"context": context, "qas": qas} for context, qas in each]} for each in entries]}


def qa(question: str, *answers: str, **more: Any) -> dict[str, Any]:
    return {"question": question, "answers": [{"text": answer, "answer_start": 0} for answer in answers]} | more


def write(path: Path, shape: object) -> Path:
    path.write_text(json.dumps(shape, ensure_ascii=False), encoding="utf-8")
    return path


def lines(path: Path, *shapes: object) -> Path:
    path.write_text("\n".join(json.dumps(shape, ensure_ascii=False) for shape in shapes), encoding="utf-8")
    return path


LAKE = "The lake froze on 4 December. Skaters came from three valleys."
MILL = "老磨坊建于1872年，现在是一家书店。"
KITE = "Kites were flown by 58 children at the summer fair."


@pytest.fixture
def english(tmp_path: Path) -> Path:
    first = [(LAKE, [qa("When did the lake freeze?", "4 December", "4 December", id="a")])]
    second = [(KITE, [qa("How many children flew kites?", "58", id="b"), qa("Who won?", is_impossible=True, id="c")])]
    return write(tmp_path / "set.en.json", squad(first, second))


def test_each_context_is_an_article_and_each_question_knows_its_own(english: Path) -> None:
    read_set = read(english)
    assert [article.text for article in read_set.articles] == [LAKE, KITE]
    assert [(article.title, article.language) for article in read_set.articles] == [("", "en")] * 2
    lake, kite = (article.id for article in read_set.articles)
    assert [(each.id, each.article) for each in read_set.asked] == [("a", lake), ("b", kite), ("c", kite)]
    assert [each.answers for each in read_set.asked] == [("4 December",), ("58",), ()]
    assert [each.answerable for each in read_set.asked] == [True, True, False]
    assert [each.located for each in read_set.asked] == [True, True, False]
    assert not read_set.is_list


def test_a_context_that_stands_twice_is_one_article_of_both_halves(tmp_path: Path) -> None:
    entries = [(LAKE, [qa("When?", "4 December")])], [(LAKE, [qa("Who came?", "Skaters")]), (KITE, [])]
    read_set = read(write(tmp_path / "twice.json", squad(*entries)))
    assert [article.text for article in read_set.articles] == [LAKE, KITE]
    assert len({each.article for each in read_set.asked}) == 1
    assert [article.text for article in read_set.only_in("first")] == []
    assert [article.text for article in read_set.only_in("second")] == [KITE]


def test_a_single_entry_is_parted_by_its_paragraphs(tmp_path: Path) -> None:
    read_set = read(write(tmp_path / "one.json", squad([(LAKE, [qa("When?", "x")]), (KITE, [qa("Who?", "y")])])))
    assert [each.half for each in read_set.asked] == ["first", "second"]


def test_questions_on_the_contexts_of_another_language(english: Path, tmp_path: Path) -> None:
    lake, kite = "湖面于12月4日结冰。", "夏季集市上有58个孩子放风筝。"
    other = squad(
        [(lake, [qa("何时？", "12月4日", id="a")])],
        [(kite, [qa("多少？", "58个", id="b"), qa("谁？", id="c", is_impossible=True)])],
    )
    read_set = read(english, write(tmp_path / "set.zh.json", other))
    assert [article.text for article in read_set.articles] == [lake, kite]
    texts = {article.id: article.text for article in read_set.articles}
    assert [(each.text, each.language, texts[each.article], each.answers) for each in read_set.asked] == [
        ("When did the lake freeze?", "en", lake, ("12月4日",)),
        ("How many children flew kites?", "en", kite, ("58个",)),
        ("Who won?", "en", kite, ()),
    ]


def test_an_entry_without_a_question_is_left_out_and_named(tmp_path: Path) -> None:
    read_set = read(write(tmp_path / "blank.json", squad([(LAKE, [qa("", "x", id="q7"), qa("When?", "4 December")])])))
    assert ([each.text for each in read_set.asked], read_set.blank) == (["When?"], ("q7",))


def test_a_list_gives_the_language_the_halves_and_the_kinds(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "list.jsonl",
        {
            "id": "1",
            "question": "老磨坊建于何时？",
            "file": "a/mill.txt",
            "evidence": "建于1872年",
            "answers": ["1872年"],
        },
        {"question": "When was it built?", "lang": "en", "kind": "cross", "file": "mill.txt", "evidence": "建于1872年"},
        {"question": "Who paints?", "kind": "none", "file": None, "evidence": "", "answers": []},
    )
    read_set = read(path)
    assert read_set.is_list
    assert [(q.id, q.language, q.kind, q.half, q.file) for q in read_set.asked] == [
        ("1", "zh", "", "first", "mill.txt"),
        ("line 2", "en", "cross", "second", "mill.txt"),
        ("line 3", "en", "none", "first", ""),
    ]
    assert [each.located for each in read_set.asked] == [True, True, False]


def test_a_question_brings_the_passages_that_it_is_asked_of(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "own.jsonl",
        {
            "id": "1",
            "question": "When?",
            "answerable": True,
            "passages": [LAKE, ["Kites", KITE], LAKE],
            "answers": [""],
        },
        {
            "question": "何时建成？",
            "answerable": True,
            "context": MILL,
            "answers": ["1872年"],
            "evidence": ["建于", "1872年"],
        },
        {"question": "谁建的？", "answerable": False, "context": MILL, "answers": [""], "kind": "entity"},
    )
    read_set = read(path)
    assert (read_set.brings_passages, read_set.is_list, read_set.articles) == (True, False, ())
    first, second, third = read_set.asked
    assert [(each.title, each.text, each.language) for each in first.passages] == [
        ("", LAKE, "en"),
        ("Kites", KITE, "en"),
    ]
    assert len({article.id for article in (*first.passages, *second.passages)}) == 3
    assert [each.answerable for each in read_set.asked] == [True, True, False]
    assert [each.answers for each in read_set.asked] == [(), ("1872年",), ()]
    assert not any(each.located for each in read_set.asked)  # no library is searched for it
    assert second.supported_by("老磨坊建于1872年", second.passages[0])
    assert third.kind == "impossible"


def test_passages_that_answer_and_those_that_do_not_are_asked_apart(tmp_path: Path) -> None:
    line = {
        "id": "7",
        "question": "When?",
        "positive": [MILL],
        "negative": [LAKE, KITE],
        "answers": [["1872", "1872年"]],
    }
    answering, other = read(lines(tmp_path / "apart.jsonl", line, {**line, "id": "8", "negative": []})).asked[:2]
    assert [(each.id, each.answerable, len(each.passages)) for each in (answering, other)] == [
        ("7 positive", True, 1),
        ("7 negative", False, 2),
    ]
    assert (answering.answers, other.answers) == (("1872", "1872年"), ())
    assert len(read(tmp_path / "apart.jsonl").asked) == 3


def test_a_packed_file_reads_as_the_file_itself(tmp_path: Path) -> None:
    rows = [
        {"question": "When?", "answerable": True, "passages": [LAKE]},
        {"question": "a\u2028b?", "answerable": False, "context": KITE},
    ]
    plainly = lines(tmp_path / "own.jsonl", *rows)
    packed = tmp_path / "OWN.JSONL.XZ"
    packed.write_bytes(lzma.compress(plainly.read_bytes()))
    assert [(each.text, len(each.passages)) for each in read(packed).asked] == [("When?", 1), ("a\u2028b?", 1)]
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(QuestionSetError, match=r"OWN\.JSONL\.XZ cannot be unpacked"):
        read(packed)
    packed.write_bytes(b"no xz")
    with pytest.raises(QuestionSetError, match=r"pack it again with xz"):
        read(packed)


def test_what_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.evaluation.question_sets.MOST_BYTES", 1000)
    (tmp_path / "zeros.jsonl.xz").write_bytes(lzma.compress(bytes(1001)))
    with pytest.raises(QuestionSetError, match="unpacks to more than"):
        read(tmp_path / "zeros.jsonl.xz")


def test_a_list_tells_what_must_be_refused_by_the_kind_or_in_a_word(tmp_path: Path) -> None:
    rows = [
        {"question": "a?", "kind": "near"},
        {"question": "b?", "answerable": False},
        {"question": "c?", "kind": "near", "answerable": False},
    ]
    assert [each.kind for each in read(lines(tmp_path / "l.jsonl", *rows)).asked] == ["near", "impossible", "near"]


def test_the_halves_do_not_overlap_and_are_the_whole(tmp_path: Path) -> None:
    entries = [[(f"Context number {n}.", [qa(f"Question {n}?", str(n), id=str(n))])] for n in range(7)]
    asked = read(write(tmp_path / "seven.json", squad(*entries))).asked
    first, second = select(asked, "first"), select(asked, "second")
    assert [each.id for each in first] == ["0", "1", "2", "3"]
    assert not {each.article for each in first} & {each.article for each in second}
    assert first + second == select(asked) == asked
    listed = read(lines(tmp_path / "l.jsonl", *({"question": f"{n}?", "kind": "none"} for n in range(5)))).asked
    assert [each.text for each in select(listed, "second")] == ["1?", "3?"]


def test_a_limit_takes_evenly_spread_questions(tmp_path: Path) -> None:
    asked = read(lines(tmp_path / "l.jsonl", *({"question": f"{n}?", "kind": "none"} for n in range(10)))).asked
    assert [each.text for each in select(asked, limit=4)] == ["0?", "2?", "5?", "7?"]
    assert select(asked, limit=10) == select(asked, limit=99) == asked
    assert [each.text for each in select(asked, "second", 2)] == ["1?", "5?"]


# --- what is right ----------------------------------------------------------------------------------------------------


def listed(kind: str = "", evidence: str = "建于 **1872** 年", answers: tuple[str, ...] = ("1872年",)) -> Asked:
    return Asked("q", "何时？", "zh", kind, answers, "first", file="mill.txt", evidence=evidence)


HERE, ELSEWHERE = Article("m", "", MILL, path="/x/mill.txt"), Article("o", "", MILL, path="/x/other.txt")


def test_text_is_compared_without_width_case_space_and_asterisks() -> None:
    assert plain(" ＡＢ** c\n１.5％ ") == "abc1.5%"


def test_a_passage_is_right_when_it_holds_the_evidence_and_is_of_the_file() -> None:
    assert listed().right(MILL, HERE)
    assert not listed().right(MILL, ELSEWHERE)
    assert not listed().right("现在是一家书店。", HERE)
    under = Asked("q", "?", "en", "", (), "first", article="m")
    assert (under.right("anything", HERE), under.right("anything", ELSEWHERE)) == (True, False)


def test_one_answer_is_enough_but_of_several_parts_all_are_needed() -> None:
    two = ("1872", "书店")
    assert listed(answers=two).answered_by("建于１８７２年")
    assert not listed("multi", answers=two).answered_by("建于1872年")
    assert listed("multi", answers=two).answered_by("1872 年；书 店")
    assert not listed(answers=()).answered_by("anything")
    assert listed(answers=("3万亿美元",)).answered_by("It will reach 3 trillion US dollars.")
    assert not listed(answers=("3万亿美元",)).answered_by("It will reach 3 trillion yuan.")
    assert not listed(answers=("3家公司",)).answered_by("共有3家。")


def test_a_quote_supports_when_it_is_of_the_file_and_holds_an_answer_or_the_evidence() -> None:
    assert listed().supported_by("老磨坊建于1872年", HERE)
    assert not listed().supported_by("老磨坊建于1872年", ELSEWHERE)
    assert not listed().supported_by("现在是一家书店。", HERE)
    assert listed(answers=()).supported_by("老磨坊建于1872年，", HERE)
    assert listed(evidence=MILL, answers=()).supported_by("现在是一家书店", HERE)
    assert not listed().supported_by("  ", HERE)


# --- bad files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", r"bad\.json is not JSON"),
        ("[" * 100_000, r"bad\.json is not JSON"),
        ("[]", r'bad\.json has no "data"'),
        ('{"data": []}', r'bad\.json has no "data"'),
        ('{"data": [3]}', r"data\[0\] is no object"),
        ('{"data": [{"paragraphs": 3}]}', r"data\[0\]\.paragraphs is no list"),
        ('{"data": [{"paragraphs": []}]}', r"bad\.json holds no question"),
        (json.dumps(squad([(" ", [])])), r"data\[0\]\.paragraphs\[0\]\.context is empty"),
        (json.dumps(squad([("Ice \ud800", [])])), r"paragraphs\[0\]\.context holds half a character"),
        (json.dumps(squad([(LAKE, [])])), r"bad\.json holds no question"),
        (json.dumps(squad([(LAKE, [qa("  ", "x")])])), r"bad\.json holds no question"),
        (json.dumps(squad([(LAKE, [{"answers": []}])])), r'qas\[0\] has no "question": write it in'),
        (json.dumps(squad([(LAKE, [qa("When?", "")])])), r"qas\[0\]\.answers\[0\]\.text is empty"),
    ],
)
def test_a_bad_file_is_told_with_its_place(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionSetError, match=told):
        read(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\n\n", r"bad\.jsonl holds no question"),
        ('{"question": "a?", "kind": "none"}\n{', r"bad\.jsonl, line 2 is not JSON"),
        ("3", r"line 1 is no object"),
        ('{"question": " "}', r'line 1, "question" is empty'),
        ('{"question": "a?", "file": "x.txt"}', r'line 1 has only one of "file" and "evidence"'),
        ('{"question": "a?", "evidence": 3, "file": "x.txt"}', r'line 1, "evidence" is empty or no text'),
        ('{"question": "a?"}', r"line 1 says nothing to judge by"),
        ('{"question": "a?", "answers": "x"}', r'line 1, "answers" is no list'),
        ('{"question": "a?", "kind": "near", "answerable": true}', r'line 1, "answerable" is true and "kind" \'near\''),
        ('{"question": "a?", "answerable": "no"}', r'line 1, "answerable" is "no"'),
        ('{"question": "a?", "context": "x"}', r"line 1 does not say whether its passages answer it"),
        ('{"question": "a?", "context": "x", "answerable": 1}', r"line 1 does not say whether its passages answer it"),
        ('{"question": "a?", "passages": [], "answerable": true}', r'line 1, "passages" is empty'),
        ('{"question": "a?", "passages": "x", "answerable": true}', r'line 1, "passages" is no list'),
        ('{"question": "a?", "passages": [" "], "answerable": true}', r'line 1, "passages" is empty or no text'),
        ('{"question": "a?", "passages": [["t", "x", "y"]], "answerable": true}', r"write \[title, text\]"),
        ('{"question": "a?", "passages": [{"text": "x"}], "answerable": true}', r'"passages" is empty or no text'),
        (
            '{"question": "a?", "context": "x", "answerable": true}\n{"question": "b?", "kind": "none"}',
            r"line 2 brings no passages, unlike the first line",
        ),
    ],
)
def test_a_bad_list_is_told_with_its_line(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionSetError, match=told):
        read(path)


def test_a_file_that_is_no_text_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(QuestionSetError, match=r"x\.json is not UTF-8 text: save it as UTF-8"):
        read(tmp_path / "x.json")


def test_passages_of_another_shape_are_refused(english: Path, tmp_path: Path) -> None:
    short = write(tmp_path / "short.json", squad([(MILL, [qa("何时？", "1872年", id="a")])]))
    with pytest.raises(
        QuestionSetError, match=r"short\.json has another shape than .*set\.en\.json \(1 and 3 questions\)"
    ):
        read(english, short)
    shape = json.loads(english.read_text(encoding="utf-8"))
    shape["data"][1]["paragraphs"][0]["qas"].reverse()
    with pytest.raises(QuestionSetError, match=r"in the same order: 'b' stands elsewhere"):
        read(english, write(tmp_path / "turned.json", shape))
    with pytest.raises(QuestionSetError, match="is a list and brings no contexts"):
        read(lines(tmp_path / "l.jsonl", {"question": "a?", "kind": "none"}), english)
