"""The page's regions and what each action of the reader does to them: all wiring is here, nothing of how it looks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from models import ModelError
from rag.conversations import ConversationsError
from ui import audit, errors
from ui.web import adding, api, chat, membership, overviews, preferences, reader, shelf, standing, suggestions, talks
from ui.web.markup import line
from ui.web.seats import Seats
from ui.web.session import Data, Desk, Regions, Session, text_of
from ui.web.words import known
from yinju import YinjuError

if TYPE_CHECKING:
    import gradio
    from anyio import CapacityLimiter

    from ui.waiting import Line

TOLD = 1.0
"""Seconds between two looks how many are before who waits, and whether they have stopped or gone away: of a page that was closed,
Gradio ends what goes on only between two steps."""

LOADING = '<div class="yj-loading"><span class="yj-seal" aria-hidden="true">引</span></div>'
PICKERS = (
    '<input type="file" id="yj-files" multiple hidden aria-hidden="true" tabindex="-1">'
    '<input type="file" id="yj-folder" webkitdirectory hidden aria-hidden="true" tabindex="-1">'
)
WIRES = """
window.yinju = { send: (name, data) => trigger(name, data), upload };
// These are the events: 'act' 'question' 'drop' 'warm'
"""

Action = Callable[[Desk, Session, Data], Regions]


def build(seats: Seats) -> gradio.Blocks:
    """The page, not yet started."""
    import gradio

    with gradio.Blocks(title="引据 Yinju", fill_width=True, analytics_enabled=False) as page:
        session = gradio.State(Session())
        wires = gradio.HTML(PICKERS, js_on_load=WIRES, elem_id="yj-wires", apply_default_css=False)
        regions = _regions()
        shown = list(regions.values())
        listeners = _Listeners(seats, regions)
        hear = listeners.hear
        quick = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
        # What only looks something up does not queue: it must not wait behind a writer.
        wires.act(hear(act), session, shown, queue=False, **quick)
        # Waits in a line of its own, which tells how long it is.
        wires.question(
            listeners.follow(_asked(seats.hall.line), "live"), session, shown, concurrency_limit=None, **quick
        )
        wires.drop(
            listeners.follow(_dropped, "adding"), session, shown, concurrency_id="drop", concurrency_limit=1, **quick
        )
        wires.warm(hear(_warm), session, shown, concurrency_id="warm", concurrency_limit=1, **quick)
        for name, endpoint in {**api.endpoints(seats), **overviews.endpoints(seats)}.items():
            gradio.api(endpoint, api_name=name, concurrency_limit=None)
    return page


def _regions() -> dict[str, gradio.HTML]:
    """The regions by name, in the columns that they stand in."""
    import gradio

    made: dict[str, gradio.HTML] = {}

    def region(*names: str) -> None:
        for name in names:
            value = LOADING if name == "turns" else ""
            made[name] = gradio.HTML(value, elem_id=f"yj-{name}", js_on_load=None, apply_default_css=False)

    with gradio.Column(elem_id="yj-app"):
        region("rail")
        with gradio.Column(elem_id="yj-talk"):
            region("bar")
            with gradio.Column(elem_id="yj-said"):
                region("turns", "next", "live")
            region("filters", "ask")
        region("reader")
        with gradio.Column(elem_id="yj-library"):
            region("shelf", "fields", "table")
        region("settings", "news")
        region("adding", "told", "file")
    return made


class _Listeners:
    """Makes listeners of what answers (desk, session, data) with regions, or with regions that follow each other."""

    def __init__(self, seats: Seats, regions: Mapping[str, Any]) -> None:
        self._seats, self._regions = seats, regions

    def hear(self, answer: Callable[[Desk, Session, Data], Regions]) -> Callable[..., Any]:
        """A listener that answers once."""

        def listener(session: Session, event: Any, request: Any) -> Any:
            try:
                desk, data = self._seated(session, event, request)
            except Exception as error:  # noqa: BLE001 - told, or a bug that is logged
                return self._updates({"told": _told(errors.told(error, session.words["bug"]))})
            return self._updates(answer(desk, session, data))

        return _typed(listener)

    def follow(
        self, steps: Callable[[Desk, Session, Data], AsyncGenerator[Regions]], waiting: str
    ) -> Callable[..., Any]:
        """A listener that answers step by step, and empties the region ``waiting`` where it cannot."""

        async def following(session: Session, event: Any, request: Any) -> AsyncIterator[Any]:
            from anyio.to_thread import run_sync

            try:
                desk, data = await run_sync(self._seated, session, event, request)
                async with aclosing(steps(desk, session, data)) as coming:
                    async for changed in coming:
                        yield self._updates(changed)
            except Exception as error:  # noqa: BLE001 - told, or a bug that is logged: nothing may wait for ever
                yield self._updates({waiting: "", "told": _told(errors.told(error, session.words["bug"]))})

        return _typed(following)

    def _updates(self, changed: Regions) -> tuple[Any, ...]:
        import gradio

        return tuple(changed[name] if name in changed else gradio.skip() for name in self._regions)

    def _seated(self, session: Session, event: Any, request: Any) -> tuple[Desk, Data]:
        """The desk that the page is at, and what it sent."""
        data = event._data if isinstance(event._data, dict) else {}
        to = text_of(data, "value", 64) if data.get("do") == "enter" else ""
        desk = self._seats.of(session, request.username or "", to)
        if not session.greeted:
            _greet(desk, session, data)
        return desk, data


def _typed(heard: Callable[..., Any]) -> Callable[..., Any]:
    """Gradio hands over event and request to parameters of these types; it is written so, as gradio is imported late."""
    import gradio

    heard.__annotations__ = {"event": gradio.EventData, "request": gradio.Request}
    return heard


def _asked(line: Line) -> Callable[[Desk, Session, Data], AsyncGenerator[Regions]]:
    """A question in its place in the line: worked at by a thread when its turn has come, and by none while it waits."""

    async def asked(desk: Desk, session: Session, data: Data) -> AsyncGenerator[Regions]:
        with line.join() as place:
            async with aclosing(_stepped(chat.ask(desk, session, data, place), line.threads)) as steps:
                async for changed in steps:
                    yield changed
                    await place.wait(TOLD)

    return asked


async def _stepped(steps: Iterator[Regions], threads: CapacityLimiter | None = None) -> AsyncGenerator[Regions]:
    """Each step by a thread."""
    from anyio.to_thread import run_sync

    try:
        while (changed := await run_sync(next, steps, None, limiter=threads)) is not None:
            yield changed
    finally:
        cast("Generator[Regions]", steps).close()


def _dropped(desk: Desk, session: Session, data: Data) -> AsyncGenerator[Regions]:
    return _stepped(_take(desk, session, data))


# --- actions ----------------------------------------------------------------------------------------------------------


def act(desk: Desk, session: Session, data: Data) -> Regions:
    """One of :data:`ACTIONS`, by its name; what a person can cure is told on the page."""
    action = ACTIONS.get(text_of(data, "do", 20))
    if action is None:
        return {}
    try:
        _done(desk, data)
        return action(desk, session, data)
    except Exception as error:  # noqa: BLE001 - told, or a bug that is logged: the page goes on
        session.asking = ("", "")
        return {"told": _told(errors.told(error, session.words["bug"]))}


DEEDS: Mapping[str, tuple[str, str]] = {
    "library": ("list", ""),
    "narrow": ("list", ""),
    "more": ("list", ""),
    "filter": ("list", ""),
    "unfilter": ("list", ""),
    "news": ("whats_new", ""),
    "open": ("show", "article"),
    "resume": ("conversation", "id"),
    "rename": ("conversation", "id"),
    "delete": ("conversation", "id"),
    "export": ("export", "to"),
    "remove": ("remove", "id"),
    "watch": ("watch", ""),
    "unwatch": ("watch", ""),
}
"""What an action does, as the log says it, and the field of what it sends that names what it is done to."""


def _done(desk: Desk, data: Data) -> None:
    """Have it recorded what is done, and refused where it may not be. Raises DeniedError."""
    name = text_of(data, "do", 20)
    deed, field = DEEDS.get(name, ("", ""))
    about = text_of(data, field, audit.LONGEST) if field else ""
    if deed and (about or name != "open"):  # what is opened beside its answer was part of that
        desk.doing(deed, about)


def _told(message: str) -> str:
    return f'<p class="yj-toast" role="alert">{line(message)}</p>'


def _whole(desk: Desk, session: Session) -> Regions:
    """What stands there when a page opens. Library and settings are made when they are looked at: 100,000 articles take a
    while to be counted by month and source."""
    return chat.conversation(desk, session) | {
        "rail": talks.rail(desk, session),
        "bar": chat.banner(desk, session),
        "filters": chat.filters(session),
        "ask": chat.composer(session.words),
        "reader": reader.reader(desk, session),
    }


def _greet(desk: Desk, session: Session, data: Data) -> None:
    """Take from the page what it knows and we do not: its language, and the conversation that stands in it."""
    page = data.get("page")
    known_there = page if isinstance(page, dict) else {}
    session.greeted, session.language = True, known(known_there.get("language"))
    talks.begin(session)
    if conversation := text_of(known_there, "conversation", 64):
        with contextlib.suppress(ConversationsError):  # it was deleted in another window
            talks.resume(desk, session, conversation)
            session.place = reader.first_place(session)


def _hello(desk: Desk, session: Session, data: Data) -> Regions:
    """A page opened; it was greeted already."""
    try:
        return _whole(desk, session)
    except Exception as error:  # noqa: BLE001 - nothing can be shown but why
        return {
            "turns": chat.broken(errors.told(error, session.words["bug"])),
            "ask": chat.composer(session.words),
        }


def _language(desk: Desk, session: Session, data: Data) -> Regions:
    session.language = known(data.get("value"))
    return _whole(desk, session) | _settings(desk, session, data)


def _opened(desk: Desk, session: Session) -> Regions:
    """Another conversation stands there."""
    return chat.conversation(desk, session) | {
        "rail": talks.rail(desk, session),
        "bar": chat.banner(desk, session),
        "live": "",
        "reader": reader.reader(desk, session),
    }


def _again(desk: Desk, session: Session, data: Data) -> Regions:
    """What the browser got last was made before something that it had already."""
    return _opened(desk, session)


def _new(desk: Desk, session: Session, data: Data) -> Regions:
    talks.begin(session)
    return _opened(desk, session)


def _resume(desk: Desk, session: Session, data: Data) -> Regions:
    talks.resume(desk, session, text_of(data, "id", 64))
    session.place = reader.first_place(session)
    return _opened(desk, session)


def _rename(desk: Desk, session: Session, data: Data) -> Regions:
    talks.rename(desk, session, data)
    return {"rail": talks.rail(desk, session)}


def _delete(desk: Desk, session: Session, data: Data) -> Regions:
    return _opened(desk, session) if talks.delete(desk, session, data) else {"rail": talks.rail(desk, session)}


def _ask_about(what: str) -> Action:
    def ask(desk: Desk, session: Session, data: Data) -> Regions:
        talks.ask_to(session, what, data)
        return {"table": shelf.table(desk, session)} if what == "remove" else {"rail": talks.rail(desk, session)}

    return ask


def _unasked(desk: Desk, session: Session, data: Data) -> Regions:
    session.asking = ("", "")
    gone = {"table": shelf.table(desk, session)} if _looks_at(data, "library") else {}
    return {"rail": talks.rail(desk, session)} | gone


def _enter(desk: Desk, session: Session, data: Data) -> Regions:
    """The page is at another library, whose desk this is already."""
    return _whole(desk, session) | {"live": "", "shelf": "", "fields": "", "table": "", "news": "", "adding": ""}


def _stop(desk: Desk, session: Session, data: Data) -> Regions:
    session.stop()
    return {}


def _library(desk: Desk, session: Session, data: Data) -> Regions:
    """The library panel, made when it is looked at."""
    return _narrowed(desk, session) | {"fields": shelf.fields(desk, session)}


def _settings(desk: Desk, session: Session, data: Data) -> Regions:
    """The settings panel, the same."""
    return {"settings": preferences.preferences(desk, session)}


def _news(desk: Desk, session: Session, data: Data) -> Regions:
    """The standing questions; what is shown is read."""
    shown = standing.panel(desk, session)
    standing.watches(desk).mark_read()
    return {"news": shown, "rail": talks.rail(desk, session)}


def _watch(desk: Desk, session: Session, data: Data) -> Regions:
    standing.add(desk, data)
    return _news(desk, session, data)


def _unwatch(desk: Desk, session: Session, data: Data) -> Regions:
    standing.remove(desk, data)
    return _news(desk, session, data)


def _narrowed(desk: Desk, session: Session) -> Regions:
    return {"filters": chat.filters(session), "shelf": shelf.shelf(desk, session), "table": shelf.table(desk, session)}


def _filtered(desk: Desk, session: Session, data: Data) -> Regions:
    """After a filter came or went."""
    return _library(desk, session, data) if _looks_at(data, "library") else {"filters": chat.filters(session)}


def _looks_at(data: Data, view: str) -> bool:
    page = data.get("page")
    return isinstance(page, dict) and page.get("view") == view


def _filter(desk: Desk, session: Session, data: Data) -> Regions:
    shelf.toggle(session, data)
    return _filtered(desk, session, data)


def _unfilter(desk: Desk, session: Session, data: Data) -> Regions:
    shelf.unfilter(session, data)
    return _filtered(desk, session, data)


def _narrow(desk: Desk, session: Session, data: Data) -> Regions:
    """The fields of the table; they are not written anew, as somebody is typing in them."""
    if wrong := shelf.narrow(session, data):
        return {"told": _told(wrong)}
    return _narrowed(desk, session) | {"told": ""}


def _more(desk: Desk, session: Session, data: Data) -> Regions:
    session.table["shows"] = str(int(session.table.get("shows") or shelf.PAGE) + shelf.PAGE)
    return {"table": shelf.table(desk, session)}


def _remove(desk: Desk, session: Session, data: Data) -> Regions:
    told = _told(shelf.remove(desk, session, data))
    suggestions.prepare(desk)
    return _of_library(desk, session, data) | {"told": told}


def _of_library(desk: Desk, session: Session, data: Data) -> Regions:
    """What shows the library, after it has changed."""
    parts = _filtered(desk, session, data) | {"rail": talks.rail(desk, session), "reader": reader.reader(desk, session)}
    return parts if session.turns else parts | chat.conversation(desk, session)


def _prefer(desk: Desk, session: Session, data: Data) -> Regions:
    try:
        preferences.prefer(desk, session, data)
    except ModelError as error:
        told = {"told": _told(session.words["not_possible"].format(error))}
        return told | _settings(desk, session, data)
    return {"bar": chat.banner(desk, session)}


def _allow(desk: Desk, session: Session, data: Data) -> Regions:
    membership.allow(desk, data)
    return _settings(desk, session, data)


def _deny(desk: Desk, session: Session, data: Data) -> Regions:
    membership.deny(desk, data)
    return _settings(desk, session, data)


def _dismiss(desk: Desk, session: Session, data: Data) -> Regions:
    return {"told": ""} if data.get("toast") else {"adding": "", "told": ""}


def _take(desk: Desk, session: Session, data: Data) -> Iterator[Regions]:
    """Files were dropped: the progress, then all that shows the library, then what they answer of the standing questions."""
    files = data.get("files")
    desk.doing("add", f"{len(files) if isinstance(files, list) else 0} files")
    yield from adding.take(desk, session, data)
    yield _of_library(desk, session, data)
    standing.check(desk)
    yield {"rail": talks.rail(desk, session)}


def _warm(desk: Desk, session: Session, data: Data) -> Regions:
    """Somebody types: a writer is loaded and reads what every question begins with, so that the answer comes sooner."""
    with contextlib.suppress(OSError, YinjuError):  # asking will tell
        desk.answering(session).warm(known(data.get("language")))
    return {}


ACTIONS: Mapping[str, Action] = {
    "hello": _hello,
    "language": _language,
    "again": _again,
    "library": _library,
    "settings": _settings,
    "news": _news,
    "watch": _watch,
    "unwatch": _unwatch,
    "new": _new,
    "resume": _resume,
    "rename": _rename,
    "delete": _delete,
    "ask_rename": _ask_about("rename"),
    "ask_delete": _ask_about("delete"),
    "ask_remove": _ask_about("remove"),
    "unasked": _unasked,
    "export": talks.export,
    "enter": _enter,
    "stop": _stop,
    "open": reader.show,
    "why": reader.explain,
    "filter": _filter,
    "unfilter": _unfilter,
    "narrow": _narrow,
    "more": _more,
    "remove": _remove,
    "prefer": _prefer,
    "allow": _allow,
    "deny": _deny,
    "dismiss": _dismiss,
}
