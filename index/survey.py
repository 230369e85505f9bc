"""Folders -> the files that can be read, what is left out by kind with the cure, and what may not be opened. Nothing stops the rest."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.formats import office
from index.formats.document import ReadError
from index.formats.kinds import SUFFIXES, cure_of, is_other, is_passed_over, left_out
from index.formats.opening import CURE


@dataclass(slots=True)
class Survey:
    """``files`` to read, each once, in the order of the places and by name inside a folder. ``left`` counts by ending the files
    of other kinds. ``closed``: folders that may not be opened, with the reason."""

    files: list[Path] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    closed: list[tuple[Path, str]] = field(default_factory=list)

    def told(self) -> tuple[str, ...]:
        """What was left out, a line for each cure, what can be cured first."""
        return left_out(self.left)


def survey(places: Sequence[Path]) -> Survey:
    """What lies in these files and folders. Raises ReadError for a place that is not there or holds nothing to read."""
    found = Survey()
    files: dict[Path, Path] = {}
    for place in places:
        for file in _files(Path(place), found):
            files.setdefault(file.resolve(), file)
    found.files = list(files.values())
    return found


def find(places: Sequence[Path]) -> list[Path]:
    """The files that :func:`survey` finds, without what it left out."""
    return survey(places).files


def _files(path: Path, found: Survey) -> Iterator[Path]:
    if path.is_dir():
        files = list(_walk(path, found))
        if not files:
            shut = [reason for folder, reason in found.closed if folder == path]
            kinds = ", ".join(SUFFIXES)
            nothing = f"{path} holds nothing to read: put articles ({kinds}) into it or name another folder"
            raise ReadError("\n".join([*(shut or [nothing]), *found.told()]))
        yield from files
    elif not path.exists():
        raise ReadError(f"{path} does not exist: check the spelling, or give the full path")
    elif path.is_file() and _is_read(path):
        yield path
    else:
        kinds = ", ".join(SUFFIXES)
        cure = cure_of(path.suffix.lower()) or f"{CURE} with one of these endings"
        raise ReadError(f"{path} is not a kind of file that can be read ({kinds}): {cure}")


def _walk(folder: Path, found: Survey) -> Iterator[Path]:
    """Readable files under a folder, sorted; hidden files and folders and those of the system are passed over, links to folders not followed."""

    def note(error: OSError) -> None:
        shut = Path(error.filename or folder)
        found.closed.append((shut, f"{shut} cannot be opened ({error.strerror}): check that you may read it"))

    for here, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not is_passed_over(name))
        for name in sorted(names):
            file = Path(here, name)
            if is_passed_over(name):
                continue
            if not _is_read(file):
                found.left[file.suffix.lower()] += 1
            elif file.is_file():
                yield file


def _is_read(file: Path) -> bool:
    """True if a file is of a kind that is read: an old Office file where LibreOffice is, or where it is another kind in truth."""
    if file.suffix.lower() not in office.KINDS:
        return file.suffix.lower() in SUFFIXES
    if office.program():
        return True
    try:
        with file.open("rb") as opened:
            return is_other(opened.read(4096))
    except OSError:
        return False
