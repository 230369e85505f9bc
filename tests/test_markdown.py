"""Notes and clipped pages as their authors see them: words of links, no addresses, pictures, comments, marks of templates."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from index import digest, passages, unread
from index.formats.markdown import shown, without_pictures
from index.readers import Reader
from index.types import Article

SEEN = [
    (
        "见[说明](https://a.example/c_(d) 't')与[参考][1]，[[盐场]]、[[盐场|老盐场]]和[[盐场#产量]]。",
        "见说明与参考，盐场、老盐场和盐场 > 产量。",
    ),
    ("全场有==盐池 46 口==。 ^b1f2", "全场有盐池 46 口。"),
    ("核对 %%已电话\n核对%%<!-- 注\n释 -->完", "核对 完"),
    ("职工 73 人。[^1]\n\n[^1]: 2025年更新为 71 人。", "职工 73 人。\n\n2025年更新为 71 人。"),
    ("甲^[脚注在此]乙", "甲（脚注在此）乙"),
    ("> [!note]+ 场长的话\n> 少了 5 人。", "> 场长的话\n> 少了 5 人。"),
    ("- [ ] 补拍\n- [x] 核对", "- ☐ 补拍\n- ☑ 核对"),
    ("票价~~860元~~640元，<del>9</del>8折，10<sup>6</sup>个，H<sub>2</sub>O", "票价640元，8折，10^6个，H2O"),
    ("前![](https://a.example/x.png)后![[盐池.png|300]]", "前后"),
    ("![IMG_2031.jpg](a.jpg)\n![图为盐池全景](a.jpg)", "\n图为盐池全景"),
    ("[![图](a.png)](https://a.example)字", "字"),
    ("[1]: https://a.example/x\n[图]: <data:image/png;base64,AAAA>\n字", "字"),
    ("{{date}}<% tp.file.title %>字 {#id}", "字"),
    (r"\*不是\*着重，`a[b](c)`照旧", "*不是*着重，`a[b](c)`照旧"),
    ("a | b\n--|:-:\n1 \\| x | 2\n尾", "| a | b |\n| 1 ｜ x | 2 |\n尾"),
    ("<table><tr><td>甲</td><td>1</td></tr><tr><td>乙</td><td>2</td></tr></table>", "\n| 甲 | 1 |\n| 乙 | 2 |\n"),
    ("<div align=center><b>甲</b>&nbsp;乙<br>丙</div>", "\n甲\xa0乙\n丙\n"),
    ("原文链接：[阅读原文](https://a.example/c)", "原文链接：[阅读原文](https://a.example/c)"),
    ("```\n[a](b) ==c==\n```", "```\n[a](b) ==c==\n```"),
]


@pytest.mark.parametrize(("source", "seen"), SEEN)
def test_a_note_reads_as_its_author_sees_it(source: str, seen: str) -> None:
    assert shown(source) == seen


def read(folder: Path, name: str, source: str) -> Article:
    (folder / name).write_text(source, encoding="utf-8")
    with Reader() as reader:
        (document,) = reader.read(folder / name).documents
    (article,) = digest.read(document, path=str(folder / name), file_hash="")
    return article


def test_pictures_and_code_do_not_decide_the_language(tmp_path: Path) -> None:
    picture = "![图片](https://mmbiz.example/sz_png/aQbCdEfGhIjKlMnOpQrStUvWxYz/640?wx_fmt=png&from=appmsg)\n\n"
    code = "```python\nfor ferry in ferries:\n    print(ferry.name, ferry.passengers)\n```\n"
    data = "![照片](data:image/png;base64," + "QUJD" * 5000 + ")\n"
    for number, noise in enumerate(
        (picture * 15, code * 8, data, "https://a.example/very/long/address/of/a/page " * 30)
    ):
        article = read(tmp_path, f"{number}.md", f"# 渡口\n\n渡口每日摆渡38班，票价3元。\n\n{noise}\n")
        assert article.language == "zh", noise[:40]
        assert len(passages.cut(article)) == 1
    assert read(tmp_path, "a.txt", f"渡口\n\n渡口每日摆渡38班。\n\n{data}").text == "渡口每日摆渡38班。"


def test_code_and_references_are_kept_and_become_no_passage() -> None:
    listed = "\n".join(
        f"[{n}] Li A, Wu B. Salt pans of the east. J Salt, 20{n:02}, 12({n}): 3-{n + 9}." for n in range(11, 20)
    )
    text = f"盐场有盐池46口。\n```\nmake salt\n```\n职工73人。\n{listed}"
    cut = passages.cut(Article(id="a", title="t", text=text, language="zh"))
    assert [passage.text for passage in cut] == ["盐场有盐池46口。", "职工73人。"]
    assert unread.read_aloud(text).split() == ["盐场有盐池46口。", "职工73人。"]
    assert unread.spans("```\nonly code\n```") == []
    numbered = "1. 2019年接待310人。\n2. 2020年接待402人。\n3. 2021年接待365人。"
    assert unread.spans(numbered) == []


@pytest.mark.parametrize(
    ("front", "told"),
    [
        (
            'title: "走访记"\naliases: [笔记]\ntags:\n  - 盐业\ndate: 2025-03-04\nsource: "[[南洼盐场]]"',
            ("走访记", "2025-03-04", "南洼盐场", ""),
        ),
        (
            "title: 走访记\npublished: 2025-03-04T08:00:00+08:00\nsource: https://a.example/p\nsite: 盐业报",
            ("走访记", "2025-03-04", "盐业报", "https://a.example/p"),
        ),
        ("tags:\n  - 盐业\ncreated: 2025-03", ("走访", "2025-03", "", "")),
    ],
)
def test_front_matter_names_title_date_source_and_address(front: str, told: tuple[str, ...], tmp_path: Path) -> None:
    article = read(tmp_path, "走访.md", f"---\n{front}\n---\n全场有盐池46口。\n")
    assert (article.title, article.date, article.source, article.url) == told
    assert article.text == "全场有盐池46口。"


def test_a_letter_between_two_rules_is_no_front_matter(tmp_path: Path) -> None:
    told = "南洼盐场：\n\n职工: 73人\n全场有盐池46口。\n盐业公司收购海盐3,200吨。\n现场走访两天。"
    article = read(tmp_path, "走访.txt", f"---\n\n{told}\n\n---\n\n场长签字。\n")
    assert [row for row in told.split("\n") if row and row not in f"{article.title}\n{article.text}"] == []


def test_a_name_dates_a_note_that_says_no_date(tmp_path: Path) -> None:
    assert read(tmp_path, "2025_03_05.md", "- 渔船只剩26艘。\n").date == "2025-03-05"
    assert (
        read(tmp_path, "2025-03-05 走访.md", "日期：2025-03-04\n\n渔船只剩26艘，其余都出海了。\n").date == "2025-03-04"
    )


def test_a_clipped_byline_dates_a_note(tmp_path: Path) -> None:
    note = "# 老渡船\n\n原创 江边人 [江边记事](javascript:void\\(0\\);)\n\n*2025年7月30日 20:15* *浙江*\n\n老渡船每天往返22趟。\n"
    assert read(tmp_path, "渡船.md", note).date == "2025-07-30"
    assert read(tmp_path, "渡船.md", "# 老渡船\n\n老渡船停航了。\n\n2025年7月30日\n\n复航。\n").date == ""
    assert read(tmp_path, "渡船.md", "# 老渡船\n\n- 2025年7月30日 复航\n").date == ""


def test_a_table_is_headed_by_its_section_captions_and_header() -> None:
    text = "## 产量\n单位：吨\n| 县 | 产量 |\n| 松原 | 5200 |\n| a | b | c |\n| 1 | 2 | 3 |"
    cut = passages.cut(Article(id="a", title="t", text=text, language="zh"))
    assert [(passage.text, passage.heading) for passage in cut if "|" in passage.text] == [
        ("| 县 | 产量 |\n| 松原 | 5200 |", "产量\n单位：吨\n| 县 | 产量 |"),
        ("| a | b | c |\n| 1 | 2 | 3 |", "产量\n| a | b | c |"),
    ]


def test_a_blank_row_parts_tables_of_one_width_where_another_header_stands() -> None:
    text = "| 部门 | 人数 |\n| 工务科 | 31 |\n\n| 机务科 | 24 |\n\n| 仓库 | 面积 |\n| 东仓 | 860 |"
    (article,) = digest.split(text, path="a.md", file_hash="")
    assert [passage.heading for passage in passages.cut(article)] == ["| 部门 | 人数 |", "| 仓库 | 面积 |"]


@pytest.mark.parametrize(
    "source",
    [
        "[" * 100_000,
        "![" * 50_000,
        "==a" * 50_000,
        "~~a" * 50_000,
        "%%" * 50_001,
        "<b" * 50_000,
        "a|" * 50_000,
        "![](data:image/png;base64," + "A" * 1_000_000 + ")",
    ],
)
def test_hostile_notes_cost_their_length(source: str) -> None:
    start = time.thread_time()
    without_pictures(shown(source))
    assert time.thread_time() - start < 5


def test_an_outliners_properties_are_no_text() -> None:
    note = (
        "title:: 南洼盐场\npublished:: 2025-03-04\n\n- 盐场有46口盐池。\n  id:: 6400aaaa-bbbb-cccc-dddd-eeeeffff0000\n  collapsed:: true\n"
        "- 其中12口停用。((6400aaaa-bbbb-cccc-dddd-eeeeffff0000))\n- {{query (todo now)}}\n"
    )
    (article,) = digest.split(shown(note), path="/a/x.md", file_hash="")
    assert (article.title, article.date, article.text) == (
        "南洼盐场",
        "2025-03-04",
        "- 盐场有46口盐池。\n- 其中12口停用。",
    )


def test_equations_in_a_note_are_read_and_amounts_are_not() -> None:
    assert (
        shown(r"约$\frac{3}{4}$，共$10^{6}$个，\(x_1\)；票价$5，后来$6。") == "约3/4，共10^6个，x_1；票价$5，后来$6。"
    )


REFERENCES = """水库库容为4600万立方米。

## 参考文献

- [王明](https://a.b/c)，《水库》
- Lee, Dams of the North.

## 管理

由水务局管理。
#水库 #灌溉
"""


def test_a_list_of_references_and_a_row_of_tags_are_no_passages() -> None:
    (article,) = digest.split(shown(REFERENCES), path="/a/x.md", file_hash="")
    assert [passage.text for passage in passages.cut(article)] == [
        "水库库容为4600万立方米。",
        "## 管理\n由水务局管理。",
    ]


def test_a_note_that_begins_with_code_is_titled_by_its_file() -> None:
    code = 'print("english words that nobody reads decide nothing here")'
    (article,) = digest.split(shown(f"```python\n{code}\n```\n\n渡口每日摆渡38班。\n"), path="/a/渡口.md", file_hash="")
    assert (article.title, article.language) == ("渡口", "zh")
    assert [passage.text for passage in passages.cut(article)] == ["渡口每日摆渡38班。"]


def test_powers_and_indices_as_pandoc_writes_them() -> None:
    assert shown("共10^6^个，H~2~O，票价3~5元或8~9元，块 ^b1f2") == "共10^6个，H2O，票价3~5元或8~9元，块"
