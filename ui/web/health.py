"""What machines ask of a page that runs: /healthz (it lives), /readyz (it can answer), /metrics (how much, how fast, for Prometheus)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import errors
from ui.hall import Hall
from ui.web.proxy import networks_of, trusts
from yinju import YinjuError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

PATHS = ("/healthz", "/readyz", "/metrics")
NEEDED = 'Metrics need Prometheus\' client. Install it: pip install "yinju[metrics]"'
HANDED_ON = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
"""Headers of a request that a proxy hands on: who sent it is not whose address it comes from."""
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Bounds of the histogram: from a search to an answer that a model writes at length."""


class Meter:
    """Counts what is done at a page and how long it took; nothing where Prometheus' client is not installed. A count is named by what
    is done and how it went, never by who did it or by any text."""

    def __init__(self) -> None:
        self.registry: Any = None
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
        except ImportError:
            return
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._done = Counter("yinju_deeds", "What was done, and refused.", ("deed", "allowed"), registry=self.registry)
        self._seconds = Histogram(
            "yinju_seconds", "How long it took.", ("deed", "failed"), buckets=SECONDS, registry=self.registry
        )

    def count(self, deed: str, *, allowed: bool) -> None:
        """Something was done, or refused."""
        if self.registry is not None:
            self._done.labels(deed, str(allowed).lower()).inc()

    def took(self, deed: str, seconds: float, *, failed: bool) -> None:
        """Something was done in so many seconds."""
        if self.registry is not None:
            self._seconds.labels(deed, str(failed).lower()).observe(seconds)


def routes(hall: Hall, meter: Meter, metrics_from: str, proxy_header: str = "") -> list[BaseRoute]:
    """The three routes. Metrics are told to these addresses alone, with commas between, and not to who asks through a proxy, which may
    name people in ``proxy_header``; the others to everybody, and say nothing else. Raises AuthError for what are no addresses."""
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    networks = networks_of("metrics_from", metrics_from)
    if meter.registry is not None:
        meter.registry.register(_Held(hall))

    def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    def ready(_: Request) -> Response:
        try:
            hall.first.library.counts()
        except (OSError, YinjuError) as error:
            errors.note(error)
            return PlainTextResponse("The library cannot be asked; why stands in the log of the program.\n", 503)
        return PlainTextResponse("ok\n")

    def metrics(request: Request) -> Response:
        handed_on = any(name in request.headers for name in (*HANDED_ON, proxy_header) if name)
        if handed_on or request.client is None or not trusts(networks, request.client.host):
            return PlainTextResponse("Metrics are not told to this address: set metrics_from\n", 403)
        if meter.registry is None:
            return PlainTextResponse(f"{NEEDED}\n", 501)
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        return PlainTextResponse(generate_latest(meter.registry), media_type=CONTENT_TYPE_LATEST)

    # Plain functions run in threads: a server that does not answer holds up no other request.
    return [Route(path, each) for path, each in zip(PATHS, (alive, ready, metrics), strict=True)]


class _Held:
    """How much the libraries that are open hold, counted when it is asked for."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def collect(self) -> Iterator[Any]:
        """A gauge by library and kind; a library that cannot be asked is left out."""
        from prometheus_client.core import GaugeMetricFamily

        held = GaugeMetricFamily("yinju_held", "What a library holds.", labels=("library", "kind"))
        for name, assistant in self._hall.opened().items():
            try:
                counts = assistant.library.counts()
            except (OSError, YinjuError) as error:
                errors.note(error)
                continue
            for kind, count in counts.items():
                held.add_metric((name, kind), count)
        yield held
        answered, waiting = self._hall.line.counts()
        line = GaugeMetricFamily(
            "yinju_questions", "Questions that are answered now, and that wait.", labels=("state",)
        )
        line.add_metric(("answered",), answered)
        line.add_metric(("waiting",), waiting)
        yield line
