"""The panel of standing questions: what newly answers each, unread first seen with a mark, and questions that come and go."""

from __future__ import annotations

from rag.whole.watching import Told, Watched, WatchError, Watches
from ui.web.markup import button, line
from ui.web.session import MAX_QUESTION, Data, Desk, Session, text_of
from ui.web.words import Words

MOST = 50
"""Answers shown of a question, the newest; the file keeps all."""


def watches(desk: Desk) -> Watches:
    """The standing questions of the library that the desk asks, as its reader sees them."""
    return Watches(desk.assistant.settings.library_folder, desk.name)


def unread(desk: Desk) -> int:
    """How much was told that the reader has not read; 0 where the questions cannot be read, which the panel itself tells."""
    try:
        return sum(one.unread for one in watches(desk).questions())
    except WatchError:
        return 0


def panel(desk: Desk, session: Session) -> str:
    """The panel as it is before what it shows counts as read. Raises WatchError."""
    words = session.words
    back = button("view", words["back"], drawn="left", looks="yj-link", view="talk")
    shown = "".join(_question(one, words) for one in watches(desk).questions())
    return (
        f'<section class="yj-view yj-narrow" aria-label="{words["news"]}"><header>{back}<h1>{words["news"]}</h1></header>'
        f'<form class="yj-watching"><label class="yj-field"><span>{words["watch"]}</span>'
        f'<input name="question" maxlength="{MAX_QUESTION}" placeholder="{words["placeholder"]}" autocomplete="off"></label>'
        f'<button class="yj-button yj-outlined">{words["watch_add"]}</button></form>'
        f"{shown or _none(words)}</section>"
    )


def _none(words: Words) -> str:
    return f'<p class="yj-hint">{words["no_watch"]}</p>'


def _question(one: Watched, words: Words) -> str:
    count = f'<b class="yj-unread">{line(words["unread"].format(one.unread))}</b>' if one.unread else ""
    gone = button("unwatch", words["unwatch"], drawn="delete", named=False, question=one.question)
    told = "".join(_told(each, words) for each in reversed(one.told[-MOST:]))
    listed = f"<ul>{told}</ul>" if told else f'<p class="yj-hint">{words["nothing_new"]}</p>'
    return f'<section class="yj-watched"><h2>{line(one.question)} {count}{gone}</h2>{listed}</section>'


def _told(told: Told, words: Words) -> str:
    title = button("open", told.title or words["untitled"], looks="yj-link", article=told.article)
    new = "" if told.read else f' class="yj-new-answer" aria-label="{line(words["unread"].format(1))}"'
    origin = " · ".join(part for part in (told.date, told.source) if part)
    return f"<li{new}><p>{line(told.quote)}</p>{title} <span>{line(origin)}</span></li>"


def add(desk: Desk, data: Data) -> None:
    """Watch for answers to the question that was typed. Raises WatchError."""
    watches(desk).add(desk.assistant, text_of(data, "question"))


def remove(desk: Desk, data: Data) -> None:
    """Watch for a question no more. Raises WatchError."""
    watches(desk).remove(text_of(data, "question"))


def check(desk: Desk) -> None:
    """Ask each question again, after articles came. Raises WatchError."""
    if watches(desk).questions():
        watches(desk).check(desk.assistant)
