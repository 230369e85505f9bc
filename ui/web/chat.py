"""The conversation: what was asked and answered, the answer that is being given, and what to ask first."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from models import ModelError
from rag.conversations import ConversationsError
from rag.types import Answer
from ui import audit, errors, render
from ui.web import markup, suggestions, tables, talks
from ui.web.adding import accepted, drop_zone
from ui.web.markup import button, line, plain
from ui.web.reader import first_place, reader
from ui.web.session import MAX_QUESTION, MAX_TURNS, Data, Desk, Regions, Session, Turn, number_of, text_of
from ui.web.words import Words

if TYPE_CHECKING:
    from rag.reply import Reply
    from ui.waiting import Place

REFRESH = 0.05
"""Seconds between two views of an answer that is being written: more often nobody sees, and each costs a message."""
PATIENCE = 2.0
"""Seconds that a writer which was told to stop has to end its sentence."""


# --- what is seen -----------------------------------------------------------------------------------------------------


def conversation(desk: Desk, session: Session) -> Regions:
    """All turns, or what to begin with, and what may be asked next."""
    if not session.turns:
        return {"turns": _welcome(desk, session), "next": ""}
    return {"turns": _turns(session, filtered=bool(chips(session))), "next": _following(session)}


def _turns(session: Session, *, filtered: bool = False) -> str:
    first = max(0, len(session.turns) - MAX_TURNS)
    shown = [
        _turn(number, turn, session.words, filtered=filtered)
        for number, turn in enumerate(session.turns, 1)
        if number > first
    ]
    return f'<div class="yj-turns" data-edition="{session.renew()}" data-conversation="{line(session.conversation)}">{"".join(shown)}</div>'


def _turn(number: int, turn: Turn, words: Words, *, filtered: bool) -> str:
    asked = f'<div class="yj-question">{plain(turn.question)}</div>'
    if turn.answer is None:
        said = (
            f'<div class="yj-answer yj-failed" role="note">{plain(turn.error or turn.words or words["stopped"])}</div>'
        )
        acts = button("retry", words["retry"], drawn="retry", turn=number, named=False)
        acts += button("edit", words["edit"], drawn="edit", turn=number, named=False)
        kept = ""
    else:
        said = markup.answer(turn.answer, words) + tables.table(turn.answer, number, words)
        said += _remarks(turn.answer, words, filtered=filtered)
        acts = _acts(number, turn.answer, words)
        kept = f'<textarea class="yj-plain" hidden readonly>{markup.escape(render.markdown(turn.answer))}</textarea>'
    foot = f'<div class="yj-acts">{acts}</div>{kept}'
    edited = f'<textarea class="yj-asked" hidden readonly>{markup.escape(turn.question)}</textarea>'
    return f'<article class="yj-turn" id="yj-turn-{number}" data-turn="{number}">{asked}{edited}{said}{foot}</article>'


def _remarks(answer: Answer, words: Words, *, filtered: bool) -> str:
    told = []
    if answer.refused:
        told.append(words["refused_filter"] if filtered else words["refused_more"] if answer.hits else "")
    if answer.left_out:
        parts = [words[f"room_{of}"].format(n) for of, n in answer.left_out.items() if f"room_{of}" in words]
        told.append(words["left_out"].format(", ".join(parts)))
    return "".join(f'<p class="yj-remark">{line(one)}</p>' for one in told if one)


def _acts(number: int, answer: Answer, words: Words) -> str:
    acts = button("copy", words["copy"], drawn="copy", named=False, told=words["copied"])
    acts += button("retry", words["retry"], drawn="retry", turn=number, named=False)
    acts += button("edit", words["edit"], drawn="edit", turn=number, named=False)
    acts += button("why", words["why"], drawn="why", turn=number)
    made = words["engine_write" if answer.engine == "write" else "engine_quote"]
    return acts + ("" if answer.refused else f'<span class="yj-made">{line(made)}</span>')


def _following(session: Session) -> str:
    """What may be asked after the last turn. It comes after the answer, which must not be written anew for it: a table that was
    opened and sorted would be closed again."""
    if not (questions := session.turns[-1].following):
        return ""
    asked = "".join(f"<li>{_question(question)}</li>" for question in questions)
    said = session.words["follow"]
    return f'<div class="yj-following"><p id="yj-follow">{said}</p><ul aria-labelledby="yj-follow">{asked}</ul></div>'


def _question(question: str) -> str:
    return f'<button type="button" class="yj-example" data-do="ask" data-question="{line(question)}">{line(question)}</button>'


def _welcome(desk: Desk, session: Session) -> str:
    words = session.words
    if not desk.assistant.library.counts()["articles"]:
        return first_run(session)
    found = suggestions.examples(desk, session.language)
    asked = "".join(f"<li>{_question(question)}</li>" for question in found)
    listed = (
        f'<p class="yj-lead" id="yj-lead">{words["examples"]}</p><ul aria-labelledby="yj-lead">{asked}</ul>'
        if asked
        else ""
    )
    return (
        f'<div class="yj-welcome" data-edition="{session.renew()}" data-conversation=""><p class="yj-seal" aria-hidden="true">引</p>'
        f"<h1>{words['motto']}</h1>{listed}</div>"
    )


def first_run(session: Session) -> str:
    """What stands there while the library is empty: it takes files."""
    words = session.words
    return (
        f'<div class="yj-welcome yj-first" data-edition="{session.renew()}" data-conversation=""><p class="yj-seal" aria-hidden="true">引</p>'
        f"<h1>{words['welcome']}</h1><p>{words['welcome_more']}</p>{drop_zone(words)}</div>"
    )


def broken(error: str) -> str:
    """What stands there when the library cannot be read: what happened and the cure."""
    return f'<div class="yj-turn" data-conversation=""><div class="yj-answer yj-failed" role="alert">{plain(error)}</div></div>'


def composer(words: Words) -> str:
    """The box for the question. It is written once a language, so that what is typed in it stays."""
    return (
        f'<form class="yj-ask" data-stopping="{words["stopping"]}" {accepted(words)}>'
        f'<p class="yj-editing" hidden data-says="{words["editing"]}"><span></span>'
        f"{button('unedit', words['cancel'], looks='yj-link')}</p>"
        f'<div class="yj-box"><label class="yj-said" for="yj-question">{words["question"]}</label>'
        f'<textarea id="yj-question" rows="1" maxlength="{MAX_QUESTION}" placeholder="{words["placeholder"]}"'
        ' autocomplete="off" enterkeyhint="send"></textarea>'
        f"{button('send', words['send'], drawn='send', looks='yj-send', named=False)}"
        f"{button('stop', words['stop'], drawn='stop', looks='yj-stop', named=False)}</div>"
        f'<p class="yj-keys">{words["keys"]}</p></form>'
    )


def banner(desk: Desk, session: Session) -> str:
    """Which answerer is on, and the way to a better one."""
    words = session.words
    try:
        writer = desk.answering(session).writer
    except ModelError:  # the model that was chosen has gone meanwhile
        writer = ""
    name = words["writing"].format(_short(writer)) if writer else words["quoting"]
    more = words["writing_long" if writer else "quoting_long"]
    better = "" if writer else button("view", words["better"], looks="yj-link", view="settings", section="writers")
    return (
        f'<div class="yj-bar">{button("menu", words["menu"], drawn="menu", named=False)}'
        f'<p class="yj-banner"><strong>{line(name)}</strong><span>{more}</span>{better}</p>'
        f"{talks.exports(session)}</div>"
    )


def _short(writer: str) -> str:
    return writer.rstrip("/\\").replace("\\", "/").rpartition("/")[2] if not writer.startswith("http") else writer


def chips(session: Session) -> list[tuple[str, str]]:
    """The filters in force, as (field, what the chip says)."""
    words, kept = session.words, session.filters.values
    if "since" in kept and kept["since"] == kept.get("until"):  # a month or a year of the timeline
        kept = {"date": kept.pop("since")} | kept
        del kept["until"]
    says = {"since": words["chip_since"], "until": words["chip_until"]}
    return [
        (field, words[value] if field == "language" else says.get(field, "{}").format(value))
        for field, value in kept.items()
    ]


def filters(session: Session) -> str:
    """The filters in force as chips that go when they are clicked."""
    words, shown = session.words, chips(session)
    if not shown:
        return ""
    inside = "".join(
        f'<li><button type="button" class="yj-filter" data-do="unfilter" data-field="{field}"'
        f' aria-label="{line(words["drop_filter"].format(says))}"><span>{line(says)}</span>{markup.icon("close")}</button></li>'
        for field, says in shown
    )
    return f'<div class="yj-filters"><span id="yj-only">{words["filters"]}</span><ul aria-labelledby="yj-only">{inside}</ul></div>'


# --- asking -----------------------------------------------------------------------------------------------------------


def ask(desk: Desk, session: Session, data: Data, place: Place | None = None) -> Iterator[Regions]:
    """The page as the answer grows: how many wait before it until the turn of its ``place`` has come, the words as they arrive,
    then the checked answer with its first source.

    ``data``: the question, and with ``turn`` the number of the one that it takes the place of."""
    question = text_of(data, "question").strip() or _asked_before(session, number_of(data, "turn"))
    if not question:
        return
    desk.doing("ask", audit.question(question))
    before = None
    if replaced := number_of(data, "turn"):
        session.turns = session.turns[: replaced - 1]
        before = sum(turn.answer is not None for turn in session.turns)
    turn, run, begun = Turn(question), session.run, session.conversation
    session.asked = number = session.asked + 1
    shown = _live(turn, session.words, place)
    yield {"turns": _turns(session), "next": "", "live": shown, "told": ""}
    if place:
        yield from _waiting(turn, session.words, place, shown, lambda: session.stopped >= number)
    if session.stopped < number:
        began = time.perf_counter()
        for _ in _answered(_Asked(desk, session, question), turn, lambda: session.stopped >= number):
            yield {"live": _live(turn, session.words)}
        desk.took("ask", time.perf_counter() - began, failed=turn.answer is None, **_counts(turn.answer))
    _keep(desk, session, turn, begun, before, run)
    if session.run != run:  # the reader has gone on to another conversation
        yield {"live": "", "rail": talks.rail(desk, session)}
        return
    session.turns.append(turn)
    if turn.answer and turn.answer.other:
        turn.following = (turn.answer.other,)
    yield finished(desk, session) | {"told": _spoken(turn, session.words)}
    if turn.answer and not turn.answer.refused and not turn.following:
        turn.following = suggestions.following(desk, turn.answer, session)
        if session.turns[-1:] == [turn] and session.run == run and session.asked == number:
            yield {"next": _following(session)}


def _waiting(turn: Turn, words: Words, place: Place, shown: str, is_stopped: Callable[[], bool]) -> Iterator[Regions]:
    """How many are before a question, until its turn has come; nothing while that is as it is ``shown``."""
    while not place.come and not is_stopped():
        before, shown = shown, _live(turn, words, place)
        yield {"live": shown} if shown != before else {}
    if (now := _live(turn, words)) != shown:
        yield {"live": now}


def _counts(answer: Answer | None) -> dict[str, int]:
    """What of an answer may be counted."""
    if answer is None:
        return {}
    written = answer.engine == "write"
    return {"hits": len(answer.hits), "sentences": len(answer.sentences), "refused": answer.refused, "written": written}


def finished(desk: Desk, session: Session) -> Regions:
    """The page with the last answer whole and its first source beside it."""
    session.place = first_place(session)
    return conversation(desk, session) | {
        "live": "",
        "reader": reader(desk, session),
        "bar": banner(desk, session),
        "rail": talks.rail(desk, session),
    }


def _asked_before(session: Session, number: int) -> str:
    turn = session.turn(number) if number else None
    return turn.question if turn else ""


def _live(turn: Turn, words: Words, place: Place | None = None) -> str:
    waits = place is not None and not place.come
    before = place.before if place and waits else 0
    told = words["before"].format(before) if before else words["next_turn"] if waits else words["reading"].format("…")
    waiting = f'<p class="yj-waiting" role="status">{told}</p>'
    said = f'<div class="yj-answer yj-growing">{plain(turn.words)}</div>' if turn.words else waiting
    return (
        f'<article class="yj-turn" data-busy="1"><div class="yj-question">{plain(turn.question)}</div>{said}</article>'
    )


def _spoken(turn: Turn, words: Words) -> str:
    """The answer for those who hear the page."""
    said = turn.answer.text if turn.answer else turn.error or words["stopped"]
    return f'<p class="yj-said" role="status">{line(said[:1000])}</p>'


class _Asked(threading.Thread):
    """Has a question answered beside the page, so that the page can be told to stop while a model thinks."""

    def __init__(self, desk: Desk, session: Session, question: str) -> None:
        super().__init__(daemon=True)
        self.came: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        """The words, then None."""
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self._history = [turn.answer for turn in session.turns if turn.answer]
        self._desk, self._session, self._question, self._filters = desk, session, question, session.filters
        self._reply: Reply | None = None
        self.bug = session.words["bug"]
        self._cancelled = False

    def run(self) -> None:
        try:
            assistant = self._desk.answering(self._session)
            self._reply = assistant.ask(self._question, self._filters, self._history)
            if self._cancelled:
                self._reply.cancel()
            for piece in self._reply:
                self.came.put(piece)
            self.answer = self._reply.answer
        except Exception as error:  # noqa: BLE001 - told where it is read: the page must not wait for ever
            self.error = error
        finally:
            self.came.put(None)

    def cancel(self) -> None:
        """Have it end soon."""
        self._cancelled = True
        if self._reply:
            self._reply.cancel()


def _answered(asked: _Asked, turn: Turn, is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Fills the turn, and yields whenever there is more to see. An error is told as the answer."""
    asked.start()
    seen, stopped = 0.0, 0.0
    try:
        while (piece := _next(asked)) is not None:
            turn.words += piece
            now = time.monotonic()
            if is_stopped():
                asked.cancel()
                stopped = stopped or now
                if now - stopped > PATIENCE:
                    return
            if turn.words and now - seen >= REFRESH:
                seen = now
                yield
    finally:  # a page that was closed asks no more
        asked.cancel()
    turn.answer, error = asked.answer, asked.error
    if error:
        turn.error = errors.told(error, asked.bug)


def _next(asked: _Asked) -> str | None:
    try:
        return asked.came.get(timeout=REFRESH)
    except queue.Empty:
        return ""


def _keep(desk: Desk, session: Session, turn: Turn, conversation: str, before: int | None, run: int) -> None:
    """Put an answered turn into its conversation, which begins with it; one that was deleted meanwhile stays deleted."""
    if turn.answer is None:
        return
    with contextlib.suppress(ConversationsError):
        begun = conversation or desk.conversations.start()
        if session.run == run:
            session.conversation = begun
        if (
            conversation and before is not None
        ):  # what it takes the place of goes only now, when there is something in its place
            desk.conversations.cut(begun, before)
        desk.conversations.add(begun, turn.answer)
