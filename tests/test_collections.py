"""Two libraries with members, two people, one page: neither reaches the other's library by any door, and all is in the log."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.page import serving
from rag.assistant import Assistant
from rag.conversations import FILE, Conversations
from rag.opening import open_store
from rag.settings import Settings
from rag.upkeep.ingest import ingest
from ui import audit, auth, journal, members
from ui.cli import app
from ui.members import Role
from yinju import YinjuError

SECRET = "correct horse 电池"  # noqa: S105 - of these tests alone
JOURNAL = "journal.jsonl"
NAMES = {"林昭": "alpha", "Boyd": "beta"}
WORDS = {"alpha": "Kestrelwick", "beta": "Osprendale"}
"""A word that stands in one library alone, by that library."""


FIGURES = {"alpha": "41.7", "beta": "73.2"}
"""What only the article itself says."""


def text(library: str) -> str:
    return f"The {WORDS[library]} dam holds {FIGURES[library]} million cubic metres of water, the town council said on Monday.\n"


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """A 32nd of the work that a password takes, which has its own test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "COST", 2**10)
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, quick: None) -> Path:
    """Two libraries of one article each, a member in each, and one conversation of each member."""
    folder = tmp_path_factory.mktemp("team")
    home = folder / "home"
    for name, library in NAMES.items():
        file = folder / library / f"{WORDS[library]}.txt"
        file.parent.mkdir()
        file.write_text(text(library), encoding="utf-8")
        ingest([file], Settings(home, library=library))
        auth.keep(home, name, SECRET)
        members.allow(home, library, name, Role.editor)
        with Assistant(Settings(home, library=library)) as assistant, Conversations(home / FILE) as kept:
            own = kept.of(name, library)
            own.add(own.start(), assistant.ask(f"How much water does the {WORDS[library]} dam hold?").answer)
    return home


@pytest.fixture(scope="module")
def page(home: Path) -> Iterator[str]:
    """The page of both, as the command serves it to people who log in."""
    quick = "from ui import auth; auth.COST = 2**10"
    log = f"import os; os.environ['YINJU_LOG'] = {str(home / JOURNAL)!r}"
    before = f"{log}\n{quick}"
    with serving(home, "--library", "alpha", "--auth", told=f"林昭\n{SECRET}\n", before=before) as address:
        yield address


@pytest.fixture(scope="module")
def people(page: str, home: Path) -> Iterator[dict[str, Person]]:
    """Both, logged in, each with a page open that shows the own conversation."""
    found = {name: Person(page, home, name) for name in NAMES}
    for person in found.values():
        assert FIGURES[person.own] in person.event("act", {"do": "resume", "id": person.conversation, "page": {}})
    yield found
    for person in found.values():
        person.web.close()


class Person:
    """Somebody who has logged in, with all doors of the page."""

    def __init__(self, address: str, home: Path, name: str) -> None:
        self.name, self.home, self.own, self.page = name, home, NAMES[name], f"page-of-{NAMES[name]}"
        self.web = httpx.Client(base_url=address, trust_env=False, timeout=60)
        assert self.web.post("login", data={"username": name, "password": SECRET}).status_code == 200
        self.events = {
            each["targets"][0][1]: each["id"]
            for each in self.web.get("config").json()["dependencies"]
            if each["targets"]
        }
        with Conversations(home / FILE) as kept, closing(open_store(Settings(home, library=self.own))) as library:
            self.conversation = kept.of(name, self.own).list()[0].id
            self.article = library.articles()[0]

    def call(self, endpoint: str, *values: object) -> str:
        """What a named endpoint answers, as it stands in the stream of events."""
        made = self.web.post(f"gradio_api/call/{endpoint}", json={"data": values})
        return made.text + self.web.get(f"gradio_api/call/{endpoint}/{made.json().get('event_id')}").text

    def run(self, endpoint: str, *values: object) -> str:
        """The same in one step."""
        return self.web.post(f"gradio_api/run/{endpoint}", json={"data": values}).text

    def event(self, kind: str, data: dict[str, Any], page: str = "") -> str:
        """What an event of a page in the browser brings back, of one's own where none is named."""
        named = {"fn_index": self.events[kind], "session_hash": page or self.page}
        made = self.web.post("gradio_api/queue/join", json={"data": [None], "event_data": data, **named})
        return made.text + (self.listen(page or self.page) if made.status_code == 200 else "")

    def listen(self, page: str) -> str:
        """What a page is told until its event is done."""
        said = ""
        with self.web.stream("GET", "gradio_api/queue/data", params={"session_hash": page}) as stream:
            for line in stream.iter_lines():
                said += line
                if "process_completed" in line or "close_stream" in line:
                    break
        return said

    def tool(self, name: str, arguments: dict[str, Any], library: str = "") -> str:
        """What a tool of the Model Context Protocol answers."""
        params = {"name": name, "arguments": arguments}
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"Accept": "application/json, text/event-stream"}
        login, where = httpx.BasicAuth(self.name.encode(), SECRET.encode()), {"library": library} if library else {}
        return self.web.post("mcp", json=asked, headers=headers, auth=login, params=where).text

    def get(self, path: str) -> str:
        """What a path of the page answers."""
        return self.web.get(path).text

    def command(self, *words: str) -> str:
        """What a command says, over one's own library."""
        out, told = io.StringIO(), ""
        with redirect_stdout(out), redirect_stderr(out):
            try:
                app(["--home", str(self.home), "--library", self.own, *words], standalone_mode=False)
            except YinjuError as error:
                told = str(error)
        return out.getvalue() + told


def values_of(endpoint: str, asked: str, since: str = "", source: str = "") -> list[object]:
    """The arguments of an endpoint that is asked something, but for the library."""
    filters: list[object] = [since, "", source]
    first: dict[str, list[object]] = {
        "search": [asked, 50],
        "list_matching": [asked, False],
        "count": [asked, False],
        "brief": [asked, 100],
    }
    whole: dict[str, list[object]] = {"articles": [asked], "whats_new": []}
    return whole.get(endpoint, [*first.get(endpoint, [asked]), *filters])


ENDPOINTS = ("ask", "search", "articles", "list_matching", "count", "timeline", "compare", "brief", "whats_new")
TOOLS: dict[str, dict[str, Any]] = {
    "ask": {"question": "dam"},
    "search": {"question": "dam", "k": 100},
    "list_articles": {"limit": 500},
    "show_article": {"id": "?"},
    "list_matching": {"string": "dam"},
    "count": {"string": "dam"},
    "timeline": {"topic": "dam"},
    "compare": {"question": "dam and council"},
    "brief": {},
    "whats_new": {},
}
Attempt = tuple[Callable[..., str], tuple[Any, ...]]


def by_api(me: Person, other: Person) -> Iterator[Attempt]:
    for endpoint in ENDPOINTS:
        for door in (me.call, me.run):
            yield door, (endpoint, *values_of(endpoint, "dam"), other.own)
        yield me.run, (endpoint, *values_of(endpoint, WORDS[other.own]), "")
    for library in (
        f"../{other.own}",
        other.own.upper(),
        f"{other.own} ",
        f"{me.own}/../{other.own}",
        f"{other.own}\x00",
    ):
        yield me.run, ("articles", "", library)
        yield me.run, ("search", "dam", 50, "", "", "", library)
    for endpoint in ("ask", "search", "list_matching", "timeline", "brief"):
        yield me.run, (endpoint, *values_of(endpoint, "dam", since="1900"), other.own)
        yield me.run, (endpoint, *values_of(endpoint, "dam", source=other.article.path), "")


def by_tools(me: Person, other: Person) -> Iterator[Attempt]:
    for tool, arguments in TOOLS.items():
        told = arguments | ({"id": other.article.id} if "id" in arguments else {})
        yield me.tool, (tool, told, other.own)
        if tool not in ("brief", "whats_new", "list_articles"):
            yield me.tool, (tool, {**told, next(iter(told)): told.get("id") or WORDS[other.own]}, "")
    for offset in (0, 1, 2):
        yield me.tool, ("list_articles", {"offset": offset, "find": WORDS[other.own]}, "")


def by_page(me: Person, other: Person) -> Iterator[Attempt]:
    id_ = other.article.id
    for article in (id_, id_.upper(), f"{id_}-0", f"../{other.own}/{id_}", other.article.path, "' OR '1'='1"):
        yield me.event, ("act", {"do": "open", "article": article})
    for do in ("resume", "rename", "delete"):
        for id_ in (other.conversation, f"{other.conversation}' OR '1'='1"):
            yield me.event, ("act", {"do": do, "id": id_, "title": "mine"})
    for library in (other.own, f"../{other.own}", other.own.upper(), f"{other.own} "):
        yield me.event, ("act", {"do": "enter", "value": library})
    for article in (other.article.id, f"{other.article.id}-0"):
        yield me.event, ("act", {"do": "remove", "id": article})
    for narrowed in ({"find": WORDS[other.own]}, {"source": other.own}, {"since": "1900"}, {"language": "en"}):
        yield me.event, ("act", {"do": "narrow", "page": {"view": "library"}, **narrowed})
    for do in ("library", "news", "more", "filter", "unfilter"):
        yield me.event, ("act", {"do": do, "page": {"view": "library", "conversation": other.conversation}})
    yield me.event, ("question", {"question": f"How much water does the {WORDS[other.own]} dam hold?"})
    for file in (other.article.path, me.home / "libraries" / other.own / "library.sqlite", me.home / FILE):
        yield me.event, ("drop", {"files": [{"name": "mine.txt", "path": str(file)}]})
    for do in (
        "hello",
        "library",
        "resume",
        "export",
        "open",
        "news",
        "new",
        "delete",
        "enter",
        "allow",
        "deny",
        "settings",
    ):
        sent = {
            "do": do,
            "name": other.name,
            "role": "reader",
            "id": other.conversation,
            "to": "md",
            "value": me.own,
            "article": other.article.id,
        }
        yield me.event, ("act", sent, other.page)
    for kind in ("question", "drop", "warm"):
        yield me.event, (kind, {"question": "What does it hold?", "files": []}, other.page)
    yield me.listen, (other.page,)
    yield me.get, (f"gradio_api/heartbeat/{other.page}",)


def by_members(me: Person, other: Person) -> Iterator[Attempt]:
    for library in ("", other.own):
        for name, role in ((me.name, "administrator"), (other.name, "reader"), (other.name, "administrator")):
            sent = {"do": "allow", "name": name, "role": role, "password": "of my own choice", "library": library}
            yield me.event, ("act", sent)
        yield me.event, ("act", {"do": "deny", "name": other.name, "library": library})


def by_route(me: Person, other: Person) -> Iterator[Attempt]:
    library = me.home / "libraries" / other.own / "library.sqlite"
    for file in (
        other.article.path,
        library,
        *(me.home / name for name in (FILE, audit.FILE, members.FILE, auth.FILE, journal.KEY, JOURNAL)),
    ):
        for route in ("file=", "gradio_api/file=", "gradio_api/file/"):
            yield me.get, (f"{route}{file}",)
    for route in ("gradio_api/deep_link?session_hash=", "gradio_api/stream/", "gradio_api/vibe/", "gradio_api/runs/"):
        yield me.get, (f"{route}{other.page}",)


def by_command(me: Person, other: Person) -> Iterator[Attempt]:
    for verb in ("show", "cite", "remove"):
        yield me.command, ("articles", verb, other.article.id)
    yield me.command, ("articles", "list", "--path", other.article.path)
    yield me.command, ("list", WORDS[other.own])
    yield me.command, ("count", WORDS[other.own])
    yield me.command, ("search", "dam", "--path", str(Path(other.article.path).parent))


def marks(person: Person) -> tuple[str, ...]:
    """What only whoever reached somebody's library or conversations could have been told."""
    return (FIGURES[person.own], WORDS[person.own], person.article.id, person.article.path, person.conversation)


def test_nobody_reaches_the_other_library_by_any_door(home: Path, people: dict[str, Person]) -> None:
    tried = 0
    for me, other in (tuple(people.values()), tuple(people.values())[::-1]):
        for door in (by_api, by_tools, by_page, by_members, by_route, by_command):
            for make, values in door(me, other):
                before = audit.verify(home).lines
                told, sent = make(*values), json.dumps(values, default=str)
                tried += 1
                reached = [mark for mark in marks(other) if mark in told and mark not in sent]
                assert not reached, (me.name, make.__name__, values, told[:2000])
                assert audit.verify(home).lines > before, (me.name, make.__name__, values)
    assert tried >= 200
    for person in people.values():
        with Conversations(home / FILE) as kept, closing(open_store(Settings(home, library=person.own))) as library:
            assert library.article(person.article.id).text == text(person.own).strip()
            assert [one.title for one in kept.of(person.name, person.own).list()][-1].count(WORDS[person.own])
        assert FIGURES[person.own] in person.event("act", {"do": "resume", "id": person.conversation})
        assert FIGURES[person.own] in person.tool("show_article", {"id": person.article.id})
        assert FIGURES[person.own] in person.run("ask", *values_of("ask", "How much water does the dam hold?"), "")
    who = {done["who"] for done in audit.lines(home) if not done["allowed"]}
    assert who == set(NAMES)
    assert members.read(home) == {library: {name: Role.editor} for name, library in NAMES.items()}
    assert all(auth.check(home, name, SECRET) for name in NAMES)
    written = (home / JOURNAL).read_text(encoding="utf-8")
    assert '"allowed": false' in written
    # A figure could stand in a time.
    assert not [mark for person in people.values() for mark in (*marks(person)[1:], person.name) if mark in written]
