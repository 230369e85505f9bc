"""Readers: which files, which encoding, which errors; and what cleaning takes away."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cleaning import clean
from index.encoding import decoded
from index.formats.document import Document
from index.readers import LARGEST, ReadError, _cleaned, find, read

SIMPLIFIED = (
    "青屿市的海上风电场在这一年里发电三十四亿千瓦时，市能源局说，这个数字比去年增加了两成。\n第二段：2026年1月13日。"
)
TRADITIONAL = "這座圖書館的館藏增加到兩百一十萬冊，市政府說，讀者在新館裡可以使用三千個座位。\n第二段：2026年。"
ENGLISH = "The plant opened in January.\nIt cost 175 million dollars.\n"


def test_find_walks_folders_in_order_and_skips_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "c.jpg", ".hidden.txt", "sub/d.TXT", ".git/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    names = [path.relative_to(tmp_path).as_posix() for path in find([tmp_path / "b.txt", tmp_path])]
    assert names == ["b.txt", "a.md", "sub/d.TXT"]


def test_find_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"nowhere does not exist: check the spelling"):
        find([tmp_path / "nowhere"])
    with pytest.raises(ReadError, match=r"holds nothing to read: put articles \(\.txt, \.md, .*\.zip\) into it"):
        find([tmp_path])
    (tmp_path / "x.jpg").write_text("x")
    with pytest.raises(ReadError, match=r"x\.jpg is not a kind of file"):
        find([tmp_path / "x.jpg"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL, ENGLISH])
def test_every_usual_encoding_is_recognised(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


def test_gbk_and_big5_are_told_apart() -> None:
    assert decoded(SIMPLIFIED.encode("gbk")) == SIMPLIFIED
    assert decoded(TRADITIONAL.encode("big5")) == TRADITIONAL
    assert decoded("云栖县".encode("gbk")) == "云栖县"


@pytest.mark.parametrize(
    "data",
    [
        "これは日本語のテキストです。".encode("shift-jis"),
        "한국어 텍스트는 여기에 있습니다. 인공지능 산업의 발전과 데이터 센터 투자".encode("euc-kr") * 3,
        "café naïve résumé".encode("latin-1"),
    ],
)
def test_an_encoding_that_does_not_fit_is_an_error_naming_the_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "strange.txt").write_bytes(data)
    with pytest.raises(ReadError, match=r"strange\.txt is in no encoding that fits .* save it as UTF-8"):
        read(tmp_path / "strange.txt")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02", bytes(range(256)) * 20, b"ab\x01\x02\x03\x04" * 50]
)
def test_binary_data_is_an_error_naming_the_file(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "photo.txt").write_bytes(data)
    with pytest.raises(ReadError, match=r"photo\.txt is (not text but binary|in no encoding)"):
        read(tmp_path / "photo.txt")


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", "\ufeff\u3000\n".encode()])
def test_an_empty_file_is_an_error(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "void.txt").write_bytes(data)
    with pytest.raises(ReadError, match=r"void\.txt is empty"):
        read(tmp_path / "void.txt")


def test_a_huge_file_a_folder_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    huge.touch()
    os.truncate(huge, LARGEST + 1)
    with pytest.raises(ReadError, match=r"huge\.txt is too large \(50 MB"):
        read(huge)
    with pytest.raises(ReadError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(ReadError, match="cannot be read"):
        read(tmp_path / "gone.txt")


def test_noise_goes_and_visible_characters_stay() -> None:
    raw = "[bookmark: OLE_LINK1]标\u200b题\ufeff（ＡＢ）①\r\n\u3000\u3000正文\u00a0一。  \r\n\x0c尾"
    assert clean(raw) == "标题（ＡＢ）①\n    正文 一。\n\n尾"


WRAPPED = [
    (
        "    持续提升算力规模和能效，保障在建数据中心投运并招引\n新项目。\n    第二段。",
        "    持续提升算力规模和能效，保障在建数据中心投运并招引新项目。\n    第二段。",
    ),
    (
        "    第一段到此结束，已经写得很长很长很长。\n短标题\n（2026-01-13）",
        "    第一段到此结束，已经写得很长很长很长。\n短标题\n（2026-01-13）",
    ),
    (
        "    最后一段没有句号但是已经写得很长很长\n下一篇的标题\n（2026-01-13）\n",
        "    最后一段没有句号但是已经写得很长很长\n下一篇的标题\n（2026-01-13）",
    ),
    (
        "    正文。\n                （来源：贵州日报）\n全球首个模型发布\n（2026-01-20）",
        "    正文。\n                （来源：贵州日报）\n全球首个模型发布\n（2026-01-20）",
    ),
    (
        "The company says that the plant can process 24,000 tonnes\nof batteries a year, and that it will employ 210 people by\nJuly.",
        "The company says that the plant can process 24,000 tonnes of batteries a year, and that it will employ 210 people by July.",
    ),
    ("A short line\nof a poem\nstays", "A short line\nof a poem\nstays"),
    (
        "Every sentence stands on a line of its own in this text.\nEvery sentence stands on a line of its own in that text.\nEnd.",
    )
    * 2,
    ("企业\t产值（亿元）\n甲公司\t15600\n乙公司\t4350",) * 2,
    ("| 镇 | 产值 |\n|---|---|\n| 雾溪镇 | 112400 |",) * 2,
    ("- the first item of a list that is written on a long line here\n- the second item of the list that is long too",)
    * 2,
]


@pytest.mark.parametrize(("raw", "expected"), WRAPPED)
def test_only_wrapped_lines_are_joined(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_a_sentence_cut_by_a_page_is_joined_and_a_heading_is_not() -> None:
    cut = "研究总结数据要素流通实践经验，形成数据基础设施、数据资产管理、数据流通交易等多个重要的领\n\n域各级标准。\n\n二、下一部分"
    assert clean(cut) == cut.replace("领\n\n域", "领域")
    numbered = "研究总结数据要素流通实践经验，形成数据基础设施、数据资产管理、数据流通交易等多个重要的领\n\n— 3 —\n\n域各级标准。"
    assert (
        clean(numbered)
        == "研究总结数据要素流通实践经验，形成数据基础设施、数据资产管理、数据流通交易等多个重要的领域各级标准。"
    )
    title = "国家和地方共二十五个部门联合印发关于完善数据流通安全治理更好促进市场化价值化的实施方案\n\n近日，多个部门印发了方案。"
    assert clean(title) == title


def test_code_and_front_matter_are_left_alone() -> None:
    text = "---\ntitle: A\ndate: 2026-01-13\n---\n```\nfor each line of the code that is long enough to be wrapped\nhere it stays as it is\n```"
    assert clean(text, markdown=True) == text


@given(st.text())
def test_cleaning_keeps_every_letter_and_is_stable(text: str) -> None:
    once = clean(text)
    assert clean(once) == once or "bookmark" in text
    letters = [character for character in text if character.isalpha()]
    assert [character for character in once if character.isalpha()] == letters or "bookmark" in text


@pytest.mark.parametrize(
    "text", ["字" * 1_000_000, "a b " * 250_000, "（" * 1_000_000, " " * 1_000_000 + "x", "字字\n" * 60_000]
)
def test_a_megabyte_is_cleaned_in_linear_time(text: str) -> None:
    start = time.process_time()
    clean(text)
    assert time.process_time() - start < 10


def test_raised_digits_on_the_pages_of_a_document_move_no_page() -> None:
    document = _cleaned(Document("a.pdf", "密度10⁶个。\n次页1,280²只。", pages=(0, 8)))
    assert document.text == "密度10^6个。\n次页1,280只。"
    assert document.text[document.pages[1] :] == "次页1,280只。"
