"""Chinese names go from letters into characters and back by how they sound, where the library has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from index.text import pinyin
from models import load_lexicon
from rag.assistant import Assistant
from rag.question import read
from rag.settings import load_settings
from rag.translation import translate
from rag.upkeep.ingest import ingest


@pytest.mark.parametrize(
    ("name", "characters"),
    [
        ("Zhou Du", "周渡"),
        ("zhou du", "周渡"),
        ("Zhu Zongyao", "朱宗尧"),
        ("Ouyang Xiu", "欧阳修"),
        ("Xi'an", "西安"),
        ("Fangan", "翻赣"),
        ("Lu Bu", "吕布"),
        ("Yao Le", "姚乐"),
        ("Shijiazhuang", "石家庄"),
    ],
)
def test_a_name_in_letters_is_of_the_characters_that_sound_so(name: str, characters: str) -> None:
    pairs = [characters[at : at + 2] for at in range(len(characters) - 1)]
    assert all(pair in held for pair, held in zip(pairs, pinyin.pairs(name), strict=True))


@pytest.mark.parametrize(
    "word", ["Halden", "Rail", "Du", "Xian", "Moody's", "Beijing Wuhan Shanghai", "", "123", "a" * 50_000]
)
def test_other_words_are_no_names(word: str) -> None:
    assert pinyin.pairs(word) == []


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("朱宗尧", ["zhu zongyao", "zhuzongyao"]),
        ("吕布", ["lu bu", "lubu"]),
        ("周", []),
        ("一二三四五", []),
        ("A周", []),
    ],
)
def test_how_a_name_is_written_in_letters(name: str, spelled: list[str]) -> None:
    assert pinyin.spellings(name) == spelled


def test_only_names_that_the_library_has_are_translated() -> None:
    lexicon = load_lexicon()
    plain = translate(read("Who is Zhou Du?"), lexicon)
    assert translate(read("Who is Zhou Du?"), lexicon, lambda _: set()) == plain
    (named,) = translate(read("Who is Zhou Du?"), lexicon, lambda terms: {"周渡"} & set(terms))
    assert named.renderings == ((("周渡",), 1.0),)
    assert translate(read("Is time a game?"), lexicon, set) == translate(read("Is time a game?"), lexicon)


def test_a_long_name_must_stand_whole_and_begin_as_names_do() -> None:
    lexicon = load_lexicon()
    there = {"朱宗", "宗尧", "宗要", "主总", "总要", "朱宗尧", "主总要"}

    def said(terms: Iterable[str]) -> set[str]:
        return there & set(terms)

    (named,) = translate(read("Who is Zhu Zongyao?"), lexicon, said)
    assert named.renderings == ((("朱宗", "宗尧"), 1.0),)
    there.remove("朱宗尧")
    assert translate(read("Who is Zhu Zongyao?"), lexicon, said) == translate(read("Who is Zhu Zongyao?"), lexicon)


CHINESE = (
    "东堤动工\n\n2026-01-13 | 东湖日报\n\n东湖东堤1月13日动工，市水务局局长周渡到场讲话。东堤长4.2千米，年底完工。"
)
ENGLISH = "Ferry runs again\n\n2026-02-03 | Harbour Gazette\n\nThe ferry across the bay runs again since Tuesday. Captain Qiao Mingye steered the first trip with 214 people on board."


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("names")
    (folder / "zh.txt").write_text(CHINESE, "utf-8")
    (folder / "en.txt").write_text(ENGLISH, "utf-8")
    ingest([folder], load_settings(folder / "home"))
    with Assistant(load_settings(folder / "home", engine="quote")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Who is Zhou Du?", "水务局局长周渡"),
        ("乔明烨是谁？", "Captain Qiao Mingye"),
        ("谁是乔明烨？", "Captain Qiao Mingye"),
    ],
)
def test_a_person_is_found_in_the_other_language(assistant: Assistant, text: str, said: str) -> None:
    assert said in assistant.ask(text).answer.text


@pytest.mark.parametrize("text", ["Who is Zhang Wei?", "陈立群是谁？"])
def test_a_person_of_whom_nothing_is_said_is_not(assistant: Assistant, text: str) -> None:
    assert assistant.ask(text).answer.refused
