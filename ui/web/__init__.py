"""The page, on this machine alone unless a host is named: started, guarded, and kept from reaching out."""

from __future__ import annotations

import contextlib
import inspect
import os
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui import auth as passwords
from ui.web.door import Door, Login
from ui.web.proxy import Proxy
from yinju import YinjuError

if TYPE_CHECKING:
    import gradio

    from rag.settings import Settings
    from ui.waiting import Line
    from ui.web.seats import Seats

Routes = tuple[Sequence[Any], Any]
"""Routes of Starlette, and the lifespan that they need or None."""

ADDRESS = "127.0.0.1"
HOSTS = (ADDRESS, "localhost")
EVENTS = 40
"""What a page does at once beside the questions that are answered or wait."""


class PortTakenError(YinjuError):
    """Something else listens on the port; the message names it and the cure."""


def serve(
    settings: Settings,
    port: int = 7860,
    host: str = ADDRESS,
    *,
    auth: bool = False,
    browse: bool = False,
    api: bool = False,
) -> None:
    """The page until Ctrl-C, and with ``browse`` in the browser; see :func:`served`."""
    with served(settings, port, host, auth=auth, api=api) as address:
        print(f"引据 Yinju: {address}  (Ctrl-C 退出 to stop)", file=sys.stderr)
        if browse:
            webbrowser.open(address)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


@contextmanager
def served(
    settings: Settings, port: int, host: str = ADDRESS, *, auth: bool = False, api: bool = False
) -> Iterator[str]:
    """The page's address while it is served, behind passwords with ``auth`` or where the settings name a proxy that lets people in;
    with ``api`` :mod:`ui.web.completions` beside it. Raises :class:`PortTakenError` when the port is in use, and AuthError for a host
    that others reach while no password is set."""
    from ui import mcp
    from ui.web import completions, health

    proxy = Proxy.of(settings)
    if proxy is None:
        passwords.require(settings.home, host)
    _require_free(port, host)
    with private_uploads(), open_seats(settings, host, guarded=auth or proxy is not None) as opened:
        threading.Thread(target=_prepare, args=(opened,), daemon=True).start()
        door = Door(opened.hall, _login(settings.home) if auth and proxy is None else None, proxy)
        page = build(opened)
        tools, lifespan = mcp.on_page(opened.hall, door.login, proxy)
        asked = health.routes(opened.hall, opened.meter, settings.metrics_from, settings.proxy_header)
        more = completions.routes(opened.hall.first, completions.key(settings.home), opened.hall.line) if api else []
        try:
            yield start(page, port, host, door, ([*tools, *asked, *more], lifespan), opened.hall.line)
        finally:
            with contextlib.redirect_stdout(sys.stderr):  # Gradio says goodbye on standard output
                page.close(verbose=False)


@contextmanager
def open_seats(settings: Settings, host: str = "", *, guarded: bool = False) -> Iterator[Seats]:
    """What all pages share, opened; the library is made where there is none, as the page is where articles are added."""
    from models import load_embedder
    from rag.assistant import Assistant
    from rag.conversations import FILE, Conversations
    from rag.opening import open_library
    from ui.hall import Hall
    from ui.journal import Journal
    from ui.waiting import Line
    from ui.web.seats import Seats

    open_library(settings, load_embedder(settings.embedder), create=True).close()
    with Assistant(settings) as assistant, Conversations(settings.home / FILE) as conversations:
        journal, queue = Journal.of(settings), Line(settings.answers_at_once, settings.questions_waiting)
        hall = Hall(assistant, guarded=guarded, line=queue, journal=journal)
        try:
            with journal.hearing():
                journal.tell("started", library=settings.library, counts=assistant.library.counts())
                yield Seats(hall, conversations, host)
                journal.tell("stopped", library=settings.library)
        finally:
            hall.close()


def build(opened: Seats) -> gradio.Blocks:
    """The page, not yet started."""
    stay_home()
    _import_gradio()
    from ui.web import page

    return page.build(opened)


def _import_gradio() -> None:
    """Import Gradio without the type stubs that it writes into its own folder for each component class, each time anew.

    They are for who writes code with it: 1.7 of 4.3 s of a core until the page is there. It writes none where a class has no file.
    """
    file_of = inspect.getfile

    def outside(object: Any) -> str:  # noqa: A002 - the name that it is called by
        if isinstance(object, type) and object.__module__.startswith("gradio."):
            raise OSError("no stubs are wanted")
        return file_of(object)

    inspect.getfile = outside
    try:
        import gradio  # noqa: F401 - loaded once, and found by all who import it later
    finally:
        inspect.getfile = file_of


@contextmanager
def private_uploads() -> Iterator[None]:
    """A folder of this process for what browsers send: nobody else of the machine reads it, and it goes when we go."""
    with tempfile.TemporaryDirectory(prefix="yinju-", ignore_cleanup_errors=True) as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        yield


def _prepare(opened: Seats) -> None:
    """Load the search and find example questions while the first page opens; what fails here is told where it is asked."""
    from ui.web import suggestions

    with contextlib.suppress(OSError, YinjuError):
        suggestions.prepare(opened.first())


def start(
    page: gradio.Blocks,
    port: int,
    host: str = ADDRESS,
    door: Door | None = None,
    more: Routes = ((), None),
    queue: Line | None = None,
) -> str:
    """Start serving a built page and give its address back; ``door`` lets people in, ``more`` is served beside the page, ``queue`` is
    where its questions wait."""
    from index.formats.document import LARGEST

    stay_home()
    folder = Path(__file__).parent
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        share=False,
        quiet=True,
        prevent_thread_lock=True,
        auth=door.login if door else None,
        auth_message="引据 Yinju" if door and door.login else None,
        auth_dependency=door.proxy.name if door and door.proxy else None,
        allowed_paths=[],
        favicon_path=folder / "seal.svg",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        max_file_size=LARGEST,
        # Gradio holds as many events at once, those that wait among them: one more would not be told how many are before.
        max_threads=EVENTS + (queue.at_once + queue.most if queue else 0),
        app_kwargs={
            "middleware": _middleware(host, door),
            "routes": list(more[0]),
            "lifespan": more[1],
        },
        theme=_theme(),
        # As it stands: Gradio's own way to take CSS writes each rule a second time, with its prefix also inside of :is().
        head=f"<style>{(folder / 'page.css').read_text(encoding='utf-8')}</style>",
        js=(folder / "page.js").read_text(encoding="utf-8"),
    )
    return str(address)


def _middleware(host: str, door: Door | None) -> list[Any]:
    """What a request passes before it reaches the page."""
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from ui.guard import Guard
    from ui.web.door import Bound
    from ui.web.gate import Gate, Plain

    # A name that some other site points at 127.0.0.1 must not reach the articles; beyond this machine the password guards.
    allowed = list(HOSTS) if passwords.is_loopback(host) else ["*"]
    return [
        Middleware(Guard),
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed),
        Middleware(Gate, closed=door.closed if door else None),
        Middleware(Plain, closed=door.closed if door else None),
        *([Middleware(Bound, door=door)] if door and door.hall.guarded else []),
    ]


def _login(home: Path) -> Login:
    async def login(name: str, password: str) -> bool:
        import anyio

        # A password takes 0.3 s to check, during which every other page would stand still.
        return await anyio.to_thread.run_sync(passwords.check, home, name, password)

    return login


def _require_free(port: int, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(
                f"{host}:{port} cannot be used ({error.strerror}): choose another port, yinju ui --port {port + 1}"
            ) from error


def stay_home() -> None:
    """Gradio asks its own address whether it is up, which a proxy setting would send away; and it likes to report."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # who asks is who connects, not who a header says
    for name in ("NO_PROXY", "no_proxy"):
        listed = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys([*listed, *HOSTS]))


def _theme() -> gradio.themes.Base:
    """What of Gradio's own is seen: the page where a password is asked for."""
    import gradio

    cinnabar = gradio.themes.Color(
        c50="#fbf3f0", c100="#f6e3dc", c200="#ecc6b9", c300="#dfa08c", c400="#cf775d", c500="#a23f29",
        c600="#a23f29", c700="#863322", c800="#6b2a1e", c900="#53231a", c950="#2e110c",
    )  # fmt: skip
    theme = gradio.themes.Base(
        primary_hue=cinnabar,
        neutral_hue="stone",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    light = {
        "body_background_fill": "#faf7f1",
        "background_fill_primary": "#faf7f1",
        "background_fill_secondary": "#faf7f1",
    }
    light |= {"block_background_fill": "#fffdf9", "input_background_fill": "#f2ede3"}
    dark = dict.fromkeys((f"{name}_dark" for name in light), "#181614") | {"input_background_fill_dark": "#2c2824"}
    return theme.set(**light, **dark)
