"""yinju members list, allow, deny, password, forget: who may do what in which library of a page that people log in to."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.options import AsJson, Home, LibraryName, read_settings
from ui.cli.output import print_json, print_text, say
from ui.members import Role

commands = typer.Typer(
    help="Who may do what in which library, for a page that people log in to.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="As somebody logs in.")]


@commands.command("list")
def list_members(context: typer.Context, as_json: AsJson = False, home: Home = None) -> None:
    """List the members of every library, and who has a password."""
    from ui import auth, members

    settings = read_settings(context, home, None)
    table, names = members.read(settings.home), auth.names(settings.home)
    if as_json:
        print_json({"libraries": table, "passwords": names})
        return
    for library, held in sorted(table.items()):
        for name, role in sorted(held.items()):
            print_text(f"{library}  {name}  {role}{'' if name in names else '  (no password)'}")


@commands.command("allow")
def allow(
    context: typer.Context,
    name: Name,
    role: Annotated[
        Role, typer.Option("--role", help="reader, editor or administrator.", show_choices=False, show_default=True)
    ] = Role.reader,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Make somebody a member of a library, or give a member another role; it is closed to everybody else from the first on."""
    from ui import members

    settings = read_settings(context, home, library)
    members.allow(settings.home, settings.library, name, role)
    say(f"{name} is {role} of {settings.library}")


@commands.command("deny")
def deny(context: typer.Context, name: Name, home: Home = None, library: LibraryName = None) -> None:
    """Take a member out of a library, at once also on pages that are open."""
    from ui import members

    settings = read_settings(context, home, library)
    members.deny(settings.home, settings.library, name)
    say(f"{name} is no member of {settings.library} any more")


@commands.command("password")
def password(context: typer.Context, home: Home = None) -> None:
    """Set the password of a name: asked for, or a name and a password read from stdin, a line each."""
    from ui import auth

    say(f"{auth.ask(read_settings(context, home, None).home)} has that password")


@commands.command("forget")
def forget(context: typer.Context, name: Name, home: Home = None) -> None:
    """Take away somebody's password and all memberships; what the log says of the name stays."""
    from ui import auth, members

    settings = read_settings(context, home, None)
    for library in members.of_name(settings.home, name):
        members.deny(settings.home, library, name)
    said = "has no password any more" if auth.forget(settings.home, name) else "had no password"
    say(f"{name} is no member of any library, and {said}")
