"""Letters (.eml) and saved pages (.mhtml): the text of the message, its headers as title, date and source, what is attached."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr

from index.encoding import decoded
from index.formats import markup, page, text
from index.formats.document import ENTRIES, Document, ReadError, known_date, known_title

_BROKEN = (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError)
"""What the email package raises at headers and parts that follow no rule."""


def read_mail(data: bytes, path: str) -> tuple[Document, list[tuple[str, bytes]]]:
    """The letter, and the files attached to it by name. Raises ReadError where it is no letter."""
    try:
        message = _message(data)
        if not (message["from"] or message["subject"] or message["date"]):
            raise ReadError(f"{path} has no sender, subject or date: it is no saved letter")
        subject, written = _header(message, "subject"), _header(message, "date")
        name, address = parseaddr(_header(message, "from"))
        body = _body(message, path)
        attached = list(_attached(message))
    except _BROKEN as error:
        raise ReadError(f"{path} is not a letter that can be read ({error}): save it again as .eml") from error
    title = known_title(subject)
    headed = not title or f"# {title}" in body[:3]
    shown = text.blocks([*([] if headed else [f"# {title}"]), *body])
    return Document(path, shown, title, _day(message, written), name or address), attached


def read_mhtml(data: bytes, path: str) -> Document:
    """The page of a web archive; its pictures and style sheets are not looked at. Raises ReadError where it has none."""
    try:
        message = _message(data)
        for part in message.walk():
            if part.get_content_type() in ("text/html", "application/xhtml+xml"):
                payload = part.get_payload(decode=True)
                url = _header(message, "snapshot-content-location") or _header(part, "content-location")
                if isinstance(payload, bytes):
                    return page.read(payload, path, url=url, charset=part.get_content_charset() or "")
    except ReadError:
        raise
    except _BROKEN as error:
        raise ReadError(f"{path} is not a saved page that can be read ({error}): save it again as .html") from error
    raise ReadError(f"{path} holds no page: save it again as .html")


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    return message if isinstance(message, EmailMessage) else EmailMessage()


def _header(message: EmailMessage, name: str) -> str:
    return text.one_line(str(message[name] or ""))[:2000]


def _day(message: EmailMessage, written: str) -> str:
    moment = getattr(message["date"], "datetime", None)
    return known_date(moment) or known_date(written)


def _body(message: EmailMessage, path: str) -> list[str]:
    """The blocks of the text; of the page where there is no plain text, or nothing in it."""
    plain = message.get_body(("plain",))
    if plain is not None and isinstance(plain, EmailMessage):
        said = _decoded(plain)
        if said.strip():
            return [
                text.join(paragraph.splitlines()) if _wrapped(paragraph) else paragraph
                for paragraph in said.split("\n\n")
            ]
    written = message.get_body(("html",))
    if written is None or not isinstance(written, EmailMessage):
        return []
    payload = written.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return []
    try:
        tree = markup.parse(markup.decode(payload, charset=written.get_content_charset() or ""))
    except ValueError as error:
        raise ReadError(f"{path} holds no text that can be read ({error}): save it again as .eml") from error
    return markup.blocks(tree, whole=True)


def _decoded(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or ""
    try:
        said = data.decode("gb18030" if charset in ("gb2312", "gbk") else charset or "utf-8")
    except (LookupError, UnicodeError):
        said = decoded(data) or data.decode("utf-8", "replace")
    return text.visible(said.replace("\r\n", "\n"))


def _wrapped(paragraph: str) -> bool:
    """Whether a mailer broke the lines: every line but the last of at least two is 55 to 80 columns wide."""
    lines = paragraph.splitlines()
    return len(lines) > 1 and all(55 <= len(line) <= 80 and "\t" not in line for line in lines[:-1])


def _attached(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for number, part in enumerate(message.iter_attachments()):
        if number >= ENTRIES:
            return
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and (name := part.get_filename()):
            yield text.one_line(name).replace("/", "_").replace("\\", "_")[:200], payload
