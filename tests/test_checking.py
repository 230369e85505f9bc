"""What a reader is given of what was written: marks by evidence, the quote where it is not borne out, nothing silently kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.passages import sentences
from index.types import Article, Hit, Passage
from models import load_lexicon
from rag import question
from rag.evidence import Evidence
from rag.types import Answer
from rag.writing.checking import Checked, answer, check
from rag.writing.drafting import Draft, Line
from rag.writing.material import Shown
from rag.writing.prompt import REFUSAL, REPLACED, TRANSLATED

TEXT = (
    "青屿市供水公司发布了2024年年报。全市供水管网漏损率为9.8%，再生水利用率为24%。"
    "条例于3月28日通过，自6月1日起施行。公司由周远山领导。"
)
ASKED = "2024年青屿市的供水管网漏损率是多少？"


def evidence_of(text: str = TEXT, *, name: str = "a") -> list[Evidence]:
    """Every sentence of one article, the first the best."""
    article = Article(name, "年报", text, "2025-02-01", language="zh")
    hit = Hit(Passage(f"{name}-0", name, 0, 0, len(text), text), article, 1.0)
    features = {"holds": 1.0, "years": 1.0, "unit": 0.0}
    return [Evidence(hit, start, end, 9.0 - at, features) for at, (start, end) in enumerate(sentences(text))]


def checked(asked: str, *written: str | Line, ranked: list[Evidence] | None = None) -> list[Checked]:
    lines = tuple(line if isinstance(line, Line) else Line("", line) for line in written)
    best_last = reversed(ranked or evidence_of())
    shown = [Shown(number, one, one.start) for number, one in enumerate(best_last, 1)]
    return check(question.read(asked), Draft(lines), shown, load_lexicon())


def answered(asked: str, *written: str, mode: str = "auto", ranked: list[Evidence] | None = None) -> Answer:
    ranked = ranked or evidence_of()
    quotes = {"": ranked[1:2]}
    done = checked(asked, *written, ranked=ranked)
    return answer(question.read(asked), done, quotes, [ranked[0].hit], mode, verbatim)


def verbatim(quote: Evidence) -> str:
    return quote.text


def cited(one: Checked) -> list[str]:
    return [span.text for span in one.support]


def test_a_sentence_is_cited_by_what_supports_it_whatever_mark_the_model_wrote() -> None:
    one = checked(ASKED, Line("", "供水管网漏损率为9.8%。", (4,)))[0]
    assert cited(one) == ["全市供水管网漏损率为9.8%，再生水利用率为24%。"]
    assert one.problems == ()


def test_a_name_that_the_evidence_has_is_cited() -> None:
    one = checked("青屿市供水公司由谁领导？", "青屿市供水公司由周远山领导。")[0]
    assert "公司由周远山领导。" in cited(one)


def test_a_year_that_stands_beside_the_number_is_cited_too() -> None:
    one = checked(ASKED, "2024年青屿市供水管网漏损率为9.8%。")[0]
    assert cited(one) == ["全市供水管网漏损率为9.8%，再生水利用率为24%。", "青屿市供水公司发布了2024年年报。"]


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (ASKED, "供水管网漏损率为8.9%。"),
        (ASKED, "供水管网漏损率为24%，再生水利用率为9.8%，投资3亿元。"),
        (ASKED, "2023年供水管网漏损率为9.8%。"),
        ("条例何时施行？", "条例自3月28日起施行。"),
        ("青屿市供水公司由谁领导？", "青屿市供水公司由欧阳长河领导。"),
        (ASKED, "能。"),
        (ASKED, "2024年青屿市的供水管网漏损率。"),
        ("青屿市有多少家博物馆？", "今天天气晴朗，适合出游。"),
    ],
)
def test_what_no_evidence_says_has_no_mark(asked: str, written: str) -> None:
    assert checked(asked, written)[0].support == ()


def test_an_english_sentence_is_cited_by_chinese_evidence() -> None:
    one = checked("What was the leakage rate of the water network?", "The leakage rate of the water network was 9.8%.")[
        0
    ]
    assert cited(one) == ["全市供水管网漏损率为9.8%，再生水利用率为24%。"]


def test_a_written_sentence_that_stands_is_the_answer() -> None:
    given = answered(ASKED, "供水管网漏损率为9.8%。")
    assert given.text == "供水管网漏损率为9.8%。[1]"
    assert (given.engine, given.refused) == ("write", False)
    assert [(s.text, s.citations, s.supported, s.problems) for s in given.sentences] == [
        ("供水管网漏损率为9.8%。", (1,), True, ())
    ]
    assert [c.article.text[c.start : c.end] == c.quote for c in given.citations] == [True]


def test_a_wrong_number_is_replaced_by_the_quote_and_the_answer_says_so() -> None:
    given = answered(ASKED, "供水管网漏损率为8.9%。")
    assert given.text == f"{REPLACED['zh']}\n全市供水管网漏损率为9.8%，再生水利用率为24%。[1]"
    assert [s.text for s in given.sentences] == [given.citations[0].quote]
    assert given.engine == "quote"


def test_one_bad_sentence_is_replaced_and_a_good_one_stays() -> None:
    ranked = evidence_of()
    asked = question.read("再生水利用率是多少？")
    both = checked("再生水利用率是多少？", "再生水利用率为24%。", "投资3亿元。", ranked=ranked)
    given = answer(asked, both, {"": ranked[1:3]}, [ranked[0].hit], "auto", verbatim)
    assert [s.text for s in given.sentences] == ["再生水利用率为24%。", "条例于3月28日通过，自6月1日起施行。"]
    assert given.engine == "write"
    assert given.text.startswith(REPLACED["zh"])


def test_a_sentence_that_rests_on_other_evidence_than_the_quotes_does_not_take_their_place() -> None:
    given = answered("条例何时施行？", "再生水利用率为24%。", "公司由周远山领导。")
    assert given.engine == "quote"


def test_a_sentence_without_what_is_asked_for_does_not_take_the_quotes_place() -> None:
    assert answered(ASKED, "供水管网漏损率有所下降。").engine == "quote"


def test_a_number_of_another_year_does_not_take_the_quotes_place() -> None:
    ranked = evidence_of("会议召开。今年标注员突破2万名。")
    for asked, engine in (("2024年标注员突破多少名？", "quote"), ("2025年标注员突破多少名？", "write")):
        done = checked(asked, "标注员突破2万名。", ranked=ranked)
        read = question.read(asked)
        assert answer(read, done, {"": ranked[1:]}, [ranked[0].hit], "auto", verbatim).engine == engine


def test_a_number_that_lost_its_vagueness_does_not_take_the_quotes_place() -> None:
    ranked = evidence_of("公司发布年报。全市有企业600余家。")
    assert answered("全市有企业多少家？", "全市有企业600家。", ranked=ranked).engine == "quote"
    assert answered("全市有企业多少家？", "全市有企业600余家。", ranked=ranked).engine == "write"


def test_a_scrap_does_not_take_the_quotes_place() -> None:
    assert answered("2024年青屿市全市再生水利用率是多少？", "9.8%。").engine == "quote"


def test_strict_leaves_out_what_is_not_borne_out() -> None:
    given = answered(ASKED, "投资3亿元。", "供水管网漏损率为9.8%。", mode="strict")
    assert [s.text for s in given.sentences] == ["供水管网漏损率为9.8%。"]
    nothing = answered(ASKED, "投资3亿元。", mode="strict")
    assert (nothing.refused, nothing.text, nothing.citations) == (True, REFUSAL["zh"], ())


def test_what_the_model_wrote_is_shown_with_its_problems() -> None:
    given = answered(ASKED, "供水管网漏损率为8.9%。", mode="write")
    assert given.text == "供水管网漏损率为8.9%。"
    assert (given.engine, given.citations) == ("write", ())
    sentence = given.sentences[0]
    assert (sentence.supported, sentence.citations) == (False, ())
    assert any("8.9%" in problem for problem in sentence.problems)


def test_nothing_written_is_answered_by_the_quote() -> None:
    assert answered(ASKED).engine == "quote"
    assert answered(ASKED, mode="write").refused


def test_each_year_of_a_comparison_is_checked_by_its_own_evidence() -> None:
    asked = question.read("漏损率从2024年到2025年怎样变化？")
    old = evidence_of("2024年漏损率为9.8%。")[0]
    new = evidence_of("2025年漏损率为8.1%。", name="b")[0]
    shown = [Shown(1, old, 0, "2024"), Shown(2, new, 0, "2025")]
    draft = Draft((Line("2024", "漏损率为9.8%。"), Line("2025", "漏损率为9.8%。")))
    done = check(asked, draft, shown, load_lexicon())
    assert [cited(one) for one in done] == [["2024年漏损率为9.8%。"], []]
    given = answer(asked, done, {"2024": [old], "2025": [new]}, [], "auto", verbatim)
    assert given.text == f"{REPLACED['zh']}\n2024年：漏损率为9.8%。[1]\n2025年：2025年漏损率为8.1%。[2]"


def test_a_number_of_something_else_does_not_take_the_quotes_place() -> None:
    ranked = evidence_of("团队发布了模型。数据涵盖24万余篇论文和近2万份政策。")
    assert answered("模型的数据涵盖多少篇论文？", "数据涵盖近2万份论文。", ranked=ranked).engine == "quote"
    assert answered("模型的数据涵盖多少篇论文？", "数据涵盖24万余篇论文。", ranked=ranked).engine == "write"


def test_another_number_than_that_of_better_evidence_does_not_take_its_place() -> None:
    ranked = evidence_of("规则公布。其他国家最多可买5万个芯片。核实的用户最多可买32万个芯片。")
    for written, engine in (("其他国家最多可买32万个芯片。", "quote"), ("其他国家最多可买5万个芯片。", "write")):
        asked = question.read("其他国家最多可买的芯片数量是多少？")
        done = checked(asked.text, written, ranked=ranked)
        assert answer(asked, done, {"": ranked[1:3]}, [ranked[0].hit], "auto", verbatim).engine == engine


def test_a_number_in_another_unit_is_no_rival() -> None:
    ranked = evidence_of("名单公布。全省2110家企业入库。入库企业中大企业占比达54%。")
    asked = question.read("What share of the listed companies are large companies?")
    done = checked(asked.text, "54% of the listed companies are large companies.", ranked=ranked)
    assert answer(asked, done, {"": ranked[1:3]}, [ranked[0].hit], "auto", verbatim).engine == "write"


def test_a_quote_that_is_put_into_the_readers_language_keeps_its_citation_and_says_so() -> None:
    ranked = evidence_of()
    asked = question.read("What was the leakage rate?")
    given = answer(asked, [], {"": ranked[1:2]}, [ranked[0].hit], "auto", lambda quote: "Leakage was 9.8%.")
    assert given.text == f"{TRANSLATED['en']}\nLeakage was 9.8%.[1]"
    assert (given.engine, given.citations[0].quote) == ("write", ranked[1].text)


def test_the_best_quotes_are_put_into_the_readers_language_and_none_is_left_out() -> None:
    ranked = evidence_of("公司成立。年报发布。供水管网漏损率为9.8%。再生水利用率为24%。")
    quotes = [replace(one, features={"holds": float("%" in one.text)}) for one in ranked[1:]]
    asked = question.read("What was the leakage rate?")
    given = answer(asked, [], {"": quotes}, [ranked[0].hit], "auto", lambda quote: f"It says {quote.text[-5:]}")
    assert [one.text for one in given.sentences] == ["It says 9.8%。", "It says 为24%。", "年报发布。"]


def test_a_weak_models_sentence_does_not_take_the_place_of_a_quote_in_another_language() -> None:
    ranked = evidence_of()
    asked = question.read("What was the leakage rate of the water pipes in 2024?")
    done = checked(asked.text, "The leakage rate of the water pipes was 9.8% in 2024.", ranked=ranked)
    for say, engine in ((verbatim, "write"), (None, "quote")):
        assert answer(asked, done, {"": ranked[1:2]}, [ranked[0].hit], "auto", say).engine == engine


def test_the_year_of_publication_is_left_out_of_a_date_that_has_none_in_the_evidence() -> None:
    (one,) = checked("When does the regulation take effect?", "The regulation takes effect on June 1, 2025.")
    assert one.line.text == "The regulation takes effect on June 1."
    assert cited(one) == ["条例于3月28日通过，自6月1日起施行。"]


BIRDS = """| Species | Pairs in 2014 | Pairs in 2019 | Area (acres) |
|---|---|---|---|
| Redshank | 34 | 118 | 12 |
| Lapwing | 91 | 80 | 7 |
"""


def rows_of(text: str) -> list[Evidence]:
    """The rows of a table, the last the best."""
    ranked = evidence_of(text)[2:]
    english = replace(ranked[0].hit, article=replace(ranked[0].hit.article, language="en"))
    return [replace(one, hit=english, score=float(at)) for at, one in enumerate(ranked)][::-1]


@pytest.mark.parametrize(
    ("written", "borne_out"),
    [
        ("There were 80 pairs of lapwing in 2019.", True),
        ("There were 91 pairs of lapwing in 2014.", True),
        ("There were 91 pairs of lapwing in 2019.", False),
        ("There were 80 pairs of lapwing in 2014.", False),
        ("There were 118 pairs of lapwing in 2019.", False),
    ],
)
def test_a_number_of_a_row_is_of_the_year_that_its_column_names(written: str, borne_out: bool) -> None:
    one = checked("How many pairs of lapwing were there in 2019?", written, ranked=rows_of(BIRDS))[0]
    assert bool(cited(one)) is borne_out


def test_a_quoted_row_stands_under_its_columns() -> None:
    ranked = rows_of(BIRDS)
    asked = question.read("How many pairs of lapwing were there in 2019?")
    done = checked(asked.text, "There were 91 pairs of lapwing in 2019.", ranked=ranked)
    given = answer(asked, done, {"": ranked[:2]}, [ranked[0].hit], "auto", verbatim)
    header = "| Species | Pairs in 2014 | Pairs in 2019 | Area (acres) |\n"
    assert [one.lead for one in given.sentences] == [f"{REPLACED['en']}\n{header}", ""]
    assert [one.text for one in given.sentences] == ["| Lapwing | 91 | 80 | 7 |", "| Redshank | 34 | 118 | 12 |"]
