"""The audit log: a changed byte, a line less or more and a lost end are found; members and roles; a proxy that is believed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from rag.assistant import Assistant
from rag.conversations import FILE, Conversations, ConversationsError
from rag.settings import Settings
from ui import audit, auth, members
from ui.audit import AuditError
from ui.cli import app
from ui.hall import Hall
from ui.members import DeniedError, MembersError, Role
from ui.web.proxy import Proxy
from ui.web.seats import Seats
from ui.web.session import Session


@pytest.fixture
def log(own_home: Path) -> Path:
    """A log of five lines."""
    for n in range(5):
        audit.record(own_home, "林昭", "show", "alpha", f"article {n}", allowed=n != 3)
    return own_home / audit.FILE


def test_what_was_done_is_told_and_checked(log: Path, own_home: Path) -> None:
    said = list(audit.lines(own_home))
    assert [(one["n"], one["about"], one["allowed"]) for one in said][2:4] == [
        (3, "article 2", True),
        (4, "article 3", False),
    ]
    end = audit.verify(own_home)
    assert end.lines == 5
    audit.record(own_home, "Boyd", "ask", "alpha", audit.question("How high is the dam?"))
    assert audit.verify(own_home, end.hash).lines == 6
    assert "dam" not in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600


def test_any_changed_byte_is_found(log: Path, own_home: Path) -> None:
    whole = log.read_bytes()
    for at in range(len(whole)):
        log.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(AuditError, match=r"Line \d of .*audit\.log|has \d lines"):
            audit.verify(own_home)
    log.write_bytes(whole)
    audit.verify(own_home)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: lines[1:],
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [],
    ],
    ids=["one less", "first less", "last less", "one twice", "two exchanged", "none"],
)
def test_a_line_less_or_more_is_found(log: Path, own_home: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    log.write_bytes(b"".join(change(log.read_bytes().splitlines(keepends=True))))
    with pytest.raises(AuditError):
        audit.verify(own_home)


def test_a_log_that_was_written_anew_does_not_have_the_hash_that_was_noted(log: Path, own_home: Path) -> None:
    noted = audit.verify(own_home).hash
    log.unlink()
    (own_home / audit.HEAD).unlink()
    audit.record(own_home, "林昭", "show", "alpha")
    assert audit.verify(own_home).lines == 1
    with pytest.raises(AuditError, match="another log, or was cut and written anew"):
        audit.verify(own_home, noted)


def test_after_a_cut_in_the_power_it_goes_on(log: Path, own_home: Path) -> None:
    with log.open("ab") as file:
        file.write(b"0123 {half")
    audit.record(own_home, "Boyd", "show", "beta")
    assert audit.verify(own_home).lines == 6
    log.write_bytes(log.read_bytes()[:-20])
    with pytest.raises(AuditError, match="ends before line 6"):  # that one was whole: who cut it was no power cut
        audit.record(own_home, "Boyd", "show", "beta")


def test_many_write_at_once(own_home: Path) -> None:
    def write(name: str) -> None:
        for _ in range(20):
            audit.record(own_home, name, "ask", "alpha")

    threads = [threading.Thread(target=write, args=(f"name {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify(own_home).lines == 80


def test_the_commands_check_and_show_it(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        app(["--home", str(own_home), *words], standalone_mode=False)
        return capsys.readouterr().out

    said("members", "allow", "林昭", "--library", "alpha", "--role", "editor")
    said("members", "allow", "Boyd", "--library", "alpha")
    said("members", "deny", "Boyd", "--library", "alpha")
    assert said("members", "list").split() == ["alpha", "林昭", "editor", "(no", "password)"]
    assert "members deny  alpha  Boyd" in said("audit", "show")
    assert said("audit", "show", "--denied") == ""
    end = said("audit", "verify").strip()
    assert said("audit", "verify", "--noted", end).strip() == end
    with pytest.raises(MembersError, match="only member"):
        members.deny(own_home, "alpha", "林昭")
    said("members", "allow", "Boyd", "--library", "alpha")
    said("members", "forget", "林昭")
    assert members.of_name(own_home, "林昭") == {}


# --- members ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hall(sample_home: Path, own_home: Path) -> Iterator[Hall]:
    """A page that people log in to; of the two libraries of its home one is still to be made."""
    own_home.mkdir()
    (own_home / "libraries").symlink_to(sample_home / "libraries", target_is_directory=True)
    with Assistant(Settings(own_home)) as assistant:
        hall = Hall(assistant, guarded=True)
        yield hall
        hall.close()


def test_without_members_all_who_log_in_share_the_first_library(hall: Hall) -> None:
    assert hall.libraries("anyone") == {"default": Role.administrator}
    assert hall.libraries("") == {}
    with pytest.raises(DeniedError, match="no library 'other'"):
        hall.enter("anyone", "ask", "other")
    assert not (hall.home / audit.FILE).exists()


def test_a_role_is_enough_or_it_is_told_what_it_takes(hall: Hall) -> None:
    members.allow(hall.home, "default", "reader", Role.reader)
    members.allow(hall.home, "default", "Ｅditor ", Role.editor)
    assert hall.enter("reader", "ask")[0] == "default"
    for deed in ("add", "remove", "watch"):
        with pytest.raises(DeniedError, match="it takes the role editor"):
            hall.enter("reader", deed)
        assert hall.enter("Editor", deed)[0] == "default"
    with pytest.raises(DeniedError, match="it takes the role administrator"):
        hall.enter("Editor", "members")
    with pytest.raises(DeniedError, match="has no library"):
        hall.enter("stranger", "ask")
    assert [one["allowed"] for one in audit.lines(hall.home)] == [
        True,
        False,
        True,
        False,
        True,
        False,
        True,
        False,
        False,
    ]


def test_who_is_taken_out_is_out_at_once_and_a_damaged_file_opens_nothing(hall: Hall, tmp_path: Path) -> None:
    members.allow(hall.home, "default", "林昭", Role.reader)
    members.allow(hall.home, "default", "Boyd", Role.reader)
    with Conversations(tmp_path / FILE) as kept:
        seats, session = Seats(hall, kept), Session(greeted=True, owner="Boyd")
        seats.of(session, "Boyd")
        with pytest.raises(DeniedError, match="opened by somebody else"):
            seats.of(session, "林昭")
        members.deny(hall.home, "default", "Boyd")
        with pytest.raises(DeniedError):
            seats.of(session, "Boyd")
        (hall.home / members.FILE).write_text('{"default": {"Boyd": "king"}}', encoding="utf-8")
        with pytest.raises(MembersError, match=r"members\.json cannot be read"):
            seats.of(session, "Boyd")


def test_what_cannot_be_recorded_is_not_done(hall: Hall) -> None:
    members.allow(hall.home, "default", "林昭", Role.reader)
    (hall.home / audit.FILE).mkdir()
    with pytest.raises(AuditError, match="nothing is done that is not recorded"):
        hall.enter("林昭", "ask")


def test_conversations_are_their_owners_and_those_of_before_stay_where_they_were(tmp_path: Path) -> None:
    path = tmp_path / FILE
    with Conversations(path) as kept:
        old = kept.start()
    with sqlite3.connect(path) as former:
        former.execute("ALTER TABLE conversation DROP COLUMN owner")
        former.execute("ALTER TABLE conversation DROP COLUMN library")
        former.execute("PRAGMA user_version = 1")
    former.close()
    with Conversations(path) as kept:
        assert kept.turns(old) == []
        his = kept.of("Boyd", "alpha")
        made = his.start()
        assert his.turns(made) == []
        for other in (kept, kept.of("Boyd", "beta"), kept.of("林昭", "alpha")):
            with pytest.raises(ConversationsError, match="There is no conversation"):
                other.turns(made)
            with pytest.raises(ConversationsError):
                other.delete(made)
        with pytest.raises(ConversationsError):
            his.turns(old)


# --- a proxy ----------------------------------------------------------------------------------------------------------


def asked(host: str, *headers: tuple[bytes, bytes]) -> HTTPConnection:
    return HTTPConnection(
        {"type": "http", "client": (host, 5), "headers": list(headers), "path": "/", "query_string": b""}
    )


def test_a_name_is_believed_from_the_proxy_alone(own_home: Path) -> None:
    proxy = Proxy.of(Settings(own_home, proxy_header="X-Forwarded-User", proxy_from="10.0.0.5, 192.168.7.0/24"))
    assert proxy
    named = (b"x-forwarded-user", "林昭".encode())
    assert proxy.name(asked("10.0.0.5", named)) == proxy.name(asked("192.168.7.9", named)) == "林昭"
    for host in ("10.0.0.6", "127.0.0.1", "::1", "no address"):
        assert proxy.name(asked(host, named)) is None
    assert proxy.name(asked("10.0.0.5")) is None
    assert proxy.name(asked("10.0.0.5", (b"x-forwarded-user", b" "))) is None
    assert proxy.name(asked("10.0.0.5", named, (b"x-forwarded-user", b"administrator"))) is None
    assert Proxy.of(Settings(own_home)) is None
    with pytest.raises(auth.AuthError, match="proxy_from"):
        Proxy.of(Settings(own_home, proxy_header="X-User", proxy_from="everybody"))
