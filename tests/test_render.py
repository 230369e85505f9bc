"""What a reader sees of an answer, exactly; and that nothing in an article can run, link or forge a mark there."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from index.types import Article, Hit, Passage
from rag.types import Answer, Citation, Sentence
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


def answer(text: str, *sentences: Sentence, citations: tuple[Citation, ...] = (), **more: object) -> Answer:
    fields: dict[str, object] = {"hits": (), "refused": False, "engine": "quote", **more}
    return Answer("问？", text, sentences, citations, **fields)  # type: ignore[arg-type]


def hostile(text: str) -> Answer:
    """An answer that quotes the text, from an article that says it in every field."""
    article = Article("x", text, text, text, text, text, text)
    return answer(f"{text}[1]", Sentence(text, (1,)), citations=(cite(1, text, article),))


FIRST, LAST = "云杉市的算力中心于3月2日投用。", "全年预计节电三成。"
TWO = answer(
    f"{FIRST}[1]\n{LAST}[2]",
    Sentence(FIRST, (1,)),
    Sentence(LAST, (2,)),
    citations=(cite(1, FIRST), cite(2, LAST)),
)
REFUSAL = answer("文章里没有找到答案。", refused=True)


class Page(HTMLParser):
    """The elements and the visible text of a piece of HTML, as a browser would read it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_terminal_shows_the_answer_then_the_numbered_quotes() -> None:
    byline = "云杉市算力中心投用 · 2026-03-03 · 云杉日报 · /home/me/文章/三月.txt"
    assert render.terminal(TWO) == (f"{FIRST}[1]\n{LAST}[2]\n\n[1] {byline}\n    {FIRST}\n\n[2] {byline}\n    {LAST}")


def test_terminal_refusal_is_one_calm_sentence() -> None:
    assert render.terminal(REFUSAL) == "文章里没有找到答案。"


def test_what_the_source_does_not_say_is_named_and_removed_marks_are_reported() -> None:
    sentence = Sentence("节电四成。", (2,), supported=False, problems=("四成",))
    doubtful = answer("节电四成。[2]", sentence, citations=(cite(2, LAST),), invented=("[7]",))
    assert render.terminal(doubtful).startswith("节电四成。[2] (引文中没有 not in the cited passage: 四成)\n\n")
    assert render.terminal(doubtful).endswith("removed marks that cite nothing: [7]")
    page = render.html(doubtful)
    assert '<span class="yj-sentence yj-unsupported">节电四成。<button' in page
    assert '</button></span><span class="yj-problem">引文中没有 not in the cited passage: 四成</span>' in page
    assert "节电四成。[2] *(引文中没有 not in the cited passage: 四成)*" in render.markdown(doubtful)


def test_html_marks_become_buttons() -> None:
    chip = '<button type="button" class="yj-chip" data-n="{0}" title="引文 {0} Source {0}">{0}</button>'
    assert render.html(TWO) == (
        f'<div class="yj-answer"><span class="yj-sentence">{FIRST}{chip.format(1)}</span>'
        f'<span class="yj-break"></span><span class="yj-sentence">{LAST}{chip.format(2)}</span></div>'
    )


def test_html_refusal_is_one_calm_sentence() -> None:
    assert render.html(REFUSAL) == '<div class="yj-answer yj-refused">文章里没有找到答案。</div>'
    assert render.sources_html(REFUSAL) == f'<div class="yj-sources yj-none">{render.NOTHING_CITED}</div>'


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("甲。[1]乙。[2]", ("甲。", "乙。")),
        ("甲。[1]乙。[2]", ("甲。[1]", "乙。[2]")),
        ("甲[1]。乙[2]。", ("甲[1]。", "乙[2]。")),
        ("甲[1]。乙[2]。", ("甲。", "乙。")),
        ("甲。乙。", ("甲。", "乙。")),
    ],
)
def test_every_citation_is_shown_once_wherever_its_mark_stands(text: str, sentences: tuple[str, str]) -> None:
    first, second = sentences
    shown = answer(text, Sentence(first, (1,)), Sentence(second, (2,)), citations=(cite(1, FIRST), cite(2, LAST)))
    assert re.findall(r'data-n="(\d)"', render.html(shown)) == ["1", "2"]
    assert re.findall(r"\[\d\]", render.terminal(shown).split("\n\n[1]")[0]) == ["[1]", "[2]"]


def test_a_mark_that_an_article_wrote_is_only_text() -> None:
    forged = "见文献[1]和[9]。"
    page = hostile(forged)
    assert Page(render.html(page)).text == "见文献[1]和[9]。1"
    assert render.html(page).count("<button") == 1
    assert render.terminal(page).startswith("见文献［1］和［9］。[1]\n")
    assert render.markdown(page).startswith(r"见文献\[1\]和\[9\]。[1]")


def test_sources_show_the_passage_with_its_quote_marked_and_its_table_as_a_table() -> None:
    row = "算力\t**12**EFLOPS\t20EFLOPS"
    shown = render.sources_html(answer(f"{row}[1]", Sentence(row, (1,)), citations=(cite(1, row),)))
    assert (
        f'<div class="yj-passage"><p>{FIRST}</p><div class="yj-table"><table>'
        "<tr><th>指标</th><th>2025年</th><th>2026年</th></tr>"
        "<tr><td><mark>算力</mark></td><td><mark><strong>12</strong></mark><mark>EFLOPS</mark></td>"
        f"<td><mark>20EFLOPS</mark></td></tr></table></div><p>{LAST}</p></div>"
    ) in shown
    assert '<h3>云杉市算力中心投用</h3><p class="yj-meta">2026-03-03<span class="yj-dot">·</span>云杉日报' in shown
    assert '<span class="yj-path" title="/home/me/文章/三月.txt">三月.txt</span>' in shown
    assert (
        '<a href="https://news.example/a?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">原文 news.example ↗</a>'
    ) in shown


def test_a_pipe_table_loses_its_rule_and_a_pipe_in_prose_stays() -> None:
    text = "a | b\n| x | y |\n|---|:--|\n| 1 |  |"
    article = Article("p", "T", text)
    shown = render.sources_html(answer("y[1]", Sentence("y", (1,)), citations=(cite(1, "y", article),)))
    assert (
        '<p>a | b</p><div class="yj-table"><table><tr><th>x</th><th><mark>y</mark></th></tr>'
        "<tr><td>1</td><td></td></tr></table></div>"
    ) in shown


def test_a_markdown_heading_in_a_passage_is_a_heading() -> None:
    article = Article("h", "T", "## What <it> cost\nIt cost 3 pounds.\n#tag")
    shown = render.sources_html(answer("It[1]", citations=(cite(1, "It cost 3 pounds.", article),)))
    assert "<h4>What &lt;it&gt; cost</h4><p><mark>It cost 3 pounds.</mark></p><p>#tag</p>" in shown


def test_two_quotes_under_one_number_share_a_card() -> None:
    shown = render.sources_html(answer("…[1]", citations=(cite(1, FIRST), cite(1, LAST))))
    assert shown.count("<article") == 1
    assert f"<mark>{FIRST}</mark>" in shown
    assert f"<mark>{LAST}</mark>" in shown


def test_a_passage_already_shown_is_cut_to_the_paragraphs_with_the_quote() -> None:
    second = render.sources_html(TWO).split("<article")[2]
    assert f'<div class="yj-passage">…<p><mark>{LAST}</mark></p>…</div>' in second


def test_a_passage_of_any_size_stays_a_card() -> None:
    article = Article("big", "Big", "前" * 90_000 + "答案。" + "后" * 90_000)
    shown = render.sources_html(answer("答案。[1]", citations=(cite(1, "答案。", article),)))
    assert f"…<p>{'前' * 1500}<mark>答案。</mark>{'后' * 1500}</p>…" in shown


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</mark></article><iframe src=//evil.example>",
    "javascript:alert(1)",
    "![x](http://evil.example/a.png)",
    "[click](javascript:alert(1))",
    "**<b onclick=alert(1)>**bold**",
    "| <script>1</script> | `x` |",
    "$\\href{javascript:alert(1)}{x}$",
    "# <u>x</u>",
    "&lt;script&gt;&#106;",
    "\n\n<script>alert(1)</script>\n\n",
]
ALLOWED = {
    "div": {"class"},
    "span": {"class", "title"},
    "button": {"type", "class", "data-n", "title"},
    "article": {"class", "data-n", "tabindex"},
    "header": set(),
    "h3": set(),
    "h4": set(),
    "p": {"class"},
    "a": {"href", "target", "rel"},
    "mark": set(),
    "strong": set(),
    "table": set(),
    "tr": set(),
    "td": set(),
    "th": set(),
}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_becomes_page(text: str) -> None:
    shown = hostile(text)
    for source in (render.html(shown), render.sources_html(shown), render.text_html(text)):
        page = Page(source)
        for tag, attributes in page.elements:
            assert set(attributes) <= ALLOWED[tag]
            assert tag != "a"
        assert "\n" not in source
        shown_text = re.sub(r"[\s|*#]", "", page.text)
        assert re.sub(r"[\s|*#]", "", text) in shown_text


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
    shown = answer(f"{FIRST}[1]", citations=(cite(1, FIRST, article),))
    assert render.safe_url(url) == ""
    assert "<a " not in render.sources_html(shown)
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
    assert render.terminal(shown).startswith(f"{seen}[1]")
    outputs = [render.terminal(shown), render.html(shown), render.sources_html(shown), render.markdown(shown)]
    outputs += [render.text_html(text), render.hits_terminal(text, [hit(shown.citations[0])])]
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
    shown = answer(f"{text}[1]", Sentence(text, (1,)), citations=(cite(1, text, article),))
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
        f"{FIRST}[1]",
        Sentence(FIRST, (1,), False, ("3月",)),
        citations=(cite(1, FIRST),),
        invented=("[4]",),
        timings={"search": 0.01},
    )
    assert render.answer_json(shown) == {
        "question": "问？",
        "answer": f"{FIRST}[1]",
        "refused": False,
        "engine": "quote",
        "sentences": [{"text": FIRST, "citations": [1], "supported": False, "problems": ["3月"]}],
        "citations": [
            {"n": 1, "quote": FIRST, "start": 0, "end": 16, "passage": TEXT, "article": ARTICLE_JSON},
        ],
        "invented": ["[4]"],
        "timings": {"search": 0.01},
    }


def test_json_is_verbatim_and_can_be_written() -> None:
    text = "<b>\x1b[31m\u202e**x**"
    written = json.loads(json.dumps(render.answer_json(hostile(text)), ensure_ascii=False))
    assert written["citations"][0]["quote"] == text
    assert written["citations"][0]["article"]["title"] == text


def hit(citation: Citation, score: float = 0.5) -> Hit:
    return Hit(citation.passage, citation.article, score)


def test_hits_json_is_the_contract() -> None:
    assert render.hits_json("问？", [hit(TWO.citations[0], 0.75)]) == {
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
