"""SQLite's errors as what happened to a file and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def explained(path: Path, raised: type[Exception], *, damaged: str, otherwise: str) -> Iterator[None]:
    """Errors of SQLite and of the disk, as a ``raised`` that names the file and the cure. ``damaged`` tells of a file that is
    not whole, with {} for what SQLite said of it; ``otherwise`` is the cure of what is none of the known troubles."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise raised(f"{path}: {error}. {_cure(str(error)) or otherwise}") from error
    except OSError as error:
        kind = "locked" if isinstance(error, TimeoutError) else "unable to open"
        raise raised(f"{path}: {error.strerror or error}. {_cure(kind)}") from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # a wrong use of SQLite says nothing about the file
        raise raised(f"{path} is {damaged.format(error)}") from error


def _cure(message: str) -> str:
    """What to do about an error that is known, "" for another."""
    if "full" in message or "disk I/O" in message:
        return "Free some space and try again; what was committed before is still there."
    if "readonly" in message or "unable to open" in message:
        return "Choose a folder that can be written: yinju --home FOLDER, or YINJU_HOME"
    if "locked" in message:
        return "Another yinju is writing; try again when it is done."
    return ""
