"""An administrator lets people into a library on the page, and nobody else does, nor anybody into another library."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from rag.conversations import Conversations
from rag.settings import Settings
from ui import audit, auth, members
from ui.hall import Hall
from ui.members import Role
from ui.web import membership, page
from ui.web.seats import Seats
from ui.web.session import Session

if TYPE_CHECKING:
    from rag.assistant import Assistant

SECRET = "a long enough one"  # noqa: S105 - of this test alone


def test_only_who_keeps_a_library_lets_people_in_and_only_into_that_one(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "COST", 2**10)
    for library, name, role in (
        ("water", "Ann", Role.administrator),
        ("water", "Bob", Role.editor),
        ("press", "Cid", Role.administrator),
    ):
        members.allow(own_home, library, name, role)
        auth.keep(own_home, name, SECRET)
    assistant = SimpleNamespace(settings=Settings(own_home, library="water"))
    with Conversations(own_home / "c.sqlite") as kept:
        seats = Seats(Hall(cast("Assistant", assistant), guarded=True), kept)

        def told(who: str, do: str, **data: str) -> str:
            return page.act(seats.desk(who), Session(language="en"), {"do": do, **data}).get("told", "")

        ann, bob = seats.desk("Ann"), seats.desk("Bob")
        assert "Bob" in membership.section(ann, Session())
        assert membership.section(bob, Session()) == ""
        assert told("Ann", "allow", name=" Eve ", role="reader", password="another " + SECRET) == ""
        assert told("Ann", "allow", name="Bob", role="reader") == ""
        assert auth.check(own_home, "Eve", "another " + SECRET)
        assert members.read(own_home)["water"] == {"Ann": "administrator", "Bob": "reader", "Eve": "reader"}

        assert "it takes the role administrator" in told("Bob", "allow", name="Bob", role="administrator")
        assert "it takes the role administrator" in told("Eve", "deny", name="Ann")
        assert "another administrator" in told("Ann", "allow", name="Ann", role="reader")
        assert "another administrator" in told("Ann", "deny", name="Ann")
        assert "set on the machine" in told("Ann", "allow", name="Cid", role="reader", password=SECRET + "!")
        assert "That is no role" in told("Ann", "allow", name="Bob", role="king")
        assert "8 to 1024" in told("Ann", "allow", name="Fay", role="reader", password=SECRET[:5])
        assert "is no member" in told("Ann", "deny", name="Cid")
        assert auth.check(own_home, "Cid", SECRET)
        assert members.read(own_home)["press"] == {"Cid": "administrator"}
        assert told("Ann", "deny", name="Eve") == ""
        assert members.read(own_home)["water"] == {"Ann": "administrator", "Bob": "reader"}
    logged = [
        (line["who"], line["about"], line["allowed"]) for line in audit.lines(own_home) if line["deed"] == "members"
    ]
    assert ("Ann", "Eve reader with a password", True) in logged
    assert ("Ann", "Ann reader", False) in logged
    assert ("Ann", "Cid reader with a password", False) in logged
    assert ("Bob", "Bob administrator", False) in logged
    assert SECRET not in (own_home / audit.FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize(("guarded", "name"), [(True, "Ann"), (False, "")])
def test_nobody_closes_a_library_that_has_no_members_to_the_others(own_home: Path, guarded: bool, name: str) -> None:
    assistant = SimpleNamespace(settings=Settings(own_home, library="water"))
    with Conversations(own_home / "c.sqlite") as kept:
        desk = Seats(Hall(cast("Assistant", assistant), guarded=guarded), kept).desk(name)
        told = page.act(desk, Session(language="en"), {"do": "allow", "name": "Eve", "role": "administrator"})["told"]
        assert "The first member of a library is named on the machine" in told
        assert membership.section(desk, Session()) == ""
    assert not members.has_members(own_home)
