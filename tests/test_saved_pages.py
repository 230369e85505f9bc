"""Saved pages: whatever hides or frames a text, it is there or the note says so; title, date, source and address as sites name them."""

from __future__ import annotations

import pytest

from index.digest import split
from index.formats.document import Document
from tests.formats import error, only

BODY = (
    "<p>青禾镇首座社区粮仓于10月28日投入使用，总库容为4600吨，可供全镇居民食用九个月。</p>"
    "<p>项目由镇合作社出资建设，总投资1270万元，仓内温度常年保持在15摄氏度以下。</p>"
)
NAV = "<nav><a href=/>首页</a> <a href=/a>要闻</a></nav>"


def page(body: str, head: str = "") -> Document:
    return only(f"<html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode(), "x.html")


@pytest.mark.parametrize(
    "framed",
    [
        "<div id=js_content style='visibility: hidden; opacity: 0'>{}</div>",
        "<div style='display:none'>{}</div>",
        "<div hidden>{}</div>",
        "<form action=/x><input name=q>{}<button>提交</button></form>",
        "<form><div style='visibility:hidden'>{}</div></form>",
        "<noscript>{}</noscript>",
        "<template>{}</template>",
        "<aside>{}</aside>",
        "<header>{}</header>",
        "<div role=dialog>{}</div>",
        '<iframe srcdoc="{}"></iframe>',
        "<details><summary>全文</summary>{}</details>",
        "<table><tr><td>{}</td></tr></table>",
        "<main><p>导读。</p></main><div>{}</div>",
        "<article><h2>一</h2></article><article>{}</article>",
    ],
)
def test_a_body_is_read_whatever_it_lies_in(framed: str) -> None:
    found = page(NAV + framed.format(BODY))
    assert "总库容为4600吨" in found.text
    assert "总投资1270万元" in found.text
    assert "首页" not in found.text


def test_what_is_left_out_of_a_page_is_told() -> None:
    said = "".join(f"<p>第{n}条留言说这里的风景很好，下次还想再来看一看。</p>" for n in range(20))
    found = page(f"<article>{BODY * 12}</article><div style='display:none'>{said}</div>")
    assert "留言" not in found.text
    assert "x.html: left out of the page: 450 characters hidden" in found.note


def test_what_stands_beside_an_articles_text_is_part_of_it() -> None:
    found = page(
        f"<article><h1>青石村的井</h1>{BODY}<aside><p>最深的一口井深达38米。</p></aside><aside><a href=/b>猜你喜欢</a></aside>"
        "<dl><dt>北井</dt><dd>深21米。</dd></dl><figure><img data-src=x><figcaption>图为北井。</figcaption></figure></article>"
    )
    assert "38米" in found.text
    assert "北井：深21米。" in found.text
    assert "图为北井。" in found.text
    assert "猜你喜欢" not in found.text


def test_a_drawn_equation_is_said_once() -> None:
    math = "<math><mfrac><mn>3</mn><mn>4</mn></mfrac></math>"
    katex = f"<span><span>{math}</span><span aria-hidden=true>34</span></span>"
    wiki = f"<span><span style='display: none'>{math}</span><img alt='3/4'></span>"
    assert page(f"<p>约为{katex}，即{wiki}。</p>").text == "约为3/4，即3/4。"


def test_tables_of_pages_keep_every_row_whole() -> None:
    inner = "<table><tr><th>物资<th>件数<tr><td>帐篷<td>320<tr><td>棉被<td>1450</table>"
    assert page(f"<table><tr><th>仓库<th>明细<tr><td>青石仓<td>如下{inner}</table>").text == (
        "| 仓库 | 明细 | 物资 | 件数 |\n| 青石仓 | 如下 | 帐篷 | 320 |\n| 青石仓 | 如下 | 棉被 | 1450 |"
    )


SITES = {
    "an account of a platform": (
        "<meta property='og:title' content='粮仓建成'><meta property='og:site_name' content='微信公众平台'>",
        "<h1>粮仓建成</h1><div><span>原创</span> <span><a id=js_name>青禾观察</a></span> <em>2025年11月03日 18:30</em> <em>浙江</em></div>",
        ("粮仓建成", "2025-11-03", "青禾观察", ""),
    ),
    "an account whose date only a script has": (
        "<meta property='og:title' content='粮仓建成'><meta property='og:url' content='https://mp.example/s/a'>"
        "<script>var nickname = 'x'; var ct = '1762165920';</script>",
        "<h1>粮仓建成</h1><div><span class=profile_nickname>青禾观察</span><em id=publish_time></em></div>",
        ("粮仓建成", "2025-11-03", "青禾观察", "https://mp.example/s/a"),
    ),
    "an agency with a date in pieces": (
        "<title>粮仓建成-新华网</title>",
        "<div><span><em>2025</em></span> <span><em>11</em>/<em>03</em></span> <span>08:12:33</span></div>"
        "<div class=source>来源：新华网</div><h1>粮仓建成</h1>",
        ("粮仓建成", "2025-11-03", "新华网", ""),
    ),
    "a newspaper": (
        "<title>粮仓建成--地方--人民网</title>",
        "<h1>粮仓建成</h1><div>本报记者　李安</div><div>2025年11月03日08:12 | 来源：<a href=/p>人民网－人民日报</a></div>",
        ("粮仓建成", "2025-11-03", "人民网－人民日报", ""),
    ),
    "a government": (
        "<title>粮仓建成_部门政务_中国政府网</title><meta name=firstpublishedtime content='2025-11-03-08:12:00'>"
        "<meta name=lastmodifiedtime content='2025-12-03-08:12:00'>",
        "<h1>粮仓建成</h1><div>2025-11-03 08:12 <span>来源： 新华社</span><div>字号：默认 大 | 打印</div></div>",
        ("粮仓建成", "2025-11-03", "新华社", ""),
    ),
    "an agency with linked data": (
        "<title>Granary opens | Reuters</title><meta property='og:site_name' content='Reuters'><link rel=canonical "
        'href=\'https://www.reuters.example/a/\'><script type=\'application/ld+json\'>{"@type": "NewsArticle", "datePublished": '
        '"2025-11-03T08:12:00Z", "author": [{"name": "Jane Smith"}], "publisher": {"name": "Reuters"}}</script>',
        "<h1>Granary opens</h1><a rel=author>Jane Smith</a><span>November 3, 2025</span><p>(Reuters) - It opened.</p>",
        ("Granary opens", "2025-11-03", "Reuters", "https://www.reuters.example/a/"),
    ),
    "a wiki": (
        "<title>青禾镇 - 维基百科，自由的百科全书</title><meta name=generator content='MediaWiki 1.44'><script type='application/ld+json'>"
        '{"@type": "Article", "datePublished": "2004-05-06T08:12:00Z", "publisher": {"name": "维基媒体项目贡献者"}}</script>',
        "<h1>青禾镇</h1><footer><ul><li id=footer-info-lastmod>本页面最后修订于2025年11月3日 (星期一) 08:12。</li></ul></footer>",
        ("青禾镇", "2025-11-03", "维基百科", ""),
    ),
    "a newsletter": (
        "<title>The granary - by Ann Li - Harbour Letters</title><meta property='og:title' content='The granary'>"
        "<meta name=author content='Ann Li'>",
        "<h1>The granary</h1><div><a>Ann Li</a> <span>Nov 03, 2025</span></div>",
        ("The granary", "2025-11-03", "Harbour Letters", ""),
    ),
    "a page that a browser saved": (
        "<!-- saved from url=(0026)https://paper.example/2025/a --><title>粮仓建成</title><meta name=date content=2025-11-03>",
        "",
        ("粮仓建成", "2025-11-03", "", "https://paper.example/2025/a"),
    ),
}


@pytest.mark.parametrize("site", SITES)
def test_a_site_says_title_date_source_and_address(site: str) -> None:
    head, body, told = SITES[site]
    found = page(body + BODY * 4, head)
    assert (found.title, found.date, found.source, found.url) == told


def test_a_page_that_a_script_was_to_draw_is_read_from_its_data_or_told() -> None:
    told = '{"@type": "NewsArticle", "headline": "粮仓", "datePublished": "2025-11-03", "articleBody": "总库容为4600吨。\\n投资1270万元。"}'
    found = page("<div id=root></div>", f'<script type="application/ld+json">{told}</script>')
    assert (found.title, found.date, found.text) == (
        "粮仓",
        "2025-11-03",
        "# 粮仓\n\n总库容为4600吨。\n\n投资1270万元。",
    )
    state = '{"user": null, "page": {"title": "粮仓", "content": "<p>总库容为4600吨，可供全镇居民食用九个月。</p><p>投资1270万元。</p>"}}'
    for script in (
        f"<script>window.__INITIAL_STATE__={state};(function(){{}}())</script>",
        f"<script id=__NEXT_DATA__ type='application/json'>{state}</script>",
    ):
        assert page(f"<div id=root></div>{script}").text == "总库容为4600吨，可供全镇居民食用九个月。\n\n投资1270万元。"
    assert "a script was to draw its text" in error(b"<html><body><div id=root></div></body></html>", "x.html")


def test_a_web_archive_is_seen_with_its_style_sheets() -> None:
    body = "<p>价格<span class=old>860元</span>640元，10<b class=up>6</b>个。</p>"
    sheet = "@media print { .up { text-decoration: line-through } } .old { text-decoration: line-through } .up{vertical-align:super}"
    parts = "".join(
        f"--x\nContent-Type: {kind}; charset=utf-8\nContent-Location: https://a.example/{name}\n\n{held}\n"
        for kind, name, held in (("text/html", "p", f"<html><body>{body}</body></html>"), ("text/css", "s.css", sheet))
    )
    archive = f'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"; type="text/html"\n\n{parts}--x--\n'
    assert only(archive.encode(), "x.mhtml").text == "价格640元，10^6个。"


def test_what_says_when_names_no_source() -> None:
    signed = "<p>Posted on <time datetime='2025-04-02'>2 April 2025</time> by Ann</p>"
    assert (
        page(f"<h1>Nets</h1>{signed}{BODY}", "<meta property='og:site_name' content='Net Notes'>").source == "Net Notes"
    )


def test_an_account_is_its_name_without_the_card_inside() -> None:
    card = (
        "<div style='display:none'><strong class='profile_nickname'>茶路</strong><p>微信号 <span>chalu</span></p></div>"
    )
    signed = f"<span class='meta_nickname'><a id='js_name'>茶路</a>{card}</span><em>2025-08-19</em>"
    assert page(f"<h1>老茶行</h1><div>{signed}</div>{BODY}").source == "茶路"


def test_the_heading_of_a_page_without_a_title_is_its_title() -> None:
    found = page(f"<form><div><a href=/>首页</a></div><h1>社区粮仓</h1>{BODY}</form>")
    (article,) = split(found.text, path="/a/x.html", file_hash="", known=found)
    assert article.title == "社区粮仓"


def test_a_platform_is_not_the_source_of_what_is_published_on_it() -> None:
    told = '{"@type": "NewsArticle", "datePublished": "2025-11-03", "publisher": {"name": "Harbour Letters"}}'
    head = f"<meta property='og:site_name' content='Substack'><script type='application/ld+json'>{told}</script>"
    assert page(f"<h1>The granary</h1>{BODY}", head).source == "Harbour Letters"


def test_what_a_wiki_adds_to_a_heading_is_none_of_it() -> None:
    found = page(
        f"<h1>青禾镇</h1>{BODY}<h2>历史<span>[<a href=/e>编辑</a>]</span></h2>{BODY}<h2>Notes [edit source]</h2>{BODY}"
    )
    assert [row for row in found.text.split("\n") if row[:1] == "#"] == ["# 青禾镇", "## 历史", "## Notes"]
