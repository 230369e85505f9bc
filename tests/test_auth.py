"""Passwords: none is kept as it is, none is guessed quickly, and nothing is served to others without one."""

from __future__ import annotations

import getpass
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bench.page import serving
from ui import auth

ROOT = Path(__file__).parents[1]

SECRET = "correct horse 电池"  # noqa: S105 - of these tests alone


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 32nd of the work, which has its own test."""
    monkeypatch.setattr(auth, "COST", 2**10)


def test_a_try_is_made_expensive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert 128 * auth.COST * auth.BLOCK >= 32 * 2**20
    assert auth.PASSES >= 3
    assert auth._hash(SECRET, bytes(16)) == auth._hash(SECRET, bytes(16)) != auth._hash(SECRET, bytes(15) + b"1")


def test_a_password_is_kept_hashed_and_checked(own_home: Path) -> None:
    auth.keep(own_home, "沈望川", SECRET)
    assert auth.is_set(own_home)
    assert auth.check(own_home, " 沈望川", SECRET)
    assert not auth.check(own_home, "沈望川", SECRET + "!")
    assert not auth.check(own_home, "沈望川", "")
    assert not auth.check(own_home, "nobody", SECRET)
    (file,) = own_home.iterdir()
    assert SECRET not in file.read_text(encoding="utf-8")
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600


def test_each_name_has_its_own_and_the_same_password_another_hash(own_home: Path) -> None:
    auth.keep(own_home, "a", SECRET)
    auth.keep(own_home, "b", SECRET)
    kept = json.loads((own_home / auth.FILE).read_text(encoding="utf-8"))
    assert len({one["hash"] for one in kept.values()}) == len({one["salt"] for one in kept.values()}) == 2
    auth.keep(own_home, "a", SECRET + "2")
    assert [auth.check(own_home, "a", SECRET), auth.check(own_home, "b", SECRET)] == [False, True]


def test_it_is_the_same_password_however_it_was_typed(own_home: Path) -> None:
    auth.keep(own_home, "a", "cafe\u0301 ｐａｓｓ")
    assert auth.check(own_home, "a", "café pass")
    assert not auth.check(own_home, "a", "\ud800")


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [("a", "short", "5 characters.*8 to 1024"), (" ", SECRET, "name is empty"), ("a", "x" * 1025, "1025 characters")],
)
def test_what_protects_nothing_is_refused(own_home: Path, name: str, password: str, said: str) -> None:
    with pytest.raises(auth.AuthError, match=said):
        auth.keep(own_home, name, password)
    assert not own_home.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_this_machine_needs_no_password(own_home: Path, host: str) -> None:
    auth.require(own_home, host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "", "example.org", "127.0.0.1.example.org"])  # noqa: S104
def test_any_other_address_needs_one(own_home: Path, host: str) -> None:
    with pytest.raises(auth.AuthError, match=f"read all articles and conversations.*yinju ui --host {host} --auth"):
        auth.require(own_home, host)
    auth.keep(own_home, "a", SECRET)
    auth.require(own_home, host)


@pytest.mark.parametrize("kept", ["{", "[]", '{"a": 1}', '{"a": {"salt": "xyz", "hash": ""}}', "[" * 100_000, "\xff"])
def test_a_damaged_file_opens_nothing(own_home: Path, kept: str) -> None:
    own_home.mkdir()
    (own_home / auth.FILE).write_text(kept, encoding="latin-1")
    for call in (lambda: auth.check(own_home, "a", SECRET), lambda: auth.require(own_home, "0.0.0.0")):  # noqa: S104
        with pytest.raises(auth.AuthError, match=r"passwords\.json cannot be read.*--auth"):
            call()


def test_two_lines_of_standard_input_set_one(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"沈望川\n{SECRET}\n"))
    assert auth.ask(own_home) == "沈望川"
    assert auth.check(own_home, "沈望川", SECRET)
    monkeypatch.setattr(sys, "stdin", io.StringIO("name\n"))
    with pytest.raises(auth.AuthError, match="not two lines"):
        auth.ask(own_home)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([SECRET, SECRET], ""),
        ([SECRET, "another one"], "two passwords differ"),
        ([SECRET], "No password was typed"),
    ],
)
def test_at_a_terminal_the_password_is_asked_for_twice(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: list[str], said: str
) -> None:
    def asked(prompt: str) -> str:
        if not typed:
            raise EOFError
        return typed.pop(0)

    monkeypatch.setattr(sys, "stdin", Terminal("沈望川\n"))
    monkeypatch.setattr(getpass, "getpass", asked)
    if said:
        with pytest.raises(auth.AuthError, match=said):
            auth.ask(own_home)
    else:
        assert auth.ask(own_home) == "沈望川"
    assert auth.is_set(own_home) == (not said)
    assert capsys.readouterr() == ("", "名字 Name: ")


# --- the page ---------------------------------------------------------------------------------------------------------

MAIN = "from ui.cli import main; main()"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def test_without_a_password_nothing_is_served_to_others(own_home: Path) -> None:
    command = [sys.executable, "-c", MAIN, "--home", str(own_home), "ui", "--host", "0.0.0.0"]  # noqa: S104
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "yinju ui --host 0.0.0.0 --auth" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_nobody_gets_past_the_login_of_the_page(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, browser, shown = tmp_path / "home", tmp_path / "browser", tmp_path / "shown"
    shutil.copytree(sample_home, home)
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{shown}"\n', encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    with (
        serving(home, "--auth", "--open", told=f"reader\n{SECRET}\n") as address,
        httpx.Client(trust_env=False) as client,
    ):
        for path in ("config", "gradio_api/info", "mcp"):
            assert client.get(address + path).status_code == 401, path
        for path in ("gradio_api/call/ask", "gradio_api/run/ask", "gradio_api/queue/join", "gradio_api/upload", "mcp"):
            assert client.post(address + path, json={"data": ["x"]}).status_code == 401, path
        assert "海上风电" not in client.get(address).text
        for wrong in ({"username": "reader", "password": SECRET + "x"}, {"username": "other", "password": SECRET}):
            assert client.post(address + "login", data=wrong).status_code == 400
        assert client.get(address + "config").status_code == 401
        right = {"username": "reader", "password": SECRET}
        assert client.post(address + "login", data=right).status_code == 200
        assert client.get(address + "config").status_code == 200
        accept = {"Accept": "application/json, text/event-stream"}
        for password, status in ((SECRET, 200), (SECRET + "x", 401)):
            given = httpx.BasicAuth("reader", password.encode())
            asked = client.post(address + "mcp", json=INITIALIZE, headers=accept, auth=given)
            assert asked.status_code == status
        assert shown.read_text(encoding="utf-8") == address
