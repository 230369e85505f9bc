"""What stands on the page of an answer and of an article, exactly; and that nothing in them can run, link or forge a mark."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from index.types import Article, Passage
from rag.types import Answer, Citation, Sentence, written
from ui.web import markup
from ui.web.markup import Mark
from ui.web.words import _WORDS, LANGUAGES, known, say

ZH, EN = say("zh"), say("en")
TEXT = "云杉市的算力中心于3月2日投用。\n指标\t2025年\t2026年\n算力\t**12**EFLOPS\t20EFLOPS\n全年预计节电三成。"
FIRST, ROW, LAST = "云杉市的算力中心于3月2日投用。", "算力\t**12**EFLOPS\t20EFLOPS", "全年预计节电三成。"
ARTICLE = Article(
    "a1", "云杉市算力中心投用", TEXT, "2026-03-03", "云杉日报", "https://news.example/a?x=1&y=2", "/me/三月.txt"
)


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


def cite(number: int, quote: str, article: Article = ARTICLE) -> Citation:
    start = article.text.index(quote)
    passage = Passage(f"{article.id}-0", article.id, 0, 0, len(article.text), article.text)
    return Citation(number, passage, article, quote, start, start + len(quote))


def answer(*sentences: Sentence, citations: tuple[Citation, ...] = (), invented: tuple[str, ...] = ()) -> Answer:
    return Answer(
        "问？", written(sentences), sentences, citations, (), refused=False, engine="quote", invented=invented
    )


def marks(text: str, quote: str, number: int = 1) -> list[Mark]:
    start = text.index(quote)
    return [Mark(start, start + len(quote), number, here=True)]


def test_every_word_is_said_in_both_languages() -> None:
    for name, both in _WORDS.items():
        assert len(both) == len(LANGUAGES)
        assert all(both), name
        assert both[0].count("{}") == both[1].count("{}"), name
    assert ZH["send"] == "提问"
    assert EN["send"] == "Ask"
    assert [known(of) for of in ("zh-TW", "ZH", "en-GB", "de", "", None, 7)] == [
        "zh",
        "zh",
        "en",
        "en",
        "en",
        "en",
        "en",
    ]


def test_marks_become_buttons_that_name_their_source() -> None:
    two = answer(Sentence(FIRST, (1,)), Sentence(LAST, (2,)), citations=(cite(1, FIRST), cite(2, LAST)))
    chip = (
        '<button type="button" class="yj-chip" data-do="open" data-n="{0}" aria-label="出处 {0}：云杉市算力中心投用" '
        'title="出处 {0}：云杉市算力中心投用">{0}</button>'
    )
    assert markup.answer(two, ZH) == (
        f'<div class="yj-answer"><span class="yj-sentence">{FIRST[:-1]}<span class="yj-keep">。{chip.format(1)}</span></span>'
        f'<span class="yj-break"></span><span class="yj-sentence">{LAST[:-1]}<span class="yj-keep">。{chip.format(2)}</span></span></div>'
    )


def test_a_refusal_is_one_calm_sentence_without_marks() -> None:
    refused = Answer("问？", "文章里没有找到答案。", (), (), (), refused=True, engine="quote")
    assert markup.answer(refused, ZH) == '<div class="yj-answer yj-refused">文章里没有找到答案。</div>'


def test_what_is_not_supported_says_why_where_it_stands() -> None:
    doubtful = Sentence("节电四成。", (2,), supported=False, problems=("四成",))
    shown = markup.answer(answer(doubtful, citations=(cite(2, LAST),), invented=("[7]",)), EN)
    assert '<span class="yj-sentence yj-unsupported">节电四成<span class="yj-keep">。<button' in shown
    reason = "Not in the cited passage: 四成"
    assert f'tabindex="0" title="{reason}">Unverified<span class="yj-reason">{reason}</span></span>' in shown
    assert '<div class="yj-note">Removed marks that cite nothing: [7]</div>' in shown
    assert markup.why(Sentence("x", supported=False), EN) == "The cited passage does not support this sentence"


def test_lead_marks_conversions_and_what_answers_stand_where_they_belong() -> None:
    first = Sentence("共20公顷。", (1, 2), conversions=("20公顷 = 300亩",), lead="按年：\n2024年：", span=(1, 5))
    shown = markup.answer(answer(first, citations=(cite(1, FIRST), cite(2, LAST))), ZH)
    assert Page(shown).text == "按年：2024年：共20公顷。12（20公顷 = 300亩）"
    assert (
        '按年：<span class="yj-break"></span>2024年：<span class="yj-sentence">共<strong>20公顷</strong><span' in shown
    )
    assert re.findall(r'data-n="(\d)"', shown) == ["1", "2"]
    whole = Sentence("20公顷", (1,), span=(0, 4))
    shown = markup.answer(answer(whole, citations=(cite(1, FIRST),)), ZH)
    assert '<strong>20公</strong><span class="yj-keep"><strong>顷</strong><button' in shown


def test_a_mark_that_an_article_wrote_is_only_text() -> None:
    forged = "见文献[1]和[9]。"
    article = Article("x", "T", forged)
    shown = markup.answer(answer(Sentence(forged, (1,)), citations=(cite(1, forged, article),)), ZH)
    assert Page(shown).text == "见文献[1]和[9]。1"
    assert shown.count("<button") == 1


def test_rows_that_answer_are_a_table_under_their_columns_with_the_cell_strong() -> None:
    span = (ROW.index("20EFLOPS"), len(ROW))
    given = answer(
        Sentence(FIRST, (1,)),
        Sentence(ROW, (2,), lead="指标\t2025年\t2026年\n", span=span),
        Sentence("<b>\t1", lead="<i>\t2026年\t说明\n"),
        citations=(cite(1, FIRST), cite(2, ROW)),
    )
    page = Page(markup.answer(given, ZH))
    names = [tag for tag, _ in page.elements if tag in ("table", "th", "td", "strong")]
    assert names == ["table", *["th"] * 3, "td", "td", "strong", "td", "strong", *["th"] * 3, "td", "td"]
    assert "指标2025年2026年算力12EFLOPS20EFLOPS2<i>2026年说明<b>1" in page.text
    assert not {"b", "i"} & {tag for tag, _ in page.elements}


def test_a_quote_of_several_lines_shows_its_headings_and_rows() -> None:
    text = "## 收成\n今年雨水好。\n| 东村 | 12 |\n| 西村 | 9 |"
    article = Article(id="b", title="各村收成", text=text, path="b.md", language="zh")
    made = markup.answer(answer(Sentence(text, (1,)), citations=(cite(1, text, article),)), ZH)
    assert "##" not in made
    assert "<strong>收成</strong>" in made
    assert made.count("<tr>") == 2
    assert made.count('data-n="1"') == 1
    assert made.index("东村") < made.index("西村") < made.index('data-n="1"')


def test_an_article_is_paragraphs_and_tables_with_the_quote_marked() -> None:
    mark = '<mark class="yj-here" data-n="1">{}</mark>'
    assert markup.body(TEXT, marks(TEXT, ROW)) == (
        f'<p>{FIRST}</p><div class="yj-table" tabindex="0"><table>'
        "<tr><th>指标</th><th>2025年</th><th>2026年</th></tr>"
        f"<tr><td>{mark.format('算力')}</td><td>{mark.format('<strong>12</strong>')}{mark.format('EFLOPS')}</td>"
        f"<td>{mark.format('20EFLOPS')}</td></tr></table></div><p>{LAST}</p>"
    )


def test_a_pipe_table_loses_its_rule_and_a_pipe_in_prose_stays() -> None:
    text = "a | b\n| x | y |\n|---|:--|\n| 1 |  |"
    assert markup.body(text, marks(text, "y")) == (
        '<p>a | b</p><div class="yj-table" tabindex="0"><table><tr><th>x</th>'
        '<th><mark class="yj-here" data-n="1">y</mark></th></tr><tr><td>1</td><td></td></tr></table></div>'
    )


def test_headings_items_and_a_title_that_is_said_twice() -> None:
    text = "# The Dam\n## What <it> cost\n- 3 pounds\n#tag"
    rest = '<h3>What &lt;it&gt; cost</h3><p class="yj-item">3 pounds</p><p>#tag</p>'
    assert markup.body(text, [], "The Dam") == rest
    assert markup.body(text, [], "Other") == f"<h3>The Dam</h3>{rest}"
    assert markup.body(text, marks(text, "Dam"), "The Dam").startswith('<h3>The <mark class="yj-here"')


def test_of_two_marks_on_the_same_words_the_one_that_was_opened_counts() -> None:
    shown = markup.body("甲乙丙", [Mark(0, 2, 1, here=True), Mark(1, 3, 2)])
    assert shown == (
        '<p><mark class="yj-here" data-n="1">甲</mark><mark class="yj-here" data-n="1">乙</mark><mark data-n="2">丙</mark></p>'
    )
    assert markup.body("甲乙", [Mark(0, 2)]) == '<p><span class="yj-passage">甲乙</span></p>'


def test_the_byline_names_date_source_file_and_link() -> None:
    dot = '<span class="yj-dot">·</span>'
    assert markup.byline(ARTICLE, ZH) == (
        f'<time datetime="2026-03-03">2026-03-03</time>{dot}<span>云杉日报</span>{dot}'
        f'<span class="yj-path" title="/me/三月.txt">三月.txt</span>{dot}'
        '<a href="https://news.example/a?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">原文链接 news.example ↗</a>'
    )
    assert markup.name_of(Article("u", "", "", path="C:\\me\\x.txt"), EN) == "x.txt"
    assert markup.name_of(Article("u", "", ""), EN) == "Untitled"


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</mark></article><iframe src=//evil.example>",
    "![x](http://evil.example/a.png)",
    "[click](javascript:alert(1))",
    "**<b onclick=alert(1)>**bold**",
    "| <script>1</script> | `x` |",
    "# <u>x</u>",
    "&lt;script&gt;&#106;",
    "{{value}} ${alert(1)}",
]
ALLOWED = {"div", "span", "button", "time", "h3", "p", "mark", "strong", "table", "tr", "td", "th"}
ATTRIBUTES = {"class", "title", "type", "data-do", "data-n", "aria-label", "tabindex", "datetime", "data-x"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_becomes_page(text: str) -> None:
    article = Article("x", text, text, text, text, text, text)
    given = answer(Sentence(text, (1,), supported=False, problems=(text,)), citations=(cite(1, text, article),))
    body = markup.body(text, [Mark(0, len(text), 1, here=True)])
    said = [
        markup.answer(given, ZH),
        body,
        markup.plain(text),
        markup.byline(article, ZH),
        markup.button("x", text, x=text),
    ]
    for source in said:
        page = Page(source)
        for tag, attributes in page.elements:
            assert tag in ALLOWED
            assert set(attributes) <= ATTRIBUTES
        assert "\n" not in source
        assert re.sub(r"[\s|*#]", "", text) in re.sub(r"[\s|*#]", "", page.text + str(page.elements)) or "\\" in text


def test_controls_and_turns_of_direction_reach_no_attribute() -> None:
    shown = markup.button("x", "a\x00b\u202ec\nd", x="e\x1b\u2066f")
    assert shown.count("a␀bc d") == 1
    assert 'data-x="e␛f"' in shown
