"""Writers in this process: a GGUF file run by llama.cpp, through whichever of its two Python packages is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from models import ModelError

if TYPE_CHECKING:
    from models.llm.local import Engine

PACKAGES = {"llama-cpp-python": "llama_cpp", "xllamacpp": "xllamacpp"}
"""Distribution -> module, the faster first: compiled for the processor at hand, it uses all of its instructions."""
CURE = 'pip install "yinju[gguf-wheel]" (prebuilt), or pip install "yinju[gguf]" (faster, needs a C++ compiler)'


def backends() -> list[str]:
    """The installed packages that run a GGUF file, the one to take first."""
    return [name for name, module in PACKAGES.items() if find_spec(module)]


def engine(backend: str, path: Path, *, context: int, threads: int, quiet: bool = True) -> Engine:
    """The file loaded by one of :func:`backends`. Raises :class:`ModelError`; may end the process over a hostile file."""
    if backend == "xllamacpp":
        from models.llm import xllamacpp

        return xllamacpp.Engine(path, context=context, threads=threads, quiet=quiet)
    if backend == "llama-cpp-python":
        from models.llm import llama_cpp_python

        return llama_cpp_python.Engine(path, context=context, threads=threads, quiet=quiet)
    raise ModelError(f"{backend!r} is no backend: known are {', '.join(PACKAGES)}")
