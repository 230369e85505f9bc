"""What asks for the whole library is told from what asks for a fact, in both languages, by how it is put."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from rag.chronology import periods
from rag.whole import requests

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.mark.parametrize(
    ("question", "kind", "subject", "literal"),
    [
        ("有几篇文章提到量子？", "count", "量子", True),
        ("提到“量子”的文章有几篇", "count", "量子", True),
        ("文库里一共有多少篇文章提到DeepSeek", "count", "DeepSeek", True),
        ("哪些文章提到量子计算", "list", "量子计算", True),
        ("列出所有提到AI手机的文章", "list", "AI手机", True),
        ("全部提到“量子”的文章", "list", "量子", True),
        ("哪些报道讨论了数据标注", "list", "数据标注", False),
        ("关于数据标注的文章有哪些", "list", "数据标注", False),
        ("list all policies that mention quantum computing", "list", "quantum computing", True),
        ('show me all mentions of "Zhipu"', "list", "Zhipu", True),
        ("How many articles mention OpenAI?", "count", "OpenAI", True),
        ("which documents are about data centres", "list", "data centres", False),
        ("timeline of the rail line", "timeline", "the rail line", False),
        ("数据标注产业的时间线", "timeline", "数据标注产业", False),
        ("按时间顺序列出贵州的算力规模", "timeline", "贵州的算力规模", False),
        ("对比上海和杭州的人工智能政策", "compare", "上海和杭州的人工智能政策", False),
        ("compare Shanghai and Hangzhou on AI policy", "compare", "Shanghai and Hangzhou on AI policy", False),
        ("总结一下2月的周报", "brief", "2月的周报", False),
        ("2月的周报说了什么", "brief", "2月的周报", False),
        ("乔明烨还说了什么？", "brief", "乔明烨", False),
        ("哪些政策是2025年发布的？", "brief", "2025年", False),
        ("Which reports were published in January 2026?", "brief", "January 2026", False),
        ("总结一下", "brief", "", False),
        ("summarise the weekly digests of February", "brief", "the weekly digests of February", False),
        ("2月有哪些重要新闻？", "brief", "2月", False),
        ("上周发生了什么", "brief", "上周", False),
        ("昨天有什么消息？", "brief", "昨天", False),
        ("What happened last week?", "brief", "last week", False),
        ("what was the main news of February 2026", "brief", "February 2026", False),
        ("最近有什么关于芯片的消息？", "list", "芯片", False),
        ("有哪些关于数据标注的新闻", "list", "数据标注", False),
        ("关于量子最近有什么新动态？", "list", "量子", False),
        ("What is new about robots?", "list", "robots", False),
        ("any news on data centres?", "list", "data centres", False),
        ("库里有多少篇文章？", "count", "", False),
        ("文章一共有多少篇", "count", "", False),
        ("How many articles do I have?", "count", "", False),
        ("how many documents are there in the library", "count", "", False),
        ("列出所有文章", "list", "", False),
        ("What articles do I have?", "list", "", False),
        ("这些文章主要讲什么？", "brief", "", False),
        ("主要话题有哪些？", "brief", "", False),
        ("What are these articles about?", "brief", "", False),
        ("what are the main topics", "brief", "", False),
        ("把2月的周报总结一下", "brief", "2月的周报", False),
        ("今年1月有什么重要政策？", "brief", "今年1月政策", False),
        ("2月有哪些人工智能政策", "brief", "2月人工智能政策", False),
        ("最新一期讲了什么？", "brief", "最新一期", False),
        ("Which articles are from last week?", "brief", "last week", False),
        ("来自2024年的文章有哪些", "brief", "2024年", False),
        ("1月有多少篇文章？", "brief", "1月", False),
        ("列出1月的文章", "brief", "1月", False),
        ("How many articles are there in January 2026?", "brief", "January 2026", False),
        ("list articles from 2026", "brief", "2026", False),
    ],
)
def test_a_request_is_recognised(question: str, kind: str, subject: str, literal: bool) -> None:
    found = requests.read(question)
    assert found is not None
    assert (found.kind, found.subject, found.literal) == (kind, subject, literal)


@pytest.mark.parametrize(
    ("question", "kind", "source"),
    [
        ("哪些文章来自青屿日报？", "list", "青屿日报"),
        ("来自青屿日报的文章有几篇", "count", "青屿日报"),
        ("青屿日报报道了什么？", "brief", "青屿日报"),
        ("Which articles are from the Port Calder Herald?", "list", "Port Calder Herald"),
        ("How many articles come from “Reuters”?", "count", "Reuters"),
    ],
)
def test_a_source_is_no_topic(question: str, kind: str, source: str) -> None:
    found = requests.read(question)
    assert found is not None
    assert (found.kind, found.subject, found.source) == (kind, source, True)


@pytest.mark.parametrize(
    ("question", "kind", "subject"),
    [
        ("东湖数据参考一共有几期？", "count", "东湖数据参考"),
        ("库里有哪几期", "list", ""),
        ("How many issues of the Harbour Digest are there?", "count", "Harbour Digest"),
        ("which issues do we have?", "list", ""),
        ("list all issues", "list", ""),
    ],
)
def test_the_issues_of_a_bulletin_are_asked_for(question: str, kind: str, subject: str) -> None:
    found = requests.read(question)
    assert found is not None
    assert (found.kind, found.subject, found.issues) == (kind, subject, True)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "有哪些政策？",
        "文章有几个错误？",
        "有多少篇论文被收录？",
        "他还说了什么？",
        "哪些政策是国务院发布的？",
        "summarise it",
        "青屿市能源局发布了哪些文件",
        "这是什么报告？",
        "青屿市的文章",
        "How many files are in the ministry's archive of maps?",
        "What is the article about?",
        "文章提到了哪些公司？",
        "这篇文章提到几家公司",
        "司农大模型收集了多少篇学术论文？",
        "how many papers did Sinong collect?",
        "What does the report say about visitors?",
        "直接回答：有几篇文章提到量子？",
        "Answer directly: how many articles mention OpenAI?",
        "哪些文章提到哪些公司",
        "杭州发生了什么？",
        "What happened in Macondo?",
        "What is new in the second draft?",
        "2月1日的会议上发生了什么",
        "潮汐屏障有什么新消息？",
    ],
)
def test_a_question_for_a_fact_is_none(question: str) -> None:
    assert requests.read(question) is None


def test_no_sample_question_is_taken_for_a_request() -> None:
    asked = [
        json.loads(line)["question"]
        for name in ("questions.jsonl", "questions.unseen.jsonl")
        for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    ]
    assert len(asked) == 185
    assert [question for question in asked if requests.read(question)] == []


def test_what_says_that_it_is_answered_directly_is_no_part_of_the_question() -> None:
    assert requests.plain("直接回答：有几篇文章提到量子？") == "有几篇文章提到量子？"
    assert requests.plain("Answer directly: when?") == "when?"
    assert requests.plain("直接回答了几个问题") == "直接回答了几个问题"


@pytest.mark.parametrize(
    ("text", "days", "rest"),
    [
        ("2025年以来", ("2025-01-01", "2026-11-30"), ""),
        ("2025年第四季度的政策", ("2025-10-01", "2025-12-31"), "的政策"),
        ("下半年", ("2026-07-01", "2026-12-31"), ""),
        ("第四季度", ("2026-10-01", "2026-12-31"), ""),
        ("一月份", ("2026-01-01", "2026-01-31"), ""),
        ("十二月份", ("2025-12-01", "2025-12-31"), ""),
        ("2025年1月到3月", ("2025-01-01", "2025-03-31"), ""),
        ("2025年之前", ("0001-01-01", "2024-12-31"), ""),
        ("2024年冬季", ("2024-12-01", "2025-02-28"), ""),
        ("since March 2025", ("2025-03-01", "2026-11-30"), ""),
        ("the second half of 2025", ("2025-07-01", "2025-12-31"), "the"),
        ("Q3 2025", ("2025-07-01", "2025-09-30"), ""),
    ],
)
def test_a_period_is_the_days_that_it_has(text: str, days: tuple[str, str], rest: str) -> None:
    found, left = periods.named(text, date(2026, 11, 30))
    assert found
    assert tuple(day.isoformat() for day in found) == days
    assert left.strip() == rest
    assert periods.names_only(text, date(2026, 11, 30)) == (rest in ("", "the"))


@pytest.mark.parametrize("text", ["人工智能", "第13期", "the barrier", "三月底的会议室", "起重机", ""])
def test_what_names_no_period_has_no_days(text: str) -> None:
    assert not periods.names_only(text, date(2026, 11, 30))


@pytest.mark.parametrize(
    ("text", "kind", "subject"),
    [
        ("这个库里都有哪些文章？", "list", ""),
        ("有没有关于教育的文章？", "list", "教育"),
        ("有关于潮汐的报道吗？", "list", "潮汐"),
        ("有没有提到白鹭洲的文章？", "list", "白鹭洲"),
        ("Are there any articles about schools?", "list", "schools"),
        ("给我一份一月份的简报", "brief", "一月份"),
        ("做一个关于湿地的总结", "brief", "关于湿地"),
        ("列出2025年以来的政策文件", "brief", "2025年以来"),
        ("Where did I read about samphire?", "list", "samphire"),
        ("哪里提到了补贴？", "list", "补贴"),
        ("有没有关于补贴的内容？", "list", "补贴"),
        ("盐沼报告里有哪些关键数字？", "brief", "盐沼报告"),
        ("What are the key figures in the saltmarsh report?", "brief", "the saltmarsh report"),
        ("关于海上风电有哪些数据？", "brief", "海上风电"),
        ("2025年下半年的新闻有哪些？", "brief", "2025年下半年"),
    ],
)
def test_more_ways_to_ask_for_articles(text: str, kind: str, subject: str) -> None:
    request = requests.read(text)
    assert request
    assert (request.kind, request.subject) == (kind, subject)


@pytest.mark.parametrize(
    "text",
    [
        "《沙丘志》的主要内容是什么？",
        "联合国第181号决议有哪些内容？",
        "What is the point of the vote?",
        "专家们有哪些观点？",
    ],
)
def test_the_contents_of_a_thing_are_asked_of_the_articles(text: str) -> None:
    assert requests.read(text) is None
