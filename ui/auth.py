"""Who may use a page that is served beyond this machine: names with passwords, kept hashed in Yinju's folder.

Passwords are hashed by scrypt (RFC 7914) at 32 MB and three passes, which OWASP's cheat sheet of 2024 asks for at least.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import ipaddress
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from ui.names import plain, write
from yinju import YinjuError

FILE = "passwords.json"
SHORTEST = 8
"""Characters; what NIST SP 800-63B asks for at least."""
LONGEST = 1024
COST, BLOCK, PASSES = 2**15, 8, 3
EXPOSED = (
    "Whoever reaches {host} and knows a name and its password reads all articles and conversations, and adds and removes "
    "them. The connection is not encrypted: beyond a network that you trust, put it behind a server that speaks HTTPS."
)

_one_at_a_time = Lock()


class AuthError(YinjuError):
    """A page cannot be served as asked, or a password cannot be kept; the message says why and what helps."""


def require(home: Path, host: str) -> None:
    """Refuse an address that others can reach where no password is set. Raises :class:`AuthError`."""
    if not is_loopback(host) and not _read(home / FILE):
        raise AuthError(
            f"{host} can be reached by other machines, and no password is set: whoever finds the page would read all "
            f"articles and conversations, and could remove them. Set one: yinju ui --host {host} --auth"
        )


def is_loopback(host: str) -> bool:
    """True if only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_set(home: Path) -> bool:
    """True if a password is kept. Raises :class:`AuthError`."""
    return bool(_read(home / FILE))


def check(home: Path, name: str, password: str) -> bool:
    """True if this is the name's password; takes as long for a name that is not known. Raises :class:`AuthError`.

    About 0.2 s of work, one at a time: so fast and no faster can passwords be tried.
    """
    kept = _read(home / FILE).get(plain(name), {"salt": "00" * 16, "hash": ""})
    with _one_at_a_time:
        found = _hash(plain(password)[:LONGEST], bytes.fromhex(kept["salt"]))
    return hmac.compare_digest(found, kept["hash"])


def keep(home: Path, name: str, password: str) -> None:
    """Set the password of a name, in place of the one it had. Raises :class:`AuthError`."""
    name, password = plain(name), plain(password)
    if not name or len(name) > LONGEST:
        raise AuthError("The name is empty or too long: choose another")
    if not SHORTEST <= len(password) <= LONGEST:
        raise AuthError(f"The password has {len(password)} characters: choose one of {SHORTEST} to {LONGEST}")
    salt = secrets.token_bytes(16)
    write(home / FILE, {**_read(home / FILE), name: {"salt": salt.hex(), "hash": _hash(password, salt)}})


def forget(home: Path, name: str) -> bool:
    """Take away the password of a name. True if it had one. Raises :class:`AuthError`."""
    kept = _read(home / FILE)
    if plain(name) not in kept:
        return False
    write(home / FILE, {known: one for known, one in kept.items() if known != plain(name)})
    return True


def names(home: Path) -> list[str]:
    """Who has a password. Raises :class:`AuthError`."""
    return sorted(_read(home / FILE))


def ask(home: Path) -> str:
    """Ask the person at the terminal for a name and a password, or read them as two lines of standard input, and keep
    them; the name. Raises :class:`AuthError`."""
    if sys.stdin.isatty():
        print("名字 Name: ", end="", file=sys.stderr, flush=True)
        name = sys.stdin.readline()
        try:
            password, again = getpass.getpass("密码 Password: "), getpass.getpass("再输一次 Again: ")
        except EOFError as error:
            raise AuthError("No password was typed: start again") from error
        if password != again:
            raise AuthError("The two passwords differ: start again")
    else:
        name, password = sys.stdin.readline(), sys.stdin.readline().rstrip("\r\n")
        if not name or not password:
            raise AuthError(
                "--auth reads a name and a password from standard input, a line each: there are not two lines"
            )
    keep(home, name, password)
    return plain(name)


def _hash(password: str, salt: bytes) -> str:
    room = 2 * 128 * COST * BLOCK
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=PASSES, maxmem=room).hex()


def _read(path: Path) -> dict[str, Mapping[str, str]]:
    """Salt and hash of each name."""
    try:
        kept: Any = json.loads(path.read_bytes())
        return {
            str(name): {"salt": bytes.fromhex(one["salt"]).hex(), "hash": str(one["hash"])}
            for name, one in kept.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise AuthError(
            f"{path} cannot be read ({error}). Remove it and set the passwords anew: yinju ui --host ADDRESS --auth"
        ) from error
