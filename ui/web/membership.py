"""The members of a library, for its administrators: who may do what in it, and passwords of those who are new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import auth, members
from ui.members import MembersError, Role
from ui.names import plain
from ui.web.markup import button, line, select
from ui.web.session import Data, Desk, Session, text_of
from ui.web.words import Words

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = "The password of {!r} is set on the machine that serves the page: yinju members password"
FIRST = "The first member of a library is named on the machine that serves the page: yinju members allow"
ONESELF = "Your own role is changed by another administrator, or on the machine that serves the page: yinju members"


def section(desk: Desk, session: Session) -> str:
    """What stands in the settings of an administrator; "" for others, and where no library has members."""
    words, settings = session.words, desk.assistant.settings
    held = _held(desk)
    if held.get(desk.name) != Role.administrator:
        return ""
    known = set(auth.names(settings.home))
    rows = "".join(_row(name, role, name in known, desk, words) for name, role in sorted(held.items()))
    fields = _field("name", words["member"], "text") + _field("password", words["member_password"], "password")
    roles = select("role", words["role"], _roles(words), Role.reader, do="")
    return (
        f'<h2 id="yj-members">{line(words["members"].format(settings.library))}</h2>'
        f'<div class="yj-table" tabindex="0"><table>{rows}</table></div><form class="yj-managing">{fields}{roles}'
        f'<button class="yj-button yj-outlined">{words["member_add"]}</button></form>'
    )


def _held(desk: Desk) -> dict[str, Role]:
    settings = desk.assistant.settings
    return members.read(settings.home).get(settings.library, {})


def _row(name: str, role: Role, known: bool, desk: Desk, words: Words) -> str:
    lacks = "" if known else f' <em class="yj-remark">{words["no_password"]}</em>'
    if name == desk.name:
        return f"<tr><td>{line(name)}{lacks}</td><td>{words[f'role_{role}']}</td><td></td></tr>"
    choices = select("role", words["role_of"].format(name), _roles(words), role, do="allow")
    choices = choices.replace("<select ", f'<select data-member="{line(name)}" ', 1)
    gone = button("deny", words["member_remove"].format(name), drawn="delete", named=False, name=name)
    return f"<tr><td>{line(name)}{lacks}</td><td>{choices}</td><td>{gone}</td></tr>"


def _roles(words: Words) -> list[tuple[str, str]]:
    return [(role, words[f"role_{role}"]) for role in Role]


def _field(name: str, label: str, kind: str) -> str:
    return (
        f'<label class="yj-field"><span>{label}</span>'
        f'<input type="{kind}" name="{name}" maxlength="200" autocomplete="off"></label>'
    )


def allow(desk: Desk, data: Data) -> None:
    """Make somebody a member, or give another role; with a password for who has none. Raises DeniedError, MembersError, AuthError."""
    name, password = plain(text_of(data, "name", 200)), text_of(data, "password", auth.LONGEST)
    try:
        role = Role(text_of(data, "role", 20))
    except ValueError as error:
        raise MembersError("That is no role: reader, editor or administrator") from error
    home, library = desk.assistant.settings.home, desk.assistant.settings.library
    against = _against(desk, name)
    if password and not against and not _ours(home, desk.name, name):
        against = ELSEWHERE.format(name)
    desk.doing("members", f"{name} {role}{' with a password' if password else ''}", against)
    if password:
        auth.keep(home, name, password)
    members.allow(home, library, name, role)


def _against(desk: Desk, name: str) -> str:
    """What speaks against changing a member on the page, "" for nothing."""
    if desk.name not in _held(desk):
        return FIRST
    return ONESELF if name == desk.name else ""


def _ours(home: Path, administrator: str, name: str) -> bool:
    """True if nobody else keeps any library of a name: whoever sets its password could go wherever it may go."""
    mine = {library for library, role in members.of_name(home, administrator).items() if role == Role.administrator}
    own = members.of_name(home, name)
    return own.keys() <= mine if own else name not in auth.names(home)


def deny(desk: Desk, data: Data) -> None:
    """Take a member out. Raises DeniedError, MembersError."""
    name = plain(text_of(data, "name", 200))
    desk.doing("members", f"{name} no more", _against(desk, name))
    members.deny(desk.assistant.settings.home, desk.assistant.settings.library, name)
