"""What `yinju models` says: the bundled model, those of the catalogue and those in use, and whether they are whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models import BUNDLED, ModelError, bundled_folder, catalogue
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Row:
    """One model; ``entry`` is what the catalogue knows of it, ``folder`` where it lies or would lie."""

    name: str
    kind: str
    folder: Path | None
    used: bool
    entry: catalogue.Entry | None = None

    @property
    def installed(self) -> bool:
        """Whether there is anything in its place."""
        return self.folder is None or self.folder.is_dir()

    def json(self) -> dict[str, Any]:
        """For programs; what is unknown is left out."""
        known = asdict(self.entry) if self.entry else {}
        size = {"size_mb": known.pop("size")} if known else {}
        place = {"folder": str(self.folder)} if self.folder else {}
        command = {"command": self.entry.command} if self.entry and self.entry.hub_id else {}
        shape = {"name": self.name, "kind": self.kind} | known | size | place | command
        return {key: value for key, value in shape.items() if value} | {"installed": self.installed, "used": self.used}

    def text(self) -> str:
        """For people, one line."""
        state = (
            "in use" if self.used and self.installed else "missing" if self.used else "here" if self.installed else "-"
        )
        if not self.entry:
            return f"{state:8}{self.kind:10}{self.name}"
        size = f"{self.entry.size:,} MB"
        dimension = f"{self.entry.dimension} dimensions" if self.entry.dimension else ""
        return f"{state:8}{self.kind:10}{self.name:30}{self.entry.licence:12}{size:>9}  {dimension}".rstrip()


def rows(settings: Settings) -> list[Row]:
    """The bundled embedder, all of the catalogue, and what the settings name besides."""
    used = {"embedder": settings.embedder, "reranker": settings.reranker}
    found = [Row(BUNDLED, "embedder", None, settings.embedder == BUNDLED, _bundled())]
    for entry in catalogue.CATALOGUE:
        folder = settings.models_folder / entry.name
        found.append(Row(entry.name, entry.kind, folder, used[entry.kind] == str(folder), entry))
    return found + [
        Row(name, kind, Path(name).expanduser(), True)
        for kind, name in used.items()
        if name and not any(row.used and row.kind == kind for row in found)
    ]


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


def verify(settings: Settings) -> Iterator[Verdict]:
    """Load each model that is installed or in use, one after the other."""
    for row in rows(settings):
        if row.installed or row.used:
            try:
                yield _loaded(row)
            except ModelError as problem:
                yield Verdict(row, problem=str(problem))


def _loaded(row: Row) -> Verdict:
    from models import load_embedder, load_reranker

    if row.kind == "reranker":
        return Verdict(row, load_reranker(str(row.folder)).revision)
    loaded = load_embedder(str(row.folder) if row.folder else row.name)
    return Verdict(row, loaded.revision, loaded.dimension)
