"""What a reader sees of an answer, exactly; and that nothing in an article can run, link or forge a mark there."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from index.types import Article, Hit, Passage
from rag import shapes
from rag.types import Answer, Citation, Sentence, written
from ui import render

TEXT = "云杉市的算力中心于3月2日投用。\n指标\t2025年\t2026年\n算力\t**12**EFLOPS\t20EFLOPS\n全年预计节电三成。"
ARTICLE = Article(
    id="a1",
    title="云杉市算力中心投用",
    text=TEXT,
    date="2026-03-03",
    source="云杉日报",
    url="https://news.example/a?x=1&y=2",
    path="/home/me/文章/三月.txt",
)


def cite(number: int, quote: str, article: Article = ARTICLE) -> Citation:
    start = article.text.index(quote)
    passage = Passage(f"{article.id}-0", article.id, 0, 0, len(article.text), article.text)
    return Citation(number, passage, article, quote, start, start + len(quote))


def answer(*sentences: Sentence, citations: tuple[Citation, ...] = (), **more: object) -> Answer:
    fields: dict[str, object] = {"hits": (), "refused": False, "engine": "quote", **more}
    return Answer("问？", written(sentences), sentences, citations, **fields)  # type: ignore[arg-type]


def hostile(text: str) -> Answer:
    """An answer that quotes the text, from an article that says it in every field."""
    article = Article("x", text, text, text, text, text, text)
    return answer(Sentence(text, (1,)), citations=(cite(1, text, article),))


FIRST, LAST = "云杉市的算力中心于3月2日投用。", "全年预计节电三成。"
TWO = answer(Sentence(FIRST, (1,)), Sentence(LAST, (2,)), citations=(cite(1, FIRST), cite(2, LAST)))
REFUSAL = answer(Sentence("文章里没有找到答案。"), refused=True)


def test_terminal_shows_the_answer_then_the_numbered_quotes() -> None:
    byline = "云杉市算力中心投用 · 2026-03-03 · 云杉日报 · /home/me/文章/三月.txt"
    assert render.terminal(TWO) == (f"{FIRST}[1]\n{LAST}[2]\n\n[1] {byline}\n    {FIRST}\n\n[2] {byline}\n    {LAST}")


def test_the_cells_of_a_row_are_parted_in_sight() -> None:
    row = "算力\t**12**EFLOPS\t20EFLOPS"
    given = answer(Sentence(row, (1,), lead="指标\t2025年\t2026年\n", span=(16, 24)), citations=(cite(1, row),))
    assert render.terminal(given).startswith("指标 | 2025年 | 2026年\n算力 | **12**EFLOPS | 20EFLOPS[1]\n")
    assert "算力 | \\*\\*12\\*\\*EFLOPS | **20EFLOPS**[1]" in render.markdown(given)


def test_terminal_refusal_is_one_calm_sentence() -> None:
    assert render.terminal(REFUSAL) == "文章里没有找到答案。"


def test_what_the_source_does_not_say_is_named_and_removed_marks_are_reported() -> None:
    sentence = Sentence("节电四成。", (2,), supported=False, problems=("四成",))
    doubtful = answer(sentence, citations=(cite(2, LAST),), invented=("[7]",))
    assert render.terminal(doubtful).startswith("节电四成。[2] (引文中没有 not in the cited passage: 四成)\n\n")
    assert render.terminal(doubtful).endswith("removed marks that cite nothing: [7]")
    assert "节电四成。[2] *(引文中没有 not in the cited passage: 四成)*" in render.markdown(doubtful)


def test_a_sentence_stands_between_its_lead_and_its_marks_and_conversions() -> None:
    first = Sentence("共20公顷。", (1, 2), conversions=("20公顷 = 300亩",), lead="按年：\n2024年：")
    shown = answer(first, Sentence("It rose.", (2,), conversions=("3 m ≈ 9.843 feet", "1 km = 1,000 m")))
    assert shown.text == (
        "按年：\n2024年：共20公顷。[1][2]（20公顷 = 300亩）\nIt rose.[2] (3 m ≈ 9.843 feet; 1 km = 1,000 m)"
    )
    assert render.terminal(shown) == shown.text
    assert render.markdown(shown).replace("\\", "") == f"{shown.text}\n"


@pytest.mark.parametrize(
    ("text", "span", "in_markdown"),
    [
        ("共有75人出席。", (2, 5), "共有**75人**出席。"),
        ("75人。", (0, 4), "**75人。**"),
        ("占75%的人", (1, 4), "占75%的人"),
        ("占75%，多", (1, 4), "占**75%**，多"),
        ("由“星云”办", (1, 5), "由“星云”办"),
        ("a b c", (1, 3), "a b c"),
        ("甲乙", None, "甲乙"),
    ],
)
def test_what_answers_is_bold_wherever_the_form_can_say_so(
    text: str, span: tuple[int, int] | None, in_markdown: str
) -> None:
    shown = answer(Sentence(text, span=span))
    assert render.markdown(shown) == f"{in_markdown}\n"
    assert render.terminal(shown) == text
    start, end = span or (0, 0)
    bold = f"{text[:start]}\x1b[1m{text[start:end]}\x1b[22m{text[end:]}" if span else text
    assert render.terminal(shown, bold=True) == bold


def test_a_mark_of_an_article_is_none_where_the_answer_cuts_it_in_two() -> None:
    shown = answer(Sentence("a\x1b见\u202e[9]。", span=(4, 6)))
    assert render.terminal(shown, bold=True) == "a␛见\x1b[1m［9\x1b[22m］。"


def test_a_mark_that_an_article_wrote_is_only_text() -> None:
    forged = "见文献[1]和[9]。"
    page = hostile(forged)
    assert render.terminal(page).startswith("见文献［1］和［9］。[1]\n")
    assert render.markdown(page).startswith(r"见文献\[1\]和\[9\]。[1]")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//evil.example",
        "https://",
        "https://[evil",
        'https://a.example/" onclick="alert(1)',
        "https://a.example/\u202egpj.exe",
        "https://a.example/a b",
        "https://a.example/\nx",
        "vbscript:x",
        "",
    ],
)
def test_only_plain_http_addresses_become_links(url: str) -> None:
    article = Article("u", "T", FIRST, url=url)
    shown = answer(Sentence(FIRST, (1,)), citations=(cite(1, FIRST, article),))
    assert render.safe_url(url) == ""
    assert "](<" not in render.markdown(shown)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("红\x1b[31m字\x1b]0;pwned\x07", "红␛[31m字␛]0;pwned␇"),
        ("a\rb\x00c\x7f\x9b2J", "a␍b␀c␡\ufffd2J"),
        ("user\u202egpj.exe\u202c \u2066x\u2069", "usergpj.exe x"),
        ("一\ud800二", "一\ufffd二"),
        ("甲\r\n乙\t丙", "甲\n乙\t丙"),
    ],
)
def test_what_steers_a_terminal_or_turns_the_text_is_neutral(text: str, seen: str) -> None:
    shown = hostile(text)
    assert render.visible(text) == seen
    assert render.terminal(shown).startswith(f"{seen}[1]".replace("\t", render.CELL))
    outputs = [render.terminal(shown), render.markdown(shown), render.hits_terminal(text, [hit(shown.citations[0])])]
    for output in outputs:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", output)


def test_a_title_or_a_quote_cannot_forge_another_source() -> None:
    text = "真。\n[2] 假标题 · 2026"
    assert render.terminal(hostile(text)).split("\n\n")[1] == (
        "[1] 真。 [2] 假标题 · 2026 · 真。 [2] 假标题 · 2026 · 真。 [2] 假标题 · 2026 · 真。 [2] 假标题 · 2026\n"
        "    真。\n    [2] 假标题 · 2026"
    )


def test_markdown_keeps_marks_and_links_and_escapes_the_rest() -> None:
    text = "1. *重要*\n    # 标题 <b>`x`</b>"
    article = Article("m", "T [x]", text, "2026", "S", "https://a.example/x", "p_q.md")
    shown = answer(Sentence(text, (1,)), citations=(cite(1, text, article),))
    assert render.markdown(shown) == (
        "1\\. \\*重要\\*\n\\# 标题 \\<b\\>\\`x\\`\\</b\\>[1]\n\n"
        "**[1]** [T \\[x\\]](<https://a.example/x>) · 2026 · S · p\\_q.md\n\n"
        "> 1\\. \\*重要\\*\n> \\# 标题 \\<b\\>\\`x\\`\\</b\\>\n"
    )


ARTICLE_JSON = {
    "id": "a1",
    "title": "云杉市算力中心投用",
    "date": "2026-03-03",
    "source": "云杉日报",
    "path": "/home/me/文章/三月.txt",
    "url": "https://news.example/a?x=1&y=2",
}


def test_answer_json_is_the_contract() -> None:
    shown = answer(
        Sentence(FIRST, (1,), False, ("3月",)),
        citations=(cite(1, FIRST),),
        invented=("[4]",),
        timings={"search": 0.01},
    )
    assert shapes.answer_json(shown) == {
        "question": "问？",
        "understood": "",
        "answer": f"{FIRST}[1]",
        "refused": False,
        "engine": "quote",
        "sentences": [{"text": FIRST, "citations": [1], "span": None, "supported": False, "problems": ["3月"]}],
        "citations": [
            {"n": 1, "quote": FIRST, "start": 0, "end": 16, "passage": TEXT, "article": ARTICLE_JSON},
        ],
        "invented": ["[4]"],
        "timings": {"search": 0.01},
    }


def test_json_is_verbatim_and_can_be_written() -> None:
    text = "<b>\x1b[31m\u202e**x**"
    written = json.loads(json.dumps(shapes.answer_json(hostile(text)), ensure_ascii=False))
    assert written["citations"][0]["quote"] == text
    assert written["citations"][0]["article"]["title"] == text


def hit(citation: Citation, score: float = 0.5) -> Hit:
    return Hit(citation.passage, citation.article, score)


def test_hits_json_is_the_contract() -> None:
    assert shapes.hits_json("问？", [hit(TWO.citations[0], 0.75)]) == {
        "question": "问？",
        "hits": [{"rank": 1, "score": 0.75, "text": TEXT, "start": 0, "end": len(TEXT), "article": ARTICLE_JSON}],
    }


def test_hits_terminal_lists_best_first_and_says_when_there_are_none() -> None:
    long = Hit(Passage("b-0", "b", 0, 0, 300, "长" * 300), Article("b", "Long", "长" * 300), 0.25)
    assert render.hits_terminal("问？", [hit(TWO.citations[0]), long]) == (
        "1. 云杉市算力中心投用 · 2026-03-03 · 云杉日报 · /home/me/文章/三月.txt (0.50)\n"
        "   云杉市的算力中心于3月2日投用。 指标 2025年 2026年 算力 **12**EFLOPS 20EFLOPS 全年预计节电三成。\n\n"
        f"2. Long (0.25)\n   {'长' * 240}…"
    )
    assert render.hits_terminal("问？", []) == "没有找到相关段落 Nothing found for: 问？"


def test_where_else_the_same_news_stands_is_told() -> None:
    copies = tuple(replace(ARTICLE, id=f"c{n}", path=f"/digests/{n}.md", text="") for n in range(5))
    article = replace(ARTICLE, also_in=copies[:1])
    hit = Hit(Passage("a-0", article.id, 0, 0, 2, article.text[:2]), article, 0.5)
    assert " · 又见 also in: /digests/0.md (0.50)" in render.hits_terminal("?", [hit])
    shape = shapes.hits_json("?", [hit])["hits"][0]
    assert [copy["path"] for copy in shape["also_in"]] == ["/digests/0.md"]
    assert shape["also_in"][0].keys() == shape["article"].keys()
    assert render.also_in(replace(ARTICLE, also_in=copies)) == (
        "又见 also in: /digests/0.md, /digests/1.md, /digests/2.md, …"
    )
    assert render.also_in(ARTICLE) == ""
    assert "also_in" not in shapes.hits_json("?", [replace(hit, article=ARTICLE)])["hits"][0]


def test_a_marked_answer_of_several_lines_shows_each_as_what_it_is() -> None:
    text = "## 房源二\n- 面积：143平方米\n- 总价：468万元"
    sentence = Sentence(text, (1,), span=(text.index("468"), len(text)))
    told = list(render.pieces(sentence))
    assert [(one.text, one.citations) for one in told] == [
        ("## 房源二", ()),
        ("- 面积：143平方米", ()),
        ("- 总价：468万元", (1,)),
    ]
    assert [one.text[slice(*one.span)] if one.span else "" for one in told] == ["", "", "468万元"]
    assert render.heading(told[0].text) == "房源二"
