"""What machines ask of a page: whether it lives, whether it can answer, and its metrics, read by Prometheus' own parser."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from ui.auth import AuthError
from ui.hall import Hall
from ui.web import health


def test_a_page_that_runs_says_so(sample_page: str) -> None:
    for path in ("healthz", "readyz"):
        assert httpx.get(sample_page + path, trust_env=False).text == "ok\n"


def test_prometheus_reads_what_a_page_has_done(sample_page: str) -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="the extra metrics is not installed")

    def read() -> dict[tuple[str, ...], float]:
        said = httpx.get(sample_page + "metrics", trust_env=False)
        assert said.headers["content-type"].startswith("text/plain")
        assert "海上风电" not in said.text
        families = parser.text_string_to_metric_families(said.text)
        return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}

    before = read()
    for question in ("青屿海上风电场并网容量达到多少？", " "):
        httpx.post(
            sample_page + "gradio_api/run/ask", json={"data": [question, "", "", ""]}, trust_env=False, timeout=60
        )
    after = read()
    gained = {name: value - before.get(name, 0) for name, value in after.items() if name[0].startswith("yinju_")}
    assert gained["yinju_deeds_total", "ask", "true"] == 2
    assert gained["yinju_seconds_count", "ask", "false"] == gained["yinju_seconds_count", "ask", "true"] == 1
    assert after["yinju_held", "articles", "default"] > 10
    assert after["yinju_held", "default", "passages"] > 10
    assert after["process_resident_memory_bytes",] > 1e7


def test_a_page_whose_library_cannot_be_asked_is_not_ready_and_metrics_are_not_for_everybody(sample_home: Path) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    with Assistant(Settings(sample_home)) as assistant:
        hall = Hall(assistant)
        routes = health.routes(hall, health.Meter(), "127.0.0.1, 10.0.0.0/8", "X-User")
        here = TestClient(Starlette(routes=routes), client=("10.1.2.3", 5))
        assert here.get("/readyz").status_code == 200
        assert here.get("/metrics").status_code in (200, 501)  # 501 without the extra
        assert TestClient(Starlette(routes=routes), client=("192.168.1.1", 5)).get("/metrics").status_code == 403
        for name in ("X-User", "X-Forwarded-For", "Forwarded"):  # a proxy on a machine that may ask asks for others
            assert here.get("/metrics", headers={name: "10.1.2.3"}).status_code == 403
        assistant.library.close()
        told = here.get("/readyz")
        assert (told.status_code, here.get("/healthz").status_code) == (503, 200)
        assert str(sample_home) not in told.text
    with pytest.raises(AuthError, match="metrics_from = 'all'"):
        health.routes(hall, health.Meter(), "all")
