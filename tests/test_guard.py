"""Around the page: nothing is fetched for anybody, no file is shown, and every answer keeps the browser here."""

from __future__ import annotations

from pathlib import Path

import httpx

from ui.guard import Guard

REFUSED = [
    "gradio_api/file=http://evil.example/x",
    "gradio_api/file=https://evil.example/x",
    "gradio_api/file=http%3A%2F%2Fevil.example/x",
    "gradio_api/file=HTTP://evil.example/x",
    "gradio_api/file/http://evil.example/x",
    "gradio_api/proxy=https://evil.hf.space/x",
]


def test_the_page_fetches_nothing_for_anybody(sample_page: str) -> None:
    with httpx.Client(base_url=sample_page, trust_env=False) as client:
        for path in REFUSED:
            assert client.get(path).status_code == 404, path


def test_the_file_route_shows_no_file_of_the_machine(sample_page: str) -> None:
    hidden = [
        Path(__file__),
        Path("/etc/passwd"),
        Path.home() / ".bashrc",
        "../../../../etc/passwd",
        "%2e%2e%2fetc%2fpasswd",
    ]
    with httpx.Client(base_url=sample_page, trust_env=False) as client:
        for path in hidden:
            for route in ("gradio_api/file=", "gradio_api/file/", "static/", "assets/", "svelte/"):
                assert client.get(f"{route}{path}").status_code in (403, 404), f"{route}{path}"


def test_every_answer_keeps_the_browser_here(sample_page: str) -> None:
    with httpx.Client(base_url=sample_page, trust_env=False) as client:
        for path in ("", "config", "gradio_api/file=/etc/passwd", REFUSED[0]):
            headers = client.get(path).headers
            assert "default-src 'self'" in headers["content-security-policy"], path
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] == "no-referrer", path


def test_another_site_cannot_speak_for_the_reader(sample_page: str) -> None:
    """A browser sends without asking only what a form could send; for the rest it asks first, and is not told yes."""
    with httpx.Client(base_url=sample_page, trust_env=False, headers={"Origin": "http://evil.example"}) as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            for path in ("gradio_api/call/ask", "gradio_api/run/ask", "gradio_api/queue/join"):
                sent = client.post(path, content='{"data": ["x", "", "", ""]}', headers={"Content-Type": kind})
                assert sent.status_code >= 400, (path, kind)
        asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        for path in ("gradio_api/call/ask", "gradio_api/queue/join", "mcp"):
            assert "access-control-allow-origin" not in client.options(path, headers=asking).headers, path


def test_what_is_not_http_passes_untouched() -> None:
    import asyncio

    seen = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append((scope, receive, send))

    asyncio.run(Guard(app)({"type": "lifespan"}, 1, 2))
    assert seen == [({"type": "lifespan"}, 1, 2)]
