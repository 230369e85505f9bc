"""What leads other sentences: headings, questions of an interview, dated sections, stretches of years, and the letters of a thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import passages
from index.readers import Reader
from rag.assistant import Assistant
from rag.chronology import years
from rag.settings import Settings
from rag.upkeep.ingest import ingest

TRAVEL = """# 环湖三日

同行的是舅舅和我。

## 第一天 5月3日（周日）
上午坐D3301次到澜城，下午去旧码头，住望湖客栈，每晚260元。

## 第二天 5月4日（周一）
骑车去鹤洲，租车一天45元，午饭在渔家吃。

## 第三天 5月5日（周二）
看完日出坐C22次回家。
"""

RULES = """# Travel rules of the Ostrow Society

## 1. Trips

All trips are agreed with the treasurer ten days before they begin.

## 2. Lodging

Inns may cost up to 90 pounds a night on the coast.
"""

INTERVIEW = """Interview with Edda Tolvan, warden of the Skarn hut

Q: How did you come to the hut?
A: I answered a notice in a shop window in 1999. They wanted somebody who could cook for thirty and bake bread every day of the
summer, and who did not mind the wind. I could cook for thirty, and the wind I learned to like after a year or two of it.

Q: What does the hut live from?
A: From walkers, mostly. In July we have sixty a night, in May perhaps four. The helicopter brings flour and gas twice a summer.

Q: What was the longest winter?
A: The one of 2006. The door was snowed in until 9 June.
"""

LIFE = """宋知微

女，1988年4月生，现居鹤洲。电话：138-0000-1122

教育经历
2006年9月—2010年6月　云溪大学　水文学　学士

工作经历
2010年7月—2018年3月　澜江水务集团　测报工程师
负责三座泵站的自动化改造，将吨水电耗由0.42千瓦时降至0.33千瓦时。
2018年4月—2023年5月　鹤洲清川科技有限公司　项目经理
主持9个河道治理项目，合同总额1.2亿元，其中7个按期验收。
2023年6月至今　鹤洲大学　教授
牵头“寒区冰凌预报”课题，发表论文4篇。

技能
英语六级，日语N2；持有注册水利工程师证书（2021年取得）。
"""

THREAD = """From: Ines Baro <ines@x.example>
To: Otto Lind
Date: Mon, 9 Mar 2026 09:14
Subject: Boat shed

The roof of the boat shed leaks over the third berth. Renshaw wants 4,200 pounds to mend it.

From: Otto Lind
Date: Tue, 10 Mar 2026 11:02
Subject: Re: Boat shed

Note: I would rather wait until the summer and ask a second roofer.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("leading")
    told = {"a.md": TRAVEL, "b.md": RULES, "c.txt": INTERVIEW, "d.txt": LIFE, "e.txt": THREAD}
    for name, text in told.items():
        (folder / name).write_text(text, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder / name for name in told], own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "leading"),
    [
        ("## 2. Lodging\nInns cost 90 pounds.", ["## 2. Lodging"]),
        ("工作经历\n2010年7月，任测报员。", ["工作经历"]),
        ("Q: How far is it?\nA: Nine miles.", ["Q: How far is it?"]),
        ("2026-02-14\nWent to the dentist.", ["2026-02-14"]),
        ("桥建好了。为什么要建？\n因为渡船太慢。", []),
        ("红枣\n核桃\n板栗", []),
        ("第一级换一次\n", []),
    ],
)
def test_what_names_or_asks_leads_what_stands_under_it(text: str, leading: list[str]) -> None:
    spans = passages.sentences(text)
    assert [text[slice(*spans[number])] for number in sorted(passages.leading(text, spans))] == leading


def test_no_passage_ends_in_a_question_that_the_next_one_answers(assistant: Assistant) -> None:
    told = [hit.passage.text for hit in assistant.search("the hut in winter", 20)]
    assert not any(text.rstrip().endswith("?") for text in told)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("What was the longest winter?", "A: The one of 2006."),
        ("第三天干什么？", "第三天 5月5日（周二）\n看完日出坐C22次回家。"),
        ("哪天去鹤洲？", "第二天 5月4日（周一）：骑车去鹤洲"),
        ("How much may an inn on the coast cost?", "Inns may cost up to 90 pounds"),
        ("宋知微2015年在哪家公司？", "2010年7月—2018年3月　澜江水务集团"),
        ("宋知微2020年在哪家公司？", "2018年4月—2023年5月　鹤洲清川科技有限公司"),
        ("宋知微现在在哪里工作？", "2023年6月至今　鹤洲大学"),
        ("Where does Song Zhiwei work now?", "2023年6月至今　鹤洲大学"),
    ],
)
def test_an_answer_is_what_stands_under_the_heading_or_the_question(
    asked: str, told: str, assistant: Assistant
) -> None:
    answer = assistant.ask(asked).answer
    assert answer.text.startswith(told)
    assert not any(one.quote in ("Lodging", "工作经历", "技能") for one in answer.citations)
    assert not any(one.quote.endswith("?") for one in answer.citations)


@pytest.mark.parametrize(
    ("year", "sentence", "within"),
    [
        ("2015", "2010年7月—2018年3月　澜江水务局", True),
        ("2019", "2010年7月—2018年3月　澜江水务局", False),
        ("2024", "2023年6月至今　鹤洲大学", True),
        ("2020", "from May 2018 to March 2023 she led it", True),
        ("2020", "2019 to present: warden", True),
        ("2020", "2018年至2019年，2021年至2022年", False),
    ],
)
def test_a_year_lies_within_a_stretch(year: str, sentence: str, within: bool) -> None:
    assert years.spanned(year, sentence) == within


def test_a_thread_in_a_file_is_its_letters(assistant: Assistant, tmp_path: Path) -> None:
    letters = [one for one in assistant.library.articles() if one.title.endswith("Boat shed")]
    assert sorted((one.title, one.source, one.date) for one in letters) == [
        ("Boat shed", "Ines Baro", "2026-03-09"),
        ("Re: Boat shed", "Otto Lind", "2026-03-10"),
    ]
    file = tmp_path / "letter.txt"
    file.write_text(THREAD, encoding="utf-8")
    with Reader() as reader:
        texts = [one.text for one in reader.read(file).documents]
    assert [text.splitlines()[0] for text in texts] == ["# Boat shed", "# Re: Boat shed"]
    assert "Note: I would rather wait" in texts[1]  # no row of the head
    file.write_text("From: the roof one sees the river.\nDate: palms grow here.\n", encoding="utf-8")
    with Reader() as reader:
        assert len(reader.read(file).documents) == 1


FORM = """Harrow General Hospital
Admission record

Name:
M. Bailey
Age:
54
Chief complaint:
Fever, joint pain and shortness of breath for two weeks
Diagnosis:
Acute pericarditis
"""


def test_what_a_form_names_above_a_line_is_told_with_it(tmp_path: Path) -> None:
    (tmp_path / "form.txt").write_text(FORM, encoding="utf-8")
    own = Settings(tmp_path / "home", engine="quote")
    assert not ingest([tmp_path / "form.txt"], own).failed
    with Assistant(own) as opened:
        for question, line in (
            (
                "What is M. Bailey's chief complaint?",
                "Chief complaint:\nFever, joint pain and shortness of breath for two weeks",
            ),
            ("What was the diagnosis of M. Bailey?", "Diagnosis:\nAcute pericarditis"),
            ("How old is M. Bailey?", "Age:\n54"),
        ):
            assert opened.ask(question).answer.sentences[0].line == f"{line}[1]"


ITINERARY = """# 鹭渡古镇两日游攻略

鹭渡古镇位于岚江下游，距离省城约90公里，始建于明洪武年间。

第一天：上午逛古街和文昌阁，下午坐船游岚江，晚上看放河灯。放河灯只在周五和周六晚七点开始，下雨取消。
第二天：早上五点半去望江台看日出，上午参观染布坊，可以自己动手染一块手帕，收费45元。

古镇是石板路，不要穿高跟鞋。每年7月雨水多，岚江涨水时游船停航。

联系人：卢远
电话：0537-555010
"""

NOTICE = """关于鹭渡街道更换水表的通知
各住户：
鹭渡街道自11月20日起更换水表，届时请家中留人，工期约5天。
鹭渡街道办事处
2026年11月9日
"""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("places")
    (folder / "trip.md").write_text(ITINERARY, encoding="utf-8")
    (folder / "notice.txt").write_text(NOTICE, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder], own).failed
    with Assistant(own) as opened:
        yield opened


def test_an_answer_runs_on_in_its_line_though_that_begins_with_a_label(places: Assistant) -> None:
    assert "放河灯只在周五和周六晚七点开始" in places.ask("放河灯什么时候有？").answer.sentences[0].text
    assert places.ask("联系人是谁？").answer.sentences[0].text == "联系人：卢远"


def test_the_day_that_a_notice_is_signed_with_is_not_told_beside_the_day_asked_for(places: Assistant) -> None:
    answer = places.ask("什么时候开始更换水表？").answer
    assert "自11月20日起更换水表" in answer.text
    assert "11月9日" not in answer.text


REPORT = """青岚县2026年政府工作报告

一、2025年工作回顾
全县粮食总产量28.9万吨，增长2.1%。
新建幼儿园4所、养老服务中心6个，改造老旧小区31个，惠及居民5,400户。

二、2026年重点工作
（一）抓农业稳基础。新建高标准农田4万亩，粮食产量稳定在28万吨以上。
（二）抓民生补短板。新增公办学位1,800个，改造老旧小区25个，新建改建农村公路80公里。

三、组织保障
各乡镇要落实责任，县政府督查室每月通报进度。
"""


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("2025年改造了多少个老旧小区？", "31个", "25个"),
        ("2026年改造多少个老旧小区？", "25个", "31个"),
        ("2025年粮食产量多少？", "28.9万吨", "28万吨"),
        ("2026年粮食产量目标是多少？", "28万吨", "28.9万吨"),
    ],
)
def test_a_heading_with_a_year_dates_what_stands_under_it(
    question: str, right: str, wrong: str, report: Assistant
) -> None:
    text = report.ask(question).answer.text
    assert right in text
    assert wrong not in text


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("report")
    (folder / "report.txt").write_text(REPORT, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder / "report.txt"], own).failed
    with Assistant(own) as opened:
        yield opened


def test_a_heading_of_the_same_level_ends_what_one_with_a_year_dates() -> None:
    assert [passages.level(one) for one in ("三、保障", "（一）农业", "## 2. Lodging", "Costs")] == [
        "、",
        "（）",
        "##.",
        "",
    ]
