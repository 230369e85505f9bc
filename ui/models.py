"""What `yinju models` says and does: the models there are, fetching, adding, checking and removing them."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models import BUNDLED, ModelError, bundled_folder, catalogue, files, lock
from rag.settings import Settings
from rag.upkeep.ingest import Progress


@dataclass(frozen=True, slots=True)
class Row:
    """One model; ``entry`` is what the catalogue knows of it, ``folder`` where it lies or would lie."""

    name: str
    kind: str
    folder: Path | None
    used: bool
    entry: catalogue.Entry | None = None
    recommended: bool = False

    @property
    def installed(self) -> bool:
        """True if there is anything in its place."""
        return self.folder is None or self.folder.exists()

    def json(self) -> dict[str, Any]:
        """For programs; what is unknown is left out."""
        known = asdict(self.entry) if self.entry else {}
        size = {"size_mb": known.pop("size")} if known else {}
        known.pop("cache", None)
        memory = {"memory_mb": self.entry.memory} if self.entry else {}
        place = {"folder": str(self.folder)} if self.folder else {}
        command = {"command": self.entry.command} if self.entry and self.entry.hub_id else {}
        shape = {"name": self.name, "kind": self.kind} | known | size | memory | place | command
        shape["recommended"] = self.recommended
        return {key: value for key, value in shape.items() if value} | {"installed": self.installed, "used": self.used}

    def text(self) -> str:
        """For people, one line."""
        state = (
            "in use" if self.used and self.installed else "missing" if self.used else "here" if self.installed else "-"
        )
        if not self.entry:
            return f"{state:8}{self.kind:10}{self.name}"
        size = f"{self.entry.size:,} MB"
        needs = f"{self.entry.dimension} dimensions" if self.entry.dimension else ""
        if self.entry.memory:
            needs = f"needs {self.entry.memory / 1e3:.1f} GB of memory"
        best = ", recommended here" if self.recommended else ""
        return f"{state:8}{self.kind:10}{self.name:30}{self.entry.licence:12}{size:>9}  {needs}{best}".rstrip()


def rows(settings: Settings) -> list[Row]:
    """The bundled embedder, all of the catalogue, what was added by hand, and what the settings name besides."""
    used = {"embedder": settings.embedder, "reranker": settings.reranker, "writer": _writer(settings)}
    best = catalogue.recommended(memory())
    found = [Row(BUNDLED, "embedder", None, settings.embedder == BUNDLED, _bundled())]
    for entry in catalogue.CATALOGUE:
        folder = settings.models_folder / entry.name
        found.append(Row(entry.name, entry.kind, folder, used[entry.kind] == str(folder), entry, entry == best))
    added = _added(settings.models_folder)
    found += [Row(folder.name, "writer", folder, used["writer"] == str(folder)) for folder in added]
    return found + [
        Row(name, kind, None if _served(name) else Path(name).expanduser(), True)
        for kind, name in used.items()
        if name and not any(row.used and row.kind == kind for row in found)
    ]


def _writer(settings: Settings) -> str:
    """What writes: the folder of a model by its name, a path, or the address of a server; "" where answers only quote."""
    from rag.assistant import installed_writer

    name = "" if settings.engine == "quote" else settings.model
    if settings.engine != "quote" and not name:
        with contextlib.suppress(OSError):  # A link to a file that has gone: checking it tells so.
            name = installed_writer(settings.models_folder)
    folder = settings.models_folder / name
    return str(folder) if name and (catalogue.find(name) or (folder / lock.NAME).is_file()) else name


def _served(name: str) -> bool:
    """True if a writer is the address of a server, as :func:`models.load_llm` takes it."""
    return name.startswith(("http://", "https://"))


def memory() -> int:
    """MB of memory of this machine; 0 where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6)
    except (AttributeError, OSError, ValueError):
        return 0


def advice(settings: Settings) -> str:
    """What to say after the list."""
    best = catalogue.recommended(memory())
    told = f"; with {memory() / 1e3:.0f} GB of memory: {best.command}" if best else ""
    return f"those that are here lie in {settings.models_folder}; to fetch one: yinju models pull NAME{told}"


def pull(settings: Settings, name: str, hub: str, report: Callable[[Progress], None] | None) -> Path:
    """Fetch a model of the catalogue; returns its folder. Raises :class:`ModelError`."""
    from models.pull import pull

    entry = catalogue.find(name)
    if entry is None:
        known = {known.name.lower(): known.name for known in catalogue.CATALOGUE}
        near = difflib.get_close_matches(name.lower(), known, n=3) or known
        raise ModelError(
            f"No model {name!r} is known. The nearest: {', '.join(known[one] for one in near)}. A GGUF file that you have "
            "is taken in by: yinju models add FILE"
        )

    def progress(done: int, total: int) -> None:
        if report:
            report(Progress(name, done // 10**6, -(-total // 10**6), "MB"))

    return pull(entry, settings.models_folder, hub=hub, progress=progress)


def add(settings: Settings, file: Path, name: str, *, link: bool) -> Path:
    """Copy or link a GGUF file in; returns its folder. Raises :class:`ModelError`."""
    return files.add(file.expanduser(), settings.models_folder, name=name, link=link)


def remove(settings: Settings, names: Sequence[str]) -> list[Path]:
    """Take models out; returns the folders that went. Raises :class:`ModelError`."""
    return [files.remove(name, settings.models_folder) for name in names]


def timed(settings: Settings, name: str, paths: Sequence[Path]) -> str:
    """How long an embedder would take to index files and folders, measured here. Raises ModelError and ReadError."""
    from index import readers
    from models import load_embedder
    from rag.upkeep import estimate

    embedder = load_embedder(name, settings.models_folder)
    found = estimate.of_files(readers.find(paths), embedder)
    if found is None:
        raise readers.ReadError(f"Of {', '.join(map(str, paths))} nothing could be read to measure with.")
    return found.told(embedder.name)


def _added(folder: Path) -> list[Path]:
    """The folders of the models that are not of the catalogue."""
    held = [path.parent for path in sorted(folder.glob(f"*/{lock.NAME}"))]
    return [folder for folder in held if not catalogue.find(folder.name)]


def _bundled() -> catalogue.Entry:
    """The bundled embedder, described as the catalogue describes others."""
    from models import load_embedder

    loaded, folder = load_embedder(), bundled_folder()
    size = round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6)
    return catalogue.Entry(BUNDLED, "embedder", "", loaded.revision, "CC BY-SA 4.0", size, 0, loaded.dimension)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading a model through has shown: its revision, or the problem with its cure."""

    row: Row
    revision: str = ""
    dimension: int = 0
    problem: str = ""

    def json(self) -> dict[str, Any]:
        """For programs."""
        shape: dict[str, Any] = {"name": self.row.name, "kind": self.row.kind, "whole": not self.problem}
        if self.problem:
            return shape | {"problem": self.problem}
        return shape | {"revision": self.revision} | ({"dimension": self.dimension} if self.dimension else {})


def verify(settings: Settings, names: Sequence[str] = ()) -> Iterator[Verdict]:
    """Read through the models of these names, or each that is installed or in use, one after the other: every byte against
    its lock, and embedders and rerankers are loaded; a server is not asked. Raises :class:`ModelError` for a name that is not there."""
    here = [row for row in rows(settings) if row.installed or row.used]
    for name in names:
        if not any(row.name == name for row in here):
            raise ModelError(f"There is no model {name!r} here: yinju models list shows what is.")
    for row in here:
        if (not names or row.name in names) and not _served(row.name):
            try:
                yield _read_through(row)
            except ModelError as problem:
                yield Verdict(row, problem=str(problem))


def _read_through(row: Row) -> Verdict:
    from models import load_embedder, load_reranker

    if row.folder and row.folder.is_dir():
        lock.check(row.folder, thorough=True)
    if row.kind == "writer":
        return Verdict(row, _writer_revision(row))
    if row.kind == "reranker":
        return Verdict(row, load_reranker(str(row.folder)).revision)
    loaded = load_embedder(str(row.folder) if row.folder else row.name)
    return Verdict(row, loaded.revision, loaded.dimension)


def _writer_revision(row: Row) -> str:
    """The beginning of the file's SHA-256, held against the catalogue's where that knows it: a file may have no lock."""
    path = files.gguf(str(row.folder), None)
    found = lock.sha256(path)
    if row.entry and row.entry.sha256 != found:
        raise ModelError(f"{path} is not the file that the catalogue knows. {files.cure(path.parent)}")
    return found[:12]
