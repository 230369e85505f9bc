"""Who may do what in which library: one that has members is closed to everybody else. Kept in Yinju's folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from ui.names import plain, write
from yinju import YinjuError

FILE = "members.json"

Table = dict[str, dict[str, "Role"]]
"""Names with their roles, by library."""


class Role(StrEnum):
    """What a member may do; each role may do what the one before it may."""

    reader = "reader"
    editor = "editor"
    administrator = "administrator"


NEEDS: Mapping[str, Role] = {
    "add": Role.editor,
    "remove": Role.editor,
    "watch": Role.editor,
    "members": Role.administrator,
    "log": Role.administrator,
}
"""The least role for what is done; whatever is not named here a reader may do."""


class MembersError(YinjuError):
    """The members of a library cannot be read or changed; the message says why and what helps."""


class DeniedError(YinjuError):
    """Somebody may not do what was asked. The message is the same for a library that is closed and for one that is not there."""


def has_members(home: Path) -> bool:
    """True if any library of a home has. Raises MembersError."""
    return bool(read(home))


def may(role: Role, deed: str) -> bool:
    """True if a role is enough for what is done."""
    ranks = list(Role)
    return ranks.index(role) >= ranks.index(NEEDS.get(deed, Role.reader))


def of_name(home: Path, name: str) -> dict[str, Role]:
    """The libraries of a name with its role in each, by library. Raises MembersError."""
    return {library: held[plain(name)] for library, held in sorted(read(home).items()) if plain(name) in held}


def allow(home: Path, library: str, name: str, role: Role) -> None:
    """Make somebody a member, or give a member another role. Raises MembersError."""
    if not (named := plain(name)):
        raise MembersError("The name is empty: give the one that somebody logs in with")
    with _changing(home) as table:
        table.setdefault(library, {})[named] = role


def deny(home: Path, library: str, name: str) -> None:
    """Take a member out. The last one stays, as a library without members is closed to all. Raises MembersError."""
    with _changing(home) as table:
        held = table.get(library, {})
        if plain(name) not in held:
            raise MembersError(f"{name!r} is no member of {library!r}. See: yinju members list")
        if len(held) == 1:
            raise MembersError(
                f"{name!r} is the only member of {library!r}: name another first, yinju members allow NAME"
            )
        del held[plain(name)]


@contextmanager
def _changing(home: Path) -> Iterator[Table]:
    """The table, written back whole when nothing was raised; other processes wait."""
    from filelock import FileLock

    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / f"{FILE}.lock", mode=0o600):
        table = read(home)
        yield table
        write(home / FILE, table)


def read(home: Path) -> Table:
    """The members of every library. Raises MembersError for a file that cannot be read: it opens nothing."""
    path = home / FILE
    try:
        kept: Any = json.loads(path.read_bytes())
        return {str(library): {str(name): Role(role) for name, role in held.items()} for library, held in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise MembersError(
            f"{path} cannot be read ({error}). Correct it, or remove it and name the members anew: yinju members allow NAME"
        ) from error
