"""The list of conversations: opened, renamed, deleted, exported."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ui.web import standing
from ui.web.markup import button, icon, line, select
from ui.web.session import Data, Desk, Place, Regions, Session, Turn, number_of, text_of
from ui.web.words import Words

if TYPE_CHECKING:
    from rag.conversations import Summary
    from rag.types import Answer

TYPES = {
    "md": "text/markdown;charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv;charset=utf-8",
    "bib": "application/x-bibtex;charset=utf-8",
    "ris": "application/x-research-info-systems;charset=utf-8",
    "txt": "text/plain;charset=utf-8",
}
"""What a conversation leaves as: two that show it whole, a table of what it cites, and that as references."""
MOST = 200
"""Conversations that are listed; the file keeps all."""


def rail(desk: Desk, session: Session) -> str:
    """The left edge: the name, a new conversation, those there are, and the way to library and settings."""
    words = session.words
    kept = desk.conversations.list()[:MOST]
    listed = "".join(_group(name, group, session) for name, group in _by_day(kept, words))
    new = button("new", words["new"], drawn="plus", looks="yj-new")
    if len(desk.libraries) > 1:
        here = desk.assistant.settings.library
        new = select("library", words["in_library"], [(name, name) for name in desk.libraries], here, do="enter") + new
    count = f'<b class="yj-count" title="{_held(desk, words)}">{desk.assistant.library.counts()["articles"]:,}</b>'
    places = button("view", words["library"], drawn="library", looks="yj-place", view="library")
    places = places.replace("</button>", f"{count}</button>")
    new_answers = standing.unread(desk)
    news = button("view", words["news"], drawn="news", looks="yj-place", view="news")
    label = line(words["unread"].format(new_answers))
    places += (
        news.replace("</button>", f'<b class="yj-unread" title="{label}">{new_answers}</b></button>')
        if new_answers
        else news
    )
    places += button("view", words["settings"], drawn="settings", looks="yj-place", view="settings")
    return (
        f'<div class="yj-rail"><div class="yj-brand"><span class="yj-seal" aria-hidden="true">引</span>'
        f"<strong>{words['name']}</strong>{button('menu', words['close'], drawn='close', named=False)}</div>{new}"
        f'<nav class="yj-talks" aria-label="{words["talks"]}">{listed or _none(words)}</nav>'
        f'<div class="yj-places">{places}</div></div>'
    )


def _held(desk: Desk, words: Words) -> str:
    count = desk.assistant.library.counts()["articles"]
    return words["one_article"] if count == 1 else words["articles"].format(f"{count:,}")


def _none(words: Words) -> str:
    return f'<p class="yj-hint">{words["no_talks"]}</p>'


def _by_day(kept: Sequence[Summary], words: Words) -> list[tuple[str, list[Summary]]]:
    today = datetime.now().astimezone().date()
    named = {today: words["today"], today - timedelta(days=1): words["yesterday"]}
    groups: dict[str, list[Summary]] = {}
    for one in kept:
        groups.setdefault(named.get(one.time.astimezone().date(), words["earlier"]), []).append(one)
    return list(groups.items())


def _group(name: str, kept: Sequence[Summary], session: Session) -> str:
    return f"<h2>{name}</h2><ul>{''.join(f'<li>{_item(one, session)}</li>' for one in kept)}</ul>"


def _item(one: Summary, session: Session) -> str:
    words = session.words
    if session.asking == ("rename", one.id):
        return (
            f'<form class="yj-renaming" data-do="rename" data-id="{one.id}"><label class="yj-said" for="yj-rename">'
            f'{words["title"]}</label><input id="yj-rename" name="title" value="{line(one.title)}" maxlength="80" '
            f'autocomplete="off">{button("rename", words["save"], looks="yj-small")}</form>'
        )
    if session.asking == ("delete", one.id):
        return (
            f'<div class="yj-sure" role="alert"><p>{words["sure"]}</p>'
            f"{button('delete', words['delete'], looks='yj-small yj-strong', id=one.id)}"
            f"{button('unasked', words['cancel'], looks='yj-small')}</div>"
        )
    here = ' aria-current="true"' if one.id == session.conversation else ""
    return (
        f'<button type="button" class="yj-talk" data-do="resume" data-id="{one.id}"{here} title="{line(one.title)}">'
        f"{line(one.title)}</button><span class='yj-tools'>"
        f"{button('ask_rename', words['rename'], drawn='edit', named=False, id=one.id)}"
        f"{button('ask_delete', words['delete'], drawn='delete', named=False, id=one.id)}</span>"
    )


def exports(session: Session) -> str:
    """The menu that takes a conversation out; nothing while there is none."""
    if not session.conversation:
        return ""
    words = session.words
    made = "".join(button("export", words[f"export_{kind}"], looks="yj-item", to=kind) for kind in TYPES)
    return (
        f'<details class="yj-menu"><summary aria-label="{words["export"]}" title="{words["export"]}">{icon("export")}</summary>'
        f"<div>{made}</div></details>"
    )


def begin(session: Session) -> None:
    """An empty page; the conversation is kept from its first answer on."""
    session.stop()
    session.run += 1
    session.conversation, session.turns, session.place, session.asking = "", [], Place(), ("", "")


def resume(desk: Desk, session: Session, conversation: str) -> None:
    """A conversation as it was. Raises ConversationsError when it is not there."""
    turns = [Turn(answer.question, answer) for answer in desk.conversations.turns(conversation)]
    begin(session)
    session.conversation, session.turns = conversation, turns


def ask_to(session: Session, what: str, data: Data) -> None:
    """Ask for a title, or whether to delete, in the list itself."""
    session.asking = (what, text_of(data, "id", 64))


def rename(desk: Desk, session: Session, data: Data) -> None:
    """Give a conversation another title; an empty one changes nothing."""
    session.asking = ("", "")
    if title := text_of(data, "title", 200).strip():
        desk.conversations.rename(text_of(data, "id", 64), title)


def delete(desk: Desk, session: Session, data: Data) -> bool:
    """Delete a conversation. True if it was the open one."""
    session.asking = ("", "")
    gone = text_of(data, "id", 64)
    desk.conversations.delete(gone)
    if gone == session.conversation:
        begin(session)
        return True
    return False


def export(desk: Desk, session: Session, data: Data) -> Regions:
    """The open conversation, or one turn of it, as a file that the browser keeps."""
    from ui.export import file_name

    kind, number = text_of(data, "to", 8), number_of(data, "turn")
    turn = session.turn(number) if number else None
    if not session.conversation or kind not in TYPES:
        return {}
    answers = [turn.answer] if turn and turn.answer else desk.conversations.turns(session.conversation)
    title = next((one.title for one in desk.conversations.list() if one.id == session.conversation), "")
    title = turn.question if turn else title
    content = _content(kind, title, answers)
    name = line(file_name(title, f".{kind}"))
    packed = base64.b64encode(content).decode("ascii")
    return {"file": f'<template data-name="{name}" data-type="{TYPES[kind]}">{packed}</template>'}


def _content(kind: str, title: str, answers: Sequence[Answer]) -> bytes:
    """A conversation as a file of one of TYPES."""
    from ui import citations
    from ui.export import docx, markdown, table

    if kind == "docx":
        return docx(title, answers)
    if kind == "csv":
        return table(answers).encode("utf-8-sig", "replace")  # with its mark, without which Excel reads no Chinese
    if kind == "md":
        return markdown(title, answers).encode("utf-8", "replace")
    cited = [citation.article for answer in answers for citation in answer.citations]
    made = {"bib": citations.bibtex, "ris": citations.ris, "txt": citations.gbt7714}[kind]
    return made(cited, date.today()).encode("utf-8", "replace")
