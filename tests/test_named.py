"""What is asked of somebody or something by name is not told of another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from rag.upkeep.ingest import ingest

YEAR = "过去一年，原料价格上涨了两成，运费也高于往年，各地的仓库都重新签了合同。管理层多次召开会议，讨论怎样在不提高售价的前提下保持利润。销售部门走访了一百多家客户，记下了他们对交货时间和包装的意见。仓储部门换了新的货架，并重新编排了出库的次序。财务部门把月度结算提前了三天。研发部门申请了七项专利，其中两项已经用在产品上。"
"""What stands between the name and the news."""

ARTICLES = {
    "1.txt": "年度报告\n2026-02-10\n\n澜赋科技有限公司是一家生产水泵的企业，总部在鹭渡，有员工410人。\n\n"
    + YEAR
    + "\n\n公司在厂区里种了四千棵树，并把三条生产线改为用电。\n",
    "2.txt": "年度报告\n2026-02-11\n\n珩川科技有限公司是一家生产阀门的企业，总部在溪口。\n\n"
    + YEAR
    + "\n\n公司于2021年3月实施了员工健康与安全计划，工伤事故减少了四成。\n",
    "3.txt": "新的医学影像模型\n2026-02-12\n\n研究团队发布了医学影像模型LumoSeg，它能在胸片上标出34种病变，并说明依据。\n模型在八家医院试用。\n",
    "4.txt": "大模型开源\n2026-02-13\n\n一家公司在2025年9月开源了自己的语言模型，参数量为三百二十亿个，可以在一张显卡上运行。\n",
    "5.txt": "雾滩区人民法院刑事判决书\n\n被告人：熊某某，女，1997年6月14日出生，自由职业者，住雾滩市晴川街38号。\n\n辩护人：强某，雾滩市诚理律师事务所律师。\n\n审判长：穆某某\n\n被告人熊某某犯盗窃罪，判处有期徒刑一年。\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("named")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, "utf-8")
    settings = Settings(tmp_path_factory.mktemp("home"), engine="quote")
    ingest([folder], settings)
    with Assistant(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("珩川科技有限公司的员工健康与安全计划是什么时候实施的？", "2021年3月"),
        ("澜赋科技有限公司有多少员工？", "410人"),
        ("LumoSeg能标出多少种病变？", "34种"),
        ("语言模型是什么时候开源的？", "2025年9月"),
        ("被告人熊某某住在哪里？", "晴川街38号"),
    ],
)
def test_what_an_article_says_of_the_one_that_is_named_is_told(assistant: Assistant, text: str, told: str) -> None:
    assert told in assistant.ask(text).answer.text


@pytest.mark.parametrize(
    "text",
    [
        "澜赋科技有限公司的员工健康与安全计划是什么时候实施的？",  # 珩川科技's is told
        "LumoSeg模型是什么时候开源的？",  # when another was is told
        "审判长穆某某住在哪里？",  # the accused lives where it says
    ],
)
def test_what_is_said_of_another_is_no_answer(assistant: Assistant, text: str) -> None:
    answer = assistant.ask(text).answer
    assert answer.refused, answer.text
