"""What of Gradio is open: the routes that the page needs, and events without files. Its other ways fetch addresses of others."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
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
    "/healthz",
    "/readyz",
    "/metrics",
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

    def __init__(self, app: App, closed: Callable[[Scope], None] | None = None) -> None:
        """``closed`` is told what was asked for in vain."""
        self._app, self._closed = app, closed

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        if self._closed:
            self._closed(scope)
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
    """Lets an event pass only if nothing in it is what Gradio takes for a file: such it copies, or fetches from elsewhere; nor a path
    of anything but what a browser sent.

    Files come by the upload route, and the page names them in words of its own."""

    def __init__(self, app: App, closed: Callable[[Scope], None] | None = None) -> None:
        """``closed`` is told what was sent in vain."""
        self._app, self._closed = app, closed

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(EVENTS):
            await self._app(scope, receive, send)
            return
        body, again = await body_of(receive)
        if len(body) > MAX_EVENT or _holds_a_file(body):
            if self._closed:
                self._closed(scope)
            await refuse(send, 400, b"An event may name no file")
            return
        await self._app(scope, again, send)


async def body_of(receive: Any) -> tuple[bytes, Any]:
    """What a request brings, as far as it is read: a little more than MAX_EVENT bytes; and what hands it on to the app."""
    body, more = b"", True
    while more and len(body) <= MAX_EVENT:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    held: list[Scope] = [{"type": "http.request", "body": body, "more_body": more}]

    async def again() -> Any:
        return held.pop() if held else await receive()

    return body, again


def _holds_a_file(body: bytes) -> bool:
    """True if JSON holds an object with the mark of Gradio's files, or a path of anything but what a browser sent, wherever it
    stands; it is read as the app will read it."""
    try:
        waiting = [json.loads(body)]
    except RecursionError:
        return True  # nothing that the page sends is that deep
    except ValueError:
        return False  # which the app will say
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "_type" in part or _leads_elsewhere(part.get("path")):
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


def uploads() -> Path:
    """Where Gradio puts what a browser sends; only from there a file is taken."""
    return Path(os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio").resolve()


def _leads_elsewhere(path: object) -> bool:
    """True for the path of a file that no browser sent."""
    try:
        return isinstance(path, str) and bool(path) and not Path(path).resolve().is_relative_to(uploads())
    except (OSError, ValueError):
        return True


async def refuse(send: Callable[[Scope], Awaitable[None]], status: int, why: bytes) -> None:
    """Answer in place of the app."""
    head = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": why})
