"""Letters inside a text, each told by the rows of its head: those that were forwarded or answered, a thread that was pasted into a file."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parseaddr

from index.formats import text
from index.formats.document import Document, known_date, known_title
from index.text.dates import first_day

_DIVIDER = re.compile(
    r"[ \t>*]*(?:[-_=—]{3,}[ \t]*.{0,30}(?:forwarded message|original message|原始邮件|原始郵件|转发(?:的)?邮件|轉寄的?郵件|邮件原件).{0,30}"
    r"|begin forwarded message:?)[ \t]*",
    re.IGNORECASE,
)
_HEADER = re.compile(r"[ \t>*]*([A-Za-z]{2,8}|[^\W\d_a-zA-Z]{2,5})[ \t*]*[:：][ \t*]*(.*)")
_NAMES = {
    "from": ("from", "发件人", "寄件者", "發件人"),
    "date": ("date", "sent", "日期", "时间", "發送時間", "发送时间", "发送日期", "寄件日期"),
    "subject": ("subject", "主题", "主旨", "主題"),
}
_PASSED = frozenset(
    "to cc bcc reply-to attachments importance 收件人 收件者 抄送 抄送人 副本 密送 密件副本 附件 重要性 回复".split()
)
"""Other rows of a head."""
_WHOLE_HEAD = {"from", "date", "subject"}


def letters(document: Document) -> list[Document]:
    """The letters of a text that begins with the head of one; else the text as it is."""
    rows = document.text.split("\n")
    first = next((number for number, row in enumerate(rows) if row.strip()), 0)
    if not _names_sender(rows[first]) or not set(_head(rows, first)[0]) >= _WHOLE_HEAD:
        return [document]
    return forwarded(document) or [document]


def forwarded(letter: Document) -> list[Document]:
    """The letter, and each that was forwarded or answered inside its text as a letter of its own, told by the rows of its head."""
    rows = letter.text.split("\n")
    found = [letter]
    for number, row in enumerate(rows):
        divided = bool(_DIVIDER.fullmatch(row))
        if not divided and not _names_sender(row):
            continue
        head, body = _head(rows, number + divided)
        if len(head) > 1 and ({"from", "subject"} & set(head) if divided else set(head) >= _WHOLE_HEAD):
            title = known_title(head.get("subject", ""))
            sender = head.get("from", "")
            name, address = parseaddr(sender) if "@" in sender else (sender, "")
            inner = [row.lstrip("> ") for row in rows[body:]] if row.lstrip().startswith(">") else rows[body:]
            said = text.blocks([*([f"# {title}"] if title else []), "\n".join(inner).strip("\n")])
            inside = Document(
                f"{letter.path}/{file_name(title) or 'letter'}.eml",
                said,
                title,
                _written(head),
                name or address or sender,
            )
            found = [replace(letter, text="\n".join(rows[:number]).strip("\n")), *forwarded(inside)]
            break
    return [each for each in found if re.search(r"\w", each.text)]


def file_name(said: str) -> str:
    """What a letter says as the name of a file."""
    return text.one_line(said).replace("/", "_").replace("\\", "_")[:200]


def _names_sender(row: str) -> bool:
    """True if a row is the first of a head as Outlook writes it, without a divider above."""
    found = _HEADER.fullmatch(row)
    return found is not None and found[1].lower() in _NAMES["from"]


def _head(rows: list[str], at: int) -> tuple[dict[str, str], int]:
    """The rows of a letter's head by what they name, and where its text begins."""
    head: dict[str, str] = {}
    body = at
    for number in range(at, min(at + 16, len(rows))):
        found = _HEADER.fullmatch(rows[number])
        kind = next((kind for kind, names in _NAMES.items() if found and found[1].lower() in names), "")
        if found and (kind or found[1].lower() in _PASSED):
            head |= {kind: found[2].strip()} if kind and kind not in head else {}
            body = number + 1
        elif rows[number].strip() and head:
            break
    return head, body


def _written(head: dict[str, str]) -> str:
    """The day on which a letter was written, however its mailer says it."""
    written = head.get("date", "")
    return known_date(written) or first_day(re.sub(r"(?<=\d) at \d.*", "", written))
