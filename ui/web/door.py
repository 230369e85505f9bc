"""Who stands at the door of a page that people log in to, and that a page which one of them opened is no other's."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ui.hall import Hall
from ui.names import plain
from ui.web.gate import App, Scope, body_of, refuse
from ui.web.proxy import Proxy

Login = Callable[[str, str], Awaitable[bool]]
"""Whether this name has this password."""

PAGES = 100_000
"""Open pages whose owners are known; the longest unheard of is forgotten first, and its session knows its owner still."""


@dataclass(frozen=True, slots=True)
class Door:
    """How people come in: by a password, or by a proxy that vouches for their names; by neither where the page is not guarded."""

    hall: Hall
    login: Login | None = None
    proxy: Proxy | None = None

    def name(self, scope: Scope) -> str:
        """Who a request comes from, "" for nobody."""
        from starlette.requests import HTTPConnection

        request = HTTPConnection(scope)
        if self.proxy is not None:
            return self.proxy.name(request) or ""
        app = scope["app"]  # Gradio's, which keeps the names by the tokens that it gave to browsers
        given = (request.cookies.get(f"access-token-{kind}{app.cookie_id}", "") for kind in ("", "unsecure-"))
        return plain(next((app.tokens[token] for token in given if token in app.tokens), ""))

    def closed(self, scope: Scope) -> None:
        """Have it recorded that somebody asked for a path that is not open."""
        if self.hall.guarded and (name := self.name(scope)):
            self.hall.record(name, "route", "", scope["path"], allowed=False)


class Bound:
    """Refuses a request that names the page of somebody else, by the number that Gradio knows pages by: it would hear what is
    answered there, or stop it."""

    def __init__(self, app: App, door: Door) -> None:
        self._app, self._door = app, door
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/gradio_api/"):
            await self._app(scope, receive, send)
            return
        named, again = await _page(scope, receive)
        name = self._door.name(scope)
        if named and not self._owns(named, name):
            self._door.hall.record(name, "page", "", f"a page of {self._owners[named]}", allowed=False)
            await refuse(send, 403, b"This page was opened by somebody else")
            return
        await self._app(scope, again, send)

    def _owns(self, page: str, name: str) -> bool:
        """True if a page is the name's, as one that nobody has opened becomes."""
        if not name:
            return (
                page not in self._owners
            )  # whom nobody knows is turned away behind this, if what is asked for is guarded
        owner = self._owners.setdefault(page, name)
        self._owners.move_to_end(page)
        if len(self._owners) > PAGES:
            self._owners.popitem(last=False)
        return owner == name


async def _page(scope: Scope, receive: Any) -> tuple[str, Any]:
    """The number of the page that a request names, "" for none, and what the app is to receive."""
    path = scope["path"]
    if path.startswith("/gradio_api/heartbeat/"):
        return path.split("/")[3], receive
    if named := parse_qs(scope["query_string"].decode("latin-1")).get("session_hash"):
        return named[0], receive
    if scope["method"] != "POST" or path.startswith("/gradio_api/upload"):
        return "", receive
    body, again = await body_of(receive)
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return "", again
    named_there = told.get("session_hash") if isinstance(told, dict) else None
    return named_there if isinstance(named_there, str) else "", again
