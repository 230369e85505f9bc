"""Folders -> the files that can be read, what is left out by kind with the cure, and what may not be opened. Nothing stops the rest."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.formats.document import ReadError
from index.formats.kinds import SUFFIXES
from index.formats.opening import CURE

_PASSED_OVER = re.compile(
    r"\..*|~\$.*|~WRL\d+\.tmp|.*~|.*\.(?:tmp|lnk|part|crdownload|swp)|thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r",
    re.IGNORECASE,
)
"""What programs and systems leave beside documents: nobody wrote it to be read."""
_CURES = {
    "save as .docx, .xlsx or .pdf": "doc dot wps wpt xls et xlt ppt pps pptx dps rtf odt ods odp pages numbers key xps vsd one pub wpd",
    "save as .md or .txt": "org rst tex adoc textile log json xml yaml yml ini srt opml enex",
    "save as .epub or .pdf": "mobi azw azw3 fb2 djvu chm",
    "save as .eml": "msg mbox pst",
    "unpack it, or pack as .zip": "rar 7z gz tar tgz bz2 xz",
}
_CURE_OF = {f".{kind}": cure for cure, kinds in _CURES.items() for kind in kinds.split()}


@dataclass(slots=True)
class Survey:
    """``files`` to read, each once, in the order of the places and by name inside a folder. ``left`` counts by ending the files
    of other kinds. ``closed``: folders that may not be opened, with the reason."""

    files: list[Path] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    closed: list[tuple[Path, str]] = field(default_factory=list)

    def told(self) -> tuple[str, ...]:
        """What was left out, a line for each cure, what can be cured first."""
        by_cure: dict[str, list[str]] = {}
        for kind, count in sorted(self.left.items()):
            by_cure.setdefault(_CURE_OF.get(kind, ""), []).append(f"{count} {kind or 'without an ending'}")
        order = [*(cure for cure in by_cure if cure), *(cure for cure in by_cure if not cure)]
        return tuple(f"left out: {', '.join(by_cure[cure])}" + (f": {cure}" if cure else "") for cure in order)


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
    """The files of a survey."""
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
    elif path.is_file() and path.suffix.lower() in SUFFIXES:
        yield path
    else:
        kinds = ", ".join(SUFFIXES)
        cure = _CURE_OF.get(path.suffix.lower(), f"{CURE} with one of these endings")
        raise ReadError(f"{path} is not a kind of file that can be read ({kinds}): {cure}")


def _walk(folder: Path, found: Survey) -> Iterator[Path]:
    """Readable files under a folder, sorted; hidden files and folders are passed over, links to folders not followed."""

    def note(error: OSError) -> None:
        shut = Path(error.filename or folder)
        found.closed.append((shut, f"{shut} cannot be opened ({error.strerror}): check that you may read it"))

    for here, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(here, name)
            if _PASSED_OVER.fullmatch(name):
                continue
            if file.suffix.lower() not in SUFFIXES:
                found.left[file.suffix.lower()] += 1
            elif file.is_file():
                yield file
