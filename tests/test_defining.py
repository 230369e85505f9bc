"""What a word means is told by the sentence that says so outright, wherever in the library it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag import question
from rag.assistant import Assistant
from rag.outright import defining
from rag.settings import Settings
from rag.upkeep.ingest import ingest

NEWS = {
    "cloud.txt": "云汀建成边缘算力枢纽\n（2026-01-05）\n云汀市近日建成首个区域算力调度平台（下称“青鸾”）。青鸾平台由边缘计算节点（ECN）和光缆组成。"
    "ECN 业务每年增长三成。ECN 机房的能耗要逐年下降，市里将为ECN企业提供补贴。",
    "fish.txt": "云汀推行渔光互补\n（2026-02-11）\n渔光互补，是指在鱼塘水面上架设光伏板发电、水下养鱼的做法。项目由AI(人工智能)调度。渔光互补项目今年新增五个。"
    "“三网一链”（渔政网、气象网、航道网和冷链）年底投用，有人认为冷链是一种负担，三网一链覆盖全部渔港。",
    "tide.md": "# Harrow's tidal fences\n\n*March 2, 2026*\n\nThe council will build two tidal fences. Tidal fences slow the water near the shore.\n\n"
    "A tidal fence is a row of vertical turbines between two banks. The Harrow Estuary Board (HEB) pays for it. HEB wants more.",
    "plain.txt": "云汀的雾凇节\n（2026-01-20）\n雾凇节吸引游客两万人。今年的雾凇节（1月8日至20日）比去年多三天，雾凇节是云汀冬季收入的来源。",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("meanings")
    for name, text in NEWS.items():
        (folder / name).write_text(text, encoding="utf-8")
    own = Settings(folder / "home", engine="quote")
    assert not ingest([folder / name for name in NEWS], own).failed
    with Assistant(own) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ECN是什么意思？", "边缘计算节点（ECN）"),
        ("什么是ECN？", "边缘计算节点（ECN）"),
        ("What does ECN stand for?", "边缘计算节点（ECN）"),
        ("“青鸾”指的是什么？", "区域算力调度平台（下称“青鸾”）"),
        ("什么是渔光互补？", "渔光互补，是指在鱼塘"),
        ("三网一链是什么？", "“三网一链”（渔政网"),
        ("What is a tidal fence?", "A tidal fence is a row of vertical turbines"),
        ("What is HEB?", "The Harrow Estuary Board (HEB)"),
        ("HEB是什么机构？", "The Harrow Estuary Board (HEB)"),
    ],
)
def test_a_meaning_is_told_by_the_sentence_that_says_it(text: str, says: str, assistant: Assistant) -> None:
    [sentence] = assistant.ask(text).answer.sentences
    assert says in sentence.text


@pytest.mark.parametrize(
    "text", ["雾凇节是什么？", "What is the council?", "什么是光缆？", "冷链是什么？", "人工智能是什么？"]
)
def test_a_number_in_brackets_or_a_mere_mention_is_no_meaning(text: str, assistant: Assistant) -> None:
    hits = assistant.search(text, 8)
    word = defining.word(text)
    assert word
    assert defining.told(question.read(text), hits, assistant.mentions(word)) is None


@pytest.mark.parametrize(
    "text",
    [
        "云汀的目标是什么？",
        "What is the population of Harrow?",
        "雾凇节什么时候举行？",
        "什么时候建成？",
        "What is it?",
        "What are they?",
        "那个平台是什么？",
        "云汀，渔光互补是什么？",
        "",
    ],
)
def test_other_questions_ask_for_no_meaning(text: str) -> None:
    assert not defining.word(text)


def test_a_meaning_is_looked_for_where_the_filters_admit(assistant: Assistant) -> None:
    from index.search import Filters

    answer = assistant.ask("ECN是什么意思？", Filters(since="2026-02-01")).answer
    assert "边缘计算节点（ECN）" not in answer.text
