"""Timeline, compare and brief on the sample articles: every line a quote, in order, each thing apart, every article once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from index.filters import Filters
from index.types import Article, Hit, Passage
from rag.assistant import Assistant
from rag.evidence import Evidence
from rag.settings import load_settings
from rag.upkeep.ingest import ingest
from rag.whole import briefing, grouping, items, names, requests, runs
from rag.whole.types import Overview, Request
from ui.cli import app

TODAY = date(2026, 4, 1)


@pytest.fixture(scope="module")
def assistant(sample_home: Path) -> Iterator[Assistant]:
    with Assistant(load_settings(sample_home, engine="quote")) as opened:
        yield opened


def asked(assistant: Assistant, kind: str, subject: str, language: str = "zh", **filters: str) -> Overview:
    found = assistant.overview(Request(kind, subject, text=subject, language=language), Filters(**filters), TODAY)
    assert found is not None
    assert all(row.quote == row.article.text[row.start : row.end] != "" for row in found.rows)
    return found


def test_a_brief_tells_every_article_once(assistant: Assistant) -> None:
    found = asked(assistant, "brief", "")
    told = [article.id for row in found.rows for article in (row.article, *row.also)]
    assert sorted(told) == sorted(article.id for article in assistant.library.articles())
    labels = [row.label for row in found.rows]
    assert [label for at, label in enumerate(labels) if label not in labels[:at]] == list(dict.fromkeys(labels))
    assert "其他" in (labels[-1], "其他")
    shorter = briefing.shortened(found, 3)
    assert len(shorter.rows) == 3
    assert len({row.label for row in shorter.rows}) == min(3, len(set(labels)))


def test_a_brief_of_a_period_keeps_to_it(assistant: Assistant) -> None:
    for subject in ("2026年3月的新闻", "上个月", "3月的周报"):
        found = asked(assistant, "brief", subject)
        assert {row.article.date[:7] for row in found.rows} == {"2026-03"}, subject
        assert "2026-03" in found.understood


def test_a_brief_of_a_source_and_of_a_file(assistant: Assistant) -> None:
    of_source = asked(assistant, "brief", "青屿日报")
    assert {row.article.source for row in of_source.rows} == {"青屿日报"}
    of_file = asked(assistant, "brief", "weekly-digest-2026-03", "en")
    assert {Path(row.article.path).stem for row in of_file.rows} == {"weekly-digest-2026-03"}


def test_all_articles_are_counted_and_those_of_a_source(assistant: Assistant) -> None:
    stored = [one for one in assistant.library.articles() if not one.copy_of]
    every = assistant.ask("库里有多少篇文章？").answer
    assert (every.kind, every.understood) == ("count", f"全部文章，共 {len(stored)} 篇")
    assert [one.article.id for one in every.citations] == [one.id for one in stored]
    own = [one.id for one in stored if "青屿日报" in one.source]
    of_source = assistant.ask("哪些文章来自青屿日报？").answer
    assert (of_source.understood, len(own) > 0) == (f"全部来自“青屿日报”的文章，共 {len(own)} 篇", True)
    assert [one.article.id for one in of_source.citations] == own
    assert assistant.ask("How many articles come from the Moon Gazette?").answer.refused
    assert assistant.ask("哪些文章来自青屿日报？", Filters(source="湿地观察")).answer.refused
    assert assistant.ask("how many articles do I have?", Filters(source="Moon Gazette")).answer.text == "No article"


def test_a_source_may_be_named_in_the_other_language(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# 大桥合龙\n\n2026-01-13 | 新华社\n\n东湖大桥昨日合龙，全长两千米。", "utf-8")
    (tmp_path / "b.txt").write_text("# 渡轮停航\n\n2026-01-14 | 渔汛\n\n渡轮因大雾停航一天，渡口关闭。", "utf-8")
    ingest([tmp_path], load_settings(tmp_path / "home"))
    with Assistant(load_settings(tmp_path / "home", engine="quote")) as opened:
        answer = opened.ask("Which articles are from Xinhua?", today=TODAY).answer
        assert [one.article.title for one in answer.citations] == ["大桥合龙"]
        assert opened.ask("Which articles are from Reuters?", today=TODAY).answer.refused


def test_the_latest_issue_is_the_file_of_the_newest_article(assistant: Assistant) -> None:
    newest = assistant.library.articles()[0]
    answer = assistant.ask("最新一期讲了什么？", today=TODAY).answer
    told = {one.article.path for one in answer.citations}
    assert (answer.kind, told) == ("brief", {newest.path})
    for text in ("这些文章里最新的一篇是什么？", "最新的文章讲了什么？", "what is the latest article?"):
        assert {one.article.id for one in assistant.ask(text, today=TODAY).answer.citations} == {newest.id}, text


BULLETIN = """东湖数据参考

{date} 第{number}期

本期要目

- 01 {title}

{title}

{title}，工期两年。（来源：东湖日报）
"""


def test_an_issue_is_briefed_by_its_number(tmp_path: Path) -> None:
    for name, date_, number, title in (
        ("a", "2025年12月31日", 9, "东湖大桥开工建设"),
        ("b", "2026年1月14日", 1, "湖滨区建成算力中心"),
        ("c", "2026年3月14日", 9, "全省发布数据流通管理办法"),
    ):
        (tmp_path / f"{name}.txt").write_text(BULLETIN.format(date=date_, number=number, title=title), "utf-8")
    ingest([tmp_path], load_settings(tmp_path / "home"))
    with Assistant(load_settings(tmp_path / "home", engine="quote")) as opened:
        for question, of in (
            ("总结一下第1期", "b"),
            ("东湖数据参考第九期讲了什么？", "ca"),
            ("今年第9期有哪些文章？", "c"),
            ("2025年第9期有多少篇文章？", "a"),
            ("哪些文章来自东湖数据参考第1期？", "b"),
            ("总结一下东湖数据参考第8期", ""),
            ("第8期讲了什么？", ""),
        ):
            answer = opened.ask(question, today=TODAY).answer
            assert {Path(one.article.path).stem for one in answer.citations} == set(of), question
            assert answer.refused == (not of), question
        assert opened.ask("东湖数据参考第八期讲了什么？", today=TODAY).answer.text == "没有“东湖数据参考第八期”。"
        inside = opened.ask("第1期里算力中心的工期是几年？", today=TODAY).answer
        assert ("工期两年" in inside.text, {Path(one.article.path).stem for one in inside.citations}) == (True, {"b"})
        assert inside.understood == "东湖数据参考 2026年1月14日 第1期：算力中心的工期是几年？"
        bridge = opened.ask("大桥呢？", history=[inside], today=TODAY).answer  # it is of no. 1 as well
        assert {Path(one.article.path).stem for one in bridge.citations} <= {"b"}
        assert opened.ask("第1期里东湖大桥的工期是几年？", today=TODAY).answer.refused
        listed = opened.ask("2025年第9期有哪些关于大桥的文章？", today=TODAY).answer
        assert (listed.kind, [Path(one.article.path).stem for one in listed.citations]) == ("list", ["a"])
        for text, count in (
            ("东湖数据参考一共有几期？", "共 3 期：东湖数据参考 2026"),
            ("List all issues", "3 issues: "),
        ):
            issues = opened.ask(text, today=TODAY).answer
            assert issues.understood.startswith(count)
            assert len(issues.citations) == 3
        assert opened.ask("《西岭画报》一年有几期？", today=TODAY).answer.refused
        told = opened.ask("总结一下第1期", today=TODAY).answer
        assert told.understood == "“东湖数据参考 2026年1月14日 第1期”简报：1 篇文章，1 条"
        assert "东湖日报 · 东湖数据参考 2026年1月14日 第1期" in str(told)


def test_the_number_of_an_issue_is_no_topic(assistant: Assistant) -> None:
    assert assistant.overview(Request("brief", "第93期", text="总结一下第93期"), today=TODAY) is None


def test_a_comparison_quotes_each_thing_from_its_own_articles_and_leaves_empty_what_is_not_said(
    assistant: Assistant,
) -> None:
    found = asked(assistant, "compare", "比较青屿港和云栖北站每年的吞吐量")
    assert found.columns == ("青屿港", "云栖北站")
    assert {row.label for row in found.rows} == {"青屿港"}
    assert any("86.7万标准箱" in row.quote for row in found.rows)
    assert "没有说到云栖北站" in found.understood
    other = asked(assistant, "compare", "compare Halden Rail and Vale Batteries on what they cost", "en")
    titles = {label: {row.article.title for row in found.rows if row.label == label} for label in other.columns}
    assert not titles["Halden Rail"] & titles["Vale Batteries"]


def test_what_one_article_says_of_both_is_no_comparison_of_articles(assistant: Assistant) -> None:
    answer = assistant.ask("儿科和皮肤科的门诊有什么区别？").answer
    assert answer.kind == ""


def test_a_timeline_is_in_order_and_every_line_has_a_date(assistant: Assistant) -> None:
    found = asked(assistant, "timeline", "青屿市智能算力规模")
    labels = [row.label for row in found.rows]
    assert labels == sorted(labels)
    assert any("4800P" in row.quote for row in found.rows)
    assert all(labels)


def test_groups_are_of_like_articles_and_the_largest_comes_first() -> None:
    axes = np.eye(3, dtype=np.float32)
    near = axes[0] + 0.2 * axes[2]
    vectors = np.array([axes[1], axes[0], near / np.linalg.norm(near)], dtype=np.float32)
    assert grouping.groups(vectors) == [[1, 2], [0]]
    assert grouping.groups(vectors[:1]) == [[0]]
    assert grouping.groups(vectors[:0]) == []


def test_the_same_news_is_told_once() -> None:
    said = "青屿港集团3月11日公布，今年1至2月，青屿港完成集装箱吞吐量86.7万标准箱，同比增长14.3%。"
    one, other, apart = (
        Article("a", "t", said + "港口负责人表示。"),
        Article("b", "t", "据报道，" + said),
        Article("c", "t", "白鹭洲湿地记录到黑脸琵鹭。"),
    )
    alike = np.tile(np.eye(1, 3, dtype=np.float32), (3, 1))
    told = grouping.told_once([one, other, apart], alike)
    assert [(article.id, [copy.id for copy in also]) for article, also in told] == [("a", ["b"]), ("c", [])]
    apart_in_meaning = np.eye(3, dtype=np.float32)
    assert len(grouping.told_once([one, other, apart], apart_in_meaning)) == 3


@pytest.mark.parametrize(
    "arguments", [("timeline", "青屿市智能算力规模"), ("compare", "青屿港和云栖北站的吞吐量"), ("brief", "2026年3月的新闻", "--lines", "3")]
)  # fmt: skip
def test_the_commands_print_what_a_program_can_read(sample_home: Path, arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["--home", str(sample_home), *arguments, "--json"])
    assert done.exit_code == 0, done.output
    shape: dict[str, Any] = json.loads(done.stdout)
    assert shape["kind"] == arguments[0]
    assert shape["total"] == len(shape["rows"]) > 0
    assert all(row["label"] for row in shape["rows"])


def test_nothing_to_tell_ends_with_an_error(sample_home: Path) -> None:
    done = CliRunner().invoke(app, ["--home", str(sample_home), "compare", "火星和木星的卫星"])
    assert (done.exit_code, "nothing" in done.stderr) == (1, True)


def test_more_than_two_things_are_compared(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    fees = {"青屿图书馆": 20, "云栖图书馆": 35, "白鹭图书馆": 50}
    for name, fee in fees.items():
        (folder / f"{name}.txt").write_text(
            f"{name}借书证的押金\n\n{name}借书证的押金为{fee}元，退证时退还。\n", encoding="utf-8"
        )
    ingest([folder], settings)
    with Assistant(settings) as opened:
        for text in ("比较青屿图书馆、云栖图书馆和白鹭图书馆的押金", "比较青屿图书馆、云栖图书馆、白鹭图书馆的押金"):
            found = asked(opened, "compare", text)
            assert found.columns == tuple(fees)
            assert {row.label: f"{fees[row.label]}元" in row.quote for row in found.rows} == dict.fromkeys(fees, True)


def test_one_thing_is_compared_at_several_times(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    moved = {"2023年": 380, "2024年": 430, "2025年": 512}
    for year, amount in moved.items():
        text = f"{year}青屿港运行情况\n\n{year}，青屿港完成集装箱吞吐量{amount}万标准箱。\n"
        (folder / f"{year}.txt").write_text(text, encoding="utf-8")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        found = asked(opened, "compare", "比较青屿港2023年、2024年和2025年的集装箱吞吐量")
        assert found.columns == tuple(moved)
        first = {row.label: row.quote for row in reversed(found.rows)}
        assert {year: f"{moved[year]}万标准箱" in quote for year, quote in first.items()} == dict.fromkeys(moved, True)


def test_what_is_asked_of_both_may_be_two_words_and_two_times(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    told = {
        "青屿渔业公司": ("2019年", "于2019年4月处理了一起道德与诚信事件，并更新了诚信守则"),
        "云栖药业公司": ("2021年", "在2021年8月遭遇一起道德与诚信事件，声誉受到影响"),
    }
    for name, (year, text) in told.items():
        rest = "公司另在报告里谈到员工的培训。公司的产品销往各地。"
        (folder / f"{name}.txt").write_text(f"{name}{year}报告\n\n{name}{text}。{rest}\n", encoding="utf-8")
    english = {
        "Elm Foods Ltd.": "In May 2019, Elm Foods Ltd. implemented its compliance and safety updates.",
        "Quayside": "In July 2021, Quayside implemented new compliance and safety updates.",
    }
    for name, text in english.items():
        (folder / f"{name}.txt").write_text(f"Report of {name}\n\n{text} It trains its staff.\n", encoding="utf-8")
    ingest([folder], settings)
    asked_for: list[tuple[str, Iterable[str]]] = [
        ("比较青屿渔业公司和云栖药业公司发生道德与诚信事件的时间，哪家公司更早？", told),
        ("青屿渔业公司和云栖药业公司在2019年和2021年分别发生了哪些道德与诚信事件？", told),
        ("Compare the times of compliance and safety updates of Elm Foods Ltd. and Quayside. Which did it earlier?", english),
        ("When did Elm Foods Ltd. and Quayside implement their compliance and safety updates?", english),
    ]  # fmt: skip
    with Assistant(settings) as opened:
        for text, sides in asked_for:
            request = requests.read(text)
            assert request is not None, text
            found = opened.overview(request, Filters(), TODAY)
            assert found is not None, text
            assert found.columns == tuple(sides), text
            first = {row.label: row.quote for row in reversed(found.rows)}
            assert {side: "诚信" in quote or "updates" in quote for side, quote in first.items()} == dict.fromkeys(
                sides, True
            )


def test_a_comma_may_be_of_a_name_and_a_year_tells_which_sentences_but_not_what_is_asked(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    profits = {"Elm Foods, Inc.": 40, "Quayside Ltd.": 70}
    for name, profit in profits.items():
        events = "In March 2019, it opened a branch. In May 2019, it hired a director. In 2019, it moved its offices. "
        text = f"{name} sells its goods abroad. {events}The net profit amounted to ${profit} million. {name} plans to grow."
        (folder / f"{profit}.txt").write_text(f"Report of {name}\n\n{text}\n", encoding="utf-8")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        text = "Compare the net profit of Elm Foods, Inc. and Quayside Ltd. in 2019. Which company had a higher net profit?"
        found = asked(opened, "compare", text, "en")
    assert found.columns == tuple(profits)
    first = {row.label: row.quote for row in reversed(found.rows)}
    assert {name: f"${profit} million" in first[name] for name, profit in profits.items()} == dict.fromkeys(
        profits, True
    )


def test_commas_part_a_list_but_no_clause_and_no_name(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    pulses = {"Elm Clinic": ("A. Rowe", 80), "Oak Clinic": ("B. Hale", 95), "Ash Clinic": ("C. Dunn", 110)}
    for name, (patient, pulse) in pulses.items():
        text = f"{name} keeps this record of {patient}.\n\nThe pulse rate of the patient was {pulse} bpm.\n"
        (folder / f"{name}.txt").write_text(f"Record of {name}\n\n{text}", encoding="utf-8")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        listed = asked(opened, "compare", "Compare Elm Clinic, Oak Clinic and Ash Clinic on the pulse rate", "en")
        told = asked(
            opened,
            "compare",
            "According to the records of Elm Clinic and Oak Clinic, whose pulse rate was higher, A. Rowe or B. Hale?",
            "en",
        )
    assert listed.columns == tuple(pulses)
    assert told.columns == ("Elm Clinic · A. Rowe", "Oak Clinic · B. Hale")
    assert {row.label: row.quote.split()[-2] for row in reversed(told.rows)} == dict(
        zip(told.columns, ("80", "95"), strict=True)
    )


def test_where_it_is_asked_which_came_first_a_date_answers_and_what_follows_it_is_told_with_it(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    days = {"Elm Clinic": "9th April", "Oak Clinic": "1st May"}
    notes = "The patient slept.\nThe patient ate soup.\nThe patient asked for tea.\n"
    for name, day in days.items():
        text = f"They admitted the patient in pain.\nThe patient came on {day}. A nurse helped. It rained.\n{notes}"
        (folder / f"{name}.txt").write_text(f"Record of {name}\n\n{text}", encoding="utf-8")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        found = asked(opened, "compare", "Compare when Elm Clinic and Oak Clinic admitted the patient", "en")
    assert found.columns == tuple(days)
    for name, day in days.items():
        quotes = [row.quote for row in found.rows if row.label == name]
        assert quotes[0] == f"The patient came on {day}."
        assert "A nurse helped." in quotes


def test_of_one_article_runs_of_neighbours_are_told_that_say_most_of_what_is_asked() -> None:
    worth = [3.0, 0.0, 2.0, 2.5, 2.0, 0.0, 2.6, 0.0]
    begins = [at == 0 for at in range(len(worth))]
    assert runs.chosen(worth, begins, 3) == [2, 3, 4]
    assert runs.chosen([*worth[:2], 9.0, *worth[3:6], 9.0, 0.0], begins, 2) == [2, 6]
    assert runs.chosen(worth, [at in (0, 4) for at in range(len(worth))], 3) != [2, 3, 4]
    assert runs.chosen([1.0], [True], 3) == [0]
    assert runs.chosen([], [], 3) == []


def test_a_named_article_is_told_by_paragraphs_and_of_several_the_one_of_the_year(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    closed = "In {year} Elm Foods closed its mill in March. The closing saved money. It was the last mill in {year}."
    for year in (2018, 2020):
        text = f"{closed.format(year=year)}\n\nElm Foods opened a shop. It sells bread."
        (folder / f"{year}.txt").write_text(f"Report of {year}\n\n{text}\n", encoding="utf-8")
    (folder / "other.txt").write_text("Oak Clinic\n\nA nurse helped in 2018.\n", encoding="utf-8")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        request = requests.read("Summarize the mill closing of Elm Foods in 2018")
        found = opened.overview(request, Filters(), TODAY) if request else None
    assert found is not None
    assert closed.format(year=2018) in [row.quote for row in found.rows]
    assert {row.article.title for row in found.rows} == {"Report of 2018"}


def test_a_heading_is_told_with_what_stands_under_it_and_a_list_with_its_label() -> None:
    text = "She fell.\n1. Knee\nIt hurt.\nDiagnosis:\n1. A strain\n2. No break\nShe rests."
    article = Article("a", "Record", text, language="en")
    hit = Hit(Passage("a-0", "a", 0, 0, len(text), text), article, 1.0)
    ends = {said: text.index(said) + len(said) for said in ("She fell.", "It hurt.", "Diagnosis:", "She rests.")}
    told = [Evidence(hit, end - len(said), end, 1.0, {"dense": 0.5}) for said, end in ends.items()]
    assert [one.text for one in items.joined(told)] == [
        "She fell.",
        "1. Knee\nIt hurt.",
        "Diagnosis:\n1. A strain\n2. No break\nShe rests.",
    ]


def test_a_label_is_told_with_what_stands_under_it_and_whose_record_it_is_is_not_asked(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    folder.mkdir()
    vital = "Physical examination:\nVital signs:\nTemperature: 37\nPulse: 80 bpm"
    history = "The knee began to hurt on a walk. She rested at home.\n" * 4
    text = (
        f"Record of Elm Clinic\n\nName: B. Hale\nHistorian: B. Hale\n{history}{vital}\nDiagnosis:\nA strained knee.\n"
    )
    (folder / "a.txt").write_text(text, encoding="utf-8")
    (folder / "b.txt").write_text("Record of Oak Clinic\n\nA broken arm.\n", encoding="utf-8")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        request = requests.read("According to the record of Elm Clinic, summarize the physical examination of B. Hale")
        found = opened.overview(request, Filters(), TODAY) if request else None
        name = names.named(opened, "Elm Clinic", Filters())
        assert name is not None
        of_hale = briefing.asked_of(
            opened, "Elm Clinic, summarize the physical examination of B. Hale", name, Filters()
        )
    assert found is not None
    quotes = [row.quote for row in found.rows]
    assert vital in quotes
    assert "Diagnosis:\nA strained knee." in quotes
    assert "Hale" not in of_hale


def test_names_are_known_in_the_other_language_and_without_what_asks_to_compare(
    tmp_path: Path,
) -> None:
    settings = load_settings(tmp_path / "home", engine="quote")
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "a.txt").write_text(
        "苹果发布新手表\n\n2026-03-01\n\n苹果公司在杭州开设了第三家门店。手表卖2999元。\n", "utf-8"
    )
    (folder / "b.txt").write_text(
        "三星新厂投产\n\n2026-03-02\n\n三星电子的新厂每月生产四万片晶圆。工人有900名。\n", "utf-8"
    )
    (folder / "c.txt").write_text("手机展\n\n2026-03-03\n\n展台上观众对比苹果和三星的屏幕。\n", "utf-8")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        for text in ("Compare Apple and Samsung", "对比苹果和三星"):
            answer = opened.ask(text, today=TODAY).answer
            told = dict.fromkeys(answer.labels, "")
            for label, one in zip(answer.labels, answer.citations, strict=True):
                told[label] += one.quote
            assert len(told) == 2, text
            apple, samsung = told.values()
            assert "门店" in apple
            assert "晶圆" in samsung
