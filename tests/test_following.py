"""Follow-ups made whole, by the words of a conversation and by what its articles answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.dialogue.following import complete
from rag.settings import Settings, load_settings
from rag.types import Answer
from rag.upkeep.ingest import ingest

TODAY = date(2026, 11, 28)


def said(question: str, text: str = "", understood: str = "") -> Answer:
    return Answer(question, text, (), (), (), refused=False, engine="quote", understood=understood)


def whole(text: str, *before: Answer, answered: str = "") -> str:
    """``answered`` is a part of the one question that the articles answer; any where it is empty."""
    return complete(text, before, TODAY, lambda way: float(answered in way))


FERRY = said("鹭渡码头2023年运送旅客多少人次？", "鹭渡码头全年运送旅客41万人次。")
KILN = said("How many pots did the Alder Kiln fire in 2023?", "The Alder Kiln fired 410 pots.")


def test_a_follow_up_in_traditional_characters_is_read_alike() -> None:
    library = said("鷺渡圖書館在哪裡？", "鷺渡圖書館位於河濱。")
    assert whole("誰設計的？", library) == "鷺渡圖書館誰設計的？"
    assert whole("它們何時開館？", library) == "鷺渡圖書館何時開館？"
    assert whole("西嶺水壩是誰\n設計的？", library) == "西嶺水壩是誰\n設計的？"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("那2021年呢？", "鹭渡码头2021年运送旅客多少人次？"),
        ("2021年是多少？", "鹭渡码头2021年运送旅客多少人次？"),
        ("２０２１年又是多少？", "鹭渡码头2021年运送旅客多少人次？"),
        ("民国110年呢？", "鹭渡码头2021年运送旅客多少人次？"),
        ("前一年呢？", "鹭渡码头2022年运送旅客多少人次？"),
        ("上一年是多少？", "鹭渡码头2022年运送旅客多少人次？"),
        ("后一年呢？", "鹭渡码头2024年运送旅客多少人次？"),
        ("那去年呢？", "鹭渡码头2025年运送旅客多少人次？"),
        ("前年呢？", "鹭渡码头2024年运送旅客多少人次？"),
        ("那上个月呢？", "鹭渡码头2026年10月运送旅客多少人次？"),
        ("2020年和2021年呢？", "鹭渡码头2020年和2021年运送旅客多少人次？"),
        ("现在呢？", "鹭渡码头现在运送旅客多少人次？"),
        ("谁在管理？", "鹭渡码头谁在管理？"),
        ("在哪里？", "鹭渡码头在哪里？"),
        ("它在哪里？", "鹭渡码头在哪里？"),
        ("该码头的负责人是谁？", "鹭渡码头的负责人是谁？"),
        ("什么时候建成的？", "鹭渡码头什么时候建成的？"),
        ("柳渡码头呢？", "柳渡码头2023年运送旅客多少人次？"),
    ],
)
def test_a_chinese_follow_up_takes_what_it_leaves_out_from_the_question_before(text: str, meant: str) -> None:
    assert whole(text, FERRY, answered=meant) == meant


def test_how_asked_alone_asks_of_what_was_done() -> None:
    oven = said("How do I clean the pottery oven?", "Clean the pottery oven with a dry brush.")
    assert whole("How often?", oven) == "clean pottery oven: how often?"
    assert whole("How much does it weigh?", oven) == "How much does the pottery oven weigh?"
    assert whole("怎么去？", said("鹭渡码头在哪里？", "鹭渡码头在河口。")) == "鹭渡码头怎么去？"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("and in 2021?", "How many pots did the Alder Kiln fire in 2021?"),
        ("What about 2021?", "How many pots did the Alder Kiln fire in 2021?"),
        ("What about the year before?", "How many pots did the Alder Kiln fire in 2022?"),
        ("and the following year?", "How many pots did the Alder Kiln fire in 2024?"),
        ("And last year?", "How many pots did the Alder Kiln fire in 2025?"),
        ("How much did it cost?", "How much did the Alder Kiln cost?"),
        ("Who runs it?", "Who runs the Alder Kiln?"),
        ("Where are its pots sold?", "Where are the Alder Kiln's pots sold?"),
        ("And the Stone Mill?", "How many pots did the Stone Mill fire in 2023?"),
        ("and in Marrow?", "How many pots did the Alder Kiln fire in 2023 in Marrow?"),
        ("and is the workshop open on Sundays?", "and is the workshop open on Sundays?"),
    ],
)
def test_an_english_follow_up_too(text: str, meant: str) -> None:
    assert whole(text, KILN) == meant


@pytest.mark.parametrize("text", ["why?", "Why?"])
def test_why_asks_for_the_reason_of_what_was_asked(text: str) -> None:
    meant = whole(text, KILN)
    of, _, asked = meant.partition(": ")
    assert asked == "why?"
    assert {"pots", "alder", "kiln", "2023"} <= set(of.split())


def test_a_month_is_counted_from_the_one_before() -> None:
    before = said("鹭渡码头2024年1月运送旅客多少人次？")
    assert whole("前一个月呢？", before) == "鹭渡码头2023年12月运送旅客多少人次？"
    assert whole("the month after?", said("How many pots did the kiln fire in December 2024?")) == (
        "How many pots did the kiln fire in January 2025?"
    )


@pytest.mark.parametrize(
    ("before", "text", "meant"),
    [
        ("鹭渡码头2024年6月运送旅客多少人次？", "7月呢？", "鹭渡码头2024年7月运送旅客多少人次？"),
        ("鹭渡码头2024年6月运送旅客多少人次？", "上一年呢？", "鹭渡码头2023年6月运送旅客多少人次？"),
        ("鹭渡码头2024年第一季度运送旅客多少人次？", "第二季度呢？", "鹭渡码头2024年第二季度运送旅客多少人次？"),
        ("How much did the bridge cost?", "How long is it?", "How long is the bridge?"),
        ("When does the museum open?", "And on Sundays?", "When does the museum open on Sundays?"),
        ("When does the museum open on Sundays?", "And Mondays?", "When does the museum open on Mondays?"),
        ("When does the museum open on Sundays?", "Who runs it?", "Who runs the museum?"),
        ("鹭渡码头几点开放？", "周末呢？", "鹭渡码头周末几点开放？"),
        ("鹭渡码头周末几点开放？", "星期一呢？", "鹭渡码头星期一几点开放？"),
        ("鹭渡码头2024年运送旅客多少人次？", "和2023年比呢？", "与2023年相比，鹭渡码头2024年运送旅客多少人次？"),
        ("鹭渡码头2024年运送旅客多少人次？", "跟前一年相比呢？", "与2023年相比，鹭渡码头2024年运送旅客多少人次？"),
        (
            "How many pots did the kiln fire in 2024?",
            "Compared with 2023?",
            "How many pots did the kiln fire in 2024 compared with 2023?",
        ),
        ("鹭渡码头几点开放？", "需要预约吗？", "鹭渡码头需要预约吗？"),
        ("Who runs the night train?", "Where does it start?", "Where does the night train start?"),
        ("When was the lock opened?", "How deep is it?", "How deep is the lock?"),
        ("Where does the night train stop?", "When does it start?", "When does the night train start?"),
        ("岚县在规范渔汛申报方面提出了哪些措施？", "在资源管理方面呢？", "岚县在资源管理方面提出了哪些措施？"),
        (
            "岚县在规范渔汛申报方面提出了哪些措施？",
            "那在禁渔期的执法方面呢？",
            "岚县在禁渔期的执法方面提出了哪些措施？",
        ),
    ],
)
def test_what_a_time_leaves_out_stays_as_it_was(before: str, text: str, meant: str) -> None:
    assert whole(text, said(before)) == meant


def test_it_may_stand_for_a_thing_where_the_name_is_somebodys() -> None:
    before = said("What did Ann Lee say at the spring meeting?")
    ways: list[str] = []

    def stands(way: str) -> float:
        ways.append(way)
        return float("meeting" in way)

    assert complete("When was it held?", [before], TODAY, stands) == "When was the spring meeting held?"
    assert ways == ["When was Ann Lee held?", "When was the spring meeting held?"]
    assert complete("Where does she work?", [before], TODAY, stands) == "Where does Ann Lee work?"
    told = said("What did she say at the spring meeting?", understood="What did Ann Lee say at the spring meeting?")
    assert whole("When was it held?", told, answered="Ann Lee") == "When was the spring meeting held?"


def test_one_follow_up_leads_on_from_another() -> None:
    first = said("那2021年呢？", understood="鹭渡码头2021年运送旅客多少人次？")
    assert whole("前一年呢？", FERRY, first) == "鹭渡码头2020年运送旅客多少人次？"


@pytest.mark.parametrize(
    "text",
    [
        "青石窑有多少工人？",
        "2021年青石窑有多少工人？",
        "How many workers does the Stone Mill employ?",
        "Is it safe to swim in the lake?",
        "",
        "？",
    ],
)
def test_a_new_topic_is_not_pulled_into_the_old_one(text: str) -> None:
    assert whole(text, FERRY) == text
    assert whole(text, KILN) == text


@pytest.mark.parametrize(
    "text",
    [
        "If I sell a painted bowl, can I sign it myself?",
        "Does the Duke of Alder have his own workshop?",
        "What about broken pots? Is it a common problem?",
        "如果下游水库提前放水，它会淹没农田吗？",
    ],
)
def test_a_pronoun_whose_meaning_stands_in_the_question_is_left_alone(text: str) -> None:
    assert whole(text, KILN) == text
    assert whole(text, FERRY) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("When it closed, who bought it?", "When the Alder Kiln closed, who bought it?"),
        ("By the way, where is it?", "By the way, where is the Alder Kiln?"),
        ("What is the name of its owner?", "What is the name of the Alder Kiln's owner?"),
        ("Thank you. How much did it cost?", "How much did the Alder Kiln cost?"),
        ("That is fine, and useful to know. What about 2021?", "How many pots did the Alder Kiln fire in 2021?"),
        (
            "That is fine. I know few potters pay. How many workers does the Stone Mill employ?",
            "How many workers does the Stone Mill employ?",
        ),
        (
            "I heard that entry is free on Sundays. Can you clarify?",
            "I heard that entry is free on Sundays. Can you clarify?",
        ),
    ],
)
def test_of_a_turn_what_asks_counts_and_a_pronoun_without_a_meaning_in_it_is_replaced(text: str, meant: str) -> None:
    assert whole(text, KILN) == meant


def test_what_opens_a_chinese_turn_does_not_hide_the_follow_up() -> None:
    assert whole("谢谢！那2021年呢？", FERRY) == "鹭渡码头2021年运送旅客多少人次？"
    assert whole("好的，明白了。谁在管理？", FERRY, answered="谁在管理") == "鹭渡码头谁在管理？"


def test_an_english_question_with_a_name_in_han_stays_english() -> None:
    before = said("What else did 葉承恩 design?", "葉承恩還設計了雲汀車站。")
    assert whole("How much did it cost?", before) == "How much did 葉承恩 design cost?"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("How much has it cost to date?", "How much has the saltmarsh project cost to date?"),
        ("How much did it cost to build?", "How much did the saltmarsh project cost to build?"),
        ("Is it safe to swim near Alder?", "Is it safe to swim near Alder?"),
    ],
)
def test_it_costs_something_where_it_is_safe_means_nothing(text: str, meant: str) -> None:
    before = said("What is the saltmarsh project?", "The saltmarsh project breached the sea wall.")
    assert whole(text, before) == meant


def test_a_capital_that_only_begins_a_sentence_names_no_topic() -> None:
    before = said("Why do potters leave? Isn't it odd that the brick kiln works?", "The brick kiln is cheap to heat.")
    assert whole("Who owns it?", before) == "Who owns the brick kiln?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("articles")
    for year, carried in ((2021, 33), (2022, 37), (2023, 41)):
        (folder / f"{year}.txt").write_text(
            f"鹭渡码头年报\n{year}-12-20\n\n鹭渡码头全年运送旅客{carried}万人次，票价为{year - 2015}元。\n码头由鹭江航运公司管理。\n",
            "utf-8",
        )
    (folder / "schools.csv").write_text("学校名称,学生人数,教师人数\n东塘小学,307,21\n西塘小学,325,24\n", "utf-8")
    settings = Settings(tmp_path_factory.mktemp("home"), engine="quote")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("questions", "holds", "understood"),
    [
        (("鹭渡码头2023年运送旅客多少万人次？", "那2021年呢？"), "33万", "鹭渡码头2021年运送旅客多少万人次？"),
        (
            ("鹭渡码头2023年运送旅客多少万人次？", "前一年呢？", "再前一年呢？"),
            "33万",
            "鹭渡码头2021年运送旅客多少万人次？",
        ),
        (("鹭渡码头2023年运送旅客多少万人次？", "票价呢？"), "8元", "鹭渡码头2023年票价是多少？"),
        (("鹭渡码头2023年运送旅客多少万人次？", "谁在管理？"), "鹭江航运公司", "鹭渡码头谁在管理？"),
        (("鹭渡码头2022年运送旅客多少万人次？", "哪一年最多？"), "41万", None),
        (
            ("鹭渡码头2023年运送旅客多少万人次？", "和2021年比呢？"),
            "33万",
            "与2021年相比，鹭渡码头2023年运送旅客多少万人次？",
        ),
        (
            ("鹭渡码头2023年运送旅客多少万人次？", "和2021年比呢？", "票价呢？"),
            "8元",
            "鹭渡码头2023年票价是多少？",
        ),
        (("东塘小学的学生人数是多少？", "西塘小学呢？"), "325", "西塘小学的学生人数是多少？"),
        (("东塘小学的学生人数是多少？", "教师呢？"), "21", "东塘小学教师是多少？"),
        (("东塘小学的教师人数是多少？", "学生呢？", "西塘小学呢？"), "325", "西塘小学学生是多少？"),
        (("哪所小学的学生人数最多？", "最少的呢？"), "307", "哪所小学的学生人数最少？"),
        (("哪所小学的学生人数最多？", "它有多少教师？"), "24", "西塘小学有多少教师？"),
        (("码头由谁管理？", "它管理什么？"), "鹭江航运公司", "鹭江航运公司管理什么？"),
    ],
)
def test_a_conversation_with_the_articles(
    assistant: Assistant, questions: tuple[str, ...], holds: str, understood: str | None
) -> None:
    history: list[Answer] = []
    for text in questions:
        history.append(assistant.ask(text, history=history, today=TODAY).answer)
    assert holds in history[-1].text
    assert understood in (None, history[-1].understood)


def test_a_year_that_is_not_there_is_refused_in_a_conversation_too(assistant: Assistant) -> None:
    first = assistant.ask("鹭渡码头2023年运送旅客多少万人次？", today=TODAY).answer
    answer = assistant.ask("那2019年呢？", history=[first], today=TODAY).answer
    assert answer.refused
    assert answer.understood == "鹭渡码头2019年运送旅客多少万人次？"


def test_a_name_that_a_title_tells_in_pieces_is_asked_of_as_it_was_said(sample_home: Path) -> None:
    with Assistant(load_settings(sample_home, engine="quote")) as assistant:
        first = assistant.ask("临江医院夜间门诊几点开？").answer
        answer = assistant.ask("挂号费多少？", history=[first]).answer
    assert answer.understood == "临江医院夜间门诊挂号费多少？"
    assert "12元" in answer.text
