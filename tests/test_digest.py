"""Digests: which articles a file holds, and that nothing of theirs is lost."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cleaning import clean
from index.digest import split
from index.issues import named, said_within, within
from index.readers import read
from index.types import Article

SAMPLES = Path(__file__).parents[1] / "samples"
SHARED = Path(__file__).parents[2] / "shared" / "articles"


def articles(text: str, path: str = "file.txt") -> list[Article]:
    return split(clean(text, markdown=path.endswith(".md")), path=path, file_hash="abc")


def facts(found: list[Article]) -> list[tuple[str, str, str]]:
    return [(article.title, article.date, article.source) for article in found]


WEEKLY = """>最后一篇的标题
东湖大桥提前三个月
全线合龙
（2026-05-06）
    5月5日，东湖大桥合龙。会议（2026-05-04）曾提出，（一）加快进度；（二）保证质量。
    1. 桥长2380米。
    短小标题
    2. 总投资16亿元。
                    （来源：东湖日报）
没有空行的第二篇《通知》
下半行标题
（2026年5月7日）
　　第二篇正文，其中说到（2026-05-01）的事情。
　　结尾没有来源。

最后一篇的标题？
（2026-05-08）
　　最后一篇正文。（来源：东湖晚报）
责任编辑：李安
"""


def test_dated_sections_far_below_the_beginning_are_of_one_article() -> None:
    head = "\n".join(f"第{number}项：盐池{number}号，由东洼盐场管理。" for number in range(1, 15))
    dated = "\n".join(f"\n立案经过\n日期：2025年3月{day}日\n{'盐场的来信由县里登记。' * 8}" for day in (4, 9))
    (article,) = articles(f"{head}\n{dated}")
    assert "盐池1号" in f"{article.title}{article.text}"
    assert len(articles(dated.strip())) == 2


def test_a_weekly_digest_is_cut_at_its_dates() -> None:
    found = articles(WEEKLY)
    assert facts(found) == [
        ("东湖大桥提前三个月全线合龙", "2026-05-06", "东湖日报"),
        ("没有空行的第二篇《通知》 下半行标题", "2026-05-07", ""),
        ("最后一篇的标题？", "2026-05-08", "东湖晚报"),
    ]
    assert found[0].text.split("\n") == [
        "5月5日，东湖大桥合龙。会议（2026-05-04）曾提出，（一）加快进度；（二）保证质量。",
        "    1. 桥长2380米。",
        "短小标题",
        "    2. 总投资16亿元。",
    ]
    assert found[1].text == "第二篇正文，其中说到（2026-05-01）的事情。\n结尾没有来源。"
    assert found[2].text == "最后一篇正文。"
    assert {article.language for article in found} == {"zh"}
    assert {article.hash for article in found} == {"abc"}


BULLETIN = """为读者提供参考

东湖数据参考

2025年3月14日 第9期 总第41期

主 编 东湖研究院

声明: 本刊内容来自公开信息, 如有疑问, 请与我们联系。

本期要目

要闻

- 01 东湖市召开数据工作会议 部署六项任务
- 03 全省发布数据流通管理办法

动态

- 05 湖滨区建成算力中心

东湖市召开数据工作会议

部署六项任务

3月10日，东湖市召开数据工作会议，会议提出六项任务，要求各区县在年底之前完成数据目录的编制工作，并把公共数据资源授权运营试点扩大到

十二个部门。

一、主要任务

会议要求落实责任。（来源：东湖日报）

扫描二维码可阅读或下载原文件

原文链接：<https://example.org/a b/c.html>

要闻

目录以外的一篇短讯

湖滨区昨日发布短讯，内容如下。（来源：湖滨发布）

全省发布数据流通 管理办法

全省近日发布数据流通管理办法，自5月1日起施行。

湖滨区建成算力中心

	设备	数量
服务器	1200
交换机	96

湖滨区建成算力中心，总规模达到320P。（来源：湖滨区政府）

主编简介

东湖研究院

East Lake Institute

东湖研究院成立于2015年，是一家非营利性智库机构，长期从事数据政策研究与咨询服务。
"""


def test_a_bulletin_is_cut_by_its_contents_and_sources() -> None:
    found = articles(BULLETIN)
    assert facts(found) == [
        ("东湖市召开数据工作会议 部署六项任务", "2025-03-14", "东湖日报"),
        ("目录以外的一篇短讯", "2025-03-14", "湖滨发布"),
        ("全省发布数据流通管理办法", "2025-03-14", "东湖数据参考"),
        ("湖滨区建成算力中心", "2025-03-14", "湖滨区政府"),
    ]
    assert {article.issue for article in found} == {"东湖数据参考 2025年3月14日 第9期 总第41期"}
    assert found[0].url == "https://example.org/ab/c.html"
    assert "扩大到十二个部门。\n一、主要任务\n会议要求落实责任。" in found[0].text
    assert found[2].text == "全省近日发布数据流通管理办法，自5月1日起施行。"
    assert found[3].text.startswith("\t设备\t数量\n服务器\t1200\n交换机\t96\n湖滨区")
    whole = "".join(article.text for article in found)
    for noise in ("扫描", "原文链接", "主 编", "声明", "智库", "本期要目", "要闻"):
        assert noise not in whole


ISSUES = [
    "东湖数据参考 2025年3月14日 第9期 总第41期",
    "东湖数据参考 2026年3月6日 第9期 总第62期",
    "渔汛 第41期 2025-05-02",
    "Harbour Digest Vol. 9 No. 3 2025-03-01",
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("第9期", [0, 1]),
        ("第九期", [0, 1]),
        ("2026年第9期", [1]),
        ("2025年3月的第9期", [0]),
        ("2024年第9期", []),
        ("东湖数据参考总第62期", [1]),
        ("第62期东湖数据参考", [1]),
        ("第41期", [2]),
        ("东湖数据参考第41期", [0]),
        ("渔汛第9期", []),
        ("第9期工程", []),
        ("issue 3 of the Harbour Digest", [3]),
        ("the Harbour Digest No. 3", [3]),
        ("issue 9", [0, 1]),
        ("volume 9", [3]),
        ("东湖数据参考", []),
        ("2025年", []),
    ],
)
def test_an_issue_is_named_by_its_number_its_name_and_its_date(text: str, meant: list[int]) -> None:
    assert named(text, ISSUES) == [ISSUES[at] for at in meant]


@pytest.mark.parametrize(
    ("text", "at", "rest"),
    [
        ("2025年第9期里有什么政策？", 0, "有什么政策？"),
        ("第9期有哪些关于算力的文章？", 1, "有哪些关于算力的文章？"),
        ("渔汛第41期，谁得了奖？", 2, "谁得了奖？"),
        ("In issue 3 of the Harbour Digest, what does the ferry cost?", 3, "what does the ferry cost?"),
        ("What does the ferry cost in issue 3?", 3, "What does the ferry cost"),
        ("第9期工程什么时候完工？", -1, ""),
        ("第9期的是什么？", -1, ""),
        ("第8期里有什么政策？", -1, ""),
        ("What does the ferry cost in May?", -1, ""),
        ("", -1, ""),
    ],
)
def test_a_question_may_be_of_an_issue(text: str, at: int, rest: str) -> None:
    found = within(text, ISSUES)
    assert found == ((ISSUES[at], rest) if at >= 0 else ("", text))
    if at >= 0:
        assert within(said_within(*found), ISSUES) == found


ENGLISH = """Calder Notes

Mill reopens after fire
(2026-01-13)

The mill reopened on Monday. It employs 120 people.

(Source: Calder Post)

Council votes on parking
January 14, 2026

The council voted 9 to 4. A second reading follows (2026-02-01) in the town hall.

(Source: The Ledger)

Rain breaks a record
(2026-01-15)
Some 84 millimetres fell in one night.
(Source: Calder Post)
"""


def test_an_english_digest_is_cut_at_its_dates() -> None:
    found = articles(ENGLISH)
    assert facts(found) == [
        ("Mill reopens after fire", "2026-01-13", "Calder Post"),
        ("Council votes on parking", "2026-01-14", "The Ledger"),
        ("Rain breaks a record", "2026-01-15", "Calder Post"),
    ]
    assert found[1].text == "The council voted 9 to 4. A second reading follows (2026-02-01) in the town hall."
    assert {article.language for article in found} == {"en"}


MARKDOWN_DIGEST = """# Weekly notes

## Contents

- First
- Second

## First

*January 13, 2026* | Source: Post

The first text.

### Detail

More of it.

## Second

The second text.

(Source: Ledger)
"""


def test_a_markdown_digest_is_cut_at_the_headings_that_have_dates_or_sources() -> None:
    found = articles(MARKDOWN_DIGEST, "notes.md")
    assert facts(found) == [("First", "2026-01-13", "Post"), ("Second", "", "Ledger")]
    assert found[0].text == "The first text.\n### Detail\nMore of it."


SINGLE = [
    (
        "标题在这里\n\n正文第一段。\n\n小标题\n\n正文第二段。",
        ("标题在这里", "", ""),
        "正文第一段。\n小标题\n正文第二段。",
    ),
    ("标题\n2026年1月13日　来源：新华社　作者：李安\n\n正文。", ("标题", "2026-01-13", "新华社"), "正文。"),
    (
        "# Title\n\nDate: 2026-01-13\nSource: Post\nBy Ann Lee\n\nText.\n\n## Part\n\nMore.",
        ("Title", "2026-01-13", "Post"),
        "Text.\n## Part\nMore.",
    ),
    (
        '---\ntitle: "A: b"\ndate: 2026-01-13\nsource: Post\n---\n\n# A: b\n\nText.',
        ("A: b", "2026-01-13", "Post"),
        "Text.",
    ),
    (
        "Title: A report\nDate: January 13, 2026\nURL: https://example.org/x\n\nText.",
        ("A report", "2026-01-13", ""),
        "Text.",
    ),
    (
        "关于开展试点的通知\n\n各区人民政府：\n\n现将有关事项通知如下。\n\n东湖市人民政府\n2026年1月13日",
        ("关于开展试点的通知", "", ""),
        None,
    ),
    ("正文直接开始，没有标题，这一段写得比较长，所以不会被当作标题，它只是普通的一段话而已。", ("file", "", ""), None),
    (
        "计划\n\n1. 第一项\n2. 第二项\n3. 第三项\n\n（一）说明\n\n完。",
        ("计划", "", ""),
        "1. 第一项\n2. 第二项\n3. 第三项\n（一）说明\n完。",
    ),
    (
        "年表\n（2026-01-13）\n起步很早。\n\n见（2026-02-01）的公告。",
        ("年表", "2026-01-13", ""),
        "起步很早。\n见（2026-02-01）的公告。",
    ),
]


@pytest.mark.parametrize(("text", "expected", "body"), SINGLE)
def test_a_file_that_is_one_article_stays_one(text: str, expected: tuple[str, str, str], body: str | None) -> None:
    found = articles(text)
    assert facts(found) == [expected]
    if body is not None:
        assert found[0].text == body
    else:
        assert text.rsplit("\n", 1)[-1] in found[0].text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "东湖简报\n第5期\n2026年1月20日\n\n大桥合龙\n\n东湖大桥昨日合龙，全长两千米。（来源：甲报）\n\n"
            "西站启用\n\n西站昨日启用，共有十条线路。（来源：乙报）\n\n本刊由东湖研究院主办，欢迎订阅，电话另行公布。",
            [("大桥合龙", "2026-01-20", "甲报"), ("西站启用", "2026-01-20", "乙报")],
        ),
        (
            "《求是》2026年第3期发表文章\n2026-02-01\n\n文章强调发展。",
            [("《求是》2026年第3期发表文章", "2026-02-01", "")],
        ),
        (
            "【省内】\n大桥合龙\n（2026-01-13）\n    昨日合龙。\n（来源：甲报）\n\n【国际】\n西站启用\n（2026-01-14）\n    昨日启用。",
            [("大桥合龙", "2026-01-13", "甲报"), ("西站启用", "2026-01-14", "")],
        ),
    ],
)
def test_mastheads_and_section_names_are_not_articles(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = articles(text)
    assert facts(found) == expected
    assert not any(noise in article.text for article in found for noise in ("【", "来源", "简报"))


def test_an_interview_keeps_its_questions() -> None:
    (found,) = articles("访谈：大桥怎么建\n\n记者：大桥何时建成？\n\n李安：明年。")
    assert (found.title, found.text) == ("访谈：大桥怎么建", "记者：大桥何时建成？\n李安：明年。")


def test_every_sample_question_has_its_evidence() -> None:
    for line in (SAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        if question["file"]:
            found = split(read(SAMPLES / question["file"]), path="", file_hash="")
            assert any(question["evidence"] in article.text for article in found), question["id"]


def test_an_id_is_stable_and_tells_equal_titles_apart() -> None:
    twice = "同名\n（2026-01-01）\n甲文。\n（来源：甲）\n\n同名\n（2026-01-02）\n乙文。\n（来源：乙）"
    first, second = articles(twice)
    assert first.id != second.id
    assert articles(twice)[0].id == first.id
    assert articles(twice, "other.txt")[0].id != first.id
    assert articles("同名\n（2026-01-01）\n改过的文字。")[0].id == first.id


SAMPLE_FACTS = {
    "weekly-digest-2026-03.txt": [
        ("青屿市海上风电并网容量突破一百万千瓦", "2026-03-09", "青屿日报"),
        ("云栖县高铁站六月通车", "2026-03-10", "云栖融媒"),
        ("临江大学研制出可降解农用地膜", "2026-03-11", "临江科技报"),
        ("青屿港一季度前两月集装箱吞吐量增长14.3%", "2026-03-12", "青屿日报"),
        ("白鹭洲湿地记录到黑脸琵鹭427只", "2026-03-13", "湿地观察"),
    ],
    "calder-weekly-2026-02.md": [
        ("Tidal barrier passes its first storm test", "2026-02-17", "Calder Harbour Gazette"),
        ("Free school buses cut car traffic by 17 percent", "2026-02-18", "The Northern Ledger"),
        ("Museum buys the lost Hartwell chart", "2026-02-20", "Calder Arts Review"),
    ],
    "yunqi-tea-report.md": [("云栖县茶产业调查：老茶园的新账本", "2025-11-06", "青屿农业观察")],
    "linjiang-hospital.txt": [("临江市第三人民医院启用夜间专科门诊", "2025-09-15", "临江晚报")],
    "baizhou-museum-hant.txt": [("白洲市立圖書館新館落成館藏增至兩百一十萬冊", "2026-01-24", "")],
    "battery-recycling.txt": [("Vale Batteries opens recycling plant in Eastmoor", "2026-01-29", "Eastmoor Courier")],
    "rail-timetable.md": [("Night train between Port Calder and Lowmere returns", "2026-03-03", "The Northern Ledger")],
}


@pytest.mark.parametrize("name", SAMPLE_FACTS)
def test_the_samples_are_read_right(name: str) -> None:
    assert facts(split(read(SAMPLES / name), path=name, file_hash="")) == SAMPLE_FACTS[name]


SHARED_FACTS = [
    (9, "推动我省从“数据仓库”向“数据工厂”转型数据标注员今年力争突破两万名", "2026-02-04", "贵州日报"),
    (9, "工信部等八部门联合印发《“人工智能+制造”专项行动实施意见》", "2026-01-13", "人民邮电报"),
    (9, "2026年贵州省级重点公共数据归集率瞄准60%", "2026-01-16", "贵州日报报刊社"),
    (19, "首次全国数据工作会议在京召开 部署八项重点工作", "2024-04-12", "国家数据局"),
    (17, "贵州省建设数字经济发展创新区 2025 年工作重点", "2025-01-20", "贵州省大数据发展管理局"),
]


@pytest.fixture
def shared() -> list[Path]:
    if not SHARED.is_dir():
        pytest.skip("the shared articles are not beside the project")
    return sorted(SHARED.glob("*.txt"))


def test_the_shared_files_hold_the_known_articles(shared: list[Path]) -> None:
    for file, (count, *expected) in zip(shared, SHARED_FACTS, strict=True):
        found = split(read(file), path=file.name, file_hash="")
        assert len(found) == count
        assert tuple(expected) in facts(found)


def test_no_line_of_the_shared_bodies_is_lost_or_doubled(shared: list[Path]) -> None:
    for file in shared:
        text = read(file)
        found = split(text, path=file.name, file_hash="")
        first, last = found[0].text.split("\n")[0], found[-1].text.split("\n")[-1]
        start, end = text.index(first), text.index(last) + len(last)
        body = [
            line.strip() for line in text[start:end].split("\n") if len(line.strip()) > 60 and "原文链接" not in line
        ]
        for line in body:
            bare = re.sub(r"[（(]来源[:：][^（()）]*[)）]$", "", line)
            assert (
                sum(bare in article.text for article in found) + sum(bare in article.title for article in found) == 1
            ), bare


def letters(text: str) -> str:
    return re.sub(r"\s", "", text)


PIECES = st.sampled_from(
    ["标题", "（2026-01-13）", "2026年1月13日", "正文，一句话。", "（来源：甲）", "本期要目", "第3期 总第9期", "01 标题", "# H", "---", "```",
     "Source: x", "原文链接：http://a.b/c", "扫描二维码阅读", "\t表\t格", "", "  缩进的一段。", ">头条", "一、小标题", "title: x"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=25).map("\n".join)))
def test_any_text_splits_into_articles_whose_text_stands_in_it(text: str) -> None:
    cleaned = clean(text)
    found = split(cleaned, path="any.txt", file_hash="")
    assert bool(found) == bool(cleaned.strip())
    assert len({article.id for article in found}) == len(found)
    for article in found:
        assert article.text.strip()
        assert all(letters(line) in letters(cleaned) for line in article.text.split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "字" * 250_000,
        "标题\n（2026-01-13）\n正文。\n\n" * 4_000,
        "第1期\n目录\n" + "标题文字\n" * 12_000,
        "# H\n" * 12_000,
    ],
)
def test_a_quarter_of_a_megabyte_is_split_in_linear_time(text: str) -> None:
    start = time.thread_time()
    split(text, path="big.txt", file_hash="")
    assert time.thread_time() - start < 10  # 2 s alone; what grows with the square takes minutes
