"""Org, reStructuredText, AsciiDoc and LaTeX as they are read: headings, tables and words, nothing that is for the program."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from index import digest
from index.formats import latex, lightweight
from index.readers import Reader
from index.types import Article

ORG = """#+TITLE: 林场巡护
#+DATE: [2025-08-09 Sat]
#+OPTIONS: toc:nil
* TODO 巡护 :work:
:PROPERTIES:
:ID: 7a1b
:END:
护林员23名[fn:1]，旧价 +19+ 21元，藻细胞10^{6}个，见[[https://a.example/x][地图]]。
# 批注
#+BEGIN_SRC python
print(999)
#+END_SRC
#+BEGIN_COMMENT
草稿
#+END_COMMENT
| 名称 | 数量 |
|------+------|
| 水泵 |    6 |
"""
RST = """========
渔业年报
========

:date: 2025-01-09

渔获量为8.2万吨 [1]_，见 `地图 <https://a.example>`_，共10\\ :sup:`6` 项。

设备
----

.. note::

   冷库容量为3000吨。

.. image:: x.png
   :alt: x

====  ======
名称  数量
====  ======
叉车  9
====  ======

.. 批注
.. [1] 县渔业局
"""
ADOC = """= 冷库年报
李青 <li@a.example>
2025-01-10
:toc:

== 规模

冷库42间footnote:[含在建]，见 https://a.example/x[说明]。

// 批注
[source,python]
----
print(999)
----

.设备
|===
|名称 |数量

|叉车
|9
|===
"""
TEX = r"""\documentclass{article}
\title{湖泊蒸发}
\date{2025年7月8日}
\begin{document}
\maketitle
% 旧值
\section{结果}\label{sec:a}
年蒸发量为$1.2\times10^{3}$毫米，\textbf{湖面}36平方公里~\cite{li}，增长5\%\footnote{快报。}。
\begin{itemize}
\item 冬季90毫米
\end{itemize}
\begin{tabular}{|l|r|}
\hline
湖 & 面积 \\
青湖 & \textit{36} \\
\end{tabular}
\begin{equation}\label{e}E = \frac{3}{4}h\end{equation}
\end{document}
"""


def read(folder: Path, name: str, source: str) -> Article:
    path = folder / name
    path.write_text(source, encoding="utf-8")
    with Reader() as reader:
        (document,) = reader.read(path).documents
    (article,) = digest.read(document, path=str(path), file_hash="")
    return article


@pytest.mark.parametrize(
    ("name", "source", "told", "rows"),
    [
        (
            "a.org",
            ORG,
            ("林场巡护", "2025-08-09"),
            [
                "# 巡护",
                "护林员23名，旧价  21元，藻细胞10^6个，见地图。",
                "```",
                "print(999)",
                "```",
                "| 名称 | 数量 |",
                "| 水泵 | 6 |",
            ],
        ),
        (
            "a.rst",
            RST,
            ("渔业年报", "2025-01-09"),
            [
                "渔获量为8.2万吨，见 地图，共10^6 项。",
                "## 设备",
                "冷库容量为3000吨。",
                "| 名称 | 数量 |",
                "| 叉车 | 9 |",
                "县渔业局",
            ],
        ),
        (
            "a.adoc",
            ADOC,
            ("冷库年报", "2025-01-10"),
            [
                "## 规模",
                "冷库42间（含在建），见 说明。",
                "```",
                "print(999)",
                "```",
                "设备",
                "| 名称 | 数量 |",
                "| 叉车 | 9 |",
            ],
        ),
        (
            "a.tex",
            TEX,
            ("湖泊蒸发", "2025-07-08"),
            [
                "## 结果",
                "年蒸发量为1.2×10^3毫米，湖面36平方公里，增长5%（快报）。",
                "- 冬季90毫米",
                "| 湖 | 面积 |",
                "| 青湖 | 36 |",
                "E = 3/4h",
            ],
        ),
    ],
)
def test_a_source_reads_as_its_author_sees_it(
    name: str, source: str, told: tuple[str, str], rows: list[str], tmp_path: Path
) -> None:
    article = read(tmp_path, name, source)
    assert (article.title, article.date) == told
    assert [row for row in article.text.split("\n") if row] == rows


def test_a_heading_beside_the_title_of_the_front_matter_is_kept(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", "---\ntitle: 年报\n---\n# 一季度\n\n产盐9吨。\n").text == "# 一季度\n产盐9吨。"
    assert read(tmp_path, "b.md", "---\ntitle: 年报\n---\n# 年报\n\n产盐9吨。\n").text == "产盐9吨。"


@pytest.mark.parametrize(
    "sign", ["\\begin{a}", "\\a{", "{", "[[", "*a", "`a <", "|===\n", "$", "+--+\n", "=\n", ".. a::\n "]
)
def test_hostile_sources_cost_their_length(sign: str) -> None:
    start = time.thread_time()
    for shown in (lightweight.org, lightweight.rst, lightweight.asciidoc, latex.shown):
        shown(sign * 10_000)
    assert time.thread_time() - start < 5
