"""Laws and notices: a part by its number, cases in brackets, and no whole law for a list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.upkeep.ingest import ingest

NOTICE = """关于印发《云汀市小微企业贷款贴息办法》的通知

云汀市财政局 2026年3月2日

第一章 总则
第一条 为降低小微企业融资成本，制定本办法。
第二条 本办法所称小微企业，是指从业人员不超过300人的企业。

第二章 贴息标准
第三条 对单户1000万元以下的流动资金贷款，按贷款本金的2%给予贴息，期限不超过一年。
第四条 科技型企业贴息比例提高到3%。
第五条 同一企业每年贴息总额不超过20万元。

第三章 申请程序
第六条 企业应于每季度首月15日前向所在区财政局提交申请，并附贷款合同和付息凭证。
第七条 区财政局应在10个工作日内完成初审，市财政局应在15个工作日内完成复审。

第四章 附则
第八条 有下列情形之一的，不予贴息：（一）被列入失信名单的；（二）贷款用于房地产开发的；（三）逾期还款的。
第九条 本办法自2026年4月1日起施行。
"""


POLICY = """# Ferry Guild Travel Policy

## 1. Booking

Trips are agreed with a warden ten days before they begin.

## 2. Lodging

Inns may cost up to 90 pounds a night on the coast.

## 3. Meals

The daily allowance is 28 pounds.
"""

MANUAL = """# 苍溪抽水泵使用说明书

## 一、参数

| 项目 | 参数 |
|---|---|
| 型号 | CX-90 |
| 额定功率 | 75 瓦 |
| 净重 | 11.2 千克 |

## 二、故障代码

| 代码 | 含义 | 处理办法 |
|---|---|---|
| F1 | 进水不足 | 检查进水阀 |
| F2 | 漏水保护 | 擦干底盘 |

## 三、保修

整机自购买之日起保修两年。
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("parts")
    (folder / "notice.txt").write_text(NOTICE, encoding="utf-8")
    (folder / "other.txt").write_text("码头守则\n\n2026-01-05\n\n第二条说的是夜里不得装卸，大家都知道。\n", "utf-8")
    (folder / "policy.md").write_text(POLICY, encoding="utf-8")
    (folder / "manual.md").write_text(MANUAL, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([*folder.glob("*.txt"), *folder.glob("*.md")], own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("第五条说了什么？", "第五条 同一企业每年贴息总额不超过20万元。"),
        ("第四条规定了什么？", "第四条 科技型企业贴息比例提高到3%。"),
        ("小微企业贷款贴息办法第九条是什么？", "第九条 本办法自2026年4月1日起施行。"),
        ("第二条的内容是什么？", "第二条 本办法所称小微企业，是指从业人员不超过300人的企业。"),
        (
            "What does section 2 of the travel policy say?",
            "## 2. Lodging\nInns may cost up to 90 pounds a night on the coast.",
        ),
        ("抽水泵说明书第三部分讲了什么？", "## 三、保修\n整机自购买之日起保修两年。"),
        ("F2是什么意思？", "| F2 | 漏水保护 | 擦干底盘 |"),
        ("抽水泵有多重？", "| 净重 | 11.2 千克 |"),
        ("CX-90的功率多大？", "| 额定功率 | 75 瓦 |"),
    ],
)
def test_a_part_is_told_by_its_number(text: str, quote: str, assistant: Assistant) -> None:
    one, *_ = assistant.ask(text, today=date(2026, 4, 1)).answer.citations
    assert one.quote == quote


def test_a_chapter_has_all_its_provisions(assistant: Assistant) -> None:
    [one] = assistant.ask("第三章讲了什么？").answer.citations
    assert one.quote.startswith("第三章 申请程序\n第六条")
    assert one.quote.endswith("完成复审。")


def test_what_has_no_such_part_is_not_told(assistant: Assistant) -> None:
    assert "第五十条" not in assistant.ask("第五十条说了什么？").answer.text


def test_cases_are_told_one_by_one_and_a_law_is_no_list(assistant: Assistant) -> None:
    told = [one.text for one in assistant.ask("哪些情形不予贴息？").answer.sentences]
    assert told[1:] == ["（一）被列入失信名单的；", "（二）贷款用于房地产开发的；", "（三）逾期还款的。"]
    assert len(assistant.ask("申请要交哪些材料？").answer.sentences) <= 3


def test_a_verb_before_a_word_makes_no_other_name(assistant: Assistant) -> None:
    assert "失信名单" in assistant.ask("哪些情况不给贴息？").answer.text
