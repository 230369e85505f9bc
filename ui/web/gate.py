"""What of Gradio is open: the routes that the page needs, and events without files. Its other ways fetch addresses of others."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Callable[[Scope], Awaitable[None]]], Awaitable[None]]

PAGES = (
    "/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    "/robots.txt",
    "/login",
    "/logout",
    "/mcp",
    "/v1/chat/completions",
    "/v1/models",
)
"""Paths that are open as they are."""
FOLDERS = ("/assets/", "/static/", "/svelte/")
"""Gradio's own files, by which its page is drawn."""
CALLS = (
    "info",
    "login_check",
    "user",
    "token",
    "app_id",
    "startup-events",
    "heartbeat",
    "run",
    "call",
    "queue",
    "upload",
    "cancel",
)
"""What may come after ``/gradio_api/``: what is asked, what is answered, and what is dropped."""


EVENTS = tuple(f"/gradio_api/{call}" for call in ("run", "call", "queue"))


class Gate:
    """Answers 404 to every path that is not open; Gradio has some forty routes, and grows more with each version."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        await refuse(send, 404, b"Not found")


def is_open(path: str) -> bool:
    """True if a path, as the server has unquoted it, may be asked for."""
    api = path.removeprefix("/gradio_api/")
    if api != path:
        return api.partition("/")[0] in CALLS
    return (path.rstrip("/") or "/") in PAGES or path.startswith(FOLDERS)


MAX_EVENT = 4_000_000
"""Bytes of what a page sends with an event: a drop of 5000 files names them all."""


class Plain:
    """Lets an event pass only if nothing in it is what Gradio takes for a file: such it copies, or fetches from elsewhere.

    Files come by the upload route, and the page names them in words of its own."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(EVENTS):
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more and len(body) <= MAX_EVENT:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > MAX_EVENT or _holds_a_file(body):
            await refuse(send, 400, b"An event may name no file")
            return

        held: list[Scope] = [{"type": "http.request", "body": body}]

        async def again() -> Scope:
            return held.pop() if held else await receive()

        await self._app(scope, again, send)


def _holds_a_file(body: bytes) -> bool:
    """True if JSON holds an object with the mark of Gradio's files, wherever it stands; it is read as the app will read it."""
    try:
        waiting = [json.loads(body)]
    except RecursionError:
        return True  # nothing that the page sends is that deep
    except ValueError:
        return False  # which the app will say
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "_type" in part:
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


async def refuse(send: Callable[[Scope], Awaitable[None]], status: int, why: bytes) -> None:
    """Answer in place of the app."""
    head = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": why})
