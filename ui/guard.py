"""What every request to the page passes: the server fetches nothing for anybody, and browsers are told to fetch nothing else.

Gradio's file route fetches web addresses itself, for whoever names one; a page that reaches nothing has no use for that.
"""

from __future__ import annotations

import re
from typing import Any

_FETCHED = re.compile(r"/gradio_api/(file[=/]+https?:|proxy=)", re.IGNORECASE)
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)
"""Gradio's own scripts stand in its page and are compiled in the browser; nothing is taken from another address."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """ASGI middleware: refuses to fetch from elsewhere, and adds to every answer what keeps a browser here."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        if fetches(scope["path"]):
            from starlette.responses import PlainTextResponse

            await PlainTextResponse("Nothing is fetched from elsewhere.", 403)(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def fetches(path: str) -> bool:
    """Whether Gradio would answer this path by asking another server: its file route with an address, and its proxy."""
    return bool(_FETCHED.search(path))
