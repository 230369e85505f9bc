"""What one line of a document is: a date, a source, a list item, a table row, a title, body text. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from index.text.clauses import STOPS
from index.text.dates import parse_date
from index.text.scripts import HAN

TITLE_COLUMNS = 130
BODY_COLUMNS = 60

_WIDE = re.compile(
    rf"[\u1100-\u115f\u2018-\u201d\u2026\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60{HAN}]"
)
_CLOSERS = "”’」』）)】〕]》〉>\"'*_ \t\u3000"
_LIST_ITEM = re.compile(
    r"[-*+•·●○■◆▪]\s|[（(]?\d{1,3}[)）]|\d{1,3}[.．、](?!\d)|\d{1,2}(?:\.\d{1,2}){1,3}\s"
    r"|[（(][一二三四五六七八九十百]{1,4}[)）]|[一二三四五六七八九十百]{1,4}、|第[一二三四五六七八九十百\d]{1,4}[章节節条條]|[a-z][.)]\s"
)
_ENTRY = re.compile(r"[^\W\d_][\w -]*[:=]|[ \t#\[\]}]|-\s")
"""What a row of front matter begins with: a name and its value, or what belongs to the one above."""
_PAGE_NUMBER = re.compile(
    r"[-—–·]\s*\d{1,4}\s*[-—–·]|第\s*\d{1,4}\s*[页頁]"
    r"\s*(?:[,，/]?\s*共\s*\d{1,4}\s*[页頁])?|page \d{1,4}(?: of \d{1,4})?",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"[（(【]?(?:长按|微信)?(?:扫描|扫一扫|掃描|扫码)[^。]{0,12}"
    r"(?:二维码|二維碼|阅读|閱讀|下载|查看)[^。]{0,20}[)）】]?"
    r"|scan (?:the |this )?qr code.{0,60}",
    re.IGNORECASE,
)
_LABELS = {
    "date": "日期|时间|時間|发布时间|发布日期|發布時間|發布日期|发表时间|创建时间|创建日期|建立时间|撰写时间|撰写日期|date|published|published on|publication date|posted|posted on|updated|updated on|last updated|created|created at|created on",
    "source": "来源|來源|信息来源|资料来源|文章来源|新闻来源|稿源|source|sources|from|via",
    "url": "原文链接|原文連結|原文地址|阅读原文|链接|連結|网址|url|link|original link|original article|read more",
    "title": "标题|標題|题目|title|headline",
    "other": "作者|记者|記者|编辑|編輯|责任编辑|责编|責任編輯|校对|审核|审校|浏览次数|字号|字体|分享到|作者单位"
    "|by|author|authors|editor|reporter|byline"
    "|category|tags|section|language|lang",
}
_LABEL = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items()), re.IGNORECASE)
_LABELLED = re.compile(
    rf"(?P<label>[A-Za-z{HAN}][A-Za-z{HAN} ]{{0,19}}?)"
    r"\**[ \u3000]{0,2}[:：]\**[ \u3000]*(?P<value>.*)"
)
_MAY_BE_A_DAY = re.compile(r"\d{4} ?[-/.年]|[A-Za-z],? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d [A-Za-z]+,? \d{4}|〇")
_DAY_LINE = 40
"""Characters of a line that may be a day."""
_EVENT = re.compile(r"(?:时间|時間|time|when)\**\s*[:：]\**.*?\d{1,2}\s*(?:[:：]\d\d|[时時点點])", re.IGNORECASE)
_BYLINE = re.compile(r"[Bb]y [A-Z][\w.'’-]*(?: (?:and |[A-Z])[\w.'’-]*){0,7}")
_SPEAKER = re.compile(
    r"[^\W\d][^\d:：。，,.]{0,18}?[ \t\u3000]{1,3}(?:\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?[ ,]{1,2})?(?:上午|下午|晚上|凌晨)?"
    r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
)
_STAMPED = re.compile(r"\[?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},? \d{1,2}:\d{2}")
"""The beginning of a message or of a log's row."""
_SAID_DAY = re.compile(
    r"(?:first |last )?(?:published|posted|updated|printed|issued)(?: on)? (.{6,30})|(?:发布|发表|更新|刊登|發布|發表)(?:于|於|在)(.{6,30})",
    re.IGNORECASE,
)
"""A day told in words: Published 3 August 2025."""
_DAY_BESIDE = re.compile(
    r"(?P<day>[\w .]{8,30}?), (?P<source>[A-Z][\w'’&. -]{2,40})|(?P<before>[A-Z][\w'’&. -]{2,40}?), (?P<after>[\w .,]{8,30})"
)
"""A day and a paper under a title: 12 May 2026, Calder Wire."""
_INLINE_SOURCE = re.compile(
    r"[（(\[【][ \u3000]?(?:来源|來源|资料来源|稿源|source)[ \u3000]?[:：]"
    r"[ \u3000]?(?P<value>[^\n]{1,80}?)[ \u3000]?[)）\]】][*_]{0,2}$",
    re.IGNORECASE,
)
CREDIT = re.compile(
    r"\W*(?:数据|資料|资料|信息|图片|圖片)?(?:来源|來源|source)s?\s*[:：](?!.*[。！？；])", re.IGNORECASE
)
"""A line that names where a table or a picture is from, and says nothing else."""
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


_FIELD = re.compile(
    rf"[ \t\u3000]*(?:[-*+•·●○■◆▪]\s+|[（(]?\d{{1,2}}[.、)）]\s*)?\**(?P<label>[^\W\d_][^：:，。；！？,;|\n]{{0,30}}?)\**[ \u3000]{{0,2}}[：:](?!//)\**[ \t\u3000]*"
    rf"(?P<value>[^\n{STOPS}]+?)[{STOPS}]?[ \t]*"
)
_FIELD_LABEL = 24
"""Columns of what a line tells of."""
_OPENING = re.compile(
    r"[ \t\u3000]*(?:[-*+•·●○■◆▪]\s+)?(?:\**([^\W_][^：:，。；！？,;|\n]{0,30}?)\**[：:](?!//)\**[ \u3000]*[^\s\d]"
    r"|\*\*([^\W_][^*：:，。；！？,;|\n]{0,30}?)[.。]?\*\*[.。—–-]?[ \u3000]*\S)"
)
_PRICED = re.compile(
    r"[ \t\u3000]*(?:[-*+•·●○■◆▪]\s+|\d{1,2}[.、)]\s*)(?P<name>[^\d\n：:，。；|£$€¥]{1,40}?)[ \t\u3000—–.…-]+(?P<number>[£$€¥]?\d[^\n]{0,40})"
)
"""An item of a list that is a name and a number, perhaps with a remark: 西湖醋鱼 98元（需预订）."""
_ALONE = re.compile(r"\**[^\W\d_][^\d.,:;!?。，、：；！？…|]*\**[:：]\**")
_FIELD_VALUE = 160
"""Columns of what it tells."""
_SENTENCES = re.compile(r"[a-z)”\"]{2}[.!?]\s")


class Meta(NamedTuple):
    """What a line says about its article instead of telling it. ``bare``: a date without label or brackets."""

    date: str = ""
    source: str = ""
    url: str = ""
    title: str = ""
    bare: bool = False


def merged(one: Meta, other: Meta) -> Meta:
    """What two lines say together; the first to name a thing counts."""
    return Meta(one.date or other.date, one.source or other.source, one.url or other.url, one.title or other.title)


def columns(line: str) -> int:
    """Width in terminal columns: a Han character takes two."""
    return len(line) + len(_WIDE.findall(line[:2000]))


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def han_share(text: str) -> float:
    """Han characters among the letters of ``text``."""
    han = len(re.findall(f"[{HAN}]", text))
    return han / max(1, han + len(re.findall(r"[A-Za-z\u00c0-\u024f]", text)))


def ends_sentence(line: str) -> bool:
    """True if the last character under closing quotes and brackets ends a sentence."""
    return line.rstrip(_CLOSERS)[-1:] in tuple("。！？；：…!?.;:")


def is_table(line: str) -> bool:
    return "\t" in line.rstrip() or line.count("|") >= 2 or len(re.findall(r"\S {3,}(?=\S)", line[:400])) >= 2


def is_list_item(line: str) -> bool:
    return bool(_LIST_ITEM.match(line.lstrip()))


def front(rows: Sequence[str]) -> int:
    """How many rows the front matter takes: those between two rows of --- or +++ of which most name something or go on with it. A
    letter that stands between two rules is none."""
    mark = rows[0].rstrip() if rows else ""
    end = next((n for n, row in enumerate(rows[1:200], 1) if row.rstrip() == mark), 0) if mark in ("---", "+++") else 0
    held = [row for row in rows[1:end] if row.strip()]
    return end + 1 if 2 * sum(bool(_ENTRY.match(row)) for row in held) > len(held) else 0


def is_heading(line: str) -> bool:
    return bool(re.match(r"#{1,6}\s+\S", line))


def is_furniture(line: str) -> bool:
    """A page number, a QR caption, a ruler: what the page needs and the article does not."""
    bare = line.strip().strip("*_").strip()
    if len(bare) > 80:
        return False
    return bool(
        _PAGE_NUMBER.fullmatch(bare) or _CAPTION.fullmatch(bare) or re.fullmatch(r"[-=_*—─·~]{3,}", line.strip())
    )


def is_body(line: str) -> bool:
    """Running text: a sentence, or too long for a title."""
    bare = line.strip()
    if len(bare) > TITLE_COLUMNS or columns(bare) > TITLE_COLUMNS:
        return True
    if re.search("[。；]", bare) or (re.search("[，,]", bare) and columns(bare) > BODY_COLUMNS):
        return True
    return bare.rstrip(_CLOSERS)[-1:] in tuple("。；.;") and columns(bare) > 20


def is_title(line: str) -> bool:
    """Could be the title of an article: short, not a sentence, not a numbered heading, not one of the other kinds."""
    bare = plain(line)
    if not bare or len(bare) > TITLE_COLUMNS or columns(bare) > TITLE_COLUMNS or not re.search(r"[^\W\d_]", bare):
        return False
    if re.search("[。；]", bare) or bare[-1] in "，、：,;:；。." or is_table(line):
        return False
    bracketed = re.fullmatch(r"[（(【\[].*[)）】\]]", bare) or re.search(r"〔\d{4}〕\d+号$", bare)
    return not (
        bracketed
        or _STAMPED.match(bare)
        or is_speaker(bare)
        or is_list_item(bare)
        or is_furniture(bare)
        or _URL.match(bare)
        or meta(line)
    )


def plain(line: str) -> str:
    """A title without the marks around it: Markdown heading and emphasis, quotation mark of a headline."""
    bare = re.sub(r"^[#>]+\s*", "", line.strip())
    bare = re.sub(r"\s+#+$", "", bare)
    return bare.strip("*_").strip() if re.fullmatch(r"([*_]{1,3})[^*_]+\1", bare) else bare


def meta(line: str, *, header: bool = False) -> Meta | None:
    """What the line says about the article when it says nothing else; ``header``: right under a title less proves it.

    "（2026-01-13）", "Source: Port Calder Times", "2026年1月13日  来源：新华社", "By Ann Li | January 13, 2026".
    """
    bare = re.sub(r"[*_]+ [*_]+", " ", line.strip().strip("*_").strip())
    return _meta(bare, header) if bare and len(bare) <= 400 else None


@lru_cache(maxsize=4096)  # the same row is asked about as a title, as the row under one, and as the end of an article
def _meta(bare: str, header: bool) -> Meta | None:
    if inner := re.fullmatch(r"[（(\[【](.*)[)）\]】]", bare):
        if date := parse_date(inner[1]) or _placed(inner[1]):
            return Meta(date=date)
        bare = inner[1].strip() if _labelled(inner[1]) else bare
    if date := parse_date(bare):
        return Meta(date=date, bare=True)
    if (said := _SAID_DAY.fullmatch(bare)) and (date := parse_date(said[1] or said[2])):
        return Meta(date=date)
    labelled = _labelled(bare)
    if labelled and (len(_pieces(bare)) == 1 or not (labelled.date or labelled.source)):
        return labelled
    return _joined(_pieces(bare), header=header)


def is_of_an_event(line: str, below: str) -> bool:
    """True if a line tells when something took place (时间：3月9日14:00) and the one below where, or who was there: it is no date of an
    article alone."""
    return bool(_EVENT.match(line.strip()) and _LABELLED.fullmatch(below.strip())) and meta(below, header=True) is None


def day_of(line: str) -> str:
    """The day that a line is, and nothing else: the head of an entry in a diary or a log; "" of any other."""
    bare = line.strip().lstrip("#").strip(" *_【】[]")
    told = meta(bare) if len(bare) <= _DAY_LINE and _MAY_BE_A_DAY.search(bare) else None
    return told.date if told and told.bare and len(told.date) == 10 else ""


def is_speaker(line: str) -> bool:
    """True if a line says who wrote a message of a chat, and when: 陈立 09:12."""
    return len(line) <= _DAY_LINE and bool(_SPEAKER.fullmatch(line.strip()))


def _placed(inner: str) -> str:
    """The day of "2025年3月4日，南洼": beside a place or an occasion."""
    days = [date for piece in re.split("[，,；; ]+", inner) if (date := parse_date(piece))]
    return (
        days[0] if len(days) == 1 and len(days[0]) == 10 and columns(inner) <= 40 and not ends_sentence(inner) else ""
    )


def inline_source(line: str) -> tuple[str, str] | None:
    """A paragraph that ends in （来源：…） -> what stands before it, and the source."""
    tail = line.rstrip()
    if match := _INLINE_SOURCE.search(tail, max(0, len(tail) - 100)):
        return tail[: match.start()].rstrip(), match["value"].strip()
    return None


def clean_url(text: str) -> str:
    """An address as it was before a line break or a word processor cut it."""
    bare = re.sub(r"\s+", "", text).strip("<>")
    if markdown := re.fullmatch(r"\[[^\]]*\]\(([^)]*)\)", bare):
        bare = markdown[1]
    return bare if re.match(r"(?:https?://|www\.)[^<>\"']{3,}$", bare, re.IGNORECASE) else ""


def _labelled(piece: str) -> Meta | None:
    """ "来源：新华社" -> its meaning; None when the label is none we know or its value does not fit."""
    match = _LABELLED.fullmatch(piece.strip())
    kind = _LABEL.fullmatch(match["label"].strip()) if match else None
    if not match or not kind:
        return None
    value = match["value"].strip().strip("*_").strip()
    if kind.lastgroup == "date":
        date = parse_date(value)
        return Meta(date=date) if date else None
    if kind.lastgroup == "url":
        url = clean_url(value)
        return Meta(url=url) if url or not value else None
    if len(value) > 80 or re.search("[。；]", value):
        return None
    if ends_sentence(value):  # "记者：大桥何时建成？" is an interview, not a byline
        return None
    if kind.lastgroup == "source":
        return Meta(source=value)
    return Meta(title=value) if kind.lastgroup == "title" else Meta()


def _pieces(bare: str) -> list[str]:
    """The parts of "2026-01-13  来源：新华社 | 作者：李安"."""
    cut = re.sub(rf"(?<=\S) (?=(?:[{HAN}]{{2,6}})[:：])", "|", bare)
    pieces = (piece.strip().strip("*_").strip() for piece in re.split(r"[|｜·•\t]| {2,}|\u3000+", cut))
    return [piece for piece in pieces if piece]


def _joined(pieces: list[str], *, header: bool) -> Meta | None:
    if not 1 <= len(pieces) <= 8:
        return None
    match = re.fullmatch(r"(?P<who>.{2,40}?),? [—–-]{0,2} ?(?P<date>.{8,30})", pieces[0]) if header else None
    if len(pieces) == 1 and match and _BYLINE.fullmatch(match["who"]) and parse_date(match["date"]):
        return Meta(date=parse_date(match["date"]))
    beside = _DAY_BESIDE.fullmatch(pieces[0]) if header and len(pieces) == 1 else None
    if beside and (day := parse_date(beside["day"] or beside["after"])):
        return Meta(date=day, source=beside["source"] or beside["before"])
    known, unknown = Meta(), []
    for piece in pieces:
        found = Meta(date=parse_date(piece)) if parse_date(piece) else _labelled(piece)
        if found:
            known = merged(known, found)
        elif not _BYLINE.fullmatch(piece):
            unknown.append(piece)
    if not unknown:
        return known
    named = header and known.date and len(unknown) == 1 and len(unknown[0]) <= 40 and not ends_sentence(unknown[0])
    return known._replace(source=known.source or unknown[0]) if named else None


def field(line: str) -> tuple[str, tuple[int, int]] | None:
    """What a line tells of and where in it stands what it tells; None of any other line. What is several sentences is somebody's
    words, not a field."""
    found = _FIELD.fullmatch(line) if len(line) < 2 * _FIELD_VALUE else None
    if not found or columns(found["label"]) > _FIELD_LABEL or columns(found["value"]) > _FIELD_VALUE:
        return None
    if _SENTENCES.search(found["value"]) or not any(map(str.isalnum, found["value"])):
        return None
    return found["label"].strip(), found.span("value")


def is_form(line: str, below: str = "") -> bool:
    """True if a line tells several things of what and how much beside each other (姓名：何婉清  性别：女), or one and the line ``below`` the
    next."""
    pieces = [*filter(None, re.split(r"\s{2,}|\t|\u3000", line.strip())), *filter(None, [below.strip()])]
    return len(pieces) > 1 and all(map(field, pieces))


def opening(line: str) -> tuple[int, int] | None:
    """Where the name stands that a paragraph begins with, before a colon or in bold; None of any other, and of a line of what and how
    much."""
    found = _OPENING.match(line)
    name = found.span(1 if found[1] else 2) if found else (0, 0)
    return name if found and columns(line[slice(*name)]) <= _FIELD_LABEL and not field(line) else None


def priced(line: str) -> re.Match[str] | None:
    """The ``name`` and the ``number`` of an item of a list that is these and perhaps a remark; None of any other line."""
    return _PRICED.fullmatch(line) if len(line) < 2 * _FIELD_VALUE else None


def is_label(line: str) -> bool:
    """True if a line only names what stands under it: 入院诊断："""
    return columns(line) <= _FIELD_LABEL and bool(_ALONE.fullmatch(line.strip()))


def tells(text: str) -> bool:
    """True if a passage has lines of what and how much, paragraphs that begin with a name, or items of a name and a number, below each
    other."""
    told = [bool(field(line) or opening(line) or priced(line)) for line in text.splitlines()]
    return any(one and other for one, other in pairwise(told))


def is_in_sections(text: str) -> bool:
    """True if a text has several headings."""
    return text.count("\n#") + text.startswith("#") > 1
