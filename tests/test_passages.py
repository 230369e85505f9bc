"""Passages and sentences: exact offsets on any text, whole tables, sentence ends where a reader sees them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import passages
from index.types import Article

PIECES = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="。！？；…”’」』）.!?\"')] \n\r\t|", max_size=12),
    st.text(alphabet="云计算数据中心，、：", max_size=40).map(lambda piece: piece * 9),
    st.sampled_from(
        [
            "Mr. Smith pays 3.5 million. ",
            "年份\t总量\n2025\t3.5\n",
            "| a | b |\n| 1 | 2 |\n",
            "一、总体要求\r\n",
            "\u2028\x0b\x1c\x85\ufeff\x00",
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=25).map("".join)
LANGUAGES = st.sampled_from(["zh", "en", "", "fr"])


@pytest.fixture(autouse=True, scope="module")
def _length() -> Iterator[None]:
    """Passages of 380 Han characters, whatever the product's length is: the cuts below are worked out for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(passages.LENGTH, "zh", 380)
        yield


def article(text: str, language: str = "zh") -> Article:
    return Article(id="a", title="t", text=text, language=language)


def shown(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


def solid(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=200, deadline=None)
@given(TEXTS, LANGUAGES)
@example("\ud800 lone 。\udfff\n", "zh")
@example("\t\t\n\t\n|||\n||\n", "en")
def test_passages_are_the_text_in_order_and_complete(text: str, language: str) -> None:
    whole = article(text, language)
    cut = passages.cut(whole)
    at = 0
    for ordinal, passage in enumerate(cut):
        assert (passage.id, passage.article_id, passage.ordinal) == (f"a-{ordinal}", "a", ordinal)
        assert whole.text[passage.start : passage.end] == passage.text == passage.text.strip()
        assert passage.text
        assert passage.start >= at
        at = passage.end
    assert solid("".join(passage.text for passage in cut)) == solid(text)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
@example("...!?。。”。\n…… a.\tb|c|\n")
def test_sentences_are_the_text_in_order_and_complete(text: str) -> None:
    at = 0
    for start, end in passages.sentences(text):
        assert at <= start < end
        assert text[start:end] == text[start:end].strip()
        at = end
    assert solid("".join(shown(text, passages.sentences(text)))) == solid(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 200), st.integers(0, 200))
def test_sentences_of_a_stretch_stay_inside_it(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    spans = passages.sentences(text, start, end)
    assert all(start <= a < b <= end for a, b in spans)
    assert solid("".join(shown(text, spans))) == solid(text[start:end])


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("增长3.5%。达到150EFLOPS！是吗？", ["增长3.5%。", "达到150EFLOPS！", "是吗？"]),
        ("It grew 3.5 percent. Then it fell 2.1.", ["It grew 3.5 percent.", "Then it fell 2.1."]),
        ("Mr. Smith met Dr. Wu. They talked.", ["Mr. Smith met Dr. Wu.", "They talked."]),
        ("The U.S. Army left, e.g. Acme Inc. Then rest.", ["The U.S. Army left, e.g. Acme Inc. Then rest."]),
        ("他想……后来走了。", ["他想……", "后来走了。"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ("（见图。）「好！」再见。", ["（见图。）", "「好！」", "再见。"]),
        ("唱《再见！某夜。》的人（包括 Oh! Yes! 乐队）来了。", ["唱《再见！某夜。》的人（包括 Oh! Yes! 乐队）来了。"]),
        ("（全年无休。遇雪关闭。）欢迎！", ["（全年无休。", "遇雪关闭。）", "欢迎！"]),
        ("名为J. Doe的人（真的！）。走了。", ["名为J. Doe的人（真的！）。", "走了。"]),
        (
            "It ran (Go! Go!) for years. Then 《未完。\n第二章》开始。",
            ["It ran (Go! Go!) for years.", "Then 《未完。", "第二章》开始。"],
        ),
        ('He said "Go." She went.', ['He said "Go."', "She went."]),
        ("“Really?” “Yes!” ok", ["“Really?”", "“Yes!” ok"]),
        ("one. two three", ["one. two three"]),
        ("Wait... What?! No.", ["Wait...", "What?!", "No."]),
        ("See yinju.example.org. 好的。", ["See yinju.example.org.", "好的。"]),
        ("1. Open the box.\n2. Close it.", ["1. Open the box.", "2. Close it."]),
        ("The year was 2024. Then came 2025.", ["The year was 2024.", "Then came 2025."]),
        ("first line\r\nsecond line\r\n\r\nthird", ["first line", "second line", "third"]),
        ("年份\t总量\n2025\t3.5", ["年份\t总量", "2025\t3.5"]),
        (
            "一要修堤。堤长。**二要清淤**。**三要植树。**完。",
            ["一要修堤。", "堤长。", "**二要清淤**。", "**三要植树。**", "完。"],
        ),
        ("**甲。乙。**丙。\n丁。**戊。** 己。", ["**甲。", "乙。**", "丙。", "丁。", "**戊。**", "己。"]),
        ("没有句号", ["没有句号"]),
        ("  \n\u3000 ", []),
        ("", []),
    ],
)
def test_sentence_ends(text: str, sentences: list[str]) -> None:
    assert shown(text, passages.sentences(text)) == sentences


def test_prose_is_cut_at_sentence_ends() -> None:
    text = "".join(f"第{number:02d}句话说明数据中心的建设情况如何。" for number in range(60))
    cut = passages.cut(article(text))
    assert [passage.text[-1] for passage in cut] == ["。"] * len(cut)
    assert [passage.text[:4] for passage in cut] == [
        "第00句",
        "第20句",
        "第40句",
    ]  # 20 sentences of 19 characters are 380
    assert "".join(passage.text for passage in cut) == text


def test_a_short_rest_joins_the_passage_before_it() -> None:
    text = "云" * 379 + "。" + "尾巴。"
    assert [passage.text for passage in passages.cut(article(text))] == [text]
    longer = "云" * 379 + "。" + "尾" * 80 + "。"
    assert [passage.text for passage in passages.cut(article(longer))] == [longer[:380], longer[380:]]


def test_english_passages_are_longer() -> None:
    text = "This sentence has forty characters, yes. " * 40
    assert [len(passage.text) for passage in passages.cut(article(text, "en"))] == [860, 778]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_is_whole_and_its_header_is_the_heading(newline: str) -> None:
    rows = ["省份\t机架\t算力", "贵州\t10.5\t30", "甘肃\t8\t21"]
    table = newline.join(rows)
    text = newline.join(["前面的话。", table, "后面的话。"])
    cut = passages.cut(article(text))
    assert [(p.text, p.heading) for p in cut] == [("前面的话。", ""), (table, "省份\t机架\t算力"), ("后面的话。", "")]


def test_a_table_of_pipes() -> None:
    table = "| Year | Total |\n|---|---|\n| 2025 | 3.5 |"
    text = f"Before.\n\n{table}\n\nAfter."
    cut = passages.cut(article(text, "en"))
    assert [(p.text, p.heading) for p in cut] == [("Before.", ""), (table, "| Year | Total |"), ("After.", "")]


def test_a_long_table_is_cut_between_rows() -> None:
    rows = ["序号\t名称\t说明"] + [f"{number}\t节点{number}\t{'算' * 60}" for number in range(100)]
    text = "\n".join(rows)
    cut = passages.cut(article(text))
    assert len(cut) > 1
    assert [line for p in cut for line in p.text.split("\n")] == rows
    assert {p.heading for p in cut} == {"序号\t名称\t说明"}
    assert max(len(p.text) for p in cut) <= passages.TABLE_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        "one\tline only",
        "\tAn indented paragraph.\n\tAnother one.",
        "　　\t首行缩进。\n　　\t又一段。",
        "a | b\nc | d",
        "no table\nat all",
        "",
    ],
)
def test_what_is_no_table(text: str) -> None:
    assert passages.tables(text) == []


def test_a_row_may_begin_with_an_empty_cell() -> None:
    text = "x\n\n年份\t甲\t乙\n\t3\t5\n2025\t4\t6\n\nend"
    assert shown(text, passages.tables(text)) == ["年份\t甲\t乙\n\t3\t5\n2025\t4\t6\n"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("一、总体要求", "一、总体要求"),
        ("（二）主要目标", "（二）主要目标"),
        ("第三章 保障措施", "第三章 保障措施"),
        ("## 二、现状", "二、现状"),
        ("## Background", "Background"),
        ("3. Results", "3. Results"),
        ("\u3000\u3000二、现状", "二、现状"),
        ("**一、现状**", "一、现状"),
        ("发展一、二线城市", ""),
        ("It was in 2024. Something", ""),
        ("一、这是一句完整的话。", ""),
    ],
)
def test_the_heading_above(line: str, heading: str, newline: str) -> None:
    body = "正文说明情况。" * 60
    cut = passages.cut(article(newline.join([line, body])))
    assert [passage.heading for passage in cut] == [heading] * len(cut)
    assert len(cut) == 2


@pytest.mark.parametrize(
    "text", ["字" * 300_000, "." * 300_000 + "a", "|" + "a" * 300_000, "(" * 100_000, "\t" * 300_000, " " * 300_000]
)
def test_long_lines_cost_their_length(text: str) -> None:
    started = time.thread_time()
    passages.tables(text)
    passages.sentences(text)
    assert time.thread_time() - started < 5  # what grows with the square takes minutes


def test_many_headings_cost_their_number() -> None:
    text = "一、总体\n内容。\n" * 60_000
    started = time.thread_time()
    cut = passages.cut(article(text))
    assert time.thread_time() - started < 5
    assert {passage.heading for passage in cut} == {"一、总体"}


def test_a_rest_far_away_stays_apart() -> None:
    text = "云。" + " " * 5000 + "雨。"
    assert [passage.text for passage in passages.cut(article(text))] == ["云。", "雨。"]


def test_a_passage_is_of_one_language_and_a_heading_goes_with_what_it_heads() -> None:
    chinese = "北港今年新建泊位12个，年吞吐量达到三百五十万吨，比上年增长了百分之十二。"
    english = "The northern harbour built twelve new berths this year, and its yearly throughput reached three and a half million tonnes. "
    article = Article("a", "北港", f"{chinese}\n# In English\n{english}Fine.\nOK.\n一、概况\n{chinese}", language="zh")
    told = [passage.text for passage in passages.cut(article)]
    assert told == [chinese, f"# In English\n{english}Fine.\nOK.", f"一、概况\n{chinese}"]
