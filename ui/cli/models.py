"""yinju models list, pull, add, remove, verify: the models that are installed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ui import render
from ui.cli.options import AsJson, Home, read_settings
from ui.cli.output import one_line, print_json, print_text, say

commands = typer.Typer(help="The models that are installed.", no_args_is_help=True, rich_markup_mode=None)


class HubName(StrEnum):
    """Where models are fetched from."""

    huggingface = "huggingface"
    modelscope = "modelscope"
    mirror = "hf-mirror"


ModelName = Annotated[str, typer.Argument(metavar="NAME", help="As `yinju models list` shows it.")]
ModelNames = Annotated[list[str], typer.Argument(metavar="NAME...", help="As `yinju models list` shows them.")]
AnyModelNames = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these.  [default: all that are here]")
]
FromHub = Annotated[HubName, typer.Option("--from", help="The hub to ask.", show_default=True)]


@commands.command("list")
def list_models(context: typer.Context, as_json: AsJson = False, home: Home = None) -> None:
    """List the models there are: the bundled one, those of the catalogue, and those in use."""
    from ui.models import advice, rows

    settings = read_settings(context, home, None)
    found = rows(settings)
    if as_json:
        print_json({"models": [row.json() for row in found]})
        return
    for row in found:
        print_text(render.visible(row.text()))
    say(advice(settings))


@commands.command("pull")
def pull_model(
    context: typer.Context,
    name: ModelName,
    source: FromHub = HubName.huggingface,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Fetch a model of the catalogue: the only command that uses the network. What was cut is gone on with."""
    from ui.models import pull
    from ui.progress import bars

    with bars() as report:
        folder = pull(read_settings(context, home, None), name, source.value, report)
    _say_model(folder, "is here and whole", as_json=as_json)


@commands.command("add")
def add_model(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A GGUF file.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Its name.  [default: the file's]")] = "",
    link: Annotated[bool, typer.Option("--link", help="Leave the file where it is, and point to it.")] = False,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Take in a GGUF file that you have, copied, and note its SHA-256."""
    from ui.models import add

    folder = add(read_settings(context, home, None), file, name, link=link)
    _say_model(folder, "was added", as_json=as_json)


@commands.command("time")
def time_model(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An embedder: bundled, of the list, or its folder.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders that it would index.")],
    home: Home = None,
) -> None:
    """Measure how long an embedder would take to index your articles, on some of them and on this machine."""
    from ui.models import timed

    print_text(render.visible(timed(read_settings(context, home, None), name, paths)))


@commands.command("remove")
def remove_models(context: typer.Context, names: ModelNames, as_json: AsJson = False, home: Home = None) -> None:
    """Take models out, and what a pull that was cut has left of them."""
    from ui.models import remove

    for folder in remove(read_settings(context, home, None), names):
        _say_model(folder, "was removed", as_json=as_json)


@commands.command("verify")
def verify_models(
    context: typer.Context, names: AnyModelNames = None, as_json: AsJson = False, home: Home = None
) -> None:
    """Read through the models that are here or in use, and check that every byte is right."""
    from ui.models import verify

    found = list(verify(read_settings(context, home, None), names or ()))
    if as_json:
        print_json({"models": [verdict.json() for verdict in found]})
    for verdict in found:
        if verdict.problem:
            say(verdict.problem)
        elif not as_json:
            print_text(f"{one_line(verdict.row.name)}  whole  revision {verdict.revision}")
    if any(verdict.problem for verdict in found):
        raise typer.Exit(1)


def _say_model(folder: Path, become: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": folder.name, "folder": str(folder), "state": become})
    else:
        say(f"{folder.name} {become}: {folder}")
