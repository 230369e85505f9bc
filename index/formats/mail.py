"""Letters (.eml, .mbox) and saved pages (.mhtml): the text of the message, its headers as title, date and source, what is attached."""

from __future__ import annotations

import email
import email.policy
import mimetypes
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr

from index.cleaning import clean
from index.encoding import decoded
from index.formats import markup, page, text
from index.formats.document import ENTRIES, Document, ReadError, known_date, known_title
from index.formats.threads import file_name

_DEEPEST = 20
_TEXTS = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/calendar")
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


_ENVELOPE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From \S[^\n]{0,200}\d{4}[^\n]{0,20}\n")
"""What stands above each letter of a mailbox."""


def letters(data: bytes, path: str) -> Iterator[tuple[str, bytes]]:
    """The letters of a mailbox (.mbox), each with the name of a file. Raises ReadError where it holds none."""
    starts = list(_ENVELOPE.finditer(data))
    if not starts or starts[0].start():
        raise ReadError(f"{path} is not a mailbox, or damaged: save its letters as .eml")
    ends = [*(found.start() for found in starts[1:]), len(data)]
    for number, (found, end) in enumerate(zip(starts, ends, strict=True), 1):
        yield f"letter {number}.eml", re.sub(rb"(?m)^>(>*From )", rb"\1", data[found.end() : end])


def read_mhtml(data: bytes, path: str) -> Document:
    """The page of a web archive, seen with its style sheets; its pictures are not looked at. Raises ReadError where it has none."""
    try:
        message = _message(data)
        for part in message.walk():
            if part.get_content_type() in ("text/html", "application/xhtml+xml"):
                payload = part.get_payload(decode=True)
                url = _header(message, "snapshot-content-location") or _header(part, "content-location")
                if isinstance(payload, bytes):
                    styles = "\n".join(map(_decoded, _sheets(message)))
                    return page.read(payload, path, url=url, charset=part.get_content_charset() or "", styles=styles)
    except ReadError:
        raise
    except _BROKEN as error:
        raise ReadError(f"{path} is not a saved page that can be read ({error}): save it again as .html") from error
    raise ReadError(f"{path} holds no page: save it again as .html")


def _sheets(message: EmailMessage) -> Iterator[EmailMessage]:
    """The style sheets of a web archive."""
    return (part for part in message.walk() if isinstance(part, EmailMessage) and part.get_content_type() == "text/css")


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    return message if isinstance(message, EmailMessage) else EmailMessage()


def _header(message: EmailMessage, name: str) -> str:
    said = str(message[name] or "")
    try:
        raw = said.encode("ascii", "surrogateescape") if any("\udc80" <= c <= "\udcff" for c in said) else b""
        said = decoded(raw) or said  # bytes that no header may hold, as old mailers write them
    except UnicodeError:
        pass
    return text.one_line(said)[:2000]


def _day(message: EmailMessage, written: str) -> str:
    moment = getattr(message["date"], "datetime", None)
    return known_date(moment) or known_date(written)


def _body(message: EmailMessage, path: str) -> list[str]:
    """The blocks of every part that is read with the letter, in their order."""
    try:
        return [block for part in _read_parts(message) for block in _blocks(part)]
    except ValueError as error:
        raise ReadError(f"{path} holds no text that can be read ({error}): save it again as .eml") from error


def _read_parts(part: EmailMessage, depth: int = 0) -> Iterator[EmailMessage]:
    """The parts of text: of alternatives the one that holds the letter, none that is attached."""
    if depth > _DEEPEST or part.get_content_disposition() == "attachment" or part.get_content_maintype() == "message":
        return
    if not part.is_multipart():
        if part.get_content_type() in _TEXTS and not (depth and part.get_filename()):
            yield part
        return
    inner = [child for child in part.iter_parts() if isinstance(child, EmailMessage)]
    if part.get_content_subtype() == "alternative":
        yield from _fullest([list(_read_parts(child, depth + 1)) for child in inner])
    else:
        for child in inner:
            yield from _read_parts(child, depth + 1)


def _fullest(choices: list[list[EmailMessage]]) -> list[EmailMessage]:
    """Of ways to say the same the first, which is the plainest, unless it is a stub: it says less than half of what the last
    and richest does (RFC 2046), or other things."""
    told = [("".join(map(_letters, parts)), parts) for parts in choices if parts]
    longest = max((len(said) for said, _ in told), default=0)
    most, richest = next((way for way in reversed(told) if 5 * len(way[0]) >= longest), ("", []))
    shared = _shingles(most)
    for said, parts in told:
        ours = _shingles(said)
        if 2 * len(said) >= len(most) and 2 * len(ours & shared) >= len(ours):
            return parts
    return richest


def _letters(part: EmailMessage) -> str:
    return "".join(character for block in _blocks(part) for character in block if character.isalnum())


def _shingles(letters: str) -> set[str]:
    return {letters[at : at + 4] for at in range(max(1, len(letters) - 3))}


def _blocks(part: EmailMessage) -> list[str]:
    """A part as blocks; lines that a mailer broke are joined."""
    if part.get_content_type() == "text/plain":
        said = _decoded(part)
        if part.get_param("format", "") == "flowed":
            said = _flowed(said, bare=str(part.get_param("delsp", "")).lower() == "yes")
        return [paragraph for paragraph in clean(said).split("\n\n") if paragraph.strip()]
    if part.get_content_type() == "text/calendar":
        return list(_invited(_decoded(part)))
    if part.get_content_type() in ("text/enriched", "text/richtext"):
        return [
            row for row in re.sub(r"(?s)<param>.*?</param>|<[^<>]*>", "", _decoded(part)).split("\n\n") if row.strip()
        ]
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        return []
    return markup.blocks(markup.parse(markup.decode(payload, charset=part.get_content_charset() or "")), whole=True)


def _invited(calendar: str) -> Iterator[str]:
    """What an invitation says: its matter, time and place."""
    rows = re.sub(r"\n[ \t]", "", calendar).split("\n")
    for row in rows[rows.index("BEGIN:VEVENT") :] if "BEGIN:VEVENT" in rows else ():
        if found := re.match(r"(SUMMARY|DESCRIPTION|LOCATION|DTSTART|DTEND)(?:;[^:]*)?:(.+)", row):
            moment = re.sub(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\dZ?)?$", r"\1-\2-\3 \4:\5", found[2])
            name = {"DTSTART": "Begins", "DTEND": "Ends"}.get(found[1], found[1].capitalize())
            yield f"{name}: {moment.rstrip(': ')}".replace("\\n", "\n").replace("\\", "")
        if row == "END:VEVENT":
            return


def _flowed(said: str, *, bare: bool) -> str:
    """Lines that end in a blank go on (RFC 3676); ``bare``: without that blank. Quoted lines stay with those of their depth."""
    out: list[str] = []
    open_at = ""
    for row in said.split("\n"):
        quoted = row[: len(row) - len(row.lstrip(">"))]
        line = row[len(quoted) :].removeprefix(" ")
        if out and open_at == f"{quoted}+":
            out[-1] += line
        else:
            out.append(f"{quoted} {line}" if quoted else line)
        open_at = f"{quoted}+" if line.endswith(" ") and line != "-- " else ""
        if open_at and bare:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def _decoded(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or ""
    try:
        said = data.decode("gb18030" if charset in ("gb2312", "gbk") else charset or "utf-8")
    except (LookupError, UnicodeError):
        said = decoded(data) or data.decode("utf-8", "replace")
    return text.visible(said.replace("\r\n", "\n"))


def _attached(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """Files and letters that come with a letter, each with a name; what Outlook packed into a file of its own is named too."""
    number = 0
    for part in _apart(message):
        number += 1
        if number > ENTRIES:
            return
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if isinstance(part.get_payload(), list) else None
            if isinstance(inner, EmailMessage):
                yield f"{file_name(_header(inner, 'subject')) or f'letter {number}'}.eml", inner.as_bytes()
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            guessed = mimetypes.guess_extension(part.get_content_type()) or ".bin"
            yield file_name(part.get_filename() or "") or f"attachment {number}{guessed}", payload


def _apart(part: EmailMessage, depth: int = 0) -> Iterator[EmailMessage]:
    """The parts that are not read with the letter."""
    if part.get_content_type() == "message/rfc822" and depth:
        yield part
    elif part.is_multipart() and depth <= _DEEPEST:
        for child in part.iter_parts():
            if isinstance(child, EmailMessage):
                yield from _apart(child, depth + 1)
    elif depth and (part.get_content_disposition() == "attachment" or part.get_filename()):
        yield part
