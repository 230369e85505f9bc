"""Letters: the part that holds the letter, all parts in order, broken lines joined, forwarded letters and files without names."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from index.formats.document import Document, ReadError
from tests.formats import error, only, opened

HEAD = "From: Li An <li@example.org>\nSubject: Harbour\nDate: Tue, 13 Jan 2026 09:00:00 +0800\nMIME-Version: 1.0\n"


def letter(subject: str = "通讯") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = (
        subject,
        "李安 <li@example.org>",
        "Tue, 13 Jan 2026 09:00:00 +0800",
    )
    return message


def test_a_stub_of_plain_text_does_not_hide_the_letter() -> None:
    message = letter()
    message.set_content("您的程序看不到这封邮件的格式，请点击链接在浏览器中打开网页版本阅读全文。")
    message.add_alternative("<p>林场今年栽植红松38万株，面积5700亩。</p><p>职工人均收入6.6万元。</p>", subtype="html")
    assert (
        only(message.as_bytes(), "a.eml").text
        == "# 通讯\n\n林场今年栽植红松38万株，面积5700亩。\n\n职工人均收入6.6万元。"
    )
    same = letter()
    same.set_content("林场今年栽植红松38万株，面积5700亩。")
    same.add_alternative("<p>林场今年栽植<b>红松</b>38万株，面积5700亩。</p><p>退订</p>", subtype="html")
    assert only(same.as_bytes(), "a.eml").text == "# 通讯\n\n林场今年栽植红松38万株，面积5700亩。"


def test_all_parts_of_text_are_the_letter_in_their_order() -> None:
    parts = "".join(
        f"--x\nContent-Type: text/plain\n\n{said}\n"
        for said in ("Dear all.", "The pier opens on 14 March.", "Regards.")
    )
    data = f'{HEAD}Content-Type: multipart/mixed; boundary="x"\n\n{parts}--x--\n'.encode()
    assert only(data, "a.eml").text == "# Harbour\n\nDear all.\n\nThe pier opens on 14 March.\n\nRegards."


def test_lines_that_a_mailer_broke_are_joined() -> None:
    han = "石门水库管理处十一月三日通报，水库除险加固工程已完成主体施工，大坝\n新增防渗墙全长六百八十米，工程总投资二千三百四十万元，预计明年四月\n通过竣工验收。"
    message = letter()
    message.set_content(han, charset="gb2312", cte="quoted-printable")
    assert "大坝新增防渗墙" in only(message.as_bytes(), "a.eml").text
    flowed = (
        f"{HEAD}Content-Type: text/plain; format=flowed\n\nThe toll is \n640 pounds \na day.\nPaid at noon.\n".encode()
    )
    assert only(flowed, "a.eml").text == "# Harbour\n\nThe toll is 640 pounds a day.\nPaid at noon."


def test_forwarded_letters_and_files_without_names_are_articles() -> None:
    inner = letter("水位")
    inner.set_content("水位为38米。")
    outer = letter("转发")
    outer.set_content("见附件。")
    outer.add_attachment(inner)
    outer.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv")
    outer.add_attachment(b"\x78\x9f", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    found = opened(outer.as_bytes(), "a.eml")
    told = [(one.path, one.text) for one in found if isinstance(one, Document)]
    assert told == [
        ("a.eml", "# 转发\n\n见附件。"),
        ("a.eml/水位.eml", "# 水位\n\n水位为38米。"),
        ("a.eml/attachment 2.csv", "# attachment 2\n\n| a | b |\n| 1 | 2 |"),
    ]
    (problem,) = (str(one) for one in found if isinstance(one, ReadError))
    assert "winmail.dat is packed in Outlook's own way" in problem


@pytest.mark.parametrize(
    "head",
    [
        "---------- Forwarded message ---------\nFrom: Bo <bo@x.example>\nDate: Mon, 3 Mar 2025 at 09:00\nSubject: 码头启用\nTo: <a@b.example>",
        "发件人: Bo <bo@x.example>\n发送时间: 2025年3月3日 9:00\n收件人: a@b.example\n主题: 码头启用",
        "-----原始邮件-----\n发件人: Bo <bo@x.example>\n发送时间: 2025年3月3日 9:00\n收件人: a@b.example\n主题: 码头启用",
    ],
)
def test_a_letter_forwarded_inside_the_text_is_an_article(head: str) -> None:
    message = letter()
    message.set_content(f"请阅。\n\n{head}\n\n码头有泊位12个。\n")
    own, inside = opened(message.as_bytes(), "a.eml")
    assert isinstance(own, Document)
    assert isinstance(inside, Document)
    assert "泊位" not in own.text
    assert (inside.title, inside.date, inside.source) == ("码头启用", "2025-03-03", "Bo")
    assert inside.text == "# 码头启用\n\n码头有泊位12个。"


def test_an_invitation_and_enriched_text_are_read() -> None:
    message = letter("x")
    message.set_content(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:启用仪式\nDTSTART:20260314T090000\nEND:VEVENT\n", subtype="calendar"
    )
    assert only(message.as_bytes(), "a.eml").text.endswith("Summary: 启用仪式\n\nBegins: 2026-03-14 09:00")
    message.set_content("<bold>Twelve</bold> berths.", subtype="enriched")
    assert only(message.as_bytes(), "a.eml").text.endswith("Twelve berths.")


def test_every_letter_of_a_mailbox_is_an_article() -> None:
    said = ("The barn holds 320 bales.", ">From the roof one sees the river.")
    box = "".join(f"From a@b.example Mon Nov 03 09:12:00 2025\n{HEAD}\n{words}\n\n" for words in said)
    texts = [each.text for each in opened(box.encode(), "in.mbox") if isinstance(each, Document)]
    assert texts == [
        "# Harbour\n\nThe barn holds 320 bales.",
        "# Harbour\n\nFrom the roof one sees the river.",
    ]
    assert "not a mailbox" in error(b"no letters here", "in.mbox")
