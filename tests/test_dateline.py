"""Datelines: what the first row says of an article before its text begins on that row."""

from __future__ import annotations

import pytest

from index.digest import split
from index.text.dates import first_day

BODY = "河滩镇的渔民清晨出港，傍晚带回四百公斤鲜鱼。"


@pytest.mark.parametrize(
    ("row", "date", "source"),
    [
        (f"2024-05-03 11:00，正文：{BODY}", "2024-05-03", ""),
        (f"[2024年05月03日]，正文：{BODY}", "2024-05-03", ""),
        (f"[  2024/05/03  17:03  ]，正文：{BODY}", "2024-05-03", ""),
        (f"202405/03 12:38:24，正文：{BODY}", "2024-05-03", ""),
        (f"来源：河滩日报  |  2024年05月03日 08:08:43，正文：{BODY}", "2024-05-03", "河滩日报"),
        (f"2024-05-03 10:45:02来源: 河滩日报    \t北京   举报  ，正文：{BODY}", "2024-05-03", "河滩日报"),
        (f"首页 > 新闻 > 渔业    2024-05-03 09:37:37  ，正文：{BODY}", "2024-05-03", ""),
        (f"5-3 13:24，正文：{BODY}", "", ""),
        (f"记者：李安，正文：{BODY}", "", ""),
        (f"2024-05-03 08:30 {BODY}", "2024-05-03", ""),
        (f"[2024/05/03 08:30] {BODY}", "2024-05-03", ""),
        (f"【2024年5月3日】{BODY}", "2024-05-03", ""),
        (f"2024年5月3日 星期五 {BODY}", "2024-05-03", ""),
        (f"发布时间：2024年5月3日 {BODY}", "2024-05-03", ""),
        (f"新华社河滩2024年5月3日电（记者李安）{BODY}", "2024-05-03", ""),
        ("HETAN, May 3, 2024 (Xinhua) -- The fishermen came home with a good catch.", "2024-05-03", ""),
        (f"1987年5月3日，{BODY}", "", ""),
        (f"1987年5月3日至8日，{BODY}", "", ""),
    ],
)
def test_a_text_that_begins_behind_its_date_is_dated(row: str, date: str, source: str) -> None:
    (article,) = split(row, path="/a/17.txt", file_hash="")
    assert (article.date, article.source) == (date, source)
    assert BODY in article.text or "good catch" in article.text
    assert "正文" not in article.text


def test_a_title_may_stand_above() -> None:
    (article,) = split(f"# 渔汛\n\n2024-05-03 11:00，正文：{BODY}", path="/a/17.md", file_hash="")
    assert (article.title, article.date, article.text) == ("渔汛", "2024-05-03", BODY)


def test_a_list_of_days_has_no_dateline() -> None:
    (article,) = split("2024-05-03 08:30 出港。\n2024-05-04 09:10 归航。", path="/a/航海.txt", file_hash="")
    assert article.text == "2024-05-03 08:30 出港。\n2024-05-04 09:10 归航。"


def test_a_sentence_that_speaks_of_a_text_is_no_dateline() -> None:
    (article,) = split("他在2024年5月3日写下一句话。正文：春天来了。", path="/a/17.txt", file_hash="")
    assert article.text == "他在2024年5月3日写下一句话。正文：春天来了。"


def test_a_word_that_opens_a_text_says_nothing_of_it() -> None:
    (article,) = split("报告正文：吊机3台。", path="/a/17.txt", file_hash="")
    assert article.text == "报告正文：吊机3台。"


def test_a_day_is_read_however_it_is_laid_out() -> None:
    assert first_day("第一版 2024 05/03 08:00 更新 2024-06-01") == "2024-05-03"
    assert first_day("5月3日") == ""


@pytest.mark.parametrize(
    ("name", "text", "date"),
    [
        ("a.txt", f"渔汛（2024年5月3日）\n\n{BODY}", "2024-05-03"),
        ("a.txt", f"渔汛\n（2024年5月3日，河滩）\n\n{BODY}", "2024-05-03"),
        ("a.txt", f"渔汛\n公元2024年5月3日 星期五 晴\n\n{BODY}", "2024-05-03"),
        ("a.txt", f"昭和63年5月1日の記録\n\n{BODY}", "1988-05-01"),
        ("a.txt", f"河滩日报 2024年05月03日 第02版\n\n{BODY}", "2024-05-03"),
        ("a.txt", f"1987年5月3日至8日的渔汛\n\n{BODY}", ""),
        ("a.md", f"---\ndate created: Friday, May 3rd 2024, 8:00:00 am\n---\n{BODY}", "2024-05-03"),
    ],
)
def test_a_day_around_the_title_is_the_articles(name: str, text: str, date: str) -> None:
    (article,) = split(text, path=f"/a/{name}", file_hash="")
    assert article.date == date


@pytest.mark.parametrize(
    ("path", "row", "date"),
    [
        ("/a/2025-03-05.txt", "新华社河滩3月4日电（记者李安）", "2025-03-04"),
        ("/a/2025-01-02.txt", "（新华社河滩12月30日电）", "2024-12-30"),
        ("/a/2025-03.txt", "本报讯 河滩3月4日消息 ", "2025-03-04"),
        ("/a/2025/渔汛.txt", "新华社河滩3月4日电 ", "2025-03-04"),
        ("/a/2025年渔汛.txt", "HETAN, March 4 (Xinhua) -- ", "2025-03-04"),
        ("/a/2025-03-05.txt", "3月4日，", "2025-03-05"),
        ("/a/2019-2025/渔汛.txt", "新华社河滩3月4日电 ", ""),
    ],
)
def test_a_dateline_without_a_year_has_that_of_the_name_or_the_folder(path: str, row: str, date: str) -> None:
    (article,) = split(f"渔汛\n\n{row}{BODY}", path=path, file_hash="")
    assert article.date == date
