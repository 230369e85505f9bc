"""The libraries of a home behind one door: who is no member of one is told nothing of it, and what is done is recorded."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from ui import audit, members
from ui.journal import Journal
from ui.members import DeniedError, Role
from ui.names import plain
from ui.waiting import Line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rag.assistant import Assistant

HERE = "local"
"""Who uses a page without a login: whoever sits at this machine, and may read its files anyway."""


class Hall:
    """Opens libraries to their members. Where somebody logs in and no library has members, all who log in share the first."""

    def __init__(
        self, assistant: Assistant, *, guarded: bool = False, line: Line | None = None, journal: Journal | None = None
    ) -> None:
        """``assistant`` is over the library that the page was started with, ``guarded`` tells that people log in, ``line`` is where
        all questions wait. ``counted`` is told of each deed and whether it was allowed, and so is the ``journal``."""
        self.first = assistant
        self.line, self.journal = line or Line(), journal or Journal()
        self.guarded = guarded
        self.counted: Callable[[str, bool], None] = lambda _deed, _allowed: None
        self._opened = {assistant.settings.library: assistant}
        self._lock = RLock()

    @property
    def home(self) -> Path:
        """Where members and log are kept."""
        return self.first.settings.home

    def close(self) -> None:
        """Close the libraries, but for the first, which was opened elsewhere."""
        with self._lock:
            for assistant in self._opened.values():
                if assistant is not self.first:
                    assistant.library.close()

    def libraries(self, name: str) -> dict[str, Role]:
        """What is open to a name, with its role in each. Raises MembersError."""
        first = self.first.settings.library
        if not self.guarded:
            return {first: Role.administrator}
        if not plain(name):
            return {}
        return members.of_name(self.home, name) if members.has_members(self.home) else {first: Role.administrator}

    def enter(
        self, name: str, deed: str, library: str = "", about: str = "", against: str = ""
    ) -> tuple[str, Assistant]:
        """The library that a name does something in, by its name and the assistant over it; "" is the one that the page was started
        with, or else the first that is open. ``against`` says why it is refused though the role would do. Raises DeniedError, which
        the log has as well, MembersError, AuditError, LibraryError."""
        held = self.libraries(name)
        first = self.first.settings.library
        chosen = library or (first if first in held else next(iter(held), ""))
        allowed = chosen in held and members.may(held[chosen], deed)
        self.record(name, deed, chosen, about, allowed=allowed and not against)
        if chosen not in held:
            raise DeniedError(f"{name!r} has no library {chosen!r}. Ask whoever keeps its members: yinju members allow")
        if not allowed:
            raise DeniedError(f"{name!r} may not do this in {chosen!r}: it takes the role {members.NEEDS[deed]}")
        if against:
            raise DeniedError(against)
        return chosen, self.assistant(chosen)

    def record(self, name: str, deed: str, library: str, about: str = "", *, allowed: bool = True) -> None:
        """Put into the log what somebody does, where any library has members; looking at what is one's own has no deed."""
        if deed:
            self.counted(deed, allowed)
            named = library if allowed or library in self._opened else ""  # what is asked for in vain may be any text
            self.journal.tell("deed", who=name, library=named, deed=deed, counts={"allowed": allowed})
        if deed and members.has_members(self.home):
            audit.record(self.home, plain(name) or HERE, deed, library, about, allowed=allowed)

    def opened(self) -> dict[str, Assistant]:
        """The assistants by their libraries, as far as these were entered."""
        with self._lock:
            return dict(self._opened)

    def assistant(self, library: str) -> Assistant:
        """The assistant over a library, opened when it is first entered. Raises LibraryError."""
        with self._lock:
            if library not in self._opened:
                self._opened[library] = self.first.beside(library)
            return self._opened[library]
