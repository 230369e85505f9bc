"""A desk for each reader in each library that is open to that reader: what a desk shows is of one library and one owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.filters import Filters
from ui import audit
from ui.hall import Hall
from ui.members import DeniedError
from ui.names import plain
from ui.web import talks
from ui.web.health import Meter
from ui.web.session import Desk, Doing, Listed, Session, Took

if TYPE_CHECKING:
    from rag.conversations import Conversations


class Seats:
    """The desks of one page."""

    def __init__(self, hall: Hall, conversations: Conversations, host: str = "") -> None:
        self.hall, self.conversations, self._host = hall, conversations, host
        self.meter = Meter()
        hall.counted = lambda deed, allowed: self.meter.count(deed, allowed=allowed)
        self._listed: dict[str, Listed] = {}
        """What was listed last of each library, for all who may see it."""

    def first(self) -> Desk:
        """That of the library that the page was started with, for what is made ready before anybody comes."""
        library = self.hall.first.settings.library
        listed = self._listed.setdefault(library, Listed())
        return Desk(self.hall.first, self.conversations, self._host, listed)

    def desk(self, name: str, library: str = "", deed: str = "", about: str = "") -> Desk:
        """The desk of a name in a library, at which something is done. Raises DeniedError and what else a hall raises."""
        name = plain(name)
        chosen, assistant = self.hall.enter(name, deed, library, about)
        open_to = self.hall.libraries(name)
        # Without a login a page's conversations are kept as they were, whatever library they are about.
        own = self.conversations.of(name, chosen) if self.hall.guarded else self.conversations
        listed = self._listed.setdefault(chosen, Listed())
        return Desk(
            assistant,
            own,
            self._host,
            listed,
            tuple(open_to),
            open_to[chosen],
            self._doing(name, chosen),
            name if self.hall.guarded else "",
            self._took(name, chosen),
        )

    def _doing(self, name: str, library: str) -> Doing:
        def doing(deed: str, about: str, against: str = "") -> None:
            self.hall.enter(name, deed, library, about, against)

        return doing

    def _took(self, name: str, library: str) -> Took:
        def took(deed: str, seconds: float, *, failed: bool, **counts: int) -> None:
            self.meter.took(deed, seconds, failed=failed)
            told = {"failed": failed, **counts}
            self.hall.journal.tell("took", who=name, library=library, deed=deed, seconds=seconds, counts=told)

        return took

    def of(self, session: Session, name: str, to: str = "") -> Desk:
        """The desk that a page is at, or with ``to`` goes on to. A page belongs to who opened it: another name is refused, and
        recorded. Raises DeniedError."""
        name = plain(name)
        if session.greeted and session.owner != name:
            self.hall.record(name, "page", session.library, f"a page of {session.owner}", allowed=False)
            raise DeniedError("This page was opened by somebody else: load it anew")
        session.owner = name
        if to and to != session.library:
            desk = self.desk(name, to, "enter")
            talks.begin(session)
            session.filters, session.table, session.settings = Filters(), {}, None
        else:
            desk = self.desk(name, session.library)
        session.library = desk.assistant.settings.library
        return desk


def question(values: tuple[object, ...]) -> str:
    """What the log says of a call: of the question or string that it begins with."""
    return audit.question(values[0]) if values and isinstance(values[0], str) and values[0] else ""
