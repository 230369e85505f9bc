"""The known documents: what each says, block by block, in Chinese and English, told with a seeded choice of words."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, perhaps with a footnote at its end."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; ``ordered`` ones are numbered from 1."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first row names the columns."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Listing | Table | PageBreak


@dataclass(frozen=True, slots=True)
class Known:
    """One document. ``header`` and ``footer`` stand on every page of paged formats and belong to no reader's text."""

    name: str
    title: str
    date: str
    source: str
    blocks: tuple[Block, ...]
    header: str = ""
    footer: str = ""
    columns: int = 1
    indented: bool = False
    """Paragraphs begin two characters in, as Chinese print has them, and both edges are straight."""

    @property
    def text(self) -> str:
        """Everything a reader sees but running headers and footers, in reading order, footnotes last."""
        parts: list[str] = []
        for block in self.blocks:
            if isinstance(block, (Heading, Paragraph)):
                parts.append(block.text)
            elif isinstance(block, Listing):
                parts += block.items
            elif isinstance(block, Table):
                parts += ["\n".join(row) for row in block.rows]
        return "\n".join([*parts, *self.notes])

    @property
    def notes(self) -> list[str]:
        """The footnotes in their order."""
        return [block.note for block in self.blocks if isinstance(block, Paragraph) and block.note]


_TOWNS = ("云栖县", "白洲镇", "临江区", "青屿市", "松岭乡", "雾溪镇", "石湾港", "双河口")
_THINGS = ("风力发电场", "城市图书馆", "污水处理厂", "夜间公交线路", "海水淡化装置", "茶园合作社", "数据中心")
_SAYS = ("市发展改革部门表示", "项目负责人介绍", "统计公报显示", "参加评审的专家认为", "当地居民反映")
_DOES = ("已经投入试运行", "完成了设备的安装与调试", "比原计划提前两个月通过验收", "仍有三成工程量尚未完成")
_PLACES = ("Eastmoor", "Port Calder", "Saltmarsh", "Linden Vale", "Harrowgate", "Quill Bay", "Northfield")
_WORKS = ("the tidal barrage", "the tram extension", "the seed library", "the heat network", "the ferry terminal")
_TOLD = ("according to the harbour board", "the surveyors reported", "the council's minutes record", "engineers said")
_DONE = ("opened to the public", "was tested under full load", "passed its second inspection", "fell behind schedule")


def _zh(pick: random.Random, sentences: int) -> str:
    told = []
    for _ in range(sentences):
        year, share = pick.randint(2015, 2026), pick.randint(10, 99)
        money = f"{pick.randint(1, 90)}.{pick.randint(1, 9)}亿元"
        told.append(
            pick.choice(
                (
                    f"{year}年{pick.randint(1, 12)}月，{pick.choice(_TOWNS)}的{pick.choice(_THINGS)}{pick.choice(_DOES)}，总投资{money}。",
                    f"{pick.choice(_SAYS)}，{pick.choice(_TOWNS)}有{share}%的家庭使用了这项服务，比上一年增加{pick.randint(2, 9)}个百分点。",
                    f"与“十三五”末相比，{pick.choice(_THINGS)}的数量由{pick.randint(3, 40)}处增加到{pick.randint(41, 99)}处；其中{pick.choice(_TOWNS)}最多。",
                    f"《{pick.choice(_TOWNS)}年度报告（{year}）》第{pick.randint(1, 30)}页列出了全部数据，并对误差作了说明。",
                )
            )
        )
    return "".join(told)


def _en(pick: random.Random, sentences: int) -> str:
    told = []
    for _ in range(sentences):
        year, share = pick.randint(2015, 2026), pick.randint(10, 99)
        told.append(
            pick.choice(
                (
                    f"In {year}, {pick.choice(_WORKS)} at {pick.choice(_PLACES)} {pick.choice(_DONE)}, {pick.choice(_TOLD)}.",
                    f"About {share} percent of households in {pick.choice(_PLACES)} paid less than ${pick.randint(20, 400)}.50 a year.",
                    f"{pick.choice(_PLACES)} spent {pick.randint(2, 95)},{pick.randint(100, 999)} pounds on it; nobody had expected that.",
                    f"The “{pick.choice(_PLACES)} question” was settled on {pick.randint(1, 28)} March {year}, {pick.choice(_TOLD)}.",
                )
            )
        )
    return " ".join(told)


def _table_zh(pick: random.Random, rows: int) -> Table:
    head = ("地区", "项目数量", "投资额（亿元）", "完成率")
    return Table(
        (
            head,
            *(
                (
                    f"{_TOWNS[n % 8]}{n + 1}片",
                    str(pick.randint(3, 99)),
                    f"{pick.randint(1, 80)}.{pick.randint(0, 9)}",
                    f"{pick.randint(20, 99)}.{pick.randint(1, 9)}%",
                )
                for n in range(rows)
            ),
        )
    )


def _table_en(pick: random.Random, rows: int) -> Table:
    head = ("Place", "Sites", "Cost in pounds", "Note")
    return Table(
        (
            head,
            *(
                (
                    f"{_PLACES[n % 7]} {n + 1}",
                    str(pick.randint(3, 99)),
                    f"{pick.randint(2, 90)},{pick.randint(100, 999)}",
                    pick.choice(("rebuilt after the flood", "new", "leased until 2031", "closed in winter")),
                )
                for n in range(rows)
            ),
        )
    )


def _report_zh(seed: int, *, sections: int, columns: int = 1, indented: bool = False) -> Known:
    pick = random.Random(seed)
    title = f"{pick.choice(_TOWNS)}基础设施建设情况报告（第{seed}号）"
    blocks: list[Block] = [Heading(1, title), Paragraph(_zh(pick, 4))]
    for number in range(sections):
        if number and number % 2 == 0:
            blocks.append(PageBreak())
        blocks += [
            Heading(2, f"{'一二三四五六七八'[number]}、{pick.choice(_THINGS)}的进展"),
            Paragraph(_zh(pick, 5), note=f"数据截至{2020 + number}年末，未包含{pick.choice(_TOWNS)}的补报部分。"),
            Paragraph(_zh(pick, 3)),
            Heading(3, f"（{'一二三四五六七八'[number]}）{pick.choice(_TOWNS)}的做法"),
            Listing(tuple(_zh(pick, 1) for _ in range(3)), ordered=number % 2 == 1),
            Paragraph(_zh(pick, 4)),
        ]
        blocks += [] if columns > 1 and number else [_table_zh(pick, 4 + 3 * number), Paragraph(_zh(pick, 2))]
    header, footer = f"{title[:8]}内部资料", "请勿外传"
    return Known(
        f"zh-{seed}", title, f"2026-0{seed % 9 + 1}-13", "临江日报", tuple(blocks), header, footer, columns, indented
    )


def _report_en(seed: int, *, sections: int, columns: int = 1) -> Known:
    pick = random.Random(seed)
    title = f"What {pick.choice(_PLACES)} built: report number {seed}"
    blocks: list[Block] = [Heading(1, title), Paragraph(_en(pick, 5))]
    for number in range(sections):
        if number and number % 2 == 0:
            blocks.append(PageBreak())
        blocks += [
            Heading(2, f"How {pick.choice(_WORKS)} went in year {number + 1}"),
            Paragraph(_en(pick, 6), note=f"Figures for {pick.choice(_PLACES)} were revised in {2020 + number}."),
            Paragraph(_en(pick, 3)),
            Heading(3, f"Lessons from {pick.choice(_PLACES)}, part {number + 1}"),
            Listing(tuple(_en(pick, 1) for _ in range(3)), ordered=number % 2 == 0),
            Paragraph(_en(pick, 5)),
        ]
        blocks += [] if columns > 1 and number else [_table_en(pick, 4 + 3 * number), Paragraph(_en(pick, 2))]
    header, footer = "Quarterly works review", "For members only"
    return Known(f"en-{seed}", title, f"2025-1{seed % 3}-07", "Calder Courier", tuple(blocks), header, footer, columns)


def _mixed(seed: int) -> Known:
    pick = random.Random(seed)
    title = f"Bilingual bulletin 双语公报 {seed}"
    blocks: list[Block] = [Heading(1, title)]
    for number in range(4):
        blocks += [
            Heading(2, f"{number + 1}. {pick.choice(_PLACES)} 与{pick.choice(_TOWNS)}"),
            Paragraph(_zh(pick, 3)),
            Paragraph(_en(pick, 3), note=f"See the {pick.choice(_PLACES)} yearbook, 第{number + 3}章."),
            _table_zh(pick, 3) if number % 2 else _table_en(pick, 3),
            Listing((_zh(pick, 1), _en(pick, 1))),
        ]
        blocks += [PageBreak()] if number == 1 else []
    return Known(
        f"mixed-{seed}", title, "2026-03-02", "双语周刊 Weekly", tuple(blocks), "Bulletin 公报", "Page foot 页脚"
    )


def documents() -> tuple[Known, ...]:
    """Six documents, one to six pages each: reports in one column and in two, with paragraphs indented or not, Chinese, English and both."""
    return (
        _report_zh(1, sections=5),
        _report_zh(2, sections=3, columns=2),
        _report_en(3, sections=5),
        _report_en(4, sections=3, columns=2),
        _mixed(5),
        _report_zh(6, sections=4, indented=True),
    )
