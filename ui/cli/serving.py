"""yinju ui, mcp: the page, and the tools that another assistant calls, served until they are stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.asking import open_assistant
from ui.cli.options import Home, LibraryName, read_settings
from ui.cli.output import say


def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Its port.", show_default=True)] = 7860,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Its address; one that others reach demands a password.")
    ] = "127.0.0.1",
    auth: Annotated[
        bool, typer.Option("--auth", help="Set a name and a password, asked for or read from stdin, and demand them.")
    ] = False,
    api: Annotated[
        bool, typer.Option("--api", help="Serve /v1/chat/completions too, with a key, to programs of this machine.")
    ] = False,
    browse: Annotated[bool, typer.Option("--open", help="Show it in the browser as well.")] = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Open the page: chat, with the cited passage beside the answer."""
    from ui import auth as passwords
    from ui.web import serve

    settings = read_settings(context, home, library)
    if auth:
        say(f"{passwords.ask(settings.home)} may use the page with that password")
    passwords.require(settings.home, host)
    guarded = auth or not passwords.is_loopback(host)
    if guarded:
        say(passwords.EXPOSED.format(host=f"{host}:{port}"))
    if api:
        from ui.web.completions import key

        if guarded:
            raise typer.BadParameter("is for programs of this machine: leave out --host and --auth", param_hint="--api")
        say(f"http://{host}:{port}/v1 answers programs of this machine; the key is {key(settings.home)}")
    serve(settings, port=port, host=host, auth=guarded, browse=browse, api=api)


def mcp(context: typer.Context, home: Home = None, library: LibraryName = None) -> None:
    """Serve ask, search and the articles to an assistant that speaks the Model Context Protocol, on stdin and stdout."""
    from ui.mcp import serve

    settings = read_settings(context, home, library)
    serve(lambda: open_assistant(settings))
