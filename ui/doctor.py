"""What `yinju doctor` says: what is installed, where state lies, whether it is whole, and what to do next."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.settings import Settings

LIBRARIES = (
    "yinju",
    "faiss-cpu",
    "gradio",
    "langchain-text-splitters",
    "numpy",
    "safetensors",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "typer",
)
WHEEL = '"yinju[gguf-wheel]"'
NO_SERVER = "No server is named: write it into settings.toml as `store`, see docs/server.md; without one: yinju doctor"
LITTLE_SPACE = 200 * 1024**2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and the cure where it is not well."""

    name: str
    state: str
    well: bool = True
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, and what to do next."""

    findings: tuple[Finding, ...]
    advice: str

    @property
    def healthy(self) -> bool:
        """True if Yinju can work as things are."""
        return all(finding.well for finding in self.findings)

    def text(self) -> str:
        """The findings as lines for people."""
        width = max(len(finding.name) for finding in self.findings)
        lines = []
        for finding in self.findings:
            lines.append(f"{'ok ' if finding.well else 'BAD'} {finding.name:{width}}  {finding.state}")
            if finding.cure:
                lines.append(f"    {'':{width}}  -> {finding.cure}")
        return "\n".join([*lines, "", f"Next: {self.advice}"])

    def json(self) -> dict[str, Any]:
        """The findings as `yinju doctor --json` prints them."""
        return {"healthy": self.healthy, "findings": [asdict(f) for f in self.findings], "next": self.advice}


def examine(settings: Settings) -> Examination:
    """Look at everything without changing anything; nothing heavy is imported."""
    counts = _counts(settings)
    findings = (
        Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *_libraries(),
        _llama(),
        _recognition(),
        _office(),
        _writer(settings),
        _home(settings.home),
        _space(settings.home),
        _embedder(settings),
        _lexicon(),
        _reranker(settings),
        *_library(settings, counts),
    )
    return Examination(findings, _advice(settings, findings, counts))


def examine_engine(settings: Settings) -> Examination:
    """Look at the server that the library lies on, and try it in tables of its own that are gone afterwards. Raises LibraryError
    where no server is named."""
    from index.engines.examining import examine as checks
    from index.engines.sessions import Address
    from index.store import LibraryError
    from models import load_embedder
    from rag.opening import manifest

    if not settings.store:
        raise LibraryError(NO_SERVER)
    address = Address.of(settings.store).library(settings.library)
    found = checks(address, settings.library, manifest(load_embedder(settings.embedder)))
    findings = tuple(Finding(one.name, one.state, one.well, one.cure) for one in found)
    advice = next((one.cure for one in findings if not one.well), "the server is well: yinju index FOLDER, yinju ui")
    return Examination(findings, advice)


def _advice(settings: Settings, findings: tuple[Finding, ...], counts: dict[str, int] | str) -> str:
    for finding in findings:
        if not finding.well:
            return finding.cure
    library = "" if settings.library == "default" else f" --library {settings.library}"
    if isinstance(counts, str) or not counts.get("articles"):
        return f"index your articles: yinju index FOLDER{library}"
    return f'ask: yinju ask "QUESTION"{library}, or open the page: yinju ui{library}'


def _libraries() -> Iterator[Finding]:
    for name in LIBRARIES:
        version = _version(name)
        yield Finding(name, version or "missing", bool(version), "" if version else f"pip install {name}")


def _llama() -> Finding:
    """What runs a GGUF file in this process, and how to get it, or a faster one."""
    from models.llm import CURE, backends

    found = backends()
    if not found:
        return Finding("llama.cpp", f"not installed (optional, to have answers written): {CURE}")
    faster = "" if found[0] == "llama-cpp-python" else ' (faster, needs a C++ compiler: pip install "yinju[gguf]")'
    return Finding("llama.cpp", f"{found[0]} {_version(found[0])}{faster}")


def _recognition() -> Finding:
    """What reads scanned pages."""
    from index.formats.recognition import INSTALL, installed

    if not installed():
        return Finding("rapidocr", f"not installed (optional, to read scanned pages of PDFs): {INSTALL}")
    return Finding(
        "rapidocr", f"{_version('rapidocr')}, with onnxruntime {_version('onnxruntime')}: reads scanned pages"
    )


def _office() -> Finding:
    """What opens old Office files."""
    from index.formats.office import INSTALL, program

    found = program()
    told = (
        f"{found}: reads .doc, .xls, .ppt, .wps"
        if found
        else f"not installed (optional, to read .doc, .xls, .ppt, .wps): {INSTALL}"
    )
    return Finding("LibreOffice", told)


def _writer(settings: Settings) -> Finding:
    """What writes the answers: the file's header is read, the weights are not."""
    from models import ModelError, files
    from models.llm import backends
    from models.llm.header import check, read_header
    from rag.assistant import installed_writer

    name = settings.model or installed_writer(settings.models_folder)
    if settings.engine == "quote" or not name:
        return Finding("writer", "off: answers are quoted" if name else "none: answers are quoted (yinju models list)")
    if name.startswith(("http://", "https://")):
        return _server(name)
    try:
        header = read_header(files.gguf(name, settings.models_folder))
        check(header)
    except (ModelError, OSError) as error:
        return Finding("writer", f"{name}: {error}", False, "name another, or quote: --engine quote")
    kind = f"{header.architecture}, trained on {header.context:,} tokens, {header.path.stat().st_size / 1e6:,.0f} MB"
    if not backends():
        return Finding("writer", f"{name}: {kind}, and no llama.cpp to run it", False, f"pip install {WHEEL}")
    return Finding("writer", f"{name}: {kind}")


def _server(address: str) -> Finding:
    """A server that writes: whether it is on this machine, and whether it answers."""
    from models import ModelError
    from models.server import ServedModel, is_loopback

    if not is_loopback(address):
        return Finding("writer", f"{address}: another machine, to which your questions and articles go")
    try:
        model = ServedModel(address)
    except ModelError as error:
        return Finding("writer", f"{address}: {error}", False, "start the server, or quote: --engine quote")
    model.close()
    return Finding("writer", f"{address}: on this machine, {model.name}, {model.context:,} tokens")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _home(home: Path) -> Finding:
    nearest = _nearest(home)
    if not nearest.is_dir():
        return Finding("home", f"{home}: {nearest} is no folder", False, "choose another: --home FOLDER or YINJU_HOME")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("home", f"{home} cannot be written", False, "choose another: --home FOLDER or YINJU_HOME")
    return Finding("home", f"{home}" if home.exists() else f"{home} (made at the first index)")


def _nearest(path: Path) -> Path:
    """The path itself, or the first of its parents that exists."""
    return next((place for place in (path, *path.parents) if place.exists()), path)


def _space(home: Path) -> Finding:
    try:
        free = shutil.disk_usage(_nearest(home)).free
    except OSError as error:
        return Finding("disk", f"cannot be measured: {error.strerror}")
    enough = free > LITTLE_SPACE
    return Finding("disk", f"{free / 1024**3:.1f} GiB free", enough, "" if enough else "free some space")


def _embedder(settings: Settings) -> Finding:
    from models import BUNDLED, ModelError, load_embedder

    if settings.embedder != BUNDLED:
        return _transformer("embedder", settings.embedder)
    try:
        loaded = load_embedder()
    except ModelError as error:
        return Finding("embedder", f"{BUNDLED}: {error}", False, "install Yinju again")
    return Finding("embedder", f"{BUNDLED}, revision {loaded.revision}, {loaded.dimension} dimensions, whole")


def _lexicon() -> Finding:
    from models import ModelError, load_lexicon

    try:
        lexicon = load_lexicon()
    except ModelError as error:
        return Finding("lexicon", str(error), False, "install Yinju again")
    english, chinese = (lexicon.size(language) for language in ("en", "zh"))
    return Finding("lexicon", f"bundled, {english:,} English and {chinese:,} Chinese entries, whole")


def _reranker(settings: Settings) -> Finding:
    if not settings.reranker:
        return Finding("reranker", "off")
    return _transformer("reranker", settings.reranker)


def _transformer(kind: str, name: str) -> Finding:
    """A model whose loading takes seconds: only its files are looked at, `models verify` loads it."""
    from models import ModelError, files

    try:
        files.check(Path(name).expanduser())
    except ModelError as error:
        return Finding(
            kind, f"{name}: {error}", False, f"put the model there, or name another {kind}: yinju models list"
        )
    return Finding(kind, f"{name}, files whole (load it: yinju models verify)")


def _counts(settings: Settings) -> dict[str, int] | str:
    """What the library holds, or why it cannot be told; nothing where there is none yet."""
    from index.store import LibraryError
    from rag.opening import is_made, open_store

    if not is_made(settings):
        return {}
    try:
        library = open_store(settings)
        try:
            return library.counts()
        finally:
            library.close()
    except (LibraryError, OSError) as error:
        return str(error)


def _library(settings: Settings, counts: dict[str, int] | str) -> Iterator[Finding]:
    from index import segments
    from index.folder import LibraryFolder

    folder = settings.library_folder
    if isinstance(counts, str):
        cure = "see docs/server.md" if settings.store else f"move {folder} away and index again"
        yield Finding("library", f"{settings.library}: {counts}", False, cure)
        return
    if not counts:
        yield Finding("library", f"{settings.library}: none yet")
        return
    held = ", ".join(f"{number} {name}" for name, number in counts.items())
    yield Finding("library", f"{settings.library}: {held} {'on a server' if settings.store else f'in {folder}'}")
    if not settings.store:
        yield Finding("cache", segments.told(LibraryFolder(folder).cache))
