"""Files that are dropped on the page: checked, kept beside the library, and indexed while the page tells how far it is."""

from __future__ import annotations

import os
import queue
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index import readers
from index.folder import LibraryFolder
from index.formats.document import LARGEST
from rag.settings import Settings
from rag.upkeep.ingest import Progress, Report, ingest
from ui import errors
from ui.web import markup, suggestions
from ui.web.gate import uploads
from ui.web.markup import button, line
from ui.web.session import Data, Desk, Regions, Session
from ui.web.words import Words

MOST = 5000
"""Files of one drop that are looked at."""
DEEPEST = 8
LONGEST = 120
"""Folders of a name, and characters of each part of it."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


@dataclass(slots=True)
class Taken:
    """What became of a drop before it is indexed: the files that are kept, and why the others were not."""

    kept: list[Path] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def accepted(words: Words) -> str:
    """What the page must know to take a drop, as attributes of what always stands on it."""
    return f'data-largest="{LARGEST}" data-kinds="{" ".join(readers.SUFFIXES)}" data-sending="{words["sending"]}"'


def drop_zone(words: Words) -> str:
    """Where files are dropped or chosen; all of the page takes a drop as well."""
    kinds = ", ".join(readers.SUFFIXES)
    most = LARGEST // 10**6
    return (
        f'<div class="yj-drop">{markup.icon("files")}<p><strong>{words["drop"]}</strong></p>'
        f"<p>{button('choose', words['choose_files'], looks='yj-strong')}"
        f"{button('choose', words['choose_folder'], looks='yj-outlined', folder=1)}</p>"
        f'<p class="yj-remark">{line(words["kinds"].format(kinds, most))}</p></div>'
    )


def take(desk: Desk, session: Session, data: Data) -> Iterator[Regions]:
    """Check and index what was dropped. ``data["files"]``: each with the ``name`` it had, maybe in a folder, the ``path``
    where Gradio put it, or only its ``size`` where the page did not send it."""
    words = session.words
    files = data.get("files")
    taken = _keep(
        files if isinstance(files, list) else [], LibraryFolder(desk.assistant.settings.library_folder).added, words
    )
    if not taken.kept:
        yield {"adding": _report(None, taken, words, words["skip_empty"])}
        return
    yield {"adding": _progress(0, len(taken.kept), 0.0, words)}
    for told in _indexed(taken.kept, desk.assistant.settings):
        if isinstance(told, Progress):
            yield {"adding": _progress(told.done, told.total, _rate(told), words)}
        elif isinstance(told, Report):
            suggestions.prepare(desk)
            yield {"adding": _report(told, taken, words)}
        else:
            yield {"adding": _report(None, taken, words, errors.told(told, words["bug"]))}


# --- what is kept -----------------------------------------------------------------------------------------------------


def _keep(files: Sequence[object], folder: Path, words: Words) -> Taken:
    taken, names = Taken(), set[str]()
    for file in files[:MOST]:
        if isinstance(file, dict):
            _keep_one(file, folder, taken, names, words)
    return taken


def _keep_one(file: Data, folder: Path, taken: Taken, names: set[str], words: Words) -> None:
    """Put one file in its place, or note why not."""
    called, sent, size = file.get("name"), file.get("path"), file.get("size")
    told = called if isinstance(called, str) else ""
    name = safe_name(told)
    if name is None:
        taken.skipped.append(words["skip_name"].format(told[:LONGEST]))
    elif name.suffix.lower() not in readers.SUFFIXES:
        taken.skipped.append(words["skip_kind"].format(name, name.suffix or "?"))
    elif isinstance(size, int) and size > LARGEST:
        taken.skipped.append(words["skip_size"].format(name, size // 10**6, LARGEST // 10**6))
    elif (key := name.as_posix().casefold()) in names:
        taken.skipped.append(words["skip_twice"].format(name))
    elif not isinstance(sent, str) or (source := _uploaded(sent)) is None:
        taken.skipped.append(words["skip_lost"].format(name))
    else:
        names.add(key)
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, waiting := place.with_name(f".{source.parent.name[:8]}.part"))  # maybe from another disk
        os.replace(waiting, place)
        taken.kept.append(place)


def _uploaded(path: str) -> Path | None:
    """The file that a browser sent, or None for a path that leads anywhere else: what is indexed can be read on the page."""
    try:
        file = Path(path).resolve(strict=True)
    except (OSError, ValueError):
        return None
    return file if file.is_file() and file.is_relative_to(uploads()) else None


def safe_name(name: str) -> Path | None:
    """A file's own name below the folder, maybe with folders of its own, as every system takes it; None for one that leads
    elsewhere, is hidden or says nothing."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or len(parts) > DEEPEST or any(part[0] == "." for part in parts):
        return None
    plain = [_UNSAFE.sub("_", part).rstrip(". ") for part in parts]
    if any(not part or len(part) > LONGEST for part in plain):
        return None
    return Path(*(f"_{part}" if _RESERVED.match(part) else part for part in plain))


# --- what is told -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Timed(Progress):
    seconds: float = 0.0


def _rate(told: Progress) -> float:
    return told.done / told.seconds if isinstance(told, _Timed) and told.seconds > 0 else 0.0


def _indexed(files: Sequence[Path], settings: Settings) -> Iterator[Progress | Report | Exception]:
    """How far the indexing is, at most five times a second, then its report or what stopped it."""
    came: queue.SimpleQueue[Progress | Report | Exception] = queue.SimpleQueue()
    started = time.monotonic()

    def tell(at: Progress) -> None:
        came.put(_Timed(at.stage, at.done, at.total, at.unit, time.monotonic() - started))

    def run() -> None:
        try:
            came.put(ingest(files, settings, progress=tell))
        except Exception as error:  # noqa: BLE001 - told where it is read: the page must not wait for ever
            came.put(error)

    threading.Thread(target=run, daemon=True).start()
    seen = 0.0
    while True:
        told = came.get()
        if isinstance(told, Progress):
            if time.monotonic() - seen >= 0.2:
                seen = time.monotonic()
                yield told
            continue
        yield told
        return


def _progress(done: int, total: int, rate: float, words: Words) -> str:
    told = [words["indexing"].format(done, total)]
    if rate:
        left = round((total - done) / rate)
        span = words["minutes"].format(*divmod(left, 60)) if left >= 60 else words["seconds"].format(left)
        told += [words["rate"].format(f"{rate:.1f}"), words["remaining"].format(span)]
    label = " · ".join(told)
    return (
        f'<div class="yj-adding" role="status"><p>{line(label)}</p>'
        f'<progress max="{total}" value="{done}" aria-label="{line(label)}"></progress></div>'
    )


def _report(report: Report | None, taken: Taken, words: Words, error: str = "") -> str:
    """What was added, changed and skipped, and why."""
    said = []
    reasons = [*taken.skipped]
    if report:
        said.append(words["done"].format(report.articles, report.passages, f"{report.seconds:.1f}"))
        reasons += [reason for _, reason in (*report.failed, *report.notes)]
        counts = {
            "added": report.added,
            "changed": report.updated,
            "unchanged": report.unchanged,
            "skipped": len(reasons),
            "copies": report.copies,
        }
        said.append(" · ".join(words[name].format(count) for name, count in counts.items() if count))
    if error:
        said.append(error)
    told = "".join(f"<p>{line(one)}</p>" for one in said)
    listed = "".join(f"<li>{line(reason)}</li>" for reason in reasons[:100])
    close = button("dismiss", words["close"], drawn="close", named=False)
    done = "" if report is None else ' data-done="1"'
    return f'<div class="yj-adding" role="status"{done}>{close}{told}{f"<ul>{listed}</ul>" if listed else ""}</div>'
