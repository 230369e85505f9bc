"""The journal: a line of JSON for whatever is done, for those who run a page. No question, no answer and no text of an article is in it.

A line has time, level, event and, where they are known, who (a number for a name, by a key that lies in Yinju's folder), library, deed,
seconds and counts. An error is named by its kind and by where in the code it was raised; what it says may quote anybody."""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from rag.settings import Settings, SettingsError
from ui.names import plain

KEY = "journal.key"
STDERR = "stderr"
NOTHING: Mapping[str, int] = {}
FRAMES = 8
"""Places in the code that are told of an error, the last ones."""


class Journal:
    """Lines put behind others: at standard error, in a file, or nowhere."""

    def __init__(self, place: str = "", key: bytes = b"") -> None:
        """``place`` is "", "stderr" or a file."""
        self._place, self._key = place, key

    @classmethod
    def of(cls, settings: Settings) -> Journal:
        """The one that the settings name. Raises SettingsError for a file that cannot be written."""
        if not settings.log:
            return cls()
        made = cls(settings.log, _key(settings.home))
        try:
            made._write("")
        except OSError as error:
            raise SettingsError(
                f"log = {settings.log!r} cannot be written ({error.strerror}): name a file in a folder that is there, or stderr"
            ) from error
        return made

    def tell(
        self,
        event: str,
        *,
        level: str = "info",
        who: str = "",
        library: str = "",
        deed: str = "",
        seconds: float | None = None,
        error: BaseException | None = None,
        counts: Mapping[str, int] = NOTHING,
    ) -> None:
        """Put a line behind the others. ``event``, ``deed`` and the names of counts are words of the code; a count is a whole number
        or a truth. Whoever does something is not kept from it by a journal that cannot be written."""
        if not self._place:
            return
        said: dict[str, object] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level}
        said |= {"event": event, "who": self._number(who), "library": library, "deed": deed}
        said["seconds"] = None if seconds is None else round(seconds, 3)
        if error is not None:
            said |= {"error": type(error).__name__, "at": _places(error)}
        said |= {name: value if value is True or value is False else int(value) for name, value in counts.items()}
        line = json.dumps({name: value for name, value in said.items() if value not in ("", None)}) + "\n"
        with suppress(OSError):
            self._write(line)

    def _write(self, line: str) -> None:
        if self._place == STDERR:
            sys.stderr.write(line)
            sys.stderr.flush()
            return
        # Opened for each line, so that it may be moved away; one write, so that lines of several processes stay whole.
        file = os.open(Path(self._place).expanduser(), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def _number(self, name: str) -> str:
        """The same for the same name, and no name."""
        return blake2b(plain(name).encode(), key=self._key, digest_size=6).hexdigest() if plain(name) else ""

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Errors that the program notes, here and not in words, as long as this lasts."""
        if not self._place:
            yield
            return
        noted, handler = logging.getLogger("yinju"), _Handler(self)
        propagates = noted.propagate
        noted.addHandler(handler)
        noted.propagate = False
        try:
            yield
        finally:
            noted.removeHandler(handler)
            noted.propagate = propagates


class _Handler(logging.Handler):
    """Hands on what `ui.errors` notes: of an error its kind and place."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        error = (
            record.exc_info[1]
            if record.exc_info
            else next((a for a in record.args or () if isinstance(a, Exception)), None)
        )
        self._journal.tell("error", level=record.levelname.lower(), error=error)


def _places(error: BaseException) -> list[str]:
    """Where an error was raised: file, line and function, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{'/'.join(Path(one.filename).parts[-2:])}:{one.lineno} {one.name}" for one in frames]


def _key(home: Path) -> bytes:
    """What names are numbered by: made once, and readable by its owner alone."""
    from filelock import FileLock

    path = home / KEY
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / f"{KEY}.lock", mode=0o600):
        with suppress(FileNotFoundError):
            return path.read_bytes()
        made = secrets.token_bytes(32)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(made)
        return made
