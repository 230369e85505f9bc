"""yinju audit show, verify: what was done by whom in libraries that have members, and whether the log of it is as it was written."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.options import AsJson, Home, settings_of
from ui.cli.output import count, one_line, print_json, print_text, say

commands = typer.Typer(
    help="The log of who did what, kept where libraries have members.", no_args_is_help=True, rich_markup_mode=None
)


@commands.command("verify")
def verify(
    context: typer.Context,
    noted: Annotated[
        str, typer.Option("--noted", metavar="HASH", help="A hash that an earlier check gave; it must still be there.")
    ] = "",
    home: Home = None,
) -> None:
    """Check that no line of the log was changed, taken out, put in or cut off, and print the hash of its end, to be noted elsewhere."""
    from ui import audit

    end = audit.verify(settings_of(context, home, None).home, noted)
    say(f"{count(end.lines, 'line')}, each as it was written")
    print_text(end.hash)


@commands.command("show")
def show(
    context: typer.Context,
    who: Annotated[str, typer.Option("--who", metavar="NAME", help="Only what this one did.")] = "",
    denied: Annotated[bool, typer.Option("--denied", help="Only what was refused.")] = False,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Print the log, oldest first, each line checked before it is printed."""
    from ui import audit

    for done in audit.lines(settings_of(context, home, None).home):
        if (who and done["who"] != who) or (denied and done["allowed"]):
            continue
        if as_json:
            print_json(done)
            continue
        parts = (
            done["time"],
            done["who"],
            "" if done["allowed"] else "DENIED",
            done["deed"],
            done["library"],
            done["about"],
        )
        print_text("  ".join(one_line(part) for part in parts if part))
