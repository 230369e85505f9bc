"""A server of OceanBase's own, started for some tests and stopped behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

NUMBER = count()


class Server:
    """A running server; each library in it has a database of its own."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def address(self) -> str:
        """The address of a database that is new."""
        import pymysql

        name = f"library_{next(NUMBER)}"
        with pymysql.connect(user="root", unix_socket=self._socket) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        return f"oceanbase://root@localhost/{name}?unix_socket={self._socket}"


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server whose files lie in a folder. Skips the test where its wheel is not installed."""
    reason = "OceanBase's server (pip install pylibseekdb) is not installed, or has no build for this platform"
    seekdb = pytest.importorskip("pylibseekdb", reason=reason, exc_type=ImportError)
    instance = seekdb.open(str(folder / "seek.db"))
    try:
        yield Server(instance.connection_options()["unix_socket"])
    finally:
        instance.close()
